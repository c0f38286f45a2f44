/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"
#include "sandbox/broker_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What the workers of a broker say, and what becomes of them.  A worker is believed
 * in one thing alone: what it says, in a record that can be, of the object whose
 * turn it is.
 *
 * Its answer counts once it has said something else that can be, or has ended in
 * good order: so that one that answers twice, or dies over its last word, has not
 * had an object called clean.
 */

enum {
	TIME_LIMIT_S = 120,
	START_LIMIT_S = 120,
	STOP_MS = 1000,     /* for what workers are at, once it was broken off */
	START_FAILURES = 3, /* workers that end before their hello, until we give up */
};

static void settle(struct object *o, enum reason why, const char *detail)
{
	o->state = OBJECT_DONE;
	o->why = why;
	o->detail = detail;
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

/* What the worker said last counts. */
static void confirm(struct broker *b, struct pool_worker *w)
{
	if (w->last != 0)
		broker_object(b, w->last - 1)->state = OBJECT_DONE;
	w->last = 0;
}

/* What it said last does not count. */
static void withdraw(struct broker *b, uint64_t last, enum reason why, const char *detail)
{
	struct object *o = broker_object(b, last - 1);

	b->held -= o->record_n;
	free(o->record);
	o->record = NULL;
	o->record_n = 0;
	settle(o, why, detail);
}

void broker_end(struct broker *b, struct pool_worker *w)
{
	uint64_t last = w->last;
	const char *wrong = pool_finish(w);

	w->last = last;
	if (wrong == NULL || last == 0) {
		confirm(b, w);
		return;
	}
	b->stats.workers_lost++;
	w->last = 0;
	withdraw(b, last, strncmp(wrong, "worker-crash", 12) == 0 ? REASON_CRASH : REASON_INTERNAL,
		 wrong);
}

void broker_settle(struct broker *b)
{
	for (unsigned i = 0; i < b->options.n_workers; i++)
		if (b->worker[i].n_ahead != 0)
			return;
	for (unsigned i = 0; i < b->options.n_workers; i++)
		if (b->worker[i].last != 0)
			broker_end(b, &b->worker[i]);
}

/* ---- workers that start, are replaced, or are lost */

bool broker_start(struct broker *b, struct pool_worker *w, struct error *e)
{
	for (size_t i = 0; i < BROKER_SPARES; i++)
		if (b->spare[i].pid != 0) {
			struct pool_worker ready = b->spare[i];
			b->spare[i] = *w; /* with its memory for answers */
			*w = ready;
			w->clock_ms = pool_now_ms();
			return true;
		}
	return pool_run(w, &b->start, e);
}

/* An object that a worker was given goes to another, which from then on has it alone if it is to.
 */
static void give_back(struct broker *b, uint64_t number, bool alone)
{
	struct object *o = broker_object(b, number);

	o->state = OBJECT_WAITING;
	o->alone = o->alone || alone;
	if (number < b->to_send)
		b->to_send = number;
}

/* Ends a worker that may have been taken over by the object that it has answered for.  Another is
 * ready, or made so for the next time. */
static bool replace(struct broker *b, struct pool_worker *w, struct error *e)
{
	for (size_t i = 0; i < w->n_ahead; i++)
		give_back(b, pool_ahead(w, i), false);
	broker_end(b, w);
	b->stats.workers_replaced++;
	b->calm = 1;
	for (size_t i = 0; i < BROKER_SPARES && i < b->options.n_workers; i++)
		if (b->spare[i].pid == 0 && !pool_run(&b->spare[i], &b->start, e))
			return false;
	return true;
}

static const char *detail_of(enum pool_end how)
{
	return how == POOL_SIGBUS
		       ? "changed: the object shrank, or could not be read, while it was looked at"
	       : how == POOL_SIGSYS ? "worker-crash: it made a system call that it may not make"
	       : how == POOL_ENDED  ? "worker-crash: it ended without an answer"
				    : "worker-crash: it was ended by a signal";
}

/* `again`: it spoke again of the object that it had answered for last. */
static bool lose(struct broker *b, struct pool_worker *w, enum reason why, const char *detail,
		 bool again, struct error *e)
{
	struct pool_worker lost = *w; /* what it had before it */
	enum pool_end how = pool_stop(w);

	b->stats.workers_lost++;
	b->calm = 1;
	if (!lost.greeted && ++b->n_failures >= START_FAILURES)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "%s: workers end before they say a word", b->options.worker);
	if (why == REASON_NONE) {
		why = how == POOL_SIGBUS ? REASON_CHANGED : REASON_CRASH;
		detail = detail_of(how);
	}
	/* one that has no object before it, or speaks again of the last, has spoilt that one */
	bool at_last = lost.last != 0 && (lost.n_ahead == 0 || again);
	if (at_last)
		withdraw(b, lost.last, why, detail);
	else
		confirm(b, &lost);
	if (lost.n_ahead == 1 && lost.greeted && !at_last)
		settle(broker_object(b, pool_ahead(&lost, 0)), why, detail);
	else
		for (size_t i = 0; i < lost.n_ahead; i++)
			give_back(b, pool_ahead(&lost, i), lost.greeted);
	return true;
}

