/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_ELF_SECTION_H
#define PEL_REVIEW_ELF_SECTION_H

#include "base/cursor.h"

/* The bytes of the section of that name in an ELF file of either class and order of bytes (System V
 * gABI, chapter 4); empty where there is none, or the file is none.  O(sections). */
struct span elf_section(struct span file, const char *name);

/* The bytes of the build id that the linker left in a note (section .note.gnu.build-id; where there
 * are no sections, a segment of notes); empty where there is none. */
struct span elf_build_id(struct span file);

#endif
