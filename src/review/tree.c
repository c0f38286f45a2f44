/* SPDX-License-Identifier: Apache-2.0 */
#include "review/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static void walk(const struct tree *t, int fd, char *path, size_t n, unsigned depth);

static void gap(const struct tree *t, const char *path, enum reason why, const char *what)
{
	coverage_gap(t->g->cover, path, reason_word(why), what);
}

static void enter(const struct tree *t, int at, const char *name, char *path, size_t n,
		  unsigned depth)
{
	struct stat st;

	if (t->skip != NULL && t->skip(t, path))
		return;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		gap(t, path, REASON_DENIED, "cannot be opened");
	} else if (st.st_dev != t->device) {
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

/* Some file systems do not say what a name is. */
static unsigned type_of(int at, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN ||
	    fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return entry->d_type;
	return IFTODT(st.st_mode);
}

/* Takes the descriptor; `path` has room for GATHER_MAX_PATH and n bytes. */
static void walk(const struct tree *t, int fd, char *path, size_t n, unsigned depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		size_t m = strlen(entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (n + m + 2 > GATHER_MAX_PATH) {
			gap(t, path, REASON_LIMIT, "limit: a path is too long");
			continue;
		}
		path[n] = '/';
		memcpy(path + n + 1, entry->d_name, m + 1);
		unsigned type = type_of(dirfd(d), entry);
		if (type == DT_DIR)
			enter(t, dirfd(d), entry->d_name, path, n + 1 + m, depth);
		else if (type == DT_REG)
			t->file(t, dirfd(d), entry->d_name, path);
		path[n] = '\0';
	}
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
