/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Patterns on bytes, as tables: what is found, what is refused.  The answers are Debian's yara's,
 * but for `~`, which came later; differential_pattern.py asks it about many more.
 */

enum {
	NOCASE = PATTERN_NOCASE,
	WIDE = PATTERN_WIDE,
	ASCII = PATTERN_ASCII,
	WORD = PATTERN_FULLWORD,
	XOR = PATTERN_XOR,
	B64 = PATTERN_BASE64,
	B64W = PATTERN_BASE64WIDE,
	DOTALL = PATTERN_DOTALL
};

struct lab {
	struct arena arena;
	struct buf blob;
	struct pattern_scratch *scratch;
	struct error e;
	uint32_t notes;
};

static void lab_open(struct lab *l)
{
	*l = (struct lab){ .scratch = pattern_scratch_new() };
	assert_non_null(l->scratch);
	arena_init(&l->arena, 1 << 28);
	buf_init(&l->blob, 1 << 26);
}

static void lab_close(struct lab *l)
{
	pattern_scratch_free(l->scratch);
	buf_release(&l->blob);
	arena_release(&l->arena);
}

static bool compile(struct lab *l, enum pattern_kind kind, uint32_t flags, struct span text)
{
	struct pattern_source s = { .kind = kind, .flags = flags, .text = text, .xor_max = 255 };

	if ((flags & WIDE) == 0)
		s.flags |= ASCII;
	buf_reset(&l->blob);
	return pattern_compile(&s, &l->arena, &l->blob, &l->notes, &l->e);
}

/* "at:length ..." of all matches. */
static const char *found(struct lab *l, struct span data)
{
	static char text[512];
	uint64_t steps = 100000000;
	struct match *m;
	size_t n, k = 0;

	assert_true(pattern_search(buf_span(&l->blob), data, 0, data.n, 1000, l->scratch, &l->arena,
				   &steps, &m, &n, &l->e));
	text[0] = '\0';
	for (size_t i = 0; i < n && k < sizeof text - 32; i++)
		k += (size_t)snprintf(text + k, sizeof text - k, "%s%u:%u", i > 0 ? " " : "",
				      (unsigned)m[i].at, m[i].n);
	return text;
}

struct row {
	enum pattern_kind kind;
	uint32_t flags;
	const char *text;
	const char *data;
	size_t n_data; /* 0: up to its NUL */
	const char *want;
};

static void run_rows(const struct row *rows, size_t n)
{
	struct lab l;

	lab_open(&l);
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct span d = { (const uint8_t *)r->data,
				  r->n_data != 0 ? r->n_data : strlen(r->data) };
		if (!compile(&l, r->kind, r->flags, span_of(r->text)))
			fail_msg("%s: %s", r->text, l.e.text);
		const char *got = found(&l, d);
		if (strcmp(got, r->want) != 0)
			fail_msg("%s on \"%s\": found %s, not %s", r->text, r->data, got, r->want);
	}
	lab_close(&l);
}

#define RUN(rows) run_rows(rows, sizeof(rows) / sizeof *(rows))

static void text_is_found_plain_wide_and_without_case(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_TEXT, 0, "ab", "abxabab", 0, "0:2 3:2 5:2" },
		{ PATTERN_TEXT, 0, "aa", "aaaa", 0, "0:2 1:2 2:2" },
		{ PATTERN_TEXT, 0, "a", "aba", 0, "0:1 2:1" },
		{ PATTERN_TEXT, NOCASE, "aB[", "Ab[ AB[ ab{", 0, "0:3 4:3" },
		{ PATTERN_TEXT, WIDE, "ab", "ab a\0b\0", 7, "3:4" },
		{ PATTERN_TEXT, WIDE | ASCII, "ab", "ab a\0b\0", 7, "0:2 3:4" },
		{ PATTERN_TEXT, WIDE | NOCASE, "ab", "A\0b\0", 4, "0:4" },
		{ PATTERN_TEXT, 0, "0123456789012345678901234567890123456789",
		  "x0123456789012345678901234567890123456789", 0, "1:40" },
	};

	(void)state;
	RUN(rows);
}

