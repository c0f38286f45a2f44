/* SPDX-License-Identifier: Apache-2.0 */
#include "report/recover_text.h"
#include "base/text.h"

static const char *const first[] = {
	"Isolate the machines from the network and from their backups. Do not switch off, do not "
	"restart:",
	"  keys may be in memory. Take an image of the memory first, if you can.",
	"Keep the notes, the encrypted files with their times, the logs, and copies of the "
	"programs that did it.",
	"Do not pay yet, do not run the attackers' program, delete nothing, repair nothing.",
	"Report it to the police and to your CERT: they may hold keys.",
};

void recover_text_first(struct buf *out)
{
	buf_put_text(out, "What to do now\n");
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		buf_printf(out, "  %s\n", first[i]);
	buf_put_text(out, "\n");
}

void recover_text_line(const struct family *f, struct buf *out)
{
	buf_printf(out, "%-16.*s %-10s %-52s %.*s\n", (int)f->id.n, (const char *)f->id.p,
		   family_state_word(f->state), family_undo_word(f->undo), (int)f->title.n,
		   (const char *)f->title.p);
}

/* "Label   text", broken at blanks before the margin. */
static void put_field(struct buf *out, const char *label, struct span s)
{
	enum { MARGIN = 88, INDENT = 11 };

	if (s.n == 0)
		return;
	buf_printf(out, "  %-8s ", label);
	size_t column = INDENT;
	for (size_t i = 0; i < s.n;) {
		const uint8_t *blank = memchr(s.p + i, ' ', s.n - i);
		size_t n = blank != NULL ? (size_t)(blank - s.p) - i : s.n - i;
		if (column > INDENT && column + 1 + n > MARGIN) {
			buf_printf(out, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			buf_put_u8(out, ' ');
			column++;
		}
		buf_put(out, s.p + i, n);
		column += n;
		i += n + 1;
	}
	buf_put_u8(out, '\n');
}

static struct span known_word(enum family_state s)
{
	return span_of(
		s == STATE_CONFIRMED ? "confirmed: run against public samples or test vectors"
		: s == STATE_READ ? "read: from an open decryptor's source, or an official document"
				  : "secondary: from press and vendors' pages alone");
}

static void put_check(struct buf *out, const struct family_check *c)
{
	struct buf line;

	buf_init(&line, FAMILY_MAX_TEXT);
	buf_put_span(&line, c->date);
	buf_put_text(&line, ": ");
	buf_put_span(&line, c->what);
	put_field(out, "checked", buf_span(&line));
	buf_release(&line);
}

void recover_text_family(const struct family *f, struct buf *out)
{
	buf_printf(out, "%.*s: %.*s\n", (int)f->id.n, (const char *)f->id.p, (int)f->title.n,
		   (const char *)f->title.p);
	put_field(out, "undone", span_of(family_undo_word(f->undo)));
	put_field(out, "known", known_word(f->state));
	put_field(out, "how", f->how);
	put_field(out, "needs", f->needs);
	put_field(out, "keep", f->keep);
	put_field(out, "engine", f->engine);
	put_field(out, "tool", f->tool);
	put_field(out, "proof", f->proof);
	for (unsigned i = 0; i < f->n_sources; i++)
		put_field(out, "source", f->source[i]);
	for (unsigned i = 0; i < f->n_checks; i++)
		put_check(out, &f->check[i]);
	for (unsigned i = 0; i < f->n_rules; i++)
		buf_printf(out, "  sign     %3u %-9s %.*s%s\n", f->rule[i].weight,
			   rule_kind_word(f->rule[i].kind), (int)f->rule[i].what.n,
			   (const char *)f->rule[i].what.p,
			   f->rule[i].required ? " (always there)" : "");
}

static void member(struct json_writer *j, const char *name, struct span s)
{
	json_write_key(j, name);
	(void)json_write_bytes(j, s);
}

void recover_json_family(const struct family *f, struct json_writer *j)
{
	json_write_object(j);
	member(j, "id", f->id);
	member(j, "title", f->title);
	member(j, "state", span_of(family_state_word(f->state)));
	member(j, "undo", span_of(family_undo_word(f->undo)));
	member(j, "how", f->how);
	member(j, "needs", f->needs);
	member(j, "keep", f->keep);
	member(j, "tool", f->tool);
	member(j, "engine", f->engine);
	member(j, "proof", f->proof);
	json_write_key(j, "sources");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_sources; i++)
		(void)json_write_bytes(j, f->source[i]);
	json_write_array_end(j);
	json_write_key(j, "checked");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_checks; i++) {
		json_write_object(j);
		member(j, "date", f->check[i].date);
		member(j, "what", f->check[i].what);
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_key(j, "signs");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_rules; i++) {
		json_write_object(j);
		member(j, "kind", span_of(rule_kind_word(f->rule[i].kind)));
		member(j, "what", f->rule[i].what);
		json_write_key(j, "weight");
		json_write_uint(j, f->rule[i].weight);
		json_write_key(j, "required");
		json_write_bool(j, f->rule[i].required);
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_object_end(j);
}

/* ---- identify */

static void put_path(struct buf *out, const char *path) { text_escape(out, span_of(path)); }

