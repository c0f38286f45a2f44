/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/modules.h"
#include "rules/clamav/clam_logic.h"

/* Subsignatures of logical signatures (reference engine C.1.4), tried in ClamAV's order. */

static bool starts(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

static bool is_placed(const struct clam_offset *o)
{
	return o->base != CLAM_ANYWHERE && o->base != CLAM_VI;
}

/* ---- ${min-max}g$ */

static bool read_macro(struct clam_logic *l, size_t i, struct span s)
{
	const struct clam_macro *m = (const struct clam_macro *)(const void *)l->c->macros.p;
	struct clam_sub *sub = &l->sub[i];
	const uint8_t *close = memchr(s.p, '}', s.n), *dash = memchr(s.p, '-', s.n);
	uint64_t group;

	sub->kind = CLAM_SUB_MACRO;
	if (i == 0)
		return clam_error(l->c, s, "a macro cannot be the first subsignature");
	if (close == NULL || dash == NULL || dash > close || s.p[s.n - 1] != '$' ||
	    !clam_number(span_cut(s, 2, (uint64_t)(dash - s.p) - 2), INT32_MAX, &sub->min) ||
	    !clam_number((struct span){ dash + 1, (size_t)(close - dash) - 1 }, INT32_MAX,
			 &sub->max) ||
	    !clam_number((struct span){ close + 1, (size_t)(s.p + s.n - 1 - close) - 1 },
			 CLAM_MAX_GROUPS - 1, &group))
		return clam_error(l->c, s, "expected a macro such as ${0-16}7$");
	if (l->sub[i - 1].kind != CLAM_SUB_BODY)
		return clam_error(l->c, s, "a macro must stand behind a body");
	for (size_t k = 0; k < l->c->macros.n / sizeof *m; k++)
		if (m[k].group == group) {
			uint32_t string = clam_string(l->c, m[k].hex, s, PATTERN_ASCII);
			sub->string = sub->n_strings++ == 0 ? string : sub->string;
		}
	return sub->n_strings != 0 ||
	       clam_error(l->c, s, "no signature belongs to macro group %u", (unsigned)group);
}

static uint32_t start_of(struct clam *c, uint32_t string, uint32_t which, uint64_t more)
{
	uint32_t at = clam_node(c, COND_OFFSET, VALUE_INT, string, which, 0);
	uint32_t n = clam_int(c, (int64_t)more);
	return clam_node(c, COND_ADD, VALUE_INT, at, n, 0);
}

/* The loop's match of that string starts where it may, and `also`. */
static uint32_t at_its_place(struct clam *c, uint32_t string, const struct clam_offset *o,
			     uint32_t also)
{
	uint32_t all[3], end[2] = { clam_low_end(c, o), clam_high_end(c, o) };

	for (size_t k = 0; k < 2; k++) {
		uint32_t var = clam_node(c, COND_VAR, VALUE_INT, 0, 0, 0);
		uint32_t at = clam_node(c, COND_OFFSET, VALUE_INT, string, var, 0);
		all[k] = clam_node(c, k == 0 ? COND_GE : COND_LE, VALUE_BOOL, at, end[k], 0);
	}
	all[2] = also;
	return clam_all(c, COND_AND, all, 3);
}

/* for any i in (1..#before): any of the group in (@before[i] + min..@before[i] + max) */
static uint32_t macro_found(struct clam_logic *l, size_t i)
{
	struct clam *c = l->c;
	const struct clam_sub *sub = &l->sub[i];
	uint32_t before = l->sub[i - 1].string, one[CLAM_MAX_FIELDS];
	size_t n = 0;

	uint32_t first = clam_int(c, 1);
	uint32_t last = clam_node(c, COND_COUNT, VALUE_INT, before, 0, 0);
	uint32_t all = clam_node(c, COND_RANGE, VALUE_INT, first, last, 0);
	for (uint32_t k = 0; k < sub->n_strings; k++) {
		if (n == CLAM_MAX_FIELDS) { /* a group may have any number */
			one[0] = clam_all(c, COND_OR, one, n);
			n = 1;
		}
		uint32_t var = clam_node(c, COND_VAR, VALUE_INT, 0, 0, 0);
		uint32_t low = start_of(c, before, var, sub->min);
		uint32_t high = start_of(c, before, var, sub->max);
		uint32_t range = clam_node(c, COND_RANGE, VALUE_INT, low, high, 0);
		one[n++] = clam_node(c, COND_FOUND_IN, VALUE_BOOL, sub->string + k, range, 0);
	}
	uint32_t body = clam_all(c, COND_OR, one, n);
	if (is_placed(&l->sub[i - 1].at))
		body = at_its_place(c, before, &l->sub[i - 1].at, body);
	uint32_t any = clam_node(c, COND_ANY, VALUE_UNDEFINED, 0, 0, 0);
	return clam_node(c, COND_FOR_IN, VALUE_BOOL, all, body, any);
}

/* ---- id(offset#options#comparison[,comparison]) */

static bool read_number(struct clam_logic *l, size_t i, struct span s)
{
	struct clam_sub *sub = &l->sub[i];
	const uint8_t *open = memchr(s.p, '(', s.n);
	struct span field[CLAM_MAX_FIELDS];
	uint64_t of;

	sub->kind = CLAM_SUB_NUMBER;
	size_t k = (size_t)(open - s.p);
	if (s.p[s.n - 1] != ')' || !clam_number(span_cut(s, 0, k), CLAM_MAX_SUBS - 1, &of))
		return clam_error(l->c, s, "expected a byte comparison such as 0(>>4#hb2#=16)");
	if (of >= i || l->sub[of].kind != CLAM_SUB_BODY)
		return clam_error(l->c, s,
				  "a byte comparison is measured from a body that stands before");
	if (clam_split((struct span){ open + 1, s.n - k - 2 }, '#', field) != 3)
		return clam_error(l->c, s, "expected offset#options#comparison");
	sub->of = (uint32_t)of;
	sub->offset = field[0];
	sub->form = field[1];
	sub->compare = field[2];
	return true;
}

/* 10, 0x1f, 017, as in C. */
static bool c_number(struct span s, int64_t *out)
{
	bool minus = s.n > 1 && s.p[0] == '-';
	uint64_t v = 0;

	if (minus)
		s = span_cut(s, 1, s.n);
	unsigned base = starts(s, "0x") || starts(s, "0X") ? 16 : s.n > 1 && s.p[0] == '0' ? 8 : 10;
	if (base == 16)
		s = span_cut(s, 2, s.n);
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int d = text_hex_digit(s.p[i]);
		if (d < 0 || (unsigned)d >= base || v > ((uint64_t)INT64_MAX - (unsigned)d) / base)
			return false;
		v = v * base + (unsigned)d;
	}
	*out = minus ? -(int64_t)v : (int64_t)v; /* v is at most INT64_MAX */
	return true;
}

