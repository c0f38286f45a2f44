/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

void x86_init(struct x86 *x)
{
	static const uint32_t selectors[6] = { 0x23, 0x1b, 0x23, 0x23, 0x3b, 0 }; /* Windows */

	memset(x, 0, sizeof *x);
	x->flags = X86_ONE | X86_IF;
	memcpy(x->selector, selectors, sizeof selectors);
}

/*
 * Values are copied one by one here: a processor that loads together what was just stored in parts
 * has to wait for it, which took a third of the time.
 */
static inline void save(uint32_t to[8], const volatile uint32_t from[8])
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = from[i];
}

/*
 * The instruction at eip, to which `last` led.  Where that went before is looked up first: so the
 * processor can go on there while the address, which goes through memory, is still being made.
 */
static inline struct x86_op *fetch(struct x86 *x, struct x86_op *last)
{
	if (UNLIKELY(last->then_at != x->eip)) {
		last->then_at = x->eip;
		last->then = x86_decode_place(x, x->eip);
	}
	struct x86_op *o = last->then;
	return LIKELY(o->eip == x->eip && o->epoch == x->decoded.epoch) ? o : x86_decode_read(x);
}

/* One instruction, which is as if it had not begun where it faults. */
static inline void step(struct x86 *x, const struct x86_op *o)
{
	uint32_t flags = x->flags;

	if (UNLIKELY(o->guarded))
		save(x->before, x->reg);
	x->length = o->length;
	x->next = o->after;
	o->run(x, o);
	if (LIKELY(x->fault == X86_FAULT_NONE)) {
		x->eip = x->next;
		if (UNLIKELY((flags & X86_TF) != 0))
			x->fault = X86_FAULT_STEP;
	} else if (!o->precise) {
		x->flags = flags;
		if (o->guarded)
			memcpy(x->reg, x->before, sizeof x->before);
	}
}

enum x86_end x86_run(struct x86 *x)
{
	struct x86_op before = { .then_at = x->eip, .then = x86_decode_place(x, x->eip) },
		      *o = &before;

	x->fault = X86_FAULT_NONE;
	x86_decode_drop_all(x);
	while (x->eip - x->home < x->home_size) {
		if (x->fuel == 0)
			return X86_SPENT;
		x->fuel--;
		o = fetch(x, o);
		if (o != NULL && o->jumps && (x->flags & X86_TF) == 0) {
			x->length = o->length;
			x->eip = o->then_at; /* a third of what obfuscated code does */
			continue;
		}
		if (o != NULL)
			step(x, o);
		if (UNLIKELY(x->fault != X86_FAULT_NONE))
			return X86_FAULT;
	}
	return X86_LEFT;
}
