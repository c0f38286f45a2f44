/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dotnet.h"

/*
 * Types as texts, in C#'s words where it has them: from signatures (ECMA-335, II.23.2) and from the
 * tables TypeDef, TypeRef and TypeSpec.  A text is put together in one buffer, from left to right;
 * what fails is cut off again.
 */

enum {
	TYPEDEF_FLAGS = 0,
	TYPEDEF_NAME = 1,
	TYPEDEF_NAMESPACE = 2,
	TYPEREF_NAME = 1,
	TYPEREF_NAMESPACE = 2
};
enum { NESTED_ENCLOSING = 1 };

/* Element types (II.23.1.16). */
enum {
	E_PTR = 0x0f,
	E_BYREF = 0x10,
	E_VALUETYPE = 0x11,
	E_CLASS = 0x12,
	E_VAR = 0x13,
	E_ARRAY = 0x14,
	E_GENERICINST = 0x15,
	E_FNPTR = 0x1b,
	E_SZARRAY = 0x1d,
	E_MVAR = 0x1e,
	E_CMOD_REQD = 0x1f,
	E_CMOD_OPT = 0x20,
};

static const char *const primitive[0x20] = {
	[0x01] = "void",    [0x02] = "bool",   [0x03] = "char",           [0x04] = "sbyte",
	[0x05] = "byte",    [0x06] = "short",  [0x07] = "ushort",         [0x08] = "int",
	[0x09] = "uint",    [0x0a] = "long",   [0x0b] = "ulong",          [0x0c] = "float",
	[0x0d] = "double",  [0x0e] = "string", [0x16] = "TypedReference", [0x18] = "IntPtr",
	[0x19] = "UIntPtr", [0x1c] = "object",
};

struct maker {
	struct dotnet_types *t;
	const struct dotnet_generics *of_class, *of_method;
};

/* ---- numbers */

uint32_t dotnet_number(struct cursor *c)
{
	struct cursor ahead = *c;
	uint8_t first = cursor_u8(&ahead);
	uint32_t v = first;
	size_t n = (first & 0x80) == 0      ? 1
		   : (first & 0xc0) == 0x80 ? 2
		   : (first & 0xe0) == 0xc0 ? 4
					    : 0;

	if (n == 0 || cursor_left(c) < n)
		return 0;
	ahead = *c;
	if (n == 2)
		v = cursor_be16(&ahead) & 0x3fff;
	else if (n == 4)
		v = cursor_be32(&ahead) & 0x1fffffff;
	cursor_skip(c, n);
	return v;
}

/* A signed one, rotated by one bit; with the signs that YARA gives those of two and of four bytes.
 */
static int64_t signed_number(struct cursor *c)
{
	size_t before = cursor_left(c);
	uint32_t v = dotnet_number(c);
	size_t n = before - cursor_left(c);
	bool negative = (v & 1) != 0;

	v >>= 1;
	if (!negative)
		return v;
	return n == 1   ? (int64_t)v - 0x40
	       : n == 2 ? (int64_t)(v | 0xc000)
			: (int64_t)v - 0x20000000;
}

/* ---- the buffer */

static bool put(struct dotnet_types *t, struct span s)
{
	if (s.n > DOTNET_MAX_TYPE_TEXT - t->n_text)
		return false;
	if (s.n != 0)
		memcpy(t->text + t->n_text, s.p, s.n);
	t->n_text += s.n;
	return true;
}

static bool put_char(struct dotnet_types *t, char c)
{
	return put(t, (struct span){ (const uint8_t *)&c, 1 });
}

static bool put_number(struct dotnet_types *t, int64_t v)
{
	uint8_t text[24];
	size_t n = sizeof text;
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		text[--n] = (uint8_t)('0' + left % 10);
	while ((left /= 10) != 0);
	if (v < 0)
		text[--n] = '-';
	return put(t, (struct span){ text + n, sizeof text - n });
}

/* ---- names */

static struct span kept(struct dotnet_types *t, struct span s)
{
	struct span none = { NULL, 0 };

	if (s.n > t->output) {
		t->output = 0;
		return none;
	}
	t->output -= s.n;
	const uint8_t *p = arena_copy(t->arena, s.p, s.n);
	t->d->spent = t->d->spent || p == NULL;
	return p != NULL ? (struct span){ p, s.n } : none;
}

static size_t backquote(struct span s)
{
	const uint8_t *p = s.n != 0 ? memchr(s.p, '`', s.n) : NULL;

	return p != NULL ? (size_t)(p - s.p) : s.n;
}

