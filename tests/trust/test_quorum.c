/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/trust/small_log.h"

static int set_up(void **state)
{
	(void)state;
	vectors_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vectors_close();
	return 0;
}

/* The vectors' log and witnesses, with these lines after them. */
static struct buf policy_of(const char *more)
{
	struct buf b;

	buf_init(&b, QUORUM_MAX_SIZE + 4096);
	buf_printf(&b, "# a comment\n\nlog %.*s http://127.0.0.1/\n", (int)vector_vkey("log").n,
		   (const char *)vector_vkey("log").p);
	for (int i = 1; i <= 3; i++) {
		char name[3] = { 'w', (char)('0' + i), '\0' };
		buf_printf(&b, " \twitness\t%s %.*s\n", name, (int)vector_vkey(name).n,
			   (const char *)vector_vkey(name).p);
	}
	buf_put_text(&b, more);
	return b;
}

static bool policy_parses(const char *more)
{
	struct buf b = policy_of(more);
	struct quorum *q = malloc(sizeof *q);
	struct error e;
	bool ok = quorum_parse(buf_span(&b), q, &e);

	free(q);
	buf_release(&b);
	return ok;
}

static void policies_are_read_as_the_specification_has_them(void **state)
{
	static const char *const good[] = {
		"quorum w1\n",
		"group g any w1 w2\nquorum g\n",
		"group g all w1 w2 w3\nquorum g\n",
		"group g 2 w1 w2 w3\n  quorum   g  \n# end\n",
		"group a any w1 w2\ngroup b all a w3\nquorum b\n",
		"group \xe2\x84\xaa 1 w1\nquorum \xe2\x84\xaa\n",
	};
	static const char *const bad[] = {
		"",
		"quorum none\n",
		"quorum w4\n",
		"quorum w1\nquorum w1\n",
		"quorum w1",
		"quorum w1 w2\n",
		"quorum g\ngroup g any w1\n",
		"group g 0 w1\nquorum g\n",
		"group g 3 w1 w2\nquorum g\n",
		"group g 01 w1 w2\nquorum g\n",
		"group g some w1 w2\nquorum g\n",
		"group g any\nquorum g\n",
		"group g all\nquorum g\n",
		"group g any w1 w1\nquorum g\n",
		"group g any w1 none\nquorum g\n",
		"group none any w1\nquorum w1\n",
		"group w1 any w2\nquorum w1\n",
		"group g any g\nquorum g\n",
		"group a any w1\ngroup b any w1 w2\nquorum b\n",
		"group a any w1\ngroup a any w2\nquorum a\n",
		"witness w1 w4.example+5da193e9+BKElJnZX0E7huf8EMjhIKnRnyCWRlFo3JPMb3iD9w5qU\n",
		"witness w4\nquorum w1\n",
		"log x\nquorum w1\n",
		"mirror w1\nquorum w1\n",
		"quorum w1\n\x01",
		"quorum w1\r\n",
		"quorum w1\n\x7f\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(policy_parses(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(policy_parses(bad[i]));
}

/* One operator under two names would count twice. */
static void a_key_under_a_second_name_is_refused(void **state)
{
	struct signer w3 = vector_signer("w3"), twin, log_twin;
	char vkey[NOTE_MAX_VKEY], line[NOTE_MAX_VKEY + 64];
	struct error e;

	(void)state;
	assert_true(
		signer_from_seed(span_of("other.example"), NOTE_COSIGNATURE, w3.secret, &twin, &e));
	note_key_write(&twin.key, vkey);
	snprintf(line, sizeof line, "witness w4 %s\nquorum w1\n", vkey);
	assert_false(policy_parses(line));
	assert_true(
		signer_from_seed(span_of("other.example"), NOTE_ED25519, w3.secret, &log_twin, &e));
	note_key_write(&log_twin.key, vkey);
	snprintf(line, sizeof line, "log %s\nquorum w1\n", vkey);
	assert_false(policy_parses(line)); /* nor may a log be its own witness */
	snprintf(line, sizeof line, "witness w4 %.*s\nquorum w1\n", (int)vector_vkey("rel").n,
		 (const char *)vector_vkey("rel").p);
	assert_false(policy_parses(line)); /* a key that is not for cosignatures */
}

static bool believed(const char *policy, struct span note, struct quorum_seen *seen)
{
	struct buf b = policy_of(policy);
	struct quorum *q = malloc(sizeof *q);
	struct checkpoint head;
	struct error e;
	size_t log;

	assert_true(quorum_parse(buf_span(&b), q, &e));
	bool ok = quorum_check(q, note, &head, &log, seen, &e);
	free(q);
	buf_release(&b);
	return ok;
}

static void the_published_checkpoint_has_two_of_three(void **state)
{
	struct span note = vector_text("checkpoint5_witnessed");
	struct quorum_seen seen;

	(void)state;
	assert_true(believed("group g 2 w1 w2 w3\nquorum g\n", note, &seen));
	assert_int_equal(seen.n, 2);
	assert_true(seen.by[0] && seen.by[1] && !seen.by[2]);
	assert_int_equal(seen.fresh, 1767225600);
	assert_int_equal(seen.newest, 1767225601);
	assert_true(believed("quorum w2\n", note, &seen));
	assert_int_equal(seen.fresh, 1767225601);
	assert_false(believed("quorum w3\n", note, &seen));
	assert_false(believed("group g all w1 w2 w3\nquorum g\n", note, &seen));
	assert_true(believed("group a any w1 w3\ngroup b all a w2\nquorum b\n", note, &seen));
	assert_false(believed("group a all w1 w3\ngroup b any a\nquorum b\n", note, &seen));
	assert_false(believed("quorum w1\n", vector_text("checkpoint5"), &seen));
}

static void an_extension_line_is_refused_although_it_is_signed(void **state)
{
	struct quorum_seen seen;
	struct note note;
	struct error e;
	struct signer log = vector_signer("log");
	bool valid;

	(void)state;
	assert_true(note_parse(vector_text("ext_line"), &note, &e));
	assert_true(note_check(&note, &log.key, 1, &valid, &e));
	assert_false(believed("quorum w1\n", vector_text("ext_line"), &seen));
}

static void two_heads_of_one_size_are_proof(void **state)
{
	struct signer log = vector_signer("log");
	struct note a, b;
	struct checkpoint x, y;
	struct error e;
	bool valid;

	(void)state;
	assert_true(note_parse(vector_text("checkpoint5"), &a, &e));
	assert_true(note_parse(vector_text("split_view5"), &b, &e));
	assert_true(note_check(&a, &log.key, 1, &valid, &e));
	assert_true(note_check(&b, &log.key, 1, &valid, &e));
	assert_true(checkpoint_parse(a.text, &x, &e) && checkpoint_parse(b.text, &y, &e));
	assert_true(accept_contradict(&x, &y));
	assert_false(accept_contradict(&x, &x));
	assert_true(note_parse(vector_text("checkpoint3"), &b, &e));
	assert_true(checkpoint_parse(b.text, &y, &e));
	assert_false(accept_contradict(&x, &y));
}

/* A line of a kind that we do not verify is as if it were not there, and no quorum's member. */
static void an_ml_dsa_cosignature_is_passed_over(void **state)
{
	struct buf b;
	struct quorum_seen seen;
	struct span line = text_in(json_read_member(vector("mldsa44"), "sig_line"));

	(void)state;
	buf_init(&b, NOTE_MAX_SIZE);
	buf_put_span(&b, vector_text("checkpoint5_witnessed"));
	buf_put_span(&b, line);
	assert_true(believed("group g 2 w1 w2 w3\nquorum g\n", buf_span(&b), &seen));
	assert_int_equal(seen.n, 2);
	buf_release(&b);
}

static void a_witness_is_counted_once(void **state)
{
	struct buf b;
	struct quorum_seen seen;

	(void)state;
	buf_init(&b, NOTE_MAX_SIZE);
	buf_put_span(&b, vector_text("checkpoint5"));
	buf_put_span(&b, vector_text("cosig_w1_line"));
	buf_put_span(&b, vector_text("cosig_w1_line"));
	assert_false(believed("group g 2 w1 w2 w3\nquorum g\n", buf_span(&b), &seen));
	buf_put_span(&b, vector_text("cosig_w3_line"));
	assert_true(believed("group g 2 w1 w2 w3\nquorum g\n", buf_span(&b), &seen));
	assert_int_equal(seen.n, 2);
	buf_release(&b);
}

static void an_empty_tree_has_one_root(void **state)
{
	struct signer log = vector_signer("log"), w1 = vector_signer("w1");
	struct quorum_seen seen;
	struct buf b;

	(void)state;
	for (int right = 0; right <= 1; right++) {
		struct checkpoint c = { span_of("pellucid.example/rules"), 0, merkle_empty() };
		char text[CHECKPOINT_MAX_TEXT];
		c.root.b[0] ^= right == 0;
		checkpoint_write(&c, text);
		buf_init(&b, NOTE_MAX_SIZE);
		signer_note(&log, span_of(text), &b);
		signer_line(&w1, span_of(text), 1, &b);
		assert_int_equal(believed("quorum w1\n", buf_span(&b), &seen), right);
		buf_release(&b);
	}
}

static void the_published_bundle_proves_its_leaf(void **state)
{
	static const uint8_t leaf_data[] = { 0x10 };
	struct merkle_hash leaf = merkle_leaf((struct span){ leaf_data, 1 });
	struct quorum_seen seen;
	struct checkpoint head;
	struct bundle b;
	struct note note;
	struct error e;

	(void)state;
	assert_true(bundle_parse(vector_text("tlog_proof"), &b, &e));
	assert_int_equal(b.index, 2);
	assert_int_equal(b.proof.n, 3);
	assert_true(believed("group g 2 w1 w2 w3\nquorum g\n", b.checkpoint, &seen));
	assert_true(note_parse(b.checkpoint, &note, &e));
	assert_true(checkpoint_parse(note.text, &head, &e));
	assert_true(bundle_check(&b, &leaf, head.size, &head.root, &e));
	leaf = merkle_leaf(span_of("evil"));
	assert_false(bundle_check(&b, &leaf, head.size, &head.root, &e));
	struct bundle_growth g;
	assert_true(bundle_parse_growth(vector_text("add_checkpoint"), &g, &e));
	assert_int_equal(g.old, 3);
	assert_int_equal(g.proof.n, 4);
	assert_true(span_equal(g.checkpoint, vector_text("checkpoint5")));
	assert_true(note_parse(vector_text("checkpoint3"), &note, &e));
	struct checkpoint before;
	assert_true(checkpoint_parse(note.text, &before, &e));
	assert_true(merkle_check_consistency(3, 5, &before.root, &head.root, &g.proof, &e));
}

static void what_is_no_bundle_is_refused(void **state)
{
#define V1    "c2sp.org/tlog-proof@v1\n"
#define HASH1 "B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=\n"
	static const char *const bad[] = {
		"",
		V1,
		V1 "index 0\n",
		V1 "index 0\n\n",
		V1 "index 00\n\nx",
		V1 "index -1\n\nx",
		V1 "extra AAAA\n\nx",
		V1 "extra AAA\nindex 0\n\nx",
		V1 "extra AA==AAAA\nindex 0\n\nx",
		V1 "extra \nindex 0\n\nx",
		V1 "index 0\nAAAA\n\nx",
		V1 "index 0\n" HASH1 "x",
		"c2sp.org/tlog-proof@v2\nindex 0\n\nx",
	};
	struct bundle b;
	struct error e;
	struct buf text;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(bundle_parse(span_of(bad[i]), &b, &e));
	assert_true(bundle_parse(span_of(V1 "extra AAAAAA==\nindex 0\n" HASH1 "\nx"), &b, &e));
	for (int n = MERKLE_MAX_PROOF; n <= MERKLE_MAX_PROOF + 1; n++) {
		buf_init(&text, 1 << 16);
		buf_put_text(&text, V1 "index 0\n");
		for (int i = 0; i < n; i++)
			buf_put_text(&text, HASH1);
		buf_put_text(&text, "\nx");
		assert_int_equal(bundle_parse(buf_span(&text), &b, &e), n == MERKLE_MAX_PROOF);
		buf_release(&text);
	}
}

/* ---- arithmetic of quorums, by trying all sets */

static size_t corrupt_needed(const struct quorum *q)
{
	size_t n = q->n_witnesses, least = SIZE_MAX;

	for (unsigned a = 0; a < 1u << n; a++)
		for (unsigned b = 0; b < 1u << n; b++) {
			bool in_a[QUORUM_MAX_WITNESSES] = { 0 }, in_b[QUORUM_MAX_WITNESSES] = { 0 };
			for (size_t i = 0; i < n; i++) {
				in_a[i] = (a >> i & 1) != 0;
				in_b[i] = (b >> i & 1) != 0;
			}
			size_t both = (size_t)__builtin_popcount(a & b);
			if (quorum_met(q, in_a) && quorum_met(q, in_b) && both < least)
				least = both;
		}
	return least;
}

static void the_overlap_of_two_quorums_is_what_all_sets_say(void **state)
{
	static const char *const policies[] = {
		"group g 4 w1 w2 w3 w4 w5\nquorum g\n",
		"group g 3 w1 w2 w3 w4 w5\nquorum g\n",
		"group g 2 w1 w2 w3 w4 w5\nquorum g\n",
		"group g all w1 w2 w3\nquorum g\n",
		"group g any w1 w2 w3\nquorum g\n",
		"group a 2 w1 w2 w3\ngroup b any w4 w5\ngroup c all a b\nquorum c\n",
		"group a all w1 w2\ngroup b 2 w3 w4 w5\ngroup c all a b\nquorum c\n",
		"group a all w1 w2\ngroup b all w3 w4\ngroup c 2 a b w5\nquorum c\n",
		"quorum w3\n",
	};
	struct small_world *w = malloc(sizeof *w);
	struct error e;

	(void)state;
	small_world_open(w);
	size_t keys = w->policy_text.n -
		      strlen("group all-of-them 4 w1 w2 w3 w4 w5\nquorum all-of-them\n");
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		struct quorum *q = malloc(sizeof *q);
		struct buf b;
		buf_init(&b, 1 << 16);
		buf_put(&b, w->policy_text.p, keys);
		buf_put_text(&b, policies[i]);
		assert_true(quorum_parse(buf_span(&b), q, &e));
		assert_int_equal(quorum_overlap(q), corrupt_needed(q));
		buf_release(&b);
		free(q);
	}
	small_world_close(w);
	free(w);
}

