/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/broker.h"
#include "base/io.h"
#include "engine/record.h"
#include "sandbox/broker_impl.h"
#include "sandbox/setup.h"
#include "sandbox/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Objects stand in a ring in the order of submission: waiting, sent, done.  Full
 * batches go to workers that have room; what comes back makes an object done; the
 * oldest that are done leave at the front.  What workers say is heard in
 * broker_answer.c.
 *
 * While all workers are busy some objects may wait.  They go in their order, small ones
 * in batches, large ones alone; but one that is as much work as a worker's share of all
 * that waits goes first: were it the last, one worker would be at it long after the
 * others have ended (longest processing time first: R. L. Graham, Bounds on
 * Multiprocessing Timing Anomalies, 1969).
 *
 * As long as objects are harmless they travel in batches.  One for which a worker had
 * to be replaced is likely to stand among others of its kind (archives, documents),
 * and then they go one by one, so that few are given twice.
 */

enum {
	MAX_HELD = 64 << 20, /* bytes of answers between arrival and done() */
	LEAST_AHEAD = 32,    /* objects that a worker has before it, where there are enough */
	MOST_WAITING = 512,  /* objects that wait while all workers are busy, ... */
	FEW_WAITING = 64,    /* ... where no order of them is better than another */
	AHEAD_BYTES =
		4 << 20,  /* before a worker: some milliseconds, as a broker may wait for a core */
	SPARE_FILES = 64, /* descriptors that the broker needs besides those of objects */
};

/* ---- results */

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
	if (o->record == NULL ||
	    !record_read((struct span){ o->record, o->record_n }, b->options.db,
			 broker_places(b, o), &b->arena, &v, &e)) {
		gap.why = o->record != NULL ? REASON_INTERNAL : o->why;
		gap.detail = span_of(o->words != NULL    ? o->words
				     : o->detail != NULL ? o->detail
							 : "internal");
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
	free(o->words);
	free(o->skipped);
	*o = (struct object){ .fd = -1 };
}

/* Tells of the objects that are done, oldest first. */
static void deliver(struct broker *b)
{
	for (; b->first < b->next && broker_object(b, b->first)->state == OBJECT_DONE; b->first++) {
		tell(b, broker_object(b, b->first));
		forget(b, broker_object(b, b->first));
	}
	if (b->to_send < b->first)
		b->to_send = b->first;
}

/* ---- sending */

static bool has_room(struct broker *b, const struct pool_worker *w)
{
	return w->n_ahead == 0 ||
	       (!w->at_risk && !b->options.isolate && w->n_ahead <= b->calm &&
		w->bytes_ahead < AHEAD_BYTES && !broker_object(b, pool_ahead(w, 0))->alone);
}

/* Large objects are held in memory: all of them together in no more than one alone may take.  Of
 * those on disk there is one at a time, for the disk's sake. */
static bool has_memory(struct broker *b, const struct pool_worker *w, const struct object *o)
{
	uint64_t held = 0, on_disk = 0;
	bool large = broker_is_large(b, o) || o->spooled;

	if (o->size <= BROKER_LARGE)
		return true;
	for (unsigned i = 0; i < b->options.n_workers; i++) {
		const struct pool_worker *other = &b->worker[i];
		if (other == w || other->bytes_ahead <= BROKER_LARGE)
			continue;
		for (size_t k = 0; k < other->n_ahead; k++) {
			const struct object *has = broker_object(b, pool_ahead(other, k));
			*(has->spooled ? &on_disk : &held) += has->size;
		}
	}
	return large ? on_disk == 0 : held == 0 || o->size + held <= b->max_object;
}

/* A worker that can take a batch: one that has nothing to do first, then one that must be started,
 * then, of those with room, the one that has the least before it.  NULL: none. */
static struct pool_worker *choose(struct broker *b)
{
	struct pool_worker *idle = NULL, *room = NULL;

