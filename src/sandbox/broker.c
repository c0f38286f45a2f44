/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/broker.h"
#include "base/io.h"
#include "base/wire.h"
#include "engine/record.h"
#include "sandbox/pool.h"
#include "sandbox/setup.h"
#include "sandbox/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Objects stand in a ring in the order of submission: waiting, sent, done.  Full
 * batches go to workers that have room; what comes back makes an object done; the
 * oldest that are done leave at the front.  A worker is believed in one thing
 * alone: what it says, in a record that can be, of the object whose turn it is.
 */

enum {
	MAX_WORKERS = 64,
	PENDING = 1024,      /* objects between submission and done() */
	MAX_HELD = 64 << 20, /* bytes of answers between arrival and done() */
	TIME_LIMIT_S = 120,
	START_LIMIT_S = 120,
	SPARE_FILES = 64,   /* descriptors that the broker needs besides those of objects */
	TICK_MS = 250,      /* how often workers at work are looked at */
	START_FAILURES = 3, /* workers that end before their hello, until we give up */
};

enum state { WAITING, SENT, DONE };

struct object {
	char *path;
	int fd; /* -1: it is done */
	uint64_t size;
	enum state state;
	uint8_t *
		record; /* as received and checked; NULL: failed for the reason below, or skipped */
	size_t record_n;
	enum reason why;
	const char *detail;
	struct error *skipped; /* it was not examined at all */
};

struct broker {
	struct broker_options options;
	struct pool_start start;
	struct pool_worker worker[MAX_WORKERS]; /* options.n_workers of them */
	unsigned n_failures; /* workers that ended before their hello, since one came */
	struct broker_stats stats;
	struct broker_cage cage;
	int64_t looked_ms; /* when workers at work were last looked at */
	uint64_t first, next,
		to_send; /* numbers of objects: the oldest, the next new, the next to be sent */
	size_t held;     /* bytes of answers in the ring */
	struct object ring[PENDING]; /* in use: from first to next */
	struct arena arena;          /* for one record at a time */
	uint8_t message[WIRE_MAX];
};

static struct object *at(struct broker *b, uint64_t number) { return &b->ring[number % PENDING]; }

/* ---- results */

