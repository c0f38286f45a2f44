/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_CLAM_LINK_PART_H
#define PEL_FORMAT_CLAM_LINK_PART_H

/* What the parts of clam_link share. */

#include "format/clam_link.h"

enum { CLAM_LINK_MOST = 1024 /* bytes of an address that are looked at */ };

/* An address that is changed; room for two and marks. */
struct clam_address {
	uint8_t p[2 * CLAM_LINK_MOST + 8];
	size_t n;
};

bool clam_link_begins(struct span s, const char *with);
/* Where the first of these bytes is; s.n where none is. */
size_t clam_link_find(struct span s, const char *any);
/* %41 is A, as often as there are such; %00 is 1. */
void clam_link_decode(struct clam_address *a);

/* clam_link_hash.c: has the address been decided by the digests?  *found may be NONE: what has no
 * scheme is not looked at any more. */
bool clam_link_is_hashed(const struct clam_link_lists *l, const struct clam_address *real,
			 enum clam_link_finding *found);

#endif
