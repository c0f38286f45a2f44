/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_WAITING_H
#define PEL_CLI_WAITING_H

/* How a program that serves ends: SIGTERM or SIGINT, which its threads leave to the main one. */

#include "base/error.h"

NODISCARD bool waiting_prepare(struct error *e); /* before the first thread */
void waiting_for_end(void);

#endif
