/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_text.h"

#include "base/cursor.h"
#include "rules/audit/audit_form.h"
#include "rules/audit/audit_letters.h"
#include "rules/audit/audit_words.h"

#include <string.h>

/*
 * Words or code?  There is no list of forbidden words: a marking that nobody has
 * thought of is a word too.  What is prose is seen by its form: letters in words
 * with spaces and the punctuation of prose between them; what is code by its own:
 * names with underscores, capitals within words, digits within words, dots
 * without a space behind them, brackets, paths.
 */

size_t audit_words_lower(const struct audit_example *x, size_t from, size_t to, char *out,
			 size_t size)
{
	size_t n = 0;

	while (from < to && unit_is_space(x->unit[from].code))
		from++;
	while (from < to && unit_is_space(x->unit[to - 1].code))
		to--;
	for (size_t i = from; i < to; i++) {
		uint32_t c = x->unit[i].code;
		if (c >= 0x80 || x->unit[i].kind != UNIT_LITERAL || n + 1 >= size)
			return 0;
		out[n++] = (char)(unit_is_upper(c) ? c + 32 : c);
	}
	out[n] = '\0';
	return n;
}

bool audit_words_machinery(const struct audit_example *x, size_t from, size_t to)
{
	char word[16];

	return audit_words_lower(x, from, to, word, sizeof word) != 0 && audit_is_machinery(word);
}

/* ---- how letters follow each other */

unsigned audit_words_base(uint32_t c)
{
	static const char latin1[] = "aaaaaaaceeeeiiiidnooooo ouuuuyts";
	static const char extended[] =
		"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln"
		"nnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
	uint32_t l = c;

	if (c >= 0xC0 && c < 0x100)
		l = (uint32_t)latin1[(c - 0xC0) & 31];
	else if (c >= 0x100 && c < 0x180)
		l = (uint32_t)extended[c - 0x100];
	return unit_is_latin(l) ? (l | 32) - 'a' + 1 : 0;
}

double audit_words_cost(const struct audit_example *x, size_t from, size_t to)
{
	unsigned a = 0, b = 0, sum = 0;

	for (size_t i = from; i <= to; i++) {
		unsigned c = i < to ? audit_words_base(x->unit[i].code) : 0;
		sum += (unsigned)audit_letters[(a * 27 + b) * 27 + c] - 'a';
		a = b;
		b = c;
	}
	return (double)sum / (double)(to - from + 1);
}

bool audit_reads_well(const struct audit_example *x)
{
	size_t letters = 0, other = 0, words = 0, spaces = 0;
	double cost = 0;

	for (size_t i = 0; i < x->n;) {
		size_t from = i;
		while (i < x->n && unit_is_letter(x->unit[i].code) &&
		       audit_words_base(x->unit[i].code) != 0)
			i++;
		if (i - from >= 3) {
			cost += audit_words_cost(x, from, i) * (double)(i - from);
			letters += i - from;
		}
		words += i != from;
		if (i != from)
			continue;
		spaces += unit_is_space(x->unit[i].code);
		other += !unit_is_space(x->unit[i].code) && !unit_is_letter(x->unit[i].code);
		i++;
	}
	size_t foreign = 0;
	for (size_t i = 0; i < x->n; i++)
		foreign +=
			unit_is_letter(x->unit[i].code) && audit_words_base(x->unit[i].code) == 0;
	if (foreign >= 4 && 10 * (foreign + spaces) >= 8 * x->n)
		return true;
	return letters >= 5 && words <= letters / 2 && 5 * other <= letters &&
	       cost <= AUDIT_WELL * (double)letters;
}

/* ---- identifiers of people and accounts */

/* Digits, capitals and characters by class, with the separators of such numbers and a short fixed
 * part between them. */