static void a_whole_word_has_no_letters_or_digits_beside_it(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_TEXT, WORD, "ab", "ab _ab_ abc xab ab", 0, "0:2 4:2 16:2" },
		{ PATTERN_TEXT, WORD | WIDE, "ab", "x\0a\0b\0 a\0b\0", 11, "7:4" },
		{ PATTERN_TEXT, WORD | WIDE, "ab", "xa\0b\0x", 6, "1:4" },
		{ PATTERN_REGEX, WORD, "a+", "aab aa", 0, "4:2" },
	};

	(void)state;
	RUN(rows);
}

static void base64_is_found_in_its_three_alignments(void **state)
{
	/* "This program cannot", behind nothing, one and two bytes */
	static const struct row rows[] = {
		{ PATTERN_TEXT, B64, "This program cannot", "VGhpcyBwcm9ncmFtIGNhbm5vdA==", 0,
		  "0:25" },
		{ PATTERN_TEXT, B64, "This program cannot", "VVRoaXMgcHJvZ3JhbSBjYW5ub3Q=", 0,
		  "2:24" },
		{ PATTERN_TEXT, B64, "This program cannot", "VWZUaGlzIHByb2dyYW0gY2Fubm90", 0,
		  "3:25" },
		{ PATTERN_TEXT, B64W, "abc", "Y\0W\0J\0j\0", 8, "0:8" },
	};

	(void)state;
	RUN(rows);
}

static void a_key_of_its_range_is_found_and_told(void **state)
{
	struct lab l;
	struct match *m;
	size_t n;
	uint64_t steps = 100000;
	uint8_t data[] = "..secret..secret..";

	(void)state;
	lab_open(&l);
	for (size_t i = 2; i < 8; i++)
		data[i] ^= 7;
	for (size_t i = 10; i < 16; i++)
		data[i] ^= 200;
	struct pattern_source s = { .kind = PATTERN_TEXT,
				    .flags = XOR | ASCII,
				    .text = span_of("secret"),
				    .xor_min = 1,
				    .xor_max = 100 };
	assert_true(pattern_compile(&s, &l.arena, &l.blob, &l.notes, &l.e));
	assert_true(pattern_search(buf_span(&l.blob), (struct span){ data, 18 }, 0, 18, 10,
				   l.scratch, &l.arena, &steps, &m, &n, &l.e));
	assert_int_equal(n, 1);
	assert_int_equal(m[0].at, 2);
	assert_int_equal(m[0].xor_key, 7);
	lab_close(&l);
}

static void hexadecimal_strings_take_nibbles_jumps_and_alternatives(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_HEX, 0, "61 ?2 6? ??", "abcd", 0, "0:4" },
		{ PATTERN_HEX, 0, "61 ~62 63", "abc adc", 0, "4:3" },
		{ PATTERN_HEX, 0, "61 ~6? 63", "abc a.c", 0, "4:3" },
		{ PATTERN_HEX, 0, "61 [1-3] 62", "a.b..b", 0, "0:3" },
		{ PATTERN_HEX, 0, "61 [2] 62", "a.b..b a..b", 0, "7:4" },
		{ PATTERN_HEX, 0, "61 (62 | 63 64) 65", "abe acde ace", 0, "0:3 4:4" },
		{ PATTERN_HEX, 0, "61 ((62 | 63) 64 | 65) 66", "abdf acdf aef adf", 0,
		  "0:4 5:4 10:3" },
		{ PATTERN_HEX, 0, "61 /* x */ 62 // y\n 63", "abc", 0, "0:3" },
		{ PATTERN_HEX, 0, "61 62 [-] 63 64", "ab..ab..cd..cd", 0, "0:10 4:6" },
		{ PATTERN_HEX, 0, "61 62 [4-] 63 64", "ab..cd..cd", 0, "0:10" },
		{ PATTERN_HEX, 0, "61 [0-300] 62 [-] 63", "a..b..c a..b", 0, "0:7" },
		{ PATTERN_HEX, 0, "61 62 [250-300] 63", "ab..c", 0, "" },
	};

	(void)state;
	RUN(rows);
}

