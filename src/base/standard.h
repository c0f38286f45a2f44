/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_STANDARD_H
#define PEL_BASE_STANDARD_H

/* Standard input and outputs, and what else a program inherits from whoever started it. */

#include "base/compiler.h"

#include <stdbool.h>

/*
 * Called first in main():
 *
 * - descriptors 0, 1 and 2 are taken: else a file that is opened later gets one of these numbers,
 *   and what is printed goes into it.  One that was closed stays of no use: reading or writing it
 *   fails.
 * - the end of a child is told: where SIGCHLD is ignored the kernel forgets how a worker ended, and
 *   its number may belong to another process.
 * - a file that grows beyond what may be written (ulimit -f) is a write that fails, and not the end
 *   of the program.
 */
void standard_begin(void);

/* Was all that was printed to standard output so far written? */
NODISCARD bool standard_written(void);

/* Called last in main(): the status to end with.  Where standard output could not be written it
 * says so on the other one, and 0 becomes `failed`. */
NODISCARD int standard_end(const char *program, int status, int failed);

#endif
