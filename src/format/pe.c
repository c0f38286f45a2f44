/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/* ---- places */

struct cursor pe_at(const struct pe *pe, uint64_t at)
{
	struct cursor c = cursor_of(pe->file);

	cursor_seek(&c, at);
	return c;
}

struct span pe_text(const struct pe *pe, uint64_t at, size_t max)
{
	struct span s = span_cut(pe->file, at, max);
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	return s;
}

/* A section reaches as far as its memory or its bytes in the file, whichever is more. */
static uint32_t extent(const struct pe_section *s)
{
	return s->virtual_size > s->raw_size ? s->virtual_size : s->raw_size;
}

static bool holds(const struct pe_section *s, uint64_t rva)
{
	return rva >= s->rva && rva - s->rva < extent(s);
}

/* The section that counts for an rva: of those that hold it, the one that begins last, and the last
 * of these in the table; n_sections where there is none. */
static size_t section_of(struct pe *pe, uint64_t rva)
{
	size_t found = pe->n_sections;
	uint32_t base = 0;

	if (pe->ordered && pe->hit < pe->n_sections && holds(&pe->section[pe->hit], rva))
		return pe->hit;
	for (size_t i = 0; i < pe->n_sections; i++)
		if (holds(&pe->section[i], rva) && base <= pe->section[i].rva) {
			base = pe->section[i].rva;
			found = i;
		}
	pe->hit = found;
	return found;
}

/*
 * Raw offsets are rounded down to the file's alignment, but to 512 at most, and to 512 in any case
 * where sections are pages; what lies before the first section is mapped as it is.
 */
int64_t pe_offset(struct pe *pe, uint64_t rva)
{
	uint32_t alignment = pe->file_alignment < 0x200 ? pe->file_alignment : 0x200;
	uint64_t base = 0, at = 0, size = 0;

	if (pe->n_sections < pe->n_sections_said && pe->n_sections < PE_MAX_SECTIONS)
		return -1; /* the section table is cut off */
	if (rva < pe->lowest) {
		size = (uint32_t)pe->file.n;
	} else {
		size_t i = section_of(pe, rva);
		if (i == pe->n_sections)
			return -1;
		base = pe->section[i].rva;
		size = pe->section[i].raw_size;
		at = pe->section[i].raw_at;
		if (alignment != 0)
			at -= at % alignment;
		if (pe->section_alignment >= 0x1000)
			at &= ~UINT64_C(0x1ff);
	}
	if (rva - base >= size || at + (rva - base) >= pe->file.n)
		return -1;
	return (int64_t)(at + (rva - base));
}

/* ---- headers */

void pe_directory(const struct pe *pe, unsigned i, uint32_t *rva, uint32_t *size)
{
	struct cursor c = pe_at(pe, pe->optional_at + (pe->wide ? 112 : 96) + 8 * (uint64_t)i);

	*rva = cursor_le32(&c);
	*size = cursor_le32(&c);
}

int64_t pe_directory_at(struct pe *pe, unsigned i)
{
	uint32_t rva, size;

	pe_directory(pe, i, &rva, &size);
	return rva != 0 ? pe_offset(pe, rva) : -1;
}

bool pe_list(struct pe *pe, struct value *v)
{
	bool ok = value_make_list(v, pe->arena, 0);

	pe->spent = pe->spent || !ok;
	return ok;
}

struct value *pe_add(struct pe *pe, struct value *list, const struct field *table, size_t most)
{
	struct value *v = value_grow_slots(list, pe->arena, table, most);

	pe->spent = pe->spent || (v == NULL && list->list->n < most);
	return v;
}

void pe_put_version(struct pe *pe, struct value *v, uint32_t major, uint32_t minor)
{
	struct value *slots = value_make_struct(v, pe->arena, pe_version_fields);

	if (slots == NULL) {
		pe->spent = true;
		return;
	}
	value_int(&slots[PE_VERSION_MAJOR], major);
	value_int(&slots[PE_VERSION_MINOR], minor);
}

