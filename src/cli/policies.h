/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_POLICIES_H
#define PEL_CLI_POLICIES_H

/* The policies that a verb works with: those that the program carries, and files of the user's. */

#include "policy/policy.h"

enum { POLICIES_MAX = 256 };

struct policies {
	struct policy *list[POLICIES_MAX]; /* heap */
	size_t n;
	bool unread; /* something that was named could not be read at all */
};

void policies_init(struct policies *p);
void policies_release(struct policies *p);

/* Adds those that the program carries (policy/ of the source). */
NODISCARD bool policies_add_shipped(struct policies *p);
/* Adds a file, or every *.policy of a directory.  What is wrong with one is printed on standard
 * error; false where any could not be used. */
NODISCARD bool policies_add(struct policies *p, const char *path);

/* The values of all atoms of that type, in the order of bytes, each once; *n of them.  Heap: free
 * the array alone; the texts are copies in *arena. */
const char **policies_values(const struct policies *p, enum policy_atom_type type,
			     struct arena *arena, size_t *n);

#endif
