/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_MAIL_HEADER_H
#define PEL_UNPACK_MAIL_HEADER_H

/*
 * The header of a mail or of one of its parts, as mail programs read it: what a part is, how it was
 * encoded, where it ends, what it is called (RFC 5322, 2045 to 2047, 2183, 2231).
 *
 * Fields that occur twice are read by some programs from the first and by some from the last; here
 * all count: every encoding and every boundary that any field names is reported.
 */

#include "unpack/decode_text.h"

enum {
	MAIL_BOUNDARIES = 4,     /* of one part: from fields that occur more than once */
	MAIL_NAME_MAX = 255,     /* bytes of a name, and of a boundary (RFC 2046 5.1.1: 70) */
	MAIL_FIELDS_MAX = 20000, /* fields of one header; the rest is taken for the body */
	MAIL_SEGMENTS = 8,       /* of one value (RFC 2231 3); the rest is cut off */
};

enum mail_encoding {
	MAIL_PLAIN = 1,
	MAIL_BASE64 = 2,
	MAIL_QUOTED = 4,
	MAIL_UU = 8,
	MAIL_YENC = 16
};

struct mail_text {
	char text[MAIL_NAME_MAX + 1];
	size_t n;
	bool cut; /* there was more of it */
};

struct mail_header {
	unsigned encodings;    /* of enum mail_encoding; 0 where no field says */
	struct mail_text type; /* "text/html", in small letters; empty where no field says */
	bool multipart;        /* a field says that it is one, perhaps not the first */
	struct mail_text
		name; /* of the attachment, UTF-8 where its character set is known; may be empty */
	struct mail_text boundary[MAIL_BOUNDARIES];
	size_t n_boundaries;
	bool more_boundaries; /* than MAIL_BOUNDARIES: they are not here */
	size_t n_fields;
	bool more_fields;  /* than MAIL_FIELDS_MAX: the rest was left where it stands */
	size_t n_known;    /* fields that only mails have (for telling what is one) */
	bool mime;         /* "MIME-Version" or a "Content-" field was there */
	bool own;          /* a field was there that no mail does without */
	bool ended;        /* by an empty line, and all lines were fields */
	size_t n_doubtful; /* bytes at its end that some programs take for the body */
};

/*
 * Reads a header off the front of *in, with the empty line that ends it.  A line that is no field
 * ends it too and stays, unless one of MIME's fields follows soon; so does a line of blanks, unless
 * a field or a folded line follows.  Fills *out, which holds no pointers.
 */
void mail_header_read(struct span *in, struct mail_header *out);

/* Takes a line off the front of *in, which ends in LF, CR LF or CR alone, as it may beside the
 * others; more than one CR before an LF are one end. */
struct span mail_header_line(struct span *in);

/* Whether `line` begins a header field: a name (RFC 5322 2.2) and a colon, blanks between them
 * allowed. */
bool mail_header_field(struct span line);

static inline struct span mail_text_span(const struct mail_text *t)
{
	return (struct span){ (const uint8_t *)t->text, t->n };
}

#endif
