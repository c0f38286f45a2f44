/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_RESTORE_H
#define PEL_RECOVER_RESTORE_H

/*
 * One original into a new tree.  A worker makes it (attack_ask.h); here it is written and digested,
 * and not read.  The encrypted file is open for reading alone, and its digest is taken before and
 * after; the original is written to recover.part, synced, proven, and only then
 * gets its name, which must not be there yet.
 */

#include "recover/attack_ask.h"
#include "recover/examine.h"

enum { RESTORE_MAX_PATH = 4096 /* DELIVER_MAX_PATH */ };

struct restored {
	char source[65], result[65]; /* SHA-256, hexadecimal */
	struct proof proof;          /* of the result; V4 where its digest is known */
	uint64_t size;
	uint64_t lost; /* bytes of it that could not be had */
	bool there;    /* it was there already, byte for byte: an earlier run was killed */
	char name[RESTORE_MAX_PATH]; /* beneath the new tree; ends in .unverified where nothing
					could be shown */
};

struct restore {
	int dir;            /* of the new tree */
	uint8_t *room;      /* REGION_MAX bytes */
	struct examiner *x; /* what was made is looked at by its worker */
	/* Is this the digest of an original that is known?  NULL: none are. */
	bool (*known)(void *ctx, const char *digest);
	void *ctx;
};

/*
 * `fd` is the encrypted file, `path` where its original goes beneath the new tree ("a/b.docx").
 * CHANGED where the file is not the same afterwards, or is written to; DENIED where it cannot be
 * read; IO where the new tree takes no more, as on a full disk: no other file will fare better.
 * Nothing is left but, after a kill, recover.part.
 */
NODISCARD bool restore_file(struct restore *t, struct attacker *a, int fd, const char *path,
			    struct restored *out, struct error *e);

#endif
