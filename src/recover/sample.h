/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SAMPLE_H
#define PEL_RECOVER_SAMPLE_H

/* The ends of a file, its name and, where it may be a ransom note, its text: what signs are looked
 * for in. */

#include "base/buf.h"
#include "base/cursor.h"
#include "base/error.h"

enum {
	SAMPLE_HEAD = 32 << 10,
	SAMPLE_TAIL = 4 << 10,
	SAMPLE_MAX_NOTE = 256 << 10, /* bytes of a file that may be a note */
};

struct sample {
	struct span name; /* the last part of the path; not owned */
	uint64_t size;    /* of the file, in bytes */
	struct buf bytes; /* the head and, behind it, the tail; or the whole of a short file */
	struct span head;
	struct span tail; /* the last bytes; overlaps the head in a short file */
	struct buf text;  /* of a note, normalised; empty for what is none */
};

void sample_init(struct sample *s);
void sample_release(struct sample *s);

/* Reads the ends of an open file, by pread alone.  What was in *s is forgotten; its memory is used
 * again. */
NODISCARD bool sample_read(struct sample *s, int fd, uint64_t size, struct span name,
			   struct error *e);

/* The same of bytes in memory, which must outlive *s. */
NODISCARD bool sample_take(struct sample *s, struct span bytes, struct span name, struct error *e);

/*
 * The text of a note as rules are written: tags of HTML away, UTF-16 of ASCII letters
 * resolved, letters lower, each run of anything but letters, digits and .@-_ one blank.
 */
void sample_note_text(struct span bytes, struct buf *out);

/* n bytes at `at` (from the end where negative); empty where they are not all at hand. */
struct span sample_bytes(const struct sample *s, int64_t at, size_t n);

#endif
