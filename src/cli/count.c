/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/count.h"

#include <fts.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

struct count {
	struct output_total total;
	atomic_bool stop;
	pthread_t thread;
	char **path; /* NULL-ended */
	int flags;
};

static void *run(void *argument)
{
	struct count *c = argument;
	FTS *tree = fts_open(c->path, c->flags, NULL);
	FTSENT *entry;

	if (tree == NULL)
		return NULL;
	while (!atomic_load(&c->stop) && (entry = fts_read(tree)) != NULL)
		if (entry->fts_info == FTS_F && S_ISREG(entry->fts_statp->st_mode))
			atomic_fetch_add(&c->total.bytes, (uint64_t)entry->fts_statp->st_size);
	atomic_store(&c->total.known, true);
	(void)fts_close(tree);
	return NULL;
}

struct count *count_start(char *const *path, size_t n, bool one_file_system)
{
	struct count *c = calloc(1, sizeof *c);

	if (c == NULL || (c->path = calloc(n + 1, sizeof *c->path)) == NULL) {
		free(c);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		c->path[i] = path[i];
	c->flags = FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | (one_file_system ? FTS_XDEV : 0);
	if (n == 0 || pthread_create(&c->thread, NULL, run, c) != 0) {
		free(c->path);
		free(c);
		return NULL;
	}
	return c;
}

struct output_total *count_total(struct count *c) { return c != NULL ? &c->total : NULL; }

void count_stop(struct count *c)
{
	if (c == NULL)
		return;
	atomic_store(&c->stop, true);
	(void)pthread_join(c->thread, NULL);
	free(c->path);
	free(c);
}
