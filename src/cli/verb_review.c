/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/cli.h"
#include "report/review_human.h"
#include "report/review_json.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REPORT = 1 << 30, TIME_LIMIT_S = 60 };

static const char help[] =
	"usage: pellucid review [OPTIONS]\n"
	"\n"
	"Lists what is on this machine, and says how far it could look.\n"
	"\n"
	"  --root DIR    review a mounted image or container instead of the running system\n"
	"  --json        the whole review as JSON on standard output\n"
	"  --homes       look into home directories too\n"
	"  --full        show serial numbers and hardware addresses as they are\n"
	"  --date DATE   the day for which dates are judged (YYYY-MM-DD; default: today)\n"
	"\n"
	"Nothing is sent anywhere, and no program of the machine is run.\n"
	"Exit status: 0 complete, nothing found; 1 found; 2 could not run; 3 nothing found, but "
	"incomplete.\n";

struct options {
	const char *root;
	bool json, homes, full;
	char date[11];
};

static void today(char date[11])
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(date, 11, "%Y-%m-%d", &tm) != 10)
		memcpy(date, "1970-01-01", 11);
}

static int parse(int argc, char **argv, struct options *o)
{
	enum { ROOT = 256, JSON, HOMES, FULL, DATE };
	static const struct option longs[] = {
		{ "root", required_argument, NULL, ROOT },
		{ "json", no_argument, NULL, JSON },
		{ "homes", no_argument, NULL, HOMES },
		{ "full", no_argument, NULL, FULL },
		{ "date", required_argument, NULL, DATE },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	*o = (struct options){ .root = "/" };
	today(o->date);
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case ROOT:
			o->root = optarg;
			break;
		case JSON:
			o->json = true;
			break;
		case HOMES:
			o->homes = true;
			break;
		case FULL:
			o->full = true;
			break;
		case DATE:
			if (strlen(optarg) != 10)
				return cli_fail("review", "no date: %s", optarg);
			memcpy(o->date, optarg, 11);
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_CLEAN;
		default:
			fputs(help, stderr);
			return EXIT_CANNOT;
		}
	}
	return optind == argc ? -1 : cli_fail("review", "what is %s?", argv[optind]);
}

/* One machine, one salt: its own id, which is not shown.  A root without one gets a fresh salt. */
static void choose_salt(const struct root *root, uint8_t salt[PSEUDONYM_SALT])
{
	struct stat st;
	struct error e;
	struct buf id;
	int fd = root_file(root, "/etc/machine-id", &st, &e);

	buf_init(&id, 4096);
	buf_put_text(&id, "pellucid pseudonyms ");
	size_t before = id.n;
	bool ok = fd >= 0 && io_read_all(fd, &id, &e) && id.n > before + 16 &&
		  hash_of(HASH_SHA256, buf_span(&id), salt);
	if (!ok && getrandom(salt, PSEUDONYM_SALT, 0) != PSEUDONYM_SALT)
		memset(salt, 0, PSEUDONYM_SALT);
	if (fd >= 0)
		close(fd);
	buf_release(&id);
}

static int print(const struct options *o, const struct review_report *r)
{
	struct buf out;

	buf_init(&out, MAX_REPORT);
	if (o->json)
		review_json(r, &out);
	else
		review_human(r, &out);
	bool ok = buf_ok(&out) && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	buf_release(&out);
	if (!ok)
		return cli_fail("review", "the report cannot be written");
	return review_is_complete(r->review) ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int verb_review(int argc, char **argv)
{
	struct options o;
	struct review review;
	struct root root;
	struct error e;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	if (!root_open(&root, o.root, &e))
		return cli_fail("review", "%s: %s", o.root, e.text);
	struct review_options how = { .root = &root,
				      .homes = o.homes,
				      .time_limit_s = TIME_LIMIT_S };
	if (!review_run(&how, &review, &e)) {
		root_close(&root);
		return cli_fail("review", "%s: %s", o.root, e.text);
	}
	struct review_report r = { .review = &review,
				   .root = o.root,
				   .live = root.live,
				   .date = o.date,
				   .hide = { .full = o.full } };
	choose_salt(&root, r.hide.salt);
	status = print(&o, &r);
	review_release(&review);
	root_close(&root);
	return status;
}
