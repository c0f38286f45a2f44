/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/recover.h"
#include "recover/deliver.h"
#include "recover/journal.h"
#include "recover/restore.h"
#include "sandbox/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* `recover try` and `recover run`. */

enum {
	MAX_OUTPUT = 256 << 20,
	MARGIN = 5 /* of a hundred: space beyond what the originals take */
};

static const char journal_name[] = "recover.journal";

struct running {
	struct recover_plan plan;
	struct restore to;
	struct journal journal;
	struct buf known; /* digests, 64 characters each */
	const char *root;
	uint64_t done, failed, unverified, before;
	enum proof_level least;
	/* the line that is being journalled */
	const char *path;
	const struct family *family;
	const struct attacker *attack;
	const struct restored *result;
};

int recover_try(const struct recover_options *o)
{
	struct recover_plan p;
	struct buf out;
	bool all = true, any = false;

	if (!recover_plan_open(&p, o)) {
		recover_plan_close(&p);
		return EXIT_CANNOT;
	}
	buf_init(&out, MAX_OUTPUT);
	recover_plan_tell(&p, &out);
	for (size_t i = 0; i < p.families.n; i++) {
		all = all && (p.part[i].files == 0 || p.part[i].ready);
		any = any || (p.part[i].files != 0 && p.part[i].ready);
	}
	if (any)
		buf_put_text(
			&out,
			"Nothing was written: `pellucid recover run --into NEW TREE` writes the "
			"originals, to a new directory NEW.\n");
	int status = !all || p.gaps.n != 0 || p.nobodys != 0 ? EXIT_INCOMPLETE
		     : p.files == 0                          ? EXIT_CLEAN
							     : EXIT_FOUND;
	recover_plan_close(&p);
	return recover_print(&out, status);
}

/* ---- before anything is written */

/* The new tree lies outside of every tree, and none of these in it. */
/* The path without links, of what is there or of what its directory could get. */
static bool real_place(const char *path, char out[PATH_MAX])
{
	char above[PATH_MAX], real[PATH_MAX];
	size_t n = strlen(path);

	if (realpath(path, out) != NULL)
		return true;
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (errno != ENOENT || snprintf(above, sizeof above, "%.*s", (int)n, path) >= PATH_MAX)
		return false;
	char *slash = strrchr(above, '/');
	const char *last = slash != NULL ? slash + 1 : above;
	const char *directory = slash == NULL ? "." : slash == above ? "/" : above;

	if (slash != NULL)
		*slash = '\0';
	if (realpath(directory, real) == NULL)
		return false;
	return snprintf(out, PATH_MAX, "%s/%s", real[1] != '\0' ? real : "", last) < PATH_MAX;
}

bool recover_apart(const struct recover_options *o)
{
	char into[PATH_MAX], tree[PATH_MAX];

	if (!real_place(o->into, into)) {
		(void)cli_fail("recover", "%s: %s", o->into, strerror(errno));
		return false;
	}
	for (int i = 0; i < o->n_paths; i++) {
		if (realpath(o->path[i], tree) == NULL) {
			(void)cli_fail("recover", "%s: %s", o->path[i], strerror(errno));
			return false;
		}
		size_t a = strlen(into), b = strlen(tree), n = a < b ? a : b;
		if (strncmp(into, tree, n) == 0 &&
		    (a == b || (a < b ? tree : into)[n] == '/' || n == 1)) {
			(void)cli_fail("recover",
				       "%s and %s lie within each other: the new tree must "
				       "be apart",
				       o->into, o->path[i]);
			return false;
		}
	}
	return true;
}

static bool open_into(struct running *r, const struct recover_options *o)
{
	struct statvfs fs;
	struct error e;

	if (!recover_apart(o))
		return false;
	if (mkdir(o->into, 0700) != 0 && errno != EEXIST) {
		(void)cli_fail("recover", "%s: %s", o->into, strerror(errno));
		return false;
	}
	r->to.dir = open(o->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->to.dir < 0 || fstatvfs(r->to.dir, &fs) != 0) {
		(void)cli_fail("recover", "%s: %s", o->into, strerror(errno));
		return false;
	}
	uint64_t have = (uint64_t)fs.f_bavail * fs.f_frsize;
	uint64_t want = r->plan.bytes / 100 * (100 + MARGIN);
	if (have < want) {
		(void)cli_fail("recover", "%s: %llu bytes are free, %llu are wanted", o->into,
			       (unsigned long long)have, (unsigned long long)want);
		return false;
	}
	if (!journal_open(&r->journal, r->to.dir, journal_name, &e) ||
	    !deliver_lock(r->to.dir, &e)) {
		(void)cli_fail("recover", "%s: %s", o->into, e.text);
		return false;
	}
	return true;
}

