/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"

#include <libdeflate.h>

/*
 * ARJ, as its TECHNOTE.TXT has it: headers with a mark, and data behind each.  Methods 1 to
 * 3 are in decode_arj.c with method 4.
 */

enum {
	FIXED = 30,       /* of a basic header, at least */
	MAX_BASIC = 2600, /* bytes of one */
	GARBLED = 1,      /* encrypted */
	GOES_ON = 4,      /* in the next volume */
	BINARY = 0,       /* type of a file of which the size is that of its bytes */
	MAIN = 2,         /* type of the first header */
	CIPHER = 28,      /* where in it the version of the encryption stands */
	GARBLE = 1,       /* the last that is the one below; others are the cipher of 28147-89 */
	DIRECTORY = 3,
	MOST_METHOD = 4,
};

struct header {
	unsigned flags, method, type;
	unsigned modifier; /* of the password */
	unsigned cipher;   /* of the first header: which one */
	uint32_t packed, size, crc;
	struct span name;
	bool last; /* the mark of the end */
};

bool arj_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);
	uint16_t mark = cursor_le16(&c), size = cursor_le16(&c);
	uint8_t fixed = cursor_u8(&c);

	cursor_skip(&c, 5);
	return mark == 0xea60 && size >= FIXED && size <= MAX_BASIC && fixed >= FIXED &&
	       fixed <= size && cursor_u8(&c) == MAIN;
}

/* The header at the cursor, which moves behind it and all that extends it. */
static bool read_header(struct cursor *c, struct header *h)
{
	uint16_t mark = cursor_le16(c), size = cursor_le16(c);

	*h = (struct header){ .last = size == 0 };
	if (!cursor_ok(c) || mark != 0xea60 || size > MAX_BASIC)
		return false;
	if (size == 0)
		return true;
	struct cursor b = cursor_sub(c, c->at, size);
	uint8_t fixed = cursor_u8(&b);
	cursor_skip(&b, 3);
	h->flags = cursor_u8(&b);
	h->method = cursor_u8(&b);
	h->type = cursor_u8(&b);
	h->modifier = cursor_u8(&b);
	cursor_skip(&b, 4);
	h->packed = cursor_le32(&b);
	h->size = cursor_le32(&b);
	h->crc = cursor_le32(&b);
	cursor_seek(&b, CIPHER);
	h->cipher = cursor_u8(&b);
	cursor_seek(&b, fixed);
	h->name = cursor_cstring(&b, MAX_BASIC);
	cursor_skip(c, (uint64_t)size + 4); /* its checksum */
	for (uint16_t n; cursor_ok(c) && (n = cursor_le16(c)) != 0;)
		cursor_skip(c, (uint64_t)n + 4);
	return cursor_ok(&b) && cursor_ok(c);
}

static enum decode_end decode_to(struct unpack *u, const struct header *h, struct span in,
				 const struct decode_out *out)
{
	enum decode_end end = DECODE_WHOLE;

	if (h->method == 0)
		end = out->put(out->ctx, in) ? DECODE_WHOLE : DECODE_STOPPED;
	else if (h->method <= MOST_METHOD)
		end = decode_arj(&u->scratch, h->method == MOST_METHOD, in, h->size, out);
	if (!u->open)
		arena_reset(&u->scratch);
	return end;
}

static void decode(struct unpack *u, const struct header *h, struct span in, uint64_t at)
{
	struct decode_out out = decode_member(u);

	if (h->method > MOST_METHOD)
		unpack_gap(u, REASON_UNSUPPORTED, at, "ARJ method %u", h->method);
	else
		decode_gap(u, decode_to(u, h, in, &out), at, "ARJ");
}

/* ---- garbled members: each byte that is packed is mixed with the next of the password's */

struct checked {
	uint32_t crc;
	uint64_t n;
};

static bool put_checked(void *ctx, struct span bytes)
{
	struct checked *c = ctx;

	c->crc = libdeflate_crc32(c->crc, bytes.p, bytes.n);
	c->n += bytes.n;
	return true;
}

static struct span garbled(struct arena *a, struct span in, struct span password, unsigned modifier)
{
	uint8_t *p = arena_copy(a, in.p, in.n);

	for (size_t i = 0; p != NULL && i < in.n; i++)
		p[i] ^= (uint8_t)(password.p[i % password.n] + modifier);
	return (struct span){ p, p != NULL ? in.n : 0 };
}

/* The member's bytes by the first password that gives its checksum, in u->arena; empty: none does,
 * or there is no memory or no budget to try. */
static struct span open_garbled(struct unpack *u, const struct header *h, struct span in)
{
	const struct unpack_options *o = u->options;

	for (size_t i = 0; i < o->n_passwords && h->method <= MOST_METHOD; i++) {
		struct checked c = { 0 };
		struct decode_out out = { put_checked, &c };
		arena_reset(&u->arena);
		if (o->password[i].n == 0 || !unpack_steps(u, in.n + 8ull * h->size))
			continue;
		struct span plain = garbled(&u->arena, in, o->password[i], h->modifier);
		if (plain.n != 0 && decode_to(u, h, plain, &out) == DECODE_WHOLE &&
		    c.n == h->size && c.crc == h->crc)
			return plain;
	}
	return (struct span){ 0 };
}

static void check(struct unpack *u, const struct header *h, uint64_t at)
{
	struct span got = unpack_so_far(u);

	if (got.n == h->size && libdeflate_crc32(0, got.p, got.n) != h->crc)
		unpack_gap(u, REASON_DAMAGED, at, "ARJ: the checksum differs");
	else if (got.n != h->size && h->method == 0 && h->type == BINARY && unpack_left(u) != 0 &&
		 (h->flags & GOES_ON) == 0)
		unpack_gap(u, REASON_DAMAGED, at, "ARJ: %zu bytes, %u are stated", got.n,
			   (unsigned)h->size);
	if ((h->flags & GOES_ON) != 0)
		unpack_gap(u, REASON_UNSUPPORTED, at, "ARJ in volumes");
}

bool arj_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	struct header h;

	if (!read_header(&c, &h))
		return error_set(e, REASON_DAMAGED, 0, "ARJ: the first header");
	unsigned cipher = h.cipher;
	while (unpack_steps(u, BUDGET_MEMBER_STEPS)) {
		uint64_t at = cursor_place(&c);
		if (!read_header(&c, &h))
			return error_set(e, REASON_DAMAGED, at, "ARJ: a header");
		if (h.last)
			break;
		size_t left = cursor_left(&c);
		struct span in = cursor_take(&c, h.packed < left ? h.packed : left);
		struct unpack_member m = { .name = h.name,
					   .size = h.size,
					   .packed = h.packed,
					   .at = at,
					   .encrypted = (h.flags & GARBLED) != 0,
					   .has_crc = true,
					   .crc = h.crc };
		if (h.type == DIRECTORY)
			continue;
		bool shut = m.encrypted && h.size != 0;
		struct span plain = in;
		if (shut && cipher <= GARBLE) {
			plain = open_garbled(u, &h, in);
			shut = plain.n == 0;
		}
		if (!unpack_begin(u, &m))
			break;
		if (shut && cipher > GARBLE)
			unpack_gap(u, REASON_ENCRYPTED, at,
				   "ARJ: by the cipher of 28147-89, which is not read");
		else if (shut)
			unpack_gap(u, REASON_ENCRYPTED, at, "ARJ: no password that was tried fits");
		else
			decode(u, &h, plain, at);
		if (!shut)
			check(u, &h, at);
		unpack_end(u);
	}
	return true;
}
