/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rules/audit/audit_inert.h"
#include "rules/audit/audit_spell.h"

#include <string.h>

/*
 * The ways in which bytes are characters.  Between gaps (whatever may stand there)
 * lie segments; each is read as UTF-8, as UTF-16 of both orders, in the 8-bit and
 * double-byte code pages, as EBCDIC, and where it is text, as text that spells
 * other text: escapes of RTF, mail, addresses, HTML and programs, hexadecimal
 * digits, base64, written backwards, shifted by so many letters or XORed with a byte.
 */

enum {
	SHORT = 4,     /* bytes that are no text may stand anywhere ... */
	ALL_SHORT = 6, /* ... but not that many in all */
};

static bool is_letter(unsigned c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }
static bool is_plain(uint32_t c) { return c < 0x80 && (is_letter(c) || is_digit(c) || c == ' '); }
static bool is_control(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || (c >= 0x7F && c < 0xA0);
}

static bool add(struct audit_example *x, uint32_t code, unsigned kind)
{
	if (x->n == AUDIT_MAX_UNITS)
		return false;
	x->unit[x->n++] = (struct audit_unit){ code, (enum audit_unit_kind)kind };
	return true;
}

/* ---- characters */

static bool as_utf8(const struct audit_bytes *b, struct audit_example *x)
{
	x->n = 0;
	for (size_t i = 0; i < b->n;) {
		uint32_t code = 0;
		size_t k = text_utf8((struct span){ b->byte + i, b->n - i }, &code);
		if (k == 0 || is_control(code))
			return false;
		add(x, code, b->kind[i]);
		i += k;
	}
	return x->n != 0;
}

/* Two bytes a character, the low one at `low`.  Any bytes are some characters, and those of machine
 * code are often East Asian ones: so it is text where nearly all is Latin, or of Latin and one
 * other alphabet, or where four characters and all of them are East Asian. */
static bool as_wide(const struct audit_bytes *b, unsigned low, struct audit_example *x)
{
	size_t plain = 0, alphabet = 0, east = 0, rare = 0, other = 0;
	bool marked = b->n > 2 && b->byte[0] == 0xFE && b->byte[1] == 0xFF;
	/* a high byte may be cut off at either end */
	size_t i = low == 1 && b->n % 2 != 0 && b->byte[0] != 0 ? 1 : 0;

	x->n = 0;
	if (i == 1)
		add(x, b->byte[0], b->kind[0]);
	for (; i < b->n; i += 2) {
		unsigned first = b->byte[i], second = i + 1 < b->n ? b->byte[i + 1] : 0;
		if (i + 1 == b->n && low == 1)
			break;
		uint32_t code = low == 0 ? first | second << 8 : first << 8 | second;
		if (code == 0xFEFF)
			continue;
		if (is_control(code))
			return false;
		plain += is_plain(code);
		alphabet += code >= 0x370 && code < 0x700;
		east += (code >= 0x3040 && code < 0x3100) || (code >= 0x4E00 && code < 0xA000) ||
			(code >= 0xAC00 && code < 0xD7A4);
		rare += code >= 0x9200 && code < 0xA000; /* one of eight in a text */
		other += !is_plain(code) && code >= 0x100 && (code < 0x370 || code >= 0x700);
		add(x, code, b->kind[i + low < b->n ? i + low : i]);
	}
	if (east != 0)
		return (low == 0 || marked) && east == x->n && east >= 4 && 4 * rare <= 3 * east;
	return x->n >= 3 && other == 0 && 10 * (plain + alphabet) >= 7 * x->n;
}

/* Words of a code page in which the letters of another alphabet have the high bit: text is little
 * else.  Whichever alphabet it is, they are letters. */
static bool as_8bit(const struct audit_bytes *b, struct audit_example *x)
{
	bool seen[256] = { false }, high = true, dos = true;
	unsigned distinct = 0;

	x->n = 0;
	for (size_t i = 0; i < b->n; i++) {
		uint8_t c = b->byte[i];
		if (c < 0x80 && c != ' ' && c != '.' && c != ',' && c != '-' && c != '\n')
			return false;
		high &= c < 0x80 || c >= 0xC0; /* Windows, ISO 8859, KOI8 */
		dos &= c < 0xB0 || (c >= 0xE0 && c < 0xF0);
		distinct += !seen[c] && c >= 0x80;
		seen[c] = true;
		add(x, c >= 0x80 ? 0x410u + (c & 0x3Fu) : c, b->kind[i]);
	}
	return b->n >= 6 && distinct >= 4 && 3 * distinct >= b->n && (high || dos);
}

