/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/targets.h"

#include <string.h>

/* TARGETS is TARGET(name) for each (meson.build). */
#define TARGET(name) fuzz_target fuzz_##name;
TARGETS
#undef TARGET
#define TARGET(name) { #name, fuzz_##name },

fuzz_target *fuzz_target_named(const char *name)
{
	static const struct {
		const char *name;
		fuzz_target *run;
	} targets[] = { TARGETS };

	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (strcmp(targets[i].name, name) == 0)
			return targets[i].run;
	return NULL;
}
