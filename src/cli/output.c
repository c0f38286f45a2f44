/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"
#include "base/text.h"
#include "engine/verdict_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_LINE = 1 << 30, SHOWS_A_SECOND = 4, NAMES_SHOWN = 10 };

static double elapsed(const struct output *o)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - o->begun.tv_sec) + 1e-9 * (double)(t.tv_nsec - o->begun.tv_nsec);
}

static void flush_line(struct output *o)
{
	if (o->progress && o->line.n != 0)
		fputs("\r\033[K", stderr);
	fwrite(o->line.p, 1, o->line.n, stdout);
	if (o->progress && o->line.n != 0)
		fflush(stdout);
	buf_reset(&o->line);
}

/* ---- progress */

static void put_remaining(const struct output *o, double t, struct buf *b)
{
	uint64_t total = o->total != NULL ? atomic_load(&o->total->bytes) : 0;

	if (o->total == NULL || total <= o->bytes || o->bytes == 0)
		return;
	double left = t * (double)(total - o->bytes) / (double)o->bytes;
	/* while the tree is still being counted there may be more */
	buf_printf(b, ", %s%d:%02d left", atomic_load(&o->total->known) ? "" : "over ",
		   (int)left / 60, (int)left % 60);
}

static void show_progress(struct output *o, struct span path)
{
	double t = elapsed(o);
	int64_t now = (int64_t)(t * SHOWS_A_SECOND);
	struct buf b, name;

	if (!o->progress || now == o->last_shown)
		return;
	o->last_shown = now;
	buf_init(&b, 4096);
	buf_init(&name, 1 << 16);
	buf_printf(&b, "%" PRIu64 " objects, %.0f MB, %.0f MB/s", o->objects,
		   (double)o->bytes / 1e6, (double)o->bytes / 1e6 / t);
	put_remaining(o, t, &b);
	text_escape(&name, path);
	if (b.n + 12 < o->width) {
		size_t room = o->width - b.n - 4;
		buf_put_text(&b, "  ");
		if (name.n > room)
			buf_put_span(&b, span_cut(buf_span(&name), name.n - room, room));
		else
			buf_put_span(&b, buf_span(&name));
	}
	/* in the last column, some terminals go on to the next line */
	if (b.n >= o->width)
		b.n = o->width - 1;
	fprintf(stderr, "\r\033[K%.*s", (int)b.n, (const char *)b.p);
	buf_release(&b);
	buf_release(&name);
}

/* ---- objects */

bool output_begin(struct output *o, const struct db *db, struct error *e)
{
	struct winsize w;

	o->db = db;
	buf_init(&o->line, MAX_LINE);
	buf_init(&o->lost_names, MAX_LINE);
	clock_gettime(CLOCK_MONOTONIC, &o->begun);
	o->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col != 0 ? w.ws_col : 80;
	return o->format != OUTPUT_SARIF || sarif_begin(&o->sarif, db, &o->line, e);
}

static void put_object(struct output *o, struct span path, const struct verdict *v)
{
	struct json_writer j;

	switch (o->format) {
	case OUTPUT_HUMAN:
		human_object(&o->human, o->db, path, v, &o->line);
		break;
	case OUTPUT_JSON:
		json_write_init(&j, &o->line);
		verdict_json(&j, o->db, path, v);
		buf_put_u8(&o->line, '\n');
		break;
	case OUTPUT_SARIF:
		sarif_object(&o->sarif, path, v);
		break;
	}
}

/* The way of child i behind the file's path, which the user gave and gets back whole.  What lies in
 * a file may have any name: people are shown its ends, all else has it exactly. */
static void put_path(const struct output *o, struct span file, const struct verdict *v, size_t i,
		     struct buf *path)
{
	struct buf way;

