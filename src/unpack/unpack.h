/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_UNPACK_H
#define PEL_UNPACK_UNPACK_H

/*
 * Objects inside objects: what every reader of a container, document or encoding is
 * written against.
 *
 * A reader is a row of the table in readers.c: does it know these bytes, and take them
 * apart.  It is a pure function over the object, works in the arena that it is given,
 * and yields members one after another:
 *
 *	while (next(...)) {
 *		if (!unpack_begin(u, &member))
 *			break;                  the budget is spent, which has been noted
 *		decode(..., u);                 unpack_write() until it says false
 *		unpack_end(u);                  here the member is examined, and what is in it
 *	}
 *
 * What it could not look into it says: unpack_gap(), of the member that is begun, else of
 * the object.  A fault of the object as a whole may be the reader's own error instead.
 * Nothing is skipped in silence: a member that cannot be unpacked is begun, gets its gap,
 * and is ended; what came out of it is examined all the same.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "format/type.h"
#include "unpack/budget.h"

enum {
	UNPACK_MEMORY = 64 << 20,  /* bytes of the arena that a reader works in */
	UNPACK_SCRATCH = 16 << 20, /* and for one member */
	UNPACK_MAX_NAME = 1024,    /* bytes of a member's name that are kept */
	UNPACK_MAX_GAPS = 64,      /* that one object keeps; one more says that there were more */
	UNPACK_STOP_DEPTH = 64,    /* no option goes deeper */
	UNPACK_OFF_WORDS = 2,      /* of 64 readers each */
};

#define UNPACK_UNKNOWN UINT64_MAX

/* What a container says of a member, before any of it is unpacked.  All of it is hostile. */
struct unpack_member {
	struct span name; /* any bytes, as they stand there; empty: it has none */
	struct span type; /* what it is said to be: a MIME type, ...; empty: not said */
	uint64_t size;    /* unpacked; UNPACK_UNKNOWN */
	uint64_t packed;  /* bytes in the container; UNPACK_UNKNOWN */
	uint64_t at;      /* where it begins in the object; PLACE_NONE */
	bool layer;       /* made by a packed program (packed_read.c); no container can say so */
	bool encrypted;
	bool has_crc;
	uint32_t crc; /* of the unpacked bytes, as the container has it */
};

struct unpack_gap {
	enum reason why;
	uint64_t at;      /* bytes from the start of the object that it is a gap of */
	struct span text; /* "encrypted: ...", "limit:ratio: ...", "unsupported:zip method 97" */
};

/* A member that is there to be examined.  Nothing that it points to outlives the call. */
struct unpack_child {
	const struct unpack_member *member;
	struct span segment; /* its name in a way: "invoice.exe", "2:invoice.zip", "7:" */
	uint64_t number;     /* of the member in its container, from 1 */
	struct span bytes;   /* all of them, or as far as they could be had: see the gaps */
	const struct unpack_gap *gap;
	size_t n_gaps;
};

/* Who wants to know. */
struct unpack_host {
	/* Examines a member, and may call unpack_object() for it.  `depth` is the member's: 1 for
	 * what lies in the file itself. */
	void (*child)(void *ctx, unsigned depth, const struct unpack_child *c);
	/* Whether a member is wanted, asked before any of it is unpacked; NULL: all are.  One that
	 * is not gets no bytes, and child() does not see it. */
	bool (*wanted)(void *ctx, unsigned depth, const struct unpack_member *m);
	void *ctx;
};

struct unpack_options {
	struct budget_limits limits;
	const struct span *password; /* to be tried on what is encrypted */
	size_t n_passwords;
	uint64_t off[UNPACK_OFF_WORDS]; /* readers that are not asked: unpack_switch_off() */
};

/* An object that is being taken apart, as its reader sees it. */
struct unpack {
	struct arena arena;   /* the reader's; empty when it begins, UNPACK_MEMORY bytes at most */
	struct arena scratch; /* the same for one member: emptied when one is begun */
	struct span object;   /* the same that the reader is given */
	const struct unpack_options *options;
	bool numbered; /* set by a reader: members are told apart by number, not by name */
	bool has_run;  /* a packed program, in an object of this or before (packed_read.c) */
	/* the rest belongs to unpack.c */
	struct unpack_stack *stack;
	unsigned depth; /* of the object: 0 for the file itself */
	uint64_t n_members;
	bool open;     /* a member is begun */
	bool cut;      /* and the budget has said that it is enough of it, or it is not wanted */
	bool left_out; /* not wanted */
	bool noted;    /* that the tree's budget is spent */
	struct unpack_member member;
	struct buf bytes; /* of the member */
	uint64_t held;    /* of them, in the budget */
	struct buf segment;
	struct arena notes; /* texts of the gaps that follow */
	struct unpack_gap own[UNPACK_MAX_GAPS + 1], its[UNPACK_MAX_GAPS + 1];
	size_t n_own, n_its;
	struct arena names;
	uint64_t *met; /* names, as hashes */
	size_t met_size;
};

