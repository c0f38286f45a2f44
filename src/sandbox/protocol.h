/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROTOCOL_H
#define PEL_SANDBOX_PROTOCOL_H

/*
 * What broker and worker say to each other over a SOCK_SEQPACKET socket, so that
 * a message is whole or absent.
 *
 * First the broker sends one struct setup and its externals.  Then jobs: up to
 * PROTOCOL_BATCH objects, each a struct job with its descriptor beside the message.
 * For each job, in order, the worker answers a struct answer and a record
 * (engine/record.h).  The worker says nothing else and asks for nothing.
 */

#include "engine/record.h"

enum {
	PROTOCOL_SOCKET = 3,   /* descriptors that the worker begins with */
	PROTOCOL_DATABASE = 4,
	PROTOCOL_BATCH = 16,
	PROTOCOL_MAX = RECORD_MAX + 4096, /* bytes of a message */
};

struct setup {
	uint64_t max_steps;
	int64_t now;
	uint8_t hash, strings, fast, n_externs;
	uint32_t externs_n; /* bytes that follow */
};

struct job {
	uint64_t number;
	uint64_t size; /* of the object, when it was opened */
};

struct answer {
	uint64_t number;
};

#endif
