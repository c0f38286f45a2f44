/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz_module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_module(&lnk_module, (struct span){ data, size }, (struct span){ NULL, 0 });
	return 0;
}
