/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_AUTOIT_H
#define PEL_UNPACK_AUTOIT_H

#include "unpack/window.h"

/* The two ciphers of compiled AutoIt scripts: a byte of the input is a byte of the generator more.
 */
struct autoit_cipher {
	bool twister; /* MT19937 (EA05), else a lagged generator (EA06) */
	uint32_t word[624];
	unsigned at, back;
};

void autoit_cipher_init(struct autoit_cipher *c, bool twister, uint32_t seed);
uint8_t autoit_cipher_next(struct autoit_cipher *c);

/* Their LZSS, from bits that are still encrypted: 8 bytes of head, then `size` bytes.  */
enum decode_end autoit_lzss(struct arena *a, struct autoit_cipher *c, struct span in,
			    const struct decode_out *out);

#endif
