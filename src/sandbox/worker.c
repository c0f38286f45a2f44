/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/worker.h"
#include "base/io.h"
#include "base/json_read.h"
#include "base/wire.h"
#include "engine/pe_sign.h"
#include "engine/record.h"
#include "engine/tree.h"
#include "sandbox/confine.h"
#include "sandbox/process.h"
#include "sandbox/protocol.h"
#include "sandbox/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	SMALL = 64
		<< 10, /* objects up to this size are read by one call, and not looked at besides */
	/* objects up to this size are read into memory, which stays with the worker, for new pages
	 * cost as much as reading them; larger ones are mapped */
	IN_MEMORY = 64 << 20,
	HUGE_PAGE = 2 << 20,
	ANSWER_SOON = 1 << 20, /* before an object of this size, answers that wait are sent */
	MAX_GAPS = 200,        /* as in a record */
	SETUP_MEMORY = 64 << 20,
	EXIT_BROKEN = 70,
};

struct worker {
	struct db *db;
	struct scanner *scanner;
	struct tree *tree;
	struct scan_options options;
	struct arena arena;   /* for the set-up */
	struct arena regions; /* of a process */
	volatile uint64_t *progress;
	struct buf record;
	struct buf answers; /* that wait to be sent */
	uint8_t *memory;    /* IN_MEMORY bytes of addresses */
	struct verdict_gap gap[MAX_GAPS];
};

/* ---- set-up */

static bool read_setup(struct worker *w, const struct worker_host *host, struct error *e)
{
	struct span bytes;
	bool magic;

	arena_init(&w->arena, SETUP_MEMORY);
	if (!io_map(PROTOCOL_SETUP, &bytes, e) ||
	    !setup_read(bytes, &w->arena, &w->options, &magic, e))
		return false;
	if (w->options.n_data != 0)
		json_read_prepare(); /* a module's data is JSON */
	if (magic && host->open_magic != NULL)
		w->options.magic = host->open_magic();
	return true;
}

static bool open_memory(struct worker *w, struct error *e)
{
	void *page = mmap(NULL, PROTOCOL_PROGRESS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  PROTOCOL_PROGRESS, 0);
	void *memory = mmap(NULL, IN_MEMORY, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (page == MAP_FAILED || memory == MAP_FAILED)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a worker");
	/* fewer faults, where the kernel has huge pages; small objects do not need one */
	(void)madvise((uint8_t *)memory + HUGE_PAGE, IN_MEMORY - HUGE_PAGE, MADV_HUGEPAGE);
	w->progress = page;
	w->memory = memory;
	return true;
}

/*
 * What libraries look for at first use, and would not find behind the walls.  The time zone, for
 * dates that libmagic prints and libcrypto reads: one that is in no file and the same on every
 * machine.
 */
static bool prepare_libraries(struct error *e)
{
	if (setenv("TZ", "UTC0", 1) != 0)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the time zone");
	tzset();
	return pe_sign_prepare() ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "libcrypto does not start");
}

static bool set_up(struct worker *w, const struct worker_host *host, struct error *e)
{
	struct span database;

	arena_init(&w->regions, PROCESS_MAX_REGIONS * sizeof(struct scan_region));
	buf_init(&w->record, RECORD_MAX);
	buf_init(&w->answers, WIRE_MAX);
	if (!prepare_libraries(e) || !open_memory(w, e) || !read_setup(w, host, e) ||
	    !io_map(PROTOCOL_DATABASE, &database, e) || !db_open(database, &w->db, e) ||
	    !scanner_new(w->db, &w->options, &w->scanner, e) ||
	    !tree_new(w->scanner, w->db, &w->options, &w->tree, e))
		return false;
	(void)close(PROTOCOL_DATABASE);
	(void)close(PROTOCOL_SETUP);
	(void)close(PROTOCOL_PROGRESS);
	return true;
}

