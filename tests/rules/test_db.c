/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "rules/db/db.h"
#include "rules/db/db_format.h"
#include "rules/yara/yara.h"

#include <stdlib.h>

static const char rules[] =
	"import \"pe\"\n"
	"rule a : t { meta: author = \"x\" strings: $a = \"evil word\" nocase condition: $a }\n"
	"rule b { strings: $b = { 41 ?? 43 44 45 } condition: $b and pe.is_pe == 0 }\n";

enum { DATABASE_MAX = 1 << 24, HEAD = 1664, STEP = 401 };

static void build_text(const char *text, struct buf *out)
{
	struct ruleset set;
	struct yara_options o = { 0 };
	struct error e;

	ruleset_init(&set);
	buf_init(out, DATABASE_MAX);
	struct yara *y = yara_new(&set, &o);
	assert_non_null(y);
	assert_true(yara_add(y, span_of("a.yar"), span_of(text), span_of("default"), &e));
	assert_int_equal(set.n_errors, 0);
	assert_true(db_build(&set, out, &e));
	yara_free(y);
	ruleset_release(&set);
}

static void build(struct buf *out) { build_text(rules, out); }

static bool holds(struct span bytes)
{
	struct db *db = NULL;
	struct error e;
	bool ok = db_open(bytes, &db, &e) && db_verify(db, &e);

	db_free(db);
	return ok;
}

static void a_built_database_holds_and_is_the_same_each_time(void **state)
{
	struct buf one, two;

	(void)state;
	build(&one);
	build(&two);
	assert_true(holds(buf_span(&one)));
	assert_true(span_equal(buf_span(&one), buf_span(&two)));
	buf_release(&one);
	buf_release(&two);
}

/* Header, table, sections and what lies between them. */
static void no_bit_changes_unnoticed(void **state)
{
	struct buf b;

	(void)state;
	build(&b);
	for (size_t i = 0; i < b.n; i += i < HEAD ? 1 : STEP) {
		uint8_t bit = (uint8_t)(1u << i % 8);
		b.p[i] ^= bit;
		if (holds(buf_span(&b)))
			fail_msg("bit %zu of byte %zu can be changed", i % 8, i);
		b.p[i] ^= bit;
	}
	buf_release(&b);
}

static void a_database_that_is_cut_or_longer_is_refused(void **state)
{
	struct buf b;

	(void)state;
	build(&b);
	for (size_t n = 0; n < b.n; n += n < HEAD ? 1 : 997)
		assert_false(holds(span_cut(buf_span(&b), 0, n)));
	buf_put_u8(&b, 0);
	assert_false(holds(buf_span(&b)));
	buf_release(&b);
}

static struct db_head head_of(const struct buf *b)
{
	struct db_head head;

	assert_true(holds(buf_span(b)));
	memcpy(&head, b->p, sizeof head);
	return head;
}

static void groups_that_look_for_the_same_share_a_filter(void **state)
{
	struct buf same, other;

	(void)state;
	build_text("rule a { strings: $a = \"evil word\" condition: $a }", &same);
	build_text("import \"elf\"\n"
		   "rule a { strings: $a = \"evil word\" condition: $a }\n"
		   "rule b { strings: $a = \"evil deed\" condition: $a and elf.type == 2 }",
		   &other);
	struct db_head h = head_of(&same);
	assert_int_equal(h.group[DB_GROUP_MZ].filter_at, h.group[DB_GROUP_REST].filter_at);
	assert_int_equal(h.group[DB_GROUP_ELF].filter_at, h.group[DB_GROUP_REST].filter_at);
	assert_int_equal(h.group[DB_GROUP_ELF].filter_n, h.group[DB_GROUP_REST].filter_n);
	h = head_of(&other);
	assert_int_equal(h.group[DB_GROUP_MZ].filter_at, h.group[DB_GROUP_REST].filter_at);
	assert_true(h.group[DB_GROUP_ELF].filter_at >=
		    h.group[DB_GROUP_REST].filter_at + h.group[DB_GROUP_REST].filter_n);
	buf_release(&same);
	buf_release(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_built_database_holds_and_is_the_same_each_time),
		cmocka_unit_test(no_bit_changes_unnoticed),
		cmocka_unit_test(groups_that_look_for_the_same_share_a_filter),
		cmocka_unit_test(a_database_that_is_cut_or_longer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
