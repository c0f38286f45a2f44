/* SPDX-License-Identifier: Apache-2.0 */
#include "review/item_bundle.h"

#include <assert.h>
#include <stdlib.h>

void bundle_init(struct bundle *b)
{
	*b = (struct bundle){ .owned = NULL };
	arena_init(&b->arena, BUNDLE_MAX_NAMES);
	buf_init(&b->items, BUNDLE_MAX_ITEMS * sizeof(struct item));
}

struct item bundle_peek(const struct bundle *b, size_t i)
{
	struct item item;

	assert(i < bundle_count(b));
	memcpy(&item, b->items.p + i * sizeof item, sizeof item);
	return item;
}

static void put_back(const struct bundle *b, size_t i, const struct item *item)
{
	memcpy(b->items.p + i * sizeof *item, item, sizeof *item);
}

void bundle_drop(const struct bundle *b, size_t i)
{
	struct item item = bundle_peek(b, i);

	if (!item.away || item.bytes.p == NULL)
		return;
	free((void *)(uintptr_t)item.bytes.p);
	item.bytes = (struct span){ NULL, item.bytes.n };
	put_back(b, i, &item);
}

void bundle_release(struct bundle *b)
{
	for (size_t i = 0; i < bundle_count(b); i++)
		bundle_drop(b, i);
	arena_release(&b->arena);
	buf_release(&b->items);
}

static void tell_gap(const struct bundle *b, size_t i, enum reason why)
{
	const struct bundle_gap gap = { i, why };

	buf_put(&b->supply->gaps, &gap, sizeof gap);
}

void bundle_region(const struct bundle *b, size_t i, struct region *out)
{
	struct item item = bundle_peek(b, i);
	uint64_t size = 0;

	if (!item.away) {
		region_of_memory(out, item.bytes);
		return;
	}
	int fd = b->supply->open(b->supply->ctx, item.at, &size);
	if (size > item.bytes.n) {
		tell_gap(b, i, REASON_LIMIT);
		size = item.bytes.n;
	}
	region_of_fd(out, fd, size, b->supply->room);
}

/* All of a file; what comes is what there is. */
static struct span read_whole(const struct bundle *b, size_t i, size_t most)
{
	struct region r;
	struct buf all;

	bundle_region(b, i, &r);
	buf_init(&all, most);
	uint8_t *room = buf_room(&all, r.size < most ? (size_t)r.size : most);
	while (room != NULL && all.n < r.size) {
		struct span piece = region_get(&r, all.n, REGION_MAX);
		if (piece.n == 0)
			break;
		buf_put_span(&all, piece);
	}
	if (room == NULL || r.failed)
		tell_gap(b, i, r.failed ? REASON_CHANGED : REASON_MEMORY);
	return buf_span(&all);
}

struct item bundle_get(const struct bundle *b, size_t i)
{
	struct item item = bundle_peek(b, i);

	if (!item.away || item.bytes.p != NULL)
		return item;
	size_t most = item.bytes.n;
	item.bytes = read_whole(b, i, most);
	item.away = item.bytes.p != NULL; /* else it is empty for good */
	put_back(b, i, &item);
	return item;
}
