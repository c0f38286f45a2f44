/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit.h"

#include "base/text.h"
#include "format/modules.h"
#include "rules/audit/audit_assume.h"
#include "rules/audit/audit_impl.h"
#include "rules/audit/audit_inert.h"
#include "rules/audit/audit_read.h"
#include "rules/audit/audit_text.h"
#include "rules/operands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_EVIDENCE = 1024,    /* bytes */
	MAX_QUOTED = 60,        /* bytes of one string */
	MANY_STEPS = 100000000, /* what one rule may spend on an object */
	MAX_REFERRED = 4096     /* rules that a rule names, with those that they name */
};

static const char *const words[AUDIT_MARKS] = {
	[AUDIT_CODE] = "code",     [AUDIT_STRUCTURE] = "structure", [AUDIT_CONTENT] = "content",
	[AUDIT_DIGEST] = "digest", [AUDIT_NAME] = "name",           [AUDIT_PATH] = "path",
	[AUDIT_TIME] = "time",     [AUDIT_PLACE] = "place",         [AUDIT_BROAD] = "broad",
	[AUDIT_SLOW] = "slow",     [AUDIT_NEVER] = "never",
};

const char *audit_word(enum audit_mark_kind kind) { return words[kind]; }

bool audit_is_concern(enum audit_mark_kind kind)
{
	return kind != AUDIT_CODE && kind != AUDIT_STRUCTURE;
}

static void put_mark(struct facts *f, enum audit_mark_kind kind, const char *reason,
		     struct span evidence)
{
	for (size_t i = 0; i < f->out->n; i++)
		if (f->out->mark[i].kind == kind)
			return;
	f->out->mark[f->out->n++] = (struct audit_mark){ kind, reason, evidence };
}

/* Nodes below `root`, each once; false where memory is spent. */
static bool gather_nodes(struct facts *f, struct buf *nodes, struct buf *rules, uint32_t root)
{
	struct operands o;
	size_t first = nodes->n / sizeof root, n_rules;

	(void)ruleset_rules(f->set, &n_rules);
	buf_put(nodes, &root, sizeof root);
	for (size_t i = first; buf_ok(nodes) && i < nodes->n / sizeof root; i++) {
		uint32_t number = ((uint32_t *)(void *)nodes->p)[i];
		const struct cond_node *n = &f->code.node[number];
		if (!operands_of(&f->code, number, &o))
			continue;
		for (size_t k = 0; k < o.n_one; k++)
			buf_put(nodes, &o.one[k], sizeof *o.one);
		if (o.n_list != 0)
			buf_put(nodes, o.list, o.n_list * sizeof *o.list);
		if (n->op == COND_RULE && n->a < n_rules)
			buf_put(rules, &n->a, sizeof n->a);
		if (n->op == COND_RULES && n->a <= f->code.n_pool && n->b <= f->code.n_pool - n->a)
			buf_put(rules, f->code.pool + n->a, n->b * sizeof *f->code.pool);
	}
	return buf_ok(nodes) && buf_ok(rules);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static uint32_t *copy_numbers(struct arena *a, const struct buf *b)
{
	uint32_t none = 0;

	return b->n != 0 ? arena_copy(a, b->p, b->n) : arena_copy(a, &none, sizeof none);
}

static bool gather(struct facts *f)
{
	struct buf nodes, rules, strings;
	size_t n_rules, n_strings = 0;
	const struct ir_rule *rule = ruleset_rules(f->set, &n_rules);

	buf_init(&nodes, 1 << 26);
	buf_init(&rules, MAX_REFERRED * sizeof(uint32_t));
	buf_init(&strings, AUDIT_MAX_STRINGS * sizeof(uint32_t));
	bool ok = gather_nodes(f, &nodes, &rules, f->rule->root);
	for (uint32_t k = 0; k < f->rule->n_strings; k++) {
		uint32_t s = f->rule->first_string + k;
		buf_put(&strings, &s, sizeof s);
	}
	for (size_t i = 0; ok && i < rules.n / sizeof(uint32_t); i++) {
		uint32_t r = ((uint32_t *)(void *)rules.p)[i];
		bool seen = r >= n_rules || &rule[r] == f->rule;
		for (size_t k = 0; k < i && !seen; k++)
			seen = ((uint32_t *)(void *)rules.p)[k] == r;
		if (seen)
			continue;
		ok = gather_nodes(f, &nodes, &rules, rule[r].root);
		for (uint32_t k = 0; k < rule[r].n_strings; k++) {
			uint32_t s = rule[r].first_string + k;
			buf_put(&strings, &s, sizeof s);
		}
	}
	n_strings = strings.n / sizeof(uint32_t);
	if (n_strings != 0)
		qsort(strings.p, n_strings, sizeof(uint32_t), by_number);
	f->n_nodes = nodes.n / sizeof(uint32_t);
	f->node = copy_numbers(f->arena, &nodes);
	f->strings.number = copy_numbers(f->arena, &strings);
	f->strings.n = n_strings;
	/* a rule that names thousands of others is judged by what could be gathered */
	ok = f->node != NULL && f->strings.number != NULL;
	buf_release(&nodes);
	buf_release(&rules);
	buf_release(&strings);
	return ok;
}

static bool classify_strings(struct facts *f)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(f->set, &n);
	struct arena work;

	f->text = arena_array(f->arena, f->strings.n, sizeof *f->text);
	if (f->text == NULL)
		return false;
	arena_init(&work, (size_t)64 << 20);
	for (size_t i = 0; i < f->strings.n; i++) {
		f->text[i] = audit_classify_string(&s[f->strings.number[i]].pattern, &work);
		arena_reset(&work);
	}
	arena_release(&work);
	return true;
}

