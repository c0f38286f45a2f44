/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "match/filter.h"
#include "rules/db/db_hash.h"
#include "rules/db/db_plan.h"
#include "rules/db/db_view.h"
#include "rules/names.h"

#include <math.h>

enum { MAX_SECTION = 1 << 30 };

/* ---- patterns */

/* Blobs seen so far, by their bytes. */
struct seen {
	uint32_t *slot; /* pattern + 1, or 0 */
	size_t mask;
};

static struct span blob_of(const struct db_patterns *p, uint32_t pattern)
{
	const struct db_pattern_record *r =
		(const struct db_pattern_record *)(const void *)p->record.p + pattern;
	return (struct span){ p->blobs.p + r->blob_at, r->blob_n };
}

static void describe_anchors(struct span blob, struct db_pattern_record *r)
{
	r->n_anchors = (uint32_t)pattern_n_anchors(blob);
	for (uint32_t i = 0; i < r->n_anchors && i < 32; i++) {
		struct pattern_anchor a;
		if (pattern_anchor(blob, i, &a) && a.whole)
			r->whole |= 1u << i;
	}
}

/* The pattern with the bytes that were appended at `at`, which are taken back where they are known.
 */
static bool intern(struct db_patterns *p, struct seen *s, size_t at, uint32_t *out)
{
	struct span blob = { p->blobs.p + at, p->blobs.n - at };
	size_t k = hash_words(blob) & s->mask;

	for (; s->slot[k] != 0; k = (k + 1) & s->mask)
		if (span_equal(blob_of(p, s->slot[k] - 1), blob)) {
			*out = s->slot[k] - 1;
			p->blobs.n = at;
			return true;
		}
	struct db_pattern_record r = { .blob_at = at,
				       .blob_n = (uint32_t)blob.n,
				       .literal = pattern_is_literal(blob),
				       .chain = pattern_is_chain(blob) };
	describe_anchors(blob, &r);
	buf_align(&p->blobs, 8);
	*out = (uint32_t)(p->record.n / sizeof r);
	buf_put(&p->record, &r, sizeof r);
	s->slot[k] = *out + 1;
	return buf_ok(&p->record) && buf_ok(&p->blobs);
}

static double pattern_cost(struct span blob, bool *sampled)
{
	size_t n = pattern_n_anchors(blob);
	double sum = n == 0 ? INFINITY : 0;

	*sampled = n != 0;
	for (size_t i = 0; i < n; i++) {
		struct pattern_anchor a;
		if (!pattern_anchor(blob, i, &a))
			return INFINITY;
		struct filter_anchor f = {
			.bytes = a.bytes, .mask = a.mask, .fold = a.fold, .xored = a.xored
		};
		*sampled = *sampled && filter_samples(&f);
		sum += filter_cost(&f);
	}
	return sum;
}

/* A pattern's error at its place in the rule's source. */
static void report(struct ruleset *set, struct ir_place text, uint32_t rule, const struct error *e)
{
	size_t n;
	const struct ir_source *source = ruleset_sources(set, &n);

	if (e->at != PLACE_NONE && text.source < n) {
		struct span whole = source[text.source].text;
		for (uint64_t i = 0; i < e->at && text.at < whole.n; i++, text.at++) {
			bool ends = whole.p[text.at] == '\n';
			text.line += ends;
			text.column = ends ? 1 : text.column + 1;
		}
		text.n = 1;
	}
	ruleset_diagnose(set, IR_ERROR, text, rule, NULL, "%s", e->text);
}

static void warn(struct ruleset *set, const struct ir_string *s, uint32_t notes)
{
	if ((notes & PATTERN_NO_ANCHOR) != 0)
		ruleset_diagnose(
			set, IR_WARNING, s->place, COND_NONE,
			"give it a fixed run of 4 bytes or more",
			"string %.*s has no bytes that every match must hold: each object is "
			"searched whole for it",
			(int)s->name.n, (const char *)s->name.p);
	else if ((notes & PATTERN_SHORT_ANCHOR) != 0)
		ruleset_diagnose(set, IR_NOTE, s->place, COND_NONE, NULL,
				 "string %.*s is slow: its longest fixed run is under 4 bytes",
				 (int)s->name.n, (const char *)s->name.p);
}

