/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_FAT_H
#define PEL_RECOVER_SALVAGE_FAT_H

/* What the readers of FAT (salvage_fat.c) and exFAT (salvage_exfat.c) share: clusters from 2 on, a
 * table that says which follows which, and directories of entries of 32 bytes. */

#include "recover/salvage.h"

enum {
	FAT_ENTRY = 32,
	FAT_SECTOR = 512,            /* of the table, by which one of its copies is chosen */
	FAT_MAX_CLUSTERS = 64 << 20, /* of a volume that is read: 256 MiB of table */
	FAT_MAX_DIRECTORY = 2 << 20, /* bytes: 65,536 entries ([Microsoft FAT], 6.5) */
	FAT_DEEPEST = 48,            /* directories in one another */
};

#define FAT_END  UINT32_MAX       /* the last of a chain */
#define FAT_LOST (UINT32_MAX - 1) /* the table's sector is lost: what follows is not known */

struct fat {
	struct salvage *s;
	struct region *w;
	const char *volume;
	uint64_t start;     /* of the volume in the image */
	uint64_t cluster;   /* bytes */
	uint64_t data;      /* where cluster 2 stands, from the volume's start */
	uint32_t n;         /* clusters are 2 to n + 1 */
	uint32_t *next;     /* of each cluster; 0: it is free */
	uint8_t *seen;      /* of each cluster: it is a directory's that was read */
	uint64_t n_guessed; /* files of which the table does not say where they go on */
	uint64_t n_unread;  /* entries that lead nowhere */
	unsigned depth;
	size_t path_n;
	char path[SALVAGE_MAX_NAME];
};

static inline bool fat_has(const struct fat *f, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < f->n;
}

/*
 * Fills f->next and f->seen.  `at` is the table's place in the volume, `copies` of `size` bytes
 * follow each other; an entry has `bits` (12, 16, 32), of which `mask` count.  Of each sector the
 * first copy is taken in which every entry can be one.  False: no memory, or too many clusters.
 */
NODISCARD bool fat_load(struct fat *f, uint64_t at, unsigned copies, uint64_t size, unsigned bits,
			uint32_t mask);

/* A directory's bytes, in memory of its own (buf_init'ed by the caller); seen from then on.  False:
 * it was seen before, or is none. */
bool fat_listing(struct fat *f, uint32_t first, bool straight, uint64_t size, struct buf *out);

/*
 * Gives the file at f->path: `size` bytes, of which the first `valid` were written, from cluster
 * `first` on; `straight`: its clusters follow each other.  False: no more is wanted.
 */
bool fat_give(struct fat *f, uint32_t first, bool straight, uint64_t valid, uint64_t size);

/* Puts a name behind f->path; returns what its length was, for fat_leave(). */
size_t fat_enter(struct fat *f, struct span name);
void fat_leave(struct fat *f, size_t had);

/* A note of what could not be read. */
void fat_tell(struct fat *f);

#endif
