/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/hash_list.h"
#include "base/text.h"
#include "match/hashset.h"

enum { MAX_COLUMNS = 64, MAX_PLAIN = 24 /* of a column's name */ };

/* Which columns a list's head names; MAX_COLUMNS: none. */
struct columns {
	size_t digest, name, size;
};

struct reader {
	struct ruleset *set;
	uint32_t source;
	struct span text;
	uint32_t line;
	struct columns columns;
	bool begun; /* there was a line that is no comment */
};

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_cut(s, 1, s.n);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct span){ s.p + 1, s.n - 2 };
	return s;
}

/* How many hexadecimal digits s begins with, where they are a digest and end there; else 0. */
static size_t digest_at(struct span s)
{
	size_t n = 0;

	while (n < s.n && text_hex_digit(s.p[n]) >= 0)
		n++;
	if (n != 32 && n != 40 && n != 64)
		return 0;
	return n == s.n || is_blank(s.p[n]) || s.p[n] == ',' || s.p[n] == ';' || s.p[n] == '"' ? n
											       : 0;
}

/* Commas part fields; within quotes they do not. */
static size_t split(struct span line, struct span *field)
{
	size_t n = 0, from = 0;
	bool quoted = false;

	for (size_t i = 0; i <= line.n && n < MAX_COLUMNS; i++) {
		if (i < line.n && line.p[i] == '"')
			quoted = !quoted;
		if (i < line.n && (quoted || line.p[i] != ','))
			continue;
		field[n++] = trim((struct span){ line.p + from, i - from });
		from = i + 1;
	}
	return n;
}

/* The field's letters and digits, small: `SHA-256 hash` is sha256hash. */
static struct span plain_of(struct span s, uint8_t out[MAX_PLAIN])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < MAX_PLAIN; i++) {
		uint8_t c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	return (struct span){ out, n };
}

static size_t column(const struct span *field, size_t n, const char *const *names)
{
	uint8_t text[MAX_PLAIN];

	for (; *names != NULL; names++)
		for (size_t i = 0; i < n; i++)
			if (span_is(plain_of(field[i], text), *names))
				return i;
	return MAX_COLUMNS;
}

static bool is_digest(struct span field) { return field.n != 0 && digest_at(field) == field.n; }

/*
 * A line that names columns: one of them holds digests, and none is one.  The names are those
 * of the exports of MalwareBazaar, URLhaus, ThreatFox, OTX and MISP, and of the NSRL.
 */
static bool is_head(struct span line, struct columns *out)
{
	static const char *const digests[] = {
		"sha256hash", "sha256", "filehashsha256", "sha1hash", "sha1",     "filehashsha1",
		"md5hash",    "md5",    "filehashmd5",    "hash",     "filehash", "filehashvalue",
		"iocvalue",   "ioc",    "indicator",      "value",    NULL
	};
	static const char *const names[] = {
		"signature", "malwareprintable", "malware",  "family",      "name",    "threat",
		"label",     "listingreason",    "filename", "description", "comment", NULL
	};
	static const char *const sizes[] = { "filesize", "size", NULL };
	struct span field[MAX_COLUMNS];

	while (line.n > 0 && (line.p[0] == '#' || is_blank(line.p[0])))
		line = span_cut(line, 1, line.n);
	size_t n = split(line, field), digest = column(field, n, digests);
	for (size_t i = 0; i < n; i++)
		if (is_digest(field[i]))
			return false;
	if (digest == MAX_COLUMNS)
		return false;
	*out = (struct columns){ digest, column(field, n, names), column(field, n, sizes) };
	return true;
}

static void report(struct reader *r, struct span line, const char *what)
{
	struct ir_place place = { .source = r->source,
				  .line = r->line,
				  .column = 1,
				  .at = (uint32_t)(line.p - r->text.p),
				  .n = (uint32_t)line.n };
	ruleset_diagnose(r->set, IR_ERROR, place, COND_NONE,
			 "lines are `digest  name`, or comma-separated under a line of names", "%s",
			 what);
}

static void add(struct reader *r, struct span digest, struct span name, struct span size)
{
	struct ir_hash h = { .digest_n = (uint8_t)(digest.n / 2),
			     .size = HASHSET_ANY_SIZE,
			     .line = r->line,
			     .name = span_cut(name, 0, IR_HASH_MAX_NAME) };
	uint64_t bytes = 0;

	for (size_t i = 0; i < digest.n; i += 2)
		h.digest[i / 2] = (uint8_t)(text_hex_digit(digest.p[i]) << 4 |
					    text_hex_digit(digest.p[i + 1]));
	for (size_t i = 0; i < size.n && bytes < UINT32_MAX; i++)
		bytes = size.p[i] < '0' || size.p[i] > '9'
				? UINT32_MAX
				: bytes * 10 + (uint64_t)(size.p[i] - '0');
	if (size.n != 0 && bytes < UINT32_MAX)
		h.size = (uint32_t)bytes;
	if (h.name.n == 0 || span_is(h.name, "n/a"))
		h.name = span_of("listed");
	buf_put(&r->set->hashes, &h, sizeof h);
}

