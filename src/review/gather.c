/* SPDX-License-Identifier: Apache-2.0 */
#include "review/gather.h"
#include "base/io.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- bundles */

void bundle_init(struct bundle *b)
{
	arena_init(&b->arena, GATHER_MAX_BYTES);
	buf_init(&b->items, GATHER_MAX_ITEMS * sizeof(struct item));
	buf_init(&b->maps, GATHER_MAX_ITEMS * sizeof(struct span));
}

void bundle_release(struct bundle *b)
{
	for (size_t at = 0; at < b->maps.n; at += sizeof(struct span)) {
		struct span s;
		memcpy(&s, b->maps.p + at, sizeof s);
		io_unmap(s);
	}
	arena_release(&b->arena);
	buf_release(&b->items);
	buf_release(&b->maps);
}

struct item bundle_get(const struct bundle *b, size_t i)
{
	struct item item;

	assert(i < bundle_count(b));
	memcpy(&item, b->items.p + i * sizeof item, sizeof item);
	return item;
}

void bundle_drop(const struct item *item)
{
	if (item->mapped && item->bytes.n != 0)
		(void)madvise((void *)(uintptr_t)item->bytes.p, item->bytes.n, MADV_DONTNEED);
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

/* ---- files */

void gather_gap(struct gather *g, const char *path, const struct error *e)
{
	if (!root_absent(e))
		coverage_gap(g->cover, path, reason_word(e->why), e->text);
}

/* Files of /proc and /sys have no size: they are read to their end. */
static bool copy(struct gather *g, int fd, size_t max, struct item *item, struct error *e)
{
	struct buf b;
	uint8_t block[16384];
	size_t got = 0;

	buf_init(&b, max + sizeof block);
	bool ok = true;
	while (ok && b.n <= max) {
		ssize_t n = read(fd, block, sizeof block);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ESRCH) /* a process that ended meanwhile */
			break;
		if (n < 0)
			ok = error_set(
				e, errno == EACCES || errno == EPERM ? REASON_DENIED : REASON_IO,
				PLACE_NONE, "read: %s", strerror(errno));
		if (n <= 0)
			break;
		buf_put(&b, block, (size_t)n);
	}
	got = b.n;
	if (ok && got > max)
		coverage_gap(g->cover, item->name, reason_word(REASON_LIMIT),
			     "limit: only its beginning was read");
	item->bytes.n = got < max ? got : max;
	item->bytes.p = ok ? arena_copy(&g->bundle->arena, b.p, item->bytes.n) : NULL;
	buf_release(&b);
	if (ok && item->bytes.p == NULL)
		return spent(g, item->name);
	if (!ok)
		gather_gap(g, item->name, e);
	return ok;
}

static bool map(struct gather *g, int fd, size_t max, struct item *item, struct error *e)
{
	if (!io_map(fd, &item->bytes, e)) {
		gather_gap(g, item->name, e);
		return false;
	}
	buf_put(&g->bundle->maps, &item->bytes, sizeof item->bytes);
	if (!buf_ok(&g->bundle->maps)) {
		io_unmap(item->bytes);
		return spent(g, item->name);
	}
	if (item->bytes.n > max)
		coverage_gap(g->cover, item->name, reason_word(REASON_LIMIT),
			     "limit: only its beginning was read");
	item->bytes = span_cut(item->bytes, 0, max);
	item->mapped = true;
	return true;
}

static bool take_file(struct gather *g, const char *path, size_t max, off_t map_from)
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
	bool ok = st.st_size >= map_from ? map(g, fd, max, &item, &e) : copy(g, fd, max, &item, &e);
	close(fd);
	return ok && add(g, item);
}

bool gather_file(struct gather *g, const char *path, size_t max)
{
	return take_file(g, path, max, GATHER_MAP_FROM);
}

bool gather_list(struct gather *g, const char *path, size_t max)
{
	return take_file(g, path, max, 1);
}

bool gather_map(struct gather *g, int fd, const char *path)
{
	struct item item = { .name = path, .kind = ITEM_FILE };
	struct error e;

	return map(g, fd, SIZE_MAX, &item, &e) && add(g, item);
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
	item.bytes = (struct span){ arena_copy(&g->bundle->arena, target, (size_t)n), (size_t)n };
	return item.bytes.p == NULL ? spent(g, path) : add(g, item);
}

bool gather_note(struct gather *g, const char *name, struct span bytes)
{
	struct item item = { .name = name, .kind = ITEM_NOTE, .bytes = { NULL, bytes.n } };

	item.bytes.p = arena_copy(&g->bundle->arena, bytes.n != 0 ? bytes.p : (const uint8_t *)"",
				  bytes.n);
	return item.bytes.p == NULL ? spent(g, name) : add(g, item);
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

static bool read_names(DIR *d, struct arena *a, struct buf *names)
{
	struct dirent *entry;

	while ((entry = readdir(d)) != NULL) {
		struct name n = { .type = entry->d_type };
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		n.text = arena_text(a, entry->d_name, strlen(entry->d_name));
		if (n.text != NULL)
			buf_put(names, &n, sizeof n);
		if (n.text == NULL || !buf_ok(names))
			return false;
	}
	return true;
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
		if (fd >= 0)
			close(fd);
		else
			gather_gap(g, directory, &e);
		return false;
	}
	arena_init(&arena, GATHER_MAX_BYTES / 2);
	buf_init(&names, GATHER_MAX_NAMES * sizeof(struct name));
	if (!read_names(d, &arena, &names))
		coverage_gap(g->cover, directory, reason_word(REASON_LIMIT),
			     "limit: too many names in a directory");
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
