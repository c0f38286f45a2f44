/* SPDX-License-Identifier: Apache-2.0 */
#include "format/macho.h"

/*
 * Headers, segments, entry point, as YARA reads them (libyara/modules/macho): a first pass over the
 * load commands for segments, a second for what leans on them.
 */

enum {
	HEADER_32 = 28,
	HEADER_64 = 32,
	COMMAND = 8,
	SEGMENT_32 = 56,
	SEGMENT_64 = 72,
	SECTION_32 = 68,
	SECTION_64 = 80,
	THREAD = 16, /* cmd, cmdsize, flavor, count */
	FAT_HEADER = 8,
	FAT_ARCH_32 = 20,
	FAT_ARCH_64 = 32,
};

enum {
	LC_SEGMENT = 0x1,
	LC_UNIXTHREAD = 0x5,
	LC_SEGMENT_64 = 0x19,
};

static const uint32_t lc_main = 0x80000028;

uint64_t macho_number(const struct macho_reader *r, struct cursor *c, unsigned bytes)
{
	if (bytes == 4)
		return r->swapped ? cursor_be32(c) : cursor_le32(c);
	return r->swapped ? cursor_be64(c) : cursor_le64(c);
}

static uint32_t read32(const struct macho_reader *r, struct cursor *c)
{
	return (uint32_t)macho_number(r, c, 4);
}

static uint64_t read_word(const struct macho_reader *r, struct cursor *c, bool wide)
{
	return macho_number(r, c, wide ? 8 : 4);
}

/* ---- load commands, one after the other */

struct command {
	uint32_t type;
	uint32_t size;    /* cmdsize, within rest */
	struct span rest; /* from the command to the end of the file */
};

/* The command at *at, which moves behind it; false behind the last that is whole. */
static bool next_command(const struct macho_reader *r, uint64_t *at, struct command *out)
{
	struct span rest = span_cut(r->file, *at, UINT64_MAX);
	struct cursor c = cursor_of(rest);
	uint32_t type = read32(r, &c), size = read32(r, &c);

	if (!cursor_ok(&c) || size < COMMAND || size > rest.n)
		return false;
	*out = (struct command){ type, size, rest };
	*at += size;
	return true;
}

/* ---- segments */

static struct span fixed_name(struct cursor *c)
{
	struct span s = cursor_take(c, 16);
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	return s;
}

static void put_section(struct macho_reader *r, struct cursor *c, bool wide, struct value *v)
{
	value_string(&v[MACHO_SECTION_SECTNAME], fixed_name(c));
	value_string(&v[MACHO_SECTION_SEGNAME], fixed_name(c));
	value_int(&v[MACHO_SECTION_ADDR], (int64_t)read_word(r, c, wide));
	value_int(&v[MACHO_SECTION_SIZE], (int64_t)read_word(r, c, wide));
	for (int i = MACHO_SECTION_OFFSET; i <= MACHO_SECTION_RESERVED2; i++)
		value_int(&v[i], read32(r, c));
	if (wide)
		value_int(&v[MACHO_SECTION_RESERVED3], read32(r, c));
}

/* YARA asks for the fixed part within the file and for sections within the command. */
static bool put_segment(struct macho_reader *r, const struct command *k, struct value *v,
			struct error *e)
{
	bool wide = k->type == LC_SEGMENT_64;
	size_t head = wide ? SEGMENT_64 : SEGMENT_32, one = wide ? SECTION_64 : SECTION_32;
	struct cursor c = cursor_of(k->rest);

