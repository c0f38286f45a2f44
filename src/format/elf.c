/* SPDX-License-Identifier: Apache-2.0 */
#include "format/elf.h"

/* What is read of a damaged file is what YARA reads (libyara/modules/elf). */

enum {
	SHT_NULL = 0,
	SHT_SYMTAB = 2,
	SHT_STRTAB = 3,
	SHT_NOBITS = 8,
	SHT_DYNSYM = 11,
	PT_DYNAMIC = 2,
	ET_EXEC = 2,
};

uint64_t elf_number(const struct elf_file *f, struct cursor *c, unsigned bytes)
{
	switch (bytes) {
	case 1:
		return cursor_u8(c);
	case 2:
		return f->big ? cursor_be16(c) : cursor_le16(c);
	case 4:
		return f->big ? cursor_be32(c) : cursor_le32(c);
	default:
		return f->big ? cursor_be64(c) : cursor_le64(c);
	}
}

/* Elf32_Addr, Elf32_Off, Elf32_Word where 64-bit files have 8 bytes. */
static uint64_t word(const struct elf_file *f, struct cursor *c)
{
	return elf_number(f, c, f->wide ? 8 : 4);
}

static size_t section_size(const struct elf_file *f) { return f->wide ? 64 : 40; }
static size_t segment_size(const struct elf_file *f) { return f->wide ? 56 : 32; }

static bool table_fits(const struct elf_file *f, uint64_t at, uint64_t n, uint64_t size)
{
	return at < f->file.n && n <= (f->file.n - at) / size;
}

static bool read_header(struct elf_file *f)
{
	struct cursor c = cursor_of(f->file);
	struct span ident = cursor_take(&c, 16);

	if (ident.n != 16 || memcmp(ident.p, "\177ELF", 4) != 0 || ident.p[4] < 1 ||
	    ident.p[4] > 2 || ident.p[5] < 1 || ident.p[5] > 2)
		return false;
	f->wide = ident.p[4] == 2;
	f->big = ident.p[5] == 2;
	f->type = elf_number(f, &c, 2);
	f->machine = elf_number(f, &c, 2);
	cursor_skip(&c, 4); /* e_version */
	f->entry = word(f, &c);
	f->ph_at = word(f, &c);
	f->sh_at = word(f, &c);
	cursor_skip(&c, 6); /* e_flags, e_ehsize */
	f->ph_size = elf_number(f, &c, 2);
	f->n_ph = elf_number(f, &c, 2);
	f->sh_size = elf_number(f, &c, 2);
	f->n_sh = elf_number(f, &c, 2);
	f->names = elf_number(f, &c, 2);
	f->has_sections = f->n_sh < ELF_MAX_SECTIONS && f->names < f->n_sh &&
			  table_fits(f, f->sh_at, f->n_sh, section_size(f));
	f->has_segments = f->n_ph > 0 && f->n_ph < ELF_MAX_SEGMENTS &&
			  table_fits(f, f->ph_at, f->n_ph, segment_size(f));
	/* YARA wants a byte behind the header */
	return cursor_left(&c) != 0;
}

/* ---- one header of each table */

struct section {
	uint64_t name, type, flags, address, at, size, link;
};

struct segment {
	uint64_t type, flags, at, vaddr, paddr, file_size, memory_size, alignment;
};

/* i is below n_sh, and the table fits. */
static struct section read_section(const struct elf_file *f, uint64_t i)
{
	struct cursor c =
		cursor_of(span_cut(f->file, f->sh_at + i * section_size(f), section_size(f)));
	struct section s;

	s.name = elf_number(f, &c, 4);
	s.type = elf_number(f, &c, 4);
	s.flags = word(f, &c);
	s.address = word(f, &c);
	s.at = word(f, &c);
	s.size = word(f, &c);
	s.link = elf_number(f, &c, 4);
	return s;
}

static struct segment read_segment(const struct elf_file *f, uint64_t i)
{
	struct cursor c =
		cursor_of(span_cut(f->file, f->ph_at + i * segment_size(f), segment_size(f)));
	struct segment s = { 0 };

