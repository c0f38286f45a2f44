/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/size.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes in data */
	size_t used; /* bytes handed out of data */
	_Alignas(16) unsigned char data[];
};

enum {
	FIRST_BLOCK = 64 << 10,
	SPARSE_BLOCK = 1 << 20,
	BIGGEST_BLOCK = 8 << 20,
	KEPT_BLOCK = 1 << 20,
};

void arena_init(struct arena *a, size_t budget) { *a = (struct arena){ .budget = budget }; }

void arena_init_sparse(struct arena *a, size_t budget)
{
	*a = (struct arena){ .budget = budget, .sparse = true };
}

#ifdef ARENA_MALLOC

static struct arena_block *take(bool sparse, size_t n) { return sparse ? calloc(1, n) : malloc(n); }

static void give_back(struct arena_block *b, bool sparse)
{
	(void)sparse;
	free(b);
}

#else

/* calloc(3) fills with zeros what was freed before; the system's pages cost nothing before they are
 * written to. */
static struct arena_block *take(bool sparse, size_t n)
{
	if (!sparse)
		return malloc(n);
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

static void give_back(struct arena_block *b, bool sparse)
{
	if (sparse)
		(void)munmap(b, sizeof *b + b->size);
	else
		free(b);
}

#endif

static void free_blocks(struct arena_block *b, bool sparse)
{
	while (b != NULL) {
		struct arena_block *next = b->next;
		give_back(b, sparse);
		b = next;
	}
}

void arena_release(struct arena *a)
{
	free_blocks(a->blocks, a->sparse);
	*a = (struct arena){ 0 };
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	a->used = 0;
	a->spent = false;
#ifndef ARENA_MALLOC
	if (keep != NULL && keep->size <= KEPT_BLOCK && !a->sparse) {
		free_blocks(keep->next, false);
		keep->next = NULL;
		keep->used = 0;
		return;
	}
#endif
	free_blocks(keep, a->sparse);
	a->blocks = NULL;
}

static struct arena_block *grow(struct arena *a, size_t n)
{
	size_t size = a->sparse ? SPARSE_BLOCK : FIRST_BLOCK;

#ifdef ARENA_MALLOC
	size = n;
#else
	if (a->blocks != NULL && a->blocks->size < BIGGEST_BLOCK / 2)
		size = a->blocks->size * 2;
	else if (a->blocks != NULL)
		size = BIGGEST_BLOCK;
	if (size < n)
		size = n;
#endif
	if (size > SIZE_MAX - sizeof(struct arena_block))
		return NULL;
	struct arena_block *b = take(a->sparse, sizeof *b + size);
	if (b == NULL)
		return NULL;
	b->next = a->blocks;
	b->size = size;
	b->used = 0;
	a->blocks = b;
	return b;
}

static void *refuse(struct arena *a)
{
	a->spent = true;
	return NULL;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t padded;

	if (!size_add(n, 15, &padded))
		return refuse(a);
	padded &= ~(size_t)15;
	if (padded == 0)
		padded = 16;
	if (padded > a->budget - a->used)
		return refuse(a);
	struct arena_block *b = a->blocks;
	if (b == NULL || padded > b->size - b->used) {
		b = grow(a, padded);
		if (b == NULL)
			return refuse(a);
	}
	void *p = b->data + b->used;
	b->used += padded;
	a->used += padded;
	if (!a->sparse)
		memset(p, 0, padded);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (!size_mul(n, size, &bytes))
		return refuse(a);
	return arena_alloc(a, bytes);
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
	void *to = arena_alloc(a, n);

	if (to != NULL && n != 0)
		memcpy(to, p, n);
	return to;
}

char *arena_text(struct arena *a, const void *p, size_t n)
{
	size_t bytes;

	if (!size_add(n, 1, &bytes))
		return NULL;
	char *to = arena_alloc(a, bytes);
	if (to != NULL && n != 0)
		memcpy(to, p, n);
	return to;
}
