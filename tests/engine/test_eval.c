/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "engine/eval.h"
#include "format/modules.h"
#include "rules/yara/yara.h"

/*
 * Conditions in YARA's own words, evaluated over an object that is made up here: strings with
 * given matches, rules with given answers, a PE module with given fields.
 */

enum { N_STRINGS = 4, ARENA = 1 << 22 };

/* $a occurs at 6, 12, 44 (5 bytes); $b at 18 (3); $c not; $d at 22 (3) */
static const struct match of_a[] = { { .at = 6, .n = 5 },
				     { .at = 12, .n = 5 },
				     { .at = 44, .n = 5 } };
static const struct match of_b[] = { { .at = 18, .n = 3 } };
static const struct match of_d[] = { { .at = 22, .n = 3 } };
static const struct {
	const struct match *list;
	size_t n;
} found[N_STRINGS] = { { of_a, 3 }, { of_b, 1 }, { NULL, 0 }, { of_d, 1 } };

static const char header[] = "import \"pe\" import \"math\" import \"hash\" import \"console\"\n"
			     "rule yes { condition: true } rule no { condition: false }\n"
			     "rule also { condition: true }\n";
static const char strings[] =
	"strings: $a = \"hello\" $b = \"foo\" $c = \"nothere\" $d = \"bar\"\n";

struct world {
	struct arena arena;
	struct ruleset set;
	struct yara *yara;
	struct eval eval;
	uint64_t steps;
	uint32_t root;
	struct value *pe; /* slots; NULL: this is no PE file */
	unsigned n_logged, n_searched;
	uint8_t file[300];
};

static bool present(void *ctx, uint32_t string)
{
	((struct world *)ctx)->n_searched++;
	return found[string % N_STRINGS].n != 0;
}

static void matches(void *ctx, uint32_t string, const struct match **list, size_t *n)
{
	((struct world *)ctx)->n_searched++;
	*list = found[string % N_STRINGS].list;
	*n = found[string % N_STRINGS].n;
}

static bool rule(void *ctx, uint32_t number)
{
	(void)ctx;
	return number != 1; /* yes, no, also */
}

static void module(void *ctx, uint32_t number, struct value *out)
{
	struct world *w = ctx;
	static struct value slots[1000];

	out->kind = VALUE_UNDEFINED;
	if (number >= MODULE_COUNT || (number == MODULE_PE && w->pe == NULL))
		return;
	out->kind = VALUE_STRUCT;
	out->slots = number == MODULE_PE ? w->pe : slots;
	out->n_slots = (uint16_t)field_count(modules_all[number]->fields);
	assert_true(number == MODULE_PE || out->n_slots <= 1000);
}

static void *module_state(void *ctx, uint32_t number)
{
	(void)ctx;
	(void)number;
	return NULL;
}

static const void *module_host(void *ctx, uint32_t number)
{
	(void)ctx;
	(void)number;
	return NULL;
}

static void external(void *ctx, uint32_t number, struct value *out)
{
	const struct world *w = ctx;
	const struct ir_extern *x = (const struct ir_extern *)(const void *)w->set.externs.p;

	out->kind = VALUE_UNDEFINED;
	if (number < w->set.externs.n / sizeof *x)
		*out = x[number].value;
}

/* The only expression that this world knows is "any byte". */
static bool regex(void *ctx, int64_t number, struct span text)
{
	(void)ctx;
	(void)number;
	return text.n != 0;
}

static void log_line(void *ctx, struct span line)
{
	(void)line;
	((struct world *)ctx)->n_logged++;
}

static void entry_point(void *ctx, struct value *out)
{
	(void)ctx;
	out->kind = VALUE_UNDEFINED;
}

static const struct eval_source source = {
	.present = present,
	.matches = matches,
	.rule = rule,
	.module = module,
	.module_state = module_state,
	.module_host = module_host,
	.external = external,
	.regex = regex,
	.log = log_line,
	.entry_point = entry_point,
};

static void declare(struct world *w, const char *name, struct value value)
{
	struct error e;
	assert_true(yara_extern(w->yara, span_of(name), &value, &e));
}

