/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_ELF_H
#define PEL_FORMAT_ELF_H

/*
 * ELF (System V gABI, chapters 4 and 5): header, sections, segments, symbol
 * tables, dynamic section, for the module `elf`.
 *
 * Loading goes once over the two header tables and builds nothing; lists are
 * made when a condition first asks for them.
 */

#include "format/modules.h"

enum {
	ELF_MAX_SECTIONS = 0xff00, /* SHN_LORESERVE: YARA reads no table of so many */
	ELF_MAX_SEGMENTS = 0xffff, /* PN_XNUM: likewise */
	ELF_MAX_SYMBOLS = 1 << 20, /* of one table */
	ELF_MAX_DYNAMIC = 1 << 20, /* entries of all dynamic segments together */
};

enum elf_field {
	ELF_TYPE,
	ELF_MACHINE,
	ELF_ENTRY_POINT,
	ELF_N_SECTIONS,
	ELF_SH_OFFSET,
	ELF_SH_ENTRY_SIZE,
	ELF_N_SEGMENTS,
	ELF_PH_OFFSET,
	ELF_PH_ENTRY_SIZE,
	ELF_SECTIONS,
	ELF_SEGMENTS,
	ELF_DYNAMIC_ENTRIES,
	ELF_DYNAMIC,
	ELF_SYMTAB_ENTRIES,
	ELF_SYMTAB,
	ELF_DYNSYM_ENTRIES,
	ELF_DYNSYM,
	ELF_OSABI,
};

enum {
	ELF_SECTION_TYPE,
	ELF_SECTION_FLAGS,
	ELF_SECTION_ADDRESS,
	ELF_SECTION_NAME,
	ELF_SECTION_SIZE,
	ELF_SECTION_OFFSET
};
enum {
	ELF_SEGMENT_TYPE,
	ELF_SEGMENT_FLAGS,
	ELF_SEGMENT_OFFSET,
	ELF_SEGMENT_VADDR,
	ELF_SEGMENT_PADDR,
	ELF_SEGMENT_FILE_SIZE,
	ELF_SEGMENT_MEMORY_SIZE,
	ELF_SEGMENT_ALIGNMENT
};
enum {
	ELF_SYMBOL_NAME,
	ELF_SYMBOL_VALUE,
	ELF_SYMBOL_SIZE,
	ELF_SYMBOL_TYPE,
	ELF_SYMBOL_BIND,
	ELF_SYMBOL_SHNDX,
	ELF_SYMBOL_VISIBILITY
};
enum { ELF_DYN_TYPE, ELF_DYN_VALUE };

extern const struct field elf_fields[];
extern const struct field elf_section_fields[], elf_segment_fields[], elf_symbol_fields[];
extern const struct field elf_dyn_fields[];

/* A table of symbols and the strings that it names them by. */
struct elf_symbols {
	bool found;          /* both lie within the file */
	struct span entries; /* whole ones */
	struct span strings;
};

/* What is known of a file once it is loaded; the module's state. */
struct elf_file {
	struct span file;
	bool wide; /* ELFCLASS64 */
	bool big;  /* ELFDATA2MSB */
	uint64_t type, machine, entry, ph_at, sh_at, ph_size, n_ph, sh_size, n_sh, names;
	bool has_sections, has_segments; /* a table of them, within the file and YARA's limits */
	struct elf_symbols symtab, dynsym;
	uint64_t *steps; /* as in struct module_input, for module_cut() */
};

/* One entry of such a table. */
struct elf_symbol {
	struct span name;
	bool named;
	uint64_t value, size;
	uint8_t info, other;
	uint16_t section;
};

/* A number of 1, 2, 4 or 8 bytes in the file's byte order. */
uint64_t elf_number(const struct elf_file *f, struct cursor *c, unsigned bytes);

/* A text of a string table as YARA finds it: the table begins with a NUL, and the text ends within
 * it.  The bytes gone through are taken from *left, which is 0 where they are too many. */
bool elf_string(struct span table, uint64_t at, uint64_t *left, struct span *out);

/* struct module's load(), for `elf`; the state that it leaves is a struct elf_file in the arena.
 * DAMAGED without a header, MEMORY, LIMIT beyond the limits above. */
bool elf_load(struct module_input *in, struct value *slots, struct error *e);

/* ---- elf_symbols.c */

/* The symbols of a table; 0 where it was not found. */
size_t elf_symbol_count(const struct elf_file *f, const struct elf_symbols *t);
/* Symbol i, below that count; its name is a part of the file.  *left: as for elf_string(). */
void elf_symbol_at(const struct elf_file *f, const struct elf_symbols *t, size_t i, uint64_t *left,
		   struct elf_symbol *out);
/* Functions of the module, without arguments: texts, in the arena.  False where there is no such
 * value: no table of symbols, or no memory. */
bool elf_import_md5(struct call *c, struct value *out);
bool elf_telfhash(struct call *c, struct value *out);

#endif
