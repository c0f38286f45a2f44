/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/quorum.h"

#include <stdlib.h>

/* Nobody is no quorum, everybody is one, and one witness more never takes it away. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct quorum q;
	bool by[QUORUM_MAX_WITNESSES] = { 0 };
	struct error e;

	if (!quorum_parse((struct span){ data, size }, &q, &e))
		return 0;
	bool met = quorum_met(&q, by);
	if (met)
		abort();
	for (size_t i = 0; i < q.n_witnesses; i++) {
		by[i] = true;
		bool now = quorum_met(&q, by);
		if (met && !now)
			abort();
		met = now;
	}
	if (!met || quorum_overlap(&q) > q.n_witnesses)
		abort();
	return 0;
}
