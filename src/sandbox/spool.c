/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/spool.h"
#include "base/buf.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	BLOCK = 1 << 20,     /* bytes that are read at once */
	LOOK = 64 << 20,     /* bytes between two looks at what room is left */
	LEFT_OF = 20,        /* one part in so many is left to others, ... */
	LEFT_MOST = 1 << 30, /* ... but no more bytes than this */
	MAX_PATH = 4096,
};

static bool no_room(const struct spool *s, struct error *e, const char *what)
{
	return error_set(e, REASON_LIMIT, PLACE_NONE,
			 "limit:size: %" PRIu64 " bytes are more than memory may hold, and the "
			 "copy in %.80s failed (TMPDIR names another place): %s",
			 s->size, s->dir, what);
}

/* ---- where, and whether there is room */

static bool has_room(const struct spool *s, uint64_t need, struct error *e)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
	struct statvfs v;
	char text[96];

	if (fstatvfs(s->fd, &v) != 0)
		return no_room(s, e, strerror(errno));
	uint64_t unit = v.f_frsize, all = (uint64_t)v.f_blocks * unit;
	uint64_t left = all / LEFT_OF < LEFT_MOST ? all / LEFT_OF : LEFT_MOST;
	uint64_t room = (uint64_t)v.f_bavail * unit;
	room = room > left ? room - left : 0;
	if (need > room) {
		snprintf(text, sizeof text, "%" PRIu64 " bytes needed, %" PRIu64 " may be taken",
			 need, room);
		return no_room(s, e, text);
	}
	/* beyond it a write would end the program */
	if (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY &&
	    s->size > most.rlim_cur)
		return no_room(s, e, "a file may not be so large here (ulimit -f)");
	return true;
}

/* Its pages could not be taken back. */
static bool is_memory(int fd)
{
	struct statfs f;

	return fstatfs(fd, &f) == 0 && (f.f_type == TMPFS_MAGIC || f.f_type == RAMFS_MAGIC);
}

/* A file that has no name, or none any more; -1 where there can be none. */
static int nameless(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	char path[MAX_PATH];

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	int n = snprintf(path, sizeof path, "%s/pellucid-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

bool spool_open(const char *dir, uint64_t size, uint64_t need, struct spool *s, struct error *e)
{
	*s = (struct spool){ .dir = dir != NULL ? dir : SPOOL_PLACE, .size = size };
	s->fd = nameless(s->dir);
	if (s->fd >= 0 && is_memory(s->fd)) {
		(void)close(s->fd);
		s->dir = SPOOL_PLACE;
		s->fd = nameless(s->dir);
	}
	if (s->fd < 0)
		return no_room(s, e, strerror(errno));
	if (is_memory(s->fd) ? no_room(s, e, "it lies in memory") : has_room(s, need, e))
		return true;
	spool_drop(s);
	return false;
}

/* ---- bytes */

/* Counts n bytes more; looks now and then, for others take room too. */
static bool take(struct spool *s, uint64_t n, struct error *e)
{
	s->used += n;
	s->size = s->size > s->used ? s->size : s->used;
	if (s->used - s->looked < LOOK)
		return true;
	s->looked = s->used;
	return has_room(s, 1, e);
}

bool spool_write(struct spool *s, const void *p, size_t n, struct error *e)
{
	struct error why;

	if (!io_write(s->fd, p, n, &why))
		return no_room(s, e, why.text);
	return take(s, n, e);
}

bool spool_finish(struct spool *s, int *fd, struct error *e)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
	int reads = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = reads >= 0 || no_room(s, e, strerror(errno));
	spool_drop(s);
	if (ok)
		*fd = reads;
	return ok;
}

void spool_drop(struct spool *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* ---- files */

struct extent {
	uint64_t at, end;
};

/* What lies at or behind *at that is no hole, up to `end`.  False: nothing more. */
static bool next_extent(int fd, uint64_t at, uint64_t end, struct extent *out)
{
	off_t data = at < end ? lseek(fd, (off_t)at, SEEK_DATA) : -1;

	if (at >= end || (data < 0 && errno == ENXIO))
		return false;
	if (data < 0) { /* nobody knows: then all of it */
		*out = (struct extent){ at, end };
		return true;
	}
	off_t hole = lseek(fd, data, SEEK_HOLE);
	*out = (struct extent){ (uint64_t)data, hole > data ? (uint64_t)hole : end };
	if (out->end > end)
		out->end = end;
	return out->at < out->end;
}

static uint64_t bytes_on_disk(int fd, uint64_t size)
{
	struct extent x;
	uint64_t n = 0;

	for (uint64_t at = 0; next_extent(fd, at, size, &x); at = x.end)
		n += x.end - x.at;
	return n;
}

/* Copies a part; *end is where the file ended, if it did in it. */
static bool copy_part(int from, struct spool *s, const atomic_bool *stop, uint8_t *block,
		      struct extent x, uint64_t *end, struct error *e)
{
	struct error why;
	size_t got;

	if (lseek(s->fd, (off_t)x.at, SEEK_SET) < 0)
		return no_room(s, e, strerror(errno));
	while (x.at < x.end) {
		if (stop != NULL && atomic_load(stop))
			return error_set(e, REASON_STOPPED, PLACE_NONE, "interrupted");
		size_t n = x.end - x.at < BLOCK ? (size_t)(x.end - x.at) : BLOCK;
		if (!io_pread(from, block, n, x.at, &got, &why))
			return error_set(e, why.why, PLACE_NONE, "unreadable: %s", why.text);
		if (!spool_write(s, block, got, e))
			return false;
		x.at += got;
		if (got < n) {
			*end = x.at;
			return true;
		}
	}
	return true;
}

static bool copy_parts(int from, struct spool *s, const atomic_bool *stop, uint64_t *end,
		       struct error *e)
{
	struct extent x;
	struct buf block;
	bool ok = true;

	buf_init(&block, BLOCK);
	if (buf_grow(&block, BLOCK) == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "memory: none to copy an object");
	for (uint64_t at = 0; ok && next_extent(from, at, *end, &x); at = x.end)
		ok = copy_part(from, s, stop, block.p, x, end, e);
	buf_release(&block);
	if (ok && ftruncate(s->fd, (off_t)*end) != 0)
		ok = no_room(s, e, strerror(errno));
	return ok;
}

bool spool_was_changed(int from, const struct stat *before, uint64_t end)
{
	struct stat after;
	struct error e;
	uint8_t byte;
	size_t more;

	return end != (uint64_t)before->st_size || fstat(from, &after) != 0 ||
	       !io_same(before, &after) || !io_pread(from, &byte, 1, end, &more, &e) || more != 0;
}

bool spool_file(int from, const char *dir, const atomic_bool *stop, int *fd, uint64_t *size,
		bool *changed, struct error *e)
{
	struct spool s;
	struct stat st;

	if (fstat(from, &st) != 0 || st.st_size < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "unreadable: %s", strerror(errno));
	uint64_t end = (uint64_t)st.st_size;
	if (!spool_open(dir, end, bytes_on_disk(from, end), &s, e))
		return false;
	if (!copy_parts(from, &s, stop, &end, e)) {
		spool_drop(&s);
		return false;
	}
	*changed = spool_was_changed(from, &st, end);
	*size = end;
	return spool_finish(&s, fd, e);
}
