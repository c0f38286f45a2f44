/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* The instructions behind 0F (SDM volume 2, table A-3), and that table. */

/* UD2 */
static void undefined(struct x86 *x, const struct x86_op *o)
{
	(void)o;
	x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
}

/* NOP with an operand */
static void nop(struct x86 *x, const struct x86_op *o)
{
	(void)x;
	(void)o;
}

/* A clock that goes on with the fuel: the same for each run. */
static void rdtsc(struct x86 *x, const struct x86_op *o)
{
	uint64_t t = x->given - x->fuel;

	(void)o;
	x->reg[X86_EAX] = (uint32_t)t;
	x->reg[X86_EDX] = (uint32_t)(t >> 32);
}

/* A Pentium Pro. */
static void cpuid(struct x86 *x, const struct x86_op *o)
{
	uint32_t leaf = x->reg[X86_EAX];

	(void)o;
	x->reg[X86_EAX] = leaf == 1 ? 0x619 : 1;
	x->reg[X86_EBX] = leaf == 0 ? 0x756e6547 : 0; /* "Genu" */
	x->reg[X86_EDX] = leaf == 0 ? 0x49656e69 : 0x8111;
	x->reg[X86_ECX] = leaf == 0 ? 0x6c65746e : 0;
}

static void cmov(struct x86 *x, const struct x86_op *o)
{
	uint32_t v = x86_rm_get(x, o, o->size); /* which is read in any case */
	if (x86_condition(x, o->opcode))
		x86_reg_put(x, o->reg, o->size, v);
}

static void setcc(struct x86 *x, const struct x86_op *o)
{
	x86_rm_put(x, o, 1, x86_condition(x, o->opcode) ? 1 : 0);
}

/* MOVZX: B6 B7; MOVSX: BE BF */
static void move_wider(struct x86 *x, const struct x86_op *o)
{
	unsigned from = (o->opcode & 1) != 0 ? 2 : 1;

	uint32_t v = x86_rm_get(x, o, from);
	x86_reg_put(x, o->reg, o->size, o->opcode >= 0xbe ? x86_wide(v, from) : v);
}

static void imul(struct x86 *x, const struct x86_op *o)
{
	uint32_t a = x86_reg_get(x, o->reg, o->size), b = x86_rm_get(x, o, o->size);
	x86_reg_put(x, o->reg, o->size, x86_alu_imul(x, o->size, a, b));
}

/* SHLD: A4 A5; SHRD: AC AD */
static void shift_double(struct x86 *x, const struct x86_op *o)
{
	uint32_t n = (o->opcode & 1) != 0 ? x86_reg_get(x, X86_ECX, 1) : o->immediate;
	uint32_t a = x86_rm_get(x, o, o->size), b = x86_reg_get(x, o->reg, o->size);
	x86_rm_put(x, o, o->size, x86_alu_double(x, o->opcode < 0xa8, o->size, a, b, n));
}

/* BT BTS BTR BTC: `which` 0 to 3, of bit n of the register or of what is at `at`. */
static void bit(struct x86 *x, const struct x86_op *o, unsigned which, uint32_t at, uint32_t n)
{
	at += o->segment;
	uint32_t v = o->memory ? x86_load(x, at, o->size) : x86_reg_get(x, o->rm, o->size);
	uint32_t mask = 1u << (n & (8u * o->size - 1));

	x86_flag_put(x, X86_CF, (v & mask) != 0);
	if (which == 1)
		v |= mask;
	else if (which == 2)
		v &= ~mask;
	else if (which == 3)
		v ^= mask;
	if (which != 0 && o->memory)
		x86_store(x, at, o->size, v);
	else if (which != 0)
		x86_reg_put(x, o->rm, o->size, v);
}

/* The bit's number is a register's, and may lie far from an operand in memory. */
static void bit_of_register(struct x86 *x, const struct x86_op *o)
{
	uint32_t n = x86_wide(x86_reg_get(x, o->reg, o->size), o->size);
	uint32_t at = x86_address(x, o);
	at += (uint32_t)((int32_t)n >> (o->size == 2 ? 4 : 5)) * o->size;
	bit(x, o, o->opcode >> 3 & 3, o->narrow ? at & 0xffff : at, n);
}

static void bit_of_immediate(struct x86 *x, const struct x86_op *o)
{
	if (o->reg < 4)
		x86_fail(x, X86_FAULT_UNDEFINED, x->eip);
	bit(x, o, o->reg & 3, x86_address(x, o), o->immediate);
}

