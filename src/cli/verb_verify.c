/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/json_flat.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/inside.h"
#include "cli/jobs.h"
#include "cli/module_data.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/starter.h"
#include "cli/verify_claim.h"
#include "cli/verify_page.h"
#include "cli/verify_release.h"
#include "cli/verify_words.h"
#include "cli/workers.h"
#include "trust/proofs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * A verdict is derived again from the rules' source and the object, and each thing
 * that it says is held against what is found now.  The object is a stranger's, and
 * a worker looks at it, as in a scan.
 */

static const char help[] =
	"usage: pellucid verify [-r SOURCE]... [-d NAME=VALUE]... [--module-data=MODULE=FILE]...\n"
	"                       [--trust=DIR] VERDICT.json FILE\n"
	"       pellucid verify [-d NAME=VALUE]... [--module-data=MODULE=FILE]... [--trust=DIR]\n"
	"                       --release=DIR VERDICT.json FILE\n"
	"       pellucid verify [--trust=DIR]\n"
	"       pellucid verify [--trust=DIR] --program=RELEASE [--prefix=DIR]\n"
	"\n"
	"Derives a verdict (a line of `pellucid scan --json`) again and says, item by item, what "
	"holds.\n"
	"For an object that lies in another, FILE is the file that its way begins with; options "
	"that\n"
	"say how far to look into it (--max-depth, ... --passwords) are those of `scan`.\n"
	"Without --rules: the starter rules, or the sources that the verdict names.  With "
	"--release the\n"
	"rules are those of that release, whose proof is checked offline by `policy` and `keys` in "
	"the\n"
	"trust directory.\n"
	"Without a verdict: what this machine relies on, piece by piece, and whether it is "
	"proven.\n"
	"--program compares the installed files with a release of the program.\n"
	"\n"
	"Status: 0 all holds, 4 something does not, 3 not all is proven, 2 could not run.\n";

enum { MAX_OWN = 64 };

enum { OPT_MODULE_DATA = 256, OPT_TRUST, OPT_RELEASE, OPT_PROGRAM, OPT_PREFIX };