	for (unsigned i = b->options.n_workers; i-- > 0;) {
		struct pool_worker *w = &b->worker[i];
		if (w->pid != 0 && w->n_ahead == 0)
			return w;
		if (w->pid == 0)
			idle = w;
		else if (has_room(b, w) && (room == NULL || w->n_ahead < room->n_ahead))
			room = w;
	}
	return idle != NULL ? idle : room;
}

/* The place of a worker that is to begin anew; one that has nothing to do makes room.  NULL: all
 * are busy. */
static struct pool_worker *choose_new(struct broker *b)
{
	struct pool_worker *w = choose(b);

	if (w == NULL || w->n_ahead != 0)
		return NULL;
	if (w->pid != 0)
		broker_end(b, w);
	return w;
}

/* Objects for one message. */
struct batch {
	struct protocol_object object[PROTOCOL_BATCH];
	int fd[PROTOCOL_BATCH];
	size_t n;
	uint64_t bytes;
	bool alone; /* the one object, for a new worker */
};

static bool is_full(const struct broker *b, const struct batch *t)
{
	return t->alone || t->n == b->batch || t->n == b->calm || t->bytes >= PROTOCOL_BATCH_BYTES;
}

static void add(struct broker *b, struct batch *t, uint64_t number)
{
	const struct object *o = broker_object(b, number);

	t->object[t->n] = (struct protocol_object){ number, o->size,
						    (o->sealed ? OBJECT_SEALED : 0u) |
							    (o->changed ? OBJECT_CHANGED : 0u) };
	t->fd[t->n++] = o->fd;
	t->bytes += o->size;
}

static void add_only(struct broker *b, struct batch *t, uint64_t number, bool alone)
{
	t->n = 0;
	t->bytes = 0;
	t->alone = alone;
	add(b, t, number);
}

/* The first object that is to be alone; else the largest of those that wait, if it is as much as
 * one worker's share, or with `all`; else the oldest, up to a batch.  Returns how many wait. */
static size_t next_batch(struct broker *b, bool all, struct batch *t)
{
	uint64_t large = b->next, largest = b->next, alone = b->next, bytes = 0;
	size_t n = 0;

	while (b->to_send < b->next && broker_object(b, b->to_send)->state != OBJECT_WAITING)
		b->to_send++;
	*t = (struct batch){ 0 };
	for (uint64_t i = b->to_send; i < b->next; i++) {
		const struct object *o = broker_object(b, i);
		if (o->state != OBJECT_WAITING)
			continue;
		n++;
		bytes += o->size;
		if (o->alone) {
			alone = alone == b->next ? i : alone;
		} else if (o->size >= PROTOCOL_BATCH_BYTES) {
			large = large == b->next ? i : large;
			if (largest == b->next || o->size > broker_object(b, largest)->size)
				largest = i;
		} else if (!is_full(b, t)) {
			add(b, t, i);
		}
	}
	if (alone != b->next)
		add_only(b, t, alone, true);
	else if (largest != b->next &&
		 (all || broker_object(b, largest)->size >= bytes / b->options.n_workers))
		add_only(b, t, largest, false);
	else if (large != b->next && (!is_full(b, t) || large < t->object[0].number))
		add_only(b, t, large, false);
	return n;
}

/* What became of an attempt to send: there is no batch to be sent; it went; nobody can take it now,
 * and more may wait; nor may more wait. */
enum sent { NOTHING, GAVE, BUSY, CROWDED, FAILED };

/* Gives a worker a batch; with `all` even one that is not full. */
static enum sent send_batch(struct broker *b, bool all, struct error *e)
{
	struct batch t;
	struct error why;
	enum sent busy = next_batch(b, all, &t) < b->most_waiting ? BUSY : CROWDED;

