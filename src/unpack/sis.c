/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

/*
 * Symbian's packages: SIS of EPOC 5 and 6, whose header points to records of files (as those who
 * read it describe it), and SISX of Symbian 9 ("Symbian OS v9.x SIS File Format Specification"), a
 * tree of typed fields, of which each compressed one is a member.
 */

enum {
	EPOC_MARK = 8,
	EPOC6 = 0x10003a12,
	EPOC6_HEADER = 100,
	STORED = 8, /* of the options */
	MAX_RECORDS = 4096,
	MAX_LANGUAGES = 128,
	MAX_NAME = 512, /* bytes */
	RECORD_FILE = 0,
	RECORD_LANGUAGES = 1, /* a file for each language */
	RECORD_OPTIONS = 2,
	RECORD_IF = 3,
	RECORD_ELSEIF = 4,
	RECORD_END = 6,
	FIELD_ARRAY = 2,
	FIELD_COMPRESSED = 3,
	FIELD_CONTENTS = 12,
	MAX_FIELD = 40,
	FIELD_DEPTH = 12,
	MAX_FIELDS = 100000,
};

bool sis_known(const struct unpack_look *look)
{
	struct span old = span_cut(look->bytes, EPOC_MARK, 4), new = span_cut(look->bytes, 0, 4);

	return (old.n == 4 && memcmp(old.p, "\x19\x04\x00\x10", 4) == 0) ||
	       (new.n == 4 && memcmp(new.p, "\x7a\x1a\x20\x10", 4) == 0);
}

/* ---- EPOC 5 and 6 */

struct package {
	struct unpack *u;
	struct span object;
	bool wide, stored;
	uint16_t n_languages;
};

static bool give(const struct package *p, struct span name, uint32_t at, uint32_t packed,
		 uint32_t size)
{
	struct unpack *u = p->u;
	struct span in = span_cut(p->object, at, packed);
	struct unpack_member m = { .name = name, .size = size, .packed = packed, .at = at };
	struct decode_out out = decode_member(u);
	size_t used;

	if (!unpack_begin(u, &m))
		return false;
	if (in.n < packed)
		unpack_gap(u, REASON_DAMAGED, at, "SIS: the package ends within it");
	if (p->stored)
		(void)out.put(out.ctx, in);
	else
		decode_gap(u, decode_inflate(in, DECODE_ZLIB, &out, &used), at, "SIS");
	unpack_end(u);
	return true;
}

/* A file, or one for each language.  False: the budget is spent. */
static bool read_file(const struct package *p, struct cursor *c, bool languages)
{
	char name[MAX_NAME * 2];
	struct span to = { (uint8_t *)name, 0 };
	unsigned n = languages ? p->n_languages : 1;

	cursor_skip(c, 16); /* kind, options, and the source's name */
	uint32_t name_size = cursor_le32(c), name_at = cursor_le32(c);
	struct span raw = span_cut(p->object, name_at, name_size < MAX_NAME ? name_size : MAX_NAME);
	to.n = p->wide ? wide_text(raw, name, sizeof name) : wide_narrow(raw, name, sizeof name);
	struct cursor sizes = *c;
	cursor_skip(c, 4ul * n);
	struct cursor places = *c;
	cursor_skip(c, 4ul * n);
	struct cursor whole = *c;
	if (p->wide)
		cursor_skip(c, 4ul * n + 8);
	for (unsigned i = 0; i < n && cursor_ok(c); i++) {
		uint32_t size = cursor_le32(&sizes), at = cursor_le32(&places);
		uint32_t unpacked = p->wide ? cursor_le32(&whole) : size;
		if (size != 0 && !give(p, to, at, size, unpacked))
			return false;
	}
	return true;
}

/* A record behind its kind.  False: it is cut off, or the budget is spent. */
static bool read_record(const struct package *p, struct cursor *c, uint32_t kind)
{
	switch (kind) {
	case RECORD_FILE:
	case RECORD_LANGUAGES:
		return read_file(p, c, kind == RECORD_LANGUAGES) && cursor_ok(c);
	case RECORD_OPTIONS: {
		uint32_t n = cursor_le32(c);
		cursor_skip(c, 8ull * n * p->n_languages + 16);
		return cursor_ok(c);
	}
	case RECORD_IF:
	case RECORD_ELSEIF:
		cursor_skip(c, cursor_le32(c));
		return cursor_ok(c);
	default: /* else, end: a kind alone */
		return cursor_ok(c);
	}
}

