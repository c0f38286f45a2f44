/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/modules.h"
#include "rules/yara/yara_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what all parts use */

struct ir_place yara_place(const struct parser *p, const struct token *t)
{
	return (struct ir_place){ .source = p->source,
				  .line = t->line,
				  .column = t->column,
				  .at = (uint32_t)(t->raw.p - p->lex.text.p),
				  .n = (uint32_t)t->raw.n };
}

bool yara_error(struct parser *p, const struct token *t, const char *hint, const char *format, ...)
{
	char text[400];
	va_list ap;

	if (p->panic)
		return false;
	p->panic = true;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	ruleset_diagnose(p->set, IR_ERROR, yara_place(p, t), p->rule, hint, "%s", text);
	return false;
}

void yara_warn(struct parser *p, const struct token *t, const char *hint, const char *format, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	ruleset_diagnose(p->set, IR_WARNING, yara_place(p, t), p->rule, hint, "%s", text);
}

void yara_advance(struct parser *p)
{
	p->now = lex_next(&p->lex);
	if (p->now.kind == TOKEN_BAD)
		yara_error(p, &p->now, NULL, "%s", p->now.message);
	else if (p->now.kind == TOKEN_END && p->now.message != NULL && !p->panic)
		yara_warn(p, &p->now, "close it with `*/`", "%s", p->now.message);
}

bool yara_is(const struct parser *p, int mark)
{
	return p->now.kind == TOKEN_MARK && p->now.mark == mark;
}

bool yara_is_word(const struct parser *p, const char *word)
{
	return p->now.kind == TOKEN_NAME && span_is(p->now.raw, word);
}

bool yara_take(struct parser *p, int mark)
{
	if (!yara_is(p, mark))
		return false;
	yara_advance(p);
	return true;
}

bool yara_take_word(struct parser *p, const char *word)
{
	if (!yara_is_word(p, word))
		return false;
	yara_advance(p);
	return true;
}

bool yara_expect(struct parser *p, int mark, const char *what)
{
	if (yara_take(p, mark))
		return !p->panic;
	if (p->now.kind == TOKEN_END)
		return yara_error(p, &p->now, NULL, "expected %s, but the text ends here", what);
	return yara_error(p, &p->now, NULL, "expected %s, found `%.*s`", what,
			  (int)(p->now.raw.n < 40 ? p->now.raw.n : 40), (const char *)p->now.raw.p);
}

/* `include` is none: before anything but a text it is a name. */
static const char *const keywords[] = {
	"all",         "and",      "any",     "ascii",      "at",         "base64",  "base64wide",
	"condition",   "contains", "defined", "endswith",   "entrypoint", "false",   "filesize",
	"for",         "fullword", "global",  "icontains",  "iendswith",  "iequals", "import",
	"in",          "int16",    "int16be", "int32",      "int32be",    "int8",    "int8be",
	"istartswith", "matches",  "meta",    "nocase",     "none",       "not",     "of",
	"or",          "private",  "rule",    "startswith", "strings",    "them",    "true",
	"uint16",      "uint16be", "uint32",  "uint32be",   "uint8",      "uint8be", "wide",
	"xor",
};

enum { N_KEYWORDS = sizeof keywords / sizeof *keywords };

