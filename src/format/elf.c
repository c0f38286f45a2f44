/* SPDX-License-Identifier: Apache-2.0 */
#include "format/elf.h"

/* What differs between the classes and byte orders: read through these. */
struct reader {
	struct span file;
	bool wide;   /* ELFCLASS64 */
	bool big;    /* ELFDATA2MSB */
	struct arena *arena;
};

static uint64_t number(const struct reader *r, struct cursor *c, unsigned bytes)
{
	switch (bytes) {
	case 1:
		return cursor_u8(c);
	case 2:
		return r->big ? cursor_be16(c) : cursor_le16(c);
	case 4:
		return r->big ? cursor_be32(c) : cursor_le32(c);
	default:
		return r->big ? cursor_be64(c) : cursor_le64(c);
	}
}

/* Elf32_Addr, Elf32_Off, Elf32_Word where 64-bit files have 8 bytes. */
static uint64_t word(const struct reader *r, struct cursor *c) { return number(r, c, r->wide ? 8 : 4); }

struct header {
	uint64_t type, machine, entry, ph_at, sh_at, ph_size, n_ph, sh_size, n_sh, names;
};

static bool read_header(struct reader *r, struct header *h)
{
	struct cursor c = cursor_of(r->file);
	struct span ident = cursor_take(&c, 16);

	if (ident.n != 16 || memcmp(ident.p, "\x7f"
					     "ELF",
				    4) != 0 ||
	    ident.p[4] < 1 || ident.p[4] > 2 || ident.p[5] < 1 || ident.p[5] > 2)
		return false;
	r->wide = ident.p[4] == 2;
	r->big = ident.p[5] == 2;
	h->type = number(r, &c, 2);
	h->machine = number(r, &c, 2);
	cursor_skip(&c, 4); /* e_version */
	h->entry = word(r, &c);
	h->ph_at = word(r, &c);
	h->sh_at = word(r, &c);
	cursor_skip(&c, 6); /* e_flags, e_ehsize */
	h->ph_size = number(r, &c, 2);
	h->n_ph = number(r, &c, 2);
	h->sh_size = number(r, &c, 2);
	h->n_sh = number(r, &c, 2);
	h->names = number(r, &c, 2);
	return cursor_ok(&c);
}

/* ---- sections and segments, once for the values and again for what they point to */

struct section {
	uint64_t name, type, flags, address, at, size, link, entry_size;
};

struct segment {
	uint64_t type, flags, at, vaddr, paddr, file_size, memory_size, alignment;
};

static struct section read_section(const struct reader *r, const struct header *h, uint64_t i)
{
	struct cursor whole = cursor_of(r->file);
	size_t size = r->wide ? 64 : 40;
	struct cursor c = cursor_sub(&whole, h->sh_at + i * size, size);
	struct section s = { 0 };

	s.name = number(r, &c, 4);
	s.type = number(r, &c, 4);
	s.flags = word(r, &c);
	s.address = word(r, &c);
	s.at = word(r, &c);
	s.size = word(r, &c);
	s.link = number(r, &c, 4);
	cursor_skip(&c, 4); /* sh_info */
	(void)word(r, &c);  /* sh_addralign */
	s.entry_size = word(r, &c);
	if (!cursor_ok(&c))
		return (struct section){ 0 };
	return s;
}

static struct segment read_segment(const struct reader *r, const struct header *h, uint64_t i)
{
	struct cursor whole = cursor_of(r->file);
	size_t size = r->wide ? 56 : 32;
	struct cursor c = cursor_sub(&whole, h->ph_at + i * size, size);
	struct segment s = { 0 };

	s.type = number(r, &c, 4);
	if (r->wide)
		s.flags = number(r, &c, 4);
	s.at = word(r, &c);
	s.vaddr = word(r, &c);
	s.paddr = word(r, &c);
	s.file_size = word(r, &c);
	s.memory_size = word(r, &c);
	if (!r->wide)
		s.flags = number(r, &c, 4);
	s.alignment = word(r, &c);
	if (!cursor_ok(&c))
		return (struct segment){ 0 };
	return s;
}

static bool table_fits(const struct reader *r, uint64_t at, uint64_t n, uint64_t size)
{
	return at < r->file.n && n <= (r->file.n - at) / size;
}

/* A NUL-ended name in a string table; false where it is not there whole. */
static bool name_at(const struct reader *r, const struct section *strings, uint64_t at, struct span *out)
{
	struct cursor whole = cursor_of(r->file);
	struct cursor c = cursor_sub(&whole, strings->at, strings->size);

	cursor_seek(&c, at);
	*out = cursor_cstring(&c, SIZE_MAX);
	return cursor_ok(&c);
}