/* BSF: BC; BSR: BD.  Of zero the target stays. */
static void bit_scan(struct x86 *x, const struct x86_op *o)
{
	uint32_t v = x86_rm_get(x, o, o->size);
	x86_alu_test(x, o->size, v, v);
	if (v != 0)
		x86_reg_put(
			x, o->reg, o->size,
			(uint32_t)(o->opcode == 0xbc ? __builtin_ctz(v) : 31 - __builtin_clz(v)));
}

static void compare_exchange(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	uint32_t v = x86_rm_get(x, o, size), a = x86_reg_get(x, X86_EAX, size);
	x86_alu(x, X86_CMP, size, a, v);
	if (a == v) {
		x86_rm_put(x, o, size, x86_reg_get(x, o->reg, size));
		return;
	}
	x86_rm_put(x, o, size, v); /* it is written to in any case */
	x86_reg_put(x, X86_EAX, size, v);
}

static void exchange_add(struct x86 *x, const struct x86_op *o)
{
	unsigned size = x86_size(o);

	uint32_t a = x86_rm_get(x, o, size), b = x86_reg_get(x, o->reg, size);
	uint32_t sum = x86_alu(x, X86_ADD, size, a, b);
	if (o->memory) {
		x86_rm_put(x, o, size, sum);
		x86_reg_put(x, o->reg, size, a);
	} else {
		x86_reg_put(x, o->reg, size, a);
		x86_rm_put(x, o, size, sum);
	}
}

/* CMPXCHG8B */
static void compare_exchange8(struct x86 *x, const struct x86_op *o)
{
	if (!o->memory || o->reg != 1) {
		x86_fail(x, X86_FAULT_UNSUPPORTED, x->eip);
		return;
	}
	uint32_t at = o->segment + x86_address(x, o), low = x86_load(x, at, 4),
		 high = x86_load(x, at + 4, 4);
	bool same = low == x->reg[X86_EAX] && high == x->reg[X86_EDX];
	x86_flag_put(x, X86_ZF, same);
	x86_store(x, at, 4, same ? x->reg[X86_EBX] : low);
	x86_store(x, at + 4, 4, same ? x->reg[X86_ECX] : high);
	if (!same) {
		x->reg[X86_EAX] = low;
		x->reg[X86_EDX] = high;
	}
}

static void swap_bytes(struct x86 *x, const struct x86_op *o)
{
	uint32_t *r = &x->reg[o->opcode & 7];

	if (o->size == 2) /* undefined; processors give zero */
		x86_reg_put(x, o->opcode & 7, 2, 0);
	else
		*r = __builtin_bswap32(*r);
}

const struct x86_row x86_two_table[256] = {
	[0x0b] = { undefined, 0 },
	[0x1f] = { nop, X86_MODRM },
	[0x31] = { rdtsc, 0 },
	[0x40 ... 0x4f] = { cmov, X86_MODRM },
	[0x80 ... 0x8f] = { x86_flow_jcc, X86_IMM_BY_SIZE },
	[0x90 ... 0x9f] = { setcc, X86_MODRM },
	[0xa0] = { x86_flow_push_segment, 0 },
	[0xa1] = { x86_flow_pop_segment, 0 },
	[0xa2] = { cpuid, 0 },
	[0xa3] = { bit_of_register, X86_MODRM },
	[0xa4] = { shift_double, X86_MODRM | X86_IMM_8 },
	[0xa5] = { shift_double, X86_MODRM },
	[0xa8] = { x86_flow_push_segment, 0 },
	[0xa9] = { x86_flow_pop_segment, 0 },
	[0xab] = { bit_of_register, X86_MODRM },
	[0xac] = { shift_double, X86_MODRM | X86_IMM_8 },
	[0xad] = { shift_double, X86_MODRM },
	[0xaf] = { imul, X86_MODRM },
	[0xb0 ... 0xb1] = { compare_exchange, X86_MODRM },
	[0xb3] = { bit_of_register, X86_MODRM },
	[0xb6 ... 0xb7] = { move_wider, X86_MODRM },
	[0xba] = { bit_of_immediate, X86_MODRM | X86_IMM_8 },
	[0xbb] = { bit_of_register, X86_MODRM },
	[0xbc ... 0xbd] = { bit_scan, X86_MODRM },
	[0xbe ... 0xbf] = { move_wider, X86_MODRM },
	[0xc0 ... 0xc1] = { exchange_add, X86_MODRM },
	[0xc7] = { compare_exchange8, X86_MODRM | X86_GUARDED },
	[0xc8 ... 0xcf] = { swap_bytes, 0 },
};
