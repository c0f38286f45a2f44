/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_LOGBOOK_H
#define PEL_REVIEW_LOGBOOK_H

/*
 * A journal file of systemd (systemd.io/JOURNAL_FILE_FORMAT): the fields of its entries,
 * `NAME=VALUE`, each once, in the order in which they first came.  Fields that are stored
 * compressed are passed over: short ones never are (512 bytes, unless it was set otherwise).
 */

#include "base/cursor.h"

struct logbook {
	struct span file;
	uint64_t end;  /* of the objects, in the file */
	bool compact;  /* its numbers are narrow: data begin 8 bytes later */
	bool damaged;  /* an object was none: what follows it was not read */
	uint64_t from; /* of the first object */
};

/* *j points into the file, which must outlive it.  False where the file is no journal. */
NODISCARD bool logbook_open(struct logbook *j, struct span file);
/* A cursor on the first object, for logbook_next(). */
struct cursor logbook_begin(const struct logbook *j);
/* The next field, `NAME=VALUE`, a part of the file.  False at the end, and at an object that is
 * none: then j->damaged is set. */
NODISCARD bool logbook_next(struct logbook *j, struct cursor *c, struct span *data);

#endif