struct span dotnet_join(struct dotnet_types *t, struct span name, struct span namespace)
{
	if (name.n == 0)
		return namespace;
	if (namespace.n == 0)
		return (struct span){ name.p, backquote(name) };
	size_t n = namespace.n + 1 + name.n;
	uint8_t *p = n <= t->output ? arena_alloc(t->arena, n) : NULL;
	if (p == NULL) {
		t->d->spent = t->d->spent || n <= t->output;
		t->output = 0;
		return (struct span){ NULL, 0 };
	}
	t->output -= n;
	memcpy(p, namespace.p, namespace.n);
	p[namespace.n] = '.';
	memcpy(p + namespace.n + 1, name.p, name.n);
	return (struct span){ p, backquote((struct span){ p, n }) };
}

bool dotnet_is_nested(uint32_t flags) { return (flags & 7) >= 2; }

/* The same, at a depth: beyond DOTNET_MAX_NESTING there is nothing outside. */
static struct span outside_of(struct dotnet_types *t, uint32_t row, unsigned depth)
{
	const struct dotnet *d = t->d;
	struct span none = { NULL, 0 };
	uint32_t nested = row <= d->table[TABLE_TYPEDEF].n ? t->enclosing[row] : 0;

	if (nested == 0 || depth > DOTNET_MAX_NESTING)
		return none;
	uint32_t outer = dotnet_get(d, TABLE_NESTEDCLASS, nested, NESTED_ENCLOSING);
	if (!dotnet_row_there(d, TABLE_TYPEDEF, outer))
		return none;
	struct span name = dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, outer, TYPEDEF_NAME));
	if (span_is(name, "<Module>"))
		return none;
	struct span namespace =
		dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, outer, TYPEDEF_NAMESPACE));
	if (dotnet_is_nested(dotnet_get(d, TABLE_TYPEDEF, outer, TYPEDEF_FLAGS)) && outer != row)
	namespace = dotnet_join(t, namespace, outside_of(t, outer, depth + 1));
	return dotnet_join(t, name, namespace);
}

struct span dotnet_outside(struct dotnet_types *t, uint32_t row)
{
	if (!t->outside_known[row]) {
		t->outside[row] = outside_of(t, row, 1);
		t->outside_known[row] = true;
	}
	return t->outside[row];
}

/* ---- signatures */

static bool put_type(const struct maker *m, struct cursor *c, unsigned depth);

/* A TypeDefOrRef index: two bits tell the table. */
static bool put_index(const struct maker *m, uint32_t index, unsigned depth)
{
	struct dotnet_types *t = m->t;
	const struct dotnet *d = t->d;
	uint32_t row = index >> 2;
	struct span name, namespace;

	if ((index & 3) == 0 && dotnet_row_there(d, TABLE_TYPEDEF, row)) {
		name = dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, row, TYPEDEF_NAME));
		namespace = dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, row, TYPEDEF_NAMESPACE));
		if (dotnet_is_nested(dotnet_get(d, TABLE_TYPEDEF, row, TYPEDEF_FLAGS)))
		namespace = dotnet_join(t, namespace, dotnet_outside(t, row));
	} else if ((index & 3) == 1 && dotnet_row_there(d, TABLE_TYPEREF, row)) {
		name = dotnet_string(d, dotnet_get(d, TABLE_TYPEREF, row, TYPEREF_NAME));
		namespace = dotnet_string(d, dotnet_get(d, TABLE_TYPEREF, row, TYPEREF_NAMESPACE));
	} else if ((index & 3) == 2 && dotnet_row_there(d, TABLE_TYPESPEC, row)) {
		struct maker inner = { t, m->of_class, NULL };
		struct span blob;
		if (!dotnet_blob_index(d, dotnet_get(d, TABLE_TYPESPEC, row, 0), &blob))
			return false;
		struct cursor c = cursor_of(blob);
		return put_type(&inner, &c, depth);
	} else {
		return false;
	}
	if (name.n == 0)
		return namespace.p != NULL && put(t, namespace);
	/* the backquote counts from the namespace on */
	size_t start = t->n_text;
	if (namespace.n != 0 && !(put(t, namespace) && put_char(t, '.')))
		return false;
	if (!put(t, name))
		return false;
	t->n_text = start + backquote((struct span){ t->text + start, t->n_text - start });
	return true;
}

static bool put_generic(struct dotnet_types *t, const struct dotnet_generics *g, uint32_t i)
{
	return g != NULL && i < g->n && put(t, g->name[i]);
}

