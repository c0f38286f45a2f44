/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_EXE_H
#define PEL_FORMAT_EXE_H

/*
 * Entry point and sections of a program, PE, ELF or Mach-O, as ClamAV counts
 * them: what offsets such as EP+4, S1+0 and SL in its signatures, and its
 * digests of sections, are measured from.  Rounding follows libclamav's pe.c,
 * elf.c and macho.c; the formats themselves are [MS-PECOFF], the System V ABI
 * and Apple's mach-o/loader.h.
 */

#include "base/cursor.h"

enum exe_kind { EXE_NONE, EXE_PE, EXE_ELF, EXE_MACHO };
enum { EXE_MAX_SECTIONS = 256 /* ClamAV's for ELF; ours for all segments of a Mach-O image */ };

struct exe_section {
	uint64_t rva;      /* as it lies in memory */
	uint64_t size;     /* there */
	uint64_t raw_at;   /* in the file */
	uint64_t raw_size; /* in the file, cut at its end */
};

struct exe {
	enum exe_kind kind;
	int64_t entry; /* place in the file; -1: in none of the sections */
	bool wide;     /* 64 bits */
	size_t n_sections;
	struct exe_section section[EXE_MAX_SECTIONS];
};

/* False where `file` is none of these, or its headers are damaged. */
NODISCARD bool exe_read(struct span file, struct exe *out);

/* Where an address in memory lies in the file; -1 where in no section. */
int64_t exe_place(const struct exe *x, uint64_t rva);

#define EXE_ANY_NAME UINT32_MAX

/* Resources of a PE image: of that type, and of that name where it is a number. */
struct exe_wanted {
	uint32_t type, name;
	/* Their bytes, cut at the end of the file; false: no more of them. */
	bool (*take)(void *ctx, uint32_t name, struct span bytes);
	void *ctx;
};
/* Directories may point to each other's, so that a small file has billions of entries: each one
 * gone through is taken from *left, which is 0 afterwards where they were too many. */
enum { EXE_MAX_ENTRIES = 1 << 18 /* ours, for all that is looked for in a file at one time */ };
void exe_resources(struct span file, const struct exe *x, const struct exe_wanted *wanted,
		   size_t *left);

enum { EXE_MAX_VERSION_STRINGS = 2048 };

/* Where the keys of the strings in a PE image's version information stand in the file, those
 * without a value left out; how many there are, `max` at most.  *cut: there may be more. */
size_t exe_version_strings(struct span file, const struct exe *x, uint32_t *at, size_t max,
			   bool *cut);

#endif
