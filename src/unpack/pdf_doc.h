/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_DOC_H
#define PEL_UNPACK_PDF_DOC_H

/*
 * The objects of a PDF file (ISO 32000-1, 7.3.10 and 7.5).
 *
 * A viewer goes by the cross-reference table and repairs it by searching where it is broken.  A
 * scanner must see what either way shows, and older revisions too: so the whole file is searched
 * for "N G obj" first, and the tables then add what only they know, such as an object that begins
 * inside another's stream.  Where the tables do not hold, a viewer searches streams too, and so
 * does this.
 *
 * Several objects may bear one number: revisions, or one that is there to mislead.  A viewer takes
 * the one that the newest table names, or the last or first that it finds.
 */

#include "base/arena.h"
#include "base/error.h"
#include "unpack/pdf_lex.h"

/* What a file begins with, as PDFium looks for it: other readers want a "-" behind it. */
#define PDF_HEADER "%PDF"

enum {
	PDF_HEADER_AT_MAX = 1024, /* bytes before the header */
	PDF_OBJECTS_MAX = 1 << 18,
	PDF_REFERENCE_DEPTH = 8, /* references to references */
	PDF_STEPS_PER_BYTE = 24, /* looks at each byte, on average */
	PDF_STEPS_BASE = 1 << 20,
};

/* Which of several objects of one number a reference leads to. */
enum pdf_way { PDF_NAMED, PDF_LAST, PDF_FIRST, PDF_WAYS };

struct pdf_object {
	uint32_t number;
	uint16_t generation;
	uint16_t rank; /* of the newest table that names it: 1 is where a viewer begins; 0: none */
	bool has_stream;
	bool in_stream; /* was in an object stream: not encrypted by itself (7.6.1) */
	bool cut;       /* no "endstream" */
	bool embedded;  /* a file specification refers to it */
	bool last;      /* of its stream's keys that stand twice those named last are meant */
	size_t at;      /* where it begins in the file (of the stream that holds it: in_stream) */
	struct span value;  /* its source: "<< ... >>" */
	struct span stream; /* the bytes of its stream, as they stand in the file */
	struct span name;   /* that a file specification gives it, in the arena; empty for none */
};

struct pdf_doc {
	struct span file;
	size_t header; /* where "%PDF-" begins: some offsets count from there */
	struct arena *arena;
	struct pdf_object *object;
	size_t n_objects, room;
	size_t n_searched; /* of them were found by searching outside streams, and stand by place */
	enum pdf_way way;  /* that references are followed in */
	unsigned ways;     /* 1 << way: that leads elsewhere than the one that was followed */
	const struct pdf_object
		*holder; /* of the value that was resolved last; NULL: none but its own */
	uint32_t *index; /* objects by number, then by place */
	size_t n_index;
	struct span trailer; /* the last dictionary that has /Encrypt, else the last one */
	bool in_clear;       /* a trailer is there that has no /Encrypt */
	bool broken;         /* a table is not where it should be, or an object not where it says */
	uint64_t steps;      /* left of all_steps */
	uint64_t all_steps;
	size_t no_endstream; /* none from here on */
	bool circle;         /* references or tables that lead back to themselves were met */
	bool too_many;       /* more than PDF_OBJECTS_MAX */
	bool no_memory;
};

/* Searches the file for objects.  *d is as far as it came; `steps` tells at 0 that not all was
 * looked at. */
void pdf_doc_read(struct span file, struct arena *arena, struct pdf_doc *d);

/* Searches the streams too that were found outside others, where the tables do not hold. */
void pdf_doc_search_streams(struct pdf_doc *d);

/* Adds the objects of the decoded object stream (7.5.7) of *o, whose N and First are given. */
void pdf_doc_add_stream(struct pdf_doc *d, const struct pdf_object *o, struct span text, int64_t n,
			int64_t first);

/* Where `word` stands at or after `at`; file.n where it does not. */
size_t pdf_doc_word(struct pdf_doc *d, size_t at, const char *word);

/* A trailer, to be kept where it says more than the last. */
void pdf_doc_trailer(struct pdf_doc *d, struct span dict);

/* Whether an object that begins at `at` was added after those that pdf_doc_read() found. */
bool pdf_doc_added(struct pdf_doc *d, size_t at);

/* Adds the object that a table of this rank says begins at `offset`, where one does and searching
 * did not find it.  `name`: the number that the table gives it; negative where that is not known.
 */
void pdf_doc_add_at(struct pdf_doc *d, uint64_t offset, int64_t name, uint16_t rank);

/* To be called after objects were added and before one is looked for.  False: no memory. */
NODISCARD bool pdf_doc_index(struct pdf_doc *d);

/* Corrects streams whose length is a reference, which can be followed only now. */
void pdf_doc_lengths(struct pdf_doc *d);

/* The object of that number that d->way leads to, or NULL.  Adds to d->ways. */
struct pdf_object *pdf_doc_find(struct pdf_doc *d, int64_t number);

/* The value itself where it is a reference; empty where that leads nowhere or in a circle. */
struct span pdf_doc_resolve(struct pdf_doc *d, struct span value);

/* The resolved value of a key; pdf_doc_int gives `otherwise` where it is no number. */
struct span pdf_doc_get(struct pdf_doc *d, struct span dict, const char *key);
int64_t pdf_doc_int(struct pdf_doc *d, struct span dict, const char *key, int64_t otherwise);

/* The value of a key is this name. */
bool pdf_doc_is(struct pdf_doc *d, struct span dict, const char *key, const char *name);

#endif
