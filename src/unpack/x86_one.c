/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* The instructions of one byte's opcode (SDM volume 2, table A-2), and that table. */

/* Those that are run most stand here twice, once for operands of four bytes alone: ..._by(). */

/* ADD OR ADC SBB AND SUB XOR CMP in the six forms that bits 0 to 2 tell. */
static ALWAYS_INLINE void alu_by(struct x86 *x, const struct x86_op *o, unsigned size)
{
	enum x86_alu what = (enum x86_alu)(o->opcode >> 3 & 7);
	unsigned form = o->opcode & 7;

	if (form >= 4) { /* accumulator and immediate */
		uint32_t a = x86_reg_get(x, X86_EAX, size);
		uint32_t r = x86_alu(x, what, size, a, o->immediate);
		if (what != X86_CMP)
			x86_reg_put(x, X86_EAX, size, r);
		return;
	}
	uint32_t rm = x86_rm_get(x, o, size), reg = x86_reg_get(x, o->reg, size);
	bool to_reg = form >= 2;
	uint32_t r = x86_alu(x, what, size, to_reg ? reg : rm, to_reg ? rm : reg);
	if (what != X86_CMP && to_reg)
		x86_reg_put(x, o->reg, size, r);
	else if (what != X86_CMP)
		x86_rm_put(x, o, size, r);
}

static void alu(struct x86 *x, const struct x86_op *o)
{
	x86_size(o) == 4 ? alu_by(x, o, 4) : alu_by(x, o, x86_size(o));
}

/* 80 to 83: the same with an immediate operand. */
static ALWAYS_INLINE void alu_immediate_by(struct x86 *x, const struct x86_op *o, unsigned size)
{
	enum x86_alu what = (enum x86_alu)o->reg;
	uint32_t r = x86_alu(x, what, size, x86_rm_get(x, o, size), o->immediate);
	if (what != X86_CMP)
		x86_rm_put(x, o, size, r);
}

static void alu_immediate(struct x86 *x, const struct x86_op *o)
{
	x86_size(o) == 4 ? alu_immediate_by(x, o, 4) : alu_immediate_by(x, o, x86_size(o));
}

static void inc_dec(struct x86 *x, const struct x86_op *o)
{
	unsigned r = o->opcode & 7;
	uint32_t v = x->reg[r];

	v = o->opcode < 0x48 ? x86_alu_inc(x, o->size, v) : x86_alu_dec(x, o->size, v);
	x86_reg_put(x, r, o->size, v);
}

static void bound(struct x86 *x, const struct x86_op *o)
{
	if (!o->memory) {
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
		return;
	}
	int32_t v = (int32_t)x86_wide(x->reg[o->reg], o->size);
	uint32_t at = o->segment + x86_address(x, o);
	int32_t low = (int32_t)x86_wide(x86_load(x, at, o->size), o->size);
	int32_t high = (int32_t)x86_wide(x86_load(x, at + o->size, o->size), o->size);
	if (v < low || v > high)
		x86_fail(x, X86_FAULT_BOUND, x->eip);
}

static void imul_immediate(struct x86 *x, const struct x86_op *o)
{
	uint32_t a = x86_rm_get(x, o, o->size);
	x86_reg_put(x, o->reg, o->size, x86_alu_imul(x, o->size, a, o->immediate));
}

static void test_rm(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	x86_alu_test(x, size, x86_rm_get(x, o, size), x86_reg_get(x, o->reg, size));
}

static void test_accumulator(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	x86_alu_test(x, size, x86_reg_get(x, X86_EAX, size), o->immediate);
}

static void exchange(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	uint32_t a = x86_rm_get(x, o, size), b = x86_reg_get(x, o->reg, size);
	x86_rm_put(x, o, size, b);
	x86_reg_put(x, o->reg, size, a);
}

/* 90 to 97; the first is NOP. */
static void exchange_accumulator(struct x86 *x, const struct x86_op *o)
{
	unsigned r = o->opcode & 7;
	uint32_t a = x->reg[X86_EAX], b = x->reg[r];

	x86_reg_put(x, X86_EAX, o->size, b);
	x86_reg_put(x, r, o->size, a);
}

