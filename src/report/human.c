/* SPDX-License-Identifier: Apache-2.0 */
#include "report/human.h"
#include "base/text.h"

#include <inttypes.h>

enum { SHOWN_STRINGS = 10, SHOWN_BYTES = 16 };

static const char *colour_of(enum verdict_kind k)
{
	switch (k) {
	case VERDICT_MALICIOUS:
	case VERDICT_BANNED:
		return "\033[1;31m";
	case VERDICT_SUSPICIOUS:
		return "\033[1;33m";
	default:
		return "\033[35m";
	}
}

static void put_word(const struct human *h, enum verdict_kind k, struct buf *out)
{
	if (h->colour)
		buf_put_text(out, colour_of(k));
	buf_printf(out, "%-10s", verdict_word(k));
	if (h->colour)
		buf_put_text(out, "\033[0m");
	buf_put_text(out, "  ");
}

/* offset, hexadecimal, text: as hexdump -C has it */
static void put_bytes(struct span s, uint64_t at, struct buf *out)
{
	s = span_cut(s, 0, SHOWN_BYTES);
	buf_printf(out, "0x%08" PRIx64 " ", at);
	for (size_t i = 0; i < SHOWN_BYTES; i++)
		if (i < s.n)
			buf_printf(out, " %02x", s.p[i]);
		else
			buf_put_text(out, "   ");
	buf_put_text(out, "  |");
	for (size_t i = 0; i < s.n; i++)
		buf_put_u8(out, s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '.');
	buf_put_text(out, "|\n");
}

static void put_value(const struct value *v, struct buf *out)
{
	switch (v->kind) {
	case VALUE_BOOL:
		buf_put_text(out, v->i != 0 ? "true" : "false");
		break;
	case VALUE_INT:
		buf_printf(out, "%" PRId64 " (0x%" PRIx64 ")", v->i, (uint64_t)v->i);
		break;
	case VALUE_FLOAT:
		buf_printf(out, "%g", v->f);
		break;
	case VALUE_STRING:
		buf_put_u8(out, '"');
		text_escape(out, span_cut(v->s, 0, 80));
		buf_put_u8(out, '"');
		break;
	default:
		buf_put_text(out, "undefined");
		break;
	}
}

static void put_provenance(const struct db *db, const struct db_rule *rule, struct buf *out)
{
	static const char *const shown[] = { "author", "reference" };
	struct db_source source;
	struct span text;

	if (db_source(db, rule->source, &source)) {
		buf_put_text(out, "            rule from ");
		text_escape(out, source.name);
		buf_printf(out, ":%u\n", rule->line);
	}
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (db_meta_text(db, rule, shown[i], &text)) {
			buf_printf(out, "            %s: ", shown[i]);
			text_escape(out, text);
			buf_put_u8(out, '\n');
		}
}

static void put_evidence(const struct db *db, const struct verdict_match *m, struct buf *out)
{
	for (size_t i = 0; i < m->n_strings && i < SHOWN_STRINGS; i++) {
		struct db_string s;
		if (!db_string(db, m->string[i].string, &s))
			continue;
		buf_put_text(out, "            ");
		text_escape(out, s.name);
		buf_put_text(out, "  ");
		put_bytes(m->string[i].excerpt, m->string[i].at, out);
	}
	if (m->n_strings_all > SHOWN_STRINGS)
		buf_printf(out, "            ... %" PRIu64 " occurrences in all\n",
			   m->n_strings_all);
	for (size_t i = 0; i < m->n_values; i++) {
		buf_put_text(out, "            ");
		text_escape(out, m->value[i].name);
		buf_put_text(out, " = ");
		put_value(&m->value[i].value, out);
		buf_put_u8(out, '\n');
	}
}

static void put_match(const struct human *h, const struct db *db, const struct verdict_match *m,
		      struct buf *out)
{
	struct db_rule rule;
	struct span text;

	if (!db_rule(db, m->rule, &rule))
		return;
	buf_put_text(out, "          ");
	text_escape(out, rule.name);
	if (db_meta_text(db, &rule, "description", &text)) {
		buf_put_text(out, ": ");
		text_escape(out, text);
	}
	buf_put_u8(out, '\n');
	if (h->why) {
		put_provenance(db, &rule, out);
		put_evidence(db, m, out);
	}
}

static void put_gap(const struct db *db, const struct verdict_gap *g, struct buf *out)
{
	const char *word = reason_word(g->why);
	size_t n = strlen(word);
	struct db_rule rule;

	buf_put_text(out, "          not examined: ");
	/* most details begin with the reason's word: limit:steps */
	if (!span_is(span_cut(g->detail, 0, n), word) || (g->detail.n > n && g->detail.p[n] != ':'))
		buf_printf(out, "%s: ", word);
	text_escape(out, g->detail);
	if (g->rule != COND_NONE && db_rule(db, g->rule, &rule)) {
		buf_put_text(out, ", rule ");
		text_escape(out, rule.name);
	}
	buf_put_u8(out, '\n');
}

void human_object(const struct human *h, const struct db *db, struct span path,
		  const struct verdict *v, struct buf *out)
{
	if (v->n_matches == 0 && v->n_gaps == 0)
		return; /* or what was found lies in it, and has a line of its own */
	put_word(h, v->kind, out);
	text_escape(out, path);
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < v->n_matches; i++)
		put_match(h, db, &v->match[i], out);
	for (size_t i = 0; i < v->n_gaps; i++)
		put_gap(db, &v->gap[i], out);
}

void human_skipped(const struct human *h, struct span path, const struct error *e, struct buf *out)
{
	(void)h;
	buf_put_text(out, "not examined  ");
	text_escape(out, path);
	buf_printf(out, ": %s\n", e->text);
}