static void regular_expressions_rank_their_matches(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_REGEX, 0, "A+", "AAAA", 0, "0:4 1:3 2:2 3:1" },
		{ PATTERN_REGEX, 0, "A+?", "AAA", 0, "0:1 1:1 2:1" },
		{ PATTERN_REGEX, 0, "ab.*c", "ab..c..c\nc", 0, "0:8" },
		{ PATTERN_REGEX, 0, "ab.*?c", "ab..c..c", 0, "0:5" },
		{ PATTERN_REGEX, DOTALL, "ab.*c", "ab..c..c\nc", 0, "0:10" },
		{ PATTERN_REGEX, 0, "ab0ab{1,2}(a|abb)?", "ab0abbabb", 0, "0:7" },
		{ PATTERN_REGEX, 0, "A*", "bAAb", 0, "1:2 2:1" },
		{ PATTERN_REGEX, 0, "(A|)", "bA", 0, "1:1" },
		{ PATTERN_REGEX, 0, "xyz[0-9]{2,3}w", "xyz12w xyz1234w", 0, "0:6" },
		{ PATTERN_REGEX, NOCASE, "[^a]bcd", "Abcd aBCD xBcD", 0, "10:4" },
		{ PATTERN_REGEX, 0, "^ab", "abab", 0, "0:2" },
		{ PATTERN_REGEX, 0, "ab$", "abab", 0, "2:2" },
		{ PATTERN_REGEX, WIDE, "ab+", "a\0b\0b\0", 6, "0:6" },
		{ PATTERN_REGEX, WIDE | ASCII, "ab?", "a\0b\0", 4, "0:1" },
	};

	(void)state;
	RUN(rows);
}

/* The answers are clamscan's (tests/clamav/cases.py asks it about the same), but where a negation
 * stands beside NOCASE, which it refuses. */
static void a_body_is_found_where_clamav_finds_it(void **state)
{
#define WORD_VIRUS "v\0i\0r\0u\0s\0"
	static const struct row rows[] = {
		/* what must stand behind it may stand behind a longer one */
		{ PATTERN_BODY, 0, "7a7978{0-5}6364(B)", "zyxcdxcd ", 0, "0:8" },
		{ PATTERN_BODY, 0, "7a7978{0-5}6364(B)", "zyxcdxcdx", 0, "" },
		{ PATTERN_BODY, 0, "7a7978{0-5}6364[1-2]65", "zyxcdxcd.e", 0, "0:8" },
		{ PATTERN_BODY, 0, "78797a(61|6162)7b(63|6364)(B)", "xyza{cd ", 0, "0:7" },
		/* and so may the next part: it is too far from the first end */
		{ PATTERN_BODY, 0, "7a79{0-5}6364(B){1-3}7172", "zycd xcd .qr", 0, "0:12" },
		{ PATTERN_BODY, 0, "7a79{0-5}6364{-2}7172*7777", "zycdxcdxxqrww", 0, "0:13" },
		{ PATTERN_BODY, 0, "6162(636465666768|6364)*65666768", "abcdefgh", 0, "0:8" },
		/* distances and marks within wide text are bytes */
		{ PATTERN_BODY, WIDE, "6162{3}6364", "a\0b\0xyzc\0d\0", 11, "0:11" },
		{ PATTERN_BODY, WIDE, "6162{3}6364", "a\0b\0x\0y\0z\0c\0d\0", 14, "" },
		{ PATTERN_BODY, WIDE, "6162[1-3]6364", "a\0b\0xyzc\0d\0", 11, "0:11" },
		{ PATTERN_BODY, WIDE, "6162(B)6364", "a\0b\0 c\0d\0", 9, "0:9" },
		{ PATTERN_BODY, WIDE, "6162(L)6364", "a\0b\0\r\nc\0d\0", 10, "0:10" },
		{ PATTERN_BODY, WIDE, "6162(B)6364", "a\0b\0 \0c\0d\0", 10, "" },
		{ PATTERN_BODY, WIDE, "6162??6364", "a\0b\0x\0c\0d\0", 10, "0:10" },
		/* but beside a word stands a character of two */
		{ PATTERN_BODY, WIDE | WORD, "7669727573", "a\0" WORD_VIRUS, 12, "" },
		{ PATTERN_BODY, WIDE | WORD, "7669727573", "ab" WORD_VIRUS "x\1", 14, "2:10" },
		{ PATTERN_BODY, WIDE | WORD, "7669727573", WORD_VIRUS "x\0", 12, "" },
		{ PATTERN_BODY, WIDE | WORD, "7669727573", WORD_VIRUS "x", 11, "" },
		{ PATTERN_BODY, WIDE, "7669727573!(W)", WORD_VIRUS "x\1", 12, "" },
		/* the other case of what is negated is negated too; nibbles are as they are */
		{ PATTERN_BODY, NOCASE, "6162!(63)6465", "abcde abCde ABxDE", 0, "12:5" },
		{ PATTERN_BODY, NOCASE, "6162!(4378|6379)6465", "abcXde abcYde abCzde", 0, "14:6" },
		{ PATTERN_BODY, NOCASE, "61626?6465", "abCde ABcDE", 0, "6:5" },
		/* all parts in one form */
		{ PATTERN_BODY, WIDE | ASCII, "6162*6364", "ab..c\0d\0", 8, "" },
		{ PATTERN_BODY, WIDE | ASCII, "6162*6364", "a\0b\0..cd", 8, "" },
		{ PATTERN_BODY, WIDE | ASCII, "6162*6364", "ab..cd..c\0d\0", 12, "0:6" },
		{ PATTERN_BODY, WIDE | ASCII, "6162*6364", "a\0b\0cdc\0d\0", 10, "0:10" },
	};

	(void)state;
	RUN(rows);
#undef WORD_VIRUS
}

