/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/family.h"
#include "base/text.h"
#include "recover/hex.h"

#include <stddef.h>

struct line {
	struct span word[FAMILY_MAX_WORDS];
	bool quoted[FAMILY_MAX_WORDS];
	unsigned n;
	bool goes_on; /* it begins with blanks */
	uint32_t number;
};

struct reader {
	struct family *f;
	const char *file;
	struct line line;
	struct span *last; /* the string that a line may go on with */
	struct rule rules[FAMILY_MAX_RULES];
	struct error *e;
};

static const struct {
	const char *word;
	enum family_state state;
} states[] = { { "confirmed", STATE_CONFIRMED },
	       { "read", STATE_READ },
	       { "secondary", STATE_SECONDARY } };

static const struct {
	const char *word, *shown;
	enum family_undo undo;
} undos[] = {
	{ "yes", "yes, with nothing but the files", UNDO_YES },
	{ "search", "yes, by a search for the key", UNDO_SEARCH },
	{ "pair", "yes, with a file before and after", UNDO_PAIR },
	{ "key", "with a key that you bring", UNDO_KEY },
	{ "rebuild", "in part: what is lost is made anew from what is whole", UNDO_REBUILD },
	{ "tool", "not by us: there is an official tool", UNDO_TOOL },
	{ "no", "no way is known", UNDO_NO },
};

static const struct {
	const char *word;
	enum rule_kind kind;
} kinds[] = {
	{ "structure", RULE_STRUCTURE }, { "marker", RULE_MARKER }, { "note-text", RULE_NOTE_TEXT },
	{ "note-name", RULE_NOTE_NAME }, { "rename", RULE_RENAME }, { "extension", RULE_EXTENSION },
};

const char *family_state_word(enum family_state s)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (states[i].state == s)
			return states[i].word;
	return "";
}

const char *family_undo_word(enum family_undo u)
{
	for (size_t i = 0; i < sizeof undos / sizeof *undos; i++)
		if (undos[i].undo == u)
			return undos[i].shown;
	return "";
}

const char *rule_kind_word(enum rule_kind k)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].kind == k)
			return kinds[i].word;
	return "";
}

static bool wrong(struct reader *r, const char *what)
{
	return error_set(r->e, REASON_DAMAGED, PLACE_NONE, "%s:%u: %s", r->file, r->line.number,
			 what);
}

static bool no_memory(struct reader *r)
{
	return error_set(r->e, REASON_MEMORY, PLACE_NONE, "%s: no memory for a family", r->file);
}

/* ---- lines and words */

static bool read_words(struct reader *r, struct span s)
{
	struct line *l = &r->line;

	l->n = 0;
	l->goes_on = s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t');
	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		if (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r') {
			i++;
			continue;
		}
		if (s.p[i] == '#')
			break;
		if (l->n == FAMILY_MAX_WORDS)
			return wrong(r, "too many words in a line");
		bool quoted = s.p[i] == '"';
		if (quoted) {
			const uint8_t *end = memchr(s.p + i + 1, '"', s.n - i - 1);
			if (end == NULL)
				return wrong(r, "a string without its end");
			from++;
			i = (size_t)(end - s.p);
		} else {
			while (i < s.n && s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
				i++;
		}
		l->quoted[l->n] = quoted;
		l->word[l->n++] = (struct span){ s.p + from, i - from };
		i += quoted;
	}
	return true;
}

/* ---- statements */

static bool set_text(struct reader *r, struct span *field)
{
	if (r->line.n != 2 || !r->line.quoted[1])
		return wrong(r, "one string is wanted");
	if (field->n != 0)
		return wrong(r, "this was said before");
	*field = r->line.word[1];
	r->last = field;
	return true;
}

static bool go_on(struct reader *r)
{
	if (r->last == NULL || r->line.n != 1 || !r->line.quoted[0])
		return wrong(r, "nothing to go on with");
	struct span more = r->line.word[0];
	uint8_t *p = arena_alloc(&r->f->arena, r->last->n + 1 + more.n);
	if (p == NULL)
		return no_memory(r);
	memcpy(p, r->last->p, r->last->n);
	p[r->last->n] = ' ';
	memcpy(p + r->last->n + 1, more.p, more.n);
	*r->last = (struct span){ p, r->last->n + 1 + more.n };
	return true;
}

