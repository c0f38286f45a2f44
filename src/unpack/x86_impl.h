/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_X86_IMPL_H
#define PEL_UNPACK_X86_IMPL_H

/* What the files of the interpreter share: the instruction at hand, and its operands. */

#include "unpack/x86.h"

/* What follows an opcode, and how it may fail. */
enum x86_form {
	X86_MODRM = 1 << 0,  /* a ModRM byte, and before all else */
	X86_IMM_8 = 1 << 1,  /* an immediate operand of one byte */
	X86_IMM_16 = 1 << 2, /* two; with the one above, which then is in bits 16 to 23: three */
	X86_IMM_BY_SIZE = 1 << 3,   /* as many as operands have */
	X86_IMM_BY_OPCODE = 1 << 4, /* the same, one where the lowest bit of the opcode is clear */
	X86_IMM_OF_TEST = 1 << 5,   /* the same for the first two of a group */
	X86_IMM_ADDRESS = 1 << 6,   /* as many as an address has */
	X86_GUARDED = 1 << 7,       /* it may change registers before it faults */
	X86_PRECISE = 1 << 8,       /* what it changed before a fault stays */
};

struct x86_row {
	x86_do *run;
	unsigned form;
};

/* The tables by opcode; no handler: not known. */
extern const struct x86_row x86_one_table[256];
extern const struct x86_row x86_two_table[256]; /* behind 0F */

/* Where an instruction is kept. */
static inline struct x86_op *x86_decode_place(struct x86 *x, uint32_t eip)
{
	return &x->decoded.op[eip % X86_KEPT];
}

/* The first fault of an instruction counts. */
static inline void x86_fail(struct x86 *x, enum x86_fault why, uint32_t at)
{
	if (x->fault != X86_FAULT_NONE)
		return;
	x->fault = why;
	x->fault_at = at;
}

/* ---- sizes: 1, 2, 4 bytes */

static inline uint32_t x86_mask(unsigned size) { return UINT32_MAX >> (32 - 8 * size); }
static inline uint32_t x86_sign(unsigned size) { return 1u << (8 * size - 1); }

/* The value of so many bytes, with its sign in all bits. */
static inline uint32_t x86_wide(uint32_t v, unsigned size)
{
	uint32_t sign = x86_sign(size);

	return ((v & x86_mask(size)) ^ sign) - sign;
}

/* 1 for opcodes whose lowest bit is clear, which have bytes as operands. */
static inline unsigned x86_size(const struct x86_op *o)
{
	return (o->opcode & 1) != 0 ? o->size : 1;
}

/* ---- registers */

static inline uint32_t x86_reg_get(const struct x86 *x, unsigned r, unsigned size)
{
	if (size == 1)
		return x->reg[r & 3] >> (r & 4) * 2 & 0xff;
	return x->reg[r] & x86_mask(size);
}

/* Nothing happens where the instruction has faulted. */
static inline void x86_reg_put(struct x86 *x, unsigned r, unsigned size, uint32_t v)
{
	if (UNLIKELY(x->fault != X86_FAULT_NONE))
		return;
	unsigned shift = size == 1 ? (r & 4) * 2 : 0;
	uint32_t mask = x86_mask(size) << shift;
	uint32_t *to = &x->reg[size == 1 ? r & 3 : r];

	*to = (*to & ~mask) | (v << shift & mask);
}

static inline void x86_selector_put(struct x86 *x, unsigned r, uint32_t v)
{
	if (x->fault == X86_FAULT_NONE)
		x->selector[r] = v & 0xffff;
}

/* ---- flags */

static inline void x86_flag_put(struct x86 *x, uint32_t flag, bool on)
{
	x->flags = on ? x->flags | flag : x->flags & ~flag;
}

/* Does the condition of Jcc, SETcc, CMOVcc hold?  The low four bits of their opcodes. */
bool x86_condition(const struct x86 *x, unsigned cc);

/* ---- operands */

/* The address of the operand in memory, without the base of its segment. */
static inline uint32_t x86_address(const struct x86 *x, const struct x86_op *o)
{
	uint32_t at = x->reg[o->base] + (x->reg[o->index] << o->scale) + o->displacement;

	return UNLIKELY(o->narrow) ? at & 0xffff : at;
}

/* The operand that is a register or in memory. */
static inline uint32_t x86_rm_get(struct x86 *x, const struct x86_op *o, unsigned size)
{
	return o->memory ? x86_load(x, o->segment + x86_address(x, o), size)
			 : x86_reg_get(x, o->rm, size);
}

static inline void x86_rm_put(struct x86 *x, const struct x86_op *o, unsigned size, uint32_t v)
{
	if (o->memory)
		x86_store(x, o->segment + x86_address(x, o), size, v);
	else
		x86_reg_put(x, o->rm, size, v);
}

/* ---- x86_alu.c: results, and the flags */

enum x86_alu { X86_ADD, X86_OR, X86_ADC, X86_SBB, X86_AND, X86_SUB, X86_XOR, X86_CMP };

uint32_t x86_alu(struct x86 *x, enum x86_alu what, unsigned size, uint32_t a, uint32_t b);
uint32_t x86_alu_inc(struct x86 *x, unsigned size, uint32_t a);
uint32_t x86_alu_dec(struct x86 *x, unsigned size, uint32_t a);
uint32_t x86_alu_neg(struct x86 *x, unsigned size, uint32_t a);
void x86_alu_test(struct x86 *x, unsigned size, uint32_t a, uint32_t b);

enum x86_shift { X86_ROL, X86_ROR, X86_RCL, X86_RCR, X86_SHL, X86_SHR, X86_SAL, X86_SAR };

uint32_t x86_alu_shift(struct x86 *x, enum x86_shift what, unsigned size, uint32_t a, unsigned n);

/* SHLD (left) and SHRD: a, filled up with bits of b. */
uint32_t x86_alu_double(struct x86 *x, bool left, unsigned size, uint32_t a, uint32_t b,
			unsigned n);

/* IMUL of two operands that are cut to their size. */
uint32_t x86_alu_imul(struct x86 *x, unsigned size, uint32_t a, uint32_t b);

/* MUL, IMUL, DIV and IDIV, which work on AL, AX, EAX and AH, DX, EDX. */
void x86_alu_mul(struct x86 *x, bool with_sign, unsigned size, uint32_t b);
void x86_alu_div(struct x86 *x, bool with_sign, unsigned size, uint32_t b);

/* ---- handlers in files of their own */

x86_do x86_string_do;  /* MOVS CMPS STOS LODS SCAS, repeated or not */
x86_do x86_decimal_do; /* decimal digits: 27 2F 37 3F D4 D5 */

/* ---- x86_flow.c: jumps, calls, the stack */

x86_do x86_flow_jcc, x86_flow_loop, x86_flow_jmp, x86_flow_call, x86_flow_ret, x86_flow_push,
	x86_flow_pop, x86_flow_push_immediate, x86_flow_push_segment, x86_flow_pop_segment,
	x86_flow_pop_rm, x86_flow_pusha, x86_flow_popa, x86_flow_pushf, x86_flow_popf,
	x86_flow_enter, x86_flow_leave, x86_flow_int, x86_flow_group5;

#endif
