/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

/*
 * tar (POSIX.1-1988 and GNU's long names): each header has a checksum of its own, so the next one
 * that holds is found again behind whatever is damaged.  The contents have none, and are looked at
 * by themselves.
 */

enum { BLOCK = 512 };

/* A number in octal, or in base 256 where its first bit is set (GNU). */
static bool number(struct span s, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	if (s.n != 0 && (s.p[0] & 0x80) != 0) {
		for (i = s.n > 8 ? s.n - 8 : 0; i < s.n; i++)
			v = v << 8 | s.p[i];
		*out = v;
		return (v >> 62) == 0;
	}
	while (i < s.n && s.p[i] == ' ')
		i++;
	size_t first = i;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '7'; i++)
		v = v * 8 + (uint64_t)(s.p[i] - '0');
	*out = v;
	return i != first && (i == s.n || s.p[i] == 0 || s.p[i] == ' ');
}

static bool header_holds(struct span h)
{
	uint64_t sum = 0, want;

	if (h.n != BLOCK || !number(span_cut(h, 148, 8), &want))
		return false;
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : h.p[i];
	return sum == want && sum != 8 * ' ';
}

static struct span text_of(struct span field)
{
	const uint8_t *nul = memchr(field.p, 0, field.n);

	return (struct span){ field.p, nul != NULL ? (size_t)(nul - field.p) : field.n };
}

/* prefix/name (POSIX), or the name alone. */
static size_t name_of(struct span h, uint8_t *to)
{
	struct span name = text_of(span_cut(h, 0, 100)), prefix = text_of(span_cut(h, 345, 155));
	size_t n = 0;

	if (memcmp(h.p + 257, "ustar\0", 6) == 0 && prefix.n != 0) {
		memcpy(to, prefix.p, prefix.n);
		to[prefix.n] = '/';
		n = prefix.n + 1;
	}
	memcpy(to + n, name.p, name.n);
	return n + name.n;
}

bool salvage_tar(struct salvage *s, struct region *w, struct span name)
{
	uint8_t text[SALVAGE_MAX_NAME];
	uint64_t at = 0, size;
	bool any = false, longer = false;
	size_t n = 0;

	(void)name;
	while (at + BLOCK <= w->size && !s->stopped) {
		struct span h = region_get(w, at, BLOCK);
		if (!header_holds(h) || !number(span_cut(h, 124, 12), &size)) {
			at += BLOCK;
			continue;
		}
		any = true;
		uint8_t type = h.p[156];
		int64_t mtime = 0;
		(void)number(span_cut(h, 136, 12), (uint64_t *)&mtime);
		if (!longer)
			n = name_of(h, text);
		at += BLOCK;
		longer = type == 'L' && size <= sizeof text;
		if (longer) { /* the next one's name */
			struct span t = region_get(w, at, (size_t)size);
			n = text_of(t).n;
			memcpy(text, t.p, n);
		} else if ((type == '0' || type == 0) && size <= w->size - at) {
			struct region_extent x = { 0, size, at, NULL };
			struct salvage_piece p = { .name = { text, n }, .at = at, .mtime = mtime };
			struct region r;
			region_of_extents(&r, w, &x, size != 0, s->room[0]);
			if (!salvage_give(s, &p, 0, &r))
				break;
		}
		/* where the contents are damaged, so may the size be: a header within them is none
		 */
		at += size < w->size - at ? (size + BLOCK - 1) / BLOCK * BLOCK : 0;
	}
	return any;
}
