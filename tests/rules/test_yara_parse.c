/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rules/cond_print.h"
#include "rules/operands.h"
#include "rules/yara/yara.h"
#include "tests/mutate.h"
#include "tests/test.h"

/* What the YARA front end makes of conditions, and what it says of errors. */

struct parsed {
	struct ruleset set;
	struct yara *yara;
};

static void parse(struct parsed *p, struct span text)
{
	struct value v;
	struct error e;

	ruleset_init(&p->set);
	p->yara = yara_new(&p->set, &(struct yara_options){ 0 });
	assert_non_null(p->yara);
	value_string(&v, span_of("text"));
	assert_true(yara_extern(p->yara, span_of("es"), &v, &e));
	assert_true(yara_add(p->yara, span_of("t.yar"), text, span_of("default"), &e));
}

static void release(struct parsed *p)
{
	yara_free(p->yara);
	ruleset_release(&p->set);
}

/* ---- trees */

static const char strings[] =
	"import \"pe\" import \"math\"\n"
	"rule r1 { condition: true } rule r2 { condition: true }\n"
	"rule t { strings: $a = \"abc\" $b = \"def\" condition: ($a or $b or true) and (";

static const struct {
	const char *condition, *tree;
} trees[] = {
	/* precedence */
	{ "true or false and true", "(or (true) (and (false) (true)))" },
	{ "not true and false", "(and (not (true)) (false))" },
	{ "not 1 == 1", "(not (== 1 1))" },
	{ "1 + 2 * 3 == 7", "(== (+ 1 (* 2 3)) 7)" },
	{ "1 - 2 - 3 == 0", "(== (- (- 1 2) 3) 0)" },
	{ "1 | 2 ^ 3 & 4 << 5 + 6 == 1", "(== (| 1 (^ 2 (& 3 (<< 4 (+ 5 6))))) 1)" },
	{ "1 & 2 == 2", "(== (& 1 2) 2)" },
	{ "-1 + ~2 == 3", "(== (+ (neg 1) (~ 2)) 3)" },
	{ "1 == 1 and 2 < 3 or 4 >= 5", "(or (and (== 1 1) (< 2 3)) (>= 4 5))" },
	{ "defined filesize and true", "(and (defined (filesize)) (true))" },
	/* constants */
	{ "filesize > 10KB", "(> (filesize) 10240)" },
	{ "filesize > 2MB", "(> (filesize) 2097152)" },
	{ "filesize > 0x1F", "(> (filesize) 31)" },
	{ "filesize > 0o17", "(> (filesize) 15)" },
	{ "filesize > 1_000", "(> (filesize) 1000)" },
	{ "filesize > 1.5", "(> (float (filesize)) 1.5)" },
	{ "filesize>10and true", "(and (> (filesize) 10) (true))" },
	{ "\"a\\x41\\n\" == es", "(== \"aA\\x0a\" (extern 0))" },
	{ "es", "(bool (extern 0))" },
	{ "filesize", "(bool (filesize))" },
	{ "/abc/", "(true)" },
	{ "t", "(false)" },
	/* strings */
	{ "$a at 5", "($at 0 5)" },
	{ "$a in (1..2)", "($in 0 (range 1 2))" },
	{ "#a in (1..2) == 1", "(== (#in 0 (range 1 2)) 1)" },
	{ "@b[#a] == @b", "(== (@ 1 (# 0)) (@ 1))" },
	{ "!a[2] > 1", "(> (! 0 2) 1)" },
	{ "uint16be(4) == 1", "(== (read uint16be 4) 1)" },
	{ "int8(0) == 1", "(== (read int8 0) 1)" },
	/* of */
	{ "any of them", "(of (strings 0 1) (any))" },
	{ "all of ($a, $b)", "(of (strings 0 1) (all))" },
	{ "none of ($*)", "(of (strings 0 1) (none))" },
	{ "50% of them", "(of (strings 0 1) (percent 50))" },
	{ "2 of them in (0..9)", "(of (strings 0 1) (range 0 9) 2)" },
	{ "1 + 1 of them", "(of (strings 0 1) (+ 1 1))" },
	{ "any of them at 0", "(of (strings 0 1) 0 (any))" },
	{ "any of (r*)", "(of (rules 0 1) (any))" },
	{ "all of (r1, r2)", "(of (rules 0 1) (all))" },
	{ "any of (r1, t)", "(of (rules 0) (any))" },
	{ "all of (r1, t)", "(of (rules 0 2) (all))" },
	{ "1 of (true, 1 == 2)", "(of (list (true) (== 1 2)) 1)" },
	/* loops */
	{ "for any of them : ($ at 0 or # > 1)",
	  "(for-of (strings 0 1) (or ($at 0) (> (#) 1)) (any))" },
	{ "for all i in (1..3) : (@a[i] > i)",
	  "(for-in v0 (range 1 3) (> (@ 0 (var 0)) (var 0)) (all))" },
	{ "for 2 i in (1, 2) : (for any j in (i..5) : (i == j))",
	  "(for-in v0 (list 1 2) (for-in v1 (range (var 0) 5) (== (var 0) (var 1)) (any)) 2)" },
	{ "for any s in (\"x\", \"y\") : (s == es)",
	  "(for-in v0 (list \"x\" \"y\") (== (var 0) (extern 0)) (any))" },
	{ "with x = filesize, y = x + 1 : (y > x)",
	  "(with v0 (filesize) (with v1 (+ (var 0) 1) (> (var 1) (var 0))))" },
	/* modules */
	{ "pe.IMPORT_STANDARD == 1", "(== 1 1)" },
};

