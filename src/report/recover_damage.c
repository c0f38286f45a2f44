/* SPDX-License-Identifier: Apache-2.0 */
#include "report/recover_damage.h"
#include "base/text.h"
#include "report/markup.h"

#include <stdio.h>

enum { LINE_RANGES = 4 /* that a line for people shows */ };

/* ---- counting */

static struct damage_directory *directory_of(struct damage_tree *t, const char *beneath)
{
	const char *slash = strchr(beneath, '/');
	struct buf name;
	unsigned i = 0;

	buf_init(&name, 4096);
	text_escape(&name, slash != NULL ? (struct span){ (const uint8_t *)beneath,
							  (size_t)(slash - beneath) }
					 : span_of("(files of the tree itself)"));
	size_t n =
		name.n < sizeof t->directory[0].name - 1 ? name.n : sizeof t->directory[0].name - 1;
	while (i < t->n_directories && !(strlen(t->directory[i].name) == n && name.p != NULL &&
					 memcmp(t->directory[i].name, name.p, n) == 0))
		i++;
	if (i == t->n_directories && i < DAMAGE_MAX_DIRECTORIES) {
		if (name.p != NULL)
			memcpy(t->directory[i].name, name.p, n);
		t->n_directories++;
	} else if (i == t->n_directories) {
		snprintf(t->directory[i].name, sizeof t->directory[i].name, "(all others)");
	}
	buf_release(&name);
	return &t->directory[i];
}

void damage_add(struct damage_tree *t, const char *beneath, const struct assessment *a)
{
	struct damage_directory *d = directory_of(t, beneath);

	t->of[a->damage].files++;
	t->of[a->damage].bytes += a->size;
	d->of[a->damage].files++;
	d->of[a->damage].bytes += a->size;
	t->lost += a->lost;
}

/* ---- lines */

void damage_line(const char *path, const struct assessment *a, struct buf *out)
{
	if (a->damage == DAMAGE_NONE)
		return;
	text_escape(out, span_of(path));
	buf_printf(out, ": %s", damage_word(a->damage));
	if (a->damage == DAMAGE_PARTLY && a->n_ranges != 0) {
		buf_printf(out, ", %llu of %llu bytes:", (unsigned long long)a->lost,
			   (unsigned long long)a->size);
		for (unsigned i = 0; i < a->n_ranges && i < LINE_RANGES; i++)
			buf_printf(out, " %llu+%llu", (unsigned long long)a->range[i].at,
				   (unsigned long long)a->range[i].n);
		if (a->n_ranges > LINE_RANGES)
			buf_printf(out, " and %u more", a->n_ranges - LINE_RANGES);
	}
	if (a->pattern != NULL)
		buf_printf(out, "; %s (%u of 1000 blocks do not fit)", a->pattern, a->residual);
	buf_printf(out, "; %s\n", a->why);
}

static void member(struct json_writer *j, const char *name, uint64_t v)
{
	json_write_key(j, name);
	json_write_uint(j, v);
}

void damage_json(const char *path, const struct assessment *a, struct buf *out)
{
	struct json_writer j;

	json_write_init(&j, out);
	json_write_object(&j);
	json_write_key(&j, "path");
	if (!json_write_bytes(&j, span_of(path))) {
		json_write_key(&j, "path_hex");
		json_write_hex(&j, span_of(path));
	}
	json_write_key(&j, "damage");
	json_write_text(&j, damage_word(a->damage));
	json_write_key(&j, "kind");
	json_write_text(&j, kind_word(a->proof.kind));
	member(&j, "size", a->size);
	member(&j, "lost", a->lost);
	json_write_key(&j, "ranges");
	json_write_array(&j);
	for (unsigned i = 0; i < a->n_ranges; i++) {
		json_write_array(&j);
		json_write_uint(&j, a->range[i].at);
		json_write_uint(&j, a->range[i].n);
		json_write_array_end(&j);
	}
	json_write_array_end(&j);
	json_write_key(&j, "pattern");
	json_write_text(&j, a->pattern);
	member(&j, "residual", a->residual);
	json_write_key(&j, "why");
	(void)json_write_bytes(&j, span_of(a->why));
	json_write_object_end(&j);
	buf_put_u8(out, '\n');
}