/* KIND WEIGHT "pattern or words" [required] TESTS */
static bool add_rule(struct reader *r, enum rule_kind kind)
{
	struct line *l = &r->line;
	uint64_t weight;
	unsigned at = 3;

	if (r->f->n_rules == FAMILY_MAX_RULES)
		return wrong(r, "too many rules");
	if (l->n < 3 || !hex_number(l->word[1], &weight) || weight == 0 ||
	    weight > FAMILY_MAX_WEIGHT || !l->quoted[2] || l->word[2].n == 0)
		return wrong(r, "a rule is KIND WEIGHT \"what\" and then its tests");
	struct rule *rule = &r->rules[r->f->n_rules];
	*rule = (struct rule){
		.kind = kind, .weight = (unsigned)weight, .what = l->word[2], .line = l->number
	};
	if (l->n > 3 && span_is(l->word[3], "required")) {
		rule->required = true;
		at = 4;
	}
	bool tested = kind == RULE_STRUCTURE || kind == RULE_MARKER;
	if (tested != (l->n > at))
		return wrong(r, tested ? "tests are wanted" : "no tests are wanted here");
	if (tested && !rule_tests_read(&r->f->arena, l->word + at, l->n - at, rule, r->e)) {
		error_wrap(r->e, "%s:%u: ", r->file, l->number);
		return false;
	}
	r->f->n_rules++;
	r->last = NULL;
	return true;
}

static bool is_date(struct span s)
{
	static const char form[] = "dddd-dd-dd";

	if (s.n != sizeof form - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] == 'd' ? !(s.p[i] >= '0' && s.p[i] <= '9') : s.p[i] != '-')
			return false;
	return true;
}

/* checked YYYY-MM-DD "against what" */
static bool add_check(struct reader *r)
{
	struct line *l = &r->line;
	struct family *f = r->f;

	if (l->n != 3 || !is_date(l->word[1]) || !l->quoted[2] || l->word[2].n == 0)
		return wrong(r, "a check is checked YYYY-MM-DD \"against what\"");
	if (f->n_checks == FAMILY_MAX_CHECKS)
		return wrong(r, "too many checks");
	struct family_check *c = &f->check[f->n_checks++];
	*c = (struct family_check){ l->word[1], l->word[2] };
	r->last = &c->what;
	return true;
}

static bool set_engine(struct reader *r)
{
	struct family *f = r->f;
	struct line *l = &r->line;
	unsigned at = 0;

	if (!l->goes_on) {
		if (l->n < 2 || f->engine.n != 0)
			return wrong(r, "one engine is wanted");
		f->engine = l->word[1];
		at = 2;
	}
	for (; at < l->n; at++) {
		struct span w = l->word[at];
		const uint8_t *is = memchr(w.p, '=', w.n);
		if (is == NULL || f->n_settings == FAMILY_MAX_SETTINGS)
			return wrong(r, "a setting is NAME=VALUE, and there are not many");
		size_t n = (size_t)(is - w.p);
		f->setting[f->n_settings++] = (struct family_setting){
			{ w.p, n },
			{ is + 1, w.n - n - 1 },
		};
	}
	return true;
}

static bool set_word(struct reader *r)
{
	struct line *l = &r->line;
	struct family *f = r->f;

	if (l->n != 2)
		return wrong(r, "one word is wanted");
	if (span_is(l->word[0], "family")) {
		f->id = l->word[1];
		for (size_t i = 0; i < f->id.n; i++)
			if (!text_is_alnum(f->id.p[i]) && f->id.p[i] != '-')
				return wrong(r, "an id has letters, digits and hyphens");
		return true;
	}
	if (span_is(l->word[0], "state"))
		for (size_t i = 0; i < sizeof states / sizeof *states; i++)
			if (span_is(l->word[1], states[i].word)) {
				f->state = states[i].state;
				return true;
			}
	if (span_is(l->word[0], "undo"))
		for (size_t i = 0; i < sizeof undos / sizeof *undos; i++)
			if (span_is(l->word[1], undos[i].word)) {
				f->undo = undos[i].undo;
				return true;
			}
	return wrong(r, "no such word");
}

static bool read_statement(struct reader *r)
{
	struct family *f = r->f;
	const struct {
		const char *word;
		struct span *field;
	} texts[] = { { "title", &f->title }, { "how", &f->how },   { "needs", &f->needs },
		      { "keep", &f->keep },   { "tool", &f->tool }, { "proof", &f->proof },
		      { "cut", &f->cut } };
	struct line *l = &r->line;

	if (l->goes_on)
		return l->quoted[0] ? go_on(r) : set_engine(r);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (span_is(l->word[0], texts[i].word))
			return set_text(r, texts[i].field);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_is(l->word[0], kinds[i].word))
			return add_rule(r, kinds[i].kind);
	if (span_is(l->word[0], "source")) {
		if (f->n_sources == FAMILY_MAX_SOURCES)
			return wrong(r, "too many sources");
		return set_text(r, &f->source[f->n_sources++]);
	}
	if (span_is(l->word[0], "checked"))
		return add_check(r);
	if (span_is(l->word[0], "engine"))
		return set_engine(r);
	return set_word(r);
}

