/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PROG_IMPL_H
#define PEL_MATCH_PROG_IMPL_H

/* What a program is made of, and the machine that runs one: shared by the files prog*.c. */

#include "match/prog.h"

enum op {
	OP_BYTE,
	OP_SET,
	OP_ANY,
	OP_SPLIT,
	OP_SPLIT_FAR,
	OP_JUMP,
	OP_START,
	OP_END,
	OP_WORD,
	OP_NOT_WORD,
	OP_MATCH
};

/* A thread that stands at SPLIT goes on at the next instruction and, second in rank, at x; at
 * SPLIT_FAR the one at x ranks first. */
struct instruction {
	uint8_t op;
	uint8_t byte;
	uint16_t set;
	uint32_t x;
};

/* A program: the head, n instructions, n_sets of 32 bytes each. */
struct prog_head {
	uint32_t n, n_sets;
};

struct machine {
	const struct prog_run *run;
	struct prog_scratch *s;
	const uint8_t *code, *sets;
	uint32_t n, n_sets;
	size_t n_list[2];
	bool matched; /* a thread reached the end since the last byte was read */
};

/* Takes the program in run->prog apart; false where it is damaged or there is no memory. */
bool prog_ready(struct machine *m, const struct prog_run *run, struct prog_scratch *s);
/* Adds a thread at pc, and all that it reaches without reading, to a list. */
void prog_follow(struct machine *m, unsigned which, uint32_t pc, uint64_t at);
bool prog_takes(const struct machine *m, const struct instruction *i, uint8_t byte);
/* Reads one byte in all threads; `at` is the place behind it (in the direction of reading). */
void prog_read_byte(struct machine *m, unsigned from, uint8_t byte, uint64_t at);

static inline struct instruction prog_at(const struct machine *m, uint32_t pc)
{
	struct instruction i;

	memcpy(&i, m->code + (size_t)pc * sizeof i, sizeof i);
	return i;
}

#endif