	buf_reset(path);
	buf_put_span(path, file);
	if (o->format != OUTPUT_HUMAN) {
		verdict_way(v, i, path);
		return;
	}
	buf_init(&way, (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT);
	verdict_way(v, i, &way);
	text_shorten(path, buf_span(&way));
	buf_release(&way);
}

/* What lies in a file follows it, each by its way. */
static void put_children(struct output *o, struct span file, const struct verdict *v)
{
	struct json_writer j;
	struct buf path;

	buf_init(&path, file.n + (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT);
	for (size_t i = 0; i < v->n_children; i++) {
		put_path(o, file, v, i, &path);
		if (o->format == OUTPUT_JSON) {
			json_write_init(&j, &o->line);
			verdict_json_child(&j, o->db, file, v, i);
			buf_put_u8(&o->line, '\n');
		} else {
			put_object(o, buf_span(&path), &v->child[i].verdict);
		}
		if (o->format != OUTPUT_SARIF)
			flush_line(o);
	}
	buf_release(&path);
}

static bool is_whole(const struct verdict *v)
{
	bool whole = v->n_gaps == 0;

	for (size_t i = 0; i < v->n_children; i++)
		whole = whole && v->child[i].verdict.n_gaps == 0;
	return whole;
}

/* False where the worker had none of its bytes: these were not scanned at any rate. */
static bool was_read(const struct verdict *v)
{
	static const char *const none[] = { "limit:size", "unreadable",
					    "memory: none for an object" };

	for (size_t i = 0; i < v->n_gaps; i++)
		for (size_t k = 0; k < sizeof none / sizeof *none; k++)
			if (span_equal(span_cut(v->gap[i].detail, 0, strlen(none[k])),
				       span_of(none[k])))
				return false;
	return true;
}

void output_object(struct output *o, struct span path, const struct verdict *v)
{
	o->objects++;
	o->bytes += was_read(v) ? v->size : 0;
	o->inside += v->n_inside;
	o->inside_bytes += v->inside_bytes;
	o->malicious += v->kind == VERDICT_MALICIOUS || v->kind == VERDICT_BANNED;
	o->suspicious += v->kind == VERDICT_SUSPICIOUS;
	o->partial += !is_whole(v);
	put_object(o, path, v);
	flush_line(o);
	put_children(o, path, v);
	show_progress(o, path);
}

/* The line of something that should have been examined, or of a rule that should have been. */
static void put_missing(struct output *o, struct span path, struct span rule, const struct error *e)
{
	struct json_writer j;

	if (o->format == OUTPUT_SARIF) {
		sarif_skipped(&o->sarif, path, rule, e);
		return;
	}
	json_write_init(&j, &o->line);
	verdict_json_skipped(&j, o->db, path, rule, e);
	buf_put_u8(&o->line, '\n');
}

/* Links, FIFOs and devices hold no bytes of their own, and what was asked to be left out is no gap:
 * these are counted alone. */
void output_skipped(struct output *o, struct span path, const struct error *e)
{
	if (e->why == REASON_UNSUPPORTED) {
		o->passed++;
		return;
	}
	o->skipped[e->why]++;
	if (o->format == OUTPUT_HUMAN)
		human_skipped(&o->human, path, e, &o->line);
	else
		put_missing(o, path, (struct span){ 0 }, e);
	flush_line(o);
}

/* People are told by the summary, and before the scan with the place and the source line. */
void output_loss(struct output *o, const struct sources_loss *loss)
{
	o->lost += loss->n;
	if (o->n_losses++ < NAMES_SHOWN) {
		buf_put_text(&o->lost_names, o->n_losses == 1 ? "" : ", ");
		text_escape(&o->lost_names, loss->rule.n != 0 ? loss->rule : loss->source);
	}
	if (o->format != OUTPUT_HUMAN)
		put_missing(o, loss->source, loss->rule, &loss->error);
	flush_line(o);
}

/* ---- the end */

static uint64_t n_skipped(const struct output *o)
{
	uint64_t n = 0;

	for (size_t i = 0; i < REASON_COUNT; i++)
		n += o->skipped[i];
	return n;
}

bool output_found(const struct output *o) { return o->malicious + o->suspicious != 0; }
bool output_complete(const struct output *o) { return n_skipped(o) + o->partial + o->lost == 0; }

static void summary(const struct output *o, bool ended)
{
	double t = elapsed(o), mb = (double)o->bytes / 1e6;

	fprintf(stderr, "%s%" PRIu64 " objects, %.1f MB in %.1f s (%.0f MB/s), %u rules",
		ended ? "" : "broken off: ", o->objects, mb, t, t > 0 ? mb / t : 0,
		db_n_rules(o->db));
	if (db_n_hashes(o->db) != 0)
		fprintf(stderr, ", %u digests", db_n_hashes(o->db));
	fputc('\n', stderr);
	if (o->proof[0] != '\0')
		fprintf(stderr, "%s\n", o->proof);
	if (o->inside != 0)
		fprintf(stderr, "in them %" PRIu64 " objects, %.1f MB\n", o->inside,
			(double)o->inside_bytes / 1e6);
	fprintf(stderr, "malicious %" PRIu64 ", suspicious %" PRIu64 "\n", o->malicious,
		o->suspicious);
	if (o->lost != 0)
		fprintf(stderr, "left out: %" PRIu64 " rules with errors (%.*s%s)\n", o->lost,
			(int)o->lost_names.n, (const char *)o->lost_names.p,
			o->n_losses > NAMES_SHOWN ? ", ..." : "");
	if (n_skipped(o) + o->partial == 0) {
		fputs(!ended         ? "not everything was examined"
		      : o->lost == 0 ? "everything was examined"
				     : "everything was examined by the rules that are left",
		      stderr);
	} else {
		fputs("not examined:", stderr);
		for (size_t i = 0; i < REASON_COUNT; i++)
			if (o->skipped[i] != 0)
				fprintf(stderr, " %" PRIu64 " %s,", o->skipped[i],
					reason_word((enum reason)i));
		fprintf(stderr, " %" PRIu64 " in part", o->partial);
	}
	fprintf(stderr, "; passed over: %" PRIu64 " links, devices, exclusions\n", o->passed);
}

void output_end(struct output *o, bool ended)
{
	if (o->format == OUTPUT_SARIF)
		sarif_end(&o->sarif);
	flush_line(o);
	if (o->progress)
		fputs("\r\033[K", stderr);
	fflush(stdout);
	if (!o->quiet)
		summary(o, ended);
	buf_release(&o->line);
	buf_release(&o->lost_names);
}
