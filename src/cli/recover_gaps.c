/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/recover.h"

#include <string.h>

/* What could not be read: an action walks a tree more than once, and a path is told once. */

enum { MEMORY = 256 << 20 /* for paths that were told; those beyond are told each time */ };

void recover_gaps_init(struct recover_gaps *g)
{
	g->n = 0;
	names_init(&g->told);
	arena_init(&g->paths, MEMORY);
}

void recover_gaps_release(struct recover_gaps *g)
{
	names_release(&g->told);
	arena_release(&g->paths);
}

bool recover_gap(struct recover_gaps *g, const char *path, const struct error *e)
{
	struct span name = span_of(path);

	if (names_find(&g->told, 0, name) != NAMES_UNKNOWN)
		return false;
	name.p = arena_copy(&g->paths, path, name.n);
	if (name.p != NULL)
		(void)!names_add(&g->told, 0, name, 0); /* no room: it is told again */
	g->n++;
	recover_tell(path, e);
	return true;
}
