/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_RAR_BLOCKS_H
#define PEL_UNPACK_RAR_BLOCKS_H

/*
 * What a RAR holds by its own blocks, without its contents.  RAR 5.0 ("RAR 5.0 archive format"):
 * blocks of a CRC, a size and fields of seven bits a byte.
 */

#include "unpack/unpack.h"

enum {
	RAR5_MARK = 8,
	RAR5_MAX_HEADER = 2 << 20, /* bytes, as the format has it */
	RAR5_HAS_EXTRA = 1,
	RAR5_HAS_DATA = 2,
	RAR5_FILE_HAS_TIME = 2,
	RAR5_FILE_HAS_CRC = 4,
};

enum rar5_type { RAR5_MAIN = 1, RAR5_FILE, RAR5_SERVICE, RAR5_ENCRYPTION, RAR5_END };

/* A block's header, from its type on. */
struct rar5_block {
	uint64_t type, flags, data_size, extra_size;
	struct span fields; /* of its type, before what is extra */
	struct span extra;
};

/* False: it does not hold what it says. */
NODISCARD bool rar5_block_read(struct span header, struct rar5_block *b);

/* After `n_read` members of an archive were read to its end, as the library has it: gaps of the
 * object where its blocks say that this was not all of it. */
void rar5_blocks_check(struct unpack *u, struct span archive, uint64_t n_read);

/* The same for RAR before 5.0, of which streams of NTFS alone are not read. */
void rar_blocks_check(struct unpack *u, struct span archive);

#endif
