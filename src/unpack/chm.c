/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Compiled help, CHM: pages and files in one section that LZX compresses, and some that it does
 * not.  The format was never published; it is read as chmlib's and libmspack's documentation
 * describe it ("ITSF", "ITSP").
 *
 * Every chunk of the directory is read, in the order of the file and not of the list, so that no
 * entry hides.
 */

#include "unpack/give.h"
#include "unpack/lzx.h"
#include "unpack/readers.h"

enum {
	CONTENT_MAX = 48 << 20, /* bytes of the compressed section, decompressed */
	CHUNK_HEADER = 20,
};

struct entry {
	struct span name;
	uint64_t section, at, size;
};

struct reader {
	struct unpack *u;
	struct span object;
	struct span plain;  /* section 0 */
	struct span chunks; /* of the directory */
	size_t chunk_size;
	struct span content;   /* section 1, decompressed */
	uint64_t content_size; /* as the file says */
};

/* ---- the directory */

/* Seven bits a byte, the highest first; the top bit says that more follow. */
static uint64_t number(struct cursor *c)
{
	uint64_t v = 0;

	for (int i = 0; i < 9; i++) {
		uint8_t byte = cursor_u8(c);
		v = v << 7 | (byte & 127);
		if ((byte & 128) == 0)
			return v;
	}
	cursor_fail(c);
	return 0;
}

static bool next_entry(struct cursor *c, struct entry *e)
{
	if (cursor_left(c) == 0)
		return false;
	uint64_t n = number(c);
	e->name = cursor_take(c, n);
	e->section = number(c);
	e->at = number(c);
	e->size = number(c);
	return cursor_ok(c);
}

/* The entries of the chunk at `at`; an empty cursor where it is no listing chunk. */
static struct cursor chunk_at(const struct reader *r, size_t at)
{
	struct span chunk = span_cut(r->chunks, at, r->chunk_size);
	struct cursor c = cursor_of(chunk);

	if (chunk.n < CHUNK_HEADER || memcmp(chunk.p, "PMGL", 4) != 0)
		return cursor_of(span_cut(chunk, 0, 0));
	cursor_skip(&c, 4);
	uint32_t unused = cursor_le32(&c);
	size_t used = unused < chunk.n - CHUNK_HEADER ? chunk.n - CHUNK_HEADER - unused : 0;
	return cursor_of(span_cut(chunk, CHUNK_HEADER, used));
}

/* A file of section 0 by its name. */
static struct span plain_file(const struct reader *r, const char *name)
{
	struct entry e;

	for (size_t at = 0; at < r->chunks.n; at += r->chunk_size) {
		struct cursor c = chunk_at(r, at);
		while (next_entry(&c, &e))
			if (e.section == 0 && span_is(e.name, name))
				return span_cut(r->plain, e.at, e.size);
	}
	return (struct span){ NULL, 0 };
}

/* ---- the compressed section */

#define STORAGE "::DataSpace/Storage/MSCompressed/"

static void read_content(struct reader *r)
{
	struct span packed = plain_file(r, STORAGE "Content");
	struct cursor c = cursor_of(plain_file(r, STORAGE "ControlData"));
	struct cursor t =
		cursor_of(plain_file(r, STORAGE "Transform/{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/"
						"InstanceData/ResetTable"));
	unsigned window_bits = 0;
	bool damaged;

	cursor_skip(&c, 4);
	struct span kind = cursor_take(&c, 4);
	uint32_t version = cursor_le32(&c), reset = cursor_le32(&c), window = cursor_le32(&c);
	cursor_skip(&t, 16); /* version, count, size of an entry and of the header */
	r->content_size = cursor_le64(&t);
	if (packed.n == 0)
		return;
	if (!cursor_ok(&c) || !cursor_ok(&t) || !span_is(kind, "LZXC")) {
		unpack_gap(r->u, REASON_DAMAGED, PLACE_NONE, "CHM: what says how it is compressed");
		return;
	}
	uint64_t unit = version >= 2 ? LZX_FRAME : 1; /* of both sizes */
	while (window_bits < 31 && (UINT64_C(1) << window_bits) < window * unit)
		window_bits++;
	size_t n = r->content_size < CONTENT_MAX ? (size_t)r->content_size : CONTENT_MAX;
	uint8_t *out = arena_alloc(&r->u->arena, n);
	if (out == NULL || !unpack_steps(r->u, n * 8))
		return;
	r->content.p = out;
	r->content.n = lzx_decode(&r->u->arena, packed, window_bits, (size_t)(reset * unit), out, n,
				  &damaged);
	if (damaged || r->content.n < n)
		unpack_gap(r->u, REASON_DAMAGED, give_place(r->u, packed),
			   "CHM: LZX, after %zu bytes", r->content.n);
	else if (n < r->content_size)
		unpack_gap(r->u, REASON_LIMIT, give_place(r->u, packed),
			   "bytes: the first %d of a CHM", CONTENT_MAX);
}

