/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_ITEMS_PLACE_H
#define PEL_CLI_ITEMS_PLACE_H

/* The rules of a release as sources: its artefact `rules.txt` taken apart in a directory of its
 * own. */

#include "base/error.h"
#include "trust/durable.h"

struct items_place {
	const char *source;           /* to be read: the caller's path, or `rules` */
	char work[DURABLE_PATH_SIZE]; /* empty: nothing was taken apart */
	int back;                     /* the directory that this process was in */
};

/* A file that begins as an artefact does is taken apart, and the process is where it lies until
 * items_place_release(), so that sources have the names that they have everywhere; any other path
 * stays what it is. */
NODISCARD bool items_place_open(const char *path, struct items_place *p, struct error *e);
void items_place_release(struct items_place *p);

#endif
