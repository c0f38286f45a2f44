/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/buried.h"
#include "unpack/archive_marks.h"

#include <libdeflate.h>

enum {
	REACH = 1 << 20,
	MARK_TO_NUL = 24, /* bytes, at most */
	RAR_MARK = 6,
	CAB_FOLDER = 36, /* where the first one is described, where the header has no more */
};

/* A mark may stand in a table of marks, so what follows it must be a header. */

static bool begins_7z(struct span s)
{
	struct cursor c = cursor_of(s);

	cursor_skip(&c, 8); /* mark, version */
	uint32_t crc = cursor_le32(&c);
	struct span header = cursor_take(&c, 20);
	return cursor_ok(&c) && libdeflate_crc32(0, header.p, header.n) == crc;
}

static bool begins_rar(struct span s)
{
	struct cursor c = cursor_of(s);

	cursor_skip(&c, RAR_MARK);
	uint8_t version = cursor_u8(&c);
	if (version == 0) {
		cursor_skip(&c, 2);
		return cursor_u8(&c) == 0x73; /* MAIN_HEAD */
	}
	cursor_skip(&c, 1 + 4);
	uint64_t size = cursor_uleb(&c), type = cursor_uleb(&c);
	return version == 1 && cursor_ok(&c) && size != 0 && (type == 1 || type == 4);
}

/* The first folder is compressed in a way that there is, and begins in what there is; in one of
 * several cabinets, names stand before it. */
static bool begins_cab(struct span s)
{
	struct cursor c = cursor_of(s);

	if (!archive_cab_header(s))
		return false;
	cursor_skip(&c, 30);
	uint16_t flags = cursor_le16(&c);
	cursor_seek(&c, CAB_FOLDER);
	if ((flags & 3) != 0)
		return true;
	if ((flags & 4) != 0) { /* sizes of fields, and one of them */
		uint16_t n = cursor_le16(&c);
		cursor_skip(&c, 2 + n);
	}
	uint32_t at = cursor_le32(&c);
	cursor_skip(&c, 2);
	return (cursor_le16(&c) & 15) <= 3 && cursor_ok(&c) && at < s.n;
}

/* Each is looked for by the byte that programs and their data have least of. */
static const struct buried_mark {
	const char *bytes;
	uint8_t n, rare; /* which of them */
	bool (*begins)(struct span s);
} marks[] = {
	{ "7z\xbc\xaf\x27\x1c", 6, 3, begins_7z },
	{ "Rar!\x1a\x07", RAR_MARK, 4, begins_rar },
	{ "MSCF", 4, 3, begins_cab },
};

/* In bytes `from` to `to`; `to`: nowhere. */
static size_t find(struct span s, size_t from, size_t to, const struct buried_mark *m)
{
	size_t at = from + m->rare;

	while (at < to) {
		const uint8_t *p = memchr(s.p + at, (uint8_t)m->bytes[m->rare], to - at);
		if (p == NULL)
			return to;
		at = (size_t)(p - s.p) - m->rare;
		struct span found = span_cut(s, at, s.n);
		if (found.n > m->n && memcmp(found.p, m->bytes, m->n) == 0 && m->begins(found))
			return at;
		at += m->rare + 1u;
	}
	return to;
}

struct span buried_archive(struct span s)
{
	size_t none = s.n < REACH ? s.n : REACH, at = none;
	/* the headers behind the marks have a NUL, which texts have not: those are looked at once
	 */
	const uint8_t *nul = none > 1 ? memchr(s.p + 1, 0, none - 1) : NULL;
	size_t from = nul != NULL ? (size_t)(nul - s.p) : none;

	from = from > MARK_TO_NUL ? from - MARK_TO_NUL : 1;
	for (size_t i = 0; nul != NULL && i < sizeof marks / sizeof *marks; i++) {
		size_t found = find(s, from, none, &marks[i]);
		at = found < at ? found : at;
	}
	return at < none ? span_cut(s, at, s.n) : (struct span){ NULL, 0 };
}
