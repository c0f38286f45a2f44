/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_VERB_RELEASE_H
#define PEL_CLI_VERB_RELEASE_H

/* `pellucid release`: what its parts share.  release_make.c makes, release_verify.c verifies. */

#include "cli/cli.h"
#include "cli/release_items.h"
#include "trust/durable.h"
#include "trust/proofs.h"

enum { RELEASE_MAX_REMOVED = 400, RELEASE_MAX_MISSED = 400 };

struct release_request {
	enum release_channel channel;
	bool has_channel, accept;
	const char *output, *after, *key, *policy, *keys, *proof, *growth, *state, *old;
	const char *removed[RELEASE_MAX_REMOVED]; /* ID:REASON:FILE */
	size_t n_removed;
	const char *between[RELEASE_MAX_MISSED];
	size_t n_between;
	uint64_t now, issued, days;
};

NODISCARD bool release_make(const struct release_request *q, int n, char **source, struct error *e);
int release_verify(const struct release_request *q, const char *dir);

/* A file of a release's directory; `out` is released by the caller in any case. */
NODISCARD bool release_read(const char *dir, const char *name, size_t max, struct buf *out,
			    struct error *e);
NODISCARD bool release_write(const char *dir, const char *name, struct span bytes, struct error *e);

#endif
