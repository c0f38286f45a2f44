/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/*
 * Arithmetic, and the flags that it leaves.  Flags that the manual calls undefined are left as
 * simple code leaves them; tests/unpack/test_x86.c lists them.
 */

enum { RESULT = X86_ZF | X86_SF | X86_PF, ALL = RESULT | X86_CF | X86_OF | X86_AF };

/* What follows is made once for each size that it is called with: `size` is a constant there. */

static ALWAYS_INLINE uint32_t result_flags(uint32_t r, unsigned size)
{
	return ((r & x86_mask(size)) == 0 ? X86_ZF : 0u) |
	       ((r & x86_sign(size)) != 0 ? X86_SF : 0u) |
	       (__builtin_parity(r & 0xff) == 0 ? X86_PF : 0u);
}

static ALWAYS_INLINE void put_flags(struct x86 *x, uint32_t which, uint32_t flags)
{
	x->flags = (x->flags & ~which) | (flags & which);
}

static ALWAYS_INLINE uint32_t logic(struct x86 *x, unsigned size, uint32_t r)
{
	put_flags(x, ALL, result_flags(r, size));
	return r;
}

/* `which` flags it leaves; with carry or borrow into the lowest bit. */
static ALWAYS_INLINE uint32_t add(struct x86 *x, uint32_t which, unsigned size, uint32_t a,
				  uint32_t b, uint32_t carry)
{
	uint64_t sum = (uint64_t)a + b + carry;
	uint32_t r = (uint32_t)sum & x86_mask(size);
	uint32_t overflow = ~(a ^ b) & (a ^ r) & x86_sign(size);

	put_flags(x, which,
		  result_flags(r, size) | (sum >> 8 * size != 0 ? X86_CF : 0u) |
			  ((a ^ b ^ r) & X86_AF) | (overflow != 0 ? X86_OF : 0u));
	return r;
}

static ALWAYS_INLINE uint32_t subtract(struct x86 *x, uint32_t which, unsigned size, uint32_t a,
				       uint32_t b, uint32_t borrow)
{
	uint32_t r = (a - b - borrow) & x86_mask(size);
	uint32_t overflow = (a ^ b) & (a ^ r) & x86_sign(size);

	put_flags(x, which,
		  result_flags(r, size) | (a < (uint64_t)b + borrow ? X86_CF : 0u) |
			  ((a ^ b ^ r) & X86_AF) | (overflow != 0 ? X86_OF : 0u));
	return r;
}

static ALWAYS_INLINE uint32_t alu(struct x86 *x, enum x86_alu what, unsigned size, uint32_t a,
				  uint32_t b)
{
	a &= x86_mask(size);
	b &= x86_mask(size);
	switch (what) {
	case X86_ADD:
		return add(x, ALL, size, a, b, 0);
	case X86_OR:
		return logic(x, size, a | b);
	case X86_ADC:
		return add(x, ALL, size, a, b, x->flags & X86_CF);
	case X86_SBB:
		return subtract(x, ALL, size, a, b, x->flags & X86_CF);
	case X86_AND:
		return logic(x, size, a & b);
	case X86_XOR:
		return logic(x, size, a ^ b);
	case X86_SUB:
	case X86_CMP:
		break;
	}
	return subtract(x, ALL, size, a, b, 0);
}

uint32_t x86_alu(struct x86 *x, enum x86_alu what, unsigned size, uint32_t a, uint32_t b)
{
	return size == 4   ? alu(x, what, 4, a, b)
	       : size == 1 ? alu(x, what, 1, a, b)
			   : alu(x, what, 2, a, b);
}

static ALWAYS_INLINE uint32_t inc(struct x86 *x, unsigned size, uint32_t a)
{
	return add(x, ALL & ~X86_CF, size, a & x86_mask(size), 1, 0);
}

uint32_t x86_alu_inc(struct x86 *x, unsigned size, uint32_t a)
{
	return size == 4 ? inc(x, 4, a) : size == 1 ? inc(x, 1, a) : inc(x, 2, a);
}

static ALWAYS_INLINE uint32_t dec(struct x86 *x, unsigned size, uint32_t a)
{
	return subtract(x, ALL & ~X86_CF, size, a & x86_mask(size), 1, 0);
}

