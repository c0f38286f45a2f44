/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_LIBMAGIC_H
#define PEL_CLI_LIBMAGIC_H

/* libmagic for the module `magic`, for programs whose rules ask for it. */

#include "format/mod_magic.h"
#include "rules/db/db.h"

/* Does any rule ask libmagic? */
bool libmagic_wanted(const struct db *db);

/* Heap, with the compiled magic file read; NULL where library or file cannot be had. */
struct magic_host *libmagic_open(void);
void libmagic_close(struct magic_host *host); /* NULL is nothing */

#endif
