/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/worker.h"
#include "base/hash.h"
#include "base/io.h"
#include "engine/scan.h"
#include "sandbox/confine.h"
#include "sandbox/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IN_MEMORY = 64 << 20, /* objects up to this size are read into a buffer, larger ones mapped */
	WORKER_BROKEN = 70,   /* exit status: what the broker said made no sense, or the cage failed */
	MAX_EXTERNS = 64,
};

struct worker {
	struct db *db;
	struct scanner *scanner;
	struct scan_options options;
	struct ir_extern externs[MAX_EXTERNS];
	uint8_t message[PROTOCOL_MAX];
	uint8_t setup[PROTOCOL_MAX]; /* kept: externals point into it */
	struct buf answer;
	uint8_t *memory;  /* for objects; grows */
	size_t memory_n;
	void *mapped;     /* the object at hand, where it is large; excerpts point into it */
	size_t mapped_n;
};

/* One message with its descriptors; 0 at the end of the conversation. */
static size_t receive(uint8_t *to, size_t size, int *fds, size_t max_fds, size_t *n_fds)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(PROTOCOL_BATCH * sizeof(int))];
	} control;
	struct iovec io = { to, size };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof control };
	ssize_t n;

	*n_fds = 0;
	do
		n = recvmsg(PROTOCOL_SOCKET, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (*n_fds > max_fds)
			_exit(WORKER_BROKEN);
		memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
	}
	return (size_t)n;
}

static void send_answer(struct worker *w)
{
	struct iovec io = { w->answer.p, w->answer.n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	while (sendmsg(PROTOCOL_SOCKET, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			_exit(0); /* the broker is gone */
}

/* ---- set-up */

/* name, kind, value: as broker.c writes them */
static bool read_externs(struct worker *w, struct cursor *c, size_t n)
{
	for (size_t i = 0; i < n && i < MAX_EXTERNS; i++) {
		struct ir_extern *x = &w->externs[i];
		x->name = cursor_take(c, cursor_le16(c));
		uint8_t kind = cursor_u8(c);
		uint64_t bits = cursor_le64(c);
		struct span text = cursor_take(c, cursor_le16(c));
		x->value.kind = (enum value_kind)kind;
		if (kind == VALUE_STRING)
			x->value.s = text;
		else
			memcpy(&x->value.i, &bits, sizeof bits);
	}
	w->options.externs = w->externs;
	w->options.n_externs = n;
	return cursor_ok(c) && n <= MAX_EXTERNS;
}

static bool set_up(struct worker *w)
{
	struct setup s;
	struct span bytes;
	struct error e;
	size_t n_fds, n = receive(w->setup, sizeof w->setup, NULL, 0, &n_fds);

	if (n < sizeof s)
		return false;
	memcpy(&s, w->setup, sizeof s);
	struct cursor c = cursor_of((struct span){ w->setup + sizeof s, n - sizeof s });
	w->options = (struct scan_options){ .max_steps = s.max_steps, .hash = s.hash != 0,
					    .strings = s.strings != 0, .fast = s.fast != 0, .now = s.now };
	buf_init(&w->answer, PROTOCOL_MAX);
	uint8_t digest[HASH_MAX_SIZE];
	/* libcrypto reads its configuration when first used: now, not behind the walls */
	if (!hash_of(HASH_SHA256, (struct span){ w->setup, n }, digest) ||
	    !hash_of(HASH_SHA1, (struct span){ w->setup, n }, digest) ||
	    !hash_of(HASH_MD5, (struct span){ w->setup, n }, digest))
		return false;
	return read_externs(w, &c, s.n_externs) && io_map(PROTOCOL_DATABASE, &bytes, &e) &&
	       close(PROTOCOL_DATABASE) == 0 && db_open(bytes, &w->db, &e) &&
	       scanner_new(w->db, &w->options, &w->scanner, &e);
}

/* ---- objects */

static void gap(struct verdict *v, struct verdict_gap *g, enum reason why, const char *detail)
{
	*g = (struct verdict_gap){ .why = why, .rule = COND_NONE, .detail = span_of(detail) };
	v->gap = g;
	v->n_gaps = 1;
	if (v->n_matches == 0)
		v->kind = VERDICT_INCOMPLETE;
}

/* Room for n bytes and one more, to see whether the object has grown. */
static bool make_room(struct worker *w, size_t n)
{
	if (n < w->memory_n)
		return true;
	size_t size = n + 1 < 1 << 20 ? 1 << 20 : n + 1;
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	if (w->memory != NULL)
		(void)munmap(w->memory, w->memory_n);
	w->memory = p;
	w->memory_n = size;
	return true;
}

static void scan_copy(struct worker *w, int fd, size_t size, struct verdict *v, struct verdict_gap *g)
{
	struct error e;
	size_t got = 0;

	*v = (struct verdict){ .size = size };
	if (!make_room(w, size)) {
		gap(v, g, REASON_MEMORY, "memory");
		return;
	}
	if (!io_pread(fd, w->memory, size + 1, 0, &got, &e)) {
		gap(v, g, e.why, e.text);
		return;
	}
	scanner_object(w->scanner, (struct span){ w->memory, got < size ? got : size }, v);
	if (got != size)
		gap(v, g, REASON_CHANGED, "the file changed its size while it was read");
	v->size = size;
}

/* Large objects are not copied.  Should the file shrink meanwhile, the worker dies of SIGBUS at it, which
 * costs this one object. */
static void scan_mapped(struct worker *w, int fd, size_t size, struct verdict *v, struct verdict_gap *g)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	*v = (struct verdict){ .size = size };
	if (p == MAP_FAILED) {
		gap(v, g, REASON_MEMORY, "memory");
		return;
	}
	scanner_object(w->scanner, (struct span){ p, size }, v);
	w->mapped = p;
	w->mapped_n = size;
}

static void do_job(struct worker *w, const struct job *j, int fd)
{
	struct answer a = { j->number };
	struct verdict_gap g;
	struct verdict v;

	if (j->size <= IN_MEMORY)
		scan_copy(w, fd, (size_t)j->size, &v, &g);
	else
		scan_mapped(w, fd, (size_t)j->size, &v, &g);
	buf_reset(&w->answer);
	buf_put(&w->answer, &a, sizeof a);
	record_write(&v, &w->answer);
	if (!buf_ok(&w->answer)) {
		/* more than a message holds: the verdict without its evidence would mislead */
		struct verdict empty = { .size = j->size };
		gap(&empty, &g, REASON_LIMIT, "limit:record");
		buf_reset(&w->answer);
		buf_put(&w->answer, &a, sizeof a);
		record_write(&empty, &w->answer);
	}
	send_answer(w);
	if (w->mapped != NULL)
		(void)munmap(w->mapped, w->mapped_n);
	w->mapped = NULL;
}

int worker_run(void)
{
	struct worker *w = calloc(1, sizeof *w);
	struct confinement walls;
	struct error e;
	int fds[PROTOCOL_BATCH];
	size_t n, n_fds;

	if (w == NULL || !set_up(w) || !confine_self(&walls, &e))
		return WORKER_BROKEN;
	while ((n = receive(w->message, sizeof w->message, fds, PROTOCOL_BATCH, &n_fds)) != 0) {
		struct job jobs[PROTOCOL_BATCH];
		if (n != n_fds * sizeof *jobs)
			return WORKER_BROKEN;
		memcpy(jobs, w->message, n);
		for (size_t i = 0; i < n_fds; i++) {
			do_job(w, &jobs[i], fds[i]);
			(void)close(fds[i]);
		}
	}
	return 0;
}
