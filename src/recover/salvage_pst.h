/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_PST_H
#define PEL_RECOVER_SALVAGE_PST_H

#include "recover/pst_store.h"

/* For salvage_pst.c: each message of the store as a piece of its own,
 * messages/FOLDER/NUMBER-SUBJECT.eml. */
void salvage_pst_messages(struct salvage *s, struct pst_store *store);

#endif
