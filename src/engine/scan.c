/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/heap.h"
#include "engine/scanner.h"
#include "match/filter.h"

#include <stdlib.h>

enum {
	OBJECT_MEMORY = 1 << 30, /* bytes that one object may cost */
	MAX_GAPS = 4096,
	MAX_HASHED = 1 << 20,  /* bytes of digests that were found */
	MAX_STRINGS = 1000000, /* occurrences that a verdict keeps for one rule */
	MAX_LOG = 1 << 20,
};

/* ---- life */

static bool allocate(struct scanner *s)
{
	size_t patterns = (size_t)s->db->n_patterns + 1, rules = (size_t)s->db->n_rules + 1;
	struct arena *a = &s->tables;

	s->matches = arena_array(a, patterns, sizeof *s->matches);
	s->touched = arena_array(a, patterns, sizeof *s->touched);
	s->dead = arena_array(a, patterns, 1);
	s->state = arena_array(a, patterns, 1);
	s->tries = arena_array(a, patterns, sizeof *s->tries);
	s->asked = arena_array(a, rules, sizeof *s->asked);
	s->rule = arena_array(a, rules, 1);
	s->space_failed = arena_array(a, rules, sizeof *s->space_failed);
	s->externs = arena_array(a, (size_t)s->db->n_externs + 1, sizeof *s->externs);
	s->scratch = pattern_scratch_new();
	return s->dead != NULL && s->state != NULL && s->tries != NULL && s->matches != NULL &&
	       s->touched != NULL && s->rule != NULL && s->asked != NULL &&
	       s->space_failed != NULL && s->externs != NULL && s->scratch != NULL;
}

static bool set_externs(struct scanner *s, struct error *e)
{
	for (uint32_t i = 0; i < s->db->n_externs; i++) {
		struct ir_extern x;
		if (!db_extern(s->db, i, &x))
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "database: external %u is damaged", i);
		s->externs[i] = x.value;
		for (size_t k = 0; k < s->options.n_externs; k++)
			if (span_equal(s->options.externs[k].name, x.name)) {
				if (s->options.externs[k].value.kind != x.value.kind)
					return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
							 "external variable %.*s has another type "
							 "in the rules",
							 (int)x.name.n, (const char *)x.name.p);
				s->externs[i] = s->options.externs[k].value;
			}
	}
	return true;
}

bool scanner_new(const struct db *db, const struct scan_options *o, struct scanner **out,
		 struct error *e)
{
	struct scanner *s = calloc(1, sizeof *s);

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a scanner");
	s->db = db;
	s->options = *o;
	s->row = filter_best_row();
	arena_init(&s->arena, OBJECT_MEMORY);
	arena_init_sparse(&s->tables, SIZE_MAX);
	s->filter_room = filter_room_new(&s->tables);
	buf_init(&s->gaps, MAX_GAPS * sizeof(struct verdict_gap));
	buf_init(&s->log, MAX_LOG);
	buf_init(&s->values, VERDICT_MAX_VALUES * sizeof(struct verdict_value));
	buf_init(&s->hashed, MAX_HASHED);
	buf_init(&s->found, VERDICT_MAX_RULES * sizeof(struct verdict_match));
	scan_pcre_init(s);
	if (s->filter_room == NULL || !allocate(s)) {
		scanner_free(s);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a scanner");
	}
	if (!set_externs(s, e)) {
		scanner_free(s);
		return false;
	}
	*out = s;
	return true;
}

void scanner_free(struct scanner *s)
{
	if (s == NULL)
		return;
	pattern_scratch_free(s->scratch);
	arena_release(&s->arena);
	arena_release(&s->tables);
	buf_release(&s->gaps);
	buf_release(&s->log);
	buf_release(&s->values);
	buf_release(&s->found);
	buf_release(&s->hashed);
	scan_pcre_release(s);
	free(s);
}

/* ---- evidence */

static void put_string(struct scanner *s, uint32_t string, const struct match *m, struct buf *out)
{
	struct verdict_string v = {
		.string = string, .at = m->at, .n = m->n, .xor_key = m->xor_key
	};
	uint64_t at;

	if (scan_place(s, m->at, m->n, &at))
		v.excerpt = span_cut(s->file, at, m->n < VERDICT_EXCERPT ? m->n : VERDICT_EXCERPT);
	buf_put(out, &v, sizeof v);
}

