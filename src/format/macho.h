/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_MACHO_H
#define PEL_FORMAT_MACHO_H

/*
 * Mach-O and fat ("universal") files (Apple's <mach-o/loader.h>, <mach-o/fat.h>), for the module
 * `macho`: YARA's fields with YARA's reading of damaged files, and YARA-X's fields besides.
 */

#include "format/modules.h"

enum {
	MACHO_MAX_ARCHS = 4096,       /* files in a fat file */
	MACHO_MAX_COMMANDS = 1 << 17, /* load commands of all files together */
	MACHO_MAX_SECTIONS = 1 << 17, /* likewise */
	MACHO_MAX_NAMES = 1 << 20,    /* of a symbol table, a list of imports or exports; of the
				       * options of all files together */
	MACHO_MAX_LOOKS = 1 << 22,    /* segments that entry points are looked up in, likewise */
};

enum macho_field {
	MACHO_MAGIC,
	MACHO_CPUTYPE,
	MACHO_CPUSUBTYPE,
	MACHO_FILETYPE,
	MACHO_NCMDS,
	MACHO_SIZEOFCMDS,
	MACHO_FLAGS,
	MACHO_RESERVED,
	MACHO_N_SEGMENTS,
	MACHO_SEGMENTS,
	MACHO_ENTRY_POINT,
	MACHO_STACK_SIZE,
	MACHO_DYNAMIC_LINKER,
	MACHO_SOURCE_VERSION,
	MACHO_DYLIBS,
	MACHO_RPATHS,
	MACHO_UUID,
	MACHO_SYMTAB,
	MACHO_DYSYMTAB,
	MACHO_DYLD_INFO,
	MACHO_CODE_SIGNATURE,
	MACHO_BUILD_VERSION,
	MACHO_MIN_VERSION,
	MACHO_LINKER_OPTIONS,
	MACHO_IMPORTS,
	MACHO_EXPORTS,
	MACHO_ENTITLEMENTS,
	MACHO_CERTIFICATES,
	MACHO_N_FILE_FIELDS,
	MACHO_FAT_MAGIC = MACHO_N_FILE_FIELDS,
	MACHO_N_ARCHS,
	MACHO_ARCHS,
	MACHO_FILES
};
enum {
	MACHO_SYMTAB_SYMOFF,
	MACHO_SYMTAB_NSYMS,
	MACHO_SYMTAB_STROFF,
	MACHO_SYMTAB_STRSIZE,
	MACHO_SYMTAB_ENTRIES
};
enum {
	MACHO_SECTION_SEGNAME,
	MACHO_SECTION_SECTNAME,
	MACHO_SECTION_ADDR,
	MACHO_SECTION_SIZE,
	MACHO_SECTION_OFFSET,
	MACHO_SECTION_ALIGN,
	MACHO_SECTION_RELOFF,
	MACHO_SECTION_NRELOC,
	MACHO_SECTION_FLAGS,
	MACHO_SECTION_RESERVED1,
	MACHO_SECTION_RESERVED2,
	MACHO_SECTION_RESERVED3
};
enum {
	MACHO_SEGMENT_SEGNAME,
	MACHO_SEGMENT_VMADDR,
	MACHO_SEGMENT_VMSIZE,
	MACHO_SEGMENT_FILEOFF,
	MACHO_SEGMENT_FSIZE,
	MACHO_SEGMENT_FILESIZE,
	MACHO_SEGMENT_MAXPROT,
	MACHO_SEGMENT_INITPROT,
	MACHO_SEGMENT_NSECTS,
	MACHO_SEGMENT_FLAGS,
	MACHO_SEGMENT_SECTIONS
};
enum { MACHO_DYLIB_NAME, MACHO_DYLIB_TIMESTAMP, MACHO_DYLIB_COMPATIBILITY, MACHO_DYLIB_CURRENT };
enum { MACHO_TOOL_TOOL, MACHO_TOOL_VERSION };
enum {
	MACHO_BUILD_PLATFORM,
	MACHO_BUILD_MINOS,
	MACHO_BUILD_SDK,
	MACHO_BUILD_NTOOLS,
	MACHO_BUILD_TOOLS
};
enum { MACHO_MINIMUM_DEVICE, MACHO_MINIMUM_VERSION, MACHO_MINIMUM_SDK };
enum {
	MACHO_ARCH_CPUTYPE,
	MACHO_ARCH_CPUSUBTYPE,
	MACHO_ARCH_OFFSET,
	MACHO_ARCH_SIZE,
	MACHO_ARCH_ALIGN,
	MACHO_ARCH_RESERVED
};

extern const struct field macho_fields[], macho_file_fields[];
extern const struct field macho_segment_fields[], macho_section_fields[], macho_dylib_fields[];
extern const struct field macho_symtab_fields[], macho_dysymtab_fields[], macho_dyld_fields[];
extern const struct field macho_linkedit_fields[], macho_build_fields[], macho_tool_fields[];
extern const struct field macho_minimum_fields[], macho_arch_fields[];

/* What the parts share: one file, perhaps inside a fat one. */
struct macho_reader {
	struct span file;
	bool swapped; /* numbers are big-endian */
	bool wide;    /* 64 bits */
	uint32_t cputype;
	struct arena *arena;
	struct value *slots; /* the first MACHO_N_FILE_FIELDS of its table */
	uint64_t *steps;     /* as in struct module_input, for module_cut() */
	/* What is left of limits of all files of a fat one together, which may share their bytes:
	 * the numbers above, and bytes of load commands. */
	size_t commands_left, sections_left, names_left, looks_left;
	uint64_t bytes_left;
	bool cut; /* one of them is spent */
};

/* A number of 4 or 8 bytes in the file's order. */
uint64_t macho_number(const struct macho_reader *r, struct cursor *c, unsigned bytes);

/* struct module's load(), for `macho`: one file, or a fat one with all its files.  DAMAGED without
 * a magic number, LIMIT beyond the limits above. */
bool macho_load(struct module_input *in, struct value *slots, struct error *e);

/* The load commands that only YARA-X reads (macho_more.c).  `rest` begins at the command and ends
 * with the file; `size` is cmdsize, within rest. */
void macho_more_command(struct macho_reader *r, uint32_t command, struct span rest, uint32_t size);
/* What they point to: names, entitlements. */
void macho_more_tables(struct macho_reader *r);

/* Functions of the module (macho_functions.c); their arguments and results stand in macho_table.c.
 * Each fills *out, whose bytes are the file's or c->arena's; false: the result is undefined. */
bool macho_file_index(struct call *c, struct value *out);
bool macho_file_index_subtype(struct call *c, struct value *out);
bool macho_entry_point(struct call *c, struct value *out);
bool macho_entry_point_subtype(struct call *c, struct value *out);
bool macho_has_dylib(struct call *c, struct value *out);
bool macho_has_rpath(struct call *c, struct value *out);
bool macho_has_import(struct call *c, struct value *out);
bool macho_has_export(struct call *c, struct value *out);
bool macho_has_entitlement(struct call *c, struct value *out);
bool macho_dylib_hash(struct call *c, struct value *out);
bool macho_import_hash(struct call *c, struct value *out);
bool macho_export_hash(struct call *c, struct value *out);
bool macho_entitlement_hash(struct call *c, struct value *out);
bool macho_symbol_hash(struct call *c, struct value *out);

#endif