static bool is_identifier(const struct audit_example *x)
{
	size_t classes = 0, literals = 0, digits = 0, mixed = 0;

	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		unsigned kind = x->unit[i].kind;
		digits += kind == UNIT_DIGIT;
		mixed += kind == UNIT_MIXED;
		if (kind == UNIT_DIGIT || kind == UNIT_UPPER || kind == UNIT_MIXED)
			classes++;
		else if (kind != UNIT_LITERAL && kind != UNIT_LETTER)
			return false;
		else if (kind == UNIT_LITERAL && (unit_is_letter(c) || unit_is_digit(c)))
			literals++;
		else if (kind == UNIT_LITERAL &&
			 (c >= 0x80 || strchr(" -/()<+,.:;[]#'\"\n\r\t=", (int)c) == NULL))
			return false;
	}
	if (classes >= 10 && literals <= 16 && mixed >= 10 && x->unit[0].code != 'h')
		return true; /* a token, a key, an address of a wallet; none of a page (http) */
	return (classes >= 6 || digits >= 5) && literals <= 4;
}

/* Digits that are pairs of hexadecimal ones and spell a name. */
static bool is_spelled(const struct audit_example *x)
{
	for (size_t i = 0; i < x->n; i += 2) {
		if (i + 1 == x->n || !unit_is_digit(x->unit[i].code) ||
		    !unit_is_digit(x->unit[i + 1].code) ||
		    !unit_is_latin((x->unit[i].code - '0') << 4 | (x->unit[i + 1].code - '0')))
			return false;
	}
	return x->n >= 12;
}

/* A number that is written out: of a telephone, an account, a card, a day.  Not an address of a
 * network, and not the digits in order. */
static bool is_number(const struct audit_example *x)
{
	size_t digits = 0, letters = 0, dots = 0, rising = 0;

	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		if (x->unit[i].kind != UNIT_LITERAL)
			return false;
		if (unit_is_digit(c)) {
			digits++;
			rising += i > 0 && x->unit[i - 1].code + 1 == c;
		} else if (unit_is_upper(c) && i < 4) {
			letters++;
		} else if (c >= 0x80 || strchr(" -/()+.", (int)c) == NULL) {
			return false;
		}
		dots += c == '.';
	}
	return digits >= 7 && digits <= (letters == 2 ? 30 : 19) && letters <= 3 && dots != 3 &&
	       2 * rising < digits && !is_spelled(x);
}

/* name@host.name, of which the host at least is fixed */
static bool is_address(const struct audit_example *x)
{
	size_t at = 0, after = 0, classes = 0;
	bool dot = false;

	while (at < x->n && x->unit[at].code != '@')
		at++;
	if (at == x->n || x->unit[at].kind != UNIT_LITERAL)
		return false;
	for (size_t i = at + 1; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		if (!unit_is_letter(c) && !unit_is_digit(c) && c != '.' && c != '-')
			return false;
		dot |= c == '.';
		classes += x->unit[i].kind != UNIT_LITERAL;
		after += x->unit[i].kind == UNIT_LITERAL && unit_is_letter(c);
	}
	for (size_t i = 0; i < at; i++) {
		uint32_t c = x->unit[i].code;
		if (!unit_is_letter(c) && !unit_is_digit(c) &&
		    (c >= 0x80 || strchr("._%+-", (int)c) == NULL))
			return false;
	}
	return dot && (after >= 4 || (classes != 0 && after >= 2));
}

/* ---- prose */

/* <w:t>Secret</w:t>: what stands between the tags, where something does. */
static void drop_tags(struct audit_example *x)
{
	struct audit_example out = { .n = 0 };
	bool in = false;

	if (x->n == 0 || x->unit[0].code != '<')
		return;
	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		if (c == '<')
			in = true;
		if (!in)
			out.unit[out.n++] = x->unit[i];
		if (c == '>')
			in = false;
	}
	if (out.n != 0 && !in)
		*x = out;
}

/* " * Copyright": a line of a comment says what a letter may say. */
static void drop_comment(struct audit_example *x)
{
	size_t k = x->n > 0 && x->unit[0].code == ' ' ? 1 : 0;

	if (x->n < k + 4 || x->unit[k].code != '*' || x->unit[k + 1].code != ' ')
		return;
	x->n -= k + 2;
	memmove(x->unit, x->unit + k + 2, x->n * sizeof *x->unit);
}

static uint32_t code_at(const struct audit_example *x, size_t i)
{
	return i < x->n ? x->unit[i].code : ' ';
}

