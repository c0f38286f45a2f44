/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/ask.h"
#include "base/io.h"
#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	TIME_LIMIT_S = 120,
	SEAL_TRIES = 1000, /* until the memory of a process that has ended is given back */
	SEAL_US = 1000,
};

struct asker {
	struct pool_worker w;
	struct asked how;
	unsigned limit_s;
	int64_t until_ms; /* when the question at hand must be answered */
	uint64_t number;  /* of the next question */
	const struct ask_supply *supply;
};

/* Waits until something came (POLLIN) or can be sent (POLLOUT), or the time is over. */
static bool wait_for(const struct asker *k, short what, struct error *e)
{
	struct pollfd p = { .fd = k->w.socket, .events = what };
	int ready;

	do {
		int64_t left = k->until_ms - pool_now_ms();
		ready = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return error_set(e, REASON_TIME, PLACE_NONE, "limit:time");
	return ready > 0 || error_set(e, REASON_IO, PLACE_NONE, "poll: %s", strerror(errno));
}

static bool receive(const struct asker *k, uint8_t *to, size_t *n, struct error *e)
{
	size_t n_fds;

	if (!wait_for(k, POLLIN, e))
		return false;
	return wire_receive(k->w.socket, to, WIRE_MAX, n, NULL, 0, &n_fds, e) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker sent what no worker sends");
}

static bool ended(struct asker *k, struct error *e)
{
	struct asked *how = &k->how;

	how->greeted = k->w.greeted;
	how->end = pool_stop(&k->w);
	if (!how->greeted)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "a worker ended before it said a word");
	if (how->end == POOL_SIGBUS)
		return error_set(e, REASON_CHANGED, PLACE_NONE,
				 "changed: the object shrank, or could not be read");
	return error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: %s",
			 how->end == POOL_SIGSYS  ? "it made a system call that it may not make"
			 : how->end == POOL_ENDED ? "it ended without an answer"
						  : "it was ended by a signal");
}

/* Hands over what the worker wants, if that is to be had. */
static bool supply(struct asker *k, uint64_t number, struct error *e)
{
	struct protocol_object given[PROTOCOL_BESIDE];
	struct ask_object object[PROTOCOL_BESIDE];
	int fd[PROTOCOL_BESIDE];
	int64_t begun = pool_now_ms();
	size_t n = 0;

	if (begun >= k->until_ms)
		return error_set(e, REASON_TIME, PLACE_NONE, "limit:time");
	if (k->supply == NULL || !k->supply->open(k->supply->ctx, number, object, &n))
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker asked for a file that it may not have");
	for (size_t i = 0; i < n; i++) {
		given[i] = (struct protocol_object){ number + i, object[i].size, 0 };
		fd[i] = object[i].fd;
	}
	struct span message = { (const uint8_t *)given, n * sizeof *given };
	/* the time that was taken here is not the worker's */
	k->until_ms += pool_now_ms() - begun;
	/* one that asks and does not take would have us wait; one that has ended is heard of behind
	 * what it said before */
	bool ok = wait_for(k, POLLOUT, e) &&
		  (wire_send(k->w.socket, message, fd, n, e) || e->why == REASON_CRASH);
	for (size_t i = 0; i < n; i++)
		close(fd[i]);
	if (ok && k->supply->given != NULL) {
		begun = pool_now_ms();
		k->supply->given(k->supply->ctx);
		k->until_ms += pool_now_ms() - begun;
	}
	return ok;
}

/* Reads a message's answers.  *whole: there is one. */
static bool hear(struct asker *k, struct span message, struct buf *answer, bool *whole,
		 struct error *e)
{
	struct pool_worker *w = &k->w;
	struct cursor c = cursor_of(message);

	while (!*whole && cursor_left(&c) != 0) {
		struct pool_answer a;
		enum pool_said said = pool_hear(w, &c, &a);
		if (said == POOL_LIE)
			return error_set(e, REASON_INTERNAL, PLACE_NONE, "%s", a.wrong);
		if (said == POOL_WANT && !supply(k, a.size, e))
			return false;
		if (said != POOL_ANSWER)
			continue;
		buf_put_span(answer, a.bytes);
		*whole = true;
	}
	/* it was given one object: there is nothing more to be said */
	if (cursor_left(&c) != 0)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker answered out of turn");
	return buf_ok(answer) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "memory: no room for a worker's answer");
}

/* Waits for the answer to the question that was put. */
static bool listen(struct asker *k, struct buf *answer, struct error *e)
{
	uint8_t message[WIRE_MAX];
	bool whole = false;
	size_t n;

	k->until_ms = pool_now_ms() + (int64_t)k->limit_s * 1000;
	while (!whole) {
		if (!receive(k, message, &n, e))
			return false;
		if (n == 0)
			return ended(k, e);
		struct span said = { message, n };
		if (!(k->w.greeted ? hear(k, said, answer, &whole, e)
				   : pool_greet(&k->w, said, &k->how.walls, e)))
			return false;
	}
	return true;
}

