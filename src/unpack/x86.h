/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_X86_H
#define PEL_UNPACK_X86_H

/*
 * A processor, as far as programs that unpack programs need one: the integer instructions of a
 * Pentium Pro in 32-bit mode with a flat memory, interpreted one by one.
 *
 * It makes no machine code, so it runs where no mapping may be executable.  It reaches nothing but
 * the memory that its owner maps, and ends when its fuel is spent.  The owner says which part of
 * memory is `home`; as soon as the program leaves it, x86_run() returns, and so the owner sees
 * calls of the system and jumps into code that was unpacked.
 * Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */

#include "base/cursor.h"
#include "unpack/x86_decode.h"
#include "unpack/x86_memory.h"

enum x86_reg { X86_EAX, X86_ECX, X86_EDX, X86_EBX, X86_ESP, X86_EBP, X86_ESI, X86_EDI };

enum x86_flag {
	X86_CF = 1 << 0,
	X86_ONE = 1 << 1, /* always set */
	X86_PF = 1 << 2,
	X86_AF = 1 << 4,
	X86_ZF = 1 << 6,
	X86_SF = 1 << 7,
	X86_TF = 1 << 8,
	X86_IF = 1 << 9,
	X86_DF = 1 << 10,
	X86_OF = 1 << 11,
	X86_AC = 1 << 18,
	X86_ID = 1 << 21,
};

enum x86_fault {
	X86_FAULT_NONE,
	X86_FAULT_READ,        /* fault_at: the address that is not mapped */
	X86_FAULT_WRITE,       /* the same, or it may not be written to */
	X86_FAULT_EXECUTE,     /* the same, of the instruction itself */
	X86_FAULT_DIVIDE,      /* by zero, or the quotient is too large */
	X86_FAULT_BREAK,       /* INT3 */
	X86_FAULT_STEP,        /* after an instruction that ran with TF set */
	X86_FAULT_BOUND,       /* BOUND, INTO */
	X86_FAULT_UNDEFINED,   /* no instruction */
	X86_FAULT_PRIVILEGED,  /* one that no program may use */
	X86_FAULT_INTERRUPT,   /* INT n; fault_at: n */
	X86_FAULT_UNSUPPORTED, /* one that is not known here: floating point, MMX, far jumps, ... */
};

enum x86_end {
	X86_LEFT,  /* eip is outside of home */
	X86_SPENT, /* the fuel is */
	X86_FAULT, /* eip is that of the instruction at fault, registers as they were before it */
};

struct x86 {
	uint32_t reg[8 + 1]; /* the last stays 0: X86_NONE */
	uint32_t eip, flags;
	uint32_t fs; /* base of that segment; the others begin at 0 */
	struct x86_memory memory;
	uint32_t home, home_size; /* bytes */
	uint64_t fuel;            /* instructions yet; each turn of a repeated one counts */
	uint64_t given;           /* fuel in all so far, for the clock that programs may read */
	enum x86_fault fault;
	uint32_t fault_at;
	uint32_t length;      /* of the instruction that ran last, bytes */
	uint32_t selector[6]; /* es cs ss ds fs gs: kept, without meaning */
	/* of the instruction at hand */
	uint32_t next;      /* where eip goes behind it */
	uint32_t before[8]; /* registers, where it is guarded */
	struct x86_decoded decoded;
};

/* Registers zero, nothing mapped, no fuel. */
void x86_init(struct x86 *x);

/* Goes on at eip until something ends it; a fault of before is forgotten. */
enum x86_end x86_run(struct x86 *x);

/* 1, 2 or 4 bytes of memory.  Not there: 0 (or nothing happens), and a fault, which the owner asks
 * for after a series of them. */
uint32_t x86_load(struct x86 *x, uint32_t at, unsigned size);
void x86_store(struct x86 *x, uint32_t at, unsigned size, uint32_t value);

/* 4 bytes on the stack. */
void x86_push(struct x86 *x, uint32_t value);
uint32_t x86_pop(struct x86 *x);

#endif
