/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_PLACE_H
#define PEL_CLI_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a part of the program lies: beside this executable (a build tree), or where it was
 * installed. False where it is in neither place. */
bool place_of(const char *name, char *to, size_t size);

#endif
