/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/text.h"
#include "cli/audit_corpus.h"
#include "cli/cli.h"
#include "cli/items_place.h"
#include "cli/number.h"
#include "cli/sources.h"
#include "cli/starter.h"
#include "engine/verdict.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: pellucid rules build [--strict] [-d NAME=VALUE] [--cvdcertsdir PATH] -o FILE.pel "
	"SOURCE...\n"
	"       pellucid rules check [--strict] [-d NAME=VALUE] [--cvdcertsdir PATH] SOURCE...\n"
	"       pellucid rules list [SOURCE]...\n"
	"       pellucid rules show NAME [SOURCE]...\n"
	"       pellucid rules verify FILE.pel\n"
	"       pellucid rules audit [--json] [-d NAME=VALUE] [--corpus=PATH]... [--broad-over=N] "
	"SOURCE...\n"
	"       pellucid rules diff [--json] [-d NAME=VALUE] OLD NEW\n"
	"\n"
	"SOURCE is a YARA file, a directory or an archive of them, or a built .pel; list and show "
	"take the\n"
	"starter rules where none is named.  audit says what each rule looks for, of its text "
	"alone:\n"
	"code, structure, content or a digest; whether it depends on name, path, time or place; "
	"whether\n"
	"it is too broad, too slow, or never true.  With --corpus the rules are also run over "
	"those files,\n"
	"which are held to be ordinary, and one that finds more than N of a million (1000) is "
	"broad.\n"
	"A rule of over 250000 strings is an error; --max-strings-per-rule=N sets another limit.\n"
	"diff says what was added, removed and "
	"changed;\n"
	"it takes the artefact rules.txt of a release, too.\n";

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "define", required_argument, NULL, 'd' },
	{ "strict", no_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "corpus", required_argument, NULL, 'C' },
	{ "broad-over", required_argument, NULL, 'B' },
	{ "max-strings-per-rule", required_argument, NULL, 'm' },
	{ "help", no_argument, NULL, 'h' },
	{ "cvdcertsdir", required_argument, NULL, 'c' },
	{ 0 },
};

enum { MAX_CORPUS = 256, BROAD_OVER = 1000 };

struct request {
	struct sources sources;
	const char *output;
	bool json;
	const char *corpus[MAX_CORPUS];
	size_t n_corpus;
	uint64_t broad_over;
};

static bool load(struct request *r, int n, char **source, enum ir_severity least, struct error *e)
{
	if (n == 0)
		return sources_add_built(&r->sources, starter_rules(), e);
	for (int i = 0; i < n; i++)
		if (!sources_add(&r->sources, source[i], NULL, e))
			return false;
	bool ok = sources_build(&r->sources, e);
	sources_report(&r->sources, least);
	return ok;
}

static bool is_empty(const struct request *r)
{
	return r->sources.db == NULL || db_n_rules(r->sources.db) + db_n_hashes(r->sources.db) == 0;
}

