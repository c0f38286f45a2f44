/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"
#include "tests/trust/small_log.h"

/*
 * The threats of docs/threats.md that a client refuses by itself.  Each is also seen to succeed
 * where the one defence that the test is about is taken out, so that a test which cannot fail is
 * noticed.
 */

enum { DAY = 24 * 3600, ALL = 0x1f };

struct client {
	struct small_world w;
	struct small_log log; /* the honest one */
	struct accept_policy policy;
	struct accept_state state;
	struct accept_offer offer;
	struct accept_result result;
	struct buf bundle, growth;
	struct span between[SMALL_MAX];
	struct error e;
};

static int set_up(void **state)
{
	struct client *c = calloc(1, sizeof *c);

	small_world_open(&c->w);
	c->policy = c->w.policy;
	buf_init(&c->bundle, BUNDLE_MAX_SIZE);
	buf_init(&c->growth, BUNDLE_MAX_SIZE);
	for (int i = 0; i < 8; i++)
		small_publish(&c->w, &c->log, span_of("pellucid/items/v1\n"), 3);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct client *c = *state;

	buf_release(&c->bundle);
	buf_release(&c->growth);
	small_log_close(&c->log);
	small_world_close(&c->w);
	free(c);
	return 0;
}

/* Offers release `seq` (entry seq - 1) of a log under the head of its first n entries, with the
 * releases between what the client has and it. */
static enum accept_step offer(struct client *c, struct small_log *l, uint64_t seq, size_t n,
			      unsigned witnesses, uint64_t time)
{
	if (seq == 0 || seq > l->n)
		abort();
	buf_reset(&c->bundle);
	buf_reset(&c->growth);
	small_bundle(&c->w, l, (size_t)seq - 1, n, witnesses, time, &c->bundle);
	if (c->state.size != 0 && c->state.size <= n)
		small_growth(l, (size_t)c->state.size, n, &c->growth);
	c->offer = (struct accept_offer){ .bundle = buf_span(&c->bundle),
					  .entry = buf_span(&l->entry[seq - 1]),
					  .growth = buf_span(&c->growth),
					  .between = c->between,
					  .now = c->offer.now != 0 ? c->offer.now : SMALL_NOW };
	for (size_t i = c->state.seq; c->state.seq != 0 && i < seq - 1; i++)
		c->between[c->offer.n_between++] = buf_span(&l->entry[i]);
	return accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e);
}

/* The same, and the client goes on with it. */
static void take(struct client *c, uint64_t seq, size_t n)
{
	enum accept_step step = offer(c, &c->log, seq, n, ALL, SMALL_NOW);

	if (step != ACCEPT_OK)
		fail_msg("%s: %s", accept_step_word(step), c->e.text);
	c->state = c->result.state;
}

static void releases_are_taken_one_after_the_other(void **state)
{
	struct client *c = *state;

	for (uint64_t seq = 1; seq <= 8; seq++) {
		take(c, seq, (size_t)seq);
		assert_true(c->result.new);
		assert_int_equal(c->state.seq, seq);
		assert_int_equal(c->state.size, seq);
	}
	take(c, 8, 8); /* the same again is nothing new */
	assert_false(c->result.new);
}

static void missed_releases_are_fetched_and_checked(void **state)
{
	struct client *c = *state;

	take(c, 2, 2);
	assert_int_equal(offer(c, &c->log, 7, 8, ALL, SMALL_NOW), ACCEPT_OK);
	c->offer.n_between = 0;
	assert_int_equal(accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e),
			 ACCEPT_SEQUENCE);
	c->offer.n_between = 3;
	assert_int_equal(accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e),
			 ACCEPT_SEQUENCE);
}

/* A copy of the log that goes another way after n entries. */
static void fork_log(struct client *c, size_t n, struct small_log *out)
{
	out->n = 0;
	for (size_t i = 0; i < n; i++)
		small_add(out, buf_span(&c->log.entry[i]));
	small_publish(&c->w, out, span_of("pellucid/items/v1\nitem for/one 0 2\n1\n"), 3);
}

/* Rows 2 and 26: an update for one victim alone.  With k of n, f corrupt witnesses sign what they
 * are given; the others have signed the honest branch and answer the fork with nothing. */
