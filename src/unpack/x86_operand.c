/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* Operands: the ModRM byte and what follows it (SDM 2.1.3 to 2.1.5), and memory. */

uint32_t x86_load(struct x86 *x, uint32_t at, unsigned size)
{
	const struct x86_region *r = x86_memory_find(&x->memory, at, size);
	uint32_t v = 0;

	if (r == NULL) {
		x86_fail(x, X86_FAULT_READ, at);
		return 0;
	}
	const uint8_t *p = r->bytes + (at - r->at);
	if (LIKELY(size == 4))
		return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24;
	for (unsigned i = 0; i < size; i++)
		v |= (uint32_t)p[i] << 8 * i;
	return v;
}

void x86_store(struct x86 *x, uint32_t at, unsigned size, uint32_t value)
{
	struct x86_region *r = x86_memory_find(&x->memory, at, size);

	if (r == NULL || r->fixed || x->fault != X86_FAULT_NONE) {
		x86_fail(x, X86_FAULT_WRITE, at);
		return;
	}
	uint32_t into = at - r->at;
	for (unsigned i = 0; i < size; i++)
		r->bytes[into + i] = (uint8_t)(value >> 8 * i);
	r->marked[into / X86_GRAIN] = 1;
	r->marked[(into + size - 1) / X86_GRAIN] = 1;
}

void x86_push(struct x86 *x, uint32_t value)
{
	x->reg[X86_ESP] -= 4;
	x86_store(x, x->reg[X86_ESP], 4, value);
}

uint32_t x86_pop(struct x86 *x)
{
	uint32_t v = x86_load(x, x->reg[X86_ESP], 4);

	x->reg[X86_ESP] += 4;
	return v;
}

uint32_t x86_immediate(struct x86_op *o, unsigned size)
{
	return size == 1   ? cursor_u8(&o->code)
	       : size == 2 ? cursor_le16(&o->code)
			   : cursor_le32(&o->code);
}

uint32_t x86_immediate_wide(struct x86_op *o, unsigned size)
{
	return x86_wide(x86_immediate(o, size), size);
}

/* Table 2-1: addresses of 16 bits. */
static uint32_t narrow_address(const struct x86 *x, struct x86_op *o, unsigned mod)
{
	static const uint8_t base[8] = { X86_EBX, X86_EBX, X86_EBP, X86_EBP,
					 X86_ESI, X86_EDI, X86_EBP, X86_EBX };
	uint32_t at = mod == 0 && o->rm == 6 ? 0 : x->reg[base[o->rm]];

	if (o->rm < 4)
		at += x->reg[(o->rm & 1) != 0 ? X86_EDI : X86_ESI];
	if (mod == 1)
		at += x86_immediate_wide(o, 1);
	else if (mod == 2 || (mod == 0 && o->rm == 6))
		at += x86_immediate(o, 2);
	return at & 0xffff;
}

/* Tables 2-2 and 2-3. */
static uint32_t wide_address(const struct x86 *x, struct x86_op *o, unsigned mod)
{
	unsigned base = o->rm;
	uint32_t at = 0;

	if (o->rm == 4) {
		uint8_t sib = cursor_u8(&o->code);
		unsigned index = sib >> 3 & 7;
		base = sib & 7;
		if (index != 4)
			at = x->reg[index] << (sib >> 6);
	}
	if (base != 5 || mod != 0)
		at += x->reg[base];
	if (mod == 1)
		at += x86_immediate_wide(o, 1);
	else if (mod == 2 || base == 5)
		at += x86_immediate(o, 4);
	return at;
}

void x86_operand_read(struct x86 *x, struct x86_op *o)
{
	uint8_t b = cursor_u8(&o->code);
	unsigned mod = b >> 6;

	o->reg = b >> 3 & 7;
	o->rm = b & 7;
	o->memory = mod != 3;
	if (o->memory)
		o->at = o->narrow ? narrow_address(x, o, mod) : wide_address(x, o, mod);
}

uint32_t x86_rm_get(struct x86 *x, const struct x86_op *o, unsigned size)
{
	return o->memory ? x86_load(x, o->base + o->at, size) : x86_reg_get(x, o->rm, size);
}

void x86_rm_put(struct x86 *x, const struct x86_op *o, unsigned size, uint32_t v)
{
	if (o->memory)
		x86_store(x, o->base + o->at, size, v);
	else
		x86_reg_put(x, o->rm, size, v);
}
