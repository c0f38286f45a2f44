/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub.h"

/*
 * Structured exceptions (Pietrek, "A Crash Course on the Depths of Win32 Structured Exception
 * Handling"): packers raise them on purpose.  A handler gets a record of what happened and the
 * registers, which it may change, and says whether the program goes on with them.
 */

enum {
	RECORD = 80,   /* bytes of EXCEPTION_RECORD */
	CONTEXT = 716, /* and of CONTEXT, of which the integer registers are filled */
	CONTEXT_FULL = 0x10007,
	NO_HANDLER = -1,
	FAULT_FUEL = 300, /* instructions that one counts as */
};

/* Where the registers stand in a CONTEXT. */
static const struct {
	uint16_t at;
	uint8_t reg;
} places[] = { { 156, X86_EDI }, { 160, X86_ESI }, { 164, X86_EBX }, { 168, X86_EDX },
	       { 172, X86_ECX }, { 176, X86_EAX }, { 180, X86_EBP }, { 196, X86_ESP } };

enum { AT_EIP = 184, AT_FLAGS = 192 };

static uint32_t code_of(enum x86_fault f)
{
	switch (f) {
	case X86_FAULT_READ:
	case X86_FAULT_WRITE:
	case X86_FAULT_EXECUTE:
		return 0xc0000005;
	case X86_FAULT_INTERRUPT:
		return 0xc0000005;
	case X86_FAULT_DIVIDE:
		return 0xc0000094;
	case X86_FAULT_BREAK:
		return 0x80000003;
	case X86_FAULT_STEP:
		return 0x80000004;
	case X86_FAULT_BOUND:
		return 0xc000008c;
	case X86_FAULT_PRIVILEGED:
		return 0xc0000096;
	default:
		return 0xc000001d;
	}
}

static void write_context(struct x86 *x, uint32_t at, const uint32_t reg[8])
{
	x86_store(x, at, 4, CONTEXT_FULL);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		x86_store(x, at + places[i].at, 4, reg[places[i].reg]);
	x86_store(x, at + AT_EIP, 4, x->eip);
	x86_store(x, at + AT_FLAGS, 4, x->flags & ~(uint32_t)X86_TF);
}

bool stub_fault(struct stub *s)
{
	struct x86 *x = &s->x;
	enum x86_fault why = x->fault;
	uint32_t reg[8], fault_at = x->fault_at;

	memcpy(reg, x->reg, sizeof reg);
	x->fuel -= x->fuel < FAULT_FUEL ? x->fuel : FAULT_FUEL;
	x->fault = X86_FAULT_NONE;
	uint32_t frame = x86_load(x, x->fs, 4), handler = x86_load(x, frame + 4, 4);
	if (x->fault != X86_FAULT_NONE || frame == (uint32_t)NO_HANDLER) {
		x->fault = why;
		x->fault_at = fault_at;
		return false;
	}
	uint32_t context = (x->reg[X86_ESP] - CONTEXT - 64) & ~15u, record = context - RECORD;
	write_context(x, context, reg);
	for (uint32_t i = 0; i < RECORD; i += 4)
		x86_store(x, record + i, 4, 0);
	x86_store(x, record, 4, code_of(why));
	x86_store(x, record + 12, 4, x->eip);
	if (code_of(why) == 0xc0000005) {
		x86_store(x, record + 16, 4, 2);
		x86_store(x, record + 20, 4, why == X86_FAULT_WRITE);
		x86_store(x, record + 24, 4, fault_at);
	}
	x->reg[X86_ESP] = record;
	x86_push(x, 0);
	x86_push(x, context);
	x86_push(x, frame);
	x86_push(x, record);
	x86_push(x, STUB_HANDLED);
	x->flags &= ~(uint32_t)(X86_TF | X86_DF);
	x->eip = handler;
	return x->fault == X86_FAULT_NONE;
}

bool stub_fault_handled(struct stub *s)
{
	struct x86 *x = &s->x;

	x->fault = X86_FAULT_NONE;
	x->fuel -= x->fuel < FAULT_FUEL ? x->fuel : FAULT_FUEL;
	uint32_t context = x86_load(x, x->reg[X86_ESP] + 8, 4);
	if (x->reg[X86_EAX] != 0)
		return false; /* the next handler would be asked; stubs have one */
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		x->reg[places[i].reg] = x86_load(x, context + places[i].at, 4);
	x->eip = x86_load(x, context + AT_EIP, 4);
	x->flags = (x86_load(x, context + AT_FLAGS, 4) & 0x44dd5) | X86_ONE | X86_IF;
	return x->fault == X86_FAULT_NONE;
}
