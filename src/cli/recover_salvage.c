/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "base/text.h"
#include "cli/place.h"
#include "cli/recover.h"
#include "recover/deliver.h"
#include "recover/journal.h"
#include "recover/salvage_ask.h"
#include "sandbox/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `recover salvage`: what is whole inside files that are not, into a new tree. */

enum { MAX_COMPONENT = 200, MAX_TWINS = 999 };

static const char journal_name[] = "salvage.journal";

struct salvaging {
	const struct recover_options *o;
	const struct identify *id;
	char worker[4096];
	struct journal journal;
	struct examiner *x;
	struct assessment *assessed;
	uint8_t *room;
	int into;
	const char *root;
	/* the file at hand */
	const char *path;
	char folder[DELIVER_MAX_PATH]; /* beneath the new tree: "a/b.docx.salvaged/" */
	struct stat before;
	struct error error;         /* of a piece that could not be written */
	struct salvage_piece piece; /* its name is gone */
	struct deliver to;
	bool dropped; /* nothing more of the piece is wanted */
	char name[DELIVER_MAX_PATH];
	uint64_t of_file[SALVAGE_STATES];
	char digest[65]; /* of the file, before */
	/* all of them */
	uint64_t files, intact, earlier, empty, failed, unread;
	struct recover_gaps gaps;
	uint64_t of[SALVAGE_STATES];
};

/* ---- names */

/* A name of strangers as a path beneath the folder: no way out of it, nothing too long. */
static void safe_name(const struct salvaging *g, const struct salvage_piece *p, char *to,
		      size_t max)
{
	static const char *const ends[SALVAGE_STATES] = { "", ".partial", ".unverified", "" };
	size_t n = (size_t)snprintf(to, max, "%s", g->folder), from = n, begun = n;

	for (size_t i = 0; i <= p->name.n && n + 16 < max; i++) {
		uint8_t c = i < p->name.n ? p->name.p[i] : '/';
		if (c != '/') {
			if (n - from < MAX_COMPONENT)
				to[n++] = c != 0 ? (char)c : '_';
			continue;
		}
		bool dots =
			n - from <= 2 && to[from] == '.' && (n - from == 1 || to[from + 1] == '.');
		if (n == from || (dots && n - from != 0)) {
			n = from; /* empty, or one that leads elsewhere */
			continue;
		}
		to[n++] = '/';
		from = n;
	}
	if (n == begun)
		n += (size_t)snprintf(to + n, max - n, "piece");
	else if (to[n - 1] == '/')
		n--;
	snprintf(to + n, max - n, "%s", ends[p->state]);
}

static bool folder_of(struct salvaging *g, const char *beneath)
{
	struct error e;

	if (!deliver_path(beneath, ".salvaged", g->folder, sizeof g->folder - MAX_COMPONENT - 1,
			  &e))
		return false;
	memcpy(g->folder + strlen(g->folder), "/", 2);
	return true;
}

/* ---- the journal */

static void put_name(struct json_writer *w, const char *key, const char *hex, const char *name)
{
	json_write_key(w, key);
	if (!json_write_bytes(w, span_of(name))) {
		json_write_key(w, hex);
		json_write_hex(w, span_of(name));
	}
}

static void piece_members(void *ctx, struct json_writer *w)
{
	const struct salvaging *g = ctx;
	const struct salvage_piece *p = &g->piece;

	put_name(w, "from", "from_hex", g->path);
	put_name(w, "piece", "piece_hex", g->name);
	if (p->at != PLACE_NONE) {
		json_write_key(w, "at");
		json_write_uint(w, p->at);
	}
	json_write_key(w, "size");
	json_write_uint(w, g->to.size);
	json_write_key(w, "sha256");
	json_write_text(w, g->to.sha256);
	json_write_key(w, "state");
	json_write_text(w, salvage_state_word(p->state));
	json_write_key(w, "level");
	json_write_uint(w, p->proof.level);
	json_write_key(w, "proof");
	(void)json_write_bytes(w, span_of(p->proof.what));
	json_write_key(w, "lost");
	json_write_uint(w, p->lost);
}

