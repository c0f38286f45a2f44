/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_CURVE_H
#define PEL_RECOVER_CURVE_H

/* The curve secp256k1, as TeslaCrypt and AlphaCrypt use it. */

#include "base/cursor.h"

enum { CURVE_POINT = 65 /* bytes, in open form */, CURVE_SCALAR = 32 /* big-endian */ };

/* The x coordinate of scalar * point, padded to 32 bytes; false: no point of the curve. */
NODISCARD bool curve_x(const uint8_t *scalar, const uint8_t *point, uint8_t *x);

/* scalar * G is this point. */
bool curve_has_point(const uint8_t *scalar, const uint8_t *point);

/*
 * Products of the numbers in the text (decimal, or hexadecimal after 0x; 24 at most), of at most
 * 256 bits, until one passes the test; it goes to `scalar`.
 */
typedef bool curve_test(const void *ctx, const uint8_t *scalar);
NODISCARD bool curve_products(struct span text, curve_test *is, const void *ctx, uint8_t *scalar);

/* The number of 64 bytes is scalar * x(scalar * peer), as AlphaCrypt leaves it for its makers. */
bool curve_is_recovery(const uint8_t *scalar, const uint8_t *peer, const uint8_t *number);

/* The inverse of the scalar in the group's order, in place. */
NODISCARD bool curve_inverse(uint8_t *scalar);

#endif
