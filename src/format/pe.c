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

/*
 * The last section that holds the rva counts.  Raw offsets are rounded down to the file's alignment, but
 * to 512 at most, as the loader does; what lies before the first section is mapped as it is.
 */
int64_t pe_offset(const struct pe *pe, uint64_t rva)
{
	uint32_t lowest = UINT32_MAX, base = 0, at = 0, raw_size = 0;
	uint32_t alignment = pe->file_alignment < 0x200 ? pe->file_alignment : 0x200;

	if (pe->n_sections < pe->n_sections_said && pe->n_sections < PE_MAX_SECTIONS)
		return -1; /* the section table is cut off */
	for (size_t i = 0; i < pe->n_sections; i++) {
		const struct pe_section *s = &pe->section[i];
		lowest = s->rva < lowest ? s->rva : lowest;
		if (rva < s->rva || rva - s->rva >= s->virtual_size || base > s->rva)
			continue;
		base = s->rva;
		raw_size = s->raw_size;
		at = alignment != 0 ? s->raw_at - s->raw_at % alignment : s->raw_at;
	}
	if (rva < lowest) {
		base = 0;
		at = 0;
		raw_size = pe->file.n > UINT32_MAX ? UINT32_MAX : (uint32_t)pe->file.n;
	}
	if (rva - base >= raw_size)
		return -1;
	uint64_t result = at + (rva - base);
	return result < pe->file.n ? (int64_t)result : -1;
}

/* NumberOfRvaAndSizes may lie; what the optional header has room for counts. */
bool pe_directory(const struct pe *pe, unsigned i, uint32_t *rva, uint32_t *size)
{
	uint64_t first = pe->wide ? 112 : 96;
	struct cursor c = pe_at(pe, pe->optional_at + first + 8 * (uint64_t)i);

	if (i >= 16 || first + 8 * (uint64_t)i > pe->optional_size)
		return false;
	*rva = cursor_le32(&c);
	*size = cursor_le32(&c);
	return cursor_ok(&c);
}

/* ---- headers */

static bool machine_known(uint16_t m)
{
	static const uint16_t known[] = { 0,	  0x1d3, 0x8664, 0x1c0, 0x1c4, 0xaa64, 0xebc, 0x14c,
					  0x200,  0x9041, 0x266, 0x366, 0x466, 0x1f0,  0x1f1, 0x166,
					  0x1a2,  0x1a3, 0x1a6,	 0x1a8, 0x1c2, 0x169 };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i] == m)
			return true;
	return false;
}

static void put_version(struct pe *pe, struct value *v, uint32_t major, uint32_t minor)
{
	struct value *slots = value_make_struct(v, pe->arena, pe_version_fields);

	if (slots == NULL)
		return;
	value_int(&slots[PE_VERSION_MAJOR], major);
	value_int(&slots[PE_VERSION_MINOR], minor);
}

static bool read_coff(struct pe *pe, struct value *v)
{
	struct cursor c = pe_at(pe, 0x3c);
	uint32_t at = cursor_le32(&c);

	if (!cursor_ok(&c) || at > INT32_MAX)
		return false;
	pe->header_at = at;
	c = pe_at(pe, at);
	if (cursor_le32(&c) != 0x4550)
		return false;
	uint16_t machine = cursor_le16(&c);
	pe->n_sections_said = cursor_le16(&c);
	uint32_t timestamp = cursor_le32(&c), symbols_at = cursor_le32(&c), n_symbols = cursor_le32(&c);
	pe->optional_size = cursor_le16(&c);
	uint16_t characteristics = cursor_le16(&c);
	pe->optional_at = cursor_place(&c);
	uint16_t magic = cursor_le16(&c);
	pe->wide = magic == 0x20b;
	/* the whole optional header must be there, whatever its size is said to be */
	if (!cursor_ok(&c) || pe->file.n - pe->optional_at < (pe->wide ? 240u : 224u) ||
	    !machine_known(machine))
		return false;
	value_int(&v[PE_MACHINE], machine);
	value_int(&v[PE_NUMBER_OF_SECTIONS], pe->n_sections_said);
	value_int(&v[PE_TIMESTAMP], timestamp);
	value_int(&v[PE_POINTER_TO_SYMBOL_TABLE], symbols_at);
	value_int(&v[PE_NUMBER_OF_SYMBOLS], n_symbols);
	value_int(&v[PE_SIZE_OF_OPTIONAL_HEADER], pe->optional_size);
	value_int(&v[PE_CHARACTERISTICS], characteristics);
	value_int(&v[PE_OPTHDR_MAGIC], magic);
	return true;
}

