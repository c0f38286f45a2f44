/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/proofs.h"

#include <stdlib.h>

/*
 * The first byte says which half reads.  0: the rest is a question, and is answered in any case.
 * 1 to 5: u16 n, n bytes of an artefact, and behind them what a worker answers who was asked about
 * it; what is believed lies in the artefact.  6 to 11: the same of a policy, about heads and what
 * is accepted: what is believed has a quorum of it.  12: of what a witness sent.  13: u16 n and n
 * bytes of entries, which this process answers for itself.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span lie;

static bool lies(struct span question, struct buf *answer, struct error *e)
{
	(void)question;
	(void)e;
	buf_put_span(answer, lie);
	return true;
}

static const struct proofs liar = { lies };

static void inside(struct span part, struct span whole)
{
	if (part.n != 0 && (part.p < whole.p || part.p + part.n > whole.p + whole.n))
		abort();
}

static void ask_items(struct span text)
{
	struct error e;
	struct buf b;

	buf_init(&b, 1 << 24);
	if (proofs_items(&liar, text, &b, &e))
		for (size_t i = 0; i < b.n / sizeof(struct items_item); i++) {
			inside(proofs_items_of(&b)[i].id, text);
			inside(proofs_items_of(&b)[i].text, text);
		}
	buf_release(&b);
}

static void ask_chunks(struct span text)
{
	struct error e;
	struct buf b;
	uint64_t sum = 0;

	buf_init(&b, 1 << 24);
	if (proofs_chunks(&liar, (struct span){ NULL, 0 }, 4096, text, &b, &e))
		for (size_t i = 0; i < b.n / sizeof(struct chunks_part); i++) {
			const struct chunks_part *part = &chunks_parts(&b)[i];
			sum += part->size;
			if (sum > 4096 ||
			    (part->at != CHUNKS_NOWHERE && part->at + part->size > text.n))
				abort();
		}
	buf_release(&b);
}

static void on_change(void *ctx, const struct proofs_change *c)
{
	inside(c->id, *(const struct span *)ctx);
}

static bool on_entry(void *ctx, uint64_t i, const struct proofs_listed *l, struct error *e)
{
	(void)i;
	(void)e;
	inside(l->entry, *(const struct span *)ctx);
	return true;
}

static void ask_releases(struct span text, bool bundle)
{
	const struct proofs_texts none = { { NULL, 0 }, { NULL, 0 } };
	struct proofs_entry entry;
	struct error e;

	if (bundle) {
		(void)!proofs_entries(&liar, &none, text, 2, on_entry, &text, &e);
	} else if (proofs_entry(&liar, text, true, &entry, &e)) {
		inside(entry.text, text);
		inside(entry.signatures, text);
		buf_release(&entry.signers);
	}
}

static void ask_head(struct span text, bool by_log)
{
	static struct accept_policy policy;
	const struct span none = { NULL, 0 };
	struct proofs_head head;
	struct error e;

	if (!quorum_parse(text, &policy.quorum, &e) ||
	    !proofs_head(&liar, &policy, text, none, by_log, &head, &e))
		return;
	if (head.log >= policy.quorum.n_logs || head.seen.n > policy.quorum.n_witnesses ||
	    (!by_log && !quorum_met(&policy.quorum, head.seen.by)))
		abort();
}

/* What a client remembers: nothing, the release before, that or a later one of other bytes. */
static const struct accept_state states[] = {
	{ .size = 0 },
	{ .size = 1, .time = 1000, .seq = 1, .expires = 2000 },
	{ .size = 9, .time = 1000, .seq = 2, .expires = 2000 },
	{ .size = 1, .time = 5000, .seq = 2, .expires = 2000 },
};

static void ask_accept(struct span text, const struct accept_state *s, bool at_head)
{
	const struct accept_offer offer = { .between = &text, .n_between = 1, .now = 1767225601 };
	const struct proofs_texts texts = { text, { NULL, 0 } };
	static struct accept_policy policy = { .max_age = ACCEPT_MAX_AGE };
	static struct proofs_accepted got;
	enum accept_step step;
	struct error e;

	if (!quorum_parse(text, &policy.quorum, &e) ||
	    !proofs_accept(&liar, &policy, &texts, s, &offer, at_head, &step, &got, &e) ||
	    step != ACCEPT_OK)
		return;
	if (!quorum_met(&policy.quorum, got.head.seen.by) || got.release.seq < s->seq ||
	    !got.release.enough || got.index >= got.state.size ||
	    (!at_head && got.state.size < s->size))
		abort();
}

static void ask_cosignature(struct span text)
{
	const struct note_key witness = { .name = "w", .type = 4 };
	struct span line;
	struct error e;

	if (proofs_cosignature(&liar, &witness, text, text, &line, &e)) {
		if (line.n == 0)
			abort();
		inside(line, text);
	}
}

static bool on_listed(void *ctx, uint64_t i, const struct proofs_listed *l, struct error *e)
{
	(void)ctx;
	(void)i;
	if (!l->is_release)
		return error_set(e, REASON_DENIED, PLACE_NONE, "no release");
	for (size_t k = 0; k < l->release.n_artifacts; k++)
		if (proofs_artifact(&l->release, l->release.artifact[k].name) == NULL ||
		    (l->release.artifact[k].size != 0 &&
		     proofs_check_artifact(&l->release.artifact[k], (struct span){ NULL, 0 }, e)))
			abort();
	return true;
}

/* As libpellucid does: the two halves agree. */
static void ask_oneself(struct span text)
{
	static const struct proofs own = { NULL };
	const struct proofs_texts none = { { NULL, 0 }, { NULL, 0 } };
	struct proofs_entry entry;
	struct error e;
	struct buf b;

	if (proofs_entry(&own, text, true, &entry, &e))
		buf_release(&entry.signers);
	else if (proofs_unanswered(&e) && e.why != REASON_MEMORY)
		abort();
	buf_init(&b, 1 << 24);
	if (!proofs_items(&own, text, &b, &e) && proofs_unanswered(&e) && e.why != REASON_MEMORY)
		abort();
	buf_release(&b);
	(void)!proofs_entries(&own, &none, text, 1, on_listed, NULL, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	uint8_t which = cursor_u8(&c);
	struct release_count n;
	struct error e, why;
	struct buf answer;
	bool honest;

	if (which == 0) {
		buf_init(&answer, 1 << 24);
		proofs_run(cursor_take(&c, cursor_left(&c)), &answer);
		if (answer.n == 0 || answer.p[0] >= REASON_COUNT)
			abort();
		buf_release(&answer);
		return 0;
	}
	struct span text = cursor_take(&c, cursor_le16(&c));
	lie = cursor_take(&c, cursor_left(&c));
	if (which == 1)
		ask_items(text);
	else if (which == 2)
		ask_chunks(text);
	else if (which == 3)
		(void)!proofs_changes(&liar, text, text, text, &n, &honest, &why, on_change, &text,
				      &e);
	else if (which <= 5)
		ask_releases(text, which == 4);
	else if (which <= 7)
		ask_head(text, which == 7);
	else if (which <= 11)
		ask_accept(text, &states[which - 8], which == 11);
	else if (which == 12)
		ask_cosignature(text);
	else
		ask_oneself(text);
	return 0;
}