static void open_world(struct world *w, const char *condition)
{
	struct yara_options o = { 0 };
	struct error e;
	size_t n;
	char *text;

	*w = (struct world){ 0 };
	arena_init(&w->arena, ARENA);
	ruleset_init(&w->set);
	w->yara = yara_new(&w->set, &o);
	assert_non_null(w->yara);
	declare(w, "i7", (struct value){ .kind = VALUE_INT, .i = 7 });
	declare(w, "i0", (struct value){ .kind = VALUE_INT, .i = 0 });
	declare(w, "least", (struct value){ .kind = VALUE_INT, .i = INT64_MIN });
	declare(w, "f", (struct value){ .kind = VALUE_FLOAT, .f = 1.5 });
	declare(w, "s", (struct value){ .kind = VALUE_STRING, .s = span_of("Text") });
	declare(w, "empty", (struct value){ .kind = VALUE_STRING });
	declare(w, "b", (struct value){ .kind = VALUE_BOOL, .i = 1 });
	text = arena_alloc(&w->arena, strlen(condition) + 1000);
	assert_non_null(text);
	strcat(strcpy(text, header), "rule x { ");
	strcat(strcat(strcat(text, strings), "condition: ("), condition);
	/* each string is named, so that none is unused */
	strcat(text, ") or (false and all of them) }");
	assert_true(yara_add(w->yara, span_of("test"), span_of(text), span_of("default"), &e));
	const struct ir_rule *r = ruleset_rules(&w->set, &n);
	assert_true(n > 3);
	struct cond_code code = ruleset_code(&w->set);
	w->root = w->set.n_errors != 0 ? 0 : code.pool[code.node[r[3].root].a];
	for (size_t i = 0; i < sizeof w->file; i++)
		w->file[i] = (uint8_t)i;
	memcpy(w->file, "MZ\x01\x02\x80\xff", 6);
	w->steps = 1000000;
	w->eval = (struct eval){ .code = ruleset_code(&w->set),
				 .file = { w->file, sizeof w->file },
				 .arena = &w->arena,
				 .steps = &w->steps,
				 .source = &source,
				 .ctx = w };
}

static void close_world(struct world *w)
{
	yara_free(w->yara);
	ruleset_release(&w->set);
	arena_release(&w->arena);
}

static void be_pe(struct world *w)
{
	static const char *const names[] = { ".text", ".data", ".rsrc" };
	const struct field *t = modules_all[MODULE_PE]->fields;
	const struct field *sections = field_find(t, span_of("sections"));
	const struct field *info = field_find(t, span_of("version_info"));
	struct value *list, *dict;

	w->pe = value_slots(&w->arena, t);
	value_int(&w->pe[field_find(t, span_of("number_of_sections")) - t], 3);
	list = &w->pe[sections - t];
	assert_true(value_make_list(list, &w->arena, 3));
	for (unsigned i = 0; i < 3; i++) {
		struct value *s = value_add_slots(list, &w->arena, sections->members);
		size_t k = (size_t)(field_find(sections->members, span_of("name")) -
				    sections->members);
		value_string(&s[k], span_of(names[i]));
	}
	dict = &w->pe[info - t];
	assert_true(value_make_dict(dict, &w->arena, 2));
	value_string(value_add_key(dict, span_of("CompanyName")), span_of("ACME"));
	value_string(value_add_key(dict, span_of("Comments")), span_of(""));
}

enum answer { NO, YES, UNDEF };

static enum answer ask(struct world *w)
{
	struct value x;

	w->eval.loop_string = COND_NONE;
	w->eval.error.why = REASON_NONE;
	eval_node(&w->eval, w->root, &x);
	assert_int_equal(w->eval.error.why, REASON_NONE);
	return x.kind == VALUE_UNDEFINED ? UNDEF : eval_is_true(&x) ? YES : NO;
}

struct row {
	const char *condition;
	enum answer answer;
};