static void put_strings(struct scanner *s, const struct db_rule *rule, struct verdict_match *out)
{
	struct buf all;

	buf_init(&all, MAX_STRINGS * sizeof(struct verdict_string));
	for (uint32_t i = 0; i < rule->n_strings; i++) {
		const struct match *list;
		uint32_t string = rule->first_string + i;
		size_t n;
		if ((s->db->string[string].flags & PATTERN_PRIVATE) != 0)
			continue;
		s->steps = scan_budget(s); /* each: what the rule did not ask for may take long */
		scan_shown(s, string, &list, &n);
		if (s->options.fast && s->db->string[string].single != 0 && n > 1)
			n = 1;
		out->n_strings_all += n;
		for (size_t k = 0; k < n; k++)
			put_string(s, string, &list[k], &all);
	}
	if (!buf_ok(&all))
		scan_gap(s, REASON_LIMIT, out->rule, "limit:matches");
	out->n_strings = all.n / sizeof(struct verdict_string);
	out->string = arena_copy(&s->arena, all.p, all.n);
	if (out->string == NULL)
		out->n_strings = 0;
	buf_release(&all);
}

static void put_match(struct scanner *s, uint32_t number, const struct db_rule *rule)
{
	struct verdict_match m = { .rule = number };

	if (s->options.strings) {
		s->rule_now = number;
		put_strings(s, rule, &m);
		explain_rule(s, number);
		m.n_values = s->values.n / sizeof *m.value;
		m.value = arena_copy(&s->arena, s->values.p, s->values.n);
		if (m.value == NULL)
			m.n_values = 0;
	}
	buf_put(&s->found, &m, sizeof m);
}

static bool is_less(const void *list, size_t a, size_t b)
{
	const uint32_t *p = list;

	return p[a] < p[b];
}

/* Does the rule say of what type the object is, in place of being reported?  In an object that is
 * examined as of such a type it is reported as others are, which is what clamscan 1.4 does. */
static bool says_type(struct scanner *s, const struct db_rule *rule)
{
	uint32_t type = IR_RULE_TYPE(rule->flags);

	if ((rule->flags & IR_RULE_HANDLER) == 0)
		return false;
	if (s->member != NULL && s->member->again)
		return (rule->flags & IR_RULE_PRIVATE) != 0;
	if (type < CLAM_TYPES_HANDLED)
		s->handlers |= UINT64_C(1) << type;
	return true;
}

/* The object is trusted: what stays is found by rules that are not held up by that. */
static enum verdict_kind leave_firm(struct scanner *s)
{
	struct verdict_match *m = (struct verdict_match *)(void *)s->found.p;
	size_t n_all = s->found.n / sizeof *m, n = 0;
	enum verdict_kind kind = VERDICT_CLEAN;
	struct db_rule rule;

	for (size_t i = 0; i < n_all; i++) {
		if (!db_rule(s->db, m[i].rule, &rule) || (rule.flags & IR_RULE_FIRM) == 0)
			continue;
		enum verdict_kind k = verdict_of_rule(s->db, &rule);
		kind = k > kind ? k : kind;
		m[n++] = m[i];
	}
	s->found.n = n * sizeof *m;
	s->handlers = 0;
	return kind;
}

/* The rules that are true, not private, and not in a namespace that a global rule closes. */
static enum verdict_kind collect(struct scanner *s)
{
	uint32_t *matched = arena_array(&s->arena, s->n_asked, sizeof *matched);
	enum verdict_kind kind = VERDICT_CLEAN;
	size_t n = 0;

	if (matched == NULL) {
		scan_gap(s, REASON_MEMORY, COND_NONE, "memory");
		return kind;
	}
	for (size_t i = 0; i < s->n_asked; i++)
		if (s->rule[s->asked[i]] == RULE_TRUE)
			matched[n++] = s->asked[i];
	heap_sort(matched, n, is_less, heap_swap_u32);
	for (size_t i = 0; i < n; i++) {
		struct db_rule rule;
		uint32_t space = s->db->rule[matched[i]].space_number;
		if (!db_rule(s->db, matched[i], &rule)) {
			scan_gap(s, REASON_DAMAGED, matched[i], "database: a rule is damaged");
			continue;
		}
		if (((rule.flags & IR_RULE_PRIVATE) != 0 && (rule.flags & IR_RULE_HANDLER) == 0) ||
		    (s->db->n_globals != 0 && space < s->db->n_rules && s->space_failed[space]))
			continue;
		if (says_type(s, &rule))
			continue;
		enum verdict_kind k = verdict_of_rule(s->db, &rule);
		kind = k > kind ? k : kind;
		put_match(s, matched[i], &rule);
	}
	kind = scan_hash_matches(s, kind);
	if (!buf_ok(&s->found))
		scan_gap(s, REASON_LIMIT, COND_NONE, "limit:rules");
	if (kind == VERDICT_CLEAN)
		return kind;
	if (!scan_allowed(s))
		return scan_rules_allow(s) ? leave_firm(s) : kind;
	buf_reset(&s->found);
	s->handlers = 0;
	return VERDICT_CLEAN;
}