static uint64_t word(const struct pe *pe, struct cursor *c)
{
	return pe->wide ? cursor_le64(c) : cursor_le32(c);
}

static void read_optional(struct pe *pe, struct value *v, uint32_t *entry)
{
	struct cursor c = pe_at(pe, pe->optional_at + 2);
	uint32_t major, minor;

	major = cursor_u8(&c);
	minor = cursor_u8(&c);
	put_version(pe, &v[PE_LINKER_VERSION], major, minor);
	value_int(&v[PE_SIZE_OF_CODE], cursor_le32(&c));
	value_int(&v[PE_SIZE_OF_INITIALIZED_DATA], cursor_le32(&c));
	value_int(&v[PE_SIZE_OF_UNINITIALIZED_DATA], cursor_le32(&c));
	*entry = cursor_le32(&c);
	value_int(&v[PE_ENTRY_POINT_RAW], *entry);
	value_int(&v[PE_BASE_OF_CODE], cursor_le32(&c));
	if (!pe->wide)
		value_int(&v[PE_BASE_OF_DATA], cursor_le32(&c));
	pe->image_base = word(pe, &c);
	value_int(&v[PE_IMAGE_BASE], (int64_t)pe->image_base);
	value_int(&v[PE_SECTION_ALIGNMENT], cursor_le32(&c));
	pe->file_alignment = cursor_le32(&c);
	value_int(&v[PE_FILE_ALIGNMENT], pe->file_alignment);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	put_version(pe, &v[PE_OS_VERSION], major, minor);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	put_version(pe, &v[PE_IMAGE_VERSION], major, minor);
	major = cursor_le16(&c);
	minor = cursor_le16(&c);
	put_version(pe, &v[PE_SUBSYSTEM_VERSION], major, minor);
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
	value_int(&v[PE_NUMBER_OF_RVA_AND_SIZES], cursor_le32(&c));
}

static void read_directories(struct pe *pe, struct value *v)
{
	uint32_t rva, size;

	if (!value_make_list(&v[PE_DATA_DIRECTORIES], pe->arena, 16))
		return;
	for (unsigned i = 0; i < 16 && pe_directory(pe, i, &rva, &size); i++) {
		struct value *d = value_add_slots(&v[PE_DATA_DIRECTORIES], pe->arena, pe_directory_fields);
		if (d == NULL)
			return;
		value_int(&d[PE_DIRECTORY_VIRTUAL_ADDRESS], rva);
		value_int(&d[PE_DIRECTORY_SIZE], size);
	}
}

/* A name such as /123 stands in the COFF string table, behind the symbols. */
static struct span full_name(const struct pe *pe, struct span name, const struct value *v)
{
	uint64_t at = 0;

	if (name.n < 2 || name.p[0] != '/')
		return name;
	for (size_t i = 1; i < name.n; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return name;
		at = at * 10 + (uint64_t)(name.p[i] - '0');
	}
	at += (uint64_t)v[PE_POINTER_TO_SYMBOL_TABLE].i + (uint64_t)v[PE_NUMBER_OF_SYMBOLS].i * 18;
	struct span full = pe_text(pe, at, 256);
	return full.n != 0 ? full : name;
}