static bool still_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct recover_plan *p = ctx;
	struct stat st;

	if (recover_plan_pick(p, fd, size, path) != NULL && fstat(fd, &st) == 0) {
		uint64_t seen[] = { hash_fnv(span_of(path)), size, (uint64_t)st.st_mtim.tv_sec,
				    (uint64_t)st.st_mtim.tv_nsec };
		p->print -= hash_fnv((struct span){ (const uint8_t *)seen, sizeof seen });
	}
	close(fd);
	return true;
}

static void still_skipped(void *ctx, const char *path, const struct error *e)
{
	(void)ctx;
	(void)path;
	(void)e;
}

/* Files that still change belong to an attack that is still going on. */
static bool is_still(struct recover_plan *p)
{
	struct walk_options w = { .file = still_file, .skipped = still_skipped, .ctx = p };

	if (p->o->isolated)
		return true;
	if (p->o->settle != 0) {
		fprintf(stderr,
			"pellucid recover: waiting %u second%s, to see whether files still "
			"change\n",
			p->o->settle, p->o->settle == 1 ? "" : "s");
		sleep(p->o->settle);
	}
	for (int i = 0; i < p->o->n_paths; i++)
		if (!walk_path(&w, p->o->path[i]))
			return false;
	if (p->print == 0)
		return true;
	(void)cli_fail("recover", "files are still changing: isolate the machine first "
				  "(--i-have-isolated overrides)");
	return false;
}

/* ---- known originals */

static bool is_known(void *ctx, const char *digest)
{
	const struct buf *known = ctx;

	for (size_t i = 0; i + 64 <= known->n; i += 64)
		if (memcmp(known->p + i, digest, 64) == 0)
			return true;
	return false;
}

static bool read_known(struct running *r, const char *path)
{
	struct error e;
	struct buf text;

	buf_init(&text, 64 << 20);
	bool ok = io_read_file(path, &text, &e);
	struct cursor c = cursor_of(buf_span(&text));
	while (ok && cursor_left(&c) > 0) {
		struct span line = cursor_line(&c, 65536);
		if (!cursor_ok(&c))
			break;
		if (line.n > 64 && line.p[64] == ' ')
			buf_put(&r->known, line.p, 64);
	}
	buf_release(&text);
	if (!ok)
		(void)cli_fail("recover", "%s: %s", path, e.text);
	return ok;
}

/* ---- writing */

static void write_members(void *ctx, struct json_writer *w)
{
	const struct running *r = ctx;
	const struct restored *d = r->result;

	json_write_key(w, "path");
	if (!json_write_bytes(w, span_of(r->path))) {
		json_write_key(w, "path_hex");
		json_write_hex(w, span_of(r->path));
	}
	json_write_key(w, "family");
	(void)json_write_bytes(w, r->family->id);
	json_write_key(w, "key");
	json_write_text(w, r->attack->what);
	json_write_key(w, "source_sha256");
	json_write_text(w, d->source);
	json_write_key(w, "result");
	(void)json_write_bytes(w, span_of(d->name));
	json_write_key(w, "result_sha256");
	json_write_text(w, d->result);
	json_write_key(w, "level");
	json_write_uint(w, d->proof.level);
	json_write_key(w, "proof");
	(void)json_write_bytes(w, span_of(d->proof.what));
	json_write_key(w, "bits");
	json_write_uint(w, d->proof.bits);
	json_write_key(w, "lost");
	json_write_uint(w, d->lost);
	json_write_key(w, "isolated_by_user");
	json_write_bool(w, r->plan.o->isolated);
	json_write_key(w, "version");
	json_write_text(w, PELLUCID_VERSION);
}

static void tell_file(const struct running *r, const char *to, const struct restored *d)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	buf_printf(&line, "V%d ", (int)d->proof.level);
	text_escape(&line, span_of(to));
	buf_put_text(&line, ": ");
	text_show(&line, span_of(d->proof.level == PROOF_NONE ? "plausible, cannot be proven"
							      : d->proof.what));
	if (d->lost != 0)
		buf_printf(&line, "; %llu bytes are lost and left as they were",
			   (unsigned long long)d->lost);
	buf_put_u8(&line, '\n');
	fwrite(line.p, 1, line.n, stdout);
	buf_release(&line);
	(void)r;
}

static bool run_one(struct running *r, int fd, const char *path, const struct family *f,
		    struct attacker *a, struct error *e)
{
	static const char *const none = "";
	size_t n = strlen(r->root);
	const char *beneath =
		strncmp(path, r->root, n) == 0 && path[n] == '/' ? path + n + 1 : none;
	char to[RESTORE_MAX_PATH];
	struct restored d;

