/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void standard_begin(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		/* the lowest number that is free, which is this one */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			abort(); /* nothing can be said anywhere */
	}
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* A failure before is remembered by the stream, though a later fflush(3) has nothing to do. */
bool standard_written(void) { return fflush(stdout) == 0 && ferror(stdout) == 0; }

int standard_end(const char *program, int status, int failed)
{
	if (standard_written())
		return status;
	fprintf(stderr, "%s: the output cannot be written\n", program);
	return status == 0 ? failed : status;
}
