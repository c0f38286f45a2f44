/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_CERTIFICATES_H
#define PEL_UNPACK_CERTIFICATES_H

/* Where the table of certificates begins, which signing puts behind all else in a PE program. */

#include "base/cursor.h"

/* The program without it; empty where it has none. */
struct span certificates_before(struct span program);

#endif
