/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_BACK_H
#define PEL_CLI_BACK_H

/*
 * The way back from a release of rules that workers die of.
 *
 * A worker that dies at an object says nothing of the rules yet: it may be the object.  So, when a
 * scan has ended, the first objects that workers died at are tried again, BACK_TRIES times with the
 * rules that are used and as often with those of the release before.  Where each worker with the
 * new ones dies and none with the old ones does, it is the release: the one before becomes current
 * (trust/generations.h), and what `update` asks for stays the same.
 */

#include "sandbox/broker.h"

enum { BACK_OBJECTS = 4, BACK_TRIES = 2 };

/* All zero at first. */
struct back {
	char *path[BACK_OBJECTS];
	size_t n;
};

/* To be called with each verdict of a scan with proven rules. */
void back_note(struct back *b, const char *path, const struct verdict *v);

/*
 * After the scan, with the options that its broker had.  `trust` is as proven_choose() takes it,
 * and `seq` the release that was used.  Tells standard error where it is the release, and whether
 * this process could go back.  Frees what was noted.
 */
void back_end(struct back *b, const char *trust, uint64_t seq, const struct broker_options *o);

#endif
