/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Usage: kill_at N PROGRAM ARGUMENT...   Runs a program and kills it (9) just before its N-th
 * system call that changes a file or a directory.  Programs that it starts run free. Status: 0
 * killed, 1 it ended before, 77 nothing can be traced here.
 */

static int changes(const struct user_regs_struct *r)
{
	switch (r->orig_rax) {
	case SYS_openat:
		return (r->rdx & O_CREAT) != 0;
	case SYS_open:
		return (r->rsi & O_CREAT) != 0;
	case SYS_write:
	case SYS_pwrite64:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rmdir:
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_symlink:
	case SYS_symlinkat:
	case SYS_truncate:
	case SYS_ftruncate:
		return 1;
	default:
		return 0;
	}
}

/* Goes on to the next stop at a system call's entry or exit, handing signals on (but for the trap
 * that follows exec).  0: it ended. */
static int next_stop(pid_t child)
{
	int status = 0, number = 0;

	do {
		if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)number) != 0 ||
		    waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
			return 0;
		number = WSTOPSIG(status);
		if (number == SIGTRAP)
			number = 0;
	} while (number != (SIGTRAP | 0x80));
	return 1;
}

int main(int argc, char **argv)
{
	long left = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	struct user_regs_struct r;
	int status = 0, entry = 1;

	if (left < 1)
		return 2;
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(77);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return 77;
	ptrace(PTRACE_SETOPTIONS, child, NULL,
	       (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (; next_stop(child); entry = !entry)
		if (entry && ptrace(PTRACE_GETREGS, child, NULL, &r) == 0 && changes(&r) &&
		    --left == 0) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return 0;
		}
	return 1;
}