static bool read_coff(struct pe *pe, struct value *v)
{
	struct cursor c = pe_at(pe, 0x3c);
	uint32_t at = cursor_le32(&c); /* e_lfanew */

	if (!cursor_ok(&c) || pe->file.p[0] != 'M' || pe->file.p[1] != 'Z' || at > INT32_MAX)
		return false;
	pe->header_at = at;
	c = pe_at(pe, at);
	if (cursor_le32(&c) != 0x4550)
		return false;
	uint16_t machine = cursor_le16(&c);
	pe->n_sections_said = cursor_le16(&c);
	uint32_t timestamp = cursor_le32(&c), symbols_at = cursor_le32(&c),
		 n_symbols = cursor_le32(&c);
	pe->optional_size = cursor_le16(&c);
	pe->characteristics = cursor_le16(&c);
	pe->optional_at = cursor_place(&c);
	uint16_t magic = cursor_le16(&c);
	pe->wide = magic == 0x20b;
	/* the whole optional header must be there, whatever its size is said to be */
	if (!cursor_ok(&c) || pe->file.n - pe->optional_at < (pe->wide ? 240u : 224u))
		return false;
	value_int(&v[PE_MACHINE], machine);
	value_int(&v[PE_NUMBER_OF_SECTIONS], pe->n_sections_said);
	value_int(&v[PE_TIMESTAMP], timestamp);
	value_int(&v[PE_POINTER_TO_SYMBOL_TABLE], symbols_at);
	value_int(&v[PE_NUMBER_OF_SYMBOLS], n_symbols);
	value_int(&v[PE_SIZE_OF_OPTIONAL_HEADER], pe->optional_size);
	value_int(&v[PE_CHARACTERISTICS], pe->characteristics);
	value_int(&v[PE_OPTHDR_MAGIC], magic);
	return true;
}

static uint64_t word(const struct pe *pe, struct cursor *c)
{
	return pe->wide ? cursor_le64(c) : cursor_le32(c);
}

static void read_optional(struct pe *pe, struct value *v)
{
	struct cursor c = pe_at(pe, pe->optional_at + 2);
	uint32_t major, minor;

	major = cursor_u8(&c);
	minor = cursor_u8(&c);
	pe_put_version(pe, &v[PE_LINKER_VERSION], major, minor);
	value_int(&v[PE_SIZE_OF_CODE], cursor_le32(&c));
	value_int(&v[PE_SIZE_OF_INITIALIZED_DATA], cursor_le32(&c));
	value_int(&v[PE_SIZE_OF_UNINITIALIZED_DATA], cursor_le32(&c));
	pe->entry = cursor_le32(&c);
	value_int(&v[PE_ENTRY_POINT_RAW], pe->entry);
	value_int(&v[PE_BASE_OF_CODE], cursor_le32(&c));
	if (!pe->wide)
		value_int(&v[PE_BASE_OF_DATA], cursor_le32(&c));
	pe->image_base = word(pe, &c);
	value_int(&v[PE_IMAGE_BASE], (int64_t)pe->image_base);
	pe->section_alignment = cursor_le32(&c);
	value_int(&v[PE_SECTION_ALIGNMENT], pe->section_alignment);
	pe->file_alignment = cursor_le32(&c);
	value_int(&v[PE_FILE_ALIGNMENT], pe->file_alignment);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	pe_put_version(pe, &v[PE_OS_VERSION], major, minor);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	pe_put_version(pe, &v[PE_IMAGE_VERSION], major, minor);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	pe_put_version(pe, &v[PE_SUBSYSTEM_VERSION], major, minor);
	value_int(&v[PE_WIN32_VERSION_VALUE], cursor_le32(&c));
	pe->size_of_image = cursor_le32(&c);
	value_int(&v[PE_SIZE_OF_IMAGE], pe->size_of_image);
	value_int(&v[PE_SIZE_OF_HEADERS], cursor_le32(&c));
	value_int(&v[PE_CHECKSUM], cursor_le32(&c));
	value_int(&v[PE_SUBSYSTEM], cursor_le16(&c));
	value_int(&v[PE_DLL_CHARACTERISTICS], cursor_le16(&c));
	value_int(&v[PE_SIZE_OF_STACK_RESERVE], (int64_t)word(pe, &c));
	value_int(&v[PE_SIZE_OF_STACK_COMMIT], (int64_t)word(pe, &c));
	value_int(&v[PE_SIZE_OF_HEAP_RESERVE], (int64_t)word(pe, &c));
	value_int(&v[PE_SIZE_OF_HEAP_COMMIT], (int64_t)word(pe, &c));
	value_int(&v[PE_LOADER_FLAGS], cursor_le32(&c));
	pe->n_directories = cursor_le32(&c);
	value_int(&v[PE_NUMBER_OF_RVA_AND_SIZES], pe->n_directories);
}

static void put_directories(struct pe *pe, struct value *v)
{
	uint32_t rva, size;

	if (!pe_list(pe, &v[PE_DATA_DIRECTORIES]))
		return;
	for (unsigned i = 0; i < 16 && i < pe->n_directories; i++) {
		struct value *d = pe_add(pe, &v[PE_DATA_DIRECTORIES], pe_directory_fields, 16);
		if (d == NULL)
			return;
		pe_directory(pe, i, &rva, &size);
		value_int(&d[PE_DIRECTORY_VIRTUAL_ADDRESS], rva);
		value_int(&d[PE_DIRECTORY_SIZE], size);
	}
}

