/* SPDX-License-Identifier: Apache-2.0 */
#include "review/elf_section.h"

enum {
	MAGIC = 0x7f454c46,
	CLASS_64 = 2,
	DATA_MSB = 2,
	HEADER = 64, /* bytes at most */
	MAX_NAME = 64,
	NOTE_BUILD_ID = 3,
	SEGMENT_NOTE = 4
};

struct section {
	uint64_t name, at, n;
};

void elf_file_init(struct elf_file *e)
{
	*e = (struct elf_file){ .file = NULL };
	buf_init(&e->table, ELF_MAX_TABLE);
	buf_init(&e->names, ELF_MAX_NAMES);
	buf_init(&e->notes, ELF_MAX_NOTES);
}

void elf_file_release(struct elf_file *e)
{
	buf_release(&e->table);
	buf_release(&e->names);
	buf_release(&e->notes);
}

static uint64_t number(const struct elf_file *e, struct cursor *c, unsigned bytes)
{
	if (bytes == 2)
		return e->big ? cursor_be16(c) : cursor_le16(c);
	if (bytes == 4)
		return e->big ? cursor_be32(c) : cursor_le32(c);
	return e->big ? cursor_be64(c) : cursor_le64(c);
}

/* Section i < e->n. */
static struct section section_at(const struct elf_file *e, uint64_t i)
{
	unsigned word = e->wide ? 8 : 4;
	struct cursor c = cursor_of(span_cut(buf_span(&e->table), i * e->size, e->size));
	struct section s;

	s.name = number(e, &c, 4);
	cursor_skip(&c, 4 + 2 * word); /* type, flags, address */
	s.at = number(e, &c, word);
	s.n = number(e, &c, word);
	return s;
}

static void read_sections(struct elf_file *e, uint64_t at, uint64_t n, uint64_t names)
{
	if (e->size < (e->wide ? 64u : 40u) || names >= n ||
	    !region_load(e->file, at, n * e->size, &e->table))
		return;
	struct section s = section_at(e, names);
	/* names beyond what is kept are none */
	if (s.at < e->file->size &&
	    region_load(e->file, s.at, s.n < ELF_MAX_NAMES ? s.n : ELF_MAX_NAMES, &e->names))
		e->n = n;
}

void elf_file_read(struct elf_file *e, struct region *file)
{
	struct cursor c = cursor_of(region_get(file, 0, HEADER));
	bool good = cursor_be32(&c) == MAGIC;

	e->file = file;
	e->n = e->n_segments = 0;
	buf_reset(&e->table);
	buf_reset(&e->names);
	e->wide = cursor_u8(&c) == CLASS_64;
	e->big = cursor_u8(&c) == DATA_MSB;
	unsigned word = e->wide ? 8 : 4;
	cursor_seek(&c, e->wide ? 32 : 28);
	e->segments = number(e, &c, word);
	uint64_t table = number(e, &c, word);
	cursor_skip(&c, 4 + 2); /* flags, size of the header */
	e->segment_size = number(e, &c, 2);
	uint64_t n_segments = number(e, &c, 2);
	e->size = number(e, &c, 2);
	uint64_t n = number(e, &c, 2), names = number(e, &c, 2);
	if (!good || !cursor_ok(&c))
		return;
	e->n_segments = n_segments < ELF_MAX_SEGMENTS ? n_segments : ELF_MAX_SEGMENTS;
	read_sections(e, table, n, names);
}

bool elf_file_section(const struct elf_file *e, const char *name, struct buf *out)
{
	for (uint64_t i = 0; i < e->n; i++) {
		struct section s = section_at(e, i);
		struct cursor t = cursor_of(span_cut(buf_span(&e->names), s.name, MAX_NAME));
		if (s.n != 0 && span_is(cursor_cstring(&t, MAX_NAME), name))
			return region_load(e->file, s.at, s.n, out);
	}
	return false;
}

/* ---- notes */

/* The value of the note GNU, 3 among notes (gABI, chapter 5): sizes of name and value, type, then
 * both, each filled up to 4 bytes. */
static struct span find_build_id(const struct elf_file *e, struct span notes)
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

/* Loads the notes of segment i; false where it has none. */
static bool load_notes(struct elf_file *e, uint64_t i)
{
	struct cursor p = cursor_of(
		region_get(e->file, e->segments + i * e->segment_size, e->wide ? 56 : 32));
	unsigned word = e->wide ? 8 : 4;

	uint64_t type = number(e, &p, 4);
	cursor_skip(&p, e->wide ? 4 : 0);
	uint64_t at = number(e, &p, word);
	cursor_skip(&p, 2 * word); /* addresses */
	uint64_t n = number(e, &p, word);
	if (!cursor_ok(&p) || type != SEGMENT_NOTE || at >= e->file->size)
		return false;
	n = n < e->file->size - at ? n : e->file->size - at;
	buf_reset(&e->notes);
	return region_load(e->file, at, n, &e->notes);
}

struct span elf_file_build_id(struct elf_file *e)
{
	struct span id = { NULL, 0 };

	buf_reset(&e->notes);
	if (elf_file_section(e, ".note.gnu.build-id", &e->notes))
		return find_build_id(e, buf_span(&e->notes));
	for (uint64_t i = 0; i < e->n_segments && e->segments < e->file->size && id.n == 0; i++)
		if (load_notes(e, i))
			id = find_build_id(e, buf_span(&e->notes));
	return id;
}
