/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/modules.h"
#include "format/range.h"

#include <inttypes.h>

/* The modules `string`, `time` and `console`. */

/* ---- string */

static int digit_of(uint8_t c)
{
	c = text_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* YARA's functions here take C strings: what stands behind a NUL does not count. */
static struct span until_nul(struct span s)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	return (struct span){ s.p, nul != NULL ? (size_t)(nul - s.p) : s.n };
}

/* As strtoll: blanks, a sign, the prefix of base 0 or 16; all of the text must be used. */
static bool parse_int(struct span text, int base, struct value *out)
{
	struct span s = until_nul(text);
	size_t i = 0;
	bool minus = false;
	uint64_t v = 0;

	while (i < s.n && (s.p[i] == ' ' || (s.p[i] >= 9 && s.p[i] <= 13)))
		i++;
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		minus = s.p[i++] == '-';
	bool hex = s.n - i > 2 && s.p[i] == '0' && text_lower(s.p[i + 1]) == 'x' &&
		   digit_of(s.p[i + 2]) < 16;
	if (hex && (base == 0 || base == 16)) {
		i += 2;
		base = 16;
	} else if (base == 0) {
		base = i < s.n && s.p[i] == '0' ? 8 : 10;
	}
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		int d = digit_of(s.p[i]);
		if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	if (v > (uint64_t)INT64_MAX + minus)
		return false;
	value_int(out, minus ? (int64_t)(0 - v) : (int64_t)v);
	return true;
}

static bool to_int(struct call *c, struct value *out) { return parse_int(c->args[0].s, 0, out); }

static bool to_int_base(struct call *c, struct value *out)
{
	int32_t base = (int32_t)c->args[1].i; /* strtoll has an int */
	return (base == 0 || (base >= 2 && base <= 36)) && parse_int(c->args[0].s, base, out);
}

static bool length(struct call *c, struct value *out)
{
	value_int(out, (int64_t)c->args[0].s.n);
	return true;
}

/* clang-format off */

static const struct field string_fields[] = {
	{ .name = "to_int", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s", .call = to_int,
	  .doc = "the number that a text is, undefined where it is none" },
	{ .name = "to_int", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "si", .call = to_int_base },
	{ .name = "length", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s", .call = length,
	  .doc = "bytes" },
	{ 0 },
};

/* clang-format on */

const struct module string_module = { .name = "string",
				      .fields = string_fields,
				      .classes = CLASS_ALL,
				      .doc = "numbers and lengths of texts" };

/* ---- time */

static bool now(struct call *c, struct value *out)
{
	value_int(out, c->now);
	return true;
}

/* clang-format off */

static const struct field time_fields[] = {
	{ .name = "now", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "", .call = now,
	  .doc = "seconds since 1970, one value for the whole scan" },
	{ 0 },
};

/* clang-format on */

const struct module time_module = { .name = "time",
				    .fields = time_fields,
				    .classes = CLASS_ALL,
				    .doc = "the time of the scan, a recorded input" };

/* ---- console */

enum { MAX_LINE = 1 << 20 };

/* What comes from the file is made fit to be shown: all but printable ASCII as \xHH. */
static void put_shown(struct span s, struct buf *line)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
			buf_put_u8(line, s.p[i]);
		else
			buf_printf(line, "\\x%02x", s.p[i]);
}

static void put_value(const struct value *v, bool hex, struct buf *line)
{
	if (v->kind == VALUE_STRING)
		put_shown(v->s, line);
	else if (v->kind == VALUE_FLOAT)
		buf_printf(line, "%f", v->f);
	else if (hex)
		buf_printf(line, "0x%" PRIx64, (uint64_t)v->i);
	else
		buf_printf(line, "%" PRId64, v->i);
}

/* The last argument, behind the rule's own text where there is one. */
static bool print(struct call *c, size_t n, bool hex, struct value *out)
{
	struct buf line;

	value_int(out, 1);
	if (c->log == NULL)
		return true;
	if (c->args[n - 1].kind == VALUE_STRING && !range_steps(c, c->args[n - 1].s.n))
		return false;
	buf_init(&line, MAX_LINE);
	if (n == 2)
		buf_put_span(&line, until_nul(c->args[0].s));
	put_value(&c->args[n - 1], hex, &line);
	c->log(c->ctx, buf_span(&line));
	buf_release(&line);
	return true;
}

static bool log_one(struct call *c, struct value *out) { return print(c, 1, false, out); }
static bool log_two(struct call *c, struct value *out) { return print(c, 2, false, out); }
static bool hex_one(struct call *c, struct value *out) { return print(c, 1, true, out); }
static bool hex_two(struct call *c, struct value *out) { return print(c, 2, true, out); }

/* clang-format off */

static const struct field console_fields[] = {
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s", .call = log_one,
	  .doc = "prints a value, perhaps behind a text; always true" },
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ss", .call = log_two },
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i", .call = log_one },
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "si", .call = log_two },
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "f", .call = log_one },
	{ .name = "log", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "sf", .call = log_two },
	{ .name = "hex", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i", .call = hex_one,
	  .doc = "the same in hexadecimal" },
	{ .name = "hex", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "si", .call = hex_two },
	{ 0 },
};

/* clang-format on */

const struct module console_module = { .name = "console",
				       .fields = console_fields,
				       .classes = CLASS_ALL,
				       .doc = "lines for whoever writes a rule" };
