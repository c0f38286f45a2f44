/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jobs.h"
#include "engine/inspect.h"

enum { MAX_MEMORY = 1 << 30 /* of what modules read of a file, as in a scan */ };

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	(void)start;
	(void)state;
	(void)e;
	return true;
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct json_writer j;
	struct arena a;

	(void)state;
	if (!jobs_accept(o, answer))
		return false;
	arena_init(&a, MAX_MEMORY);
	json_write_init(&j, answer);
	inspect_json(&j, o->bytes, &a);
	buf_put_u8(answer, '\n');
	if (!buf_ok(answer))
		jobs_refuse(answer, REASON_LIMIT, "limit:bytes: too much JSON");
	return false;
}

const struct worker_job job_inspect = {
	.name = "inspect", .max_answer = INSPECT_MAX, .prepare = prepare, .run = run
};