static void file_members(void *ctx, struct json_writer *w)
{
	const struct salvaging *g = ctx;

	put_name(w, "path", "path_hex", g->path);
	json_write_key(w, "source_sha256");
	json_write_text(w, g->digest);
	for (unsigned i = 0; i < SALVAGE_STATES; i++) {
		json_write_key(w, salvage_state_word((enum salvage_state)i));
		json_write_uint(w, g->of_file[i]);
	}
	json_write_key(w, "version");
	json_write_text(w, PELLUCID_VERSION);
}

/* ---- pieces */

static void tell_piece(const struct salvage_piece *p, const char *name)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	buf_printf(&line, "V%d ", (int)p->proof.level);
	text_escape(&line, span_of(name));
	buf_printf(&line, ": %s; ", salvage_state_word(p->state));
	text_show(&line, span_of(p->proof.what));
	if (p->lost != 0)
		buf_printf(&line, "; %llu bytes are lost", (unsigned long long)p->lost);
	buf_put_u8(&line, '\n');
	fwrite(line.p, 1, line.n, stdout);
	buf_release(&line);
}

/* Its name, or where another piece has that, one like it. */
static bool name_piece(struct salvaging *g, struct deliver *to, char *name, struct error *e)
{
	char other[DELIVER_MAX_PATH + 8];
	bool ok = deliver_name(to, name, g->room, e);

	for (unsigned i = 2; !ok && e->why == REASON_DENIED && i < MAX_TWINS; i++) {
		snprintf(other, sizeof other, "%s~%u", name, i);
		ok = strlen(other) < DELIVER_MAX_PATH && deliver_name(to, other, g->room, e);
		if (ok)
			memcpy(name, other, strlen(other) + 1);
	}
	return ok;
}

static bool seal_piece(struct salvaging *g, struct error *e)
{
	struct timespec times[2] = { g->before.st_atim, g->before.st_mtim };

	if (g->piece.mtime != 0)
		times[1] = (struct timespec){ .tv_sec = g->piece.mtime };
	return deliver_seal(&g->to, 0600, times, e) && name_piece(g, &g->to, g->name, e) &&
	       journal_add(&g->journal, piece_members, g, e);
}

/* Nothing more of this piece.  False: the disk is full, no other will fit. */
static bool give_up(struct salvaging *g, const struct error *e)
{
	deliver_drop(&g->to);
	g->dropped = true;
	g->failed++;
	recover_tell(g->path, e);
	g->error = *e;
	return e->why != REASON_IO;
}

static bool begin_piece(void *ctx, const struct salvage_piece *p, uint64_t size)
{
	struct salvaging *g = ctx;
	struct error e;

	(void)size;
	g->of[p->state]++;
	g->of_file[p->state]++;
	g->piece = *p;
	safe_name(g, p, g->name, DELIVER_MAX_PATH);
	g->dropped = p->state == SALVAGE_LOST;
	return g->dropped || deliver_begin(&g->to, g->into, g->name, &e) || give_up(g, &e);
}

static bool more_of_piece(void *ctx, struct span s)
{
	struct salvaging *g = ctx;
	struct error e;

	return g->dropped || deliver_write(&g->to, s, &e) || give_up(g, &e);
}

static bool end_piece(void *ctx, bool whole)
{
	struct salvaging *g = ctx;
	struct error e;

	if (g->piece.state == SALVAGE_LOST)
		tell_piece(&g->piece, g->name);
	if (g->dropped)
		return true;
	if (!whole)
		(void)error_set(&e, REASON_CHANGED, PLACE_NONE,
				"it became shorter, or cannot be read");
	if (!whole || !seal_piece(g, &e))
		return give_up(g, &e);
	deliver_drop(&g->to);
	tell_piece(&g->piece, g->name);
	return true;
}

static void take_note(void *ctx, const char *text)
{
	struct salvaging *g = ctx;
	struct buf line;

	g->unread += strncmp(text, "limit:", 6) == 0;
	buf_init(&line, 1 << 16);
	text_escape(&line, span_of(g->path));
	buf_put_text(&line, ": ");
	text_show(&line, span_of(text));
	buf_put_u8(&line, '\n');
	fwrite(line.p, 1, line.n, stdout);
	buf_release(&line);
}

/* ---- files */