static void put_evidence(const struct identify_answer *a, struct buf *out)
{
	const struct family *f = a->family;

	for (unsigned i = 0; i < f->n_rules; i++) {
		if (a->sign[i].n == 0)
			continue;
		buf_printf(out, "  for      %3u %-9s %.*s: %llu file%s, ", f->rule[i].weight,
			   rule_kind_word(f->rule[i].kind), (int)f->rule[i].what.n,
			   (const char *)f->rule[i].what.p, (unsigned long long)a->sign[i].n,
			   a->sign[i].n == 1 ? "" : "s");
		put_path(out, a->sign[i].example);
		buf_put_u8(out, '\n');
	}
	if (a->n_lacking != 0) {
		buf_printf(out,
			   "  against  %llu file%s named like its files without what these must "
			   "have: ",
			   (unsigned long long)a->n_lacking, a->n_lacking == 1 ? "" : "s");
		put_path(out, a->lacking);
		buf_put_u8(out, '\n');
	}
}

static void put_answer(const struct identify_answer *a, struct buf *out)
{
	const struct family *f = a->family;

	buf_printf(out, "%s: %.*s (%u of 100 points, %llu file%s)\n",
		   confidence_word(a->confidence), (int)f->title.n, (const char *)f->title.p,
		   a->score, (unsigned long long)a->n_files, a->n_files == 1 ? "" : "s");
	put_evidence(a, out);
	put_field(out, "undone", span_of(family_undo_word(f->undo)));
	put_field(out, "how", f->how);
	put_field(out, "needs", f->needs);
	put_field(out, "keep", f->keep);
	put_field(out, "tool", f->tool);
	put_field(out, "known", known_word(f->state));
	for (unsigned i = 0; i < f->n_sources; i++)
		put_field(out, "source", f->source[i]);
	for (unsigned i = 0; f->state == STATE_SECONDARY && i < f->n_checks; i++)
		put_check(out, &f->check[i]);
	buf_printf(out, "  more     pellucid recover show %.*s\n\n", (int)f->id.n,
		   (const char *)f->id.p);
}

static bool is_answer(const struct identify_answer *a) { return a->confidence != CONFIDENCE_NONE; }

/* Another family's sign that did not suffice, or that names the same files. */
static bool is_runner_up(const struct identify_answer *a)
{
	return !is_answer(a) && (a->score != 0 || a->n_lacking != 0);
}

void recover_text_identify(const struct identify *id, struct buf *out)
{
	bool any = false, others = false;

	for (size_t i = 0; i < id->set->n; i++)
		if (is_answer(&id->answer[i])) {
			put_answer(&id->answer[i], out);
			any = true;
		}
	for (size_t i = 0; i < id->set->n; i++) {
		const struct identify_answer *a = &id->answer[i];
		if (!is_runner_up(a))
			continue;
		if (!others)
			buf_put_text(out, "Not enough for:\n");
		others = true;
		buf_printf(out, "%.*s (%u points)\n", (int)a->family->title.n,
			   (const char *)a->family->title.p, a->score);
		put_evidence(a, out);
	}
	if (id->n_notes != 0)
		buf_put_text(out, "Notes, to be kept:\n");
	for (unsigned i = 0; i < id->n_notes; i++) {
		buf_put_text(out, "  ");
		put_path(out, id->note[i]);
		buf_put_u8(out, '\n');
	}
	buf_printf(out, "%llu files looked at, %s.\n", (unsigned long long)id->n_files,
		   any      ? "see above"
		   : others ? "no family is named: an extension alone names none"
			    : "no sign of any family");
}

static void json_sign(struct json_writer *j, const struct rule *r, const struct identify_sign *s)
{
	json_write_object(j);
	member(j, "kind", span_of(rule_kind_word(r->kind)));
	member(j, "what", r->what);
	json_write_key(j, "weight");
	json_write_uint(j, r->weight);
	json_write_key(j, "files");
	json_write_uint(j, s->n);
	member(j, "example", span_of(s->example));
	json_write_object_end(j);
}

static void json_answer(struct json_writer *j, const struct identify_answer *a)
{
	const struct family *f = a->family;

	json_write_object(j);
	member(j, "family", f->id);
	member(j, "title", f->title);
	member(j, "confidence", span_of(confidence_word(a->confidence)));
	json_write_key(j, "points");
	json_write_uint(j, a->score);
	json_write_key(j, "files");
	json_write_uint(j, a->n_files);
	member(j, "state", span_of(family_state_word(f->state)));
	member(j, "undo", span_of(family_undo_word(f->undo)));
	member(j, "needs", f->needs);
	member(j, "keep", f->keep);
	member(j, "tool", f->tool);
	json_write_key(j, "evidence");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_rules; i++)
		if (a->sign[i].n != 0)
			json_sign(j, &f->rule[i], &a->sign[i]);
	json_write_array_end(j);
	json_write_key(j, "against");
	json_write_array(j);
	if (a->n_lacking != 0) {
		json_write_object(j);
		member(j, "what", span_of("named like its files, without what these must have"));
		json_write_key(j, "files");
		json_write_uint(j, a->n_lacking);
		member(j, "example", span_of(a->lacking));
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_object_end(j);
}

void recover_json_identify(const struct identify *id, struct json_writer *j)
{
	json_write_object(j);
	json_write_key(j, "files");
	json_write_uint(j, id->n_files);
	for (int second = 0; second < 2; second++) {
		json_write_key(j, second ? "runners_up" : "families");
		json_write_array(j);
		for (size_t i = 0; i < id->set->n; i++)
			if (second ? is_runner_up(&id->answer[i]) : is_answer(&id->answer[i]))
				json_answer(j, &id->answer[i]);
		json_write_array_end(j);
	}
	json_write_key(j, "notes");
	json_write_array(j);
	for (unsigned i = 0; i < id->n_notes; i++)
		(void)json_write_bytes(j, span_of(id->note[i]));
	json_write_array_end(j);
	json_write_key(j, "first");
	json_write_array(j);
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		json_write_text(j, first[i]);
	json_write_array_end(j);
	json_write_object_end(j);
}