/* 88 to 8B */
static ALWAYS_INLINE void move_by(struct x86 *x, const struct x86_op *o, unsigned size)
{
	if ((o->opcode & 2) != 0)
		x86_reg_put(x, o->reg, size, x86_rm_get(x, o, size));
	else
		x86_rm_put(x, o, size, x86_reg_get(x, o->reg, size));
}

static void move(struct x86 *x, const struct x86_op *o)
{
	x86_size(o) == 4 ? move_by(x, o, 4) : move_by(x, o, x86_size(o));
}

/* 8C and 8E: selectors, which mean nothing here. */
static void move_segment(struct x86 *x, const struct x86_op *o)
{
	if (o->reg > 5 || (o->opcode == 0x8e && o->reg == 1))
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
	else if (o->opcode == 0x8e)
		x86_selector_put(x, o->reg, x86_rm_get(x, o, 2));
	else
		x86_rm_put(x, o, o->memory ? 2 : o->size, x->selector[o->reg]);
}

static void lea(struct x86 *x, const struct x86_op *o)
{
	if (!o->memory)
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
	x86_reg_put(x, o->reg, o->size, x86_address(x, o));
}

/* A0 to A3: the accumulator and an address in the instruction. */
static void move_direct(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);
	uint32_t at = o->segment + (o->narrow ? o->immediate & 0xffff : o->immediate);

	if (o->opcode < 0xa2)
		x86_reg_put(x, X86_EAX, size, x86_load(x, at, size));
	else
		x86_store(x, at, size, x86_reg_get(x, X86_EAX, size));
}

/* B0 to BF */
static void move_immediate(struct x86 *x, const struct x86_op *o)
{
	unsigned size = o->opcode < 0xb8 ? 1 : o->size;

	x86_reg_put(x, o->opcode & 7, size, o->immediate);
}

static void move_immediate_rm(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	if (o->reg != 0)
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
	x86_rm_put(x, o, size, o->immediate);
}

/* CBW, CWDE */
static void widen(struct x86 *x, const struct x86_op *o)
{
	x86_reg_put(x, X86_EAX, o->size, x86_wide(x->reg[X86_EAX], o->size / 2u));
}

/* CWD, CDQ */
static void widen_pair(struct x86 *x, const struct x86_op *o)
{
	bool negative = (x->reg[X86_EAX] & x86_sign(o->size)) != 0;

	x86_reg_put(x, X86_EDX, o->size, negative ? UINT32_MAX : 0);
}

static ALWAYS_INLINE void shift_by(struct x86 *x, const struct x86_op *o, unsigned size)
{
	uint32_t n = o->opcode < 0xd0   ? o->immediate
		     : o->opcode < 0xd2 ? 1
					: x86_reg_get(x, X86_ECX, 1);
	uint32_t v = x86_rm_get(x, o, size);
	x86_rm_put(x, o, size, x86_alu_shift(x, (enum x86_shift)o->reg, size, v, n));
}

static void shift(struct x86 *x, const struct x86_op *o)
{
	x86_size(o) == 4 ? shift_by(x, o, 4) : shift_by(x, o, x86_size(o));
}

/* F6 and F7: TEST NOT NEG MUL IMUL DIV IDIV. */
static void group3(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	uint32_t v = x86_rm_get(x, o, size);
	if (x->fault != X86_FAULT_NONE)
		return; /* or a division by what is not there would be one by zero */
	switch (o->reg) {
	case 0:
	case 1:
		x86_alu_test(x, size, v, o->immediate);
		break;
	case 2:
		x86_rm_put(x, o, size, ~v);
		break;
	case 3:
		x86_rm_put(x, o, size, x86_alu_neg(x, size, v));
		break;
	case 4:
	case 5:
		x86_alu_mul(x, o->reg == 5, size, v);
		break;
	default:
		x86_alu_div(x, o->reg == 7, size, v);
		break;
	}
}

