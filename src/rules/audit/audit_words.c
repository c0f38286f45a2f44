/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_text.h"

#include "base/cursor.h"
#include "rules/audit/audit_letters.h"

#include <string.h>

/*
 * Words or code?  There is no list of forbidden words: a marking that nobody has
 * thought of is a word too.  What is prose is seen by its form: letters in words
 * with spaces and the punctuation of prose between them; what is code by its own:
 * names with underscores, capitals within words, digits within words, dots
 * without a space behind them, brackets, paths.
 */

/* Bits a letter: half of all words cost 3, 995 of 1000 less than 5, letters at random 8.5. */
static const double WELL = 4.3, ODD = 5.7;

static bool is_latin(uint32_t c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }
static bool is_upper(uint32_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_east(uint32_t c) { return c >= 0x3040 && c <= 0xD7A3; }

static bool is_letter(uint32_t c)
{
	return is_latin(c) || (c >= 0xC0 && c < 0x700 && c != 0xD7 && c != 0xF7) ||
	       (c >= 0x1E00 && c < 0x2000) || is_east(c);
}

static bool is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0;
}

/* The text in lower case without spaces at its ends, cut; only ASCII counts.  0: it is none. */
static size_t lower_ascii(const struct audit_example *x, size_t from, size_t to, char *out,
			  size_t size)
{
	size_t n = 0;

	while (from < to && is_space(x->unit[from].code))
		from++;
	while (from < to && is_space(x->unit[to - 1].code))
		to--;
	for (size_t i = from; i < to; i++) {
		uint32_t c = x->unit[i].code;
		if (c >= 0x80 || x->unit[i].kind != UNIT_LITERAL || n + 1 >= size)
			return 0;
		out[n++] = (char)(is_upper(c) ? c + 32 : c);
	}
	out[n] = '\0';
	return n;
}

static bool is_form(const struct audit_example *x, size_t from, size_t to)
{
	char text[64];

	return lower_ascii(x, from, to, text, sizeof text) != 0 && audit_is_form(text);
}

/* Is that word, of Latin letters, one of the machinery's? */
static bool is_machinery(const struct audit_example *x, size_t from, size_t to)
{
	char word[16];

	return lower_ascii(x, from, to, word, sizeof word) != 0 && audit_is_machinery(word);
}

/* ---- how letters follow each other */

/* The letter without its marks, 1 to 26; 0: none. */
static unsigned base_letter(uint32_t c)
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
	return is_latin(l) ? (l | 32) - 'a' + 1 : 0;
}