static bool compile_patterns(struct ruleset *set, struct arena *a, struct db_patterns *p)
{
	size_t n = 0, n_rules;
	struct ir_string *s = ruleset_strings(set, &n);
	struct ir_rule *rule = ruleset_rules(set, &n_rules);
	struct seen seen = { .mask = 1 };
	struct arena work;

	while (seen.mask < 2 * n)
		seen.mask *= 2;
	seen.mask--;
	seen.slot = arena_array(a, seen.mask + 1, sizeof *seen.slot);
	p->of_string = arena_array(a, n, sizeof *p->of_string);
	p->cost = arena_array(a, n, sizeof *p->cost);
	p->sampled = arena_array(a, n, sizeof *p->sampled);
	if (seen.slot == NULL || p->of_string == NULL || p->cost == NULL || p->sampled == NULL)
		return false;
	arena_init(&work, 256u << 20);
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		size_t at = p->blobs.n;
		uint32_t notes = 0;
		struct error e;

		p->of_string[i] = COND_NONE;
		p->cost[i] = INFINITY;
		if (s[i].rule >= n_rules)
			continue;
		/* a rule with an error is left out, but all its errors are told */
		bool broken = (rule[s[i].rule].flags & IR_RULE_BROKEN) != 0;
		arena_reset(&work);
		if (!pattern_compile(&s[i].pattern, &work, &p->blobs, &notes, &e)) {
			ok = buf_ok(&p->blobs);
			p->blobs.n = at;
			report(set, s[i].text_place, s[i].rule, &e);
			continue;
		}
		if (broken) {
			p->blobs.n = at;
			continue;
		}
		warn(set, &s[i], notes);
		ok = intern(p, &seen, at, &p->of_string[i]);
		if (ok)
			p->cost[i] = pattern_cost(blob_of(p, p->of_string[i]), &p->sampled[i]);
	}
	arena_release(&work);
	return ok;
}

/* ---- regular expressions of conditions; their blobs stand among the patterns' */

static bool compile_regexes(struct ruleset *set, struct db_patterns *p, struct buf *out)
{
	struct ir_regex *x = (struct ir_regex *)(void *)set->regexes.p;
	size_t n = set->regexes.n / sizeof *x;
	struct arena work;

	arena_init(&work, 256u << 20);
	for (size_t i = 0; i < n; i++) {
		struct db_regex_record r = { .blob_at = p->blobs.n, .rule = x[i].rule };
		uint32_t notes = 0;
		struct error e;

		arena_reset(&work);
		if (pattern_compile(&x[i].pattern, &work, &p->blobs, &notes, &e)) {
			r.blob_n = (uint32_t)(p->blobs.n - r.blob_at);
			buf_align(&p->blobs, 8);
		} else {
			p->blobs.n = r.blob_at;
			report(set, x[i].place, x[i].rule, &e);
		}
		buf_put(out, &r, sizeof r);
	}
	arena_release(&work);
	return buf_ok(out) && buf_ok(&p->blobs);
}

/* ---- the simple sections */

struct writer {
	struct ruleset *set;
	struct arena arena;
	struct buf section[DB_SECTION_COUNT];
	struct db_patterns patterns;
	struct db_plan plan;
	uint32_t *kept; /* new number of each rule, or COND_NONE */
	uint32_t *string_kept;
	uint32_t asked; /* bit set of the modules that rules ask */
	bool texts;     /* a rule has IR_RULE_TEXT */
};

static struct db_text text(struct writer *w, struct span s)
{
	struct buf *b = &w->section[DB_TEXT];
	struct db_text t = { (uint32_t)b->n, (uint32_t)s.n };

	buf_put_span(b, s);
	return t;
}