bool yara_keyword(struct span s)
{
	size_t low = 0, high = N_KEYWORDS;

	while (low < high) {
		size_t mid = (low + high) / 2;
		size_t k = strlen(keywords[mid]);
		int c = memcmp(s.p, keywords[mid], s.n < k ? s.n : k);
		if (c == 0 && s.n == k)
			return true;
		if (c < 0 || (c == 0 && s.n < k))
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool yara_name(struct parser *p, const char *what, struct token *out)
{
	if (p->now.kind != TOKEN_NAME)
		return yara_error(p, &p->now, NULL, "expected %s", what);
	if (yara_keyword(p->now.raw))
		return yara_error(p, &p->now, "choose another name",
				  "expected %s, but `%.*s` is a keyword", what, (int)p->now.raw.n,
				  (const char *)p->now.raw.p);
	*out = p->now;
	yara_advance(p);
	return !p->panic;
}

/* Levenshtein's distance, for names of at most 32 bytes. */
static size_t distance(struct span a, const char *b)
{
	size_t row[33], n = strlen(b);

	if (a.n > 32 || n > 32)
		return 99;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (a.p[i - 1] != (uint8_t)b[j - 1]);
			size_t least = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[n];
}

const char *yara_nearest(struct span s, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t least = s.n < 4 ? 2 : 3;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(s, names[i]);
		if (d < least) {
			least = d;
			best = names[i];
		}
	}
	return best;
}

/* ---- rules */

static bool meta(struct parser *p, struct ir_rule *r)
{
	r->first_meta = (uint32_t)(p->set->metas.n / sizeof(struct ir_meta));
	while (p->now.kind == TOKEN_NAME && !yara_is_word(p, "strings") &&
	       !yara_is_word(p, "condition")) {
		struct ir_meta m = { 0 };
		struct token name;
		if (!yara_name(p, "a name", &name) || !yara_expect(p, '=', "`=`"))
			return false;
		m.name = name.raw;
		bool minus = yara_take(p, '-');
		if (p->now.kind == TOKEN_TEXT && !minus) {
			m.kind = IR_META_TEXT;
			m.text = p->now.value;
		} else if (p->now.kind == TOKEN_INT) {
			m.kind = IR_META_INT;
			m.number = minus ? -p->now.number : p->now.number;
		} else if ((yara_is_word(p, "true") || yara_is_word(p, "false")) && !minus) {
			m.kind = IR_META_BOOL;
			m.number = yara_is_word(p, "true");
		} else {
			return yara_error(p, &p->now, NULL,
					  "expected a text, an integer, true or false");
		}
		yara_advance(p);
		buf_put(&p->set->metas, &m, sizeof m);
		r->n_metas++;
	}
	return !p->panic;
}

static bool tags(struct parser *p, struct ir_rule *r)
{
	const struct span *all;

	r->first_tag = (uint32_t)(p->set->tags.n / sizeof(struct span));
	if (!yara_take(p, ':'))
		return !p->panic;
	do {
		struct token t;
		if (!yara_name(p, "a tag", &t))
			return false;
		all = (const struct span *)(const void *)p->set->tags.p;
		for (uint32_t i = 0; i < r->n_tags; i++)
			if (span_equal(all[r->first_tag + i], t.raw))
				return yara_error(p, &t, NULL, "duplicated tag `%.*s`",
						  (int)t.raw.n, (const char *)t.raw.p);
		buf_put(&p->set->tags, &t.raw, sizeof t.raw);
		if (!buf_ok(&p->set->tags))
			return yara_error(p, &t, NULL, "no memory for a tag");
		r->n_tags++;
	} while (p->now.kind == TOKEN_NAME);
	return !p->panic;
}

/* Every string must be named in the condition, but for those that begin with `$_`. */
static void check_used(struct parser *p)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(p->set, &n);

	for (uint32_t i = 0; i < p->n_strings; i++) {
		const struct ir_string *one = &s[p->first_string + i];
		if (p->used.p[i] != 0 || (one->name.n > 1 && one->name.p[1] == '_'))
			continue;
		ruleset_diagnose(p->set, IR_ERROR, one->place, p->rule,
				 "name it in the condition, or begin its name with `$_`",
				 "unreferenced string \"%.*s\"", (int)one->name.n,
				 (const char *)one->name.p);
	}
}