static void settle(struct object *o, enum reason why, const char *detail)
{
	o->state = DONE;
	o->why = why;
	o->detail = detail;
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static void count(struct broker *b, const struct verdict *v)
{
	b->stats.objects++;
	b->stats.bytes += v->size;
	b->stats.by_kind[v->kind]++;
	if (v->n_gaps != 0) {
		b->stats.gaps++;
		b->stats.by_reason[v->gap[0].why]++;
	}
}

/* Places in a process are addresses. */
static uint64_t places(const struct broker *b, const struct object *o)
{
	return b->options.scan.process ? UINT64_MAX : o->size;
}

static void tell(struct broker *b, const struct object *o)
{
	struct verdict_gap gap = { .why = o->why, .rule = COND_NONE };
	struct verdict v;
	struct error e;

	if (o->skipped != NULL) {
		b->stats.skipped[o->skipped->why]++;
		if (b->options.skipped != NULL)
			b->options.skipped(b->options.ctx, o->path, o->skipped);
		return;
	}
	arena_reset(&b->arena);
	if (o->record == NULL || !record_read((struct span){ o->record, o->record_n },
					      b->options.db, places(b, o), &b->arena, &v, &e)) {
		gap.why = o->record != NULL ? REASON_INTERNAL : o->why;
		gap.detail = span_of(o->detail != NULL ? o->detail : "internal");
		v = (struct verdict){ .kind = VERDICT_INCOMPLETE, .gap = &gap, .n_gaps = 1 };
	}
	v.size = o->size;
	count(b, &v);
	b->options.done(b->options.ctx, o->path, &v);
}

static void forget(struct broker *b, struct object *o)
{
	b->held -= o->record_n;
	if (o->fd >= 0)
		close(o->fd);
	free(o->path);
	free(o->record);
	free(o->skipped);
	*o = (struct object){ .fd = -1 };
}

/* Tells of the objects that are done, oldest first. */
static void deliver(struct broker *b)
{
	for (; b->first < b->next && at(b, b->first)->state == DONE; b->first++) {
		tell(b, at(b, b->first));
		forget(b, at(b, b->first));
	}
	if (b->to_send < b->first)
		b->to_send = b->first;
}

/* ---- workers that are lost */

static const char *detail_of(enum pool_end how)
{
	return how == POOL_SIGBUS
		       ? "changed: the file shrank, or could not be read, while it was looked at"
	       : how == POOL_SIGSYS ? "worker-crash: it made a system call that it may not make"
	       : how == POOL_ENDED  ? "worker-crash: it ended without an answer"
				    : "worker-crash: it was ended by a signal";
}

/* The worker is gone or must go: the object it was at is lost, the others are sent again.  Every
 * loss settles one object, so that there is an end.  why of NONE: by the way it ended. */
static bool lose(struct broker *b, struct pool_worker *w, enum reason why, const char *detail,
		 struct error *e)
{
	struct pool_worker lost = *w; /* what it had before it */
	/* a lie is about the object whose turn it is to be answered; else its own word says where
	 * it was */
	size_t guilty = why == REASON_INTERNAL ? 0 : pool_at(w);
	enum pool_end how = pool_stop(w);

	b->stats.workers_lost++;
	if (!lost.greeted && ++b->n_failures >= START_FAILURES)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "%s: workers end before they say a word", b->options.worker);
	if (why == REASON_NONE) {
		why = how == POOL_SIGBUS ? REASON_CHANGED : REASON_CRASH;
		detail = detail_of(how);
	}
	for (size_t i = 0; i < lost.n_ahead; i++) {
		struct object *o = at(b, lost.ahead[i]);
		if (i == guilty && lost.greeted) {
			settle(o, why, detail);
		} else {
			o->state = WAITING;
			if (lost.ahead[i] < b->to_send)
				b->to_send = lost.ahead[i];
		}
	}
	return true;
}

static bool liar(struct broker *b, struct pool_worker *w, const char *detail, struct error *e)
{
	return lose(b, w, REASON_INTERNAL, detail, e);
}

/* ---- answers */

static bool read_hello(struct broker *b, struct pool_worker *w, struct cursor *c, struct error *e)
{
	bool ok = cursor_le32(c) == PROTOCOL_HELLO;
	unsigned walls = cursor_u8(c);
	enum reason why = (enum reason)cursor_u8(c);
	struct span text = cursor_take(c, cursor_left(c));

	if (!ok || !cursor_ok(c) || why >= REASON_COUNT)
		return liar(b, w, "internal: a worker's greeting cannot be", e);
	if (why != REASON_NONE)
		return error_set(e, why, PLACE_NONE, "%.*s", (int)(text.n < 200 ? text.n : 200),
				 (const char *)text.p);
	w->greeted = true;
	b->n_failures = 0;
	b->cage = (struct broker_cage){ .seccomp = (walls & WALL_SECCOMP) != 0,
					.landlock = (walls & WALL_LANDLOCK) != 0,
					.unprivileged = (walls & WALL_UNPRIVILEGED) != 0,
					.no_network = (walls & WALL_NO_NETWORK) != 0,
					.no_clock = (walls & WALL_NO_CLOCK) != 0 };
	return true;
}

/* May an object that had o->size bytes have been read with `size`?  Then it was being written to.
 */
static bool size_can_be(const struct object *o, uint64_t size)
{
	struct stat st;

	if (size == o->size)
		return true;
	if (fstat(o->fd, &st) != 0 || st.st_size < 0)
		return false;
	uint64_t now = (uint64_t)st.st_size;
	return size >= (now < o->size ? now : o->size) && size <= (now < o->size ? o->size : now);
}

/* The whole record of the object whose turn it is.  NULL, or why it cannot be. */
static const char *take_record(struct broker *b, struct pool_worker *w, uint64_t size,
			       struct span record)
{
	struct object *o = at(b, w->ahead[0]);
	struct verdict v;
	struct error e;
	uint64_t given = o->size;

