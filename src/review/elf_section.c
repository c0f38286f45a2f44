/* SPDX-License-Identifier: Apache-2.0 */
#include "review/elf_section.h"

enum {
	MAGIC = 0x7f454c46,
	CLASS_64 = 2,
	DATA_MSB = 2,
	MAX_NAME = 64,
	NOTE_BUILD_ID = 3,
	SEGMENT_NOTE = 4
};

struct elf {
	struct span file;
	bool wide, big;
};

static uint64_t number(const struct elf *e, struct cursor *c, unsigned bytes)
{
	if (bytes == 2)
		return e->big ? cursor_be16(c) : cursor_le16(c);
	if (bytes == 4)
		return e->big ? cursor_be32(c) : cursor_le32(c);
	return e->big ? cursor_be64(c) : cursor_le64(c);
}

/* The bytes of section header `at`, and the place of its name. */
static struct span section_at(const struct elf *e, uint64_t at, uint64_t *name)
{
	unsigned word = e->wide ? 8 : 4;
	struct cursor c = cursor_of(span_cut(e->file, at, SIZE_MAX));

	*name = number(e, &c, 4);
	cursor_skip(&c, 4 + 2 * word); /* type, flags, address */
	uint64_t from = number(e, &c, word), n = number(e, &c, word);
	if (!cursor_ok(&c) || from > e->file.n || n > e->file.n - from)
		return (struct span){ NULL, 0 };
	return span_cut(e->file, from, n);
}

struct span elf_section(struct span file, const char *name)
{
	struct elf e = { .file = file };
	struct cursor c = cursor_of(file);
	bool good = cursor_be32(&c) == MAGIC;
	uint64_t at, unused;

	e.wide = cursor_u8(&c) == CLASS_64;
	e.big = cursor_u8(&c) == DATA_MSB;
	cursor_seek(&c, e.wide ? 40 : 32);
	uint64_t table = number(&e, &c, e.wide ? 8 : 4);
	cursor_skip(&c, 4 + 6); /* flags; sizes of the header and of program headers, their count */
	uint64_t size = number(&e, &c, 2), n = number(&e, &c, 2), names = number(&e, &c, 2);
	if (!good || !cursor_ok(&c) || size < (e.wide ? 64u : 40u) || names >= n || table >= file.n)
		return (struct span){ NULL, 0 };
	struct span strings = section_at(&e, table + names * size, &unused);
	for (uint64_t i = 0; i < n; i++) {
		struct span s = section_at(&e, table + i * size, &at);
		struct cursor t = cursor_of(span_cut(strings, at, MAX_NAME));
		if (s.n != 0 && span_is(cursor_cstring(&t, MAX_NAME), name))
			return s;
	}
	return (struct span){ NULL, 0 };
}

/* ---- notes */

/* The value of the note GNU, 3 among notes (gABI, chapter 5): sizes of name and value, type, then
 * both, each filled up to 4 bytes. */
static struct span find_build_id(const struct elf *e, struct span notes)
{
	struct cursor c = cursor_of(notes);

	while (cursor_left(&c) > 0 && cursor_ok(&c)) {
		uint64_t n_name = number(e, &c, 4), n_value = number(e, &c, 4);
		uint64_t type = number(e, &c, 4);
		struct span name = cursor_take(&c, (n_name + 3) / 4 * 4);
		struct span value = cursor_take(&c, n_value);
		cursor_skip(&c, (4 - n_value % 4) % 4);
		if (type == NOTE_BUILD_ID && name.n == 4 && memcmp(name.p, "GNU", 4) == 0)
			return value;
	}
	return (struct span){ NULL, 0 };
}

static struct span in_segments(const struct elf *e)
{
	struct cursor c = cursor_of(e->file);
	unsigned word = e->wide ? 8 : 4;
	struct span id = { NULL, 0 };

	cursor_seek(&c, e->wide ? 32 : 28);
	uint64_t table = number(e, &c, word);
	cursor_seek(&c, e->wide ? 54 : 42);
	uint64_t size = number(e, &c, 2), n = number(e, &c, 2);
	for (uint64_t i = 0; cursor_ok(&c) && table < e->file.n && i < n && id.n == 0; i++) {
		struct cursor p = cursor_of(span_cut(e->file, table + i * size, SIZE_MAX));
		uint64_t type = number(e, &p, 4);
		cursor_skip(&p, e->wide ? 4 : 0);
		uint64_t from = number(e, &p, word);
		cursor_skip(&p, 2 * word); /* addresses */
		uint64_t bytes = number(e, &p, word);
		if (cursor_ok(&p) && type == SEGMENT_NOTE && from < e->file.n)
			id = find_build_id(e, span_cut(e->file, from, bytes));
	}
	return id;
}

struct span elf_build_id(struct span file)
{
	struct span notes = elf_section(file, ".note.gnu.build-id");
	struct elf e = { .file = file };
	struct cursor c = cursor_of(file);
	bool good = cursor_be32(&c) == MAGIC;

	e.wide = cursor_u8(&c) == CLASS_64;
	e.big = cursor_u8(&c) == DATA_MSB;
	if (!good || !cursor_ok(&c))
		return (struct span){ NULL, 0 };
	return notes.n != 0 ? find_build_id(&e, notes) : in_segments(&e);
}
