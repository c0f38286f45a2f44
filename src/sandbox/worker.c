/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/worker.h"
#include "base/io.h"
#include "base/json_read.h"
#include "base/wire.h"
#include "engine/pe_sign.h"
#include "sandbox/confine.h"
#include "sandbox/paged.h"
#include "sandbox/protocol.h"

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
	/* objects up to this size are read into memory that stays with the worker, for new pages
	 * cost as much as reading them; larger ones into memory of their own */
	IN_MEMORY = 1 << 30,
	PAGED = 8 << 20,  /* files from this size on are read where they are touched */
	LARGE = 64 << 20, /* what lies beyond this is given back ... */
	LARGE_KEPT = 16,  /* ... so many objects after the last that needed it */
	HUGE_PAGE = 2 << 20,
	PAGES = 32 << 10,      /* the pages before it are asked for in pieces of this size */
	ANSWER_SOON = 1 << 20, /* before an object of this size, answers that wait are sent */
	EXIT_BROKEN = 70,
};

struct worker {
	const struct worker_job *job;
	void *state; /* the job's */
	uint64_t max_object;
	volatile uint64_t *progress;
	struct buf answer;                          /* to the object at hand */
	struct buf answers;                         /* that wait to be sent */
	struct worker_file beside[PROTOCOL_BESIDE]; /* the next object */
	size_t n_beside;
	uint8_t *memory;                      /* IN_MEMORY bytes of addresses */
	size_t ready;                         /* bytes of it that have pages; to HUGE_PAGE */
	unsigned large_kept;                  /* objects until what is beyond LARGE goes; 0: gone */
	const struct protocol_object *object; /* at hand; NULL: none */
	bool at_risk;                         /* it was said that it may be taken over */
	bool done;                            /* it takes no more objects */
};

/* ---- set-up */

static const struct worker_job *find_job(const struct worker_host *host,
					 const char name[PROTOCOL_JOB_NAME])
{
	for (size_t i = 0; i < host->n_jobs; i++)
		if (strncmp(host->job[i]->name, name, PROTOCOL_JOB_NAME) == 0)
			return host->job[i];
	return NULL;
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

static int no_order(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/* glibc's qsort(3) asks once how much memory the machine has, when it first sorts over 1 KiB. */
static void prepare_sorting(void)
{
	uint8_t two[4096] = { 0 }; /* whose order does not matter */

	qsort(two, 2, sizeof two / 2, no_order);
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
	prepare_sorting();
	json_read_prepare();
	return pe_sign_prepare() ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "libcrypto does not start");
}

/* Where who asked wants to have what the job makes: mapped before the walls, behind which nothing
 * that others see can be mapped. */
static bool map_output(struct worker_start *s, struct error *e)
{
	struct stat st;

	if (fstat(PROTOCOL_OUTPUT, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return true; /* none, or /dev/null in its place */
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       PROTOCOL_OUTPUT, 0);
	if (p == MAP_FAILED)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for what a worker makes");
	s->output = p;
	s->output_size = (size_t)st.st_size;
	return true;
}

/* What the broker gave, mapped before the walls: so that no call which asks for sizes has to be let
 * through them. */
static bool map_given(int fd, struct span *out, struct error *e)
{
	struct stat st;

	*out = (struct span){ 0 };
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode))
		return true; /* /dev/null in its place */
	return io_map(fd, out, e);
}

/* Before the walls: nothing is parsed here but the head of the set-up, which has one form. */
static bool set_up(struct worker *w, const struct worker_host *host, struct worker_start *start,
		   struct error *e)
{
	struct protocol_setup head;
	struct span setup;

