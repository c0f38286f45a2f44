/* SPDX-License-Identifier: Apache-2.0 */
#include "review/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

static void walk(const struct tree *t, int fd, char *path, size_t n, unsigned depth);

static void gap(const struct tree *t, const char *path, enum reason why, const char *what)
{
	coverage_gap(t->g->cover, path, reason_word(why), what);
}

/* May be walked as part of the directory above it. */
static bool is_within(const struct tree *t, int fd, dev_t device)
{
	struct statfs fs;

	return device == t->device || (t->volatiles && fstatfs(fd, &fs) == 0 &&
				       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC));
}

/* Another file system on which no program has the rights of another, where all that is sought are
 * such: a user's own, in memory's. */
static bool is_without_rights(const struct tree *t, int fd)
{
	struct statvfs fs;

	return t->volatiles && fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0;
}

static void enter(const struct tree *t, int at, const char *name, char *path, size_t n,
		  unsigned depth)
{
	struct stat st;

	if (t->skip != NULL && t->skip(t, path))
		return;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return; /* it was taken away meanwhile */
	if (fd < 0 || fstat(fd, &st) != 0) {
		gap(t, path, REASON_DENIED, "cannot be opened");
	} else if (!is_within(t, fd, st.st_dev)) {
		if (!is_without_rights(t, fd))
			gap(t, path, REASON_UNSUPPORTED, "another file system is mounted here");
	} else if (depth == TREE_MAX_DEPTH) {
		gap(t, path, REASON_LIMIT, "limit: too many levels");
	} else {
		walk(t, fd, path, n, depth + 1);
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* Takes the descriptor; `path` has room for GATHER_MAX_PATH and n bytes. */
static void walk(const struct tree *t, int fd, char *path, size_t n, unsigned depth)
{
	DIR *d = fdopendir(fd);
	const struct dirent *entry;
	struct error e;

	if (d == NULL) {
		gap(t, path, REASON_MEMORY, "memory: for a directory");
		close(fd);
		return;
	}
	while ((entry = gather_next(d, &e)) != NULL) {
		size_t m = strlen(entry->d_name);
		if (n + m + 2 > GATHER_MAX_PATH) {
			gap(t, path, REASON_LIMIT, "limit: a path is too long");
			continue;
		}
		path[n] = '/';
		memcpy(path + n + 1, entry->d_name, m + 1);
		unsigned type = gather_type(dirfd(d), entry);
		if (type == DT_DIR)
			enter(t, dirfd(d), entry->d_name, path, n + 1 + m, depth);
		else if (type == DT_REG)
			t->file(t, dirfd(d), entry->d_name, path);
		path[n] = '\0';
	}
	if (e.why != REASON_NONE)
		gap(t, path, e.why, e.text);
	closedir(d);
}

bool tree_walk(struct tree *t, const char *directory)
{
	char path[GATHER_MAX_PATH];
	struct stat st;
	struct error e;
	size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
	int fd = n < sizeof path ? root_directory(t->g->root, directory, &e) : -1;

	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		else if (n < sizeof path)
			gather_gap(t->g, directory, &e);
		return false;
	}
	t->device = st.st_dev;
	memcpy(path, directory, n);
	path[n] = '\0';
	walk(t, fd, path, n, 0);
	return true;
}
