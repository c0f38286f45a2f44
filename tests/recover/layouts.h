#ifndef PEL_TESTS_RECOVER_LAYOUTS_H
#define PEL_TESTS_RECOVER_LAYOUTS_H

/*
 * Files as families of ransomware lay them out, for tests: made from bytes of our own in memory, of
 * at most 8 MiB, with test keys wherever the published description leaves one free.  Nothing here
 * opens, names, walks to or changes a file.
 */

#include "base/buf.h"

enum { LAYOUT_MAX = 8 << 20 };

/* An original of n bytes: "text", "zip" (one stored member), "png", "disk" (partition table, and
 * zeros), "ntfs" (one with a file table), "zero" (text and zeros by turns), "flac" (its first
 * bytes), "cut" (a zip without its end).  Always the same for the same n. */
bool layout_original(const char *kind, size_t n, struct buf *out);

/* The original as the family leaves it.  `seed` makes keys where the family has none of its own,
 * or is the seed that its generator is given.  False: no such family. */
bool layout_of(const char *family, struct span original, uint64_t seed, struct buf *out);

/* What a user would bring for it: a key's file.  False: none. */
bool layout_key(const char *family, uint64_t seed, struct buf *out);

#endif
