/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_OVBA_H
#define PEL_UNPACK_OVBA_H

/*
 * VBA projects ([MS-OVBA]): the compression of their streams (2.4.1) and the list of their modules
 * (2.3.4.2).
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "unpack/unpack.h"

enum { OVBA_CHUNK = 4096, OVBA_NAME_MAX = 255 };

/*
 * Decompresses the next chunk of a compressed container, whose signature byte was read before, into
 * `out` and returns how many bytes it gave; 0 at the end and where no chunk begins.  A chunk that
 * is cut off or points before its beginning gives what came before the damage and sets *damaged.
 */
size_t ovba_chunk(struct cursor *c, uint8_t out[OVBA_CHUNK], bool *damaged);

/* A whole container, decompressed into the arena.  Empty where there is none, or no memory. */
struct span ovba_decompress(struct span container, struct arena *arena, bool *damaged);

/*
 * Where a compressed container with the source of a module begins in a module's stream, looked for
 * by the words that every module's source begins with; s.n where there is none.
 */
size_t ovba_find_source(struct span s);

/* A member with the source that a compressed container holds.  False: the budget is spent. */
NODISCARD bool ovba_give(struct unpack *u, struct span name, struct span container);

struct ovba_module {
	char name[OVBA_NAME_MAX + 1]; /* UTF-8 where the project gives it */
	char stream[OVBA_NAME_MAX +
		    1]; /* the stream that holds it: UTF-8 where the project gives it */
	char narrow_stream[OVBA_NAME_MAX +
			   1]; /* and in the project's code page, which may differ */
	uint32_t offset;       /* of the compressed source in that stream */
};

/* Reads on in a decompressed `dir` stream to the end of the next module; false where none is left.
 */
bool ovba_next_module(struct cursor *dir, struct ovba_module *out);

#endif
