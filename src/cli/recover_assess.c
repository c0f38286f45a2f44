/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/recover.h"
#include "recover/snapshot.h"
#include "report/recover_damage.h"
#include "sandbox/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* `recover assess`: what is lost of a tree, and what is whole. */

enum { MAX_OUTPUT = 256 << 20, PRINT_AT = 1 << 16 };

struct assessing {
	const struct recover_options *o;
	const struct identify *id;
	const char *root;
	struct examiner *x;
	struct recover_waiting waiting;
	struct assessment a;
	struct damage_tree tree;
	struct buf line;           /* not printed yet */
	struct recover_gaps *gaps; /* the caller's */
	uint64_t unread;           /* files that could not be read whole */
	uint64_t files, bytes;
	bool progress;
	int64_t shown; /* second */
};

static void flush_lines(struct assessing *s)
{
	fwrite(s->line.p, 1, s->line.n, stdout);
	buf_reset(&s->line);
}

static void show_progress(struct assessing *s)
{
	int64_t now = (int64_t)time(NULL);

	if (!s->progress || now == s->shown)
		return;
	s->shown = now;
	fprintf(stderr, "\r%llu files, %llu MB, %llu damaged ", (unsigned long long)s->files,
		(unsigned long long)(s->bytes >> 20),
		(unsigned long long)(s->tree.of[DAMAGE_FULL].files +
				     s->tree.of[DAMAGE_PARTLY].files));
}

static void tell_copy(void *ctx, const char *what, const char *where, const char *command)
{
	struct assessing *s = ctx;
	struct buf *out = &s->tree.copies;

	buf_printf(out, "  %s: ", what);
	text_escape(out, span_of(where));
	buf_put_text(out, "\n    ");
	text_show(out, span_of(command));
	buf_put_u8(out, '\n');
}

/* Seconds since 1970 of a FILETIME, which is in units of 100 ns since 1601. */
static void put_time(uint64_t made, struct buf *to)
{
	time_t t = (time_t)(made / 10000000) - 11644473600;
	struct tm at;
	char text[32];

	if (gmtime_r(&t, &at) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &at) != 0)
		buf_put_text(to, text);
}

static void tell_stores(struct assessing *s, const char *path, const struct snapshot_stores *copies)
{
	struct buf where;
	char command[64];

	buf_init(&where, 1 << 16);
	buf_put_text(&where, path);
	if (copies->n != 0)
		buf_printf(&where, " (%u: ", copies->n);
	for (unsigned i = 0; i < copies->n; i++) {
		buf_put_text(&where, i != 0 ? ", " : "");
		put_time(copies->made[i], &where);
	}
	buf_put_text(&where, copies->n != 0 ? " UTC)" : "");
	buf_put_u8(&where, 0);
	(void)snprintf(command, sizeof command, "vshadowinfo -o %llu IMAGE",
		       (unsigned long long)copies->at);
	if (buf_ok(&where))
		tell_copy(s,
			  copies->n != 0
				  ? "volume shadow copies in an image"
				  : "an image whose volume had shadow copies; none is listed any "
				    "more, but their stores may still be there",
			  (const char *)where.p, command);
	buf_release(&where);
}

static void assess_skipped(void *ctx, const char *path, const struct error *e)
{
	struct assessing *s = ctx;

	if (e->why == REASON_UNSUPPORTED)
		return;
	(void)recover_gap(s->gaps, path, e);
}

/* One file, whose signs are read. */
static void assess_one(struct assessing *s, const struct examine_file *file, const char *path,
		       const struct examine_look *look)
{
	struct assess_hint hint = { .original = file->name };
	struct snapshot_stores copies;
	bool failed;
	struct error e;

	const struct family *f =
		look->error.why == REASON_NONE ? identify_pick_signs(s->id, &look->signs) : NULL;
	if (f != NULL) {
		hint.original = family_original_name(f, file->name);
		hint.renamed = hint.original.n != file->name.n || family_number(f, "tail", 0) != 0;
	}
	if (!examine_assess(s->x, file, &hint, &s->a, &failed, &copies, &e)) {
		assess_skipped(s, path, &e);
		return;
	}
	if (copies.kept)
		tell_stores(s, path, &copies);
	s->files++;
	s->bytes += file->size;
	s->unread += failed;
	size_t n = strlen(s->root);
	const char *beneath =
		strncmp(path, s->root, n) == 0 && path[n] == '/' ? path + n + 1 : path;
	damage_add(&s->tree, beneath, &s->a);
	if (s->o->json)
		damage_json(path, &s->a, &s->line);
	else
		damage_line(path, &s->a, &s->line);
	if (s->line.n > PRINT_AT)
		flush_lines(s);
	show_progress(s);
}

