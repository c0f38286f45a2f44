/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct httpd {
	struct MHD_Daemon *daemon;
	httpd_handler *handler;
	void *ctx;
};

/* A request that is being received. */
struct coming {
	struct buf body;
};

static enum MHD_Result send_answer(struct MHD_Connection *c, struct httpd_answer *a)
{
	struct MHD_Response *r = NULL;
	struct stat st;

	if (a->fd >= 0 && fstat(a->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		r = MHD_create_response_from_fd((size_t)st.st_size, a->fd);
		a->fd = -1;
	} else if (a->fd < 0 && buf_ok(&a->body)) {
		r = MHD_create_response_from_buffer(a->body.n, a->body.p, MHD_RESPMEM_MUST_COPY);
	}
	if (a->fd >= 0)
		close(a->fd);
	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
				a->type != NULL ? a->type : "text/plain; charset=utf-8");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL,
				a->immutable ? "max-age=31536000, immutable" : "no-cache");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	enum MHD_Result result = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status)
{
	struct httpd_answer a = { .status = status, .fd = -1 };

	buf_init(&a.body, 1);
	return send_answer(c, &a);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **state)
{
	struct httpd *h = ctx;
	struct coming *in = *state;

	(void)version;
	if (in == NULL) {
		in = calloc(1, sizeof *in);
		if (in == NULL)
			return MHD_NO;
		buf_init(&in->body, HTTPD_MAX_BODY);
		*state = in;
		return MHD_YES;
	}
	if (*size != 0) {
		buf_put(&in->body, data, *size);
		*size = 0;
		return MHD_YES; /* what is too long is read and refused */
	}
	if (!buf_ok(&in->body))
		return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE);
	struct httpd_request request = { method, span_of(path), buf_span(&in->body) };
	struct httpd_answer a = { .status = MHD_HTTP_NOT_FOUND, .fd = -1 };
	buf_init(&a.body, HTTPD_MAX_BODY);
	h->handler(h->ctx, &request, &a);
	enum MHD_Result result = send_answer(c, &a);
	buf_release(&a.body);
	return result;
}

static void on_done(void *ctx, struct MHD_Connection *c, void **state,
		    enum MHD_RequestTerminationCode code)
{
	struct coming *in = *state;

	(void)ctx;
	(void)c;
	(void)code;
	if (in != NULL)
		buf_release(&in->body);
	free(in);
}

/* "127.0.0.1:8080", "[::1]:8080" */
static bool read_address(const char *text, struct sockaddr_storage *out, struct error *e)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2], *end = NULL;
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;

	memset(out, 0, sizeof *out);
	if (n == 0 || n >= sizeof host || end == colon + 1 || *end != '\0' || port > UINT16_MAX)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: not ADDRESS:PORT", text);
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return true;
	}
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1) {
			v6->sin6_family = AF_INET6;
			v6->sin6_port = htons((uint16_t)port);
			return true;
		}
	}
	return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: no numeric address", text);
}

bool httpd_start(const char *listen_at, httpd_handler *handler, void *ctx, struct httpd **out,
		 unsigned *port, struct error *e)
{
	struct sockaddr_storage address;
	struct httpd *h = calloc(1, sizeof *h);
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;

	if (h == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	if (!read_address(listen_at, &address, e)) {
		free(h);
		return false;
	}
	h->handler = handler;
	h->ctx = ctx;
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	h->daemon =
		MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR,
				 (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned)HTTPD_MAX_CONNECTIONS,
				 MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTPD_MAX_FROM_ONE,
				 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTPD_TIMEOUT,
				 MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_END);
	const union MHD_DaemonInfo *info =
		h->daemon != NULL ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)
				  : NULL;
	if (info == NULL) {
		httpd_stop(h);
		return error_set(e, REASON_IO, PLACE_NONE, "%s: cannot listen there", listen_at);
	}
	*port = info->port;
	*out = h;
	return true;
}

void httpd_stop(struct httpd *h)
{
	if (h == NULL)
		return;
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	free(h);
}
