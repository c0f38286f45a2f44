/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "rules/clamav/clam_parse.h"
#include "rules/hash_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Sources and lines; what a line says is read by a file for each family. */

enum { MAX_MACROS = 1 << 28, MAX_ICONS = 1 << 24, MAX_TRUSTED = 1 << 24, MAX_LINKS = 1 << 28 };

/* ---- families */

static const struct {
	const char *end;
	enum clam_family family;
} families[] = {
	{ ".ign", CLAM_IGNORE },       { ".ign2", CLAM_IGNORE },     { ".hdb", CLAM_HASH },
	{ ".hsb", CLAM_HASH },         { ".hdu", CLAM_HASH },        { ".hsu", CLAM_HASH },
	{ ".mdb", CLAM_SECTION },      { ".msb", CLAM_SECTION },     { ".mdu", CLAM_SECTION },
	{ ".msu", CLAM_SECTION },      { ".imp", CLAM_IMPORTS },     { ".fp", CLAM_ALLOW },
	{ ".sfp", CLAM_ALLOW },        { ".ndb", CLAM_BODY },        { ".ndu", CLAM_BODY },
	{ ".sdb", CLAM_BODY },         { ".db", CLAM_OLD_BODY },     { ".ldb", CLAM_LOGIC },
	{ ".ldu", CLAM_LOGIC },        { ".cfg", CLAM_SETTING },     { ".info", CLAM_SETTING },
	{ ".cdb", CLAM_MEMBERS },      { ".zmd", CLAM_UNSUPPORTED }, { ".rmd", CLAM_UNSUPPORTED },
	{ ".idb", CLAM_ICONS },        { ".ftm", CLAM_MAGIC },       { ".pdb", CLAM_LINKS },
	{ ".gdb", CLAM_LINKS },        { ".wdb", CLAM_LINKS },       { ".crb", CLAM_CERTIFICATES },
	{ ".cat", CLAM_UNSUPPORTED },  { ".cbc", CLAM_UNSUPPORTED }, { ".pwdb", CLAM_PASSWORDS },
	{ ".ioc", CLAM_UNSUPPORTED },  { ".hashes", CLAM_LIST },     { ".md5", CLAM_LIST },
	{ ".sha1", CLAM_LIST },        { ".sha256", CLAM_LIST },     { ".csv", CLAM_LIST },
	{ ".allow", CLAM_LIST_ALLOW },
};

static bool ends_with(struct span s, const char *end)
{
	size_t n = strlen(end);

	if (s.n <= n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.p[s.n - n + i];
		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != end[i])
			return false;
	}
	return true;
}

enum clam_family clam_family_of(struct span name)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (ends_with(name, families[i].end))
			return families[i].family;
	return CLAM_NONE;
}

/* ---- life */

struct clam *clam_new(struct ruleset *set)
{
	struct clam *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->set = set;
	names_init(&c->ignored);
	buf_init(&c->macros, MAX_MACROS);
	buf_init(&c->icons, MAX_ICONS);
	buf_init(&c->trusted, MAX_TRUSTED);
	buf_init(&c->links, MAX_LINKS);
	buf_init(&c->link_digests, MAX_LINKS);
	return c;
}

void clam_free(struct clam *c)
{
	if (c == NULL)
		return;
	names_release(&c->ignored);
	buf_release(&c->macros);
	buf_release(&c->icons);
	buf_release(&c->trusted);
	buf_release(&c->links);
	buf_release(&c->link_digests);
	free(c);
}

/* ---- helpers of the readers */

struct ir_place clam_place(const struct clam *c, struct span where)
{
	uint32_t at = (uint32_t)(where.p - c->text.p), start = at;

	while (start > 0 && c->text.p[start - 1] != '\n')
		start--;
	return (struct ir_place){ .source = c->source,
				  .line = c->line,
				  .column = at - start + 1,
				  .at = at,
				  .n = (uint32_t)where.n };
}

bool clam_error(struct clam *c, struct span where, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	ruleset_diagnose(c->set, IR_ERROR, clam_place(c, where), c->rule, NULL, "%s", text);
	return false;
}

size_t clam_split(struct span s, char mark, struct span *field)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && (s.p[i] != (uint8_t)mark || n + 1 == CLAM_MAX_FIELDS))
			continue;
		field[n++] = (struct span){ s.p + from, i - from };
		from = i + 1;
	}
	return n;
}

size_t clam_split_logic(struct span s, struct span *field)
{
	size_t n = 0, from = 0;
	bool regex = false;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && n >= 3 && s.p[i] == '/' && s.p[i - 1] != '\\')
			regex = !regex;
		if (i < s.n && (s.p[i] != ';' || regex || n + 1 == CLAM_MAX_FIELDS))
			continue;
		field[n++] = (struct span){ s.p + from, i - from };
		from = i + 1;
	}
	return n;
}

