/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/ask.h"
#include "base/io.h"
#include "base/wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 120 };

/* Waits for the next message until the time is over. */
static bool receive(struct pool_worker *w, int64_t until_ms, uint8_t *to, size_t *n,
		    struct error *e)
{
	struct pollfd p = { .fd = w->socket, .events = POLLIN };
	size_t n_fds;
	int ready;

	do {
		int64_t left = until_ms - pool_now_ms();
		ready = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return error_set(e, REASON_TIME, PLACE_NONE, "limit:time");
	if (ready < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "poll: %s", strerror(errno));
	return wire_receive(w->socket, to, WIRE_MAX, n, NULL, 0, &n_fds, e) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker sent what no worker sends");
}

static bool ended(struct pool_worker *w, struct asked *how, struct error *e)
{
	how->greeted = w->greeted;
	how->end = pool_stop(w);
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

/* Reads a message's answers.  *whole: there is one. */
static bool hear(struct pool_worker *w, struct span message, struct buf *answer, bool *whole,
		 struct error *e)
{
	struct cursor c = cursor_of(message);

	while (!*whole && cursor_left(&c) != 0) {
		struct pool_answer a;
		enum pool_said said = pool_hear(w, &c, &a);
		if (said == POOL_LIE)
			return error_set(e, REASON_INTERNAL, PLACE_NONE, "%s", a.wrong);
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

static bool work(struct pool_worker *w, const struct ask *a, struct buf *answer, struct asked *how,
		 struct error *e)
{
	const struct protocol_object object = { .size = a->size,
						.flags = a->sealed ? OBJECT_SEALED : 0 };
	unsigned limit = a->time_limit_s != 0 ? a->time_limit_s : TIME_LIMIT_S;
	int64_t until = pool_now_ms() + (int64_t)limit * 1000;
	uint8_t message[WIRE_MAX];
	bool whole = false;
	size_t n;

	if (!pool_give(w, &object, &a->fd, 1, e) && e->why != REASON_CRASH)
		return false;
	while (!whole) {
		if (!receive(w, until, message, &n, e))
			return false;
		if (n == 0)
			return ended(w, how, e);
		struct span said = { message, n };
		if (!(w->greeted ? hear(w, said, answer, &whole, e)
				 : pool_greet(w, said, &how->walls, e)))
			return false;
	}
	const char *wrong = pool_finish(w);
	return wrong == NULL ||
	       error_set(e,
			 strncmp(wrong, "worker-crash", 12) == 0 ? REASON_CRASH : REASON_INTERNAL,
			 PLACE_NONE, "%s", wrong);
}

bool ask_worker(const struct ask *a, struct buf *answer, struct asked *how, struct error *e)
{
	struct pool_start start = { .worker = a->worker, .database = -1, .setup = -1 };
	struct asked ignored;
	struct pool_worker w;

	if (how == NULL)
		how = &ignored;
	*how = (struct asked){ .end = POOL_ENDED };
	pool_init(&w, answer->max);
	bool ok = pool_setup(a->job, pool_max_object(), a->setup, &start.setup, e) &&
		  pool_run(&w, &start, e);
	ok = ok && work(&w, a, answer, how, e);
	if (start.setup >= 0)
		close(start.setup);
	pool_release(&w);
	return ok;
}

bool ask_bytes(const struct ask *a, struct span bytes, struct buf *answer, struct asked *how,
	       struct error *e)
{
	struct ask copy = *a;
	struct asked ignored;
	int fd = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (how == NULL)
		how = &ignored;
	*how = (struct asked){ .end = POOL_ENDED };
	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	copy.fd = fd;
	copy.size = bytes.n;
	copy.sealed = true;
	bool ok = io_write(fd, bytes.p, bytes.n, e) && io_seal(fd, e) &&
		  ask_worker(&copy, answer, how, e);
	close(fd);
	return ok;
}
