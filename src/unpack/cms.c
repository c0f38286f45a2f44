/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Cryptographic messages (CMS, RFC 5652; S/MIME, RFC 8551: .p7m).  What is signed lies in the
 * message itself where that is "opaque", and is a member: mail programs show it as the mail.
 * Detached signatures and certificates alone hold none.  Numbers are DER's, lengths BER's too:
 * writers that do not know the length beforehand leave it open, and cut the content into pieces
 * (X.690 8.1.3.6, 8.7.3).
 */

#include "unpack/give.h"
#include "unpack/readers.h"

enum {
	OCTETS = 0x04,
	PIECES = 0x24, /* octets in pieces */
	OID = 0x06,
	SEQUENCE = 0x30,
	WRAP = 0xa0,    /* [0], explicit */
	DEPTH_MAX = 32, /* open lengths inside each other */
};

/* Types of content; all begin with the arc of PKCS. */
static const uint8_t pkcs[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01 };

struct element {
	uint8_t tag;
	bool open;  /* its length is not given: it ends before an element of zeros */
	uint64_t n; /* else its bytes */
};

/* Takes the head of an element, and leaves the cursor at its content. */
static struct element take_head(struct cursor *c)
{
	struct element e = { .tag = cursor_u8(c), .n = cursor_u8(c) };

	e.open = e.n == 0x80;
	if (e.n <= 0x80)
		return e;
	size_t size = (size_t)e.n & 0x7f;
	if (size > 4)
		cursor_fail(c);
	for (e.n = 0; size > 0 && cursor_ok(c); size--)
		e.n = e.n << 8 | cursor_u8(c);
	return e;
}

/* Goes into an element of that tag. */
static bool enter(struct cursor *c, uint8_t tag)
{
	struct element e = take_head(c);

	return cursor_ok(c) && e.tag == tag;
}

/* Passes over an element with all that is in it. */
static void pass(struct cursor *c)
{
	size_t depth = 0;

	do {
		struct element e = take_head(c);
		if (e.open)
			depth++;
		else if (e.tag == 0 && e.n == 0 && depth > 0)
			depth--;
		else
			cursor_skip(c, e.n);
	} while (depth > 0 && depth < DEPTH_MAX && cursor_ok(c));
}

/* The number of a type of content, its last bytes; 0: it is none of PKCS #7's. */
static uint32_t take_type(struct cursor *c)
{
	struct element e = take_head(c);
	struct span oid = cursor_take(c, e.tag == OID && e.n < 16 ? e.n : 0);
	struct cursor rest = cursor_of(span_cut(oid, sizeof pkcs, oid.n));
	uint32_t number = 0;

	if (oid.n <= sizeof pkcs || memcmp(oid.p, pkcs, sizeof pkcs) != 0)
		return 0;
	while (cursor_left(&rest) > 0)
		number = number << 8 | cursor_u8(&rest);
	return number;
}

enum {
	SIGNED = 0x0702,
	ENVELOPED = 0x0703,
	SIGNED_AND_ENVELOPED = 0x0704,
	ENCRYPTED = 0x0706,
	COMPRESSED = 0x09100109,     /* RFC 3274 */
	AUTH_ENVELOPED = 0x09100117, /* RFC 5083 */
};

/* What the object holds, with the cursor behind the type; 0: it is no such message. */
static uint32_t kind_of(struct cursor *c)
{
	if (cursor_left(c) < sizeof pkcs || !enter(c, SEQUENCE))
		return 0;
	switch (take_type(c)) {
	case SIGNED:
		return SIGNED;
	case COMPRESSED:
		return COMPRESSED;
	case ENVELOPED:
	case SIGNED_AND_ENVELOPED:
	case ENCRYPTED:
	case AUTH_ENVELOPED:
		return ENCRYPTED;
	default:
		return 0;
	}
}

bool cms_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(span_cut(look->bytes, 0, 64));

	return kind_of(&c) != 0;
}

/* Writes content that is cut into pieces, which may be cut themselves; false: it ends within one,
 * or has something else. */
static bool write_pieces(struct unpack *u, struct cursor c)
{
	size_t depth = 0; /* open lengths */

	while (cursor_left(&c) > 0) {
		struct element e = take_head(&c);
		if (e.tag == PIECES) {
			depth += e.open;
			continue;
		}
		if (e.tag == 0 && e.n == 0) {
			if (depth == 0)
				break;
			depth--;
			continue;
		}
		if (e.tag != OCTETS || e.open)
			return false;
		size_t n = cursor_left(&c);
		if (!unpack_write(u, cursor_take(&c, e.n < n ? e.n : n)))
			break;
		if (e.n > n)
			return false;
	}
	return cursor_ok(&c);
}

/* The content that the cursor stands at, as a member. */
static void give_content(struct unpack *u, struct cursor *c)
{
	struct element e = take_head(c);
	bool pieces = e.tag == PIECES;

	if (!cursor_ok(c) || (!pieces && (e.tag != OCTETS || e.open)))
		return; /* a catalogue's, for one */
	struct span in = cursor_take(c, e.open || e.n > cursor_left(c) ? cursor_left(c) : e.n);
	struct unpack_member m = { .size = UNPACK_UNKNOWN,
				   .packed = in.n,
				   .at = give_place(u, in) };
	if (!unpack_begin(u, &m))
		return;
	bool whole = e.open || in.n == e.n;
	if (pieces)
		whole = write_pieces(u, cursor_of(in)) && whole;
	else
		(void)!unpack_write(u, in);
	if (!whole)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "CMS: the content is cut off");
	unpack_end(u);
}

/* SignedData (RFC 5652, 5.1) up to its content. */
static bool read_signed(struct unpack *u, struct cursor *c)
{
	if (!enter(c, WRAP) || !enter(c, SEQUENCE))
		return false;
	pass(c); /* version */
	pass(c); /* digestAlgorithms */
	struct element content = take_head(c);
	uint64_t end = c->at + content.n;
	pass(c); /* eContentType */
	if (!cursor_ok(c) || content.tag != SEQUENCE)
		return false;
	if (!content.open && c->at >= end) /* it is elsewhere */
		return true;
	if (take_head(c).tag == WRAP)
		give_content(u, c);
	return cursor_ok(c);
}

bool cms_read(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);
	uint32_t kind = kind_of(&c);

	if (kind == ENCRYPTED)
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "CMS: only who receives it has a key");
	else if (kind == COMPRESSED)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "CMS: compressed (RFC 3274)");
	else if (!read_signed(u, &c))
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "CMS: no signed data (RFC 5652, 5.1)");
	return true;
}
