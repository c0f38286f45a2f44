/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/trust/small_log.h"
#include "trust/witness.h"

#define SIGSUM "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
#define DASH   "\xe2\x80\x94 "
#define SIG1                                                                                       \
	"UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+"                                \
	"YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY="
#define SIG3                                                                                       \
	"UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/"                                                         \
	"GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go="
#define SIG3_BAD                                                                                   \
	"UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/"                                                         \
	"GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6gw="
#define HEAD1                                                                                      \
	SIGSUM "\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" DASH SIGSUM " " SIG1 "\n"
#define HEAD3T SIGSUM "\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n" DASH SIGSUM " "
#define HEAD3  HEAD3T SIG3 "\n"
#define H1     "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define H2     "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define H2_BAD "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABA=\n"

static char dir[64];
static struct witness *w;
static struct witness_answer a;
static struct small_world world;

static int set_up(void **state)
{
	struct note_key sigsum = { .name = SIGSUM, .type = NOTE_ED25519 };
	char vkey[NOTE_MAX_VKEY];
	struct error e;
	struct buf logs;

	(void)state;
	scratch_open(dir);
	small_world_open(&world);
	hex_bytes(span_of("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"),
		  sigsum.public);
	sigsum.id = note_key_id(span_of(SIGSUM), 1, (struct span){ sigsum.public, 32 });
	buf_init(&logs, 1 << 16);
	buf_init(&a.body, NOTE_MAX_SIZE);
	note_key_write(&sigsum, vkey);
	buf_printf(&logs, "# logs\n%s\n", vkey);
	note_key_write(&world.log.key, vkey);
	buf_printf(&logs, "%s\n", vkey);
	bool ok = witness_create(dir, &world.witness[0], buf_span(&logs), &e) &&
		  witness_open(dir, &w, &e);
	buf_release(&logs);
	return !ok;
}

static int tear_down(void **state)
{
	(void)state;
	witness_close(w);
	buf_release(&a.body);
	small_world_close(&world);
	scratch_close(dir);
	return 0;
}

static unsigned ask(struct span body)
{
	struct error e;

	if (!witness_add_checkpoint(w, body, SMALL_NOW, &a, &e))
		fail_msg("%s", e.text);
	return a.status;
}

static unsigned ask_text(const char *body) { return ask(span_of(body)); }

/* The requests and answers of another witness's own test. */
static void the_published_sequence_is_answered_as_published(void **state)
{
	(void)state;
	assert_int_equal(ask_text("old 0\n\n" HEAD1), 200);
	assert_int_equal(ask_text("old 1\n" H1 H2 "\n" HEAD3T SIG3_BAD "\n"), 403);
	assert_int_equal(ask_text("old 1\n\n" HEAD3), 422);
	assert_int_equal(ask_text("old 1\n" H1 H2_BAD "\n" HEAD3), 422);
	assert_int_equal(ask_text("old 1\n" H1 H2 "\n" HEAD3), 200);
	assert_int_equal(ask_text("old 1\n" H1 H2 "\n" HEAD3), 409);
	assert_true(span_is(buf_span(&a.body), "3\n"));
	assert_string_equal(a.type, "text/x.tlog.size");
	assert_int_equal(ask_text("old 3\n\n" HEAD3), 200); /* the same head, at a new time */
	assert_int_equal(ask_text("old 0\n\n" HEAD1), 409);
}

static void what_is_malformed_is_400(void **state)
{
	static const char *const bad[] = {
		"",
		"old 0\n",
		"old 0\n\n",
		"old 00\n\n" HEAD1,
		"old -1\n\n" HEAD1,
		"old 0\n\n" SIGSUM "\n1\n",
		"old 0\nAAAA\n\n" HEAD1,
		"old 2\n\n" HEAD1, /* beyond the checkpoint */
		HEAD1,
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ask_text(bad[i]), 400);
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_put_text(&b, "old 0\n");
	for (int i = 0; i < 64; i++)
		buf_put_text(&b, H1);
	buf_put_text(&b, "\n" HEAD1);
	assert_int_equal(ask(buf_span(&b)), 400);
	buf_release(&b);
}

static void an_unknown_log_is_404(void **state)
{
	struct small_world other;
	struct checkpoint c = { span_of("unknown.example/log"), 0, merkle_empty() };
	char text[CHECKPOINT_MAX_TEXT];
	struct buf b;

	(void)state;
	small_world_open(&other);
	buf_init(&b, 1 << 16);
	checkpoint_write(&c, text);
	buf_put_text(&b, "old 0\n\n");
	signer_note(&other.log, span_of(text), &b);
	assert_int_equal(ask(buf_span(&b)), 404);
	buf_release(&b);
	small_world_close(&other);
}