	if (beneath == none)
		beneath = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	while (*beneath == '/')
		beneath++;
	const char *slash = strrchr(beneath, '/');
	size_t dir = slash != NULL ? (size_t)(slash - beneath) + 1 : 0;
	struct span name = family_original_name(f, span_of(beneath + dir));
	if (snprintf(to, sizeof to, "%.*s%.*s", (int)dir, beneath, (int)name.n,
		     (const char *)name.p) >= (int)sizeof to)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "a path of over %zu bytes",
				 sizeof to);
	if (!restore_file(&r->to, a, fd, to, &d, e))
		return false;
	r->path = path;
	r->family = f;
	r->attack = a;
	r->result = &d;
	if (!journal_add(&r->journal, write_members, r, e))
		return false;
	tell_file(r, d.name, &d);
	r->done++;
	r->unverified += d.proof.level == PROOF_NONE || d.proof.broken || d.lost != 0;
	r->least = d.proof.level < r->least ? d.proof.level : r->least;
	return true;
}

/* It could be read before, or it was told then. */
static void run_skipped(void *ctx, const char *path, const struct error *e)
{
	struct running *r = ctx;

	if (e->why != REASON_UNSUPPORTED)
		r->failed += recover_gap(&r->plan.gaps, path, e);
}

/* An earlier run made what this file holds; one that has its name only is another. */
static bool is_done(struct running *r, int fd, const char *path)
{
	char digest[JOURNAL_DIGEST + 1];
	struct error e;

	return journal_has_path(&r->journal, span_of(path)) &&
	       deliver_digest(fd, r->to.room, digest, &e) &&
	       journal_has(&r->journal, span_of(path), digest);
}

static bool run_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct running *r = ctx;
	const struct family *f = recover_plan_pick(&r->plan, fd, size, path);
	struct error e;
	bool go_on = true;

	if (f == NULL && r->plan.look.error.why != REASON_NONE)
		run_skipped(r, path, &r->plan.look.error);
	if (f != NULL && is_done(r, fd, path)) {
		r->before++;
	} else if (f != NULL) {
		struct recover_part *part = &r->plan.part[f - r->plan.families.list];
		if (!part->ready) {
			r->failed++;
		} else if (!run_one(r, fd, path, f, part->attack, &e)) {
			r->failed++;
			recover_tell(path, &e);
			go_on = e.why != REASON_IO;
		}
	}
	close(fd);
	return go_on;
}

static bool run_all(struct running *r)
{
	struct walk_options w = { .file = run_file, .skipped = run_skipped, .ctx = r };

	for (int i = 0; i < r->plan.o->n_paths; i++) {
		r->root = r->plan.o->path[i];
		if (!walk_path(&w, r->root))
			return false;
	}
	return true;
}

static int run(struct running *r, const struct recover_options *o)
{
	struct buf out;

	if (o->known != NULL && !read_known(r, o->known))
		return EXIT_CANNOT;
	if (!recover_plan_open(&r->plan, o))
		return EXIT_CANNOT;
	buf_init(&out, MAX_OUTPUT);
	recover_plan_tell(&r->plan, &out);
	if (recover_print(&out, 0) != 0 || !is_still(&r->plan) || !open_into(r, o))
		return EXIT_CANNOT;
	r->to.x = r->plan.x;
	bool whole = run_all(r);
	r->plan.gaps.n += !recover_examined(r->plan.x);
	printf("%llu recovered, %llu were there already, %llu could not be recovered; %llu are "
	       "partial or unproven\n",
	       (unsigned long long)r->done, (unsigned long long)r->before,
	       (unsigned long long)r->failed,
	       (unsigned long long)(r->unverified + r->journal.n_wanting));
	if (!standard_written() || !whole)
		return EXIT_CANNOT;
	if (r->failed == 0) /* nothing is left to be searched for */
		recover_watch_forget(&r->plan.watch);
	bool all = r->failed == 0 && r->unverified + r->journal.n_wanting == 0 &&
		   r->plan.gaps.n == 0 && r->plan.nobodys == 0;
	return all ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int recover_run(const struct recover_options *o)
{
	struct running *r = calloc(1, sizeof *r);
	int status = EXIT_CANNOT;

	if (o->into == NULL) {
		free(r);
		return cli_fail("recover", "--into NEW is wanted: where the originals go");
	}
	if (!recover_apart(o)) { /* before all that takes long */
		free(r);
		return EXIT_CANNOT;
	}
	if (r == NULL || (r->to.room = malloc(REGION_MAX)) == NULL) {
		free(r);
		return cli_fail("recover", "no memory");
	}
	r->to.dir = -1;
	r->journal.fd = -1;
	r->least = PROOF_KNOWN;
	buf_init(&r->known, 64 << 20);
	buf_init(&r->journal.done, 0);
	r->to.known = is_known;
	r->to.ctx = &r->known;
	status = run(r, o);
	journal_close(&r->journal);
	if (r->to.dir >= 0)
		close(r->to.dir);
	recover_plan_close(&r->plan);
	buf_release(&r->known);
	free(r->to.room);
	free(r);
	return status;
}
