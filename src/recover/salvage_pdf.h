/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_PDF_H
#define PEL_RECOVER_SALVAGE_PDF_H

/* What salvage_pdf.c finds and salvage_pdf_make.c makes a document of. */

#include "recover/salvage.h"

struct pdf_object {
	uint32_t number, generation;
	struct span body;   /* between `obj` and `endobj` */
	struct span stream; /* in it, as it is coded; empty: it has none */
	uint64_t at;        /* in the file */
	bool summed;        /* the stream's own checksum agrees */
	bool dropped;       /* a container of objects that were taken out of it, or an old table */
};

struct pdf_objects {
	struct salvage *s;
	struct pdf_object *list; /* in the order of the file; the last of a number counts */
	size_t n, max;
	struct span trailer; /* the last that is whole; empty: none is */
	size_t n_lost;       /* objects that are begun, and not whole */
};

/* The value behind a key of a dictionary, from its first byte on; empty: it is not there.  Keys
 * of dictionaries within it count too. */
struct span salvage_pdf_value(struct span dictionary, const char *key);

/* A number at the start of s, blanks before it passed over; false: none is there. */
bool salvage_pdf_number(struct span s, uint32_t *out);

/* The name is there as a value: `/Type /Page`, and not `/Pages`. */
bool salvage_pdf_is(struct span dictionary, const char *key, const char *name);

/* The document anew: its objects, a table, a trailer; a tree of pages where the old one has
 * holes.  False where nothing can be made. */
bool salvage_pdf_make(struct pdf_objects *o, struct buf *out);

#endif
