/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool os_error(struct error *e, const char *what)
{
	enum reason why = errno == EACCES || errno == EPERM ? REASON_DENIED
			  : errno == ENOMEM                 ? REASON_MEMORY
							    : REASON_IO;
	return error_set(e, why, PLACE_NONE, "%s: %s", what, strerror(errno));
}

bool io_pread(int fd, void *to, size_t n, uint64_t at, size_t *got, struct error *e)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (uint8_t *)to + done, n - done, (off_t)(at + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return os_error(e, "read");
		if (r == 0)
			break;
		done += (size_t)r;
	}
	*got = done;
	return true;
}

bool io_write(int fd, const void *p, size_t n, struct error *e)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = write(fd, (const uint8_t *)p + done, n - done);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return os_error(e, "write");
		done += (size_t)r;
	}
	return true;
}

bool io_read_all(int fd, struct buf *b, struct error *e)
{
	uint8_t block[1 << 16];

	for (;;) {
		ssize_t r = read(fd, block, sizeof block);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return os_error(e, "read");
		if (r == 0)
			return true;
		buf_put(b, block, (size_t)r);
		if (!buf_ok(b))
			return error_set(e, REASON_LIMIT, b->n, "more than %zu bytes", b->max);
	}
}

bool io_read_file(const char *path, struct buf *b, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return os_error(e, "open");
	bool ok = io_read_all(fd, b, e);
	close(fd);
	return ok;
}

/* ---- files that appear at once */

/* A new file beside `path`, whose name is that with a dot and eight characters more. */
static int create_beside(int in, const char *path, mode_t mode, char *name, size_t size)
{
	uint32_t number;
	int fd;

	do {
		if (getrandom(&number, sizeof number, 0) != sizeof number)
			return -1;
		snprintf(name, size, "%s.%08x", path, number);
		fd = openat(in, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* What is no file, a device or FIFO, is written to as it stands. */
static bool write_through(const char *path, struct span bytes, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return os_error(e, "open");
	bool ok = io_write(fd, bytes.p, bytes.n, e);
	if (close(fd) != 0 && ok)
		ok = os_error(e, "write");
	return ok;
}

/* `path` counts from the directory `in`; `was` is what stands there, NULL: nothing. */
static bool replace(int in, const char *path, const struct stat *was, struct span bytes,
		    mode_t mode, struct error *e)
{
	size_t size = strlen(path) + sizeof ".01234567";
	char *name = malloc(size);
	bool ok = false;

	if (name == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a file name");
	int fd = create_beside(in, path, mode, name, size);
	if (fd < 0) {
		os_error(e, "create");
		free(name);
		return false;
	}
	if (io_write(fd, bytes.p, bytes.n, e)) {
		ok = (was == NULL || fchmod(fd, was->st_mode & mode) == 0) && fsync(fd) == 0;
		if (!ok)
			os_error(e, "write");
		else if (renameat(in, name, in, path) != 0)
			ok = os_error(e, "rename");
	}
	close(fd);
	if (!ok)
		(void)unlinkat(in, name, 0);
	free(name);
	return ok;
}

bool io_replace(const char *path, struct span bytes, mode_t mode, struct error *e)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	char *real = there ? realpath(path, NULL) : NULL; /* a link stays one */
	bool ok;

	if (there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		ok = write_through(path, bytes, e);
	else
		ok = replace(AT_FDCWD, real != NULL ? real : path, there ? &st : NULL, bytes, mode,
			     e);
	free(real);
	return ok;
}

bool io_replace_at(int directory, const char *name, struct span bytes, mode_t mode, struct error *e)
{
	return replace(directory, name, NULL, bytes, mode, e);
}

bool io_same(const struct stat *before, const struct stat *after)
{
	return after->st_size == before->st_size &&
	       after->st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       after->st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

bool io_seal(int fd, struct error *e)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
		return os_error(e, "memfd");
	return true;
}

bool io_map(int fd, struct span *out, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return os_error(e, "stat");
	if (!S_ISREG(st.st_mode))
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "not a regular file");
	if (st.st_size == 0) {
		*out = (struct span){ NULL, 0 };
		return true;
	}
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return os_error(e, "map");
	*out = (struct span){ p, (size_t)st.st_size };
	return true;
}

bool io_map_path(const char *path, struct span *out, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = (struct span){ NULL, 0 };
	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s is not there", path);
	bool ok = io_map(fd, out, e);
	close(fd);
	return ok;
}

void io_unmap(struct span s)
{
	if (s.n != 0)
		(void)munmap((void *)(uintptr_t)s.p, s.n);
}