/* The condition's own part: what follows the head that names all strings. */
static void tree_of(const struct parsed *p, struct buf *out)
{
	const struct cond_code code = ruleset_code(&p->set);
	size_t n;
	const struct ir_rule *r = ruleset_rules(&p->set, &n);
	struct operands o;

	assert_int_equal(n, 3);
	assert_true(operands_of(&code, r[2].root, &o));
	assert_int_equal(code.node[r[2].root].op, COND_AND);
	cond_print(&code, o.list[1], out);
}

static void conditions_become_the_trees_that_yaras_precedence_asks_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		struct parsed p;
		struct buf text, tree;

		buf_init(&text, 1 << 16);
		buf_init(&tree, 1 << 16);
		buf_printf(&text, "%s%s) }", strings, trees[i].condition);
		parse(&p, buf_span(&text));
		if (p.set.n_errors != 0)
			fail_msg("refused: %s", trees[i].condition);
		tree_of(&p, &tree);
		buf_put_u8(&tree, 0);
		assert_string_equal((const char *)tree.p, trees[i].tree);
		release(&p);
		buf_release(&text);
		buf_release(&tree);
	}
}

/* ---- errors */

static const struct {
	const char *text;
	unsigned line, column;
	const char *message; /* a part of it */
	const char *hint;    /* a part of it; NULL: not looked at */
} errors[] = {
	{ "rule a { condition: filesise > 1 }", 1, 21, "undefined identifier", "filesize" },
	{ "rule a { condition: pe.is_pe }", 1, 21, "undefined identifier", "import \"pe\"" },
	{ "import \"pe\" rule a { condition: pe.machne == 1 }", 1, 36, "invalid field", "machine" },
	{ "import \"pee\"", 1, 8, "unknown module", "pe elf" },
	{ "rule a {\n condition:\n  filesize = 10 }", 3, 12, "found `=`", NULL },
	{ "rule a { condition: 1 == \"a\" }", 1, 23, "wrong type", NULL },
	{ "rule a { condition: \"a\" contains 1 }", 1, 25, "wrong type", NULL },
	{ "rule a { condition: 1 matches /a/ }", 1, 23, "wrong type", NULL },
	{ "rule a { condition: $a }", 1, 21, "undefined string", NULL },
	{ "rule a { strings: $a = \"abc\" condition: true }", 1, 19, "unreferenced string", "$_" },
	{ "rule a { strings: $a = \"abc\" widee condition: $a }", 1, 30, "modifier", "wide" },
	{ "rule a { strings: $a = \"abc\" wide wide condition: $a }", 1, 35, "duplicated", NULL },
	{ "rule a { strings: $a = \"abc\" nocase xor condition: $a }", 1, 30, "combination", NULL },
	{ "rule a { strings: $a = \"abc\" xor(5-1) condition: $a }", 1, 33, "empty", "smaller" },
	{ "rule a { strings: $a = \"\" condition: $a }", 1, 24, "empty string", NULL },
	{ "rule a { strings: $a = \"abc condition: $a }", 1, 24, "closing quote", NULL },
	{ "rule a { strings: $a = \"a\\q\" condition: $a }", 1, 26, "escape", NULL },
	{ "rule a { strings: $a = { 41 condition: $a ", 1, 24, "closing brace", NULL },
	{ "rule a { strings: $a = \"abc\" $a = \"def\" condition: $a }", 1, 30, "duplicated",
	  NULL },
	{ "rule a { condition: true } rule a { condition: true }", 1, 33, "duplicated", NULL },
	{ "rule a : t t { condition: true }", 1, 12, "duplicated tag", NULL },
	{ "rule for { condition: true }", 1, 6, "keyword", NULL },
	{ "rule a { kondition: true }", 1, 10, "expected", "condition" },
	{ "rule a { strings: $a = \"x\" }", 1, 28, "expected `condition`", NULL },
	{ "rule a { condition: true", 1, 25, "ends here", NULL },
	{ "rule a { condition: (true }", 1, 27, "`)`", NULL },
	{ "rule a { condition: 9223372036854775808 == 1 }", 1, 21, "64 bits", NULL },
	{ "rule a { condition: 9223372036854775807 + 1 == 1 }", 1, 41, "overflow", NULL },
	{ "rule a { condition: 1 \\ 0 == 1 }", 1, 23, "division by zero", NULL },
	{ "rule a { condition: 10abc == 1 }", 1, 21, "followed by letters", NULL },
	{ "rule a { strings: $a = \"x\" condition: 0% of them }", 1, 39, "between 1 and 100",
	  NULL },
	{ "rule a { strings: $a = \"x\" condition: 101% of them }", 1, 39, "between 1 and 100",
	  NULL },
	{ "rule a { condition: any of them }", 1, 28, "no strings", NULL },
	{ "rule a { condition: any of (q*) }", 1, 29, "matches", NULL },
	{ "rule a { condition: any of (q) }", 1, 29, "undefined rule", NULL },
	{ "rule a { condition: for any i in (1, \"x\") : (true) }", 1, 38, "wrong type", NULL },
	{ "rule a { condition: for any i in (1, 2) : (j == 1) }", 1, 44, "undefined", NULL },
	{ "rule a { condition: for any i, i in (1, 2) : (true) }", 1, 32, "duplicated", NULL },
	{ "import \"pe\" rule a { condition: for any s, t in pe.sections : (true) }", 1, 49,
	  "one variable", NULL },
	{ "import \"pe\" rule a { condition: pe.sections[\"x\"].name == \"a\" }", 1, 45, "integer",
	  NULL },
	{ "import \"pe\" rule a { condition: pe.imports(1.5) }", 1, 33, "wrong arguments", NULL },
	{ "import \"pe\" rule a { condition: pe.is_dll }", 1, 43, "expected `(`", NULL },
	{ "rule a1 { condition: true } rule b { condition: any of (a*) } rule a2 { condition: true "
	  "}",
	  1, 68, "wildcard", "before" },
	{ "rule a { condition: true; }", 1, 25, "no meaning", NULL },
	{ "include \"x\"", 1, 9, "not allowed", NULL },
	{ "nonsense", 1, 1, "expected `rule`", NULL },
};

