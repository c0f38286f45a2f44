/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/sink.h"

/*
 * xar, which Apple's installer packages are: a header, a table of contents in XML under zlib, and
 * the files.  Of the table only elements are read that say where a file's bytes are.
 */

enum { HEADER = 28, MAX_TABLE = 32 << 20, DEPTH = 64 };

struct file {
	struct span name, style;
	uint64_t at, packed, size;
	bool has_data;
};

struct reader {
	struct unpack *u;
	struct span heap;
	uint64_t heap_at;
	struct file file[DEPTH];
	unsigned depth;
	bool in_data, damaged;
};

bool xar_known(const struct unpack_look *look)
{
	return look->bytes.n >= HEADER && memcmp(look->bytes.p, "xar!", 4) == 0;
}

static uint64_t number(struct span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > UINT64_MAX / 16)
			return UINT64_MAX;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	return v;
}

static bool says(struct span s, const char *what)
{
	return memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static void decode(struct unpack *u, const struct file *f, struct span in, uint64_t at)
{
	struct decode_out out = decode_member(u);
	size_t used;

	if (f->style.n == 0 || says(f->style, "octet-stream"))
		(void)out.put(out.ctx, in);
	else if (says(f->style, "gzip"))
		decode_gap(u, decode_inflate(in, DECODE_ZLIB, &out, &used), at, "xar");
	else if (says(f->style, "bzip2"))
		decode_gap(u, decode_bzip2(in, &out, &used), at, "xar");
	else if (says(f->style, "lzma"))
		decode_gap(u, decode_lzma(in, &out, &used), at, "xar");
	else if (says(f->style, "xz"))
		decode_gap(u, decode_xz(in, &out, &used), at, "xar");
	else
		unpack_gap(u, REASON_UNSUPPORTED, at, "xar %.*s",
			   f->style.n < 80 ? (int)f->style.n : 80, (const char *)f->style.p);
}

/* False: the budget is spent. */
static bool give(struct reader *r, const struct file *f)
{
	uint64_t at = r->heap_at + f->at;
	struct span in = span_cut(r->heap, f->at, f->packed);
	struct unpack_member m = {
		.name = f->name, .size = f->size, .packed = f->packed, .at = at
	};

	if (!unpack_begin(r->u, &m))
		return false;
	if (in.n < f->packed)
		unpack_gap(r->u, REASON_DAMAGED, at, "xar: the archive ends within it");
	decode(r->u, f, in, at);
	unpack_end(r->u);
	return true;
}

/* One tag and the text behind it.  False: no more is to be read. */
static bool take(struct reader *r, struct span tag, struct span text)
{
	struct file *f = &r->file[r->depth];

	if ((span_is(tag, "file") || (tag.n > 5 && memcmp(tag.p, "file ", 5) == 0)) &&
	    !(tag.p[tag.n - 1] == '/')) {
		if (r->depth + 1 == DEPTH) {
			r->damaged = true;
			return false;
		}
		r->file[++r->depth] = (struct file){ .size = UNPACK_UNKNOWN };
		return true;
	}
	if (r->depth == 0)
		return true;
	if (span_is(tag, "data")) {
		r->in_data = true;
	} else if (span_is(tag, "/data")) {
		r->in_data = false;
		f->has_data = true;
	} else if (span_is(tag, "/file")) {
		r->depth--;
		return (!f->has_data || give(r, f)) && unpack_steps(r->u, BUDGET_MEMBER_STEPS);
	} else if (!r->in_data && tag.n >= 4 && memcmp(tag.p, "name", 4) == 0) {
		f->name = text;
	} else if (r->in_data && span_is(tag, "offset")) {
		f->at = number(text);
	} else if (r->in_data && span_is(tag, "length")) {
		f->packed = number(text);
	} else if (r->in_data && span_is(tag, "size")) {
		f->size = number(text);
	} else if (r->in_data && tag.n > 9 && memcmp(tag.p, "encoding ", 9) == 0) {
		f->style = tag;
	}
	return true;
}

static void read_table(struct reader *r, struct span xml)
{
	while (xml.n != 0) {
		const uint8_t *from = memchr(xml.p, '<', xml.n);
		if (from == NULL)
			break;
		xml = span_cut(xml, (size_t)(from - xml.p) + 1, xml.n);
		const uint8_t *to = xml.n != 0 ? memchr(xml.p, '>', xml.n) : NULL;
		if (to == NULL)
			break;
		struct span tag = { xml.p, (size_t)(to - xml.p) };
		xml = span_cut(xml, tag.n + 1, xml.n);
		const uint8_t *end = xml.n != 0 ? memchr(xml.p, '<', xml.n) : NULL;
		struct span text = { xml.p, end != NULL ? (size_t)(end - xml.p) : 0 };
		if (tag.n != 0 && !take(r, tag, text))
			return;
	}
	r->damaged |= r->depth != 0;
}

bool xar_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader *r = arena_alloc(&u->arena, sizeof *r);
	struct cursor c = cursor_of(object);
	size_t used;

	cursor_skip(&c, 4);
	uint16_t header = cursor_le16(&c);
	header = (uint16_t)(header << 8 | header >> 8); /* all of it is big-endian */
	cursor_skip(&c, 2);
	uint64_t packed = cursor_be64(&c), size = cursor_be64(&c);
	cursor_seek(&c, header);
	struct span table = cursor_take(&c, packed);
	if (!cursor_ok(&c) || header < HEADER || r == NULL)
		return error_set(e, r == NULL ? REASON_MEMORY : REASON_DAMAGED, 0,
				 "xar: the header");
	if (size > MAX_TABLE)
		return error_set(e, REASON_LIMIT, header, "table: %ju bytes of xar's",
				 (uintmax_t)size);
	struct sink sink = { arena_alloc(&u->arena, (size_t)size), 0, (size_t)size };
	struct decode_out out = { sink_put, &sink };
	if (sink.p == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "xar");
	r->u = u;
	r->heap_at = c.at;
	r->heap = cursor_take(&c, cursor_left(&c));
	enum decode_end end = decode_inflate(table, DECODE_ZLIB, &out, &used);
	read_table(r, (struct span){ sink.p, sink.n });
	if (end != DECODE_WHOLE || r->damaged)
		return error_set(e, REASON_DAMAGED, header, "xar: the table of contents");
	return true;
}