/* Latin letters, of which some bear marks (ISO 8859-1, -2, -15, Windows 1250, 1252). */
static bool as_latin(const struct audit_bytes *b, struct audit_example *x)
{
	size_t plain = 0;

	x->n = 0;
	for (size_t i = 0; i < b->n; i++) {
		uint8_t c = b->byte[i];
		if (c < 0xA0 && is_control(c))
			return false;
		plain += is_plain(c);
		add(x, c, b->kind[i]);
	}
	return b->n >= 5 && 10 * plain >= 6 * b->n && audit_reads_well(x);
}

static bool as_ebcdic(const struct audit_bytes *b, struct audit_example *x)
{
	x->n = 0;
	for (size_t i = 0; i < b->n; i++) {
		unsigned c = b->byte[i], row = c >> 4, column = c & 15, letter = 0;
		if (c == 0x40 || c == 0x4B || c == 0x60 || c == 0x6B) {
			add(x,
			    c == 0x40   ? ' '
			    : c == 0x4B ? '.'
			    : c == 0x60 ? '-'
					: ',',
			    b->kind[i]);
			continue;
		}
		if (row == 15 && column <= 9)
			letter = 0x30 + column;
		else if ((row & 3) < 2 && row >= 8 && row < 14 && column >= 1 && column <= 9)
			letter = ((row & 4) != 0 ? 0x41u : 0x61u) + (row & 3) * 9 + column - 1;
		else if ((row & 3) == 2 && row >= 10 && row < 15 && column >= 2 && column <= 9)
			letter = ((row & 4) != 0 ? 0x41u : 0x61u) + 18 + column - 2;
		else
			return false;
		add(x, letter, b->kind[i]);
	}
	return b->n >= 5 && audit_reads_well(x);
}

/* Does a pair stand in machine code everywhere: mov, cmp, add, lea, test of registers and the
 * frame? */
static bool is_operation(unsigned lead, unsigned trail)
{
	return memchr("\x81\x83\x85\x88\x89\x8A\x8B\x8D", (int)lead, 8) != NULL &&
	       (trail >= 0xC0 || (trail & 7) == 5 || (trail & 7) == 4);
}

/* Double-byte code pages: of China, Korea and Japan (EUC, GBK, Big5), and Shift JIS. */
static bool as_double(const struct audit_bytes *b, struct audit_example *x)
{
	bool euc = true, sjis = true;
	size_t pairs = 0;

	x->n = 0;
	for (size_t i = 0; i < b->n; i += 2) {
		unsigned lead = b->byte[i], trail = i + 1 < b->n ? b->byte[i + 1] : 0;
		if (lead == ' ' || lead == '\n') {
			i--;
			continue;
		}
		euc &= lead >= 0xA1 && lead <= 0xFE && trail >= 0xA1 && trail <= 0xFE;
		sjis &= ((lead >= 0x81 && lead <= 0x9F) || (lead >= 0xE0 && lead <= 0xEA)) &&
			trail >= 0x40 && trail <= 0xFC && trail != 0x7F &&
			!is_operation(lead, trail);
		pairs++;
		add(x, 0x4E00 + (lead << 6 & 0x1FFF) + (trail & 0x3F), b->kind[i]);
	}
	return pairs >= 3 && (euc || sjis);
}

/* ---- one segment */

static bool all_literal(const struct audit_bytes *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->kind[i] != UNIT_LITERAL)
			return false;
	return true;
}

static bool is_eastern(const struct audit_example *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->unit[i].code >= 0x3000)
			return true;
	return false;
}

/* Read in one of the ways of characters, is it content? */
static enum audit_text by_characters(const struct audit_bytes *b, bool well)
{
	struct audit_example x;
	enum audit_text best = AUDIT_TEXT_CODE;
	bool text = as_utf8(b, &x);

	if (text && (!well || audit_reads_well(&x)))
		best = audit_classify_text(&x);
	if (best == AUDIT_TEXT_CONTENT)
		return best;
	/* half of a last character may be cut off */
	struct audit_bytes even = *b;
	even.n -= b->n % 2;
	for (unsigned low = 0; low < 2 && !text; low++)
		if ((as_wide(b, low, &x) ||
		     (b->n > 8 && even.n < b->n && as_wide(&even, low, &x))) &&
		    !(well && is_eastern(&x)) && (!well || audit_reads_well(&x)))
			return audit_classify_text(&x);
	if (!text && !well &&
	    (as_8bit(b, &x) || as_double(b, &x) || as_latin(b, &x) || as_ebcdic(b, &x)))
		return audit_classify_text(&x);
	return best;
}

