/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

enum { MAX_INSTRUCTION = 15 }; /* bytes (SDM 2.3.11) */

void x86_init(struct x86 *x)
{
	static const uint32_t selectors[6] = { 0x23, 0x1b, 0x23, 0x23, 0x3b, 0 }; /* Windows */

	*x = (struct x86){ .flags = X86_ONE | X86_IF };
	memcpy(x->selector, selectors, sizeof selectors);
}

/* What a prefix changes; false: it is none. */
static bool prefix(const struct x86 *x, struct x86_op *o)
{
	switch (o->opcode) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		o->base = 0;
		break;
	case 0x64:
		o->base = x->fs;
		break;
	case 0x66:
		o->size = 2;
		break;
	case 0x67:
		o->narrow = true;
		break;
	case 0xf0:
		break; /* there is one processor */
	case 0xf2:
	case 0xf3:
		o->repeat = o->opcode;
		break;
	default:
		return false;
	}
	return true;
}

/* Reads the prefixes and the opcode; NULL: no instruction that is known. */
static x86_do *decode(const struct x86 *x, struct x86_op *o)
{
	for (unsigned i = 0; i < MAX_INSTRUCTION; i++) {
		o->opcode = cursor_u8(&o->code);
		x86_do *run = x86_one_table[o->opcode];
		if (LIKELY(run != NULL))
			return run;
		if (o->opcode == 0x0f) {
			o->opcode = cursor_u8(&o->code);
			return x86_two_table[o->opcode];
		}
		if (!prefix(x, o))
			return NULL;
	}
	return NULL;
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

/* The bytes of the instruction at hand. */
static inline void begin(struct x86 *x, struct cursor *c)
{
	const struct x86_region *r = x86_memory_code(&x->memory, x->eip);

	if (r != NULL) {
		uint32_t into = x->eip - r->at, left = r->n - into;
		c->p = r->bytes + into;
		c->n = left < MAX_INSTRUCTION ? left : MAX_INSTRUCTION;
	}
}

static void step(struct x86 *x)
{
	struct x86_op o = { .size = 4 };
	uint32_t before[8], flags = x->flags;

	begin(x, &o.code);
	save(before, x->reg);
	x86_do *run = decode(x, &o);
	if (run == NULL)
		x86_fail(x, X86_FAULT_UNSUPPORTED, x->eip);
	else
		run(x, &o);
	x->length = (uint32_t)o.code.at;
	if (!cursor_ok(&o.code)) {
		x->fault = X86_FAULT_EXECUTE;
		x->fault_at = x->eip + (uint32_t)o.code.n;
	}
	if (x->fault == X86_FAULT_NONE) {
		x->eip = o.jumps ? o.to : x->eip + (uint32_t)o.code.at;
		if ((flags & X86_TF) != 0)
			x->fault = X86_FAULT_STEP;
	} else if (!o.precise) {
		memcpy(x->reg, before, sizeof before);
		x->flags = flags;
	}
}

enum x86_end x86_run(struct x86 *x)
{
	x->fault = X86_FAULT_NONE;
	while (x->eip - x->home < x->home_size) {
		if (x->fuel == 0)
			return X86_SPENT;
		x->fuel--;
		step(x);
		if (x->fault != X86_FAULT_NONE)
			return X86_FAULT;
	}
	return X86_LEFT;
}