static bool body(struct parser *p, struct ir_rule *r)
{
	if (!yara_expect(p, '{', "`{`"))
		return false;
	if (yara_take_word(p, "meta") && (!yara_expect(p, ':', "`:`") || !meta(p, r)))
		return false;
	if (yara_take_word(p, "strings") && (!yara_expect(p, ':', "`:`") || !yara_strings(p)))
		return false;
	if (p->now.kind == TOKEN_NAME && !yara_is_word(p, "condition")) {
		static const char *const parts[] = { "meta", "strings", "condition" };
		const char *near = yara_nearest(p->now.raw, parts, 3);
		char hint[40];
		snprintf(hint, sizeof hint, "did you mean `%s`?",
			 near != NULL ? near : "condition");
		return yara_error(p, &p->now, hint, "expected `meta`, `strings` or `condition`");
	}
	if (!yara_take_word(p, "condition"))
		return yara_error(p, &p->now, "every rule ends in a condition",
				  "expected `condition`");
	if (!yara_expect(p, ':', "`:`"))
		return false;
	size_t from = (size_t)(p->now.raw.p - p->lex.text.p);
	if (!yara_condition(p, &r->root))
		return false;
	r->condition_at = (uint32_t)from;
	r->condition_n = (uint32_t)((size_t)(p->now.raw.p - p->lex.text.p) - from);
	while (r->condition_n > 0 && p->lex.text.p[from + r->condition_n - 1] <= ' ')
		r->condition_n--;
	if (!yara_is(p, '}'))
		return yara_expect(p, '}', "`}` or an operator");
	if (!p->misnamed)
		check_used(p);
	p->rule = COND_NONE; /* what comes behind the brace is not this rule's fault */
	yara_advance(p);
	return true;
}

/* Reads on to something that may begin a rule, at the start of a line or after a brace. */
static void recover(struct parser *p)
{
	p->panic = false;
	for (;;) {
		bool fresh = p->now.column == 1 || yara_is(p, '}');
		bool word = yara_is_word(p, "rule") || yara_is_word(p, "private") ||
			    yara_is_word(p, "global") || yara_is_word(p, "import") ||
			    yara_is_word(p, "include");
		if (p->now.kind == TOKEN_END || (word && (fresh || yara_is_word(p, "rule"))))
			return;
		if (yara_is(p, '}')) {
			p->now = lex_next(&p->lex);
			if (p->now.kind == TOKEN_END || yara_is_word(p, "rule") ||
			    yara_is_word(p, "private") || yara_is_word(p, "global"))
				return;
			continue;
		}
		p->now = lex_next(&p->lex);
	}
}

static void check_wildcards(struct parser *p, const struct token *name)
{
	const struct yara_wildcard *w =
		(const struct yara_wildcard *)(const void *)p->y->wildcards.p;

	for (size_t i = 0; i < p->y->wildcards.n / sizeof *w; i++)
		if (span_equal(w[i].space, p->space) && name->raw.n >= w[i].prefix.n &&
		    memcmp(name->raw.p, w[i].prefix.p, w[i].prefix.n) == 0) {
			yara_error(p, name, "define it before the rule that uses the wildcard",
				   "rule `%.*s` matches the wildcard `%.*s*` of an earlier rule",
				   (int)name->raw.n, (const char *)name->raw.p, (int)w[i].prefix.n,
				   (const char *)w[i].prefix.p);
			return;
		}
}

