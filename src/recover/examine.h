/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_EXAMINE_H
#define PEL_RECOVER_EXAMINE_H

/*
 * What must be read of damaged files, as a job for a worker and as a conversation with one: the
 * signs that a family left, what is lost and what is whole, how far a file is what its name says.
 *
 * Who asks opens the files and reads none of them; a worker reads by pread and opens nothing.  It
 * keeps nothing from one question to the next.  One that dies or lies costs the file that it was
 * asked about, and another takes its place.  What it says is believed as far as it can be.
 */

#include "recover/assess.h"
#include "recover/identify.h"
#include "recover/snapshot.h"
#include "sandbox/ask.h"
#include "sandbox/worker.h"

enum {
	EXAMINE_MAX = PROTOCOL_BESIDE, /* files that are looked at by one question */
	EXAMINE_ANSWER = 256 << 10,    /* bytes */
	EXAMINE_MAX_NAME = 4096,
};

struct examiner;

/* `list` is of families (families_add_all()), and those of the set are the same; both outlive it.
 * Heap.  Starts nothing yet. */
NODISCARD bool examiner_open(const char *worker, struct span list, const struct families *set,
			     struct examiner **out, struct error *e);

/* False where the last word of the worker does not count. */
NODISCARD bool examiner_finish(struct examiner *x, struct error *e);
void examiner_free(struct examiner *x); /* NULL is nothing */

/* A file that is open for reading; the descriptor stays the caller's. */
struct examine_file {
	int fd;
	uint64_t size;
	struct span name; /* the last part of its path */
};

/* What the ends of a file show. */
struct examine_look {
	struct error error; /* why.why not NONE: it could not be read */
	struct signs signs;
	bool plain;  /* by its first bytes it is of a kind that is known */
	bool random; /* it is of none, and its first bytes look random */
};

/* The signs of n files, 1 to EXAMINE_MAX.  Fails for none but as out[i].error says. */
void examine_look(struct examiner *x, const struct examine_file *file, size_t n,
		  struct examine_look *out);

/* What a file has lost (assess.h).  *failed: it could not be read whole; *copies: what the
 * catalogue of a volume in it says of shadow copies.  Fails where the worker does. */
NODISCARD bool examine_assess(struct examiner *x, const struct examine_file *file,
			      const struct assess_hint *hint, struct assessment *out, bool *failed,
			      struct snapshot_stores *copies, struct error *e);

/* How far it is what it should be (proof.h). */
NODISCARD bool examine_prove(struct examiner *x, const struct examine_file *file,
			     enum kind expected, struct proof *out, struct error *e);

/* ---- examine_job.c, and what both ends know of each other */

enum examine_question {
	EXAMINE_LOOK,   /* u8 n, { u16 n name }... */
	EXAMINE_ASSESS, /* u8 renamed, u16 n name */
	EXAMINE_PROVE,  /* u8 kind */
};

/* An answer to LOOK is for each file u8 reason, u16 n text, u8 of the two below, u16 n_families,
 * { u16 family, u64 held }...; to the others what these put and take. */
enum { EXAMINE_PLAIN = 1, EXAMINE_RANDOM = 2 };

void examine_put_assessment(const struct assessment *a, bool failed,
			    const struct snapshot_stores *copies, struct buf *to);
NODISCARD bool examine_take_assessment(struct span answer, uint64_t size, struct assessment *out,
				       bool *failed, struct snapshot_stores *copies);
void examine_put_proof(const struct proof *p, struct buf *to);
NODISCARD bool examine_take_proof(struct cursor *c, struct proof *out);
NODISCARD bool examine_take_looks(struct span answer, const struct families *set, size_t n,
				  struct examine_look *out);

extern const struct worker_job job_examine;

#endif
