/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "unpack/x86.h"

#include <stdlib.h>

/*
 * Instructions that are kept: programs that change their own code do what they do where none is.
 */

enum {
	CODE = 0x100000,
	PROGRAM = 64, /* bytes */
	PROGRAMS = 20000,
	STEPS = 300, /* instructions that each may take */
	STACK = 0x800000,
	STACK_SIZE = 4096,
};

struct machine {
	struct x86 x;
	struct arena arena;
	uint8_t *code, *stack;
	uint64_t seed;
};

static uint32_t next_random(struct machine *m)
{
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->seed >> 32);
}

static int open_machine(void **state)
{
	struct machine *m = calloc(1, sizeof *m);

	m->seed = 20261128;
	arena_init(&m->arena, 1 << 20);
	x86_init(&m->x);
	m->code = x86_memory_map(&m->x.memory, &m->arena, CODE, PROGRAM)->bytes;
	m->stack = x86_memory_map(&m->x.memory, &m->arena, STACK, STACK_SIZE)->bytes;
	*state = m;
	return 0;
}

static int close_machine(void **state)
{
	struct machine *m = *state;

	arena_release(&m->arena);
	free(m);
	return 0;
}

/* The program at its start, with registers zero but for the stack. */
static void load(struct machine *m, const uint8_t *program, size_t n)
{
	memset(m->code, 0x90, PROGRAM);
	memcpy(m->code, program, n);
	memset(m->stack, 0, STACK_SIZE);
	memset(m->x.reg, 0, sizeof m->x.reg);
	memset(m->x.selector, 0, sizeof m->x.selector);
	m->x.reg[X86_ESP] = STACK + STACK_SIZE / 2;
	m->x.flags = X86_ONE;
	m->x.eip = m->x.home = CODE;
	m->x.home_size = PROGRAM;
	m->x.fuel = STEPS;
}

static void a_loop_runs_what_it_wrote_into_itself(void **state)
{
	/* mov ecx, 2; again: mov eax, 1; mov byte [again + 1], 7; loop again; ret */
	static const uint8_t program[] = { 0xb9, 2,    0,    0,    0,    0xb8, 1,
					   0,    0,    0,    0xc6, 0x05, 0x06, 0x00,
					   0x10, 0x00, 0x07, 0xe2, 0xf2, 0xc3 };
	struct machine *m = *state;

	load(m, program, sizeof program);
	assert_int_equal(x86_run(&m->x), X86_LEFT);
	assert_int_equal(m->x.reg[X86_EAX], 7);
}

/* The word that is written begins in the grain before that of the instruction. */
static void a_write_that_reaches_into_the_next_grain_counts(void **state)
{
	/* mov ecx, 2; again: nop; nop; nop; mov al, 1; mov edx, 0x07b09090; mov [again + 1], edx;
	 * loop again; ret */
	static const uint8_t program[] = { 0xb9, 2,    0,    0,    0,    0x90, 0x90, 0x90,
					   0xb0, 1,    0xba, 0x90, 0x90, 0xb0, 0x07, 0x89,
					   0x15, 0x06, 0x00, 0x10, 0x00, 0xe2, 0xee, 0xc3 };
	struct machine *m = *state;

	load(m, program, sizeof program);
	assert_int_equal(x86_run(&m->x), X86_LEFT);
	assert_int_equal(m->x.reg[X86_EAX], 7);
}

/* Instructions of one byte, of which a program is full, and which it writes over itself. */
static uint8_t harmless(struct machine *m)
{
	static const uint8_t some[] = { 0x40, 0x41, 0x42, 0x43, 0x48, 0x4a, 0x90, 0x91,
					0x92, 0x98, 0x99, 0xf5, 0xf8, 0xf9, 0x9e, 0x9f };

	return some[next_random(m) % sizeof some];
}

/* A loop: some instructions write a byte, a word or four bytes into it, wherever that is. */
static void random_program(struct machine *m, uint8_t program[PROGRAM])
{
	for (unsigned i = 0; i < PROGRAM; i++)
		program[i] = harmless(m);
	for (unsigned i = next_random(m) % 8; i + 12 < PROGRAM; i += 6 + next_random(m) % 16) {
		uint32_t r = next_random(m), at = CODE + r % PROGRAM;
		unsigned n = 0;
		if (r >> 20 & 1)
			program[i++] = 0x66;
		program[i++] = r >> 21 & 1 ? 0xc7 : 0xc6; /* mov [at], immediate */
		program[i++] = 0x05;
		for (; n < 4; n++)
			program[i++] = (uint8_t)(at >> 8 * n);
	}
	program[PROGRAM - 2] = 0xeb;
	program[PROGRAM - 1] = (uint8_t)-PROGRAM;
}

/* Left behind each instruction, nothing is kept from one to the next. */
static enum x86_end run_one_by_one(struct x86 *x)
{
	enum x86_end end = X86_LEFT;

	while (end == X86_LEFT && x->eip - CODE < PROGRAM) {
		x->home = x->eip;
		x->home_size = 1;
		end = x86_run(x);
		if (end == X86_LEFT && x->fuel == 0 && x->eip - CODE < PROGRAM)
			end = X86_SPENT;
	}
	return end;
}

static void programs_that_change_themselves_do_the_same_one_by_one(void **state)
{
	struct machine *m = *state;
	uint8_t program[PROGRAM], code[PROGRAM];
	uint32_t after[8];
	unsigned n_changed = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		random_program(m, program);
		load(m, program, sizeof program);
		enum x86_end end = x86_run(&m->x);
		uint32_t eip = m->x.eip, flags = m->x.flags;
		uint64_t fuel = m->x.fuel;
		memcpy(after, m->x.reg, sizeof after);
		memcpy(code, m->code, sizeof code);
		n_changed += memcmp(code, program, sizeof code) != 0 && fuel < STEPS - 20;

		load(m, program, sizeof program);
		assert_int_equal(run_one_by_one(&m->x), end);
		assert_memory_equal(after, m->x.reg, sizeof after);
		assert_memory_equal(code, m->code, sizeof code);
		assert_int_equal(m->x.eip, eip);
		assert_int_equal(m->x.flags, flags);
		assert_int_equal(m->x.fuel, fuel);
	}
	assert_true(n_changed > 1000);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, open_machine, close_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_loop_runs_what_it_wrote_into_itself),
		ROW(a_write_that_reaches_into_the_next_grain_counts),
		ROW(programs_that_change_themselves_do_the_same_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
