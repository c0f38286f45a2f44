/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/json_read.h"
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/jobs.h"
#include "cli/policy_cli.h"
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * `policy import`: the feeds are JSON that strangers made, so they are read by a worker; what
 * comes back is text of a policy, which passes the checker before anybody sees it.
 */

enum { MAX_FILES = 4096, MAX_NAME = 4096, MAX_QUESTION = 1 << 30 };

struct feed {
	bool kev;
	struct buf text[MAX_FILES];
	const char *name[MAX_FILES];
	size_t n;
	const char *ecosystem; /* NULL: none */
	char today[11], next_year[11];
};

/* As job_import.c reads it. */
static void put_feed(const struct feed *f, struct buf *to)
{
	const char *ecosystem = f->ecosystem != NULL ? f->ecosystem : "";

	buf_put_u8(to, f->kev);
	buf_put(to, f->today, sizeof f->today);
	buf_put(to, f->next_year, sizeof f->next_year);
	buf_put_le16(to, (uint16_t)strlen(ecosystem));
	buf_put_text(to, ecosystem);
	buf_put_le32(to, (uint32_t)f->n);
	for (size_t i = 0; i < f->n; i++) {
		buf_put_le16(to, (uint16_t)strlen(f->name[i]));
		buf_put_text(to, f->name[i]);
		buf_put_le64(to, f->text[i].n);
		buf_put_span(to, buf_span(&f->text[i]));
	}
	to->failed = to->failed || strlen(ecosystem) > MAX_NAME;
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
	if (fwrite(text.p, 1, text.n, stdout) != text.n || !standard_written())
		return EXIT_CANNOT;
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
		if (strlen(argv[i]) > MAX_NAME) {
			(void)cli_fail("policy", "import: a path of over %d bytes", MAX_NAME);
			return false;
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

static int have_imported(const struct feed *f)
{
	struct buf question, answer;
	struct span made;
	struct error e;
	int status;

	buf_init(&question, MAX_QUESTION);
	buf_init(&answer, JOBS_IMPORT_MAX);
	put_feed(f, &question);
	if (!buf_ok(&question))
		status = cli_fail("policy", "import: limit: the files are too large");
	else if (!jobs_ask("import", 0, buf_span(&question), &answer, &made, &e))
		status = cli_fail("policy", "import: %s", e.text);
	else
		status = tell(made);
	buf_release(&question);
	buf_release(&answer);
	return status;
}

int policy_import(int argc, char **argv)
{
	struct feed *f = calloc(1, sizeof *f);
	int status = EXIT_CANNOT;

	if (f == NULL || argc < 2 || (strcmp(argv[0], "osv") != 0 && strcmp(argv[0], "kev") != 0)) {
		free(f);
		return cli_fail("policy", "import wants osv or kev, and files");
	}
	f->kev = argv[0][0] == 'k';
	policy_day(f->today, 0);
	policy_day(f->next_year, 1);
	if (read_files(f, argc - 1, argv + 1))
		status = have_imported(f);
	for (size_t i = 0; i < f->n; i++)
		buf_release(&f->text[i]);
	free(f);
	return status;
}
