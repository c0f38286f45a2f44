/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe.h"
#include "base/io.h"
#include "base/wire.h"
#include "sandbox/ask.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUESTION = 12 /* u32 number of the probe, u64 the broker's pid */, TIME_LIMIT_S = 10 };

/* ---- the job */

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	(void)start;
	(void)state;
	(void)e;
	return true;
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct cursor c = cursor_of(o->bytes);
	uint32_t i = cursor_le32(&c);
	pid_t broker = (pid_t)cursor_le64(&c);
	size_t n;
	const struct probe *p = probe_all(&n);

	(void)state;
	if (!cursor_ok(&c) || i >= n)
		return false; /* with no answer, which is a lie */
#ifdef PELLUCID_SANITIZED     /* whose own word on a fault would look like an end in good order */
	(void)signal(SIGSEGV, SIG_DFL);
	(void)signal(SIGBUS, SIG_DFL);
#endif
	int code = p[i].attempt != NULL ? p[i].attempt() : p[i].attempt_on(broker);
	buf_put_le32(answer, (uint32_t)code);
	return false;
}

const struct worker_job job_probe = {
	.name = "probe", .max_answer = 4, .prepare = prepare, .run = run
};

/* ---- one attempt */

static bool read_end(struct span answer, struct probe_result *out, struct error *e)
{
	struct cursor c = cursor_of(answer);
	uint32_t code = cursor_le32(&c);

	if (!cursor_ok(&c) || cursor_left(&c) != 0 || code > 4095)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker gave an answer that cannot be");
	*out = (struct probe_result){ code == 0 ? PROBE_DONE : PROBE_REFUSED, (int)code };
	return true;
}

bool probe_try(const char *worker, size_t i, struct probe_result *out, struct error *e)
{
	struct ask a = { .worker = worker, .job = "probe", .time_limit_s = TIME_LIMIT_S };
	struct buf question, answer;
	struct asked how;

	buf_init(&question, QUESTION);
	buf_init(&answer, job_probe.max_answer);
	buf_put_le32(&question, (uint32_t)i);
	buf_put_le64(&question, (uint64_t)getpid());
	bool ok = buf_ok(&question) && ask_bytes(&a, buf_span(&question), &answer, &how, e);
	if (ok) {
		ok = read_end(buf_span(&answer), out, e);
	} else if (how.greeted && (how.end == POOL_SIGSYS || how.end == POOL_SIGNAL)) {
		*out = (struct probe_result){ how.end == POOL_SIGSYS ? PROBE_KILLED : PROBE_DIED,
					      0 };
		ok = true;
	}
	buf_release(&question);
	buf_release(&answer);
	return ok;
}

/* ---- the view from outside */

enum { MAX_TEXT = 1 << 16 };

static bool read_proc(pid_t pid, const char *name, struct buf *text)
{
	char path[64];
	struct error e;

	buf_reset(text);
	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
	bool ok = io_read_file(path, text, &e);
	buf_put_u8(text, 0);
	return ok && buf_ok(text);
}

/* Does a line of the text begin so? */
static bool has_line(const struct buf *text, const char *line)
{
	const char *at = (const char *)text->p, *end;
	size_t n = strlen(line);

	for (;; at = end + 1) {
		if (strncmp(at, line, n) == 0)
			return true;
		end = strchr(at, '\n');
		if (end == NULL)
			return false;
	}
}

static bool is_empty_set(const struct buf *text, const char *name)
{
	char line[64];

	snprintf(line, sizeof line, "%s:\t0000000000000000\n", name);
	return has_line(text, line);
}

/* "Uid:" with four numbers, none of them 0. */
static bool is_nobody(const struct buf *text, const char *name)
{
	const char *at = strstr((const char *)text->p, name);
	unsigned id[4];

	return at != NULL &&
	       sscanf(at + strlen(name), "%u %u %u %u", &id[0], &id[1], &id[2], &id[3]) == 4 &&
	       id[0] != 0 && id[1] != 0 && id[2] != 0 && id[3] != 0;
}

