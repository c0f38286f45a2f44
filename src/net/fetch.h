/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_NET_FETCH_H
#define PEL_NET_FETCH_H

/*
 * Asks for a URL: HTTP, HTTPS, or a file.  What is sent is the URL, `User-Agent: pellucid`, and
 * nothing that tells one machine from another: no cookies, no conditions, no encodings, no
 * redirects.  (A download that was broken off is asked for from where it broke: `Range`.)  What
 * comes is at most `max` bytes, and believed by nobody.
 */

#include "base/buf.h"
#include "base/error.h"

struct fetch;

enum { FETCH_TIMEOUT = 30 }; /* seconds for a whole request that moves nothing */

/* One at a time for a process: it sets libcurl up. */
NODISCARD bool fetch_open(struct fetch **out, struct error *e);
void fetch_close(struct fetch *f); /* NULL is nothing */

/* Appends the body to `out`, whose maximum bounds it; *status is HTTP's, and for files 200 or 404.
 * Fails where nobody answers or the body is too long. */
NODISCARD bool fetch_get(struct fetch *f, const char *url, struct buf *out, long *status,
			 struct error *e);

/* The same where `out` has the beginning of the body already: the rest is asked for (RFC 9110, 14).
 * A server that sends the whole instead, or has no such rest, gives the whole, and what was there
 * is dropped.  Where it fails, `out` has all that came, unless buf_ok() says that it was too much.
 */
NODISCARD bool fetch_rest(struct fetch *f, const char *url, struct buf *out, long *status,
			  struct error *e);

/* Sends `body` as text/plain in UTF-8 by POST; the answer is appended as by fetch_get(). */
NODISCARD bool fetch_post(struct fetch *f, const char *url, struct span body, struct buf *out,
			  long *status, struct error *e);

#endif
