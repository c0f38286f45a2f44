/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compile.h"
#include "cli/place.h"

#include <stdlib.h>

/* Rules are compiled by a worker. */

struct compiler {
	struct asker *asker;
};

bool compile_open(const struct ask_output *output, unsigned time_limit_s, struct compiler **out,
		  struct error *e)
{
	char worker[4096];
	const struct ask a = {
		.worker = worker, .job = "rules", .time_limit_s = time_limit_s, .output = output
	};
	struct compiler *c = calloc(1, sizeof *c);

	if (c == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to compile rules");
	bool ok = place_of("pellucid-worker", worker, sizeof worker) ||
		  error_set(e, REASON_IO, PLACE_NONE, "pellucid-worker is not installed");
	if (!ok || !asker_open(&a, COMPILE_ANSWER_MAX, &c->asker, e)) {
		free(c);
		return false;
	}
	*out = c;
	return true;
}

bool compile_ask(struct compiler *c, int fd, uint64_t size, struct buf *answer, struct error *e)
{
	const struct ask_object request = { fd, size, true };

	return asker_ask(c->asker, &request, 1, answer, e);
}

bool compile_finish(struct compiler *c, struct error *e) { return asker_finish(c->asker, e); }

void compile_free(struct compiler *c)
{
	if (c != NULL)
		asker_free(c->asker);
	free(c);
}
