/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The stream "PowerPoint Document" of a presentation ([MS-PPT]): a tree of records, of which those
 * of type ExOleObjStg (2.10.33, 2.10.34) hold OLE2 files, compressed or not: embedded objects, and
 * the VBA project.  A program finds them by their places and not by the tree, so one that stands in
 * another record is looked for.
 */

#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/pdf_filter.h"
#include "unpack/readers.h"

enum { EX_OLE_OBJ_STG = 0x1011, CONTAINER = 0xf, COMPRESSED = 1, HEADER = 8, ENOUGH = 16 };

static bool give_bytes(void *to, struct span bytes) { return unpack_write(to, bytes); }

/* A member from a record's content; compressed: its size, then a zlib stream.  False: the budget is
 * spent. */
static bool give_object(struct unpack *u, struct pdf_pool *pool, struct span content,
			bool compressed)
{
	struct unpack_member m = { .size = UNPACK_UNKNOWN,
				   .packed = content.n,
				   .at = give_place(u, content) };
	struct cursor c = cursor_of(content);
	struct pdf_chain chain;

	if (!compressed)
		return content.n == 0 || unpack_whole(u, &m, content);
	m.size = cursor_le32(&c);
	if (!unpack_begin(u, &m))
		return false;
	pdf_chain_init(&chain, pool, give_bytes, u);
	if (pdf_chain_add(&chain, PDF_FLATE))
		pdf_chain_put(&chain, span_cut(content, 4, content.n));
	if (unpack_so_far(u).n != m.size) /* else all came out, though its checksum be missing */
		pdf_chain_end(&chain);
	if (chain.n_stages == 0 || chain.damaged)
		unpack_gap(u, REASON_DAMAGED, m.at,
			   "PowerPoint: a compressed object ([MS-PPT] 2.10.34)");
	unpack_end(u);
	pdf_chain_release(&chain);
	return true;
}

static bool is_compressed(struct span content)
{
	return decode_inflates(span_cut(content, 4, content.n), DECODE_ZLIB, ENOUGH);
}

/* The content of a record that holds an object, whose header begins here; empty: none does. */
static struct span object_at(struct span s)
{
	static const uint8_t ole2[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };
	struct cursor c = cursor_of(span_cut(s, 2, s.n));
	bool is_object = cursor_le16(&c) == EX_OLE_OBJ_STG;
	struct span content = cursor_take(&c, cursor_le32(&c));

	if (is_object && content.n > sizeof ole2 &&
	    (memcmp(content.p, ole2, sizeof ole2) == 0 || is_compressed(content)))
		return content;
	return (struct span){ NULL, 0 };
}

/* Looks for objects in the content of another record.  False: the budget is spent. */
static bool search(struct unpack *u, struct pdf_pool *pool, struct span s)
{
	if (!unpack_steps(u, s.n))
		return false;
	while (s.n > HEADER) {
		const uint8_t *type = memchr(s.p + 2, EX_OLE_OBJ_STG & 0xff, s.n - HEADER);
		if (type == NULL)
			break;
		s = span_cut(s, (uint64_t)(type - s.p) - 2, s.n);
		struct span content = object_at(s);
		if (content.n != 0 && !give_object(u, pool, content, is_compressed(content)))
			return false;
		s = span_cut(s, content.n != 0 ? HEADER + content.n : 1, s.n);
	}
	return true;
}

bool ppt_known(const struct unpack_look *look) { return span_is(look->type, "ole2/powerpoint"); }

bool ppt_read(struct span object, struct unpack *u, struct error *e)
{
	struct pdf_pool pool = { .arena = &u->arena };
	struct cursor c = cursor_of(object);

	(void)e;
	while (cursor_left(&c) >= 8) { /* RecordHeader (2.3.1) */
		unsigned first = cursor_le16(&c), type = cursor_le16(&c);
		uint32_t size = cursor_le32(&c);
		if ((first & 15) == CONTAINER && type != EX_OLE_OBJ_STG)
			continue; /* its records follow */
		if (!unpack_steps(u, 8))
			break;
		struct span content =
			cursor_take(&c, size < cursor_left(&c) ? size : cursor_left(&c));
		bool is_object = type == EX_OLE_OBJ_STG;
		bool compressed = is_object && (first >> 4 == COMPRESSED || is_compressed(content));
		bool more = is_object ? give_object(u, &pool, content, compressed)
				      : search(u, &pool, content);
		if (!more)
			break;
	}
	return true;
}