	if (!prepare_libraries(e) || !open_memory(w, e) || !map_output(start, e) ||
	    !io_map(PROTOCOL_SETUP, &setup, e) ||
	    !map_given(PROTOCOL_DATABASE, &start->database, e))
		return false;
	if (setup.n < sizeof head)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a worker without a set-up");
	memcpy(&head, setup.p, sizeof head);
	w->job = find_job(host, head.job);
	w->max_object = head.max_object;
	if (!paged_prepare((size_t)w->max_object, e))
		return false;
	if (w->job == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "no worker for the job %.*s",
				 PROTOCOL_JOB_NAME, head.job);
	if ((head.flags & SETUP_LIBMAGIC) != 0 && host->open_magic != NULL)
		start->magic = host->open_magic();
	buf_init(&w->answer, w->job->max_answer);
	start->setup = span_cut(setup, sizeof head, setup.n);
	(void)close(PROTOCOL_DATABASE);
	(void)close(PROTOCOL_SETUP);
	(void)close(PROTOCOL_PROGRESS);
	(void)close(PROTOCOL_OUTPUT);
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

static void put_head(struct worker *w, uint64_t number, uint64_t size, size_t n, size_t left)
{
	buf_put_le64(&w->answers, number);
	buf_put_le64(&w->answers, size);
	buf_put_le32(&w->answers, (uint32_t)n);
	buf_put_le32(&w->answers, (uint32_t)left);
}

/* Puts an answer among those that wait, in pieces where it is large. */
static bool put_answer(struct worker *w, uint64_t number, uint64_t size)
{
	struct span rest = buf_span(&w->answer);

	if (!buf_ok(&w->answer)) /* a job keeps to its maximum; out of memory this says no more */
		_exit(EXIT_BROKEN);
	if (w->answers.n != 0 && w->answers.n + PROTOCOL_ANSWER_HEAD + rest.n > WIRE_MAX &&
	    !send_answers(w))
		return false;
	do {
		struct span piece =
			span_cut(rest, 0, WIRE_MAX - PROTOCOL_ANSWER_HEAD - w->answers.n);
		rest = span_cut(rest, piece.n, rest.n);
		put_head(w, number, size, piece.n, rest.n);
		buf_put_span(&w->answers, piece);
		if (rest.n != 0 && !send_answers(w))
			return false;
	} while (rest.n != 0);
	return true;
}

void worker_risk(struct worker *w)
{
	if (w->at_risk || w->object == NULL)
		return;
	w->at_risk = w->done = true;
	if (w->answers.n + PROTOCOL_ANSWER_HEAD > WIRE_MAX && !send_answers(w))
		_exit(EXIT_BROKEN);
	put_head(w, w->object->number, 0, 0, PROTOCOL_RISK);
	if (!send_answers(w))
		_exit(EXIT_BROKEN);
}

void worker_passed(struct worker *w, const uint8_t *end)
{
	(void)w; /* a process has one such object at a time */
	paged_passed(end);
}

size_t worker_want(struct worker *w, uint64_t number, struct worker_file *out)
{
	struct protocol_object given[PROTOCOL_BESIDE];
	int fd[PROTOCOL_BESIDE];
	size_t n, n_fds;
	struct error e;

	if (w->answers.n + PROTOCOL_ANSWER_HEAD > WIRE_MAX && !send_answers(w))
		_exit(EXIT_BROKEN);
	put_head(w, w->object->number, number, 0, PROTOCOL_WANT);
	if (!send_answers(w) ||
	    !wire_receive(PROTOCOL_SOCKET, given, sizeof given, &n, fd, PROTOCOL_BESIDE, &n_fds,
			  &e) ||
	    n_fds == 0 || n != n_fds * sizeof *given)
		_exit(EXIT_BROKEN);
	for (size_t i = 0; i < n_fds; i++)
		out[i] = (struct worker_file){ fd[i], given[i].size };
	return n_fds;
}

/* ---- objects */

static const char changed[] = "changed: the file was written to while it was read";

/* fstat(2) by its own call: the library's takes the one that can ask for any path. */
static bool look(int fd, struct stat *st) { return syscall(SYS_fstat, fd, st) == 0; }

static void fail(struct worker_object *o, enum reason why, const char *fault)
{
	o->why = why;
	o->fault = fault;
}

/* Asks for the pages that an object of so many bytes is read into, in one call: as reading writes
 * to them, each would cost a fault.  A kernel older than 5.14 refuses, and they do. */
static void make_ready(struct worker *w, size_t size)
{
	size_t end = size < HUGE_PAGE ? (size + PAGES) & ~(size_t)(PAGES - 1) : HUGE_PAGE;

	if (end <= w->ready)
		return;
	(void)madvise(w->memory + w->ready, end - w->ready, MADV_POPULATE_WRITE);
	w->ready = end;
}

/*
 * Reads a small object with one call, which asks for one byte more than there were: had it been
 * written to meanwhile, it would not end where it did.  False: to be looked at more closely.
 */
static bool read_small(struct worker *w, const struct protocol_object *p, int fd,
		       struct worker_object *o)
{
	make_ready(w, (size_t)p->size);
	ssize_t got = pread(fd, w->memory, (size_t)p->size + 1, 0);
	if (got < 0 || (uint64_t)got != p->size)
		return false;
	o->bytes = (struct span){ w->memory, (size_t)got };
	return true;
}

/* Never mapped: whoever may write to the file could change it under the eyes of a parser, or cut
 * it short. */
static void read_copy(int fd, const struct stat *st, uint8_t *to, struct worker_object *o)
{
	size_t size = (size_t)st->st_size, got = 0, more = 0;
	struct stat after;
	uint8_t byte;
	struct error e;

	if (!io_pread(fd, to, size, 0, &got, &e)) {
		fail(o, e.why, "unreadable");
		return;
	}
	o->bytes = (struct span){ to, got };
	/* a file system may say that a file is empty which is not */
	if (got != size || !look(fd, &after) || !io_same(st, &after) ||
	    !io_pread(fd, &byte, 1, size, &more, &e) || more != 0)
		fail(o, REASON_CHANGED, changed);
}

/* A copy that nobody can change, in memory or on disk. */
static void *map_sealed(int fd, size_t size, struct worker_object *o)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED) {
		fail(o, REASON_LIMIT,
		     "limit:size: a worker has no addresses for so large an object");
		return NULL;
	}
	o->bytes = (struct span){ p, size };
	return p;
}

