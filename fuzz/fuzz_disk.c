/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader("", (struct span){ data, size });
	return 0;
}