/* Where the rule demands a form that carries no programs, its strings are what people put there. */
static void see_form(struct facts *f, const struct audit_world *w)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(f->set, &n);
	enum inert form = audit_inert_head(w->head, w->known);
	struct arena work;

	arena_init(&work, (size_t)64 << 20);
	for (size_t i = 0; i < f->strings.n && form == INERT_NOT; i++)
		if (w->count[i].lo >= 1)
			form = audit_inert_form(&s[f->strings.number[i]].pattern, &work);
	for (size_t i = 0; i < f->strings.n && form != INERT_NOT; i++)
		if (f->text[i] == AUDIT_TEXT_CODE) {
			arena_reset(&work);
			f->text[i] =
				audit_inert_text(&s[f->strings.number[i]].pattern, form, &work);
		}
	arena_release(&work);
}

/* ---- evidence */

/* The strings of the rule that are of that class, with lines. */
static struct span strings_of(struct facts *f, enum audit_text text)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(f->set, &n);
	struct buf b;

	buf_init(&b, MAX_EVIDENCE);
	for (size_t i = 0; i < f->strings.n; i++) {
		const struct ir_string *one = &s[f->strings.number[i]];
		struct span t = one->pattern.text;
		if (f->text[i] != text)
			continue;
		if (b.n > MAX_EVIDENCE - 5 * MAX_QUOTED) {
			buf_put_text(&b, ", ...");
			break;
		}
		buf_printf(&b, "%s%.*s (line %u) ", b.n != 0 ? ", " : "",
			   one->name.n < MAX_QUOTED ? (int)one->name.n : MAX_QUOTED,
			   (const char *)one->name.p, one->place.line);
		text_escape(&b, span_cut(t, 0, t.n < MAX_QUOTED ? t.n : MAX_QUOTED));
		if (t.n > MAX_QUOTED)
			buf_put_text(&b, "...");
	}
	const void *copy = b.n != 0 ? arena_copy(f->arena, b.p, b.n) : NULL;
	struct span out = { copy, copy != NULL ? b.n : 0 };
	buf_release(&b);
	return out;
}

/* The beginning of the condition as it is written. */
static struct span condition_of(const struct facts *f)
{
	size_t n;
	const struct ir_source *s = ruleset_sources(f->set, &n);

	if (f->rule->place.source >= n)
		return (struct span){ NULL, 0 };
	struct span c = span_cut(s[f->rule->place.source].text, f->rule->condition_at,
				 f->rule->condition_n);
	while (c.n != 0 && (c.p[c.n - 1] == ' ' || c.p[c.n - 1] == '\n' || c.p[c.n - 1] == '\t'))
		c.n--;
	return span_cut(c, 0, c.n < 160 ? c.n : 160);
}

/* ---- the marks */

static void mark_extern(struct facts *f, uint32_t number)
{
	static const struct {
		const char *name;
		enum audit_mark_kind kind;
		const char *reason;
	} known[] = {
		{ "filename", AUDIT_NAME, "asks for the file's name, which is not in its bytes" },
		{ "extension", AUDIT_NAME, "asks for the file's name, which is not in its bytes" },
		{ "filetype", AUDIT_NAME, "asks for what the file is said to be" },
		{ "filepath", AUDIT_PATH, "asks where the file lies" },
		{ "owner", AUDIT_PLACE, "asks whose file it is" },
	};
	const struct ir_extern *x = (const struct ir_extern *)(const void *)f->set->externs.p;

	if (number >= f->set->externs.n / sizeof *x)
		return;
	f->odd = true;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(x[number].name, known[i].name)) {
			put_mark(f, known[i].kind, known[i].reason, condition_of(f));
			return;
		}
	put_mark(f, AUDIT_PLACE, "asks for a value that is set where it runs", x[number].name);
}

