/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/yara_print.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* Metadata, as yara has it: C's escapes, octal where there is none. */
static void print_escaped(struct span s)
{
	static const char letters[] = "abtnvfr"; /* from 7 on */

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (c == '"' || c == '\'' || c == '\\')
			printf("\\%c", c);
		else if (c >= 7 && c < 7 + sizeof letters - 1)
			printf("\\%c", letters[c - 7]);
		else if (c >= 0x20 && c < 0x7f)
			putchar(c);
		else
			printf("\\%03o", c);
	}
}

static void print_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
			putchar(s.p[i]);
		else
			printf("\\x%02X", s.p[i]);
	}
}

enum { HEX_SHOWN = 64 };

static void print_hex(struct span s)
{
	for (size_t i = 0; i < s.n && i < HEX_SHOWN; i++)
		printf("%s%02X", i == 0 ? "" : " ", s.p[i]);
	if (s.n > HEX_SHOWN)
		fputs(" ...", stdout);
}

static void print_string(const struct yara_print *p, const struct db *db,
			 const struct verdict_string *s)
{
	struct db_string string;

	if (!db_string(db, s->string, &string))
		return;
	printf("0x%" PRIx64 ":", s->at);
	if (p->lengths)
		printf("%u:", s->n < VERDICT_EXCERPT
				      ? s->n
				      : (uint32_t)VERDICT_EXCERPT); /* as yara cuts it */
	fwrite(string.name.p, 1, string.name.n, stdout);
	if (p->xor_keys) {
		printf(":xor(0x%02x,", s->xor_key);
		for (size_t i = 0; i < s->excerpt.n; i++) {
			uint8_t c = s->excerpt.p[i] ^ s->xor_key;
			print_text((struct span){ &c, 1 });
		}
		fputc(')', stdout);
	}
	if (p->strings) {
		fputs(": ", stdout);
		if (string.kind == PATTERN_HEX)
			print_hex(s->excerpt);
		else
			print_text(s->excerpt);
	}
	fputc('\n', stdout);
}

static void print_tags(const struct db *db, const struct db_rule *rule)
{
	fputc('[', stdout);
	for (uint32_t i = 0; i < rule->n_tags; i++) {
		struct span tag;
		if (db_tag(db, rule->first_tag + i, &tag))
			printf("%s%.*s", i == 0 ? "" : ",", (int)tag.n, (const char *)tag.p);
	}
	fputs("] ", stdout);
}

static void print_meta(const struct db *db, const struct db_rule *rule)
{
	fputc('[', stdout);
	for (uint32_t i = 0; i < rule->n_metas; i++) {
		struct ir_meta m;
		if (!db_meta(db, rule->first_meta + i, &m))
			continue;
		/* yara sets a blank before a number's sign of equality, and there alone */
		printf("%s%.*s%s=", i == 0 ? "" : ",", (int)m.name.n, (const char *)m.name.p,
		       m.kind == IR_META_TEXT || m.kind == IR_META_BOOL ? "" : " ");
		if (m.kind == IR_META_TEXT) {
			fputc('"', stdout);
			print_escaped(m.text);
			fputc('"', stdout);
		} else if (m.kind == IR_META_BOOL) {
			fputs(m.number != 0 ? "true" : "false", stdout);
		} else {
			printf("%" PRId64, m.number);
		}
	}
	fputs("] ", stdout);
}

static bool has_tag(const struct db *db, const struct db_rule *rule, const char *name)
{
	struct span tag;

	for (uint32_t i = 0; i < rule->n_tags; i++)
		if (db_tag(db, rule->first_tag + i, &tag) && span_is(tag, name))
			return true;
	return false;
}

