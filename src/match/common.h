/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_COMMON_H
#define PEL_MATCH_COMMON_H

/* The runs of four bytes that are so common that a model of pairs of bytes cannot tell it. */

#include <stddef.h>
#include <stdint.h>

enum { COMMON_NOT = 255 };

/* About -4 log2 of the chance that a place of an ordinary file holds the four bytes of `key`, the
 * first lowest, each with bit 5 set where bit 6 is; COMMON_NOT where they are none of the common.
 */
unsigned common_rarity(uint32_t key);

#endif
