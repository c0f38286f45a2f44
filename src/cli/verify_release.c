/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify_release.h"

#include "cli/proofs_ask.h"
#include "cli/proven.h"
#include "trust/durable.h"
#include "trust/trusted.h"

#include <stdio.h>
#include <string.h>

bool verify_release_open(const char *trust, const char *place, struct buf *database,
			 struct verify_release *out, struct error *e)
{
	char inside[DURABLE_PATH_SIZE];
	struct trusted_release r = { .left = 0 };
	struct buf text = { .n = 0 };
	struct trusted *t;

	buf_init(database, 0);
	if (!trusted_open(proven_directory(trust), &proofs_ask, &t, e))
		return false;
	bool ok =
		t->configured || error_set(e, REASON_IO, PLACE_NONE,
					   "no trust policy in %s: name one with --trust", t->dir);
	if (ok && place == NULL) {
		ok = durable_path(inside, e, "%s/rules/current", t->dir);
		place = inside;
	}
	ok = ok && trusted_check(t, RELEASE_RULES, place, &r, e) &&
	     trusted_artifact(&r, place, &text, e) && proven_build(buf_span(&text), database, e);
	if (ok) {
		*out = (struct verify_release){ .seq = r.result.release.seq,
						.index = r.result.index,
						.size = r.result.state.size,
						.n_witnesses = r.result.head.seen.n,
						.time = r.result.head.seen.fresh };
		snprintf(out->origin, sizeof out->origin, "%.*s", (int)r.result.head.head.origin.n,
			 (const char *)r.result.head.head.origin.p);
	}
	buf_release(&text);
	trusted_release_free(&r);
	trusted_free(t);
	return ok;
}
