/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_ELF_SECTION_H
#define PEL_REVIEW_ELF_SECTION_H

/*
 * Sections of an ELF file of either class and order of bytes, read by pieces: the header, the table
 * of sections, their names, and of the rest what is asked for (System V gABI, chapter 4).
 */

#include "base/buf.h"
#include "base/region.h"

enum {
	ELF_MAX_TABLE = 8 << 20, /* bytes of section headers: 65,535 and more of 64 bytes */
	ELF_MAX_NAMES = 1 << 20,
	ELF_MAX_NOTES = 1 << 20, /* bytes of one section or segment of notes */
	ELF_MAX_SEGMENTS = 4096,
};

struct elf_file {
	struct region *file;
	bool wide, big;
	struct buf table, names, notes; /* used again for the next file */
	uint64_t size, n;               /* of a section header, in bytes; headers: 0 for no ELF */
	uint64_t segments, segment_size, n_segments; /* the same of program headers, and where */
};

void elf_file_init(struct elf_file *e);
void elf_file_release(struct elf_file *e);

/* Reads the tables of another file, which must outlive the questions about it.  What is none has no
 * sections. */
void elf_file_read(struct elf_file *e, struct region *file);

/* Appends the bytes of the section of that name, O(sections).  False where there is none, where it
 * does not lie in the file, or where it is more than out->max, which marks *out failed. */
NODISCARD bool elf_file_section(const struct elf_file *e, const char *name, struct buf *out);

/* The bytes of the build id that the linker left in a note (section .note.gnu.build-id; where there
 * are no sections, a segment of notes), until the next call; empty where there is none. */
struct span elf_file_build_id(struct elf_file *e);

#endif
