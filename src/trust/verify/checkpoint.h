/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_CHECKPOINT_H
#define PEL_TRUST_CHECKPOINT_H

/*
 * The head of a log (c2sp.org/tlog-checkpoint@v1.0.0): three lines, "ORIGIN", "SIZE",
 * "base64(ROOT)", as the text of a signed note.  Extension lines are refused: implementations
 * differ in whether a cosignature covers them.
 */

#include "trust/verify/merkle.h"

/* Most leaves of a log that we follow: a head that claims more would run the log out. */
#define CHECKPOINT_MAX_TREE (UINT64_C(1) << 40)

enum { CHECKPOINT_MAX_TEXT = 512 };

struct checkpoint {
	struct span origin;
	uint64_t size; /* leaves */
	struct merkle_hash root;
};

/* Reads a note's text; the origin lies in it.  DAMAGED; LIMIT beyond CHECKPOINT_MAX_TREE.  Whether
 * the root can be that of the size is not asked. */
NODISCARD bool checkpoint_parse(struct span text, struct checkpoint *out, struct error *e);

/* Writes the text with a NUL and returns its length; 0 where the origin is too long. */
size_t checkpoint_write(const struct checkpoint *c, char to[CHECKPOINT_MAX_TEXT]);

#endif
