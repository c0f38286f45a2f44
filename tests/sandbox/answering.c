/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/wire.h"
#include "sandbox/protocol.h"
#include "sandbox/worker.h"

#include <stdlib.h>
#include <unistd.h>

/* A worker for tests/sandbox/test_ask.c, whose jobs remember, look beside, make, and misbehave. */

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	struct worker_start *s = malloc(sizeof *s);

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	*s = *start;
	*state = s;
	return true;
}

/* How often it was asked, and the bytes it was asked about. */
static bool remember(void *state, const struct worker_object *o, struct buf *answer)
{
	static unsigned n;

	(void)state;
	buf_printf(answer, "%u ", n++);
	buf_put_span(answer, o->bytes);
	return true;
}

/* The last byte of each file beside the object, and the object. */
static bool look_beside(void *state, const struct worker_object *o, struct buf *answer)
{
	struct error e;
	uint8_t byte;
	size_t got;

	(void)state;
	for (size_t i = 0; i < o->n_beside; i++) {
		const struct worker_file *f = &o->beside[i];
		if (!io_pread(f->fd, &byte, 1, f->size - 1, &got, &e) || got != 1)
			byte = '?';
		buf_put_u8(answer, byte);
	}
	buf_put_span(answer, o->bytes);
	return true;
}

/* Makes its object backwards. */
static bool make(void *state, const struct worker_object *o, struct buf *answer)
{
	const struct worker_start *s = state;

	if (s->output == NULL || s->output_size < o->bytes.n)
		_exit(1);
	for (size_t i = 0; i < o->bytes.n; i++)
		s->output[i] = o->bytes.p[o->bytes.n - 1 - i];
	buf_put_le64(answer, o->bytes.n);
	return true;
}

/* Asks for the file of the number that the object is, and says the last byte of each that comes. */
static bool want(void *state, const struct worker_object *o, struct buf *answer)
{
	const struct worker_start *s = state;
	struct worker_file file[PROTOCOL_BESIDE];

	if (o->bytes.n == 0)
		return true;
	for (unsigned i = 0; i < 2; i++) {
		size_t n = worker_want(s->worker, (uint64_t)(o->bytes.p[0] - '0'), file);
		for (size_t k = 0; k < n; k++) {
			struct error e;
			uint8_t byte;
			size_t got;
			if (!io_pread(file[k].fd, &byte, 1, file[k].size - 1, &got, &e) || got != 1)
				byte = '?';
			buf_put_u8(answer, byte);
			close(file[k].fd);
		}
	}
	return true;
}

/* Asks for a file, and does not take it. */
static void ask_for_one(uint64_t number)
{
	uint8_t head[PROTOCOL_ANSWER_HEAD] = { (uint8_t)number };
	struct error e;

	for (unsigned i = 0; i < 4; i++)
		head[PROTOCOL_ANSWER_HEAD - 1 - i] = (uint8_t)(PROTOCOL_WANT >> (24 - 8 * i));
	if (!wire_send(PROTOCOL_SOCKET, (struct span){ head, sizeof head }, NULL, 0, &e))
		_exit(1);
}

static void say(uint64_t number)
{
	uint8_t head[PROTOCOL_ANSWER_HEAD] = { (uint8_t)number };
	struct error e;

	if (!wire_send(PROTOCOL_SOCKET, (struct span){ head, sizeof head }, NULL, 0, &e))
		_exit(1);
}

static bool is(struct span s, const char *word) { return span_is(s, word); }

/* What the object says; else an empty answer. */
static bool misbehave(void *state, const struct worker_object *o, struct buf *answer)
{
	static uint64_t n;
	uint64_t now = n++;

	(void)state;
	(void)answer;
	if (is(o->bytes, "abort"))
		abort();
	if (is(o->bytes, "exit"))
		_exit(0);
	if (is(o->bytes, "twice"))
		say(now); /* and again when this returns */
	if (is(o->bytes, "before"))
		say(now - 1);
	if (is(o->bytes, "ahead"))
		say(now + 1);
	if (is(o->bytes, "last word")) {
		say(now);
		abort();
	}
	if (is(o->bytes, "one"))
		ask_for_one(now);
	while (is(o->bytes, "all"))
		ask_for_one(now);
	if (is(o->bytes, "hang"))
		for (volatile unsigned i = 0;; i++)
			;
	return true;
}

#define JOB(word, function)                                                                        \
	{                                                                                          \
		.name = word, .max_answer = 1 << 20, .prepare = prepare, .run = function           \
	}

int main(void)
{
	static const struct worker_job all[] = { JOB("remember", remember),
						 JOB("beside", look_beside), JOB("make", make),
						 JOB("want", want), JOB("misbehave", misbehave) };
	const struct worker_job *const jobs[] = { &all[0], &all[1], &all[2], &all[3], &all[4] };

	return worker_run(&(struct worker_host){ .job = jobs, .n_jobs = 5 });
}
