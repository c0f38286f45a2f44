/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/hexdump.h"
#include "cli/ledger_place.h"
#include "cli/number.h"
#include "trust/durable.h"
#include "trust/ledger.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char help[] = "usage: pellucid disclose [--show=N]\n"
			   "\n"
			   "What left this machine: the ledger, and whether it is whole.  --show "
			   "prints every byte of\n"
			   "disclosure N.\n"
			   "\n"
			   "Status: 0 whole, 3 the bytes of a disclosure are no longer here, 4 "
			   "something was changed.\n";

static const struct option options[] = { { "show", required_argument, NULL, 's' },
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

enum { MAX_KEPT = 1 << 29 };

/* The fate of each intent: found by its outcome, which stands later. */
struct entry {
	struct ledger_record record;
	enum ledger_kind fate;
};

struct ledger_page {
	char dir[DURABLE_PATH_SIZE];
	struct buf entries; /* struct entry, one an intent */
	unsigned missing, changed;
};

static void gather(void *ctx, const struct ledger_record *r)
{
	struct ledger_page *p = ctx;
	struct entry one = { .record = *r, .fate = LEDGER_INTENT };
	struct entry *all = (struct entry *)(void *)p->entries.p;

	if (r->kind == LEDGER_INTENT) {
		buf_put(&p->entries, &one, sizeof one);
		return;
	}
	for (size_t i = 0; i < p->entries.n / sizeof one; i++)
		if (all[i].record.seq == r->about)
			all[i].fate = r->kind;
}

/* The bytes that were sent, as they were kept. */
static bool kept(const struct ledger_page *p, const struct ledger_record *r, struct buf *out,
		 bool *there, struct error *e)
{
	char path[DURABLE_PATH_SIZE], hex[HASH_MAX_HEX + 1];
	uint8_t digest[32];

	buf_init(out, MAX_KEPT);
	if (!durable_path(path, e, "%s/outbox/%s", p->dir, r->sha256) ||
	    !durable_read(path, out, there, e) || !hash_of(HASH_SHA256, buf_span(out), digest))
		return false;
	hex_text(digest, sizeof digest, hex);
	return !*there || span_is(span_of(hex), r->sha256) ||
	       error_set(e, REASON_CHANGED, PLACE_NONE, "%s was changed", path);
}

static void print_entry(struct ledger_page *p, const struct entry *one)
{
	static const char *const fate[] = { "may have been sent", "sent", "not sent" };
	const struct ledger_record *r = &one->record;
	time_t t = (time_t)r->time;
	char date[32] = "?";
	struct error e;
	struct buf b;
	struct tm day;
	bool there = false;

	if (gmtime_r(&t, &day) != NULL)
		(void)strftime(date, sizeof date, "%Y-%m-%d %H:%M", &day);
	bool ok = kept(p, r, &b, &there, &e);
	printf("%4llu  %s  %-18s %s  %llu bytes  sha256 %.16s...  to %s%s\n",
	       (unsigned long long)r->seq, date, fate[one->fate], ledger_purpose_word(r->purpose),
	       (unsigned long long)r->bytes, r->sha256, r->to,
	       !ok      ? "  CHANGED since"
	       : !there ? "  (its bytes are no longer here)"
			: "");
	p->changed += !ok;
	p->missing += ok && !there;
	buf_release(&b);
}

static int show(const struct ledger_page *p, const struct ledger_record *r)
{
	struct error e;
	struct buf b;
	bool there = false;
	int status = EXIT_CLEAN;

	if (!kept(p, r, &b, &there, &e))
		status = cli_fail("disclose", "%s", e.text) - EXIT_CANNOT + EXIT_FALSE;
	else if (!there)
		status = cli_fail("disclose", "its bytes are no longer here") - EXIT_CANNOT +
			 EXIT_INCOMPLETE;
	else
		hexdump(stdout, buf_span(&b));
	buf_release(&b);
	return status;
}

static int page(struct ledger_page *p, uint64_t wanted)
{
	char path[DURABLE_PATH_SIZE];
	struct ledger_head head;
	struct error e;
	struct buf text;
	bool there;

	buf_init(&text, LEDGER_MAX_SIZE);
	bool read = durable_path(path, &e, "%s/ledger", p->dir) &&
		    durable_read(path, &text, &there, &e);
	bool whole = read && ledger_verify(buf_span(&text), &head, gather, p, &e);
	const struct entry *all = (const struct entry *)(const void *)p->entries.p;
	size_t n = p->entries.n / sizeof *all;
	buf_release(&text);
	if (!read)
		return cli_fail("disclose", "%s", e.text);
	for (size_t i = 0; i < n && wanted != 0; i++)
		if (all[i].record.seq == wanted)
			return show(p, &all[i].record);
	if (wanted != 0)
		return cli_fail("disclose", "no disclosure %llu", (unsigned long long)wanted);
	for (size_t i = 0; i < n; i++)
		print_entry(p, &all[i]);
	if (!whole) {
		printf("FALSE: %s\n", e.text);
		return EXIT_FALSE;
	}
	printf("%zu disclosures; the chain is whole, its head is %s\n", n, head.sha256);
	return p->changed != 0 ? EXIT_FALSE : p->missing != 0 ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

int verb_disclose(int argc, char **argv)
{
	struct ledger_page p = { .missing = 0 };
	uint64_t wanted = 0;
	struct error e;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 's') {
			if (!number_read("show", optarg, 1, UINT64_MAX, &wanted, &e))
				return cli_fail("disclose", "%s", e.text);
			continue;
		}
		fputs(help, option == 'h' ? stdout : stderr);
		return option == 'h' ? EXIT_CLEAN : EXIT_CANNOT;
	}
	if (optind != argc || !ledger_place(p.dir, sizeof p.dir)) {
		fputs(help, stderr);
		return EXIT_CANNOT;
	}
	buf_init(&p.entries, LEDGER_MAX_SIZE * 8ul);
	int status = page(&p, wanted);
	buf_release(&p.entries);
	return standard_written() ? status : EXIT_CANNOT;
}
