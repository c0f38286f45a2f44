/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/packed.h"
#include "unpack/readers.h"
#include "unpack/upx.h"

/*
 * Programs for 64-bit Windows that UPX has packed.  Before the second section's data stands a
 * header with the method; the data are one stream, which unpacks to the whole image from the first
 * section's address on, and behind it to the headers as they were.  What is not put back is what
 * UPX took apart besides: relocations, names of imports, and resources, which lie beside the
 * packed part as they are.
 */

enum {
	HEADER = 32,       /* bytes of UPX's header */
	SEARCHED = 1024,   /* before the data, in which it lies */
	FORMAT_WIN64 = 36, /* as UPX numbers them */
	FIRST_VERSION = 10,
	MODULUS = 251, /* of the header's checksum */
	PE_SIZE = 24 + 240,
	SECTION = 40,
	MAX_SECTIONS = 96,
	DOS_SIZE = 64,
};

struct packed {
	uint8_t method, filter, cto;
	uint32_t size; /* unpacked */
	uint32_t base; /* address of its first byte, from the image's base */
	struct span bytes;
};

struct section {
	uint32_t at, size, raw_at, raw_size;
};

static uint32_t get(struct span s, uint64_t at)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, at);
	return cursor_le32(&c);
}

/* The section table's start; 0: it is no 64-bit PE.  *n: how many there are. */
static uint64_t find_sections(struct span program, uint64_t pe, unsigned *n)
{
	struct cursor c = cursor_of(program);

	cursor_seek(&c, pe);
	bool marked = cursor_le32(&c) == 0x4550;
	cursor_skip(&c, 2);
	*n = cursor_le16(&c);
	cursor_skip(&c, 12);
	uint16_t size = cursor_le16(&c);
	cursor_skip(&c, 2);
	uint64_t table = c.at + size;
	return marked && cursor_le16(&c) == 0x20b && cursor_ok(&c) && *n <= MAX_SECTIONS ? table
											 : 0;
}

static bool read_section(struct span program, uint64_t at, struct section *out)
{
	struct cursor c = cursor_of(span_cut(program, at + 8, 16));

	out->size = cursor_le32(&c);
	out->at = cursor_le32(&c);
	out->raw_size = cursor_le32(&c);
	out->raw_at = cursor_le32(&c);
	return cursor_ok(&c);
}

/* Is this UPX's header?  Its checksum tells, for the mark before it is often overwritten. */
static bool read_header(struct span s, struct packed *out, uint32_t *packed_size)
{
	struct cursor c = cursor_of(s);
	unsigned sum = 0;

	for (size_t i = 4; i + 1 < s.n; i++)
		sum += s.p[i];
	cursor_skip(&c, 4);
	uint8_t version = cursor_u8(&c), format = cursor_u8(&c);
	out->method = cursor_u8(&c);
	cursor_skip(&c, 1 + 8);
	out->size = cursor_le32(&c);
	*packed_size = cursor_le32(&c);
	cursor_skip(&c, 4);
	out->filter = cursor_u8(&c);
	out->cto = cursor_u8(&c);
	cursor_skip(&c, 1);
	return cursor_u8(&c) == sum % MODULUS && cursor_ok(&c) && format == FORMAT_WIN64 &&
	       version >= FIRST_VERSION && upx_method_known(out->method);
}

static bool find(struct span program, struct packed *out)
{
	struct section first, second;
	uint32_t size;
	unsigned n;
	uint64_t at = find_sections(program, get(program, 60), &n);

	if (at == 0 || n < 2 || !read_section(program, at, &first) ||
	    !read_section(program, at + SECTION, &second) || first.raw_size != 0)
		return false;
	uint64_t end = second.raw_at, from = end > SEARCHED ? end - SEARCHED : 0;
	for (at = end >= HEADER ? end - HEADER : 0; at > from; at--) {
		if (!read_header(span_cut(program, at, HEADER), out, &size))
			continue;
		out->bytes = span_cut(program, at + HEADER, size);
		out->base = first.at;
		return out->bytes.n == size && out->size > size;
	}
	return false;
}

static bool is_named(struct span program)
{
	unsigned n;
	uint64_t at = find_sections(program, get(program, 60), &n);

	const char *packer = at != 0 && n != 0 ? packed_section(span_cut(program, at, 8)) : NULL;
	return packer != NULL && strcmp(packer, "UPX") == 0;
}