static void read_sections(struct pe *pe, struct value *v)
{
	size_t n = pe->n_sections_said < PE_MAX_SECTIONS ? pe->n_sections_said : PE_MAX_SECTIONS;
	uint64_t highest = 0, end = 0;

	if (!value_make_list(&v[PE_SECTIONS], pe->arena, n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct cursor c = pe_at(pe, pe->optional_at + pe->optional_size + 40 * i);
		struct span name = cursor_take(&c, 8);
		struct pe_section s;
		s.virtual_size = cursor_le32(&c);
		s.rva = cursor_le32(&c);
		s.raw_size = cursor_le32(&c);
		s.raw_at = cursor_le32(&c);
		uint32_t relocations_at = cursor_le32(&c), lines_at = cursor_le32(&c);
		uint16_t n_relocations = cursor_le16(&c), n_lines = cursor_le16(&c);
		uint32_t characteristics = cursor_le32(&c);
		if (!cursor_ok(&c))
			break;
		pe->section[pe->n_sections++] = s;
		struct value *out = value_add_slots(&v[PE_SECTIONS], pe->arena, pe_section_fields);
		if (out == NULL)
			return;
		const uint8_t *nul = memchr(name.p, 0, 8);
		name.n = nul != NULL ? (size_t)(nul - name.p) : 8;
		value_string(&out[PE_SECTION_NAME], name);
		value_string(&out[PE_SECTION_FULL_NAME], full_name(pe, name, v));
		value_int(&out[PE_SECTION_CHARACTERISTICS], characteristics);
		value_int(&out[PE_SECTION_RAW_DATA_SIZE], s.raw_size);
		value_int(&out[PE_SECTION_RAW_DATA_OFFSET], s.raw_at);
		value_int(&out[PE_SECTION_VIRTUAL_ADDRESS], s.rva);
		value_int(&out[PE_SECTION_VIRTUAL_SIZE], s.virtual_size);
		value_int(&out[PE_SECTION_POINTER_TO_RELOCATIONS], relocations_at);
		value_int(&out[PE_SECTION_POINTER_TO_LINE_NUMBERS], lines_at);
		value_int(&out[PE_SECTION_NUMBER_OF_RELOCATIONS], n_relocations);
		value_int(&out[PE_SECTION_NUMBER_OF_LINE_NUMBERS], n_lines);
		if ((uint64_t)s.raw_at + s.raw_size > highest) {
			highest = (uint64_t)s.raw_at + s.raw_size;
			end = highest;
		}
	}
	/* the overlay is what follows the section that ends last */
	struct value *overlay = value_make_struct(&v[PE_OVERLAY], pe->arena, pe_overlay_fields);
	if (overlay == NULL)
		return;
	bool there = end != 0 && pe->file.n > end;
	value_int(&overlay[PE_OVERLAY_OFFSET], there ? (int64_t)end : 0);
	value_int(&overlay[PE_OVERLAY_SIZE], there ? (int64_t)(pe->file.n - end) : 0);
}

static bool load(struct module_input *in, struct value *v, struct error *e)
{
	struct pe *pe = arena_alloc(in->arena, sizeof *pe);
	uint32_t entry;

	if (pe == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "memory");
	pe->file = in->file;
	pe->arena = in->arena;
	value_int(&v[PE_IS_PE], 0);
	if (!read_coff(pe, v))
		return error_set(e, REASON_DAMAGED, 0, "not a PE image ([MS-PECOFF] 2)");
	*in->state = pe;
	value_int(&v[PE_IS_PE], 1);
	read_optional(pe, v, &entry);
	read_directories(pe, v);
	read_sections(pe, v);
	int64_t at = pe_offset(pe, entry);
	value_int(&v[PE_ENTRY_POINT], at >= 0 ? at : 0);
	pe_read_rich(pe, v);
	pe_read_debug(pe, v);
	pe_read_imports(pe, v);
	pe_read_delayed_imports(pe, v);
	pe_read_exports(pe, v);
	pe_read_resources(pe, v);
	return true;
}

const struct module pe_module = { .name = "pe", .fields = pe_fields, .classes = 1 << CLASS_MZ,
				  .load = load, .doc = "Windows executables and libraries" };
