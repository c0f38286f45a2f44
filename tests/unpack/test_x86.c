/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "unpack/x86_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <unicorn/unicorn.h>

/*
 * The interpreter held against Unicorn, which is QEMU's processor: random instructions over random
 * registers, flags and memory; both must do the same.
 */

enum {
	CODE = 0x100000,
	CODE_SIZE = 1 << 20,
	DATA = 0x800000,
	DATA_SIZE = 16 << 10,
	LENGTH = 16, /* bytes an instruction may have here */
	MADE = CODE_SIZE / LENGTH,
	ROUNDS = 500000,
	EACH = 25, /* times that every opcode must have been compared at least */
	ALL_FLAGS = X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF | X86_DF | X86_OF,
};

static uint64_t seed;

/* Unicorn 2.0.1 leaks a table of its own where code is written over; asked by LeakSanitizer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libunicorn"; }

static uint32_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 32);
}

/* ---- what is not compared */

static bool left_out(unsigned opcode)
{
	static const uint16_t list[] = { 0x0f,  0x26,  0x2e,  0x36,  0x3e,  0x64,  0x65, 0x66, 0x67,
					 0xf0,  0xf2,  0xf3, /* prefixes */
					 0x06,  0x07,  0x0e,  0x16,  0x17,  0x1e,  0x1f, 0x6c, 0x6d,
					 0x6e,  0x6f,  0x8c,  0x8e,  0xcc,  0xcd,  0xce, 0xe4, 0xe5,
					 0xe6,  0xe7,  0xec,  0xed,  0xee,  0xef,  0xf4, 0xfa, 0xfb,
					 0x10b, 0x131, 0x1a0, 0x1a1, 0x1a2, 0x1a8, 0x1a9 };

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (list[i] == opcode)
			return true;
	return false;
}

/* An instruction as the test makes it. */
struct made {
	uint8_t bytes[LENGTH];
	unsigned opcode; /* as above */
	uint8_t modrm;
	bool half; /* prefix 66 */
	bool repeated;
	unsigned count; /* of a shift */
};

static unsigned size_of(const struct made *m) { return (m->opcode & 1) == 0 ? 1 : m->half ? 2 : 4; }

static uint32_t undefined_by_shift(const struct made *m, bool turns, unsigned size)
{
	unsigned n = m->count & 31;
	uint32_t flags = (turns || n == 0 ? 0 : X86_AF) | (n > 1 ? X86_OF : 0);

	return flags | (!turns && n >= size * 8 ? X86_CF : 0);
}

static bool is_logic(const struct made *m)
{
	unsigned op = m->opcode, what = m->modrm >> 3 & 7;

	if (op < 0x40 && (op & 7) < 6)
		return (op >> 3) == 1 || (op >> 3) == 4 || (op >> 3) == 6;
	if (op >= 0x80 && op <= 0x83)
		return what == 1 || what == 4 || what == 6;
	return op == 0x84 || op == 0x85 || op == 0xa8 || op == 0xa9 ||
	       ((op == 0xf6 || op == 0xf7) && what < 2);
}

/* Flags that the manual calls undefined behind this instruction. */
static uint32_t undefined_flags(const struct made *m)
{
	const uint32_t result = X86_SF | X86_ZF | X86_PF | X86_AF;
	unsigned op = m->opcode, what = m->modrm >> 3 & 7;

	if (is_logic(m))
		return X86_AF;
	if (op == 0xc0 || op == 0xc1 || (op >= 0xd0 && op <= 0xd3))
		return undefined_by_shift(m, what < 4, size_of(m));
	if (op == 0x1a4 || op == 0x1a5 || op == 0x1ac || op == 0x1ad)
		return undefined_by_shift(m, false, m->half ? 2 : 4);
	if (op == 0xf6 || op == 0xf7)
		return what < 4 ? 0 : what < 6 ? result : result | X86_CF | X86_OF;
	switch (op) {
	case 0x27:
	case 0x2f:
		return X86_OF;
	case 0x37:
	case 0x3f:
		return X86_OF | X86_SF | X86_ZF | X86_PF;
	case 0xd4:
	case 0xd5:
		return X86_OF | X86_AF | X86_CF;
	case 0x69:
	case 0x6b:
	case 0x1af:
		return result;
	case 0x1a3:
	case 0x1ab:
	case 0x1b3:
	case 0x1bb:
	case 0x1ba:
		return X86_OF | X86_SF | X86_AF | X86_PF;
	case 0x1bc:
	case 0x1bd:
		return X86_OF | X86_SF | X86_AF | X86_PF | X86_CF;
	default:
		return 0;
	}
}

