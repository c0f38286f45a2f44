/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_VERIFY_RELEASE_H
#define PEL_CLI_VERIFY_RELEASE_H

/* The release that a verdict's database is held against. */

#include "base/buf.h"
#include "base/error.h"

struct verify_release {
	uint64_t seq, index;
	uint64_t size; /* entries of the log under the head that the proof is of */
	uint64_t time; /* at which the quorum stood */
	size_t n_witnesses;
	char origin[256];
};

/*
 * Checks the release of rules in `place` (NULL: the one that this machine uses) by the policy and
 * the keys in the directory `trust` (NULL: this machine's), and builds its database again into
 * *database, which is to be released either way.
 */
NODISCARD bool verify_release_open(const char *trust, const char *place, struct buf *database,
				   struct verify_release *out, struct error *e);

#endif
