/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_ATTACK_PARTS_H
#define PEL_RECOVER_ATTACK_PARTS_H

/*
 * Which parts of a file Conti and the first Akira go over: their tail of 534 bytes has a wrapped
 * key of 512, twelve bytes, a mode, a percentage and the size of the original (rivitna/Malware).
 */

#include "base/cursor.h"
#include "base/error.h"

enum { PARTS_MAX = 5, PARTS_TAIL = 534, PARTS_WRAPPED = 512, PARTS_BLOCK = 64 };

struct attack_part {
	uint64_t at, n;  /* bytes of the original */
	uint64_t stream; /* byte of the stream that it begins with; a multiple of PARTS_BLOCK */
};

struct attack_parts {
	struct attack_part part[PARTS_MAX];
	unsigned n;
	uint64_t size; /* of the original */
};

/* `tail` is the last ten bytes of a file of that many.  False: they do not hold. */
NODISCARD bool attack_parts_akira(struct span tail, uint64_t file, struct attack_parts *out);
NODISCARD bool attack_parts_conti(struct span tail, uint64_t file, struct attack_parts *out);

#endif
