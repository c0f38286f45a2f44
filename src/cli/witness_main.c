/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/waiting.h"
#include "net/httpd.h"
#include "sandbox/confine_serve.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"
#include "trust/witness.h"

#include <getopt.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* pellucid-witness: cosigns the heads of the logs that it follows, over HTTP. */

static const char help[] =
	"usage: pellucid-witness init DIR --key=FILE --log=VKEY...\n"
	"       pellucid-witness serve DIR [--listen=ADDRESS:PORT]\n"
	"\n"
	"A witness by c2sp.org/tlog-witness: POST /add-checkpoint, GET /HEX/checkpoint.\n"
	"Keys are made by `pellucid log key --witness NAME FILE`.  It listens on\n"
	"127.0.0.1:8100 where nothing else is said.\n";

static int fail(const char *format, ...) PRINTF(1, 2);

static int fail(const char *format, ...)
{
	va_list ap;

	fputs("pellucid-witness: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_CANNOT;
}

/* "/HEX/checkpoint" */
static bool checkpoint_path(struct span path, struct span *hex)
{
	struct span rest;

	if (!strict_after(path, "/", &rest) || rest.n != 64 + strlen("/checkpoint") ||
	    !span_is(span_cut(rest, 64, rest.n), "/checkpoint"))
		return false;
	*hex = span_cut(rest, 0, 64);
	return true;
}

static void serve(void *ctx, const struct httpd_request *r, struct httpd_answer *a)
{
	struct witness_answer got = { .body = a->body };
	struct witness *w = ctx;
	struct span hex;
	struct error e;
	bool ok = true;

	if (strcmp(r->method, "POST") == 0 && span_is(r->path, "/add-checkpoint"))
		ok = witness_add_checkpoint(w, r->body, (uint64_t)time(NULL), &got, &e);
	else if (strcmp(r->method, "GET") == 0 && checkpoint_path(r->path, &hex))
		ok = witness_get_checkpoint(w, hex, &got, &e);
	else
		got.status = 404;
	if (!ok) { /* the state could not be written: nothing is said, and nothing more is signed */
		fail("%s", e.text);
		exit(EXIT_CANNOT);
	}
	a->status = got.status;
	a->type = got.type;
	a->body = got.body;
}

static int run_server(const char *dir, const char *listen)
{
	struct witness *w;
	struct httpd *h;
	struct error e;
	unsigned port;
	bool files;

	if (!waiting_prepare(&e) || !witness_open(dir, &w, &e))
		return fail("%s", e.text);
	if (!confine_serve_files(dir, true, &files, &e) ||
	    !httpd_start(listen, serve, w, &h, &port, &e)) {
		witness_close(w);
		return fail("%s", e.text);
	}
	if (!confine_serve_calls(&e)) {
		httpd_stop(h);
		witness_close(w);
		return fail("%s", e.text);
	}
	if (!files)
		(void)fail("this kernel has no Landlock: files are not shut off");
	printf("witness %s on port %u\n", witness_key(w)->name, port);
	fflush(stdout);
	waiting_for_end();
	httpd_stop(h);
	witness_close(w);
	return EXIT_CLEAN;
}

static int make(const char *dir, const char *key, struct span logs)
{
	char vkey[NOTE_MAX_VKEY];
	struct signer s;
	struct error e;
	struct buf skey;
	bool there;

	buf_init(&skey, SIGNER_MAX_SKEY);
	bool ok = durable_read(key, &skey, &there, &e) &&
		  (there || error_set(&e, REASON_IO, PLACE_NONE, "%s is not there", key)) &&
		  signer_parse(buf_span(&skey), &s, &e);
	buf_release(&skey);
	if (!ok)
		return fail("%s", e.text);
	ok = witness_create(dir, &s, logs, &e);
	note_key_write(&s.key, vkey);
	signer_forget(&s);
	if (!ok)
		return fail("%s", e.text);
	puts(vkey);
	return EXIT_CLEAN;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "key", required_argument, NULL, 'k' },
						 { "log", required_argument, NULL, 'L' },
						 { "listen", required_argument, NULL, 'l' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	const char *listen = "127.0.0.1:8100", *key = NULL;
	struct buf logs;
	int option, status;

	standard_begin();
	if (sodium_init() < 0)
		return fail("libsodium does not start");
	buf_init(&logs, 1 << 16);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'k')
			key = optarg;
		else if (option == 'l')
			listen = optarg;
		else if (option == 'L')
			buf_printf(&logs, "%s\n", optarg);
		else
			return fputs(help, option == 'h' ? stdout : stderr) < 0 || option != 'h'
				       ? EXIT_CANNOT
				       : EXIT_CLEAN;
	}
	const char *verb = argc - optind == 2 ? argv[optind] : "";
	if (strcmp(verb, "serve") == 0)
		status = run_server(argv[optind + 1], listen);
	else if (strcmp(verb, "init") == 0 && key != NULL && logs.n != 0)
		status = make(argv[optind + 1], key, buf_span(&logs));
	else
		status = fail("see `pellucid-witness --help`");
	buf_release(&logs);
	return standard_end("pellucid-witness", status, EXIT_CANNOT);
}