	if (t.n == 0 || (!all && !is_full(b, &t)))
		return NOTHING;
	struct pool_worker *w = t.alone ? choose_new(b) : choose(b);
	struct object *o = broker_object(b, t.object[0].number);
	if (w == NULL || !has_memory(b, w, o))
		return busy;
	if (broker_is_large(b, o)) {
		if (!broker_spool(b, o))
			return GAVE;
		add_only(b, &t, t.object[0].number, t.alone);
	}
	if (w->pid == 0 && !broker_start(b, w, e))
		return FAILED;
	if (!pool_give(w, t.object, t.fd, t.n, &why)) {
		/* too many descriptors are under way, where others of this user count too: later;
		 * or it has ended, which broker_listen() hears of behind what it said before */
		if (why.why == REASON_LIMIT || why.why == REASON_CRASH)
			return CROWDED;
		return broker_lose(b, w, REASON_NONE, NULL, e) ? GAVE : FAILED;
	}
	for (size_t i = 0; i < t.n; i++)
		broker_object(b, t.object[i].number)->state = OBJECT_SENT;
	return GAVE;
}

static bool listen_for(struct broker *b, int wait_ms, struct error *e)
{
	if (b->first < b->next && !broker_listen(b, wait_ms, e))
		return false;
	deliver(b);
	b->busy = false;
	return true;
}

static bool hear(struct broker *b, struct error *e)
{
	broker_settle(b);
	deliver(b);
	return listen_for(b, BROKER_TICK_MS, e);
}

/* Sends what can be sent; with `all` waits for an answer then, else only where no more may wait. */
static bool turn(struct broker *b, bool all, struct error *e)
{
	enum sent s;

	while ((s = send_batch(b, all, e)) == GAVE || (s == CROWDED && !all))
		if (s == CROWDED && !hear(b, e))
			return false;
	b->busy = s == BUSY;
	return s != FAILED && (!all || hear(b, e));
}

/* After a new object: as long as nothing is heard, workers that were busy are. */
static bool go_on(struct broker *b, struct error *e)
{
	if (pool_now_ms() - b->looked_ms >= BROKER_TICK_MS && !listen_for(b, 0, e))
		return false; /* whoever walks may be slow, and answers be waited for */
	return (b->busy && b->next - b->to_send < b->most_waiting) || turn(b, false, e);
}

/* ---- life */

static bool make_setup(struct broker *b, struct error *e)
{
	struct buf setup;

	buf_init(&setup, SETUP_MAX);
	setup_write(&b->options.scan, &setup);
	bool ok =
		buf_ok(&setup) || error_set(e, REASON_LIMIT, PLACE_NONE,
					    "the external variables or module data are too large");
	ok = ok && pool_setup("scan", b->max_object, b->options.magic ? SETUP_LIBMAGIC : 0,
			      buf_span(&setup), &b->start.setup, e);
	buf_release(&setup);
	return ok;
}

/* Half of what the broker knows of may be under way to workers, so that it can read on meanwhile.
 */
static unsigned most_ahead(unsigned n_workers)
{
	unsigned each = BROKER_PENDING / 2 / n_workers;

	return each < LEAST_AHEAD ? LEAST_AHEAD : each < POOL_AHEAD ? each : POOL_AHEAD;
}

/* Descriptors of what workers have before them, of what waits, and some. */
static rlim_t descriptors(const struct broker *b)
{
	return SPARE_FILES + b->most_waiting +
	       (rlim_t)b->options.n_workers * (rlim_t)(b->most_ahead + 1);
}

/* As many descriptors as are wanted; where there are not so many, fewer objects wait, workers have
 * less before them, and then there are fewer workers. */
static void make_room(struct broker *b)
{
	struct rlimit r;
	rlim_t want = descriptors(b) + WALK_MAX_DEPTH;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	rlim_t had = r.rlim_cur;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		r.rlim_cur = had;
	while (b->most_waiting > FEW_WAITING && descriptors(b) > r.rlim_cur)
		b->most_waiting -= FEW_WAITING;
	while (b->most_ahead > LEAST_AHEAD && descriptors(b) > r.rlim_cur)
		b->most_ahead -= LEAST_AHEAD / 2;
	while (b->options.n_workers > 1 && descriptors(b) > r.rlim_cur)
		b->options.n_workers--;
}

