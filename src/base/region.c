/* SPDX-License-Identifier: Apache-2.0 */
#include "base/region.h"
#include "base/io.h"

void region_of_fd(struct region *w, int fd, uint64_t size, uint8_t *room)
{
	*w = (struct region){ .fd = fd, .size = size, .p = room };
}

void region_of_memory(struct region *w, struct span s)
{
	*w = (struct region){ .fd = -1, .memory = s, .size = s.n };
}

void region_of_extents(struct region *w, struct region *under, const struct region_extent *extent,
		       size_t n, uint8_t *room)
{
	*w = (struct region){
		.fd = -1, .under = under, .extent = extent, .n_extents = n, .p = room
	};
	if (n != 0)
		w->size = extent[n - 1].at + extent[n - 1].n;
}

/* The extent that byte `at` lies in. */
static size_t extent_of(const struct region *w, uint64_t at)
{
	size_t low = 0, high = w->n_extents;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (w->extent[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Puts bytes [at, at + n) together; as many as there are. */
static size_t put_together(struct region *w, uint64_t at, size_t n)
{
	size_t got = 0;

	for (size_t i = extent_of(w, at); got < n && i < w->n_extents; i++) {
		const struct region_extent *x = &w->extent[i];
		uint64_t in = at + got - x->at;
		size_t want = x->n - in < n - got ? (size_t)(x->n - in) : n - got;
		if (x->p != NULL) {
			memcpy(w->p + got, x->p + in, want);
		} else if (x->from == REGION_ZEROS) {
			memset(w->p + got, 0, want);
		} else {
			struct span s = region_get(w->under, x->from + in, want);
			if (s.n != 0)
				memcpy(w->p + got, s.p, s.n);
			if (s.n != want)
				return got + s.n;
		}
		got += want;
	}
	return got;
}

struct span region_get(struct region *w, uint64_t at, size_t n)
{
	struct error e;
	size_t got = 0;

	if (w->fd < 0 && w->n_extents == 0)
		return span_cut(w->memory, at, n);
	if (at >= w->size || n == 0)
		return (struct span){ NULL, 0 };
	n = n < REGION_MAX ? n : REGION_MAX;
	n = n < w->size - at ? n : (size_t)(w->size - at);
	if (at >= w->at && at - w->at <= w->n && n <= w->n - (size_t)(at - w->at))
		return (struct span){ w->p + (at - w->at), n };
	w->n = 0;
	if (w->fd < 0)
		got = put_together(w, at, n);
	else if (!io_pread(w->fd, w->p, n, at, &got, &e))
		w->failed = true;
	if (got != n)
		w->failed = true;
	w->at = at;
	w->n = got;
	return (struct span){ w->p, got };
}

bool region_load(struct region *w, uint64_t at, uint64_t n, struct buf *out)
{
	if (at > w->size || n > w->size - at)
		return false;
	out->failed = out->failed || n > out->max - out->n;
	if (out->failed)
		return false;
	for (uint64_t done = 0; done < n;) {
		uint64_t left = n - done;
		struct span piece =
			region_get(w, at + done, left < REGION_MAX ? (size_t)left : REGION_MAX);
		if (piece.n == 0)
			return false;
		buf_put_span(out, piece);
		done += piece.n;
	}
	return buf_ok(out);
}