/* Are even the results undefined? */
static bool undefined_result(const struct made *m)
{
	if (m->opcode >= 0x1c8 && m->opcode <= 0x1cf)
		return m->half; /* BSWAP of 16 bits */
	return (m->opcode == 0x1a4 || m->opcode == 0x1a5 || m->opcode == 0x1ac ||
		m->opcode == 0x1ad) &&
	       m->half && (m->count & 31) > 16;
}

/* ---- random instructions */

static uint32_t random_value(void)
{
	static const uint32_t odd[] = { 0,      1,      2,      0x7f,       0x80,       0xff,
					0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
					0x99,   9,      31,     32 };
	uint32_t r = next_random();

	switch (r % 8) {
	case 0:
		return odd[r / 8 % (sizeof odd / sizeof *odd)];
	case 1:
		return next_random();
	case 2:
		return r >> 3 & 63;
	default:
		return DATA + DATA_SIZE / 2 + (r >> 3) % 1024;
	}
}

static void put_value(uint8_t *p, size_t room, uint32_t v)
{
	for (size_t i = 0; i < 4 && i < room; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static bool is_string(unsigned op) { return op >= 0xa4 && op <= 0xaf && op != 0xa8 && op != 0xa9; }

static void make(struct made *m)
{
	size_t at = 0;
	uint32_t r = next_random();

	*m = (struct made){ .opcode = next_random() % 512 };
	for (size_t i = 0; i < LENGTH; i++)
		m->bytes[i] = (uint8_t)next_random();
	m->half = r % 4 == 0;
	m->repeated = is_string(m->opcode) && r / 4 % 2 == 0;
	if (m->half)
		m->bytes[at++] = 0x66;
	if (r / 8 % 16 == 0)
		m->bytes[at++] = 0x67;
	if (m->repeated)
		m->bytes[at++] = r / 256 % 2 != 0 ? 0xf2 : 0xf3;
	if (m->opcode >= 256)
		m->bytes[at++] = 0x0f;
	m->bytes[at++] = (uint8_t)m->opcode;
	if (m->opcode >= 0xa0 && m->opcode <= 0xa3)
		put_value(&m->bytes[at], LENGTH - at, random_value());
	if (m->opcode == 0x8f || m->opcode == 0xc6 || m->opcode == 0xc7)
		m->bytes[at] &= 0xc7; /* Unicorn takes the other seven for the same */
	if (m->opcode == 0x1b0 && m->bytes[at] >= 0xc0)
		m->bytes[at] &= 0xfb; /* CMPXCHG with AH to BH as its target ends Unicorn 2.0.1 */
	if ((m->opcode == 0xf6 || m->opcode == 0xf7) && (m->bytes[at] >> 3 & 7) == 1)
		m->bytes[at] &=
			0xc7; /* TEST's second form, which processors have, it does not know */
	m->modrm = m->bytes[at];
	/* displacements and immediates that are likely to be of use, at any of the places */
	if (r / 512 % 2 != 0)
		put_value(&m->bytes[at + 1], LENGTH - at - 1, next_random() % 64);
	else if (r / 1024 % 2 != 0)
		put_value(&m->bytes[at + 1], LENGTH - at - 1, random_value());
	if (r / 2048 % 4 == 0)
		put_value(&m->bytes[at + 2], LENGTH - at - 2, next_random() % 64);
	if (m->opcode == 0xc2)
		m->bytes[at + 1] &= 0x7f; /* Unicorn 2.0.1 takes the number for a signed one */
}

/* ---- one instruction, here and there */

struct both {
	uc_engine *uc;
	struct x86 x;
	struct arena arena;
	uint8_t *code, *data; /* ours */
	uint8_t *uc_data;     /* Unicorn's */
	uint32_t at;          /* where the instruction stands */
	unsigned compared[512], faults;
	struct made made[MADE];
};

static const int uc_regs[8] = { UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
				UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI };

static int open_both(void **state)
{
	struct both *b = calloc(1, sizeof *b);

	seed = 20180613;
	arena_init(&b->arena, 64 << 20);
	x86_init(&b->x);
	b->code = x86_memory_map(&b->x.memory, &b->arena, CODE, CODE_SIZE)->bytes;
	b->data = x86_memory_map(&b->x.memory, &b->arena, DATA, DATA_SIZE)->bytes;
	b->uc_data = aligned_alloc(4096, DATA_SIZE);
	memset(b->uc_data, 0, DATA_SIZE);
	b->x.home = CODE;
	b->x.home_size = CODE_SIZE;
	if (uc_open(UC_ARCH_X86, UC_MODE_32, &b->uc) != UC_ERR_OK ||
	    uc_mem_map(b->uc, CODE, CODE_SIZE, UC_PROT_ALL) != UC_ERR_OK ||
	    uc_mem_map_ptr(b->uc, DATA, DATA_SIZE, UC_PROT_ALL, b->uc_data) != UC_ERR_OK)
		return -1;
	*state = b;
	return 0;
}

static int close_both(void **state)
{
	struct both *b = *state;

	uc_close(b->uc);
	arena_release(&b->arena);
	free(b->uc_data);
	free(b);
	return 0;
}

static void put_state(struct both *b, const struct made *m)
{
	for (unsigned i = 0; i < 8; i++) {
		if (i == X86_ECX && m->repeated)
			b->x.reg[i] %= 64;
		uc_reg_write(b->uc, uc_regs[i], &b->x.reg[i]);
	}
	uc_reg_write(b->uc, UC_X86_REG_EFLAGS, &b->x.flags);
	b->x.eip = b->at;
	for (unsigned i = 0; i < 32; i++) { /* some of the data is fresh */
		size_t at = DATA_SIZE / 2 - 128 + next_random() % 1400;
		b->data[at] = b->uc_data[at] = (uint8_t)(random_value() >> i % 4 * 8);
	}
}

static void explain(const struct both *b, const struct made *m, const uint32_t reg[8],
		    uint32_t flags, uint32_t eip)
{
	for (size_t i = 0; i < LENGTH; i++)
		fprintf(stderr, "%02x ", m->bytes[i]);
	fprintf(stderr, "at %x\n", b->at);
	for (unsigned i = 0; i < 8; i++)
		fprintf(stderr, "reg %u: before %08x, here %08x\n", i, reg[i], b->x.reg[i]);
	fprintf(stderr, "flags before %08x, here %08x; eip %08x, fault %d at %08x\n", flags,
		b->x.flags, b->x.eip, (int)b->x.fault, b->x.fault_at);
	for (unsigned i = 0; i < 8; i++) {
		uint32_t v = 0;
		uc_reg_read(b->uc, uc_regs[i], &v);
		fprintf(stderr, "reg %u: there %08x\n", i, v);
	}
	uint32_t there = 0;
	uc_reg_read(b->uc, UC_X86_REG_EFLAGS, &there);
	fprintf(stderr, "flags there %08x; eip %08x; data differ: %d\n", there, eip,
		memcmp(b->data, b->uc_data, DATA_SIZE));
}

static bool same_state(struct both *b, const struct made *m, uint32_t eip)
{
	uint32_t mask = ALL_FLAGS & ~undefined_flags(m), flags = 0, v = 0;

	for (unsigned i = 0; i < 8; i++) {
		uc_reg_read(b->uc, uc_regs[i], &v);
		if (v != b->x.reg[i])
			return false;
	}
	uc_reg_read(b->uc, UC_X86_REG_EFLAGS, &flags);
	return (flags & mask) == (b->x.flags & mask) && eip == b->x.eip &&
	       memcmp(b->data, b->uc_data, DATA_SIZE) == 0;
}

/* Bits that a shift goes by: 1, CL, or the last byte of the instruction. */
static unsigned count_of(const struct both *b, const struct made *m, uint32_t ecx)
{
	uint32_t length = b->x.eip - b->at;
	unsigned op = m->opcode;

	if (op == 0xd0 || op == 0xd1)
		return 1;
	if (op == 0xc0 || op == 0xc1 || op == 0x1a4 || op == 0x1ac)
		return length - 1 < LENGTH ? m->bytes[length - 1] : 0;
	return ecx;
}

static void compare_one(struct both *b, struct made *m)
{
	uint32_t reg[8], flags, eip = 0;

	put_state(b, m);
	memcpy(reg, b->x.reg, sizeof reg);
	flags = b->x.flags;
	b->x.home = b->at;
	b->x.home_size = 1; /* it is left behind one instruction */
	b->x.fuel = 1000;
	enum x86_end end = x86_run(&b->x);
	if (end == X86_FAULT && b->x.fault == X86_FAULT_UNSUPPORTED)
		return;
	if (end == X86_SPENT) /* a jump to itself */
		return;
	m->count = count_of(b, m, reg[X86_ECX]);
	uint64_t until = end == X86_FAULT ? b->at + b->x.length : b->x.eip;
	uc_ctl_remove_cache(b->uc, b->at, b->at + LENGTH); /* made for another end */
	uc_ctl_remove_cache(b->uc, until, until + 1);
	uc_err err = uc_emu_start(b->uc, b->at, until, 0, 0);
	uc_reg_read(b->uc, UC_X86_REG_EIP, &eip);
	bool there = eip != b->at;
	bool here = end != X86_FAULT;
	if (here != there || (here && !undefined_result(m) && !same_state(b, m, eip))) {
		explain(b, m, reg, flags, eip);
		fail_msg("opcode %x: here %d, there %s", m->opcode, here, uc_strerror(err));
	}
	if (end == X86_FAULT && !m->repeated &&
	    (memcmp(reg, b->x.reg, sizeof reg) != 0 || flags != b->x.flags)) {
		explain(b, m, reg, flags, eip);
		fail_msg("opcode %x: its fault left a trace", m->opcode);
	}
	b->faults += !here;
	b->compared[m->opcode] += here;
	if (!here || undefined_result(m))
		memcpy(b->uc_data, b->data, DATA_SIZE);
}

/* All at once, so that where jumps lead nothing changes later. */
static void make_all(struct both *b)
{
	for (unsigned i = 0; i < MADE; i++) {
		make(&b->made[i]);
		memcpy(&b->code[i * LENGTH], b->made[i].bytes, LENGTH);
	}
	uc_mem_write(b->uc, CODE, b->code, CODE_SIZE);
}

static void random_instructions_do_what_unicorn_does(void **state)
{
	struct both *b = *state;

	make_all(b);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct made *m = &b->made[round % MADE];
		if (left_out(m->opcode))
			continue;
		for (unsigned i = 0; i < 8; i++)
			b->x.reg[i] = random_value();
		b->x.flags = X86_ONE | (next_random() & ALL_FLAGS);
		b->at = CODE + round % MADE * LENGTH;
		compare_one(b, m);
	}
	for (unsigned op = 0; op < 512; op++) {
		bool known = (op < 256 ? x86_one_table[op] : x86_two_table[op - 256]).run != NULL;
		if (known && !left_out(op) && b->compared[op] < EACH)
			fail_msg("opcode %x was compared %u times", op, b->compared[op]);
	}
}

/* ---- what Unicorn is not asked */

/* Runs code at CODE with ESP in the data, until it goes to address 0. */
static enum x86_end run_code(struct both *b, const char *bytes, size_t n)
{
	memset(b->code, 0x90, 64);
	memcpy(b->code, bytes, n);
	memset(b->x.reg, 0, sizeof b->x.reg);
	b->x.reg[X86_ESP] = DATA + 1024;
	memset(b->data + 1024, 0, 64);
	b->x.flags = X86_ONE;
	b->x.eip = CODE;
	b->x.home = CODE;
	b->x.home_size = CODE_SIZE;
	b->x.fuel = 100;
	return x86_run(&b->x);
}

#define RUN(b, code) run_code(b, code, sizeof(code) - 1)

static void fs_has_a_base_and_selectors_are_kept(void **state)
{
	struct both *b = *state;

	b->x.fs = DATA + 8;
	memcpy(b->data + 12, "\x78\x56\x34\x12", 4);
	/* mov eax, fs:[4]; push ds; pop es; mov dx, es; ret */
	assert_int_equal(RUN(b, "\x64\xa1\x04\0\0\0\x1e\x07\x8c\xc2\xc3"), X86_LEFT);
	assert_int_equal(b->x.eip, 0);
	assert_int_equal(b->x.reg[X86_EAX], 0x12345678);
	assert_int_equal(b->x.reg[X86_EDX], 0x23);
	assert_int_equal(b->x.reg[X86_ESP], DATA + 1028);
}

static void a_fault_leaves_the_registers_and_says_where(void **state)
{
	struct both *b = *state;

	/* push eax; pop ecx; inc ecx; push [ecx] */
	assert_int_equal(RUN(b, "\x50\x59\x41\xff\x31"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_READ);
	assert_int_equal(b->x.fault_at, 1);
	assert_int_equal(b->x.eip, CODE + 3);
	assert_int_equal(b->x.reg[X86_ESP], DATA + 1024);
	assert_int_equal(RUN(b, "\x40\xcc"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_BREAK);
	assert_int_equal(RUN(b, "\xcd\x2e"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_INTERRUPT);
	assert_int_equal(b->x.fault_at, 0x2e);
	assert_int_equal(RUN(b, "\xf4"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_PRIVILEGED);
	assert_int_equal(RUN(b, "\x0f\x0b"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_UNDEFINED);
	assert_int_equal(RUN(b, "\xd9\xee"), X86_FAULT); /* floating point */
	assert_int_equal(b->x.fault, X86_FAULT_UNSUPPORTED);
}

static void single_steps_stop_behind_the_next_instruction(void **state)
{
	struct both *b = *state;

	/* push 0x100; popf; nop; nop */
	assert_int_equal(RUN(b, "\x68\0\x01\0\0\x9d\x90\x90"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_STEP);
	assert_int_equal(b->x.eip, CODE + 7);
}

static void fuel_ends_loops_and_repeated_instructions(void **state)
{
	struct both *b = *state;

	assert_int_equal(RUN(b, "\xeb\xfe"), X86_SPENT);
	/* mov edi, DATA; dec ecx; rep stosb */
	assert_int_equal(RUN(b, "\xbf\0\0\x80\0\x49\xf3\xaa"), X86_SPENT);
	assert_int_equal(b->x.eip, CODE + 6);
	assert_int_equal(b->x.reg[X86_EDI], DATA + 97);
	b->x.fuel = 10;
	assert_int_equal(x86_run(&b->x), X86_SPENT);
	assert_int_equal(b->x.reg[X86_EDI], DATA + 106);
}

static void what_was_written_is_known(void **state)
{
	struct both *b = *state;

	/* mov byte [DATA + 5], 1 */
	RUN(b, "\xc6\x05\x05\0\x80\0\x01\xc3");
	assert_true(x86_memory_written(&b->x.memory, DATA + 5));
	assert_false(x86_memory_written(&b->x.memory, DATA + 8));
	assert_false(x86_memory_written(&b->x.memory, 5));
	x86_memory_find(&b->x.memory, DATA, 1)->fixed = true;
	assert_int_equal(RUN(b, "\xc6\x05\x0a\0\x80\0\x01\xc3"), X86_FAULT);
	assert_int_equal(b->x.fault, X86_FAULT_WRITE);
	assert_int_equal(b->x.fault_at, DATA + 10);
}

static void regions_do_not_overlap_and_have_a_budget(void **state)
{
	struct both *b = *state;
	struct x86_memory *m = &b->x.memory;

	assert_null(x86_memory_map(m, &b->arena, DATA + DATA_SIZE - 1, 1));
	assert_null(x86_memory_map(m, &b->arena, 0, 0));
	assert_null(x86_memory_map(m, &b->arena, UINT32_MAX, 2));
	assert_null(x86_memory_map(m, &b->arena, 0x10000000, 128 << 20));
	assert_non_null(x86_memory_map(m, &b->arena, UINT32_MAX, 1));
	while (x86_memory_map(m, &b->arena, (uint32_t)m->n_regions, 1) != NULL)
		;
	assert_int_equal(m->n_regions, X86_MAX_REGIONS);
	assert_int_equal(x86_load(&b->x, UINT32_MAX, 4), 0);
	assert_int_equal(b->x.fault, X86_FAULT_READ);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(random_instructions_do_what_unicorn_does),
		ROW(fs_has_a_base_and_selectors_are_kept),
		ROW(a_fault_leaves_the_registers_and_says_where),
		ROW(single_steps_stop_behind_the_next_instruction),
		ROW(fuel_ends_loops_and_repeated_instructions),
		ROW(what_was_written_is_known),
		ROW(regions_do_not_overlap_and_have_a_budget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
