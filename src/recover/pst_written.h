/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_PST_WRITTEN_H
#define PEL_RECOVER_PST_WRITTEN_H

/* The ways in which Outlook's databases write the data of a block ([MS-PST] 2.2.2.6 and 5). */

#include "base/cursor.h"

enum {
	PST_PLAIN = 0,
	PST_PERMUTED = 1, /* each byte by a table ("compressible") */
	PST_CYCLIC = 2,   /* by tables, the block's number and the place ("high") */
};

/* The `from.n` bytes at the start of the block with this number as they were before; `to` has room
 * for them.  What is written in another way than these three stays as it is. */
void pst_plain(uint8_t way, uint64_t bid, struct span from, uint8_t *to);

#endif
