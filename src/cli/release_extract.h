/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RELEASE_EXTRACT_H
#define PEL_CLI_RELEASE_EXTRACT_H

#include "trust/proofs.h"

/* Writes a canonical text (release_items.h) to files beneath `dir`, which is made: of rules
 * "SPACE.yar", in the order of levels.  A worker takes the text apart; where a file may lie is seen
 * to here.  DENIED where an item would be a file that lies elsewhere. */
NODISCARD bool release_extract(struct span text, bool rules, const char *dir, struct error *e);

#endif
