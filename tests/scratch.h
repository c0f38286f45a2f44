#ifndef PEL_TESTS_SCRATCH_H
#define PEL_TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A directory of the test's own, in memory where there is such a place: what these tests ask of a
 * disk is order, and fsync on a real one takes most of their time. */
static inline void scratch_open(char path[64])
{
	snprintf(path, 64, "%s/pellucid.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(path) == NULL)
		abort();
}

static inline int scratch_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* With all that is in it; 0: it is gone. */
static inline int scratch_close(const char *path)
{
	return nftw(path, scratch_remove, 64, FTW_DEPTH | FTW_PHYS);
}

#endif
