/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/sink.h"
#include "unpack/xml_tags.h"

/*
 * xar, which Apple's installer packages are: a header, a table of contents in XML under zlib, and
 * the files.  Of the table only elements are read that say where a file's bytes are.
 */

enum { HEADER = 28, MAX_TABLE = 32 << 20, DEPTH = 64 };

struct file {
	struct span name, style;
	uint64_t at, packed, size; /* UNPACK_UNKNOWN where it is not said */
	bool has_data;
	bool two; /* one of the numbers is said twice, and differs */
};

struct reader {
	struct unpack *u;
	struct span heap;
	uint64_t heap_at;
	struct file file[DEPTH];
	unsigned depth;
	bool in_data, damaged, met_table;
};

bool xar_known(const struct unpack_look *look)
{
	return look->bytes.n >= HEADER && memcmp(look->bytes.p, "xar!", 4) == 0;
}

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* UNPACK_UNKNOWN: it is none. */
static uint64_t number(struct span s)
{
	uint64_t v = 0;

	while (s.n != 0 && is_blank(s.p[0]))
		s = span_cut(s, 1, s.n);
	while (s.n != 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > UINT64_MAX / 16)
			return UNPACK_UNKNOWN;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	return s.n != 0 ? v : UNPACK_UNKNOWN;
}

static bool says(struct span s, const char *what)
{
	return memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static enum decode_end decode(struct unpack *u, const struct file *f, struct span in, uint64_t at)
{
	struct decode_out out = decode_member(u);
	size_t used;

	if (f->style.n == 0 || says(f->style, "octet-stream"))
		return out.put(out.ctx, in) ? DECODE_WHOLE : DECODE_STOPPED;
	if (says(f->style, "gzip"))
		return decode_inflate(in, DECODE_ZLIB, &out, &used);
	if (says(f->style, "bzip2"))
		return decode_bzip2(in, &out, &used);
	if (says(f->style, "lzma"))
		return decode_lzma(in, &out, &used);
	if (says(f->style, "xz"))
		return decode_xz(in, &out, &used);
	unpack_gap(u, REASON_UNSUPPORTED, at, "xar %.*s", f->style.n < 80 ? (int)f->style.n : 80,
		   (const char *)f->style.p);
	return DECODE_STOPPED;
}

/* False: the budget is spent. */
static bool give(struct reader *r, const struct file *f)
{
	bool known = f->at != UNPACK_UNKNOWN && f->packed != UNPACK_UNKNOWN && !f->two;
	uint64_t at = known ? r->heap_at + f->at : PLACE_NONE;
	struct span in = span_cut(r->heap, f->at, known ? f->packed : 0);
	struct unpack_member m = {
		.name = f->name, .size = f->size, .packed = f->packed, .at = at
	};

	if (!unpack_begin(r->u, &m))
		return false;
	if (!known)
		unpack_gap(r->u, REASON_DAMAGED, at,
			   "xar: the table does not say where its bytes are");
	else if (in.n < f->packed)
		unpack_gap(r->u, REASON_DAMAGED, at, "xar: the archive ends within it");
	enum decode_end end = known && in.n != 0 ? decode(r->u, f, in, at) : DECODE_WHOLE;
	decode_gap(r->u, end, at, "xar");
	uint64_t got = unpack_so_far(r->u).n;
	if (end == DECODE_WHOLE && known && in.n == f->packed && f->size != UNPACK_UNKNOWN &&
	    got != f->size)
		unpack_gap(r->u, REASON_DAMAGED, at, "xar: %ju bytes, %ju are stated",
			   (uintmax_t)got, (uintmax_t)f->size);
	unpack_end(r->u);
	return true;
}

static void take_number(struct file *f, uint64_t *field, struct span text)
{
	uint64_t v = number(text);

	f->two = f->two || (*field != UNPACK_UNKNOWN && *field != v);
	*field = v;
}

/* A tag of the element of a file.  False: no more is to be read. */
static bool take_of_file(struct reader *r, const struct xml_tag *t)
{
	struct file *f = &r->file[r->depth];

	if (xml_tag_opens(t, "data")) {
		r->in_data = f->has_data = true;
	} else if (xml_tag_closes(t, "data")) {
		r->in_data = false;
	} else if (xml_tag_closes(t, "file")) {
		r->depth--;
		return (!f->has_data || give(r, f)) && unpack_steps(r->u, BUDGET_MEMBER_STEPS);
	} else if (!r->in_data && xml_tag_opens(t, "name")) {
		f->name = t->text;
	} else if (r->in_data && xml_tag_opens(t, "offset")) {
		take_number(f, &f->at, t->text);
	} else if (r->in_data && xml_tag_opens(t, "length")) {
		take_number(f, &f->packed, t->text);
	} else if (r->in_data && xml_tag_opens(t, "size")) {
		take_number(f, &f->size, t->text);
	} else if (r->in_data && !t->closes && span_is(t->name, "encoding")) {
		f->style = t->whole;
	}
	return true;
}

/* The same of any tag. */
static bool take(struct reader *r, const struct xml_tag *t)
{
	r->met_table = r->met_table || span_is(t->name, "toc");
	if (!xml_tag_opens(t, "file"))
		return r->depth == 0 || take_of_file(r, t);
	if (r->depth + 1 == DEPTH) {
		r->damaged = true;
		return false;
	}
	r->file[++r->depth] = (struct file){ .at = UNPACK_UNKNOWN,
					     .packed = UNPACK_UNKNOWN,
					     .size = UNPACK_UNKNOWN };
	r->in_data = false;
	return true;
}

static void read_table(struct reader *r, struct span xml)
{
	struct xml_tag t;

	while (xml_tag_next(&xml, &t))
		if (!take(r, &t))
			return;
	r->damaged |= r->depth != 0 || !r->met_table;
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
