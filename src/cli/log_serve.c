/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_cli.h"
#include "cli/waiting.h"
#include "net/httpd.h"
#include "sandbox/confine_serve.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * serve: the public directory, for those who have no web server.  A path is made of words of
 * letters, digits, `.`, `_` and `-` that do not begin with a dot, so it cannot leave the
 * directory; links are not followed.
 */

static bool path_allowed(struct span path)
{
	struct cursor c = cursor_of(path);
	uint8_t before = '/';

	while (cursor_left(&c) != 0) {
		uint8_t b = cursor_u8(&c);
		if (before == '/' && (b == '/' || b == '.'))
			return false;
		if (b != '/' && !strict_name((struct span){ &b, 1 }, "._-", 1))
			return false;
		before = b;
	}
	return path.n != 0 && before != '/';
}

static void serve(void *ctx, const struct httpd_request *r, struct httpd_answer *a)
{
	const char *dir = ctx;
	char path[DURABLE_PATH_SIZE];
	struct stat st;
	struct span name;
	struct error e;

	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
		a->status = 405;
		return;
	}
	if (!strict_after(r->path, "/", &name) || !path_allowed(name) ||
	    !durable_path(path, &e, "%s/public/%.*s", dir, (int)name.n, (const char *)name.p))
		return;
	a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (a->fd < 0)
		return;
	if (fstat(a->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(a->fd);
		a->fd = -1;
		return;
	}
	a->status = 200;
	a->immutable = !span_is(name, "checkpoint");
	a->type = a->immutable ? "application/octet-stream" : NULL;
}

int log_serve(int argc, char **argv)
{
	static const struct option options[] = { { "listen", required_argument, NULL, 'l' },
						 { 0 } };
	const char *listen = "127.0.0.1:8080";
	char public[DURABLE_PATH_SIZE];
	struct httpd *h;
	struct error e;
	unsigned port;
	bool files;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'l')
			return log_fail("serve: see `pellucid log --help`");
		listen = optarg;
	}
	if (argc - optind != 1)
		return log_fail("serve: see `pellucid log --help`");
	if (!durable_path(public, &e, "%s/public", argv[optind]) || !waiting_prepare(&e) ||
	    !confine_serve_files(public, false, &files, &e) ||
	    !httpd_start(listen, serve, argv[optind], &h, &port, &e))
		return log_fail("%s", e.text);
	if (!confine_serve_calls(&e)) {
		httpd_stop(h);
		return log_fail("%s", e.text);
	}
	if (!files)
		(void)log_fail("this kernel has no Landlock: files are not shut off");
	printf("serving on port %u\n", port);
	fflush(stdout);
	waiting_for_end();
	httpd_stop(h);
	return EXIT_CLEAN;
}
