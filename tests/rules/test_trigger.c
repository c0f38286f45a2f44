/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "engine/eval.h"
#include "format/modules.h"
#include "rules/trigger.h"
#include "rules/yara/yara.h"

#include <math.h>
#include <stdio.h>

/* A rule with strings of known cost is analysed; string number i costs costs[i]. */

enum { MAX_STRINGS = 64 };

struct subject {
	struct arena arena;
	struct ruleset set;
	struct yara *yara;
	double cost[MAX_STRINGS];
	struct trigger t;
	uint32_t rule; /* the last */
};

/* $a is the cheapest, $c dear, $n cannot be looked for. */
static const char strings[] =
	"strings: $a = \"aaaaaaaa\" $b = \"bbbb\" $c = \"cc\" $n = /n/ $mz = \"MZ\"\n"
	" $hex = { 7F 45 4C 46 ?? 01 } $fold = \"PK\\x03\\x04\" nocase\n";
enum { A, B, C, N, MZ, HEX, FOLD, N_STRINGS };
static const double costs[N_STRINGS] = { 1, 10, 1000, INFINITY, 2000, 20, 30 };

static void open_subject(struct subject *s, const char *rules, uint32_t classes)
{
	struct yara_options o = { 0 };
	struct value x = { .kind = VALUE_INT };
	struct error e;
	size_t n;

	*s = (struct subject){ 0 };
	arena_init(&s->arena, 1 << 26);
	ruleset_init(&s->set);
	s->yara = yara_new(&s->set, &o);
	assert_non_null(s->yara);
	assert_true(yara_extern(s->yara, span_of("ext"), &x, &e));
	assert_true(yara_add(s->yara, span_of("test"), span_of(rules), span_of("default"), &e));
	if (s->set.n_errors != 0) {
		const struct ir_diagnostic *d =
			(const struct ir_diagnostic *)(const void *)s->set.diagnostics.p;
		fail_msg("%s: %.*s", rules, (int)d->message.n, (const char *)d->message.p);
	}
	(void)ruleset_strings(&s->set, &n);
	assert_true(n <= MAX_STRINGS);
	for (size_t i = 0; i < n; i++)
		s->cost[i] = costs[i % N_STRINGS];
	(void)ruleset_rules(&s->set, &n);
	s->rule = (uint32_t)n - 1;
	assert_true(trigger_analyse(&s->set, s->rule, classes, s->cost, &s->arena, &s->t, &e));
}

static void close_subject(struct subject *s)
{
	yara_free(s->yara);
	ruleset_release(&s->set);
	arena_release(&s->arena);
}

static void analyse_in(struct subject *s, const char *condition, uint32_t classes)
{
	char rules[4000];

	snprintf(rules, sizeof rules,
		 "import \"pe\" import \"elf\" import \"math\" import \"console\"\n"
		 "rule x { %s condition: (%s) and (ext == 1 or any of them or true) }",
		 strings, condition);
	open_subject(s, rules, classes);
}

static void analyse(struct subject *s, const char *condition)
{
	analyse_in(s, condition, CLASS_ALL);
}

/* ---- trigger strings */

enum { ALWAYS = 1 << 20, NEVER = 0 };

