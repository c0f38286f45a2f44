/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/format/look.h"

/* A .NET assembly: all fields of the module `dotnet`; counts are those of the lists. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20 };

static void same(struct look *l, const char *count, const char *list)
{
	struct value v = look_at(l, list);
	int64_t n = look_int(l, count);

	if (n != INT64_MIN && n != (v.kind == VALUE_ARRAY ? (int64_t)v.list->n : 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct look l;

	look_open(&l, &dotnet_module, (struct span){ data, size }, BUDGET);
	(void)look_walk_all(&l);
	same(&l, "number_of_streams", "streams");
	same(&l, "number_of_user_strings", "user_strings");
	same(&l, "number_of_classes", "classes");
	same(&l, "classes[0].number_of_methods", "classes[0].methods");
	look_close(&l);
	return 0;
}
