/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_CODED_H
#define PEL_UNPACK_CODED_H

/* Files that stand in a text, uuencoded (POSIX.1-2017, uuencode) or in yEnc (1.3). */

#include "unpack/unpack.h"

/* Each as a member, called by the name that its first line gives.  False: the budget is spent. */
NODISCARD bool coded_give(struct unpack *u, struct span text);

#endif