static void a_fork_needs_more_than_2k_minus_n_minus_1_corrupt_witnesses(void **state)
{
	struct client *c = *state;
	struct small_log fork;

	take(c, 4, 4);
	fork_log(c, 4, &fork);
	assert_int_equal(quorum_overlap(&c->policy.quorum), 3);
	/* 2 corrupt, 1 that the attacker kept from the honest branch: 3 of the 4 */
	assert_int_equal(offer(c, &fork, 5, 5, 0x07, SMALL_NOW), ACCEPT_HEAD);
	assert_int_equal(c->e.why, REASON_DENIED);
	/* the documented limit: with 3 corrupt, both branches have 4 signatures */
	assert_int_equal(offer(c, &c->log, 5, 5, 0x1e, SMALL_NOW), ACCEPT_OK);
	assert_int_equal(offer(c, &fork, 5, 5, 0x0f, SMALL_NOW), ACCEPT_OK);
	small_log_close(&fork);
}

/* ... and who has seen one branch is never led to the other, whoever signs. */
static void a_client_that_saw_one_branch_refuses_the_other(void **state)
{
	struct client *c = *state;
	struct small_log fork;

	take(c, 5, 5);
	fork_log(c, 4, &fork);
	assert_int_equal(offer(c, &fork, 5, 5, ALL, SMALL_NOW), ACCEPT_HISTORY);
	assert_non_null(strstr(c->e.text, "fork"));
	struct note a, b;
	struct checkpoint honest = { span_of(SMALL_ORIGIN), 5, small_root(&c->log, 5) }, other;
	struct bundle bundle;
	assert_true(bundle_parse(c->offer.bundle, &bundle, &c->e));
	assert_true(note_parse(bundle.checkpoint, &a, &c->e));
	assert_true(checkpoint_parse(a.text, &other, &c->e));
	assert_true(accept_contradict(&honest, &other)); /* proof that can be shown */
	(void)b;
	/* a longer fork, with whatever proof */
	small_publish(&c->w, &fork, span_of("pellucid/items/v1\n"), 3);
	assert_int_equal(offer(c, &fork, 6, 6, ALL, SMALL_NOW), ACCEPT_HISTORY);
	/* the defence taken out: a client without memory takes it */
	c->state = (struct accept_state){ 0 };
	assert_int_equal(offer(c, &fork, 6, 6, ALL, SMALL_NOW), ACCEPT_OK);
	small_log_close(&fork);
}

/* Row 19: the log's key alone. */
static void a_stolen_log_key_is_no_quorum(void **state)
{
	struct client *c = *state;

	assert_int_equal(offer(c, &c->log, 1, 1, 0, SMALL_NOW), ACCEPT_HEAD);
	assert_int_equal(offer(c, &c->log, 1, 1, 0x0e, SMALL_NOW), ACCEPT_HEAD);
	assert_int_equal(offer(c, &c->log, 1, 1, 0x1e, SMALL_NOW), ACCEPT_OK);
}

/* Rows 17 and 18. */
static void a_release_below_the_threshold_is_refused(void **state)
{
	struct client *c = *state;

	take(c, 8, 8);
	small_publish(&c->w, &c->log, span_of("pellucid/items/v1\n"), 4);
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_KEYS);
	c->policy.threshold = 1;
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_OK);
	c->policy.threshold = 0;
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_FORM);
	c->policy.threshold = 4;
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_FORM);
}

/* Row 22. */
static void every_earlier_bundle_is_a_rollback(void **state)
{
	struct client *c = *state;
	struct accept_state kept;

	take(c, 8, 8);
	kept = c->state;
	for (uint64_t seq = 1; seq < 8; seq++) {
		assert_int_equal(offer(c, &c->log, seq, (size_t)seq, ALL, SMALL_NOW),
				 ACCEPT_HISTORY);
		assert_int_equal(offer(c, &c->log, seq, 8, ALL, SMALL_NOW), ACCEPT_SEQUENCE);
		assert_non_null(strstr(c->e.text, "rollback"));
		c->state = (struct accept_state){ 0 }; /* the defence taken out */
		assert_int_equal(offer(c, &c->log, seq, (size_t)seq, ALL, SMALL_NOW), ACCEPT_OK);
		c->state = kept;
	}
}

/* Row 23. */
static void a_head_that_stands_still_goes_stale_and_a_release_expires(void **state)
{
	struct client *c = *state;

	take(c, 8, 8);
	assert_int_equal(accept_standing(&c->policy, &c->state, SMALL_NOW), ACCEPT_CURRENT);
	c->offer.now = SMALL_NOW + 8 * DAY;
	assert_int_equal(offer(c, &c->log, 8, 8, ALL, SMALL_NOW), ACCEPT_FRESH);
	assert_int_equal(accept_standing(&c->policy, &c->state, SMALL_NOW + 6 * DAY),
			 ACCEPT_CURRENT);
	assert_int_equal(accept_standing(&c->policy, &c->state, SMALL_NOW + 8 * DAY),
			 ACCEPT_EXPIRED);
	/* a fresh head does not make an old release young */
	assert_int_equal(offer(c, &c->log, 8, 8, ALL, SMALL_NOW + 8 * DAY), ACCEPT_EXPIRY);
	c->policy.max_age = 3650 * DAY; /* the defence taken out: only the expiry is left */
	assert_int_equal(offer(c, &c->log, 8, 8, ALL, SMALL_NOW), ACCEPT_EXPIRY);
	c->offer.now = SMALL_NOW + 6 * DAY;
	assert_int_equal(offer(c, &c->log, 8, 8, ALL, SMALL_NOW), ACCEPT_OK);
	c->policy.max_age = DAY;
	assert_int_equal(accept_standing(&c->policy, &c->state, SMALL_NOW + 2 * DAY), ACCEPT_STALE);
}