/* What a family must have before anybody is told of it. */
static bool check_whole(struct reader *r)
{
	struct family *f = r->f;
	bool strong = false;

	for (unsigned i = 0; i < f->n_rules; i++)
		strong = strong || f->rule[i].kind != RULE_EXTENSION;
	if (f->id.n == 0 || f->title.n == 0)
		return wrong(r, "a family has an id and a title");
	if (f->n_sources == 0)
		return wrong(r, "a family without a published source");
	if (!strong)
		return wrong(r, "an extension alone names no family");
	if (f->how.n == 0)
		return wrong(r, "`how` is not said");
	if (f->undo == UNDO_TOOL && f->tool.n == 0)
		return wrong(r, "`tool` is not said");
	if (f->n_checks == 0)
		return wrong(r, "against what it was checked is not said");
	if (f->engine.n != 0 && f->state == STATE_SECONDARY)
		return wrong(r, "no engine works by secondary sources");
	if (f->engine.n != 0 && f->proof.n == 0)
		return wrong(r, "`proof` is not said");
	return true;
}

static bool read_all(struct reader *r, struct span text)
{
	struct cursor c = cursor_of(text);

	while (cursor_left(&c) > 0) {
		struct span s = cursor_line(&c, cursor_left(&c));
		if (!cursor_ok(&c))
			return wrong(r, "the last line has no end");
		r->line.number++;
		if (!read_words(r, s) || (r->line.n != 0 && !read_statement(r)))
			return false;
	}
	r->f->rule = arena_copy(&r->f->arena, r->rules, r->f->n_rules * sizeof *r->rules);
	if (r->f->rule == NULL)
		return no_memory(r);
	return check_whole(r);
}

bool family_open(struct family *f, const char *file, struct span text, struct error *e)
{
	struct reader r = { .f = f, .file = file, .e = e };

	*f = (struct family){ .state = STATE_SECONDARY, .undo = UNDO_NO };
	arena_init(&f->arena, FAMILY_MAX_MEMORY);
	if (text.n > FAMILY_MAX_TEXT)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%s: %zu bytes, at most %d", file,
				 text.n, FAMILY_MAX_TEXT);
	const char *own = arena_text(&f->arena, text.p, text.n);
	bool ok = own != NULL ? read_all(&r, (struct span){ (const uint8_t *)own, text.n })
			      : no_memory(&r);
	if (!ok)
		family_release(f);
	return ok;
}

void family_release(struct family *f)
{
	arena_release(&f->arena);
	*f = (struct family){ .n_rules = 0 };
}

/* ---- settings */

struct span family_setting(const struct family *f, const char *name)
{
	for (unsigned i = 0; i < f->n_settings; i++)
		if (span_is(f->setting[i].name, name))
			return f->setting[i].value;
	return (struct span){ NULL, 0 };
}

uint64_t family_number(const struct family *f, const char *name, uint64_t otherwise)
{
	uint64_t v;

	return hex_number(family_setting(f, name), &v) ? v : otherwise;
}

bool family_bytes(const struct family *f, const char *name, uint8_t *out, size_t n)
{
	return hex_read(family_setting(f, name), out, n);
}

struct span family_original_name(const struct family *f, struct span name)
{
	for (size_t i = name.n; f->cut.n != 0 && i-- > 1;)
		if (span_equal(span_cut(name, i, f->cut.n), f->cut))
			return span_cut(name, 0, i);
	size_t random = (size_t)family_number(f, "extension", 0); /* of so many letters, any */
	if (random != 0 && name.n > random + 1 && name.p[name.n - random - 1] == '.')
		return span_cut(name, 0, name.n - random - 1);
	for (unsigned i = 0; i < f->n_rules; i++) {
		struct sample s = { .name = name };
		size_t n = f->rule[i].what.n;
		if (f->rule[i].kind == RULE_EXTENSION && n < name.n && rule_holds(&f->rule[i], &s))
			return span_cut(name, 0, name.n - n);
	}
	return name;
}
