/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_DOC_H
#define PEL_UNPACK_PDF_DOC_H

/*
 * The objects of a PDF file (ISO 32000-1, 7.3.10 and 7.5).
 *
 * A viewer goes by the cross-reference table and repairs it by searching where it is broken.  A
 * scanner must see what either way shows, and older revisions too: so the whole file is searched
 * for "N G obj" first, and the tables then add what only they know, such as an object that begins
 * inside another's stream.
 */

#include "base/arena.h"
#include "base/error.h"
#include "unpack/pdf_lex.h"

enum {
	PDF_OBJECTS_MAX = 1 << 18,
	PDF_REFERENCE_DEPTH = 8, /* references to references */
	PDF_STEPS_PER_BYTE = 24, /* looks at each byte, on average */
	PDF_STEPS_BASE = 1 << 20,
	PDF_TABLES_MAX = 1 << 10, /* cross-reference tables in a chain */
};

struct pdf_object {
	uint32_t number;
	uint16_t generation;
	bool has_stream;
	bool in_stream; /* was in an object stream: not encrypted by itself (7.6.1) */
	bool cut;       /* no "endstream" */
	bool last;      /* of its stream's filters that stand twice those named last are meant */
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
	uint32_t *index; /* objects by number, then by place */
	size_t n_index;
	struct span trailer; /* the last dictionary that has /Encrypt, else the last one */
	uint64_t steps;      /* left of all_steps */
	uint64_t all_steps;
	size_t no_endstream; /* none from here on */
	bool circle;         /* references or tables that lead back to themselves were met */
	bool too_many;       /* more than PDF_OBJECTS_MAX */
	bool no_memory;
};

/* Searches the file for objects, then reads its tables.  *d is as far as it came; `steps` tells at
 * 0 that not all was looked at. */
void pdf_doc_read(struct span file, struct arena *arena, struct pdf_doc *d);

/* Adds the objects of a decoded object stream (7.5.7), whose dictionary's N and First are given. */
void pdf_doc_add_stream(struct pdf_doc *d, size_t at, struct span text, int64_t n, int64_t first);

/* Adds what a decoded cross-reference stream (7.5.8) with this dictionary knows. */
void pdf_doc_add_table(struct pdf_doc *d, struct span dict, struct span table);

/* To be called after objects were added and before one is looked for.  False: no memory. */
NODISCARD bool pdf_doc_index(struct pdf_doc *d);

/* Corrects streams whose length is a reference, which can be followed only now. */
void pdf_doc_lengths(struct pdf_doc *d);

/* The last object of that number, or NULL. */
struct pdf_object *pdf_doc_find(struct pdf_doc *d, int64_t number);

/* The value itself where it is a reference; empty where that leads nowhere or in a circle. */
struct span pdf_doc_resolve(struct pdf_doc *d, struct span value);

/* The resolved value of a key; pdf_doc_int gives `otherwise` where it is no number. */
struct span pdf_doc_get(struct pdf_doc *d, struct span dict, const char *key);
int64_t pdf_doc_int(struct pdf_doc *d, struct span dict, const char *key, int64_t otherwise);

/* The value of a key is this name. */
bool pdf_doc_is(struct pdf_doc *d, struct span dict, const char *key, const char *name);

#endif
