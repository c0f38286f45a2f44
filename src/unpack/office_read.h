/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_OFFICE_READ_H
#define PEL_UNPACK_OFFICE_READ_H

#include "unpack/ole2.h"
#include "unpack/unpack.h"

struct office {
	struct unpack *u;
	const struct ole2 *o;
	/* streams found to be encrypted, of which the readers of streams would make nothing */
	const struct ole2_entry *closed[3];
	size_t n_closed;
};

bool office_closed(const struct office *f, const struct ole2_entry *s);

/* Gives what is encrypted in an OLE2 document decrypted, under "decrypted", or says that no
 * password fits.  False: the budget is spent. */
NODISCARD bool office_read(struct office *f);

#endif
