/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/jobs.h"
#include "cli/number.h"
#include "cli/place.h"
#include "engine/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_MANUAL = 1 << 24,
	MAX_COPY = 1 << 30, /* of what is no file */
};

static const char help[] =
	"usage: pellucid inspect [--time-limit=SECONDS] FILE\n"
	"       pellucid inspect --document\n"
	"\n"
	"Prints as JSON what the modules read of a file; or the manual of the modules.\n";

enum { OPT_DOCUMENT = 256, OPT_TIME };

static const struct option options[] = {
	{ "document", no_argument, NULL, OPT_DOCUMENT },
	{ "time-limit", required_argument, NULL, OPT_TIME },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* A file is handed over, what is none (a pipe) is read first. */
static bool ask(const struct ask *a, bool regular, struct buf *answer, struct error *e)
{
	struct buf copy;

	if (regular)
		return ask_worker(a, answer, NULL, e);
	buf_init(&copy, MAX_COPY);
	bool ok = io_read_all(a->fd, &copy, e) && ask_bytes(a, buf_span(&copy), answer, NULL, e);
	buf_release(&copy);
	return ok;
}

static int inspect_open(const char *path, int fd, const struct stat *st, unsigned time_limit_s)
{
	char worker[4096];
	struct ask a = { .worker = worker,
			 .job = "inspect",
			 .fd = fd,
			 .size = (uint64_t)st->st_size,
			 .time_limit_s = time_limit_s };
	struct buf answer;
	struct span json;
	struct error e;
	int status = EXIT_CLEAN;

	if (!place_of("pellucid-worker", worker, sizeof worker))
		return cli_fail("inspect", "pellucid-worker is not installed");
	buf_init(&answer, INSPECT_MAX);
	if (!ask(&a, S_ISREG(st->st_mode), &answer, &e) ||
	    !jobs_answer(buf_span(&answer), &json, &e))
		status = cli_fail("inspect", "%s: %s", path, e.text);
	else if (!text_is_plain(json))
		status = cli_fail("inspect", "%s: internal: a worker gave no JSON", path);
	else
		fwrite(json.p, 1, json.n, stdout);
	buf_release(&answer);
	return status;
}

static int inspect_file(const char *path, unsigned time_limit_s)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		status = cli_fail("inspect", "%s: %s", path, strerror(errno));
	else
		status = inspect_open(path, fd, &st, time_limit_s);
	if (fd >= 0)
		close(fd);
	return status;
}

static int document(void)
{
	struct buf out;

	buf_init(&out, MAX_MANUAL);
	inspect_document(&out);
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return EXIT_CLEAN;
}

int verb_inspect(int argc, char **argv)
{
	int c, status = EXIT_CANNOT;
	unsigned time_limit_s = 0;
	bool manual = false;
	struct error e;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == OPT_TIME) {
			if (!number_read_small("time-limit", optarg, 1, NUMBER_MAX_SECONDS,
					       &time_limit_s, &e))
				return cli_fail("inspect", "%s", e.text);
		} else if (c == OPT_DOCUMENT) {
			manual = true;
		} else {
			fputs(help, c == 'h' ? stdout : stderr);
			return c == 'h' ? EXIT_CLEAN : EXIT_CANNOT;
		}
	}
	if (argc - optind != (manual ? 0 : 1))
		fputs(help, stderr);
	else
		status = manual ? document() : inspect_file(argv[optind], time_limit_s);
	return standard_written() ? status : EXIT_CANNOT;
}