/* Bits that a letter of the word costs, in the mean. */
static double cost_of(const struct audit_example *x, size_t from, size_t to)
{
	unsigned a = 0, b = 0, sum = 0;

	for (size_t i = from; i <= to; i++) {
		unsigned c = i < to ? base_letter(x->unit[i].code) : 0;
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
		while (i < x->n && is_letter(x->unit[i].code) && base_letter(x->unit[i].code) != 0)
			i++;
		if (i - from >= 3) {
			cost += cost_of(x, from, i) * (double)(i - from);
			letters += i - from;
		}
		words += i != from;
		if (i != from)
			continue;
		spaces += is_space(x->unit[i].code);
		other += !is_space(x->unit[i].code) && !is_letter(x->unit[i].code);
		i++;
	}
	size_t foreign = 0;
	for (size_t i = 0; i < x->n; i++)
		foreign += is_letter(x->unit[i].code) && base_letter(x->unit[i].code) == 0;
	if (foreign >= 4 && 10 * (foreign + spaces) >= 8 * x->n)
		return true;
	return letters >= 5 && words <= letters / 2 && 5 * other <= letters &&
	       cost <= WELL * (double)letters;
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
		else if (kind == UNIT_LITERAL && (is_letter(c) || is_digit(c)))
			literals++;
		else if (kind == UNIT_LITERAL &&
			 (c >= 0x80 || strchr(" -/()<+,.:;[]#'\"\n\r\t=", (int)c) == NULL))
			return false;
	}
	if (classes >= 10 && literals <= 16 && mixed >= 10 && x->unit[0].code != 'h')
		return true; /* a token, a key, an address of a wallet; none of a page (http) */
	return (classes >= 6 || digits >= 5) && literals <= 4;
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
		if (is_digit(c)) {
			digits++;
			rising += i > 0 && x->unit[i - 1].code + 1 == c;
		} else if (is_upper(c) && i < 4) {
			letters++;
		} else if (c >= 0x80 || strchr(" -/()+.", (int)c) == NULL) {
			return false;
		}
		dots += c == '.';
	}
	return digits >= 7 && digits <= (letters == 2 ? 30 : 19) && letters <= 3 && dots != 3 &&
	       2 * rising < digits;
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
		if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-')
			return false;
		dot |= c == '.';
		classes += x->unit[i].kind != UNIT_LITERAL;
		after += x->unit[i].kind == UNIT_LITERAL && is_letter(c);
	}
	for (size_t i = 0; i < at; i++) {
		uint32_t c = x->unit[i].code;
		if (!is_letter(c) && !is_digit(c) && (c >= 0x80 || strchr("._%+-", (int)c) == NULL))
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
		return i > 0 && (is_letter(before) || is_digit(before) || before == ')');
	case ':':
		if (before == '.' || (is_upper(before) && is_upper(next))) /* Az.: and TLP:RED */
			return true;
		__attribute__((fallthrough));
	case '.':
	case '!':
	case '?':
		/* behind a word, and nothing of a word behind it; 1,000 and 12:30 are numbers */
		return i > 0 && (is_letter(before) || is_digit(before) || before == ')') &&
		       !is_letter(next) && (!is_digit(next) || is_digit(before));
	case '\'':
		return true;
	case '-':
		return (i != 0 || !is_letter(next)) && (!is_space(before) || !is_letter(next)) &&
		       before != '-';
	case '/':
		return i > 0 && (((is_letter(before) || before == '/') && !is_digit(next)) ||
				 (is_digit(before) && is_digit(next)));
	case '#':
		return (is_digit(next) || is_letter(next)) && is_space(before);
	case '+':
		return is_digit(next) && is_space(before);
	case '%':
		return is_digit(before) && !is_letter(next);
	case '(':
		return is_letter(next) && (i == 0 || is_space(before));
	case ')':
		return is_letter(before) || is_digit(before);
	case '"':
		return is_space(before) || is_space(next) || i == 0;
	case '&':
		return is_space(before) && is_space(next);
	default:
		return false;
	}
}

struct prose {
	size_t letters, words, longest;
	size_t odd;     /* letters of words that are of no language */
	size_t foreign; /* letters that are not of the Latin alphabet's 26 */
	bool code;
};

/* One word [from, to): does its form say that it is a name in a program? */
static void look_at_word(const struct audit_example *x, size_t from, size_t to, struct prose *p)
{
	bool lower = false, digit = false, foreign = false;
	size_t letters = 0, vowels = 0;

	for (size_t i = from; i < to; i++) {
		uint32_t c = x->unit[i].code;
		if (is_digit(c)) {
			digit |= x->unit[i].kind == UNIT_LITERAL;
			continue;
		}
		letters++;
		foreign |= base_letter(c) == 0;
		p->foreign += !is_latin(c);
		vowels += !is_latin(c) || x->unit[i].kind != UNIT_LITERAL ||
			  memchr("aeiouyAEIOUY", (int)c, 12) != NULL;
		/* a capital behind a small letter: two words in one, but for GmbH, PhD, VS-NfD */
		p->code |= lower && is_upper(c) && x->unit[i].kind == UNIT_LITERAL &&
			   to - from > 4 && i - from > 1;
		lower |= is_latin(c) && !is_upper(c);
	}
	p->code |= digit && letters != 0 && !foreign;
	p->code |= letters >= 5 && (vowels == 0 || (letters >= 8 && 5 * vowels < letters));
	p->code |= is_machinery(x, from, to);
	if (letters >= 4 && !foreign && cost_of(x, from, to) > ODD)
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
		while (i < x->n && (is_letter(x->unit[i].code) || is_digit(x->unit[i].code)))
			i++;
		if (i > from) {
			look_at_word(x, from, i, &p);
			continue;
		}
		if (!is_space(x->unit[i].code) && x->unit[i].kind != UNIT_GAP &&
		    !is_prose_mark(x, i))
			p.code = true;
		i++;
	}
	p.code |= 2 * p.odd > p.letters;
	return p;
}

