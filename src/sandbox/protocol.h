/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROTOCOL_H
#define PEL_SANDBOX_PROTOCOL_H

/*
 * What broker and worker say to each other, in messages of base/wire.h.
 *
 * A worker begins with the four descriptors below and nothing else: no argument,
 * no environment.  It says hello, or why it cannot work, and then asks for nothing.
 * The broker sends jobs: up to PROTOCOL_BATCH objects in a message, a struct job
 * for each, their descriptors beside it.  The worker takes them in order and
 * answers in the same order, several answers to a message:
 *
 *   u64 number   of the object
 *   u64 size     of the object as it was read
 *   u32 n        bytes that follow here
 *   u32 left     bytes of this record that follow in the next messages
 *   n bytes      of a record (engine/record.h)
 *
 * Before it touches an object it writes the object's number + 1 into the progress
 * page, which both map: so a death costs the one object that it was at, although
 * answers travel together.  The broker believes neither page nor answers: see
 * broker.c.
 */

#include <stdint.h>

enum {
	PROTOCOL_SOCKET = 3, /* descriptors that the worker begins with */
	PROTOCOL_DATABASE = 4,
	PROTOCOL_SETUP = 5, /* setup.h */
	PROTOCOL_PROGRESS = 6,
	PROTOCOL_BATCH = 16,            /* objects of a message */
	PROTOCOL_BATCH_BYTES = 1 << 20, /* of which a message is full with fewer objects */
	PROTOCOL_PROGRESS_SIZE = 4096,
	PROTOCOL_ANSWER_HEAD = 24,   /* bytes */
	PROTOCOL_HELLO = 0x316c6570, /* "pel1" */
};

struct job {
	uint64_t number;
	uint64_t size; /* of the object, when it was opened */
};

/* A hello is u32 PROTOCOL_HELLO, u8 wall bits, u8 enum reason (NONE: it works), text to the end of
 * the message. */
enum protocol_wall {
	WALL_SECCOMP = 1,
	WALL_LANDLOCK = 2,
	WALL_UNPRIVILEGED = 4,
	WALL_NO_NETWORK = 8,
	WALL_NO_CLOCK = 16,
};

#endif
