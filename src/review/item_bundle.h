/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_ITEM_BUNDLE_H
#define PEL_REVIEW_ITEM_BUNDLE_H

/*
 * What one collector gathered: named items, in the order in which they were taken.
 *
 * Who gathers (gather.h) fills it, and its readers see it behind the walls.  Small files have been
 * copied.  The others are away: a reader has one at a time brought to it, and reads it whole or by
 * pieces, by pread alone.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/region.h"
#include "review/owned.h"

enum {
	BUNDLE_MAX_ITEMS = 1 << 20,
	BUNDLE_MAX_NAMES = 96 << 20, /* bytes */
};

enum item_kind {
	ITEM_FILE, /* bytes are its content */
	ITEM_LINK, /* bytes are where it points */
	ITEM_NOTE, /* bytes are what the gatherer says of the name */
};

struct item {
	const char *name;  /* the path from the root, or what the collector agreed with itself */
	struct span bytes; /* not owned; who gathers has their number alone */
	enum item_kind kind;
	uint32_t mode; /* of a file */
	bool away;     /* the bytes are in the file still */
	uint64_t at;   /* where they lie in what all have copied to; its number, where it is away */
};

/* Behind the walls: where files that are away come from. */
struct bundle_supply {
	/* A descriptor of the file of that number, until the next call.  One that cannot be had is
	 * empty: who opens it has told so. */
	int (*open)(void *ctx, uint64_t number, uint64_t *size);
	void *ctx;
	uint8_t *room;   /* REGION_MAX bytes */
	struct buf gaps; /* struct bundle_gap each */
};

/* An item that could not be read whole. */
struct bundle_gap {
	size_t item;
	enum reason why; /* LIMIT: it is larger than its collector reads; CHANGED; MEMORY */
};

struct bundle {
	struct arena arena;           /* names */
	struct buf items;             /* struct item each */
	const struct owned *owned;    /* what the packages own; empty in the first stage */
	struct bundle_supply *supply; /* NULL: nothing is away */
};

void bundle_init(struct bundle *b);
void bundle_release(struct bundle *b);
static inline size_t bundle_count(const struct bundle *b)
{
	return b->items.n / sizeof(struct item);
}

/* Item i < bundle_count().  Of a file that is away all bytes are read, and stay until
 * bundle_drop(): those that cannot be had are not there. */
struct item bundle_get(const struct bundle *b, size_t i);

/* Its name and kind alone: nothing is read. */
struct item bundle_peek(const struct bundle *b, size_t i);

/* The same item to be read by pieces, until the next one is asked for. */
void bundle_region(const struct bundle *b, size_t i, struct region *out);

/* A reader is done with an item, whose bytes need not stay in memory. */
void bundle_drop(const struct bundle *b, size_t i);

#endif
