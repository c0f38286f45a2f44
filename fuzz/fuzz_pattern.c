/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern.h"

#include <stdlib.h>

/*
 * A pattern and bytes to search.  Input: one byte of kind (0 to 2) and dialect, two of flags, two
 * of XOR keys, one with the length of the text, the text; the rest is searched.  What the anchors
 * say must be what the search says; matches are in order, not empty, and inside.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 6, STEPS = 2000000 };

static bool anchor_at(const struct pattern_anchor *a, struct span d, size_t at)
{
	uint8_t key = 0;

	if (a->bytes.n > d.n - at)
		return false;
	if (a->xored)
		key = d.p[at] ^ a->bytes.p[0];
	if (a->xored && (key < a->xor_min || key > a->xor_max))
		return false;
	for (size_t i = 0; i < a->bytes.n; i++) {
		uint8_t c = d.p[at + i] ^ key, m = a->mask.n != 0 ? a->mask.p[i] : 0xff;
		if (a->fold && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		if ((c & m) != (a->bytes.p[i] & m))
			return false;
	}
	return true;
}

/* Do the anchors find a match?  *spent where steps ran out. */
static bool by_anchors(struct span blob, struct span d, struct pattern_scratch *s, bool *spent)
{
	uint64_t steps = STEPS;

	for (size_t i = 0; i < pattern_n_anchors(blob); i++) {
		struct pattern_anchor a;
		if (!pattern_anchor(blob, i, &a))
			abort();
		for (size_t at = 0; at < d.n; at++)
			if (anchor_at(&a, d, at) &&
			    (a.whole || pattern_verify(blob, i, d, at, s, &steps)))
				return true;
	}
	*spent = steps == 0;
	return false;
}

static void search(struct span blob, struct span d, struct pattern_scratch *s, struct arena *a)
{
	uint64_t steps = STEPS, more = STEPS;
	struct match *m, *one;
	size_t n, n_one;
	struct error e;
	bool spent = false;

	if (!pattern_search(blob, d, 0, d.n, 1000, s, a, &steps, &m, &n, &e))
		return;
	for (size_t i = 0; i < n; i++)
		if (m[i].n == 0 || m[i].at >= d.n || m[i].n > d.n - m[i].at ||
		    (i > 0 && m[i].at <= m[i - 1].at))
			abort();
	if (pattern_search(blob, d, 0, d.n, 1, s, a, &more, &one, &n_one, &e) &&
	    (n_one != 0) != (n != 0))
		abort();
	if (pattern_n_anchors(blob) == 0)
		return;
	bool found = by_anchors(blob, d, s, &spent);
	/* an anchor of a chain alone promises nothing */
	if ((n != 0 && !found && !spent) || (n == 0 && found && pattern_is_literal(blob)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum pattern_kind kinds[] = { PATTERN_TEXT, PATTERN_HEX, PATTERN_REGEX,
						   PATTERN_REGEX };
	struct pattern_source s = { .kind = PATTERN_TEXT };
	struct error e;
	struct arena a;
	struct buf blob;
	uint32_t notes;

	if (size < HEAD || data[5] > size - HEAD)
		return 0;
	s.kind = kinds[data[0] & 3];
	s.yarax = (data[0] & 4) != 0;
	s.flags = data[1] | (data[2] & 1u) << 8;
	if ((s.flags & PATTERN_WIDE) == 0)
		s.flags |= PATTERN_ASCII;
	s.xor_min = data[3] < data[4] ? data[3] : data[4];
	s.xor_max = data[3] < data[4] ? data[4] : data[3];
	s.text = (struct span){ data + HEAD, data[5] };
	arena_init(&a, 1 << 26);
	buf_init(&blob, 1 << 26);
	if (pattern_compile(&s, &a, &blob, &notes, &e)) {
		struct pattern_scratch *scratch = pattern_scratch_new();
		struct span rest = { data + HEAD + data[5], size - HEAD - data[5] };
		if (scratch != NULL) {
			uint64_t steps = STEPS;
			search(buf_span(&blob), rest, scratch, &a);
			if (pattern_test(buf_span(&blob), rest, scratch, &steps) && steps == 0)
				abort();
		}
		pattern_scratch_free(scratch);
	}
	buf_release(&blob);
	arena_release(&a);
	return 0;
}
