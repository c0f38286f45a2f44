/* SPDX-License-Identifier: Apache-2.0 */
#include "format/exe.h"

enum {
	/* ClamAV's: a file with more has neither entry point nor sections */
	MAX_PROGRAM_HEADERS = 128,  /* ELF */
	MAX_SEGMENT_SECTIONS = 255, /* of a segment of a Mach-O image */
	MAX_PE_SECTIONS = 96,       /* ClamAV's, and the Windows loader's, [MS-PECOFF] 3.3 */
	MAX_COMMANDS = 1024,        /* load commands of a Mach-O image */
	PE_ALIGN = 0x200            /* what the loader takes for a file alignment below it */
};

/* ---- PE */

static uint32_t align_down(uint32_t v, uint32_t to) { return to == 0 ? v : v - v % to; }
static uint64_t align_up(uint32_t v, uint32_t to)
{
	return to == 0 ? v : ((uint64_t)v + to - 1) / to * to;
}

struct pe_raw {
	uint32_t rva, size, raw_at, raw_size;
};

static bool pe_table(struct cursor *c, struct pe_raw *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cursor_skip(c, 8);              /* Name */
		s[i].size = cursor_le32(c);     /* VirtualSize */
		s[i].rva = cursor_le32(c);      /* VirtualAddress */
		s[i].raw_size = cursor_le32(c); /* SizeOfRawData */
		s[i].raw_at = cursor_le32(c);   /* PointerToRawData */
		cursor_skip(c, 16);
	}
	return cursor_ok(c);
}

static bool read_pe(struct span file, struct exe *x)
{
	struct cursor c = cursor_of(file);
	struct pe_raw raw[MAX_PE_SECTIONS];

	cursor_seek(&c, 0x3c);
	cursor_seek(&c, cursor_le32(&c)); /* e_lfanew */
	if (cursor_le32(&c) != 0x4550)    /* "PE\0\0" */
		return false;
	cursor_skip(&c, 2);
	uint16_t n = cursor_le16(&c); /* NumberOfSections */
	cursor_skip(&c, 12);
	uint16_t optional = cursor_le16(&c); /* SizeOfOptionalHeader */
	cursor_skip(&c, 2);
	uint64_t at = c.at;
	uint16_t magic = cursor_le16(&c);
	cursor_skip(&c, 14);
	uint32_t entry = cursor_le32(&c); /* AddressOfEntryPoint */
	cursor_seek(&c, at + 32);
	uint32_t section_align = cursor_le32(&c), align = cursor_le32(&c);
	if (!cursor_ok(&c) || n == 0 || n > MAX_PE_SECTIONS)
		return false;
	x->kind = EXE_PE;
	x->wide = magic == 0x20b;
	cursor_seek(&c, at + optional);
	if (!pe_table(&c, raw, n))
		return false;
	for (size_t i = 0; align != PE_ALIGN && i < n; i++)
		if (align != 0 && raw[i].raw_size != 0 && raw[i].raw_at % align != 0 &&
		    raw[i].raw_at % PE_ALIGN == 0)
			align = PE_ALIGN;
	x->n_sections = n;
	for (size_t i = 0; i < n; i++) {
		struct exe_section *s = &x->section[i];
		*s = (struct exe_section){ .rva = align_down(raw[i].rva, section_align),
					   .size = align_up(raw[i].size, section_align),
					   .raw_at = align_down(raw[i].raw_at, align),
					   .raw_size = align_up(raw[i].raw_size, align) };
		if (s->raw_at >= file.n)
			s->raw_size = 0;
		else if (s->raw_size > file.n - s->raw_at)
			s->raw_size = file.n - s->raw_at;
	}
	x->entry = exe_place(x, entry);
	/* what lies before the first section is as it stands in the file */
	if (x->entry < 0 && entry < file.n && entry < x->section[0].rva)
		x->entry = entry;
	return true;
}

/* ---- ELF */

struct elf_reader {
	struct cursor c;
	bool big, wide;
};

static uint64_t half(struct elf_reader *r)
{
	return r->big ? cursor_be16(&r->c) : cursor_le16(&r->c);
}
static uint64_t word(struct elf_reader *r)
{
	return r->big ? cursor_be32(&r->c) : cursor_le32(&r->c);
}
static uint64_t address(struct elf_reader *r)
{
	if (!r->wide)
		return word(r);
	return r->big ? cursor_be64(&r->c) : cursor_le64(&r->c);
}

/* The entry point is placed by the program headers, the sections are what S counts. */
static int64_t elf_entry(struct elf_reader *r, uint64_t entry, uint64_t at, uint64_t n,
			 uint64_t size)
{
	for (uint64_t i = 0; i < n; i++) {
		cursor_seek(&r->c, at + i * size);
		cursor_skip(&r->c, r->wide ? 8 : 4); /* p_type, p_flags */
		uint64_t offset = address(r), rva = address(r);
		(void)address(r); /* p_paddr */
		uint64_t n_file = address(r), n_memory = address(r);
		(void)n_file;
		if (!cursor_ok(&r->c))
			break;
		if (entry >= rva && entry - rva < n_memory)
			return (int64_t)(entry - rva + offset);
	}
	return -1;
}