static bool number_rules(struct writer *w)
{
	size_t n, n_strings;
	struct ir_rule *r = ruleset_rules(w->set, &n);
	struct ir_string *s = ruleset_strings(w->set, &n_strings);
	uint32_t next = 0;

	w->kept = arena_array(&w->arena, n, sizeof *w->kept);
	w->string_kept = arena_array(&w->arena, n_strings, sizeof *w->string_kept);
	if (w->kept == NULL || w->string_kept == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		w->kept[i] = (r[i].flags & IR_RULE_BROKEN) != 0 ? COND_NONE : next++;
	next = 0;
	for (size_t i = 0; i < n_strings; i++)
		w->string_kept[i] = w->kept[s[i].rule] == COND_NONE ? COND_NONE : next++;
	return true;
}

/* A rule that refers to one which turned out broken is broken too; until nothing changes. */
static void break_dependants(struct writer *w)
{
	size_t n;
	struct ir_rule *r = ruleset_rules(w->set, &n);
	const struct cond_node *node = ruleset_code(w->set).node;
	const uint32_t *pool = ruleset_code(w->set).pool;

	for (size_t i = 0; i < n; i++) {
		if ((r[i].flags & IR_RULE_BROKEN) != 0)
			continue;
		for (uint32_t k = r[i].first_node; k < r[i].first_node + r[i].n_nodes; k++) {
			uint32_t on = COND_NONE;
			if (node[k].op == COND_RULE && (r[node[k].a].flags & IR_RULE_BROKEN) != 0)
				on = node[k].a;
			for (uint32_t j = 0; node[k].op == COND_RULES && j < node[k].b; j++)
				if ((r[pool[node[k].a + j]].flags & IR_RULE_BROKEN) != 0)
					on = pool[node[k].a + j];
			if (on == COND_NONE)
				continue;
			ruleset_diagnose(w->set, IR_ERROR, r[i].place, (uint32_t)i, NULL,
					 "rule refers to %.*s, which has an error",
					 (int)r[on].name.n, (const char *)r[on].name.p);
			break;
		}
	}
}

/* The number of a name space; NAMES_UNKNOWN where memory is spent.  Its text is put there once. */
static uint32_t space_number(struct writer *w, struct names *spaces, struct db_text *texts,
			     struct span space)
{
	uint32_t number = names_find(spaces, 0, space);

	if (number != NAMES_UNKNOWN)
		return number;
	number = (uint32_t)spaces->n;
	if (!names_add(spaces, 0, space, number))
		return NAMES_UNKNOWN;
	texts[number] = text(w, space);
	return number;
}

static bool put_rules_in(struct writer *w, struct names *spaces)
{
	size_t n;
	struct ir_rule *r = ruleset_rules(w->set, &n);
	struct db_text *space_text = arena_array(&w->arena, n, sizeof *space_text);
	const struct span *tag = (const struct span *)(const void *)w->set->tags.p;
	const struct ir_meta *meta = (const struct ir_meta *)(const void *)w->set->metas.p;
	uint32_t first_string = 0;

	if (space_text == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (w->kept[i] == COND_NONE)
			continue;
		uint32_t space = space_number(w, spaces, space_text, r[i].space);
		if (space == NAMES_UNKNOWN)
			return false;
		struct db_rule_record out = {
			.name = text(w, r[i].name),
			.space = space_text[space],
			.flags = r[i].flags,
			.source = r[i].place.source,
			.line = r[i].place.line,
			.first_string = first_string,
			.n_strings = r[i].n_strings,
			.first_tag = (uint32_t)(w->section[DB_TAGS].n / sizeof(struct db_text)),
			.n_tags = r[i].n_tags,
			.first_meta =
				(uint32_t)(w->section[DB_METAS].n / sizeof(struct db_meta_record)),
			.n_metas = r[i].n_metas,
			.root = r[i].root,
			.condition_at = r[i].condition_at,
			.condition_n = r[i].condition_n,
			.modules = r[i].modules,
			.space_number = space,
		};
		first_string += r[i].n_strings;
		w->asked |= r[i].modules;
		w->texts = w->texts || (r[i].flags & IR_RULE_TEXT) != 0;
		for (uint32_t k = 0; k < r[i].n_tags; k++) {
			struct db_text t = text(w, tag[r[i].first_tag + k]);
			buf_put(&w->section[DB_TAGS], &t, sizeof t);
		}
		for (uint32_t k = 0; k < r[i].n_metas; k++) {
			const struct ir_meta *m = &meta[r[i].first_meta + k];
			struct db_meta_record d = { .name = text(w, m->name),
						    .text = text(w, m->text),
						    .kind = m->kind,
						    .number = m->number };
			buf_put(&w->section[DB_METAS], &d, sizeof d);
		}
		buf_put(&w->section[DB_RULES], &out, sizeof out);
	}
	return true;
}

static bool put_rules(struct writer *w)
{
	struct names spaces;

	names_init(&spaces);
	bool ok = put_rules_in(w, &spaces);
	names_release(&spaces);
	return ok;
}

/* YARA's literal: what is asked for at one place is not shown elsewhere. */
static bool is_plain(const struct writer *w, uint32_t pattern, uint32_t flags)
{
	const uint32_t both = PATTERN_ASCII | PATTERN_WIDE;
	const struct db_pattern_record *r = (const void *)w->patterns.record.p;
	struct span blob = { w->patterns.blobs.p + r[pattern].blob_at, r[pattern].blob_n };

	return pattern_is_plain(blob, (flags & both) == both ? 2 : 1);
}

static void put_strings(struct writer *w)
{
	size_t n;
	struct ir_string *s = ruleset_strings(w->set, &n);

	for (size_t i = 0; i < n; i++) {
		if (w->string_kept[i] == COND_NONE)
			continue;
		struct db_string_record out = { .name = text(w, s[i].name),
						.rule = w->kept[s[i].rule],
						.pattern = w->patterns.of_string[i],
						.flags = s[i].pattern.flags,
						.kind = s[i].pattern.kind,
						.line = s[i].place.line,
						.single = s[i].fixed,
						.plain = is_plain(w, w->patterns.of_string[i],
								  s[i].pattern.flags),
						.fixed_at = s[i].fixed_at };
		buf_put(&w->section[DB_STRINGS], &out, sizeof out);
	}
}

/* Nodes stay where they are, those of broken rules too, so that no number in them changes but those
 * of strings and rules. */
static void put_nodes(struct writer *w)
{
	struct cond_code code = ruleset_code(w->set);
	uint32_t *pool;

	buf_put(&w->section[DB_NODES], code.node, code.n_nodes * sizeof *code.node);
	buf_put(&w->section[DB_POOL], code.pool, code.n_pool * sizeof *code.pool);
	if (!buf_ok(&w->section[DB_NODES]) || !buf_ok(&w->section[DB_POOL]))
		return;
	struct cond_node *node = (struct cond_node *)(void *)w->section[DB_NODES].p;
	pool = (uint32_t *)(void *)w->section[DB_POOL].p;
	for (size_t i = 0; i < code.n_nodes; i++) {
		switch (node[i].op) {
		case COND_FOUND:
		case COND_FOUND_AT:
		case COND_FOUND_IN:
		case COND_COUNT:
		case COND_COUNT_IN:
		case COND_OFFSET:
		case COND_LENGTH:
			if (node[i].a != COND_NONE)
				node[i].a = w->string_kept[node[i].a];
			break;
		case COND_RULE:
			node[i].a = w->kept[node[i].a];
			break;
		case COND_STRINGS:
			for (uint32_t k = 0; k < node[i].b; k++)
				pool[node[i].a + k] = w->string_kept[code.pool[node[i].a + k]];
			break;
		case COND_RULES:
			for (uint32_t k = 0; k < node[i].b; k++)
				pool[node[i].a + k] = w->kept[code.pool[node[i].a + k]];
			break;
		default:
			break;
		}
	}
}

static void put_externs(struct writer *w)
{
	const struct ir_extern *x = (const struct ir_extern *)(const void *)w->set->externs.p;

	for (size_t i = 0; i < w->set->externs.n / sizeof *x; i++) {
		struct db_extern_record out = { .name = text(w, x[i].name),
						.kind = x[i].value.kind };
		if (x[i].value.kind == VALUE_STRING)
			out.text = text(w, x[i].value.s);
		else
			memcpy(&out.bits, &x[i].value.i, sizeof out.bits);
		buf_put(&w->section[DB_EXTERNS], &out, sizeof out);
	}
}

static void put_sources(struct writer *w)
{
	size_t n;
	struct ir_source *s = ruleset_sources(w->set, &n);

	for (size_t i = 0; i < n; i++) {
		struct db_source_record out = { .name = text(w, s[i].name) };
		memcpy(out.sha256, s[i].sha256, sizeof out.sha256);
		buf_put(&w->section[DB_SOURCES], &out, sizeof out);
	}
}

static void put_passwords(struct writer *w)
{
	const struct span *s = (const struct span *)(const void *)w->set->passwords.p;

	for (size_t i = 0; i < w->set->passwords.n / sizeof *s; i++) {
		struct db_text t = text(w, s[i]);
		buf_put(&w->section[DB_PASSWORDS], &t, sizeof t);
	}
}

/* ---- the file */

static bool put_file(struct writer *w, struct buf *out, struct error *e)
{
	struct buf *body[DB_SECTION_COUNT];
	struct db_head head = w->plan.head;

	for (size_t i = 0; i < DB_SECTION_COUNT; i++)
		body[i] = &w->section[i];
	body[DB_PATTERNS] = &w->patterns.record;
	body[DB_BLOBS] = &w->patterns.blobs;
	body[DB_GATES] = &w->plan.gates;
	body[DB_TRIGGERS] = &w->plan.triggers;
	body[DB_ALWAYS] = &w->plan.always;
	body[DB_GLOBALS] = &w->plan.globals;
	body[DB_FILTERS] = &w->plan.filters;

	memcpy(head.magic, DB_MAGIC, sizeof head.magic);
	head.version = DB_VERSION;
	head.n_sections = DB_SECTION_COUNT;
	head.left_out = (uint32_t)(w->set->left_out.n / sizeof(uint32_t));
	head.n_hashes = (uint32_t)(w->set->hashes.n / sizeof(struct ir_hash));
	head.asked = w->asked;
	head.texts = w->texts;
	head.modules = db_modules_digest(w->asked);
	uint64_t at = sizeof head + DB_SECTION_COUNT * sizeof(struct db_section);
	struct db_section table[DB_SECTION_COUNT] = { 0 };
	for (uint32_t i = 0; i < DB_SECTION_COUNT; i++) {
		at = (at + 63) & ~UINT64_C(63);
		table[i] = (struct db_section){ .kind = i, .at = at, .n = body[i]->n };
		if (!hash_of(HASH_SHA256, buf_span(body[i]), table[i].sha256))
			return error_set(e, REASON_INTERNAL, PLACE_NONE,
					 "SHA-256 is not available");
		at += body[i]->n;
	}
	head.size = at;
	if (!db_head_sum(&head, table, head.sum))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "SHA-256 is not available");
	buf_put(out, &head, sizeof head);
	buf_put(out, table, sizeof table);
	for (size_t i = 0; i < DB_SECTION_COUNT; i++) {
		buf_align(out, 64);
		buf_put_span(out, buf_span(body[i]));
		buf_release(body[i]); /* the whole is not to be held twice */
	}
	if (!buf_ok(out))
		return error_set(e, REASON_LIMIT, PLACE_NONE, "database: over %zu bytes", out->max);
	return true;
}

