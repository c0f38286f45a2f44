/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub.h"

/* Headers as Windows' loader takes them ([MS-PECOFF] 3 and 4), which is less strict than what
 * linkers write: packers save bytes by laying one header over the other. */

enum {
	PAGE = 4096,
	RAW_GRAIN = 512, /* where data begin in a file, whatever the header says */
	OPTIONAL = 96,   /* bytes of the optional header before the directories */
	CODE = 0x20,
	EXECUTE = 0x20000000,
	WRITE = 0x80000000u,
};

static uint32_t whole_pages(uint64_t n)
{
	uint64_t pages = (n + PAGE - 1) / PAGE * PAGE;

	return pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
}

static bool read_sections(struct cursor *c, size_t n, struct stub_image *m)
{
	uint64_t end = whole_pages(m->headers_size);

	for (size_t i = 0; i < n; i++) {
		struct stub_section *t = &m->section[i];
		struct span name = cursor_take(c, 8);
		if (name.n == 8)
			memcpy(t->name, name.p, 8);
		uint32_t size = cursor_le32(c);
		t->at = cursor_le32(c);
		uint64_t raw_size =
			((uint64_t)cursor_le32(c) + RAW_GRAIN - 1) / RAW_GRAIN * RAW_GRAIN;
		t->raw_at = cursor_le32(c) & ~(uint32_t)(RAW_GRAIN - 1);
		cursor_skip(c, 12);
		t->flags = cursor_le32(c);
		t->size = whole_pages(size != 0 ? size : raw_size);
		t->raw_size = raw_size < t->size ? (uint32_t)raw_size : t->size;
		if ((uint64_t)t->at + t->size > end)
			end = (uint64_t)t->at + t->size;
	}
	m->n_sections = n;
	if (end > m->size)
		m->size = whole_pages(end);
	return cursor_ok(c);
}

bool stub_image_read(struct span program, struct stub_image *out)
{
	struct cursor c = cursor_of(program);

	*out = (struct stub_image){ 0 };
	if (cursor_le16(&c) != 0x5a4d) /* MZ */
		return false;
	cursor_seek(&c, 60);
	cursor_seek(&c, cursor_le32(&c));
	if (cursor_le32(&c) != 0x4550 || cursor_le16(&c) != 0x14c) /* PE, x86 */
		return false;
	size_t n = cursor_le16(&c);
	cursor_skip(&c, 12);
	uint16_t size = cursor_le16(&c);
	out->machine_flags = cursor_le16(&c);
	struct cursor o = c;
	out->optional = span_cut(program, c.at, size < OPTIONAL ? OPTIONAL : size);
	if (cursor_le16(&o) != 0x10b)
		return false;
	cursor_skip(&o, 14);
	out->entry = cursor_le32(&o);
	cursor_skip(&o, 8);
	out->base = cursor_le32(&o);
	out->alignment = cursor_le32(&o);
	cursor_skip(&o, 20);
	out->size = cursor_le32(&o);
	out->headers_size = cursor_le32(&o);
	cursor_skip(&c, size);
	if (!cursor_ok(&o) || n == 0 || n > STUB_MAX_SECTIONS || out->alignment < PAGE ||
	    out->optional.n < OPTIONAL || !read_sections(&c, n, out))
		return false;
	out->size = whole_pages(out->size);
	return out->base % PAGE == 0 && out->base != 0 && out->size <= STUB_MAX_IMAGE &&
	       out->base <= STUB_SYSTEM - STUB_MAX_IMAGE && out->entry != 0 &&
	       out->entry < out->size;
}

bool stub_image_odd(const struct stub_image *m)
{
	bool inside = false, odd = false;

	for (size_t i = 0; i < m->n_sections; i++) {
		const struct stub_section *t = &m->section[i];
		bool code = (t->flags & (CODE | EXECUTE)) != 0;
		bool begins = m->entry - t->at < t->size;
		inside = inside || begins;
		odd = odd || (code && t->raw_size == 0) ||
		      (begins && ((t->flags & WRITE) != 0 || !code));
	}
	return odd || !inside;
}