/* Pages of zeros, large ones where the kernel has them: fewer faults. */
static void *new_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}

/* Returns memory of the object's own; NULL where there is none. */
static void *read_own(int fd, const struct stat *st, struct worker_object *o)
{
	size_t size = (size_t)st->st_size;

	void *p = new_pages(size);

	if (p == NULL)
		fail(o, REASON_MEMORY, "memory: none for an object of this size");
	else
		read_copy(fd, st, p, o);
	return p;
}

static void give_back(struct worker *w, size_t read)
{
	if (read > LARGE)
		w->large_kept = LARGE_KEPT + 1;
	if (w->large_kept != 0 && --w->large_kept == 0)
		(void)madvise(w->memory + LARGE, IN_MEMORY - LARGE, MADV_DONTNEED);
}

/* Returns memory of the object's own, of *n bytes; NULL where it has none. */
static void *read_object(struct worker *w, const struct protocol_object *p, int fd,
			 struct worker_object *o, size_t *n)
{
	struct stat st;

	*o = (struct worker_object){ .size = p->size,
				     .beside = w->beside,
				     .n_beside = w->n_beside };
	if (p->size <= SMALL && read_small(w, p, fd, o))
		return NULL;
	if (!look(fd, &st) || st.st_size < 0) {
		fail(o, REASON_IO, "unreadable");
		return NULL;
	}
	o->size = (uint64_t)st.st_size;
	*n = (size_t)st.st_size;
	if ((p->flags & OBJECT_SEALED) != 0 && st.st_size != 0)
		return map_sealed(fd, *n, o);
	if (*n > LARGE && *n > w->max_object) {
		fail(o, REASON_LIMIT, "limit:size: more than a worker may hold in memory");
		return NULL;
	}
	if (*n > IN_MEMORY)
		return read_own(fd, &st, o);
	make_ready(w, *n);
	read_copy(fd, &st, w->memory, o);
	return NULL;
}

/* Of a file that is read where it is touched: the answer holds if nothing was amiss with the
 * reading, and is dropped if it was. */
