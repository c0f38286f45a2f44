/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_READ_H
#define PEL_RULES_AUDIT_READ_H

/*
 * What a condition that reads bytes (uint8, uint32be, ...) says of them: not by the
 * form in which it is written, but by which bytes satisfy it.
 */

#include "rules/audit/audit_assume.h"

/*
 * Supposes `node op value` of an expression over one read, and what follows for its bytes:
 * facts of x->w, and the head where the place is constant.  Of an expression over several it is
 * only kept that they are read.  The world dies where no bytes satisfy it.
 */
void audit_read_narrow(struct audit_assume *x, uint32_t node, unsigned op, int64_t value);

/* Keeps of every read below a node that its bytes are looked at. */
void audit_read_seen(struct audit_assume *x, uint32_t node);

/*
 * Looks at the bytes that x->w knows beyond those of `until`: in a document, words are allowed as
 * x->content says, and bytes that are no text are not.  With `until` NULL only those at constant
 * places are looked at, and only for words.
 */
void audit_read_judge(struct audit_assume *x, const struct audit_fact *until, bool loop);

#endif
