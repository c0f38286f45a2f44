/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

/*
 * LZO1X, from the description that Linux has (Documentation/staging/lzo.rst).  A reader of our own,
 * for the library's licence (GPL) is not ours.  The block is decoded within the caller's memory,
 * which is its window.
 *
 * An instruction is a copy of one of four kinds, or a run of literals; which one small numbers
 * mean depends on how many literals came before ("state").
 */

enum {
	AFTER_RUN = 4,       /* state: a run of four literals or more came before */
	NEAR = 0x800,        /* the first place that a copy after a run reaches */
	FAR = 0x4000,        /* and a copy of the last kind; there, it is the end */
	MAX_ZEROS = 1 << 20, /* bytes of 0, each 255 more of a length */
};

struct lzo {
	struct cursor in;
	uint8_t *p;
	size_t n, max;
	bool full; /* it makes more than `max` */
};

/* A length that did not fit: `least` and what follows. */
static size_t longer(struct cursor *c, size_t least)
{
	size_t n = least;

	for (unsigned zeros = 0; cursor_ok(c) && zeros < MAX_ZEROS; zeros++) {
		uint8_t b = cursor_u8(c);
		if (b != 0)
			return n + b;
		n += 255;
	}
	cursor_fail(c);
	return 0;
}

static void literals(struct lzo *z, size_t n)
{
	struct span s = cursor_take(&z->in, n);

	z->full = z->full || s.n > z->max - z->n;
	if (s.n == 0 || z->full)
		return;
	memcpy(z->p + z->n, s.p, s.n);
	z->n += s.n;
}

/* False: from before the start. */
static bool copy(struct lzo *z, size_t back, size_t n)
{
	if (back > z->n)
		return false;
	z->full = z->full || n > z->max - z->n;
	for (; n != 0 && !z->full; n--, z->n++)
		z->p[z->n] = z->p[z->n - back];
	return true;
}

enum step { STEP_ON, STEP_END, STEP_BAD };

/* One instruction; *state is how many literals came last. */
static enum step one(struct lzo *z, unsigned t, unsigned *state)
{
	size_t back, n;
	unsigned tail = t & 3;

	if (t >= 64) {
		n = (t >> 5) + 1;
		back = 1 + (t >> 2 & 7) + ((size_t)cursor_u8(&z->in) << 3);
	} else if (t >= 16) {
		bool far = t < 32;
		unsigned mask = far ? 7 : 31;
		n = 2 + ((t & mask) != 0 ? t & mask : longer(&z->in, mask));
		unsigned place = cursor_le16(&z->in);
		tail = place & 3;
		back = far ? FAR + ((size_t)(t & 8) << 11) + (place >> 2) : 1 + (place >> 2);
		if (far && back == FAR)
			return STEP_END;
	} else if (*state == 0) {
		literals(z, 3 + (t != 0 ? t : longer(&z->in, 15)));
		*state = AFTER_RUN;
		return STEP_ON;
	} else {
		n = *state == AFTER_RUN ? 3 : 2;
		back = 1 + (t >> 2) + ((size_t)cursor_u8(&z->in) << 2) +
		       (*state == AFTER_RUN ? NEAR : 0);
	}
	if (cursor_ok(&z->in) && !copy(z, back, n))
		return STEP_BAD;
	literals(z, tail);
	*state = tail;
	return STEP_ON;
}

enum decode_end decode_lzo(struct span in, uint8_t *to, size_t max, size_t *made)
{
	struct lzo z = { .in = cursor_of(in), .p = to, .max = max };
	struct cursor first = z.in;
	unsigned state = 0, t = cursor_u8(&first);
	enum step step = STEP_ON;

	if (t > 17) { /* literals that begin it, which may be few */
		cursor_skip(&z.in, 1);
		literals(&z, t - 17);
		state = t - 17 < AFTER_RUN ? t - 17 : AFTER_RUN;
	}
	while (step == STEP_ON && cursor_ok(&z.in) && !z.full) {
		t = cursor_u8(&z.in);
		if (cursor_ok(&z.in))
			step = one(&z, t, &state);
	}
	*made = z.n;
	return step == STEP_BAD || z.full ? DECODE_DAMAGED
	       : !cursor_ok(&z.in)        ? DECODE_CUT
					  : DECODE_WHOLE;
}
