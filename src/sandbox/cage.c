/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cage.h"
#include "base/text.h"
#include "sandbox/confine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How the child's page begins; the output follows.  The child writes it last, and once. */
struct head {
	uint64_t n;
	uint32_t whole;     /* 0: there was more than fits */
	uint32_t shut_in;   /* 0: it could not be, and did nothing */
	struct error error; /* then: why */
};

/* ---- the child */

/* Libraries ask for the time zone when they first read a date; behind the walls there is no file.
 */
static bool prepare(const struct cage_work *w)
{
	struct rlimit r = { w->time_limit_s, w->time_limit_s + 1 };

	if (w->time_limit_s != 0 && setrlimit(RLIMIT_CPU, &r) != 0)
		return false;
	if (setenv("TZ", "UTC0", 1) != 0)
		return false;
	tzset();
	for (int number = 1; number < NSIG; number++) /* handlers are the parent's */
		(void)signal(number, SIG_DFL);
	return syscall(SYS_close_range, 0, ~0u, 0) == 0;
}

NORETURN static void child(const struct cage_work *w, struct head *head)
{
	struct confinement cage;
	struct buf out;

	if (!prepare(w)) {
		error_set(&head->error, REASON_DENIED, PLACE_NONE, "a child cannot be prepared: %s",
			  strerror(errno));
		_exit(EXIT_FAILURE);
	}
	if (!confine_self(0, &cage, &head->error))
		_exit(EXIT_FAILURE);
	head->shut_in = 1;
	buf_init(&out, w->max);
	w->run(w->ctx, &out);
	memcpy(head + 1, out.n != 0 ? out.p : (const uint8_t *)"", out.n);
	head->n = out.n;
	head->whole = buf_ok(&out);
	_exit(EXIT_SUCCESS);
}

/* ---- the parent */

static bool wait_for(pid_t pid, int *status, struct error *e)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "waitpid: %s", strerror(errno));
}

static bool died(int number, const struct cage_work *w, struct error *e)
{
	if (w->time_limit_s != 0 && (number == SIGXCPU || number == SIGKILL))
		return error_set(e, REASON_TIME, PLACE_NONE, "limit:time: over %u s",
				 w->time_limit_s);
	if (number == SIGBUS)
		return error_set(e, REASON_CHANGED, PLACE_NONE,
				 "changed: the file shrank, or could not be read");
	return error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: signal %d%s", number,
			 number == SIGSYS ? ", of a system call that it may not make" : "");
}

/* A child that was taken over may have written this, too. */
static bool refused(const struct error *said, struct error *e)
{
	size_t n = strnlen(said->text, (sizeof said->text - 1) / 4);
	struct buf line;

	buf_init(&line, sizeof e->text);
	text_show(&line, (struct span){ (const uint8_t *)said->text, n });
	error_set(e, said->why > REASON_NONE && said->why < REASON_COUNT ? said->why : REASON_CRASH,
		  PLACE_NONE, "%.*s", (int)line.n, (const char *)line.p);
	buf_release(&line);
	return false;
}

static bool judge(const struct cage_work *w, const struct head *head, int status, struct error *e)
{
	if (WIFSIGNALED(status))
		return died(WTERMSIG(status), w, e);
	if (head->shut_in == 0)
		return refused(&head->error, e);
	if (WEXITSTATUS(status) != EXIT_SUCCESS || head->n > w->max)
		return error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: status %d",
				 WEXITSTATUS(status));
	return head->whole != 0 ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "limit: over %zu bytes of output", w->max);
}

bool cage_run(const struct cage_work *w, struct cage_output *out, struct error *e)
{
	size_t size = sizeof(struct head) + w->max;
	struct head *head = mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int status;

	if (head == MAP_FAILED)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a child's output");
	pid_t pid = fork();
	if (pid == 0)
		child(w, head);
	bool ok = pid > 0 || error_set(e, REASON_MEMORY, PLACE_NONE, "fork: %s", strerror(errno));
	ok = ok && wait_for(pid, &status, e) && judge(w, head, status, e);
	if (!ok) {
		(void)munmap(head, size);
		return false;
	}
	out->text = (struct span){ (const uint8_t *)(head + 1), head->n };
	out->memory = (struct span){ (const uint8_t *)head, size };
	return true;
}

void cage_release(struct cage_output *out)
{
	if (out->memory.n != 0)
		(void)munmap((void *)(uintptr_t)out->memory.p, out->memory.n);
	*out = (struct cage_output){ 0 };
}
