/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz_module.h"

/* The module's data is the hostile input here. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_module(&cuckoo_module, span_of("a file"), (struct span){ data, size });
	return 0;
}
