/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_NETLINK_H
#define PEL_REVIEW_NETLINK_H

/*
 * Dumps of the kernel by netlink(7): asked in the gathering half, read in the other.
 *
 * A message is length (u32), type, flags (u16), sequence, pid (u32), then a body of its type, then
 * attributes, each of length and type (u16) and bytes, padded to four.
 */

#include "base/buf.h"

/* Appends the messages of a dump; `request` is the body after the head.  False where the kernel
 * does not tell. */
NODISCARD bool netlink_dump(int protocol, uint16_t type, struct span request, struct buf *out);

/* The next message of *c: its body; false at the end, and with *good false where it is none. */
bool netlink_next(struct cursor *c, uint16_t *type, struct cursor *body, bool *good);
/* The next attribute; false where there is none. */
bool netlink_attribute(struct cursor *c, uint16_t *type, struct span *value);

#endif