static const struct option options[] = { { "rules", required_argument, NULL, 'r' },
					 { "define", required_argument, NULL, 'd' },
					 { "module-data", required_argument, NULL,
					   OPT_MODULE_DATA },
					 { "trust", required_argument, NULL, OPT_TRUST },
					 { "release", required_argument, NULL, OPT_RELEASE },
					 { "program", required_argument, NULL, OPT_PROGRAM },
					 { "prefix", required_argument, NULL, OPT_PREFIX },
					 INSIDE_OPTIONS,
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

struct check {
	struct sources sources;
	struct module_data data;
	struct inside inside;
	struct workers workers;
	const struct flat_item *claim; /* the verdict that is checked */
	const struct verdict *now;     /* what is found, while it lasts */
	const char *own[MAX_OWN];      /* the reader's own copies of the rules */
	size_t n_own;
	struct proven_choice proven;
	const char *trust, *release, *program, *prefix;
	struct buf database; /* of the release */
	bool done;
	unsigned held, failed;
};

static void say(struct check *c, bool holds, const char *format, ...) PRINTF(3, 4);

static void say(struct check *c, bool holds, const char *format, ...)
{
	va_list ap;

	printf("%s  ", holds ? "holds" : "FALSE");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	c->held += holds;
	c->failed += !holds;
}

/* ---- item by item */

/* The match of the rule that the claim names. */
static const struct verdict_match *match_of(const struct check *c, const struct flat_item *claim)
{
	for (size_t i = 0; i < c->now->n_matches; i++) {
		struct db_rule rule;
		if (db_rule(c->sources.db, c->now->match[i].rule, &rule) &&
		    span_equal(rule.name, claim_text(claim, "rule")) &&
		    span_equal(rule.space, claim_text(claim, "namespace")))
			return &c->now->match[i];
	}
	return NULL;
}

static bool string_found(const struct check *c, const struct verdict_match *m,
			 const struct flat_item *s)
{
	for (size_t i = 0; i < m->n_strings; i++) {
		struct db_string string;
		char hex[2 * VERDICT_SHARED + 1];
		size_t n = m->string[i].excerpt.n;
		hex_text(m->string[i].excerpt.p, n < VERDICT_SHARED ? n : VERDICT_SHARED, hex);
		if (db_string(c->sources.db, m->string[i].string, &string) &&
		    span_equal(string.name, claim_text(s, "name")) &&
		    (int64_t)m->string[i].at == claim_number(s, "offset") &&
		    (int64_t)m->string[i].n == claim_number(s, "length") &&
		    claim_says(s, "bytes", hex))
			return true;
	}
	return false;
}

/* The rule's file, by its digest, and the line.  In a reader's own copy they may be others. */
static void check_source(struct check *c, const struct verdict_match *m,
			 const struct flat_item *claim)
{
	char hex[HASH_MAX_HEX + 1] = "";
	struct db_rule rule;
	struct db_source source;
	bool same = false;

	if (db_rule(c->sources.db, m->rule, &rule) &&
	    db_source(c->sources.db, rule.source, &source)) {
		hex_text(source.sha256, 32, hex);
		same = claim_says(claim, "source_sha256", hex) &&
		       claim_number(claim, "line") == rule.line &&
		       (c->n_own != 0 ||
			verify_same_text(source.name, claim_text(claim, "source")));
	}
	if (same || c->n_own == 0)
		say(c, same, "  its source is %s:%" PRId64 ", SHA-256 %.16s...",
		    claim_show(claim, "source").text, claim_number(claim, "line"),
		    claim_show(claim, "source_sha256").text);
	else
		printf("note     its source is not the text that the verdict names\n");
}

static void check_match(struct check *c, const struct flat_item *claim)
{
	const struct verdict_match *m = match_of(c, claim);
	const struct flat_item *strings = flat_member(claim, "strings");
	const struct flat_item *values = flat_member(claim, "values");

	say(c, m != NULL, "rule %s matches", claim_show(claim, "rule").text);
	if (m == NULL)
		return;
	check_source(c, m, claim);
	for (size_t i = 0; i < flat_count(strings); i++) {
		const struct flat_item *one = flat_element(strings, i);
		say(c, string_found(c, m, one), "  %s at 0x%" PRIx64, claim_show(one, "name").text,
		    (uint64_t)claim_number(one, "offset"));
	}
	for (size_t i = 0; i < flat_count(values); i++) {
		const struct flat_item *one = flat_element(values, i);
		bool same = false;
		for (size_t k = 0; k < m->n_values; k++)
			if (span_equal(m->value[k].name, claim_text(one, "name")))
				same = verify_value_equal(flat_member(one, "value"),
							  &m->value[k].value);
		say(c, same, "  %s", claim_show(one, "name").text);
	}
	const char *words = c->n_own == 0 ? verify_match_words(c->sources.db, m, claim) : NULL;
	if (words != NULL)
		say(c, false, "  what it says as \"%s\"", words);
}

/* The verdict that the claim is about: of the file, or of an object in it; NULL: there is none. */
static const struct verdict *verdict_at(const struct check *c, const struct verdict *v)
{
	if (!verify_is_inside(c->claim))
		return v;
	for (size_t i = 0; i < v->n_children; i++)
		if (verify_way(v, i, c->claim))
			return &v->child[i].verdict;
	return NULL;
}

/* What matches now and the claim does not name.  By other rules than the claim's that is no
 * falsehood. */
static void check_left_out(struct check *c, const struct verdict *v, bool same_rules)
{
	for (size_t i = 0; i < v->n_matches; i++) {
		enum verify_left left = verify_left_out(c->sources.db, &v->match[i], c->claim);
		struct db_rule rule;
		if (left == VERIFY_NAMED || !db_rule(c->sources.db, v->match[i].rule, &rule))
			continue;
		struct claim_shown name = claim_escaped(rule.name);
		if (left == VERIFY_LEFT_OUT && same_rules)
			say(c, false, "not in the verdict: rule %s matches", name.text);
		else
			printf("note   not in the verdict: rule %s matches\n", name.text);
	}
}

/* A worker's words, which need be no text. */
static void note_gap(struct span detail)
{
	struct buf line;

	buf_init(&line, 1 << 12);
	buf_put_text(&line, "note   not examined: ");
	text_escape(&line, span_cut(detail, 0, 200));
	buf_put_u8(&line, '\n');
	(void)fwrite(line.p, 1, line.n, stdout);
	buf_release(&line);
}

static void check_verdict(struct check *c, const struct verdict *v)
{
	const struct flat_item *claim = c->claim, *matches = flat_member(claim, "matches");
	char hex[HASH_MAX_HEX + 1];

	c->now = v;
	if (flat_member(claim, "sha256") != NULL) {
		hex_text(v->sha256, sizeof v->sha256, hex);
		say(c, v->has_sha256 && claim_says(claim, "sha256", hex),
		    "the object's SHA-256 is %s", claim_show(claim, "sha256").text);
	} else {
		printf("note   the verdict names no SHA-256, so nobody can tell whether it is of "
		       "this object\n");
	}
	if (flat_member(claim, "size") != NULL)
		say(c, claim_number(claim, "size") == (int64_t)v->size, "its size is %" PRId64,
		    claim_number(claim, "size"));
	say(c, claim_says(claim, "verdict", verdict_word(v->kind)), "the verdict is %s",
	    claim_show(claim, "verdict").text);
	for (size_t i = 0; i < flat_count(matches); i++)
		check_match(c, flat_element(matches, i));
	const char *words = verify_object_words(v, claim, c->workers.options.scan.whole);
	if (words != NULL)
		say(c, false, "what it says as \"%s\"", words);
	for (size_t i = 0; i < v->n_gaps; i++)
		note_gap(v->gap[i].detail);
	hex_text(db_digest(c->sources.db), 32, hex);
	bool same_rules = claim_says(claim, "database", hex);
	check_left_out(c, v, same_rules);
	printf("note   the database %s\n",
	       same_rules ? "is the one that the verdict names"
			  : "is built from other rules than the verdict names");
}

/* ---- the rules that the verdict names */

static bool add_source(struct check *c, struct span name, struct span space, struct error *e)
{
	char path[4096], in[256];

	if (name.n >= sizeof path || space.n >= sizeof in)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "the source's name is too long");
	snprintf(path, sizeof path, "%.*s", (int)name.n, (const char *)name.p);
	snprintf(in, sizeof in, "%.*s", (int)space.n, (const char *)space.p);
	return sources_add_named(&c->sources, path, in, e);
}

