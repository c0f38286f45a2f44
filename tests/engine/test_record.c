/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"
#include "rules/yara/yara.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <pellucid/pellucid.h>

#include <stdlib.h>

static const char rules[] = "rule a { meta: severity = \"suspicious\" strings: $a = \"aaaa\" $b = "
			    "\"bbbb\" condition: any of them }\n"
			    "rule b { strings: $c = \"cccc\" condition: $c }\n"
			    "rule c { condition: true }\n";

struct place {
	struct buf database, bytes;
	struct db *db;
	struct arena arena;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct ruleset set;
	struct error e;

	ruleset_init(&set);
	buf_init(&p->database, 1 << 24);
	buf_init(&p->bytes, 2 * RECORD_MAX);
	arena_init(&p->arena, RECORD_MEMORY);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	bool ok = yara_add(y, span_of("test"), span_of(rules), span_of("default"), &e) &&
		  db_build(&set, &p->database, &e) && db_open(buf_span(&p->database), &p->db, &e);
	yara_free(y);
	ruleset_release(&set);
	*state = p;
	return ok ? 0 : -1;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	db_free(p->db);
	arena_release(&p->arena);
	buf_release(&p->database);
	buf_release(&p->bytes);
	free(p);
	return 0;
}

static struct span write_record(struct place *p, const struct verdict *v)
{
	buf_reset(&p->bytes);
	(void)record_write(v, &p->bytes);
	assert_true(buf_ok(&p->bytes));
	return buf_span(&p->bytes);
}

static bool read_record(struct place *p, struct span bytes, uint64_t size, struct verdict *out)
{
	struct error e;

	arena_reset(&p->arena);
	return record_read(bytes, p->db, size, &p->arena, out, &e);
}

/* One of everything. */
struct sample {
	struct verdict_string string[3];
	struct verdict_value value[5];
	struct verdict_match match[2];
	struct verdict_gap gap[2];
	struct verdict v;
};

static void make_sample(struct sample *s)
{
	*s = (struct sample){
		.string = { { .string = 0, .at = 0, .n = 4, .excerpt = span_of("aaaa") },
			    { .string = 1,
			      .at = 96,
			      .n = 4,
			      .xor_key = 0x55,
			      .excerpt = span_of("bbb") },
			    { .string = 2, .at = 100, .n = 0 } },
		.value = { { .name = span_of("filesize"), .value = { .kind = VALUE_INT, .i = -5 } },
			   { .name = span_of("f"), .value = { .kind = VALUE_FLOAT, .f = 0.5 } },
			   { .name = span_of("s"),
			     .value = { .kind = VALUE_STRING, .s = span_of("text") } },
			   { .name = span_of("u"), .value = { .kind = VALUE_UNDEFINED } },
			   { .name = span_of("b"), .value = { .kind = VALUE_BOOL, .i = 1 } } },
		.gap = { { .why = REASON_LIMIT, .rule = 2, .detail = span_of("limit:steps") },
			 { .why = REASON_DAMAGED, .rule = COND_NONE, .detail = span_of("") } },
	};
	s->match[0] = (struct verdict_match){ .rule = 0,
					      .string = s->string,
					      .n_strings = 2,
					      .n_strings_all = 7,
					      .value = s->value,
					      .n_values = 5 };
	s->match[1] = (struct verdict_match){
		.rule = 1, .string = s->string + 2, .n_strings = 1, .n_strings_all = 1
	};
	s->v = (struct verdict){ .kind = VERDICT_MALICIOUS,
				 .size = 100,
				 .class = CLASS_ELF,
				 .has_sha256 = true,
				 .sha256 = { 1, 2, 3 },
				 .match = s->match,
				 .n_matches = 2,
				 .gap = s->gap,
				 .n_gaps = 2,
				 .log = span_of("line\n") };
}

static void assert_string_kept(const struct verdict_string *a, const struct verdict_string *b)
{
	assert_int_equal(a->string, b->string);
	assert_int_equal(a->at, b->at);
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->xor_key, b->xor_key);
	assert_true(span_equal(a->excerpt, b->excerpt));
}

