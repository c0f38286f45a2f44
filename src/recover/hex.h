/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_HEX_H
#define PEL_RECOVER_HEX_H

#include "base/cursor.h"

/* Exactly n bytes from 2 * n hexadecimal digits of either case; false for anything else. */
NODISCARD bool hex_read(struct span digits, uint8_t *out, size_t n);

/* A number of at most 18 characters, decimal or after 0x hexadecimal. */
NODISCARD bool hex_number(struct span s, uint64_t *out);

#endif
