/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "sandbox/ask.h"
#include "sandbox/probe.h"
#include "sandbox/probe_impl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Walls that stand behind another, or that only another process sees: an attempt of
 * probe_attempts.c fails with them and without.
 *
 * Landlock: nothing of what it forbids is left by the filter of system calls, but for one: to send
 * to a name, by the socket that a worker has.  Real sockets to a broker take no name.  So a worker
 * is given one that does, and it has to be refused by Landlock alone.
 *
 * The end with the broker: a worker that is busy does not see its socket close.
 *
 * And one that the machine may not have, whatever it is asked for.
 */

enum { TIME_LIMIT_MS = 10000, STEP_US = 1000 };

/* A worker of the job "probe", and a question for it. */
struct talk {
	struct pool_worker w;
	struct pool_start start;
	int object; /* the question, sealed */
};

static bool begin(struct talk *t, const char *worker, uint32_t question, bool datagrams,
		  struct error *e)
{
	struct buf text;

	*t = (struct talk){
		.start = { .worker = worker, .database = -1, .setup = -1, .datagrams = datagrams },
		.object = -1
	};
	pool_init(&t->w, job_probe.max_answer);
	buf_init(&text, PROBE_QUESTION);
	probe_question(&text, question);
	bool ok =
		ask_sealed(buf_span(&text), &t->object, e) &&
		pool_setup("probe", pool_max_object(), 0, (struct span){ 0 }, &t->start.setup, e) &&
		pool_run(&t->w, &t->start, e);
	buf_release(&text);
	return ok;
}

static void end(struct talk *t)
{
	pool_release(&t->w);
	if (t->start.setup >= 0)
		close(t->start.setup);
	if (t->object >= 0)
		close(t->object);
}

static bool receive(struct talk *t, uint8_t *message, size_t *n, struct error *e)
{
	struct pollfd p = { .fd = t->w.socket, .events = POLLIN };
	size_t n_fds;

	if (poll(&p, 1, TIME_LIMIT_MS) != 1)
		return error_set(e, REASON_TIME, PLACE_NONE, "limit:time: a worker says nothing");
	return wire_receive(t->w.socket, message, WIRE_MAX, n, NULL, 0, &n_fds, e);
}

/* Waits for its hello, and then gives it the question, beside another descriptor where there is
 * one. */
static bool give(struct talk *t, int beside, struct error *e)
{
	const struct protocol_object all[2] = { { 0, 0, OBJECT_BESIDE },
						{ 0, PROBE_QUESTION, OBJECT_SEALED } };
	const int fd[2] = { beside, t->object };
	size_t first = beside >= 0 ? 0 : 1, n;
	uint8_t message[WIRE_MAX];
	unsigned walls;

	return receive(t, message, &n, e) &&
	       pool_greet(&t->w, (struct span){ message, n }, &walls, e) &&
	       pool_give(&t->w, all + first, fd + first, 2 - first, e);
}

/* ---- Landlock */

/* A socket of ours whose name lies in no file system. */
static bool open_named(int *out, struct error *e)
{
	struct sockaddr_un name;
	socklen_t size = probe_name(&name, getpid());
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, size) == 0) {
		*out = fd;
		return true;
	}
	error_set(e, REASON_IO, PLACE_NONE, "a socket with a name: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

bool probe_named(const char *worker, struct probe_result *out, struct error *e)
{
	uint8_t message[WIRE_MAX];
	struct pool_answer a;
	struct talk t;
	int named = -1;
	size_t n;

	bool ok = begin(&t, worker, PROBE_SEND_TO_NAME, true, e) && open_named(&named, e) &&
		  give(&t, -1, e) && receive(&t, message, &n, e);
	if (ok) {
		struct cursor c = cursor_of((struct span){ message, n });
		ok = pool_hear(&t.w, &c, &a) == POOL_ANSWER
			     ? probe_end_of(a.bytes, out, e)
			     : error_set(e, REASON_INTERNAL, PLACE_NONE,
					 "internal: a worker gave an answer that cannot be");
	}
	if (named >= 0)
		close(named);
	end(&t);
	return ok;
}

/* ---- the end with the broker */

/* A broker of its own that has a worker busy, tells its number, and ends.  The worker has the other
 * end of `alive`, which closes when it does. */
static void be_broker(const char *worker, int alive, int tell)
{
	struct talk t;
	struct error e;

	bool ok = begin(&t, worker, PROBE_BUSY, false, &e) && give(&t, alive, &e);
	for (int i = 0; ok && *t.w.page != 1 && i < TIME_LIMIT_MS; i++) /* until it is at it */
		(void)usleep(STEP_US);
	ok = ok && *t.w.page == 1 && write(tell, &t.w.pid, sizeof t.w.pid) == sizeof t.w.pid;
	if (!ok)
		pool_kill(&t.w);
	_exit(ok ? 0 : 1);
}

/* Whether all who had the other end have ended. */
static bool all_ended(int alive)
{
	struct pollfd p = { .fd = alive, .events = POLLIN };

	return poll(&p, 1, TIME_LIMIT_MS) == 1;
}

bool probe_orphan(const char *worker, bool *ends, struct error *e)
{
	int alive[2] = { -1, -1 }, tell[2] = { -1, -1 }, status;
	pid_t busy = 0, broker = -1;
	bool ok = false;

	if (pipe(alive) != 0 || pipe(tell) != 0 || (broker = fork()) < 0) {
		error_set(e, REASON_IO, PLACE_NONE, "a broker cannot be started: %s",
			  strerror(errno));
		goto out;
	}
	if (broker == 0)
		be_broker(worker, alive[1], tell[1]);
	close(alive[1]);
	close(tell[1]);
	alive[1] = tell[1] = -1;
	ok = read(tell[0], &busy, sizeof busy) == sizeof busy;
	while (waitpid(broker, &status, 0) < 0 && errno == EINTR)
		;
	if (!ok) {
		error_set(e, REASON_IO, PLACE_NONE, "a worker does not become busy");
		goto out;
	}
	*ends = all_ended(alive[0]);
	if (!*ends)
		(void)kill(busy, SIGKILL);
out:
	for (int i = 0; i < 2; i++) {
		if (alive[i] >= 0)
			close(alive[i]);
		if (tell[i] >= 0)
			close(tell[i]);
	}
	return ok;
}

/* ---- the processor's counter */

bool probe_counter_stops(void)
{
#ifdef __x86_64__
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0)
			(void)__builtin_ia32_rdtsc();
		_exit(0);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && WIFSIGNALED(status);
#else
	return true; /* there is none to be read */
#endif
}
