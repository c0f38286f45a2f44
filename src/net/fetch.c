/* SPDX-License-Identifier: Apache-2.0 */
#include "net/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Of an answer to a range. */
struct resuming {
	CURL *curl;
	struct buf *out;
	size_t had;    /* bytes that were there before */
	bool answered; /* a part of the body came */
	bool useless;  /* and is neither the rest nor the whole */
};

/* Whether an answer begins where it was asked to: "bytes 100-199/200". */
static bool begins_at(CURL *c, size_t at)
{
	struct curl_header *h;
	char text[48];

	int n = snprintf(text, sizeof text, "bytes %zu-", at);
	return curl_easy_header(c, "Content-Range", 0, CURLH_HEADER, -1, &h) == CURLHE_OK &&
	       strncmp(h->value, text, (size_t)n) == 0;
}

static size_t receive_rest(char *p, size_t size, size_t n, void *ctx)
{
	struct resuming *r = ctx;
	long status = 0;

	if (!r->answered) {
		curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
		if (status == 200)
			buf_reset(r->out);
		r->useless = status != 200 && status != 0 && /* 0: a file */
			     !(status == 206 && begins_at(r->curl, r->had));
		r->answered = true;
	}
	return r->useless ? size * n : receive(p, size, n, r->out);
}

/* The request that is set up; `out` alone receives, unless there is a resumption. */
static bool run(struct fetch *f, const char *url, struct buf *out, struct resuming *rest,
		long *status, struct error *e)
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
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, rest != NULL ? receive_rest : receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, rest != NULL ? (void *)rest : (void *)out);
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
	return run(f, url, out, NULL, status, e);
}

bool fetch_rest(struct fetch *f, const char *url, struct buf *out, long *status, struct error *e)
{
	struct resuming rest = { .curl = f->curl, .out = out, .had = out->n };
	char range[32];

	if (out->n != 0) {
		snprintf(range, sizeof range, "%zu-", out->n);
		curl_easy_reset(f->curl);
		curl_easy_setopt(f->curl, CURLOPT_RANGE, range);
		if (!run(f, url, out, &rest, status, e))
			return false;
		if (*status == 206 && rest.answered && !rest.useless)
			*status = 200;
	}
	if (rest.had == 0 || *status == 206 || *status == 416) {
		buf_reset(out);
		if (!fetch_get(f, url, out, status, e))
			return false;
	}
	if (*status != 200)
		buf_reset(out); /* what a server says of an error is nothing to keep */
	return true;
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
	ok = run(f, url, out, NULL, status, e);
	curl_slist_free_all(headers);
	return ok;
}
