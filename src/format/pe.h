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
	PE_MAX_SECTIONS = 96, /* the Windows loader's limit, [MS-PECOFF] 3.3 */
	PE_MAX_IMPORTS = 16384,
	PE_MAX_EXPORTS = 16384,
	PE_MAX_RESOURCES = 65536,
	PE_MAX_NAME = 512,         /* of a function */
	PE_MAX_LIBRARY_NAME = 256, /* with its NUL */
	/* Work on one file; YARA has no such limits, and honest files stay far below them. */
	PE_MAX_THUNKS = 1 << 18,  /* entries of import tables */
	PE_MAX_ENTRIES = 1 << 18, /* entries of resource directories */
	PE_MAX_TEXT = 4 << 20,    /* bytes of version information, of names of sections and of
				   * delayed libraries gone through */
};

struct pe_section {
	uint32_t rva, virtual_size, raw_at, raw_size;
};

/* What the parts of the parser and the functions share; lives in the arena. */
struct pe {
	struct span file;
	struct arena *arena;
	struct value *slots; /* of the module */
	uint64_t *steps;     /* as in struct module_input, for module_cut() */
	bool wide;           /* PE32+ */
	bool spent;          /* the arena is: what is missing is missing for that reason */
	uint64_t header_at;  /* of "PE\0\0" */
	uint64_t optional_at;
	uint16_t optional_size;
	uint16_t characteristics;
	uint64_t image_base;
	uint32_t entry; /* rva */
	uint32_t file_alignment;
	uint32_t section_alignment;
	uint32_t size_of_image;
	uint32_t n_directories; /* NumberOfRvaAndSizes, which may lie */
	uint16_t n_sections_said;
	size_t n_sections; /* in section[] */
	uint32_t lowest;   /* rva of a section; UINT32_MAX without any */
	bool ordered;      /* no section reaches into the next, so that one hit decides */
	size_t hit;        /* the section that held the last rva */
	size_t thunks, entries, text; /* what is left of the limits above */
	char imphash[33];             /* once it was asked for */
	struct pe_section section[PE_MAX_SECTIONS];
};

/*
 * Reads headers and section table into *pe, and what they say into the module's slots (PE_N_FIELDS
 * of them).  False where this is no PE image.  [MS-PECOFF] 3.
 */
NODISCARD bool pe_headers(struct pe *pe, struct span file, struct arena *arena,
			  struct value *slots);

/* Where an rva lies in the file; -1 where it does not. */
int64_t pe_offset(struct pe *pe, uint64_t rva);
/* A cursor on the file from `at` on; failed beyond its end. */
struct cursor pe_at(const struct pe *pe, uint64_t at);
/* Data directory entry i, below 16, whatever the header says of their number. */
void pe_directory(const struct pe *pe, unsigned i, uint32_t *rva, uint32_t *size);
/* Where the directory's contents lie in the file; -1 where there are none. */
int64_t pe_directory_at(struct pe *pe, unsigned i);
/* The text at `at` up to a NUL, at most `max` bytes (cut there, or at the file's end). */
struct span pe_text(const struct pe *pe, uint64_t at, size_t max);

/* The next element of an array of structs, at most `most`; NULL beyond, or with `spent` set. */
struct value *pe_add(struct pe *pe, struct value *list, const struct field *table, size_t most);
/* Makes *v an empty array to which pe_add() can add. */
bool pe_list(struct pe *pe, struct value *v);

/* Makes *v a struct of a major and a minor version. */
void pe_put_version(struct pe *pe, struct value *v, uint32_t major, uint32_t minor);

/* Parts: each fills its fields of `slots`, those of the module's struct, as far as the file has
 * them: counts are cut at the limits above, and where the memory is spent pe->spent is set.  Limits
 * of work end in module_cut(). */
void pe_read_imports(struct pe *pe, struct value *slots);
void pe_read_delayed_imports(struct pe *pe, struct value *slots);
void pe_read_exports(struct pe *pe, struct value *slots);
void pe_read_resources(struct pe *pe, struct value *slots);
void pe_read_rich(struct pe *pe, struct value *slots);
void pe_read_debug(struct pe *pe, struct value *slots);

/* The name that is known for an ordinal of ws2_32, wsock32 or oleaut32 (pe_ordinals.c), or NULL. */
const char *pe_ordinal_name(struct span library, uint16_t ordinal);

#endif
