/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/trust/small_log.h"
#include "trust/proofs.h"

/*
 * Questions about proofs, answered as a worker would, and as one that was taken over might: the
 * answer of another question, an older one, one that was changed anywhere.
 */

enum { ALL = 0x1f, DAY = 24 * 3600 };

#define OLD "pellucid/items/v1\nitem a/One 0 4\none\nitem a/Two 0 4\ntwo\n"
#define NEW "pellucid/items/v1\nitem a/One 0 4\nuno\nitem b/Three 1 6\nthree\n"

static struct small_world world;
static struct small_log small;
static struct buf keys, said, asked; /* the last answer and the last question */
static struct span lie;              /* what the liar says */

static bool honest(struct span question, struct buf *answer, struct error *e)
{
	(void)e;
	buf_reset(&asked);
	buf_put_span(&asked, question);
	proofs_run(question, answer);
	buf_reset(&said);
	buf_put_span(&said, buf_span(answer));
	return true;
}

static bool lies(struct span question, struct buf *answer, struct error *e)
{
	(void)question;
	(void)e;
	buf_put_span(answer, lie);
	return true;
}

static bool is_silent(struct span question, struct buf *answer, struct error *e)
{
	(void)question;
	(void)answer;
	return error_set(e, REASON_DENIED, PLACE_NONE, "it ended before it said a word");
}

static const struct proofs worker = { honest }, liar = { lies }, silent = { is_silent };

static int set_up(void **state)
{
	char vkey[NOTE_MAX_VKEY];

	(void)state;
	small_world_open(&world);
	buf_init(&keys, 1 << 16);
	buf_init(&said, SIZE_MAX);
	buf_init(&asked, SIZE_MAX);
	buf_put_text(&keys, "threshold 2\n");
	for (int i = 0; i < SMALL_KEYS; i++) {
		note_key_write(&world.key[i].key, vkey);
		buf_printf(&keys, "key %s\n", vkey);
	}
	for (int i = 0; i < 4; i++)
		small_publish(&world, &small, span_of("pellucid/items/v1\n"), 3);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	small_log_close(&small);
	small_world_close(&world);
	buf_release(&keys);
	buf_release(&said);
	buf_release(&asked);
	return 0;
}

/* ---- the client's checks */

struct asking {
	struct accept_policy policy;
	struct accept_state state;
	struct accept_offer offer;
	struct buf bundle, growth;
	struct proofs_accepted got;
	enum accept_step step;
	struct error e;
	bool at_head;
};

static bool ask_again(struct asking *a, const struct proofs *p)
{
	const struct proofs_texts t = { buf_span(&world.policy_text), buf_span(&keys) };

	a->e = (struct error){ .text = "" };
	return proofs_accept(p, &a->policy, &t, &a->state, &a->offer, a->at_head, &a->step, &a->got,
			     &a->e);
}

/* Release `seq` under the head of its number. */
static void begin(struct asking *a, uint64_t seq, unsigned witnesses, uint64_t time)
{
	*a = (struct asking){ .policy = world.policy };
	buf_init(&a->bundle, BUNDLE_MAX_SIZE);
	buf_init(&a->growth, BUNDLE_MAX_SIZE);
	small_bundle(&world, &small, (size_t)seq - 1, (size_t)seq, witnesses, time, &a->bundle);
	a->offer = (struct accept_offer){ .bundle = buf_span(&a->bundle),
					  .entry = buf_span(&small.entry[seq - 1]),
					  .now = SMALL_NOW };
}

/* As begin(), for a client that has the release before. */
static void begin_after(struct asking *a, uint64_t seq)
{
	begin(a, seq, ALL, SMALL_NOW);
	a->state = (struct accept_state){ .size = seq - 1,
					  .root = small_root(&small, (size_t)seq - 1),
					  .time = SMALL_NOW,
					  .seq = seq - 1,
					  .leaf = small.leaf[seq - 2],
					  .expires = SMALL_NOW + DAY };
	small_growth(&small, (size_t)seq - 1, (size_t)seq, &a->growth);
	a->offer.growth = buf_span(&a->growth);
}

static void end(struct asking *a)
{
	buf_release(&a->bundle);
	buf_release(&a->growth);
}

