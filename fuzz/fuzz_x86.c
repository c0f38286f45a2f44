/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/x86.h"

#include <stdlib.h>

enum { CODE = 0x1000, DATA = 0x8000, DATA_SIZE = 4096, FUEL = 5000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Input is code, which must end by its fuel, and leave eip outside of home or where it faulted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct x86 x;

	if (size == 0 || size > DATA - CODE)
		return 0;
	arena_init(&a, 1 << 20);
	x86_init(&x);
	struct x86_region *code = x86_memory_map(&x.memory, &a, CODE, (uint32_t)size);
	if (code == NULL || x86_memory_map(&x.memory, &a, DATA, DATA_SIZE) == NULL)
		abort();
	memcpy(x.memory.region[0].bytes, data, size);
	x.reg[X86_ESP] = x.reg[X86_ESI] = x.reg[X86_EDI] = DATA + DATA_SIZE / 2;
	x.eip = x.home = x.fs = CODE;
	x.home_size = (uint32_t)size;
	x.fuel = FUEL;
	enum x86_end end = x86_run(&x);
	bool outside = x.eip - x.home >= x.home_size;
	if ((end == X86_LEFT && !outside) || (end == X86_SPENT && (outside || x.fuel != 0)) ||
	    (end == X86_FAULT) != (x.fault != X86_FAULT_NONE) || x.fuel >= FUEL)
		abort();
	arena_release(&a);
	return 0;
}
