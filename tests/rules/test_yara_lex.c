/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "rules/yara/yara_lex.h"
#include "tests/mutate.h"
#include "tests/test.h"

/* Text to tokens: what each is, where it stands, and that every byte of the text is in one, in
 * white space or in a comment. */

static struct arena arena;

static struct lexer lexer_of(struct span text)
{
	return (struct lexer){ .text = text, .line = 1, .arena = &arena };
}

/* The tokens as text: kinds and what was written, or the message of a bad one. */
static void put_tokens(struct span text, struct buf *out)
{
	static const char *const kinds[] = {
		[TOKEN_NAME] = "name",    [TOKEN_STRING_ID] = "string", [TOKEN_COUNT_ID] = "count",
		[TOKEN_OFFSET_ID] = "at", [TOKEN_LENGTH_ID] = "length", [TOKEN_INT] = "int",
		[TOKEN_FLOAT] = "float",  [TOKEN_TEXT] = "text",        [TOKEN_MARK] = "mark",
		[TOKEN_BAD] = "bad",
	};
	struct lexer l = lexer_of(text);
	struct token t;

	while ((t = lex_next(&l)).kind != TOKEN_END) {
		buf_printf(out, "%s%s:", out->n != 0 ? " " : "", kinds[t.kind]);
		if (t.kind == TOKEN_INT)
			buf_printf(out, "%lld", (long long)t.number);
		else if (t.kind == TOKEN_FLOAT)
			buf_printf(out, "%g", t.real);
		else
			buf_put_span(out, t.kind == TOKEN_TEXT ? t.value : t.raw);
	}
	if (t.message != NULL)
		buf_printf(out, " (%s)", t.message);
	buf_put_u8(out, 0);
}

static void words_numbers_texts_and_marks_are_told_apart(void **state)
{
	static const struct {
		const char *text, *tokens;
	} all[] = {
		{ "rule a_1{", "name:rule name:a_1 mark:{" },
		{ "$a $ $a* #a # @a @ !a !",
		  "string:$a string:$ string:$a* count:#a count:# at:@a at:@ "
		  "length:!a length:!" },
		{ "$1 #0x", "string:$1 count:#0x" },
		{ "1 0x1F 0o17 1KB 2MB 1_000",
		  "int:1 int:31 int:15 int:1024 int:2097152 int:1000" },
		{ "1.5 1..2 1.a", "float:1.5 int:1 mark:.. int:2 int:1 mark:. name:a" },
		{ "1and 2of 3x", "int:1 name:and int:2 name:of bad:3x" },
		{ "9223372036854775807 9223372036854775808", "int:9223372036854775807 "
							     "bad:9223372036854775808" },
		{ "0x", "bad:0x" },
		{ "== != <= >= << >> .. = ! < >", "mark:== mark:!= mark:<= mark:>= mark:<< mark:>> "
						  "mark:.. mark:= length:! mark:< mark:>" },
		{ "a!=b", "name:a mark:!= name:b" },
		{ "\"\" \"a\\x41\\n\\t\\\"\\\\\"", "text: text:aA\n\t\"\\" },
		{ "\"\"\"two\nlines\"\"\" x", "text:two\nlines name:x" },
		{ "\"a\nb\"", "bad:\"a name:b bad:\"" },
		{ "\"\\q\" x", "bad:\\q name:x" },
		{ "a // b\nc /* d\n */ e", "name:a name:c name:e" },
		{ "a /* b", "name:a (a comment that does not end)" },
		{ "a / b", "name:a mark:/ name:b" },
		{ "; \x01 \xc3\xa9", "bad:; bad:\x01 bad:\xc3 bad:\xa9" },
		{ "", "" },
		{ " \t\r\n", "" },
	};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct buf got;
		buf_init(&got, 1 << 16);
		put_tokens(span_of(all[i].text), &got);
		if (strcmp((const char *)got.p, all[i].tokens) != 0) {
			print_message("%s\n  gives %s\n", all[i].text, (const char *)got.p);
			wrong++;
		}
		buf_release(&got);
	}
	assert_int_equal(wrong, 0);
}