/* What a string may take, which is more than an automaton reads from its anchor on. */
static void a_string_may_be_longer_than_4096_bytes(void **state)
{
	static const struct {
		enum pattern_kind kind;
		uint32_t flags;
		const char *head, *again, *tail; /* the string's text: `again` so many times */
		unsigned n;
		char fill; /* the data: in front "abcdefgh", at the end "ijklmnop" */
		unsigned n_fill;
		const char *want;
	} rows[] = {
		{ PATTERN_BODY, 0, "6162636465666768", "{127}7878", "696a6b6c6d6e6f70", 40, 'x',
		  5160, "0:5176" },
		{ PATTERN_BODY, 0, "6162636465666768", "{127}7878", "696a6b6c6d6e6f70", 40, 'x',
		  5161, "" },
		{ PATTERN_BODY, 0, "6162636465666768", "7878", "696a6b6c6d6e6f70", 2500, 'x', 5000,
		  "0:5016" },
		{ PATTERN_HEX, 0, "61 62 63 64 65 66 67 68 ", "78 ", "69 6a 6b 6c 6d 6e 6f 70",
		  5000, 'x', 5000, "0:5016" },
		{ PATTERN_REGEX, 0, "abcdefgh.{0,10000}?", "", "ijklmnop", 0, '\n', 4000,
		  "0:4016" },
		{ PATTERN_REGEX, 0, "abcdefgh.{0,10000}?", "", "ijklmnop", 0, '\n', 4200,
		  "0:4216" },
		{ PATTERN_REGEX, 0, "abcdefgh.{0,10000}?", "", "ijklmnop", 0, 'x', 9000, "0:9016" },
		{ PATTERN_REGEX, 0, "(abcdefgh|qrs).{0,10000}?", "", "ijklmnop", 0, '\n', 9000,
		  "0:9016" },
		{ PATTERN_REGEX, 0, "abcdefgh.{0,8999}?", "", "ijklmnop", 0, 'x', 9000, "" },
		{ PATTERN_REGEX, NOCASE, "ABCDefgh.{5,}?", "", "ijkl[mn]+?op", 0, 'x', 5000,
		  "0:5016" },
		{ PATTERN_REGEX, DOTALL, "abcdefgh.{0,10000}", "", "ijklmnop", 0, 'x', 4000,
		  "0:4016" },
		{ PATTERN_REGEX, DOTALL, "abcdefgh.{0,10000}", "", "ijklmnop", 0, 'x', 9000, "" },
	};
	static char data[10000];
	struct buf text;
	struct lab l;

	(void)state;
	lab_open(&l);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = (size_t)snprintf(data, sizeof data, "abcdefgh");
		memset(data + n, rows[i].fill, rows[i].n_fill);
		n += rows[i].n_fill;
		n += (size_t)snprintf(data + n, sizeof data - n, "ijklmnop");
		buf_reset(&text);
		buf_put_text(&text, rows[i].head);
		for (unsigned k = 0; k < rows[i].n; k++)
			buf_put_text(&text, rows[i].again);
		buf_put_text(&text, rows[i].tail);
		if (!compile(&l, rows[i].kind, rows[i].flags, buf_span(&text)))
			fail_msg("row %zu: %s", i, l.e.text);
		const char *got = found(&l, (struct span){ (const uint8_t *)data, n });
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("row %zu: found %s, not %s", i, got, rows[i].want);
	}
	buf_release(&text);
	lab_close(&l);
}

