/* SPDX-License-Identifier: Apache-2.0 */

/* ClamAV's containers, any bytes: members lie in the body, and no signature holds by chance. */

#include "rules/clamav/cvd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cvd_member m;
	struct error e;
	struct cvd c;
	size_t at = 0;

	if (!cvd_read((struct span){ data, size }, &c, &e))
		return 0;
	require(!c.signature_holds);
	for (size_t before = 0; cvd_next(c.body, &at, &m, &e); before = at) {
		require(at > before && m.name.n <= 100);
		require(m.text.n <= c.body.n && (m.text.n == 0 || m.text.p >= c.body.p));
	}
	return 0;
}
