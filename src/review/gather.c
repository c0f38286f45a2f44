/* SPDX-License-Identifier: Apache-2.0 */
#include "review/gather.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WAIT_MAX = 64 << 10, MAX_WAIT = WAIT_MAX + GATHER_MAX_BYTES };

/* ---- what is copied */

bool gather_store_init(struct gather_store *s, struct error *e)
{
	*s = (struct gather_store){ .fd = memfd_create("review", MFD_CLOEXEC | MFD_ALLOW_SEALING) };
	buf_init(&s->wait, MAX_WAIT);
	return s->fd >= 0 || error_set(e, REASON_MEMORY, PLACE_NONE, "memfd: %s", strerror(errno));
}

void gather_store_release(struct gather_store *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buf_release(&s->wait);
}

void gather_store_flush(struct gather_store *s)
{
	struct error e;

	s->failed = s->failed || !buf_ok(&s->wait) ||
		    (s->wait.n != 0 && !io_write(s->fd, s->wait.p, s->wait.n, &e));
	buf_reset(&s->wait);
}

void gather_store_put(struct gather_store *s, struct span bytes)
{
	struct error e;

	if (bytes.n > WAIT_MAX) { /* not by way of the buffer */
		gather_store_flush(s);
		s->failed = s->failed || !io_write(s->fd, bytes.p, bytes.n, &e);
	} else {
		buf_put_span(&s->wait, bytes);
		if (s->wait.n > WAIT_MAX)
			gather_store_flush(s);
	}
	s->n += bytes.n;
}

static bool spent(struct gather *g, const char *name)
{
	coverage_gap(g->cover, name, reason_word(REASON_LIMIT),
		     "limit: more than one collector takes");
	return false;
}

static bool add(struct gather *g, struct item item)
{
	item.name = arena_text(&g->bundle->arena, item.name, strlen(item.name));
	if (item.name == NULL)
		return spent(g, "");
	buf_put(&g->bundle->items, &item, sizeof item);
	return buf_ok(&g->bundle->items) || spent(g, item.name);
}

/* Copies the bytes of an item, and takes it. */
static bool keep(struct gather *g, struct item item, struct span bytes)
{
	if (bytes.n > GATHER_MAX_BYTES - g->copied)
		return spent(g, item.name);
	item.at = g->store->n;
	item.bytes = (struct span){ NULL, bytes.n };
	g->copied += bytes.n;
	gather_store_put(g->store, bytes);
	return !g->store->failed ? add(g, item) : spent(g, item.name);
}

/* ---- files */

void gather_gap(struct gather *g, const char *path, const struct error *e)
{
	if (!root_absent(e))
		coverage_gap(g->cover, path, reason_word(e->why), e->text);
}

/* Appends one block.  False at the end, or where it cannot be read: *ok says which. */
static bool read_block(int fd, struct buf *b, bool *ok, struct error *e)
{
	uint8_t block[16384];
	ssize_t n = read(fd, block, sizeof block);

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno != ESRCH) /* a process that ended meanwhile */
		*ok = error_set(e, errno == EACCES || errno == EPERM ? REASON_DENIED : REASON_IO,
				PLACE_NONE, "read: %s", strerror(errno));
	if (n > 0)
		buf_put(b, block, (size_t)n);
	return n > 0 && buf_ok(b);
}

static void tell_cut(struct gather *g, const char *path)
{
	coverage_gap(g->cover, path, reason_word(REASON_LIMIT),
		     "limit: only its beginning was read");
}

/* Files of /proc and /sys have no size: they are read to their end. */
static bool copy(struct gather *g, int fd, size_t max, const struct item *item)
{
	struct error e;
	struct buf b;
	bool ok = true;

	buf_init(&b, GATHER_MAX_BYTES);
	while (b.n <= max && read_block(fd, &b, &ok, &e))
		;
	if (!buf_ok(&b)) {
		buf_release(&b);
		return spent(g, item->name);
	}
	if (!ok)
		gather_gap(g, item->name, &e);
	else if (b.n > max)
		tell_cut(g, item->name);
	ok = ok && keep(g, *item, span_cut(buf_span(&b), 0, max));
	buf_release(&b);
	return ok;
}

/* Takes the path of a file, which has a number from now on. */
static bool leave(struct gather *g, size_t max, struct item item)
{
	item.away = true;
	item.at = g->store->n_away++;
	item.bytes = (struct span){ NULL, max };
	return add(g, item);
}

