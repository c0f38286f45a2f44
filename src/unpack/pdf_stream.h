/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_STREAM_H
#define PEL_UNPACK_PDF_STREAM_H

/* From a stream's dictionary to the chain of filters that decodes it (ISO 32000-1, 7.3.8 and 7.4).
 */

#include "unpack/pdf_crypt.h"

enum pdf_stream_kind {
	PDF_STREAM_WHOLE,       /* the chain decodes it to the end */
	PDF_STREAM_IMAGE,       /* an image's filter is left over, which is none of ours */
	PDF_STREAM_UNSUPPORTED, /* a filter is not known; *unknown names it */
};

/*
 * Adds the stages for an object's stream to an empty chain.  `crypt`: NULL where the document is
 * not encrypted.  False: no memory, or more filters than a chain has room for.
 */
NODISCARD bool pdf_stream_chain(struct pdf_doc *d, const struct pdf_crypt *crypt,
				const struct pdf_object *o, struct pdf_chain *chain,
				enum pdf_stream_kind *kind, struct span *unknown);

/* Whether the filters of an object's stream, or what they are given, stand there twice: viewers
 * read the first or the last.  Gives the object to be read in the other way. */
bool pdf_stream_doubled(struct pdf_doc *d, const struct pdf_object *o, struct pdf_object *other);

/*
 * Decodes a whole stream into the document's arena, at most `max` bytes of it; what could be
 * decoded where it is damaged.  *cut: there was more, or no memory.
 */
struct span pdf_stream_bytes(struct pdf_doc *d, struct pdf_pool *pool,
			     const struct pdf_crypt *crypt, const struct pdf_object *o, size_t max,
			     bool *cut);

#endif
