/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_FILTER_H
#define PEL_UNPACK_PDF_FILTER_H

/*
 * The filters of PDF streams (ISO 32000-1, 7.4) as a chain through which bytes are pushed: each
 * stage keeps a few bytes of state and passes on what it made, so that no stage needs memory for a
 * whole stream.  Image filters are none of ours: a chain ends before them.
 */

#include "base/arena.h"
#include "base/cursor.h"

enum pdf_filter {
	PDF_FLATE,
	PDF_LZW,
	PDF_ASCII85,
	PDF_ASCIIHEX,
	PDF_RUNLENGTH,
	PDF_PREDICTOR, /* follows Flate and LZW where their parameters ask for it */
	PDF_RC4,
	PDF_AES,
	PDF_FILTERS
};

enum { PDF_STAGES_MAX = 12, PDF_ROW_MAX = 1 << 20 /* bytes of a predictor's row */ };

/* Takes what the chain made; false stops it. */
typedef bool pdf_sink(void *to, struct span bytes);

struct pdf_stage;

/* Stages that are not in use, with their memory: a document has thousands of streams. */
struct pdf_pool {
	struct arena *arena;
	struct pdf_stage *idle[PDF_FILTERS];
};

struct pdf_chain {
	struct pdf_pool *pool;
	struct pdf_stage *first;
	size_t n_stages;
	pdf_sink *sink;
	void *to;
	bool stopped; /* the sink said stop */
	bool damaged; /* some filter met what it cannot read; what came before it was passed on */
	const char *problem; /* which; NULL where none */
};

/* An empty chain, which passes on what it is given. */
void pdf_chain_init(struct pdf_chain *c, struct pdf_pool *pool, pdf_sink *sink, void *to);

/* Adds a stage at the end of those that are there.  False where there are too many, or no memory.
 */
bool pdf_chain_add(struct pdf_chain *c, enum pdf_filter filter);
/* LZW with EarlyChange as given (7.4.4.3). */
bool pdf_chain_add_lzw(struct pdf_chain *c, bool early);
/* A predictor (7.4.4.4): 2 for TIFF's, 10 and more for PNG's; row parameters as in the dictionary.
 */
bool pdf_chain_add_predictor(struct pdf_chain *c, int64_t predictor, int64_t colors, int64_t bits,
			     int64_t columns);
/* RC4, or AES in CBC mode with its first block as vector (7.6.2); a key of 5 to 32 bytes. */
bool pdf_chain_add_cipher(struct pdf_chain *c, enum pdf_filter cipher, struct span key);

/* The chain is Flate alone, which can be done faster at one go. */
bool pdf_chain_is_flate(const struct pdf_chain *c);

/* Pushes bytes through; pdf_chain_end() has each stage pass on what it kept back. */
void pdf_chain_put(struct pdf_chain *c, struct span bytes);
void pdf_chain_end(struct pdf_chain *c);
/* Gives the stages back to the pool; the chain is empty then. */
void pdf_chain_release(struct pdf_chain *c);

#endif
