/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_impl.h"

/* Reads instructions: prefixes, opcode, ModRM and what follows it, immediate operands (SDM 2.1). */

enum { MAX_INSTRUCTION = 15 }; /* bytes (SDM 2.3.11) */

/* ---- what is kept */

void x86_decode_drop_all(struct x86 *x)
{
	if (++x->decoded.epoch == 0) {
		memset(x->decoded.op, 0, sizeof x->decoded.op);
		x->decoded.epoch = 1;
	}
}

/* An instruction that reaches into the grain begins at most so many bytes before it. */
void x86_decode_drop(struct x86 *x, uint32_t at)
{
	struct x86_region *r = x86_memory_find(&x->memory, at, 1);
	uint32_t from = at - (at - r->at) % X86_GRAIN, first = from - (MAX_INSTRUCTION - 1);

	for (uint32_t eip = first; eip != from + X86_GRAIN; eip++) {
		struct x86_op *o = x86_decode_place(x, eip);
		if (o->eip == eip && o->eip + o->length - first > MAX_INSTRUCTION - 1)
			o->epoch = 0;
	}
	r->marked[(at - r->at) / X86_GRAIN] &= (uint8_t)~X86_MARK_DECODED;
}

/* ---- operands */

/* Table 2-1: addresses of 16 bits. */
static void narrow_address(struct x86_op *o, struct cursor *c, unsigned mod)
{
	static const uint8_t base[8] = { X86_EBX, X86_EBX, X86_EBP, X86_EBP,
					 X86_ESI, X86_EDI, X86_EBP, X86_EBX };

	if (mod != 0 || o->rm != 6)
		o->base = base[o->rm];
	if (o->rm < 4)
		o->index = (o->rm & 1) != 0 ? X86_EDI : X86_ESI;
	if (mod == 1)
		o->displacement = x86_wide(cursor_u8(c), 1);
	else if (mod == 2 || (mod == 0 && o->rm == 6))
		o->displacement = cursor_le16(c);
}

/* Tables 2-2 and 2-3. */
static void wide_address(struct x86_op *o, struct cursor *c, unsigned mod)
{
	uint8_t base = o->rm;

	if (o->rm == 4) {
		uint8_t sib = cursor_u8(c), index = sib >> 3 & 7;
		base = sib & 7;
		if (index != 4) {
			o->index = index;
			o->scale = sib >> 6;
		}
	}
	if (base != 5 || mod != 0)
		o->base = base;
	if (mod == 1)
		o->displacement = x86_wide(cursor_u8(c), 1);
	else if (mod == 2 || base == 5)
		o->displacement = cursor_le32(c);
}

static void read_operand(struct x86_op *o, struct cursor *c)
{
	uint8_t b = cursor_u8(c);
	unsigned mod = b >> 6;

	o->reg = b >> 3 & 7;
	o->rm = b & 7;
	o->memory = mod != 3;
	if (o->memory && o->narrow)
		narrow_address(o, c, mod);
	else if (o->memory)
		wide_address(o, c, mod);
}

static uint32_t read_value(struct cursor *c, unsigned size)
{
	return x86_wide(size == 1   ? cursor_u8(c)
			: size == 2 ? cursor_le16(c)
				    : cursor_le32(c),
			size);
}

static void read_immediate(struct x86_op *o, struct cursor *c, unsigned form)
{
	bool by_opcode = (form & X86_IMM_BY_OPCODE) != 0;

	if ((form & X86_IMM_OF_TEST) != 0)
		by_opcode = o->reg < 2;
	if (by_opcode)
		o->immediate = read_value(c, x86_size(o));
	else if ((form & X86_IMM_BY_SIZE) != 0)
		o->immediate = read_value(c, o->size);
	else if ((form & X86_IMM_ADDRESS) != 0)
		o->immediate = read_value(c, o->narrow ? 2 : 4);
	else if ((form & X86_IMM_16) != 0)
		o->immediate = cursor_le16(c);
	if ((form & X86_IMM_8) != 0 && (form & X86_IMM_16) != 0)
		o->immediate |= (uint32_t)cursor_u8(c) << 16;
	else if ((form & X86_IMM_8) != 0)
		o->immediate = read_value(c, 1);
}

/* ---- the instruction */

/* What a prefix changes; false: it is none. */
static bool prefix(const struct x86 *x, struct x86_op *o)
{
	switch (o->opcode) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		o->segment = 0;
		break;
	case 0x64:
		o->segment = x->fs;
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

/* Reads the prefixes and the opcode; a row without a handler: no instruction that is known. */
static struct x86_row read_opcode(const struct x86 *x, struct x86_op *o, struct cursor *c)
{
	for (unsigned i = 0; i < MAX_INSTRUCTION; i++) {
		o->opcode = cursor_u8(c);
		if (x86_one_table[o->opcode].run != NULL)
			return x86_one_table[o->opcode];
		if (o->opcode == 0x0f) {
			o->opcode = cursor_u8(c);
			return x86_two_table[o->opcode];
		}
		if (!prefix(x, o))
			break;
	}
	return (struct x86_row){ NULL, 0 };
}

/* The bytes of the instruction at hand. */
static struct cursor begin(struct x86 *x, struct x86_region **region)
{
	struct x86_region *r = x86_memory_code(&x->memory, x->eip);
	struct span bytes = { NULL, 0 };

	*region = r;
	if (r != NULL)
		bytes = span_cut((struct span){ r->bytes, r->n }, x->eip - r->at, MAX_INSTRUCTION);
	return cursor_of(bytes);
}

struct x86_op *x86_decode_read(struct x86 *x)
{
	struct x86_op *o = x86_decode_place(x, x->eip);
	struct x86_region *r;
	struct cursor c = begin(x, &r);

	*o = (struct x86_op){ .size = 4, .base = X86_NONE, .index = X86_NONE, .eip = x->eip };
	struct x86_row row = read_opcode(x, o, &c);
	if ((row.form & X86_MODRM) != 0)
		read_operand(o, &c);
	read_immediate(o, &c, row.form);
	x->length = (uint32_t)c.at;
	if (!cursor_ok(&c)) {
		x86_fail(x, X86_FAULT_EXECUTE, x->eip + (uint32_t)c.n);
		return NULL;
	}
	if (row.run == NULL) {
		x86_fail(x, X86_FAULT_UNSUPPORTED, x->eip);
		return NULL;
	}
	o->run = row.run;
	o->length = (uint8_t)c.at;
	o->precise = (row.form & X86_PRECISE) != 0;
	o->guarded = (row.form & X86_GUARDED) != 0;
	o->jumps = row.run == x86_flow_jmp;
	o->epoch = x->decoded.epoch;
	o->after = o->then_at = x->eip + o->length;
	if (o->jumps)
		o->then_at = (o->after + o->immediate) & x86_mask(o->size);
	o->then = x86_decode_place(x, o->then_at);
	uint32_t into = x->eip - r->at;
	for (uint32_t g = into / X86_GRAIN; g <= (into + o->length - 1) / X86_GRAIN; g++)
		r->marked[g] |= X86_MARK_DECODED;
	return o;
}
