/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub.h"

/*
 * A file of what is in memory: new headers, and each section with all the bytes that it has there.
 * Directories stay as the packer's header has them, so that resources are found.
 */

enum {
	START = 64, /* of the PE header */
	OPTIONAL = 224,
	GRAIN = 512,
	ALL_RIGHTS = 0xe0000060u, /* code and data to be read, written and run */
};

static void put(uint8_t *p, unsigned size, uint32_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_optional(const struct stub *s, uint8_t *p, uint32_t headers)
{
	struct span from = span_cut(s->image.optional, 0, OPTIONAL);

	memcpy(p, from.p, from.n);
	put(p + 16, 4, s->x.eip - s->image.base);
	put(p + 28, 4, s->image.base);
	put(p + 36, 4, GRAIN);
	put(p + 56, 4, s->image.size);
	put(p + 60, 4, headers);
	put(p + 64, 4, 0); /* checksum */
	put(p + 92, 4, 16);
}

void stub_rebuild(struct stub *s, uint8_t header[STUB_HEADERS], size_t *n)
{
	const struct stub_image *m = &s->image;
	size_t used = START + 24 + OPTIONAL + 40 * m->n_sections;
	uint32_t raw = (uint32_t)((used + GRAIN - 1) / GRAIN * GRAIN);
	uint8_t *p = header + START;

	memset(header, 0, STUB_HEADERS);
	memcpy(header, "MZ", 2);
	put(header + 60, 4, START);
	memcpy(p, "PE", 2);
	put(p + 4, 2, 0x14c);
	put(p + 6, 2, (uint32_t)m->n_sections);
	put(p + 20, 2, OPTIONAL);
	put(p + 22, 2, m->machine_flags);
	put_optional(s, p + 24, raw);
	*n = raw;
	p += 24 + OPTIONAL;
	for (size_t i = 0; i < m->n_sections; i++, p += 40) {
		const struct stub_section *t = &m->section[i];
		memcpy(p, t->name, 8);
		put(p + 8, 4, t->size);
		put(p + 12, 4, t->at);
		put(p + 16, 4, t->size);
		put(p + 20, 4, t->size != 0 ? raw : 0);
		put(p + 36, 4, ALL_RIGHTS);
		raw += t->size;
	}
}
