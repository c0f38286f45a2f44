/* SPDX-License-Identifier: Apache-2.0 */
#include "review/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char absent[] = "absent";

static bool os_error(struct error *e)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ESRCH: /* a process that ended */
		return error_set(e, REASON_IO, PLACE_NONE, "%s", absent);
	case EACCES:
	case EPERM:
		return error_set(e, REASON_DENIED, PLACE_NONE, "%s", strerror(errno));
	case ELOOP:
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "symbolic links without end");
	case ENOMEM:
		return error_set(e, REASON_MEMORY, PLACE_NONE, "%s", strerror(errno));
	default:
		return error_set(e, REASON_IO, PLACE_NONE, "%s", strerror(errno));
	}
}

bool root_absent(const struct error *e)
{
	return e->why == REASON_IO && strcmp(e->text, absent) == 0;
}

static int resolve(const struct root *r, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd;

	do
		fd = (int)syscall(SYS_openat2, r->fd, path, &how, sizeof how);
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd;
}

bool root_open(struct root *r, const char *path, struct error *e)
{
	struct stat here, there;

	*r = (struct root){ .fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	if (r->fd < 0)
		return os_error(e);
	int probe = resolve(r, ".", O_PATH);
	if (probe < 0) {
		bool old = errno == ENOSYS;
		os_error(e);
		root_close(r);
		return old ? error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				       "unsupported: a kernel without openat2 (before 5.6)")
			   : false;
	}
	close(probe);
	r->live = fstat(r->fd, &here) == 0 && stat("/", &there) == 0 &&
		  here.st_dev == there.st_dev && here.st_ino == there.st_ino;
	return true;
}

void root_close(struct root *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* Looks before it opens, since opening a device may do something. */
int root_file(const struct root *r, const char *path, struct stat *st, struct error *e)
{
	struct stat seen;
	int fd = resolve(r, path, O_PATH);

	if (fd < 0) {
		os_error(e);
		return -1;
	}
	bool regular = fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode);
	close(fd);
	if (!regular) {
		error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "unsupported: not a regular file");
		return -1;
	}
	fd = resolve(r, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		os_error(e);
		return -1;
	}
	if (fstat(fd, st) != 0 || st->st_dev != seen.st_dev || st->st_ino != seen.st_ino) {
		error_set(e, REASON_CHANGED, PLACE_NONE, "changed: another file stands there now");
		close(fd);
		return -1;
	}
	return fd;
}

bool root_beneath(const struct root *r, const char *path, struct root *out, struct error *e)
{
	int fd = resolve(r, path, O_PATH | O_DIRECTORY);

	if (fd < 0) {
		os_error(e);
		return false;
	}
	*out = (struct root){ .fd = fd };
	return true;
}

int root_directory(const struct root *r, const char *path, struct error *e)
{
	int fd = resolve(r, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		os_error(e);
	return fd;
}

bool root_stat(const struct root *r, const char *path, struct stat *st, struct error *e)
{
	int fd = resolve(r, path, O_PATH);

	if (fd < 0)
		return os_error(e);
	bool ok = fstat(fd, st) == 0 || os_error(e);
	close(fd);
	return ok;
}

ssize_t root_link(const struct root *r, const char *path, char *to, size_t size, struct error *e)
{
	int fd = resolve(r, path, O_PATH | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0) {
		os_error(e);
		return -1;
	}
	n = readlinkat(fd, "", to, size - 1);
	if (n < 0)
		os_error(e);
	else
		to[n] = '\0';
	close(fd);
	return n;
}