static void a_chain_has_bounds(void **state)
{
	struct buf text;
	struct lab l;

	(void)state;
	lab_open(&l);
	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i <= 65536; i++)
		buf_put_text(&text, "41[201]");
	buf_put_text(&text, "42");
	assert_false(compile(&l, PATTERN_HEX, 0, buf_span(&text)));
	assert_int_equal(l.e.why, REASON_LIMIT);
	/* the sum of two jumps: too large for a most is a lot, for a least it is refused */
	assert_true(compile(&l, PATTERN_HEX, 0,
			    span_of("61 62 [0-2147483647] [0-2147483647] [0-9] 63 64")));
	assert_string_equal(found(&l, span_of("ab..............cd")), "0:18");
	assert_false(
		compile(&l, PATTERN_HEX, 0, span_of("61 62 [2147483647] [2147483647] [9] 63 64")));
	assert_int_equal(l.e.why, REASON_LIMIT);
	buf_release(&text);
	lab_close(&l);
}

static void word_boundaries_hold_at_both_ends_of_the_data(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_REGEX, 0, "\\bab\\b", "ab xab ab", 0, "0:2 7:2" },
		{ PATTERN_REGEX, 0, "\\Bab", "ab xab", 0, "4:2" },
		{ PATTERN_REGEX, 0, "\\b\\.a", ".a", 0, "0:2" },
		{ PATTERN_REGEX, 0, "a\\.\\b", "a.", 0, "0:2" },
		{ PATTERN_REGEX, 0, "\\B\\.a", ".a ..a", 0, "4:2" },
	};

	(void)state;
	RUN(rows);
}

static void what_forms_no_repetition_is_a_literal(void **state)
{
	static const struct row rows[] = {
		{ PATTERN_REGEX, 0, "a{}", "a{}", 0, "0:3" },
		{ PATTERN_REGEX, 0, "a{x}", "a{x}", 0, "0:4" },
		{ PATTERN_REGEX, 0, "a{ 2}", "a{ 2}", 0, "0:5" },
		{ PATTERN_REGEX, 0, "a{,}", "aa", 0, "0:2 1:1" },
		{ PATTERN_REGEX, 0, "a{,1}b", "aab", 0, "1:2 2:1" },
		{ PATTERN_REGEX, 0, "\\qa\\x41", "qaA", 0, "0:3" },
		{ PATTERN_REGEX, 0, "[]a]+", "]a", 0, "0:2 1:1" },
		{ PATTERN_REGEX, 0, "[a-]+", "-a", 0, "0:2 1:1" },
	};

	(void)state;
	RUN(rows);
}