static bool number_offset(struct clam *c, struct span s, int64_t *out)
{
	uint64_t n;

	if (clam_number(s, INT32_MAX, &n)) {
		*out = (int64_t)n;
		return n == 0 || clam_error(c, s, "expected 0, >>n or <<n");
	}
	bool back = starts(s, "<<");
	if ((!back && !starts(s, ">>")) || !c_number(span_cut(s, 2, s.n), out))
		return clam_error(c, s, "expected 0, >>n or <<n");
	*out = back ? -*out : *out;
	return true;
}

/* h, d, a or i; l or b, without which ClamAV's comparison never succeeds (d alone is always b); e;
 * how many bytes. */
static bool check_form(struct clam *c, struct span s)
{
	size_t i = 1;
	uint64_t n;

	if (s.n < 2 || memchr("hdai", s.p[0], 4) == NULL)
		return clam_error(c, s, "expected h, d, a or i");
	bool order = s.p[i] == 'l' || s.p[i] == 'b';
	if (order)
		i++;
	if (i < s.n && s.p[i] == 'e')
		i++;
	if (!clam_number(span_cut(s, i, s.n), s.p[0] == 'i' ? 8 : 18, &n) || n == 0)
		return clam_error(c, s, "expected how many bytes");
	if (s.p[0] == 'i' && n != 1 && n != 2 && n != 4 && n != 8)
		return clam_error(c, s, "a binary number has 1, 2, 4 or 8 bytes");
	if (!order && s.p[0] != 'd')
		return clam_error(c, s,
				  "expected the order of bytes, l or b: without it nothing "
				  "is ever equal");
	return true;
}