static void put_sections(struct reader *r, const struct header *h, struct value *slots)
{
	struct section names = read_section(r, h, h->names);
	struct value *list = &slots[ELF_SECTIONS];

	if (!value_make_list(list, r->arena, h->n_sh))
		return;
	for (uint64_t i = 0; i < h->n_sh; i++) {
		struct section s = read_section(r, h, i);
		struct value *v = value_add_slots(list, r->arena, elf_section_fields);
		struct span name;
		if (v == NULL)
			return;
		value_int(&v[ELF_SECTION_TYPE], (int64_t)s.type);
		value_int(&v[ELF_SECTION_FLAGS], (int64_t)s.flags);
		value_int(&v[ELF_SECTION_ADDRESS], (int64_t)s.address);
		value_int(&v[ELF_SECTION_SIZE], (int64_t)s.size);
		value_int(&v[ELF_SECTION_OFFSET], (int64_t)s.at);
		if (h->names < h->n_sh && s.name < names.size && name_at(r, &names, s.name, &name))
			value_string(&v[ELF_SECTION_NAME], name);
	}
}

static void put_segments(struct reader *r, const struct header *h, struct value *slots)
{
	struct value *list = &slots[ELF_SEGMENTS];

	if (!value_make_list(list, r->arena, h->n_ph))
		return;
	for (uint64_t i = 0; i < h->n_ph; i++) {
		struct segment s = read_segment(r, h, i);
		struct value *v = value_add_slots(list, r->arena, elf_segment_fields);
		if (v == NULL)
			return;
		value_int(&v[ELF_SEGMENT_TYPE], (int64_t)s.type);
		value_int(&v[ELF_SEGMENT_FLAGS], (int64_t)s.flags);
		value_int(&v[ELF_SEGMENT_OFFSET], (int64_t)s.at);
		value_int(&v[ELF_SEGMENT_VADDR], (int64_t)s.vaddr);
		value_int(&v[ELF_SEGMENT_PADDR], (int64_t)s.paddr);
		value_int(&v[ELF_SEGMENT_FILE_SIZE], (int64_t)s.file_size);
		value_int(&v[ELF_SEGMENT_MEMORY_SIZE], (int64_t)s.memory_size);
		value_int(&v[ELF_SEGMENT_ALIGNMENT], (int64_t)s.alignment);
	}
}

/* ---- symbols, dynamic entries */

static void put_symbol(struct reader *r, const struct section *strings, struct cursor *c, struct value *v)
{
	uint64_t name = number(r, c, 4), info, index, value, size;
	struct span text;

	if (r->wide) {
		info = cursor_u8(c);
		cursor_skip(c, 1);
		index = number(r, c, 2);
		value = number(r, c, 8);
		size = number(r, c, 8);
	} else {
		value = number(r, c, 4);
		size = number(r, c, 4);
		info = cursor_u8(c);
		cursor_skip(c, 1);
		index = number(r, c, 2);
	}
	if (!cursor_ok(c))
		return;
	if (name < strings->size && name_at(r, strings, name, &text))
		value_string(&v[ELF_SYMBOL_NAME], text);
	value_int(&v[ELF_SYMBOL_VALUE], (int64_t)value);
	value_int(&v[ELF_SYMBOL_SIZE], (int64_t)size);
	value_int(&v[ELF_SYMBOL_TYPE], (int64_t)(info & 15));
	value_int(&v[ELF_SYMBOL_BIND], (int64_t)(info >> 4));
	value_int(&v[ELF_SYMBOL_SHNDX], (int64_t)index);
}

static void put_symbols(struct reader *r, const struct header *h, const struct section *table,
			struct value *count, struct value *list)
{
	struct section strings = read_section(r, h, table->link);
	struct cursor whole = cursor_of(r->file);
	struct cursor c = cursor_sub(&whole, table->at, table->size);
	size_t size = r->wide ? 24 : 16;

