/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TESTS_BROKER_PLACE_H
#define PEL_TESTS_BROKER_PLACE_H

/* What the tests of the broker share: a database, a worker that does what its object says
 * (tests/sandbox/fake_scanner.c), and what the broker told. */

#include "base/buf.h"
#include "sandbox/broker.h"

struct place {
	struct buf database;
	struct db *db;
	char worker[512];
	struct broker_options o;
	struct broker *broker;
	struct buf told; /* "path kind reason\n" for each object, in order */
	uint64_t last_at;
	size_t last_strings;
	uint64_t at[8]; /* of the first objects: where the first string was */
	size_t n_done;
};

/* Of cmocka; *state is a struct place. */
int set_up(void **state);
int tear_down(void **state);

/* Starts the broker by p->o; the test is skipped where there is no worker. */
void begin(struct place *p);

/* An object of these bytes, whose name they are. */
void submit(struct place *p, const char *content);
void finish(struct place *p);

/* Is what was told till now. */
void assert_told(struct place *p, const char *expected);

/* A file of n bytes without a name; the caller closes it. */
int memory_file(const void *bytes, size_t n);

#endif
