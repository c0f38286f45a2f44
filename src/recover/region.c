/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/region.h"
#include "base/io.h"

void region_of_fd(struct region *w, int fd, uint64_t size, uint8_t *room)
{
	*w = (struct region){ .fd = fd, .size = size, .p = room };
}

void region_of_memory(struct region *w, struct span s)
{
	*w = (struct region){ .fd = -1, .memory = s, .size = s.n };
}

struct span region_get(struct region *w, uint64_t at, size_t n)
{
	struct error e;
	size_t got = 0;

	if (w->fd < 0)
		return span_cut(w->memory, at, n);
	if (at >= w->size || n == 0)
		return (struct span){ NULL, 0 };
	n = n < REGION_MAX ? n : REGION_MAX;
	n = n < w->size - at ? n : (size_t)(w->size - at);
	if (at >= w->at && at - w->at <= w->n && n <= w->n - (size_t)(at - w->at))
		return (struct span){ w->p + (at - w->at), n };
	w->n = 0;
	if (!io_pread(w->fd, w->p, n, at, &got, &e) || got != n)
		w->failed = true;
	w->at = at;
	w->n = got;
	return (struct span){ w->p, got };
}
