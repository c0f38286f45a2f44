/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_INSTALLSHIELD_H
#define PEL_UNPACK_INSTALLSHIELD_H

#include "unpack/unpack.h"

/* Do the files of a setup program begin here, as InstallShield puts them behind it? */
bool installshield_begins(struct span s);

/* The members of a cabinet: `header` describes them, and volume() gives the file that they lie in,
 * empty where it is not there.  False: the budget is spent. */
struct installshield_volumes {
	struct span (*volume)(void *ctx, unsigned number);
	void *ctx;
};
NODISCARD bool installshield_cabinet(struct unpack *u, struct span header,
				     const struct installshield_volumes *v);

/* "ISc(" and a description of members, not data alone. */
bool installshield_is_header(struct span s);

#endif
