/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "policy/policy_match.h"

#include <stdlib.h>

/* Each atom on a fact whose values are few: none of them may do harm. */
static void meet(const struct policy *p)
{
	static const char *const remotes[] = { "192.0.2.7:53", "[2001:db8::1%eth0]:53", "x" };
	struct fact_writer w;
	struct facts facts;
	struct error e;
	struct buf b;

	buf_init(&b, 1 << 16);
	facts_init(&facts);
	fact_writer_init(&w, &b);
	for (unsigned i = 0; i < sizeof remotes / sizeof *remotes; i++) {
		fact_begin(&w, i == 2 ? FACT_PACKAGE : FACT_HOST);
		fact_put_text(&w, FACT_TYPE, i == 2 ? "npm" : "hosts");
		fact_put_text(&w, FACT_NAME, "a.example.");
		fact_put_text(&w, FACT_VERSION, "1.0-rc1");
		fact_put_text(&w, FACT_REMOTE, remotes[i]);
		fact_end(&w);
	}
	if (!facts_adopt(&facts, buf_span(&b), 0, NULL, NULL, &e))
		abort();
	for (size_t i = 0; i < p->n_entries; i++)
		for (unsigned k = 0; k < p->entry[i].n_match; k++)
			for (unsigned m = 0; m < p->entry[i].match[k].n; m++)
				for (size_t f = 0; f < facts_count(&facts); f++) {
					struct fact fact = facts_get(&facts, f);
					(void)policy_atom_meets(&p->entry[i].match[k].atom[m],
								&fact);
				}
	facts_release(&facts);
	buf_release(&b);
}

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
		meet(&p);
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