bool upx_pe_known(const struct unpack_look *look)
{
	struct packed p;

	return look->class == CLASS_MZ && (is_named(look->bytes) || find(look->bytes, &p));
}

/* ---- the image */

/* The headers as they were stand behind the image, where its last four bytes say; *n sections
 * follow them.  Empty: they do not. */
static struct span find_headers(struct span image, unsigned *n)
{
	uint64_t at = image.n >= 4 ? get(image, image.n - 4) : image.n;
	struct span s = span_cut(image, at, image.n);

	if (find_sections(s, 0, n) != PE_SIZE)
		return (struct span){ NULL, 0 };
	return span_cut(s, 0, PE_SIZE + (uint64_t)*n * SECTION);
}

/* Undoes the filter in what the headers say is code. */
static bool unfilter(const struct packed *p, struct span headers, uint8_t *image)
{
	uint32_t size = get(headers, 28), at = get(headers, 44) - p->base;

	if (at >= p->size || size > p->size - at)
		return p->filter == 0;
	return upx_unfilter(p->filter, p->cto, at, image + at, size);
}

/* Adds zeros up to byte `at` of the member.  False: no more is wanted. */
static bool fill(struct unpack *u, uint64_t at)
{
	size_t had = unpack_so_far(u).n;
	uint8_t *to = at > had ? unpack_room(u, at - had) : NULL;

	if (to == NULL)
		return at <= had;
	memset(to, 0, at - had);
	unpack_filled(u, at - had);
	return true;
}

/* Headers, and each section as it was in the file, as far as they stand in order. */
static void give(struct unpack *u, const struct packed *p, struct span image, struct span headers)
{
	static const uint8_t dos[DOS_SIZE] = { 'M', 'Z', [60] = DOS_SIZE };
	bool on = headers.n != 0 && unpack_write(u, (struct span){ dos, sizeof dos }) &&
		  unpack_write(u, headers);

	for (uint64_t at = PE_SIZE; at + SECTION <= headers.n && on; at += SECTION) {
		struct section s;
		if (!read_section(headers, at, &s) || s.raw_size == 0)
			continue;
		if (s.raw_at < unpack_so_far(u).n) {
			unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "UPX: sections that overlap");
			continue;
		}
		struct span bytes = span_cut(image, (uint64_t)s.at - p->base, s.raw_size);
		if (bytes.n == 0) /* zeros then */
			unpack_gap(u, REASON_DAMAGED, PLACE_NONE,
				   "UPX: a section outside of the image");
		on = fill(u, s.raw_at) && unpack_write(u, bytes) &&
		     fill(u, (uint64_t)s.raw_at + s.raw_size);
	}
}

bool upx_pe_read(struct span object, struct unpack *u, struct error *e)
{
	struct unpack_member m = {
		.name = span_of("unpacked"), .size = UNPACK_UNKNOWN, .packed = object.n, .at = 0
	};
	struct packed p;
	size_t made = 0;
	unsigned n;

	(void)e;
	if (!find(object, &p)) {
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE,
			   "UPX: a packed program: its header was not found");
		return true;
	}
	uint8_t *to = p.size <= UPX_MAX_IMAGE ? arena_alloc(&u->arena, p.size) : NULL;
	if (to == NULL) {
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "memory: UPX: an image of %u bytes",
			   p.size);
		return true;
	}
	if (!unpack_steps(u, (uint64_t)p.size * UPX_BYTE_STEPS))
		return true;
	enum decode_end end = upx_decode(p.method, p.bytes, to, p.size, &made);
	struct span image = { to, p.size }, headers = find_headers(image, &n);
	bool whole = headers.n != 0 && unfilter(&p, headers, to);
	if (!unpack_begin(u, &m))
		return true;
	decode_gap(u, end, (uint64_t)(p.bytes.p - object.p), "UPX");
	if (!whole && end == DECODE_WHOLE)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "UPX: headers, filter %#x", p.filter);
	if (headers.n != 0 || unpack_write(u, image)) /* without them, as it lies in memory */
		give(u, &p, image, headers);
	unpack_end(u);
	return true;
}