uint32_t x86_alu_dec(struct x86 *x, unsigned size, uint32_t a)
{
	return size == 4 ? dec(x, 4, a) : size == 1 ? dec(x, 1, a) : dec(x, 2, a);
}

uint32_t x86_alu_neg(struct x86 *x, unsigned size, uint32_t a)
{
	return subtract(x, ALL, size, 0, a & x86_mask(size), 0);
}

void x86_alu_test(struct x86 *x, unsigned size, uint32_t a, uint32_t b)
{
	logic(x, size, a & b & x86_mask(size));
}

/* ---- shifts */

/* Turns a by n bits to the left, through the carry where `through` is set. */
static ALWAYS_INLINE uint32_t turn_left(struct x86 *x, bool through, unsigned size, uint32_t a,
					unsigned n)
{
	unsigned bits = 8 * size + (through ? 1 : 0);
	uint64_t all = through ? (uint64_t)(x->flags & X86_CF) << 8 * size | a : a;
	uint64_t mask = (UINT64_C(1) << bits) - 1;

	n %= bits;
	if (n != 0)
		all = (all << n | all >> (bits - n)) & mask;
	uint32_t r = (uint32_t)all & x86_mask(size);
	bool carry = through ? (all >> 8 * size & 1) != 0 : (r & 1) != 0;
	x86_flag_put(x, X86_CF, carry);
	x86_flag_put(x, X86_OF, ((r & x86_sign(size)) != 0) != carry);
	return r;
}

static ALWAYS_INLINE uint32_t turn_right(struct x86 *x, bool through, unsigned size, uint32_t a,
					 unsigned n)
{
	unsigned bits = 8 * size + (through ? 1 : 0);
	uint32_t r = turn_left(x, through, size, a, bits - n % bits);
	uint32_t sign = x86_sign(size);

	if (!through)
		x86_flag_put(x, X86_CF, (r & sign) != 0);
	x86_flag_put(x, X86_OF, ((r & sign) != 0) != ((r & sign >> 1) != 0));
	return r;
}

static ALWAYS_INLINE uint32_t shift_left(struct x86 *x, unsigned size, uint32_t a, unsigned n)
{
	uint64_t r = (uint64_t)a << n;
	bool carry = (r >> 8 * size & 1) != 0;
	bool sign = (r & x86_sign(size)) != 0;

	put_flags(x, ALL,
		  result_flags((uint32_t)r, size) | (carry ? X86_CF : 0u) |
			  (sign != carry ? X86_OF : 0u));
	return (uint32_t)r & x86_mask(size);
}

static ALWAYS_INLINE uint32_t shift_right(struct x86 *x, bool keep_sign, unsigned size, uint32_t a,
					  unsigned n)
{
	int64_t from = keep_sign ? (int32_t)x86_wide(a, size) : (int64_t)a;
	uint32_t r = (uint32_t)(from >> n) & x86_mask(size);
	bool overflow = !keep_sign && (a & x86_sign(size)) != 0;

	put_flags(x, ALL,
		  result_flags(r, size) | ((from >> (n - 1) & 1) != 0 ? X86_CF : 0u) |
			  (overflow ? X86_OF : 0u));
	return r;
}

static ALWAYS_INLINE uint32_t shift(struct x86 *x, enum x86_shift what, unsigned size, uint32_t a,
				    unsigned n)
{
	a &= x86_mask(size);
	n &= 31;
	if (n == 0)
		return a;
	switch (what) {
	case X86_ROL:
		return turn_left(x, false, size, a, n);
	case X86_ROR:
		return turn_right(x, false, size, a, n);
	case X86_RCL:
		return turn_left(x, true, size, a, n);
	case X86_RCR:
		return turn_right(x, true, size, a, n);
	case X86_SHR:
		return shift_right(x, false, size, a, n);
	case X86_SAR:
		return shift_right(x, true, size, a, n);
	case X86_SHL:
	case X86_SAL:
		break;
	}
	return shift_left(x, size, a, n);
}

uint32_t x86_alu_shift(struct x86 *x, enum x86_shift what, unsigned size, uint32_t a, unsigned n)
{
	return size == 4   ? shift(x, what, 4, a, n)
	       : size == 1 ? shift(x, what, 1, a, n)
			   : shift(x, what, 2, a, n);
}

