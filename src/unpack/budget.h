/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_BUDGET_H
#define PEL_UNPACK_BUDGET_H

/*
 * What a file may cost with all that is inside it: one account for the whole tree.
 *
 * Readers cannot forget it, for every byte and member that they yield goes through
 * unpack.c, which asks here.  There is no clock where files are parsed: steps stand for
 * time, one for about a nanosecond, and the broker bounds the time from outside.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	BUDGET_DEPTH = 24,         /* levels beneath the file */
	BUDGET_OBJECTS = 100000,   /* members, all levels together */
	BUDGET_RATIO = 250,        /* bytes unpacked for each byte of the file or container ... */
	BUDGET_MEMBER_MIB = 32,    /* ... and so many more for a member ... */
	BUDGET_TREE_MIB = 512,     /* ... and for the tree */
	BUDGET_BYTES_MIB = 4096,   /* unpacked, all levels together */
	BUDGET_HELD_MIB = 1024,    /* unpacked and in memory at once */
	BUDGET_GIGASTEPS = 60,     /* 10^9 steps */
	BUDGET_MEMBER_STEPS = 500, /* of each member */
};

/* 0 stands for the default above. */
struct budget_limits {
	unsigned max_depth;
	uint64_t max_objects;
	uint64_t max_bytes;
	uint64_t max_ratio;
	uint64_t max_held; /* bytes */
	uint64_t max_steps;
};

struct budget {
	struct budget_limits limits;          /* none of them 0 */
	uint64_t size;                        /* of the file, bytes */
	uint64_t objects, bytes, held, steps; /* spent so far */
	char spent[64]; /* empty, or what ended it: "objects: more than 100000" */
};

/* A fresh account for a file of `size` bytes.  limits: NULL for the defaults. */
void budget_begin(struct budget *b, const struct budget_limits *limits, uint64_t size);

/* Each takes from the account; false: it is spent, now or before, and `spent` says of what. */
NODISCARD bool budget_object(struct budget *b);
NODISCARD bool budget_bytes(struct budget *b, uint64_t n);
NODISCARD bool budget_steps(struct budget *b, uint64_t n);

/* Memory that holds unpacked bytes.  False: no room, which ends the member and not the tree. */
NODISCARD bool budget_hold(struct budget *b, uint64_t n);
void budget_give_back(struct budget *b, uint64_t n);

/* Most bytes that one member of a container of `size` bytes may have. */
uint64_t budget_member_max(const struct budget *b, uint64_t size);

#endif