static bool rule(struct parser *p)
{
	struct ir_rule r = { .space = p->space, .root = COND_NONE };
	struct token name;

	for (;; yara_advance(p)) {
		uint32_t flag = yara_is_word(p, "private")  ? IR_RULE_PRIVATE
				: yara_is_word(p, "global") ? IR_RULE_GLOBAL
							    : 0;
		if (flag == 0)
			break;
		r.flags |= flag;
	}
	if (!yara_take_word(p, "rule"))
		return yara_error(p, &p->now, NULL, "expected `rule`, `import` or `include`");
	if (!yara_name(p, "the rule's name", &name))
		return false;
	r.name = name.raw;
	r.place = yara_place(p, &name);
	p->rule = (uint32_t)(p->set->rules.n / sizeof r);
	p->first_string = (uint32_t)(p->set->strings.n / sizeof(struct ir_string));
	p->n_strings = 0;
	p->n_more = 0;
	p->n_vars = 0;
	p->in_for_of = p->loop_reads = p->loop_names = p->misnamed = false;
	buf_reset(&p->used);
	r.first_string = p->first_string;
	r.first_node = (uint32_t)(p->set->nodes.n / sizeof(struct cond_node));
	buf_put(&p->set->rules, &r, sizeof r);
	if (!buf_ok(&p->set->rules))
		return yara_error(p, &name, NULL, "no memory for a rule");
	if (names_find(&p->y->rules, p->scope, name.raw) != NAMES_UNKNOWN ||
	    names_find(&p->y->externs, 0, name.raw) != NAMES_UNKNOWN) {
		yara_error(p, &name, NULL, "duplicated identifier \"%.*s\"", (int)name.raw.n,
			   (const char *)name.raw.p);
		p->panic = false; /* read it all the same: its other errors are worth telling */
	} else if (!names_add(&p->y->rules, p->scope, name.raw, p->rule)) {
		return yara_error(p, &name, NULL, "no memory for a rule");
	}
	check_wildcards(p, &name);
	p->panic = false;
	uint32_t number = p->rule;
	bool ok = tags(p, &r) && body(p, &r);
	size_t n;
	struct ir_rule *kept = &ruleset_rules(p->set, &n)[number];
	r.flags |= kept->flags | (ok ? 0u : IR_RULE_BROKEN);
	r.n_strings = p->n_strings;
	r.n_nodes = (uint32_t)(p->set->nodes.n / sizeof(struct cond_node)) - r.first_node;
	r.modules = kept->modules;
	*kept = r;
	names_forget(&p->y->strings);
	return ok;
}

/* ---- import, include */

/* What is wrong with a statement that is whole was told: what follows it is read as if it were not
 * there. */
static bool pass_over(struct parser *p)
{
	p->panic = false;
	yara_advance(p);
	return !p->panic;
}

static bool import(struct parser *p)
{
	char known[300] = "known modules:";
	struct token t = p->now;

	if (t.kind != TOKEN_TEXT)
		return yara_error(p, &t, NULL, "expected the module's name in quotes");
	size_t m = modules_find(t.value);
	if (m == MODULE_COUNT) {
		for (size_t i = 0; i < MODULE_COUNT; i++) {
			size_t n = strlen(known);
			snprintf(known + n, sizeof known - n, " %s", modules_all[i]->name);
		}
		(void)yara_error(p, &t, known, "unknown module \"%.*s\"", (int)t.value.n,
				 (const char *)t.value.p);
		return pass_over(p);
	}
	yara_advance(p);
	struct span name = span_of(modules_all[m]->name);
	p->y->imported |= 1u << m;
	if (names_find(&p->y->imports, p->scope, name) == NAMES_UNKNOWN &&
	    !names_add(&p->y->imports, p->scope, name, (uint32_t)m))
		return yara_error(p, &t, NULL, "no memory for an import");
	return !p->panic;
}

/* Without it there is neither a way on nor a rule that is whole. */
static bool has_memory(const struct ruleset *s)
{
	return buf_ok(&s->sources) && buf_ok(&s->rules) && buf_ok(&s->strings) &&
	       buf_ok(&s->nodes) && buf_ok(&s->pool) && buf_ok(&s->text) && buf_ok(&s->metas) &&
	       buf_ok(&s->tags) && buf_ok(&s->regexes) && !s->arena.spent;
}

static void parse_source(struct yara *y, struct span name, struct span text, struct span space,
			 uint32_t includer, unsigned n_includes);

static bool included_already(const struct parser *p, struct span name)
{
	size_t n;
	const struct ir_source *s = ruleset_sources(p->set, &n);

	for (uint32_t i = p->source; i < n; i = s[i].includer)
		if (span_equal(s[i].name, name))
			return true;
	return false;
}

