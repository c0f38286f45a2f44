/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_CLAM_DATABASES_H
#define PEL_CLI_CLAM_DATABASES_H

/* What clamscan's -d names, which is less than sources_add() takes of a directory. */

#include "cli/sources.h"

/*
 * Adds a file, or of a directory the files that lie in it and have one of ClamAV's endings, hidden
 * ones too, in the order of their names: no directories, no other rules.  Fails with IO where there
 * is none, or where one is no file.
 */
NODISCARD bool clam_databases_add(struct sources *s, const char *path, struct error *e);

#endif