static enum audit_text of_short(const struct audit_example *x)
{
	size_t literals = 0, capitals = 0;

	for (size_t i = 0; i < x->n; i++) {
		bool literal = x->unit[i].kind == UNIT_LITERAL;
		literals += literal;
		capitals += literal && !is_space(x->unit[i].code) &&
			    !(x->unit[i].code >= 'a' && x->unit[i].code <= 'z');
	}
	return literals <= 3 && capitals == 0 ? AUDIT_TEXT_FREQUENT : AUDIT_TEXT_COMMON;
}

static bool begins(const struct audit_example *x, const char *with)
{
	size_t i = 0;

	while (with[i] != '\0' && i < x->n && x->unit[i].code == (uint8_t)with[i])
		i++;
	return with[i] == '\0';
}

static bool is_bracket(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\r' ||
	       (c < 0x80 && strchr("\"'()<>[]{}:=/;`", (int)c) != NULL);
}

/* Drops the longest form that the text begins with, and the brackets around the rest; false where
 * there is none. */
static bool drop_form(struct audit_example *x)
{
	struct audit_example out = { .n = 0 };
	size_t k = x->n < 60 ? x->n : 60, to = x->n;

	for (; k >= 4; k--) {
		bool inside =
			k < x->n && is_letter(x->unit[k].code) && is_letter(x->unit[k - 1].code);
		if (!inside && !begins(x, "http") && is_form(x, 0, k))
			break;
	}
	if (k < 4)
		return false;
	while (to > k && is_bracket(x->unit[to - 1].code))
		to--;
	while (k < to && is_bracket(x->unit[k].code))
		k++;
	for (; k < to; k++)
		out.unit[out.n++] = x->unit[k];
	*x = out;
	return true;
}

/* first_name, "date of birth": */
static bool is_datum(const struct audit_example *x)
{
	char text[64];
	size_t from = 0, to = x->n;

	while (from < to && is_bracket(x->unit[from].code))
		from++;
	while (to > from && (is_bracket(x->unit[to - 1].code) || x->unit[to - 1].code == ','))
		to--;
	return lower_ascii(x, from, to, text, sizeof text) != 0 && audit_is_datum(text);
}

/* "diagnosis": the name of a field, of one word. */
static bool is_key(const struct audit_example *x)
{
	size_t from = 0, to = x->n;

	while (to > from && is_bracket(x->unit[to - 1].code))
		to--;
	while (from < to && is_bracket(x->unit[from].code))
		from++;
	if (from == 0 || to == x->n || to - from < 3 ||
	    (x->unit[from - 1].code != '"' && x->unit[from - 1].code != '\''))
		return false;
	for (size_t i = from; i < to; i++)
		if (base_letter(x->unit[i].code) == 0 || (i != from && is_upper(x->unit[i].code)))
			return false;
	return cost_of(x, from, to) <= WELL && !is_machinery(x, from, to);
}

/* The names of elements that pages act by, or are laid out by. */
static bool is_page_element(const char *name)
{
	static const char *const names[] = {
		"a",       "td",        "tr",          "th",     "table",  "div",     "p",
		"li",      "ul",        "ol",          "h1",     "h2",     "h3",      "title",
		"hr",      "i",         "u",           "applet", "b",      "body",    "br",
		"button",  "center",    "embed",       "font",   "form",   "frame",   "head",
		"html",    "iframe",    "img",         "input",  "link",   "marquee", "meta",
		"object",  "option",    "param",       "pre",    "script", "select",  "span",
		"style",   "svg",       "textarea",    "hta",    "job",    "xsl",     "msxsl",
		"package", "scriptlet", "registration"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "hta:", 4) == 0 || strncmp(name, "jsp:", 4) == 0 ||
	       strncmp(name, "asp:", 4) == 0 || strncmp(name, "soap:", 5) == 0;
}

