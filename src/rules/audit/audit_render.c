/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "match/regex_tree.h"
#include "rules/audit/audit_text.h"

#include <string.h>

/* Bytes first: what a match may look like, byte by byte, with classes marked. */

enum { MAX_BYTES = 2 * AUDIT_MAX_UNITS, MAX_DEPTH = 64, CLASS_REPEAT = 4, MAX_REPEAT = 48 };

struct rendering {
	struct {
		uint8_t byte;
		enum audit_unit_kind kind;
	} at[MAX_BYTES];
	size_t n;
	unsigned choice; /* which alternative to take */
	bool more;       /* there are alternatives that a higher choice would take */
};

static void put(struct rendering *r, uint8_t byte, enum audit_unit_kind kind)
{
	if (r->n == MAX_BYTES ||
	    (kind == UNIT_GAP && r->n != 0 && r->at[r->n - 1].kind == UNIT_GAP))
		return;
	r->at[r->n].byte = byte;
	r->at[r->n++].kind = kind;
}

static bool is_upper(unsigned c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(unsigned c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }

/* What a set of bytes stands for in a text. */
static void put_set(struct rendering *r, const struct tree *t)
{
	unsigned n = 0, upper = 0, lower = 0, digits = 0, high = 0;
	bool space = tree_has(t, ' '), fold;
	int one = tree_single(t, &fold);

	if (one >= 0) {
		put(r, (uint8_t)one, UNIT_LITERAL);
		return;
	}
	for (unsigned c = 0; c < 256; c++) {
		if (!tree_has(t, (uint8_t)c))
			continue;
		n++;
		upper += is_upper(c);
		lower += is_lower(c);
		digits += is_digit(c);
		high += c >= 0x80;
	}
	if (n > 100)
		put(r, ' ', UNIT_GAP);
	else if (digits >= 8 && upper + lower == 0)
		put(r, '9', UNIT_DIGIT);
	else if (upper >= 20 && lower == 0 && high == 0)
		put(r, 'A', UNIT_UPPER);
	else if (digits >= 8 && upper + lower >= 5)
		put(r, 'a', UNIT_MIXED);
	else if (space && upper + lower == 0)
		put(r, ' ', UNIT_LITERAL);
	else if (upper + lower + high >= 2 && 2 * (upper + lower + high) >= n)
		put(r, upper > lower ? 'E' : 'e', UNIT_LETTER);
	else
		for (unsigned c = 0, first = 1; c < 256 && first != 0; c++)
			if (tree_has(t, (uint8_t)c)) {
				put(r, (uint8_t)c, UNIT_LITERAL);
				first = 0;
			}
}

static bool is_anything(const struct tree *set)
{
	unsigned n = 0;

	for (unsigned c = 0; c < 256; c++)
		n += tree_has(set, (uint8_t)c);
	return n > 100;
}

static void walk(struct rendering *r, const struct tree *t, unsigned depth);

/* As often as it must be there; a class that may be longer, a few times. */
static void walk_repeat(struct rendering *r, const struct tree *t, unsigned depth)
{
	uint32_t n = t->min;
	bool fold = false, one = t->child->kind == TREE_SET && tree_single(t->child, &fold) < 0;

	if (n == 0 && !(one && is_anything(t->child)))
		return; /* what may be missing is missing, unless it is a gap */
	if (n == 0)
		n = 1;
	if (one && t->max > n && n < CLASS_REPEAT)
		n = t->max < CLASS_REPEAT ? t->max : CLASS_REPEAT;
	for (uint32_t i = 0; i < n && i < MAX_REPEAT; i++)
		walk(r, t->child, depth + 1);
}

static void walk(struct rendering *r, const struct tree *t, unsigned depth)
{
	unsigned n = 0;

	if (depth > MAX_DEPTH)
		return;
	switch (t->kind) {
	case TREE_SET:
		put_set(r, t);
		break;
	case TREE_CAT:
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			walk(r, c, depth + 1);
		break;
	case TREE_ALT:
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			n++;
		r->more |= r->choice + 1 < n;
		n = n != 0 ? r->choice % n : 0;
		for (const struct tree *c = t->child; c != NULL; c = c->next)
			if (n-- == 0)
				walk(r, c, depth + 1);
		break;
	case TREE_REPEAT:
		walk_repeat(r, t, depth);
		break;
	default:
		break;
	}
}

/* ---- to characters */

static void add(struct audit_example *x, uint32_t code, enum audit_unit_kind kind)
{
	if (x->n < AUDIT_MAX_UNITS)
		x->unit[x->n++] = (struct audit_unit){ code, kind };
}

static bool is_gap(const struct rendering *r, size_t i) { return r->at[i].kind == UNIT_GAP; }

static bool is_plain(uint32_t c) { return is_upper(c) || is_lower(c) || is_digit(c) || c == ' '; }

/* Two bytes a character (UTF-16LE).  Any bytes are some characters, and those of machine code are
 * often East Asian ones: so it is text where nearly all is Latin, or of Latin and one other
 * alphabet, or where four characters and all of them are East Asian. */
static bool as_wide(const struct rendering *r, struct audit_example *x)
{
	size_t plain = 0, alphabet = 0, east = 0, other = 0;

	x->n = 0;
	for (size_t i = 0; i + 1 < r->n || (i < r->n && is_gap(r, i));) {
		if (is_gap(r, i)) {
			add(x, ' ', UNIT_GAP);
			i++;
			continue;
		}
		uint32_t code = r->at[i].byte | (uint32_t)r->at[i + 1].byte << 8;
		bool low = code < 0x20 && code != '\n' && code != '\r' && code != '\t';
		if (low || (code >= 0x7F && code < 0xA0))
			return false;
		plain += is_plain(code);
		alphabet += code >= 0x370 && code < 0x700;
		east += (code >= 0x3040 && code < 0x3100) || (code >= 0x4E00 && code < 0xA000) ||
			(code >= 0xAC00 && code < 0xD7A4);
		other += !is_plain(code) && code >= 0x100 && (code < 0x370 || code >= 0x700);
		add(x, code, r->at[i].kind);
		i += 2;
	}
	if (east != 0)
		return east == x->n && east >= 4;
	return x->n >= 3 && other == 0 && 10 * (plain + alphabet) >= 7 * x->n;
}

static bool as_utf8(const struct rendering *r, struct audit_example *x)
{
	uint8_t bytes[MAX_BYTES];

	x->n = 0;
	for (size_t i = 0; i < r->n; i++)
		bytes[i] = r->at[i].byte;
	for (size_t i = 0; i < r->n;) {
		uint32_t code = 0;
		size_t k = text_utf8((struct span){ bytes + i, r->n - i }, &code);
		if (is_gap(r, i)) {
			add(x, ' ', UNIT_GAP);
			i++;
			continue;
		}
		if (k == 0 || (code < 0x20 && code != '\t' && code != '\r' && code != '\n') ||
		    code == 0x7F || (code >= 0x80 && code < 0xA0))
			return false;
		add(x, code, r->at[i].kind);
		i += k;
	}
	return x->n != 0;
}

/* Cyrillic in one of its 8-bit code pages: letters have the high bit and the next one, and text is
 * little else. */
static bool as_8bit(const struct rendering *r, struct audit_example *x)
{
	bool seen[256] = { false };
	unsigned distinct = 0;

	x->n = 0;
	for (size_t i = 0; i < r->n; i++) {
		uint8_t b = r->at[i].byte;
		if (!is_gap(r, i) && b < 0xC0 && b != ' ')
			return false;
		distinct += !seen[b] && b >= 0xC0;
		seen[b] = true;
		add(x, b >= 0xC0 ? 0x410u + (b - 0xC0u) : ' ', r->at[i].kind);
	}
	return r->n >= 8 && distinct >= 5;
}

static void to_text(const struct rendering *r, struct audit_example *x)
{
	size_t zeros = 0;

	for (size_t i = 0; i < r->n; i++)
		zeros += r->at[i].byte == 0 || is_gap(r, i);
	static const uint8_t ole2[] = { 0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1 };
	bool magic = r->n >= 4;
	for (size_t i = 0; i < r->n && magic; i++)
		magic = i < sizeof ole2 && r->at[i].byte == ole2[i];
	x->magic = magic || (r->n == 4 && r->at[0].byte == 'P' && r->at[1].byte == 'K');
	x->zeros = zeros == r->n;
	x->text = as_utf8(r, x) || as_wide(r, x) || as_8bit(r, x);
	if (!x->text)
		x->n = r->n < AUDIT_MAX_UNITS ? r->n : AUDIT_MAX_UNITS;
}

void audit_render_bytes(struct span bytes, struct audit_example *out)
{
	struct rendering r = { .n = 0 };

	for (size_t i = 0; i < bytes.n; i++)
		put(&r, bytes.p[i], UNIT_LITERAL);
	to_text(&r, out);
}

void audit_render_sets(const uint64_t (*set)[4], size_t n, struct audit_example *out)
{
	struct rendering r = { .n = 0 };

	for (size_t i = 0; i < n; i++) {
		struct tree t = { .kind = TREE_SET };
		memcpy(t.set, set[i], sizeof t.set);
		put_set(&r, &t);
	}
	to_text(&r, out);
}

bool audit_render(const struct pattern_source *s, struct arena *a, unsigned k,
		  struct audit_example *out)
{
	struct rendering r = { .choice = k };
	struct tree_facts facts = { .notes = 0 };
	struct tree *t = NULL;
	struct error e;

	if (s->kind == PATTERN_TEXT) {
		audit_render_bytes(s->text, out);
		return k == 0;
	}
	if (!(s->kind == PATTERN_HEX     ? hex_parse(s, a, &t, &e)
	      : s->kind == PATTERN_REGEX ? regex_parse(s, a, &t, &facts, &e)
					 : false))
		return false;
	walk(&r, t, 0);
	/* the last choice is one that nothing would take */
	if (k != 0 && !r.more) {
		struct rendering before = { .choice = k - 1 };
		walk(&before, t, 0);
		if (!before.more)
			return false;
	}
	to_text(&r, out);
	return true;
}