static void check(const struct row *row, size_t n, bool pe)
{
	for (size_t i = 0; i < n; i++) {
		struct world w;
		open_world(&w, row[i].condition);
		if (w.set.n_errors != 0) {
			const struct ir_diagnostic *d =
				(const struct ir_diagnostic *)(const void *)w.set.diagnostics.p;
			fail_msg("%s: %.*s", row[i].condition, (int)d->message.n,
				 (const char *)d->message.p);
		}
		if (pe)
			be_pe(&w);
		enum answer got = ask(&w);
		if (got != row[i].answer)
			fail_msg("%s: %d, expected %d", row[i].condition, got, row[i].answer);
		/* the condition as a whole: undefined is false */
		assert_int_equal(eval_condition(&w.eval, w.root), row[i].answer == YES);
		assert_int_equal(w.eval.depth, 0);
		close_world(&w);
	}
}

#define CHECK(table, pe) check(table, sizeof(table) / sizeof *(table), pe)

static void integers_wrap_and_know_what_is_undefined(void **state)
{
	static const struct row t[] = {
		{ "1 + 2 * 3 == 7", YES },
		{ "10 - 3 - 2 == 5", YES },
		{ "-7 \\ 2 == -3", YES },
		{ "-7 % 2 == -1", YES },
		{ "0x7fffffffffffffff + i7 < 0", YES },
		{ "1 \\ i0 == 0", UNDEF },
		{ "1 % i0 == 0", UNDEF },
		{ "least \\ (i0 - 1) == 0", UNDEF },
		{ "least % (i0 - 1) == 0", UNDEF },
		{ "-least == least", YES },
		{ "1 << 63 == least", YES },
		{ "1 << 64 == 0", YES },
		{ "-1 >> 63 == -1", YES },
		{ "-1 >> 64 == 0", YES },
		{ "1 << (i0 - 1) == 0", UNDEF },
		{ "1 >> (i0 - 1) == 0", UNDEF },
		{ "5 & 4 == 4", YES },
		{ "5 ^ 1 | 8 == 12", YES },
		{ "~i0 == -1", YES },
		{ "i7 == 7.0", YES },
		{ "i7 \\ 2.0 == 3.5", YES },
		{ "i7 and 0", NO },
		{ "not i7", NO },
	};
	(void)state;
	CHECK(t, false);
}

static void floats_are_equal_when_near(void **state)
{
	static const struct row t[] = {
		{ "0.1 + 0.2 == 0.3", YES },
		{ "0.1 + 0.2 != 0.3", NO },
		{ "f * 2 == 3", YES },
		{ "- f == -1.5", YES },
		{ "f \\ 0 > 1", YES }, /* infinite */
		{ "f \\ 0 == f \\ 0", NO },
		{ "f \\ 0 != f \\ 0", NO },
		{ "0.0 \\ 0.0 != 1.0", NO },
		{ "math.mean(1000, 10) < 1.0", NO },
		{ "math.mean(1000, 10) > 1.0", UNDEF },
		{ "math.mean(1000, 10) == 1.0", UNDEF },
		{ "1.0 < math.mean(1000, 10)", NO },
		{ "0.0", NO },
		{ "0.5", YES },
	};
	(void)state;
	CHECK(t, false);
}

static void strings_are_bytes(void **state)
{
	static const struct row t[] = {
		{ "s == \"Text\"", YES },
		{ "s == \"text\"", NO },
		{ "s iequals \"tEXT\"", YES },
		{ "s < \"Texu\" and s > \"Tex\"", YES },
		{ "\"\\xff\" < \"a\"", YES },
		{ "\"a\\x00b\" == \"a\\x00c\"", NO },
		{ "s contains \"ex\"", YES },
		{ "s contains \"EX\"", NO },
		{ "s icontains \"EX\"", YES },
		{ "s contains \"\"", YES },
		{ "empty contains \"a\"", NO },
		{ "\"a\\x00B\" icontains \"\\x00b\"", YES },
		{ "s startswith \"Te\" and s istartswith \"tE\"", YES },
		{ "s endswith \"xt\" and s iendswith \"XT\"", YES },
		{ "s startswith \"Textt\" or s endswith \"TText\"", NO },
		{ "s matches /x/ and not empty matches /x/", YES },
		{ "empty", NO },
		{ "s", YES },
		{ "not empty", YES },
		{ "\"0123456789012345678901234567890123456789012345678901234567890123456789abc\" "
		  "icontains "
		  "\"123456789012345678901234567890123456789012345678901234567890123456789ABC\"",
		  YES },
	};
	(void)state;
	CHECK(t, false);
}