static bool read_elf(struct span file, struct exe *x)
{
	struct elf_reader r = { .c = cursor_of(file) };

	cursor_skip(&r.c, 4);
	uint8_t class = cursor_u8(&r.c), data = cursor_u8(&r.c);
	if ((class != 1 && class != 2) || (data != 1 && data != 2))
		return false;
	r.wide = class == 2;
	r.big = data == 2;
	cursor_seek(&r.c, 24);
	uint64_t entry = address(&r), programs = address(&r), sections = address(&r);
	cursor_skip(&r.c, 6); /* e_flags, e_ehsize */
	uint64_t program_n = half(&r), n_programs = half(&r), section_n = half(&r),
		 n_sections = half(&r);
	if (!cursor_ok(&r.c) || n_programs > MAX_PROGRAM_HEADERS || n_sections > EXE_MAX_SECTIONS)
		return false;
	x->kind = EXE_ELF;
	x->wide = r.wide;
	x->entry = -1;
	if (entry != 0) {
		struct elf_reader p = r;
		x->entry = elf_entry(&p, entry, programs, n_programs, program_n);
	}
	for (uint64_t i = 0; i < n_sections; i++) {
		struct exe_section *s = &x->section[x->n_sections];
		cursor_seek(&r.c, sections + i * section_n);
		cursor_skip(&r.c, 8); /* sh_name, sh_type */
		(void)address(&r);    /* sh_flags */
		s->rva = address(&r);
		s->raw_at = address(&r);
		s->size = s->raw_size = address(&r);
		if (!cursor_ok(&r.c))
			return false;
		x->n_sections++;
	}
	return true;
}

/* ---- Mach-O */

static uint32_t mach32(struct cursor *c, bool big) { return big ? cursor_be32(c) : cursor_le32(c); }

static uint64_t mach_address(struct cursor *c, bool big, bool wide)
{
	if (!wide)
		return mach32(c, big);
	return big ? cursor_be64(c) : cursor_le64(c);
}

/* Sections of one segment command, whose body is at *c.  False: too many. */
static bool mach_segment(struct cursor *c, bool big, bool wide, struct exe *x)
{
	cursor_skip(c, 16); /* segname */
	cursor_skip(c, wide ? 32 : 16);
	cursor_skip(c, 8); /* maxprot, initprot */
	uint32_t n = mach32(c, big);
	cursor_skip(c, 4);
	if (!cursor_ok(c))
		return true;
	if (n > MAX_SEGMENT_SECTIONS || n > EXE_MAX_SECTIONS - x->n_sections)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct exe_section *s = &x->section[x->n_sections];
		cursor_skip(c, 32); /* sectname, segname */
		s->rva = mach_address(c, big, wide);
		s->size = mach_address(c, big, wide);
		s->raw_at = mach32(c, big);
		cursor_skip(c, wide ? 28 : 24);
		if (!cursor_ok(c))
			return true;
		/* rounded by the alignment of 4096 that every Mach-O file of old had */
		s->raw_size = s->size;
		x->n_sections++;
	}
	return true;
}

static bool read_macho(struct span file, struct exe *x)
{
	struct cursor c = cursor_of(file);
	uint32_t magic = cursor_be32(&c);
	bool big = magic == 0xfeedface || magic == 0xfeedfacf;
	bool wide = magic == 0xfeedfacf || magic == 0xcffaedfe;

	cursor_skip(&c, 12);
	uint32_t n = mach32(&c, big);
	cursor_skip(&c, wide ? 12 : 8);
	if (!cursor_ok(&c) || n > MAX_COMMANDS)
		return false;
	x->kind = EXE_MACHO;
	x->wide = wide;
	x->entry = -1;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = c.at;
		uint32_t command = mach32(&c, big), size = mach32(&c, big);
		if (!cursor_ok(&c) || size < 8)
			return false;
		struct cursor body = cursor_sub(&c, at + 8, size - 8);
		if ((command == 1 || command == 0x19) && /* LC_SEGMENT, LC_SEGMENT_64 */
		    !mach_segment(&body, big, command == 0x19, x))
			return false;
		cursor_seek(&c, at + size);
	}
	return true;
}

bool exe_read(struct span file, struct exe *out)
{
	struct cursor c = cursor_of(file);
	uint32_t magic = cursor_be32(&c);

	*out = (struct exe){ .entry = -1 };
	if (!cursor_ok(&c))
		return false;
	if (magic >> 16 == 0x4d5a)
		return read_pe(file, out);
	if (magic == 0x7f454c46)
		return read_elf(file, out);
	if ((magic & 0xfffffffe) == 0xfeedface || (magic & 0xfeffffff) == 0xcefaedfe)
		return read_macho(file, out);
	return false;
}