static void assert_value_kept(const struct verdict_value *a, const struct verdict_value *b)
{
	assert_true(span_equal(a->name, b->name));
	assert_int_equal(a->value.kind, b->value.kind);
	if (a->value.kind == VALUE_STRING)
		assert_true(span_equal(a->value.s, b->value.s));
	else if (a->value.kind != VALUE_UNDEFINED)
		assert_int_equal(a->value.i, b->value.i);
}

static void what_is_written_is_read_back(void **state)
{
	struct place *p = *state;
	struct verdict v;
	struct sample s;

	make_sample(&s);
	assert_true(read_record(p, write_record(p, &s.v), 100, &v));
	assert_int_equal(v.kind, s.v.kind);
	assert_int_equal(v.size, s.v.size);
	assert_int_equal(v.class, s.v.class);
	assert_int_equal(v.has_sha256, s.v.has_sha256);
	assert_memory_equal(v.sha256, s.v.sha256, sizeof v.sha256);
	assert_true(span_equal(v.log, s.v.log));
	assert_int_equal(v.n_matches, s.v.n_matches);
	for (size_t i = 0; i < v.n_matches; i++) {
		const struct verdict_match *a = &v.match[i], *b = &s.match[i];
		assert_int_equal(a->rule, b->rule);
		assert_int_equal(a->n_strings_all, b->n_strings_all);
		assert_int_equal(a->n_strings, b->n_strings);
		assert_int_equal(a->n_values, b->n_values);
		for (size_t k = 0; k < a->n_strings; k++)
			assert_string_kept(&a->string[k], &b->string[k]);
		for (size_t k = 0; k < a->n_values; k++)
			assert_value_kept(&a->value[k], &b->value[k]);
	}
	assert_int_equal(v.n_gaps, s.v.n_gaps);
	for (size_t i = 0; i < v.n_gaps; i++) {
		assert_int_equal(v.gap[i].why, s.gap[i].why);
		assert_int_equal(v.gap[i].rule, s.gap[i].rule);
		assert_true(span_equal(v.gap[i].detail, s.gap[i].detail));
	}
}

static void a_clean_verdict_is_short(void **state)
{
	struct place *p = *state;
	struct verdict v;

	assert_true(read_record(p, write_record(p, &(struct verdict){ 0 }), 5, &v));
	assert_int_equal(p->bytes.n, 51);
	assert_int_equal(v.kind, VERDICT_CLEAN);
	assert_int_equal(v.size, 5);
}

/* Changes the sample by one thing that cannot be; nothing else may make the reader refuse. */
static void assert_refused(struct place *p, const struct sample *s, uint64_t size)
{
	struct verdict v;
	assert_false(read_record(p, write_record(p, &s->v), size, &v));
}

static void what_cannot_be_is_refused(void **state)
{
	struct place *p = *state;
	struct verdict v;
	struct sample s;

	make_sample(&s);
	assert_refused(p, &s, 99); /* a place outside */
	make_sample(&s);
	s.match[1].rule = 3; /* no such rule */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.match[1].rule = 0; /* a rule twice */
	s.match[1].n_strings = 0;
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.string[0].string = 2; /* another rule's string */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.match[0].n_strings_all = 1; /* more are listed than were found */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.string[0].n = 3; /* an excerpt longer than the match */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.string[0].at = UINT64_MAX; /* a sum that wraps */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.value[4].value.i = 2; /* neither true nor false */
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.gap[0].why = REASON_NONE;
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.gap[0].why = REASON_COUNT;
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.gap[0].rule = 3;
	assert_refused(p, &s, 100);
	make_sample(&s);
	s.v.class = CLASS_COUNT;
	assert_refused(p, &s, 100);
	make_sample(&s);
	assert_true(read_record(p, write_record(p, &s.v), UINT64_MAX, &v)); /* addresses */
}

static void the_kind_must_follow(void **state)
{
	static const enum verdict_kind kinds[] = { VERDICT_CLEAN, VERDICT_SUSPICIOUS,
						   VERDICT_MALICIOUS, VERDICT_BANNED,
						   VERDICT_INCOMPLETE };
	struct place *p = *state;
	struct verdict v;
	struct sample s;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		make_sample(&s);
		s.v.kind = kinds[i];
		assert_int_equal(read_record(p, write_record(p, &s.v), 100, &v),
				 kinds[i] == VERDICT_MALICIOUS);
		s.v.n_matches = 1;
		assert_int_equal(read_record(p, write_record(p, &s.v), 100, &v),
				 kinds[i] == VERDICT_SUSPICIOUS);
		s.v.n_matches = 0;
		assert_int_equal(read_record(p, write_record(p, &s.v), 100, &v),
				 kinds[i] == VERDICT_INCOMPLETE);
		s.v.n_gaps = 0;
		assert_int_equal(read_record(p, write_record(p, &s.v), 100, &v),
				 kinds[i] == VERDICT_CLEAN);
	}
}

