/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_ARCHIVE_MARKS_H
#define PEL_UNPACK_ARCHIVE_MARKS_H

#include "base/cursor.h"

#include <stdbool.h>

enum {
	ARCHIVE_CAB_RESERVED = 4,
	ARCHIVE_CAB_RESERVED_END = 8,
};

/* Does a cabinet begin here?  Its mark has four letters; where the field behind them, which Windows
 * does not look at, is not zero, the header must make sense ([MS-CAB] 2.1). */
bool archive_cab_begins(struct span s);

/* The same where the mark may stand by chance: the header makes sense whatever that field is. */
bool archive_cab_header(struct span s);

#endif