/* ---- for readers */

/* Begins a member.  False: the budget of the whole tree is spent, a gap says so, and the reader
 * has nothing more to do.  What *m points to must last until unpack_end(). */
NODISCARD bool unpack_begin(struct unpack *u, const struct unpack_member *m);

/* Adds bytes to the member.  False: no more of it is wanted (a limit, which has been noted). */
NODISCARD bool unpack_write(struct unpack *u, struct span bytes);

/* Adds n bytes of zero, which stand in the container as a number alone. */
NODISCARD bool unpack_zeros(struct unpack *u, uint64_t n);

/* Bytes in two steps, for decoders that write to memory: room for up to n bytes behind what is
 * there, NULL where the budget has none; then how many of them were filled. */
NODISCARD uint8_t *unpack_room(struct unpack *u, size_t n);
void unpack_filled(struct unpack *u, size_t n);

/* Bytes that the member may still have; 0 where none is begun. */
uint64_t unpack_left(const struct unpack *u);

/* Bytes of the member so far. */
struct span unpack_so_far(const struct unpack *u);

/* The member is whole, or as far as it could be had: it is examined now. */
void unpack_end(struct unpack *u);

/* A member whose bytes lie in the object as they are, or in the arena: begun, filled without a
 * copy, and ended.  False as unpack_begin(). */
NODISCARD bool unpack_whole(struct unpack *u, const struct unpack_member *m, struct span bytes);

/* Something was not looked into: of the member that is begun, else of the object.  `at` in bytes
 * from the object's start, or PLACE_NONE.  The text follows the reason's word: "zip method 97"
 * makes "unsupported:zip method 97", "depth: 17 levels" makes "limit:depth: 17 levels", others
 * "damaged: no end of the central directory". */
void unpack_gap(struct unpack *u, enum reason why, uint64_t at, const char *format, ...)
	PRINTF(4, 5);

/* Takes n steps, each about a nanosecond of work that yields no bytes, from the budget: what loops
 * over input calls it.  False: spent, and noted. */
NODISCARD bool unpack_steps(struct unpack *u, uint64_t n);

/* ---- the table of readers */

/* What a reader is asked about. */
struct unpack_look {
	struct span bytes;
	enum type_class class; /* of the bytes */
	struct span name;      /* of the member, as its container has it; empty for a file */
	struct span type;      /* what its container says that it is; empty for a file */
	bool layer;            /* of a packed program, as the member */
	const char *as;        /* the reader of that name alone is run, whatever it knows; NULL */
};

struct unpack_reader {
	const char *name; /* of the format, as it stands in docs/coverage.md */
	/* Does it know these bytes?  Must be quick: it is asked about every object. */
	bool (*probe)(const struct unpack_look *look);
	/* Takes them apart.  False: it could not go on, which becomes a gap of the object. */
	bool (*run)(struct span object, struct unpack *u, struct error *e);
};

/* readers.c; ended by a row without a name.  Every row that knows an object is run. */
extern const struct unpack_reader unpack_readers[];

/* ---- for the engine */

struct unpack_stack; /* working memory for a tree: one struct unpack for each level */

/* Heap.  NULL: no memory.  What the options point to must outlive it. */
NODISCARD struct unpack_stack *unpack_stack_new(const struct unpack_options *o,
						const struct unpack_host *host);
void unpack_stack_free(struct unpack_stack *s); /* NULL is nothing */

/* A new file of `size` bytes: the budget is fresh. */
void unpack_begin_tree(struct unpack_stack *s, uint64_t size);
const struct budget *unpack_budget(const struct unpack_stack *s);

/* The name of the first reader that knows it; NULL: none does. */
const char *unpack_format(const struct unpack_options *o, const struct unpack_look *look);

/* The reader of that name in the table is not asked any more.  Another name is nothing. */
void unpack_switch_off(struct unpack_options *o, struct span name);

/* Takes an object of this depth (0: the file) apart.  Its own gaps are in *gap, `n_gaps` of them,
 * until the next call for this depth. */
void unpack_object(struct unpack_stack *s, unsigned depth, const struct unpack_look *look,
		   const struct unpack_gap **gap, size_t *n_gaps);

#endif