static bool run_paged(struct worker *w, const struct protocol_object *p, int fd, uint64_t *size)
{
	struct worker_object o = { .beside = w->beside, .n_beside = w->n_beside };
	struct stat before, after;
	uint8_t byte;

	if (!w->job->paged || (p->flags & (OBJECT_SEALED | OBJECT_CHANGED)) != 0 ||
	    !look(fd, &before) || before.st_size < PAGED ||
	    (uint64_t)before.st_size > w->max_object)
		return false;
	o.size = (uint64_t)before.st_size;
	o.bytes = paged_open(fd, (size_t)before.st_size);
	buf_reset(&w->answer);
	bool goes_on = w->job->run(w->state, &o, &w->answer);
	if (!paged_close() || !look(fd, &after) || !io_same(&before, &after) ||
	    pread(fd, &byte, 1, before.st_size) != 0)
		return false;
	w->done = !goes_on || w->done;
	*size = o.size;
	return true;
}

static bool answer_whole(struct worker *w, const struct protocol_object *p, int fd)
{
	struct worker_object o;
	size_t n = 0;
	void *own = read_object(w, p, fd, &o, &n);
	if ((p->flags & OBJECT_CHANGED) != 0 && o.why == REASON_NONE)
		fail(&o, REASON_CHANGED, changed);
	buf_reset(&w->answer);
	w->done = !w->job->run(w->state, &o, &w->answer) || w->done;
	bool ok = put_answer(w, p->number, o.size);
	/* only now: the answer may have pointed into the object */
	if (own != NULL)
		(void)munmap(own, n);
	give_back(w, own != NULL ? 0 : o.bytes.n);
	return ok;
}

static bool do_object(struct worker *w, const struct protocol_object *p, int fd)
{
	uint64_t size;

	if (p->size >= ANSWER_SOON && !send_answers(w))
		return false;
	*w->progress = p->number + 1;
	w->object = p;
	bool paged = p->size >= PAGED && run_paged(w, p, fd, &size);
	bool ok = paged ? put_answer(w, p->number, size) : answer_whole(w, p, fd);
	w->object = NULL;
	while (w->n_beside > 0)
		(void)close(w->beside[--w->n_beside].fd);
	return ok;
}

/* Keeps an object for the one that it is to be beside. */
static bool keep(struct worker *w, const struct protocol_object *p, int fd)
{
	if (w->n_beside == PROTOCOL_BESIDE)
		return false;
	w->beside[w->n_beside++] = (struct worker_file){ fd, p->size };
	return true;
}

static bool do_objects(struct worker *w, struct span message, const int *fd, size_t n)
{
	struct protocol_object object[PROTOCOL_BATCH];

	if (message.n != n * sizeof *object)
		return false;
	memcpy(object, message.p, message.n);
	for (size_t i = 0; i < n && !w->done; i++) {
		if ((object[i].flags & OBJECT_BESIDE) != 0) {
			if (!keep(w, &object[i], fd[i]))
				return false;
			continue;
		}
		if (!do_object(w, &object[i], fd[i]))
			return false;
		(void)close(fd[i]);
	}
	return send_answers(w);
}

int worker_run(const struct worker_host *host)
{
	uint8_t message[PROTOCOL_BATCH * sizeof(struct protocol_object)];
	struct worker *w = calloc(1, sizeof *w);
	struct worker_start start = { .worker = w };
	struct confinement cage;
	int fd[PROTOCOL_BATCH];
	size_t n, n_fds;
	struct error e;

	if (w == NULL)
		return EXIT_BROKEN;
	buf_init(&w->answers, WIRE_MAX);
	if (!set_up(w, host, &start, &e) || !confine_self(w->max_object, &cage, &e) ||
	    !w->job->prepare(&start, &w->state, &e)) {
		(void)say_hello(w, 0, e.why, e.text);
		return EXIT_BROKEN;
	}
	if (!say_hello(w, cage.walls, REASON_NONE, ""))
		return EXIT_BROKEN;
	while (!w->done) {
		if (!wire_receive(PROTOCOL_SOCKET, message, sizeof message, &n, fd, PROTOCOL_BATCH,
				  &n_fds, &e))
			return EXIT_BROKEN;
		if (n == 0)
			break;
		if (!do_objects(w, (struct span){ message, n }, fd, n_fds))
			return EXIT_BROKEN;
	}
	_exit(0); /* nothing to put in order: and what a library would do at the end it may not */
}