/* How many errors there are: each slip costs its rule, and hides nothing of the rules behind it. */
static const struct {
	const char *text;
	size_t n;
} slips[] = {
	{ "rule a { strings: $a = \"abc\n condition: $a }\nrule b { condition: no1 }\n"
	  "rule c { condition: no2 }",
	  3 },
	{ "rule a { strings: $a = \"\"\"abc\n condition: $a }\nrule b { condition: no1 }\n"
	  "rule c { condition: no2 }",
	  3 },
	/* neither an empty text nor an escaped quote closes it */
	{ "rule a { meta: m = \"\"\"abc\n condition: true }\nrule b { condition: no1 }\n"
	  "rule c { meta: m = \"\" condition: no2 }\nrule d { strings: $a = \"\\\"\" condition: $a "
	  "}",
	  3 },
	{ "rule a { strings: $a = \"\"\"abc\ncondition: \"\"\" condition: $a }\n"
	  "rule b { condition: no1 }",
	  1 },
	{ "rule a { strings: $a = /abc\n condition: $a }\nrule b { condition: no1 }", 2 },
};

static void a_slip_hides_no_later_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
		struct parsed p;

		parse(&p, span_of(slips[i].text));
		if (p.set.n_errors != slips[i].n)
			fail_msg("%s\n has %zu errors", slips[i].text, (size_t)p.set.n_errors);
		release(&p);
	}
}

