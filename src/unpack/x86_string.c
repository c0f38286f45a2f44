/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/*
 * MOVS, CMPS, STOS, LODS and SCAS.  With a prefix each turn is finished before the next
 * begins, so that a fault leaves the registers where the last whole one left them.
 */

enum { SOURCE = 1, TARGET = 2, COMPARES = 4 };

/* Which of both addresses a turn moves. */
static unsigned uses(uint8_t opcode)
{
	switch (opcode & 0xfe) {
	case 0xa4:
		return SOURCE | TARGET;
	case 0xa6:
		return SOURCE | TARGET | COMPARES;
	case 0xaa:
		return TARGET;
	case 0xac:
		return SOURCE;
	default:
		return TARGET | COMPARES; /* AE: SCAS */
	}
}

static void one_turn(struct x86 *x, const struct x86_op *o, unsigned use)
{
	unsigned size = x86_size(o), wide = o->narrow ? 2 : 4;
	uint32_t from = x86_reg_get(x, X86_ESI, wide), to = x86_reg_get(x, X86_EDI, wide);
	uint32_t step = (x->flags & X86_DF) != 0 ? -size : size;
	uint32_t v = (use & SOURCE) != 0 ? x86_load(x, o->segment + from, size)
					 : x86_reg_get(x, X86_EAX, size);
	uint32_t against = (use & COMPARES) != 0 ? x86_load(x, to, size) : 0;

	if (use == TARGET || use == (SOURCE | TARGET))
		x86_store(x, to, size, v);
	if (x->fault != X86_FAULT_NONE)
		return;
	if ((use & COMPARES) != 0)
		x86_alu(x, X86_CMP, size, v, against);
	if (use == SOURCE)
		x86_reg_put(x, X86_EAX, size, v);
	if ((use & SOURCE) != 0)
		x86_reg_put(x, X86_ESI, wide, from + step);
	if ((use & TARGET) != 0)
		x86_reg_put(x, X86_EDI, wide, to + step);
}

void x86_string_do(struct x86 *x, const struct x86_op *o)
{
	unsigned use = uses(o->opcode), wide = o->narrow ? 2 : 4;
	uint32_t left = x86_reg_get(x, X86_ECX, wide);

	if (o->repeat == 0) {
		one_turn(x, o, use);
		return;
	}
	while (left != 0 && x->fuel != 0) {
		one_turn(x, o, use);
		if (x->fault != X86_FAULT_NONE)
			return;
		x->fuel--;
		x86_reg_put(x, X86_ECX, wide, --left);
		if ((use & COMPARES) != 0 && ((x->flags & X86_ZF) != 0) != (o->repeat == 0xf3))
			return;
	}
	if (left != 0) /* no fuel: it goes on where it is */
		x->next = x->eip;
}
