/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_ITEMS_H
#define PEL_TRUST_ITEMS_H

/*
 * The canonical text of a channel's main artefact: items, ascending by their id, each with its
 * length, so that one set of items has one text and a change is found by walking two texts at once.
 *
 *   pellucid/items/v1
 *   item ID LEVEL SIZE
 *   SIZE bytes of UTF-8 text that end in a newline
 *   item ...
 *
 * LEVEL orders what depends on another: an item may refer to items of a lower level alone.
 */

#include "trust/verify/release.h"

enum {
	ITEMS_MAX_ITEM = 4 << 20, /* bytes of one item's text */
	ITEMS_MAX_LEVEL = 255,
};

struct items_item {
	struct span id, text;
	unsigned level;
};

/* Whether a text can be an item's: UTF-8 that ends in a newline, of the control characters tab and
 * newline alone. */
NODISCARD bool items_readable(struct span s);

/* Reads on; start with cursor_of(artefact) and items_begin(). */
NODISCARD bool items_begin(struct cursor *c, struct error *e);

/* The next item after the one with id `after` (empty for the first).  False at the end, or with
 * the cursor failed and *e filled where the text is not canonical. */
NODISCARD bool items_next(struct cursor *c, struct span after, struct items_item *out,
			  struct error *e);

enum items_change { ITEMS_ADDED, ITEMS_CHANGED, ITEMS_REMOVED };

/*
 * Walks two texts, `old` of which may be empty, and calls `on_change` (or not, where it is NULL)
 * for each difference in the order of ids, with the item that is gone for ITEMS_REMOVED and the new
 * one otherwise.  *out counts them.  DAMAGED where a text is not canonical.
 */
NODISCARD bool items_diff(struct span old, struct span new, struct release_count *out,
			  void (*on_change)(void *ctx, enum items_change what,
					    const struct items_item *item),
			  void *ctx, struct error *e);

/*
 * That a release tells the truth about its main artefact: what it counts is what is found by
 * walking both texts, and each item that is gone has its line.  DENIED where it does not.
 */
NODISCARD bool items_check_release(const struct release *r, struct span old, struct span new,
				   struct error *e);

#endif