static void what_is_undefined_stays_so_but_for_and_or_defined(void **state)
{
	static const struct row t[] = {
		{ "uint8(1000) == 1", UNDEF },
		{ "not uint8(1000)", UNDEF },
		{ "not (uint8(1000) == 1)", UNDEF },
		{ "uint8(1000) == 1 and true", NO },
		{ "not (uint8(1000) == 1 and true)", YES },
		{ "uint8(1000) == 1 or true", YES },
		{ "not (uint8(1000) or false)", YES },
		{ "defined uint8(1000)", NO },
		{ "not defined uint8(1000)", YES },
		{ "defined (uint8(1000) and true)", YES },
		{ "-uint8(1000) < 0", UNDEF },
		{ "uint8(1000) * 0 == 0", UNDEF },
		{ "uint8(-1) == 0", UNDEF },
		{ "uint8(299) == 43", YES },
		{ "uint8(300) == 0", UNDEF },
		{ "uint32(297) == 0", UNDEF },
		{ "uint32(296) == 0x2b2a2928", YES },
		{ "uint32be(296) == 0x28292a2b", YES },
		{ "uint16(0) == 0x5A4D", YES },
		{ "int8(4) == -128 and uint8(4) == 128", YES },
		{ "int16(4) == -128 and int16be(4) == -32513", YES },
		{ "uint8(0x7fffffffffffffff) == 0", UNDEF },
		{ "uint32(0x7ffffffffffffffe) == 0", UNDEF },
		{ "filesize == 300", YES },
		{ "entrypoint == 0", UNDEF },
	};
	(void)state;
	CHECK(t, false);
}

static void strings_of_a_rule_are_asked_for(void **state)
{
	static const struct row t[] = {
		{ "$a and not $c", YES },
		{ "#a == 3 and #c == 0", YES },
		{ "@a == 6 and @a[3] == 44", YES },
		{ "@a[4] == 0", UNDEF },
		{ "@a[0] == 0", UNDEF },
		{ "@a[i0 - 1] == 0", UNDEF },
		{ "@c == 0", UNDEF },
		{ "!a[3] == 5 and !b == 3", YES },
		{ "!c == 0", UNDEF },
		{ "$a at 12", YES },
		{ "$a at 13", NO },
		{ "$a at (i0 - 1)", NO },
		{ "$a at uint8(1000)", NO },
		{ "$a in (7..11)", NO },
		{ "$a in (12..12)", YES },
		{ "$a in (i0 - 5..6)", YES },
		{ "$a in (i7..i7 - 1)", NO },
		{ "$a in (i7..uint8(1000))", UNDEF },
		{ "$a in (0..0x7fffffffffffffff)", YES },
		{ "#a in (0..20) == 2", YES },
		{ "#a in (45..i0) == 0", YES },
		{ "#a in (0..uint8(1000)) == 0", UNDEF },
	};
	(void)state;
	CHECK(t, false);
}