/* ---- members */

/* False: the budget is spent. */
static bool give_entry(struct reader *r, const struct entry *e)
{
	struct span from = e->section == 0 ? r->plain : r->content,
		    bytes = span_cut(from, e->at, e->size);
	struct unpack_member m = { .name = e->name,
				   .size = e->size,
				   .packed = UNPACK_UNKNOWN,
				   .at = give_place(r->u, bytes) };

	if (e->size == 0)
		return true; /* a directory, as a rule */
	if (m.name.n > 1 && m.name.p[0] == '/')
		m.name = span_cut(m.name, 1, m.name.n);
	if (e->section <= 1 && bytes.n == e->size)
		return unpack_whole(r->u, &m, bytes);
	if (!unpack_begin(r->u, &m))
		return false;
	if (e->section > 1) {
		unpack_gap(r->u, REASON_UNSUPPORTED, PLACE_NONE, "CHM: section %llu",
			   (unsigned long long)e->section);
		unpack_end(r->u);
		return true;
	}
	if (unpack_write(r->u, bytes))
		unpack_gap(r->u, REASON_DAMAGED, PLACE_NONE, "CHM: %zu of %llu bytes", bytes.n,
			   (unsigned long long)e->size);
	unpack_end(r->u);
	return true;
}

bool chm_known(const struct unpack_look *look)
{
	return look->bytes.n > 96 && memcmp(look->bytes.p, "ITSF", 4) == 0;
}

bool chm_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u, .object = object };
	struct cursor c = cursor_of(object);
	struct entry entry;

	cursor_skip(&c, 4);
	uint32_t version = cursor_le32(&c);
	cursor_skip(&c,
		    4 + 4 + 4 + 4 + 32 + 16); /* sizes, time, language, GUIDs, the first section */
	uint64_t directory_at = cursor_le64(&c), directory_size = cursor_le64(&c);
	uint64_t plain_at = version >= 3 ? cursor_le64(&c) : directory_at + directory_size;
	struct cursor d = cursor_of(span_cut(object, directory_at, directory_size));
	struct span magic = cursor_take(&d, 4);
	cursor_skip(&d, 4);
	uint32_t header_size = cursor_le32(&d);
	cursor_skip(&d, 4);
	r.chunk_size = cursor_le32(&d);
	if (!cursor_ok(&c) || !cursor_ok(&d) || !span_is(magic, "ITSP") || r.chunk_size < 64)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "CHM: no directory");
	r.plain = span_cut(object, plain_at, object.n);
	r.chunks = span_cut(span_cut(object, directory_at, directory_size), header_size, SIZE_MAX);
	read_content(&r);
	for (size_t at = 0; at < r.chunks.n; at += r.chunk_size) {
		struct cursor list = chunk_at(&r, at);
		while (next_entry(&list, &entry))
			if (!unpack_steps(u, 50) || !give_entry(&r, &entry))
				return true;
		if (!cursor_ok(&list))
			unpack_gap(u, REASON_DAMAGED, give_place(u, span_cut(r.chunks, at, 1)),
				   "CHM: an entry of the directory");
	}
	return true;
}