/* A proof from the empty tree has to be empty, and the empty tree has one root. */
static void the_first_head_needs_no_proof_and_may_have_none(void **state)
{
	struct small_log l = { .n = 0 };
	struct checkpoint c = { span_of(SMALL_ORIGIN), 0, merkle_empty() };
	char text[CHECKPOINT_MAX_TEXT];
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	c.root.b[0] ^= 1;
	checkpoint_write(&c, text);
	buf_put_text(&b, "old 0\n\n");
	signer_note(&world.log, span_of(text), &b);
	assert_int_equal(ask(buf_span(&b)), 422);
	small_add(&l, span_of("one"));
	buf_reset(&b);
	buf_put_text(&b, "old 0\n" H1 "\n");
	small_head(&world, &l, 1, 0, 0, &b);
	assert_int_equal(ask(buf_span(&b)), 422);
	buf_release(&b);
	small_log_close(&l);
}

static struct buf request(struct small_log *l, size_t m, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	small_growth(l, m, n, &b);
	small_head(&world, l, n, 0, 0, &b);
	return b;
}

/* Row 19: a fork signed with the log's real key. */
static void a_fork_is_refused_and_a_restart_changes_nothing(void **state)
{
	struct small_log honest = { .n = 0 }, fork = { .n = 0 };
	struct error e;

	(void)state;
	for (int i = 0; i < 6; i++) {
		small_add(&honest, span_of(i == 4 ? "four" : "same"));
		small_add(&fork, span_of(i == 4 ? "vier" : "same"));
	}
	struct buf b = request(&honest, 0, 5);
	assert_int_equal(ask(buf_span(&b)), 200);
	buf_release(&b);
	for (int round = 0; round < 2; round++) {
		b = request(&fork, 5, 5); /* the same size, another root */
		assert_int_equal(ask(buf_span(&b)), 422);
		buf_release(&b);
		b = request(&fork, 5, 6);
		assert_int_equal(ask(buf_span(&b)), 422);
		buf_release(&b);
		b = request(&fork, 4, 6);
		assert_int_equal(ask(buf_span(&b)), 409);
		buf_release(&b);
		witness_close(w);
		assert_true(witness_open(dir, &w, &e));
	}
	b = request(&honest, 5, 6);
	assert_int_equal(ask(buf_span(&b)), 200);
	buf_release(&b);
	small_log_close(&honest);
	small_log_close(&fork);
}

/* A note may have so many signatures and no more: with ours it would have one too many. */
static void a_signature_that_is_repeated_is_kept_once(void **state)
{
	struct error e;
	struct buf b;

	(void)state;
	assert_int_equal(ask_text("old 0\n\n" HEAD1), 200);
	buf_init(&b, 1 << 16);
	buf_put_text(&b, "old 1\n\n" HEAD1);
	for (unsigned i = 1; i < NOTE_MAX_SIGNATURES; i++)
		buf_put_text(&b, DASH SIGSUM " " SIG1 "\n");
	assert_int_equal(ask(buf_span(&b)), 200);
	buf_release(&b);
	witness_close(w);
	assert_true(witness_open(dir, &w, &e));
}

static void the_cosignature_verifies_and_the_head_can_be_fetched(void **state)
{
	struct small_log l = { .n = 0 };
	struct note_key keys[2];
	struct note note;
	struct error e;
	struct buf whole;
	bool valid[2];
	char hex[HASH_MAX_HEX + 1];

	(void)state;
	keys[0] = world.log.key;
	keys[1] = *witness_key(w);
	assert_true(hash_hex(HASH_SHA256, span_of(SMALL_ORIGIN), hex));
	assert_true(witness_get_checkpoint(w, span_of(hex), &a, &e));
	assert_int_equal(a.status, 404);
	small_add(&l, span_of("one"));
	struct buf b = request(&l, 0, 1);
	assert_int_equal(ask(buf_span(&b)), 200);
	buf_init(&whole, 1 << 16);
	small_head(&world, &l, 1, 0, 0, &whole);
	buf_put_span(&whole, buf_span(&a.body));
	assert_true(note_parse(buf_span(&whole), &note, &e));
	assert_true(note_check(&note, keys, 2, valid, &e));
	assert_true(valid[0] && valid[1]);
	assert_true(witness_get_checkpoint(w, span_of(hex), &a, &e));
	assert_int_equal(a.status, 200);
	assert_true(span_equal(buf_span(&whole), buf_span(&a.body)));
	assert_true(witness_get_checkpoint(w, span_of("00"), &a, &e));
	assert_int_equal(a.status, 404);
	buf_release(&b);
	buf_release(&whole);
	small_log_close(&l);
}

static void a_second_process_gets_no_witness(void **state)
{
	struct witness *other;
	struct error e;

	(void)state;
	assert_false(witness_open(dir, &other, &e));
	assert_int_equal(e.why, REASON_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_published_sequence_is_answered_as_published),
		TEST(what_is_malformed_is_400),
		TEST(an_unknown_log_is_404),
		TEST(the_first_head_needs_no_proof_and_may_have_none),
		TEST(a_fork_is_refused_and_a_restart_changes_nothing),
		TEST(a_signature_that_is_repeated_is_kept_once),
		TEST(the_cosignature_verifies_and_the_head_can_be_fetched),
		TEST(a_second_process_gets_no_witness),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