/* Row 45: a clock that is set back or forth. */
static void time_does_not_run_backwards(void **state)
{
	struct client *c = *state;

	c->offer.now = SMALL_NOW + 5 * DAY;
	assert_int_equal(offer(c, &c->log, 6, 6, ALL, SMALL_NOW + 5 * DAY), ACCEPT_OK);
	c->state = c->result.state;
	/* ten years back, so that the old head would be young */
	c->offer.now = SMALL_NOW - 3650 * DAY;
	assert_int_equal(offer(c, &c->log, 7, 7, ALL, SMALL_NOW), ACCEPT_FRESH);
	assert_int_equal(offer(c, &c->log, 7, 7, ALL, SMALL_NOW + 5 * DAY), ACCEPT_OK);
	/* ten years forth: everything is old; nothing is taken and nothing is lost */
	c->offer.now = SMALL_NOW + 3650 * DAY;
	assert_int_equal(offer(c, &c->log, 7, 7, ALL, SMALL_NOW + 5 * DAY), ACCEPT_FRESH);
	assert_int_equal(c->state.seq, 6);
	/* the defence taken out: a client that does not remember the time takes the old head */
	c->state = (struct accept_state){ 0 };
	c->offer.now = SMALL_NOW;
	assert_int_equal(offer(c, &c->log, 7, 7, ALL, SMALL_NOW), ACCEPT_OK);
}

/* Row 24: a state so far ahead that nothing honest follows. */
static void far_futures_are_refused(void **state)
{
	struct client *c = *state;
	struct small_release r = { .channel = "rules",
				   .seq = 1000000,
				   .prev = c->log.leaf[7],
				   .issued = SMALL_NOW,
				   .expires = SMALL_NOW + DAY,
				   .count = { 0, 0, 0, 0 },
				   .keys = 3 };
	struct buf b;

	take(c, 8, 8);
	buf_init(&b, 1 << 16);
	small_release_write(&c->w, &r, &b);
	small_add(&c->log, buf_span(&b));
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_SEQUENCE);
	assert_int_equal(offer(c, &c->log, 8, 9, ALL, SMALL_NOW + 2 * DAY), ACCEPT_FRESH);
	assert_int_equal(offer(c, &c->log, 8, 9, ALL, SMALL_NOW + DAY), ACCEPT_OK);
	buf_release(&b);
	/* a tree beyond the limit: see test_note.c, a_checkpoint_has_three_lines */
}

static void a_release_of_another_channel_is_refused(void **state)
{
	struct client *c = *state;

	c->policy.channel = RELEASE_TRUST;
	assert_int_equal(offer(c, &c->log, 1, 1, ALL, SMALL_NOW), ACCEPT_SEQUENCE);
	c->policy.channel = RELEASE_RULES;
	assert_int_equal(offer(c, &c->log, 1, 1, ALL, SMALL_NOW), ACCEPT_OK);
}

static void two_releases_of_one_number_are_a_fork(void **state)
{
	struct client *c = *state;
	struct small_release r = { .channel = "rules",
				   .seq = 8,
				   .prev = c->log.leaf[6],
				   .issued = SMALL_NOW,
				   .expires = SMALL_NOW + DAY,
				   .count = { 1, 1, 0, 0 },
				   .keys = 3 };
	struct buf b;

	take(c, 8, 8);
	buf_init(&b, 1 << 16);
	small_release_write(&c->w, &r, &b);
	small_add(&c->log, buf_span(&b));
	assert_int_equal(offer(c, &c->log, 9, 9, ALL, SMALL_NOW), ACCEPT_SEQUENCE);
	assert_non_null(strstr(c->e.text, "fork"));
	buf_release(&b);
}

static void a_release_that_is_not_in_the_tree_is_refused(void **state)
{
	struct client *c = *state;

	assert_int_equal(offer(c, &c->log, 3, 8, ALL, SMALL_NOW), ACCEPT_OK);
	c->offer.entry = buf_span(&c->log.entry[3]);
	assert_int_equal(accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e),
			 ACCEPT_INCLUSION);
}

