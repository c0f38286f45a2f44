/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_text.h"

#include "base/cursor.h"

#include <string.h>

/*
 * Words or code?  There is no list of forbidden words: a marking that nobody has
 * thought of is a word too.  What is prose is seen by its form: letters in words
 * with spaces and the punctuation of prose between them; what is code by its own:
 * names with underscores, capitals within words, digits within words, dots
 * without a space behind them, brackets, paths.
 */

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

/* ---- what documents hold without meaning anything by it */

/* The scaffolding of documents, mail and pages; and words so frequent that they say nothing. */
static const char *const scaffolding[] = {
	"%pdf",
	"%pdf-",
	"%pdf-1.",
	"rtf1",
	"{\\rtf",
	"{\\rtf1",
	"<?xml",
	"http",
	"https",
	"http:",
	"https:",
	"http://",
	"https://",
	"www",
	"www.",
	"received:",
	"subject:",
	"from:",
	"to:",
	"date:",
	"received: from",
	"subject: ",
	"from: ",
	"to: ",
	"mime-version",
	"mime-version:",
	"content-type:",
	"word/document.xml",
	"[content_types].xml",
	"xl/workbook.xml",
	"ppt/presentation.xml",
	"<html",
	"<html>",
	"<body",
	"<body>",
	"<script",
	"mimetype",
	"worddocument",
	"endobj",
	"endstream",
	"/page",
	"startxref",
	"the ",
	" the ",
	"this",
	"that",
	"with",
	"function",
	"return",
	"true",
	"false",
	"null",
	"from",
	"have",
	"data",
	"file",
	"name",
	"type",
	"text",
};

/* The text in lower case, cut; only ASCII counts. */
static size_t lower_ascii(const struct audit_example *x, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n && n + 1 < size; i++) {
		uint32_t c = x->unit[i].code;
		if (c >= 0x80 || x->unit[i].kind != UNIT_LITERAL)
			return 0;
		out[n++] = (char)(is_upper(c) ? c + 32 : c);
	}
	out[n] = '\0';
	return x->n < size ? n : 0;
}

static bool is_scaffolding(const struct audit_example *x)
{
	char text[32];

	if (lower_ascii(x, text, sizeof text) == 0)
		return false;
	for (size_t i = 0; i < sizeof scaffolding / sizeof *scaffolding; i++)
		if (strcmp(text, scaffolding[i]) == 0)
			return true;
	return false;
}

/* The parts of computers that programs speak of and letters, minutes and contracts do not.  A
 * sentence with one of them is taken for a program's message.  (So a rule that hunts for what is
 * written about a rootkit is not told from one that hunts for the rootkit.) */
static const char *const machinery[] = {
	"antivirus",  "arg",       "args",      "argument", "backdoor", "boot",      "bypass",
	"byte",       "bytes",     "callback",  "cmd",      "cmdshell", "cookie",    "cookies",
	"cpu",        "daemon",    "dll",       "dns",      "dump",     "echo",      "encrypted",
	"eval",       "exec",      "execute",   "execve",   "exfil",    "exploit",   "fifo",
	"folder",     "formatted", "hacker",    "hackers",  "hashrate", "hostname",  "http",
	"iis",        "implant",   "infile",    "inject",   "injected", "injecting", "injection",
	"injector",   "input",     "ip",        "json",     "keylog",   "keylogger", "keystroke",
	"keystrokes", "localhost", "log",       "login",    "logon",    "malware",   "mbr",
	"merkle",     "miner",     "module",    "modules",  "mutex",    "netcat",    "obfuscation",
	"option",     "output",    "packet",    "param",    "payload",  "php",       "pid",
	"ping",       "pipe",      "plugin",    "port",     "ports",    "process",   "proxy",
	"ransomware", "rat",       "registry",  "root",     "rootkit",  "rpc",       "sam",
	"scan",       "script",    "scriptlet", "server",   "shell",    "shellcode", "shutdown",
	"sniff",      "sniffer",   "snmp",      "socket",   "sql",      "ssh",       "stderr",
	"stdin",      "stdout",    "stratum",   "tcp",      "telnet",   "tgt",       "timeout",
	"udp",        "unhide",    "uninstall", "url",      "usage",    "webshell",  "xml",
};

/* Is that word, of Latin letters, one of them? */
static bool is_machinery(const struct audit_example *x, size_t from, size_t to)
{
	char word[16];
	size_t n = to - from;

	if (n >= sizeof word)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = x->unit[from + i].code;
		if (!is_latin(c))
			return false;
		word[i] = (char)(c | 32);
	}
	word[n] = '\0';
	for (size_t i = 0; i < sizeof machinery / sizeof *machinery; i++)
		if (strcmp(word, machinery[i]) == 0)
			return true;
	return false;
}

/* ---- identifiers of people and accounts */

/* Digits and capitals by class, with at most the separators of such numbers and a short fixed part
 * between them. */