/* Of a verb that says what the rules are: with an error these are not all. */
static int status(const struct request *r)
{
	return r->sources.reply.n_errors != 0 ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

static int build(struct request *r, int n, char **source)
{
	char hex[HASH_MAX_HEX + 1];
	struct error e;

	if (r->output == NULL || n == 0)
		return cli_fail("rules build", "wants -o FILE.pel and at least one source");
	if (!load(r, n, source, IR_WARNING, &e))
		return cli_fail("rules build", "%s", e.text);
	if (sources_is_database(source[0]))
		return cli_fail("rules build", "the source is a built database already");
	if (!r->sources.has_set)
		return cli_fail("rules build", "there is no file of rules in %s", source[0]);
	if (is_empty(r))
		return cli_fail("rules build", "there is no rule %sin %s",
				r->sources.reply.n_errors != 0 ? "without an error " : "",
				source[0]);
	if (!io_replace(r->output, sources_bytes(&r->sources), 0644, &e))
		return cli_fail("rules build", "%s: %s", r->output, e.text);
	hex_text(db_digest(r->sources.db), 32, hex);
	printf("%s: %u rules, %u strings, ", r->output, db_n_rules(r->sources.db),
	       db_n_strings(r->sources.db));
	if (db_n_hashes(r->sources.db) != 0)
		printf("%u digests, ", db_n_hashes(r->sources.db));
	printf("%zu bytes, database %s\n", sources_bytes(&r->sources).n, hex);
	if (r->sources.reply.n_errors != 0)
		fprintf(stderr,
			"pellucid rules build: %" PRIu64
			" errors; rules with an error were left out\n",
			r->sources.reply.n_errors);
	return status(r);
}

static int check(struct request *r, int n, char **source)
{
	struct error e;

	if (n == 0)
		return cli_fail("rules check", "wants at least one source");
	if (!load(r, n, source, IR_NOTE, &e) && r->sources.reply.n_errors == 0)
		return cli_fail("rules check", "%s", e.text);
	if (is_empty(r) && r->sources.reply.n_errors == 0)
		return cli_fail("rules check", "there is no rule in %s", source[0]);
	uint32_t n_hashes = r->sources.db != NULL ? db_n_hashes(r->sources.db) : 0;
	printf("%u rules, ", r->sources.db != NULL ? db_n_rules(r->sources.db) : 0);
	if (n_hashes != 0)
		printf("%u digests, ", n_hashes);
	printf("%" PRIu64 " errors, %" PRIu64 " warnings\n", r->sources.reply.n_errors,
	       r->sources.reply.n_warnings);
	return r->sources.reply.n_errors != 0 ? EXIT_FOUND : EXIT_CLEAN;
}

static void print_text(struct span s)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	text_escape(&b, s);
	fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
}

/* Rules, and digests behind them. */
static uint32_t n_all(const struct db *db) { return db_n_rules(db) + db_n_hashes(db); }

static int list(struct request *r, int n, char **source)
{
	struct error e;

	if (!load(r, n, source, IR_ERROR, &e))
		return cli_fail("rules list", "%s", e.text);
	for (uint32_t i = 0; i < n_all(r->sources.db); i++) {
		struct db_rule rule;
		struct db_source s;
		if (!db_rule(r->sources.db, i, &rule) || !db_source(r->sources.db, rule.source, &s))
			continue;
		printf("%-10s ", rule.hash && rule.domain == IR_HASH_ALLOW
					 ? "allowed"
					 : verdict_word(verdict_of_rule(r->sources.db, &rule)));
		print_text(rule.name);
		fputs("  ", stdout);
		print_text(s.name);
		printf(":%u\n", rule.line);
	}
	return status(r);
}

static void show_rule(const struct db *db, const struct db_rule *rule)
{
	struct db_source s;

	fputs("rule ", stdout);
	print_text(rule->name);
	if (db_source(db, rule->source, &s)) {
		fputs("\n  source     ", stdout);
		print_text(s.name);
		printf(":%u", rule->line);
	}
	if (rule->hash && rule->domain == IR_HASH_ALLOW)
		printf("\n  verdict    none: the object is allowed\n");
	else
		printf("\n  verdict    %s\n", verdict_word(verdict_of_rule(db, rule)));
	for (uint32_t i = 0; i < rule->n_metas; i++) {
		struct ir_meta m;
		if (!db_meta(db, rule->first_meta + i, &m))
			continue;
		printf("  %-10.*s ", (int)m.name.n, (const char *)m.name.p);
		if (m.kind == IR_META_TEXT)
			print_text(m.text);
		else
			printf("%" PRId64, m.number);
		putchar('\n');
	}
	for (uint32_t i = 0; i < rule->n_strings; i++) {
		struct db_string string;
		if (!db_string(db, rule->first_string + i, &string))
			continue;
		printf("  line %-5u ", string.line);
		print_text(string.name);
		printf("  %zu anchors\n", pattern_n_anchors(string.blob));
	}
}

static int show(struct request *r, int n, char **argument)
{
	struct error e;
	unsigned shown = 0;

	if (n < 1 || !load(r, n - 1, argument + 1, IR_ERROR, &e))
		return cli_fail("rules show", "%s", n < 1 ? "wants the name of a rule" : e.text);
	for (uint32_t i = 0; i < n_all(r->sources.db); i++) {
		struct db_rule rule;
		if (db_rule(r->sources.db, i, &rule) && span_is(rule.name, argument[0])) {
			show_rule(r->sources.db, &rule);
			shown++;
		}
	}
	return shown != 0 ? status(r) : cli_fail("rules show", "no rule `%s`", argument[0]);
}

