/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_OLE2_H
#define PEL_UNPACK_OLE2_H

/*
 * The compound file: a small file system of storages and streams in one file ([MS-CFB]).
 *
 * Damage is met where it lies: a chain that is cut off, leaves the file or bites its tail gives
 * what came before it and says so; a directory entry that no tree reaches is listed too, since a
 * program that was told where to look would find it.
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"

enum {
	OLE2_HEADER = 512,
	OLE2_ENTRIES_MAX = 200000, /* of the directory */
	OLE2_DEPTH_MAX = 40,       /* storages inside each other, for names */
	OLE2_NAME_MAX = 100, /* bytes of UTF-8: 31 characters, or 62 that an MSI packs in them */
	OLE2_NONE = -1,
};

enum ole2_type { OLE2_UNUSED = 0, OLE2_STORAGE = 1, OLE2_STREAM = 2, OLE2_ROOT = 5 };

struct ole2_entry {
	char name[OLE2_NAME_MAX + 1]; /* UTF-8 */
	uint8_t type;                 /* of enum ole2_type */
	int32_t left, right, child;   /* entries, or OLE2_NONE */
	int32_t parent; /* the storage that it lies in; OLE2_NONE for the root and for the lost */
	bool reached;   /* from the root */
	uint32_t start; /* first sector */
	uint64_t size;  /* bytes */
};

struct ole2 {
	struct span file;
	struct arena *arena;  /* for what is not in one piece in the file */
	unsigned shift;       /* of the sector size */
	unsigned mini_shift;  /* of the small sectors' */
	uint32_t mini_cutoff; /* streams below this many bytes lie in small sectors */
	uint32_t n_sectors;   /* in the file; the last may be cut off */
	const uint32_t *fat;  /* the sectors that the FAT lies in */
	size_t n_fat;
	struct span mini_fat;
	struct span mini_stream;
	struct ole2_entry *entry; /* 0 is the root */
	size_t n_entries;
	bool damaged; /* something of the above is cut off or cyclic; `why` says what */
	struct error why;
};

/*
 * Reads header, FAT and directory of `file`; memory comes from `arena`.  What could be read of a
 * damaged one is in *out, with `damaged` set; fails where nothing could.  O(sectors of FAT and
 * directory).
 */
NODISCARD bool ole2_open(struct span file, struct arena *arena, struct ole2 *out, struct error *e);

/*
 * The bytes of a stream: in the file where they lie in one piece, else a copy in the arena.  False
 * where the chain is damaged; *out holds then what came before the damage.
 */
NODISCARD bool ole2_stream(const struct ole2 *o, const struct ole2_entry *s, struct span *out,
			   struct error *e);

/* A stream piece by piece, without memory. */
struct ole2_piece {
	uint32_t at;    /* sector */
	uint32_t seen;  /* a sector passed before: a chain that comes to it again bites its tail
			   (Brent 1980) */
	uint64_t steps; /* since `seen` */
	uint64_t power; /* after so many, `seen` moves up */
	uint64_t left;  /* bytes to come */
	bool mini;      /* in small sectors */
	bool cyclic;
};

struct ole2_piece ole2_pieces(const struct ole2 *o, const struct ole2_entry *s);
/* The next piece; empty at the end, and where the chain is damaged: `left` is then not 0. */
struct span ole2_next(const struct ole2 *o, struct ole2_piece *p);

/* Letters of both cases are equal in names ([MS-CFB] 2.6.4). */
bool ole2_same_name(const char *a, const char *b);

/* "storage/stream" of an entry, cut to `size` bytes with its NUL. */
void ole2_path(const struct ole2 *o, const struct ole2_entry *s, char *out, size_t size);

#endif