/* Letters shifted by so many, or bytes XORed with one: only where the result reads well. */
static bool is_shifted(const struct audit_bytes *b)
{
	struct audit_example x, straight;
	bool text = as_utf8(b, &straight);

	if (!all_literal(b) || b->n < 10 || (text && audit_reads_well(&straight)))
		return false;
	for (unsigned key = 1; key < (text ? 26u : 256u); key++) {
		x.n = 0;
		for (size_t i = 0; i < b->n; i++) {
			unsigned c = b->byte[i], base = c & 32u ? 'a' : 'A';
			if (!text)
				c ^= key;
			else if (c < 0x80 && is_letter(c))
				c = base + (c - base + key) % 26;
			if (c >= 0x80 || (!is_letter(c) && c != ' ' && c != '.' && c != ','))
				break;
			add(&x, c, UNIT_LITERAL);
		}
		if (x.n == b->n && audit_reads_well(&x) &&
		    audit_classify_text(&x) == AUDIT_TEXT_CONTENT)
			return true;
	}
	return false;
}

static bool is_backwards(const struct audit_bytes *b)
{
	struct audit_example x, back;

	if (b->n < 10 || !as_utf8(b, &x) || audit_reads_well(&x))
		return false;
	back.n = x.n;
	for (size_t i = 0; i < x.n; i++)
		back.unit[i] = x.unit[x.n - 1 - i];
	return audit_reads_well(&back) && audit_classify_text(&back) == AUDIT_TEXT_CONTENT;
}

/* Four bytes a character, of which two are always 0: two of them. */
static bool from_utf32(const struct audit_bytes *b, struct audit_bytes *out)
{
	bool low = b->n >= 12, high = low;

	out->n = 0;
	for (size_t i = 0; i + 3 < b->n; i += 4) {
		low &= b->byte[i] != 0 && (b->byte[i + 2] | b->byte[i + 3]) == 0;
		high &= b->byte[i + 3] != 0 && (b->byte[i] | b->byte[i + 1]) == 0;
		for (size_t k = 0; k < 2; k++) {
			out->byte[out->n] = b->byte[i + k + (low ? 0 : 2)];
			out->kind[out->n++] = b->kind[i];
		}
	}
	return low || high;
}

static enum audit_text of_segment(const struct audit_bytes *b)
{
	struct audit_bytes other = *b;
	struct audit_example x;

	while (other.n > 1 && other.byte[other.n - 1] == 0)
		other.n--; /* the end of a text in C */
	enum audit_text best = by_characters(b, false);
	if (best == AUDIT_TEXT_CODE && other.n > SHORT && other.n < b->n)
		best = by_characters(&other, false);

	if (best == AUDIT_TEXT_CONTENT)
		return best;
	if (from_utf32(b, &other))
		return by_characters(&other, false);
	if (audit_unescape(b, &other) &&
	    by_characters(&other, b->n > 2 * other.n) == AUDIT_TEXT_CONTENT)
		return AUDIT_TEXT_CONTENT;
	struct audit_bytes run;
	bool free = audit_longest_run(b, &run);
	if (best == AUDIT_TEXT_CODE && free &&
	    (audit_unhex(b, &other) || audit_unhex(&run, &other)) &&
	    by_characters(&other, true) == AUDIT_TEXT_CONTENT)
		return AUDIT_TEXT_CONTENT;
	for (unsigned skip = 0; skip < 4 && best == AUDIT_TEXT_CODE && free; skip++)
		if (audit_unbase64(&run, skip, &other) &&
		    by_characters(&other, true) == AUDIT_TEXT_CONTENT)
			return AUDIT_TEXT_CONTENT;
	if (best == AUDIT_TEXT_CODE && (is_shifted(b) || is_backwards(b)))
		return AUDIT_TEXT_CONTENT;
	if (best == AUDIT_TEXT_CODE && b->n <= SHORT && !as_utf8(b, &x))
		return b->n == 1 ? AUDIT_TEXT_FREQUENT : AUDIT_TEXT_COMMON;
	return best;
}

/* ---- the whole */

/* What documents of a kind begin with, and what tells where a picture was taken or by which camera.
 */