static struct cursor section_header(const struct pe *pe, size_t i)
{
	return pe_at(pe, pe->optional_at + pe->optional_size + 40 * (uint64_t)i);
}

static void read_sections(struct pe *pe)
{
	uint64_t end = 0;

	pe->lowest = UINT32_MAX;
	pe->ordered = true;
	for (size_t i = 0; i < pe->n_sections_said && i < PE_MAX_SECTIONS; i++) {
		struct cursor c = section_header(pe, i);
		struct pe_section *s = &pe->section[i];
		cursor_skip(&c, 8);
		s->virtual_size = cursor_le32(&c);
		s->rva = cursor_le32(&c);
		s->raw_size = cursor_le32(&c);
		s->raw_at = cursor_le32(&c);
		cursor_skip(&c, 16);
		if (!cursor_ok(&c))
			break;
		pe->n_sections++;
		pe->lowest = s->rva < pe->lowest ? s->rva : pe->lowest;
		pe->ordered = pe->ordered && s->rva >= end;
		end = (uint64_t)s->rva + extent(s);
	}
}

/* A name such as /123 stands in the COFF string table, behind the symbols, and must be printable.
 */
static bool full_name(struct pe *pe, struct span name, const struct value *v, struct span *out)
{
	uint64_t at = 0, symbols = (uint64_t)v[PE_POINTER_TO_SYMBOL_TABLE].i;

	*out = name;
	if (symbols == 0 || name.n == 0 || name.p[0] != '/')
		return true;
	for (size_t i = 1; i < name.n && name.p[i] >= '0' && name.p[i] <= '9'; i++)
		at = at * 10 + (uint64_t)(name.p[i] - '0');
	at += symbols + (uint64_t)v[PE_NUMBER_OF_SYMBOLS].i * 18;
	struct span rest = span_cut(pe->file, at, pe->text);
	size_t n = 0;
	while (n < rest.n && rest.p[n] >= 0x20 && rest.p[n] <= 0x7e)
		n++;
	if (n == pe->text)
		module_cut(pe->steps);
	pe->text -= n;
	*out = span_cut(rest, 0, n);
	return n < rest.n && rest.p[n] == 0;
}

static void put_section(struct pe *pe, size_t i, struct value *out, const struct value *v)
{
	const struct pe_section *s = &pe->section[i];
	struct cursor c = section_header(pe, i);
	struct span name = cursor_take(&c, 8), full;

	while (name.n != 0 && name.p[name.n - 1] == 0)
		name.n--;
	value_string(&out[PE_SECTION_NAME], name);
	if (full_name(pe, name, v, &full))
		value_string(&out[PE_SECTION_FULL_NAME], full);
	value_int(&out[PE_SECTION_RAW_DATA_SIZE], s->raw_size);
	value_int(&out[PE_SECTION_RAW_DATA_OFFSET], s->raw_at);
	value_int(&out[PE_SECTION_VIRTUAL_ADDRESS], s->rva);
	value_int(&out[PE_SECTION_VIRTUAL_SIZE], s->virtual_size);
	cursor_skip(&c, 16);
	value_int(&out[PE_SECTION_POINTER_TO_RELOCATIONS], cursor_le32(&c));
	value_int(&out[PE_SECTION_POINTER_TO_LINE_NUMBERS], cursor_le32(&c));
	value_int(&out[PE_SECTION_NUMBER_OF_RELOCATIONS], cursor_le16(&c));
	value_int(&out[PE_SECTION_NUMBER_OF_LINE_NUMBERS], cursor_le16(&c));
	value_int(&out[PE_SECTION_CHARACTERISTICS], cursor_le32(&c));
}

/* The overlay is what follows the section that ends last. */
static void put_overlay(struct pe *pe, struct value *v)
{
	struct value *overlay = value_make_struct(v, pe->arena, pe_overlay_fields);
	uint64_t end = 0;

	if (overlay == NULL) {
		pe->spent = true;
		return;
	}
	for (size_t i = 0; i < pe->n_sections; i++) {
		const struct pe_section *s = &pe->section[i];
		if ((uint32_t)(s->raw_at + s->raw_size) > end) /* YARA compares 32 bits */
			end = (uint64_t)s->raw_at + s->raw_size;
	}
	bool there = end != 0 && pe->file.n > end;
	value_int(&overlay[PE_OVERLAY_OFFSET], there ? (int64_t)end : 0);
	value_int(&overlay[PE_OVERLAY_SIZE], there ? (int64_t)(pe->file.n - end) : 0);
}

