/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_ELF_H
#define PEL_FORMAT_ELF_H

/*
 * ELF (System V gABI, chapters 4 and 5): header, sections, segments, symbol
 * tables, dynamic section, for the module `elf`.
 */

#include "format/modules.h"

/* YARA's own limits (libyara/modules/elf/elf.c), so that both read the same of a damaged file. */
enum { ELF_MAX_SECTIONS = 0xff00, ELF_MAX_SEGMENTS = 0xffff };

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
	ELF_IMPORT_MD5,
	ELF_FIRST_CONSTANT,
};

enum { ELF_SECTION_TYPE, ELF_SECTION_FLAGS, ELF_SECTION_ADDRESS, ELF_SECTION_NAME, ELF_SECTION_SIZE,
       ELF_SECTION_OFFSET };
enum { ELF_SEGMENT_TYPE, ELF_SEGMENT_FLAGS, ELF_SEGMENT_OFFSET, ELF_SEGMENT_VADDR, ELF_SEGMENT_PADDR,
       ELF_SEGMENT_FILE_SIZE, ELF_SEGMENT_MEMORY_SIZE, ELF_SEGMENT_ALIGNMENT };
enum { ELF_SYMBOL_NAME, ELF_SYMBOL_VALUE, ELF_SYMBOL_SIZE, ELF_SYMBOL_TYPE, ELF_SYMBOL_BIND,
       ELF_SYMBOL_SHNDX };
enum { ELF_DYN_TYPE, ELF_DYN_VALUE };

extern const struct field elf_fields[];
extern const struct field elf_section_fields[], elf_segment_fields[], elf_symbol_fields[];
extern const struct field elf_dyn_fields[];

bool elf_load(struct module_input *in, struct value *slots, struct error *e);

/* Functions of the module (elf_names.c). */
bool elf_import_md5(struct call *c, struct value *out);

#endif
