/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_LEDGER_H
#define PEL_TRUST_LEDGER_H

/*
 * What left this machine: a file that is only appended to, in which each record holds the SHA-256
 * of the one before.
 *
 *   pellucid/disclosure/v1
 *   seq 1
 *   time 1767225600
 *   prev 0000...                     SHA-256 of the record before; zeros for the first
 *   kind intent                      or: sent, failed
 *   about 1                          the intent that an outcome is of; of an intent its own number
 *   purpose submit-sample
 *   to https://example.org/samples
 *   bytes 1234
 *   sha256 ...                       of every byte that is sent, which are in outbox/HEX
 *                                    an empty line
 *
 * An intent is on the disk before the first byte leaves.  One without an outcome: it may have been
 * sent.  What is cut off at the end is seen by whoever kept the head.
 */

#include "base/buf.h"
#include "base/error.h"

enum { LEDGER_MAX_SIZE = 1 << 26, LEDGER_MAX_TO = 1024, LEDGER_HEX = 64, LEDGER_MAX_RECORD = 4096 };

enum ledger_kind { LEDGER_INTENT, LEDGER_SENT, LEDGER_FAILED, LEDGER_KINDS };

/* The purposes that there are: no record has another. */
enum ledger_purpose { LEDGER_SUBMIT_SAMPLE, LEDGER_SUBMIT_FALSE_POSITIVE, LEDGER_PURPOSES };

struct ledger_record {
	uint64_t seq, time, about, bytes;
	enum ledger_kind kind;
	enum ledger_purpose purpose;
	char to[LEDGER_MAX_TO + 1];
	char sha256[LEDGER_HEX + 1];
};

struct ledger_head {
	uint64_t seq, time;          /* of the last record */
	char sha256[LEDGER_HEX + 1]; /* of the last record; zeros where there is none */
};

const char *ledger_kind_word(enum ledger_kind kind);
const char *ledger_purpose_word(enum ledger_purpose purpose);
NODISCARD bool ledger_purpose_of(struct span word, enum ledger_purpose *out);

/* Goes through a ledger's text and calls tell() (may be NULL) for each record; DAMAGED at the first
 * that does not follow from the one before. */
NODISCARD bool ledger_verify(struct span text, struct ledger_head *head,
			     void (*tell)(void *ctx, const struct ledger_record *r), void *ctx,
			     struct error *e);

/* Verifies DIR/ledger, appends *r (its seq is set, about where it is 0, and its time where that is
 * before the last), and returns when it is on the disk.  A lock keeps others out meanwhile. */
NODISCARD bool ledger_append(const char *dir, struct ledger_record *r, struct error *e);

#endif
