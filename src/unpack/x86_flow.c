/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* Jumps, calls, and what goes to the stack and comes from it. */

enum {
	POPPED = X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF | X86_TF | X86_DF | X86_OF | X86_AC |
		 X86_ID, /* flags that POPF may change */
};

static void go(struct x86 *x, const struct x86_op *o, uint32_t to)
{
	x->next = o->size == 2 ? to & 0xffff : to;
}

static void put_stack(struct x86 *x, unsigned size, uint32_t v)
{
	uint32_t to = x->reg[X86_ESP] - size;

	x86_store(x, to, size, v);
	x86_reg_put(x, X86_ESP, 4, to);
}

static uint32_t take_stack(struct x86 *x, unsigned size)
{
	uint32_t from = x->reg[X86_ESP], v = x86_load(x, from, size);

	x86_reg_put(x, X86_ESP, 4, from + size);
	return v;
}

/* ---- jumps */

bool x86_condition(const struct x86 *x, unsigned cc)
{
	enum { LESS = 1 << 3 }; /* a bit that no flag has: SF differs from OF */
	static const uint32_t any_of[8] = {
		X86_OF, X86_CF, X86_ZF, X86_CF | X86_ZF, X86_SF, X86_PF, LESS, LESS | X86_ZF,
	};
	uint32_t f = (x->flags & ~(uint32_t)LESS) | ((x->flags >> 4 ^ x->flags >> 8) & LESS);

	return ((f & any_of[cc >> 1 & 7]) != 0) != ((cc & 1) != 0);
}

static inline void jump(struct x86 *x, const struct x86_op *o, bool taken)
{
	if (taken)
		go(x, o, x->next + o->immediate);
}

void x86_flow_jcc(struct x86 *x, const struct x86_op *o)
{
	jump(x, o, x86_condition(x, o->opcode));
}

/* LOOPNE LOOPE LOOP JECXZ: E0 to E3. */
void x86_flow_loop(struct x86 *x, const struct x86_op *o)
{
	unsigned size = o->narrow ? 2 : 4;
	uint32_t count = x86_reg_get(x, X86_ECX, size);
	bool zero = (x->flags & X86_ZF) != 0;

	if (o->opcode == 0xe3) {
		jump(x, o, count == 0);
		return;
	}
	count = (count - 1) & x86_mask(size);
	x86_reg_put(x, X86_ECX, size, count);
	jump(x, o, count != 0 && (o->opcode == 0xe2 || zero == (o->opcode == 0xe1)));
}

void x86_flow_jmp(struct x86 *x, const struct x86_op *o) { jump(x, o, true); }

void x86_flow_call(struct x86 *x, const struct x86_op *o)
{
	put_stack(x, o->size, x->next);
	jump(x, o, true);
}

/* C2 drops so many bytes more. */
void x86_flow_ret(struct x86 *x, const struct x86_op *o)
{
	go(x, o, take_stack(x, o->size));
	x86_reg_put(x, X86_ESP, 4, x->reg[X86_ESP] + o->immediate); /* 0 where there is none */
}

void x86_flow_int(struct x86 *x, const struct x86_op *o)
{
	if (o->opcode == 0xcc)
		x86_fail(x, X86_FAULT_BREAK, 0);
	else if (o->opcode == 0xcd)
		x86_fail(x, X86_FAULT_INTERRUPT, o->immediate & 0xff);
	else if ((x->flags & X86_OF) != 0) /* INTO */
		x86_fail(x, X86_FAULT_BOUND, 0);
}

/* FE and FF: INC DEC, and for FF CALL, JMP and PUSH. */
void x86_flow_group5(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	if (o->reg == 3 || o->reg == 5 || o->reg == 7 || (size == 1 && o->reg > 1)) {
		x86_fail(x, X86_FAULT_UNSUPPORTED, x->eip); /* far, or none */
		return;
	}
	uint32_t v = x86_rm_get(x, o, size);
	switch (o->reg) {
	case 0:
		x86_rm_put(x, o, size, x86_alu_inc(x, size, v));
		break;
	case 1:
		x86_rm_put(x, o, size, x86_alu_dec(x, size, v));
		break;
	case 2:
		put_stack(x, size, x->next);
		go(x, o, v);
		break;
	case 4:
		go(x, o, v);
		break;
	default:
		put_stack(x, size, v);
		break;
	}
}

/* ---- the stack */

void x86_flow_push(struct x86 *x, const struct x86_op *o)
{
	put_stack(x, o->size, x->reg[o->opcode & 7]);
}

void x86_flow_pop(struct x86 *x, const struct x86_op *o)
{
	uint32_t v = take_stack(x, o->size);

	x86_reg_put(x, o->opcode & 7, o->size, v);
}

void x86_flow_push_immediate(struct x86 *x, const struct x86_op *o)
{
	put_stack(x, o->size, o->immediate);
}

/* 06 0E 16 1E and one more: ES CS SS DS; behind 0F A0 and A1: FS, A8 and A9: GS. */
static unsigned segment_of(const struct x86_op *o)
{
	if (o->opcode >= 0xa0)
		return o->opcode < 0xa8 ? 4 : 5;
	return o->opcode >> 3 & 3;
}

void x86_flow_push_segment(struct x86 *x, const struct x86_op *o)
{
	put_stack(x, o->size, x->selector[segment_of(o)]);
}

void x86_flow_pop_segment(struct x86 *x, const struct x86_op *o)
{
	x86_selector_put(x, segment_of(o), take_stack(x, o->size));
}

/* The address is reckoned with what the stack pointer is behind it. */
void x86_flow_pop_rm(struct x86 *x, const struct x86_op *o)
{
	uint32_t v = take_stack(x, o->size);

	if (o->reg != 0)
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
	x86_rm_put(x, o, o->size, v);
}

void x86_flow_pusha(struct x86 *x, const struct x86_op *o)
{
	uint32_t esp = x->reg[X86_ESP];

	for (unsigned r = X86_EAX; r <= X86_EDI; r++)
		put_stack(x, o->size, r == X86_ESP ? esp : x->reg[r]);
}

void x86_flow_popa(struct x86 *x, const struct x86_op *o)
{
	for (unsigned r = X86_EDI + 1; r-- > X86_EAX;) {
		uint32_t v = take_stack(x, o->size);
		if (r != X86_ESP)
			x86_reg_put(x, r, o->size, v);
	}
}

void x86_flow_pushf(struct x86 *x, const struct x86_op *o) { put_stack(x, o->size, x->flags); }

void x86_flow_popf(struct x86 *x, const struct x86_op *o)
{
	uint32_t may = o->size == 2 ? POPPED & 0xffff : POPPED;

	x->flags = (x->flags & ~may) | (take_stack(x, o->size) & may);
}

void x86_flow_enter(struct x86 *x, const struct x86_op *o)
{
	uint32_t room = o->immediate & 0xffff, level = o->immediate >> 16;

	if ((level & 31) != 0 || o->size == 2) { /* manual and processors differ on 16 bits */
		x86_fail(x, X86_FAULT_UNSUPPORTED, x->eip);
		return;
	}
	put_stack(x, 4, x->reg[X86_EBP]);
	x->reg[X86_EBP] = x->reg[X86_ESP];
	x->reg[X86_ESP] -= room;
}

void x86_flow_leave(struct x86 *x, const struct x86_op *o)
{
	x->reg[X86_ESP] = x->reg[X86_EBP];
	x86_reg_put(x, X86_EBP, o->size, take_stack(x, o->size));
}
