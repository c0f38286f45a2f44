/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walk_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Every name is opened relative to the descriptor of its directory, and no link is
 * followed, so a name that is changed while we walk leads nowhere else.  The
 * directory says what kind an entry is; one that is not a file or directory is
 * never opened.  (Should a name turn into a device or FIFO between the two, then
 * O_NONBLOCK and O_NOCTTY keep the open from doing harm, and fstat tells.)
 */

enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

static const char *path_of(const struct walk *w) { return (const char *)w->path.p; }

/* What the caller named may be a link, or lie behind one; below it none is followed, and nothing is
 * reached that does not lie in the directory.  openat2(2) says so to the kernel, from Linux 5.6. */
static int open_entry(int parent, const char *name, int flags, bool follow)
{
	struct open_how how = { .flags = (unsigned)flags,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
					   RESOLVE_BENEATH };

	if (follow)
		return openat(parent, name, flags);
	int fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof how);
	return fd >= 0 || errno != ENOSYS ? fd : openat(parent, name, flags | O_NOFOLLOW);
}

/* ---- who looks on */

static void step(const struct walk *w)
{
	if (w->page != NULL)
		atomic_fetch_add_explicit(&w->page->steps, 1, memory_order_relaxed);
}

/* Says what is at hand before the kernel is asked for it, and whether it lies on a file system that
 * others serve. */
static void show(const struct walk *w, bool served)
{
	if (w->page == NULL)
		return;
	memcpy(w->page->path, w->path.p, w->path.n);
	w->page->size = 0;
	w->page->served = served;
	step(w);
}

static bool is_hung(const struct walk *w)
{
	return w->again.hung != NULL && strcmp(w->again.hung, path_of(w)) == 0;
}

/* ---- what is passed over */

static void skip(const struct walk *w, enum reason why, const char *what)
{
	struct error e;

	error_set(&e, why, PLACE_NONE, "%s", what);
	w->o->skipped(w->o->ctx, path_of(w), &e);
}

static void skip_errno(const struct walk *w)
{
	int code = errno;

	if (code == EMFILE || code == ENFILE)
		skip(w, REASON_LIMIT, "limit:files: too many are open");
	else
		skip(w, code == EACCES || code == EPERM ? REASON_DENIED : REASON_IO,
		     strerror(code));
}

/* What holds no bytes is no gap, unless the user named it. */
static void skip_kind(const struct walk *w, const char *what)
{
	skip(w, w->depth == 0 ? REASON_IO : REASON_UNSUPPORTED, what);
}

static const char *kind_of(mode_t mode)
{
	return S_ISFIFO(mode)   ? "a FIFO is not opened"
	       : S_ISSOCK(mode) ? "a socket is not opened"
	       : S_ISLNK(mode)  ? "a symbolic link inside a tree is not followed"
				: "a device is not opened";
}

static bool excluded(const struct walk *w)
{
	const char *path = path_of(w), *slash = strrchr(path, '/'),
		   *last = slash != NULL ? slash + 1 : path;

	for (size_t i = 0; i < w->o->n_exclude; i++)
		if (fnmatch(w->o->exclude[i], path, 0) == 0 ||
		    fnmatch(w->o->exclude[i], last, 0) == 0)
			return true;
	return false;
}

/* ---- the path */

/* Appends "/name"; returns where the name stands in the path, 0 where memory is spent. */
static size_t push_name(struct walk *w, const char *name)
{
	size_t n = w->path.n - 1, k = strlen(name);
	bool slash = n == 0 || w->path.p[n - 1] != '/';

	if (buf_grow(&w->path, k + slash) == NULL) {
		w->path.failed = false;
		return 0;
	}
	if (slash)
		w->path.p[n++] = '/';
	memcpy(w->path.p + n, name, k + 1);
	return n;
}

static void pop_name(struct walk *w, size_t n)
{
	w->path.n = n + 1;
	w->path.p[n] = '\0';
}

/* ---- directories */

static bool visit(struct walk *w, int parent, size_t name_at, unsigned char type, bool follow);

static int by_name(const void *a, const void *b, void *names)
{
	const char *base = names;
	return strcmp(base + *(const uint32_t *)a + 1, base + *(const uint32_t *)b + 1);
}

static bool visit_child(struct walk *w, int fd, const char *name, unsigned char type)
{
	size_t before = w->path.n - 1, at = push_name(w, name);

	if (at == 0) {
		skip(w, REASON_MEMORY, "memory: the path of an entry is too long");
		return true;
	}
	bool on = visit(w, fd, at, type, false);
	pop_name(w, before);
	return on;
}

