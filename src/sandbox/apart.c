/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/apart.h"
#include "sandbox/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
	HELD = 3,      /* the one descriptor besides standard input and outputs */
	LEFT_MS = 500, /* for one that was killed to be gone */
};

/* Nothing stays open: what is left when it cannot be ended would hold up who reads our output. */
static bool hold_only(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < HELD; i++)
#ifdef PELLUCID_SANITIZED /* what a sanitizer finds must be heard */
		if (i != STDERR_FILENO)
#endif
			if (null < 0 || (null != i && dup2(null, i) < 0))
				return false;
	if (fd >= 0 && fd != HELD && dup2(fd, HELD) < 0)
		return false;
	return close_range(fd >= 0 ? HELD + 1 : HELD, ~0u, 0) == 0;
}

/* A signal from the terminal is for who started it. */
static bool be_apart(pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		if (i != SIGKILL && i != SIGSTOP)
			(void)signal(i, SIG_DFL); /* the C library keeps some for itself */
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 && setpgid(0, 0) == 0 &&
	       prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

bool apart_start(int fd, void (*work)(void *ctx, int fd), void *ctx, pid_t *pid, struct error *e)
{
	pid_t parent = getpid(), p = fork();

	if (p < 0)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit:processes: fork: %s",
				 strerror(errno));
	if (p == 0) {
		if (be_apart(parent) && hold_only(fd))
			work(ctx, fd >= 0 ? HELD : -1);
		_exit(0);
	}
	*pid = p;
	return true;
}

void apart_end(pid_t pid)
{
	int status;

	(void)pool_end_process(pid, LEFT_MS, &status);
}
