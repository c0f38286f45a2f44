/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_LEDGER_PLACE_H
#define PEL_CLI_LEDGER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The directory of this user's ledger of disclosures: $PELLUCID_LEDGER, $XDG_STATE_HOME/pellucid,
 * or
 * ~/.local/state/pellucid.  False where none of them is set, or the path is too long. */
bool ledger_place(char *to, size_t size);

#endif