static int verify(struct request *r, int n, char **file)
{
	struct error e;

	if (n != 1)
		return cli_fail("rules verify", "wants one database");
	if (access(file[0], R_OK) == 0 && !sources_is_database(file[0]))
		return cli_fail("rules verify", "%s: not a Pellucid database", file[0]);
	if (!load(r, n, file, IR_ERROR, &e))
		return cli_fail("rules verify", "%s", e.text);
	if (!db_verify(r->sources.db, &e)) {
		fprintf(stderr, "%s: %s\n", file[0], e.text);
		return EXIT_FALSE;
	}
	printf("%s: all digests hold\n", file[0]);
	return EXIT_CLEAN;
}

/* Rules whose text is there: a built database has none. */
static bool add_text(struct sources *s, int n, char **source, struct error *e)
{
	for (int i = 0; i < n; i++)
		if (!sources_add(s, source[i], NULL, e))
			return false;
	return s->db == NULL || error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					  "a built database has no text: name the sources");
}

/* Prints what a worker says of the rules. */
static int tell(struct sources *s, const char *verb)
{
	struct error e;

	bool ok = sources_build(s, &e);
	sources_report(s, IR_ERROR);
	if (!ok)
		return cli_fail(verb, "%s", e.text);
	if (!s->json)
		jobs_print(stdout, s->reply.text);
	else if (text_is_plain(s->reply.text))
		fwrite(s->reply.text.p, 1, s->reply.text.n, stdout);
	else
		return cli_fail(verb, "internal: a worker gave no JSON");
	return s->reply.worry ? EXIT_FOUND : EXIT_CLEAN;
}

/* Builds the same rules and runs them over the corpus. */
static bool count_corpus(const struct request *r, int n, char **source, struct audit_corpus *c,
			 struct sources *built, struct error *e)
{
	const struct span d = buf_span(&r->sources.definitions);
	bool ok = true;

	built->max_strings = r->sources.max_strings;
	for (size_t at = 0; ok && at < d.n; at += strlen((const char *)d.p + at) + 1)
		ok = sources_define(built, (const char *)d.p + at, e);
	sources_use_cache(built);
	ok = ok && add_text(built, n, source, e) && sources_build(built, e) &&
	     audit_corpus_count(c, built, e);
	if (ok && c->gaps != 0)
		fprintf(stderr,
			"pellucid rules audit: %" PRIu64
			" files of the corpus were not looked at, or not whole\n",
			c->gaps);
	return ok;
}

static int audit(struct request *r, int n, char **source)
{
	struct audit_corpus c = { .path = r->corpus, .n_paths = r->n_corpus };
	struct sources built;
	struct error e;
	int status = EXIT_CANNOT;

	if (n == 0)
		return cli_fail("rules audit", "wants at least one source");
	r->sources.mode = COMPILE_AUDIT;
	r->sources.json = r->json;
	r->sources.ordinary.broad_over = r->broad_over;
	if (!sources_open(&built))
		return cli_fail("rules audit", "no memory");
	bool ok = add_text(&r->sources, n, source, &e) &&
		  (r->n_corpus == 0 || count_corpus(r, n, source, &c, &built, &e));
	if (ok && r->n_corpus != 0) {
		r->sources.ordinary.counted = true;
		r->sources.ordinary.files = c.files;
		r->sources.ordinary.hit = (const struct compile_hit *)(void *)c.hits.p;
		r->sources.ordinary.n_hits = c.hits.n / sizeof(struct compile_hit);
	}
	if (ok)
		status = tell(&r->sources, "rules audit");
	else
		(void)cli_fail("rules audit", "%s", e.text);
	if (ok && r->n_corpus != 0)
		audit_corpus_release(&c);
	sources_release(&built);
	return status == EXIT_CLEAN && r->sources.reply.n_errors != 0 ? EXIT_INCOMPLETE : status;
}

