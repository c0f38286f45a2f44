/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/disk_blocks.h"

enum {
	STEPS = 10,             /* of a block's place */
	TAIL_ALWAYS = 16 << 20, /* zeros at the end, in bytes, that are given in any case ... */
	TAIL_MOST = 256 << 20,  /* ... and at most, where the file has ... */
	TAIL_SHARE = 100        /* ... a byte for so many of them; ours */
};

/* Whether so many zeros at the disk's end are given: a file system wants to see its end, and a bomb
 * is nothing else. */
static bool tail_wanted(const struct disk_blocks *b, uint64_t n)
{
	return n <= TAIL_ALWAYS || (n <= TAIL_MOST && n / TAIL_SHARE <= b->v.image.n);
}

bool disk_blocks_give(struct disk_blocks *b, struct error *e)
{
	struct unpack_member m = {
		.name = span_of("disk"), .size = b->size, .packed = UNPACK_UNKNOWN, .at = PLACE_NONE
	};
	bool more = true;

	if (b->n > DISK_BLOCKS_MOST)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "blocks: %llu of a disk, at most %d",
				 (unsigned long long)b->n, DISK_BLOCKS_MOST);
	if (!unpack_steps(b->v.u, b->n * STEPS) || !unpack_begin(b->v.u, &m))
		return true;
	uint64_t n_there = b->n;
	while (n_there != 0 && b->at(b, n_there - 1) == PLACE_NONE)
		n_there--;
	if (b->cut || !tail_wanted(b, (b->n - n_there) * b->block))
		b->n = n_there;
	for (uint64_t i = 0; more && i < b->n; i++) {
		uint64_t at = b->at(b, i), left = b->size - i * b->block;
		uint64_t n = left < b->block ? left : b->block;
		if (at == PLACE_NONE)
			more = unpack_zeros(b->v.u, n);
		else
			more = b->unpack != NULL ? b->unpack(b, i, n) : volume_bytes(&b->v, at, n);
	}
	unpack_end(b->v.u);
	return true;
}