/* Keeps an entry for later; false where there is no room. */
static bool keep(struct walk *w, const struct dirent *entry)
{
	size_t k = strlen(entry->d_name) + 1, at = w->names.n;

	if (k + 1 > w->names.max - at || sizeof(uint32_t) > w->order.max - w->order.n)
		return false;
	buf_put_u8(&w->names, entry->d_type);
	buf_put(&w->names, entry->d_name, k);
	buf_put(&w->order, &(uint32_t){ (uint32_t)at }, sizeof(uint32_t));
	if (buf_ok(&w->names) && buf_ok(&w->order))
		return true;
	w->names.failed = w->order.failed = false;
	w->names.n = at;
	return false;
}

static struct dirent *next_entry(const struct walk *w, DIR *d)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(d);
		step(w);
	} while (entry != NULL &&
		 (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	if (entry == NULL && errno != 0)
		skip_errno(w);
	return entry;
}

/* Where another walk was, among the entries of one directory: all up to it are done. */
struct among {
	const char *name; /* NULL, or found: what is met is new */
	size_t n;
	const char *rest; /* below it; NULL: it is done itself */
};

static struct among resumed(struct walk *w)
{
	struct among a = { .name = w->resume };

	w->resume = NULL;
	if (a.name == NULL || *a.name == '\0')
		return (struct among){ 0 };
	a.n = strcspn(a.name, "/");
	a.rest = a.name[a.n] == '/' ? a.name + a.n + 1 : w->again.inside ? a.name + a.n : NULL;
	return a;
}

/* As strcmp(3) of the name and that which is sought. */
static int held_against(const struct among *a, const char *name)
{
	int c = strncmp(name, a->name, a->n);

	return c != 0 ? c : name[a->n] != '\0';
}

/* Takes what is sought up again. */
static bool visit_sought(struct walk *w, DIR *d, struct among *a, const char *name)
{
	a->name = NULL;
	if (a->rest == NULL)
		return true;
	w->resume = a->rest;
	bool on = visit_child(w, dirfd(d), name, DT_DIR);
	w->resume = NULL; /* it may not have been entered */
	return on;
}

/* The first of n entries that is not done.  Of `several` such lots the one that is sought lies in
 * one, and those before are done; a single one is in order, and what lies behind it is new though
 * it is gone. */
static size_t pass_done(struct walk *w, DIR *d, struct among *a, size_t i, size_t n, bool several,
			bool *on)
{
	size_t at = i;
	int c = -1;

	for (; a->name != NULL && at < n; at++) {
		uint32_t k;
		memcpy(&k, w->order.p + at * sizeof k, sizeof k);
		const char *name = (const char *)w->names.p + k + 1;
		if ((c = held_against(a, name)) == 0)
			*on = visit_sought(w, d, a, name);
		else if (c > 0)
			break;
	}
	if (a->name == NULL)
		return at;
	if (several)
		return n;
	a->name = NULL;
	return at;
}

/* Visits the entries that were kept since `first` in order, and forgets them. */
static bool visit_kept(struct walk *w, DIR *d, size_t first_name, size_t first, struct among *a,
		       bool several)
{
	size_t n = w->order.n / sizeof(uint32_t);
	bool on = true;

	if (n > first)
		qsort_r(w->order.p + first * sizeof(uint32_t), n - first, sizeof(uint32_t), by_name,
			w->names.p);
	for (size_t i = pass_done(w, d, a, first, n, several, &on); on && i < n; i++) {
		uint32_t at; /* both buffers may move meanwhile */
		memcpy(&at, w->order.p + i * sizeof at, sizeof at);
		on = visit_child(w, dirfd(d), (const char *)w->names.p + at + 1, w->names.p[at]);
	}
	w->names.n = first_name;
	w->order.n = first * sizeof(uint32_t);
	show(w, w->above_served); /* the directory again */
	return on;
}

/* An entry for whose name there is no room. */
static bool visit_unkept(struct walk *w, DIR *d, const struct dirent *entry, struct among *a)
{
	if (a->name == NULL)
		return visit_child(w, dirfd(d), entry->d_name, entry->d_type);
	return held_against(a, entry->d_name) != 0 || visit_sought(w, d, a, entry->d_name);
}

static bool visit_entries(struct walk *w, DIR *d)
{
	size_t first_name = w->names.n, first = w->order.n / sizeof(uint32_t), n = 0;
	struct among a = resumed(w);
	struct dirent *entry;
	bool on = true, several = false;

	while (on && (entry = next_entry(w, d)) != NULL) {
		if (n < WALK_SORTED && keep(w, entry)) {
			n++;
			continue;
		}
		several = true;
		on = visit_kept(w, d, first_name, first, &a, several);
		n = 0;
		if (on && !keep(w, entry)) /* levels above hold all the room */
			on = visit_unkept(w, d, entry, &a);
		else
			n = 1;
	}
	on = on && visit_kept(w, d, first_name, first, &a, several);
	if (on && a.name != NULL)
		skip(w, REASON_CHANGED, "changed: where a walk was in it is no more");
	return on;
}

static bool visit_directory(struct walk *w, int parent, size_t name_at, bool follow)
{
	const char *name = path_of(w) + name_at;
	dev_t outside = w->device;
	const bool outside_served = w->served, above = w->above_served;
	struct stat st;
	int fd = -1;

	/* looked at before it is opened: to open a mount point can mount what belongs there */
	if (fstatat(parent, name, &st, AT_NO_AUTOMOUNT | (follow ? 0 : AT_SYMLINK_NOFOLLOW)) != 0) {
		skip_errno(w);
		return true;
	}
	if (w->o->one_file_system && w->depth > 0 && st.st_dev != w->device) {
		skip(w, REASON_UNSUPPORTED, "on another file system");
		return true;
	}
	if (w->depth >= WALK_MAX_DEPTH) {
		skip(w, REASON_LIMIT, "limit:depth: more than 512 directories within each other");
		return true;
	}
	fd = open_entry(parent, name, FLAGS | O_DIRECTORY, follow);
	if (fd < 0 || fstat(fd, &st) != 0) {
		skip_errno(w);
		goto out;
	}
	if ((w->depth == 0 || st.st_dev != w->device) && walk_shows_kernel(fd)) {
		skip_kind(w, "a file system that only shows the kernel's state is not entered");
		goto out;
	}
	DIR *d = fdopendir(fd);
	if (d == NULL) {
		skip_errno(w);
		goto out;
	}
	if (w->depth == 0 || st.st_dev != w->device)
		w->served = walk_is_served(fd);
	w->above_served = outside_served;
	w->device = st.st_dev;
	w->depth++;
	bool on = visit_entries(w, d);
	w->depth--;
	w->device = outside;
	closedir(d);
	w->served = outside_served;
	w->above_served = above;
	return on;
out:
	if (fd >= 0)
		close(fd);
	return true;
}

/* ---- one object */

/* What the file is on, if it may be another than what its directory is on; asked of the kernel once
 * for files that follow each other on one. */
static struct walk_device device_of(struct walk *w, int fd, dev_t number)
{
	if (w->depth != 0 && number == w->device)
		return (struct walk_device){ .served = w->served };
	if (!w->asked.known || w->asked.number != number)
		w->asked = (struct walk_device){ number, true, walk_shows_kernel(fd),
						 walk_is_served(fd) };
	return w->asked;
}

static bool give_file(struct walk *w, int fd, const struct stat *st, bool served)
{
	if (!served)
		walk_read_ahead(&w->disk, fd, (uint64_t)st->st_size);
	if (!served || w->o->copy == NULL)
		return w->o->file(w->o->ctx, fd, (uint64_t)st->st_size, path_of(w));
	if (w->page != NULL)
		w->page->size = (uint64_t)st->st_size;
	step(w);
	return walk_copy(w->o, fd, st, path_of(w));
}

static bool visit_file(struct walk *w, int parent, size_t name_at, bool follow)
{
	int fd = open_entry(parent, path_of(w) + name_at, FLAGS, follow);
	struct walk_device on = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		skip_errno(w);
	else if (!S_ISREG(st.st_mode))
		skip_kind(w,
			  S_ISDIR(st.st_mode) ? "a file became a directory" : kind_of(st.st_mode));
	else if (w->o->one_file_system && w->depth > 0 && st.st_dev != w->device)
		skip(w, REASON_UNSUPPORTED, "on another file system");
	else if ((on = device_of(w, fd, st.st_dev)).kernel)
		skip_kind(w, "a file that only shows the kernel's state is not read");
	else if (w->o->max_size != 0 && (uint64_t)st.st_size > w->o->max_size)
		skip(w, REASON_LIMIT, "limit:size");
	else
		return give_file(w, fd, &st, on.served);
	if (fd >= 0)
		close(fd);
	return true;
}

static bool is_wanted(const struct walk *w, unsigned char type)
{
	struct error why = { .why = REASON_NONE };

	if (w->o->wanted == NULL ||
	    w->o->wanted(w->o->ctx, path_of(w), (mode_t)DTTOIF(type), w->depth, &why))
		return true;
	if (why.why != REASON_NONE)
		w->o->refused(w->o->ctx, path_of(w), &why);
	return false;
}

/* `type` as readdir(3) has it. */
static bool visit(struct walk *w, int parent, size_t name_at, unsigned char type, bool follow)
{
	struct stat st;

	show(w, w->served);
	if (is_hung(w)) {
		w->o->skipped(w->o->ctx, path_of(w), &w->again.why);
		return true;
	}
	if (w->resume != NULL) { /* it was looked at before, and wanted */
		if (w->depth == 0)
			(void)is_wanted(w, DT_DIR);
		return visit_directory(w, parent, name_at, follow);
	}
	if (excluded(w)) {
		skip(w, REASON_UNSUPPORTED, "excluded");
		return true;
	}
	if (type == DT_UNKNOWN) {
		if (fstatat(parent, path_of(w) + name_at, &st,
			    AT_NO_AUTOMOUNT | (follow ? 0 : AT_SYMLINK_NOFOLLOW)) != 0) {
			skip_errno(w);
			return true;
		}
		type = (unsigned char)IFTODT(st.st_mode);
	}
	if (!is_wanted(w, type))
		return true;
	if (type == DT_DIR && w->o->entered != NULL)
		w->o->entered(w->o->ctx, path_of(w));
	if (type == DT_DIR)
		return visit_directory(w, parent, name_at, follow);
	if (type == DT_REG)
		return visit_file(w, parent, name_at, follow);
	skip_kind(w, kind_of((mode_t)DTTOIF(type)));
	return true;
}

void walk_begin(struct walk *w, const struct walk_options *o)
{
	*w = (struct walk){ .o = o, .place_fd = -1 };
	buf_init(&w->path, WALK_MAX_PATH);
	buf_init(&w->place, WALK_MAX_LINE);
	buf_init(&w->names, WALK_NAMES);
	buf_init(&w->order, WALK_NAMES);
}

void walk_leave_place(struct walk *w)
{
	if (w->place_fd >= 0)
		close(w->place_fd);
	w->place_fd = -1;
}

void walk_end(struct walk *w)
{
	walk_leave_place(w);
	buf_release(&w->place);
	buf_release(&w->path);
	buf_release(&w->names);
	buf_release(&w->order);
}

/*
 * Paths of a list that follow each other often lie in one directory, which is then looked up once.
 * Returns the descriptor below which the path from *name_at on is to be looked up.
 */
static int place_of(struct walk *w, const char *path, size_t *name_at)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash + 1 - path);

	*name_at = 0;
	if (n == 0 || path[n] == '\0')
		return AT_FDCWD;
	if (w->place_fd < 0 || w->place.n != n || memcmp(w->place.p, path, n) != 0) {
		char name[WALK_MAX_LINE + 1];
		if (n > WALK_MAX_LINE)
			return AT_FDCWD;
		walk_leave_place(w);
		buf_reset(&w->place);
		buf_put(&w->place, path, n);
		memcpy(name, path, n);
		name[n] = '\0';
		w->place_fd = buf_ok(&w->place) ? open(name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	}
	*name_at = w->place_fd < 0 ? 0 : n;
	return w->place_fd < 0 ? AT_FDCWD : w->place_fd;
}

