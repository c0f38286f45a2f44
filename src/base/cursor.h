/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_CURSOR_H
#define PEL_BASE_CURSOR_H

/*
 * A window on hostile bytes that cannot be left.
 *
 * Reads take a copy of a field and move on.  A read past the end yields zero,
 * moves nothing, and marks the cursor failed; a failed cursor yields zero for
 * ever.  So a parser may read a whole header as its specification prints it and
 * ask cursor_ok() once, before it lets any of the values size, index, or loop.
 *
 * Positions are bytes from the start of the outermost object, so that an error
 * names a place which the reader finds in a hex dump of the file.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p; /* not owned */
	size_t n;         /* bytes */
};

struct cursor {
	const uint8_t *p; /* first byte of the window; not owned */
	size_t n;         /* bytes in the window */
	size_t at;        /* bytes already read; at <= n always */
	uint64_t base;    /* where the window starts in the outermost object */
	uint64_t failed;  /* place of the first failed read + 1; 0 while all went well */
};

/* The bytes of a C string, without its NUL.  The span lives as long as the string. */
static inline struct span span_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s) { return span_equal(a, span_of(s)); }

/* Bytes [at, at + n) of s, cut at its end; empty where `at` lies beyond it. */
static inline struct span span_cut(struct span s, uint64_t at, uint64_t n)
{
	if (at >= s.n)
		return (struct span){ s.p != NULL ? s.p + s.n : NULL, 0 };
	return (struct span){ s.p + at, n < s.n - at ? (size_t)n : s.n - (size_t)at };
}

static inline struct cursor cursor_of(struct span s)
{
	return (struct cursor){ .p = s.p, .n = s.n };
}

NODISCARD static inline bool cursor_ok(const struct cursor *c) { return c->failed == 0; }
static inline size_t cursor_left(const struct cursor *c)
{
	return c->failed != 0 ? 0 : c->n - c->at;
}
static inline uint64_t cursor_place(const struct cursor *c)
{
	return c->failed != 0 ? c->failed - 1 : c->base + c->at;
}

static inline void cursor_fail(struct cursor *c)
{
	if (c->failed == 0)
		c->failed = c->base + c->at + 1;
}

/* The next n bytes, in place; an empty span on failure. */
static inline struct span cursor_take(struct cursor *c, uint64_t n)
{
	if (c->failed != 0 || n > c->n - c->at) {
		cursor_fail(c);
		return (struct span){ NULL, 0 };
	}
	const uint8_t *p = c->at != 0 ? c->p + c->at : c->p; /* an empty window may have no place */
	c->at += (size_t)n;
	return (struct span){ p, (size_t)n };
}

static inline void cursor_skip(struct cursor *c, uint64_t n) { (void)cursor_take(c, n); }

static inline uint8_t cursor_u8(struct cursor *c)
{
	struct span s = cursor_take(c, 1);
	return s.n == 1 ? s.p[0] : 0;
}

static inline uint16_t cursor_le16(struct cursor *c)
{
	struct span s = cursor_take(c, 2);
	return s.n == 2 ? (uint16_t)(s.p[0] | s.p[1] << 8) : 0;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	struct span s = cursor_take(c, 4);
	if (s.n != 4)
		return 0;
	return (uint32_t)s.p[0] | (uint32_t)s.p[1] << 8 | (uint32_t)s.p[2] << 16 |
	       (uint32_t)s.p[3] << 24;
}

static inline uint64_t cursor_le64(struct cursor *c)
{
	struct span s = cursor_take(c, 8);
	uint64_t v = 0;

	for (size_t i = s.n; i-- > 0;)
		v = v << 8 | s.p[i];
	return v;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	struct span s = cursor_take(c, 2);
	return s.n == 2 ? (uint16_t)(s.p[0] << 8 | s.p[1]) : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	struct span s = cursor_take(c, 4);
	if (s.n != 4)
		return 0;
	return (uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 | (uint32_t)s.p[2] << 8 |
	       (uint32_t)s.p[3];
}

static inline uint64_t cursor_be64(struct cursor *c)
{
	struct span s = cursor_take(c, 8);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

/* Unsigned LEB128 of at most 64 bits (DWARF 4, 7.6).  Longer ones fail the cursor. */
static inline uint64_t cursor_uleb(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = cursor_u8(c);
		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return c->failed != 0 ? 0 : v;
	}
	cursor_fail(c);
	return 0;
}

/* The bytes up to the next NUL, which is read too and not given; fails where none is within `max`.
 */
static inline struct span cursor_cstring(struct cursor *c, size_t max)
{
	size_t left = cursor_left(c);
	size_t n = left < max ? left : max;
	const uint8_t *nul = n != 0 ? memchr(c->p + c->at, 0, n) : NULL;

	if (nul == NULL) {
		cursor_fail(c);
		return (struct span){ NULL, 0 };
	}
	struct span s = { c->p + c->at, (size_t)(nul - (c->p + c->at)) };
	c->at += s.n + 1;
	return s;
}

/* The bytes up to the next newline, which is read too and not given; fails where none is within
 * `max`. */
static inline struct span cursor_line(struct cursor *c, size_t max)
{
	size_t left = cursor_left(c);
	size_t n = left < max ? left : max;
	const uint8_t *end = n != 0 ? memchr(c->p + c->at, '\n', n) : NULL;

	if (end == NULL) {
		cursor_fail(c);
		return (struct span){ NULL, 0 };
	}
	struct span s = { c->p + c->at, (size_t)(end - (c->p + c->at)) };
	c->at += s.n + 1;
	return s;
}

/* Go to byte `at` of the window; beyond its end is a failure. */
static inline void cursor_seek(struct cursor *c, uint64_t at)
{
	if (c->failed != 0 || at > c->n)
		cursor_fail(c);
	else
		c->at = (size_t)at;
}

/* A cursor on bytes [at, at + n) of this window; a failed one where they are not all there. */
static inline struct cursor cursor_sub(const struct cursor *c, uint64_t at, uint64_t n)
{
	if (c->failed != 0)
		return (struct cursor){ .failed = c->failed };
	if (at > c->n || n > c->n - at)
		return (struct cursor){ .failed = c->base + (at > c->n ? c->n : at) + 1 };
	return (struct cursor){ .p = c->p + at, .n = (size_t)n, .base = c->base + at };
}

#endif
