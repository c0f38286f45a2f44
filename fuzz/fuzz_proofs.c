/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/proofs.h"

#include <stdlib.h>

/*
 * The first byte says which half reads.  0: the rest is a question, and is answered in any case.
 * 1 to 4: u16 n, n bytes of an artefact, and behind them what a worker answers who was asked about
 * it; what is believed lies in the artefact.
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
	else
		ask_releases(text, which == 4);
	return 0;
}
