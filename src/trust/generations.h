/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_GENERATIONS_H
#define PEL_TRUST_GENERATIONS_H

/*
 * The releases of a channel that lie on a machine, and the one of them that is used:
 *
 *   DIR/gen/SEQ/   a release with all that was made of it; two are kept
 *   DIR/current    a link to the one that is used, `gen/SEQ`, which changes in one step
 *   DIR/back       after the way back: the number of the release that was left, and why
 *
 * A process that is killed at any moment leaves `current` at a whole generation.
 */

#include "base/error.h"
#include "trust/durable.h"

/* The number that `current` names; 0 where there is none. */
uint64_t generations_used(const char *dir);

/* The newest that lies there before number `seq`; 0 where there is none. */
uint64_t generations_before(const char *dir, uint64_t seq);

/* Makes `current` name that one, and has the link on the disk when it returns. */
NODISCARD bool generations_switch(const char *dir, uint64_t seq, struct error *e);

/*
 * Leaves generation `bad`, which is used, for the one before it, and writes down that it did.  *to
 * is the one that is used then.  DENIED where another process updates, and where this one may not
 * write; IO where there is none before it or `bad` is not used.
 */
NODISCARD bool generations_back(const char *dir, uint64_t bad, const char *why, uint64_t *to,
				struct error *e);

/* The number that was left by the way back; 0: none, or a newer one is used than that. */
uint64_t generations_left(const char *dir);

/* Removes all generations but two, and what was begun and never ended. */
void generations_forget(const char *dir, uint64_t keep, uint64_t also);

/* Removes a directory with what is in it; one that is not there is nothing. */
void generations_remove(const char *path);

#endif
