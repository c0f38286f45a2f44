/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_BURIED_H
#define PEL_UNPACK_BURIED_H

/* Archives behind bytes of any other kind, as programs that unpack them look for them. */

#include "base/cursor.h"

/* From the first 7z, RAR or CAB archive that begins in the first MiB, but not at its start, to the
 * end; empty: there is none. */
struct span buried_archive(struct span s);

#endif