static void quantifiers_count(void **state)
{
	static const struct row t[] = {
		{ "all of them", NO },
		{ "any of them", YES },
		{ "none of them", NO },
		{ "none of ($c)", YES },
		{ "3 of them", YES },
		{ "4 of them", NO },
		{ "0 of them", NO },
		{ "0 of ($c)", YES },
		{ "i0 of ($a, $c)", NO },
		{ "(i0 - 1) of them", YES },
		{ "(i0 - 1) of ($c)", YES },
		{ "uint8(1000) of them", NO },
		{ "uint8(1000) of ($a, $b)", YES },
		{ "75% of them", YES },
		{ "76% of them", NO },
		{ "uint8(1000)% of them", UNDEF },
		{ "any of them in (0..10)", YES },
		{ "all of ($a, $b) in (0..18)", YES },
		{ "all of ($a, $b) in (0..17)", NO },
		{ "none of them in (200..210)", YES },
		{ "any of them in (0..uint8(1000))", UNDEF },
		{ "none of them in (0..uint8(1000))", UNDEF },
		{ "any of them at 18", YES },
		{ "2 of them at 18", NO },
		{ "all of ($b) at uint8(1000)", UNDEF },
		{ "any of (yes, no)", YES },
		{ "all of (yes, no)", NO },
		{ "none of (no)", YES },
		{ "50% of (yes, no)", YES },
	};
	(void)state;
	CHECK(t, false);
}

static void loops_go_over_ranges_lists_and_strings(void **state)
{
	static const struct row t[] = {
		{ "for any i in (1..3) : ( i == 2 )", YES },
		{ "for all i in (1..3) : ( i > 1 )", NO },
		{ "for none i in (1..3) : ( i == 4 )", YES },
		{ "for 2 i in (1..3) : ( i >= 2 )", YES },
		{ "for 0 i in (1..3) : ( i == 2 )", NO },
		{ "for 0 i in (1..3) : ( i == 5 )", YES },
		{ "for i0 i in (1..3) : ( i == 2 )", NO },
		{ "for (i0 - 1) i in (1..3) : ( false )", YES },
		{ "for uint8(1000) i in (1..3) : ( true )", YES },
		{ "for uint8(1000) i in (1..3) : ( i == 2 )", NO },
		/* without an iteration nothing is true */
		{ "for all i in (3..i0) : ( true )", NO },
		{ "for none i in (3..i0) : ( true )", NO },
		{ "for 0 i in (3..i0) : ( true )", NO },
		{ "for (i0 - 1) i in (3..i0) : ( true )", NO },
		{ "for all i in (1..uint8(1000)) : ( true )", NO },
		{ "for none i in (uint8(1000)..3) : ( true )", NO },
		/* an undefined body is an iteration, and not true */
		{ "for all i in (1..3) : ( uint8(1000) == i )", NO },
		{ "for none i in (1..3) : ( uint8(1000) == i )", YES },
		{ "for any i in (1, 2, uint8(1000)) : ( not defined i )", YES },
		{ "for 2 i in (1, 2, uint8(1000)) : ( i < 4 )", YES },
		{ "for all x in (\"a\", \"b\") : ( x == \"a\" or x == \"b\" )", YES },
		{ "for all i in (1..3) : ( for any j in (i..3) : ( j == 3 ) )", YES },
		{ "for any i in (0x7ffffffffffffffe..0x7fffffffffffffff) : ( false )", NO },
		{ "for all i in (0x7ffffffffffffffe..0x7fffffffffffffff) : ( i > 0 )", YES },
		{ "for any of them : ( $ )", YES },
		{ "for none of ($c) : ( $ )", YES },
		{ "for all of ($a, $b) : ( # > 0 and ! > 2 and @ > 5 )", YES },
		{ "for any of them : ( @[2] == 12 )", YES },
		{ "for 2 of them : ( $ in (10..18) )", YES },
		{ "for any of them : ( $ at 22 )", YES },
		{ "for uint8(1000) of ($a, $c) : ( $ )", NO },
		{ "for all i in (1..#a) : ( @a[i] >= 6 and !a[i] == 5 )", YES },
		{ "for any of ($a, $b) : ( for any i in (1..#) : ( @[i] == 44 ) )", YES },
		{ "yes and not no and also", YES },
	};
	(void)state;
	CHECK(t, false);
}

static void loops_end_as_soon_as_they_can(void **state)
{
	static const struct row t[] = {
		{ "for any i in (0..1099511627776) : ( i == 3 )", YES },
		{ "for all i in (0..1099511627776) : ( i < 3 )", NO },
		{ "for none i in (0..1099511627776) : ( i == 3 )", NO },
		{ "for 3 i in (0..1099511627776) : ( i > 7 )", YES },
		{ "for (i0 - 1) i in (0..1099511627776) : ( false )", YES },
	};
	(void)state;
	CHECK(t, false);
}

