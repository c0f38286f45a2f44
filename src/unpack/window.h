/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_WINDOW_H
#define PEL_UNPACK_WINDOW_H

/* The last 64 KiB that an old decoder made, from which it copies; handed out as they fill. */

#include "unpack/decode.h"

enum { WINDOW_SIZE = 1 << 16 };

struct window {
	uint8_t *p;     /* WINDOW_SIZE bytes */
	uint64_t made;  /* bytes so far */
	uint64_t given; /* of them, handed out */
	uint64_t size;  /* no more than so many are made */
	const struct decode_out *out;
	bool stopped; /* the taker wants no more */
};

/* False: no memory. */
NODISCARD bool window_init(struct window *w, struct arena *a, uint64_t size,
			   const struct decode_out *out);

/* Hands out what is left. */
void window_flush(struct window *w);

/* More is to be made. */
static inline bool window_open(const struct window *w) { return !w->stopped && w->made < w->size; }

static inline void window_put(struct window *w, uint8_t byte)
{
	if (!window_open(w))
		return;
	w->p[w->made++ % WINDOW_SIZE] = byte;
	if (w->made - w->given == WINDOW_SIZE / 2)
		window_flush(w);
}

/* n bytes from `back` bytes before the end, which may run into what they make; zeros from before
 * the start. */
void window_copy(struct window *w, uint64_t back, uint64_t n);

/* Huffman codes in the order of their lengths, of up to 16 bits. */
enum { WINDOW_CODES = 512, WINDOW_BITS = 16, WINDOW_NO_SYMBOL = 0xffff };

struct window_code {
	uint16_t count[WINDOW_BITS + 1]; /* symbols by length */
	uint16_t symbol[WINDOW_CODES];   /* in order */
};

/* From n lengths, 0 for a symbol that has no code.  False: more codes than there can be, or, with
 * `whole`, fewer. */
NODISCARD bool window_code_make(struct window_code *c, const uint8_t *length, size_t n, bool whole);

/* A code that is read bit by bit, in whatever order a format has its bits; begins as zeros. */
struct window_walk {
	int32_t code, first, index;
	unsigned n; /* bits so far */
};

/* Takes the next bit.  The symbol that it ends; WINDOW_NO_SYMBOL: there are more bits to come, or,
 * after WINDOW_BITS of them, there is no such code. */
static inline unsigned window_code_bit(const struct window_code *c, struct window_walk *w,
				       unsigned bit)
{
	unsigned count = c->count[++w->n];

	w->code |= (int32_t)bit;
	if (w->code - (int32_t)count < w->first)
		return c->symbol[w->index + (w->code - w->first)];
	w->index += (int32_t)count;
	w->first = (w->first + (int32_t)count) * 2;
	w->code *= 2;
	return WINDOW_NO_SYMBOL;
}

#endif