bool clam_range(struct clam *c, struct span s, uint64_t out[2])
{
	const uint8_t *dash = memchr(s.p, '-', s.n);
	size_t k = dash != NULL ? (size_t)(dash - s.p) : s.n;

	if (!clam_number(span_cut(s, 0, k), UINT32_MAX, &out[0]))
		return clam_error(c, s, "expected a number or a range");
	out[1] = out[0];
	if (dash != NULL && !clam_number(span_cut(s, k + 1, s.n), UINT32_MAX, &out[1]))
		return clam_error(c, s, "expected a range of numbers");
	return out[0] <= out[1] || clam_error(c, s, "a range whose end is below its start");
}

bool clam_number(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = v;
	return v <= max;
}

bool clam_level(struct clam *c, const struct span *field, size_t n, size_t from, bool *ok)
{
	uint64_t min = 0, max = UINT64_MAX;

	*ok = true;
	if (n > from && field[from].n != 0 && !clam_number(field[from], UINT32_MAX, &min))
		*ok = clam_error(c, field[from], "the lowest engine level is no number");
	if (*ok && n > from + 1 && field[from + 1].n != 0 &&
	    !clam_number(field[from + 1], UINT32_MAX, &max))
		*ok = clam_error(c, field[from + 1], "the highest engine level is no number");
	return *ok && min <= CLAM_LEVEL && CLAM_LEVEL <= max;
}

struct span clam_name(struct clam *c, struct span field)
{
	struct span s = field;

	if (s.n > 7 && memcmp(s.p + s.n - 7, " (Clam)", 7) == 0)
		s.n -= 7;
	if (s.n == 0)
		(void)clam_error(c, field, "a signature without a name");
	else if (s.n > IR_HASH_MAX_NAME) {
		(void)clam_error(c, field, "a name of %zu bytes, at most %d", s.n,
				 IR_HASH_MAX_NAME);
		s.n = 0;
	}
	return s;
}

bool clam_ignored(const struct clam *c, struct span name)
{
	return names_find(&c->ignored, 0, name) != NAMES_UNKNOWN;
}

bool clam_rule(struct clam *c, struct span name, struct span condition)
{
	return clam_rule_at(c, name, name, condition);
}

bool clam_rule_at(struct clam *c, struct span name, struct span where, struct span condition)
{
	struct ruleset *set = c->set;
	struct span end = span_of(c->official ? "" : ".UNOFFICIAL");
	uint8_t *text = arena_alloc(&set->arena, name.n + end.n + 1);

	if (text == NULL) {
		c->failed = true;
		return false;
	}
	memcpy(text, name.p, name.n);
	memcpy(text + name.n, end.p, end.n);
	struct ir_place place = clam_place(c, where);
	struct ir_rule r = { .name = { text, name.n + end.n },
			     .space = c->space,
			     .flags = IR_RULE_CLAMAV,
			     .place = place,
			     .first_string = (uint32_t)(set->strings.n / sizeof(struct ir_string)),
			     .first_tag = (uint32_t)(set->tags.n / sizeof(struct span)),
			     .first_meta = (uint32_t)(set->metas.n / sizeof(struct ir_meta)),
			     .root = COND_NONE,
			     .first_node = (uint32_t)(set->nodes.n / sizeof(struct cond_node)),
			     .condition_at = (uint32_t)(condition.p - c->text.p),
			     .condition_n = (uint32_t)condition.n };
	c->rule = (uint32_t)(set->rules.n / sizeof r);
	buf_put(&set->rules, &r, sizeof r);
	c->failed = c->failed || !buf_ok(&set->rules);
	return !c->failed;
}

void clam_rule_target(struct clam *c, uint64_t target)
{
	size_t n;

	if (!c->failed && (target == CLAM_ANY || target == CLAM_HTML || target == CLAM_TEXT))
		ruleset_rules(c->set, &n)[c->rule].flags |= IR_RULE_TEXT;
}

void clam_rule_flag(struct clam *c, uint32_t flags)
{
	size_t n;

	if (!c->failed)
		ruleset_rules(c->set, &n)[c->rule].flags |= flags;
}

void clam_rule_handler(struct clam *c, unsigned type, uint32_t flags)
{
	clam_rule_flag(c, IR_RULE_HANDLER | (uint32_t)type << IR_RULE_TYPE_SHIFT | flags);
}

/* ---- lines */

/* "name", or "name:md5 of the signature", or "file:line:name". */
static bool ignore_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', field);
	struct span name = clam_name(c, n == 3 ? field[2] : field[0]);

	if (name.n == 0)
		return false;
	if (!clam_ignored(c, name) && !names_add(&c->ignored, 0, name, 0))
		c->failed = true;
	return !c->failed;
}