/* Each is looked at once, however many there are. */
static void many_texts_over_lines_take_no_more_than_their_bytes(void **state)
{
	struct parsed p;
	struct buf text;
	(void)state;

	buf_init(&text, 1 << 24);
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(&text, "rule r%u { meta: m = \"\"\"a\nb\"\"\" condition: true }\n", i);
	parse(&p, buf_span(&text));
	assert_int_equal(p.set.n_errors, 0);
	release(&p);
	buf_reset(&text);
	/* none of them ends, as an escaped quote stands before the rest */
	for (unsigned i = 0; i < 200000; i++)
		buf_put_text(&text, "\\\"\"\"\n");
	parse(&p, buf_span(&text));
	assert_true(p.set.n_errors > 0);
	release(&p);
	buf_release(&text);
}

static bool holds(struct span text, const char *part)
{
	return part == NULL || memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void every_error_has_its_place_its_message_and_its_hint(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		struct ir_diagnostic none = { 0 };
		struct parsed p;
		size_t n;

		parse(&p, span_of(errors[i].text));
		const struct ir_diagnostic *d = ruleset_diagnostics(&p.set, &n);
		for (; n > 0 && d->severity != IR_ERROR; n--)
			d++;
		if (n == 0)
			d = &none;
		if (d->place.line != errors[i].line || d->place.column != errors[i].column ||
		    !holds(d->message, errors[i].message) || !holds(d->hint, errors[i].hint)) {
			print_message("%s\n  gives %u:%u: %.*s (%.*s)\n", errors[i].text,
				      d->place.line, d->place.column, (int)d->message.n,
				      (const char *)d->message.p, (int)d->hint.n,
				      (const char *)d->hint.p);
			wrong++;
		}
		release(&p);
	}
	assert_int_equal(wrong, 0);
}

/* What YARA 4.2 takes and later ones refuse, and what YARA-X takes alone. */
static const struct {
	const char *text;
	unsigned column;
	const char *message;
} warnings[] = {
	{ "rule a { strings: $a = \"x\" condition: $a in (9..1) }", 47, "lower end" },
	{ "rule a { strings: $a = \"x\" condition: $a in (-9..1) }", 48, "below 0" },
	{ "rule a { strings: $a = \"x\" condition: $a and -1 of them }", 46, "below 0" },
	{ "rule a { strings: $a = \"x\" condition: for -1 of them : ($) }", 43, "below 0" },
	{ "rule a { strings: $a = \"x\" condition: @a[1.5] == 0 }", 42, "a float" },
	{ "rule a { strings: $a = \"x\" condition: !a[\"\"] == 0 }", 42, "a string" },
	{ "rule a { condition: true == (1 == 1) }", 26, "YARA-X" },
};

static void what_one_dialect_refuses_is_warned_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
		struct parsed p;
		size_t n;

		parse(&p, span_of(warnings[i].text));
		const struct ir_diagnostic *d = ruleset_diagnostics(&p.set, &n);
		if (p.set.n_errors != 0 || n != 1 || d->place.column != warnings[i].column ||
		    !holds(d->message, warnings[i].message))
			fail_msg("%s\n  gives %zu: %u: %.*s", warnings[i].text, n,
				 n != 0 ? d->place.column : 0, n != 0 ? (int)d->message.n : 0,
				 n != 0 ? (const char *)d->message.p : "");
		release(&p);
	}
}

static void one_broken_rule_costs_no_other_but_those_that_name_it(void **state)
{
	static const char text[] = "rule a { condition: nope }\n"
				   "rule b { condition: true }\n"
				   "rule c { strings: $x = condition: $x }\n"
				   "rule d { condition: b and a }\n"
				   "rule e { condition: b }\n";
	struct parsed p;
	size_t n;
	char broken[8] = "";

	(void)state;
	parse(&p, span_of(text));
	const struct ir_rule *r = ruleset_rules(&p.set, &n);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		broken[i] = (r[i].flags & IR_RULE_BROKEN) != 0 ? 'x' : '.';
	assert_string_equal(broken, "x.xx.");
	assert_int_equal(p.set.n_errors, 3);
	release(&p);
}

