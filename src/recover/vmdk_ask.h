/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_VMDK_ASK_H
#define PEL_RECOVER_VMDK_ASK_H

/*
 * vmdk_describe() as a job for a worker, and as a conversation with one.
 *
 * A disk has many parts, whose names the worker makes of the first one's: it puts a name into
 * memory that who asks has given, and asks for the file by worker_want() with the number of its
 * bytes.  Who asks opens it, where it may be one of the disk's, and reads none of them.
 */

#include "recover/examine.h"
#include "recover/vmdk.h"

enum {
	DESCRIBE_WINDOW = 512,
	DESCRIBE_TEXT = 1 << 20, /* bytes of a descriptor */
	DESCRIBE_ANSWER = DESCRIBE_TEXT + (8 << 10),
	DESCRIBE_TIME_S = 120, /* that a part may take */
};

/* In place of a file's size: there is none of that name, or it cannot be read. */
#define DESCRIBE_NO_FILE    UINT64_MAX
#define DESCRIBE_UNREADABLE (UINT64_MAX - 1)

struct describer;

/* What there is to a file that may be the first part of a disk. */
struct described {
	bool part;                    /* it is one; else nothing below is filled */
	bool whole;                   /* its descriptor is there, and is one */
	char name[VMDK_MAX_NAME + 1]; /* of the descriptor */
	struct span text;             /* valid until the next question */
	struct proof proof;           /* of what lies in the disk */
};

/* `worker` is the path of pellucid-worker, and outlives it; each question has `time_limit_s`. Heap;
 * NULL: no memory.  Starts nothing yet. */
struct describer *describer_new(const char *worker, unsigned time_limit_s);
void describer_free(struct describer *d); /* NULL is nothing */
/* False where the last word of the worker does not count. */
NODISCARD bool describer_finish(struct describer *d, struct error *e);

/* Fails as vmdk_describe() does, and where the worker does; the next question has another. */
NODISCARD bool describer_ask(struct describer *d, int dir, const struct examine_file *file,
			     struct described *out, struct error *e);

/* ---- vmdk_job.c, and what both ends know of each other */

enum describe_answer {
	DESCRIBE_NO_PART,
	DESCRIBE_DONE,   /* u8 whole, u16 n name, proof, text */
	DESCRIBE_FAILED, /* u8 reason, u16 n text */
};

/* An answer about the file of that name: false where it cannot be, or says why it failed. */
NODISCARD bool describe_take(struct span answer, struct span name, struct described *out,
			     struct error *e);
/* May this be a file of the disk whose first part has that name? */
bool describe_may_open(struct span part, struct span name);

extern const struct worker_job job_describe;

#endif
