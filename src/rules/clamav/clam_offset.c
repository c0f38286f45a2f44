/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/clam_parse.h"

/*
 * Offsets (reference engine C.1.3):
 *   * | n | EOF-n | EP+n | EP-n | Sx+n | Sx-n | SL+n | SL-n | SEx | VI | $g$,  each perhaps with
 *   ,maxshift
 */

enum { MAX_TEXT = 64 };

static bool starts(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* +n or -n */
static bool distance(struct clam *c, struct span s, int64_t *out)
{
	uint64_t v;

	if (s.n < 2 || (s.p[0] != '+' && s.p[0] != '-') ||
	    !clam_number(span_cut(s, 1, s.n), INT32_MAX, &v))
		return clam_error(c, s, "expected a distance such as +16 or -16");
	*out = s.p[0] == '-' ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool section(struct clam *c, struct span s, struct clam_offset *out)
{
	size_t n = 1;

	if (starts(s, "SL")) {
		out->base = CLAM_SL;
		return distance(c, span_cut(s, 2, s.n), &out->n);
	}
	if (starts(s, "SE")) {
		out->base = CLAM_SE;
		return clam_number(span_cut(s, 2, s.n), UINT16_MAX, &out->section) ||
		       clam_error(c, s, "expected the number of a section: SE0");
	}
	out->base = CLAM_S;
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return (clam_number(span_cut(s, 1, n - 1), UINT16_MAX, &out->section) ||
		clam_error(c, s, "expected the number of a section: S0+0")) &&
	       distance(c, span_cut(s, n, s.n), &out->n);
}

static bool base(struct clam *c, struct span s, struct clam_offset *out)
{
	uint64_t n;

	if (starts(s, "EP")) {
		out->base = CLAM_EP;
		return distance(c, span_cut(s, 2, s.n), &out->n);
	}
	if (starts(s, "EOF-")) {
		out->base = CLAM_END;
		if (!clam_number(span_cut(s, 4, s.n), INT32_MAX, &n))
			return clam_error(c, s, "expected a number of bytes: EOF-16");
		out->n = (int64_t)n;
		return true;
	}
	if (span_is(s, "VI")) {
		out->base = CLAM_VI;
		return true;
	}
	if (s.n > 2 && s.p[0] == '$' && s.p[s.n - 1] == '$') {
		out->base = CLAM_GROUP;
		return clam_number(span_cut(s, 1, s.n - 2), CLAM_MAX_GROUPS - 1, &out->section) ||
		       clam_error(c, s, "expected a macro group, 0 to %d", CLAM_MAX_GROUPS - 1);
	}
	if (starts(s, "S"))
		return section(c, s, out);
	out->base = CLAM_START;
	if (!clam_number(s, UINT32_MAX, &n))
		return clam_error(
			c, s, "expected an offset: *, n, EOF-n, EP+n, Sx+n, SL+n, SEx, VI, $g$");
	out->n = (int64_t)n;
	return true;
}

bool clam_offset(struct clam *c, struct span s, struct clam_offset *out)
{
	const uint8_t *comma = memchr(s.p, ',', s.n);

	*out = (struct clam_offset){ .base = CLAM_ANYWHERE };
	if (span_is(s, "*"))
		return true;
	if (s.n > MAX_TEXT)
		return clam_error(c, s, "an offset of over %d characters", MAX_TEXT);
	if (comma != NULL) {
		struct span shift = span_cut(s, (uint64_t)(comma - s.p) + 1, s.n);
		if (!clam_number(shift, INT32_MAX, &out->shift))
			return clam_error(c, shift, "expected by how much it may be farther");
		s.n = (size_t)(comma - s.p);
	}
	return base(c, s, out);
}

bool clam_offset_fits(struct clam *c, struct span s, const struct clam_offset *o, uint64_t target)
{
	bool part = o->base >= CLAM_EP && o->base <= CLAM_VI;

	return !part || target == CLAM_PE || target == CLAM_ELF || target == CLAM_MACHO ||
	       clam_error(c, s, "the offset is of a program's part: the target must be 1, 6 or 9");
}

/* ---- as conditions */

static uint32_t add(struct clam *c, uint32_t a, int64_t n)
{
	if (n == 0)
		return a;
	uint32_t b = clam_int(c, n < 0 ? -n : n);
	return clam_node(c, n < 0 ? COND_SUB : COND_ADD, VALUE_INT, a, b, 0);
}

uint32_t clam_low_end(struct clam *c, const struct clam_offset *o)
{
	uint32_t i;

	switch (o->base) {
	case CLAM_END:
		return add(c, clam_node(c, COND_FILESIZE, VALUE_INT, 0, 0, 0), -o->n);
	case CLAM_EP:
		return add(c, clam_field(c, CLAM_ENTRY), o->n);
	case CLAM_SL:
		return add(c, clam_field(c, CLAM_LAST), o->n);
	case CLAM_S:
	case CLAM_SE:
		i = clam_int(c, (int64_t)o->section);
		return add(c, clam_call(c, CLAM_SECTION_AT, &i, 1), o->n);
	default:
		return clam_int(c, o->n);
	}
}

uint32_t clam_shift(struct clam *c, const struct clam_offset *o)
{
	if (o->base != CLAM_SE)
		return clam_int(c, (int64_t)o->shift);
	uint32_t i = clam_int(c, (int64_t)o->section);
	uint32_t end = add(c, clam_call(c, CLAM_SECTION_END, &i, 1), (int64_t)o->shift);
	uint32_t low = clam_low_end(c, o);
	return clam_node(c, COND_SUB, VALUE_INT, end, low, 0);
}

uint32_t clam_high_end(struct clam *c, const struct clam_offset *o)
{
	struct clam_offset end = *o;

	if (o->base == CLAM_SE) {
		uint32_t i = clam_int(c, (int64_t)o->section);
		return add(c, clam_call(c, CLAM_SECTION_END, &i, 1), (int64_t)o->shift);
	}
	end.n = o->base == CLAM_END ? o->n - (int64_t)o->shift : o->n + (int64_t)o->shift;
	return clam_low_end(c, &end);
}

/* The places where a match may start, as a COND_RANGE or an integer; *range says which. */
static uint32_t place_of(struct clam *c, const struct clam_offset *o, bool *range)
{
	uint32_t low = clam_low_end(c, o);

	*range = o->shift != 0 || o->base == CLAM_SE;
	if (!*range)
		return low;
	uint32_t high = clam_high_end(c, o);
	return clam_node(c, COND_RANGE, VALUE_INT, low, high, 0);
}

/* for any i in (1..version_strings): the string stands at version_at(i), or `shift` behind it at
 * most */
static uint32_t found_in_version(struct clam *c, uint32_t string, uint64_t shift)
{
	uint32_t first = clam_int(c, 1), last = clam_field(c, CLAM_VERSION_STRINGS);
	uint32_t all = clam_node(c, COND_RANGE, VALUE_INT, first, last, 0);
	uint32_t var = clam_node(c, COND_VAR, VALUE_INT, 0, 0, 0);
	uint32_t at = clam_call(c, CLAM_VERSION_AT, &var, 1), body;

	if (shift == 0) {
		body = clam_node(c, COND_FOUND_AT, VALUE_BOOL, string, at, 0);
	} else {
		uint32_t again = clam_node(c, COND_VAR, VALUE_INT, 0, 0, 0);
		uint32_t end = add(c, clam_call(c, CLAM_VERSION_AT, &again, 1), (int64_t)shift);
		uint32_t range = clam_node(c, COND_RANGE, VALUE_INT, at, end, 0);
		body = clam_node(c, COND_FOUND_IN, VALUE_BOOL, string, range, 0);
	}
	uint32_t any = clam_node(c, COND_ANY, VALUE_UNDEFINED, 0, 0, 0);
	return clam_node(c, COND_FOR_IN, VALUE_BOOL, all, body, any);
}

uint32_t clam_found(struct clam *c, uint32_t string, const struct clam_offset *o)
{
	bool range;

	if (o->base == CLAM_ANYWHERE)
		return clam_node(c, COND_FOUND, VALUE_BOOL, string, 0, 0);
	if (!c->failed) { /* then the string is there */
		struct ir_string *s = (struct ir_string *)(void *)c->set->strings.p + string;
		if (o->base == CLAM_START && o->shift == 0)
			s->fixed_at = (uint64_t)o->n;
		s->fixed = false;
	}
	if (o->base == CLAM_VI)
		return found_in_version(c, string, o->shift);
	uint32_t both[2], place = place_of(c, o, &range);
	both[0] = clam_node(c, range ? COND_FOUND_IN : COND_FOUND_AT, VALUE_BOOL, string, place, 0);
	if (o->base != CLAM_END)
		return both[0];
	/* a shorter file has no such place, nor those behind it */
	uint32_t size = clam_node(c, COND_FILESIZE, VALUE_INT, 0, 0, 0), n = clam_int(c, o->n);
	both[1] = clam_node(c, COND_GE, VALUE_BOOL, size, n, 0);
	return clam_all(c, COND_AND, both, 2);
}

uint32_t clam_count(struct clam *c, uint32_t string, const struct clam_offset *o)
{
	bool range;

	if (!c->failed)
		((struct ir_string *)(void *)c->set->strings.p)[string].fixed = false;
	if (o->base == CLAM_ANYWHERE)
		return clam_node(c, COND_COUNT, VALUE_INT, string, 0, 0);
	if (o->base == CLAM_VI)
		return clam_as_number(c, found_in_version(c, string, o->shift));
	uint32_t place = place_of(c, o, &range);
	if (!range)
		place = clam_node(c, COND_RANGE, VALUE_INT, place, place, 0);
	uint32_t count = clam_node(c, COND_COUNT_IN, VALUE_INT, string, place, 0);
	if (o->base >= CLAM_EP) /* a program may lack the part: then it is found nowhere */
		return clam_else_zero(c, count);
	if (o->base != CLAM_END)
		return count;
	uint32_t size = clam_node(c, COND_FILESIZE, VALUE_INT, 0, 0, 0), n = clam_int(c, o->n);
	uint32_t enough = clam_as_number(c, clam_node(c, COND_GE, VALUE_BOOL, size, n, 0));
	return enough == COND_NONE ? enough : clam_node(c, COND_MUL, VALUE_INT, enough, count, 0);
}
