/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe.h"
#include "base/io.h"
#include "base/wire.h"
#include "sandbox/ask.h"
#include "sandbox/probe_impl.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIME_LIMIT_S = 10 };

/* ---- questions */

void probe_question(struct buf *out, uint32_t number)
{
	buf_put_le32(out, number);
	buf_put_le64(out, (uint64_t)getpid());
}

socklen_t probe_name(struct sockaddr_un *out, pid_t broker)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(out->sun_path + 1, sizeof out->sun_path - 1, "pellucid-probe-%ld",
			 (long)broker);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* ---- the job */

/* What an attempt that was made before the first question came to; NOT_YET: none was. */
enum { NOT_YET = -1 };

static int attempt(uint32_t i, pid_t broker)
{
	size_t n;
	const struct probe *p = probe_all(&n);

#ifdef PELLUCID_SANITIZED /* whose own word on a fault would look like an end in good order */
	(void)signal(SIGSEGV, SIG_DFL);
	(void)signal(SIGBUS, SIG_DFL);
#endif
	return i >= n ? ENOSYS : p[i].attempt != NULL ? p[i].attempt() : p[i].attempt_on(broker);
}

/* A set-up is a question that is to be seen to at once. */
static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	struct cursor c = cursor_of(start->setup);
	uint32_t i = cursor_le32(&c);
	pid_t broker = (pid_t)cursor_le64(&c);
	int *early = malloc(sizeof *early);

	if (early == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a worker");
	*early = cursor_ok(&c) ? attempt(i, broker) : NOT_YET;
	*state = early;
	return true;
}

/* By the one socket that it has. */
static int send_to_name(pid_t broker)
{
	struct sockaddr_un to;
	char byte = 0;
	struct iovec io = { &byte, 1 };
	struct msghdr m = { .msg_name = &to, .msg_iov = &io, .msg_iovlen = 1 };

	m.msg_namelen = probe_name(&to, broker);
	return probe_outcome(syscall(SYS_sendmsg, PROTOCOL_SOCKET, &m, 0));
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	const int *early = state;
	struct cursor c = cursor_of(o->bytes);
	uint32_t i = cursor_le32(&c);
	pid_t broker = (pid_t)cursor_le64(&c);
	size_t n;

	(void)probe_all(&n);
	if (i == PROBE_BUSY)
		for (;;)
			;
	if (!cursor_ok(&c) || (i >= n && i != PROBE_SEND_TO_NAME))
		return false; /* with no answer, which is a lie */
	int code = *early != NOT_YET         ? *early
		   : i == PROBE_SEND_TO_NAME ? send_to_name(broker)
					     : attempt(i, broker);
	buf_put_le32(answer, (uint32_t)code);
	return false;
}

const struct worker_job job_probe = {
	.name = "probe", .max_answer = 4, .prepare = prepare, .run = run
};

/* ---- one attempt */

bool probe_end_of(struct span answer, struct probe_result *out, struct error *e)
{
	struct cursor c = cursor_of(answer);
	uint32_t code = cursor_le32(&c);

	if (!cursor_ok(&c) || cursor_left(&c) != 0 || code > 4095)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker gave an answer that cannot be");
	*out = (struct probe_result){ code == 0 ? PROBE_DONE : PROBE_REFUSED, (int)code };
	return true;
}

static bool try_one(const char *worker, size_t i, bool early, struct probe_result *out,
		    struct error *e)
{
	struct ask a = { .worker = worker, .job = "probe", .time_limit_s = TIME_LIMIT_S };
	struct buf question, answer;
	struct asked how;

	buf_init(&question, PROBE_QUESTION);
	buf_init(&answer, job_probe.max_answer);
	probe_question(&question, (uint32_t)i);
	a.setup = early ? buf_span(&question) : a.setup;
	bool ok = buf_ok(&question) && ask_bytes(&a, buf_span(&question), &answer, &how, e);
	if (ok) {
		ok = probe_end_of(buf_span(&answer), out, e);
	} else if (how.greeted != early && (how.end == POOL_SIGSYS || how.end == POOL_SIGNAL)) {
		*out = (struct probe_result){ how.end == POOL_SIGSYS ? PROBE_KILLED : PROBE_DIED,
					      0 };
		ok = true;
	}
	buf_release(&question);
	buf_release(&answer);
	return ok;
}

bool probe_try(const char *worker, size_t i, struct probe_result *out, struct error *e)
{
	return try_one(worker, i, false, out, e);
}

bool probe_early(const char *worker, size_t i, struct probe_result *out, struct error *e)
{
	return try_one(worker, i, true, out, e);
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

/* The kernel gives what it shows of a process to that process's user, or to root where no other of
 * this user may trace it, or read its memory, or have its core. */
static bool belongs_to_root(pid_t pid, const struct buf *status)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	return is_nobody(status, "\nUid:") && stat(path, &st) == 0 && st.st_uid == 0;
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
		v->not_dumpable = belongs_to_root(pid, &text);
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
	bool ok = pool_setup("probe", pool_max_object(), 0, (struct span){ 0 }, &start.setup, e) &&
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