/* The sources that the matches name, each once. */
static bool claimed_sources(struct check *c, struct error *e)
{
	const struct flat_item *list = flat_member(c->claim, "matches");

	if (flat_count(list) == 0) /* or all would hold of no rule */
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "a verdict without a match names no source of its rules");
	for (size_t i = 0; i < flat_count(list); i++) {
		const struct flat_item *one = flat_element(list, i);
		bool seen = false;
		for (size_t k = 0; k < i && !seen; k++)
			seen = span_equal(claim_text(flat_element(list, k), "source"),
					  claim_text(one, "source"));
		if (!seen &&
		    !add_source(c, claim_text(one, "source"), claim_text(one, "namespace"), e))
			return false;
	}
	return true;
}

/* The release that the verdict's database is of: named, or the one that this machine uses. */
static bool check_release(struct check *c, struct error *e)
{
	struct verify_release r;
	char hex[HASH_MAX_HEX + 1], date[32] = "";
	struct db *db;

	if (!verify_release_open(c->trust, c->release, &c->database, &r, e))
		return false;
	if (!db_open(buf_span(&c->database), &db, e))
		return false;
	hex_text(db_digest(db), 32, hex);
	db_free(db);
	time_t t = (time_t)r.time;
	struct tm day;
	if (gmtime_r(&t, &day) != NULL)
		(void)strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &day);
	say(c, true,
	    "rules release %" PRIu64 " is entry %" PRIu64 " of %s, under a head of %" PRIu64
	    " entries",
	    r.seq, r.index, r.origin, r.size);
	say(c, true, "%zu witnesses cosigned that head, the quorum by %s", r.n_witnesses, date);
	say(c, claim_says(c->claim, "database", hex),
	    "the verdict's database is the one that this release's text gives");
	return sources_add_built(&c->sources, buf_span(&c->database), e);
}