/* As yara has it, a rule of a name that is asked for need not have the tag as well. */
static bool wanted(const struct yara_print *p, const struct db *db, const struct db_rule *rule)
{
	for (size_t i = 0; i < p->n_identifiers; i++)
		if (span_is(rule->name, p->identifier[i]))
			return true;
	for (size_t i = 0; p->n_identifiers == 0 && i < p->n_tags; i++)
		if (has_tag(db, rule, p->tag[i]))
			return true;
	return p->n_identifiers == 0 && p->n_tags == 0;
}

/* A name that holds a line's end cannot make a line of its own. */
static void print_path(const char *path)
{
	for (; *path != '\0'; path++)
		if (*path == '\n' || *path == '\r')
			fputs(*path == '\n' ? "\\n" : "\\r", stdout);
		else
			putchar(*path);
}

static void print_rule(struct yara_print *p, const struct db *db, const char *path, uint32_t number,
		       const struct verdict_match *match)
{
	struct db_rule rule;

	if (p->count_only || !db_rule(db, number, &rule) || !wanted(p, db, &rule))
		return;
	if (p->space)
		printf("%.*s:", (int)rule.space.n, (const char *)rule.space.p);
	printf("%.*s ", (int)rule.name.n, (const char *)rule.name.p);
	if (p->tags)
		print_tags(db, &rule);
	if (p->meta)
		print_meta(db, &rule);
	print_path(path);
	putchar('\n');
	if (match != NULL && (p->strings || p->lengths || p->xor_keys))
		for (size_t i = 0; i < match->n_strings; i++)
			print_string(p, db, &match->string[i]);
}

/* yara's way with a limit: the rule that reaches it ends the object, and so does, in each object
 * after that, the first rule that is looked at. */
static bool enough(const struct yara_print *p)
{
	return p->max_rules != 0 && p->n_matches >= p->max_rules;
}

void yara_print_stats(const struct db *db)
{
	printf("number of rules                    : %" PRIu32 "\n"
	       "number of strings                  : %" PRIu32 "\n",
	       db_n_rules(db), db_n_strings(db));
}

void yara_print_count(const struct yara_print *p, const char *path, int64_t n)
{
	if (!p->count_only || p->single)
		return;
	print_path(path);
	printf(": %" PRId64 "\n", n);
}

void yara_print_object(struct yara_print *p, const struct db *db, const char *path,
		       const struct verdict *v)
{
	int64_t n = 0;
	size_t k = 0;
	bool stop = false;

	if (!p->quiet)
		fwrite(v->log.p, 1, v->log.n, stdout);
	for (uint32_t i = 0; !stop && i < db_n_rules(db); i++) {
		struct db_rule rule;
		if (!p->negate && !enough(p)) { /* those in between have nothing to say */
			if (k == v->n_matches)
				break;
			i = v->match[k].rule;
		}
		bool matched = k < v->n_matches && v->match[k].rule == i;
		if (!matched && (!db_rule(db, i, &rule) || (rule.flags & IR_RULE_PRIVATE) != 0))
			continue;
		if (matched != p->negate)
			print_rule(p, db, path, i, matched ? &v->match[k] : NULL);
		k += matched;
		n += matched;
		p->n_matches += matched;
		stop = enough(p);
	}
	if (p->count_only && p->single)
		printf("%" PRId64 "\n", n);
	else
		yara_print_count(p, path, n);
}

/* A worker's words, which need be no text. */
static void print_gap(const char *what, const char *path, struct span detail)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	text_escape(&line, detail);
	buf_put_u8(&line, '\n');
	fprintf(stderr, "%s %s: ", what, path);
	(void)fwrite(line.p, 1, line.n, stderr);
	buf_release(&line);
}

bool yara_print_gaps(const char *path, const struct verdict *v, bool no_warnings)
{
	bool failed = false;

	for (size_t i = 0; i < v->n_gaps; i++) { /* a limit is a warning, as in yara */
		bool warning = v->gap[i].why == REASON_LIMIT;
		if (warning && no_warnings)
			continue;
		print_gap(warning ? "warning:" : "error scanning", path, v->gap[i].detail);
		failed = failed || !warning;
	}
	return failed;
}
