/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"

/*
 * The memory of a process is searched as one image, in which its regions follow
 * each other.  What conditions and evidence see are addresses: here the one
 * becomes the other.
 */

/* The last region that begins at or before the value; NULL: none.  By address, or by place. */
static const struct scan_region *region_of(const struct scanner *s, uint64_t value, bool by_place)
{
	size_t low = 0, high = s->n_regions;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint64_t begin = by_place ? s->region[mid].at : s->region[mid].address;
		if (begin <= value)
			low = mid + 1;
		else
			high = mid;
	}
	return low != 0 ? &s->region[low - 1] : NULL;
}

static bool holds(const struct scan_region *r, uint64_t from, uint64_t n)
{
	return from <= r->n && n <= r->n - from;
}

bool scan_place(const struct scanner *s, uint64_t address, uint64_t n, uint64_t *at)
{
	if (s->region == NULL) {
		*at = address;
		return address <= s->file.n && n <= s->file.n - address;
	}
	const struct scan_region *r = region_of(s, address, false);
	if (r == NULL || !holds(r, address - r->address, n) || r->at > s->file.n ||
	    r->n > s->file.n - r->at)
		return false;
	*at = r->at + (address - r->address);
	return true;
}

size_t scan_addresses(const struct scanner *s, struct match *list, size_t n)
{
	size_t kept = 0;

	if (s->region == NULL)
		return n;
	for (size_t i = 0; i < n; i++) {
		const struct scan_region *r = region_of(s, list[i].at, true);
		if (r == NULL || !holds(r, list[i].at - r->at, list[i].n))
			continue;
		list[kept] = list[i];
		list[kept++].at = r->address + (list[i].at - r->at);
	}
	return kept;
}

const uint8_t *scan_bytes(void *ctx, uint64_t address, uint64_t n)
{
	const struct scanner *s = ctx;
	uint64_t at;

	return scan_place(s, address, n, &at) ? s->file.p + at : NULL;
}