/* Does a mark of punctuation stand where prose has it? */
static bool is_prose_mark(const struct audit_example *x, size_t i)
{
	uint32_t c = x->unit[i].code, next = code_at(x, i + 1);
	uint32_t before = i > 0 ? x->unit[i - 1].code : ' ';

	if (c >= 0x80)
		return c > 0xA0;
	switch (c) {
	case ';':
	case ',':
	case '|': /* the columns of a table, too */
		return i > 0 && (unit_is_letter(before) || unit_is_digit(before) || before == ')');
	case ':':
		if (before == '.' ||
		    (unit_is_upper(before) && unit_is_upper(next))) /* Az.: and TLP:RED */
			return true;
		__attribute__((fallthrough));
	case '.':
	case '!':
	case '?':
		/* behind a word, and nothing of a word behind it; 1,000 and 12:30 are numbers */
		return i > 0 &&
		       (unit_is_letter(before) || unit_is_digit(before) || before == ')') &&
		       !unit_is_letter(next) && (!unit_is_digit(next) || unit_is_digit(before));
	case '\'':
		return true;
	case '-':
		return (i != 0 || !unit_is_letter(next)) &&
		       (!unit_is_space(before) || !unit_is_letter(next)) && before != '-';
	case '/':
		return i > 0 &&
		       (((unit_is_letter(before) || before == '/') && !unit_is_digit(next)) ||
			(unit_is_digit(before) && unit_is_digit(next)));
	case '#':
		return (unit_is_digit(next) || unit_is_letter(next)) && unit_is_space(before);
	case '+':
		return unit_is_digit(next) && unit_is_space(before);
	case '%':
		return unit_is_digit(before) && !unit_is_letter(next);
	case '(':
		return unit_is_letter(next) && (i == 0 || unit_is_space(before));
	case ')':
		return unit_is_letter(before) || unit_is_digit(before);
	case '"':
		return unit_is_space(before) || unit_is_space(next) || i == 0;
	case '&': /* "c" & "r" joins texts */
		return unit_is_space(before) && unit_is_space(next) &&
		       !(i >= 2 && (x->unit[i - 2].code == '"' || x->unit[i - 2].code == '\''));
	default:
		return false;
	}
}

/* The first digits of what 16, 32 or 64 bits hold at most. */
static bool is_limit(const struct audit_example *x, size_t from, size_t to)
{
	static const char *const limits[] = { "4294967295", "4294967296",           "2147483647",
					      "2147483648", "18446744073709551615", "65535",
					      "65536" };
	char text[24];
	size_t n = audit_words_lower(x, from, to, text, sizeof text);

	for (size_t i = 0; n >= 4 && i < sizeof limits / sizeof *limits; i++)
		if (strncmp(limits[i], text, n) == 0)
			return true;
	return false;
}

struct prose {
	size_t letters, words, longest;
	size_t spoken, mute; /* words of three small letters or more, with vowels and without */
	size_t brief;        /* letters of words of two or three ... */
	double brief_cost;   /* ... and bits that they cost */
	size_t odd;          /* letters of words that are of no language */
	size_t foreign;      /* letters that are not of the Latin alphabet's 26 */
	bool code;
};

/* One word [from, to): does its form say that it is a name in a program? */
static void look_at_word(const struct audit_example *x, size_t from, size_t to, struct prose *p)
{
	bool lower = false, digit = false, foreign = false;
	size_t letters = 0, vowels = 0;

	for (size_t i = from; i < to; i++) {
		uint32_t c = x->unit[i].code;
		if (unit_is_digit(c)) {
			digit |= x->unit[i].kind == UNIT_LITERAL;
			continue;
		}
		letters++;
		foreign |= audit_words_base(c) == 0;
		p->foreign += !unit_is_latin(c);
		vowels += !unit_is_latin(c) || x->unit[i].kind != UNIT_LITERAL ||
			  memchr("aeiouyAEIOUY", (int)c, 12) != NULL;
		/* a capital behind a small letter: two words in one, but for GmbH, PhD, VS-NfD */
		p->code |= lower && unit_is_upper(c) && x->unit[i].kind == UNIT_LITERAL &&
			   to - from > 4 && i - from > 1;
		lower |= unit_is_latin(c) && !unit_is_upper(c);
	}
	p->code |= digit && letters != 0 && !foreign;
	p->code |= letters >= 5 && (vowels == 0 || (letters >= 8 && 5 * vowels < letters));
	p->code |= audit_words_machinery(x, from, to) || (letters == 0 && is_limit(x, from, to));
	if (lower && letters == to - from && letters >= 3) {
		p->spoken += vowels != 0;
		p->mute += vowels == 0;
	}
	if ((letters == 2 || letters == 3) && letters == to - from && !foreign) {
		p->brief += letters;
		p->brief_cost += audit_words_cost(x, from, to) * (double)letters;
	}
	if (letters >= 4 && !foreign && audit_words_cost(x, from, to) > AUDIT_ODD)
		p->odd += letters;
	if (letters != 0)
		p->words++;
	p->letters += letters;
	if (letters > p->longest)
		p->longest = letters;
}

