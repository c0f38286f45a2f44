/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/import.h"
#include "policy/policy.h"

#include <stdlib.h>

/*
 * Feeds of others: `o` and a file of OSV, or `k`, CISA's catalogue, a NUL and a file of OSV.  What
 * is written of them passes the checker.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span text)
{
	struct policy_report report;
	struct policy p;

	policy_report_init(&report, "p", text);
	bool refused = !policy_open(&p, &report);
	policy_release(&p);
	policy_report_release(&report);
	if (refused)
		abort();
}

static struct json_document *open_json(struct span text, const struct json_item **root)
{
	struct json_document *d;
	struct error e;

	if (!json_read_open(text, 0, &d, &e))
		return NULL;
	*root = json_read_root(d);
	return d;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { data, size }, first = span_cut(all, 1, SIZE_MAX), second;
	const uint8_t *end = first.n != 0 ? memchr(first.p, 0, first.n) : NULL;
	const struct json_item *root, *osv = NULL;
	struct json_document *d, *more = NULL;
	struct buf out;
	struct import im = { .out = &out,
			     .today = "2026-01-01",
			     .next_year = "2027-01-01",
			     .ecosystem = span_of("Debian:12") };

	if (size == 0)
		return 0;
	if (end != NULL) {
		second = span_cut(first, (size_t)(end - first.p) + 1, SIZE_MAX);
		first = span_cut(first, 0, (size_t)(end - first.p));
		more = open_json(second, &osv);
	}
	d = open_json(first, &root);
	buf_init(&out, POLICY_MAX_TEXT);
	if (d != NULL) {
		import_begin(&im, "p", "T", import_member(root, "title"), "P", "C", "CC0-1.0");
		if (data[0] == 'k')
			import_kev(&im, root, &osv, more != NULL);
		else
			import_osv(&im, root);
		if (buf_ok(&out))
			check(buf_span(&out));
	}
	buf_release(&out);
	json_read_close(d);
	json_read_close(more);
	return 0;
}