static bool is_identifier(const struct audit_example *x)
{
	size_t classes = 0, literals = 0;

	for (size_t i = 0; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		if (x->unit[i].kind == UNIT_DIGIT || x->unit[i].kind == UNIT_UPPER)
			classes++;
		else if (x->unit[i].kind != UNIT_LITERAL)
			return false;
		else if (is_letter(c) || is_digit(c))
			literals++;
		else if (c >= 0x80 || strchr(" -/()<+,", (int)c) == NULL)
			return false;
	}
	return classes >= 6 && literals <= 4 && x->n <= 64;
}

/* name@host.name, of which the host at least is fixed */
static bool is_address(const struct audit_example *x)
{
	size_t at = 0, after = 0;
	bool dot = false;

	while (at < x->n && x->unit[at].code != '@')
		at++;
	if (at == 0 || at == x->n || x->unit[at].kind != UNIT_LITERAL)
		return false;
	for (size_t i = at + 1; i < x->n; i++) {
		uint32_t c = x->unit[i].code;
		if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-')
			return false;
		dot |= c == '.';
		after += x->unit[i].kind == UNIT_LITERAL && is_letter(c);
	}
	for (size_t i = 0; i < at; i++) {
		uint32_t c = x->unit[i].code;
		if (!is_letter(c) && !is_digit(c) && (c >= 0x80 || strchr("._%+-", (int)c) == NULL))
			return false;
	}
	return dot && after >= 4;
}

/* ---- prose */

/* <w:t>Secret</w:t>: what stands between the tags, where something does. */
static void drop_tags(struct audit_example *x)
{
	struct audit_example out = { .text = true };
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

	if (c >= 0x2010 && c <= 0x2030)
		return true;
	if (c >= 0x80)
		return c == 0xAB || c == 0xBB || c == 0xB7 || (c >= 0x3000 && c < 0x3040);
	switch (c) {
	case '.':
	case ':':
	case ';':
	case ',':
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
		return i > 0 && (is_letter(before) || before == '/') && !is_digit(next);
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
			digit = true;
			continue;
		}
		letters++;
		foreign |= !is_latin(c);
		p->foreign += !is_latin(c);
		vowels += !is_latin(c) || x->unit[i].kind != UNIT_LITERAL ||
			  memchr("aeiouyAEIOUY", (int)c, 12) != NULL;
		/* a capital behind a small letter: two words in one */
		p->code |= lower && is_upper(c) && x->unit[i].kind == UNIT_LITERAL;
		lower |= is_latin(c) && !is_upper(c);
	}
	p->code |= digit && letters != 0 && !foreign;
	p->code |= letters >= 4 && (vowels == 0 || (letters >= 8 && 5 * vowels < letters));
	p->code |= is_machinery(x, from, to);
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

enum audit_text audit_classify(const struct audit_example *example)
{
	struct audit_example x = *example;

	if (x.n == 0)
		return AUDIT_TEXT_FREQUENT;
	if (x.zeros)
		return AUDIT_TEXT_FREQUENT;
	if (!x.text)
		return x.n <= 2 || x.magic ? AUDIT_TEXT_COMMON : AUDIT_TEXT_CODE;
	if (begins(&x, "<?") || begins(&x, "<%") || begins(&x, "#!") || begins(&x, "Invoke-"))
		return AUDIT_TEXT_CODE;
	if (is_identifier(&x) || is_address(&x))
		return AUDIT_TEXT_CONTENT;
	if (is_scaffolding(&x))
		return memchr("the ", (int)x.unit[0].code, 4) != NULL && x.n <= 5
			       ? AUDIT_TEXT_FREQUENT
			       : AUDIT_TEXT_COMMON;
	drop_tags(&x);
	struct prose p = prose_of(&x);
	bool east = p.foreign >= 2;
	if (p.code)
		return x.n <= 3 ? AUDIT_TEXT_COMMON : AUDIT_TEXT_CODE;
	if (p.letters >= 4 || east) {
		size_t fixed = 0;
		for (size_t i = 0; i < x.n; i++)
			fixed += x.unit[i].kind == UNIT_LITERAL && is_letter(x.unit[i].code);
		return 2 * fixed >= p.letters && fixed >= 2 ? AUDIT_TEXT_CONTENT : of_short(&x);
	}
	return of_short(&x);
}

enum audit_text audit_classify_string(const struct pattern_source *s, struct arena *a)
{
	enum audit_text best = AUDIT_TEXT_CODE;
	struct audit_example x = { .n = 0 };

	for (unsigned k = 0; k < AUDIT_MAX_EXAMPLES; k++) {
		x = (struct audit_example){ .n = 0 };
		if (!audit_render(s, a, k, &x))
			break;
		enum audit_text c = audit_classify(&x);
		if (c > best)
			best = c;
	}
	return best;
}
