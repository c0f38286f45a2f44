/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/torture/failing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

enum { SLOTS = 1 << 20, TOMBSTONE = 1 };

static uintptr_t live[SLOTS]; /* what was allocated while `on`; open addressing */
static size_t n_live, n_used;
static uint64_t made, fails_at = UINT64_MAX;
static bool on, fails_for_ever;

static size_t slot_of(uintptr_t p)
{
	return (size_t)((p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 44) % SLOTS;
}

static void *born(void *p)
{
	size_t i = slot_of((uintptr_t)p);

	if (!on || p == NULL)
		return p;
	if (n_used == SLOTS / 2) {
		fprintf(stderr, "failing: more pieces than there are slots\n");
		exit(1);
	}
	while (live[i] > TOMBSTONE)
		i = (i + 1) % SLOTS;
	n_used += live[i] == 0;
	live[i] = (uintptr_t)p;
	n_live++;
	return p;
}

static void died(void *p)
{
	if (p == NULL || n_live == 0)
		return;
	for (size_t i = slot_of((uintptr_t)p); live[i] != 0; i = (i + 1) % SLOTS)
		if (live[i] == (uintptr_t)p) {
			live[i] = TOMBSTONE;
			n_live--;
			return;
		}
}

static bool fails(void)
{
	if (!on)
		return false;
	uint64_t number = made++;
	return number == fails_at || (fails_for_ever && number > fails_at);
}

void *__wrap_malloc(size_t n) { return fails() ? NULL : born(__real_malloc(n)); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : born(__real_calloc(n, size)); }

void *__wrap_realloc(void *p, size_t n)
{
	if (fails())
		return NULL;
	died(p);
	return born(__real_realloc(p, n));
}

char *__wrap_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = __wrap_malloc(n);

	return p != NULL ? memcpy(p, s, n) : NULL;
}

void __wrap_free(void *p)
{
	died(p);
	__real_free(p);
}

void failing_begin(uint64_t at, bool for_ever)
{
	if (n_used != 0)
		memset(live, 0, sizeof live);
	n_live = n_used = 0;
	made = 0;
	fails_at = at;
	fails_for_ever = for_ever;
	on = true;
}

uint64_t failing_end(void)
{
	on = false;
	return made;
}

size_t failing_leaks(void) { return n_live; }

void failing_sweep(void)
{
	for (size_t i = 0; n_live != 0 && i < SLOTS; i++)
		if (live[i] > TOMBSTONE) {
			__real_free((void *)live[i]);
			n_live--;
		}
}
