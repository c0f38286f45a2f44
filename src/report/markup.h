/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_MARKUP_H
#define PEL_REPORT_MARKUP_H

#include "base/buf.h"

/* Appends hostile text to a page, within an element or a quoted attribute: control and turning
 * characters are written out (text_escape()), then what HTML would read is escaped. */
void markup_put(struct buf *out, struct span s);

/* The same of text that text_escape() has been over, or that is lines of our own. */
void markup_put_shown(struct buf *out, struct span s);

#endif
