/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/generations.h"
#include "trust/verify/strict.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* "12", or 0: what is of another form is none of ours. */
static uint64_t number_of(const char *name)
{
	uint64_t n;
	return strict_decimal(span_of(name), &n) ? n : 0;
}

uint64_t generations_used(const char *dir)
{
	char path[DURABLE_PATH_SIZE], target[64];
	struct error e;
	ssize_t n = durable_path(path, &e, "%s/current", dir)
			    ? readlink(path, target, sizeof target - 1)
			    : -1;

	if (n <= 4 || memcmp(target, "gen/", 4) != 0)
		return 0;
	target[n] = '\0';
	return number_of(target + 4);
}

/* Calls back for each generation that lies there. */
static void each(const char *dir, void (*call)(void *ctx, const char *path, uint64_t seq),
		 void *ctx)
{
	char path[DURABLE_PATH_SIZE];
	struct error e;
	const struct dirent *d;
	DIR *all = durable_path(path, &e, "%s/gen", dir) ? opendir(path) : NULL;

	while (all != NULL && (d = readdir(all)) != NULL)
		if (d->d_name[0] != '.' && durable_path(path, &e, "%s/gen/%s", dir, d->d_name))
			call(ctx, path, number_of(d->d_name));
	if (all != NULL)
		closedir(all);
}

struct best {
	uint64_t below, seq;
};

static void look(void *ctx, const char *path, uint64_t seq)
{
	struct best *b = ctx;

	(void)path;
	if (seq < b->below && seq > b->seq)
		b->seq = seq;
}

uint64_t generations_before(const char *dir, uint64_t seq)
{
	struct best b = { .below = seq };

	each(dir, look, &b);
	return b.seq;
}

bool generations_switch(const char *dir, uint64_t seq, struct error *e)
{
	char from[DURABLE_PATH_SIZE], to[DURABLE_PATH_SIZE], target[64];

	snprintf(target, sizeof target, "gen/%" PRIu64, seq);
	if (!durable_path(from, e, "%s/current.new", dir) ||
	    !durable_path(to, e, "%s/current", dir))
		return false;
	(void)unlink(from);
	if (symlink(target, from) == 0)
		return durable_rename(from, to, e);
	return error_set(e, errno == EACCES ? REASON_DENIED : REASON_IO, PLACE_NONE,
			 "%s cannot be switched: %s", to, strerror(errno));
}

bool generations_back(const char *dir, uint64_t bad, const char *why, uint64_t *to, struct error *e)
{
	char lock_path[DURABLE_PATH_SIZE], path[DURABLE_PATH_SIZE], text[160];
	int lock;

	if (!durable_path(lock_path, e, "%s/lock", dir) || !durable_path(path, e, "%s/back", dir) ||
	    !durable_lock(lock_path, &lock, e))
		return false;
	*to = generations_before(dir, bad);
	bool ok = *to != 0 && generations_used(dir) == bad;
	if (!ok)
		(void)error_set(e, REASON_IO, PLACE_NONE,
				"there is no release before %" PRIu64 " here, or it is not used",
				bad);
	snprintf(text, sizeof text, "%" PRIu64 "\n%.100s\n", bad, why);
	ok = ok && durable_write(path, span_of(text), 0644, e) && generations_switch(dir, *to, e);
	close(lock);
	return ok;
}

uint64_t generations_left(const char *dir)
{
	char path[DURABLE_PATH_SIZE];
	struct error e;
	struct buf b;
	bool there;
	uint64_t n = 0;

	buf_init(&b, 4096);
	if (durable_path(path, &e, "%s/back", dir) && durable_read(path, &b, &there, &e)) {
		struct cursor c = cursor_of(buf_span(&b));
		if (!strict_decimal(cursor_line(&c, STRICT_MAX_LINE), &n) ||
		    generations_used(dir) >= n)
			n = 0;
	}
	buf_release(&b);
	return n;
}

/* ---- removing */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void generations_remove(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_other(void *ctx, const char *path, uint64_t seq)
{
	const uint64_t *keep = ctx;

	if (seq == 0 || (seq != keep[0] && seq != keep[1]))
		generations_remove(path);
}

void generations_forget(const char *dir, uint64_t keep, uint64_t also)
{
	uint64_t both[2] = { keep, also };
	each(dir, remove_other, both);
}