static void is_shown_as(const char *source, const char *shown)
{
	struct parsed p;
	struct buf text;
	size_t n;

	parse(&p, span_of(source));
	buf_init(&text, 1 << 16);
	ruleset_print(&p.set, ruleset_diagnostics(&p.set, &n), &text);
	buf_put_u8(&text, 0);
	assert_int_equal(n, 1);
	assert_string_equal((const char *)text.p, shown);
	buf_release(&text);
	release(&p);
}

static void a_diagnostic_is_shown_with_its_line_a_caret_and_a_hint(void **state)
{
	(void)state;
	is_shown_as("rule a {\n\tcondition:\n\t\tfilesise > 1\n}\n",
		    "t.yar:3:3: error: rule a: undefined identifier \"filesise\"\n"
		    "     3 |   filesise > 1\n"
		    "       |   ^~~~~~~~\n"
		    "       = hint: did you mean `filesize`?\n");
}

static void a_source_line_keeps_its_backslashes_and_its_columns(void **state)
{
	(void)state;
	is_shown_as("rule a { condition: \"\\x41\\\\\" == unlike }",
		    "t.yar:1:33: error: rule a: undefined identifier \"unlike\"\n"
		    "     1 | rule a { condition: \"\\x41\\\\\" == unlike }\n"
		    "       |                                 ^~~~~~\n");
	is_shown_as("rule a { condition: \"a\" \\ 2 == 1 }",
		    "t.yar:1:25: error: rule a: wrong type: `\\` between string and integer\n"
		    "     1 | rule a { condition: \"a\" \\ 2 == 1 }\n"
		    "       |                         ^\n");
	is_shown_as("rule a { condition: \"\x1b[2J\" == unlike }",
		    "t.yar:1:31: error: rule a: undefined identifier \"unlike\"\n"
		    "     1 | rule a { condition: \"\\x1b[2J\" == unlike }\n"
		    "       |                                  ^~~~~~\n");
}

/* ---- limits */

static void depth_is_refused_with_an_error_and_not_with_the_stack(void **state)
{
	static const char *const opening[] = { "(",
					       "not ",
					       "-",
					       "uint8(",
					       "~",
					       "defined ",
					       "$a at ",
					       "$a in (",
					       "@a[",
					       "1 + ",
					       "any of (",
					       "(1 << ",
					       "for any i in (1, 2) : (" };

	(void)state;
	for (size_t i = 0; i < sizeof opening / sizeof *opening; i++) {
		struct parsed p;
		struct buf text;

		buf_init(&text, 1 << 24);
		buf_put_text(&text, "rule a { strings: $a = \"abc\" condition: ");
		for (unsigned k = 0; k < 100000; k++)
			buf_put_text(&text, opening[i]);
		buf_put_text(&text, "1 }");
		parse(&p, buf_span(&text));
		if (p.set.n_errors == 0)
			fail_msg("accepted: %s", opening[i]);
		release(&p);
		buf_release(&text);
	}
}

static void many_strings_cost_time_in_proportion(void **state)
{
	struct parsed p;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 28);
	buf_put_text(&text, "rule a { strings:\n");
	for (unsigned k = 0; k < 200000; k++)
		buf_printf(&text, "$s%u = \"some text %u\"\n", k, k);
	buf_put_text(&text, "condition: $s0 and #s199999 > 1 }");
	parse(&p, buf_span(&text));
	assert_int_equal(p.set.n_errors, 200000 - 2); /* unreferenced */
	release(&p);
	buf_release(&text);
}

static void parse_and_release(struct span text)
{
	struct parsed p;

	parse(&p, text);
	release(&p);
}

