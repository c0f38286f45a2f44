/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/policy_cli.h"
#include "policy/import.h"
#include "policy/policy.h"
#include "sandbox/cage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * `policy import`: the feeds are JSON that strangers made, so they are read behind the walls; what
 * comes back is text of a policy, which passes the checker before anybody sees it.
 */

enum { MAX_FILES = 4096, MAX_TEXT = 64 << 20, TIME_LIMIT_S = 120, HEAD = 16 };

struct feed {
	bool kev;
	struct buf text[MAX_FILES];
	const char *name[MAX_FILES];
	size_t n;
	const char *ecosystem; /* NULL: none */
	char today[11], next_year[11];
};

/* ---- behind the walls */

static void begin(const struct feed *f, struct import *im, const struct json_item *first)
{
	if (f->kev)
		import_begin(im, "cisa-kev", "Known exploited vulnerabilities",
			     import_member(first, "title"),
			     "US Cybersecurity and Infrastructure Security Agency",
			     "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
			     "CC0-1.0");
	else
		import_begin(im, "osv-malicious", "Packages that were reported as malicious",
			     span_of("Imported from records of the OSV schema."),
			     "OpenSSF Malicious Packages",
			     "https://github.com/ossf/malicious-packages", "Apache-2.0");
}

static void put_counts(const struct import *im, struct buf *to)
{
	buf_put_le32(to, im->n_records);
	buf_put_le32(to, im->n_entries);
	buf_put_le32(to, im->n_withdrawn);
	buf_put_le32(to, im->n_left_out);
}

static void convert(const struct feed *f, struct import *im, struct json_document **d)
{
	const struct json_item *root[MAX_FILES];
	size_t n = 0;
	struct error e;

	for (size_t i = 0; i < f->n; i++) {
		d[i] = NULL;
		if (json_read_open(buf_span(&f->text[i]), 0, &d[i], &e))
			root[n++] = json_read_root(d[i]);
		else
			import_left_out(im, span_of(f->name[i]), e.text);
	}
	if (f->kev && n != 0)
		import_kev(im, root[0], root + 1, n - 1);
	for (size_t i = 0; !f->kev && i < n; i++)
		import_osv(im, root[i]);
}

static void run(void *ctx, struct buf *out)
{
	struct json_document *documents[MAX_FILES];
	const struct feed *f = ctx;
	struct json_document *first = NULL;
	struct error e;
	struct buf text;
	struct import im = { .out = &text,
			     .today = f->today,
			     .next_year = f->next_year,
			     .ecosystem = f->ecosystem != NULL ? span_of(f->ecosystem)
							       : (struct span){ NULL, 0 } };

	buf_init(&text, MAX_TEXT);
	if (!json_read_open(buf_span(&f->text[0]), 0, &first, &e))
		first = NULL;
	begin(f, &im, first != NULL ? json_read_root(first) : NULL);
	convert(f, &im, documents);
	put_counts(&im, out);
	if (buf_ok(&text))
		buf_put_span(out, buf_span(&text));
	else
		out->failed = true;
	for (size_t i = 0; i < f->n; i++)
		json_read_close(documents[i]);
	json_read_close(first);
	buf_release(&text);
}

/* ---- what came back */

/* What the importers write, the checker takes; what it does not take is our fault, or a lie. */
static bool is_policy(struct span text)
{
	struct policy_report report;
	struct policy p;

	policy_report_init(&report, "imported", text);
	bool ok = policy_open(&p, &report);
	if (!ok && report.text.n != 0)
		fwrite(report.text.p, 1, report.text.n, stderr);
	policy_release(&p);
	policy_report_release(&report);
	return ok;
}

static int tell(struct span answer)
{
	struct cursor c = cursor_of(answer);
	uint32_t records = cursor_le32(&c), entries = cursor_le32(&c);
	uint32_t withdrawn = cursor_le32(&c), left = cursor_le32(&c);
	struct span text = cursor_take(&c, cursor_left(&c));

	if (!cursor_ok(&c) || !is_policy(text))
		return cli_fail("policy", "import: the feed made no policy");
	if (fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout) != 0)
		return cli_fail("policy", "the output cannot be written");
	fprintf(stderr, "%u records: %u entries, %u of them withdrawn; %u left out\n", records,
		entries, withdrawn, left);
	return left == 0 && records != 0 ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

static bool read_files(struct feed *f, int argc, char **argv)
{
	struct error e;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--ecosystem=", 12) == 0) {
			f->ecosystem = argv[i] + 12;
			continue;
		}
		if (f->n == MAX_FILES) {
			(void)cli_fail("policy", "import: more than %d files", MAX_FILES);
			return false;
		}
		buf_init(&f->text[f->n], JSON_READ_MAX_SIZE);
		f->name[f->n] = argv[i];
		if (!io_read_file(argv[i], &f->text[f->n++], &e)) {
			(void)cli_fail("policy", "%s: %s", argv[i], e.text);
			return false;
		}
	}
	if (f->n == 0)
		(void)cli_fail("policy", "import: no files");
	return f->n != 0;
}

int policy_import(int argc, char **argv)
{
	struct feed *f = calloc(1, sizeof *f);
	struct cage_work work = {
		.run = run, .ctx = f, .max = MAX_TEXT + HEAD, .time_limit_s = TIME_LIMIT_S
	};
	struct cage_output out;
	struct error e;
	int status = EXIT_CANNOT;

	if (f == NULL || argc < 2 || (strcmp(argv[0], "osv") != 0 && strcmp(argv[0], "kev") != 0)) {
		free(f);
		return cli_fail("policy", "import wants osv or kev, and files");
	}
	f->kev = argv[0][0] == 'k';
	policy_day(f->today, 0);
	policy_day(f->next_year, 1);
	json_read_prepare();
	if (!read_files(f, argc - 1, argv + 1)) {
		status = EXIT_CANNOT;
	} else if (!cage_run(&work, &out, &e)) {
		(void)cli_fail("policy", "import: %s", e.text);
	} else {
		status = tell(out.text);
		cage_release(&out);
	}
	for (size_t i = 0; i < f->n; i++)
		buf_release(&f->text[i]);
	free(f);
	return status;
}
