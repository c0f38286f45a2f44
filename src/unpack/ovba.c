/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/ovba.h"

#include "unpack/wide.h"

/* ---- compression (2.4.1) */

/* Copies what a copy token stands for; its bits depend on how much of the chunk is there
 * (2.4.1.3.19). */
static size_t copy_token(uint8_t out[OVBA_CHUNK], size_t n, unsigned token, bool *damaged)
{
	unsigned offset_bits = 4;

	while (offset_bits < 12 && (1u << offset_bits) < n)
		offset_bits++;
	size_t length = (token & (0xffffu >> offset_bits)) + 3;
	size_t back = (token >> (16 - offset_bits)) + 1;
	if (back > n) {
		*damaged = true;
		return n;
	}
	for (size_t i = 0; i < length && n < OVBA_CHUNK; i++, n++)
		out[n] = out[n - back];
	return n;
}

static size_t compressed_chunk(struct cursor *c, uint8_t out[OVBA_CHUNK], bool *damaged)
{
	size_t n = 0;

	while (cursor_left(c) > 0 && n < OVBA_CHUNK && !*damaged) {
		unsigned flags = cursor_u8(c);
		for (unsigned bit = 0; bit < 8 && cursor_left(c) > 0 && n < OVBA_CHUNK; bit++) {
			if ((flags >> bit & 1) == 0) {
				out[n++] = cursor_u8(c);
				continue;
			}
			unsigned token = cursor_le16(c);
			if (!cursor_ok(c))
				*damaged = true;
			else
				n = copy_token(out, n, token, damaged);
			if (*damaged)
				break;
		}
	}
	return n;
}

size_t ovba_chunk(struct cursor *c, uint8_t out[OVBA_CHUNK], bool *damaged)
{
	if (cursor_left(c) < 2)
		return 0;
	struct cursor ahead = *c;
	unsigned header = cursor_le16(&ahead);
	size_t size = (header & 0xfff) + 1; /* of what follows the header */
	if ((header >> 12 & 7) != 3)
		return 0;
	if (size > cursor_left(&ahead)) {
		*damaged = true;
		size = cursor_left(&ahead);
	}
	struct cursor chunk = cursor_sub(&ahead, ahead.at, size);
	cursor_skip(&ahead, size);
	*c = ahead;
	if ((header & 0x8000) != 0)
		return compressed_chunk(&chunk, out, damaged);
	struct span raw = cursor_take(&chunk, size < OVBA_CHUNK ? size : OVBA_CHUNK);
	if (raw.n != 0)
		memcpy(out, raw.p, raw.n);
	return raw.n;
}

struct span ovba_decompress(struct span container, struct arena *arena, bool *damaged)
{
	struct cursor c = cursor_of(container), count;
	size_t n_chunks = 0, n = 0;

	if (cursor_u8(&c) != 1)
		return (struct span){ NULL, 0 };
	for (count = c; cursor_left(&count) >= 2; n_chunks++) {
		unsigned header = cursor_le16(&count);
		size_t size = (header & 0xfff) + 1;
		if ((header >> 12 & 7) != 3)
			break;
		cursor_skip(&count, size < cursor_left(&count) ? size : cursor_left(&count));
	}
	uint8_t *out = arena_array(arena, n_chunks, OVBA_CHUNK);
	if (out == NULL)
		return (struct span){ NULL, 0 };
	for (size_t i = 0; i < n_chunks; i++) {
		size_t got = ovba_chunk(&c, out + n, damaged);
		if (got == 0)
			break;
		n += got;
	}
	return (struct span){ out, n };
}

size_t ovba_find_source(struct span s)
{
	/* signature, chunk header, flag byte, "Attribut", flag byte, "e" (or a copy token) */
	for (size_t i = 4; i + 8 <= s.n; i++) {
		const uint8_t *a = memchr(s.p + i, 'A', s.n - i - 7);
		if (a == NULL)
			break;
		i = (size_t)(a - s.p);
		if (memcmp(a, "Attribut", 8) == 0 && a[-1] == 0 && (a[-2] & 0x70) == 0x30 &&
		    a[-4] == 1)
			return i - 4;
	}
	return s.n;
}

/* ---- the dir stream (2.3.4.2) */

enum {
	PROJECTVERSION = 0x09,
	MODULENAME = 0x19,
	MODULESTREAMNAME = 0x1a,
	MODULEOFFSET = 0x31,
	MODULESTREAMNAMEUNICODE = 0x32,
	MODULENAMEUNICODE = 0x47,
	MODULE_TERMINATOR = 0x2b,
};

static void module_record(struct ovba_module *m, unsigned id, struct span data)
{
	struct cursor c = cursor_of(data);

	if (id == MODULENAME)
		(void)wide_narrow(data, m->name, sizeof m->name);
	else if (id == MODULENAMEUNICODE)
		(void)wide_text(data, m->name, sizeof m->name);
	else if (id == MODULESTREAMNAME) {
		(void)wide_narrow(data, m->stream, sizeof m->stream);
		memcpy(m->narrow_stream, m->stream, sizeof m->stream);
	} else if (id == MODULESTREAMNAMEUNICODE)
		(void)wide_text(data, m->stream, sizeof m->stream);
	else if (id == MODULEOFFSET)
		m->offset = cursor_le32(&c);
}

bool ovba_next_module(struct cursor *dir, struct ovba_module *out)
{
	*out = (struct ovba_module){ .offset = 0 };
	while (cursor_left(dir) >= 6) {
		unsigned id = cursor_le16(dir);
		uint32_t size = cursor_le32(dir);
		if (id == PROJECTVERSION) /* says 4 and has 6 (2.3.4.2.1.11) */
			size = 6;
		struct span data = cursor_take(dir, size);
		if (!cursor_ok(dir))
			break;
		if (id == MODULE_TERMINATOR && out->stream[0] != 0)
			return true;
		module_record(out, id, data);
	}
	return false;
}
