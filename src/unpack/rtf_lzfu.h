/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_RTF_LZFU_H
#define PEL_UNPACK_RTF_LZFU_H

/* RTF as mails of Outlook compress it ([MS-OXRTFCP]). */

#include "unpack/unpack.h"

/* A member with the RTF that `packed` holds, compressed or not.  False: the budget is spent. */
NODISCARD bool rtf_lzfu_give(struct unpack *u, struct span name, struct span packed);

#endif
