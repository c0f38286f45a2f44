/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/restore.h"
#include "recover/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Names that say how far the result can be trusted. */
static bool name_result(const char *path, struct restored *out, struct error *e)
{
	bool shown = out->proof.level != PROOF_NONE && !(out->proof.broken && out->lost == 0);

	return deliver_path(path, shown ? "" : ".unverified", out->name, sizeof out->name, e);
}

/* That the encrypted file cannot be read is no fault of the new tree: others may be. */
static bool unreadable(struct error *e)
{
	if (e->why == REASON_IO)
		e->why = REASON_DENIED;
	return false;
}

static bool unchanged(struct restore *t, int fd, const struct stat *before,
		      const struct restored *out, struct error *e)
{
	char after[65];
	struct stat now;

	if (fstat(fd, &now) != 0 || !same_stat(before, &now))
		return error_set(e, REASON_CHANGED, PLACE_NONE,
				 "the file changed while it was read");
	if (!deliver_digest(fd, t->room, after, e))
		return unreadable(e);
	return (strcmp(after, out->source) == 0 ||
		error_set(e, REASON_CHANGED, PLACE_NONE, "the file changed while it was read"));
}

/* An original that is being written. */
struct writing {
	int dir;
	const char *path; /* where it goes, by the name of the file */
	struct deliver to;
	bool broken;                  /* the new tree takes no more of it */
	char named[DELIVER_MAX_PATH]; /* with the name that the file itself says that it had, where
					 it says so */
};

static bool begin(void *ctx, const struct attacker_opened *o, struct error *e)
{
	struct writing *w = ctx;
	const char *slash = strrchr(w->path, '/');
	int dir = slash != NULL ? (int)(slash - w->path) + 1 : 0;
	struct attack_open named = { .from = 0 };

	if (o->name.n != 0)
		memcpy(named.name, o->name.p, o->name.n);
	struct span name = attack_name(&named, span_of(w->path + dir));
	if (snprintf(w->named, sizeof w->named, "%.*s%.*s", dir, w->path, (int)name.n,
		     (const char *)name.p) >= (int)sizeof w->named)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %d bytes",
				 DELIVER_MAX_PATH);
	w->broken = !deliver_begin(&w->to, w->dir, w->named, e);
	return !w->broken;
}

static bool data(void *ctx, struct span s, struct error *e)
{
	struct writing *w = ctx;

	w->broken = !deliver_write(&w->to, s, e);
	return !w->broken;
}

/* What was made is proven, and gets its name. */
static bool finish(struct restore *t, int fd, const struct stat *before,
		   const struct attacker_made *made, struct writing *w, struct restored *out,
		   struct error *e)
{
	struct timespec times[2] = { before->st_atim, before->st_mtim };
	mode_t mode = (made->mode != 0 ? made->mode : before->st_mode) & 0777;

	out->size = made->size;
	out->lost = made->lost;
	if (!prove(t, &w->to, w->named, out, e) || !unchanged(t, fd, before, out, e) ||
	    !name_result(w->named, out, e) || !deliver_seal(&w->to, mode, times, e))
		return false;
	memcpy(out->result, w->to.sha256, sizeof out->result);
	if (t->known != NULL && t->known(t->ctx, out->result)) {
		proof_set(&out->proof, PROOF_KNOWN, 256, "equal to a known original");
		out->proof.broken = false; /* it was so before */
		if (!name_result(w->named, out, e))
			return false;
	}
	return deliver_name(&w->to, out->name, t->room, e);
}

bool restore_file(struct restore *t, struct attacker *a, int fd, const char *path,
		  struct restored *out, struct error *e)
{
	const char *slash = strrchr(path, '/');
	struct writing w = { .dir = t->dir, .path = path, .to = { .fd = -1 } };
	const struct attacker_taker taker = { &w, begin, data };
	struct attacker_made made;
	struct stat before;

	*out = (struct restored){ .lost = 0 };
	if (fstat(fd, &before) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (!deliver_digest(fd, t->room, out->source, e))
		return unreadable(e);
	const struct attacker_file f = { fd, (uint64_t)before.st_size,
					 span_of(slash != NULL ? slash + 1 : path),
					 (int64_t)before.st_mtim.tv_sec };
	bool ok = attacker_make(a, &f, &taker, &made, e) || (w.broken ? false : unreadable(e));
	ok = ok && finish(t, fd, &before, &made, &w, out, e);
	out->there = w.to.there;
	deliver_drop(&w.to);
	return ok;
}