/* The rank, sizes and lower bounds of an array, behind its type (II.23.2.13). */
static bool put_bounds(struct dotnet_types *t, struct cursor *c)
{
	int64_t size[DOTNET_MAX_RANK], low[DOTNET_MAX_RANK];
	uint32_t rank = dotnet_number(c);

	if (rank == 0 || rank > DOTNET_MAX_RANK)
		return false;
	uint32_t n_sizes = dotnet_number(c);
	for (uint32_t i = 0; i < n_sizes && n_sizes <= rank; i++)
		size[i] = dotnet_number(c);
	uint32_t n_lows = n_sizes <= rank ? dotnet_number(c) : 0;
	if (n_sizes > rank || n_lows > rank)
		return false;
	for (uint32_t i = 0; i < n_lows; i++) {
		low[i] = signed_number(c);
		if (i < n_sizes && low[i] != 0)
			size[i] += low[i] - 1;
	}
	bool ok = put_char(t, '[');
	for (uint32_t i = 0; i < rank; i++) {
		if (i < n_lows && low[i] != 0)
			ok = ok && put_number(t, low[i]) && put(t, span_of("..."));
		if (i < n_sizes)
			ok = ok && put_number(t, size[i]);
		if (i + 1 != rank)
			ok = ok && put_char(t, ',');
	}
	return ok && put_char(t, ']');
}

/* n types with something between them; what makes no sense is left out, as YARA does. */
static bool put_types(const struct maker *m, struct cursor *c, uint32_t n, const char *between,
		      unsigned depth)
{
	for (uint32_t i = 0; i < n; i++) {
		size_t start = m->t->n_text;
		if (i > 0 && !put(m->t, span_of(between)))
			return false;
		if (!put_type(m, c, depth)) {
			m->t->n_text = start;
			if (cursor_left(c) == 0 || m->t->steps == 0)
				break; /* nor will the others */
		}
	}
	return true;
}

static bool put_function(const struct maker *m, struct cursor *c, unsigned depth)
{
	if (cursor_left(c) == 0)
		return false;
	cursor_skip(c, 1); /* the calling convention */
	uint32_t n = dotnet_number(c);
	return n <= DOTNET_MAX_PARAMS && put(m->t, span_of("FnPtr<")) && put_type(m, c, depth) &&
	       put_char(m->t, '(') && put_types(m, c, n, ", ", depth) && put(m->t, span_of(")>"));
}

static bool put_instance(const struct maker *m, struct cursor *c, unsigned depth)
{
	if (!put_type(m, c, depth))
		return false;
	uint32_t n = dotnet_number(c);
	return n <= DOTNET_MAX_GENERIC_ARGS && put_char(m->t, '<') &&
	       put_types(m, c, n, ",", depth) && put_char(m->t, '>');
}

static bool put_element(const struct maker *m, uint8_t type, struct cursor *c, unsigned depth)
{
	struct dotnet_types *t = m->t;

	if (type < sizeof primitive / sizeof *primitive && primitive[type] != NULL)
		return put(t, span_of(primitive[type]));
	switch (type) {
	case E_PTR:
		return put(t, span_of("Ptr<")) && put_type(m, c, depth) && put_char(t, '>');
	case E_BYREF:
		return put(t, span_of("ref ")) && put_type(m, c, depth);
	case E_VALUETYPE:
	case E_CLASS:
		return put_index(m, dotnet_number(c), depth);
	case E_VAR:
		return put_generic(t, m->of_class, dotnet_number(c));
	case E_MVAR:
		return put_generic(t, m->of_method, dotnet_number(c));
	case E_ARRAY:
		return put_type(m, c, depth) && put_bounds(t, c);
	case E_GENERICINST:
		return put_instance(m, c, depth);
	case E_FNPTR:
		return put_function(m, c, depth);
	case E_SZARRAY:
		return put_type(m, c, depth) && put(t, span_of("[]"));
	case E_CMOD_REQD:
	case E_CMOD_OPT:
		(void)dotnet_number(c);
		return put_type(m, c, depth);
	default:
		return false;
	}
}

/* The recursion ends at DOTNET_MAX_TYPE_DEPTH and, all in all, where the steps are spent. */
static bool put_type(const struct maker *m, struct cursor *c, unsigned depth)
{
	size_t start = m->t->n_text;

	if (cursor_left(c) == 0 || depth > DOTNET_MAX_TYPE_DEPTH || m->t->steps == 0)
		return false;
	m->t->steps--;
	if (put_element(m, cursor_u8(c), c, depth + 1))
		return true;
	m->t->n_text = start;
	return false;
}

struct span dotnet_type_text(struct dotnet_types *t, struct cursor *c,
			     const struct dotnet_generics *of_class,
			     const struct dotnet_generics *of_method)
{
	struct maker m = { t, of_class, of_method };

	t->n_text = 0;
	if (!put_type(&m, c, 0))
		return (struct span){ NULL, 0 };
	return kept(t, (struct span){ t->text, t->n_text });
}

struct span dotnet_type_name(struct dotnet_types *t, uint32_t index,
			     const struct dotnet_generics *of_class)
{
	struct maker m = { t, of_class, NULL };

	t->n_text = 0;
	if (!put_index(&m, index, 0))
		return (struct span){ NULL, 0 };
	return kept(t, (struct span){ t->text, t->n_text });
}