/* SAHF, LAHF */
static void flags_ah(struct x86 *x, const struct x86_op *o)
{
	const uint32_t low = X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF;

	if (o->opcode == 0x9e)
		x->flags = (x->flags & ~low) | (x86_reg_get(x, X86_EAX + 4, 1) & low);
	else
		x86_reg_put(x, X86_EAX + 4, 1, (x->flags & low) | X86_ONE);
}

/* CMC CLC STC CLD STD, and SALC, which sets AL by the carry. */
static void flags_set(struct x86 *x, const struct x86_op *o)
{
	switch (o->opcode) {
	case 0xf5:
		x->flags ^= X86_CF;
		break;
	case 0xf8:
		x->flags &= ~(uint32_t)X86_CF;
		break;
	case 0xf9:
		x->flags |= X86_CF;
		break;
	case 0xfc:
		x->flags &= ~(uint32_t)X86_DF;
		break;
	case 0xfd:
		x->flags |= X86_DF;
		break;
	default:
		x86_reg_put(x, X86_EAX, 1, (x->flags & X86_CF) != 0 ? 0xff : 0);
		break;
	}
}

static void translate(struct x86 *x, const struct x86_op *o) /* XLAT */
{
	uint32_t at = x->reg[X86_EBX] + x86_reg_get(x, X86_EAX, 1);

	x86_reg_put(x, X86_EAX, 1, x86_load(x, o->segment + (o->narrow ? at & 0xffff : at), 1));
}

static void nothing(struct x86 *x, const struct x86_op *o) /* FWAIT */
{
	(void)x;
	(void)o;
}

/* HLT CLI STI IN OUT INS OUTS */
static void privileged(struct x86 *x, const struct x86_op *o)
{
	(void)o;
	x86_fail(x, X86_FAULT_PRIVILEGED, x->eip);
}