static bool include(struct parser *p)
{
	struct token t = p->now;
	struct span name, text;
	struct error e;
	size_t n;

	if (t.kind != TOKEN_TEXT)
		return yara_error(p, &t, NULL, "expected the file's name in quotes");
	struct span from = ruleset_sources(p->set, &n)[p->source].name;
	if (p->y->options.include == NULL)
		(void)yara_error(p, &t, NULL, "includes are not allowed here");
	else if (p->n_includes + 1 > YARA_MAX_INCLUDES)
		(void)yara_error(p, &t, NULL, "includes nested deeper than %d", YARA_MAX_INCLUDES);
	else if (!p->y->options.include(p->y->options.ctx, from, t.value, &name, &text, &e))
		(void)yara_error(p, &t, NULL, "cannot include \"%.*s\": %s", (int)t.value.n,
				 (const char *)t.value.p, e.text);
	else if (included_already(p, name))
		(void)yara_error(p, &t, NULL, "circular include of \"%.*s\"", (int)t.value.n,
				 (const char *)t.value.p);
	else if (text.p != NULL)
		parse_source(p->y, name, text, p->space, p->source, p->n_includes + 1);
	return pass_over(p);
}

static void parse_source(struct yara *y, struct span name, struct span text, struct span space,
			 uint32_t includer, unsigned n_includes)
{
	struct parser p = { .y = y,
			    .set = y->set,
			    .space = space,
			    .scope = hash_fnv(space),
			    .rule = COND_NONE,
			    .n_includes = n_includes,
			    .source = (uint32_t)(y->set->sources.n / sizeof(struct ir_source)) };
	struct ir_source s = { .name = name, .text = text, .includer = includer };

	if (!hash_of(HASH_SHA256, text, s.sha256))
		return;
	buf_put(&y->set->sources, &s, sizeof s);
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) /* byte order mark */
		p.lex.at = p.lex.line_at = 3;
	p.lex.text = text;
	p.lex.line = 1;
	p.lex.arena = &y->set->arena;
	buf_init(&p.used, YARA_MAX_STRINGS);
	yara_advance(&p);
	while ((p.now.kind != TOKEN_END || p.panic) && has_memory(y->set)) {
		bool ok = !p.panic;
		if (ok && yara_take_word(&p, "import"))
			ok = import(&p);
		else if (ok && yara_take_word(&p, "include"))
			ok = include(&p);
		else if (ok)
			ok = rule(&p);
		if (!ok || p.panic)
			recover(&p);
		p.rule = COND_NONE;
	}
	buf_release(&p.used);
}

/* ---- public */

struct yara *yara_new(struct ruleset *set, const struct yara_options *o)
{
	struct yara *y = calloc(1, sizeof *y);

	if (y == NULL)
		return NULL;
	y->set = set;
	y->options = *o;
	y->max_strings = YARA_USUAL_STRINGS;
	names_init(&y->rules);
	names_init(&y->externs);
	names_init(&y->strings);
	names_init(&y->imports);
	buf_init(&y->wildcards, 1 << 24);
	return y;
}

void yara_free(struct yara *y)
{
	if (y == NULL)
		return;
	names_release(&y->rules);
	names_release(&y->externs);
	names_release(&y->strings);
	names_release(&y->imports);
	buf_release(&y->wildcards);
	free(y);
}

void yara_limit_strings(struct yara *y, uint32_t n) { y->max_strings = n; }

bool yara_extern(struct yara *y, struct span name, const struct value *value, struct error *e)
{
	struct ir_extern x = { .name = name, .value = *value };
	uint32_t number = (uint32_t)(y->set->externs.n / sizeof x);

	if (names_find(&y->externs, 0, name) != NAMES_UNKNOWN)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "external variable %.*s is defined twice",
				 name.n < 100 ? (int)name.n : 100, (const char *)name.p);
	buf_put(&y->set->externs, &x, sizeof x);
	return (buf_ok(&y->set->externs) && names_add(&y->externs, 0, name, number)) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a variable");
}

bool yara_imports(const struct yara *y, size_t module) { return (y->imported >> module & 1) != 0; }

bool yara_add(struct yara *y, struct span name, struct span text, struct span space,
	      struct error *e)
{
	if (text.n > 1u << 30)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "a source of over 1 GiB");
	parse_source(y, name, text, space, COND_NONE, 0);
	if (!has_memory(y->set))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for so many rules");
	return true;
}