	s.type = elf_number(f, &c, 4);
	if (f->wide)
		s.flags = elf_number(f, &c, 4);
	s.at = word(f, &c);
	s.vaddr = word(f, &c);
	s.paddr = word(f, &c);
	s.file_size = word(f, &c);
	s.memory_size = word(f, &c);
	if (!f->wide)
		s.flags = elf_number(f, &c, 4);
	s.alignment = word(f, &c);
	return s;
}

bool elf_string(struct span table, uint64_t at, uint64_t *left, struct span *out)
{
	if (table.n == 0 || table.p[0] != 0 || at > INT32_MAX || at >= table.n)
		return false;
	struct span rest = span_cut(table, at, *left);
	const uint8_t *nul = rest.n != 0 ? memchr(rest.p, 0, rest.n) : NULL;
	*left -= nul != NULL ? (uint64_t)(nul - rest.p) + 1 : rest.n;
	if (nul == NULL)
		return false;
	*out = (struct span){ rest.p, (size_t)(nul - rest.p) };
	return true;
}

/* Bytes that the names of n things may be long together.  Names share their ends, and things share
 * names, so that they are longer than the file at times, but not by much. */
static uint64_t text_limit(const struct elf_file *f, uint64_t n)
{
	return 2 * (uint64_t)f->file.n + 64 * n;
}

/* ---- lists, made when they are asked for */

static void make_sections(const struct value_later *l, struct value *out)
{
	const struct elf_file *f = l->from;
	uint64_t names_at = read_section(f, f->names).at;
	/* names may lie anywhere behind the table's start, but a table at 0 is none */
	struct span names = span_cut(f->file, names_at, names_at != 0 ? UINT64_MAX : 0), name;
	uint64_t left = text_limit(f, f->n_sh);

	if (!value_make_list(out, l->arena, (size_t)f->n_sh))
		return;
	for (uint64_t i = 0; i < f->n_sh; i++) {
		struct section s = read_section(f, i);
		struct value *v = value_add_slots(out, l->arena, elf_section_fields);
		if (v == NULL)
			return;
		value_int(&v[ELF_SECTION_TYPE], (int64_t)s.type);
		value_int(&v[ELF_SECTION_FLAGS], (int64_t)s.flags);
		value_int(&v[ELF_SECTION_ADDRESS], (int64_t)s.address);
		value_int(&v[ELF_SECTION_SIZE], (int64_t)s.size);
		value_int(&v[ELF_SECTION_OFFSET], (int64_t)s.at);
		if (elf_string(names, s.name, &left, &name))
			value_string(&v[ELF_SECTION_NAME], name);
	}
	if (left == 0)
		module_cut(f->steps);
}