static void modules_are_undefined_elsewhere(void **state)
{
	static const struct row not_pe[] = {
		{ "pe.number_of_sections == 3", UNDEF },
		{ "pe.sections[0].name == \".text\"", UNDEF },
		{ "pe.version_info[\"CompanyName\"] == \"ACME\"", UNDEF },
		{ "pe.is_pe", NO },
		{ "for any x in pe.sections : ( true )", NO },
		{ "for none x in pe.sections : ( true )", NO },
		{ "pe.MACHINE_I386 == 0x14c", YES },
		{ "pe.imports(\"x\")", UNDEF },
		{ "math.max(1, 2) == 2", YES },
		{ "math.max(1, uint8(1000)) == 2", UNDEF },
	};
	static const struct row is_pe[] = {
		{ "pe.number_of_sections == 3", YES },
		{ "pe.sections[1].name == \".data\"", YES },
		{ "pe.sections[3].name == \".data\"", UNDEF },
		{ "pe.sections[i0 - 1].name == \".data\"", UNDEF },
		{ "pe.sections[pe.number_of_sections - 1].name == \".rsrc\"", YES },
		{ "pe.sections[math.max(1, 2)].name == \".rsrc\"", YES },
		{ "pe.version_info[\"CompanyName\"] == \"ACME\"", YES },
		{ "pe.version_info[\"Nothing\"] == \"ACME\"", UNDEF },
		{ "for any x in pe.sections : ( x.name == \".rsrc\" )", YES },
		{ "for 3 x in pe.sections : ( x.name startswith \".\" )", YES },
		{ "for any k, v in pe.version_info : ( k == \"CompanyName\" and v == \"ACME\" )",
		  YES },
		{ "for all k, v in pe.version_info : ( v == \"ACME\" )", NO },
		{ "for all i in (0..pe.number_of_sections - 1) : ( pe.sections[i].name != \"\" )",
		  YES },
	};
	(void)state;
	CHECK(not_pe, false);
	CHECK(is_pe, true);
}

static void what_cannot_change_the_answer_is_not_asked(void **state)
{
	static const char *const cheap[] = { "false and $a", "true or $a",
					     "uint8(1000) == 1 and $a",
					     "for any i in (1..3) : ( true or $a )" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof cheap / sizeof *cheap; i++) {
		open_world(&w, cheap[i]);
		(void)ask(&w);
		assert_int_equal(w.n_searched, 0);
		close_world(&w);
	}
}

static void a_rule_that_prints_goes_on_after_undefined(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "uint8(1000) == 1 and console.log(\"x\")");
	assert_int_equal(ask(&w), NO);
	assert_int_equal(w.n_logged, 0);
	w.eval.logs = true;
	assert_int_equal(ask(&w), NO);
	assert_int_equal(w.n_logged, 1);
	close_world(&w);
	open_world(&w, "false and console.log(\"x\")");
	w.eval.logs = true;
	assert_int_equal(ask(&w), NO);
	assert_int_equal(w.n_logged, 0);
	close_world(&w);
}

static void spent_steps_end_it_and_say_so(void **state)
{
	static const char *const endless[] = {
		"for all i in (0..1099511627776) : ( true )",
		"not for any i in (0..1099511627776) : ( i < 0 )",
		("for all i in (0..1000) : ( for all j in (0..1000) : ( for all k in (0..1000) : ( "
		 "k >= 0 ) ) )"),
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
		open_world(&w, endless[i]);
		assert_false(eval_condition(&w.eval, w.root));
		assert_int_equal(w.eval.error.why, REASON_LIMIT);
		assert_int_equal(w.eval.depth, 0);
		assert_int_equal(w.steps, 0);
		close_world(&w);
	}
	/* whatever the budget: the answer, or that it was spent */
	open_world(&w, "not for any i in (1..3) : ( i == 4 or (#a > i and s contains \"zz\") )");
	bool answered = false;
	for (uint64_t steps = 0; steps < 200; steps++) {
		w.steps = steps;
		bool yes = eval_condition(&w.eval, w.root);
		assert_int_equal(yes, w.eval.error.why == REASON_NONE);
		answered = answered || yes;
		assert_true(yes || w.eval.error.why == REASON_LIMIT);
		assert_int_equal(yes, answered);
	}
	assert_true(answered);
	close_world(&w);
}

