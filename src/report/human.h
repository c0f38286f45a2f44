/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_HUMAN_H
#define PEL_REPORT_HUMAN_H

/* Verdicts for people.  Names and bytes from objects are escaped; nothing moves the cursor. */

#include "engine/verdict.h"

struct human {
	bool colour;
	bool why; /* strings, values, provenance of each match */
};

/* Appends the lines for one object, without what lies in it; nothing where there is nothing to
 * say. */
void human_object(const struct human *h, const struct db *db, struct span path,
		  const struct verdict *v, struct buf *out);

/* Appends the line for something that was not examined. */
void human_skipped(const struct human *h, struct span path, const struct error *e, struct buf *out);

#endif