bool asker_open(const struct ask *a, size_t max_answer, struct asker **out, struct error *e)
{
	struct pool_start start = { .worker = a->worker,
				    .database = -1,
				    .setup = -1,
				    .output = a->output != NULL ? a->output->fd : 0 };
	struct asker *k = calloc(1, sizeof *k);

	if (k == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question");
	pool_init(&k->w, max_answer);
	k->how.end = POOL_ENDED;
	k->supply = a->supply;
	k->limit_s = a->time_limit_s != 0 ? a->time_limit_s : TIME_LIMIT_S;
	bool ok = pool_setup(a->job, pool_max_object(), 0, a->setup, &start.setup, e) &&
		  pool_run(&k->w, &start, e);
	if (start.setup >= 0)
		close(start.setup);
	if (!ok) {
		asker_free(k);
		return false;
	}
	*out = k;
	return true;
}

/* Hands the objects over in one message. */
static bool give(struct asker *k, const struct ask_object *object, size_t n, struct error *e)
{
	struct protocol_object given[1 + PROTOCOL_BESIDE];
	int fd[1 + PROTOCOL_BESIDE];

	for (size_t i = 0; i < n; i++) {
		unsigned flags =
			(object[i].sealed ? OBJECT_SEALED : 0u) | (i + 1 < n ? OBJECT_BESIDE : 0u);
		given[i] = (struct protocol_object){ k->number, object[i].size, flags };
		fd[i] = object[i].fd;
	}
	return pool_give(&k->w, given, fd, n, e);
}

bool asker_ask(struct asker *k, const struct ask_object *object, size_t n, struct buf *answer,
	       struct error *e)
{
	if (n == 0 || n > 1 + PROTOCOL_BESIDE)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "a question about %zu objects", n);
	if (k->w.pid == 0)
		return error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: it has ended");
	/* a worker that has ended is heard of behind what it said before */
	bool ok = (give(k, object, n, e) || e->why == REASON_CRASH) && listen(k, answer, e);
	if (ok)
		pool_strike(&k->w, object[n - 1].size);
	else if (k->w.pid != 0)
		(void)pool_stop(&k->w);
	k->number++;
	return ok;
}

void asker_time(struct asker *k, unsigned seconds) { k->limit_s = seconds; }

bool asker_finish(struct asker *k, struct error *e)
{
	const char *wrong = k->w.pid != 0 ? pool_finish(&k->w) : "worker-crash: it has ended";

	return wrong == NULL ||
	       error_set(e,
			 strncmp(wrong, "worker-crash", 12) == 0 ? REASON_CRASH : REASON_INTERNAL,
			 PLACE_NONE, "%s", wrong);
}

void asker_free(struct asker *k)
{
	if (k == NULL)
		return;
	pool_release(&k->w);
	free(k);
}

bool ask_sealed(struct span bytes, int *out, struct error *e)
{
	int fd = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	if (!io_write(fd, bytes.p, bytes.n, e) || !io_seal(fd, e)) {
		close(fd);
		return false;
	}
	*out = fd;
	return true;
}

bool asker_bytes(struct asker *k, const struct ask_object *beside, size_t n, struct span bytes,
		 struct buf *answer, struct error *e)
{
	struct ask_object all[1 + PROTOCOL_BESIDE];
	int fd;

	if (n > PROTOCOL_BESIDE)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "%zu objects beside another", n);
	if (!ask_sealed(bytes, &fd, e))
		return false;
	for (size_t i = 0; i < n; i++)
		all[i] = beside[i];
	all[n] = (struct ask_object){ fd, bytes.n, true };
	bool ok = asker_ask(k, all, n + 1, answer, e);
	close(fd);
	return ok;
}

/* ---- one question */

bool ask_worker(const struct ask *a, struct buf *answer, struct asked *how, struct error *e)
{
	const struct ask_object object = { a->fd, a->size, a->sealed };
	struct asker *k = NULL;

	bool ok = asker_open(a, answer->max, &k, e) && asker_ask(k, &object, 1, answer, e) &&
		  asker_finish(k, e);
	if (how != NULL)
		*how = k != NULL ? k->how : (struct asked){ .end = POOL_ENDED };
	asker_free(k);
	return ok;
}

bool ask_bytes(const struct ask *a, struct span bytes, struct buf *answer, struct asked *how,
	       struct error *e)
{
	struct ask with = *a;

	if (how != NULL)
		*how = (struct asked){ .end = POOL_ENDED };
	if (!ask_sealed(bytes, &with.fd, e))
		return false;
	with.size = bytes.n;
	with.sealed = true;
	bool ok = ask_worker(&with, answer, how, e);
	close(with.fd);
	return ok;
}

/* ---- what a job makes */

bool ask_output_new(struct ask_output *o, uint64_t size, struct error *e)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

	*o = (struct ask_output){ 0 };
	if (fd >= 0)
		close(fd);
	if (high < 0 || ftruncate(high, (off_t)size) != 0) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "memfd: %s", strerror(errno));
		if (high >= 0)
			close(high);
		return false;
	}
	*o = (struct ask_output){ high, size };
	return true;
}

bool ask_output_seal(const struct ask_output *o, uint64_t n, struct error *e)
{
	if (n > o->size)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker made more than there is room for");
	if (ftruncate(o->fd, (off_t)n) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	for (int i = 0; i < SEAL_TRIES; i++) {
		if (io_seal(o->fd, e))
			return true;
		(void)usleep(SEAL_US);
	}
	return false;
}

void ask_output_release(struct ask_output *o)
{
	if (o->fd > 0)
		close(o->fd);
	*o = (struct ask_output){ 0 };
}