bool broker_lose(struct broker *b, struct pool_worker *w, enum reason why, const char *detail,
		 struct error *e)
{
	return lose(b, w, why, detail, false, e);
}

static bool liar(struct broker *b, struct pool_worker *w, const char *detail, bool again,
		 struct error *e)
{
	return lose(b, w, REASON_INTERNAL, detail, again, e);
}

/* ---- answers */

static bool greet(struct broker *b, struct pool_worker *w, struct span message, struct error *e)
{
	unsigned walls;
	struct error why;

	if (!pool_greet(w, message, &walls, &why)) {
		if (why.why == REASON_INTERNAL)
			return liar(b, w, "internal: a worker's greeting cannot be", false, e);
		*e = why;
		return false;
	}
	b->n_failures = 0;
	if ((walls & WALL_NO_NETWORK) != 0 && b->started++ != 0) /* one alone needs no other's */
		pool_share(&b->start, w);
	b->cage = (struct broker_cage){ .seccomp = (walls & WALL_SECCOMP) != 0,
					.landlock = (walls & WALL_LANDLOCK) != 0,
					.unprivileged = (walls & WALL_UNPRIVILEGED) != 0,
					.no_network = (walls & WALL_NO_NETWORK) != 0,
					.no_clock = (walls & WALL_NO_CLOCK) != 0 };
	return true;
}

/* May an object that had o->size bytes have been read with `size`?  Then it was being written to,
 * and may have been cut short and be whole again; it never was larger than it was seen to be. */
static bool size_can_be(const struct object *o, uint64_t size)
{
	struct stat st;

	return size <= o->size ||
	       (fstat(o->fd, &st) == 0 && st.st_size >= 0 && size <= (uint64_t)st.st_size);
}

/* The whole record of the object whose turn it is, and whether it is of one that was examined
 * whole.  NULL, or why it cannot be. */
static const char *take_record(struct broker *b, struct pool_worker *w, const struct pool_answer *a,
			       bool *whole)
{
	struct object *o = broker_object(b, pool_ahead(w, 0));
	struct verdict v;
	struct error e;
	uint64_t given = o->size;

	if (!size_can_be(o, a->size))
		return "internal: a worker says that the object had a size which it never had";
	o->size = a->size;
	arena_reset(&b->arena);
	if (!record_read(a->bytes, b->options.db, broker_places(b, o), &b->arena, &v, &e))
		return "internal: a worker gave an answer that cannot be";
	*whole = v.n_gaps == 0;
	o->record = malloc(a->bytes.n);
	if (o->record == NULL) { /* no answer then, which is told like one */
		settle(o, REASON_MEMORY, "memory: no room for an answer");
	} else {
		memcpy(o->record, a->bytes.p, a->bytes.n);
		o->record_n = a->bytes.n;
		b->held += a->bytes.n;
		settle(o, REASON_NONE, NULL);
		o->state = OBJECT_ANSWERED;
	}
	pool_strike(w, given);
	return NULL;
}

/* Reads the answers of a message, up to the last that this worker may give. */
static bool read_answers(struct broker *b, struct pool_worker *w, struct cursor *c, struct error *e)
{
	while (cursor_left(c) != 0) {
		struct pool_answer a;
		enum pool_said said = pool_hear(w, c, &a);
		bool whole = true;
		if (said == POOL_LIE)
			return liar(b, w, a.wrong, a.again, e);
		if (said == POOL_WANT)
			return liar(b, w, "internal: a worker asked for a file", false, e);
		confirm(b, w);
		if (said != POOL_ANSWER)
			continue;
		const char *wrong = take_record(b, w, &a, &whole);
		if (wrong != NULL)
			return liar(b, w, wrong, false, e);
		if (!w->at_risk && whole && !b->options.isolate) {
			b->calm += b->calm < b->most_ahead - b->batch;
			continue;
		}
		if (cursor_left(c) != 0)
			return liar(b, w, "internal: a worker answered twice", true, e);
		return replace(b, w, e);
	}
	return true;
}

