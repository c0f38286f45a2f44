/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/json_read.h"
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/number.h"
#include "cli/place.h"
#include "cli/policies.h"
#include "cli/policy_signed.h"
#include "cli/review_scan.h"
#include "report/review_compare.h"
#include "report/review_html.h"
#include "report/review_human.h"
#include "report/review_json.h"
#include "report/review_other.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REPORT = 1 << 30, TIME_LIMIT_S = 120 };

static const char help[] =
	"usage: pellucid review [OPTIONS]\n"
	"\n"
	"Lists what is on this machine, holds it against decisions that show their evidence, and "
	"says how\n"
	"far it could look.\n"
	"\n"
	"  --root DIR    review a mounted image or container instead of the running system\n"
	"  --profile P   whose machine it is: none (the default), eu-institution, us-federal, "
	"uk-gov ...\n"
	"                (`pellucid policy profiles` lists them), or a file of your own\n"
	"  --policy F    a policy, or a directory of them; may be given again.  The policies that "
	"come with\n"
	"                the program are used as well, unless --no-shipped is given\n"
	"  --keys FILE   policies of --policy must be signed with these keys (`threshold K`, `key "
	"VKEY` ...)\n"
	"  --scan        run the engine (starter rules) over every program and autostart script "
	"too\n"
	"  --trust DIR   with --scan: load nothing that the policy in DIR does not prove (`none`: "
	"do without)\n"
	"  --hash        the SHA-256 of each of these, which policies may name\n"
	"  --json        the whole review as JSON on standard output\n"
	"  --html FILE   a report as one page that needs nothing else; likewise --cyclonedx FILE "
	"(1.6),\n"
	"                --sarif FILE, --csv FILE; the summary is printed as well\n"
	"  --compare OLD what came, went and changed since a review that was kept as JSON\n"
	"  --homes       look into home directories too\n"
	"  --full        show serial numbers and hardware addresses as they are\n"
	"  --listen SECONDS  hear what network equipment says of itself (LLDP); nothing is sent\n"
	"  --date DATE   the day for which dates are judged (YYYY-MM-DD; default: today)\n"
	"\n"
	"Nothing is sent anywhere, and no program of the machine is run.\n"
	"Exit status: 0 complete, nothing found; 1 found; 2 could not run; 3 nothing found, but "
	"incomplete;\n"
	"4 a policy's signature does not hold.\n";

enum { MAX_POLICIES = 64, MAX_LISTEN_S = 3600 };

struct options {
	const char *root;
	const char *profile;
	const char *policy[MAX_POLICIES];
	unsigned n_policies;
	const char *html, *cyclonedx, *sarif, *csv; /* files to write; NULL: none */
	const char *trust;                          /* as proven_choose() takes it */
	const char *compare;                        /* an older report as JSON; NULL: none */
	const char *keys; /* whose signatures policies must bear; NULL: nobody's */
	bool json, homes, full, own_only, scan, hash;
	unsigned listen_s;
	char date[11];
};

static void today(char date[11])
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(date, 11, "%Y-%m-%d", &tm) != 10)
		memcpy(date, "1970-01-01", 11);
}

enum {
	ROOT = 256,
	JSON,
	HOMES,
	FULL,
	DATE,
	PROFILE,
	POLICY,
	OWN,
	HTML,
	CYCLONEDX,
	SARIF,
	CSV,
	COMPARE,
	SCAN,
	HASH,
	LISTEN,
	KEYS,
	TRUST
};