static bool read_epoc(struct span object, struct unpack *u, struct error *e)
{
	struct package p = { .u = u, .object = object };
	struct cursor c = cursor_of(object);

	cursor_skip(&c, 4);
	p.wide = cursor_le32(&c) == EPOC6;
	cursor_skip(&c, 10);
	p.n_languages = cursor_le16(&c);
	uint16_t n_files = cursor_le16(&c);
	cursor_skip(&c, 14);
	p.stored = (cursor_le16(&c) & STORED) != 0;
	cursor_skip(&c, 14);
	uint32_t at = cursor_le32(&c);
	cursor_seek(&c, at);
	if (!cursor_ok(&c) || p.n_languages > MAX_LANGUAGES || n_files > MAX_RECORDS)
		return error_set(e, REASON_DAMAGED, 0, "SIS: the header");
	for (unsigned i = 0; i < n_files; i++) {
		uint64_t place = cursor_place(&c);
		if (!unpack_steps(u, BUDGET_MEMBER_STEPS))
			return true;
		uint32_t kind = cursor_le32(&c);
		if (kind > RECORD_END)
			return error_set(e, REASON_UNSUPPORTED, place, "SIS record of kind %u",
					 (unsigned)kind);
		if (!read_record(&p, &c, kind))
			return cursor_ok(&c) ||
			       error_set(e, REASON_DAMAGED, place, "SIS: a record of a file");
	}
	return true;
}

/* ---- Symbian 9 */

struct tree {
	struct unpack *u;
	unsigned n_fields;
	bool damaged, deep;
};

/* The length, in 31 bits or in 63. */
static uint64_t field_length(struct cursor *c)
{
	uint64_t n = cursor_le32(c);

	return (n >> 31) == 0 ? n : (n & INT32_MAX) | (uint64_t)cursor_le32(c) << 31;
}

static bool give_compressed(struct tree *t, struct cursor f)
{
	uint32_t method = cursor_le32(&f);
	uint64_t size = cursor_le64(&f), at = cursor_place(&f);
	struct span in = cursor_take(&f, cursor_left(&f));
	struct unpack_member m = { .size = size, .packed = in.n, .at = at };
	struct decode_out out = decode_member(t->u);
	size_t used;

	if (!cursor_ok(&f)) {
		t->damaged = true;
		return true;
	}
	if (!unpack_begin(t->u, &m))
		return false;
	if (method == 0)
		(void)out.put(out.ctx, in);
	else if (method == 1)
		decode_gap(t->u, decode_inflate(in, DECODE_ZLIB, &out, &used), at, "SISX");
	else
		unpack_gap(t->u, REASON_UNSUPPORTED, at, "SISX method %u", (unsigned)method);
	unpack_end(t->u);
	return true;
}

/* The fields that stand one after another in c; of an array all are of one kind, which is not
 * repeated.  False: the budget is spent. */
static bool read_fields(struct tree *t, struct cursor c, uint32_t kind_of_all, unsigned depth)
{
	t->deep = t->deep || depth == FIELD_DEPTH;
	while (cursor_left(&c) >= 4 && depth < FIELD_DEPTH) {
		uint32_t kind = kind_of_all != 0 ? kind_of_all : cursor_le32(&c);
		uint64_t n = field_length(&c);
		struct cursor f = cursor_sub(&c, c.at, n);
		cursor_skip(&c, n);
		cursor_skip(&c, cursor_left(&c) < (-n & 3) ? cursor_left(&c) : -n & 3);
		if (!cursor_ok(&c) || kind == 0 || kind > MAX_FIELD || t->n_fields++ > MAX_FIELDS) {
			t->damaged = true;
			return true;
		}
		if (!unpack_steps(t->u, BUDGET_MEMBER_STEPS))
			return false;
		/* contents, controllers, data and their units have fields; the others have none */
		bool branch = kind == FIELD_CONTENTS || kind == 13 || (kind >= 27 && kind <= 32) ||
			      kind == 35 || kind == 36;
		if (kind == FIELD_COMPRESSED && !give_compressed(t, f))
			return false;
		if (kind == FIELD_ARRAY && cursor_left(&f) >= 4) {
			uint32_t of = cursor_le32(&f);
			if (!read_fields(t, f, of, depth + 1))
				return false;
		} else if (branch && !read_fields(t, f, 0, depth + 1)) {
			return false;
		}
	}
	return true;
}

bool sis_read(struct span object, struct unpack *u, struct error *e)
{
	struct tree t = { .u = u };
	struct cursor c = cursor_of(object);

	if (object.p[0] != 0x7a)
		return read_epoc(object, u, e);
	cursor_seek(&c, object.n < 16 ? object.n : 16);
	u->numbered = true;
	struct cursor fields = cursor_sub(&c, c.at, cursor_left(&c));
	(void)read_fields(&t, fields, 0, 0);
	if (t.deep)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE,
			   "depth: %d fields of SISX inside each other", FIELD_DEPTH);
	if (t.damaged || (u->n_members == 0 && !t.deep))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "SISX: a field");
	return true;
}