static bool read_message(struct broker *b, struct pool_worker *w, struct error *e)
{
	size_t n, n_fds;
	struct error why;

	if (!wire_receive(w->socket, b->message, sizeof b->message, &n, NULL, 0, &n_fds, &why))
		return liar(b, w, "internal: a worker sent what no worker sends", false, e);
	if (n == 0)
		return broker_lose(b, w, REASON_NONE, NULL, e);
	struct span message = { b->message, n };
	if (!w->greeted)
		return greet(b, w, message, e);
	struct cursor c = cursor_of(message);
	return read_answers(b, w, &c, e);
}

/* ---- time */

static int64_t limit_ms(struct broker *b, const struct pool_worker *w)
{
	const struct object *o = broker_object(b, pool_ahead(w, pool_at(w)));
	unsigned base = b->options.time_limit_s != 0 ? b->options.time_limit_s : TIME_LIMIT_S;

	if (!w->greeted) /* it starts, which an object's limit does not know of */
		base = START_LIMIT_S;
	if (w->greeted && b->options.exact_time)
		return (int64_t)base * 1000;
	return (int64_t)base * 1000 + (int64_t)(o->size >> 20) * 1000;
}

static bool look_after(struct broker *b, struct pool_worker *w, struct error *e)
{
	if (w->pid == 0 || w->n_ahead == 0 || pool_still_ms(w) < limit_ms(b, w))
		return true;
	if (!w->greeted)
		return error_set(e, REASON_TIME, PLACE_NONE, "%s: a worker does not become ready",
				 b->options.worker);
	return broker_lose(b, w, REASON_TIME, "limit:time", e);
}

/* Time that we were not there to look (a stopped job, a reader of our output that waits) is
 * nobody's. */
static void excuse(struct broker *b)
{
	int64_t now = pool_now_ms(), away = now - b->looked_ms;

	if (b->looked_ms != 0 && away > 8 * BROKER_TICK_MS)
		for (unsigned i = 0; i < b->options.n_workers; i++)
			b->worker[i].clock_ms += away;
	b->looked_ms = now;
}

/* ---- broken off */

/* Ends a worker that is at something.  What it said last counts: it went on to that. */
static void stop_worker(struct broker *b, struct pool_worker *w)
{
	struct pool_worker was = *w;

	(void)pool_stop(w);
	confirm(b, &was);
	for (size_t i = 0; i < was.n_ahead; i++)
		settle(broker_object(b, pool_ahead(&was, i)), REASON_STOPPED, "interrupted");
}

/* Where it was broken off, and the time for what was begun is over, nothing stays to be done. */
static void stop(struct broker *b)
{
	if (!broker_stopped(b))
		return;
	if (b->stopped_ms == 0)
		b->stopped_ms = pool_now_ms();
	if (pool_now_ms() - b->stopped_ms < STOP_MS)
		return;
	for (unsigned i = 0; i < b->options.n_workers; i++)
		pool_kill(&b->worker[i]); /* all, before the first is waited for */
	for (unsigned i = 0; i < b->options.n_workers; i++)
		if (b->worker[i].pid != 0)
			stop_worker(b, &b->worker[i]);
	for (uint64_t i = b->first; i < b->next; i++)
		if (broker_object(b, i)->state == OBJECT_WAITING)
			settle(broker_object(b, i), REASON_STOPPED, "interrupted");
}

bool broker_listen(struct broker *b, int wait_ms, struct error *e)
{
	struct pollfd p[BROKER_WORKERS];
	unsigned n = b->options.n_workers;
	int n_ready;

	excuse(b);
	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = b->worker[i].socket, .events = POLLIN };
	do
		n_ready = poll(p, n, wait_ms);
	while (n_ready < 0 && errno == EINTR);
	if (n_ready < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "poll: %s", strerror(errno));
	for (unsigned i = 0; i < n; i++) {
		if (p[i].revents != 0 && !read_message(b, &b->worker[i], e))
			return false;
		/* one that goes on saying a little of its answer has no more time than another */
		if (!look_after(b, &b->worker[i], e))
			return false;
	}
	stop(b);
	return true;
}