/* The hard limit of a line of /proc/PID/limits; UINT64_MAX: there is none. */
static uint64_t hard_limit(const struct buf *text, const char *name)
{
	const char *at = strstr((const char *)text->p, name);
	unsigned long long soft, hard;

	if (at == NULL || sscanf(at + strlen(name), "%llu %llu", &soft, &hard) != 2)
		return UINT64_MAX;
	return hard;
}

static bool limits_hold(const struct buf *text)
{
	enum { FEW = 64, SMALL_STACK = 8 << 20 };
#ifndef PELLUCID_SANITIZED
	if (hard_limit(text, "Max data size") == UINT64_MAX ||
	    hard_limit(text, "Max address space") == UINT64_MAX)
		return false;
#endif
	return hard_limit(text, "Max stack size") <= SMALL_STACK &&
	       hard_limit(text, "Max locked memory") == 0 &&
	       hard_limit(text, "Max msgqueue size") == 0 &&
	       hard_limit(text, "Max file size") == 0 &&
	       hard_limit(text, "Max core file size") == 0 &&
	       hard_limit(text, "Max processes") == 0 && hard_limit(text, "Max open files") <= FEW;
}

static bool count_descriptors(pid_t pid, size_t *n)
{
	char path[64];
	struct dirent *entry;

	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	DIR *d = opendir(path);
	if (d == NULL)
		return false;
	*n = 0;
	while ((entry = readdir(d)) != NULL)
		*n += entry->d_name[0] != '.';
	closedir(d);
	return true;
}

static bool same_network(pid_t pid)
{
	char path[64], its[64], ours[64];

	snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)pid);
	ssize_t n = readlink(path, its, sizeof its), k = readlink("/proc/self/ns/net", ours, 64);
	return n <= 0 || (n == k && memcmp(its, ours, (size_t)n) == 0);
}

static bool look(pid_t pid, struct probe_view *v, struct error *e)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	bool ok = read_proc(pid, "status", &text);
	if (ok) {
		v->no_new_privs = has_line(&text, "NoNewPrivs:\t1\n");
		v->seccomp = has_line(&text, "Seccomp:\t2\n");
		v->no_capabilities = is_empty_set(&text, "CapEff") &&
				     is_empty_set(&text, "CapPrm") && is_empty_set(&text, "CapInh");
		v->unprivileged = is_nobody(&text, "\nUid:") && is_nobody(&text, "\nGid:");
		ok = read_proc(pid, "limits", &text);
		v->limits = ok && limits_hold(&text);
	}
	buf_release(&text);
	v->sees_descriptors = count_descriptors(pid, &v->n_descriptors);
	v->other_network = !same_network(pid);
	return ok || error_set(e, REASON_IO, PLACE_NONE, "/proc does not show a worker");
}

bool probe_look(const char *worker, struct probe_view *out, struct error *e)
{
	struct pool_start start = { .worker = worker, .database = -1, .setup = -1 };
	struct pool_worker w;
	uint8_t message[WIRE_MAX];
	size_t n = 0, n_fds;

	*out = (struct probe_view){ 0 };
	pool_init(&w, job_probe.max_answer);
	bool ok = pool_setup("probe", pool_max_object(), (struct span){ 0 }, &start.setup, e) &&
		  pool_run(&w, &start, e);
	struct pollfd p = { .fd = w.socket, .events = POLLIN };
	if (ok && poll(&p, 1, TIME_LIMIT_S * 1000) != 1)
		ok = error_set(e, REASON_TIME, PLACE_NONE, "a worker does not become ready");
	ok = ok && wire_receive(w.socket, message, sizeof message, &n, NULL, 0, &n_fds, e) &&
	     pool_greet(&w, (struct span){ message, n }, &out->walls, e) && look(w.pid, out, e);
	if (start.setup >= 0)
		close(start.setup);
	pool_release(&w);
	return ok;
}

unsigned probe_landlock(void)
{
	enum { ASK_VERSION = 1 };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return version > 0 ? (unsigned)version : 0;
}
