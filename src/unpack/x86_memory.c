/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86_memory.h"

struct x86_region *x86_memory_map(struct x86_memory *m, struct arena *a, uint32_t at, uint32_t n)
{
	struct x86_region r = { .at = at, .n = n };

	if (n == 0 || n - 1 > UINT32_MAX - at || m->n_regions == X86_MAX_REGIONS)
		return NULL;
	for (size_t i = 0; i < m->n_regions; i++) {
		const struct x86_region *o = &m->region[i];
		if (at <= o->at + (o->n - 1) && o->at <= at + (n - 1))
			return NULL;
	}
	r.bytes = arena_alloc(a, n);
	r.marked = arena_alloc(a, n / X86_GRAIN + 1);
	if (r.bytes == NULL || r.marked == NULL)
		return NULL;
	m->region[m->n_regions] = r;
	return &m->region[m->n_regions++];
}

struct x86_region *x86_memory_search(struct x86_memory *m, size_t *last, uint32_t at, uint32_t n)
{
	for (size_t i = 0; i < m->n_regions; i++) {
		if (x86_region_holds(&m->region[i], at, n)) {
			*last = i;
			return &m->region[i];
		}
	}
	return NULL;
}

struct span x86_memory_span(struct x86_memory *m, uint32_t at, uint32_t n)
{
	const struct x86_region *r = x86_memory_find(m, at, 1);

	if (r == NULL)
		return (struct span){ NULL, 0 };
	return span_cut((struct span){ r->bytes, r->n }, at - r->at, n);
}

bool x86_memory_written(struct x86_memory *m, uint32_t at)
{
	const struct x86_region *r = x86_memory_find(m, at, 1);

	return r != NULL && (r->marked[(at - r->at) / X86_GRAIN] & X86_MARK_WRITTEN) != 0;
}