static void read_line(struct clam *c, enum clam_family family, struct span line)
{
	c->rule = COND_NONE;
	switch (family) {
	case CLAM_IGNORE:
		(void)ignore_line(c, line);
		break;
	case CLAM_HASH:
	case CLAM_SECTION:
	case CLAM_ALLOW:
		(void)clam_hash_line(c, family, line);
		break;
	case CLAM_BODY:
		(void)clam_body_line(c, line);
		break;
	case CLAM_OLD_BODY:
		(void)clam_old_body_line(c, line);
		break;
	case CLAM_LOGIC:
		(void)clam_logic_line(c, line);
		break;
	case CLAM_IMPORTS:
		(void)clam_import_line(c, line);
		break;
	case CLAM_ICONS:
		(void)clam_icon_line(c, line);
		break;
	case CLAM_PASSWORDS:
		(void)clam_password_line(c, line);
		break;
	case CLAM_MAGIC:
		(void)clam_magic_line(c, line);
		break;
	case CLAM_CERTIFICATES:
		(void)clam_certificate_line(c, line);
		break;
	case CLAM_LINKS:
		(void)clam_link_line(c, line);
		break;
	case CLAM_MEMBERS:
		(void)clam_member_line(c, line);
		break;
	default:
		break;
	}
}

static bool is_blank(uint8_t b) { return b == ' ' || b == '\t'; }

/* Blanks at the end of a line are no part of it, but for a password's. */
static void read_lines(struct clam *c, enum clam_family family)
{
	bool blanks_count = family == CLAM_PASSWORDS;

	for (size_t at = 0; at < c->text.n && !c->failed;) {
		const uint8_t *p = c->text.p + at;
		const uint8_t *end = memchr(p, '\n', c->text.n - at);
		size_t n = end != NULL ? (size_t)(end - p) : c->text.n - at;
		at += n + 1;
		c->line++;
		while (n > 0 && (p[n - 1] == '\r' || (!blanks_count && is_blank(p[n - 1]))))
			n--;
		if (n != 0 && p[0] != '#')
			read_line(c, family, (struct span){ p, n });
	}
}

static enum ir_hash_domain domain_of(enum clam_family f)
{
	return f == CLAM_SECTION                         ? IR_HASH_SECTION
	       : f == CLAM_ALLOW || f == CLAM_LIST_ALLOW ? IR_HASH_ALLOW
							 : IR_HASH_FILE;
}

static bool has_hashes(enum clam_family f)
{
	return (f >= CLAM_HASH && f <= CLAM_ALLOW) || f == CLAM_LIST || f == CLAM_LIST_ALLOW;
}

/* Lines that are no comments; a program of bytecode is one signature. */
static size_t count_lines(struct span text)
{
	size_t n = 0;

	for (size_t at = 0; at < text.n;) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t next = end != NULL ? (size_t)(end - text.p) : text.n;
		n += next > at && text.p[at] != '#' && text.p[at] != '\r';
		at = next + 1;
	}
	return n;
}

static void unsupported(struct clam *c, struct span name)
{
	struct span first = { c->text.p, 0 };
	size_t dot = name.n, n = ends_with(name, ".cbc") ? 1 : count_lines(c->text);

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	c->line = 1;
	c->rule = COND_NONE;
	if (n != 0)
		(void)clam_error(c, first, "%zu signatures of this kind (.%.*s) are not supported",
				 n, (int)(name.n - dot), (const char *)name.p + dot);
}

bool clam_add(struct clam *c, enum clam_family family, struct span name, struct span text,
	      struct span space, bool official, struct error *e)
{
	struct ruleset *set = c->set;
	struct ir_source source = { .name = name, .text = text, .includer = COND_NONE };

	if (text.n > UINT32_MAX / 2)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%.*s: over 2 GiB", (int)name.n,
				 (const char *)name.p);
	if (!hash_of(HASH_SHA256, text, source.sha256))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "SHA-256 is not available");
	c->source = (uint32_t)(set->sources.n / sizeof source);
	c->text = text;
	c->space = space;
	c->official = official;
	c->line = 0;
	buf_put(&set->sources, &source, sizeof source);
	if (has_hashes(family)) {
		bool list = family == CLAM_LIST || family == CLAM_LIST_ALLOW;
		struct ir_hash_list l = { .source = c->source,
					  .first = (uint32_t)(set->hashes.n /
							      sizeof(struct ir_hash)),
					  .domain = domain_of(family),
					  .clamav = !list,
					  .unofficial = !list && !official,
					  .space = space };
		buf_put(&set->hash_lists, &l, sizeof l);
		if (list)
			hash_list_read(set, c->source, text);
	}
	if (family == CLAM_UNSUPPORTED)
		unsupported(c, name);
	else if (family != CLAM_SETTING && family != CLAM_LIST && family != CLAM_LIST_ALLOW)
		read_lines(c, family);
	if (family == CLAM_CERTIFICATES)
		clam_certificates_end(c);
	if (c->failed || !buf_ok(&set->hashes) || !buf_ok(&set->sources) ||
	    !buf_ok(&set->hash_lists) || !buf_ok(&set->passwords))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for signatures");
	return true;
}

bool clam_end(struct clam *c, struct error *e)
{
	clam_links_end(c);
	return !c->failed || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for signatures");
}