static void a_token_knows_its_line_and_column(void **state)
{
	struct lexer l = lexer_of(span_of("rule\r\n\t\"a\" /* x\n\n */ $b\n// c\n  1"));
	static const struct {
		uint32_t line, column;
	} place[] = { { 1, 1 }, { 2, 2 }, { 4, 5 }, { 6, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
		struct token t = lex_next(&l);
		assert_int_equal(t.line, place[i].line);
		assert_int_equal(t.column, place[i].column);
	}
	assert_int_equal(lex_next(&l).kind, TOKEN_END);
	assert_int_equal(lex_next(&l).kind, TOKEN_END); /* and again */
}

static void an_escape_is_bad_where_it_stands(void **state)
{
	struct lexer l = lexer_of(span_of("  \"abc\\qd\""));

	(void)state;
	struct token t = lex_next(&l);
	assert_int_equal(t.kind, TOKEN_BAD);
	assert_int_equal(t.column, 7);
}

static void names_of_rules_are_bounded_and_those_of_strings_are_not(void **state)
{
	char text[303] = "$";

	(void)state;
	memset(text + 1, 'a', 300);
	struct lexer l = lexer_of(span_of(text));
	struct token t = lex_next(&l);
	assert_int_equal(t.kind, TOKEN_STRING_ID);
	assert_int_equal(t.raw.n, 301);
	l = lexer_of(span_of(text + 1));
	assert_int_equal(lex_next(&l).kind, TOKEN_BAD);
	l = lexer_of((struct span){ (const uint8_t *)text + 1, 128 });
	assert_int_equal(lex_next(&l).kind, TOKEN_NAME);
}

/* What lex_hex() or lex_regex() makes of a text that begins with its brace or slash. */
static struct token part(const char *text,
			 struct token (*read)(struct lexer *l, const struct token *t), size_t *rest)
{
	struct lexer l = lexer_of(span_of(text));
	struct token t = lex_next(&l);

	t = read(&l, &t);
	*rest = l.text.n - l.at;
	return t;
}

static void a_hexadecimal_string_ends_at_its_brace(void **state)
{
	size_t rest;

	(void)state;
	struct token t = part("{ 61 /* } */ 62 // }\n } x", lex_hex, &rest);
	assert_int_equal(t.kind, TOKEN_HEX);
	assert_true(span_is(t.value, " 61 /* } */ 62 // }\n "));
	assert_int_equal(rest, 2);
	assert_int_equal(part("{ 61 ", lex_hex, &rest).kind, TOKEN_BAD);
	assert_int_equal(part("{ 61 /* }", lex_hex, &rest).kind, TOKEN_BAD);
	assert_int_equal(part("{", lex_hex, &rest).kind, TOKEN_BAD);
}

static void a_regular_expression_ends_at_its_slash_and_flags(void **state)
{
	size_t rest;

	(void)state;
	struct token t = part("/a\\/b[x]/is nocase", lex_regex, &rest);
	assert_int_equal(t.kind, TOKEN_REGEX);
	assert_true(span_is(t.value, "a\\/b[x]"));
	assert_true(t.regex_nocase && t.regex_dotall);
	assert_int_equal(rest, 7);
	t = part("/a/ x", lex_regex, &rest);
	assert_false(t.regex_nocase || t.regex_dotall);
	assert_int_equal(part("/a\nb/", lex_regex, &rest).kind, TOKEN_BAD);
	assert_int_equal(part("/a", lex_regex, &rest).kind, TOKEN_BAD);
	assert_int_equal(part("/a\\", lex_regex, &rest).kind, TOKEN_BAD);
	assert_int_equal(part("/=/", lex_regex, &rest).kind, TOKEN_REGEX);
}

/* Tokens follow one another within the text, and each takes at least a byte. */
static void read_all(struct span s)
{
	struct lexer l = lexer_of(s);
	const uint8_t *end = s.p;
	struct token t;

	while ((t = lex_next(&l)).kind != TOKEN_END) {
		assert_true(t.raw.p >= end || t.kind == TOKEN_BAD);
		assert_true(t.raw.n > 0 && t.raw.p + t.raw.n <= s.p + s.n);
		assert_true(t.line > 0 && t.column > 0);
		end = t.raw.p + t.raw.n;
		if (t.kind == TOKEN_MARK && t.mark == '{') {
			struct lexer inner = l;
			(void)lex_hex(&inner, &t);
		}
		if (t.kind == TOKEN_MARK && t.mark == '/') {
			struct lexer inner = l;
			(void)lex_regex(&inner, &t);
		}
	}
	arena_reset(&arena);
}

static void no_damage_is_read_out_of_bounds(void **state)
{
	(void)state;
	mutate(span_of("rule a { /* c */ $b = \"x\\x41\\\\\" $c = { 4? [2-] } $d = /a\\/[b]/is "
		       "0x1F 1.5 2MB "
		       "\"\"\"l\n\"\"\" .. != // end"),
	       read_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_numbers_texts_and_marks_are_told_apart),
		cmocka_unit_test(a_token_knows_its_line_and_column),
		cmocka_unit_test(an_escape_is_bad_where_it_stands),
		cmocka_unit_test(names_of_rules_are_bounded_and_those_of_strings_are_not),
		cmocka_unit_test(a_hexadecimal_string_ends_at_its_brace),
		cmocka_unit_test(a_regular_expression_ends_at_its_slash_and_flags),
		cmocka_unit_test(no_damage_is_read_out_of_bounds),
	};

	arena_init(&arena, 1 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