	cursor_skip(&c, COMMAND);
	struct span name = fixed_name(&c);
	uint64_t vmaddr = read_word(r, &c, wide), vmsize = read_word(r, &c, wide);
	uint64_t at = read_word(r, &c, wide), size = read_word(r, &c, wide);
	uint32_t maxprot = read32(r, &c), initprot = read32(r, &c);
	uint32_t n = read32(r, &c), flags = read32(r, &c);
	if (!cursor_ok(&c))
		return true;
	value_string(&v[MACHO_SEGMENT_SEGNAME], name);
	value_int(&v[MACHO_SEGMENT_VMADDR], (int64_t)vmaddr);
	value_int(&v[MACHO_SEGMENT_VMSIZE], (int64_t)vmsize);
	value_int(&v[MACHO_SEGMENT_FILEOFF], (int64_t)at);
	value_int(&v[MACHO_SEGMENT_FSIZE], (int64_t)size);
	value_int(&v[MACHO_SEGMENT_FILESIZE], (int64_t)size);
	value_int(&v[MACHO_SEGMENT_MAXPROT], maxprot);
	value_int(&v[MACHO_SEGMENT_INITPROT], initprot);
	value_int(&v[MACHO_SEGMENT_NSECTS], n);
	value_int(&v[MACHO_SEGMENT_FLAGS], flags);
	size_t room = k->size > head ? (k->size - head) / one : 0;
	size_t take = n < room ? n : room;
	if (take > r->sections_left)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "Mach-O: more than %d sections",
				 MACHO_MAX_SECTIONS);
	r->sections_left -= take;
	struct value *list = &v[MACHO_SEGMENT_SECTIONS];
	if (!value_make_list(list, r->arena, take))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "Mach-O: no memory for sections");
	for (size_t i = 0; i < take; i++) {
		struct value *s = value_add_slots(list, r->arena, macho_section_fields);
		if (s == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE,
					 "Mach-O: no memory for sections");
		put_section(r, &c, wide, s);
	}
	return true;
}

static bool put_segments(struct macho_reader *r, uint64_t start, uint32_t n_commands,
			 struct error *e)
{
	struct value *list = &r->slots[MACHO_SEGMENTS];
	struct command k;
	uint64_t at = start;

	if (!value_make_list(list, r->arena, 8))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "Mach-O: no memory for segments");
	for (uint32_t i = 0; i < n_commands && next_command(r, &at, &k); i++) {
		if (r->commands_left-- == 0)
			return error_set(e, REASON_LIMIT, at, "Mach-O: more than %d load commands",
					 MACHO_MAX_COMMANDS);
		if (k.size > r->bytes_left)
			return error_set(e, REASON_LIMIT, at,
					 "Mach-O: load commands that lie one over another");
		r->bytes_left -= k.size;
		if (k.type != LC_SEGMENT && k.type != LC_SEGMENT_64)
			continue;
		struct value *v =
			value_grow_slots(list, r->arena, macho_segment_fields, MACHO_MAX_COMMANDS);
		if (v == NULL)
			return error_set(e, REASON_MEMORY, at, "Mach-O: no memory for segments");
		if (!put_segment(r, &k, v, e))
			return false;
	}
	value_int(&r->slots[MACHO_N_SEGMENTS], (int64_t)list->list->n);
	return true;
}

/* ---- the entry point */

/* Where the program counter lies in the thread state of each CPU, and the state's whole size. */
static const struct {
	uint32_t cputype;
	uint16_t at, size;
	bool wide;
} thread_state[] = {
	{ 0x6, 68, 72, false },        /* MC680X0: pc */
	{ 0xd, 124, 136, false },      /* MC88000: xip */
	{ 0xe, 4, 76, false },         /* SPARC: pc */
	{ 0x12, 0, 160, false },       /* POWERPC: srr0 */
	{ 0x7, 40, 64, false },        /* X86: eip */
	{ 0xc, 60, 68, false },        /* ARM: pc */
	{ 0x1000007, 128, 168, true }, /* X86_64: rip */
	{ 0x100000c, 256, 272, true }, /* ARM64: pc */
	{ 0x1000012, 0, 304, true },   /* POWERPC64: srr0 */
};