bool broker_new(const struct broker_options *o, struct broker **out, struct error *e)
{
	struct broker *b = calloc(1, sizeof *b);

	if (b == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a broker");
	b->options = *o;
	if (b->options.n_workers == 0 || b->options.n_workers > BROKER_WORKERS)
		b->options.n_workers = b->options.n_workers == 0 ? 1 : BROKER_WORKERS;
	b->start =
		(struct pool_start){ .worker = o->worker, .database = o->database_fd, .setup = -1 };
	b->most_ahead = most_ahead(b->options.n_workers);
	b->most_waiting = b->options.n_workers > 1 ? MOST_WAITING : FEW_WAITING;
	b->max_object = o->max_object != 0 ? o->max_object : pool_max_object();
	arena_init(&b->arena, RECORD_MEMORY);
	make_room(b);
	b->batch = b->most_ahead / 2 < PROTOCOL_BATCH ? b->most_ahead / 2 : PROTOCOL_BATCH;
	b->calm = o->isolate ? 1 : b->most_ahead - b->batch;
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_init(&b->worker[i], RECORD_MAX);
	for (unsigned i = 0; i < BROKER_SPARES; i++)
		pool_init(&b->spare[i], RECORD_MAX);
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
	for (unsigned i = 0; i < BROKER_SPARES; i++)
		pool_kill(&b->spare[i]);
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_release(&b->worker[i]);
	for (unsigned i = 0; i < BROKER_SPARES; i++)
		pool_release(&b->spare[i]);
	for (; b->first < b->next; b->first++)
		forget(b, broker_object(b, b->first));
	pool_unshare(&b->start);
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
	while (b->next - b->first >= BROKER_PENDING || b->held > MAX_HELD)
		if (!turn(b, true, e))
			return NULL;
	struct object *o = broker_object(b, b->next);
	*o = (struct object){ .path = strdup(path), .fd = -1 };
	if (o->path == NULL) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a path");
		return NULL;
	}
	b->next++;
	return o;
}

static bool submit(struct broker *b, const struct object *as, const char *path, struct error *e)
{
	struct object *o = take_place(b, path, e);

	if (o == NULL) {
		close(as->fd);
		return false;
	}
	o->fd = as->fd;
	o->size = as->size;
	o->sealed = as->sealed;
	o->spooled = as->spooled;
	o->changed = as->changed;
	o->state = OBJECT_WAITING;
	return go_on(b, e); /* so that few files are open, and few answers lie unread */
}

bool broker_submit(struct broker *b, int fd, uint64_t size, const char *path, struct error *e)
{
	return submit(b, &(struct object){ .fd = fd, .size = size }, path, e);
}

/* Bytes of copies of which somebody may still need the descriptor. */
static uint64_t copies(struct broker *b)
{
	uint64_t n = 0;

	for (uint64_t i = b->first; i < b->next; i++) {
		const struct object *o = broker_object(b, i);
		if (o->sealed && o->fd >= 0)
			n += o->size;
	}
	return n;
}

bool broker_submit_copy(struct broker *b, int fd, uint64_t size, bool spooled, bool changed,
			const char *path, struct error *e)
{
	const struct object as = {
		.fd = fd, .size = size, .sealed = true, .spooled = spooled, .changed = changed
	};

	for (uint64_t n; (n = copies(b)) != 0 && n + size > BROKER_COPIES;)
		if (!turn(b, true, e)) {
			close(fd);
			return false;
		}
	return submit(b, &as, path, e);
}

bool broker_submit_sealed(struct broker *b, int fd, uint64_t size, const char *path,
			  struct error *e)
{
	return broker_submit_copy(b, fd, size, false, false, path, e);
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
	o->state = OBJECT_DONE;
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
