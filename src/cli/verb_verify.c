/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/sources.h"
#include "cli/starter.h"
#include "engine/scan.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * A verdict is derived again from the rules' source and the object, and each thing
 * that it says is held against what is found now.
 */

static const char help[] =
	"usage: pellucid verify [-r SOURCE]... [-d NAME=VALUE]... VERDICT.json FILE\n"
	"\n"
	"Derives a verdict (a line of `pellucid scan --json`) again and says, item by item, what "
	"holds.\n"
	"Without --rules: the starter rules, or the sources that the verdict names.\n"
	"\n"
	"Status: 0 all holds, 4 something does not, 2 could not run.\n";

static const struct option options[] = { { "rules", required_argument, NULL, 'r' },
					 { "define", required_argument, NULL, 'd' },
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

struct check {
	struct sources sources;
	struct verdict now;
	bool own; /* the reader's own copy of the rules */
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

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s != NULL ? s : "";
}

/* The match of the rule that the claim names. */
static const struct verdict_match *match_of(const struct check *c, const json_t *claim)
{
	for (size_t i = 0; i < c->now.n_matches; i++) {
		struct db_rule rule;
		if (db_rule(c->sources.db, c->now.match[i].rule, &rule) &&
		    span_is(rule.name, text_of(claim, "rule")) &&
		    span_is(rule.space, text_of(claim, "namespace")))
			return &c->now.match[i];
	}
	return NULL;
}

static bool string_found(const struct check *c, const struct verdict_match *m, const json_t *s)
{
	for (size_t i = 0; i < m->n_strings; i++) {
		struct db_string string;
		char hex[2 * VERDICT_EXCERPT + 1];
		hex_text(m->string[i].excerpt.p, m->string[i].excerpt.n, hex);
		if (db_string(c->sources.db, m->string[i].string, &string) &&
		    span_is(string.name, text_of(s, "name")) &&
		    (json_int_t)m->string[i].at ==
			    json_integer_value(json_object_get(s, "offset")) &&
		    (json_int_t)m->string[i].n ==
			    json_integer_value(json_object_get(s, "length")) &&
		    strcmp(hex, text_of(s, "bytes")) == 0)
			return true;
	}
	return false;
}

static bool value_equal(const json_t *claim, const struct value *v)
{
	switch (v->kind) {
	case VALUE_BOOL:
		return json_is_boolean(claim) && json_is_true(claim) == (v->i != 0);
	case VALUE_INT:
		return json_is_integer(claim) && json_integer_value(claim) == v->i;
	case VALUE_FLOAT:
		return json_is_number(claim) && json_number_value(claim) == v->f;
	case VALUE_STRING:
		return json_is_string(claim) &&
		       span_equal(v->s, (struct span){ (const uint8_t *)json_string_value(claim),
						       json_string_length(claim) });
	default:
		return json_is_null(claim);
	}
}

/* The rule's file, by its digest, and the line.  In a reader's own copy they may be others. */
static void check_source(struct check *c, const struct verdict_match *m, const json_t *claim)
{
	char hex[HASH_MAX_HEX + 1] = "";
	struct db_rule rule;
	struct db_source source;
	bool same = false;

	if (db_rule(c->sources.db, m->rule, &rule) &&
	    db_source(c->sources.db, rule.source, &source)) {
		hex_text(source.sha256, 32, hex);
		same = strcmp(hex, text_of(claim, "source_sha256")) == 0 &&
		       json_integer_value(json_object_get(claim, "line")) == (json_int_t)rule.line;
	}
	if (same || !c->own)
		say(c, same, "  its source is %s:%" JSON_INTEGER_FORMAT ", SHA-256 %.16s...",
		    text_of(claim, "source"), json_integer_value(json_object_get(claim, "line")),
		    text_of(claim, "source_sha256"));
	else
		printf("note     its source is not the text that the verdict names\n");
}

static void check_match(struct check *c, const json_t *claim)
{
	const struct verdict_match *m = match_of(c, claim);
	const char *rule = text_of(claim, "rule");
	const json_t *one;
	size_t i;

	say(c, m != NULL, "rule %s matches", rule);
	if (m == NULL)
		return;
	check_source(c, m, claim);
	json_array_foreach(json_object_get(claim, "strings"), i, one)
		say(c, string_found(c, m, one), "  %s at 0x%" JSON_INTEGER_FORMAT,
		    text_of(one, "name"), json_integer_value(json_object_get(one, "offset")));
	json_array_foreach(json_object_get(claim, "values"), i, one)
	{
		bool same = false;
		for (size_t k = 0; k < m->n_values; k++)
			if (span_is(m->value[k].name, text_of(one, "name")))
				same = value_equal(json_object_get(one, "value"),
						   &m->value[k].value);
		say(c, same, "  %s", text_of(one, "name"));
	}
}

static void check_verdict(struct check *c, const json_t *claim, struct span file)
{
	char hex[HASH_MAX_HEX + 1];
	const json_t *one;
	size_t i;

	if (json_object_get(claim, "sha256") != NULL)
		say(c,
		    hash_hex(HASH_SHA256, file, hex) && strcmp(hex, text_of(claim, "sha256")) == 0,
		    "the object's SHA-256 is %s", text_of(claim, "sha256"));
	say(c, json_integer_value(json_object_get(claim, "size")) == (json_int_t)file.n,
	    "its size is %" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(claim, "size")));
	say(c, strcmp(verdict_word(c->now.kind), text_of(claim, "verdict")) == 0,
	    "the verdict is %s", text_of(claim, "verdict"));
	json_array_foreach(json_object_get(claim, "matches"), i, one) check_match(c, one);
	hex_text(db_digest(c->sources.db), 32, hex);
	printf("note   the database %s\n",
	       strcmp(hex, text_of(claim, "database")) == 0
		       ? "is the one that the verdict names"
		       : "is built from other rules than the verdict names");
}

