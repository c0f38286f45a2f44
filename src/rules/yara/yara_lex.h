/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_YARA_YARA_LEX_H
#define PEL_RULES_YARA_YARA_LEX_H

/* Text to tokens.  A regular expression and a hexadecimal string are asked for by the parser, which
 * alone knows where `/` and `{` begin one. */

#include "base/arena.h"
#include "base/cursor.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,      /* identifier or keyword */
	TOKEN_STRING_ID, /* $name, $ or $name* */
	TOKEN_COUNT_ID,  /* #name */
	TOKEN_OFFSET_ID, /* @name */
	TOKEN_LENGTH_ID, /* !name */
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_TEXT,  /* "..." */
	TOKEN_MARK,  /* operator or bracket: mark */
	TOKEN_HEX,   /* by lex_hex(): between the braces */
	TOKEN_REGEX, /* by lex_regex(): between the slashes, flags apart */
	TOKEN_BAD,   /* message says why */
};

/* Marks of two characters. */
enum { MARK_EQ = 256, MARK_NE, MARK_LE, MARK_GE, MARK_SHL, MARK_SHR, MARK_DOTS };

struct token {
	enum token_kind kind;
	struct span raw;       /* as written */
	uint32_t line, column; /* of its first byte, from 1 */
	int mark;              /* TOKEN_MARK: a character or MARK_ */
	int64_t number;
	double real;
	struct span value; /* TEXT: escapes resolved; HEX, REGEX: what is between */
	bool regex_nocase, regex_dotall;
	const char *message; /* BAD; END: what is odd about it, or NULL */
};

struct lexer {
	struct span text;
	size_t at;
	uint32_t line;
	size_t line_at;      /* where the line begins */
	struct arena *arena; /* for resolved escapes */
	bool unclosed;       /* a text over several lines did not end: no other is one */
};

/* The next token; white space and comments are passed over. */
struct token lex_next(struct lexer *l);

/* The token is a mark `{` or `/` that was just read: reads on to its end. */
struct token lex_hex(struct lexer *l, const struct token *brace);
struct token lex_regex(struct lexer *l, const struct token *slash);

#endif