/* ---- code that no parser wrote */

static enum reason run(struct world *w, const struct cond_node *node, size_t n,
		       const uint32_t *pool, size_t n_pool)
{
	w->eval.code =
		(struct cond_code){ .node = node, .n_nodes = n, .pool = pool, .n_pool = n_pool };
	w->steps = 100000;
	(void)eval_condition(&w->eval, (uint32_t)n - 1);
	assert_int_equal(w->eval.depth, 0);
	return w->eval.error.why;
}

static void damaged_code_is_told(void **state)
{
	static const uint32_t pool[] = { 0, 7 };
	struct world w;

	(void)state;
	open_world(&w, "true");
	const struct cond_node self[] = { { .op = COND_NOT, .a = 0 } };
	assert_int_equal(run(&w, self, 1, pool, 2), REASON_DAMAGED);
	const struct cond_node ahead[] = { { .op = COND_TRUE },
					   { .op = COND_ADD, .a = 0, .b = 9 } };
	assert_int_equal(run(&w, ahead, 2, pool, 2), REASON_DAMAGED);
	const struct cond_node list[] = { { .op = COND_TRUE }, { .op = COND_AND, .a = 0, .b = 2 } };
	assert_int_equal(run(&w, list, 2, pool, 2), REASON_DAMAGED);
	const struct cond_node cut[] = { { .op = COND_FALSE }, { .op = COND_OR, .a = 0, .b = 3 } };
	assert_int_equal(run(&w, cut, 2, pool, 1), REASON_DAMAGED);
	const struct cond_node op[] = { { .op = COND_OP_COUNT } };
	assert_int_equal(run(&w, op, 1, pool, 2), REASON_DAMAGED);
	const struct cond_node error[] = { { .op = COND_ERROR } };
	assert_int_equal(run(&w, error, 1, pool, 2), REASON_DAMAGED);
	const struct cond_node loop[] = { { .op = COND_FOUND, .a = COND_NONE } };
	assert_int_equal(run(&w, loop, 1, pool, 2), REASON_DAMAGED);
	const struct cond_node set[] = { { .op = COND_ANY },
					 { .op = COND_OF, .a = 0, .b = COND_NONE, .c = 0 } };
	assert_int_equal(run(&w, set, 2, pool, 2), REASON_DAMAGED);
	const struct cond_node call[] = { { .op = COND_MODULE, .a = MODULE_MATH },
					  { .op = COND_CALL, .a = 0, .b = 60 } };
	assert_int_equal(run(&w, call, 2, pool, 2), REASON_DAMAGED);
	/* wrong kinds are undefined */
	const struct cond_node kinds[] = { { .op = COND_STRING, .a = 5, .b = 5 },
					   { .op = COND_NEG, .a = 0 },
					   { .op = COND_TO_FLOAT, .a = 1 },
					   { .op = COND_MUL, .a = 0, .b = 2 } };
	assert_int_equal(run(&w, kinds, 4, pool, 2), REASON_NONE);
	close_world(&w);
}

static void depth_is_bounded(void **state)
{
	static struct cond_node node[100000];
	struct world w;

	(void)state;
	open_world(&w, "true");
	node[0].op = COND_TRUE;
	for (uint32_t i = 1; i < 100000; i++)
		node[i] = (struct cond_node){ .op = COND_NOT, .a = i - 1 };
	assert_int_equal(run(&w, node, COND_MAX_DEPTH, NULL, 0), REASON_NONE);
	assert_int_equal(run(&w, node, 100000, NULL, 0), REASON_LIMIT);
	/* each node twice: 2^n paths end with the steps */
	for (uint32_t i = 1; i < 100; i++)
		node[i] = (struct cond_node){ .op = COND_EQ, .a = i - 1, .b = i - 1 };
	assert_int_equal(run(&w, node, 100, NULL, 0), REASON_LIMIT);
	close_world(&w);
}

