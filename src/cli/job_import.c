/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "cli/jobs.h"
#include "policy/import.h"

#include <stdlib.h>

/*
 * Feeds that strangers made, as text of a policy.  The object is u8 kev, 11 bytes today and 11 a
 * year later (dates with a NUL), u16 n and an ecosystem (n of 0: any), u32 files, { u16 n name, u64
 * n text }.  The answer: u32 records, entries, withdrawn, left out; the text.
 */

enum { DATE = 11, FILE_MIN = 10 };

struct feed {
	bool kev;
	struct span today, next_year, ecosystem;
	struct span *name, *text;
	size_t n;
};

static bool read_feed(struct span object, struct feed *f)
{
	struct cursor c = cursor_of(object);

	f->kev = cursor_u8(&c) != 0;
	f->today = cursor_take(&c, DATE);
	f->next_year = cursor_take(&c, DATE);
	f->ecosystem = cursor_take(&c, cursor_le16(&c));
	size_t n = cursor_le32(&c);
	if (!cursor_ok(&c) || n == 0 || n > cursor_left(&c) / FILE_MIN ||
	    f->today.p[DATE - 1] != '\0' || f->next_year.p[DATE - 1] != '\0')
		return false;
	f->name = calloc(n, sizeof *f->name);
	f->text = calloc(n, sizeof *f->text);
	if (f->name == NULL || f->text == NULL)
		return false;
	for (; f->n < n; f->n++) {
		f->name[f->n] = cursor_take(&c, cursor_le16(&c));
		f->text[f->n] = cursor_take(&c, cursor_le64(&c));
	}
	return cursor_ok(&c) && cursor_left(&c) == 0;
}

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

/* Documents and their roots, which outlive what is written of them. */
static void convert(const struct feed *f, struct import *im, struct json_document **d,
		    const struct json_item **root)
{
	size_t n = 0;
	struct error e;

	for (size_t i = 0; i < f->n; i++) {
		d[i] = NULL;
		if (json_read_open(f->text[i], 0, &d[i], &e))
			root[n++] = json_read_root(d[i]);
		else
			import_left_out(im, f->name[i], e.text);
	}
	if (f->kev && n != 0)
		import_kev(im, root[0], root + 1, n - 1);
	for (size_t i = 0; !f->kev && i < n; i++)
		import_osv(im, root[i]);
}

static void put_answer(const struct import *im, struct buf *answer)
{
	if (!buf_ok(im->out)) {
		jobs_refuse(answer, REASON_LIMIT, "limit: it makes too long a policy");
		return;
	}
	buf_put_le32(answer, im->n_records);
	buf_put_le32(answer, im->n_entries);
	buf_put_le32(answer, im->n_withdrawn);
	buf_put_le32(answer, im->n_left_out);
	buf_put_span(answer, buf_span(im->out));
}

static void import(const struct feed *f, struct buf *answer)
{
	struct json_document *first = NULL, **d = calloc(f->n, sizeof(struct json_document *));
	const struct json_item **root = calloc(f->n, sizeof(const struct json_item *));
	struct error e;
	struct buf text;
	struct import im = { .out = &text,
			     .today = (const char *)f->today.p,
			     .next_year = (const char *)f->next_year.p,
			     .ecosystem = f->ecosystem };

	buf_init(&text, JOBS_IMPORT_TEXT);
	if (d == NULL || root == NULL) {
		jobs_refuse(answer, REASON_MEMORY, "no memory for a feed");
	} else {
		if (!json_read_open(f->text[0], 0, &first, &e))
			first = NULL;
		begin(f, &im, first != NULL ? json_read_root(first) : NULL);
		convert(f, &im, d, root);
		put_answer(&im, answer);
		for (size_t i = 0; i < f->n; i++)
			json_read_close(d[i]);
		json_read_close(first);
	}
	free(d);
	free((void *)(uintptr_t)root);
	buf_release(&text);
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct feed f = { .n = 0 };

	(void)state;
	if (jobs_accept(o, answer)) {
		if (read_feed(o->bytes, &f))
			import(&f, answer);
		else
			jobs_refuse(answer, REASON_INTERNAL, "internal: a feed that cannot be");
	}
	free(f.name);
	free(f.text);
	return false; /* one feed a worker */
}

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	(void)s;
	(void)state;
	(void)e;
	return true;
}

const struct worker_job job_import = {
	.name = "import", .max_answer = JOBS_IMPORT_MAX, .prepare = prepare, .run = run
};