static void assess_waiting(struct assessing *s)
{
	struct recover_waiting *w = &s->waiting;

	recover_waiting_look(w, s->x);
	for (size_t i = 0; i < w->n; i++)
		assess_one(s, &w->file[i], w->path[i], &w->look[i]);
	recover_waiting_reset(w);
}

static bool assess_found(void *ctx, int fd, uint64_t size, const char *path)
{
	struct assessing *s = ctx;

	if (!recover_waiting_add(&s->waiting, fd, size, path))
		return false;
	if (s->waiting.n == EXAMINE_MAX)
		assess_waiting(s);
	return true;
}

static int end_report(struct assessing *s)
{
	const struct damage_tree *t = &s->tree;
	struct error e;
	struct buf page;
	bool ok = true;

	if (s->progress)
		fputs("\r\033[K", stderr);
	if (s->o->json) {
		damage_summary_json(t, &s->line);
	} else {
		if (s->files != t->of[DAMAGE_NONE].files)
			buf_put_u8(&s->line, '\n');
		damage_summary(t, &s->line);
	}
	flush_lines(s);
	if (s->o->html != NULL) {
		buf_init(&page, MAX_OUTPUT);
		damage_html(t, s->root, &page);
		ok = buf_ok(&page) && io_replace(s->o->html, buf_span(&page), 0644, &e);
		buf_release(&page);
		if (!ok)
			return cli_fail("recover", "%s: %s", s->o->html, e.text);
	}
	if (!standard_written())
		return EXIT_CANNOT;
	if (t->of[DAMAGE_FULL].files + t->of[DAMAGE_PARTLY].files != 0)
		return EXIT_FOUND;
	return s->gaps->n + s->unread != 0 || t->of[DAMAGE_UNKNOWN].files != 0 ? EXIT_INCOMPLETE
									       : EXIT_CLEAN;
}

static int assess_paths(const struct recover_options *o, const struct identify *id,
			struct examiner *x, struct recover_gaps *gaps)
{
	struct assessing *s = calloc(1, sizeof *s);
	struct walk_options w = { .file = assess_found, .skipped = assess_skipped, .ctx = s };

	if (s == NULL)
		return cli_fail("recover", "no memory");
	s->o = o;
	s->id = id;
	s->x = x;
	s->gaps = gaps;
	s->progress = isatty(STDERR_FILENO) == 1;
	buf_init(&s->line, MAX_OUTPUT);
	buf_init(&s->tree.copies, 1 << 20);
	for (int i = 0; i < o->n_paths; i++) {
		s->root = o->path[i];
		snapshot_find(&snapshot_linux, "", s->root, tell_copy, s);
		bool more = walk_path(&w, s->root);
		assess_waiting(s);
		if (!more)
			break;
	}
	s->unread += !recover_examined(x);
	int status = end_report(s);
	buf_release(&s->line);
	buf_release(&s->tree.copies);
	free(s);
	return status;
}

int recover_assess(const struct recover_options *o)
{
	struct examiner *x = NULL;
	struct families f;
	struct identify id;
	struct error e;
	struct recover_gaps gaps;

	if (!recover_families(&f))
		return EXIT_CANNOT;
	if (!recover_examiner(&f, &x) || !identify_init(&id, &f, &e)) {
		examiner_free(x);
		families_release(&f);
		return x != NULL ? cli_fail("recover", "%s", e.text) : EXIT_CANNOT;
	}
	recover_gaps_init(&gaps);
	bool whole = recover_gather(&id, x, o->path, o->n_paths, &gaps);
	int status = assess_paths(o, &id, x, &gaps);
	recover_gaps_release(&gaps);
	examiner_free(x);
	identify_release(&id);
	families_release(&f);
	return whole || status != EXIT_CLEAN ? status : EXIT_INCOMPLETE;
}
