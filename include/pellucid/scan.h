/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELLUCID_SCAN_H
#define PELLUCID_SCAN_H

/* One object in, one verdict out. */

#include <pellucid/db.h>
#include <pellucid/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pel_scan_options {
	uint64_t max_steps; /* work for one rule on one object; 0: a default that ordinary rules
			       never meet */
	bool hash;          /* SHA-256 of every object, not only of those with a finding */
	bool evidence;      /* strings and values of each match, not only the rules */
	int64_t now;        /* what time.now() answers; seconds since 1970 */
};

/* options may be NULL: zeroes. */
PEL_PUBLIC bool pel_scanner_new(const struct pel_db *db, const struct pel_scan_options *options,
				struct pel_scanner **out, struct pel_error *e);
PEL_PUBLIC void pel_scanner_free(struct pel_scanner *s);

/*
 * The verdict on n bytes as they are: what lies in an archive, a mail or a document is not taken
 * out of it, so that PEL_CLEAN says nothing of it.  The program `pellucid scan` opens them, in
 * processes that may be lost, which a library cannot have.
 *
 * The verdict is the scanner's and lasts until the next scan.  A fault is a gap in it; NULL only
 * where not even that could be kept: no memory.
 */
PEL_PUBLIC const struct pel_verdict *pel_scan_bytes(struct pel_scanner *s, const void *bytes,
						    size_t n);

/* The same for a file, which is mapped: who may shrink it meanwhile can end the process. */
PEL_PUBLIC bool pel_scan_file(struct pel_scanner *s, const char *path,
			      const struct pel_verdict **out, struct pel_error *e);

/* The last verdict as one line of JSON without a line feed (docs/formats/verdict.md), the
 * scanner's; `path` (any bytes, NUL-ended) names the object in it.  NULL where memory is spent or
 * nothing was scanned. */
PEL_PUBLIC const char *pel_scan_json(struct pel_scanner *s, const char *path);

#ifdef __cplusplus
}
#endif

#endif