static void an_answer_is_what_the_kernel_says(void **state)
{
	static const struct {
		unsigned witnesses;
		uint64_t time;
		enum accept_step step;
	} offers[] = { { ALL, SMALL_NOW, ACCEPT_OK },
		       { 0x07, SMALL_NOW, ACCEPT_HEAD },
		       { ALL, SMALL_NOW - 30 * DAY, ACCEPT_FRESH } };

	(void)state;
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		struct accept_result kernel;
		struct error why;
		struct asking a;
		begin(&a, 1, offers[i].witnesses, offers[i].time);
		enum accept_step step =
			accept_release(&a.policy, &a.state, &a.offer, &kernel, &why);
		assert_int_equal(step, offers[i].step);
		assert_true(ask_again(&a, &worker));
		assert_int_equal(a.step, step);
		if (step != ACCEPT_OK) {
			assert_string_equal(a.e.text, why.text);
		} else {
			assert_int_equal(a.got.release.seq, kernel.release.seq);
			assert_memory_equal(&a.got.state.root, &kernel.state.root, 32);
			assert_memory_equal(&a.got.state.leaf, &kernel.state.leaf, 32);
			assert_int_equal(a.got.state.time, kernel.state.time);
			assert_int_equal(a.got.state.expires, kernel.state.expires);
			assert_int_equal(a.got.head.seen.n, kernel.seen.n);
			assert_true(span_is(a.got.head.head.origin, SMALL_ORIGIN));
			assert_string_equal(a.got.release.artifact[0].name, "rules.txt");
		}
		end(&a);
	}
}

static void the_next_release_is_accepted_and_a_rollback_is_not(void **state)
{
	struct asking a;

	(void)state;
	begin_after(&a, 3);
	assert_true(ask_again(&a, &worker));
	assert_int_equal(a.step, ACCEPT_OK);
	assert_true(a.got.new);
	a.state = a.got.state;
	end(&a);
	struct accept_state newer = a.state;
	begin(&a, 2, ALL, SMALL_NOW);
	a.state = newer;
	assert_true(ask_again(&a, &worker));
	assert_int_equal(a.step, ACCEPT_HISTORY);
	end(&a);
}

/* What a worker that was taken over might say, so that a client goes where it must not. */
static void no_answer_leads_a_client_back(void **state)
{
	struct asking a;
	struct buf answer;

	(void)state;
	buf_init(&answer, SIZE_MAX);
	begin(&a, 2, ALL, SMALL_NOW);
	assert_true(ask_again(&a, &worker) && a.step == ACCEPT_OK);
	buf_put_span(&answer, buf_span(&said));
	lie = buf_span(&answer);
	assert_true(ask_again(&a, &liar) && a.step == ACCEPT_OK); /* it is a good answer here */

	a.policy.channel = RELEASE_PROGRAM;
	assert_false(ask_again(&a, &liar));
	a.policy.channel = RELEASE_RULES;
	a.offer.now = SMALL_NOW + 8 * DAY;
	assert_false(ask_again(&a, &liar)); /* expired, and stale */
	a.offer.now = SMALL_NOW - 3 * DAY;
	assert_false(ask_again(&a, &liar)); /* from the future */
	a.offer.now = SMALL_NOW;

	a.state = (struct accept_state){ .size = 3, .time = SMALL_NOW, .seq = 1 };
	a.state.root = small_root(&small, 3);
	assert_false(ask_again(&a, &liar)); /* a smaller log */
	assert_true(proofs_unanswered(&a.e));
	a.state.size = 2;
	assert_false(ask_again(&a, &liar)); /* another tree of that size */
	a.state = (struct accept_state){ .seq = 3 };
	assert_false(ask_again(&a, &liar)); /* an older release */
	a.state = (struct accept_state){ .seq = 2 };
	assert_false(ask_again(&a, &liar)); /* another release of that number */
	a.state = (struct accept_state){ .seq = 1 };
	assert_false(ask_again(&a, &liar)); /* that does not follow ours */
	a.state = (struct accept_state){ .time = SMALL_NOW + 1 };
	assert_false(ask_again(&a, &liar)); /* a head before the last */
	a.state = (struct accept_state){ .seq = 2, .leaf = small.leaf[1] };
	a.offer.entry = buf_span(&small.entry[2]);
	assert_false(ask_again(&a, &liar)); /* about other bytes than were asked about */

	end(&a);
	begin(&a, 2, 0x07, SMALL_NOW); /* three witnesses alone: it says so, and is not believed */
	answer.p[1] = ACCEPT_OK;
	answer.p[2 + 1 + 8 + 32 + 1 + 9 * 1] = 0; /* whether the second witness cosigned */
	memset(answer.p + 2 + 1 + 8 + 32 + 1 + 9 * 1 + 1, 0, 8);
	answer.p[2 + 1 + 8 + 32 + 1] = 0;
	memset(answer.p + 2 + 1 + 8 + 32 + 1 + 1, 0, 8);
	assert_false(ask_again(&a, &liar));
	buf_release(&answer);
	end(&a);
}