const struct x86_row x86_one_table[256] = {
	[0x00 ... 0x03] = { alu, X86_MODRM },
	[0x04 ... 0x05] = { alu, X86_IMM_BY_OPCODE },
	[0x06] = { x86_flow_push_segment, 0 },
	[0x07] = { x86_flow_pop_segment, 0 },
	[0x08 ... 0x0b] = { alu, X86_MODRM },
	[0x0c ... 0x0d] = { alu, X86_IMM_BY_OPCODE },
	[0x0e] = { x86_flow_push_segment, 0 },
	[0x10 ... 0x13] = { alu, X86_MODRM },
	[0x14 ... 0x15] = { alu, X86_IMM_BY_OPCODE },
	[0x16] = { x86_flow_push_segment, 0 },
	[0x17] = { x86_flow_pop_segment, 0 },
	[0x18 ... 0x1b] = { alu, X86_MODRM },
	[0x1c ... 0x1d] = { alu, X86_IMM_BY_OPCODE },
	[0x1e] = { x86_flow_push_segment, 0 },
	[0x1f] = { x86_flow_pop_segment, 0 },
	[0x20 ... 0x23] = { alu, X86_MODRM },
	[0x24 ... 0x25] = { alu, X86_IMM_BY_OPCODE },
	[0x27] = { x86_decimal_do, 0 },
	[0x28 ... 0x2b] = { alu, X86_MODRM },
	[0x2c ... 0x2d] = { alu, X86_IMM_BY_OPCODE },
	[0x2f] = { x86_decimal_do, 0 },
	[0x30 ... 0x33] = { alu, X86_MODRM },
	[0x34 ... 0x35] = { alu, X86_IMM_BY_OPCODE },
	[0x37] = { x86_decimal_do, 0 },
	[0x38 ... 0x3b] = { alu, X86_MODRM },
	[0x3c ... 0x3d] = { alu, X86_IMM_BY_OPCODE },
	[0x3f] = { x86_decimal_do, 0 },
	[0x40 ... 0x4f] = { inc_dec, 0 },
	[0x50 ... 0x57] = { x86_flow_push, 0 },
	[0x58 ... 0x5f] = { x86_flow_pop, 0 },
	[0x60] = { x86_flow_pusha, X86_GUARDED },
	[0x61] = { x86_flow_popa, X86_GUARDED },
	[0x62] = { bound, X86_MODRM },
	[0x68] = { x86_flow_push_immediate, X86_IMM_BY_SIZE },
	[0x69] = { imul_immediate, X86_MODRM | X86_IMM_BY_SIZE },
	[0x6a] = { x86_flow_push_immediate, X86_IMM_8 },
	[0x6b] = { imul_immediate, X86_MODRM | X86_IMM_8 },
	[0x6c ... 0x6f] = { privileged, 0 },
	[0x70 ... 0x7f] = { x86_flow_jcc, X86_IMM_8 },
	[0x80] = { alu_immediate, X86_MODRM | X86_IMM_8 },
	[0x81] = { alu_immediate, X86_MODRM | X86_IMM_BY_SIZE },
	[0x82 ... 0x83] = { alu_immediate, X86_MODRM | X86_IMM_8 },
	[0x84 ... 0x85] = { test_rm, X86_MODRM },
	[0x86 ... 0x87] = { exchange, X86_MODRM },
	[0x88 ... 0x8b] = { move, X86_MODRM },
	[0x8c] = { move_segment, X86_MODRM },
	[0x8d] = { lea, X86_MODRM },
	[0x8e] = { move_segment, X86_MODRM },
	[0x8f] = { x86_flow_pop_rm, X86_MODRM | X86_GUARDED },
	[0x90 ... 0x97] = { exchange_accumulator, 0 },
	[0x98] = { widen, 0 },
	[0x99] = { widen_pair, 0 },
	[0x9b] = { nothing, 0 },
	[0x9c] = { x86_flow_pushf, 0 },
	[0x9d] = { x86_flow_popf, 0 },
	[0x9e ... 0x9f] = { flags_ah, 0 },
	[0xa0 ... 0xa3] = { move_direct, X86_IMM_ADDRESS },
	[0xa4 ... 0xa7] = { x86_string_do, X86_PRECISE },
	[0xa8 ... 0xa9] = { test_accumulator, X86_IMM_BY_OPCODE },
	[0xaa ... 0xaf] = { x86_string_do, X86_PRECISE },
	[0xb0 ... 0xb7] = { move_immediate, X86_IMM_8 },
	[0xb8 ... 0xbf] = { move_immediate, X86_IMM_BY_SIZE },
	[0xc0 ... 0xc1] = { shift, X86_MODRM | X86_IMM_8 },
	[0xc2] = { x86_flow_ret, X86_IMM_16 },
	[0xc3] = { x86_flow_ret, 0 },
	[0xc6 ... 0xc7] = { move_immediate_rm, X86_MODRM | X86_IMM_BY_OPCODE },
	[0xc8] = { x86_flow_enter, X86_IMM_16 | X86_IMM_8 | X86_GUARDED },
	[0xc9] = { x86_flow_leave, X86_GUARDED },
	[0xcc] = { x86_flow_int, 0 },
	[0xcd] = { x86_flow_int, X86_IMM_8 },
	[0xce] = { x86_flow_int, 0 },
	[0xd0 ... 0xd3] = { shift, X86_MODRM },
	[0xd4 ... 0xd5] = { x86_decimal_do, X86_IMM_8 },
	[0xd6] = { flags_set, 0 },
	[0xd7] = { translate, 0 },
	[0xe0 ... 0xe3] = { x86_flow_loop, X86_IMM_8 },
	[0xe4 ... 0xe7] = { privileged, 0 },
	[0xe8] = { x86_flow_call, X86_IMM_BY_SIZE },
	[0xe9] = { x86_flow_jmp, X86_IMM_BY_SIZE },
	[0xeb] = { x86_flow_jmp, X86_IMM_8 },
	[0xec ... 0xef] = { privileged, 0 },
	[0xf4] = { privileged, 0 },
	[0xf5] = { flags_set, 0 },
	[0xf6 ... 0xf7] = { group3, X86_MODRM | X86_IMM_OF_TEST },
	[0xf8 ... 0xf9] = { flags_set, 0 },
	[0xfa ... 0xfb] = { privileged, 0 },
	[0xfc ... 0xfd] = { flags_set, 0 },
	[0xfe ... 0xff] = { x86_flow_group5, X86_MODRM },
};