static bool say_hello(struct worker *w, unsigned walls, enum reason why, const char *text)
{
	struct error e;

	buf_reset(&w->answers);
	buf_put_le32(&w->answers, PROTOCOL_HELLO);
	buf_put_u8(&w->answers, (uint8_t)walls);
	buf_put_u8(&w->answers, (uint8_t)why);
	buf_put_text(&w->answers, text);
	bool ok = buf_ok(&w->answers) &&
		  wire_send(PROTOCOL_SOCKET, buf_span(&w->answers), NULL, 0, &e);
	buf_reset(&w->answers);
	return ok;
}

/* ---- answers */

static bool send_answers(struct worker *w)
{
	struct error e;

	if (w->answers.n == 0)
		return true;
	bool ok = wire_send(PROTOCOL_SOCKET, buf_span(&w->answers), NULL, 0, &e);
	buf_reset(&w->answers);
	return ok;
}

/* Puts a record among the answers, in pieces where it is large. */
static bool put_answer(struct worker *w, uint64_t number, uint64_t size)
{
	struct span rest = buf_span(&w->record);

	if (w->answers.n != 0 && w->answers.n + PROTOCOL_ANSWER_HEAD + rest.n > WIRE_MAX &&
	    !send_answers(w))
		return false;
	do {
		struct span piece =
			span_cut(rest, 0, WIRE_MAX - PROTOCOL_ANSWER_HEAD - w->answers.n);
		rest = span_cut(rest, piece.n, rest.n);
		buf_put_le64(&w->answers, number);
		buf_put_le64(&w->answers, size);
		buf_put_le32(&w->answers, (uint32_t)piece.n);
		buf_put_le32(&w->answers, (uint32_t)rest.n);
		buf_put_span(&w->answers, piece);
		if (rest.n != 0 && !send_answers(w))
			return false;
	} while (rest.n != 0);
	return true;
}

/* ---- objects */

/* Adds a gap to those that the scanner found, which may be none. */
static void add_gap(struct worker *w, struct verdict *v, enum reason why, const char *detail)
{
	size_t n = v->n_gaps < MAX_GAPS ? v->n_gaps : MAX_GAPS - 1;

	if (n != 0)
		memmove(w->gap, v->gap, n * sizeof *w->gap);
	w->gap[n] =
		(struct verdict_gap){ .why = why, .rule = COND_NONE, .detail = span_of(detail) };
	v->gap = w->gap;
	v->n_gaps = n + 1;
	if (v->n_matches == 0)
		v->kind = VERDICT_INCOMPLETE;
}

/* fstat(2) by its own call: the library's takes the one that can ask for any path. */
static bool look(int fd, struct stat *st) { return syscall(SYS_fstat, fd, st) == 0; }

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void scan_bytes_of(struct worker *w, struct span bytes, struct verdict *v)
{
	if (w->options.whole)
		scanner_object(w->scanner, bytes, v);
	else
		tree_object(w->tree, bytes, v);
}

/*
 * Reads a small object with one call, which asks for one byte more than there were: had it been
 * written to meanwhile, it would not end where it did.  False: to be looked at more closely.
 */
static bool scan_small(struct worker *w, const struct job *j, int fd, struct verdict *v)
{
	ssize_t got = pread(fd, w->memory, (size_t)j->size + 1, 0);

	if (got < 0 || (uint64_t)got != j->size)
		return false;
	scan_bytes_of(w, (struct span){ w->memory, (size_t)got }, v);
	return true;
}

static void scan_copy(struct worker *w, int fd, const struct stat *st, struct verdict *v)
{
	size_t size = (size_t)st->st_size, got = 0;
	struct stat after;
	struct error e;

	if (!io_pread(fd, w->memory, size, 0, &got, &e)) {
		add_gap(w, v, e.why, "unreadable");
		return;
	}
	bool still = got == size && look(fd, &after) && same(st, &after);
	scan_bytes_of(w, (struct span){ w->memory, got }, v);
	v->size = size;
	if (!still)
		add_gap(w, v, REASON_CHANGED, "changed: the file was written to while it was read");
}

/* Large objects are not copied.  Should the file shrink meanwhile, the worker dies of SIGBUS at it,
 * which costs this one object. */
