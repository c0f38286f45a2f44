/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_PST_STORE_H
#define PEL_RECOVER_PST_STORE_H

/*
 * What lies in Outlook's personal folders ([MS-PST] 2.2 and 2.3): nodes, the data that their blocks
 * make together, and the properties in it.  It goes by lists of blocks and nodes that their finder
 * made from leaves (salvage_pst.c), so no tree has to be whole.  A block that does not hold is
 * zeros here, and told.
 */

#include "recover/pst.h"
#include "recover/salvage.h"

enum {
	PST_MAX_DATA = 256 << 20, /* bytes of one node, of one value */
	PST_MAX_LEVELS = 4,       /* of a tree of blocks, of sub-nodes, of properties */
	PST_NODE_TYPE = 0x1f,     /* of a node's number: its kind */
	PST_NODE_FOLDER = 0x02,
	PST_NODE_MESSAGE = 0x04,
	PST_NODE_ATTACHMENT = 0x05,
};

/* Types of values ([MS-OXCDATA] 2.11.1). */
enum {
	PST_INT32 = 0x0003,
	PST_OBJECT = 0x000d,
	PST_STRING8 = 0x001e,
	PST_STRING = 0x001f,
	PST_TIME = 0x0040,
	PST_BINARY = 0x0102,
};

struct pst_block {
	uint64_t bid, at;
	uint32_t n;
	bool whole;
};

struct pst_node {
	uint64_t nid, data, sub; /* blocks; 0: none */
	uint64_t parent;         /* 0: none */
};

struct pst_store {
	struct salvage *salvage; /* its budget of work */
	struct region *w;
	const struct pst_form *form;
	const struct pst_block *block; /* by number */
	size_t n_blocks;
	const struct pst_node *node; /* by number */
	size_t n_nodes;
	uint8_t written; /* PST_PLAIN to PST_CYCLIC (pst_written.h); else nothing can be read */
};

/* A node's data, with the places where its blocks begin; and what is known of its loss. */
struct pst_object {
	struct pst_store *store;
	struct buf data, starts; /* starts: 32 bits each */
	uint64_t sub;
	uint64_t n_lost; /* blocks, of the data and of values that were asked for */
};

/* Sorts both lists by number; of the same number the one that holds comes first. */
void pst_store_sort(struct pst_block *block, size_t n_blocks, struct pst_node *node,
		    size_t n_nodes);

const struct pst_node *pst_store_node(const struct pst_store *s, uint64_t nid);

/* Reads the data; false where it is no heap of properties.  pst_object_release() follows in either
 * case. */
NODISCARD bool pst_object_open(struct pst_store *s, const struct pst_node *n, struct pst_object *o);
void pst_object_release(struct pst_object *o);

/* The bytes of a property into `out`, which is emptied first; its type; 0: there is none. */
uint16_t pst_object_value(struct pst_object *o, uint16_t id, struct buf *out);
/* The same as text in UTF-8. */
NODISCARD bool pst_object_text(struct pst_object *o, uint16_t id, struct buf *out);
/* A time in seconds since 1970; 0: none. */
int64_t pst_object_time(struct pst_object *o, uint16_t id);

/* The k-th of its sub-nodes of a kind, or the one with that number (kind 0); false: there is none.
 */
NODISCARD bool pst_object_sub(struct pst_object *o, uint8_t kind, uint64_t which,
			      struct pst_node *out);

#endif
