/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_X86_DECODE_H
#define PEL_UNPACK_X86_DECODE_H

/*
 * Instructions as they are kept once they were read: a loop's are read from memory once, not at
 * each turn.  The mark of a grain of memory says that some stand there (x86_memory.h); whoever
 * writes to such a grain drops them, so code that changes itself runs as it stands.
 */

#include <stdbool.h>
#include <stdint.h>

struct x86;
struct x86_op;

/* One instruction, or a family of them. */
typedef void x86_do(struct x86 *x, const struct x86_op *o);

enum {
	X86_KEPT = 1024, /* instructions, each in the place that its address has */
	X86_NONE = 8,    /* the register that is none, and always 0 */
};

struct x86_op {
	x86_do *run;
	struct x86_op *then; /* the place of the instruction that came behind it last, ... */
	uint32_t then_at;    /* and where that stands */
	uint32_t eip, epoch; /* where it stands; the x86_decoded's when it was read, 0: dropped */
	uint32_t after;      /* where it ends */
	uint32_t segment;    /* base of the segment that operands lie in */
	uint32_t immediate;  /* with its sign in all bits */
	uint8_t length;      /* bytes */
	uint8_t opcode;      /* behind 0F for those of two bytes */
	uint8_t size;        /* of operands that are not bytes: 2 or 4 */
	uint8_t repeat;      /* 0, or the prefix F2 or F3 */
	bool narrow;         /* addresses have 16 bits */
	bool precise;        /* what it changed before a fault stays */
	bool guarded;        /* it may change registers before it faults */
	bool jumps;          /* always, to then_at, and does nothing else */
	/* the ModRM byte and what follows it, where there is one */
	uint8_t reg, rm; /* 0 to 7 */
	bool memory;     /* rm is not a register but base + (index << scale) + displacement */
	uint8_t base, index, scale; /* registers, or X86_NONE */
	uint32_t displacement;
};

struct x86_decoded {
	struct x86_op op[X86_KEPT];
	uint32_t epoch; /* what was read in another is not valid */
};

/* Drops all: memory may have been written to by others. */
void x86_decode_drop_all(struct x86 *x);

/* Drops those that have bytes in the grain of memory that holds `at`. */
void x86_decode_drop(struct x86 *x, uint32_t at);

/* Reads the instruction at eip and keeps it.  NULL: none that is known, or not all of it is there;
 * the fault says so. */
struct x86_op *x86_decode_read(struct x86 *x);

#endif
