/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SALVAGE_H
#define PEL_RECOVER_SALVAGE_H

/*
 * What is still whole inside a damaged file, without any key: members of archives and documents,
 * objects of a PDF, messages of a mail box, rows and pages of databases, files of the file systems
 * that lie in a disk's image; and where no structure is left, files that are known by their own
 * first bytes.  Each piece is proven by itself, by the checksum that its container has of it or by
 * its own structure (proof.h, assess.h), and given with how far that went.  Nothing here writes.
 */

#include "base/arena.h"
#include "recover/assess.h"

enum {
	SALVAGE_MEMORY = 512 << 20, /* bytes of tables of one file */
	SALVAGE_IN_MEMORY =
		256 << 20, /* bytes of a member that is unpacked, of a PDF that is read */
	SALVAGE_MAX_PIECES = 4 << 20, /* of one file */
	SALVAGE_MAX_NAME = 4096,
	SALVAGE_WORK = 32, /* bytes that may be unpacked and read for each byte of the file ... */
	SALVAGE_WORK_LEAST = 256 << 20, /* ... and besides */
};

enum salvage_state {
	SALVAGE_WHOLE,   /* from its first byte to its last, as far as the level says */
	SALVAGE_PARTIAL, /* some of its bytes are lost */
	SALVAGE_UNSURE,  /* nothing speaks against it, and nothing can be shown */
	SALVAGE_LOST,    /* it was there, and is encrypted from end to end: not given */
	SALVAGE_STATES
};

/* Static: "whole", "partial", "unproven", "lost". */
const char *salvage_state_word(enum salvage_state s);

struct salvage_piece {
	struct span name; /* hostile: any bytes; '/' parts directories */
	uint64_t at;      /* where it begins in the file; PLACE_NONE: it was made anew */
	int64_t mtime;    /* seconds; 0: not known */
	enum salvage_state state;
	struct proof proof;
	uint64_t lost; /* bytes of a partial one */
};

struct salvage_host {
	/* Takes a piece; its bytes are r's, which are gone after the call.  False: no more. */
	bool (*piece)(void *ctx, const struct salvage_piece *p, struct region *r);
	/* A fact about the file that is worth a line. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

struct salvage {
	struct salvage_host host;
	struct arena arena; /* tables of the file at hand */
	struct assessment *assessed;
	uint8_t *room[REGION_DEPTH]; /* REGION_MAX bytes each */
	uint64_t work;               /* bytes that may still be worked on */
	uint64_t of[SALVAGE_STATES]; /* pieces of the file */
	bool stopped;                /* the host wants no more, or a limit was reached */
};

/* Heap; NULL where memory is spent. */
struct salvage *salvage_new(const struct salvage_host *host);
void salvage_free(struct salvage *s); /* NULL is nothing */

/* All pieces of a file.  `name` is what it was called before an attack renamed it. */
void salvage_file(struct salvage *s, struct region *w, struct span name);

/* ---- for the readers */

/* Each reads what it knows of, and returns false where there is nothing of its kind. */
bool salvage_zip(struct salvage *s, struct region *w, struct span name);
bool salvage_pdf(struct salvage *s, struct region *w, struct span name);
bool salvage_sqlite(struct salvage *s, struct region *w, struct span name);
bool salvage_pages(struct salvage *s, struct region *w, struct span name);
bool salvage_mail(struct salvage *s, struct region *w, struct span name);
bool salvage_pst(struct salvage *s, struct region *w, struct span name);
bool salvage_tar(struct salvage *s, struct region *w, struct span name);
bool salvage_disk(struct salvage *s, struct region *w, struct span name);
bool salvage_carve(struct salvage *s, struct region *w, struct span name);
/* Notes what the file is, where that is known and none of these reads it. */
void salvage_unread(struct salvage *s, struct region *w);

/* For salvage_disk.c: a file system that begins at byte `start`; `sound` is where a copy of its
 * head was seen.  False: it cannot be read. */
bool salvage_ext(struct salvage *s, struct region *w, uint64_t sound, const char *volume);
bool salvage_ntfs(struct salvage *s, struct region *w, uint64_t sound, const char *volume);
bool salvage_fat(struct salvage *s, struct region *w, uint64_t sound, const char *volume);
bool salvage_exfat(struct salvage *s, struct region *w, uint64_t sound, const char *volume);
/* Is the sector a boot sector, or the copy of one?  Where does the volume begin that it speaks of?
 */
bool salvage_fat_head(struct span sector);
bool salvage_exfat_head(struct span sector);
uint64_t salvage_fat_start(struct region *w, uint64_t sound);
uint64_t salvage_exfat_start(struct region *w, uint64_t sound);
/* A sparse virtual disk as the disk that it holds: extents in the arena, false where it is none. */
bool salvage_vmdk(struct salvage *s, struct region *w, uint8_t *room, struct region *disk);

/* Takes n bytes of work from the budget; false: it is spent, and noted. */
bool salvage_spend(struct salvage *s, uint64_t n);

/*
 * Gives a piece to the host.  Where `summed` is not 0 its container has shown it whole with so many
 * bits; else it is looked at by itself (assess.h), under its name.  A state of PARTIAL stays so,
 * and one of UNSURE where no checksum in it says otherwise.  False: no more is wanted.
 */
bool salvage_give(struct salvage *s, const struct salvage_piece *p, unsigned summed,
		  struct region *r);

/* The same of bytes in memory. */
bool salvage_give_bytes(struct salvage *s, const struct salvage_piece *p, unsigned summed,
			struct span bytes);

/* A list of extents that grows in the arena; without gaps. */
struct salvage_map {
	struct region_extent *list;
	size_t n, max;
	uint64_t size;
};

/* Adds n bytes: from the region beneath, from memory (p), or zeros.  False: no memory. */
bool salvage_map_add(struct salvage *s, struct salvage_map *m, uint64_t n, uint64_t from,
		     const uint8_t *p);

#endif
