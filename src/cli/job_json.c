/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_flat.h"
#include "cli/jobs.h"
#include "format/modules.h"

#include <stdlib.h>

/* Two jobs on JSON that strangers made: what stands in it, and whether a module can read it. */

/* The set-up of "json" is u32 flags of json_read_open(), that of "data" u32 the module's number. */
static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	uint32_t *number = calloc(1, sizeof *number);
	struct cursor c = cursor_of(start->setup);

	if (number == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a worker");
	*number = cursor_le32(&c);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "the set-up of a worker is damaged");
	*state = number;
	return true;
}

static bool run_json(void *state, const struct worker_object *o, struct buf *answer)
{
	const uint32_t *flags = state;
	struct json_document *d;
	struct error e;

	if (!jobs_accept(o, answer))
		return false;
	if (!json_read_open(o->bytes, *flags, &d, &e))
		jobs_refuse(answer, e.why, e.text);
	else if (!json_flat_write(json_read_root(d), answer))
		jobs_refuse(answer, REASON_LIMIT, "limit:bytes: too much JSON");
	return false;
}

static bool run_data(void *state, const struct worker_object *o, struct buf *answer)
{
	const uint32_t *module = state;
	struct error e;

	if (!jobs_accept(o, answer))
		return false;
	if (*module >= MODULE_COUNT)
		jobs_refuse(answer, REASON_INTERNAL, "internal: no such module");
	else if (modules_all[*module]->check != NULL && !modules_all[*module]->check(o->bytes, &e))
		jobs_refuse(answer, e.why, e.text);
	return false;
}

const struct worker_job job_json = {
	.name = "json", .max_answer = JOBS_JSON_MAX, .prepare = prepare, .run = run_json
};

const struct worker_job job_data = {
	.name = "data", .max_answer = 1 << 12, .prepare = prepare, .run = run_data
};
