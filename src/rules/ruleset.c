/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rules/ir.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_VECTOR = 1 << 30, MAX_DIAGNOSTICS = 64 << 20, SHOWN_COLUMNS = 100 };

void ruleset_init(struct ruleset *set)
{
	struct buf *const all[] = { &set->sources, &set->rules,   &set->strings, &set->tags,
				    &set->metas,   &set->externs, &set->regexes, &set->nodes,
				    &set->pool,    &set->text };

	*set = (struct ruleset){ 0 };
	arena_init(&set->arena, SIZE_MAX);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_init(all[i], MAX_VECTOR);
	buf_init(&set->diagnostics, MAX_DIAGNOSTICS);
	buf_init(&set->left_out, MAX_DIAGNOSTICS);
	buf_init(&set->hashes, IR_HASH_MAX_COUNT * sizeof(struct ir_hash));
	buf_init(&set->hash_lists, MAX_DIAGNOSTICS);
	buf_init(&set->passwords, IR_MAX_PASSWORDS * sizeof(struct span));
}

void ruleset_release(struct ruleset *set)
{
	struct buf *const all[] = { &set->sources, &set->rules,       &set->strings,
				    &set->tags,    &set->metas,       &set->externs,
				    &set->regexes, &set->nodes,       &set->pool,
				    &set->text,    &set->diagnostics, &set->left_out,
				    &set->hashes,  &set->hash_lists,  &set->passwords };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_release(all[i]);
	arena_release(&set->arena);
}

void ruleset_diagnose(struct ruleset *set, enum ir_severity severity, struct ir_place where,
		      uint32_t rule, const char *hint, const char *format, ...)
{
	struct ir_diagnostic d = { .severity = severity, .place = where };
	char text[512];
	size_t n_rules;
	struct ir_rule *rules = ruleset_rules(set, &n_rules);
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
	const char *message = arena_text(&set->arena, text, len);
	if (message != NULL)
		d.message = span_of(message);
	if (hint != NULL && (hint = arena_text(&set->arena, hint, strlen(hint))) != NULL)
		d.hint = span_of(hint);
	if (severity == IR_ERROR && (rule >= n_rules || (rules[rule].flags & IR_RULE_BROKEN) == 0))
		buf_put_le32(&set->left_out, (uint32_t)(set->diagnostics.n / sizeof d));
	if (rule < n_rules) {
		d.rule = rules[rule].name;
		if (severity == IR_ERROR)
			rules[rule].flags |= IR_RULE_BROKEN;
	}
	set->n_errors += severity == IR_ERROR;
	set->n_warnings += severity == IR_WARNING;
	buf_put(&set->diagnostics, &d, sizeof d);
}

/* The source line that `at` is in, without its end. */
static struct span line_of(struct span text, size_t at)
{
	size_t from = at, to = at;

	while (from > 0 && text.p[from - 1] != '\n')
		from--;
	while (to < text.n && text.p[to] != '\n' && text.p[to] != '\r')
		to++;
	return (struct span){ text.p + from, to > from ? to - from : 0 };
}

/* The line, cut to a window around the place, and carets beneath.  A tab is shown as one space, so
 * that each byte is one column but for those that are escaped, whose width is counted. */
static void show_line(struct span text, const struct ir_place *w, struct buf *out)
{
	struct span line = line_of(text, w->at);
	size_t column = w->column > 0 ? w->column - 1 : 0;
	size_t from = column > SHOWN_COLUMNS * 3 / 4 ? column - SHOWN_COLUMNS / 2 : 0;
	struct span shown = span_cut(line, from, SHOWN_COLUMNS);
	size_t before = 0, marked = 0;

	buf_printf(out, "%6u | %s", w->line, from > 0 ? "..." : "");
	for (size_t i = 0; i < shown.n; i++) {
		size_t start = out->n;
		uint32_t code;
		size_t k = text_utf8((struct span){ shown.p + i, shown.n - i }, &code);
		if (shown.p[i] == '\t')
			buf_put_u8(out, ' ');
		else
			text_show(out, (struct span){ shown.p + i, k == 0 ? 1 : k });
		size_t width = k > 1 ? 1 : out->n - start;
		if (from + i < column)
			before += width;
		else if (from + i < column + (w->n == 0 ? 1 : w->n))
			marked += width;
		i += k > 1 ? k - 1 : 0;
	}
	buf_printf(out, "\n       | %s%*s^", from > 0 ? "   " : "", (int)before, "");
	for (size_t i = 1; i < marked; i++)
		buf_put_u8(out, '~');
	buf_put_u8(out, '\n');
}

void ruleset_print(const struct ruleset *set, const struct ir_diagnostic *d, struct buf *out)
{
	static const char *const word[] = {
		[IR_NOTE] = "note", [IR_WARNING] = "warning", [IR_ERROR] = "error"
	};
	size_t n;
	const struct ir_source *source = ruleset_sources(set, &n);

	if (d->place.source < n) {
		text_escape(out, source[d->place.source].name);
		buf_printf(out, ":%u:%u: ", d->place.line, d->place.column);
	}
	buf_printf(out, "%s: ", word[d->severity]);
	if (d->rule.n != 0) {
		buf_put_text(out, "rule ");
		text_escape(out, d->rule);
		buf_put_text(out, ": ");
	}
	text_show(out, d->message);
	buf_put_u8(out, '\n');
	if (d->place.source < n && d->place.at <= source[d->place.source].text.n &&
	    d->place.line > 0)
		show_line(source[d->place.source].text, &d->place, out);
	if (d->hint.n != 0) {
		buf_put_text(out, "       = hint: ");
		text_show(out, d->hint);
		buf_put_u8(out, '\n');
	}
}
