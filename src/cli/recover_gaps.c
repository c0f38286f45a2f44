/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "cli/recover.h"

#include <string.h>

/* What could not be read: an action walks a tree more than once, and a path is told once. */

enum { MAX_GAPS = 1 << 20 /* that are remembered; those beyond are told each time */ };

void recover_gaps_init(struct recover_gaps *g)
{
	g->n = 0;
	buf_init(&g->seen, MAX_GAPS * sizeof(uint64_t));
}

void recover_gaps_release(struct recover_gaps *g) { buf_release(&g->seen); }

bool recover_gap(struct recover_gaps *g, const char *path, const struct error *e)
{
	uint64_t of = hash_fnv(span_of(path)), seen;

	for (size_t i = 0; i + sizeof seen <= g->seen.n; i += sizeof seen) {
		memcpy(&seen, g->seen.p + i, sizeof seen);
		if (seen == of)
			return false;
	}
	if (g->seen.n < MAX_GAPS * sizeof of)
		buf_put(&g->seen, &of, sizeof of);
	g->n++;
	recover_tell(path, e);
	return true;
}