/* However much there is to say, which rules matched is said, and that something was left out. */
static void what_does_not_fit_leaves_the_matches(void **state)
{
	enum { MANY = 2000000 };
	struct place *p = *state;
	struct verdict_string *many = calloc(MANY, sizeof *many);
	struct verdict v;
	struct sample s;

	make_sample(&s);
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct verdict_string){ .at = 7, .n = 4, .excerpt = span_of("aaaa") };
	s.match[0].string = many;
	s.match[0].n_strings = s.match[0].n_strings_all = MANY;
	assert_true(write_record(p, &s.v).n <= RECORD_MAX);
	assert_true(read_record(p, buf_span(&p->bytes), 100, &v));
	assert_int_equal(v.n_matches, 2);
	assert_int_equal(v.match[0].n_strings_all, MANY);
	assert_in_range(v.match[0].n_strings, 10000, MANY - 1);
	assert_int_equal(v.n_gaps, 3);
	assert_true(span_equal(span_cut(v.gap[2].detail, 0, 12), span_of("limit:record")));
	free(many);
}

static void long_texts_are_cut_and_told(void **state)
{
	struct place *p = *state;
	struct buf text;
	struct verdict v;
	struct sample s;

	make_sample(&s);
	buf_init(&text, 4 << 20);
	memset(buf_grow(&text, 4 << 20), 'x', 4 << 20);
	s.value[2].value.s = buf_span(&text);
	s.v.log = buf_span(&text);
	s.gap[0].detail = span_cut(buf_span(&text), 0, 5000);
	assert_true(read_record(p, write_record(p, &s.v), 100, &v));
	assert_int_equal(v.match[0].value[2].value.s.n, RECORD_VALUE);
	assert_int_equal(v.log.n, RECORD_LOG);
	assert_int_equal(v.gap[0].detail.n, RECORD_DETAIL);
	assert_int_equal(v.n_gaps, 3);
	buf_release(&text);
}

/* mail/1:a.zip/b.exe, of which the last is malicious, and mail/2: that is encrypted. */
struct tree_sample {
	struct verdict_match match;
	struct verdict_gap gap;
	struct verdict_child child[3];
	struct verdict v;
};

static void make_tree(struct tree_sample *s)
{
	*s = (struct tree_sample){
		.match = { .rule = 1 },
		.gap = { .why = REASON_ENCRYPTED,
			 .rule = COND_NONE,
			 .detail = span_of("encrypted: no password fits") },
		.child = { { .segment = span_of("1:a.zip"),
			     .verdict = { .size = 50,
					  .class = CLASS_ZIP,
					  .format = span_of("zip") } },
			   { .segment = span_of("b.exe"),
			     .parent = 1,
			     .verdict = { .size = 500, .has_sha256 = true, .n_matches = 1 } },
			   { .segment = span_of("2:"), .verdict = { .n_gaps = 1 } } },
	};
	s->child[1].verdict.match = &s->match;
	s->child[2].verdict.gap = &s->gap;
	s->v = (struct verdict){ .kind = VERDICT_MALICIOUS,
				 .size = 100,
				 .format = span_of("mail"),
				 .n_inside = 7,
				 .inside_bytes = 5000,
				 .child = s->child,
				 .n_children = 3 };
}

static void what_lies_inside_is_kept(void **state)
{
	struct place *p = *state;
	struct tree_sample s;
	struct verdict v;
	struct buf way;

	make_tree(&s);
	assert_true(read_record(p, write_record(p, &s.v), 100, &v));
	assert_true(span_is(v.format, "mail"));
	assert_int_equal(v.n_inside, 7);
	assert_int_equal(v.inside_bytes, 5000);
	assert_int_equal(v.n_children, 3);
	assert_int_equal(v.child[0].verdict.kind, VERDICT_MALICIOUS);
	assert_int_equal(v.child[1].verdict.kind, VERDICT_MALICIOUS);
	assert_int_equal(v.child[1].verdict.size, 500);
	assert_int_equal(v.child[2].verdict.kind, VERDICT_INCOMPLETE);
	buf_init(&way, 100);
	verdict_way(&v, 1, &way);
	assert_true(span_is(buf_span(&way), "/1:a.zip/b.exe"));
	buf_release(&way);
}

