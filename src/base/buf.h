/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_BUF_H
#define PEL_BASE_BUF_H

/*
 * A growing array of bytes or of equal elements, born with its maximum.
 *
 * It is sticky like the cursor: what does not fit, by maximum or by memory, is
 * dropped whole and marks the buffer failed; later writes do nothing.  So a
 * writer builds a whole record and asks buf_ok() once.
 */

#include "base/cursor.h"

struct buf {
	uint8_t *p;  /* owned, malloc'ed; NULL while empty */
	size_t n;    /* bytes in use */
	size_t size; /* bytes allocated */
	size_t max;  /* most bytes there may ever be */
	bool failed;
};

void buf_init(struct buf *b, size_t max); /* `max` in bytes */
void buf_release(struct buf *b);          /* accepts an empty one; leaves it empty */
void buf_reset(struct buf *b);            /* empty again; keeps the memory; clears failed */

NODISCARD static inline bool buf_ok(const struct buf *b) { return !b->failed; }
static inline struct span buf_span(const struct buf *b) { return (struct span){ b->p, b->n }; }

/* n zeroed bytes at the end, to be filled in; NULL on failure.  Valid until the next growth. */
void *buf_grow(struct buf *b, size_t n);

/* Room for n bytes of any content behind the end, which stays where it is until buf_filled() moves
 * it on by at most as many; NULL on failure. */
void *buf_room(struct buf *b, size_t n);
void buf_filled(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_span(struct buf *b, struct span s);
void buf_put_text(struct buf *b, const char *s); /* without its NUL */
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_le16(struct buf *b, uint16_t v);
void buf_put_le32(struct buf *b, uint32_t v);
void buf_put_le64(struct buf *b, uint64_t v);
void buf_align(struct buf *b, size_t to); /* zero bytes up to a multiple of `to` */
void buf_printf(struct buf *b, const char *format, ...) PRINTF(2, 3);

#endif