static bool offset_of(struct macho_reader *r, uint64_t address, uint64_t *out)
{
	const struct value_list *list = r->slots[MACHO_SEGMENTS].list;

	for (size_t i = 0; i < list->n; i++) {
		const struct value *v = list->item[i].slots;
		r->cut = r->looks_left == 0;
		if (r->cut)
			return false;
		r->looks_left--;
		if (v[MACHO_SEGMENT_VMADDR].kind != VALUE_INT)
			continue;
		uint64_t start = (uint64_t)v[MACHO_SEGMENT_VMADDR].i;
		uint64_t end =
			start + (uint64_t)v[MACHO_SEGMENT_VMSIZE].i; /* may wrap, as in YARA */
		if (address >= start && address < end) {
			*out = (uint64_t)v[MACHO_SEGMENT_FILEOFF].i + (address - start);
			return true;
		}
	}
	return false;
}

static void put_thread(struct macho_reader *r, const struct command *k)
{
	struct cursor c = cursor_of(k->rest);
	uint64_t at;

	cursor_skip(&c, 4);
	/* YARA takes this size little-endian in every file. */
	uint32_t size = cursor_le32(&c);
	if (size > k->rest.n)
		size = (uint32_t)k->rest.n;
	if (!cursor_ok(&c) || size < THREAD)
		return;
	for (size_t i = 0; i < sizeof thread_state / sizeof *thread_state; i++) {
		if (thread_state[i].cputype != r->cputype || size - THREAD < thread_state[i].size)
			continue;
		c = cursor_of(k->rest);
		cursor_skip(&c, THREAD + thread_state[i].at);
		uint64_t address = read_word(r, &c, thread_state[i].wide);
		if (cursor_ok(&c) && offset_of(r, address, &at))
			value_int(&r->slots[MACHO_ENTRY_POINT], (int64_t)at);
		return;
	}
}

static void put_main(struct macho_reader *r, const struct command *k)
{
	struct cursor c = cursor_of(k->rest);

	cursor_skip(&c, COMMAND);
	uint64_t entry = macho_number(r, &c, 8), stack = macho_number(r, &c, 8);
	if (!cursor_ok(&c))
		return;
	value_int(&r->slots[MACHO_ENTRY_POINT], (int64_t)entry);
	value_int(&r->slots[MACHO_STACK_SIZE], (int64_t)stack);
}

/* ---- one file */

static struct macho_reader reader_of(const struct module_input *in)
{
	return (struct macho_reader){ .file = in->file,
				      .arena = in->arena,
				      .steps = in->steps,
				      .commands_left = MACHO_MAX_COMMANDS,
				      .sections_left = MACHO_MAX_SECTIONS,
				      .names_left = MACHO_MAX_NAMES,
				      .looks_left = MACHO_MAX_LOOKS,
				      .bytes_left = 2 * (uint64_t)in->file.n };
}

static bool load_file(struct macho_reader *r, struct error *e)
{
	struct cursor c = cursor_of(r->file);
	struct command k;

	if (r->file.n < HEADER_64)
		return error_set(e, REASON_DAMAGED, 0, "Mach-O: no header");
	r->wide = r->file.p[0] != 0xce && r->file.p[3] != 0xce;
	/* The high byte first in every file, so that an ordinary program's is MH_CIGAM_64: as YARA
	 * has it since 4.5. */
	uint32_t magic = cursor_be32(&c);
	r->swapped = magic == 0xfeedface || magic == 0xfeedfacf;
	value_int(&r->slots[MACHO_MAGIC], magic);
	for (int i = MACHO_CPUTYPE; i <= MACHO_FLAGS; i++)
		value_int(&r->slots[i], read32(r, &c));
	if (r->wide)
		value_int(&r->slots[MACHO_RESERVED], read32(r, &c));
	r->cputype = (uint32_t)r->slots[MACHO_CPUTYPE].i;
	uint32_t n = (uint32_t)r->slots[MACHO_NCMDS].i;
	uint64_t at = r->wide ? HEADER_64 : HEADER_32;
	if (!put_segments(r, at, n, e))
		return false;
	for (uint32_t i = 0; i < n && !r->cut && next_command(r, &at, &k); i++) {
		if (k.type == LC_UNIXTHREAD)
			put_thread(r, &k);
		else if (k.type == lc_main)
			put_main(r, &k);
		else
			macho_more_command(r, k.type, k.rest, k.size);
	}
	if (r->cut)
		return error_set(e, REASON_LIMIT, at, "Mach-O: too much in the load commands");
	macho_more_tables(r);
	return true;
}