/* ---- one object */

static void begin(struct scanner *s, struct span file)
{
	scan_forget_strings(s);
	scan_forget_rules(s);
	scan_forget_modules(s);
	arena_reset(&s->arena);
	buf_reset(&s->gaps);
	buf_reset(&s->log);
	buf_reset(&s->found);
	buf_reset(&s->hashed);
	s->file = file;
	s->member = NULL;
	s->region = NULL;
	s->n_regions = 0;
	s->class = type_class_of(file);
	s->groups = s->options.process ? (1u << DB_GROUP_COUNT) - 1 : 1u << db_group_of(s->class);
	s->rule_now = COND_NONE;
	s->eval = (struct eval){ .code = s->db->code,
				 .file = file,
				 .process = s->options.process,
				 .now = s->options.now,
				 .arena = &s->arena,
				 .steps = &s->steps,
				 .source = &scan_source,
				 .ctx = s };
}

static void examine(struct scanner *s, struct verdict *out)
{
	*out = (struct verdict){ .size = s->file.n, .class = s->class };
	scan_pcre_begin(s);
	s->handlers = 0;
	s->has_digest = 0;
	if (s->member == NULL || !s->member->absent) {
		scan_hashes(s);
		scan_filter(s);
	}
	if (s->options.module_data != 0)
		scan_dump(s);
	scan_rules(s);
	out->kind = collect(s);
	out->handlers = s->handlers;
	if (pattern_scratch_lacked(s->scratch) || s->arena.spent || !buf_ok(&s->hashed) ||
	    !buf_ok(&s->found))
		scan_gap(s, REASON_MEMORY, COND_NONE, "memory");
	if (!buf_ok(&s->log))
		scan_gap(s, REASON_LIMIT, COND_NONE, "limit:log");
	out->match = (struct verdict_match *)(void *)s->found.p;
	out->n_matches = s->found.n / sizeof(struct verdict_match);
	out->gap = (struct verdict_gap *)(void *)s->gaps.p;
	out->n_gaps = s->gaps.n / sizeof(struct verdict_gap);
	if (!buf_ok(&s->gaps)) { /* not even a gap had room */
		s->no_memory = (struct verdict_gap){ .why = REASON_MEMORY,
						     .rule = COND_NONE,
						     .detail = span_of("memory") };
		out->gap = &s->no_memory;
		out->n_gaps = 1;
	}
	out->log = buf_span(&s->log);
	if (out->kind == VERDICT_CLEAN && out->n_gaps != 0)
		out->kind = VERDICT_INCOMPLETE;
}

void scanner_object(struct scanner *s, struct span file, struct verdict *out)
{
	scanner_member(s, NULL, file, out);
}

void scanner_member(struct scanner *s, const struct scan_member *m, struct span file,
		    struct verdict *out)
{
	begin(s, file);
	s->member = m;
	examine(s, out);
	bool absent = m != NULL && m->absent; /* there are no bytes to have a digest */
	if (!absent && (s->options.hash || out->kind != VERDICT_CLEAN)) {
		const uint8_t *digest = scan_sha256(s);
		out->has_sha256 = digest != NULL;
		if (digest != NULL)
			memcpy(out->sha256, digest, sizeof out->sha256);
	}
}

void scanner_process(struct scanner *s, struct span image, const struct scan_region *region,
		     size_t n, struct verdict *out)
{
	begin(s, image);
	s->region = region;
	s->n_regions = n;
	s->eval.file = (struct span){ image.p, 0 };
	s->eval.bytes = scan_bytes;
	examine(s, out);
}
