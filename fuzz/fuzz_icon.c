/* SPDX-License-Identifier: Apache-2.0 */

/* Version information and icons of PE images, any bytes, as ClamAV's signatures ask for them. */

#include "format/icon.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 8, MEMORY = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { data, size };
	uint32_t at[EXE_MAX_VERSION_STRINGS];
	struct icon icon[MOST];
	struct arena a;
	struct exe x;
	bool cut;

	if (!exe_read(file, &x))
		return 0;
	size_t n = exe_version_strings(file, &x, at, EXE_MAX_VERSION_STRINGS, &cut);
	for (size_t i = 0; i < n; i++)
		if (at[i] >= size)
			abort();
	arena_init(&a, MEMORY);
	n = icon_read_all(file, &x, &a, icon, MOST, &cut);
	for (size_t i = 0; i < n; i++) {
		bool black = icon[i].colors == 0;
		/* an icon is like itself, but where it has fewer spots than are compared */
		(void)icon_like(&icon[i], &icon[n - 1 - i]);
		if (icon[i].side > ICON_SIDE || icon[i].edge.x[0] >= icon[i].side ||
		    (black && (icon[i].red | icon[i].green | icon[i].blue) != 0))
			abort();
	}
	arena_release(&a);
	return 0;
}
