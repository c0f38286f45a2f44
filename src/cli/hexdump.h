/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_HEXDUMP_H
#define PEL_CLI_HEXDUMP_H

#include "base/cursor.h"

#include <stdio.h>

/* Every byte, sixteen a line: its place, hexadecimal, and as text where it is printable ASCII. */
void hexdump(FILE *to, struct span s);

#endif
