/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_NET_HTTPD_H
#define PEL_NET_HTTPD_H

/*
 * A small HTTP server, one request after the other: for witnesses and for the files of a log.  The
 * bodies and paths that it hands on are a stranger's.
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	HTTPD_MAX_BODY = 160 << 10,
	HTTPD_MAX_CONNECTIONS = 64,
	HTTPD_MAX_FROM_ONE = 16, /* of them from one address: nobody alone keeps the others out */
	HTTPD_TIMEOUT = 20,      /* seconds that a connection may say nothing */
};

struct httpd_request {
	const char *method; /* "GET", "POST", "HEAD" */
	struct span path;   /* as it was sent, without the query */
	struct span body;
};

struct httpd_answer {
	unsigned status;
	const char *type; /* static; NULL for text/plain */
	bool immutable;   /* it may be kept for ever */
	struct buf body;
	int fd; /* or a file to send, taken over; -1 for none */
};

typedef void httpd_handler(void *ctx, const struct httpd_request *request,
			   struct httpd_answer *answer);

struct httpd;

/*
 * Listens on "ADDRESS:PORT" (IPv4 or [IPv6]; port 0 takes any free one, *port says which).  The
 * handler runs in the server's one thread.
 */
NODISCARD bool httpd_start(const char *listen, httpd_handler *handler, void *ctx,
			   struct httpd **out, unsigned *port, struct error *e);
void httpd_stop(struct httpd *h); /* waits for the request that is being answered */

#endif
