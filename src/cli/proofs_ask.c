/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proofs_ask.h"
#include "cli/place.h"
#include "sandbox/ask.h"

static bool ask(struct span question, struct buf *answer, struct error *e)
{
	char worker[4096];
	const struct ask a = { .worker = worker, .job = "proofs" };

	if (!place_of("pellucid-worker", worker, sizeof worker))
		return error_set(e, REASON_IO, PLACE_NONE, "pellucid-worker is not installed");
	return ask_bytes(&a, question, answer, NULL, e);
}

const struct proofs proofs_ask = { .ask = ask };
