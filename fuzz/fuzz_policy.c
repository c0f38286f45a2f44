/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "policy/profile.h"

#include <stdlib.h>

/* What the checker lets through can be written, and what is written is JSON. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_report report;
	struct json_document *d;
	struct profile profile;
	struct policy p;
	struct error e;
	struct buf out;

	policy_report_init(&report, "p", (struct span){ data, size });
	buf_init(&out, 32 << 20);
	if (policy_open(&p, &report)) {
		policy_json(&p, &out);
		if (!json_read_open(buf_span(&out), JSON_READ_STRICT, &d, &e))
			abort();
		json_read_close(d);
	} else if (report.n_errors == 0) {
		abort();
	}
	policy_release(&p);
	policy_report_release(&report);
	policy_report_init(&report, "p", (struct span){ data, size });
	if (!profile_open(&profile, &report) && report.n_errors == 0)
		abort();
	profile_release(&profile);
	policy_report_release(&report);
	buf_release(&out);
	return 0;
}
