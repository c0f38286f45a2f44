/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify_page.h"

#include "base/hash.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/ledger_place.h"
#include "cli/proofs_ask.h"
#include "cli/proven.h"
#include "rules/db/db.h"
#include "trust/durable.h"
#include "trust/ledger.h"
#include "trust/trusted.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * A page for somebody who has to decide whether to believe this machine, and is no
 * engineer: five lines, one for each thing that a verdict rests on.  Each says
 * "proven" and by what, "not proven" and why not, or "FALSE" and what contradicts it.
 */

struct page {
	const struct trusted *t;
	unsigned proven, open, refuted;
};

enum standing { PROVEN, NOT_PROVEN, REFUTED };

static void line(struct page *p, const char *what, enum standing s, const char *format, ...)
	PRINTF(4, 5);

static void line(struct page *p, const char *what, enum standing s, const char *format, ...)
{
	static const char *const word[] = { "proven", "not proven", "FALSE" };
	va_list ap;

	printf("%-10s %-11s ", what, word[s]);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	p->proven += s == PROVEN;
	p->open += s == NOT_PROVEN;
	p->refuted += s == REFUTED;
}

/* What is missing is not proven, and so is what nobody could look at; what is there and wrong is
 * refuted. */
static enum standing standing_of(const struct error *e)
{
	return e->why == REASON_IO || proofs_unanswered(e) ? NOT_PROVEN : REFUTED;
}

/* "4 min", "3 h", "2 days" */
static const char *age(uint64_t from, char text[32])
{
	uint64_t now = (uint64_t)time(NULL), s = now > from ? now - from : 0;

	if (s < 3600)
		snprintf(text, 32, "%llu min", (unsigned long long)s / 60);
	else if (s < 48 * 3600)
		snprintf(text, 32, "%llu h", (unsigned long long)s / 3600);
	else
		snprintf(text, 32, "%llu days", (unsigned long long)s / 86400);
	return text;
}

/* ---- the program */

static void program(struct page *p)
{
	char place[TRUSTED_PATH], prefix[PROVEN_PATH];
	struct trusted_release r = { .left = 0 };
	struct buf items = { .n = 0 };
	struct error e;
	size_t n = 0;

	bool ok = (proven_prefix(prefix) ||
		   error_set(&e, REASON_IO, PLACE_NONE, "nobody knows where this program lies")) &&
		  trusted_used(p->t, RELEASE_PROGRAM, place, &r, &e) &&
		  trusted_artifact(&r, place, &items, &e) &&
		  proven_program(buf_span(&items), prefix, &n, &e);
	if (ok)
		line(p, "program", PROVEN,
		     "%s/bin/pellucid " PELLUCID_VERSION
		     ": %zu files are those of release %llu, entry %llu of the log",
		     prefix, n, (unsigned long long)r.state.seq,
		     (unsigned long long)r.result.index);
	else
		line(p, "program", standing_of(&e), "%s", e.text);
	buf_release(&items);
	trusted_release_free(&r);
}

/* ---- the database, its log and its witnesses */

static uint32_t rules_in(struct span database)
{
	struct db *db;
	struct error e;

	if (!db_open(database, &db, &e))
		return 0;
	uint32_t n = db_n_rules(db) + db_n_hashes(db);
	db_free(db);
	return n;
}

/* The bytes that lie there against those that the release's text gives. */
static bool built_again(const struct trusted_release *r, const char *place, const char *path,
			uint32_t *n, struct error *e)
{
	struct buf text = { .n = 0 }, again = { .n = 0 }, here;

	buf_init(&here, SIZE_MAX);
	bool ok = trusted_artifact(r, place, &text, e) &&
		  proven_build(buf_span(&text), &again, e) && io_read_file(path, &here, e);
	if (ok && !span_equal(buf_span(&again), buf_span(&here)))
		ok = error_set(e, REASON_CHANGED, PLACE_NONE,
			       "%s is not what release %llu's text gives", path,
			       (unsigned long long)r->state.seq);
	*n = ok ? rules_in(buf_span(&again)) : 0;
	buf_release(&text);
	buf_release(&again);
	buf_release(&here);
	return ok;
}

static void log_and_witnesses(struct page *p, const struct trusted_release *r)
{
	const struct proofs_accepted *a = &r->result;
	const struct quorum *q = &p->t->policy.quorum;
	enum accept_standing s = accept_standing(&p->t->policy, &r->state, (uint64_t)time(NULL));
	char text[32];

	line(p, "log", PROVEN,
	     "%.*s: %llu entries when last seen, and every head since the first begins with the "
	     "one "
	     "before",
	     (int)a->head.head.origin.n, (const char *)a->head.head.origin.p,
	     (unsigned long long)r->state.size);
	if (s == ACCEPT_CURRENT)
		line(p, "witnesses", PROVEN,
		     "%zu of %zu cosigned; two histories would need %zu of them corrupt; newest %s "
		     "ago",
		     a->head.seen.n, q->n_witnesses, quorum_overlap(q), age(r->state.time, text));
	else
		line(p, "witnesses", NOT_PROVEN,
		     "%zu of %zu cosigned, but the newest is %s old%s: run pellucid update",
		     a->head.seen.n, q->n_witnesses, age(r->state.time, text),
		     s == ACCEPT_EXPIRED ? " and the release has expired" : "");
}

