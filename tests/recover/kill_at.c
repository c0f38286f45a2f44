/*
 * Usage: kill_at N PROGRAM ARGUMENTS...   Runs the program and kills it (SIGKILL) when it is about
 * to make its N-th system call, from 1.  Status 0: it was killed; 1: it ended before; 2: it cannot
 * be traced here.  With N = 0 it runs to its end, and the number of its calls is printed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* The next stop of the first thread; false: it has ended. */
static int next_stop(pid_t child, int *status)
{
	return waitpid(child, status, __WALL) == child && WIFSTOPPED(*status);
}

int main(int argc, char **argv)
{
	unsigned long at = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, n = 0;
	int status = 0, entering = 1, signal_number = 0;

	if (argc < 3)
		return 2;
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(99);
		execv(argv[2], argv + 2);
		_exit(98);
	}
	if (child < 0 || !next_stop(child, &status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
		return 2;
	while (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)signal_number) == 0 &&
	       next_stop(child, &status)) {
		signal_number = 0;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			signal_number = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
			continue;
		}
		if (entering && ++n == at) {
			kill(child, SIGKILL);
			(void)waitpid(child, &status, __WALL);
			return 0;
		}
		entering = !entering;
	}
	if (at == 0)
		printf("%lu\n", n);
	return at == 0 ? 0 : 1;
}