/* Where an option's text goes; NULL for one that takes none, or more than a place. */
static const char **place_of_option(struct options *o, int c)
{
	switch (c) {
	case ROOT:
		return &o->root;
	case PROFILE:
		return &o->profile;
	case HTML:
		return &o->html;
	case CYCLONEDX:
		return &o->cyclonedx;
	case SARIF:
		return &o->sarif;
	case CSV:
		return &o->csv;
	case COMPARE:
		return &o->compare;
	case KEYS:
		return &o->keys;
	case TRUST:
		return &o->trust;
	default:
		return NULL;
	}
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "root", required_argument, NULL, ROOT },
		{ "json", no_argument, NULL, JSON },
		{ "homes", no_argument, NULL, HOMES },
		{ "full", no_argument, NULL, FULL },
		{ "profile", required_argument, NULL, PROFILE },
		{ "policy", required_argument, NULL, POLICY },
		{ "no-shipped", no_argument, NULL, OWN },
		{ "html", required_argument, NULL, HTML },
		{ "cyclonedx", required_argument, NULL, CYCLONEDX },
		{ "sarif", required_argument, NULL, SARIF },
		{ "csv", required_argument, NULL, CSV },
		{ "compare", required_argument, NULL, COMPARE },
		{ "scan", no_argument, NULL, SCAN },
		{ "hash", no_argument, NULL, HASH },
		{ "listen", required_argument, NULL, LISTEN },
		{ "keys", required_argument, NULL, KEYS },
		{ "date", required_argument, NULL, DATE },
		{ "trust", required_argument, NULL, TRUST },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct error e;
	int c;

	*o = (struct options){ .root = "/", .profile = "none" };
	today(o->date);
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		const char **place = place_of_option(o, c);
		if (place != NULL) {
			*place = optarg;
			continue;
		}
		switch (c) {
		case JSON:
			o->json = true;
			break;
		case HOMES:
			o->homes = true;
			break;
		case FULL:
			o->full = true;
			break;
		case SCAN:
			o->scan = true;
			break;
		case HASH:
			o->hash = true;
			break;
		case POLICY:
			if (o->n_policies == MAX_POLICIES)
				return cli_fail("review", "--policy stands more than %d times",
						MAX_POLICIES);
			o->policy[o->n_policies++] = optarg;
			break;
		case OWN:
			o->own_only = true;
			break;
		case LISTEN:
			if (!number_read_small("listen", optarg, 1, MAX_LISTEN_S, &o->listen_s, &e))
				return cli_fail("review", "%s", e.text);
			break;
		case DATE:
			if (!policy_is_date(span_of(optarg)))
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
	if (o->json && o->compare != NULL)
		return cli_fail("review",
				"--compare speaks to people, --json to programs: one of them");
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

static bool write_file(const char *path, const struct review_report *r,
		       void (*form)(const struct review_report *, struct buf *))
{
	struct error e = { .why = REASON_NONE };
	struct buf out;

	if (path == NULL)
		return true;
	buf_init(&out, MAX_REPORT);
	form(r, &out);
	bool ok = buf_ok(&out) ? io_replace(path, buf_span(&out), 0600, &e)
			       : error_set(&e, REASON_LIMIT, PLACE_NONE, "the report is too large");
	buf_release(&out);
	if (!ok)
		(void)cli_fail("review", "%s: %s", path, e.text);
	return ok;
}

static bool write_files(const struct options *o, const struct review_report *r)
{
	return write_file(o->html, r, review_html) &&
	       write_file(o->cyclonedx, r, review_cyclonedx) &&
	       write_file(o->sarif, r, review_sarif) && write_file(o->csv, r, review_csv);
}

static bool compare(const struct options *o, const struct review_report *r, struct buf *out)
{
	struct buf before, now;
	struct error e;

	buf_init(&before, JSON_READ_MAX_SIZE);
	buf_init(&now, JSON_READ_MAX_SIZE);
	review_json(r, &now);
	bool ok = (buf_ok(&now) ||
		   error_set(&e, REASON_LIMIT, PLACE_NONE, "the report is too large")) &&
		  io_read_file(o->compare, &before, &e) &&
		  review_compare(buf_span(&before), buf_span(&now), out, &e);
	buf_release(&before);
	buf_release(&now);
	if (!ok)
		(void)cli_fail("review", "%s: %s", o->compare, e.text);
	return ok;
}

static int print(const struct options *o, const struct review_report *r)
{
	struct buf out;

	buf_init(&out, MAX_REPORT);
	if (o->compare != NULL && !compare(o, r, &out)) {
		buf_release(&out);
		return EXIT_CANNOT;
	}
	if (o->json)
		review_json(r, &out);
	else if (o->compare == NULL)
		review_human(r, &out);
	bool ok = buf_ok(&out);
	bool written = ok && fwrite(out.p, 1, out.n, stdout) == out.n && standard_written();
	buf_release(&out);
	if (!ok || !write_files(o, r))
		return cli_fail("review", "the report cannot be written");
	if (!written)
		return EXIT_CANNOT;
	if (review_report_counting(r) > 0 || review_report_hits(r) > 0)
		return EXIT_FOUND;
	return review_report_is_complete(r) ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

/* A profile's name, or a file. */
static bool open_profile(const char *name, struct profile *p)
{
	struct span text = profile_text(name);
	struct policy_report report;
	struct error e;
	struct buf file;

	buf_init(&file, POLICY_MAX_TEXT);
	bool ok = text.n != 0 || io_read_file(name, &file, &e);
	if (!ok)
		(void)cli_fail("review", "no profile of that name, and no file: %s: %s", name,
			       e.text);
	policy_report_init(&report, name, text.n != 0 ? text : buf_span(&file));
	ok = ok && profile_open(p, &report);
	if (report.text.n != 0)
		fwrite(report.text.p, 1, report.text.n, stderr);
	policy_report_release(&report);
	buf_release(&file);
	return ok;
}

static bool open_policies(const struct options *o, struct policies *p)
{
	bool ok = o->own_only || policies_add_shipped(p);

	for (unsigned i = 0; i < o->n_policies; i++)
		ok = policies_add(p, o->policy[i]) && ok;
	return ok;
}

static bool judge(const struct options *o, const struct review *review, const struct policies *p,
		  const struct profile *profile, struct findings *f, struct error *e)
{
	f->digests = o->hash;
	f->rules = o->scan;
	for (size_t i = 0; i < p->n; i++)
		if (!findings_add(f, &review->facts, p->list[i], profile, o->date, e))
			return false;
	findings_sort(f);
	return true;
}

static bool examine(const struct options *o, const struct root *root, struct review *review,
		    struct error *e)
{
	struct review_scan_options how = { .root = root,
					   .path = o->root,
					   .scan = o->scan,
					   .hash = o->hash,
					   .homes = o->homes,
					   .trust = o->trust };

	return (!o->scan && !o->hash) || review_scan(&how, review, e);
}

static int review_root(const struct options *o, const struct policies *p,
		       const struct profile *profile, const struct root *root)
{
	char worker[4096];
	struct review_options how = { .root = root,
				      .worker = worker,
				      .homes = o->homes,
				      .listen_s = o->listen_s,
				      .time_limit_s = TIME_LIMIT_S };
	struct findings findings;
	struct review review = { .owned = { .merged = false } };
	struct arena paths;
	struct error e;
	int status;

	if (!place_of("pellucid-worker", worker, sizeof worker))
		return cli_fail("review", "pellucid-worker is not installed");
	arena_init(&paths, POLICY_MAX_MEMORY);
	how.wanted = policies_values(p, ATOM_PATH, &paths, &how.n_wanted);
	how.build_ids = policies_values(p, ATOM_BUILD_ID, &paths, &how.n_build_ids);
	how.modules = policies_values(p, ATOM_MODULE, &paths, &how.n_modules);
	findings_init(&findings);
	if (!review_run(&how, &review, &e) || !examine(o, root, &review, &e) ||
	    !judge(o, &review, p, profile, &findings, &e)) {
		status = cli_fail("review", "%s: %s", o->root, e.text);
	} else {
		struct review_report r = { .review = &review,
					   .root = o->root,
					   .live = root->live,
					   .date = o->date,
					   .hide = { .full = o->full },
					   .findings = &findings,
					   .profile = profile,
					   .policies = (const struct policy *const *)p->list,
					   .n_policies = p->n };
		choose_salt(root, r.hide.salt);
		status = print(o, &r);
	}
	free((void *)(uintptr_t)how.wanted);
	free((void *)(uintptr_t)how.build_ids);
	free((void *)(uintptr_t)how.modules);
	review_release(&review);
	findings_release(&findings);
	arena_release(&paths);
	return status;
}

int verb_review(int argc, char **argv)
{
	struct options o;
	struct policies policies;
	struct profile profile = { .node = NULL };
	struct root root = { .fd = -1 };
	struct error e;
	int status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	policies_init(&policies);
	status = EXIT_CANNOT;
	if (!open_profile(o.profile, &profile) || !open_policies(&o, &policies))
		status = cli_fail("review", "nothing was reviewed");
	else if ((status = policy_signed_check_all(policies.list, policies.n, o.keys)) !=
		 EXIT_CLEAN)
		(void)cli_fail("review", "nothing was reviewed");
	else if (!root_open(&root, o.root, &e))
		status = cli_fail("review", "%s: %s", o.root, e.text);
	else
		status = review_root(&o, &policies, &profile, &root);
	root_close(&root);
	profile_release(&profile);
	policies_release(&policies);
	return status;
}