/* Fields of a link that say where what it names lies, and on whose machine. */
static bool is_whose(const char *name)
{
	static const char *const names[] = { "local_base_path", "local_base_path_unicode",
					     "machine_id",      "working_dir",
					     "volume_label",    "drive_serial_number",
					     "net_name",        "common_path_suffix" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void mark_member(struct facts *f, uint32_t node)
{
	uint32_t module = audit_module_of(&f->code, node);
	const struct field *field = audit_field_of(&f->code, node);

	/* what others answer is not understood here */
	f->odd |= module == MODULE_TIME || module == MODULE_CUCKOO || module == MODULE_VT ||
		  module == MODULE_CLAMAV;
	if (module == MODULE_TIME)
		put_mark(f, AUDIT_TIME, "depends on when it is asked", condition_of(f));
	else if (module == MODULE_CUCKOO)
		put_mark(f, AUDIT_PLACE, "depends on what a machine did, not on the file's bytes",
			 condition_of(f));
	else if (module == MODULE_VT)
		put_mark(f, AUDIT_PLACE, "depends on what others have said of the file",
			 condition_of(f));
	else if (module == MODULE_LNK && field != NULL && is_whose(field->name))
		put_mark(f, AUDIT_PATH, "asks where a file lies, or on whose machine",
			 condition_of(f));
	else if (module == MODULE_PE && field != NULL &&
		 (strncmp(field->name, "language", 8) == 0 || strcmp(field->name, "locale") == 0))
		put_mark(f, AUDIT_PLACE, "depends on the language of a program's users",
			 condition_of(f));
	else if (module == MODULE_HASH && f->code.node[node].op == COND_CALL) {
		f->digest = true;
		f->digest_node = node;
	}
}

static bool has_below(const struct facts *f, uint32_t root, unsigned op, unsigned depth)
{
	struct operands o;

	if (depth > 40 || root >= f->code.n_nodes)
		return false;
	if (f->code.node[root].op == op)
		return true;
	if (!operands_of(&f->code, root, &o))
		return false;
	for (size_t i = 0; i < o.n_one; i++)
		if (has_below(f, o.one[i], op, depth + 1))
			return true;
	for (size_t i = 0; i < o.n_list; i++)
		if (has_below(f, o.list[i], op, depth + 1))
			return true;
	return false;
}

/* How often the innermost of the loops over constant ranges at or below a node is gone through. */
static double steps_of(const struct facts *f, uint32_t root, unsigned depth)
{
	struct operands o;
	double most = 1, times = 1;

	if (depth > 40 || root >= f->code.n_nodes || !operands_of(&f->code, root, &o))
		return 1;
	const struct cond_node *n = &f->code.node[root];
	const struct cond_node *over = n->op == COND_FOR_IN ? &f->code.node[n->a] : NULL;
	if (over != NULL && over->op == COND_RANGE) {
		const struct cond_node *from = &f->code.node[over->a], *to = &f->code.node[over->b];
		if (from->op == COND_INT && to->op == COND_INT && cond_int(to) > cond_int(from))
			times = (double)cond_int(to) - (double)cond_int(from) + 1;
	}
	for (size_t i = 0; i < o.n_one; i++)
		most = fmax(most, steps_of(f, o.one[i], depth + 1));
	for (size_t i = 0; i < o.n_list; i++)
		most = fmax(most, steps_of(f, o.list[i], depth + 1));
	return times * most;
}

/* A loop over as many numbers as the file has bytes, or over very many. */
static void mark_loop(struct facts *f, const struct cond_node *n)
{
	const struct cond_node *over = &f->code.node[n->a];

	if (over->op == COND_RANGE && over->b < f->code.n_nodes &&
	    has_below(f, over->b, COND_FILESIZE, 0))
		put_mark(f, AUDIT_SLOW, "goes through the file byte by byte", condition_of(f));
	else if (steps_of(f, (uint32_t)(n - f->code.node), 0) >= MANY_STEPS)
		put_mark(f, AUDIT_SLOW, "loops within loops, whatever the file's size",
			 condition_of(f));
}

/* What the condition asks for that is no property of the bytes, and what it costs. */
static void mark_condition(struct facts *f)
{
	for (size_t i = 0; i < f->n_nodes; i++) {
		const struct cond_node *n = &f->code.node[f->node[i]];
		switch (n->op) {
		case COND_EXTERN:
			mark_extern(f, n->a);
			break;
		case COND_FIELD:
		case COND_CALL:
			mark_member(f, f->node[i]);
			break;
		case COND_FOR_IN:
			mark_loop(f, n);
			break;
		default:
			break;
		}
	}
}

static void mark_strings(struct facts *f)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(f->set, &n);
	struct arena work;
	struct buf blob;
	struct error e;

	arena_init(&work, (size_t)64 << 20);
	buf_init(&blob, 1 << 26);
	for (uint32_t i = 0; i < f->rule->n_strings; i++) {
		const struct ir_string *one = &s[f->rule->first_string + i];
		uint32_t notes = 0;
		if (one->named && pattern_compile(&one->pattern, &work, &blob, &notes, &e) &&
		    (notes & PATTERN_NO_ANCHOR) != 0)
			put_mark(f, AUDIT_SLOW,
				 "a string without two fixed bytes is tried at every byte",
				 one->name);
		arena_reset(&work);
		buf_reset(&blob);
	}
	buf_release(&blob);
	arena_release(&work);
}

/* What is looked for. */
static void mark_aim(struct facts *f, bool without, bool with)
{
	struct span shown = strings_of(f, AUDIT_TEXT_CONTENT);

	if (with && !without && f->spelled && shown.n == 0)
		put_mark(f, AUDIT_CONTENT,
			 "bytes that are read or digested stand for words, and a document is found "
			 "by them",
			 condition_of(f));
	else if (with && !without)
		put_mark(f, AUDIT_CONTENT,
			 "a document is found by its words, whatever else it holds", shown);
	else if (with && f->digest)
		put_mark(f, AUDIT_DIGEST,
			 "a digest is compared, and nobody sees what of: one file or a part of one",
			 condition_of(f));
	else if (!without)
		put_mark(f, f->strings.n != 0 ? AUDIT_CODE : AUDIT_STRUCTURE,
			 f->strings.n != 0 ? "strings or bytes that ordinary documents do not hold"
					   : "what the file's form says",
			 strings_of(f, AUDIT_TEXT_CODE));
	else
		put_mark(f, AUDIT_STRUCTURE, "what the file's form says", condition_of(f));
}

/* What is looked for, and whether it is found everywhere. */
static void mark_what(struct facts *f)
{
	bool without = audit_world_document(f, true, false);
	bool with = audit_world_document(f, true, true);

	mark_aim(f, without, with);
	if (without && f->one_size)
		put_mark(f, AUDIT_DIGEST, "an exact size stands for one file", condition_of(f));
	if (with && f->digest)
		put_mark(f, AUDIT_DIGEST,
			 "a digest is compared, and nobody sees what of: one file or a part of one",
			 condition_of(f));
	const char *everywhere = audit_world_everywhere(f);
	if (everywhere != NULL) {
		put_mark(f, AUDIT_BROAD, everywhere, condition_of(f));
		return;
	}
	if (!without || f->odd || f->digest)
		return;
	if (audit_world_document(f, false, false))
		put_mark(
			f, AUDIT_BROAD,
			"asks for nothing that only a program has: first bytes, size or statistics "
			"of a file",
			condition_of(f));
	else
		put_mark(f, AUDIT_BROAD, "asks for nothing but what ordinary files hold",
			 strings_of(f, AUDIT_TEXT_COMMON));
}

bool audit_rule(const struct ruleset *set, uint32_t rule, struct arena *a, struct audit_result *out,
		struct error *e)
{
	size_t n;
	const struct ir_rule *r = ruleset_rules(set, &n);
	struct facts f = {
		.set = set, .rule = &r[rule], .code = ruleset_code(set), .arena = a, .out = out
	};

	out->n = 0;
	if (!gather(&f) || !classify_strings(&f))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an audit");
	struct audit_world *any = audit_world_any(&f);
	struct audit_assume x = { .document = false };
	bool ever = any != NULL && audit_world_narrow(&f, any, true, &x);
	if (ever)
		see_form(&f, any);
	struct audit_result what = { .n = 0 };
	f.out = &what;
	mark_condition(&f);
	f.out = out;
	mark_what(&f);
	for (size_t i = 0; i < what.n; i++)
		put_mark(&f, what.mark[i].kind, what.mark[i].reason, what.mark[i].evidence);
	mark_strings(&f);
	if (any == NULL || f.failed)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an audit");
	if (!ever)
		put_mark(&f, AUDIT_NEVER, "no file can match it", condition_of(&f));
	return true;
}