static void the_cheapest_necessary_strings_are_chosen(void **state)
{
	static const struct {
		const char *condition;
		uint32_t strings; /* bit i: string i; NEVER, ALWAYS */
	} t[] = {
		{ "$a", 1 << A },
		{ "$b and $a", 1 << A },
		{ "$b or $a", 1 << A | 1 << B },
		{ "$c and ($b or $a)", 1 << A | 1 << B },
		{ "$b and ($c or $a)", 1 << B },
		{ "not $a", ALWAYS },
		{ "$b and not $a", 1 << B },
		{ "$a or true", ALWAYS },
		{ "$a or false", 1 << A },
		{ "$a and false", NEVER },
		{ "$a and $n", 1 << A },
		{ "all of ($a, $b, $c)", 1 << A },
		{ "2 of ($a, $b, $c)", 1 << A | 1 << B },
		{ "any of ($a, $b, $c)", 1 << A | 1 << B | 1 << C },
		{ "67% of ($a, $b, $c)", 1 << A },
		{ "66% of ($a, $b, $c)", 1 << A | 1 << B },
		{ "none of ($a, $b)", ALWAYS },
		{ "0 of ($a, $b)", ALWAYS },
		{ "ext of ($a, $b)", ALWAYS },
		{ "2 of ($a, $b, $c) in (0..10)", 1 << A | 1 << B },
		{ "any of ($a, $b) at 7", 1 << A | 1 << B },
		{ "#a > 3", 1 << A },
		{ "#a >= 1", 1 << A },
		{ "#a >= 0", ALWAYS },
		{ "#a == 0", ALWAYS },
		{ "#a == 2", 1 << A },
		{ "#a != 0", 1 << A },
		{ "#a != 2", ALWAYS },
		{ "3 < #a", 1 << A },
		{ "0 == #a", ALWAYS },
		{ "#a", 1 << A },
		{ "not #a", ALWAYS },
		{ "#a < 5", ALWAYS },
		{ "#a + #b > 3", ALWAYS },
		{ "#a > #b", ALWAYS },
		{ "#a in (0..10) > 0", 1 << A },
		{ "@a < 100", 1 << A },
		{ "@a[2] + 10 > filesize", 1 << A },
		{ "!a[1] == 8", 1 << A },
		{ "not @a < 100", 1 << A },
		{ "defined @a", 1 << A },
		{ "not defined @a", ALWAYS },
		{ "$a at 100", 1 << A },
		{ "$a at @b", 1 << A },
		{ "$c at @b", 1 << B },
		{ "not $c at @b", ALWAYS },
		{ "$a in (0..@b)", 1 << A },
		{ "uint8(@a) == 7", 1 << A },
		{ "not (@a > 3 and true)", ALWAYS },
		{ "for any of ($a, $b) : ( $ )", 1 << A | 1 << B },
		{ "for all of ($a, $b) : ( $ at 3 )", 1 << A },
		{ "for any of ($a, $b) : ( # > 2 )", 1 << A | 1 << B },
		{ "for any of ($a, $b) : ( # == 0 )", ALWAYS },
		{ "for any of ($a, $b) : ( # >= 0 and $c )", 1 << C },
		{ "for none of ($a, $b) : ( $ )", ALWAYS },
		{ "for any i in (1..3) : ( $a )", 1 << A },
		{ "for all i in (1..3) : ( $a )", 1 << A },
		{ "for none i in (1..3) : ( $a )", ALWAYS },
		{ "for none i in (1..@a) : ( $b )", 1 << A },
		{ "for all i in (1..#a) : ( @a[i] < 9 )", 1 << A },
		{ "for any i in (1..3) : ( not $a )", ALWAYS },
		{ "true", ALWAYS },
		{ "false", NEVER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct subject s;
		uint32_t got = 0;
		analyse(&s, t[i].condition);
		for (size_t k = 0; k < s.t.n_strings; k++) {
			got |= 1u << s.t.string[k];
			assert_true(k == 0 || s.t.string[k] > s.t.string[k - 1]);
		}
		got |= s.t.always ? (uint32_t)ALWAYS : 0;
		if (got != t[i].strings)
			fail_msg("%s: %x, expected %x", t[i].condition, got, t[i].strings);
		close_subject(&s);
	}
}

static void rules_are_followed(void **state)
{
	struct subject s;
	char rules[4000];

	(void)state;
	snprintf(rules, sizeof rules,
		 "rule r1 { strings: $a = \"aaaa\" condition: $a }\n"
		 "rule r2 { strings: $a = \"bbbb\" condition: $a }\n"
		 "rule r3 { condition: r1 or r2 }\n"
		 "rule r4 { condition: r3 and not false }");
	open_subject(&s, rules, CLASS_ALL);
	assert_false(s.t.always);
	assert_int_equal(s.t.n_strings, 2);
	close_subject(&s);
	snprintf(rules, sizeof rules,
		 "rule r1 { strings: $a = \"aaaa\" condition: $a }\n"
		 "rule r2 { strings: $a = \"bbbb\" condition: $a }\n"
		 "rule r3 { condition: all of (r*) }");
	open_subject(&s, rules, CLASS_ALL);
	assert_int_equal(s.t.n_strings, 1);
	close_subject(&s);
}

static void rules_that_fan_out_cost_no_power(void **state)
{
	struct subject s;
	char rules[20000];
	int n = snprintf(rules, sizeof rules, "rule r0 { strings: $a = \"aaaa\" condition: $a }\n");

	(void)state;
	for (int i = 1; i < 12; i++) {
		n += snprintf(rules + n, sizeof rules - (size_t)n, "rule r%d { condition: r%d", i,
			      i - 1);
		for (int k = 0; k < 100; k++)
			n += snprintf(rules + n, sizeof rules - (size_t)n, " or r%d", i - 1);
		n += snprintf(rules + n, sizeof rules - (size_t)n, " }\n");
	}
	open_subject(&s, rules, CLASS_ALL); /* ends */
	assert_true(s.t.always);
	close_subject(&s);
}

/* ---- gates */

static void headers_and_modules_say_which_objects(void **state)
{
	enum { MZ_ = 1 << CLASS_MZ, ELF_ = 1 << CLASS_ELF, ZIP_ = 1 << CLASS_ZIP };
	static const struct {
		const char *condition;
		uint32_t classes;
	} t[] = {
		{ "uint16(0) == 0x5A4D", MZ_ },
		{ "0x5A4D == uint16(0)", MZ_ },
		{ "uint16be(0) == 0x4D5A", MZ_ },
		{ "uint32(0) == 0x464c457f", ELF_ },
		{ "uint32be(0) == 0x7f454c46", ELF_ },
		{ "uint16(0) == 0x5A4D or uint32(0) == 0x464c457f", MZ_ | ELF_ },
		{ "uint16(0) == 0x5A4D and uint32(0) == 0x464c457f", 0 },
		{ "not uint16(0) == 0x5A4D", CLASS_ALL },
		{ "uint16(0) != 0x5A4D", CLASS_ALL },
		{ "uint8(0) == 0x4D and uint8(1) == 0x5A", 1 << CLASS_OTHER | MZ_ },
		{ "uint16(0) == 0x15A4D", 0 },
		{ "uint16(60) == 0x5A4D", CLASS_ALL },
		{ "$mz at 0", MZ_ },
		{ "$mz at 2", 1 << CLASS_OTHER | MZ_ },
		{ "$mz at 8", CLASS_ALL },
		{ "$mz at 3 - 3", MZ_ },
		{ "$hex at 0", ELF_ },
		{ "$fold at 0", CLASS_ALL },
		{ "not $mz at 0", CLASS_ALL },
		{ "$mz at 0 or $hex at 0", MZ_ | ELF_ },
		{ "any of ($mz, $hex) at 0", CLASS_ALL },
		{ "pe.number_of_sections == 3", MZ_ },
		{ "pe.number_of_sections != 3", MZ_ },
		{ "not pe.number_of_sections == 3", MZ_ },
		{ "not (pe.number_of_sections == 3 and true)", CLASS_ALL },
		{ "defined pe.number_of_sections", MZ_ },
		{ "pe.is_pe", CLASS_ALL },
		{ "pe.is_pe == 0", CLASS_ALL },
		{ "pe.MACHINE_I386 == 0x14c", CLASS_ALL },
		{ "pe.imphash() == \"x\"", MZ_ },
		{ "pe.sections[0].name contains \"x\"", MZ_ },
		{ "for any k, v in pe.version_info : ( v == \"x\" )", MZ_ },
		{ "for none x in pe.sections : ( x.name == \"x\" )", MZ_ },
		{ "elf.type == elf.ET_EXEC or pe.number_of_sections > 1", MZ_ | ELF_ },
		{ "math.entropy(0, filesize) > 7.0", CLASS_ALL },
		{ "math.max(pe.number_of_sections, 1) == 1", MZ_ },
		{ "not math.entropy(pe.number_of_sections, 7) < 1.0", CLASS_ALL },
		{ "math.entropy(pe.number_of_sections, 7) < 1.0", MZ_ },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct subject s;
		analyse(&s, t[i].condition);
		if (s.t.classes != t[i].classes)
			fail_msg("%s: %x, expected %x", t[i].condition, s.t.classes, t[i].classes);
		close_subject(&s);
	}
}

static void sizes_are_bounded(void **state)
{
	static const struct {
		const char *condition;
		uint64_t min, max;
	} t[] = {
		{ "filesize < 10KB", 0, 10239 },
		{ "filesize <= 10KB", 0, 10240 },
		{ "filesize > 100", 101, UINT64_MAX },
		{ "100 <= filesize", 100, UINT64_MAX },
		{ "filesize == 7", 7, 7 },
		{ "filesize != 7", 0, UINT64_MAX },
		{ "filesize < 200 * 1024 + 1", 0, 204800 },
		{ "filesize > 10 and filesize < 20", 11, 19 },
		{ "filesize > 10 or filesize < 5", 0, UINT64_MAX },
		{ "filesize < 5 or filesize < 10", 0, 9 },
		{ "filesize > -1", 0, UINT64_MAX },
		{ "uint16(60) == 7", 62, UINT64_MAX },
		{ "not filesize < 10", 0, UINT64_MAX },
		{ "$hex at 16", 20, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct subject s;
		analyse(&s, t[i].condition);
		if (s.t.min_size != t[i].min || s.t.max_size != t[i].max)
			fail_msg("%s: %llu..%llu", t[i].condition, (unsigned long long)s.t.min_size,
				 (unsigned long long)s.t.max_size);
		close_subject(&s);
	}
}

static void tests_hold_the_bytes_in_the_objects_order(void **state)
{
	struct subject s;

	(void)state;
	analyse(&s, "uint32be(4) == 0x01020304 and uint16(9) == 0x0605 and $hex at 20");
	assert_int_equal(s.t.n_tests, 3);
	assert_int_equal(s.t.test[0].at, 4);
	assert_int_equal(s.t.test[0].n, 4);
	assert_memory_equal(s.t.test[0].bytes, "\x01\x02\x03\x04", 4);
	assert_int_equal(s.t.test[1].at, 9);
	assert_memory_equal(s.t.test[1].bytes, "\x05\x06", 2);
	assert_int_equal(s.t.test[2].at, 20);
	assert_int_equal(s.t.test[2].n, 4);
	close_subject(&s);
	/* more than there is room for: the first ones */
	analyse(&s, "uint8(0) == 1 and uint8(1) == 1 and uint8(2) == 1 and uint8(3) == 1 and "
		    "uint8(4) == 1");
	assert_int_equal(s.t.n_tests, TRIGGER_MAX_TESTS);
	close_subject(&s);
}

static void only_the_classes_that_are_thought_of_count(void **state)
{
	struct subject s;

	(void)state;
	analyse_in(&s, "(uint16(0) == 0x5A4D and $a) or (uint32(0) == 0x464c457f and $b)",
		   1 << CLASS_MZ);
	assert_int_equal(s.t.n_strings, 1);
	assert_int_equal(s.t.string[0], A);
	close_subject(&s);
	analyse_in(&s, "pe.number_of_sections > 1 and $a", 1 << CLASS_ELF);
	assert_int_equal(s.t.n_strings, 0);
	assert_false(s.t.always);
	close_subject(&s);
}

static void a_rule_that_prints_is_evaluated_where_yara_does(void **state)
{
	struct subject s;

	(void)state;
	analyse(&s, "uint16(0) == 0x5A4D and console.log(\"x\")");
	assert_true(s.t.always);
	assert_int_equal(s.t.classes, CLASS_ALL);
	close_subject(&s);
	analyse(&s, "console.log(\"x\") and $a and filesize < 10");
	assert_false(s.t.always);
	assert_int_equal(s.t.n_strings, N_STRINGS);
	assert_true(s.t.max_size == UINT64_MAX);
	close_subject(&s);
	analyse(&s, "console.log(\"x\") and ($a or filesize < 10)");
	assert_true(s.t.always);
	close_subject(&s);
}

/* ---- soundness: what is true is triggered, whatever the condition */

static uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static unsigned below(uint64_t *x, unsigned n) { return (unsigned)((random_next(x) >> 11) % n); }

static void put(char *out, const char *s) { strcat(out, s); }

static void number(uint64_t *x, char *out);

static void leaf(uint64_t *x, char *out)
{
	static const char *const leaves[] = {
		"$a",
		"$b",
		"$c",
		"$mz at 0",
		"$hex at 0",
		"$a at 4",
		"$a at @b",
		"not $a at @b",
		"$b in (0..30)",
		"#a > 1",
		"#b == 0",
		"#c",
		"#a != 1",
		"@a < 20",
		"!b == 4",
		"not @c > 3",
		"defined @b",
		"all of ($a, $b, $c)",
		"2 of ($a, $b, $c)",
		"any of ($b, $c)",
		"none of ($a, $b)",
		"ext of ($a, $b)",
		"67% of ($a, $b, $c)",
		"any of ($a, $b) in (0..20)",
		"all of ($a, $c) at 4",
		"for any of ($a, $b) : ( $ )",
		"for all of ($a, $b) : ( # > 1 )",
		"for none of ($b, $c) : ( # > 1 )",
		"for any of ($a, $b, $c) : ( # == 0 or @ > 4 )",
		"for any i in (1..#a) : ( @a[i] == 4 )",
		"for none i in (1..#b) : ( @b[i] == 4 )",
		"for all i in (1..2) : ( uint8(i) == 0x5A )",
		"for 2 of ($a, $b, $c) : ( $ and $b )",
		"uint16(0) == 0x5A4D",
		"uint32be(0) == 0x7f454c46",
		"uint8(2) != 3",
		"filesize < 60",
		"filesize > 100",
		"filesize == 80",
		"uint8(200) == 1",
		"not uint8(200) == 1",
		"true",
		"false",
		"r1",
		"not r2",
		"any of (r1, r2)",
		"pe.number_of_sections == 3",
		"not pe.number_of_sections == 4",
		"pe.is_pe",
		"defined pe.number_of_sections",
		"for any x in pe.sections : ( true )",
		"math.mean(pe.number_of_sections, 5) < 300.0",
		"not math.mean(pe.number_of_sections, 5) < 0.5",
	};

	if (below(x, 8) == 0)
		number(x, out);
	else
		put(out, leaves[below(x, sizeof leaves / sizeof *leaves)]);
}

static void number(uint64_t *x, char *out)
{
	static const char *const n[] = { "#a",       "#b",       "@a",
					 "@c",       "uint8(0)", "filesize",
					 "2",        "0",        "pe.number_of_sections",
					 "uint8(@a)" };
	static const char *const op[] = { "==", "!=", "<", "<=", ">", ">=" };

	put(out, n[below(x, 10)]);
	put(out, " ");
	put(out, op[below(x, 6)]);
	put(out, " ");
	put(out, n[below(x, 10)]);
}

static void expression(uint64_t *x, unsigned depth, char *out)
{
	unsigned how = depth == 0 ? 0 : below(x, 6);

	if (how < 2) {
		leaf(x, out);
		return;
	}
	if (how == 2) {
		put(out, "not (");
		expression(x, depth - 1, out);
		put(out, ")");
		return;
	}
	put(out, "(");
	for (unsigned n = 2 + below(x, 2); n-- > 0;) {
		expression(x, depth - 1, out);
		if (n > 0)
			put(out, how == 3 ? " or " : " and ");
	}
	put(out, ")");
}

/* A made-up object: which strings occur where, what kind of file it is. */
struct object {
	struct subject *s;
	size_t n[8];
	struct match list[8][4];
	uint8_t bytes[120];
	size_t size;
	bool pe;
	struct value slots[1000], sections;
	struct value_list section_list;
	struct eval *eval;
	struct value section_item[2];
};

static bool object_present(void *ctx, uint32_t s)
{
	const struct object *o = ctx;
	return o->n[s % N_STRINGS] != 0;
}

static void object_matches(void *ctx, uint32_t s, const struct match **list, size_t *n)
{
	struct object *o = ctx;

	*list = o->list[s % N_STRINGS];
	*n = o->n[s % N_STRINGS];
}

static bool object_rule(void *ctx, uint32_t rule)
{
	struct object *o = ctx;
	size_t n;
	struct eval v = *o->eval;

	return eval_condition(&v, ruleset_rules(&o->s->set, &n)[rule].root);
}

static void object_module(void *ctx, uint32_t m, struct value *out)
{
	struct object *o = ctx;

	out->kind = VALUE_UNDEFINED;
	if (m == MODULE_PE ? !o->pe : m != MODULE_MATH)
		return;
	out->kind = VALUE_STRUCT;
	out->slots = o->slots;
	out->n_slots = (uint16_t)field_count(modules_all[m]->fields);
}

static void *object_state(void *ctx, uint32_t m)
{
	(void)ctx;
	(void)m;
	return NULL;
}

static const void *object_host(void *ctx, uint32_t m)
{
	(void)ctx;
	(void)m;
	return NULL;
}

static void object_external(void *ctx, uint32_t x, struct value *out)
{
	(void)ctx;
	(void)x;
	value_int(out, 1);
}

static const struct eval_source object_source = {
	.present = object_present,
	.matches = object_matches,
	.rule = object_rule,
	.module = object_module,
	.module_state = object_state,
	.module_host = object_host,
	.external = object_external,
};

static void make_object(struct object *o, uint64_t *x)
{
	const struct field *t = modules_all[MODULE_PE]->fields;
	unsigned kind = below(x, 3);

	o->size = 4 + below(x, 116);
	memset(o->bytes, 0, sizeof o->bytes);
	for (size_t i = 0; i < 6; i++)
		o->bytes[i] = (uint8_t)below(x, 4);
	if (kind == 1)
		memcpy(o->bytes, "MZ", 2);
	if (kind == 2)
		memcpy(o->bytes,
		       "\x7f"
		       "ELF",
		       4);
	memset(o->n, 0, sizeof o->n);
	/* one of $a, $b, $c, or nothing, in each place of twelve bytes */
	for (uint64_t at = 4; at + 8 <= o->size && at < 60; at += 12) {
		static const char *const text[] = { "aaaaaaaa", "bbbb", "cc" };
		unsigned s = below(x, 6);
		if (s > 2 || o->n[s] == 4)
			continue;
		size_t n = strlen(text[s]);
		memcpy(o->bytes + at, text[s], n);
		o->list[s][o->n[s]++] = (struct match){ .at = at, .n = (uint32_t)n };
	}
	o->n[MZ] = kind == 1;
	o->n[HEX] = kind == 2;
	o->list[MZ][0] = (struct match){ .at = 0, .n = 2 };
	o->list[HEX][0] = (struct match){ .at = 0, .n = 6 };
	o->pe = kind == 1 && below(x, 2) == 0;
	value_int(&o->slots[field_find(t, span_of("number_of_sections")) - t], 3 + below(x, 2));
	value_int(&o->slots[field_find(t, span_of("is_pe")) - t], o->pe);
	o->section_list =
		(struct value_list){ .n = below(x, 2), .max = 2, .item = o->section_item };
	struct value *sections = &o->slots[field_find(t, span_of("sections")) - t];
	sections->kind = VALUE_ARRAY;
	sections->list = &o->section_list;
}

static bool holds(const struct trigger *t, const struct object *o)
{
	bool met = t->always;

	for (size_t i = 0; i < t->n_strings; i++)
		met = met || o->n[t->string[i] % N_STRINGS] != 0;
	for (size_t i = 0; i < t->n_tests; i++)
		if (t->test[i].at + (uint64_t)t->test[i].n > o->size ||
		    memcmp(o->bytes + t->test[i].at, t->test[i].bytes, t->test[i].n) != 0)
			return false;
	struct span all = { o->bytes, o->size };
	return met && (t->classes & 1u << type_class_of(all)) != 0 && o->size >= t->min_size &&
	       o->size <= t->max_size;
}

static void what_is_true_is_triggered(void **state)
{
	static struct object o;
	static char text[20000];
	uint64_t x = 0x9e3779b97f4a7c15u;
	unsigned n_true = 0, n_not_always = 0;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		struct subject s;
		uint64_t steps = 1000000;
		text[0] = '\0';
		put(text, "import \"pe\" import \"math\"\nrule r1 { ");
		put(text, strings);
		put(text, "condition: $a and (filesize < 50 or any of them) }\nrule r2 { ");
		put(text, strings);
		put(text, "condition: uint16(0) == 0x5A4D and (2 of ($a, $b, $c) or any of them) "
			  "}\nrule x { ");
		put(text, strings);
		put(text, "condition: ");
		expression(&x, 4, text);
		put(text, " and (true or any of them) }\n");
		open_subject(&s, text, CLASS_ALL);
		n_not_always += !s.t.always;
		struct eval v = { .code = ruleset_code(&s.set),
				  .arena = &s.arena,
				  .steps = &steps,
				  .source = &object_source,
				  .ctx = &o };
		o.s = &s;
		o.eval = &v;
		for (unsigned k = 0; k < 60; k++) {
			size_t n;
			make_object(&o, &x);
			v.file = (struct span){ o.bytes, o.size };
			if (!eval_condition(&v, ruleset_rules(&s.set, &n)[s.rule].root))
				continue;
			n_true++;
			if (!holds(&s.t, &o))
				fail_msg("true and not triggered: %s", strstr(text, "rule x"));
		}
		close_subject(&s);
	}
	assert_true(n_true > 1000);
	assert_true(n_not_always > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cheapest_necessary_strings_are_chosen),
		cmocka_unit_test(rules_are_followed),
		cmocka_unit_test(rules_that_fan_out_cost_no_power),
		cmocka_unit_test(headers_and_modules_say_which_objects),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(tests_hold_the_bytes_in_the_objects_order),
		cmocka_unit_test(only_the_classes_that_are_thought_of_count),
		cmocka_unit_test(a_rule_that_prints_is_evaluated_where_yara_does),
		cmocka_unit_test(what_is_true_is_triggered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