/* One side of a difference: sources, or the artefact of a release. */
static bool add_side(struct sources *s, char *path, struct error *e)
{
	struct items_place p;
	bool ok = items_place_open(path, &p, e);

	if (ok && (p.work[0] == '\0' || rmdir(p.source) != 0)) { /* else it has no items */
		char *source = (char *)(uintptr_t)p.source;
		ok = add_text(s, 1, &source, e);
	}
	items_place_release(&p);
	return ok;
}

static int diff(struct request *r, int n, char **source)
{
	struct sources old;
	struct error e;
	int status;

	if (n != 2)
		return cli_fail("rules diff", "wants the old rules and the new ones");
	if (!sources_open(&old))
		return cli_fail("rules diff", "no memory");
	old.certs = r->sources.certs;
	old.max_strings = r->sources.max_strings;
	r->sources.mode = COMPILE_DIFF;
	r->sources.json = r->json;
	r->sources.before = &old;
	if (!add_side(&old, source[0], &e) || !add_side(&r->sources, source[1], &e))
		status = cli_fail("rules diff", "%s", e.text);
	else
		status = tell(&r->sources, "rules diff");
	sources_release(&old);
	return status;
}

/* A verb of `rules`. */
struct rules_verb {
	const char *name;
	int (*run)(struct request *r, int n, char **argument);
	const char *options; /* that it has */
};

static const char *option_name(int c)
{
	size_t i = 0;

	while (options[i].name != NULL && options[i].val != c)
		i++;
	return options[i].name;
}

/* 0: go on; else the status + 1. */
static int one_option(struct request *r, const struct rules_verb *v, int c)
{
	struct error e;

	if (c != '?' && c != 'h' && strchr(v->options, c) == NULL)
		return cli_fail("rules", "%s has no option --%s; --help says which there are",
				v->name, option_name(c)) +
		       1;
	switch (c) {
	case 'o':
		r->output = optarg;
		return 0;
	case 's':
		r->sources.strict = true;
		return 0;
	case 'c':
		r->sources.certs = optarg;
		return 0;
	case 'j':
		r->json = true;
		return 0;
	case 'd':
		return sources_define(&r->sources, optarg, &e)
			       ? 0
			       : cli_fail("rules", "%s", e.text) + 1;
	case 'C':
		if (r->n_corpus == MAX_CORPUS)
			return cli_fail("rules", "more than %d corpora", MAX_CORPUS) + 1;
		r->corpus[r->n_corpus++] = optarg;
		return 0;
	case 'm':
		return number_read_small("max-strings-per-rule", optarg, 1, UINT32_MAX,
					 &r->sources.max_strings, &e)
			       ? 0
			       : cli_fail("rules", "%s", e.text) + 1;
	case 'B':
		return number_read("broad-over", optarg, 0, 1000000, &r->broad_over, &e)
			       ? 0
			       : cli_fail("rules", "%s", e.text) + 1;
	default:
		fputs(help, c == 'h' ? stdout : stderr);
		return (c == 'h' ? EXIT_CLEAN : EXIT_CANNOT) + 1;
	}
}

static int run_verb(const struct rules_verb *v, int argc, char **argv)
{
	struct request r = { .broad_over = BROAD_OVER };
	char name[32]; /* as getopt_long() has it in messages */
	int c, status = 0;

	if (!sources_open(&r.sources))
		return cli_fail("rules", "no memory");
	snprintf(name, sizeof name, "pellucid rules %s", v->name);
	argv[0] = name;
	while (status == 0 && (c = getopt_long(argc, argv, "o:d:h", options, NULL)) != -1)
		status = one_option(&r, v, c);
	status = status == 0 ? v->run(&r, argc - optind, argv + optind) : status - 1;
	sources_release(&r.sources);
	return status;
}

int verb_rules(int argc, char **argv)
{
	/* -d, --strict, --cvdcertsdir and --max-strings-per-rule are of all that compile */
	static const struct rules_verb verbs[] = {
		{ "build", build, "odscm" }, { "check", check, "dscm" },
		{ "list", list, "dscm" },    { "show", show, "dscm" },
		{ "verify", verify, "" },    { "audit", audit, "dscmjCB" },
		{ "diff", diff, "dscmj" },
	};

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return EXIT_CLEAN;
	}
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return run_verb(&verbs[i], argc - 1, argv + 1);
	fputs(help, stderr);
	return EXIT_CANNOT;
}