static void values_line(struct reader *r, struct span line)
{
	struct span field[MAX_COLUMNS], none = { line.p, 0 };
	size_t n = split(line, field), digest = r->columns.digest;

	for (size_t i = 0; digest == MAX_COLUMNS && i < n; i++)
		if (is_digest(field[i]))
			digest = i;
	if (digest >= n || !is_digest(field[digest])) {
		/* before all else, names of columns of which none is known */
		if (r->begun || n < 2 || r->columns.digest != MAX_COLUMNS)
			report(r, line, "no digest of 32, 40 or 64 hexadecimal digits");
		return;
	}
	size_t name = r->columns.digest == MAX_COLUMNS ? digest + 1 : r->columns.name;
	add(r, field[digest], name < n ? field[name] : none,
	    r->columns.size < n ? field[r->columns.size] : none);
}

/* SHA256 (name) = digest, as BSD's programs and `shasum --tag` write it. */
static bool tagged_line(struct span line, struct span *digest, struct span *name)
{
	const uint8_t *open = memchr(line.p, '(', line.n);

	for (size_t i = line.n; open != NULL && i-- > 4;)
		if (memcmp(line.p + i - 4, ") = ", 4) == 0) {
			*digest = span_cut(line, i, line.n);
			*name = (struct span){ open + 1, 0 };
			if (line.p + i - 4 > open)
				name->n = (size_t)(line.p + i - 4 - open) - 1;
			return is_digest(*digest);
		}
	return false;
}

/* digest  name, digest;name or several digests of one object, of which the longest counts. */
static bool plain_line(struct span line, struct span *digest, struct span *name)
{
	size_t n = digest_at(line);

	if (n == 0 || (n < line.n && line.p[n] != ';' && !is_blank(line.p[n])))
		return false;
	*digest = (struct span){ line.p, n };
	*name = trim(span_cut(line, n < line.n ? n + 1 : n, line.n));
	while ((n = digest_at(*name)) != 0) {
		if (n > digest->n)
			*digest = (struct span){ name->p, n };
		*name = trim(span_cut(*name, n < name->n ? n + 1 : n, name->n));
	}
	if (name->n > 1 && name->p[0] == '*') /* sha256sum's mark of a binary file */
		*name = span_cut(*name, 1, name->n);
	return true;
}

static void one_line(struct reader *r, struct span line)
{
	struct columns found;
	struct span digest, name;
	bool comment = line.p[0] == '#' || line.p[0] == ';';

	if (memchr(line.p, ',', line.n) != NULL && is_head(line, &found)) {
		r->columns = found;
		return;
	}
	if (comment)
		return;
	if (plain_line(line, &digest, &name) || tagged_line(line, &digest, &name))
		add(r, digest, name, (struct span){ line.p, 0 });
	else
		values_line(r, line);
	r->begun = true;
}

/* The next line that is not blank, without its end; empty at the end. */
static struct span next_line(struct span text, size_t *at, uint32_t *number)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf }; /* of UTF-8, before all */

	if (*at == 0 && text.n >= sizeof mark && memcmp(text.p, mark, sizeof mark) == 0)
		*at = sizeof mark;
	while (*at < text.n) {
		const uint8_t *p = text.p + *at, *end = memchr(p, '\n', text.n - *at);
		size_t n = end != NULL ? (size_t)(end - p) : text.n - *at;
		struct span line = { p, n };
		*at += n + 1;
		++*number;
		while (line.n > 0 && is_blank(line.p[line.n - 1]))
			line.n--;
		if (line.n != 0)
			return line;
	}
	return (struct span){ text.p, 0 };
}

bool hash_list_is(struct span text)
{
	struct columns found;
	struct span line, digest, name;
	size_t at = 0;
	uint32_t number = 0;

	while ((line = next_line(text, &at, &number)).n != 0) {
		if (line.p[0] == '/') /* a comment of rules */
			return false;
		if (memchr(line.p, ',', line.n) != NULL && is_head(line, &found))
			return true;
		if (line.p[0] != '#' && line.p[0] != ';')
			return digest_at(line.p[0] == '"' ? span_cut(line, 1, line.n) : line) !=
				       0 ||
			       tagged_line(line, &digest, &name);
	}
	return false;
}

void hash_list_read(struct ruleset *set, uint32_t source, struct span text)
{
	struct reader r = { .set = set,
			    .source = source,
			    .text = text,
			    .columns = { MAX_COLUMNS, MAX_COLUMNS, MAX_COLUMNS } };
	struct span line;
	size_t at = 0;

	while ((line = next_line(text, &at, &r.line)).n != 0)
		one_line(&r, line);
}
