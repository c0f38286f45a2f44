/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* Memory as instructions see it, and the stack. */

uint32_t x86_load(struct x86 *x, uint32_t at, unsigned size)
{
	const struct x86_region *r = x86_memory_find(&x->memory, at, size);

	if (UNLIKELY(r == NULL)) {
		x86_fail(x, X86_FAULT_READ, at);
		return 0;
	}
	const uint8_t *p = r->bytes + (at - r->at);
	if (LIKELY(size == 4))
		return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24;
	return size == 1 ? p[0] : (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* Marks a grain that was written to; instructions that stood there are no more. */
static inline void mark(struct x86 *x, uint8_t *grain, uint32_t at)
{
	if (UNLIKELY((*grain & X86_MARK_DECODED) != 0))
		x86_decode_drop(x, at);
	*grain |= X86_MARK_WRITTEN;
}

void x86_store(struct x86 *x, uint32_t at, unsigned size, uint32_t value)
{
	struct x86_region *r = x86_memory_find(&x->memory, at, size);

	if (UNLIKELY(r == NULL || r->fixed || x->fault != X86_FAULT_NONE)) {
		x86_fail(x, X86_FAULT_WRITE, at);
		return;
	}
	uint32_t into = at - r->at;
	uint8_t *p = r->bytes + into;
	p[0] = (uint8_t)value;
	if (size != 1)
		p[1] = (uint8_t)(value >> 8);
	if (size == 4) {
		p[2] = (uint8_t)(value >> 16);
		p[3] = (uint8_t)(value >> 24);
	}
	mark(x, &r->marked[into / X86_GRAIN], at);
	if ((into + size - 1) / X86_GRAIN != into / X86_GRAIN)
		mark(x, &r->marked[(into + size - 1) / X86_GRAIN], at + size - 1);
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
