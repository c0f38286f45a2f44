/* SPDX-License-Identifier: Apache-2.0 */

/* Pictures of any bytes: what is read has the size that it says, and its hash is always the same.
 */

#include "engine/image_hash.h"
#include "unpack/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 /* pixels: larger ones only cost time */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { data, size };
	uint8_t one[IMAGE_HASH], two[IMAGE_HASH];
	struct arena a;
	struct image m;
	struct error e;

	arena_init(&a, IMAGE_MEMORY);
	bool ok = image_read(file, &a, &m, &e);
	if (ok && (m.w == 0 || m.h == 0 || (uint64_t)m.w * m.h > IMAGE_MAX_PIXELS))
		abort();
	if (!ok && e.why == REASON_NONE)
		abort();
	bool small = ok && (uint64_t)m.w * m.h <= MOST;
	arena_release(&a);
	if (small && (!image_hash(file, one, &e) || !image_hash(file, two, &e) ||
		      memcmp(one, two, sizeof one) != 0))
		abort();
	return 0;
}