	if (!size_can_be(o, size))
		return "internal: a worker says that the object had a size which it never had";
	o->size = size;
	arena_reset(&b->arena);
	if (!record_read(record, b->options.db, places(b, o), &b->arena, &v, &e))
		return "internal: a worker gave an answer that cannot be";
	o->record = malloc(record.n);
	if (o->record == NULL) {
		settle(o, REASON_MEMORY, "memory: no room for an answer");
	} else {
		memcpy(o->record, record.p, record.n);
		o->record_n = record.n;
		b->held += record.n;
		settle(o, REASON_NONE, NULL);
	}
	pool_strike(w, given);
	return NULL;
}

/* One answer, or a piece of one. */
static const char *read_answer(struct broker *b, struct pool_worker *w, struct cursor *c)
{
	uint64_t number = cursor_le64(c), size = cursor_le64(c);
	uint32_t n = cursor_le32(c), left = cursor_le32(c);
	struct span piece = cursor_take(c, n);

	if (!cursor_ok(c) || w->n_ahead == 0 || number != w->ahead[0])
		return "internal: a worker answered out of turn";
	if (w->part.n == 0 && left == 0)
		return take_record(b, w, size, piece);
	if (n == 0 || (w->part.n != 0 && (uint64_t)n + left != w->part_left))
		return "internal: a worker broke its answer off";
	buf_put_span(&w->part, piece);
	w->part_left = left;
	if (!buf_ok(&w->part))
		return "internal: a worker's answer is longer than one can be";
	if (left != 0)
		return NULL;
	const char *wrong = take_record(b, w, size, buf_span(&w->part));
	buf_reset(&w->part);
	return wrong;
}

static bool read_message(struct broker *b, struct pool_worker *w, struct error *e)
{
	const char *wrong = NULL;
	size_t n, n_fds;
	struct error why;

	if (!wire_receive(w->socket, b->message, sizeof b->message, &n, NULL, 0, &n_fds, &why))
		return liar(b, w, "internal: a worker sent what no worker sends", e);
	if (n == 0)
		return lose(b, w, REASON_NONE, NULL, e);
	struct cursor c = cursor_of((struct span){ b->message, n });
	if (!w->greeted)
		return read_hello(b, w, &c, e);
	while (wrong == NULL && cursor_left(&c) != 0)
		wrong = read_answer(b, w, &c);
	return wrong == NULL || liar(b, w, wrong, e);
}

/* ---- time */

static int64_t limit_ms(struct broker *b, const struct pool_worker *w)
{
	const struct object *o = at(b, w->ahead[pool_at(w)]);
	unsigned base = b->options.time_limit_s != 0 ? b->options.time_limit_s : TIME_LIMIT_S;

	if (!w->greeted) /* it starts, which an object's limit does not know of */
		base = START_LIMIT_S;
	return (int64_t)base * 1000 + (int64_t)(o->size >> 20) * 1000;
}

static bool look_after(struct broker *b, struct pool_worker *w, struct error *e)
{
	if (w->pid == 0 || w->n_ahead == 0 || pool_still_ms(w) < limit_ms(b, w))
		return true;
	if (!w->greeted)
		return error_set(e, REASON_TIME, PLACE_NONE, "%s: a worker does not become ready",
				 b->options.worker);
	return lose(b, w, REASON_TIME, "limit:time", e);
}

/* Time that we were not there to look (a stopped job, a reader of our output that waits) is
 * nobody's. */
static void excuse(struct broker *b)
{
	int64_t now = pool_now_ms(), away = now - b->looked_ms;

	if (b->looked_ms != 0 && away > 8 * TICK_MS)
		for (unsigned i = 0; i < b->options.n_workers; i++)
			b->worker[i].clock_ms += away;
	b->looked_ms = now;
}

