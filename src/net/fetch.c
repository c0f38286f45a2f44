/* SPDX-License-Identifier: Apache-2.0 */
#include "net/fetch.h"

#include <curl/curl.h>
#include <stdlib.h>

struct fetch {
	CURL *curl;
};

bool fetch_open(struct fetch **out, struct error *e)
{
	struct fetch *f = calloc(1, sizeof *f);

	if (f == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    (f->curl = curl_easy_init()) == NULL) {
		free(f);
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "libcurl does not start");
	}
	*out = f;
	return true;
}

void fetch_close(struct fetch *f)
{
	if (f == NULL)
		return;
	curl_easy_cleanup(f->curl);
	curl_global_cleanup();
	free(f);
}

static size_t receive(char *p, size_t size, size_t n, void *ctx)
{
	struct buf *b = ctx;

	buf_put(b, p, size * n);
	return buf_ok(b) ? size * n : 0;
}

static bool run(struct fetch *f, const char *url, struct buf *out, long *status, struct error *e)
{
	char why[CURL_ERROR_SIZE] = "";
	CURL *c = f->curl;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,file");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "pellucid");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)FETCH_TIMEOUT);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)FETCH_TIMEOUT);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	CURLcode code = curl_easy_perform(c);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
	if (code == CURLE_FILE_COULDNT_READ_FILE) {
		*status = 404;
		return true;
	}
	if (!buf_ok(out))
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%s: over %zu bytes", url, out->max);
	if (code != CURLE_OK)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", url,
				 why[0] != '\0' ? why : curl_easy_strerror(code));
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
	if (*status == 0)
		*status = 200; /* a file */
	return true;
}

bool fetch_get(struct fetch *f, const char *url, struct buf *out, long *status, struct error *e)
{
	curl_easy_reset(f->curl);
	return run(f, url, out, status, e);
}

bool fetch_post(struct fetch *f, const char *url, struct span body, struct buf *out, long *status,
		struct error *e)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	bool ok;

	curl_easy_reset(f->curl);
	curl_easy_setopt(f->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDS, (const char *)body.p);
	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	headers = curl_slist_append(headers, "Content-Type: text/plain; charset=utf-8");
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, headers);
	ok = run(f, url, out, status, e);
	curl_slist_free_all(headers);
	return ok;
}
