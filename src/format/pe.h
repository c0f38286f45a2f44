/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_PE_H
#define PEL_FORMAT_PE_H

/*
 * PE images ([MS-PECOFF]) for the module `pe`.  Where the specification leaves a
 * damaged file open, YARA's reading is followed, so that rules mean the same.
 */

#include "format/pe_calls.h"
#include "format/pe_table.h"

enum {
	PE_MAX_SECTIONS = 96,    /* the Windows loader's limit, [MS-PECOFF] 3.3 */
	PE_MAX_IMPORTS = 16384,
	PE_MAX_EXPORTS = 16384,
	PE_MAX_RESOURCES = 65536,
	PE_MAX_NAME = 512,
};

struct pe_section {
	uint32_t rva, virtual_size, raw_at, raw_size;
};

/* What the parts of the parser and the functions share; lives in the arena. */
struct pe {
	struct span file;
	struct arena *arena;
	bool wide;           /* PE32+ */
	uint64_t header_at;  /* of "PE\0\0" */
	uint64_t optional_at;
	uint16_t optional_size;
	uint64_t image_base;
	uint32_t file_alignment;
	uint32_t size_of_image;
	size_t n_sections;   /* in section[] */
	uint16_t n_sections_said;
	struct pe_section section[PE_MAX_SECTIONS];
	uint64_t exports_low; /* rva of the export directory, and its end */
	uint64_t exports_high;
};

/* Where an rva lies in the file; -1 where it does not. */
int64_t pe_offset(const struct pe *pe, uint64_t rva);
/* A cursor on the file from `at` on; failed beyond its end. */
struct cursor pe_at(const struct pe *pe, uint64_t at);
/* Data directory entry i; false where the optional header does not reach it. */
bool pe_directory(const struct pe *pe, unsigned i, uint32_t *rva, uint32_t *size);
/* The text at `at` up to a NUL, at most `max` bytes (cut there, or at the file's end). */
struct span pe_text(const struct pe *pe, uint64_t at, size_t max);

/* Parts: each fills its fields. */
void pe_read_imports(struct pe *pe, struct value *slots);
void pe_read_delayed_imports(struct pe *pe, struct value *slots);
void pe_read_exports(struct pe *pe, struct value *slots);
void pe_read_resources(struct pe *pe, struct value *slots);
void pe_read_rich(struct pe *pe, struct value *slots);
void pe_read_debug(struct pe *pe, struct value *slots);

/* The name that is known for an ordinal of ws2_32, wsock32 or oleaut32 (pe_ordinals.c), or NULL. */
const char *pe_ordinal_name(struct span library, uint16_t ordinal);

#endif