bool gather_file(struct gather *g, const char *path, size_t max)
{
	struct item item = { .name = path, .kind = ITEM_FILE };
	struct stat st;
	struct error e;
	int fd = root_file(g->root, path, &st, &e);

	if (fd < 0) {
		gather_gap(g, path, &e);
		return false;
	}
	item.mode = st.st_mode;
	bool large = st.st_size >= GATHER_AWAY_FROM;
	bool ok = large ? leave(g, max, item) : copy(g, fd, max, &item);
	close(fd);
	return ok;
}

bool gather_away(struct gather *g, const char *path, size_t max)
{
	return leave(g, max, (struct item){ .name = path, .kind = ITEM_FILE });
}

bool gather_link(struct gather *g, const char *path)
{
	struct item item = { .name = path, .kind = ITEM_LINK };
	char target[GATHER_MAX_PATH];
	struct error e;
	ssize_t n = root_link(g->root, path, target, sizeof target, &e);

	if (n < 0) {
		gather_gap(g, path, &e);
		return false;
	}
	return keep(g, item, (struct span){ (const uint8_t *)target, (size_t)n });
}

bool gather_note(struct gather *g, const char *name, struct span bytes)
{
	return keep(g, (struct item){ .name = name, .kind = ITEM_NOTE }, bytes);
}

/* ---- directories */

struct name {
	char *text;
	unsigned type;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* Some file systems do not say what a name is. */
unsigned gather_type(int at, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN ||
	    fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return entry->d_type;
	return IFTODT(st.st_mode);
}

const struct dirent *gather_next(DIR *d, struct error *e)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(d);
	} while (entry != NULL &&
		 (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	*e = (struct error){ .why = REASON_NONE };
	if (entry == NULL && errno != 0 && errno != ESRCH && errno != ENOENT)
		error_set(e, REASON_IO, PLACE_NONE, "its names cannot be read: %s",
			  strerror(errno));
	return entry;
}

static bool read_names(DIR *d, struct arena *a, struct buf *names, struct error *e)
{
	const struct dirent *entry;

	while ((entry = gather_next(d, e)) != NULL) {
		struct name n = { .type = gather_type(dirfd(d), entry) };
		n.text = arena_text(a, entry->d_name, strlen(entry->d_name));
		if (n.text != NULL)
			buf_put(names, &n, sizeof n);
		if (n.text == NULL || !buf_ok(names))
			return error_set(e, REASON_LIMIT, PLACE_NONE,
					 "limit: too many names in a directory");
	}
	return e->why == REASON_NONE;
}

bool gather_each(struct gather *g, const char *directory,
		 void (*visit)(struct gather *, const char *, const char *, unsigned))
{
	struct error e;
	struct arena arena;
	struct buf names;
	int fd = root_directory(g->root, directory, &e);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d == NULL) {
		if (fd >= 0) {
			error_set(&e, REASON_MEMORY, PLACE_NONE, "memory: for a directory");
			close(fd);
		}
		gather_gap(g, directory, &e);
		return false;
	}
	arena_init(&arena, GATHER_MAX_BYTES / 2);
	buf_init(&names, GATHER_MAX_NAMES * sizeof(struct name));
	if (!read_names(d, &arena, &names, &e))
		coverage_gap(g->cover, directory, reason_word(e.why), e.text);
	closedir(d);
	if (names.n != 0)
		qsort(names.p, names.n / sizeof(struct name), sizeof(struct name), compare);
	for (size_t at = 0; at < names.n; at += sizeof(struct name)) {
		struct name n;
		memcpy(&n, names.p + at, sizeof n);
		visit(g, directory, n.text, n.type);
	}
	buf_release(&names);
	arena_release(&arena);
	return true;
}

static void list_home(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, path, directory, name))
		g->home(g, path);
}

void gather_homes(struct gather *g, void (*visit)(struct gather *g, const char *home))
{
	if (!g->homes)
		return;
	g->home = visit;
	visit(g, "/root");
	(void)gather_each(g, "/home", list_home);
	g->home = NULL;
}

bool gather_path(struct gather *g, char *path, const char *directory, const char *name)
{
	int n = snprintf(path, GATHER_MAX_PATH, "%s/%s",
			 strcmp(directory, "/") == 0 ? "" : directory, name);

	if (n > 0 && n < GATHER_MAX_PATH)
		return true;
	coverage_gap(g->cover, directory, reason_word(REASON_LIMIT), "limit: a path is too long");
	return false;
}

bool gather_ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}