uint32_t x86_alu_double(struct x86 *x, bool left, unsigned size, uint32_t a, uint32_t b, unsigned n)
{
	unsigned bits = 8 * size;

	a &= x86_mask(size);
	b &= x86_mask(size);
	n &= 31;
	if (n == 0 || n > bits)
		return a; /* beyond the size all is undefined */
	uint64_t both = left ? (uint64_t)a << bits | b : (uint64_t)b << bits | a;
	uint32_t r = (uint32_t)(left ? both >> (bits - n) : both >> n) & x86_mask(size);
	bool carry = left ? (a >> (bits - n) & 1) != 0 : (a >> (n - 1) & 1) != 0;
	put_flags(x, ALL,
		  result_flags(r, size) | (carry ? X86_CF : 0u) |
			  (((a ^ r) & x86_sign(size)) != 0 ? X86_OF : 0u));
	return r;
}

/* ---- products */

static void carry_out(struct x86 *x, bool on)
{
	put_flags(x, X86_CF | X86_OF, on ? X86_CF | X86_OF : 0u);
}

uint32_t x86_alu_imul(struct x86 *x, unsigned size, uint32_t a, uint32_t b)
{
	int64_t product = (int64_t)(int32_t)x86_wide(a, size) * (int32_t)x86_wide(b, size);
	uint32_t r = (uint32_t)product & x86_mask(size);

	put_flags(x, RESULT, result_flags(r, size));
	carry_out(x, (int32_t)x86_wide(r, size) != product);
	return r;
}

void x86_alu_mul(struct x86 *x, bool with_sign, unsigned size, uint32_t b)
{
	uint32_t a = x86_reg_get(x, X86_EAX, size);
	uint64_t product = (uint64_t)a * (b & x86_mask(size));

	if (with_sign)
		product = (uint64_t)((int64_t)(int32_t)x86_wide(a, size) *
				     (int32_t)x86_wide(b, size));
	uint32_t low = (uint32_t)product & x86_mask(size);
	uint32_t high = (uint32_t)(product >> 8 * size) & x86_mask(size);
	if (size == 1) {
		x86_reg_put(x, X86_EAX, 2, high << 8 | low);
	} else {
		x86_reg_put(x, X86_EAX, size, low);
		x86_reg_put(x, X86_EDX, size, high);
	}
	put_flags(x, RESULT, result_flags(low, size));
	uint32_t none = with_sign && (low & x86_sign(size)) != 0 ? x86_mask(size) : 0;
	carry_out(x, high != none);
}

static void put_quotient(struct x86 *x, unsigned size, uint64_t quotient, uint64_t rest)
{
	if (size == 1) {
		x86_reg_put(x, X86_EAX, 2, (uint32_t)((rest & 0xff) << 8 | (quotient & 0xff)));
		return;
	}
	x86_reg_put(x, X86_EAX, size, (uint32_t)quotient);
	x86_reg_put(x, X86_EDX, size, (uint32_t)rest);
}

static void divide_signed(struct x86 *x, unsigned size, uint64_t a, uint32_t b)
{
	unsigned unused = 64 - 16 * size;
	int64_t dividend = (int64_t)(a << unused) >> unused, divisor = (int32_t)x86_wide(b, size);

	if (divisor == 0 || (divisor == -1 && dividend == INT64_MIN)) {
		x86_fail(x, X86_FAULT_DIVIDE, 0);
		return;
	}
	int64_t quotient = dividend / divisor;
	if (quotient != (int32_t)x86_wide((uint32_t)quotient, size))
		x86_fail(x, X86_FAULT_DIVIDE, 0);
	else
		put_quotient(x, size, (uint64_t)quotient, (uint64_t)(dividend % divisor));
}

void x86_alu_div(struct x86 *x, bool with_sign, unsigned size, uint32_t b)
{
	uint64_t a = size == 1 ? x86_reg_get(x, X86_EAX, 2)
			       : (uint64_t)x86_reg_get(x, X86_EDX, size) << 8 * size |
					 x86_reg_get(x, X86_EAX, size);

	b &= x86_mask(size);
	if (with_sign)
		divide_signed(x, size, a, b);
	else if (b == 0 || a / b > x86_mask(size))
		x86_fail(x, X86_FAULT_DIVIDE, 0);
	else
		put_quotient(x, size, a / b, a % b);
}