static void what_yara_refuses_is_refused(void **state)
{
	static const char *const regex[] = {
		"a{3,2}",  "a{32768}", "a{1,32768}", "a{1,2}{3}", "a**",   "a+*",    "*a",
		"a|*",     "(",        "()",         "(|a)",      "|a",    "|",      "[a",
		"[]",      "[b-a]",    "\\",         "\\x4",      "\\xg1", "a\\1",   "\\b*",
		"^*",      "$+",       "(a",         "a)",        "(?:a)", "(?i)a",  "a.*b.*?",
		"a{2}b*?", "a{0}",     "{2}",        "a|{2}",     "[a\\",  "[\xe9]",
	};
	static const char *const hex[] = {
		"",
		"4",
		"41 4",
		"41 [0] 42",
		"41 [2-1] 42",
		"[1] 41",
		"41 [1]",
		"41 (42 [201] 43) 44",
		"41 (42 [1-] 43)",
		"41 ([1] 43)",
		"~??",
		"GG",
		"41 [-1] 42",
		"41 ()",
		"41 (42|)",
		"41 )",
		"(41",
		"41 | 42",
		"41 [0x10] 42",
	};
	static const char *const good[] = { "a{32767}", "a??",  "(a|)",  "a|",     "a||b",
					    "(^)*",     "a{1,", "[\\1]", "(\\b)?", "a{,3}" };
	struct lab l;

	(void)state;
	lab_open(&l);
	for (size_t i = 0; i < sizeof regex / sizeof *regex; i++)
		if (compile(&l, PATTERN_REGEX, 0, span_of(regex[i])))
			fail_msg("/%s/ is taken", regex[i]);
	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++)
		if (compile(&l, PATTERN_HEX, 0, span_of(hex[i])))
			fail_msg("{%s} is taken", hex[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!compile(&l, PATTERN_REGEX, 0, span_of(good[i])))
			fail_msg("/%s/: %s", good[i], l.e.text);
	lab_close(&l);
}

static void yara_x_takes_what_is_its_own(void **state)
{
	struct lab l;
	struct pattern_source s = {
		.kind = PATTERN_REGEX, .flags = ASCII, .text = span_of("(?:ab|cd)+"), .yarax = true
	};

	(void)state;
	lab_open(&l);
	assert_true(pattern_compile(&s, &l.arena, &l.blob, &l.notes, &l.e));
	s.text = span_of("\\q");
	assert_false(pattern_compile(&s, &l.arena, &l.blob, &l.notes, &l.e));
	s.text = span_of("a{x");
	assert_false(pattern_compile(&s, &l.arena, &l.blob, &l.notes, &l.e));
	s.kind = PATTERN_HEX;
	s.text = span_of("41 [0x2-0o4] 42");
	assert_true(pattern_compile(&s, &l.arena, &l.blob, &l.notes, &l.e));
	lab_close(&l);
}

static void a_whole_anchor_is_a_literal_of_at_most_32_bytes(void **state)
{
	struct lab l;
	struct pattern_anchor a;

	(void)state;
	lab_open(&l);
	assert_true(compile(&l, PATTERN_TEXT, WIDE | ASCII, span_of("literal")));
	assert_int_equal(pattern_n_anchors(buf_span(&l.blob)), 2);
	assert_true(pattern_anchor(buf_span(&l.blob), 1, &a));
	assert_true(a.whole);
	assert_int_equal(a.bytes.n, 14);
	assert_false(pattern_anchor(buf_span(&l.blob), 2, &a));
	assert_true(compile(&l, PATTERN_TEXT, WORD, span_of("literal")));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a) && !a.whole);
	assert_true(compile(&l, PATTERN_TEXT, 0, span_of("0123456789abcdefghijklmnopqrstuvwxyz")));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a) && !a.whole && a.bytes.n <= 32);
	/* a regular expression that is a literal is one */
	assert_true(compile(&l, PATTERN_REGEX, 0, span_of("a\\.b{3}")));
	assert_true(pattern_is_literal(buf_span(&l.blob)));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a) && a.whole);
	assert_true(compile(&l, PATTERN_REGEX, 0, span_of("[a-c]+")));
	assert_int_equal(pattern_n_anchors(buf_span(&l.blob)), 0);
	assert_true((l.notes & PATTERN_NO_ANCHOR) != 0);
	lab_close(&l);
}