/* The name that the file had, as far as its family tells. */
static struct span name_before(struct salvaging *g, int fd, uint64_t size, struct span name,
			       bool *renamed)
{
	struct examine_look look;

	*renamed = false;
	const struct family *f = recover_pick(g->id, g->x, fd, size, name, &look);
	if (f == NULL)
		return name;
	struct span original = family_original_name(f, name);
	*renamed = original.n != name.n;
	return original;
}

/* One whose worker did not live through it is not. */
static bool is_intact(struct salvaging *g, const struct examine_file *file, struct span original,
		      bool renamed)
{
	struct assess_hint hint = { .original = original, .renamed = renamed };
	struct snapshot_stores copies;
	bool failed;
	struct error e;

	if (!examine_assess(g->x, file, &hint, g->assessed, &failed, &copies, &e))
		return false;
	if (g->assessed->proof.kind ==
	    KIND_SQLITE) /* nothing in it shows that its pages are whole */
		return false;
	return (g->assessed->damage == DAMAGE_NONE || g->assessed->damage == DAMAGE_RENAMED) &&
	       (g->assessed->proof.level >= PROOF_STRUCTURE ||
		g->assessed->proof.kind == KIND_CRYPT || file->size == 0);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* All pieces of a file, and the line that ends it.  False: no more files are wanted. */
static bool salvage_one(struct salvaging *g, int fd, struct span original)
{
	const struct salvage_taker taker = { g, begin_piece, more_of_piece, end_piece, take_note };
	const struct examine_file file = { fd, (uint64_t)g->before.st_size, original };
	char after[65];
	struct stat now;
	bool failed;
	struct error e;

	if (!deliver_digest(fd, g->room, g->digest, &e)) {
		(void)recover_gap(&g->gaps, g->path, &e);
		return true;
	}
	g->error.why = REASON_NONE;
	memset(g->of_file, 0, sizeof g->of_file);
	bool ok = salvage_ask(g->worker, &file, &taker, &failed, &e);
	deliver_drop(&g->to);
	if (g->error.why == REASON_IO)
		return false;
	if (!ok) {
		g->failed++;
		recover_tell(g->path, &e);
		return true;
	}
	if (fstat(fd, &now) != 0 || !same_file(&g->before, &now) ||
	    !deliver_digest(fd, g->room, after, &e) || strcmp(g->digest, after) != 0) {
		g->failed++;
		(void)cli_fail("recover", "%s: changed: it was written to while it was read",
			       g->path);
		return true;
	}
	g->unread += failed;
	uint64_t all = 0;
	for (unsigned i = 0; i < SALVAGE_STATES; i++)
		all += g->of_file[i];
	g->empty += all == 0;
	if (all == 0)
		take_note(g, "nothing that is known is whole in it");
	if (!journal_add(&g->journal, file_members, g, &e)) {
		(void)cli_fail("recover", "%s", e.text);
		return false;
	}
	return true;
}

/* An earlier run took what this file holds; one that has its name only is another. */
static bool is_done(struct salvaging *g, int fd, const char *path)
{
	struct error e;

	return journal_has_path(&g->journal, span_of(path)) &&
	       deliver_digest(fd, g->room, g->digest, &e) &&
	       journal_has(&g->journal, span_of(path), g->digest);
}

static bool salvage_path(void *ctx, int fd, uint64_t size, const char *path)
{
	struct salvaging *g = ctx;
	size_t n = strlen(g->root);
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	const char *beneath =
		strncmp(path, g->root, n) == 0 && path[n] == '/' ? path + n + 1 : name;
	bool named = strcmp(path, g->root) == 0, renamed, go_on = true;
	const struct examine_file file = { fd, size, span_of(name) };
	struct error e;

	while (*beneath == '/')
		beneath++;
	g->path = path;
	struct span original = name_before(g, fd, size, span_of(name), &renamed);
	if (is_done(g, fd, path)) {
		g->earlier++;
	} else if (!named && is_intact(g, &file, original, renamed)) {
		g->intact++;
	} else if (fstat(fd, &g->before) == 0 && folder_of(g, beneath)) {
		g->files++;
		go_on = salvage_one(g, fd, original);
	} else {
		(void)error_set(&e, REASON_DENIED, PLACE_NONE,
				"it cannot be looked at, or has no "
				"place in the new tree");
		(void)recover_gap(&g->gaps, path, &e);
	}
	close(fd);
	return go_on;
}

static void skipped(void *ctx, const char *path, const struct error *e)
{
	struct salvaging *g = ctx;

	if (e->why == REASON_UNSUPPORTED)
		return;
	(void)recover_gap(&g->gaps, path, e);
}

/* ---- */

static int salvage_paths(struct salvaging *g)
{
	struct walk_options w = { .file = salvage_path, .skipped = skipped, .ctx = g };
	bool whole = true;

	for (int i = 0; whole && i < g->o->n_paths; i++) {
		g->root = g->o->path[i];
		whole = walk_path(&w, g->root);
	}
	g->unread += !recover_examined(g->x);
	printf("%llu files: %llu pieces whole, %llu partial, %llu unproven, %llu lost; %llu files "
	       "were done before, %llu are intact\n",
	       (unsigned long long)g->files, (unsigned long long)g->of[SALVAGE_WHOLE],
	       (unsigned long long)g->of[SALVAGE_PARTIAL],
	       (unsigned long long)g->of[SALVAGE_UNSURE], (unsigned long long)g->of[SALVAGE_LOST],
	       (unsigned long long)g->earlier, (unsigned long long)g->intact);
	if (!standard_written() || !whole)
		return EXIT_CANNOT;
	bool all = g->of[SALVAGE_PARTIAL] + g->of[SALVAGE_UNSURE] + g->of[SALVAGE_LOST] + g->empty +
			   g->failed + g->unread + g->gaps.n + g->journal.n_wanting ==
		   0;
	return all ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

static bool open_into(struct salvaging *g, const struct recover_options *o)
{
	struct error e;

	if (!recover_apart(o))
		return false;
	if (mkdir(o->into, 0700) != 0 && errno != EEXIST) {
		(void)cli_fail("recover", "%s: %s", o->into, strerror(errno));
		return false;
	}
	g->into = open(o->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->into < 0 || !journal_open(&g->journal, g->into, journal_name, &e) ||
	    !deliver_lock(g->into, &e)) {
		(void)cli_fail("recover", "%s: %s", o->into,
			       g->into < 0 ? strerror(errno) : e.text);
		return false;
	}
	return true;
}

static int salvage_with(struct salvaging *g, const struct recover_options *o)
{
	struct families f;
	struct identify id;
	struct error e;
	if (!place_of("pellucid-worker", g->worker, sizeof g->worker))
		return cli_fail("recover", "pellucid-worker is not installed");
	g->room = malloc(2 * (size_t)REGION_MAX);
	g->assessed = malloc(sizeof *g->assessed);
	if (g->room == NULL || g->assessed == NULL)
		return cli_fail("recover", "no memory");
	if (!open_into(g, o) || !recover_families(&f))
		return EXIT_CANNOT;
	if (!recover_examiner(&f, &g->x)) {
		families_release(&f);
		return EXIT_CANNOT;
	}
	int status = EXIT_CANNOT;
	if (!identify_init(&id, &f, &e)) {
		(void)cli_fail("recover", "%s", e.text);
	} else if (recover_gather(&id, g->x, o->path, o->n_paths, &g->gaps)) {
		g->id = &id;
		status = salvage_paths(g);
	}
	identify_release(&id);
	families_release(&f);
	return status;
}

int recover_salvage(const struct recover_options *o)
{
	struct salvaging *g = calloc(1, sizeof *g);

	if (o->into == NULL) {
		free(g);
		return cli_fail("recover", "--into NEW is wanted: where the pieces go");
	}
	if (g == NULL)
		return cli_fail("recover", "no memory");
	g->o = o;
	g->into = -1;
	g->to.fd = -1;
	g->journal.fd = -1;
	buf_init(&g->journal.done, 0);
	recover_gaps_init(&g->gaps);
	int status = salvage_with(g, o);
	journal_close(&g->journal);
	if (g->into >= 0)
		close(g->into);
	examiner_free(g->x);
	recover_gaps_release(&g->gaps);
	free(g->assessed);
	free(g->room);
	free(g);
	return status;
}