	if (table->link >= h->n_sh || strings.type != 3 /* SHT_STRTAB */ || !cursor_ok(&c))
		return;
	size_t n = (size_t)(table->size / size);
	if (!value_make_list(list, r->arena, n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_slots(list, r->arena, elf_symbol_fields);
		if (v == NULL)
			return;
		put_symbol(r, &strings, &c, v);
	}
	value_int(count, (int64_t)n);
}

static void put_dynamic(struct reader *r, const struct segment *s, struct value *slots)
{
	struct cursor whole = cursor_of(r->file);
	uint64_t size = r->wide ? 16 : 8, n = s->file_size / size;

	if (!table_fits(r, s->at, 0, size) || n > (r->file.n - s->at) / size)
		return;
	struct cursor c = cursor_sub(&whole, s->at, n * size);
	if (!value_make_list(&slots[ELF_DYNAMIC], r->arena, (size_t)n))
		return;
	uint64_t k = 0;
	while (k < n) {
		struct value *v = value_add_slots(&slots[ELF_DYNAMIC], r->arena, elf_dyn_fields);
		if (v == NULL)
			return;
		uint64_t tag = word(r, &c), value = word(r, &c);
		if (!cursor_ok(&c))
			return;
		value_int(&v[ELF_DYN_TYPE], (int64_t)tag);
		value_int(&v[ELF_DYN_VALUE], (int64_t)value);
		k++;
		if (tag == 0) /* DT_NULL */
			break;
	}
	value_int(&slots[ELF_DYNAMIC_ENTRIES], (int64_t)k);
}

/* ---- the entry point as a place in the file, as YARA computes it */

static bool entry_in_file(struct reader *r, const struct header *h, uint64_t *out)
{
	if (h->type == 2 /* ET_EXEC */) {
		for (uint64_t i = 0; i < h->n_ph && table_fits(r, h->ph_at, h->n_ph, r->wide ? 56 : 32); i++) {
			struct segment s = read_segment(r, h, i);
			if (h->entry >= s.vaddr && h->entry - s.vaddr < s.memory_size) {
				*out = s.at + (h->entry - s.vaddr);
				return true;
			}
		}
		return false;
	}
	for (uint64_t i = 0; i < h->n_sh && table_fits(r, h->sh_at, h->n_sh, r->wide ? 64 : 40); i++) {
		struct section s = read_section(r, h, i);
		if (s.type == 0 || s.type == 8 /* SHT_NULL, SHT_NOBITS */)
			continue;
		if (h->entry >= s.address && h->entry - s.address < s.size) {
			*out = s.at + (h->entry - s.address);
			return true;
		}
	}
	return false;
}

bool elf_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct reader r = { .file = in->file, .arena = in->arena };
	struct header h;
	uint64_t entry;

	if (!read_header(&r, &h))
		return error_set(e, REASON_DAMAGED, 0, "ELF: no header (gABI 4)");
	value_int(&slots[ELF_TYPE], (int64_t)h.type);
	value_int(&slots[ELF_MACHINE], (int64_t)h.machine);
	value_int(&slots[ELF_N_SECTIONS], (int64_t)h.n_sh);
	value_int(&slots[ELF_SH_OFFSET], (int64_t)h.sh_at);
	value_int(&slots[ELF_SH_ENTRY_SIZE], (int64_t)h.sh_size);
	value_int(&slots[ELF_N_SEGMENTS], (int64_t)h.n_ph);
	value_int(&slots[ELF_PH_OFFSET], (int64_t)h.ph_at);
	value_int(&slots[ELF_PH_ENTRY_SIZE], (int64_t)h.ph_size);
	if (h.entry != 0 && entry_in_file(&r, &h, &entry))
		value_int(&slots[ELF_ENTRY_POINT], (int64_t)entry);
	if (h.n_sh < ELF_MAX_SECTIONS && h.n_sh > 0 && table_fits(&r, h.sh_at, h.n_sh, r.wide ? 64 : 40)) {
		put_sections(&r, &h, slots);
		for (uint64_t i = 0; i < h.n_sh; i++) {
			struct section s = read_section(&r, &h, i);
			if (s.type == 2) /* SHT_SYMTAB */
				put_symbols(&r, &h, &s, &slots[ELF_SYMTAB_ENTRIES], &slots[ELF_SYMTAB]);
			else if (s.type == 11) /* SHT_DYNSYM */
				put_symbols(&r, &h, &s, &slots[ELF_DYNSYM_ENTRIES], &slots[ELF_DYNSYM]);
		}
	}
	if (h.n_ph > 0 && h.n_ph < ELF_MAX_SEGMENTS && table_fits(&r, h.ph_at, h.n_ph, r.wide ? 56 : 32)) {
		put_segments(&r, &h, slots);
		for (uint64_t i = 0; i < h.n_ph; i++) {
			struct segment s = read_segment(&r, &h, i);
			if (s.type == 2) /* PT_DYNAMIC */
				put_dynamic(&r, &s, slots);
		}
	}
	return true;
}
