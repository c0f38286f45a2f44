/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/budget.h"

#include <inttypes.h>
#include <stdio.h>

enum { MIB = 1 << 20 };

void budget_begin(struct budget *b, const struct budget_limits *limits, uint64_t size)
{
	*b = (struct budget){ .size = size };
	if (limits != NULL)
		b->limits = *limits;
	if (b->limits.max_depth == 0)
		b->limits.max_depth = BUDGET_DEPTH;
	if (b->limits.max_objects == 0)
		b->limits.max_objects = BUDGET_OBJECTS;
	if (b->limits.max_bytes == 0)
		b->limits.max_bytes = (uint64_t)BUDGET_BYTES_MIB * MIB;
	if (b->limits.max_ratio == 0)
		b->limits.max_ratio = BUDGET_RATIO;
	if (b->limits.max_held == 0)
		b->limits.max_held = (uint64_t)BUDGET_HELD_MIB * MIB;
	if (b->limits.max_steps == 0)
		b->limits.max_steps = (uint64_t)BUDGET_GIGASTEPS * 1000000000;
}

/* Once something is spent, nothing more is given. */
static bool spend(struct budget *b, const char *what, uint64_t most)
{
	snprintf(b->spent, sizeof b->spent, "%s: more than %" PRIu64, what, most);
	return false;
}

/* size * ratio + more, or the greatest number. */
static uint64_t share(const struct budget *b, uint64_t size, uint64_t more)
{
	if (size > (UINT64_MAX - more) / b->limits.max_ratio)
		return UINT64_MAX;
	return size * b->limits.max_ratio + more;
}

uint64_t budget_member_max(const struct budget *b, uint64_t size)
{
	return share(b, size, (uint64_t)BUDGET_MEMBER_MIB * MIB);
}

bool budget_object(struct budget *b)
{
	if (b->spent[0] != '\0')
		return false;
	if (b->objects >= b->limits.max_objects)
		return spend(b, "objects", b->limits.max_objects);
	b->objects++;
	return budget_steps(b, BUDGET_MEMBER_STEPS);
}

bool budget_bytes(struct budget *b, uint64_t n)
{
	uint64_t most = share(b, b->size, (uint64_t)BUDGET_TREE_MIB * MIB);

	if (b->spent[0] != '\0')
		return false;
	if (n > b->limits.max_bytes - b->bytes)
		return spend(b, "bytes", b->limits.max_bytes);
	if (n > most || b->bytes > most - n)
		return spend(b, "ratio", b->limits.max_ratio);
	b->bytes += n;
	return budget_steps(b, n);
}

bool budget_steps(struct budget *b, uint64_t n)
{
	if (b->spent[0] != '\0')
		return false;
	if (n > b->limits.max_steps - b->steps)
		return spend(b, "steps", b->limits.max_steps);
	b->steps += n;
	return true;
}

bool budget_hold(struct budget *b, uint64_t n)
{
	if (n > b->limits.max_held - b->held)
		return false;
	b->held += n;
	return true;
}

void budget_give_back(struct budget *b, uint64_t n) { b->held -= n < b->held ? n : b->held; }
