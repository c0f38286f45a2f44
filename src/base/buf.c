/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max) { *b = (struct buf){ .max = max }; }

void buf_release(struct buf *b)
{
	size_t max = b->max;

	free(b->p);
	*b = (struct buf){ .max = max };
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

/* Room for n bytes more, of any content; none is a place, too. */
static void *reserve(struct buf *b, size_t n)
{
	if (b->failed || n > b->max - b->n) {
		b->failed = true;
		return NULL;
	}
	if (b->p == NULL || n > b->size - b->n) {
		size_t size = b->size < 64 ? 64 : b->size;
		while (size < b->n + n)
			size = size > b->max / 2 ? b->max : size * 2;
		uint8_t *p = realloc(b->p, size);
		if (p == NULL) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->size = size;
	}
	void *to = b->p + b->n;
	b->n += n;
	return to;
}

void *buf_grow(struct buf *b, size_t n)
{
	void *to = reserve(b, n);

	return to == NULL ? NULL : memset(to, 0, n);
}

void *buf_room(struct buf *b, size_t n)
{
	void *to = reserve(b, n);

	if (to != NULL)
		b->n -= n;
	return to;
}

void buf_filled(struct buf *b, size_t n) { b->n += n < b->size - b->n ? n : b->size - b->n; }

void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	void *to = reserve(b, n);
	if (to != NULL)
		memcpy(to, p, n);
}

void buf_put_span(struct buf *b, struct span s) { buf_put(b, s.p, s.n); }
void buf_put_text(struct buf *b, const char *s) { buf_put(b, s, strlen(s)); }
void buf_put_u8(struct buf *b, uint8_t v) { buf_put(b, &v, 1); }

static void put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *to = buf_grow(b, n);

	for (size_t i = 0; to != NULL && i < n; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

void buf_put_le16(struct buf *b, uint16_t v) { put_le(b, v, 2); }
void buf_put_le32(struct buf *b, uint32_t v) { put_le(b, v, 4); }
void buf_put_le64(struct buf *b, uint64_t v) { put_le(b, v, 8); }

void buf_align(struct buf *b, size_t to)
{
	if (b->n % to != 0)
		(void)buf_grow(b, to - b->n % to);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
	} else {
		char *to = buf_grow(b, (size_t)n + 1);
		if (to != NULL) {
			vsnprintf(to, (size_t)n + 1, format, again);
			b->n--;
		}
	}
	va_end(again);
}
