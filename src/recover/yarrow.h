/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_YARROW_H
#define PEL_RECOVER_YARROW_H

#include <stdbool.h>
#include <stdint.h>

/* The first 16 bytes that the Yarrow-256 of GNU Nettle gives when it was seeded with nothing but a
 * number in decimal digits: what a key of a clock is.  False: libcrypto does not work. */
enum { YARROW_BYTES = 16 };
bool yarrow_of_number(uint64_t number, uint8_t *out);

#endif
