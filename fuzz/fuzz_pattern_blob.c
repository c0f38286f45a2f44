/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern.h"

#include <stdlib.h>

/* Any bytes as a pattern's blob: two bytes with its length, the blob, the bytes to search. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 500000 };

static void run(struct span blob, struct span d, struct pattern_scratch *s, struct arena *a)
{
	uint64_t steps = STEPS;
	size_t n_anchors = pattern_n_anchors(blob), n;
	struct match *m;
	struct error e;
	unsigned answers = 0; /* asked for their own sake */

	for (size_t i = 0; i <= n_anchors && i < 64; i++) {
		struct pattern_anchor one;
		if (pattern_anchor(blob, i, &one) && one.bytes.n > PATTERN_ANCHOR_MAX)
			abort();
		for (uint64_t at = 0; at <= d.n; at += 1 + at / 2)
			answers += pattern_verify(blob, i, d, at, s, &steps);
	}
	answers += pattern_is_literal(blob);
	steps = STEPS;
	answers += pattern_search(blob, d, 0, UINT64_MAX, 1000, s, a, &steps, &m, &n, &e);
	for (size_t i = 0; i < n; i++)
		if (m[i].at >= d.n || m[i].n > d.n - m[i].at)
			abort();
	steps = STEPS;
	answers += pattern_search(blob, d, d.n / 2, d.n / 2 + 1, 1, s, a, &steps, &m, &n, &e);
	steps = STEPS;
	answers += pattern_test(blob, d, s, &steps);
	if (answers > 64 * 64 + 4)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pattern_scratch *s;
	struct arena a;

	if (size < 2)
		return 0;
	size_t n = (size_t)(data[0] | data[1] << 8);
	n = n < size - 2 ? n : size - 2;
	/* at exactly its length, and at no particular alignment */
	uint8_t *copy = malloc(n + 1);
	s = pattern_scratch_new();
	arena_init(&a, 1 << 26);
	if (copy != NULL && s != NULL) {
		memcpy(copy + 1, data + 2, n);
		run((struct span){ copy + 1, n }, (struct span){ data + 2 + n, size - 2 - n }, s,
		    &a);
	}
	arena_release(&a);
	pattern_scratch_free(s);
	free(copy);
	return 0;
}
