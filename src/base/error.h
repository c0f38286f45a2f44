/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_ERROR_H
#define PEL_BASE_ERROR_H

/*
 * One error: a reason from a closed list, a place, and one line for a person.
 * The reason is also the word that an `incomplete` verdict carries.
 */

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum reason {
	REASON_NONE,
	REASON_DAMAGED,     /* does not follow its format */
	REASON_ENCRYPTED,   /* needs a key that nobody gave */
	REASON_UNSUPPORTED, /* a format or feature that we do not read */
	REASON_LIMIT,       /* a named limit was reached */
	REASON_TIME,        /* the object's time was spent */
	REASON_DENIED,      /* the kernel said no: permission, policy */
	REASON_IO,          /* reading or writing failed */
	REASON_MEMORY,      /* none left within the budget */
	REASON_CHANGED,     /* the object changed or shrank while it was read */
	REASON_CRASH,       /* the worker died at this object */
	REASON_INTERNAL,    /* our fault */
	REASON_STOPPED,     /* whoever asked has broken it off */
	REASON_COUNT
};

#define PLACE_NONE UINT64_MAX

struct error {
	enum reason why;
	uint64_t at;    /* bytes from the start of the object, or PLACE_NONE */
	char text[232]; /* one line: what was found, what was allowed, by which specification */
};

/* Fills *e and returns false, so that a function can end in `return error_set(...)`. */
bool error_set(struct error *e, enum reason why, uint64_t at, const char *format, ...) PRINTF(4, 5);

/* Puts a prefix such as "a.zip/b.exe: " before e's text, cutting what does not fit.  Returns false.
 */
bool error_wrap(struct error *e, const char *format, ...) PRINTF(2, 3);

/* The word for a reason: "damaged", "limit", "unreadable", "worker-crash" ...  Static. */
const char *reason_word(enum reason why);

#endif
