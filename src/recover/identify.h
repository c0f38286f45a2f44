/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_IDENTIFY_H
#define PEL_RECOVER_IDENTIFY_H

/*
 * Which family was it?  Signs are gathered over all files of a tree, with the weights that the
 * families' files give them.  An extension alone names no family (dozens share `.locked`), nor does
 * a note's name or a word in it: a structure or a marker does, a way of renaming that nobody else
 * has, or two of the weaker signs that agree.  What speaks against a family is kept beside what
 * speaks for it.
 */

#include "recover/family.h"

enum {
	FAMILIES_MAX = 512,
	IDENTIFY_MEMORY = 64 << 20,
	IDENTIFY_MAX_NOTES = 16, /* whose paths are kept */
};

struct families {
	struct arena arena; /* of the array alone; each family has its own */
	struct family *list;
	size_t n;
};

/* Room for FAMILIES_MAX of them.  families_release() accepts an empty set. */
NODISCARD bool families_init(struct families *s, struct error *e);
void families_release(struct families *s);
/* Adds one from its text; an id that is there already is DAMAGED. */
NODISCARD bool families_add(struct families *s, const char *file, struct span text,
			    struct error *e);
/* Adds all of a list: for each its file's name and a NUL, u32 bytes, the bytes. */
NODISCARD bool families_add_all(struct families *s, struct span list, struct error *e);
const struct family *families_find(const struct families *s, struct span id); /* NULL: none */

/*
 * What one file shows: all that is read of its bytes.  The rest is counting, and may be done where
 * no file is.
 */
struct signs {
	uint64_t held[FAMILIES_MAX]; /* bit k: rule k of that family of the set holds */
};

void signs_read(const struct families *set, const struct sample *s, struct signs *out);

enum confidence {
	CONFIDENCE_NONE,     /* nothing, or an extension alone */
	CONFIDENCE_POSSIBLE, /* some sign */
	CONFIDENCE_PROBABLE, /* several that agree */
	CONFIDENCE_CERTAIN,  /* the structure of the files, and more */
};

/* Static. */
const char *confidence_word(enum confidence c);

enum { IDENTIFY_POSSIBLE = 30, IDENTIFY_PROBABLE = 60, IDENTIFY_CERTAIN = 90 }; /* points */

struct identify_sign {
	uint64_t n;          /* files that it holds of */
	const char *example; /* the path of the first; NULL: none */
};

struct identify_answer {
	const struct family *family;
	const struct identify_sign *sign; /* one for each of the family's rules */
	unsigned score;                   /* 0 to 100 */
	enum confidence confidence;
	uint64_t n_files;   /* that are the family's rather than any other's */
	uint64_t n_lacking; /* that are named like its files and lack what these must have */
	const char *lacking;
};

/* What was seen of a family so far. */
struct identify_tally {
	unsigned file, note; /* points of the file, and of the note, that most speaks for it */
	bool strong;         /* some file or note that does not need another to agree */
	bool named;          /* some file named like its own */
	bool structure;      /* some file of its structure or of its own way of renaming */
};

struct identify {
	const struct families *set; /* not owned */
	struct arena arena;
	struct identify_answer *answer; /* one a family; sorted by identify_end() */
	struct identify_sign **sign;    /* one row a family, in the order of the set */
	uint64_t *own;                  /* files, in the order of the set */
	uint64_t *lacking;
	const char **lacking_path;
	struct identify_tally *tally;
	enum confidence *sure;     /* in the order of the set, after identify_end() */
	uint64_t n_files, n_named; /* looked at; with any family's extension */
	const char *note[IDENTIFY_MAX_NOTES];
	unsigned n_notes;
};

NODISCARD bool identify_init(struct identify *id, const struct families *set, struct error *e);
void identify_release(struct identify *id);

/* Gathers the signs of one file.  LIMIT where memory for their places is spent. */
NODISCARD bool identify_add(struct identify *id, const struct sample *s, const char *path,
			    struct error *e);

/* The same, of what was read of it before. */
NODISCARD bool identify_add_signs(struct identify *id, const struct signs *s, const char *path,
				  struct error *e);

/* Sums up: id->answer is sorted, best first, those that nothing speaks for last. */
void identify_end(struct identify *id);

/* After identify_end(): whose is this file?  NULL: nobody's.  Notes belong to nobody. */
const struct family *identify_pick(const struct identify *id, const struct sample *s);
const struct family *identify_pick_signs(const struct identify *id, const struct signs *s);

#endif
