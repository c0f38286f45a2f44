/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "cli/compile.h"
#include "cli/jobs.h"
#include "recover/attack_ask.h"
#include "recover/salvage_ask.h"
#include "recover/vmdk_ask.h"
#include "review/job_review.h"
#include "sandbox/protocol.h"
#include "sandbox/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A worker whose every job does what the word behind "MISBEHAVE:" in an object says, whatever front
 * end asked: for tests/cli/containment.bats.  In other objects it finds nothing: its answer is
 * empty; but JSON it reads as it should, and rules it compiles, so that verbs come to the object.
 */

static void say(struct span bytes, const int *fd, size_t n_fds)
{
	struct error e;
	if (!wire_send(PROTOCOL_SOCKET, bytes, fd, n_fds, &e))
		_exit(1);
}

/* An answer of n bytes, of which `left` are to come, for the object `number`. */
static void answer(uint64_t number, uint64_t size, size_t n, uint32_t left, int byte)
{
	static uint8_t bytes[WIRE_MAX];
	struct buf b;

	memset(bytes, byte, sizeof bytes);
	buf_init(&b, WIRE_MAX);
	buf_put_le64(&b, number);
	buf_put_le64(&b, size);
	buf_put_le32(&b, (uint32_t)n);
	buf_put_le32(&b, left);
	buf_put(&b, bytes, n);
	say(buf_span(&b), NULL, 0);
	buf_release(&b);
}

static void overflow(unsigned n)
{
	volatile char page[4096];

	page[0] = (char)n;
	if (n != 0 || page[0] != 0)
		overflow(n + (unsigned)page[0] % 2 + 1);
	page[1] = page[0];
}

static void eat_memory(void)
{
	for (;;) {
		volatile char *p = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if ((void *)(uintptr_t)p == MAP_FAILED)
			abort();
		for (size_t i = 0; i < 1 << 24; i += 1 << 23)
			p[i] = 1;
	}
}

static void die(const char *how)
{
	if (strcmp(how, "segv") == 0)
		*(volatile int *)0 = 1; /* NOLINT: that is the point */
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "stack") == 0)
		overflow(1);
	if (strcmp(how, "syscall") == 0) {
		(void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
		abort(); /* where there is no filter */
	}
	if (strcmp(how, "exit") == 0)
		_exit(0);
	if (strcmp(how, "hang") == 0)
		for (volatile unsigned i = 0;; i++)
			;
	if (strcmp(how, "silent") == 0) {
		close(PROTOCOL_SOCKET);
		_exit(0);
	}
	if (strcmp(how, "memory") == 0)
		eat_memory();
}

static void lie(const char *how, uint64_t size)
{
	static const uint8_t junk[64] = "junk";
	static const int fds[2] = { PROTOCOL_SOCKET, PROTOCOL_SOCKET };

	if (strcmp(how, "garbage") == 0)
		say((struct span){ junk, sizeof junk }, NULL, 0);
	if (strcmp(how, "short") == 0)
		say((struct span){ junk, 3 }, NULL, 0);
	if (strcmp(how, "descriptors") == 0)
		say((struct span){ junk, sizeof junk }, fds, 2);
	if (strcmp(how, "twice") == 0) {
		answer(0, size, 1, 0, 0);
		answer(0, size, 1, 0, 0);
	}
	if (strcmp(how, "other") == 0)
		answer(7, size, 1, 0, 0);
	if (strcmp(how, "endless") == 0)
		for (;;)
			answer(0, size, 1000, UINT32_MAX - 1, 0);
	if (strcmp(how, "trickle") == 0)
		for (uint32_t left = 1 << 19;; left--) {
			answer(0, size, 1, left, 0);
			for (volatile unsigned i = 0; i < 10000000; i++)
				;
		}
	if (strcmp(how, "cut") == 0) {
		answer(0, size, 100, 1000, 0);
		_exit(0);
	}
	if (strcmp(how, "want") == 0)
		answer(0, UINT64_MAX / 2, 0, PROTOCOL_WANT, 0);
	if (strcmp(how, "wrong") == 0)
		answer(0, size, 5000, 0, 0xff);
}

static void misbehave_by(const char *mark, struct span object)
{
	const uint8_t *at = memmem(object.p, object.n, mark, strlen(mark));
	char how[16] = "";

	if (at == NULL)
		return;
	at += strlen(mark);
	for (size_t i = 0;
	     i + 1 < sizeof how && at + i < object.p + object.n && at[i] >= 'a' && at[i] <= 'z';
	     i++)
		how[i] = (char)at[i];
	die(how);
	lie(how, object.n);
}

static void misbehave(struct span object) { misbehave_by("MISBEHAVE:", object); }

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	(void)start;
	(void)state;
	(void)e;
	return true;
}

static bool run(void *state, const struct worker_object *o, struct buf *out)
{
	(void)state;
	(void)out;
	misbehave(o->bytes);
	return true;
}

static bool run_json(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_json.run(state, o, out);
}

static bool run_log(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_log.run(state, o, out);
}

static bool run_proofs(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_proofs.run(state, o, out);
}

static bool run_import(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_import.run(state, o, out);
}

static bool run_rules(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_rules.run(state, o, out);
}

static bool run_review(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave(o->bytes);
	return job_review.run(state, o, out);
}

/* Files are beside the question of these. */
static void misbehave_beside(const char *mark, const struct worker_object *o)
{
	for (size_t i = 0; i < o->n_beside; i++) {
		uint8_t head[4096];
		ssize_t n = pread(o->beside[i].fd, head, sizeof head, 0);
		misbehave_by(mark, (struct span){ head, n > 0 ? (size_t)n : 0 });
	}
}

static bool run_examine(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave_beside("MISBEHAVE:", o);
	return job_examine.run(state, o, out);
}

static bool run_salvage(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave_beside("MISBEHAVE:", o);
	return job_salvage.run(state, o, out);
}

/* A word of its own: what these read was looked at by `examine` before. */
static bool run_attack(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave_beside("MISATTACK:", o);
	return job_attack.run(state, o, out);
}

static bool run_describe(void *state, const struct worker_object *o, struct buf *out)
{
	misbehave_beside("MISBEHAVE:", o);
	return job_describe.run(state, o, out);
}

#define JOB(word)                                                                                  \
	{                                                                                          \
		.name = word, .max_answer = 1 << 20, .prepare = prepare, .run = run                \
	}

int main(void)
{
	static const struct worker_job scan = JOB("scan"), inspect = JOB("inspect"),
				       data = JOB("data");
	struct worker_job json = job_json, rules = job_rules, log = job_log, review = job_review,
			  examine = job_examine, salvage = job_salvage, import = job_import,
			  proofs = job_proofs, attack = job_attack, describe = job_describe;
	const struct worker_job *const jobs[] = { &scan,   &inspect, &rules,   &data,    &json,
						  &log,    &review,  &examine, &salvage, &import,
						  &proofs, &attack,  &describe };

	json.run = run_json;
	rules.run = run_rules;
	log.run = run_log;
	review.run = run_review;
	examine.run = run_examine;
	salvage.run = run_salvage;
	import.run = run_import;
	proofs.run = run_proofs;
	attack.run = run_attack;
	describe.run = run_describe;
	return worker_run(
		&(struct worker_host){ .job = jobs, .n_jobs = sizeof jobs / sizeof *jobs });
}
