/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/restore.h"
#include "base/hash.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct error *e, const char *name)
{
	return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", name, strerror(errno));
}

bool restore_directories(int dir, const char *path, struct error *e)
{
	char at[RESTORE_MAX_PATH];

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

/* The digest of all bytes of an open file. */
static bool digest_of(int fd, uint8_t *room, char *hex, struct error *e)
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

/* The pieces of the original, one after another, to an open file. */
static bool write_pieces(struct restore *t, struct attack *a, struct region *r,
			 struct attack_open *o, int to, char *hex, struct error *e)
{
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[HASH_MAX_SIZE], *piece = t->room + REGION_MAX;
	bool ok = h != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "no SHA-256");

	for (uint64_t at = 0; ok && at < o->body;) {
		size_t n = o->body - at < REGION_MAX ? (size_t)(o->body - at) : REGION_MAX;
		struct span s = region_get(r, o->from + at, n);
		if (s.n != n) {
			ok = error_set(e, REASON_CHANGED, at, "it became shorter");
			break;
		}
		memcpy(piece, s.p, n);
		ok = a->engine->step(a, o, at, piece, n, e);
		size_t keep = at >= o->size ? 0 : o->size - at < n ? (size_t)(o->size - at) : n;
		if (ok) {
			hash_add(h, (struct span){ piece, keep });
			ok = io_write(to, piece, keep, e);
		}
		at += n;
	}
	if (ok && hash_end(h, digest))
		hex_text(digest, 32, hex);
	hash_free(h);
	return ok;
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ino == b->st_ino;
}

/* What can be shown of the result. */
static void prove(struct restore *t, int to, const char *path, struct restored *out)
{
	const char *slash = strrchr(path, '/');
	struct region r;

	region_of_fd(&r, to, out->size, t->room);
	proof_of(&r, kind_of_name(span_of(slash != NULL ? slash + 1 : path)), true, &out->proof);
	if (t->known != NULL && t->known(t->ctx, out->result))
		proof_set(&out->proof, PROOF_KNOWN, 256, "equal to a known original");
}

/* The name, which must not be there; or is there with the same bytes. */
static bool give_name(struct restore *t, const char *part, struct restored *out, struct error *e)
{
	char other[65];

	if (renameat2(t->dir, part, t->dir, out->name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EEXIST)
		return fail(e, out->name);
	int fd = openat(t->dir, out->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd >= 0 && digest_of(fd, t->room, other, e) && strcmp(other, out->result) == 0;
	if (fd >= 0)
		close(fd);
	if (!same)
		return error_set(e, REASON_DENIED, PLACE_NONE, "%s is there with other bytes",
				 out->name);
	out->there = true;
	return unlinkat(t->dir, part, 0) == 0 || fail(e, part);
}

static bool write_part(struct restore *t, struct attack *a, struct region *r, struct attack_open *o,
		       int to, const struct stat *before, const char *path, struct restored *out,
		       struct error *e)
{
	struct timespec times[2] = { before->st_atim, before->st_mtim };

	if (!write_pieces(t, a, r, o, to, out->result, e))
		return false;
	out->size = o->size;
	for (unsigned i = 0; i < o->n_lost; i++)
		out->lost += o->lost[i].n;
	prove(t, to, path, out);
	(void)fchmod(to, (o->mode != 0 ? o->mode : before->st_mode) & 0777);
	(void)futimens(to, times);
	return fsync(to) == 0 || fail(e, path);
}

/* Names that say how far the result can be trusted. */
static bool name_result(const char *path, struct restored *out, struct error *e)
{
	bool shown = out->proof.level != PROOF_NONE && !(out->proof.broken && out->lost == 0);
	int n = snprintf(out->name, sizeof out->name, "%s%s", path, shown ? "" : ".unverified");

	return n < (int)sizeof out->name ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes", sizeof out->name);
}

bool restore_file(struct restore *t, struct attack *a, int fd, const char *path,
		  struct restored *out, struct error *e)
{
	const char *slash = strrchr(path, '/');
	char part[RESTORE_MAX_PATH], after[65];
	struct attack_open o = { .from = 0 };
	struct stat before, now;
	struct region r;
	int to = -1;

	*out = (struct restored){ .lost = 0 };
	if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes",
				 sizeof part);
	if (fstat(fd, &before) != 0)
		return fail(e, path);
	region_of_fd(&r, fd, (uint64_t)before.st_size, t->room);
	struct attack_file f = { &r, span_of(slash != NULL ? slash + 1 : path),
				 (int64_t)before.st_mtim.tv_sec };
	if (!digest_of(fd, t->room, out->source, e))
		return false;
	r.n = 0; /* the room was used */
	if (!a->engine->open(a, &f, &o, e))
		return false;
	bool ok = restore_directories(t->dir, path, e);
	if (ok) {
		(void)unlinkat(t->dir, part, 0); /* what a kill left */
		to = openat(t->dir, part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		ok = to >= 0 || fail(e, part);
	}
	ok = ok && write_part(t, a, &r, &o, to, &before, path, out, e);
	if (a->engine->close != NULL)
		a->engine->close(&o);
	if (ok && (fstat(fd, &now) != 0 || !same_stat(&before, &now) ||
		   !digest_of(fd, t->room, after, e) || strcmp(after, out->source) != 0))
		ok = error_set(e, REASON_CHANGED, PLACE_NONE, "the file changed while it was read");
	ok = ok && name_result(path, out, e) && give_name(t, part, out, e);
	if (to >= 0)
		close(to);
	if (!ok && to >= 0)
		(void)unlinkat(t->dir, part, 0);
	return ok;
}