/* The anchor is where ordinary files hold least of the pattern. */
static void an_anchor_is_the_rarest_part(void **state)
{
	struct lab l;
	struct pattern_anchor a;

	(void)state;
	lab_open(&l);
	/* one round of a repeated group holds it as well as many */
	assert_true(compile(&l, PATTERN_REGEX, 0, span_of("([0-9]parseInt\\(){6}")));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a));
	assert_int_equal(a.bytes.n, 9);
	assert_memory_equal(a.bytes.p, "parseInt(", 9);
	/* two rare bytes before four common ones, and with a hole between them */
	assert_true(compile(&l, PATTERN_HEX, 0, span_of("F3 A4 [1-9] 00 00 00 00")));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a));
	assert_int_equal(a.bytes.n, 2);
	assert_memory_equal(a.bytes.p, "\xf3\xa4", 2);
	assert_true(compile(&l, PATTERN_HEX, 0, span_of("00 00 [1-9] 83 ?? 06 [7-17] 00")));
	assert_true(pattern_anchor(buf_span(&l.blob), 0, &a));
	assert_int_equal(a.bytes.n, 3);
	assert_memory_equal(a.mask.p, "\xff\0\xff", 3);
	lab_close(&l);
}

static void a_search_keeps_to_its_range(void **state)
{
	static const char *const text[] = { "ab", "a[b]+", "[ab]{2}", "a.*b" };
	struct span d = span_of("..ab..ab..ab..");
	struct lab l;
	struct match *m;
	size_t n;

	(void)state;
	lab_open(&l);
	for (size_t i = 0; i < 4; i++) {
		uint64_t steps = 10000;
		assert_true(compile(&l, PATTERN_REGEX, 0, span_of(text[i])));
		assert_true(pattern_search(buf_span(&l.blob), d, 6, 7, 10, l.scratch, &l.arena,
					   &steps, &m, &n, &l.e));
		assert_int_equal(n, 1);
		assert_int_equal(m[0].at, 6);
		assert_true(pattern_search(buf_span(&l.blob), d, 7, 10, 10, l.scratch, &l.arena,
					   &steps, &m, &n, &l.e));
		assert_int_equal(n, 0);
	}
	assert_true(compile(&l, PATTERN_HEX, 0, span_of("61 62 [-] 61 62")));
	uint64_t steps = 10000;
	assert_true(pattern_search(buf_span(&l.blob), d, 6, 7, 10, l.scratch, &l.arena, &steps, &m,
				   &n, &l.e));
	assert_int_equal(n, 1);
	assert_int_equal(m[0].n, 6);
	lab_close(&l);
}

static void spent_steps_are_told(void **state)
{
	static uint8_t data[20000];
	struct lab l;
	struct match *m;
	size_t n;
	uint64_t steps = 10000;

	(void)state;
	lab_open(&l);
	memset(data, 'a', sizeof data);
	assert_true(compile(&l, PATTERN_REGEX, 0, span_of("[a-f]+")));
	assert_false(pattern_search(buf_span(&l.blob), (struct span){ data, sizeof data }, 0,
				    sizeof data, 10, l.scratch, &l.arena, &steps, &m, &n, &l.e));
	assert_int_equal(l.e.why, REASON_LIMIT);
	assert_int_equal(steps, 0);
	lab_close(&l);
}

static void a_repetition_has_a_limit_of_states(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l);
	assert_true(compile(&l, PATTERN_REGEX, 0, span_of("[a-z]{10,30000}!")));
	assert_false(compile(&l, PATTERN_REGEX, 0, span_of("([a-z]{10,30000}[0-9]{1,30000}){2}")));
	assert_int_equal(l.e.why, REASON_LIMIT);
	assert_false(compile(&l, PATTERN_REGEX, 0,
			     span_of("((((a{1,999}){1,999}){1,999}){1,999}){1,999}")));
	lab_close(&l);
}

static void a_test_asks_for_any_match_and_an_empty_one_will_do(void **state)
{
	static const struct {
		const char *regex, *text;
		bool want;
	} rows[] = {
		{ "b+", "abc", true },
		{ "^b", "abc", false },
		{ "x*", "", true },
		{ "x*", "abc", true },
		{ "abc", "xabcx", true },
		{ "abc", "ab", false },
		{ "foo.*bar", "foo-bar", true },
		{ ".*bar$", "foo bar", true },
		{ ".*bar$", "bar ", false },
		{ "(foo|bar)baz", "barbaz", true },
		{ "^$", "", true },
	};
	struct lab l;

	(void)state;
	lab_open(&l);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t steps = 100000;
		assert_true(compile(&l, PATTERN_REGEX, 0, span_of(rows[i].regex)));
		bool got =
			pattern_test(buf_span(&l.blob), span_of(rows[i].text), l.scratch, &steps);
		if (got != rows[i].want)
			fail_msg("\"%s\" matches /%s/: %d", rows[i].text, rows[i].regex, got);
	}
	lab_close(&l);
}

