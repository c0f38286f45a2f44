/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PAIRS_H
#define PEL_UNPACK_PAIRS_H

#include <stddef.h>
#include <stdint.h>

/* Numbers that are put in order, each with another that goes with it. */
struct pair {
	uint64_t key, value;
};

/* Ascending by key, then by value, in place and in n log n steps: qsort(3) may ask the system how
 * much memory there is, which a worker cannot. */
void pairs_sort(struct pair *a, size_t n);

#endif