static void assert_no_tree(struct place *p, const struct tree_sample *s)
{
	struct verdict v;

	assert_false(read_record(p, write_record(p, &s->v), 100, &v));
}

static void a_tree_that_cannot_be_is_refused(void **state)
{
	struct place *p = *state;
	struct tree_sample s;

	make_tree(&s);
	s.v.kind = VERDICT_INCOMPLETE; /* what was found inside counts */
	assert_no_tree(p, &s);
	make_tree(&s);
	s.child[1].parent = 2; /* lies in itself */
	assert_no_tree(p, &s);
	make_tree(&s);
	s.child[2].parent = 2; /* in one that was not taken apart */
	assert_no_tree(p, &s);
	make_tree(&s);
	s.child[1].parent = UINT32_MAX;
	assert_no_tree(p, &s);
	make_tree(&s);
	s.child[1].segment.n = 0; /* nameless */
	assert_no_tree(p, &s);
	make_tree(&s);
	s.v.n_inside = 2; /* more are listed than there were */
	assert_no_tree(p, &s);
	make_tree(&s);
	s.match.rule = 99;
	assert_no_tree(p, &s);
}

static struct place *mutated;

static void try_it(struct span bytes)
{
	struct verdict v;
	struct buf again;

	if (!read_record(mutated, bytes, 100, &v))
		return;
	/* what is accepted is what we would have written */
	buf_init(&again, 2 * RECORD_MAX);
	(void)record_write(&v, &again);
	assert_true(span_equal(buf_span(&again), bytes));
	buf_release(&again);
}

static void changed_records_are_refused_or_are_records(void **state)
{
	struct sample s;

	mutated = *state;
	make_sample(&s);
	struct span bytes = write_record(mutated, &s.v);
	uint8_t *copy = malloc(bytes.n);
	memcpy(copy, bytes.p, bytes.n);
	mutate((struct span){ copy, bytes.n }, try_it);
	free(copy);
	struct tree_sample tree;
	make_tree(&tree);
	bytes = write_record(mutated, &tree.v);
	copy = malloc(bytes.n);
	memcpy(copy, bytes.p, bytes.n);
	mutate((struct span){ copy, bytes.n }, try_it);
	free(copy);
}

/* By the public face: the caller's bytes may be gone by the time that the verdict is read. */
static void a_verdict_outlives_its_object(void **state)
{
	static const char text[] = "import \"string\" rule r { strings: $a = \"needle\" condition: "
				   "$a and string.length(\"x\") == 1 }";
	const struct pel_scan_options options = { .evidence = true };
	char *object = strdup("a needle in hay");
	struct pel_scanner *s;
	struct pel_error e;
	struct pel_db *db;

	(void)state;
	assert_true(pel_db_compile("t", text, sizeof text - 1, NULL, NULL, &db, &e));
	assert_true(pel_scanner_new(db, &options, &s, &e));
	const struct pel_verdict *v = pel_scan_bytes(s, object, strlen(object));
	memset(object, 'x', strlen(object));
	free(object);
	assert_non_null(v);
	assert_int_equal(v->n_matches, 1);
	assert_int_equal(v->match[0].n_strings, 1);
	assert_memory_equal(v->match[0].string[0].bytes, "needle", 6);
	assert_non_null(strstr(pel_scan_json(s, "t"), "\"6e6565646c65\""));
	pel_scanner_free(s);
	pel_db_free(db);
}

#define ALL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(what_is_written_is_read_back),
		ALL(a_clean_verdict_is_short),
		ALL(what_lies_inside_is_kept),
		ALL(a_tree_that_cannot_be_is_refused),
		ALL(what_cannot_be_is_refused),
		ALL(the_kind_must_follow),
		ALL(what_does_not_fit_leaves_the_matches),
		ALL(long_texts_are_cut_and_told),
		ALL(changed_records_are_refused_or_are_records),
		cmocka_unit_test(a_verdict_outlives_its_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