/* The number of the last match that starts where it may; of none it is not asked. */
static uint32_t last_match(struct clam *c, uint32_t string, const struct clam_offset *o)
{
	if (!is_placed(o))
		return clam_node(c, COND_COUNT, VALUE_INT, string, 0, 0);
	uint32_t zero = clam_int(c, 0), high = clam_high_end(c, o);
	uint32_t range = clam_node(c, COND_RANGE, VALUE_INT, zero, high, 0);
	return clam_node(c, COND_COUNT_IN, VALUE_INT, string, range, 0);
}

static uint32_t one_comparison(struct clam *c, struct clam_logic *l, size_t i, struct span text)
{
	const struct clam_sub *sub = &l->sub[i];
	uint32_t string = l->sub[sub->of].string, argument[2];
	int64_t offset, value;

	if (!number_offset(c, sub->offset, &offset) || !check_form(c, sub->form))
		return COND_NONE;
	if (text.n < 2 || (text.p[0] != '=' && text.p[0] != '<' && text.p[0] != '>') ||
	    !c_number(span_cut(text, 1, text.n), &value)) {
		(void)clam_error(c, text, "expected a comparison such as >16 or =0x10");
		return COND_NONE;
	}
	uint32_t last = last_match(c, string, &l->sub[sub->of].at);
	uint32_t at = clam_node(c, COND_OFFSET, VALUE_INT, string, last, 0);
	uint32_t more = clam_int(c, offset);
	argument[0] = clam_node(c, COND_ADD, VALUE_INT, at, more, 0);
	argument[1] = clam_text(c, sub->form);
	uint32_t a = clam_call(c, CLAM_NUMBER, argument, 2), b = clam_int(c, value);
	return clam_node(c,
			 text.p[0] == '='   ? COND_EQ
			 : text.p[0] == '<' ? COND_LT
					    : COND_GT,
			 VALUE_BOOL, a, b, 0);
}

static uint32_t number_found(struct clam_logic *l, size_t i)
{
	const struct clam_sub *of = &l->sub[l->sub[i].of];
	struct span part[CLAM_MAX_FIELDS];
	uint32_t node[3];
	size_t n = clam_split(l->sub[i].compare, ',', part);

	if (n > 2) {
		(void)clam_error(l->c, l->sub[i].compare, "at most two comparisons");
		return COND_NONE;
	}
	for (size_t k = 0; k < n; k++) {
		node[k] = one_comparison(l->c, l, i, part[k]);
		if (node[k] == COND_NONE)
			return COND_NONE;
	}
	if (is_placed(&of->at))
		node[n++] = clam_found(l->c, of->string, &of->at);
	return clam_all(l->c, COND_AND, node, n);
}

/* ---- fuzzy_img#hash[#distance] */

enum { IMAGE_DIGITS = 16 };

static bool read_image(struct clam_logic *l, size_t i, struct span s)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split(s, '#', field);
	uint64_t distance = 0;

	l->sub[i].kind = CLAM_SUB_IMAGE;
	if (n < 2 || n > 3 || field[1].n != IMAGE_DIGITS)
		return clam_error(l->c, s, "expected fuzzy_img# and %d hexadecimal digits",
				  IMAGE_DIGITS);
	for (size_t k = 0; k < IMAGE_DIGITS; k++)
		if (text_hex_digit(field[1].p[k]) < 0)
			return clam_error(l->c, field[1], "expected hexadecimal digits");
	if (n == 3 && (!clam_number(field[2], UINT32_MAX, &distance) || distance != 0))
		return clam_error(l->c, field[2],
				  "a distance other than 0 is not there, as in ClamAV");
	l->sub[i].text = field[1];
	return true;
}

static uint32_t image_found(struct clam_logic *l, size_t i)
{
	uint8_t low[IMAGE_DIGITS];

	for (size_t k = 0; k < IMAGE_DIGITS; k++)
		low[k] = (uint8_t) "0123456789abcdef"[text_hex_digit(l->sub[i].text.p[k])];
	return clam_text_is(l->c, MODULE_CLAMAV, CLAM_IMAGE, (struct span){ low, IMAGE_DIGITS });
}

