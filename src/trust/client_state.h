/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_CLIENT_STATE_H
#define PEL_TRUST_CLIENT_STATE_H

/*
 * What a client remembers of a channel, as a file that replaces itself whole:
 *
 *   pellucid/state/v1
 *   size N / root base64 / time N / seq N / leaf base64 / expires N     one line each
 */

#include "trust/verify/accept.h"

/* A file that is not there is a state of zeros.  DAMAGED where it is not of that form: a client
 * that lost its memory says so and does not start anew by itself. */
NODISCARD bool client_state_read(const char *path, struct accept_state *out, struct error *e);
NODISCARD bool client_state_write(const char *path, const struct accept_state *s, struct error *e);

/*
 * What is remembered in the directory of a channel (generations.h): DIR/state, and
 * DIR/current/state of the day on which that generation came.  *accepted is the newest of both:
 * what the next release has to follow.  *used is the release that `current` is, under the newest
 * head: another one between the switch and the writing of DIR/state, and after a way back.
 */
NODISCARD bool client_state_of(const char *dir, struct accept_state *accepted,
			       struct accept_state *used, struct error *e);

#endif