static void put_sections(struct pe *pe, struct value *v)
{
	if (!pe_list(pe, &v[PE_SECTIONS]))
		return;
	for (size_t i = 0; i < pe->n_sections; i++) {
		struct value *out = pe_add(pe, &v[PE_SECTIONS], pe_section_fields, PE_MAX_SECTIONS);
		if (out == NULL)
			return;
		put_section(pe, i, out, v);
	}
	put_overlay(pe, &v[PE_OVERLAY]);
}

bool pe_headers(struct pe *pe, struct span file, struct arena *arena, struct value *slots)
{
	*pe = (struct pe){ .file = file,
			   .arena = arena,
			   .thunks = PE_MAX_THUNKS,
			   .entries = PE_MAX_ENTRIES,
			   .text = PE_MAX_TEXT };
	if (!read_coff(pe, slots))
		return false;
	read_optional(pe, slots);
	read_sections(pe);
	return true;
}

/*
 * Most rules ask for a few fields, so that what stands behind the headers is read when one of its
 * fields is first asked for.
 */
static const struct part {
	void (*read)(struct pe *pe, struct value *slots);
	uint8_t n;
	uint8_t field[7];
} parts[] = {
	{ put_directories, 1, { PE_DATA_DIRECTORIES } },
	{ put_sections, 2, { PE_SECTIONS, PE_OVERLAY } },
	{ pe_read_rich, 1, { PE_RICH_SIGNATURE } },
	{ pe_read_debug, 1, { PE_PDB_PATH } },
	{ pe_read_imports,
	  3,
	  { PE_NUMBER_OF_IMPORTS, PE_NUMBER_OF_IMPORTED_FUNCTIONS, PE_IMPORT_DETAILS } },
	{ pe_read_delayed_imports,
	  3,
	  { PE_NUMBER_OF_DELAYED_IMPORTS, PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS,
	    PE_DELAYED_IMPORT_DETAILS } },
	{ pe_read_exports,
	  4,
	  { PE_NUMBER_OF_EXPORTS, PE_DLL_NAME, PE_EXPORT_TIMESTAMP, PE_EXPORT_DETAILS } },
	{ pe_read_resources,
	  7,
	  { PE_NUMBER_OF_RESOURCES, PE_RESOURCE_TIMESTAMP, PE_RESOURCE_VERSION, PE_RESOURCES,
	    PE_VERSION_INFO, PE_NUMBER_OF_VERSION_INFOS, PE_VERSION_INFO_LIST } },
};

enum { N_PARTS = sizeof parts / sizeof *parts };

struct waiting {
	struct pe *pe;
	const struct part *part;
};

/* Reads the whole part, `out` being one of its fields. */
static void read_part(const struct value_later *l, struct value *out)
{
	const struct waiting *w = l->from;

	(void)out;
	for (unsigned i = 0; i < w->part->n; i++)
		w->pe->slots[w->part->field[i]].kind = VALUE_UNDEFINED;
	w->part->read(w->pe, w->pe->slots);
	bool cut = w->pe->steps != NULL && *w->pe->steps == 0;
	for (unsigned i = 0; i < w->part->n; i++)
		w->pe->slots[w->part->field[i]].cut = cut;
}

static bool put_off_parts(struct pe *pe)
{
	struct waiting *w = arena_array(pe->arena, N_PARTS, sizeof *w);
	struct value_later *later = arena_array(pe->arena, N_PARTS, sizeof *later);

	if (w == NULL || later == NULL)
		return false;
	for (size_t k = 0; k < N_PARTS; k++) {
		w[k] = (struct waiting){ pe, &parts[k] };
		later[k] = (struct value_later){ .make = read_part,
						 .arena = pe->arena,
						 .from = &w[k] };
		for (unsigned i = 0; i < parts[k].n; i++) {
			pe->slots[parts[k].field[i]].kind = VALUE_LATER;
			pe->slots[parts[k].field[i]].later = &later[k];
		}
	}
	return true;
}

static bool load(struct module_input *in, struct value *v, struct error *e)
{
	struct pe *pe = arena_alloc(in->arena, sizeof *pe);

	if (pe == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PE: no memory left");
	value_int(&v[PE_IS_PE], 0);
	if (!pe_headers(pe, in->file, in->arena, v))
		return error_set(e, REASON_DAMAGED, 0, "not a PE image ([MS-PECOFF] 3)");
	pe->slots = v;
	pe->steps = in->steps;
	*in->state = pe;
	value_int(&v[PE_IS_PE], 1);
	value_int(&v[PE_ENTRY_POINT], pe_offset(pe, pe->entry));
	if (!put_off_parts(pe) || pe->spent)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PE: no memory left");
	return true;
}

const struct module pe_module = { .name = "pe",
				  .fields = pe_fields,
				  .classes = 1 << CLASS_MZ,
				  .load = load,
				  .doc = "Windows executables and libraries" };
