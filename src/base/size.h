/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_SIZE_H
#define PEL_BASE_SIZE_H

/* Sums and products of sizes that come from a file.  False, with *out untouched, on overflow. */

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

NODISCARD static inline bool size_add(size_t a, size_t b, size_t *out)
{
	size_t r;
	if (__builtin_add_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

NODISCARD static inline bool size_mul(size_t a, size_t b, size_t *out)
{
	size_t r;
	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

#endif