/* n strings in one rule, with another rule before it and one behind. */
static void parse_limited(struct parsed *p, unsigned n, uint32_t limit, const char *condition)
{
	struct buf text;
	struct error e;

	buf_init(&text, 1 << 24);
	buf_put_text(
		&text,
		"rule before { strings: $s0 = \"b\" condition: $s0 }\nrule many {\nstrings:\n");
	for (unsigned k = 0; k < n; k++)
		buf_printf(&text, "$s%u = \"some text %u\"\n", k, k);
	buf_printf(&text, "condition: %s }\nrule after { strings: $s0 = \"a\" condition: $s0 }",
		   condition);
	ruleset_init(&p->set);
	p->yara = yara_new(&p->set, &(struct yara_options){ 0 });
	assert_non_null(p->yara);
	if (limit != 0)
		yara_limit_strings(p->yara, limit);
	uint8_t *kept = arena_copy(&p->set.arena, text.p, text.n);
	assert_non_null(kept);
	assert_true(yara_add(p->yara, span_of("t.yar"), (struct span){ kept, text.n },
			     span_of("default"), &e));
	buf_release(&text);
}

static void a_rule_of_more_strings_than_a_rule_may_have_is_left_out_and_named(void **state)
{
	struct parsed p;
	size_t n;

	(void)state;
	parse_limited(&p, 10, 10, "$s9 and #s3 > 1 and all of them");
	assert_int_equal(p.set.n_errors, 0);
	release(&p);
	/* what the condition says of the strings that are not kept is no further error */
	parse_limited(&p, 11, 10, "$s10 and #s3 > 1 and all of them");
	assert_int_equal(p.set.n_errors, 1);
	const struct ir_diagnostic *d = ruleset_diagnostics(&p.set, &n);
	assert_int_equal(n, 1);
	assert_true(
		span_is(d->message, "too many strings in rule \"many\" (limit: 10): it has 11"));
	assert_true(span_is(d->rule, "many"));
	assert_int_equal(d->place.line, 2);
	const struct ir_rule *r = ruleset_rules(&p.set, &n);
	assert_int_equal(n, 3);
	assert_int_equal(r[0].flags & IR_RULE_BROKEN, 0);
	assert_int_equal(r[1].flags & IR_RULE_BROKEN, IR_RULE_BROKEN);
	assert_int_equal(r[2].flags & IR_RULE_BROKEN, 0);
	assert_int_equal(p.set.strings.n / sizeof(struct ir_string), 12);
	release(&p);
}

static void the_usual_limit_is_that_of_the_manual(void **state)
{
	struct parsed p;

	(void)state;
	parse_limited(&p, 250000, 0, "any of them");
	assert_int_equal(p.set.n_errors, 0);
	release(&p);
	parse_limited(&p, 250001, 0, "any of them");
	assert_int_equal(p.set.n_errors, 1);
	release(&p);
}

static void any_bytes_are_safe(void **state)
{
	static const char text[] = "import \"pe\" private rule a : t { meta: m = \"x\" n = -1 "
				   "strings: $a = \"a\\x41\" nocase "
				   "$b = { 41 ?? [1-2] (42 | 43) } $c = /a+\\/b/is condition: for "
				   "any s in pe.sections : "
				   "(s.name matches /x/ and $a at 1KB) or 50% of ($*) or #b in "
				   "(1..2) > 0x10 // end\n}";

	(void)state;
	mutate(span_of(text), parse_and_release);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_become_the_trees_that_yaras_precedence_asks_for),
		cmocka_unit_test(every_error_has_its_place_its_message_and_its_hint),
		cmocka_unit_test(a_slip_hides_no_later_error),
		cmocka_unit_test(many_texts_over_lines_take_no_more_than_their_bytes),
		cmocka_unit_test(what_one_dialect_refuses_is_warned_of),
		cmocka_unit_test(one_broken_rule_costs_no_other_but_those_that_name_it),
		cmocka_unit_test(a_diagnostic_is_shown_with_its_line_a_caret_and_a_hint),
		cmocka_unit_test(a_source_line_keeps_its_backslashes_and_its_columns),
		cmocka_unit_test(depth_is_refused_with_an_error_and_not_with_the_stack),
		cmocka_unit_test(many_strings_cost_time_in_proportion),
		cmocka_unit_test(a_rule_of_more_strings_than_a_rule_may_have_is_left_out_and_named),
		cmocka_unit_test(the_usual_limit_is_that_of_the_manual),
		cmocka_unit_test(any_bytes_are_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
