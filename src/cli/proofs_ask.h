/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_PROOFS_ASK_H
#define PEL_CLI_PROOFS_ASK_H

#include "trust/proofs.h"

/* Has each question answered by a worker of its own, so that what took one over has nothing to say
 * of another. */
extern const struct proofs proofs_ask;

#endif
