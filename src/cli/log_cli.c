/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_cli.h"
#include "base/io.h"
#include "trust/durable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int log_fail(const char *format, ...)
{
	va_list ap;

	fputs("pellucid log: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_CANNOT;
}

bool log_read(const char *path, size_t max, struct buf *out, struct error *e)
{
	buf_init(out, max);
	return io_read_file(path, out, e) || error_wrap(e, "%s: ", path);
}

bool log_read_policy(const char *path, struct log_policy *out, struct error *e)
{
	return log_read(path, QUORUM_MAX_SIZE, &out->text, e) &&
	       (quorum_parse(buf_span(&out->text), &out->quorum, e) || error_wrap(e, "%s: ", path));
}

/* ---- somebody's log */

/* How a URL is asked for: whole, or the rest of it. */
typedef bool (*asks)(struct fetch *f, const char *url, struct buf *out, long *status,
		     struct error *e);

static bool get_from(struct log_remote *r, asks ask, const char *name, struct buf *out, bool *there,
		     struct error *e)
{
	char url[DURABLE_PATH_SIZE];
	long status = 0;

	if (!durable_path(url, e, "%s/%s", r->prefix, name))
		return false;
	if (strstr(r->prefix, "://") == NULL)
		return durable_read(url, out, there, e);
	if (!ask(r->fetch, url, out, &status, e))
		return false;
	if (status != 200 && status != 404)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: status %ld", url, status);
	*there = status == 200;
	return true;
}

static bool get(void *ctx, const char *name, struct buf *out, bool *there, struct error *e)
{
	return get_from(ctx, fetch_get, name, out, there, e);
}

bool log_remote_rest(void *ctx, const char *name, struct buf *out, bool *there, struct error *e)
{
	struct log_remote *r = ctx;

	if (strstr(r->prefix, "://") == NULL)
		buf_reset(out); /* a directory breaks nothing off */
	return get_from(r, fetch_rest, name, out, there, e);
}

void log_remote_open(struct log_remote *r, struct fetch *fetch, const char *prefix)
{
	*r = (struct log_remote){ .fetch = fetch, .prefix = prefix };
	r->client = (struct log_client){ .get = get, .ctx = r };
}
