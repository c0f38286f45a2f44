/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_TABLE_H
#define PEL_UNPACK_PDF_TABLE_H

/* The cross-reference tables of a PDF file (ISO 32000-1, 7.5.4 and 7.5.8). */

#include "unpack/pdf_doc.h"

enum { PDF_TABLES_MAX = 1 << 10 /* in a chain */ };

/* Follows the chain of tables from the newest on, and adds what the classic ones know.  Streams are
 * added as objects, to be decoded. */
void pdf_table_read(struct pdf_doc *d);

/* Adds what the decoded cross-reference stream of *o knows. */
void pdf_table_add(struct pdf_doc *d, const struct pdf_object *o, struct span table);

#endif
