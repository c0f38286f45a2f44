/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_POLICIES_H
#define PEL_CLI_POLICIES_H

/* The policies that a verb works with: those that the program carries, and files of the user's. */

#include "policy/policy.h"

enum { POLICIES_MAX = 256 };

struct policies {
	struct policy *list[POLICIES_MAX]; /* heap */
	size_t n;
};

void policies_init(struct policies *p);
void policies_release(struct policies *p);

/* Adds those that the program carries (policy/ of the source). */
NODISCARD bool policies_add_shipped(struct policies *p);
/* Adds a file, or every *.policy of a directory.  What is wrong with one is printed on standard
 * error; false where any could not be used. */
NODISCARD bool policies_add(struct policies *p, const char *path);

/* The paths that the entries ask for, in the order of bytes, each once; NULL-free, ended by *n.
 * Heap: free the array alone; the texts are the policies' own copies in *arena. */
const char **policies_paths(const struct policies *p, struct arena *arena, size_t *n);

#endif
