/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/names.h"
#include "base/hash.h"

enum { MAX_BYTES = 1 << 30, KEPT_BYTES = 16 << 10 };

struct names_slot {
	struct span name;
	uint64_t scope;
	uint32_t number;
	bool used;
};

void names_init(struct names *t)
{
	t->n = 0;
	buf_init(&t->slots, MAX_BYTES);
}

void names_release(struct names *t) { buf_release(&t->slots); }

void names_forget(struct names *t)
{
	t->n = 0;
	if (t->slots.n > KEPT_BYTES)
		buf_release(&t->slots);
	else if (t->slots.n != 0)
		memset(t->slots.p, 0, t->slots.n);
}

static size_t place(const struct buf *slots, uint64_t scope, struct span name)
{
	const struct names_slot *s = (const struct names_slot *)(const void *)slots->p;
	size_t mask = slots->n / sizeof *s - 1;
	size_t k = (size_t)((hash_fnv(name) ^ scope * UINT64_C(0x9e3779b97f4a7c15)) & mask);

	while (s[k].used && (s[k].scope != scope || !span_equal(s[k].name, name)))
		k = (k + 1) & mask;
	return k;
}

uint32_t names_find(const struct names *t, uint64_t scope, struct span name)
{
	if (t->n == 0)
		return NAMES_UNKNOWN;
	const struct names_slot *s =
		(const struct names_slot *)(const void *)t->slots.p + place(&t->slots, scope, name);
	return s->used ? s->number : NAMES_UNKNOWN;
}

static bool grow(struct names *t)
{
	const struct names_slot *old = (const struct names_slot *)(const void *)t->slots.p;
	size_t n = t->slots.n / sizeof *old;
	struct buf larger;

	buf_init(&larger, MAX_BYTES);
	if (buf_grow(&larger, (n == 0 ? 64 : 2 * n) * sizeof *old) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (old[i].used)
			((struct names_slot *)(void *)
				 larger.p)[place(&larger, old[i].scope, old[i].name)] = old[i];
	buf_release(&t->slots);
	t->slots = larger;
	return true;
}

bool names_add(struct names *t, uint64_t scope, struct span name, uint32_t number)
{
	if (2 * (t->n + 1) > t->slots.n / sizeof(struct names_slot) && !grow(t))
		return false;
	struct names_slot *s =
		(struct names_slot *)(void *)t->slots.p + place(&t->slots, scope, name);
	*s = (struct names_slot){ .name = name, .scope = scope, .number = number, .used = true };
	t->n++;
	return true;
}
