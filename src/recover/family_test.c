/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/family.h"
#include "recover/hex.h"

#include <fnmatch.h>

/* The tests of a rule: read from words, and held against a file's ends. */

enum { MAX_RUN = 1024 /* bytes of a run of characters */ };

static bool read_signed(struct span s, int64_t *out)
{
	bool minus = s.n != 0 && s.p[0] == '-';
	struct span digits = span_cut(s, minus || (s.n != 0 && s.p[0] == '+'), s.n);
	uint64_t v;

	if (!hex_number(digits, &v) || v > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* N, size, size-N, size+N */
static bool read_value(struct span s, struct rule_test *t)
{
	t->from_size = s.n >= 4 && memcmp(s.p, "size", 4) == 0;
	if (t->from_size && s.n == 4)
		return true;
	return read_signed(t->from_size ? span_cut(s, 4, s.n) : s, &t->value);
}

static bool read_op(struct span s, enum test_op *out)
{
	static const struct {
		const char *word;
		enum test_op op;
	} ops[] = { { "=", TEST_EQUAL },       { "!=", TEST_NOT }, { "<", TEST_LESS },
		    { "<=", TEST_LESS_EQUAL }, { ">", TEST_MORE }, { ">=", TEST_MORE_EQUAL } };

	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (span_is(s, ops[i].word)) {
			*out = ops[i].op;
			return true;
		}
	return false;
}

static bool read_run(const struct span *w, unsigned n, struct rule_test *t)
{
	int64_t run;

	if (n != 3 || !read_signed(w[1], &t->at) || !read_signed(w[2], &run) || run < 1 ||
	    run > MAX_RUN)
		return false;
	t->width = (unsigned)run;
	return true;
}

static bool read_bytes(struct arena *a, const struct span *w, unsigned n, struct rule_test *t)
{
	if (n != 3 || !read_signed(w[1], &t->at) || w[2].n == 0 || w[2].n % 2 != 0)
		return false;
	uint8_t *p = arena_alloc(a, w[2].n / 2);
	if (p == NULL || !hex_read(w[2], p, w[2].n / 2))
		return false;
	t->bytes = (struct span){ p, w[2].n / 2 };
	return true;
}

static bool read_test(struct arena *a, const struct span *w, unsigned n, struct rule_test *t)
{
	static const struct {
		const char *word;
		unsigned width;
		bool big;
	} fields[] = { { "u8", 1, false },   { "le16", 2, false }, { "le32", 4, false },
		       { "le64", 8, false }, { "be32", 4, true },  { "be64", 8, true } };
	static const struct {
		const char *word;
		enum test_kind kind;
	} runs[] = { { "hex", TEST_HEX }, { "print", TEST_PRINT }, { "base64", TEST_BASE64 } };
	int64_t divisor;

	*t = (struct rule_test){ .kind = TEST_BYTES };
	if (n == 0)
		return false;
	if (span_is(w[0], "bytes"))
		return read_bytes(a, w, n, t);
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
		if (span_is(w[0], runs[i].word)) {
			t->kind = runs[i].kind;
			return read_run(w, n, t);
		}
	if (span_is(w[0], "size")) {
		t->kind = TEST_SIZE;
		return n == 3 && read_op(w[1], &t->op) && read_value(w[2], t);
	}
	if (span_is(w[0], "size-modulo")) {
		t->kind = TEST_MODULO;
		if (n != 3 || !read_signed(w[1], &divisor) || divisor < 1)
			return false;
		t->divisor = (uint64_t)divisor;
		return read_signed(w[2], &t->value);
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (span_is(w[0], fields[i].word)) {
			t->kind = TEST_NUMBER;
			t->width = fields[i].width;
			t->big_endian = fields[i].big;
			return n == 4 && read_signed(w[1], &t->at) && read_op(w[2], &t->op) &&
			       read_value(w[3], t);
		}
	return false;
}

bool rule_tests_read(struct arena *a, const struct span *word, unsigned n, struct rule *r,
		     struct error *e)
{
	struct rule_test *tests = arena_array(a, FAMILY_MAX_TESTS, sizeof *tests);

	if (tests == NULL)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "over the memory of a family");
	for (unsigned from = 0, i = 0; i <= n; i++) {
		if (i < n && !span_is(word[i], ";"))
			continue;
		if (r->n_tests == FAMILY_MAX_TESTS ||
		    !read_test(a, word + from, i - from, &tests[r->n_tests]))
			return error_set(e, REASON_DAMAGED, PLACE_NONE, "no test: `%.*s ...`",
					 from < n ? (int)word[from].n : 0,
					 from < n ? (const char *)word[from].p : "");
		r->n_tests++;
		from = i + 1;
	}
	r->test = tests;
	return true;
}

/* ---- held against a file */

static bool compare(uint64_t a, enum test_op op, uint64_t b)
{
	switch (op) {
	case TEST_EQUAL:
		return a == b;
	case TEST_NOT:
		return a != b;
	case TEST_LESS:
		return a < b;
	case TEST_LESS_EQUAL:
		return a <= b;
	case TEST_MORE:
		return a > b;
	case TEST_MORE_EQUAL:
		return a >= b;
	}
	return false;
}

/* The value that a test compares with; false where it would be below zero. */
static bool value_of(const struct rule_test *t, uint64_t size, uint64_t *out)
{
	if (!t->from_size) {
		*out = (uint64_t)t->value;
		return t->value >= 0;
	}
	if (t->value < 0 && size < (uint64_t)-t->value)
		return false;
	*out = size + (uint64_t)t->value;
	return true;
}

static bool is_base64(uint8_t c) { return text_is_alnum(c) || c == '+' || c == '/' || c == '='; }

static bool run_holds(const struct rule_test *t, struct span b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		bool hex = (c >= '0' && c <= '9') || (text_lower(c) >= 'a' && text_lower(c) <= 'f');
		bool good = t->kind == TEST_HEX      ? hex
			    : t->kind == TEST_BASE64 ? is_base64(c)
						     : c >= 0x20 && c < 0x7f;
		if (!good)
			return false;
	}
	return b.n == t->width;
}

static bool number_holds(const struct rule_test *t, const struct sample *s)
{
	struct span b = sample_bytes(s, t->at, t->width);
	uint64_t v = 0, with;

	if (b.n != t->width || !value_of(t, s->size, &with))
		return false;
	for (unsigned i = 0; i < t->width; i++)
		v |= (uint64_t)b.p[i] << 8 * (t->big_endian ? t->width - 1 - i : i);
	return compare(v, t->op, with);
}

static bool test_holds(const struct rule_test *t, const struct sample *s)
{
	uint64_t with;

	switch (t->kind) {
	case TEST_BYTES:
		return span_equal(sample_bytes(s, t->at, t->bytes.n), t->bytes);
	case TEST_NUMBER:
		return number_holds(t, s);
	case TEST_HEX:
	case TEST_PRINT:
	case TEST_BASE64:
		return run_holds(t, sample_bytes(s, t->at, t->width));
	case TEST_SIZE:
		return value_of(t, s->size, &with) && compare(s->size, t->op, with);
	case TEST_MODULO:
		return s->size % t->divisor == (uint64_t)t->value;
	}
	return false;
}

/* Globs are of ASCII letters in either case. */
static bool glob_holds(struct span pattern, struct span name)
{
	char p[256], n[512];

	if (pattern.n >= sizeof p || name.n >= sizeof n || memchr(name.p, 0, name.n) != NULL)
		return false;
	memcpy(p, pattern.p, pattern.n);
	memcpy(n, name.p, name.n);
	p[pattern.n] = n[name.n] = '\0';
	return fnmatch(p, n, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

static bool extension_holds(struct span end, struct span name)
{
	if (name.n <= end.n)
		return false;
	for (size_t i = 0; i < end.n; i++)
		if (text_lower(name.p[name.n - end.n + i]) != text_lower(end.p[i]))
			return false;
	return true;
}

static bool text_holds(struct span passage, struct span text)
{
	return text.n != 0 && memmem(text.p, text.n, passage.p, passage.n) != NULL;
}

bool rule_holds(const struct rule *r, const struct sample *s)
{
	switch (r->kind) {
	case RULE_NOTE_TEXT:
		return text_holds(r->what, buf_span(&s->text));
	case RULE_NOTE_NAME:
	case RULE_RENAME:
		return glob_holds(r->what, s->name);
	case RULE_EXTENSION:
		return extension_holds(r->what, s->name);
	case RULE_STRUCTURE:
	case RULE_MARKER:
		break;
	}
	for (unsigned i = 0; i < r->n_tests; i++)
		if (!test_holds(&r->test[i], s))
			return false;
	return r->n_tests != 0;
}