/* The sources that the matches name, each once. */
static bool claimed_sources(struct check *c, const json_t *claim, struct error *e)
{
	const json_t *list = json_object_get(claim, "matches"), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		bool seen = false;
		for (size_t k = 0; k < i; k++)
			seen = seen || strcmp(text_of(json_array_get(list, k), "source"),
					      text_of(one, "source")) == 0;
		if (!seen &&
		    !sources_add(&c->sources, text_of(one, "source"), text_of(one, "namespace"), e))
			return false;
	}
	return true;
}

/* The rules that the verdict names: the starter rules by their digest, or else the sources by their
 * names. */
static bool add_claimed(struct check *c, const json_t *claim, struct error *e)
{
	char hex[HASH_MAX_HEX + 1];
	struct db *db;

	if (!db_open(starter_rules(), &db, e))
		return false;
	hex_text(db_digest(db), 32, hex);
	db_free(db);
	if (strcmp(hex, text_of(claim, "database")) == 0)
		return sources_add_built(&c->sources, starter_rules(), e);
	return claimed_sources(c, claim, e);
}

/* The time that a rule asked for is an input like the object: the one that the verdict records. */
static int64_t claimed_time(const json_t *claim)
{
	const json_t *match, *value;
	size_t i, k;

	json_array_foreach(json_object_get(claim, "matches"), i, match) json_array_foreach(
		json_object_get(match, "values"), k,
		value) if (strcmp(text_of(value, "name"), "time.now()") ==
			   0) return json_integer_value(json_object_get(value, "value"));
	return time(NULL);
}

static int derive(struct check *c, const json_t *claim, const char *path)
{
	struct scan_options o = { .strings = true, .now = claimed_time(claim) };
	struct scanner *scanner;
	struct buf file;
	struct error e;

	if (!sources_build(&c->sources, &e))
		return cli_fail("verify", "%s", e.text);
	buf_init(&file, SIZE_MAX / 2);
	if (!io_read_file(path, &file, &e) || !scanner_new(c->sources.db, &o, &scanner, &e)) {
		buf_release(&file);
		return cli_fail("verify", "%s: %s", path, e.text);
	}
	scanner_object(scanner, buf_span(&file), &c->now);
	check_verdict(c, claim, buf_span(&file));
	scanner_free(scanner);
	buf_release(&file);
	printf("%u hold, %u do not\n", c->held, c->failed);
	return c->failed != 0 ? EXIT_FALSE : EXIT_CLEAN;
}

int verb_verify(int argc, char **argv)
{
	struct check c = { 0 };
	struct error e;
	json_error_t bad;
	bool named = false;
	int option, status;

	if (!sources_open(&c.sources))
		return cli_fail("verify", "no memory");
	while ((option = getopt_long(argc, argv, "r:d:h", options, NULL)) != -1) {
		bool ok = true;
		if (option == 'r') {
			ok = sources_add(&c.sources, optarg, NULL, &e);
			named = true;
		} else if (option == 'd') {
			ok = sources_define(&c.sources, optarg, &e);
		} else {
			fputs(help, option == 'h' ? stdout : stderr);
			sources_release(&c.sources);
			return option == 'h' ? EXIT_CLEAN : EXIT_CANNOT;
		}
		if (!ok)
			return cli_fail("verify", "%s", e.text);
	}
	if (argc - optind != 2) {
		fputs(help, stderr);
		return EXIT_CANNOT;
	}
	json_t *claim =
		json_load_file(argv[optind], JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &bad);
	if (!json_is_object(claim))
		status = cli_fail("verify", "%s:%d: %s", argv[optind], bad.line, bad.text);
	else if (!(c.own = named) && !add_claimed(&c, claim, &e))
		status = cli_fail("verify", "%s; name the rules with --rules", e.text);
	else
		status = derive(&c, claim, argv[optind + 1]);
	json_decref(claim);
	sources_release(&c.sources);
	return status;
}