static void a_worker_that_says_nothing_is_no_refusal(void **state)
{
	struct asking a;

	(void)state;
	begin(&a, 1, ALL, SMALL_NOW);
	assert_false(ask_again(&a, &silent));
	assert_true(proofs_unanswered(&a.e));
	lie = (struct span){ NULL, 0 };
	assert_false(ask_again(&a, &liar));
	assert_true(proofs_unanswered(&a.e));
	end(&a);
}

/* ---- the other questions */

static unsigned n_seen;

static bool see_entry(void *ctx, uint64_t i, const struct proofs_listed *l, struct error *e)
{
	(void)ctx;
	(void)e;
	n_seen++;
	assert_true(i < 4 && l->entry.n <= TILE_MAX_ENTRY);
	return true;
}

static bool ask_entries(const struct proofs *p)
{
	const struct proofs_texts t = { buf_span(&world.policy_text), buf_span(&keys) };
	struct buf bundle;
	struct error e;

	buf_init(&bundle, 1 << 20);
	for (size_t i = 0; i < 2; i++) {
		buf_put_u8(&bundle, (uint8_t)(small.entry[i].n >> 8));
		buf_put_u8(&bundle, (uint8_t)small.entry[i].n);
		buf_put_span(&bundle, buf_span(&small.entry[i]));
	}
	n_seen = 0;
	bool ok = proofs_entries(p, &t, buf_span(&bundle), 2, see_entry, NULL, &e);
	assert_true(n_seen == (ok ? 2 : 0) || p == &liar);
	buf_release(&bundle);
	return ok;
}

static void see_change(void *ctx, const struct proofs_change *c)
{
	(void)ctx;
	n_seen++;
	assert_true(c->id.n != 0 && c->what <= ITEMS_REMOVED);
}

static bool ask_changes(const struct proofs *p)
{
	struct release_count n;
	struct error e, why;
	bool is_honest;

	n_seen = 0;
	return proofs_changes(p, (struct span){ NULL, 0 }, span_of(OLD), span_of(NEW), &n,
			      &is_honest, &why, see_change, NULL, &e) &&
	       n_seen == 3 && n.added == 1 && n.changed == 1 && n.removed == 1;
}

static bool ask_items(const struct proofs *p)
{
	const struct span text = span_of(NEW);
	struct error e;
	struct buf b;

	buf_init(&b, 1 << 20);
	bool ok = proofs_items(p, text, &b, &e);
	for (size_t i = 0; ok && i < b.n / sizeof(struct items_item); i++) {
		const struct items_item *item = &proofs_items_of(&b)[i];
		assert_true(item->id.p >= text.p && item->id.p + item->id.n <= text.p + text.n);
		assert_true(item->text.n == 0 || (item->text.p >= text.p &&
						  item->text.p + item->text.n <= text.p + text.n));
	}
	buf_release(&b);
	return ok;
}

static bool ask_chunks(const struct proofs *p)
{
	char list[512], hex[HASH_MAX_HEX + 1];
	struct error e;
	struct buf b;

	assert_true(hash_hex(HASH_SHA256, span_of(OLD), hex));
	snprintf(list, sizeof list, "pellucid/chunks/v1\n%zu %s\n7 %s\n", strlen(OLD), hex, hex);
	buf_init(&b, 1 << 20);
	bool ok = proofs_chunks(p, span_of(list), strlen(OLD) + 7, span_of(OLD), &b, &e);
	const struct chunks_part *part = chunks_parts(&b);
	uint64_t sum = 0;
	for (size_t i = 0; ok && i < b.n / sizeof *part; sum += part[i++].size)
		assert_true(part[i].at == CHUNKS_NOWHERE ||
			    part[i].at + part[i].size <= strlen(OLD));
	assert_true(sum <= strlen(OLD) + 7);
	buf_release(&b);
	return ok;
}

