/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_CONFINE_H
#define PEL_SANDBOX_CONFINE_H

/*
 * The walls around a worker.  no_new_privs, limits, an unprivileged user and the
 * seccomp filter are demanded; Landlock, a network of its own and the clock's
 * absence are added where the kernel offers them.
 */

#include "base/error.h"

struct confinement {
	unsigned walls; /* bits of enum protocol_wall */
};

/*
 * Puts the calling process behind the walls for good.  It must have one thread.  Memory maps,
 * libraries and tables that cannot be got with the few calls that remain must be there before.
 * It may hold max_object bytes besides its own needs.  DENIED says which wall could not be raised;
 * then the process must end.
 */
NODISCARD bool confine_self(uint64_t max_object, struct confinement *out, struct error *e);

#endif
