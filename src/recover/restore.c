/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/restore.h"
#include "recover/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pieces of the original, one after another. */
static bool write_pieces(struct restore *t, struct attack *a, struct region *r,
			 struct attack_open *o, struct deliver *to, struct error *e)
{
	uint8_t *piece = t->room + REGION_MAX;
	bool ok = true;

	for (uint64_t at = 0; ok && at < o->body;) {
		size_t n = o->body - at < ATTACK_PIECE ? (size_t)(o->body - at) : ATTACK_PIECE;
		if (!attack_piece(r, o, at, piece, n, e))
			return false;
		size_t keep = at >= o->size ? 0 : o->size - at < n ? (size_t)(o->size - at) : n;
		ok = a->engine->step(a, o, at, piece, n, e);
		/* the last step may have told the size */
		keep = at >= o->size ? 0 : o->size - at < keep ? (size_t)(o->size - at) : keep;
		ok = ok && deliver_write(to, (struct span){ piece, keep }, e);
		at += n;
	}
	return ok;
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ino == b->st_ino;
}

/* What can be shown of the result.  The worker reads it by a descriptor that cannot write. */
static bool prove(struct restore *t, struct deliver *to, const char *path, struct restored *out,
		  struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct span name = span_of(slash != NULL ? slash + 1 : path);
	char own[64];

	(void)snprintf(own, sizeof own, "/proc/self/fd/%d", to->fd);
	int fd = open(own, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	const struct examine_file file = { fd, to->size, name };
	bool ok = examine_prove(t->x, &file, kind_of_name(name), &out->proof, e);
	close(fd);
	return ok;
}

static bool write_part(struct restore *t, struct attack *a, struct region *r, struct attack_open *o,
		       struct deliver *to, const char *path, struct restored *out, struct error *e)
{
	bool ok = deliver_begin(to, t->dir, path, e) && write_pieces(t, a, r, o, to, e);

	if (a->engine->close != NULL)
		a->engine->close(o);
	if (!ok)
		return false;
	out->size = o->size;
	for (unsigned i = 0; i < o->n_lost; i++)
		out->lost += o->lost[i].n;
	return prove(t, to, path, out, e);
}

/* Names that say how far the result can be trusted. */
static bool name_result(const char *path, struct restored *out, struct error *e)
{
	bool shown = out->proof.level != PROOF_NONE && !(out->proof.broken && out->lost == 0);
	int n = snprintf(out->name, sizeof out->name, "%s%s", path, shown ? "" : ".unverified");

	return n < (int)sizeof out->name ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes", sizeof out->name);
}

/* The path with the name that the file itself says that it had, where it says so. */
static bool name_from_file(const char *path, const struct attack_open *o, char *to, struct error *e)
{
	const char *slash = strrchr(path, '/');
	int dir = slash != NULL ? (int)(slash - path) + 1 : 0;
	struct span name = attack_name(o, span_of(path + dir));
	int n = snprintf(to, DELIVER_MAX_PATH, "%.*s%.*s", dir, path, (int)name.n,
			 (const char *)name.p);

	return n < DELIVER_MAX_PATH ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %d bytes", DELIVER_MAX_PATH);
}

static bool unchanged(struct restore *t, int fd, const struct stat *before,
		      const struct restored *out, struct error *e)
{
	char after[65];
	struct stat now;

	if (fstat(fd, &now) != 0 || !same_stat(before, &now))
		return error_set(e, REASON_CHANGED, PLACE_NONE,
				 "the file changed while it was read");
	return deliver_digest(fd, t->room, after, e) &&
	       (strcmp(after, out->source) == 0 ||
		error_set(e, REASON_CHANGED, PLACE_NONE, "the file changed while it was read"));
}

bool restore_file(struct restore *t, struct attack *a, int fd, const char *path,
		  struct restored *out, struct error *e)
{
	const char *slash = strrchr(path, '/');
	char named[DELIVER_MAX_PATH];
	struct attack_open o = { .from = 0 };
	struct deliver to = { .fd = -1 };
	struct stat before;
	struct region r;

	*out = (struct restored){ .lost = 0 };
	if (fstat(fd, &before) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (!deliver_digest(fd, t->room, out->source, e))
		return false;
	region_of_fd(&r, fd, (uint64_t)before.st_size, t->room);
	struct attack_file f = { &r, span_of(slash != NULL ? slash + 1 : path),
				 (int64_t)before.st_mtim.tv_sec };
	if (!a->engine->open(a, &f, &o, e))
		return false;
	if (!name_from_file(path, &o, named, e)) {
		if (a->engine->close != NULL)
			a->engine->close(&o);
		return false;
	}
	bool ok = write_part(t, a, &r, &o, &to, named, out, e) &&
		  unchanged(t, fd, &before, out, e) && name_result(named, out, e);
	struct timespec times[2] = { before.st_atim, before.st_mtim };
	ok = ok && deliver_seal(&to, (o.mode != 0 ? o.mode : before.st_mode) & 0777, times, e);
	if (ok) {
		memcpy(out->result, to.sha256, sizeof out->result);
		if (t->known != NULL && t->known(t->ctx, out->result)) {
			proof_set(&out->proof, PROOF_KNOWN, 256, "equal to a known original");
			out->proof.broken = false; /* it was so before */
			ok = name_result(named, out, e);
		}
	}
	ok = ok && deliver_name(&to, out->name, t->room, e);
	out->there = to.there;
	deliver_drop(&to);
	return ok;
}
