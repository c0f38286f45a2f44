/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/durable.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool os_error(struct error *e, const char *path)
{
	enum reason why = errno == EACCES || errno == EPERM ? REASON_DENIED : REASON_IO;

	return error_set(e, why, PLACE_NONE, "%s: %s", path, strerror(errno));
}

bool durable_path(char to[DURABLE_PATH_SIZE], struct error *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(to, DURABLE_PATH_SIZE, format, ap);
	va_end(ap);
	return (n >= 0 && n < DURABLE_PATH_SIZE) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "a path over %d bytes", DURABLE_PATH_SIZE);
}

/* Writes the directory that `path` lies in to the disk. */
static bool sync_parent(const char *path, struct error *e)
{
	char parent[DURABLE_PATH_SIZE];

	if (!durable_path(parent, e, "%s", path))
		return false;
	char *slash = strrchr(parent, '/');
	if (slash == NULL)
		memcpy(parent, ".", 2);
	else
		slash[slash == parent] = '\0';
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return os_error(e, parent);
	bool ok = fsync(fd) == 0 || os_error(e, parent);
	close(fd);
	return ok;
}

bool durable_mkdir(const char *path, mode_t mode, struct error *e)
{
	char part[DURABLE_PATH_SIZE];

	if (!durable_path(part, e, "%s", path))
		return false;
	for (char *p = part + 1;; p++) {
		char was = *p;
		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) == 0) {
			if (!sync_parent(part, e))
				return false;
		} else if (errno != EEXIST) {
			return os_error(e, part);
		}
		*p = was;
		if (was == '\0')
			return true;
	}
}

bool durable_write(const char *path, struct span bytes, mode_t mode, struct error *e)
{
	return io_replace(path, bytes, mode, e) ? sync_parent(path, e)
						: error_wrap(e, "%s: ", path);
}

bool durable_read(const char *path, struct buf *b, bool *there, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*there = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || os_error(e, path);
	bool ok = io_read_all(fd, b, e) || error_wrap(e, "%s: ", path);
	close(fd);
	return ok;
}

bool durable_write_once(const char *path, struct span bytes, mode_t mode, struct error *e)
{
	struct buf old;
	bool there, ok;

	buf_init(&old, bytes.n + 1);
	ok = durable_read(path, &old, &there, e);
	if (ok && there)
		ok = span_equal(buf_span(&old), bytes) ||
		     error_set(e, REASON_INTERNAL, PLACE_NONE, "%s would change", path);
	buf_release(&old);
	if (!ok)
		return false;
	return there ? sync_parent(path, e) : durable_write(path, bytes, mode, e);
}

bool durable_rename(const char *from, const char *to, struct error *e)
{
	return rename(from, to) == 0 ? sync_parent(to, e) : os_error(e, to);
}

bool durable_remove(const char *path, struct error *e)
{
	if (unlink(path) != 0)
		return errno == ENOENT || os_error(e, path);
	return sync_parent(path, e);
}

bool durable_lock(const char *path, int *fd, struct error *e)
{
	int got = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (got < 0)
		return os_error(e, path);
	if (flock(got, LOCK_EX | LOCK_NB) != 0) {
		close(got);
		return error_set(e, REASON_DENIED, PLACE_NONE, "%s: another process has it", path);
	}
	*fd = got;
	return true;
}