static bool ask_head(const struct proofs *p)
{
	struct proofs_head head;
	struct error e;
	struct buf b;

	buf_init(&b, NOTE_MAX_SIZE);
	small_head(&world, &small, 4, ALL, SMALL_NOW, &b);
	bool ok = proofs_head(p, &world.policy, buf_span(&world.policy_text), buf_span(&b), false,
			      &head, &e);
	assert_true(!ok || (head.seen.n >= 4 && head.seen.fresh <= head.seen.newest));
	buf_release(&b);
	return ok;
}

static bool ask_entry_of(const struct proofs *p, struct span text)
{
	struct proofs_entry entry;
	struct error e;
	bool ok = proofs_entry(p, text, true, &entry, &e);

	if (ok) {
		assert_true(entry.text.n + entry.signatures.n <= text.n);
		assert_true(p == &liar || strcmp(entry.release.artifact[0].name, "rules.txt") == 0);
		buf_release(&entry.signers);
	}
	return ok;
}

static bool ask_entry(const struct proofs *p) { return ask_entry_of(p, buf_span(&small.entry[0])); }

/* One that nobody signed yet. */
static bool ask_unsigned(const struct proofs *p)
{
	const uint8_t *end_of_text = memmem(small.entry[0].p, small.entry[0].n, "\n\n", 2);

	assert_non_null(end_of_text);
	return ask_entry_of(
		p, (struct span){ small.entry[0].p, (size_t)(end_of_text + 1 - small.entry[0].p) });
}

static bool ask_accept(const struct proofs *p)
{
	struct asking a;

	begin_after(&a, 3);
	bool ok = ask_again(&a, p) && a.step == ACCEPT_OK;
	assert_true(!ok || (a.got.state.size >= a.state.size && a.got.state.seq >= a.state.seq &&
			    quorum_met(&a.policy.quorum, a.got.head.seen.by) &&
			    merkle_equal(&a.got.state.leaf, &small.leaf[2])));
	end(&a);
	return ok;
}

static bool (*const questions[])(const struct proofs *p) = { ask_accept, ask_entries, ask_changes,
							     ask_items,  ask_chunks,  ask_head,
							     ask_entry,  ask_unsigned };

static bool (*asks)(const struct proofs *p);

static void say(struct span answer)
{
	lie = answer;
	(void)asks(&liar);
}

static void no_damage_to_an_answer_does_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		struct buf answer;
		asks = questions[i];
		assert_true(asks(&worker));
		buf_init(&answer, SIZE_MAX);
		buf_put_span(&answer, buf_span(&said));
		mutate(buf_span(&answer), say);
		/* an answer to another question is none to this one */
		for (size_t k = 0; k < sizeof questions / sizeof *questions; k++) {
			lie = buf_span(&answer);
			if (k != i)
				(void)questions[k](&liar);
		}
		buf_release(&answer);
	}
}

static void ask_bytes(struct span question)
{
	struct buf answer;

	buf_init(&answer, 1 << 20);
	proofs_run(question, &answer);
	assert_true(answer.n != 0 && answer.p[0] < REASON_COUNT);
	buf_release(&answer);
}

static void every_question_is_answered(void **state)
{
	(void)state;
	for (size_t i = 2; i < sizeof questions / sizeof *questions; i++) {
		struct buf question;
		assert_true(questions[i](&worker));
		buf_init(&question, SIZE_MAX);
		buf_put_span(&question, buf_span(&asked));
		if (question.n < 1024)
			mutate(buf_span(&question), ask_bytes);
		for (size_t n = 0; n < question.n; n += 7)
			ask_bytes((struct span){ question.p, n });
		buf_release(&question);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_what_the_kernel_says),
		cmocka_unit_test(the_next_release_is_accepted_and_a_rollback_is_not),
		cmocka_unit_test(no_answer_leads_a_client_back),
		cmocka_unit_test(a_worker_that_says_nothing_is_no_refusal),
		cmocka_unit_test(no_damage_to_an_answer_does_harm),
		cmocka_unit_test(every_question_is_answered),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
