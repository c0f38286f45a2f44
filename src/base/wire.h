/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_WIRE_H
#define PEL_BASE_WIRE_H

/*
 * Messages, with descriptors beside them, over a Unix socket between two processes
 * of ours.
 *
 * The socket is SOCK_SEQPACKET, so the kernel keeps the frames: a message comes
 * whole or not at all, there is no length to lie about, and one that is larger
 * than the reader's room is seen to be so and refused.
 */

#include "base/cursor.h"
#include "base/error.h"

enum {
	WIRE_MAX = 128 << 10, /* bytes of a message: fits the default buffers of a socket */
	WIRE_MAX_FDS = 48,    /* descriptors beside one message */
};

/* Two connected ends, closed on exec. */
NODISCARD bool wire_pair(int end[2], struct error *e);

/* The same of a kind that can send to others by their names, and does not see its other end close:
 * for a test of what keeps a process from doing so. */
NODISCARD bool wire_pair_named(int end[2], struct error *e);

/* Sends one message of 1 to WIRE_MAX bytes with n_fds descriptors, which stay the caller's.  Waits
 * for room. LIMIT where too many descriptors are under way (as errno ETOOMANYREFS has it): try
 * again later.  CRASH where the other end is gone: what it sent before can still be received. */
NODISCARD bool wire_send(int socket, struct span message, const int *fd, size_t n_fds,
			 struct error *e);

/*
 * Receives one message into `to`, which has room for `size` bytes, and at most max_fds descriptors,
 * which become the caller's.  Waits.  *n of 0: the other end has closed.  DAMAGED where the message
 * or its descriptors are more than there is room for; descriptors that came are closed.
 */
NODISCARD bool wire_receive(int socket, void *to, size_t size, size_t *n, int *fd, size_t max_fds,
			    size_t *n_fds, struct error *e);

#endif
