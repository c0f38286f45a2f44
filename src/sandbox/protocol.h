/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROTOCOL_H
#define PEL_SANDBOX_PROTOCOL_H

/*
 * What broker and worker say to each other, in messages of base/wire.h.
 *
 * A worker begins with the descriptors below and nothing else: no argument,
 * no environment.  Its set-up names the one kind of work (worker.h) that it is
 * for.  It says hello, or why it cannot work, and then asks for nothing.
 * The broker gives objects: up to PROTOCOL_BATCH in a message, a struct
 * protocol_object for each, their descriptors beside it.  The worker takes them in
 * order and answers in the same order, several answers to a message:
 *
 *   u64 number   of the object
 *   u64 size     of the object as it was read
 *   u32 n        bytes that follow here
 *   u32 left     bytes of this answer that follow in the next messages
 *   n bytes      of the answer, whose form is the job's: a record (engine/record.h), JSON, ...
 *
 * Before an object reaches what is likeliest to be taken over by it (a container, a
 * decoder, a document parser, an interpreter), the worker sends all that it has to
 * say of others, and behind it the same head with n = 0 and left = PROTOCOL_RISK.
 * That cannot be taken back: whatever the object does to the worker then, earlier
 * answers are out of its reach, and the broker replaces the worker after it.
 *
 * A job that reads many files is not given them all at once: it asks for more by the same head with
 * n = 0, left = PROTOCOL_WANT, and in place of the size the number of the file that it wants, which
 * is the job's to know.  It is then given one message of struct protocol_object, as many files from
 * that number on as the broker likes to hand over, and goes on with its object.
 *
 * An object that is marked OBJECT_BESIDE is not worked on and not answered for: it stays open
 * beside the next one that is, whose job reads of it what it needs.
 *
 * Before it touches an object it writes the object's number + 1 into the progress
 * page, which both map: so a death costs the one object that it was at, although
 * answers travel together.  The broker believes neither page nor answers: see
 * broker_answer.c.
 */

#include <stdint.h>

enum {
	PROTOCOL_SOCKET = 3,   /* descriptors that the worker begins with */
	PROTOCOL_DATABASE = 4, /* /dev/null for a job that has none */
	PROTOCOL_SETUP = 5,    /* struct protocol_setup, and behind it the job's own */
	PROTOCOL_PROGRESS = 6,
	PROTOCOL_OUTPUT = 7,   /* a file of memory to write to, where there is one */
	PROTOCOL_SPACES = 8,   /* and the two after it: namespaces to enter, where there are any */
	PROTOCOL_N_SPACES = 3, /* net, ipc, uts */
	PROTOCOL_BATCH = 48,   /* objects of a message */
	PROTOCOL_BESIDE = 15,  /* objects that are open beside another */
	PROTOCOL_BATCH_BYTES = 1 << 20, /* of which a message is full with fewer objects */
	PROTOCOL_PROGRESS_SIZE = 4096,
	PROTOCOL_ANSWER_HEAD = 24,   /* bytes */
	PROTOCOL_HELLO = 0x326c6570, /* "pel2" */
	PROTOCOL_JOB_NAME = 16,      /* bytes of a job's name, with a NUL */
};

#define PROTOCOL_RISK UINT32_MAX       /* in `left` of an answer */
#define PROTOCOL_WANT (UINT32_MAX - 1) /* the same */

struct protocol_setup {
	char job[PROTOCOL_JOB_NAME]; /* zero bytes behind it */
	uint64_t max_object;         /* bytes of an object that a worker may hold in its memory */
	uint64_t flags;              /* enum setup_flag */
};

enum setup_flag { SETUP_LIBMAGIC = 1 /* rules ask the module magic: libmagic is loaded */ };

struct protocol_object {
	uint64_t number;
	uint64_t size;  /* when it was opened */
	uint64_t flags; /* enum protocol_flag */
};

enum protocol_flag {
	OBJECT_SEALED = 1,  /* a copy of ours that nobody can change: it may be mapped */
	OBJECT_BESIDE = 2,  /* stays open beside the next object that is not marked so */
	OBJECT_CHANGED = 4, /* with SEALED: what it is a copy of was written to meanwhile */
};

/* A hello is u32 PROTOCOL_HELLO, u8 wall bits, u8 enum reason (NONE: it works), text to the end of
 * the message. */
enum protocol_wall {
	WALL_SECCOMP = 1,
	WALL_LANDLOCK = 2,
	WALL_UNPRIVILEGED = 4,
	WALL_NO_NETWORK = 8,
	WALL_NO_CLOCK = 16,
	WALL_LIMITS = 32, /* of memory, files, processes, and of what is written */
	WALL_NO_NEW_PRIVS = 64,
#ifndef PELLUCID_SANITIZED
	WALLS_DEMANDED = WALL_SECCOMP | WALL_UNPRIVILEGED | WALL_LIMITS | WALL_NO_NEW_PRIVS,
#else /* the sanitizers' runtime makes calls of its own */
	WALLS_DEMANDED = WALL_UNPRIVILEGED | WALL_LIMITS | WALL_NO_NEW_PRIVS,
#endif
};

#endif
