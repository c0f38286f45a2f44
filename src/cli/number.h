/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_NUMBER_H
#define PEL_CLI_NUMBER_H

/* Numbers as people write them behind an option. */

#include "base/error.h"

#include <stdint.h>

enum { NUMBER_MAX_SECONDS = 366 * 86400 }; /* of a limit of time: a year */

/*
 * Decimal digits and nothing else, from `least` to `most`.  Fails with DAMAGED: "--NAME takes a
 * number from 1 to 64, not `10k`".  A limit that is read wrong would leave out what it should not.
 */
NODISCARD bool number_read(const char *name, const char *text, uint64_t least, uint64_t most,
			   uint64_t *out, struct error *e);

/* The same for what is kept in an unsigned. */
NODISCARD bool number_read_small(const char *name, const char *text, unsigned least, unsigned most,
				 unsigned *out, struct error *e);

#endif