/* <w:rsid w:val="00A2"/>, <trkpt lat="50.4...: one tag of a document of data, and nothing else. */
static bool is_tag(const struct audit_example *x)
{
	char name[32];
	size_t to = 1;

	if (x->n < 4 || x->unit[0].code != '<')
		return false;
	if (x->unit[1].code == '/')
		to++;
	size_t from = to;
	while (to < x->n && (is_letter(x->unit[to].code) || x->unit[to].code == ':'))
		to++;
	if (to < x->n && memchr(" />\n", (int)(x->unit[to].code & 0x7F), 4) == NULL)
		return false;
	for (size_t i = to; i < x->n; i++)
		if (x->unit[i].code == '(' || x->unit[i].code == '%' || x->unit[i].code == '{' ||
		    (x->unit[i].code == '>' && i + 1 < x->n))
			return false;
	return to - from >= 2 && lower_ascii(x, from, to, name, sizeof name) != 0 &&
	       !is_page_element(name) && !audit_is_machinery(name);
}

/* "type": "personal_chat", "birthDate": quoted names of a document of data, with no more than a
 * quoted or plain value behind. */
static bool is_pair(const struct audit_example *x)
{
	size_t quotes = 0, odd = 0, letters = 0;

	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		quotes += c == '"';
		letters += base_letter(c) != 0;
		odd += c == '.' && is_letter(code_at(x, i + 1));
		odd += c != '"' && !is_letter(c) && !is_digit(c) && !is_space(c) &&
		       (c >= 0x80 || strchr("_:,.-{}[]", (int)c) == NULL);
	}
	if (x->n < 5 || quotes < 2 || odd != 0 || letters < 3 || x->unit[0].code != '"')
		return false;
	for (size_t i = 0; i < x->n;) {
		size_t from = i;
		while (i < x->n && base_letter(x->unit[i].code) != 0 &&
		       !(i > from && is_upper(x->unit[i].code) && !is_upper(x->unit[i - 1].code)))
			i++;
		if (i > from &&
		    (is_machinery(x, from, i) || (i - from >= 4 && cost_of(x, from, i) > ODD)))
			return false;
		i += i == from;
	}
	return true;
}

/* Letterhead_2027.docx: a name of a document. */
static bool is_document_name(const struct audit_example *x)
{
	char end[8];
	size_t dot = x->n, letters = 0;

	while (dot > 0 && x->unit[dot - 1].code != '.')
		dot--;
	if (dot < 5 || !is_form(x, dot - 1, x->n) ||
	    lower_ascii(x, dot - 1, x->n, end, sizeof end) == 0 || strcmp(end, ".txt") == 0 ||
	    strcmp(end, ".key") == 0)
		return false;
	for (size_t i = 0; i + 1 < dot;) {
		uint32_t c = x->unit[i].code;
		size_t from = i;
		while (i + 1 < dot && is_letter(x->unit[i].code))
			i++;
		if (i - from >= 4 && cost_of(x, from, i) > ODD)
			return false;
		letters += i - from;
		if (i != from)
			continue;
		if (!is_digit(c) && c != ' ' && c != '_' && c != '-')
			return false;
		i++;
	}
	return letters >= 4;
}

static enum audit_text of_prose(struct audit_example *x)
{
	size_t fixed = 0;

	struct prose p = prose_of(x);
	for (size_t i = 0; i < x->n; i++)
		fixed += x->unit[i].kind == UNIT_LITERAL && is_letter(x->unit[i].code);
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
	if (begins(&x, "<?") || begins(&x, "<%") || begins(&x, "#!") || begins(&x, "Invoke-"))
		return is_form(&x, 0, x.n) ? AUDIT_TEXT_COMMON : AUDIT_TEXT_CODE;
	if (is_identifier(&x) || is_number(&x) || is_address(&x))
		return AUDIT_TEXT_CONTENT;
	if (is_form(&x, 0, x.n))
		return memchr("the ", (int)x.unit[0].code, 4) != NULL && x.n <= 5
			       ? AUDIT_TEXT_FREQUENT
			       : AUDIT_TEXT_COMMON;
	if (is_document_name(&x))
		return AUDIT_TEXT_CONTENT;
	if (is_datum(&x) || is_key(&x) || is_tag(&x) || is_pair(&x))
		return AUDIT_TEXT_COMMON;
	drop_tags(&x);
	if (is_document_name(&x))
		return AUDIT_TEXT_CONTENT;
	for (unsigned i = 0; i < 4 && drop_form(&x); i++)
		if (x.n == 0)
			return AUDIT_TEXT_COMMON;
	return of_prose(&x);
}
