/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/dex.h"
#include "format/range.h"

/* YARA compares C strings: what stands behind a NUL does not count. */
static struct span text_of(struct span s)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	return s;
}

/* Is the value, if it is defined, what the argument says (a string or a regular expression)? */
static bool agrees(struct call *c, size_t arg, const struct value *v)
{
	const struct value *want = &c->args[arg];

	/* many methods may share one long text */
	if (want->kind == VALUE_REGEX)
		return range_steps(c, v->s.n) && c->regex(c->ctx, want->i, text_of(v->s));
	struct span text = text_of(want->s);
	return span_equal(text_of(span_cut(v->s, 0, (uint64_t)text.n + 1)), text);
}

/* Looks for a method of the class that argument `of` names (if it is not negative) and of the name
 * that argument `name` says (likewise). */
static bool has(struct call *c, int of, int name, struct value *out)
{
	const struct value *list = &c->top[DEX_METHODS];

	if (c->top[DEX_N_METHODS].kind != VALUE_INT || list->kind != VALUE_ARRAY)
		return false;
	value_int(out, 0);
	for (size_t i = 0; i < (uint64_t)c->top[DEX_N_METHODS].i && i < list->list->n; i++) {
		const struct value *v = list->list->item[i].slots;
		if (*c->steps == 0)
			return false;
		--*c->steps;
		/* an undefined class agrees with any, but only where a name is asked for as well */
		if (of >= 0 && (v[DEX_METHOD_CLASS].kind == VALUE_STRING
					? !agrees(c, (size_t)of, &v[DEX_METHOD_CLASS])
					: name < 0))
			continue;
		if (name >= 0 && (v[DEX_METHOD_NAME].kind != VALUE_STRING ||
				  !agrees(c, (size_t)name, &v[DEX_METHOD_NAME])))
			continue;
		value_int(out, 1);
		break;
	}
	return true;
}

bool dex_has_method(struct call *c, struct value *out) { return has(c, -1, 0, out); }
bool dex_has_method_of(struct call *c, struct value *out) { return has(c, 0, 1, out); }
bool dex_has_method_like(struct call *c, struct value *out) { return has(c, -1, 0, out); }
bool dex_has_method_of_like(struct call *c, struct value *out) { return has(c, 0, 1, out); }
bool dex_has_class(struct call *c, struct value *out) { return has(c, 0, -1, out); }
bool dex_has_class_like(struct call *c, struct value *out) { return has(c, 0, -1, out); }

/* ---- YARA-X's */

static const struct value *string_at(struct call *c, int64_t index)
{
	const struct value *list = &c->top[DEX_STRINGS];

	if (list->kind != VALUE_ARRAY || index < 0 || (uint64_t)index >= list->list->n ||
	    list->list->item[index].kind != VALUE_STRUCT)
		return NULL;
	return &list->list->item[index].slots[DEX_STRING_VALUE];
}

static bool is_string(struct call *c, int64_t index)
{
	const struct value *v = string_at(c, index);
	return v != NULL && span_equal(v->s, c->args[0].s);
}

/* One of `table` for which `index_of` gives the string that argument 0 says. */
static bool contains(struct call *c, enum dex_field table,
		     int64_t (*index_of)(const struct call *c, const struct value *slots, size_t i),
		     struct value *out)
{
	const struct value *list = &c->top[table];

	if (c->top[DEX_IS_DEX].kind != VALUE_BOOL)
		return false;
	value_int(out, 0);
	for (size_t i = 0; list->kind == VALUE_ARRAY && i < list->list->n; i++) {
		if (*c->steps == 0)
			return false;
		--*c->steps;
		if (is_string(c, index_of(c, list->list->item[i].slots, i))) {
			value_int(out, 1);
			break;
		}
	}
	return true;
}

/* Slots that are NULL found no memory. */
static int64_t itself(const struct call *c, const struct value *slots, size_t i)
{
	(void)c;
	(void)slots;
	return (int64_t)i;
}

static int64_t method_name(const struct call *c, const struct value *slots, size_t i)
{
	(void)c;
	(void)i;
	return slots != NULL ? slots[DEX_METHOD_ID_NAME_IDX].i : -1;
}

static int64_t class_name(const struct call *c, const struct value *slots, size_t i)
{
	const struct value *types = &c->top[DEX_TYPES];
	int64_t type = slots != NULL ? slots[DEX_CLASS_CLASS_IDX].i : -1;

	(void)i;
	if (types->kind != VALUE_ARRAY || type < 0 || (uint64_t)type >= types->list->n)
		return -1;
	slots = types->list->item[type].slots;
	return slots != NULL ? slots[DEX_TYPE_DESCRIPTOR_IDX].i : -1;
}

bool dex_contains_string(struct call *c, struct value *out)
{
	return contains(c, DEX_STRINGS, itself, out);
}

bool dex_contains_method(struct call *c, struct value *out)
{
	return contains(c, DEX_METHOD_IDS, method_name, out);
}

bool dex_contains_class(struct call *c, struct value *out)
{
	return contains(c, DEX_CLASSES, class_name, out);
}

/* Bytes from `at` to the end, and a step for each; false where it is no DEX file. */
static bool rest(struct call *c, int64_t at, struct span *out)
{
	struct value offset, length;

	value_int(&offset, at);
	value_int(&length, INT64_MAX);
	return c->top[DEX_IS_DEX].kind == VALUE_BOOL && range_of(c, &offset, &length, out);
}

/* Adler-32 (RFC 1950) of what stands behind the checksum. */
bool dex_checksum(struct call *c, struct value *out)
{
	enum { MODULO = 65521, RUN = 5552 /* bytes that cannot overflow 32 bits */ };
	uint32_t a = 1, b = 0;
	struct span s;

	if (!rest(c, 12, &s))
		return false;
	for (size_t i = 0; i < s.n;) {
		size_t end = s.n - i < RUN ? s.n : i + RUN;
		for (; i < end; i++) {
			a += s.p[i];
			b += a;
		}
		a %= MODULO;
		b %= MODULO;
	}
	value_int(out, (int64_t)(b << 16 | a));
	return true;
}

bool dex_signature(struct call *c, struct value *out)
{
	char hex[HASH_MAX_HEX + 1];
	struct span s;

	if (!rest(c, 32, &s) || !hash_hex(HASH_SHA1, s, hex))
		return false;
	const uint8_t *copy = arena_copy(c->arena, hex, 2 * hash_size(HASH_SHA1));
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, 2 * hash_size(HASH_SHA1) });
	return true;
}