static void the_time_of_a_head_is_that_of_the_kth_newest(void **state)
{
	struct small_world *w = malloc(sizeof *w);
	struct small_log l = { .n = 0 };
	struct checkpoint head;
	struct quorum_seen seen;
	struct error e;
	struct buf b;
	size_t log;

	(void)state;
	small_world_open(w);
	small_add(&l, span_of("one"));
	buf_init(&b, NOTE_MAX_SIZE);
	small_head(w, &l, 1, 0, 0, &b);
	struct checkpoint c = { span_of(SMALL_ORIGIN), 1, small_root(&l, 1) };
	char text[CHECKPOINT_MAX_TEXT];
	checkpoint_write(&c, text);
	for (int i = 0; i < 5; i++)
		signer_line(&w->witness[i], span_of(text), (uint64_t)(100 * (5 - i)), &b);
	assert_true(quorum_check(&w->policy.quorum, buf_span(&b), &head, &log, &seen, &e));
	assert_int_equal(seen.fresh, 200); /* 500 400 300 200 100: the fourth */
	assert_int_equal(seen.newest, 500);
	buf_release(&b);
	small_log_close(&l);
	small_world_close(w);
	free(w);
}

static void try_policy(struct span s)
{
	struct quorum *q = malloc(sizeof *q);
	struct error e;

	if (quorum_parse(s, q, &e)) {
		bool nobody[QUORUM_MAX_WITNESSES] = { 0 };
		assert_false(quorum_met(q, nobody));
		(void)quorum_overlap(q);
	}
	free(q);
}

