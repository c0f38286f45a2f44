/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELLUCID_PELLUCID_H
#define PELLUCID_PELLUCID_H

/*
 * libpellucid: an object in, a verdict with its evidence out.
 *
 *	struct pel_db *db;             rules, built or opened      <pellucid/db.h>
 *	struct pel_scanner *scanner;   one thread's working memory <pellucid/scan.h>
 *	const struct pel_verdict *v;   what is said of one object  <pellucid/verdict.h>
 *
 * What can fail returns false and fills *e; *out is written on success only.  `_free(NULL)` is
 * nothing.  A database may be shared by any number of threads; a scanner belongs to one thread
 * at a time and must be freed before its database.  The library has no global state, starts no
 * threads and opens no files but those that it is given the names of.
 *
 * It parses in the calling process.  Who scans what strangers send should do it in a process
 * that holds nothing worth taking, as `pellucid scan` does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PEL_PUBLIC __attribute__((visibility("default")))

struct pel_db;
struct pel_scanner;
struct pel_verdict;

struct pel_error {
	const char *reason; /* "damaged", "limit", "unreadable", "memory" ...; static */
	char text[256];     /* one line for a person */
};

/* The library's version, "1.2.3".  Static. */
PEL_PUBLIC const char *pel_version(void);

#ifdef __cplusplus
}
#endif

#include <pellucid/db.h>
#include <pellucid/scan.h>
#include <pellucid/verdict.h>

#endif
