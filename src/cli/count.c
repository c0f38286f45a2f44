/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/count.h"
#include "sandbox/apart.h"

#include <fts.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct count {
	struct output_total *total; /* in memory that both processes share */
	pid_t pid;
	char **path; /* NULL-ended */
	int flags;
};

static void run(void *ctx, int fd)
{
	struct count *c = ctx;
	FTS *tree = fts_open(c->path, c->flags, NULL);
	FTSENT *entry;

	(void)fd;
	if (tree == NULL)
		return;
	while ((entry = fts_read(tree)) != NULL)
		if (entry->fts_info == FTS_F && S_ISREG(entry->fts_statp->st_mode))
			atomic_fetch_add(&c->total->bytes, (uint64_t)entry->fts_statp->st_size);
	atomic_store(&c->total->known, true);
	(void)fts_close(tree);
}

static void release(struct count *c)
{
	if (c->total != MAP_FAILED)
		(void)munmap(c->total, sizeof *c->total);
	free(c->path);
	free(c);
}

struct count *count_start(char *const *path, size_t n, bool one_file_system)
{
	struct count *c = calloc(1, sizeof *c);
	struct error e;

	if (c == NULL)
		return NULL;
	c->total = mmap(NULL, sizeof *c->total, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	c->path = calloc(n + 1, sizeof *c->path);
	c->flags = FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | (one_file_system ? FTS_XDEV : 0);
	for (size_t i = 0; c->path != NULL && i < n; i++)
		c->path[i] = path[i];
	if (n == 0 || c->total == MAP_FAILED || c->path == NULL ||
	    !apart_start(-1, run, c, &c->pid, &e)) {
		release(c);
		return NULL;
	}
	return c;
}

struct output_total *count_total(struct count *c) { return c != NULL ? c->total : NULL; }

void count_stop(struct count *c)
{
	if (c == NULL)
		return;
	apart_end(c->pid);
	release(c);
}