static void rules(struct page *p)
{
	char place[DURABLE_PATH_SIZE], path[TRUSTED_PATH];
	struct trusted_release r;
	struct error e;
	uint32_t n = 0;

	bool whole = trusted_rules(p->t, path, &r, &e);
	bool head = r.result.state.size != 0;
	bool ok = whole && durable_path(place, &e, "%s/rules/current", p->t->dir) &&
		  built_again(&r, place, path, &n, &e);
	if (ok)
		line(p, "database", PROVEN,
		     "release %llu of %u rules, entry %llu of the log; built again from its text: "
		     "the "
		     "same",
		     (unsigned long long)r.state.seq, n, (unsigned long long)r.result.index);
	else
		line(p, "database", standing_of(&e), "%s", e.text);
	if (head) {
		log_and_witnesses(p, &r);
	} else {
		line(p, "log", standing_of(&e), "no head of it is proven");
		line(p, "witnesses", standing_of(&e), "nobody's word for one is here");
	}
	trusted_release_free(&r);
}

/* ---- the ledger */

static void count_sent(void *ctx, const struct ledger_record *r)
{
	*(uint64_t *)ctx += r->kind == LEDGER_INTENT;
}

static void ledger(struct page *p)
{
	char dir[DURABLE_PATH_SIZE], path[DURABLE_PATH_SIZE];
	struct ledger_head head;
	struct error e;
	struct buf text;
	uint64_t n = 0;
	bool there = false;

	buf_init(&text, LEDGER_MAX_SIZE);
	bool ok = (ledger_place(dir, sizeof dir) ||
		   error_set(&e, REASON_IO, PLACE_NONE, "no home, no ledger")) &&
		  durable_path(path, &e, "%s/ledger", dir) &&
		  durable_read(path, &text, &there, &e) &&
		  ledger_verify(buf_span(&text), &head, count_sent, &n, &e);
	if (ok && n == 0)
		line(p, "ledger", PROVEN, "nothing left this machine through pellucid submit");
	else if (ok)
		line(p, "ledger", PROVEN,
		     "%llu disclosures, none changed or taken out between; head %.12s...",
		     (unsigned long long)n, head.sha256);
	else
		line(p, "ledger", standing_of(&e), "%s", e.text);
	buf_release(&text);
}

static void unconfigured(struct page *p)
{
	static const char *const what[] = { "program", "database", "log", "witnesses" };

	for (size_t i = 0; i < sizeof what / sizeof *what; i++)
		line(p, what[i], NOT_PROVEN, "%s",
		     i == 0   ? "no trust policy: nobody says which program this should be"
		     : i == 1 ? "the starter rules are a part of the program; others are whoever's "
				"they are"
			      : "none was named");
}

int verify_page(const char *dir)
{
	struct page p = { .proven = 0 };
	struct trusted *t;
	struct error e;

	if (!trusted_open(proven_directory(dir), &proofs_ask, &t, &e))
		return cli_fail("verify", "%s", e.text);
	p.t = t;
	if (t->configured) {
		program(&p);
		rules(&p);
	} else {
		unconfigured(&p);
	}
	ledger(&p);
	if (p.refuted != 0)
		printf("%u of these is FALSE: do not rely on this machine's verdicts.\n",
		       p.refuted);
	else if (p.open != 0)
		printf("%u of these are not proven.%s%s\n", p.open,
		       t->configured ? "" : "  To begin: a policy and keys in ",
		       t->configured ? "" : t->dir);
	else
		puts("Everything that this machine relies on is proven.");
	trusted_free(t);
	return p.refuted != 0 ? EXIT_FALSE : p.open != 0 ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

int verify_program(const char *dir, const char *release, const char *prefix)
{
	char here[TRUSTED_PATH];
	struct trusted_release r = { .left = 0 };
	struct buf items = { .n = 0 };
	struct trusted *t;
	struct error e;
	size_t n = 0;

	if (prefix == NULL && !proven_prefix(here))
		return cli_fail("verify", "nobody knows where this program lies: name --prefix");
	if (!trusted_open(proven_directory(dir), &proofs_ask, &t, &e))
		return cli_fail("verify", "%s", e.text);
	if (!t->configured) {
		int status =
			cli_fail("verify", "no trust policy in %s: name one with --trust", t->dir);
		trusted_free(t);
		return status;
	}
	bool ok = trusted_check(t, RELEASE_PROGRAM, release, &r, &e);
	if (ok || !proofs_unanswered(&e))
		printf("%s  release %llu is entry %llu of the log, signed and cosigned\n",
		       ok ? "holds" : "FALSE", (unsigned long long)r.result.release.seq,
		       (unsigned long long)r.result.index);
	ok = ok && trusted_artifact(&r, release, &items, &e) &&
	     proven_program(buf_span(&items), prefix != NULL ? prefix : here, &n, &e);
	int status = ok ? EXIT_CLEAN : EXIT_FALSE;
	if (ok)
		printf("holds  %zu files beneath %s are those of the release\n", n,
		       prefix != NULL ? prefix : here);
	else if (proofs_unanswered(&e))
		status = cli_fail("verify", "%s", e.text);
	else
		printf("FALSE  %s\n", e.text);
	buf_release(&items);
	trusted_release_free(&r);
	trusted_free(t);
	return status;
}
