/* SPDX-License-Identifier: Apache-2.0 */

/*
 * BinHex 4.0 (RFC 1741, appendix A): text of 64 letters, in it runs, in them a Macintosh file's two
 * forks.  One text may hold several.
 *
 * The data fork is a member of the file's name, the resource fork one beside it, ".rsrc".  The
 * checksums are not looked at.
 */

#include "unpack/give.h"
#include "unpack/readers.h"

enum { RUN = 0x90, NAME_MAX_BYTES = 63, TEXT_BEFORE = 4096 /* bytes of other text before it */ };

static const char mark[] = "(This file must be converted with BinHex";
static const char letters[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

struct reader {
	struct span in; /* letters that are left */
	uint32_t bits;
	unsigned n_bits;
	unsigned repeat; /* how often `last` is still to come */
	uint8_t last;
	bool ended;
};

/* The next byte of eight-bit data before runs are undone. */
static uint8_t raw_byte(struct reader *r)
{
	while (r->n_bits < 8 && !r->ended) {
		if (r->in.n == 0 || r->in.p[0] == ':') {
			r->ended = true;
			break;
		}
		uint8_t c = r->in.p[0];
		const char *digit = c != 0 ? memchr(letters, c, sizeof letters - 1) : NULL;
		r->in = span_cut(r->in, 1, r->in.n);
		if (digit == NULL)
			continue;
		r->bits = r->bits << 6 | (uint32_t)(digit - letters);
		r->n_bits += 6;
	}
	if (r->n_bits < 8)
		return 0;
	r->n_bits -= 8;
	return (uint8_t)(r->bits >> r->n_bits);
}

static uint8_t next_byte(struct reader *r)
{
	if (r->repeat > 0) {
		r->repeat--;
		return r->last;
	}
	uint8_t byte = raw_byte(r);
	if (byte != RUN)
		return r->last = byte;
	unsigned count = raw_byte(r);
	if (count == 0) /* the byte itself */
		return r->last = RUN;
	r->repeat = count > 2 ? count - 2 : 0; /* one was given, one is given now */
	return r->last;
}

static uint32_t next_number(struct reader *r, int bytes)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | next_byte(r);
	return v;
}

/* A fork as a member.  False: the budget is spent. */
static bool give_fork(struct unpack *u, struct reader *r, struct span name, uint32_t size)
{
	struct unpack_member m = {
		.name = name, .size = size, .packed = UNPACK_UNKNOWN, .at = PLACE_NONE
	};
	uint8_t *to;

	if (size == 0)
		return true;
	if (!unpack_begin(u, &m))
		return false;
	while (size > 0 && !r->ended && (to = unpack_room(u, 4096)) != NULL) {
		size_t n = 0;
		while (n < 4096 && size > 0) {
			uint8_t byte = next_byte(r);
			if (r->ended)
				break;
			to[n++] = byte;
			size--;
		}
		unpack_filled(u, n);
	}
	if (size > 0 && r->ended)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "BinHex: a fork is cut off (RFC 1741)");
	unpack_end(u);
	return true;
}

bool binhex_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, 0, TEXT_BEFORE);

	return decode_find(s, mark) < s.n;
}

/* The file whose mark stands first in *text, which becomes what stands behind it.  False: *e. */
static bool read_file(struct unpack *u, struct span *text, bool *stop, struct error *e)
{
	struct reader r = { .in = span_cut(*text, decode_find(*text, mark), text->n) };
	uint8_t name[NAME_MAX_BYTES + 5];
	const uint8_t *colon;

	(void)decode_line(&r.in);
	colon = r.in.n != 0 ? memchr(r.in.p, ':', r.in.n) : NULL;
	if (colon == NULL)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "BinHex: nothing after the first line (RFC 1741)");
	r.in = span_cut(r.in, (uint64_t)(colon - r.in.p) + 1, r.in.n);
	size_t n = next_byte(&r);
	if (n > NAME_MAX_BYTES || r.ended)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "BinHex: a name of %zu bytes (RFC 1741)", n);
	for (size_t i = 0; i < n; i++)
		name[i] = next_byte(&r);
	(void)next_number(&r, 1 + 4 + 4 + 2); /* version, type, creator, flags */
	uint32_t data = next_number(&r, 4), resource = next_number(&r, 4);
	(void)next_number(&r, 2);
	*stop = !give_fork(u, &r, (struct span){ name, n }, data);
	if (*stop)
		return true;
	(void)next_number(&r, 2);
	memcpy(name + n, ".rsrc", 5);
	*stop = !give_fork(u, &r, (struct span){ name, n + 5 }, resource);
	*text = r.in;
	return true;
}

bool binhex_read(struct span object, struct unpack *u, struct error *e)
{
	struct error later;
	bool stop = false;

	if (!read_file(u, &object, &stop, e))
		return false;
	while (!stop && decode_find(object, mark) < object.n && /* more may be a text's own words */
	       read_file(u, &object, &stop, &later))
		;
	return true;
}
