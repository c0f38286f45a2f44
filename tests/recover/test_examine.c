/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/examine.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <stdlib.h>

/* What a worker says of damaged files, as who asked takes it. */

static struct assessment given, taken;
static struct examine_look looks[2];
static struct families set;

static void make_assessment(void)
{
	given = (struct assessment){
		.damage = DAMAGE_PARTLY,
		.proof = { KIND_ZIP, PROOF_STRUCTURE, 40, true, "zip: 3 members" },
		.size = 1 << 20,
		.lost = 8192,
		.range = { { 0, 4096 }, { 65536, 4096 } },
		.n_ranges = 2,
		.residual = 7,
		.why = "ranges that look random",
	};
	given.pattern = assess_pattern_named(span_of("the first half, as Akira does"));
	assert_non_null(given.pattern);
}

static const struct snapshot_stores stores = { true, 65536, 2, { 1, 2 } };

static void an_assessment_comes_back_as_it_was(void **state)
{
	struct snapshot_stores copies;
	bool failed;
	struct buf b;

	(void)state;
	make_assessment();
	buf_init(&b, EXAMINE_ANSWER);
	examine_put_assessment(&given, true, &stores, &b);
	assert_true(examine_take_assessment(buf_span(&b), given.size, &taken, &failed, &copies));
	assert_true(failed && copies.kept);
	assert_int_equal(copies.at, stores.at);
	assert_int_equal(copies.n, stores.n);
	assert_memory_equal(copies.made, stores.made, sizeof *copies.made * stores.n);
	assert_int_equal(taken.damage, given.damage);
	assert_int_equal(taken.proof.bits, 40);
	assert_string_equal(taken.proof.what, given.proof.what);
	assert_string_equal(taken.why, given.why);
	assert_ptr_equal(taken.pattern, given.pattern);
	assert_int_equal(taken.lost, 8192);
	assert_memory_equal(taken.range, given.range, 2 * sizeof *given.range);
	buf_release(&b);
}

static bool refused(const struct assessment *a)
{
	struct snapshot_stores copies;
	bool failed;
	struct buf b;

	buf_init(&b, EXAMINE_ANSWER);
	examine_put_assessment(a, false, &stores, &b);
	bool ok = examine_take_assessment(buf_span(&b), 1 << 20, &taken, &failed, &copies);
	buf_release(&b);
	return !ok;
}

static void what_cannot_be_is_no_answer(void **state)
{
	(void)state;
	make_assessment();
	assert_false(refused(&given));
	given.range[1].n = 1 << 20; /* beyond the end */
	assert_true(refused(&given));
	make_assessment();
	given.range[1].at = 100; /* within the first */
	assert_true(refused(&given));
	make_assessment();
	given.lost = (1 << 20) + 1;
	assert_true(refused(&given));
	make_assessment();
	given.damage = DAMAGE_NONE; /* and ranges */
	assert_true(refused(&given));
	make_assessment();
	given.proof.level = PROOF_KNOWN; /* is for who has the digests to say */
	assert_true(refused(&given));
	make_assessment();
	given.pattern = "one of its own making";
	assert_true(refused(&given));
}

static void what_a_terminal_would_obey_does_not_pass(void **state)
{
	struct snapshot_stores copies;
	bool failed;
	struct buf b;

	(void)state;
	make_assessment();
	memcpy(given.why, "a\033[31m\n", 8);
	buf_init(&b, EXAMINE_ANSWER);
	examine_put_assessment(&given, false, &stores, &b);
	assert_true(examine_take_assessment(buf_span(&b), given.size, &taken, &failed, &copies));
	assert_string_equal(taken.why, "a?[31m?");
	buf_release(&b);
}

static void try_assessment(struct span s)
{
	struct snapshot_stores copies;
	bool failed;

	if (!examine_take_assessment(s, 1 << 20, &taken, &failed, &copies))
		return;
	assert_true(taken.damage < DAMAGE_COUNT && taken.n_ranges <= ASSESS_MAX_RANGES &&
		    taken.lost <= taken.size);
}

static void any_bytes_are_an_answer_or_none(void **state)
{
	struct buf b;

	(void)state;
	make_assessment();
	buf_init(&b, EXAMINE_ANSWER);
	examine_put_assessment(&given, true, &stores, &b);
	mutate(buf_span(&b), try_assessment);
	buf_release(&b);
}

/* ---- signs */

static void put_shown(struct buf *b, unsigned shown)
{
	buf_put_u8(b, REASON_NONE);
	buf_put_le16(b, 0);
	buf_put_u8(b, (uint8_t)shown);
}

static void put_look(struct buf *b, unsigned family, uint64_t held)
{
	put_shown(b, EXAMINE_PLAIN);
	buf_put_le16(b, 1);
	buf_put_le16(b, (uint16_t)family);
	buf_put_le64(b, held);
}

static bool take(const struct buf *b) { return examine_take_looks(buf_span(b), &set, 2, looks); }

static void try_looks(struct span s)
{
	if (examine_take_looks(s, &set, 2, looks))
		assert_true(looks[0].signs.held[0] <= 1 && looks[1].error.why < REASON_COUNT);
}

static void signs_are_of_rules_that_are(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, EXAMINE_ANSWER);
	set.n = 1;
	set.list[0].n_rules = 1;
	put_look(&b, 0, 1);
	assert_false(take(&b)); /* there were two files */
	put_look(&b, 0, 1);
	assert_true(take(&b));
	assert_true(looks[1].plain && looks[1].signs.held[0] == 1);
	mutate(buf_span(&b), try_looks);
	buf_reset(&b);
	put_look(&b, 0, 1);
	put_look(&b, 0, 2); /* a second rule */
	assert_false(take(&b));
	buf_reset(&b);
	put_look(&b, 0, 1);
	put_look(&b, 1, 1); /* a second family */
	assert_false(take(&b));
	set.n = 0;
	buf_release(&b);
}

static void a_file_is_plain_or_random_and_not_both(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, EXAMINE_ANSWER);
	for (unsigned shown = 0; shown < 4; shown++) {
		buf_reset(&b);
		for (int i = 0; i < 2; i++) {
			put_shown(&b, shown);
			buf_put_le16(&b, 0);
		}
		assert_int_equal(take(&b), shown != (EXAMINE_PLAIN | EXAMINE_RANDOM));
		if (shown == 3)
			continue;
		assert_int_equal(looks[1].plain, shown == EXAMINE_PLAIN);
		assert_int_equal(looks[1].random, shown == EXAMINE_RANDOM);
	}
	buf_release(&b);
}

static int open_set(void **state)
{
	struct error e;

	(void)state;
	return families_init(&set, &e) ? 0 : -1;
}

static int close_set(void **state)
{
	(void)state;
	families_release(&set);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_assessment_comes_back_as_it_was),
		cmocka_unit_test(what_cannot_be_is_no_answer),
		cmocka_unit_test(what_a_terminal_would_obey_does_not_pass),
		cmocka_unit_test(any_bytes_are_an_answer_or_none),
		cmocka_unit_test(signs_are_of_rules_that_are),
		cmocka_unit_test(a_file_is_plain_or_random_and_not_both),
	};

	return cmocka_run_group_tests(tests, open_set, close_set);
}