/* Waits for an answer of any worker, or for the time of one to run out. */
static bool pump(struct broker *b, struct error *e)
{
	struct pollfd p[MAX_WORKERS];
	unsigned n = b->options.n_workers;
	int n_ready;

	excuse(b);
	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = b->worker[i].socket, .events = POLLIN };
	do
		n_ready = poll(p, n, TICK_MS);
	while (n_ready < 0 && errno == EINTR);
	if (n_ready < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "poll: %s", strerror(errno));
	for (unsigned i = 0; i < n; i++) {
		if (p[i].revents != 0 && !read_message(b, &b->worker[i], e))
			return false;
		if (p[i].revents == 0 && !look_after(b, &b->worker[i], e))
			return false;
	}
	deliver(b);
	return true;
}

/* ---- sending */

static bool has_room(const struct pool_worker *w)
{
	return w->n_ahead == 0 ||
	       (w->n_ahead <= POOL_AHEAD - PROTOCOL_BATCH && w->bytes_ahead < PROTOCOL_BATCH_BYTES);
}

/* A worker that can take a batch: one that has nothing to do first, then one that must be started,
 * then one with room.  NULL: none. */
static struct pool_worker *choose(struct broker *b)
{
	struct pool_worker *idle = NULL, *room = NULL;

	for (unsigned i = b->options.n_workers; i-- > 0;) {
		struct pool_worker *w = &b->worker[i];
		if (w->pid != 0 && w->n_ahead == 0)
			return w;
		if (w->pid == 0)
			idle = w;
		else if (has_room(w))
			room = w;
	}
	return idle != NULL ? idle : room;
}

/* The next objects that wait, up to a batch; where they end goes to *end. */
static size_t next_batch(struct broker *b, struct job *job, int *fd, uint64_t *end, bool *full)
{
	uint64_t bytes = 0, i = b->to_send;
	size_t n = 0;

	for (; n < PROTOCOL_BATCH && bytes < PROTOCOL_BATCH_BYTES && i < b->next; i++) {
		const struct object *o = at(b, i);
		if (o->state != WAITING)
			continue;
		job[n] = (struct job){ i, o->size };
		fd[n++] = o->fd;
		bytes += o->size;
	}
	*end = i;
	*full = n == PROTOCOL_BATCH || bytes >= PROTOCOL_BATCH_BYTES;
	return n;
}

/* What became of an attempt to send: there is no batch to be sent; it went; nobody can take it now.
 */
enum sent { NOTHING, GAVE, BUSY, FAILED };

/* Gives a worker a batch; with `all` even one that is not full. */
static enum sent send_batch(struct broker *b, bool all, struct error *e)
{
	struct job job[PROTOCOL_BATCH];
	int fd[PROTOCOL_BATCH];
	struct error why;
	uint64_t end;
	bool full;
	size_t n = next_batch(b, job, fd, &end, &full);

	if (n == 0)
		b->to_send = end;
	if (n == 0 || (!all && !full))
		return NOTHING;
	struct pool_worker *w = choose(b);
	if (w == NULL)
		return BUSY;
	if (w->pid == 0 && !pool_run(w, &b->start, e))
		return FAILED;
	if (!pool_give(w, job, fd, n, &why)) {
		/* too many descriptors are under way, where others of this user count too: later;
		 * or it has ended, which pump() hears of behind what it said before */
		if (why.why == REASON_LIMIT || why.why == REASON_CRASH)
			return BUSY;
		return lose(b, w, REASON_NONE, NULL, e) ? GAVE : FAILED;
	}
	for (size_t i = 0; i < n; i++)
		at(b, job[i].number)->state = SENT;
	b->to_send = end;
	return GAVE;
}

/* Sends what can be sent; with `all` waits for an answer then, else only where a full batch must
 * wait. */
static bool turn(struct broker *b, bool all, struct error *e)
{
	enum sent s;

	while ((s = send_batch(b, all, e)) == GAVE || (s == BUSY && !all))
		if (s == BUSY && !pump(b, e))
			return false;
	return s != FAILED && (!all || pump(b, e));
}

/* ---- life */

