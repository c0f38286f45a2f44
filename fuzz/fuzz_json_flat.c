/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_flat.h"

#include <stdlib.h>

/* A table of values as a worker may send it: all that can be reached lies in it, in order. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct flat_item *root;
	struct arena a;
	struct error e;
	size_t n = 1;

	arena_init(&a, JSON_READ_MAX_VALUES * sizeof(struct flat_item));
	if (json_flat_read((struct span){ data, size }, &a, &root, &e)) {
		const uint8_t *at = data;
		for (size_t i = 0; i < n; i++) {
			const struct flat_item *item = root + i;
			if (item->count != 0 && item->first != root + n)
				abort();
			n += item->count;
			if (item->text.p < at || item->key.p < at ||
			    item->text.p + item->text.n > data + size)
				abort();
			at = item->text.p;
		}
	} else if (e.why != REASON_DAMAGED && e.why != REASON_LIMIT) {
		abort();
	}
	arena_release(&a);
	return 0;
}
