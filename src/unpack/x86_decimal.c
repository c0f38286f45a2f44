/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* Arithmetic of decimal digits, which packers use to look odd. */

static void result(struct x86 *x, uint32_t al, bool carry, bool adjust)
{
	x86_reg_put(x, X86_EAX, 1, al);
	x86_alu_test(x, 1, al, al); /* sign, zero, parity */
	x86_flag_put(x, X86_CF, carry);
	x86_flag_put(x, X86_AF, adjust);
}

/* Adds or subtracts: `by` is 1 or -1. */
static void after_packed(struct x86 *x, uint32_t by)
{
	uint32_t old = x86_reg_get(x, X86_EAX, 1), al = old;
	bool carry = (x->flags & X86_CF) != 0, high = old > 0x99 || carry;
	bool low = (old & 15) > 9 || (x->flags & X86_AF) != 0, out = high;

	if (low) {
		al += 6 * by;
		if (by != 1 && old < 6)
			out = true; /* DAS borrows */
	}
	if (high)
		al += 0x60 * by;
	result(x, al & 0xff, out, low);
}

/* AAA and AAS. */
static void after_digit(struct x86 *x, uint32_t by)
{
	uint32_t ax = x86_reg_get(x, X86_EAX, 2);
	bool more = (ax & 15) > 9 || (x->flags & X86_AF) != 0;

	if (more)
		ax += 0x106 * by;
	x86_reg_put(x, X86_EAX, 2, ax & 0xff0f);
	x86_flag_put(x, X86_CF, more);
	x86_flag_put(x, X86_AF, more);
}

void x86_decimal_do(struct x86 *x, const struct x86_op *o)
{
	uint32_t al = x86_reg_get(x, X86_EAX, 1), base;

	switch (o->opcode) {
	case 0x27:
		after_packed(x, 1);
		break;
	case 0x2f:
		after_packed(x, UINT32_MAX);
		break;
	case 0x37:
		after_digit(x, 1);
		break;
	case 0x3f:
		after_digit(x, UINT32_MAX);
		break;
	case 0xd4: /* AAM */
		base = o->immediate & 0xff;
		if (base == 0) {
			x86_fail(x, X86_FAULT_DIVIDE, 0);
			break;
		}
		x86_reg_put(x, X86_EAX + 4, 1, al / base);
		result(x, al % base, false, false);
		break;
	default: /* AAD */
		base = o->immediate & 0xff;
		al = (al + x86_reg_get(x, X86_EAX + 4, 1) * base) & 0xff;
		x86_reg_put(x, X86_EAX, 2, al);
		result(x, al, false, false);
		break;
	}
}
