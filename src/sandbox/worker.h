/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_WORKER_H
#define PEL_SANDBOX_WORKER_H

/* The life of a worker: set up, shut in, then objects in and records out until the socket closes.
 * Returns its exit status. */
int worker_run(void);

#endif