static void make_segments(const struct value_later *l, struct value *out)
{
	const struct elf_file *f = l->from;

	if (!value_make_list(out, l->arena, (size_t)f->n_ph))
		return;
	for (uint64_t i = 0; i < f->n_ph; i++) {
		struct segment s = read_segment(f, i);
		struct value *v = value_add_slots(out, l->arena, elf_segment_fields);
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

static void put_symbol(const struct elf_symbol *s, struct value *v)
{
	if (s->named)
		value_string(&v[ELF_SYMBOL_NAME], s->name);
	value_int(&v[ELF_SYMBOL_VALUE], (int64_t)s->value);
	value_int(&v[ELF_SYMBOL_SIZE], (int64_t)s->size);
	value_int(&v[ELF_SYMBOL_TYPE], s->info & 15);
	value_int(&v[ELF_SYMBOL_BIND], s->info >> 4);
	value_int(&v[ELF_SYMBOL_SHNDX], s->section);
	value_int(&v[ELF_SYMBOL_VISIBILITY], s->other & 3);
}

static void make_symbols(const struct value_later *l, const struct elf_symbols *t,
			 struct value *out)
{
	const struct elf_file *f = l->from;
	size_t n = elf_symbol_count(f, t);
	uint64_t left = text_limit(f, n);
	struct elf_symbol s;

	if (!value_make_list(out, l->arena, n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct value *v = value_add_slots(out, l->arena, elf_symbol_fields);
		if (v == NULL)
			return;
		elf_symbol_at(f, t, i, &left, &s);
		put_symbol(&s, v);
	}
	if (left == 0)
		module_cut(f->steps);
}

static void make_symtab(const struct value_later *l, struct value *out)
{
	make_symbols(l, &((const struct elf_file *)l->from)->symtab, out);
}

static void make_dynsym(const struct value_later *l, struct value *out)
{
	make_symbols(l, &((const struct elf_file *)l->from)->dynsym, out);
}

/* ---- the dynamic section: from where its segment says to DT_NULL or to the end of the file */

/* Whole entries from `at` to the first of tag 0, that one included; at most `most`. */
static size_t count_dynamic(const struct elf_file *f, uint64_t at, size_t most)
{
	struct cursor c = cursor_of(span_cut(f->file, at, UINT64_MAX));
	size_t n = 0;

	while (n < most) {
		uint64_t tag = word(f, &c);
		(void)word(f, &c); /* d_un */
		if (!cursor_ok(&c))
			break;
		n++;
		if (tag == 0)
			break;
	}
	return n;
}

static void make_dynamic(const struct value_later *l, struct value *out)
{
	const struct elf_file *f = l->from;
	size_t left = ELF_MAX_DYNAMIC;

	if (!value_make_list(out, l->arena, 32))
		return;
	/* of several segments the later ones write over the earlier ones, as in YARA */
	for (uint64_t i = 0; i < f->n_ph; i++) {
		struct segment s = read_segment(f, i);
		if (s.type != PT_DYNAMIC)
			continue;
		size_t n = count_dynamic(f, s.at, left);
		struct cursor c = cursor_of(span_cut(f->file, s.at, UINT64_MAX));
		left -= n;
		for (size_t k = 0; k < n; k++) {
			struct value *v = k < out->list->n
						  ? out->list->item[k].slots
						  : value_grow_slots(out, l->arena, elf_dyn_fields,
								     ELF_MAX_DYNAMIC);
			if (v == NULL)
				return;
			value_int(&v[ELF_DYN_TYPE], (int64_t)word(f, &c));
			value_int(&v[ELF_DYN_VALUE], (int64_t)word(f, &c));
		}
	}
}

/* ---- loading */

/* The entry point as a place in the file: by segments for an executable, by sections for anything
 * else. */
static bool entry_in_file(const struct elf_file *f, uint64_t *out)
{
	bool by_segments = f->type == ET_EXEC;

	if (by_segments && f->ph_at != 0 && table_fits(f, f->ph_at, f->n_ph, segment_size(f)))
		for (uint64_t i = 0; i < f->n_ph; i++) {
			struct segment s = read_segment(f, i);
			if (f->entry >= s.vaddr && f->entry < s.vaddr + s.memory_size) {
				*out = s.at + (f->entry - s.vaddr);
				return true;
			}
		}
	if (!by_segments && f->sh_at != 0 && table_fits(f, f->sh_at, f->n_sh, section_size(f)))
		for (uint64_t i = 0; i < f->n_sh; i++) {
			struct section s = read_section(f, i);
			if (s.type != SHT_NULL && s.type != SHT_NOBITS && f->entry >= s.address &&
			    f->entry < s.address + s.size) {
				*out = s.at + (f->entry - s.address);
				return true;
			}
		}
	return false;
}

static void find_symbols(const struct elf_file *f, const struct section *table,
			 struct elf_symbols *out)
{
	if (table->link >= f->n_sh)
		return;
	struct section strings = read_section(f, table->link);
	if (strings.type != SHT_STRTAB)
		return;
	out->found = strings.at <= f->file.n && strings.size <= f->file.n - strings.at &&
		     table->at <= f->file.n && table->size <= f->file.n - table->at;
	out->entries = span_cut(f->file, table->at, table->size);
	out->strings = span_cut(f->file, strings.at, strings.size);
}

/* Of several tables the last counts. */
static void find_tables(struct elf_file *f)
{
	for (uint64_t i = 0; i < f->n_sh; i++) {
		struct section s = read_section(f, i);
		if (s.type == SHT_SYMTAB)
			find_symbols(f, &s, &f->symtab);
		else if (s.type == SHT_DYNSYM)
			find_symbols(f, &s, &f->dynsym);
	}
}

static bool put_tables(struct module_input *in, const struct elf_file *f, struct value *slots)
{
	struct arena *a = in->arena;

	if (f->has_sections && !value_put_off(&slots[ELF_SECTIONS], a, f, make_sections))
		return false;
	if (f->symtab.found) {
		value_int(&slots[ELF_SYMTAB_ENTRIES], (int64_t)elf_symbol_count(f, &f->symtab));
		if (elf_symbol_count(f, &f->symtab) <= ELF_MAX_SYMBOLS &&
		    !value_put_off(&slots[ELF_SYMTAB], a, f, make_symtab))
			return false;
	}
	if (f->dynsym.found) {
		value_int(&slots[ELF_DYNSYM_ENTRIES], (int64_t)elf_symbol_count(f, &f->dynsym));
		if (elf_symbol_count(f, &f->dynsym) <= ELF_MAX_SYMBOLS &&
		    !value_put_off(&slots[ELF_DYNSYM], a, f, make_dynsym))
			return false;
	}
	return !f->has_segments || value_put_off(&slots[ELF_SEGMENTS], a, f, make_segments);
}

static bool put_dynamic(struct module_input *in, const struct elf_file *f, struct value *slots,
			struct error *e)
{
	size_t left = ELF_MAX_DYNAMIC;

	for (uint64_t i = 0; f->has_segments && i < f->n_ph; i++) {
		struct segment s = read_segment(f, i);
		if (s.type != PT_DYNAMIC)
			continue;
		size_t n = count_dynamic(f, s.at, left);
		left -= n;
		if (left == 0)
			return error_set(e, REASON_LIMIT, s.at, "ELF: more than %d dynamic entries",
					 ELF_MAX_DYNAMIC);
		value_int(&slots[ELF_DYNAMIC_ENTRIES], (int64_t)n);
		if (slots[ELF_DYNAMIC].kind == VALUE_UNDEFINED &&
		    !value_put_off(&slots[ELF_DYNAMIC], in->arena, f, make_dynamic))
			return error_set(e, REASON_MEMORY, PLACE_NONE, "ELF: no memory");
	}
	return true;
}

bool elf_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct elf_file *f = arena_alloc(in->arena, sizeof *f);
	uint64_t entry;

	if (f == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "ELF: no memory");
	f->file = in->file;
	f->steps = in->steps;
	if (!read_header(f))
		return error_set(e, REASON_DAMAGED, 0, "ELF: no header (gABI 4)");
	value_int(&slots[ELF_TYPE], (int64_t)f->type);
	value_int(&slots[ELF_MACHINE], (int64_t)f->machine);
	value_int(&slots[ELF_OSABI], in->file.p[7]);
	value_int(&slots[ELF_N_SECTIONS], (int64_t)f->n_sh);
	value_int(&slots[ELF_SH_OFFSET], (int64_t)f->sh_at);
	value_int(&slots[ELF_SH_ENTRY_SIZE], (int64_t)f->sh_size);
	value_int(&slots[ELF_N_SEGMENTS], (int64_t)f->n_ph);
	value_int(&slots[ELF_PH_OFFSET], (int64_t)f->ph_at);
	value_int(&slots[ELF_PH_ENTRY_SIZE], (int64_t)f->ph_size);
	if (f->entry != 0 && entry_in_file(f, &entry))
		value_int(&slots[ELF_ENTRY_POINT], (int64_t)entry);
	if (f->has_sections)
		find_tables(f);
	if (in->state != NULL)
		*in->state = f;
	if (!put_tables(in, f, slots))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "ELF: no memory");
	if (elf_symbol_count(f, &f->symtab) > ELF_MAX_SYMBOLS ||
	    elf_symbol_count(f, &f->dynsym) > ELF_MAX_SYMBOLS)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "ELF: more than %d symbols in a table", ELF_MAX_SYMBOLS);
	return put_dynamic(in, f, slots, e);
}