/* The starter rules by their digest, or else the sources by their names. */
static bool add_claimed(struct check *c, struct error *e)
{
	char hex[HASH_MAX_HEX + 1];
	struct db *db;

	if (!db_open(starter_rules(), &db, e))
		return false;
	hex_text(db_digest(db), 32, hex);
	db_free(db);
	if (claim_says(c->claim, "database", hex))
		return sources_add_built(&c->sources, starter_rules(), e);
	return claimed_sources(c, e);
}

/* The reader's rules were opened before they were held against the proven database, by name. */
static bool is_proven(const struct check *c)
{
	struct stat opened, proven;

	return c->sources.mapped_fd >= 0 && fstat(c->sources.mapped_fd, &opened) == 0 &&
	       stat(c->proven.path, &proven) == 0 && opened.st_dev == proven.st_dev &&
	       opened.st_ino == proven.st_ino;
}

/* Where no release is named: the one that this machine's policy proves, or else the reader's own
 * rules, or those that the verdict names. */
static bool choose_rules(struct check *c, struct error *e)
{
	struct error why;

	c->proven.named = c->own;
	c->proven.n_named = c->n_own;
	if (!proven_choose(c->trust, &c->proven, e))
		return false;
	if (c->n_own != 0 && c->proven.path[0] != '\0' && !is_proven(c))
		return error_set(e, REASON_CHANGED, PLACE_NONE,
				 "%.150s is no longer the file that was opened", c->own[0]);
	return c->n_own != 0 || c->proven.path[0] != '\0' || add_claimed(c, &why) ||
	       error_set(e, why.why, PLACE_NONE, "%.180s; name the rules with --rules", why.text);
}

/* The time that a rule asked for is an input like the object: the one that the verdict records. */
static int64_t claimed_time(const struct flat_item *claim)
{
	const struct flat_item *matches = flat_member(claim, "matches");

	for (size_t i = 0; i < flat_count(matches); i++) {
		const struct flat_item *values = flat_member(flat_element(matches, i), "values");
		for (size_t k = 0; k < flat_count(values); k++)
			if (claim_says(flat_element(values, k), "name", "time.now()"))
				return claim_number(flat_element(values, k), "value");
	}
	return time(NULL);
}

/* ---- the object */

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct check *c = ctx;
	const struct verdict *found = verdict_at(c, v);

	(void)path;
	if (verify_is_inside(c->claim))
		say(c, found != NULL, "there is %s", claim_show(c->claim, "path").text);
	if (found != NULL)
		check_verdict(c, found);
	c->done = true;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	(void)ctx;
	(void)cli_fail("verify", "%s: %s", path, e->text);
}

static bool submit(struct check *c, const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode))
		return broker_submit(c->workers.broker, fd, (uint64_t)st.st_size, path, e);
	bool ok = broker_submit_stream(c->workers.broker, fd, path, e);
	close(fd);
	return ok;
}

static int derive(struct check *c, const char *path)
{
	struct broker_options *o = &c->workers.options;
	struct error e;

	if (!sources_build(&c->sources, &e))
		return cli_fail("verify", "%s", e.text);
	sources_report(&c->sources, IR_ERROR);
	o->scan.strings = o->scan.hash = o->scan.list = true;
	o->scan.now = claimed_time(c->claim);
	inside_finish(&c->inside, &o->scan);
	module_data_use(&c->data, &o->scan);
	o->n_workers = 1;
	o->done = on_done;
	o->skipped = on_skipped;
	o->ctx = c;
	if (!workers_start(&c->workers, &c->sources, &e))
		return cli_fail("verify", "%s", e.text);
	bool ok = submit(c, path, &e) && broker_finish(c->workers.broker, &e);
	workers_stop(&c->workers);
	if (!ok)
		return cli_fail("verify", "%s", e.text);
	if (!c->done)
		return EXIT_CANNOT;
	if (c->proven.said[0] != '\0')
		printf("note   the rules: %s\n", c->proven.said);
	printf("%u hold, %u do not\n", c->held, c->failed);
	return c->failed != 0 ? EXIT_FALSE : EXIT_CLEAN;
}

/* The claim is a stranger's too: a worker parses it, and what comes here is a table. */
static bool read_claim(struct check *c, const char *path, struct buf *answer, struct arena *a,
		       struct error *e)
{
	struct span table;
	struct buf text;

