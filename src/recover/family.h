/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_FAMILY_H
#define PEL_RECOVER_FAMILY_H

/*
 * What is known of one family of ransomware, read from its file in recovery/: how its work is told
 * from others', with a weight for each sign; whether it can be undone, what that needs, and by
 * which engine; and the published source of all that.  docs/recover.md has the language.
 *
 *     line = word { word | "string" }      # begins a comment; a line that begins with blanks and a
 *     string goes on with the string above
 */

#include "base/arena.h"
#include "base/error.h"
#include "recover/sample.h"

enum {
	FAMILY_MAX_TEXT = 64 << 10, /* bytes of a file */
	FAMILY_MAX_MEMORY = 1 << 20,
	FAMILY_MAX_WORDS = 64, /* of a line */
	FAMILY_MAX_RULES = 64,
	FAMILY_MAX_TESTS = 16, /* of a rule */
	FAMILY_MAX_SOURCES = 8,
	FAMILY_MAX_CHECKS = 4,
	FAMILY_MAX_SETTINGS = 24,
	FAMILY_MAX_WEIGHT = 100,
};

/* How far what the file says is confirmed. */
enum family_state {
	STATE_CONFIRMED, /* run against public samples or test vectors */
	STATE_READ,      /* taken from the source of an open decryptor, or an official document */
	STATE_SECONDARY, /* press, vendors' pages: enough to name it, not to write code by */
};

/* Can it be undone? */
enum family_undo {
	UNDO_YES,     /* with nothing but the files */
	UNDO_SEARCH,  /* the key is found by search */
	UNDO_PAIR,    /* with one file before and after */
	UNDO_KEY,     /* with a key that the user brings: seized, published or bought */
	UNDO_REBUILD, /* what is lost is made anew from what is whole */
	UNDO_TOOL,    /* by another's tool alone */
	UNDO_NO,
};

enum rule_kind {
	RULE_STRUCTURE, /* fields of the file that agree with each other */
	RULE_MARKER,    /* bytes that stand at a place */
	RULE_NOTE_TEXT, /* a passage of the ransom note */
	RULE_NOTE_NAME, /* its file's name, a glob */
	RULE_RENAME,    /* the way that files are renamed, a glob */
	RULE_EXTENSION, /* what is put behind the name; never enough alone */
};

enum test_kind {
	TEST_BYTES,  /* stand there */
	TEST_NUMBER, /* an unsigned field compares with a value */
	TEST_HEX,    /* so many hexadecimal digits */
	TEST_PRINT,  /* so many printable ASCII characters */
	TEST_BASE64, /* so many characters of base64 */
	TEST_SIZE,   /* the file's size compares with a value */
	TEST_MODULO, /* the file's size leaves a remainder */
};

enum test_op { TEST_EQUAL, TEST_NOT, TEST_LESS, TEST_LESS_EQUAL, TEST_MORE, TEST_MORE_EQUAL };

struct rule_test {
	enum test_kind kind;
	enum test_op op;
	int64_t at;        /* bytes from the start; from the end where negative */
	struct span bytes; /* TEST_BYTES */
	unsigned width;    /* bytes of a number, little-endian; of a run of characters */
	bool big_endian;
	bool from_size; /* the value is the file's size plus `value` */
	int64_t value;
	uint64_t divisor; /* TEST_MODULO */
};

struct rule {
	enum rule_kind kind;
	unsigned weight;  /* points of a hundred */
	struct span what; /* in words: what it means that this holds; or the pattern itself */
	bool required;    /* a file of the family cannot be without it */
	const struct rule_test *test;
	unsigned n_tests;
	uint32_t line;
};

struct family_setting {
	struct span name, value;
};

/* When what the file says was held against something, and what came of it. */
struct family_check {
	struct span date; /* YYYY-MM-DD */
	struct span what; /* against what; and what was not found there */
};

struct family {
	struct arena arena; /* holds all that follows */
	struct span id;     /* lower case, digits, hyphens */
	struct span title;
	enum family_state state;
	enum family_undo undo;
	struct span how;   /* it is undone, or why not */
	struct span needs; /* from the user */
	struct span keep;  /* and must not delete */
	struct span tool;  /* where the official tool is */
	struct span source[FAMILY_MAX_SOURCES];
	unsigned n_sources;
	struct family_check check[FAMILY_MAX_CHECKS];
	unsigned n_checks;
	struct span proof; /* by what a key shows that it is right; empty where no engine is */
	struct span cut;   /* the original name ends before the last of these; else before the
			      extension */
	struct rule *rule;
	unsigned n_rules;
	struct span engine; /* empty: we have none for it */
	struct family_setting setting[FAMILY_MAX_SETTINGS];
	unsigned n_settings;
};

/* Reads a family's file.  DAMAGED names file and line; the family is empty then, and
 * family_release() accepts it. */
NODISCARD bool family_open(struct family *f, const char *file, struct span text, struct error *e);
void family_release(struct family *f);

/* The value of an engine's setting; empty where the file does not have it. */
struct span family_setting(const struct family *f, const char *name);
/* The same as a number; `otherwise` where there is none. */
uint64_t family_number(const struct family *f, const char *name, uint64_t otherwise);
/* The same as bytes written in hexadecimal; false where they are not exactly n. */
NODISCARD bool family_bytes(const struct family *f, const char *name, uint8_t *out, size_t n);

/* Words for people: "confirmed", "with one pair of files" ...  Static. */
const char *family_state_word(enum family_state s);
const char *family_undo_word(enum family_undo u);
const char *rule_kind_word(enum rule_kind k);

/* Does the rule hold of this file?  Notes' rules need the sample's text. */
bool rule_holds(const struct rule *r, const struct sample *s);

/* The length of the name that the file had before, a part of its last name; the whole where
 * nothing says that it was renamed. */
struct span family_original_name(const struct family *f, struct span name);

/* For family.c: reads one `;`-separated list of tests from words. */
NODISCARD bool rule_tests_read(struct arena *a, const struct span *word, unsigned n, struct rule *r,
			       struct error *e);

#endif