static bool is_magic(const struct audit_bytes *b)
{
	static const struct {
		const char *bytes;
		size_t n;
	} known[] = {
		{ "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8 },
		{ "\x89PNG\r\n\x1A\n", 8 },
		{ "7z\xBC\xAF\x27\x1C", 6 },
		{ "\x03\xD9\xA2\x9A\x67\xFB\x4B\xB5", 8 }, /* KeePass */
		{ "\x25\x88\x04\x00\x01\x00\x00\x00", 8 }, /* GPS of EXIF ... */
		{ "\x88\x25\x00\x04\x00\x00\x00\x01", 8 }, /* ... big-endian */
		{ "\x01\x14\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46",
		  16 }, /* LNK */
		{ "\x4C\x00\x00\x00\x01\x14\x02\x00", 8 },
		{ "\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x62\x31\x05\x00",
		  16 },        /* BDB */
		{ "!BDN", 4 }, /* a mailbox */
		{ "\xE0\x85\x9F\xF2\xF9\x4F\x68\x10\xAB\x91\x08\x00\x2B\x27\xB3\xD9",
		  16 }, /* SummaryInformation */
		{ "\x02\xD5\xCD\xD5\x9C\x2E\x1B\x10\x93\x97\x08\x00\x2B\x2C\xF9\xAE",
		  16 }, /* DocumentSummaryInformation */
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (b->n >= 4 && b->n <= known[i].n && memcmp(b->byte, known[i].bytes, b->n) == 0)
			return true;
	return false;
}

/* G?e?h?e?i?m: single characters with something between them are one word. */
static bool join_singles(const struct audit_bytes *b, struct audit_bytes *out)
{
	size_t segments = 0, singles = 0;

	out->n = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (b->kind[i] == UNIT_GAP)
			continue;
		bool first = i == 0 || b->kind[i - 1] == UNIT_GAP;
		segments += first;
		singles += first && (i + 1 == b->n || b->kind[i + 1] == UNIT_GAP);
		out->byte[out->n] = b->byte[i];
		out->kind[out->n++] = b->kind[i];
	}
	return segments >= 4 && 4 * singles >= 3 * segments;
}

/* Is it too short to say what it is, and no word? */
static bool is_scrap(const struct audit_bytes *b)
{
	size_t plain = 0;

	for (size_t i = 0; i < b->n; i++)
		plain += b->byte[i] < 0x80 && (is_letter(b->byte[i]) || b->byte[i] == ' ');
	return b->n <= SHORT && plain != b->n && all_literal(b);
}

static enum audit_text combine(enum audit_text all, enum audit_text one, size_t number)
{
	if (number == 0)
		return one;
	if (all == AUDIT_TEXT_CODE || one == AUDIT_TEXT_CODE)
		return AUDIT_TEXT_CODE;
	if (all == AUDIT_TEXT_CONTENT || one == AUDIT_TEXT_CONTENT)
		return AUDIT_TEXT_CONTENT;
	return AUDIT_TEXT_COMMON;
}

enum audit_text audit_classify(const struct audit_bytes *b)
{
	struct audit_bytes part;
	enum audit_text all = AUDIT_TEXT_FREQUENT;
	size_t number = 0, scraps = 0;
	bool zeros = true;

	for (size_t i = 0; i < b->n; i++)
		zeros &= b->byte[i] == 0 || b->kind[i] == UNIT_GAP;
	if (zeros)
		return AUDIT_TEXT_FREQUENT;
	if (is_magic(b) || audit_inert_mark(b->byte, b->n) == INERT_DATA)
		return AUDIT_TEXT_COMMON;
	if (join_singles(b, &part) && of_segment(&part) == AUDIT_TEXT_CONTENT)
		return AUDIT_TEXT_CONTENT;
	for (size_t i = 0; i < b->n;) {
		part.n = 0;
		while (i < b->n && b->kind[i] == UNIT_GAP)
			i++;
		for (; i < b->n && b->kind[i] != UNIT_GAP; i++) {
			/* where a mark of UTF-16 stands, text of another form ends */
			if (part.n != 0 && i + 3 < b->n && b->byte[i] == 0xFE &&
			    b->byte[i + 1] == 0xFF)
				break;
			part.byte[part.n] = b->byte[i];
			part.kind[part.n++] = b->kind[i];
		}
		if (part.n == 0)
			continue;
		enum audit_text one = of_segment(&part);
		if (one != AUDIT_TEXT_CONTENT && is_scrap(&part))
			scraps += part.n;
		all = combine(all, one, number++);
	}
	return scraps > ALL_SHORT && number > 1 ? AUDIT_TEXT_CODE : all;
}

enum audit_text audit_classify_string(const struct pattern_source *s, struct arena *a)
{
	enum audit_text best = AUDIT_TEXT_CODE;
	struct audit_bytes b;

	for (unsigned k = 0; k < AUDIT_MAX_EXAMPLES; k++) {
		b.n = 0;
		if (!audit_render(s, a, k, &b))
			break;
		enum audit_text c = audit_classify(&b);
		if (c > best)
			best = c;
	}
	return best;
}