static void *scan_mapped(struct worker *w, int fd, const struct stat *st, struct verdict *v)
{
	size_t size = (size_t)st->st_size;
	struct stat after;
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED) {
		add_gap(w, v, errno == ENOMEM ? REASON_LIMIT : REASON_IO,
			errno == ENOMEM ? "limit:size: more than a worker can map" : "unreadable");
		return NULL;
	}
	(void)madvise(p, size, MADV_SEQUENTIAL);
	scan_bytes_of(w, (struct span){ p, size }, v);
	if (!look(fd, &after) || !same(st, &after))
		add_gap(w, v, REASON_CHANGED, "changed: the file was written to while it was read");
	return p;
}

/* The memory of a process, as process.h has it: in a file that nobody can change. */
static void *scan_process(struct worker *w, int fd, const struct stat *st, struct verdict *v)
{
	size_t size = (size_t)st->st_size, n;
	struct scan_region *region;
	struct error e;
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED) {
		add_gap(w, v, REASON_MEMORY, "memory");
		return NULL;
	}
	arena_reset(&w->regions);
	if (process_regions((struct span){ p, size }, &w->regions, &region, &n, &e))
		scanner_process(w->scanner, (struct span){ p, size }, region, n, v);
	else
		add_gap(w, v, e.why, "damaged: not the memory of a process");
	return p;
}

/* Returns the mapping of a large object, into which the verdict points, and NULL for others. */
static void *scan_object(struct worker *w, const struct job *j, int fd, struct verdict *v)
{
	struct stat st;

	*v = (struct verdict){ .size = j->size };
	if (j->size <= SMALL && !w->options.process && scan_small(w, j, fd, v))
		return NULL;
	if (!look(fd, &st) || st.st_size < 0) {
		add_gap(w, v, REASON_IO, "unreadable");
		return NULL;
	}
	v->size = (uint64_t)st.st_size;
	if (w->options.process)
		return scan_process(w, fd, &st, v);
	if (st.st_size > IN_MEMORY)
		return scan_mapped(w, fd, &st, v);
	scan_copy(w, fd, &st, v);
	return NULL;
}

static bool do_job(struct worker *w, const struct job *j, int fd)
{
	struct verdict v;

	if (j->size >= ANSWER_SOON && !send_answers(w))
		return false;
	*w->progress = j->number + 1;
	void *mapped = scan_object(w, j, fd, &v);
	buf_reset(&w->record);
	record_write(&v, &w->record);
	bool ok = put_answer(w, j->number, v.size);
	/* only now: the verdict points into the object */
	if (mapped != NULL)
		(void)munmap(mapped, (size_t)v.size);
	return ok;
}

static bool do_jobs(struct worker *w, struct span message, const int *fd, size_t n)
{
	struct job job[PROTOCOL_BATCH];

	if (message.n != n * sizeof *job)
		return false;
	memcpy(job, message.p, message.n);
	for (size_t i = 0; i < n; i++) {
		if (!do_job(w, &job[i], fd[i]))
			return false;
		(void)close(fd[i]);
	}
	return send_answers(w);
}

int worker_run(const struct worker_host *host)
{
	uint8_t message[PROTOCOL_BATCH * sizeof(struct job)];
	struct worker *w = calloc(1, sizeof *w);
	struct confinement cage;
	int fd[PROTOCOL_BATCH];
	size_t n, n_fds;
	struct error e;

	if (w == NULL)
		return EXIT_BROKEN;
	if (!set_up(w, host, &e) || !confine_self(&cage, &e)) {
		(void)say_hello(w, 0, e.why, e.text);
		return EXIT_BROKEN;
	}
	if (!say_hello(w, cage.walls, REASON_NONE, ""))
		return EXIT_BROKEN;
	for (;;) {
		if (!wire_receive(PROTOCOL_SOCKET, message, sizeof message, &n, fd, PROTOCOL_BATCH,
				  &n_fds, &e))
			return EXIT_BROKEN;
		if (n == 0)
			_exit(0); /* nothing to put in order: and what a library would do at the end
				     it may not */
		if (!do_jobs(w, (struct span){ message, n }, fd, n_fds))
			return EXIT_BROKEN;
	}
}