	buf_init(&text, JSON_READ_MAX_SIZE);
	bool ok = io_read_file(path, &text, e) &&
		  jobs_ask("json", JSON_READ_STRICT | JSON_READ_FIRST, buf_span(&text), answer,
			   &table, e) &&
		  json_flat_read(table, a, &c->claim, e);
	buf_release(&text);
	if (ok && claim_text(c->claim, "verdict").n == 0)
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "not a verdict");
	return ok;
}

static int check_claim(struct check *c, const char *claim, const char *path)
{
	struct buf answer;
	struct arena a;
	struct error e;
	int status;

	if (c->release != NULL && c->n_own != 0)
		return cli_fail("verify", "--release or --rules, not both");
	buf_init(&answer, JOBS_JSON_MAX);
	arena_init(&a, JSON_READ_MAX_VALUES * sizeof(struct flat_item));
	if (!read_claim(c, claim, &answer, &a, &e))
		status = cli_fail("verify", "%s: %s", claim, e.text);
	else if (c->release == NULL && !choose_rules(c, &e))
		status = cli_fail("verify", "%s", e.text);
	else if ((c->release != NULL || (c->proven.path[0] != '\0' && c->n_own == 0)) &&
		 !check_release(c, &e)) {
		status = proofs_unanswered(&e) ? cli_fail("verify", "the release: %s", e.text)
					       : EXIT_FALSE;
		if (status == EXIT_FALSE)
			printf("FALSE  the release: %s\n", e.text);
	} else
		status = derive(c, path);
	arena_release(&a);
	buf_release(&answer);
	return status;
}

/* ---- arguments */

/* 0: go on; else the status + 1. */
static int one_option(struct check *c, int option)
{
	struct error e;
	bool ok;

	switch (option) {
	case 'r':
		ok = c->n_own < MAX_OWN ? sources_add(&c->sources, optarg, NULL, &e)
					: error_set(&e, REASON_LIMIT, PLACE_NONE,
						    "more than %d sources of rules", MAX_OWN);
		if (ok)
			c->own[c->n_own++] = optarg;
		break;
	case 'd':
		ok = sources_define(&c->sources, optarg, &e);
		break;
	case OPT_MODULE_DATA:
		ok = module_data_add(&c->data, optarg, &e);
		break;
	case OPT_TRUST:
		c->trust = optarg;
		return 0;
	case OPT_RELEASE:
		c->release = optarg;
		return 0;
	case OPT_PROGRAM:
		c->program = optarg;
		return 0;
	case OPT_PREFIX:
		c->prefix = optarg;
		return 0;
	default:
		if (option >= INSIDE_FIRST && option <= INSIDE_LAST) {
			ok = inside_option(&c->inside, option, optarg, &c->workers.options.scan,
					   &e);
			break;
		}
		fputs(help, option == 'h' ? stdout : stderr);
		return (option == 'h' ? EXIT_CLEAN : EXIT_CANNOT) + 1;
	}
	return ok ? 0 : cli_fail("verify", "%s", e.text) + 1;
}

int verb_verify(int argc, char **argv)
{
	struct check c = { 0 };
	int option, status = 0;

	if (!sources_open(&c.sources))
		return cli_fail("verify", "no memory");
	c.sources.max_strings = UINT32_MAX; /* whoever scanned may have set any limit */
	while (status == 0 && (option = getopt_long(argc, argv, "r:d:h", options, NULL)) != -1)
		status = one_option(&c, option);
	int left = argc - optind;
	bool page = left == 0 && c.n_own == 0 && c.release == NULL;
	if (status == 0 && !page && left != 2) {
		fputs(help, stderr);
		status = EXIT_CANNOT + 1;
	}
	if (status != 0)
		status--;
	else if (!page)
		status = check_claim(&c, argv[optind], argv[optind + 1]);
	else if (c.program != NULL)
		status = verify_program(c.trust, c.program, c.prefix);
	else
		status = verify_page(c.trust);
	module_data_release(&c.data);
	inside_release(&c.inside);
	sources_release(&c.sources);
	buf_release(&c.database);
	return standard_written() ? status : EXIT_CANNOT;
}
