/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_DELIVER_H
#define PEL_RECOVER_DELIVER_H

/*
 * A new file beneath a new tree: written to recover.part at its top, synced, and given its name
 * only then and only where that is not taken.  What is there with the same bytes is as good, for an
 * earlier run may have been killed.  There is one part at a time, whatever the file is called: a
 * name made of its own could be another file's (a.docx.part), and too long.
 */

#include "base/error.h"
#include "base/hash.h"
#include "base/region.h"

#include <sys/stat.h>
#include <time.h>

enum { DELIVER_MAX_PATH = 4096 };

#define DELIVER_PART "recover.part"

struct deliver {
	int dir; /* of the new tree; not owned */
	int fd;  /* of the part; -1: none is begun */
	struct hash *hash;
	uint64_t size;
	char sha256[65]; /* after deliver_seal() */
	bool there;      /* after deliver_name(): it was there already, byte for byte */
};

/* Begins the file that is to be called `path` beneath the tree; makes its directories.  What a kill
 * left of another is taken away. */
NODISCARD bool deliver_begin(struct deliver *d, int dir, const char *path, struct error *e);
NODISCARD bool deliver_write(struct deliver *d, struct span s, struct error *e);
/* Sets mode and times, and syncs: nothing can be written any more, and sha256 is known. */
NODISCARD bool deliver_seal(struct deliver *d, mode_t mode, const struct timespec times[2],
			    struct error *e);
/*
 * Gives what was sealed its name, which may be another than it was begun under, and syncs the
 * directory.  DENIED where another file has that name: the part is there still, and may be given
 * another.
 */
NODISCARD bool deliver_name(struct deliver *d, const char *name, uint8_t *room, struct error *e);
/* Takes back what was begun; after deliver_name() that went well it is nothing. */
void deliver_drop(struct deliver *d);

/* SHA-256 of all bytes of an open file, in hexadecimal (65 bytes).  `room`: REGION_MAX bytes. */
NODISCARD bool deliver_digest(int fd, uint8_t *room, char *hex, struct error *e);

/*
 * The path with an ending behind it; where its last name would be too long for a file system (255
 * bytes) the name is cut before the ending, between characters.  LIMIT where `max` bytes do not
 * hold it.
 */
NODISCARD bool deliver_path(const char *path, const char *ending, char *to, size_t max,
			    struct error *e);

/* Keeps others from writing into the tree as long as dir is open; DENIED where somebody does. */
NODISCARD bool deliver_lock(int dir, struct error *e);

/* Makes the directories that the path needs beneath the tree. */
NODISCARD bool deliver_directories(int dir, const char *path, struct error *e);

#endif