/* What is left of the path where another walk was, below the one that is walked; NULL: it was not
 * begun.  True: it is done. */
static bool is_done(struct walk *w, size_t n)
{
	const char *after = w->again.after;

	w->resume = NULL;
	if (after == NULL || strlen(after) < n)
		return false;
	w->resume = after + n + (after[n] == '/');
	return after[n] == '\0' && !w->again.inside;
}

bool walk_one(struct walk *w, const char *path, bool listed)
{
	size_t name_at = 0, n = strlen(path);
	struct error e;

	buf_reset(&w->path);
	buf_put(&w->path, path, n + 1);
	if (!buf_ok(&w->path)) {
		error_set(&e, REASON_MEMORY, PLACE_NONE, "memory: the path is too long");
		w->path.failed = false;
		w->o->skipped(w->o->ctx, path, &e);
		return true;
	}
	if (is_done(w, n))
		return true;
	show(w, w->served);
	int parent = listed && !is_hung(w) ? place_of(w, path, &name_at) : AT_FDCWD;
	return visit(w, parent, name_at, DT_UNKNOWN, true);
}

bool walk_path(const struct walk_options *o, const char *path)
{
	struct walk w;

	walk_begin(&w, o);
	bool on = walk_one(&w, path, false);
	walk_end(&w);
	return on;
}

/* ---- lists */

static bool here_path(void *ctx, const char *path) { return walk_one(ctx, path, true); }

static bool here_bad(void *ctx, const char *path, const struct error *e)
{
	struct walk *w = ctx;

	w->o->skipped(w->o->ctx, path, e);
	return true;
}

static bool here_pause(void *ctx)
{
	const struct walk *w = ctx;

	walk_leave_place(ctx);
	return w->o->go_on == NULL || w->o->go_on(w->o->ctx);
}

bool walk_list(const struct walk_options *o, int fd, char separator, struct error *e)
{
	struct walk w;
	const struct walk_lines l = { here_path, here_bad, here_pause, &w };

	walk_begin(&w, o);
	bool on = walk_read_lines(&l, fd, separator, e);
	walk_end(&w);
	return on;
}