/* ---- fat files */

static bool load_archs(struct module_input *in, struct value *slots, uint32_t n, bool narrow,
		       struct error *e)
{
	struct cursor c = cursor_of(in->file);
	struct macho_reader r = reader_of(in);
	struct error inner;

	cursor_skip(&c, FAT_HEADER);
	for (uint32_t i = 0; i < n; i++) {
		struct value *v =
			value_add_slots(&slots[MACHO_ARCHS], in->arena, macho_arch_fields);
		struct value *file = value_add(&slots[MACHO_FILES]);
		if (v == NULL || file == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "Mach-O: no memory");
		uint32_t cputype = cursor_be32(&c), subtype = cursor_be32(&c);
		uint64_t at = narrow ? cursor_be32(&c) : cursor_be64(&c);
		uint64_t size = narrow ? cursor_be32(&c) : cursor_be64(&c);
		uint32_t align = cursor_be32(&c), reserved = narrow ? 0 : cursor_be32(&c);
		value_int(&v[MACHO_ARCH_CPUTYPE], cputype);
		value_int(&v[MACHO_ARCH_CPUSUBTYPE], subtype);
		value_int(&v[MACHO_ARCH_OFFSET], (int64_t)at);
		value_int(&v[MACHO_ARCH_SIZE], (int64_t)size);
		value_int(&v[MACHO_ARCH_ALIGN], align);
		value_int(&v[MACHO_ARCH_RESERVED], reserved);
		if (at + size < at || at + size > in->file.n)
			continue;
		r.slots = value_make_struct(file, in->arena, macho_file_fields);
		r.file = span_cut(in->file, at, size);
		if (r.slots == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "Mach-O: no memory");
		if (!load_file(&r, &inner) && inner.why != REASON_DAMAGED) {
			*e = inner;
			return false;
		}
	}
	return true;
}

static bool load_fat(struct module_input *in, struct value *slots, struct error *e)
{
	struct cursor c = cursor_of(in->file);
	/* By the fourth byte, whatever the byte order: so YARA reads the two swapped magics as
	 * 64-bit. */
	bool narrow = in->file.p[3] == 0xbe;
	uint32_t magic = cursor_be32(&c), n = cursor_be32(&c);

	if (!cursor_ok(&c))
		return error_set(e, REASON_DAMAGED, 0, "Mach-O: no fat header");
	value_int(&slots[MACHO_FAT_MAGIC], magic);
	value_int(&slots[MACHO_N_ARCHS], n);
	if (n > cursor_left(&c) / (narrow ? FAT_ARCH_32 : FAT_ARCH_64))
		return error_set(e, REASON_DAMAGED, 4, "Mach-O: %u files do not fit", n);
	if (n > MACHO_MAX_ARCHS)
		return error_set(e, REASON_LIMIT, 4, "Mach-O: %u files, at most %d", n,
				 MACHO_MAX_ARCHS);
	if (!value_make_list(&slots[MACHO_ARCHS], in->arena, n) ||
	    !value_make_list(&slots[MACHO_FILES], in->arena, n))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "Mach-O: no memory");
	return load_archs(in, slots, n, narrow, e);
}

bool macho_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct cursor c = cursor_of(in->file);
	struct macho_reader r = reader_of(in);

	r.slots = slots;
	switch (cursor_le32(&c)) {
	case 0xfeedface:
	case 0xfeedfacf:
	case 0xcefaedfe:
	case 0xcffaedfe:
		return load_file(&r, e);
	case 0xcafebabe:
	case 0xcafebabf:
	case 0xbebafeca:
	case 0xbfbafeca:
		return load_fat(in, slots, e);
	default:
		return error_set(e, REASON_DAMAGED, 0, "Mach-O: no magic number");
	}
}
