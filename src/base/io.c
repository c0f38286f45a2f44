/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

bool io_replace(const char *path, struct span bytes, mode_t mode, struct error *e)
{
	size_t n = strlen(path) + sizeof ".XXXXXX";
	char *temporary = malloc(n);
	bool ok = false;
	int fd = -1;

	if (temporary == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a file name");
	snprintf(temporary, n, "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		os_error(e, "create");
		goto out;
	}
	if (!io_write(fd, bytes.p, bytes.n, e))
		goto out;
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0) {
		os_error(e, "write");
		goto out;
	}
	if (rename(temporary, path) != 0) {
		os_error(e, "rename");
		goto out;
	}
	ok = true;
out:
	if (fd >= 0) {
		close(fd);
		if (!ok)
			(void)unlink(temporary);
	}
	free(temporary);
	return ok;
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