/* A loop within a loop that takes the same variable: declared and real type never part. */
static void a_variable_bound_anew_has_its_own_type(void **state)
{
	const struct field *t = modules_all[MODULE_PE]->fields;
	uint32_t sections = (uint32_t)(field_find(t, span_of("sections")) - t);
	uint32_t info = (uint32_t)(field_find(t, span_of("version_info")) - t);
	const struct cond_node node[] = {
		{ .op = COND_MODULE, .a = MODULE_PE },
		{ .op = COND_FIELD, .a = 0, .b = sections },
		{ .op = COND_FIELD, .a = 0, .b = info },
		{ .op = COND_VAR, .a = 1 },
		{ .op = COND_CALL, .a = 3, .b = 0 }, /* a function of a section: there is none */
		{ .op = COND_ANY },
		{ .op = COND_FOR_IN, .n = 1, .a = 2, .b = 4, .c = 5 },
		{ .op = COND_WITH, .n = 1, .a = 0, .b = 6 },
		{ .op = COND_FOR_IN, .n = 0, .a = 1, .b = 7, .c = 5 },
	};
	struct world w;

	(void)state;
	open_world(&w, "true");
	be_pe(&w);
	(void)run(&w, node, sizeof node / sizeof *node, NULL, 0);
	close_world(&w);
}

static uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void any_bytes_are_safe_to_evaluate(void **state)
{
	enum { NODES = 40, POOL = 20 };
	struct cond_node node[NODES];
	uint32_t pool[POOL];
	uint64_t x = 88172645463325252u;
	struct world w;

	(void)state;
	open_world(&w, "true");
	be_pe(&w);
	for (unsigned round = 0; round < 30000; round++) {
		for (uint32_t i = 0; i < NODES; i++) {
			uint64_t r = random_next(&x), q = random_next(&x);
			bool near = r >> 60 != 0;
			node[i] = (struct cond_node){
				.op = (uint8_t)(r % COND_OP_COUNT),
				.kind = (uint8_t)(r >> 8 & 7),
				.n = (uint16_t)(r >> 16 & 3),
				.a = near && i != 0 ? (uint32_t)(q % i) : (uint32_t)q,
				.b = near && i != 0 ? (uint32_t)((q >> 20) % i) : COND_NONE,
				.c = near && i != 0 ? (uint32_t)((q >> 40) % i) : 3
			};
		}
		for (size_t i = 0; i < POOL; i++)
			pool[i] = (uint32_t)(random_next(&x) % NODES);
		for (size_t n = 1; n <= NODES; n += 13)
			(void)run(&w, node, n, pool, POOL);
		arena_reset(&w.arena);
		be_pe(&w);
	}
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_wrap_and_know_what_is_undefined),
		cmocka_unit_test(floats_are_equal_when_near),
		cmocka_unit_test(strings_are_bytes),
		cmocka_unit_test(what_is_undefined_stays_so_but_for_and_or_defined),
		cmocka_unit_test(strings_of_a_rule_are_asked_for),
		cmocka_unit_test(quantifiers_count),
		cmocka_unit_test(loops_go_over_ranges_lists_and_strings),
		cmocka_unit_test(loops_end_as_soon_as_they_can),
		cmocka_unit_test(modules_are_undefined_elsewhere),
		cmocka_unit_test(what_cannot_change_the_answer_is_not_asked),
		cmocka_unit_test(a_rule_that_prints_goes_on_after_undefined),
		cmocka_unit_test(spent_steps_end_it_and_say_so),
		cmocka_unit_test(damaged_code_is_told),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(a_variable_bound_anew_has_its_own_type),
		cmocka_unit_test(any_bytes_are_safe_to_evaluate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
