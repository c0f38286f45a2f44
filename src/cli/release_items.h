/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RELEASE_ITEMS_H
#define PEL_CLI_RELEASE_ITEMS_H

/*
 * From files to the canonical text of a channel, and back.  In channel `rules` an item is a rule,
 * "FILE/RULE", with the imports that it needs; its level lies above that of each rule it refers to.
 * In other channels an item is a file.
 */

#include "base/buf.h"
#include "base/error.h"
#include "trust/verify/items.h"

struct release_items {
	struct release_item *list; /* owned */
	size_t n, room;
	struct buf text; /* what the items' texts are offsets into */
};

struct release_item {
	char id[RELEASE_MAX_ID + 1];
	unsigned level;
	size_t at, size; /* bytes of `text` */
};

void release_items_init(struct release_items *r);
void release_items_release(struct release_items *r);

/* One item; its text is copied.  DAMAGED where the id is none. */
NODISCARD bool release_items_put(struct release_items *r, const char *id, unsigned level,
				 struct span text, struct error *e);

/* A file, or the files of a directory and those beneath it: as rules, or each as an item. */
NODISCARD bool release_items_add(struct release_items *r, const char *path, bool rules,
				 struct error *e);

/* The rules of one YARA source, whose items are called "SPACE/RULE".  DAMAGED with the line. */
NODISCARD bool release_rules_add(struct release_items *r, struct span source, const char *space,
				 struct error *e);

/* Appends the canonical text.  DAMAGED where two items have one id, or a text is not readable. */
NODISCARD bool release_items_write(struct release_items *r, struct buf *out, struct error *e);

#endif
