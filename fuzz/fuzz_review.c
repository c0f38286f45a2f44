/* SPDX-License-Identifier: Apache-2.0 */
#include "review/review.h"

#include <stdlib.h>

/*
 * Every collector's reader on one bundle: the first byte chooses the collector, then items follow,
 * each a kind and the lengths of its name and bytes.  What a reader writes must be facts.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct collector *choose(struct span name, size_t other)
{
	for (size_t i = 0; i < n_collectors; i++)
		if (span_is(name, collectors[i]->name))
			return collectors[i];
	return collectors[other % n_collectors];
}

static void take_items(struct cursor *c, struct bundle *b)
{
	while (cursor_left(c) > 4) {
		struct item item = { .kind = (enum item_kind)(cursor_u8(c) % 3) };
		struct span name = cursor_take(c, cursor_u8(c));
		struct span bytes = cursor_take(c, cursor_le16(c));
		if (!cursor_ok(c))
			return;
		item.name =
			arena_text(&b->arena, name.n != 0 ? name.p : (const uint8_t *)"", name.n);
		uint8_t *copy = arena_copy(&b->arena, bytes.n != 0 ? bytes.p : (const uint8_t *)"",
					   bytes.n);
		if (item.name == NULL || copy == NULL)
			return;
		item.bytes = (struct span){ copy, bytes.n };
		buf_put(&b->items, &item, sizeof item);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	const struct collector *collector = choose(cursor_cstring(&c, 32), size);
	struct fact_writer w;
	struct owned owned;
	struct bundle b;
	struct facts f;
	struct error e;
	struct buf out;

	owned_init(&owned);
	bundle_init(&b);
	b.owned = &owned;
	take_items(&c, &b);
	buf_init(&out, FACT_MAX_BYTES);
	fact_writer_init(&w, &out);
	collector->read(&b, &w);
	facts_init(&f);
	if (!facts_adopt(&f, buf_span(&out), 0, NULL, NULL, &e))
		abort();
	facts_release(&f);
	buf_release(&out);
	bundle_release(&b);
	owned_release(&owned);
	return 0;
}
