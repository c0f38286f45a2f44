/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/broker.h"
#include "sandbox/pool.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MAX_WORKERS = 64,
	PENDING = 1024,         /* objects between submission and done() */
	AHEAD = 2 * PROTOCOL_BATCH, /* objects that a worker has before it */
	TIME_LIMIT_S = 120,
	MAX_TRIES = 3,          /* an object whose neighbours kill their worker is sent again */
	RECORD_MEMORY = 16 << 20,
};

enum progress { WAITING, SENT, DONE };

struct object {
	char *path;
	int fd;
	uint64_t size;
	enum progress progress;
	unsigned tries;
	uint8_t *record; /* as received and checked; NULL: failed for the reason below */
	size_t record_n;
	enum reason why;
	const char *detail;
};

struct broker {
	struct broker_options options;
	struct pool_worker worker[MAX_WORKERS];
	uint64_t first, next, to_send; /* numbers of objects: the oldest, the next new, the next to be sent */
	struct object ring[PENDING];
	struct arena arena; /* for one record at a time */
	uint8_t message[PROTOCOL_MAX];
};

static struct object *at(struct broker *b, uint64_t number) { return &b->ring[number % PENDING]; }

static unsigned time_limit(const struct broker *b, const struct object *o)
{
	unsigned base = b->options.time_limit_s != 0 ? b->options.time_limit_s : TIME_LIMIT_S;
	return base + (unsigned)(o->size >> 20);
}

/* ---- results */

static void settle(struct object *o, enum reason why, const char *detail)
{
	o->progress = DONE;
	o->why = why;
	o->detail = detail;
	close(o->fd);
	o->fd = -1;
}

/* Tells of the objects that are done, oldest first. */
static void deliver(struct broker *b)
{
	for (; b->first < b->next && at(b, b->first)->progress == DONE; b->first++) {
		struct object *o = at(b, b->first);
		struct verdict v;
		struct error e;
		struct verdict_gap gap = { .why = o->why, .rule = COND_NONE };
		arena_reset(&b->arena);
		if (o->record == NULL || !record_read((struct span){ o->record, o->record_n }, b->options.db,
						      o->size, &b->arena, &v, &e)) {
			gap.detail = span_of(o->detail);
			v = (struct verdict){ .kind = VERDICT_INCOMPLETE, .size = o->size, .gap = &gap,
					      .n_gaps = 1 };
		}
		b->options.done(b->options.ctx, o->path, &v);
		free(o->path);
		free(o->record);
		*o = (struct object){ .fd = -1 };
	}
}

/* The worker is gone or must go: the object it was at is lost, the others are sent again. */
static bool lose(struct broker *b, struct pool_worker *w, enum reason why, const char *detail,
		 struct error *e)
{
	int status = pool_end(w);

	if (status == POOL_BROKEN && w->n_done == 0)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "a worker could not shut itself in or read the database");
	if (why == REASON_NONE) {
		why = status == POOL_SIGBUS ? REASON_CHANGED : REASON_CRASH;
		detail = status == POOL_SIGBUS ? "the file shrank while it was read" : "worker-crash";
	}
	for (size_t i = 0; i < w->n_ahead; i++) {
		struct object *o = at(b, w->ahead[i]);
		if (i == 0 || ++o->tries >= MAX_TRIES) {
			settle(o, why, detail);
		} else {
			o->progress = WAITING;
			if (w->ahead[i] < b->to_send)
				b->to_send = w->ahead[i];
		}
	}
	w->n_ahead = 0;
	return pool_start(w, &b->options, e);
}

/* ---- answers */

