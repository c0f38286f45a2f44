/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walk.h"
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * Every name is opened relative to the descriptor of its directory, and no link is
 * followed, so a name that is changed while we walk leads nowhere else.  The
 * directory says what kind an entry is; one that is not a file or directory is
 * never opened.  (Should a name turn into a device or FIFO between the two, then
 * O_NONBLOCK and O_NOCTTY keep the open from doing harm, and fstat tells.)
 */

enum { WALK_MAX_PATH = 4 << 20, FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

struct walk {
	const struct walk_options *o;
	struct buf path; /* of the object at hand, with a NUL */
	struct buf
		names; /* a stack: for each entry that waits its type and its name with a NUL ... */
	struct buf order; /* ... and where it begins in names, uint32_t */
	dev_t device;     /* of the directory at hand */
	dev_t plain;      /* of the last named file that was on an ordinary file system ... */
	bool has_plain;   /* ... if there was one */
	struct buf place; /* the directory of the last listed path, up to its last slash ... */
	int place_fd;     /* ... opened; -1: none */
	unsigned depth;
};

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

/* linux/magic.h has most of these; they are here so that old headers do not leave one out. */
static bool shows_the_kernel(int fd)
{
	static const uint32_t pseudo[] = {
		0x9fa0,     /* proc */
		0x62656572, /* sysfs */
		0x1cd1,     /* devpts */
		0x27e0eb,   /* cgroup */
		0x63677270, /* cgroup2 */
		0x64626720, /* debugfs */
		0x74726163, /* tracefs */
		0x73636673, /* securityfs */
		0xf97cff8c, /* selinuxfs */
		0x43415d53, /* smackfs */
		0x5a3c69f0, /* apparmorfs */
		0xcafe4a11, /* bpf */
		0x6165676c, /* pstore */
		0x19800202, /* mqueue */
		0x62656570, /* configfs */
		0x65735543, /* fusectl */
		0x42494e4d, /* binfmt_misc */
		0x6e736673, /* nsfs */
		0x67596969, /* rpc_pipefs */
		0x6e667364, /* nfsd */
		0x07655821, /* resctrl */
	};
	struct statfs s;

	if (fstatfs(fd, &s) != 0)
		return false;
	for (size_t i = 0; i < sizeof pseudo / sizeof *pseudo; i++)
		if ((uint32_t)s.f_type == pseudo[i])
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
	} while (entry != NULL &&
		 (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	if (entry == NULL && errno != 0)
		skip_errno(w);
	return entry;
}

/* Visits the entries that were kept since `first` in order, and forgets them. */
static bool visit_kept(struct walk *w, DIR *d, size_t first_name, size_t first)
{
	size_t n = w->order.n / sizeof(uint32_t);
	bool on = true;

	if (n > first)
		qsort_r(w->order.p + first * sizeof(uint32_t), n - first, sizeof(uint32_t), by_name,
			w->names.p);
	for (size_t i = first; on && i < n; i++) {
		uint32_t at; /* both buffers may move meanwhile */
		memcpy(&at, w->order.p + i * sizeof at, sizeof at);
		on = visit_child(w, dirfd(d), (const char *)w->names.p + at + 1, w->names.p[at]);
	}
	w->names.n = first_name;
	w->order.n = first * sizeof(uint32_t);
	return on;
}

static bool visit_entries(struct walk *w, DIR *d)
{
	size_t first_name = w->names.n, first = w->order.n / sizeof(uint32_t), n = 0;
	struct dirent *entry;
	bool on = true;

	while (on && (entry = next_entry(w, d)) != NULL) {
		if (n < WALK_SORTED && keep(w, entry)) {
			n++;
			continue;
		}
		on = visit_kept(w, d, first_name, first);
		n = 0;
		if (on && !keep(w, entry)) /* levels above hold all the room */
			on = visit_child(w, dirfd(d), entry->d_name, entry->d_type);
		else
			n = 1;
	}
	return on && visit_kept(w, d, first_name, first);
}

static bool visit_directory(struct walk *w, int parent, size_t name_at, bool follow)
{
	const char *name = path_of(w) + name_at;
	dev_t outside = w->device;
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
	if ((w->depth == 0 || st.st_dev != w->device) && shows_the_kernel(fd)) {
		skip_kind(w, "a file system that only shows the kernel's state is not entered");
		goto out;
	}
	DIR *d = fdopendir(fd);
	if (d == NULL) {
		skip_errno(w);
		goto out;
	}
	w->device = st.st_dev;
	w->depth++;
	bool on = visit_entries(w, d);
	w->depth--;
	w->device = outside;
	closedir(d);
	return on;
out:
	if (fd >= 0)
		close(fd);
	return true;
}

/* ---- one object */

/* Asked of the kernel once for files that follow each other on one file system. */
static bool on_plain(struct walk *w, int fd, dev_t device)
{
	if (w->has_plain && w->plain == device)
		return true;
	if (shows_the_kernel(fd))
		return false;
	w->plain = device;
	w->has_plain = true;
	return true;
}

static bool visit_file(struct walk *w, int parent, size_t name_at, bool follow)
{
	int fd = open_entry(parent, path_of(w) + name_at, FLAGS, follow);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		skip_errno(w);
	else if (!S_ISREG(st.st_mode))
		skip_kind(w,
			  S_ISDIR(st.st_mode) ? "a file became a directory" : kind_of(st.st_mode));
	else if (w->o->one_file_system && w->depth > 0 && st.st_dev != w->device)
		skip(w, REASON_UNSUPPORTED, "on another file system");
	else if ((w->depth == 0 || st.st_dev != w->device) && !on_plain(w, fd, st.st_dev))
		skip_kind(w, "a file that only shows the kernel's state is not read");
	else if (w->o->max_size != 0 && (uint64_t)st.st_size > w->o->max_size)
		skip(w, REASON_LIMIT, "limit:size");
	else
		return w->o->file(w->o->ctx, fd, (uint64_t)st.st_size, path_of(w));
	if (fd >= 0)
		close(fd);
	return true;
}

/* `type` as readdir(3) has it. */
static bool visit(struct walk *w, int parent, size_t name_at, unsigned char type, bool follow)
{
	struct stat st;

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
	if (w->o->wanted != NULL &&
	    !w->o->wanted(w->o->ctx, path_of(w), (mode_t)DTTOIF(type), w->depth))
		return true;
	if (type == DT_DIR)
		return visit_directory(w, parent, name_at, follow);
	if (type == DT_REG)
		return visit_file(w, parent, name_at, follow);
	skip_kind(w, kind_of((mode_t)DTTOIF(type)));
	return true;
}

static void begin(struct walk *w, const struct walk_options *o)
{
	*w = (struct walk){ .o = o, .place_fd = -1 };
	buf_init(&w->path, WALK_MAX_PATH);
	buf_init(&w->place, WALK_MAX_LINE);
	buf_init(&w->names, WALK_NAMES);
	buf_init(&w->order, WALK_NAMES);
}

static void leave_place(struct walk *w)
{
	if (w->place_fd >= 0)
		close(w->place_fd);
	w->place_fd = -1;
}

static void end(struct walk *w)
{
	leave_place(w);
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
		leave_place(w);
		buf_reset(&w->place);
		buf_put(&w->place, path, n);
		memcpy(name, path, n);
		name[n] = '\0';
		w->place_fd = buf_ok(&w->place) ? open(name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	}
	*name_at = w->place_fd < 0 ? 0 : n;
	return w->place_fd < 0 ? AT_FDCWD : w->place_fd;
}

/* One path; what was learnt of file systems stays for the next, and if it is `listed` its place. */
static bool walk_one(struct walk *w, const char *path, bool listed)
{
	size_t name_at = 0;
	struct error e;

	buf_reset(&w->path);
	buf_put(&w->path, path, strlen(path) + 1);
	if (buf_ok(&w->path)) {
		int parent = listed ? place_of(w, path, &name_at) : AT_FDCWD;
		return visit(w, parent, name_at, DT_UNKNOWN, true);
	}
	error_set(&e, REASON_MEMORY, PLACE_NONE, "memory: the path is too long");
	w->path.failed = false;
	w->o->skipped(w->o->ctx, path, &e);
	return true;
}

bool walk_path(const struct walk_options *o, const char *path)
{
	struct walk w;

	begin(&w, o);
	bool on = walk_one(&w, path, false);
	end(&w);
	return on;
}

/* ---- lists */

static bool walk_line(struct walk *w, struct buf *line)
{
	bool whole = buf_ok(line), on = true;
	struct error e;

	if (line->n == 0)
		return true;
	line->n -= line->n > WALK_MAX_LINE;
	buf_put_u8(line, 0);
	line->p[line->n - 1] = '\0'; /* where the line was cut */
	if (whole && memchr(line->p, 0, line->n - 1) == NULL) {
		on = walk_one(w, (const char *)line->p, true);
	} else {
		error_set(&e, REASON_IO, PLACE_NONE,
			  "a listed path holds a NUL or more than %d bytes", WALK_MAX_LINE);
		w->o->skipped(w->o->ctx, (const char *)line->p, &e);
	}
	buf_reset(line);
	return on;
}

bool walk_list(const struct walk_options *o, int fd, char separator, struct error *e)
{
	struct buf line;
	struct walk w;
	char block[8192];
	ssize_t n;
	bool on = true;

	begin(&w, o);
	buf_init(&line, WALK_MAX_LINE + 1);
	e->why = REASON_NONE;
	do {
		/* whoever writes the list may take hours over it, and a directory be made anew */
		leave_place(&w);
		n = read(fd, block, sizeof block);
		for (const char *p = block, *end; on && n > 0 && p < block + n; p = end + 1) {
			end = memchr(p, separator, (size_t)(block + n - p));
			buf_put(&line, p, (size_t)((end != NULL ? end : block + n) - p));
			if (end == NULL)
				break;
			on = walk_line(&w, &line);
		}
	} while (on && (n > 0 || (n < 0 && errno == EINTR)));
	if (on && n < 0)
		on = error_set(e, errno == EACCES ? REASON_DENIED : REASON_IO, PLACE_NONE, "%s",
			       strerror(errno));
	else if (on)
		on = walk_line(&w, &line);
	end(&w);
	buf_release(&line);
	return on;
}
