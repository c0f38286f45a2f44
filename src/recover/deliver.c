/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/deliver.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* DENIED: it is the name that cannot be had, and others can.  IO: nothing can be written any more.
 */
static bool fail(struct error *e, const char *name)
{
	bool its_own = errno == ENOTDIR || errno == EISDIR || errno == ENAMETOOLONG ||
		       errno == EINVAL || errno == ELOOP || errno == EILSEQ;

	return error_set(e, its_own ? REASON_DENIED : REASON_IO, PLACE_NONE, "%s: %s", name,
			 strerror(errno));
}

bool deliver_lock(int dir, struct error *e)
{
	if (flock(dir, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return true; /* some file systems lock no directory */
	return error_set(e, REASON_DENIED, PLACE_NONE, "another run writes there");
}

bool deliver_path(const char *path, const char *ending, char *to, size_t max, struct error *e)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash != NULL ? (size_t)(slash - path) + 1 : 0, n = strlen(path + dir);
	size_t most = NAME_MAX - strlen(ending);

	if (n > most)
		for (n = most; n > 1 && (path[dir + n] & 0xc0) == 0x80;) /* UTF-8 goes on there */
			n--;
	return snprintf(to, max, "%.*s%s", (int)(dir + n), path, ending) < (int)max ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes", max);
}

bool deliver_directories(int dir, const char *path, struct error *e)
{
	char at[DELIVER_MAX_PATH];

	if (strlen(path) >= sizeof at)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes",
				 sizeof at);
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		memcpy(at, path, (size_t)(slash - path));
		at[slash - path] = '\0';
		if (mkdirat(dir, at, 0700) != 0 && errno != EEXIST)
			return fail(e, at);
	}
	return true;
}

bool deliver_digest(int fd, uint8_t *room, char *hex, struct error *e)
{
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[HASH_MAX_SIZE];
	size_t got = REGION_MAX;
	bool ok = h != NULL;

	for (uint64_t at = 0; ok && got == REGION_MAX; at += got) {
		ok = io_pread(fd, room, REGION_MAX, at, &got, e);
		if (ok)
			hash_add(h, (struct span){ room, got });
	}
	if (ok && hash_end(h, digest))
		hex_text(digest, 32, hex);
	else if (h == NULL)
		ok = error_set(e, REASON_MEMORY, PLACE_NONE, "no SHA-256");
	hash_free(h);
	return ok;
}

bool deliver_begin(struct deliver *d, int dir, const char *path, struct error *e)
{
	d->dir = dir;
	d->fd = -1;
	d->size = 0;
	d->there = false;
	d->hash = NULL;
	if (strcmp(path, DELIVER_PART) == 0)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "%s is a name that the new tree keeps for itself", path);
	if (!deliver_directories(dir, path, e))
		return false;
	d->hash = hash_new(HASH_SHA256);
	if (d->hash == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no SHA-256");
	(void)unlinkat(dir, DELIVER_PART, 0); /* what a kill left */
	d->fd = openat(dir, DELIVER_PART, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->fd >= 0)
		return true;
	(void)fail(e, DELIVER_PART);
	deliver_drop(d);
	return false;
}

bool deliver_write(struct deliver *d, struct span s, struct error *e)
{
	hash_add(d->hash, s);
	d->size += s.n;
	return io_write(d->fd, s.p, s.n, e);
}

bool deliver_seal(struct deliver *d, mode_t mode, const struct timespec times[2], struct error *e)
{
	uint8_t digest[HASH_MAX_SIZE];

	if (!hash_end(d->hash, digest))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "no SHA-256");
	hex_text(digest, 32, d->sha256);
	(void)fchmod(d->fd, mode);
	(void)futimens(d->fd, times);
	return fsync(d->fd) == 0 || fail(e, DELIVER_PART);
}

/* The new name is durable only when its directory is. */
static bool sync_directory(int dir, const char *name, struct error *e)
{
	char at[DELIVER_MAX_PATH];
	const char *slash = strrchr(name, '/');
	size_t n = slash != NULL ? (size_t)(slash - name) : 0;

	memcpy(at, n != 0 ? name : ".", n != 0 ? n : 1);
	at[n != 0 ? n : 1] = '\0';
	int fd = openat(dir, at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* some file systems cannot sync a directory, and say EINVAL */
	bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || fail(e, at));
	if (fd >= 0)
		close(fd);
	else
		(void)fail(e, at);
	return ok;
}

/* Is the part by its name still the one that was written? */
static bool is_ours(const struct deliver *d)
{
	struct stat a, b;

	return fstat(d->fd, &a) == 0 &&
	       fstatat(d->dir, DELIVER_PART, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The part becomes `name`, where nothing is; false with errno. */
static bool rename_part(int dir, const char *name)
{
	struct stat st;

	if (renameat2(dir, DELIVER_PART, dir, name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	/* NFS, NTFS and others do not know that flag, and the last of them no links */
	if (linkat(dir, DELIVER_PART, dir, name, 0) == 0)
		return unlinkat(dir, DELIVER_PART, 0) == 0;
	if (errno == EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return false;
	}
	return errno == ENOENT && renameat(dir, DELIVER_PART, dir, name) == 0;
}

bool deliver_name(struct deliver *d, const char *name, uint8_t *room, struct error *e)
{
	char other[65];

	if (!is_ours(d))
		return error_set(e, REASON_IO, PLACE_NONE, "%s was replaced by somebody",
				 DELIVER_PART);
	if (!rename_part(d->dir, name)) {
		if (errno != EEXIST)
			return fail(e, name);
		int fd = openat(d->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		bool same = fd >= 0 && deliver_digest(fd, room, other, e) &&
			    strcmp(other, d->sha256) == 0;
		if (fd >= 0)
			close(fd);
		if (!same)
			return error_set(e, REASON_DENIED, PLACE_NONE,
					 "%s is there with other bytes", name);
		d->there = true;
		if (unlinkat(d->dir, DELIVER_PART, 0) != 0)
			return fail(e, DELIVER_PART);
	}
	close(d->fd);
	d->fd = -1;
	return sync_directory(d->dir, name, e);
}

void deliver_drop(struct deliver *d)
{
	if (d->fd >= 0) {
		close(d->fd);
		(void)unlinkat(d->dir, DELIVER_PART, 0);
	}
	hash_free(d->hash);
	d->hash = NULL;
	d->fd = -1;
}