static bool read_answer(struct broker *b, struct pool_worker *w, struct error *e)
{
	size_t n = pool_receive(w, b->message, sizeof b->message);
	struct answer a;
	struct verdict v;
	struct error why;

	if (n == 0)
		return lose(b, w, REASON_NONE, NULL, e);
	memcpy(&a, b->message, n < sizeof a ? n : sizeof a);
	if (n < sizeof a || w->n_ahead == 0 || a.number != w->ahead[0])
		return lose(b, w, REASON_INTERNAL, "a worker answered out of turn", e);
	struct object *o = at(b, a.number);
	struct span record = { b->message + sizeof a, n - sizeof a };
	arena_reset(&b->arena);
	if (!record_read(record, b->options.db, o->size, &b->arena, &v, &why))
		return lose(b, w, REASON_INTERNAL, "a worker gave an answer that cannot be", e);
	o->record = malloc(record.n);
	if (o->record == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an answer");
	memcpy(o->record, record.p, record.n);
	o->record_n = record.n;
	settle(o, REASON_NONE, NULL);
	w->n_done++;
	w->n_ahead--;
	memmove(w->ahead, w->ahead + 1, w->n_ahead * sizeof *w->ahead);
	pool_restart_clock(w);
	return true;
}

/* Waits for an answer of any worker, or for the time of one to run out. */
static bool pump(struct broker *b, struct error *e)
{
	struct pollfd p[MAX_WORKERS];
	unsigned n = b->options.n_workers;
	int n_ready;

	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = b->worker[i].socket, .events = POLLIN };
	do
		n_ready = poll(p, n, 1000);
	while (n_ready < 0 && errno == EINTR);
	if (n_ready < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "poll: %s", strerror(errno));
	for (unsigned i = 0; i < n; i++) {
		struct pool_worker *w = &b->worker[i];
		if (p[i].revents != 0 && !read_answer(b, w, e))
			return false;
		if (p[i].revents == 0 && w->n_ahead != 0 &&
		    pool_seconds(w) >= time_limit(b, at(b, w->ahead[0])) &&
		    !lose(b, w, REASON_TIME, "limit:time", e))
			return false;
	}
	deliver(b);
	return true;
}

/* ---- sending */

/* The next batch of waiting objects, for the worker. */
static size_t take_batch(struct broker *b, struct pool_worker *w, struct job *job, int *fd)
{
	size_t n = 0;

	while (n < PROTOCOL_BATCH && w->n_ahead + n < AHEAD && b->to_send < b->next) {
		struct object *o = at(b, b->to_send);
		if (o->progress == WAITING) {
			job[n] = (struct job){ b->to_send, o->size };
			fd[n++] = o->fd;
			o->progress = SENT;
		}
		b->to_send++;
	}
	return n;
}

/* Gives workers that have room what waits; with `all` even a batch that is not full. */
static bool send_some(struct broker *b, bool all, struct error *e)
{
	for (unsigned i = 0; i < b->options.n_workers; i++) {
		struct pool_worker *w = &b->worker[i];
		struct job job[PROTOCOL_BATCH];
		int fd[PROTOCOL_BATCH];
		if (w->n_ahead > AHEAD - PROTOCOL_BATCH ||
		    (!all && b->next - b->to_send < PROTOCOL_BATCH))
			continue;
		size_t n = take_batch(b, w, job, fd);
		if (n == 0)
			continue;
		if (w->n_ahead == 0)
			pool_restart_clock(w);
		for (size_t k = 0; k < n; k++)
			w->ahead[w->n_ahead++] = job[k].number;
		if (!pool_send(w, job, n * sizeof *job, fd, n) && !lose(b, w, REASON_NONE, NULL, e))
			return false;
	}
	return true;
}

/* ---- public */

bool broker_new(const struct broker_options *o, struct broker **out, struct error *e)
{
	struct broker *b = calloc(1, sizeof *b);

	if (b == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a broker");
	b->options = *o;
	if (b->options.n_workers == 0 || b->options.n_workers > MAX_WORKERS)
		b->options.n_workers = 1;
	arena_init(&b->arena, RECORD_MEMORY);
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		b->worker[i].socket = -1;
	for (unsigned i = 0; i < b->options.n_workers; i++)
		if (!pool_start(&b->worker[i], &b->options, e)) {
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
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (b->worker[i].socket >= 0)
			(void)pool_end(&b->worker[i]);
	for (uint64_t i = b->first; i < b->next; i++) {
		struct object *o = at(b, i);
		if (o->fd >= 0)
			close(o->fd);
		free(o->path);
		free(o->record);
	}
	arena_release(&b->arena);
	free(b);
}

bool broker_submit(struct broker *b, int fd, uint64_t size, const char *path, struct error *e)
{
	while (b->next - b->first >= PENDING)
		if (!send_some(b, true, e) || !pump(b, e)) {
			close(fd);
			return false;
		}
	struct object *o = at(b, b->next);
	*o = (struct object){ .path = strdup(path), .fd = fd, .size = size };
	b->next++;
	if (o->path == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a path");
	/* keep the number of open files and of unread answers small */
	while (b->next - b->to_send >= PROTOCOL_BATCH) {
		uint64_t before = b->to_send;
		if (!send_some(b, false, e))
			return false;
		if (b->to_send == before && !pump(b, e))
			return false;
	}
	return true;
}

bool broker_finish(struct broker *b, struct error *e)
{
	while (b->first < b->next)
		if (!send_some(b, true, e) || !pump(b, e))
			return false;
	return true;
}
