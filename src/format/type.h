/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_TYPE_H
#define PEL_FORMAT_TYPE_H

/*
 * What a file is, by its first bytes alone.  A class is no verdict on the file: it only says which
 * rules can possibly be true of it, so that the others need not be looked for.
 */

#include "base/cursor.h"

enum type_class {
	CLASS_OTHER, /* none of the others, or too short to say */
	CLASS_MZ,    /* 4D 5A: DOS, PE */
	CLASS_ELF,   /* 7F 45 4C 46 */
	CLASS_MACHO, /* FE ED FA CE/CF and swapped; CA FE BA BE (also Java) */
	CLASS_OLE2,  /* D0 CF 11 E0 */
	CLASS_ZIP,   /* 50 4B 03 04 */
	CLASS_PDF,   /* 25 50 44 46 */
	CLASS_DEX,   /* 64 65 78 0A */
	CLASS_LNK,   /* 4C 00 00 00 */
	CLASS_COUNT
};

enum { CLASS_ALL = (1 << CLASS_COUNT) - 1, TYPE_PREFIX = 4 /* bytes that decide */ };

/* The class of an object from its first bytes (TYPE_PREFIX of them are enough). */
enum type_class type_class_of(struct span start);

/* The word for a class: "elf", "mz", ...  Static. */
const char *type_class_name(enum type_class c);

/*
 * The set (bit c for class c) of classes that an object can have whose bytes [at, at + n) are as
 * given; n is 1 to 8.  CLASS_ALL where the bytes say nothing.
 */
uint32_t type_classes_with(uint64_t at, const uint8_t *bytes, size_t n);

#endif