void damage_summary(const struct damage_tree *t, struct buf *out)
{
	for (unsigned d = 0; d < DAMAGE_COUNT; d++)
		buf_printf(out, "%-17s %8llu files %15llu bytes\n", damage_word((enum damage)d),
			   (unsigned long long)t->of[d].files, (unsigned long long)t->of[d].bytes);
	buf_printf(out, "%-17s %14s %15llu bytes\n", "encrypted ranges", "",
		   (unsigned long long)t->lost);
	if (t->copies.n != 0)
		buf_put_text(out, "\nCopies that may still be whole (nothing was run):\n");
	buf_put_span(out, buf_span(&t->copies));
}

void damage_summary_json(const struct damage_tree *t, struct buf *out)
{
	struct json_writer j;

	json_write_init(&j, out);
	json_write_object(&j);
	json_write_key(&j, "summary");
	json_write_object(&j);
	for (unsigned d = 0; d < DAMAGE_COUNT; d++) {
		json_write_key(&j, damage_word((enum damage)d));
		json_write_object(&j);
		member(&j, "files", t->of[d].files);
		member(&j, "bytes", t->of[d].bytes);
		json_write_object_end(&j);
	}
	member(&j, "lost", t->lost);
	json_write_key(&j, "copies");
	(void)json_write_bytes(&j, buf_span(&t->copies));
	json_write_object_end(&j);
	json_write_object_end(&j);
	buf_put_u8(out, '\n');
}

/* ---- the page */

static const char *const colours[DAMAGE_COUNT] = { "#2e7d32", "#b71c1c", "#ef6c00", "#1565c0",
						   "#757575" };

/* One bar of 700 units, divided by bytes. */
static void put_bar(struct buf *out, const struct damage_tally *of)
{
	double sum = 0, x = 0;

	for (unsigned d = 0; d < DAMAGE_COUNT; d++)
		sum += (double)of[d].bytes;
	buf_put_text(out, "<svg width=\"700\" height=\"18\" role=\"img\" viewBox=\"0 0 700 18\">");
	for (unsigned d = 0; d < DAMAGE_COUNT; d++) {
		double width = sum > 0 ? (double)of[d].bytes * 700 / sum : 0;
		if (width > 0)
			buf_printf(out,
				   "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"18\" "
				   "fill=\"%s\"><title>%s: %llu files, %llu bytes</title></rect>",
				   x, width, colours[d], damage_word((enum damage)d),
				   (unsigned long long)of[d].files,
				   (unsigned long long)of[d].bytes);
		x += width;
	}
	buf_put_text(out, "</svg>");
}

void damage_html(const struct damage_tree *t, const char *tree, struct buf *out)
{
	buf_put_text(
		out,
		"<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
		"<title>What is lost</title>\n<style>body{font:15px/1.5 sans-serif;"
		"margin:2em auto;max-width:62em}td,th{padding:2px 10px;text-align:left}"
		"td.n{text-align:right}b{font-weight:600}</style>\n<h1>What is lost of <code>");
	markup_put(out, span_of(tree));
	buf_put_text(out, "</code></h1>\n");
	put_bar(out, t->of);
	buf_put_text(out, "\n<table>\n");
	for (unsigned d = 0; d < DAMAGE_COUNT; d++)
		buf_printf(out,
			   "<tr><td><b style=\"color:%s\">%s</b><td class=\"n\">%llu files<td "
			   "class=\"n\">%llu bytes\n",
			   colours[d], damage_word((enum damage)d),
			   (unsigned long long)t->of[d].files, (unsigned long long)t->of[d].bytes);
	buf_printf(out, "</table>\n<p>%llu bytes look encrypted.\n<h2>By directory</h2>\n<table>\n",
		   (unsigned long long)t->lost);
	for (unsigned i = 0; i <= t->n_directories && i <= DAMAGE_MAX_DIRECTORIES; i++) {
		if (t->directory[i].name[0] == '\0')
			continue;
		buf_put_text(out, "<tr><td><code>");
		markup_put_shown(out, span_of(t->directory[i].name));
		buf_put_text(out, "</code><td>");
		put_bar(out, t->directory[i].of);
		buf_put_u8(out, '\n');
	}
	buf_put_text(out, "</table>\n");
	if (t->copies.n != 0) {
		buf_put_text(out, "<h2>Copies that may still be whole</h2>\n<pre>");
		markup_put_shown(out, buf_span(&t->copies));
		buf_put_text(out, "</pre>\n");
	}
}
