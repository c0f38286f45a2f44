/* SPDX-License-Identifier: Apache-2.0 */

/*
 * TNEF, "winmail.dat": how Outlook sends a message's properties and attachments ([MS-OXTNEF]).
 *
 * An attachment's data is a member called by its long file name (PidTagAttachLongFilename) or its
 * title. An embedded object or message (PidTagAttachDataObject) is one too, without the identifier
 * before it; and so are the message's bodies: plain, HTML, and compressed RTF ([MS-OXRTFCP])
 * decompressed.
 */

#include "unpack/give.h"
#include "unpack/readers.h"
#include "unpack/rtf_lzfu.h"
#include "unpack/wide.h"

enum { /* [MS-OXTNEF] 2.1.3.2 */
       ATT_TITLE = 0x18010,
       ATT_DATA = 0x6800f,
       ATT_RENDER = 0x69002,
       ATT_PROPERTIES = 0x69005,
       MESSAGE_PROPERTIES = 0x69003,
       MESSAGE_BODY = 0x2800c,
};

enum { /* property identifiers ([MS-OXPROPS]) */
       ATTACH_DATA = 0x3701,
       ATTACH_LONG_NAME = 0x3707,
       BODY = 0x1000,
       RTF_COMPRESSED = 0x1009,
       BODY_HTML = 0x1013,
};

enum { /* property types ([MS-OXCDATA] 2.11.1) */
       TYPE_OBJECT = 0x0d,
       TYPE_TEXT = 0x1e,
       TYPE_WIDE = 0x1f,
       TYPE_BINARY = 0x102,
       MULTIPLE = 0x1000,
};

enum { NAME_BYTES = 255 };

struct attachment {
	char title[NAME_BYTES + 1], long_name[NAME_BYTES + 1];
	struct span data;   /* attAttachData */
	struct span object; /* PidTagAttachDataObject or -Binary */
};

struct reader {
	struct unpack *u;
	struct attachment a;
};

/* One of its two contents, under the name that it has so far.  False: the budget is spent. */
static bool give_content(struct reader *r, struct span content)
{
	const struct attachment *a = &r->a;
	const char *name = a->long_name[0] != 0 ? a->long_name : a->title;

	return content.n == 0 || give_whole(r->u, span_of(name), NULL, content);
}

static bool give_attachment(struct reader *r)
{
	bool ok = give_content(r, r->a.data) && give_content(r, r->a.object);

	r->a = (struct attachment){ .title = "" };
	return ok;
}

/* One property's value, where it is one that holds content or a name.  False: the budget is spent.
 */
static bool read_value(struct reader *r, unsigned id, unsigned type, struct span value)
{
	if (id == ATTACH_DATA) { /* one more: the one before it is given as it is */
		if (!give_content(r, r->a.object))
			return false;
		r->a.object = type == TYPE_OBJECT ? span_cut(value, 16, value.n) : value; /* IID */
		return true;
	}
	if (id == ATTACH_LONG_NAME && type == TYPE_WIDE)
		(void)wide_text(value, r->a.long_name, sizeof r->a.long_name);
	else if (id == ATTACH_LONG_NAME)
		(void)wide_narrow(value, r->a.long_name, sizeof r->a.long_name);
	else if (id == RTF_COMPRESSED && type == TYPE_BINARY)
		return rtf_lzfu_give(r->u, span_of("body.rtf"), value);
	else if (id == BODY_HTML && value.n != 0)
		return give_whole(r->u, span_of("body.html"), "text/html", value);
	else if (id == BODY && value.n != 0)
		return give_whole(r->u, span_of("body.txt"), "text/plain", value);
	return true;
}

/* The bytes of a value of a type of fixed size ([MS-OXTNEF] 2.1.3.4); 0: its size stands before it.
 */
static unsigned fixed_size(unsigned type)
{
	switch (type) {
	case 0x02: /* 16 bits, filled up to 4 bytes */
	case 0x03:
	case 0x04:
	case 0x0a:
	case 0x0b:
		return 4;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x14:
	case 0x40:
		return 8;
	case 0x48:
		return 16;
	default:
		return 0;
	}
}

/* The name of a property that has one: a GUID, then a number or a text (2.1.3.4, PropertyName). */
static void skip_name(struct cursor *c)
{
	cursor_skip(c, 16);
	if (cursor_le32(c) == 0) {
		cursor_skip(c, 4);
		return;
	}
	uint32_t n = cursor_le32(c);
	cursor_skip(c, ((uint64_t)n + 3) & ~UINT64_C(3));
}

/* A list of properties (2.1.3.4).  False: the budget is spent. */
static bool read_properties(struct reader *r, struct span list)
{
	struct cursor c = cursor_of(list);

	for (uint32_t n = cursor_le32(&c); n > 0 && cursor_left(&c) >= 4; n--) {
		unsigned type = cursor_le16(&c), id = cursor_le16(&c),
			 size = fixed_size(type & 0xfff);
		if (id >= 0x8000)
			skip_name(&c);
		uint32_t n_values = (type & MULTIPLE) != 0 || size == 0 ? cursor_le32(&c) : 1;
		for (uint32_t i = 0; i < n_values && cursor_left(&c) > 0; i++) {
			uint32_t bytes = size != 0 ? size : cursor_le32(&c);
			struct span value = cursor_take(&c, bytes);
			cursor_skip(&c, size != 0 ? 0 : (4 - bytes % 4) % 4);
			if (size == 0 && !read_value(r, id, type & 0xfff, value))
				return false;
		}
	}
	if (!cursor_ok(&c))
		unpack_gap(r->u, REASON_DAMAGED, give_place(r->u, list),
			   "TNEF: properties are cut off ([MS-OXTNEF] 2.1.3.4)");
	return true;
}

/* One attribute (2.1.3.1).  False: the budget is spent. */
static bool read_attribute(struct reader *r, uint32_t id, struct span data)
{
	switch (id) {
	case ATT_RENDER: /* begins the next attachment */
		return give_attachment(r);
	case ATT_TITLE:
		(void)wide_narrow(data, r->a.title, sizeof r->a.title);
		return true;
	case ATT_DATA:
		if (r->a.data.n != 0 && !give_attachment(r))
			return false;
		r->a.data = data;
		return true;
	case ATT_PROPERTIES:
	case MESSAGE_PROPERTIES:
		return read_properties(r, data);
	case MESSAGE_BODY:
		return data.n == 0 || give_whole(r->u, span_of("body.txt"), "text/plain", data);
	default:
		return true;
	}
}

bool tnef_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(look->bytes);

	return cursor_le32(&c) == 0x223e9f78;
}

bool tnef_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u };
	struct cursor c = cursor_of(object);
	bool cut = false;

	cursor_skip(&c, 4 + 2); /* signature, key */
	while (cursor_left(&c) >= 9 && !cut) {
		cursor_skip(&c, 1); /* of the message, or of an attachment */
		uint32_t id = cursor_le32(&c), size = cursor_le32(&c);
		cut = size > cursor_left(&c);
		struct span data = cursor_take(&c, cut ? cursor_left(&c) : size);
		cursor_skip(&c,
			    cursor_left(&c) >= 2 ? 2 : 0); /* checksum: readers do not mind it */
		if (!read_attribute(&r, id, data))
			return true;
	}
	if (!give_attachment(&r))
		return true;
	return !cut || error_set(e, REASON_DAMAGED, c.at,
				 "TNEF: an attribute is cut off ([MS-OXTNEF] 2.1.3.1)");
}