static void no_damage_to_a_policy_makes_a_quorum_of_nobody(void **state)
{
	struct buf b = policy_of("group a 2 w1 w2\ngroup b any a w3\nquorum b\n");

	(void)state;
	mutate(buf_span(&b), try_policy);
	buf_release(&b);
}

static void try_bundle(struct span s)
{
	static const uint8_t leaf_data[] = { 0x10 };
	struct merkle_hash leaf = merkle_leaf((struct span){ leaf_data, 1 });
	struct span good = vector_text("tlog_proof");
	struct quorum_seen seen;
	struct note note;
	struct checkpoint head;
	struct bundle b;
	struct error e;

	if (!bundle_parse(s, &b, &e) ||
	    !believed("group g all w1 w2\nquorum g\n", b.checkpoint, &seen))
		return;
	assert_true(note_parse(b.checkpoint, &note, &e));
	assert_true(checkpoint_parse(note.text, &head, &e));
	if (bundle_check(&b, &leaf, head.size, &head.root, &e))
		assert_true(span_equal(s, good));
}

static void no_damage_to_a_bundle_is_believed(void **state)
{
	(void)state;
	mutate(vector_text("tlog_proof"), try_bundle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_read_as_the_specification_has_them),
		cmocka_unit_test(a_key_under_a_second_name_is_refused),
		cmocka_unit_test(the_published_checkpoint_has_two_of_three),
		cmocka_unit_test(an_extension_line_is_refused_although_it_is_signed),
		cmocka_unit_test(two_heads_of_one_size_are_proof),
		cmocka_unit_test(an_ml_dsa_cosignature_is_passed_over),
		cmocka_unit_test(a_witness_is_counted_once),
		cmocka_unit_test(an_empty_tree_has_one_root),
		cmocka_unit_test(the_published_bundle_proves_its_leaf),
		cmocka_unit_test(what_is_no_bundle_is_refused),
		cmocka_unit_test(the_overlap_of_two_quorums_is_what_all_sets_say),
		cmocka_unit_test(the_time_of_a_head_is_that_of_the_kth_newest),
		cmocka_unit_test(no_damage_to_a_policy_makes_a_quorum_of_nobody),
		cmocka_unit_test(no_damage_to_a_bundle_is_believed),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