static bool put_sections(struct writer *w, struct error *e)
{
	/* the text of condition nodes comes first, so that their offsets stay */
	buf_put_span(&w->section[DB_TEXT], buf_span(&w->set->text));
	if (!number_rules(w) || !put_rules(w))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to build a database");
	put_strings(w);
	put_nodes(w);
	put_externs(w);
	put_sources(w);
	put_passwords(w);
	if (!db_hash_put(w->set, w->section, e))
		return false;
	for (size_t i = 0; i < DB_SECTION_COUNT; i++)
		if (!buf_ok(&w->section[i]))
			return error_set(e, REASON_LIMIT, PLACE_NONE,
					 "database: section %zu is too large", i);
	return true;
}

bool db_build(struct ruleset *set, struct buf *out, struct error *e)
{
	struct writer w = { .set = set };
	bool ok = false;

	arena_init(&w.arena, SIZE_MAX);
	for (size_t i = 0; i < DB_SECTION_COUNT; i++)
		buf_init(&w.section[i], i == DB_HASHES ? SIZE_MAX : MAX_SECTION);
	buf_init(&w.patterns.record, MAX_SECTION);
	buf_init(&w.patterns.blobs, MAX_SECTION);
	db_plan_init(&w.plan);
	if (!compile_patterns(set, &w.arena, &w.patterns) ||
	    !compile_regexes(set, &w.patterns, &w.section[DB_REGEXES])) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to build a database");
		goto out;
	}
	break_dependants(&w);
	if (!put_sections(&w, e))
		goto out;
	if (!db_plan_make(set, w.kept, &w.patterns, &w.arena, &w.plan, e))
		goto out;
	ok = put_file(&w, out, e);
out:
	for (size_t i = 0; i < DB_SECTION_COUNT; i++)
		buf_release(&w.section[i]);
	buf_release(&w.patterns.record);
	buf_release(&w.patterns.blobs);
	db_plan_release(&w.plan);
	arena_release(&w.arena);
	return ok;
}
