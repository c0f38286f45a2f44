/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_CONFINE_H
#define PEL_SANDBOX_CONFINE_H

/*
 * The walls around a worker.  no_new_privs, limits and the seccomp filter are
 * demanded; Landlock and an unprivileged user are used where they can be had.
 */

#include "base/error.h"

struct confinement {
	bool seccomp, landlock, unprivileged;
};

/* Puts the calling process behind the walls for good.  Memory, libraries and tables that it will need must
 * be there before. */
NODISCARD bool confine_self(struct confinement *out, struct error *e);

#endif