/* ---- [offset:]body[::modifiers] */

static bool modifiers(struct clam *c, struct span s, uint32_t *flags)
{
	*flags = 0;
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case 'i':
			*flags |= PATTERN_NOCASE;
			break;
		case 'w':
			*flags |= PATTERN_WIDE;
			break;
		case 'a':
			*flags |= PATTERN_ASCII;
			break;
		case 'f':
			*flags |= PATTERN_FULLWORD;
			break;
		default:
			return clam_error(c, span_cut(s, i, 1),
					  "an unknown modifier; i, w, a and f are known");
		}
	return true;
}

static bool read_body(struct clam_logic *l, size_t i, struct span s)
{
	struct clam_sub *sub = &l->sub[i];
	uint32_t flags = PATTERN_ASCII;
	size_t colon = 0;

	sub->kind = CLAM_SUB_BODY;
	for (size_t k = 0; k + 1 < s.n; k++)
		if (s.p[k] == ':' && s.p[k + 1] == ':') {
			if (!modifiers(l->c, span_cut(s, k + 2, s.n), &flags))
				return false;
			s.n = k;
			break;
		}
	if ((flags & PATTERN_WIDE) == 0)
		flags |= PATTERN_ASCII;
	while (colon < s.n && s.p[colon] != ':')
		colon++;
	if (colon < s.n) {
		struct span where = span_cut(s, 0, colon);
		if (!clam_offset(l->c, where, &sub->at) ||
		    !clam_offset_fits(l->c, where, &sub->at, l->target))
			return false;
		s = span_cut(s, colon + 1, s.n);
	}
	if (sub->at.base == CLAM_GROUP)
		return clam_error(l->c, s, "a subsignature cannot be of a macro group");
	if (s.n == 0)
		return clam_error(l->c, sub->text, "a subsignature without a body");
	sub->string = clam_string(l->c, s, s, flags);
	return true;
}

/* ---- all kinds */

bool clam_sub_read(struct clam_logic *l, size_t i, struct span text)
{
	l->sub[i] = (struct clam_sub){ .text = text };
	if (text.n == 0)
		return clam_error(l->c, text, "an empty subsignature");
	if (starts(text, "${"))
		return read_macro(l, i, text);
	if (memchr(text.p, '/', text.n) != NULL)
		return clam_regex_read(l, i, text);
	if (starts(text, "fuzzy_img#"))
		return read_image(l, i, text);
	if (memchr(text.p, '#', text.n) != NULL && memchr(text.p, '(', text.n) != NULL)
		return read_number(l, i, text);
	return read_body(l, i, text);
}

uint32_t clam_sub_found(struct clam_logic *l, size_t i)
{
	const struct clam_sub *sub = &l->sub[i];

	switch (sub->kind) {
	case CLAM_SUB_MACRO:
		return macro_found(l, i);
	case CLAM_SUB_NUMBER:
		return number_found(l, i);
	case CLAM_SUB_PCRE:
		return clam_regex_found(l, i);
	case CLAM_SUB_IMAGE:
		return image_found(l, i);
	default:
		return clam_found(l->c, sub->string, &sub->at);
	}
}

uint32_t clam_as_number(struct clam *c, uint32_t yes)
{
	const struct field *f = field_find(math_module.fields, span_of("to_number"));
	size_t n;

	if (yes == COND_NONE || f == NULL)
		return COND_NONE;
	ruleset_rules(c->set, &n)[c->rule].modules |= 1u << MODULE_MATH;
	uint32_t m = clam_node(c, COND_MODULE, VALUE_STRUCT, MODULE_MATH, 0, 0);
	return clam_else_zero(c, clam_call_of(c, m, (uint32_t)(f - math_module.fields), &yes, 1));
}

uint32_t clam_sub_count(struct clam_logic *l, size_t i)
{
	const struct clam_sub *sub = &l->sub[i];

	if (sub->kind == CLAM_SUB_BODY)
		return clam_count(l->c, sub->string, &sub->at);
	if (sub->kind == CLAM_SUB_PCRE)
		return clam_regex_count(l, i);
	return clam_as_number(l->c, clam_sub_found(l, i)); /* what is no body is counted once */
}
