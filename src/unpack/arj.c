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
	MAIN = 2,         /* type of the first header */
	DIRECTORY = 3,
};

struct header {
	unsigned flags, method, type;
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
	cursor_skip(&b, 5);
	h->packed = cursor_le32(&b);
	h->size = cursor_le32(&b);
	h->crc = cursor_le32(&b);
	cursor_seek(&b, fixed);
	h->name = cursor_cstring(&b, MAX_BASIC);
	cursor_skip(c, (uint64_t)size + 4); /* its checksum */
	for (uint16_t n; cursor_ok(c) && (n = cursor_le16(c)) != 0;)
		cursor_skip(c, (uint64_t)n + 4);
	return cursor_ok(&b) && cursor_ok(c);
}

static void decode(struct unpack *u, const struct header *h, struct span in, uint64_t at)
{
	struct decode_out out = decode_member(u);

	if ((h->flags & GARBLED) != 0)
		unpack_gap(u, REASON_ENCRYPTED, at, "ARJ");
	else if (h->method == 0)
		(void)out.put(out.ctx, in);
	else if (h->method <= 4)
		decode_gap(u, decode_arj(&u->scratch, h->method == 4, in, h->size, &out), at,
			   "ARJ");
	else
		unpack_gap(u, REASON_UNSUPPORTED, at, "ARJ method %u", h->method);
}

static void check(struct unpack *u, const struct header *h, uint64_t at)
{
	struct span got = unpack_so_far(u);

	if (got.n == h->size && libdeflate_crc32(0, got.p, got.n) != h->crc)
		unpack_gap(u, REASON_DAMAGED, at, "ARJ: the checksum differs");
	if ((h->flags & GOES_ON) != 0)
		unpack_gap(u, REASON_UNSUPPORTED, at, "ARJ in volumes");
}

bool arj_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	struct header h;

	if (!read_header(&c, &h))
		return error_set(e, REASON_DAMAGED, 0, "ARJ: the first header");
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
		if (!unpack_begin(u, &m))
			break;
		decode(u, &h, in, at);
		check(u, &h, at);
		unpack_end(u);
	}
	return true;
}