static struct prose prose_of(const struct audit_example *x)
{
	struct prose p = { .letters = 0 };

	for (size_t i = 0; i < x->n;) {
		size_t from = i;
		while (i < x->n &&
		       (unit_is_letter(x->unit[i].code) || unit_is_digit(x->unit[i].code)))
			i++;
		if (i > from) {
			look_at_word(x, from, i, &p);
			continue;
		}
		if (!unit_is_space(x->unit[i].code) && x->unit[i].kind != UNIT_GAP &&
		    !is_prose_mark(x, i))
			p.code = true;
		i++;
	}
	/* short words may be anything, but not all of them */
	if (p.brief >= 12 && p.brief_cost > AUDIT_ODD * (double)p.brief)
		p.odd += p.brief;
	p.code |= 2 * p.odd > p.letters || (p.mute >= 2 && p.mute >= p.spoken);
	return p;
}

static enum audit_text of_short(const struct audit_example *x)
{
	size_t literals = 0, capitals = 0;

	for (size_t i = 0; i < x->n; i++) {
		bool literal = x->unit[i].kind == UNIT_LITERAL;
		literals += literal;
		capitals += literal && !unit_is_space(x->unit[i].code) &&
			    !(x->unit[i].code >= 'a' && x->unit[i].code <= 'z');
	}
	return literals <= 3 && capitals == 0 ? AUDIT_TEXT_FREQUENT : AUDIT_TEXT_COMMON;
}

static enum audit_text of_prose(struct audit_example *x)
{
	size_t fixed = 0;

	struct prose p = prose_of(x);
	for (size_t i = 0; i < x->n; i++)
		fixed += x->unit[i].kind == UNIT_LITERAL && unit_is_letter(x->unit[i].code);
	if (p.code && fixed != 0)
		return x->n <= 3 ? AUDIT_TEXT_COMMON : AUDIT_TEXT_CODE;
	if ((p.letters >= 4 || p.foreign >= 2) && 2 * fixed >= p.letters && fixed >= 2)
		return AUDIT_TEXT_CONTENT;
	return of_short(x);
}

enum audit_text audit_classify_text(const struct audit_example *example)
{
	struct audit_example x = *example;

	if (x.n == 0)
		return AUDIT_TEXT_FREQUENT;
	if (audit_form_begins(&x, "<?") || audit_form_begins(&x, "<%") ||
	    audit_form_begins(&x, "#!") || audit_form_begins(&x, "Invoke-"))
		return audit_form_is(&x, 0, x.n) ? AUDIT_TEXT_COMMON : AUDIT_TEXT_CODE;
	if (audit_form_header(&x))
		return AUDIT_TEXT_CODE;
	if (is_identifier(&x) || is_number(&x) || is_address(&x))
		return AUDIT_TEXT_CONTENT;
	if (audit_form_is(&x, 0, x.n))
		return memchr("the ", (int)x.unit[0].code, 4) != NULL && x.n <= 5
			       ? AUDIT_TEXT_FREQUENT
			       : AUDIT_TEXT_COMMON;
	if (audit_form_document(&x))
		return AUDIT_TEXT_CONTENT;
	if (audit_form_datum(&x) || audit_form_key(&x) || audit_form_tag(&x) ||
	    audit_form_pair(&x) || audit_form_row(&x))
		return AUDIT_TEXT_COMMON;
	drop_comment(&x);
	drop_tags(&x);
	if (audit_form_document(&x))
		return AUDIT_TEXT_CONTENT;
	for (unsigned i = 0; i < 4 && audit_form_drop(&x); i++)
		if (x.n == 0)
			return AUDIT_TEXT_COMMON;
	return of_prose(&x);
}