/* Row 20: all of what comes over the network, cut at every byte and changed in every byte. */
static void nothing_that_is_changed_on_the_way_is_taken(void **state)
{
	struct client *c = *state;
	struct buf copy;

	take(c, 3, 3);
	assert_int_equal(offer(c, &c->log, 5, 6, ALL, SMALL_NOW), ACCEPT_OK);
	const struct accept_offer whole = c->offer;
	struct span *const parts[] = { &c->offer.bundle, &c->offer.entry, &c->offer.growth,
				       &c->between[0] };
	buf_init(&copy, 1 << 20);
	for (size_t k = 0; k < 4; k++) {
		struct span good = *parts[k];
		for (size_t i = 0; i < good.n; i++) {
			c->offer = whole;
			buf_reset(&copy);
			buf_put_span(&copy, good);
			copy.p[i] ^= (uint8_t)(1 << i % 7);
			*parts[k] = buf_span(&copy);
			enum accept_step step =
				accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e);
			/* a cosignature more than the quorum needs, or a witness's name, may go */
			if (step == ACCEPT_OK && k != 0)
				fail_msg("part %zu, byte %zu", k, i);
			if (step == ACCEPT_OK)
				assert_int_equal(c->result.seen.n, 4);
			*parts[k] = span_cut(good, 0, i);
			step = accept_release(&c->policy, &c->state, &c->offer, &c->result, &c->e);
			if (step == ACCEPT_OK && k == 0)
				assert_int_equal(c->result.seen.n, 4);
			else
				assert_true(step != ACCEPT_OK);
		}
		*parts[k] = good;
	}
	buf_release(&copy);
}

static void release_keys_are_read_from_a_file(void **state)
{
	struct client *c = *state;
	char a[NOTE_MAX_VKEY], b[NOTE_MAX_VKEY], log[NOTE_MAX_VKEY], witness[NOTE_MAX_VKEY];
	struct error e;

	note_key_write(&c->w.key[0].key, a);
	note_key_write(&c->w.key[1].key, b);
	note_key_write(&c->w.log.key, log);
	note_key_write(&c->w.witness[0].key, witness);
	const struct {
		const char *head, *key[2], *tail;
		bool good;
	} tries[] = {
		{ "# c\n\nthreshold 2\nkey ", { a, b }, "", true },
		{ "threshold 1\nkey ", { a, b }, "max-age 60\n", true },
		{ "threshold 3\nkey ", { a, b }, "", false },
		{ "threshold 0\nkey ", { a, b }, "", false },
		{ "key ", { a, b }, "", false },
		{ "threshold 1\nthreshold 2\nkey ", { a, b }, "", false },
		{ "threshold 2\nkey ", { a, a }, "", false },
		{ "threshold 2\nkey ", { a, log }, "", false },
		{ "threshold 2\nkey ", { a, witness }, "", false },
		{ "threshold 2\nkey ", { a, b }, "max-age 1", false },
		{ "threshold 2\nkey ", { a, b }, "something\n", false },
		{ "threshold 2\nkey  ", { a, b }, "", false },
	};
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		struct buf text;
		buf_init(&text, 1 << 16);
		buf_printf(&text, "%s%s\nkey %s\n%s", tries[i].head, tries[i].key[0],
			   tries[i].key[1], tries[i].tail);
		assert_int_equal(accept_parse_keys(buf_span(&text), &c->policy, &e), tries[i].good);
		if (i == 1)
			assert_int_equal(c->policy.max_age, 60);
		buf_release(&text);
	}
}

static void every_step_has_a_word(void **state)
{
	(void)state;
	for (int i = ACCEPT_OK; i <= ACCEPT_ARTIFACTS; i++)
		assert_non_null(accept_step_word((enum accept_step)i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(releases_are_taken_one_after_the_other),
		TEST(missed_releases_are_fetched_and_checked),
		TEST(a_fork_needs_more_than_2k_minus_n_minus_1_corrupt_witnesses),
		TEST(a_client_that_saw_one_branch_refuses_the_other),
		TEST(a_stolen_log_key_is_no_quorum),
		TEST(a_release_below_the_threshold_is_refused),
		TEST(every_earlier_bundle_is_a_rollback),
		TEST(a_head_that_stands_still_goes_stale_and_a_release_expires),
		TEST(time_does_not_run_backwards),
		TEST(far_futures_are_refused),
		TEST(a_release_of_another_channel_is_refused),
		TEST(two_releases_of_one_number_are_a_fork),
		TEST(a_release_that_is_not_in_the_tree_is_refused),
		TEST(nothing_that_is_changed_on_the_way_is_taken),
		TEST(release_keys_are_read_from_a_file),
		TEST(every_step_has_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
