/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

/*
 * Packages of Debian's old format (deb-old(5)), which dpkg still unpacks: a line with the version
 * of the format, one with how many bytes the first of two compressed tars has, and these.
 */

enum { LINE = 40 /* bytes, at most */, MAX_CONTROL = 1 << 28 };

/* Without its end; empty: there is none. */
static struct span line_of(struct cursor *c)
{
	struct span s = span_cut((struct span){ c->p, c->n }, c->at, LINE);
	const uint8_t *end = s.n != 0 ? memchr(s.p, '\n', s.n) : NULL;

	s.n = end != NULL ? (size_t)(end - s.p) : 0;
	cursor_skip(c, s.n + 1);
	return s;
}

static bool read_version(struct cursor *c)
{
	struct span s = line_of(c);

	return s.n > 3 && memcmp(s.p, "0.9", 3) == 0;
}

/* Decimal; 0: it is no number. */
static uint64_t read_size(struct cursor *c)
{
	struct span s = line_of(c);
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || n > MAX_CONTROL)
			return 0;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	return n;
}

bool deb_old_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);

	return read_version(&c) && read_size(&c) != 0 && cursor_ok(&c) &&
	       span_is(cursor_take(&c, 2), "\x1f\x8b");
}

bool deb_old_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);

	if (!read_version(&c))
		return true;
	uint64_t n = read_size(&c);
	struct unpack_member control = { .name = span_of("control.tar.gz"), .at = c.at };
	struct span bytes = cursor_take(&c, n);
	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, control.at,
				 "deb: ends within its control file");
	struct unpack_member data = { .name = span_of("data.tar.gz"), .at = c.at };
	control.size = control.packed = bytes.n;
	if (!unpack_whole(u, &control, bytes))
		return true;
	bytes = cursor_take(&c, cursor_left(&c));
	data.size = data.packed = bytes.n;
	(void)!unpack_whole(u, &data, bytes); /* the last one */
	return true;
}