static bool make_setup(struct broker *b, struct error *e)
{
	struct buf setup;
	int fd = memfd_create("setup", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	b->start.setup = fd;
	buf_init(&setup, SETUP_MAX);
	setup_write(&b->options.scan, b->options.magic, &setup);
	bool ok =
		buf_ok(&setup) || error_set(e, REASON_LIMIT, PLACE_NONE,
					    "the external variables or module data are too large");
	if (ok && fd < 0)
		ok = error_set(e, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	ok = ok && io_write(fd, setup.p, setup.n, e) && io_seal(fd, e);
	buf_release(&setup);
	return ok;
}

/* Descriptors: a batch or two for each worker, a walk, and some.  Fewer workers where there are not
 * enough. */
static void make_room(struct broker *b)
{
	struct rlimit r;
	rlim_t want =
		SPARE_FILES + WALK_MAX_DEPTH + (rlim_t)b->options.n_workers * (POOL_AHEAD + 1);

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	rlim_t had = r.rlim_cur;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		r.rlim_cur = had;
	while (b->options.n_workers > 1 &&
	       SPARE_FILES + (rlim_t)b->options.n_workers * (POOL_AHEAD + 1) > r.rlim_cur)
		b->options.n_workers--;
}

bool broker_new(const struct broker_options *o, struct broker **out, struct error *e)
{
	struct broker *b = calloc(1, sizeof *b);

	if (b == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a broker");
	b->options = *o;
	if (b->options.n_workers == 0 || b->options.n_workers > MAX_WORKERS)
		b->options.n_workers = b->options.n_workers == 0 ? 1 : MAX_WORKERS;
	b->start =
		(struct pool_start){ .worker = o->worker, .database = o->database_fd, .setup = -1 };
	arena_init(&b->arena, RECORD_MEMORY);
	make_room(b);
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_init(&b->worker[i]);
	if (access(o->worker, X_OK) != 0) {
		error_set(e, REASON_IO, PLACE_NONE, "%s: %s", o->worker, strerror(errno));
		broker_free(b);
		return false;
	}
	if (!make_setup(b, e)) {
		broker_free(b);
		return false;
	}
	*out = b;
	return true;
}

void broker_free(struct broker *b)
{
	if (b == NULL)
		return;
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_kill(&b->worker[i]); /* all, before the first is waited for */
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_release(&b->worker[i]);
	for (; b->first < b->next; b->first++)
		forget(b, at(b, b->first));
	if (b->start.setup >= 0)
		close(b->start.setup);
	arena_release(&b->arena);
	free(b);
}

const struct broker_options *broker_options(const struct broker *b) { return &b->options; }
struct broker_stats broker_stats(const struct broker *b) { return b->stats; }
struct broker_cage broker_cage(const struct broker *b) { return b->cage; }

/* ---- objects in */

/* A free place in the ring, with its path; NULL: *e says why. */
static struct object *take_place(struct broker *b, const char *path, struct error *e)
{
	while (b->next - b->first >= PENDING || b->held > MAX_HELD)
		if (!turn(b, true, e))
			return NULL;
	struct object *o = at(b, b->next);
	*o = (struct object){ .path = strdup(path), .fd = -1 };
	if (o->path == NULL) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a path");
		return NULL;
	}
	b->next++;
	return o;
}

bool broker_submit(struct broker *b, int fd, uint64_t size, const char *path, struct error *e)
{
	struct object *o = take_place(b, path, e);

	if (o == NULL) {
		close(fd);
		return false;
	}
	o->fd = fd;
	o->size = size;
	o->state = WAITING;
	return turn(b, false, e); /* so that few files are open, and few answers lie unread */
}

bool broker_skip(struct broker *b, const char *path, const struct error *why, struct error *e)
{
	struct error *copy = malloc(sizeof *copy);
	struct object *o = copy != NULL ? take_place(b, path, e) : NULL;

	if (o == NULL) {
		if (copy == NULL)
			error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an object");
		free(copy);
		return false;
	}
	*copy = *why;
	o->skipped = copy;
	o->state = DONE;
	deliver(b);
	return true;
}

bool broker_finish(struct broker *b, struct error *e)
{
	deliver(b);
	while (b->first < b->next)
		if (!turn(b, true, e))
			return false;
	return true;
}