static struct lab *mutant_lab;

static void run_mutant(struct span blob)
{
	struct lab *l = mutant_lab;
	struct span d = span_of("ab..cd ab0ab secret foo12bar ab..cd");
	uint64_t steps = 100000;
	struct match *m;
	size_t n, n_true = 0;

	for (size_t i = 0; i < pattern_n_anchors(blob) && i < 8; i++) {
		struct pattern_anchor a;
		n_true += pattern_anchor(blob, i, &a);
		for (uint64_t at = 0; at <= d.n; at++)
			n_true += pattern_verify(blob, i, d, at, l->scratch, &steps);
	}
	if (pattern_search(blob, d, 0, d.n, 100, l->scratch, &l->arena, &steps, &m, &n, &l->e))
		for (size_t i = 0; i < n; i++)
			assert_true(m[i].at < d.n && m[i].n <= d.n - m[i].at);
	n_true += pattern_test(blob, d, l->scratch, &steps);
	assert_true(n_true < 1000);
	arena_reset(&l->arena);
}

static void any_bytes_are_safe_to_run(void **state)
{
	static const struct {
		enum pattern_kind kind;
		uint32_t flags;
		const char *text;
	} rows[] = {
		{ PATTERN_TEXT, WIDE | ASCII | NOCASE | WORD, "secret" },
		{ PATTERN_TEXT, XOR, "secret" },
		{ PATTERN_HEX, 0, "61 62 [-] 63 64" },
		{ PATTERN_HEX, 0, "61 ?? 30 (61 | 62 63) 62" },
		{ PATTERN_BODY, WIDE | ASCII, "6162{0-3}6364(B)*6162" },
		{ PATTERN_REGEX, 0, "foo[0-9]{1,3}(bar|baz)\\b" },
	};
	struct lab l;

	(void)state;
	lab_open(&l);
	mutant_lab = &l;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(compile(&l, rows[i].kind, rows[i].flags, span_of(rows[i].text)));
		struct span copy = { malloc(l.blob.n), l.blob.n };
		memcpy((void *)(uintptr_t)copy.p, l.blob.p, copy.n);
		mutate(copy, run_mutant);
		free((void *)(uintptr_t)copy.p);
	}
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_found_plain_wide_and_without_case),
		cmocka_unit_test(a_whole_word_has_no_letters_or_digits_beside_it),
		cmocka_unit_test(base64_is_found_in_its_three_alignments),
		cmocka_unit_test(a_key_of_its_range_is_found_and_told),
		cmocka_unit_test(hexadecimal_strings_take_nibbles_jumps_and_alternatives),
		cmocka_unit_test(regular_expressions_rank_their_matches),
		cmocka_unit_test(a_body_is_found_where_clamav_finds_it),
		cmocka_unit_test(a_string_may_be_longer_than_4096_bytes),
		cmocka_unit_test(a_chain_has_bounds),
		cmocka_unit_test(word_boundaries_hold_at_both_ends_of_the_data),
		cmocka_unit_test(what_forms_no_repetition_is_a_literal),
		cmocka_unit_test(what_yara_refuses_is_refused),
		cmocka_unit_test(yara_x_takes_what_is_its_own),
		cmocka_unit_test(a_whole_anchor_is_a_literal_of_at_most_32_bytes),
		cmocka_unit_test(an_anchor_is_the_rarest_part),
		cmocka_unit_test(a_search_keeps_to_its_range),
		cmocka_unit_test(spent_steps_are_told),
		cmocka_unit_test(a_repetition_has_a_limit_of_states),
		cmocka_unit_test(a_test_asks_for_any_match_and_an_empty_one_will_do),
		cmocka_unit_test(any_bytes_are_safe_to_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
