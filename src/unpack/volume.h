/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_VOLUME_H
#define PEL_UNPACK_VOLUME_H

/*
 * What the readers of file systems share: a way through directories, each of which is entered once,
 * and files that are given extent by extent.
 */

#include "unpack/unpack.h"

enum {
	VOLUME_DEPTH = 64,            /* directories in each other */
	VOLUME_PATH = 2048,           /* bytes of a file's way */
	VOLUME_DIRECTORIES = 1 << 17, /* that are entered */
	VOLUME_FIRST = 1 << 9,        /* slots for them at first; half of them are used */
	VOLUME_TRIES = 256,           /* slots that a directory may stand in */
	VOLUME_LISTING = 16 << 20,    /* bytes of a directory */
	VOLUME_STEPS = 500,           /* of an entry */
};

/* volume_init(), or, where no directory is entered, its first three fields. */
struct volume {
	struct unpack *u;
	struct span image;
	const char *format; /* for messages */
	char path[VOLUME_PATH];
	size_t n_path;
	unsigned depth;
	uint64_t *met;   /* directories, as numbers that are not 0 */
	size_t met_size; /* slots */
	size_t n_met;
	bool damaged; /* an entry, a directory: what is told once, at the end */
};

/* False: no memory. */
NODISCARD bool volume_init(struct volume *v, struct unpack *u, const char *format);

/* Adds a name (UTF-8) to the way; *had is what volume_leave() takes back.  False: it is too long.
 */
NODISCARD bool volume_enter(struct volume *v, struct span name, size_t *had);
static inline void volume_leave(struct volume *v, size_t had) { v->n_path = had; }

/* A directory is to be read, which has this number.  False: it was before, or there are too many or
 * they are too deep, which has been noted. */
NODISCARD bool volume_directory(struct volume *v, uint64_t number);

/* Begins a file at the way; false as unpack_begin(). */
NODISCARD bool volume_begin(struct volume *v, uint64_t size, uint64_t at);

/* Adds bytes [at, at + n) of the image to the file.  False: no more is wanted, or the image ends
 * within them, which has been noted. */
NODISCARD bool volume_bytes(struct volume *v, uint64_t at, uint64_t n);

/* The file is whole; false: the budget is spent. */
NODISCARD bool volume_end(struct volume *v);

#endif
