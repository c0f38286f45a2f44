/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
	const struct walk_options *o;
	char *path; /* of the object at hand */
	size_t n, size;
	dev_t device;
	unsigned depth;
};

static void skip(struct walk *w, enum reason why, const char *what)
{
	struct error e;

	error_set(&e, why, PLACE_NONE, "%s", what);
	w->o->skipped(w->o->ctx, w->path, &e);
}

static void skip_errno(struct walk *w)
{
	int code = errno;

	skip(w, code == EACCES || code == EPERM ? REASON_DENIED : REASON_IO, strerror(code));
}

static bool excluded(const struct walk *w)
{
	const char *slash = strrchr(w->path, '/'), *last = slash != NULL ? slash + 1 : w->path;

	for (size_t i = 0; i < w->o->n_exclude; i++)
		if (fnmatch(w->o->exclude[i], w->path, 0) == 0 || fnmatch(w->o->exclude[i], last, 0) == 0)
			return true;
	return false;
}

/* Appends "/name"; false where memory is spent.  *before is for undoing it. */
static bool push_name(struct walk *w, const char *name, size_t *before)
{
	size_t k = strlen(name);

	*before = w->n;
	if (w->n + k + 2 > w->size) {
		size_t size = 2 * (w->n + k + 2);
		char *larger = realloc(w->path, size);
		if (larger == NULL)
			return false;
		w->path = larger;
		w->size = size;
	}
	if (w->n == 0 || w->path[w->n - 1] != '/')
		w->path[w->n++] = '/';
	memcpy(w->path + w->n, name, k + 1);
	w->n += k;
	return true;
}

static void pop_name(struct walk *w, size_t before)
{
	w->n = before;
	w->path[before] = '\0';
}

static bool visit(struct walk *w, int parent, const char *name, bool follow);

/* ---- directories */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool visit_child(struct walk *w, int fd, const char *name)
{
	size_t before;

	if (!push_name(w, name, &before)) {
		skip(w, REASON_MEMORY, "no memory for a path");
		return true;
	}
	bool on = visit(w, fd, name, false);
	pop_name(w, before);
	return on;
}

/* Up to WALK_SORTED names, sorted; in directories that are larger still the rest as it comes. */
static bool visit_entries(struct walk *w, DIR *d)
{
	char **name = NULL;
	size_t n = 0, size = 0;
	struct dirent *entry;
	bool on = true;

	while (on) {
		errno = 0;
		entry = readdir(d);
		if (entry == NULL && errno != 0)
			skip_errno(w);
		if (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
			continue;
		if (entry != NULL && n < WALK_SORTED) {
			if (n == size) {
				char **larger = realloc(name, (size = size == 0 ? 64 : 2 * size) * sizeof *name);
				if (larger == NULL) {
					skip(w, REASON_MEMORY, "no memory for a directory");
					break;
				}
				name = larger;
			}
			if ((name[n] = strdup(entry->d_name)) == NULL) {
				skip(w, REASON_MEMORY, "no memory for a directory");
				break;
			}
			n++;
			continue;
		}
		if (n > 0)
			qsort(name, n, sizeof *name, by_name);
		for (size_t i = 0; i < n; i++) {
			on = on && visit_child(w, dirfd(d), name[i]);
			free(name[i]);
		}
		n = 0;
		if (entry == NULL)
			break;
		on = on && visit_child(w, dirfd(d), entry->d_name);
	}
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
	return on;
}

static bool visit_directory(struct walk *w, int fd)
{
	if (w->depth >= WALK_MAX_DEPTH) {
		skip(w, REASON_LIMIT, "limit:depth: directories nested deeper than 1024");
		close(fd);
		return true;
	}
	DIR *d = fdopendir(fd);
	if (d == NULL) {
		skip_errno(w);
		close(fd);
		return true;
	}
	w->depth++;
	bool on = visit_entries(w, d);
	w->depth--;
	closedir(d);
	return on;
}

/* ---- one object */

static const char *kind_of(mode_t mode)
{
	return S_ISFIFO(mode)	? "a FIFO is not opened"
	       : S_ISSOCK(mode) ? "a socket is not opened"
	       : S_ISLNK(mode)	? "a symbolic link inside a tree is not followed"
				: "a device is not opened";
}

/* Nothing but files and directories is opened: it is looked at first, and again when it is open. */
static bool visit(struct walk *w, int parent, const char *name, bool follow)
{
	struct stat st;
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);

	if (excluded(w)) {
		skip(w, REASON_UNSUPPORTED, "excluded");
		return true;
	}
	if (fstatat(parent, name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
		skip_errno(w);
		return true;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		skip(w, REASON_UNSUPPORTED, kind_of(st.st_mode));
		return true;
	}
	if (w->o->one_file_system && w->depth > 0 && st.st_dev != w->device) {
		skip(w, REASON_UNSUPPORTED, "on another file system");
		return true;
	}
	int fd = openat(parent, name, flags);
	if (fd < 0 || fstat(fd, &st) != 0) {
		skip_errno(w);
		if (fd >= 0)
			close(fd);
		return true;
	}
	if (w->depth == 0)
		w->device = st.st_dev;
	if (S_ISDIR(st.st_mode))
		return visit_directory(w, fd);
	if (!S_ISREG(st.st_mode) || (w->o->max_size != 0 && (uint64_t)st.st_size > w->o->max_size)) {
		skip(w, S_ISREG(st.st_mode) ? REASON_LIMIT : REASON_UNSUPPORTED,
		     S_ISREG(st.st_mode) ? "limit:size" : kind_of(st.st_mode));
		close(fd);
		return true;
	}
	return w->o->file(w->o->ctx, fd, (uint64_t)st.st_size, w->path);
}

bool walk_path(const struct walk_options *o, const char *path)
{
	struct walk w = { .o = o, .path = strdup(path) };

	if (w.path == NULL)
		return false;
	w.n = strlen(path);
	w.size = w.n + 1;
	bool on = visit(&w, AT_FDCWD, path, true);
	free(w.path);
	return on;
}
