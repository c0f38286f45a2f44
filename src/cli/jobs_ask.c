/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jobs.h"
#include "cli/place.h"

bool jobs_ask(const char *job, uint32_t setup, struct span bytes, struct buf *answer,
	      struct span *out, struct error *e)
{
	uint8_t number[4] = { (uint8_t)setup, (uint8_t)(setup >> 8), (uint8_t)(setup >> 16),
			      (uint8_t)(setup >> 24) };
	char worker[4096];
	struct ask a = { .worker = worker, .job = job, .setup = { number, sizeof number } };

	if (!place_of("pellucid-worker", worker, sizeof worker))
		return error_set(e, REASON_IO, PLACE_NONE, "pellucid-worker is not installed");
	return ask_bytes(&a, bytes, answer, NULL, e) && jobs_answer(buf_span(answer), out, e);
}
