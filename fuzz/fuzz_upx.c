/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz_reader.h"
#include "unpack/decode_nrv.h"
#include "unpack/upx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Packed programs; what is none of them is decoded by a method of NRV, and a filter undone in what
 * comes out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[4096];
	size_t made;

	fuzz_reader("", (struct span){ data, size });
	if (size < 4 || data[0] >= 11)
		return 0;
	struct span in = { data + 4, size - 4 };
	enum decode_end end = upx_decode(data[0], in, out, sizeof out, &made);
	if (made > sizeof out || (end == DECODE_WHOLE && made != sizeof out))
		abort();
	if (!upx_unfilter(data[1], data[2], data[3], out, made) && data[1] == 0)
		abort();
	return 0;
}
