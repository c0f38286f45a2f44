/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dotnet.h"

/*
 * The field `classes`: the types that an assembly defines, with what they derive from and their
 * methods.  Made when it is first asked for, since few rules do.
 */

enum { TYPE_FLAGS = 0, TYPE_NAME = 1, TYPE_NAMESPACE = 2, TYPE_EXTENDS = 3, TYPE_METHODS = 5 };
enum { METHOD_FLAGS = 2, METHOD_NAME = 3, METHOD_SIGNATURE = 4, METHOD_PARAMS = 5 };
enum { INTERFACE_CLASS = 0, INTERFACE_INTERFACE = 1, NESTED_CLASS = 0, PARAM_NAME = 2 };
enum { GENERIC_OWNER = 2, GENERIC_NAME = 3 };
enum { OF_TYPE, OF_METHOD }; /* the low bit of a generic parameter's owner */

enum {
	TYPE_INTERFACE = 0x20,
	TYPE_ABSTRACT = 0x80,
	TYPE_SEALED = 0x100, /* II.23.1.15 */
	METHOD_STATIC = 0x10,
	METHOD_FINAL = 0x20,
	METHOD_VIRTUAL = 0x40,
	METHOD_ABSTRACT = 0x400, /* 10 */
	SIGNATURE_GENERIC = 0x10,
	SIGNATURE_SHORTEST = 3,
};

static struct value *add(struct dotnet_types *t, struct value *list)
{
	struct value *v = value_grow(list, t->arena, SIZE_MAX);

	t->d->spent = t->d->spent || v == NULL;
	return v;
}

static struct value *add_slots(struct dotnet_types *t, struct value *list,
			       const struct field *table)
{
	struct value *v = value_grow_slots(list, t->arena, table, SIZE_MAX);

	t->d->spent = t->d->spent || v == NULL;
	return v;
}

static bool make_list(struct dotnet_types *t, struct value *v)
{
	bool ok = value_make_list(v, t->arena, 0);

	t->d->spent = t->d->spent || !ok;
	return ok;
}

/* ---- rows from the other end */

/* Chains the rows of a table that belong to the same one: first[owner], next[row]; in their order.
 */
static void chain(uint32_t *first, uint32_t *next, uint32_t n_owners, uint32_t owner, uint32_t row)
{
	if (owner > n_owners)
		return;
	next[row] = first[owner];
	first[owner] = row;
}

static bool index_rows(struct dotnet_types *t)
{
	const struct dotnet *d = t->d;
	uint32_t n_types = d->table[TABLE_TYPEDEF].n, n_methods = d->table[TABLE_METHODDEF].n;
	uint32_t n_generics = d->table[TABLE_GENERICPARAM].n,
		 n_interfaces = d->table[TABLE_INTERFACEIMPL].n;

	t->enclosing = arena_array(t->arena, n_types + 1, sizeof *t->enclosing);
	t->interface = arena_array(t->arena, n_types + 1, sizeof *t->interface);
	t->outside = arena_array(t->arena, n_types + 1, sizeof *t->outside);
	t->outside_known = arena_array(t->arena, n_types + 1, sizeof *t->outside_known);
	t->generic[OF_TYPE] = arena_array(t->arena, n_types + 1, sizeof(uint32_t));
	t->generic[OF_METHOD] = arena_array(t->arena, n_methods + 1, sizeof(uint32_t));
	t->next_generic = arena_array(t->arena, n_generics + 1, sizeof(uint32_t));
	t->next_interface = arena_array(t->arena, n_interfaces + 1, sizeof(uint32_t));
	t->text = arena_alloc(t->arena, DOTNET_MAX_TYPE_TEXT);
	if (t->enclosing == NULL || t->interface == NULL || t->outside == NULL ||
	    t->outside_known == NULL || t->generic[OF_TYPE] == NULL ||
	    t->generic[OF_METHOD] == NULL || t->next_generic == NULL || t->next_interface == NULL ||
	    t->text == NULL)
		return false;
	/* from the last row to the first, so that chains stand in the tables' order */
	for (uint32_t row = d->table[TABLE_NESTEDCLASS].n; row > 0; row--) {
		uint32_t type = dotnet_get(d, TABLE_NESTEDCLASS, row, NESTED_CLASS);
		if (dotnet_row_there(d, TABLE_NESTEDCLASS, row) && type <= n_types)
			t->enclosing[type] = row;
	}
	for (uint32_t row = n_interfaces; row > 0; row--)
		if (dotnet_row_there(d, TABLE_INTERFACEIMPL, row))
			chain(t->interface, t->next_interface, n_types,
			      dotnet_get(d, TABLE_INTERFACEIMPL, row, INTERFACE_CLASS), row);
	for (uint32_t row = n_generics; row > 0; row--) {
		uint32_t owner = dotnet_get(d, TABLE_GENERICPARAM, row, GENERIC_OWNER);
		if (dotnet_row_there(d, TABLE_GENERICPARAM, row))
			chain(t->generic[owner & 1], t->next_generic,
			      (owner & 1) == OF_TYPE ? n_types : n_methods, owner >> 1, row);
	}
	return true;
}

/* The generic parameters of a type or method; none at all where one has no name. */
static void read_generics(struct dotnet_types *t, unsigned of, uint32_t owner,
			  struct dotnet_generics *out)
{
	uint32_t n = 0;

	*out = (struct dotnet_generics){ NULL, 0 };
	for (uint32_t row = t->generic[of][owner]; row != 0; row = t->next_generic[row])
		n++;
	struct span *name = n != 0 ? arena_array(t->arena, n, sizeof *name) : NULL;
	if (name == NULL) {
		t->d->spent = t->d->spent || n != 0;
		return;
	}
	n = 0;
	for (uint32_t row = t->generic[of][owner]; row != 0; row = t->next_generic[row]) {
		name[n] = dotnet_string(t->d,
					dotnet_get(t->d, TABLE_GENERICPARAM, row, GENERIC_NAME));
		if (name[n++].n == 0)
			return;
	}
	*out = (struct dotnet_generics){ name, n };
}

static void put_generics(struct dotnet_types *t, const struct dotnet_generics *g,
			 struct value *number, struct value *list)
{
	value_int(number, g->n);
	if (!make_list(t, list))
		return;
	for (uint32_t i = 0; i < g->n; i++) {
		struct value *v = add(t, list);
		if (v == NULL)
			return;
		value_string(v, g->name[i]);
	}
}

/* ---- methods */

static void put_text(struct value *v, struct span s)
{
	if (s.p != NULL)
		value_string(v, s);
}

/* P_0, P_1, ...: a parameter without a row. */
static struct span numbered(struct dotnet_types *t, uint32_t i)
{
	uint8_t text[12];
	size_t n = sizeof text;

	do
		text[--n] = (uint8_t)('0' + i % 10);
	while ((i /= 10) != 0);
	n -= 2;
	memcpy(text + n, "P_", 2);
	const uint8_t *p = arena_copy(t->arena, text + n, sizeof text - n);
	t->d->spent = t->d->spent || p == NULL;
	return (struct span){ p, p != NULL ? sizeof text - n : 0 };
}

/* All parameters, or false: then YARA leaves out the method. */
static bool put_params(struct dotnet_types *t, struct value *v, uint32_t first, uint32_t n,
		       struct cursor *c, const struct dotnet_generics *of_class,
		       const struct dotnet_generics *of_method)
{
	const struct dotnet *d = t->d;
	struct value *list = &v[DOTNET_METHOD_PARAMETERS];

	if (first == 0)
		return true;
	if (!make_list(t, list))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = first + i;
		bool listed = row <= d->table[TABLE_PARAM].n;
		if (listed && !dotnet_row_there(d, TABLE_PARAM, row))
			return false;
		struct span name =
			listed ? dotnet_string(d, dotnet_get(d, TABLE_PARAM, row, PARAM_NAME))
			       : numbered(t, i);
		struct span type = dotnet_type_text(t, c, of_class, of_method);
		struct value *p = type.p != NULL ? add_slots(t, list, dotnet_param_fields) : NULL;
		if (p == NULL)
			return false;
		put_text(&p[DOTNET_PARAM_NAME], name);
		value_string(&p[DOTNET_PARAM_TYPE], type);
	}
	value_int(&v[DOTNET_METHOD_NUMBER_OF_PARAMETERS], n);
	return true;
}

static const char *method_visibility(uint32_t flags)
{
	static const char *const word[8] = { "private",  "private",   "private protected",
					     "internal", "protected", "protected internal",
					     "public",   "private" };
	return word[flags & 7];
}

static bool put_method(struct dotnet_types *t, struct value *v, uint32_t row, struct span name,
		       const struct dotnet_generics *of_class)
{
	const struct dotnet *d = t->d;
	uint32_t flags = dotnet_get(d, TABLE_METHODDEF, row, METHOD_FLAGS);
	struct dotnet_generics of_method;
	struct span blob;

	read_generics(t, OF_METHOD, row, &of_method);
	if (!dotnet_blob_index(d, dotnet_get(d, TABLE_METHODDEF, row, METHOD_SIGNATURE), &blob) ||
	    blob.n < SIGNATURE_SHORTEST)
		return false;
	struct cursor c = cursor_of(blob);
	if ((cursor_u8(&c) & SIGNATURE_GENERIC) != 0)
		(void)dotnet_number(&c); /* how many: the table says so too */
	uint32_t n_params = dotnet_number(&c);
	struct span result = dotnet_type_text(t, &c, of_class, &of_method);
	if (result.p == NULL || n_params > DOTNET_MAX_PARAMS ||
	    !put_params(t, v, dotnet_get(d, TABLE_METHODDEF, row, METHOD_PARAMS), n_params, &c,
			of_class, &of_method))
		return false;
	value_string(&v[DOTNET_METHOD_NAME], name);
	value_string(&v[DOTNET_METHOD_VISIBILITY], span_of(method_visibility(flags)));
	value_int(&v[DOTNET_METHOD_STATIC], (flags & METHOD_STATIC) != 0);
	value_int(&v[DOTNET_METHOD_VIRTUAL], (flags & METHOD_VIRTUAL) != 0);
	value_int(&v[DOTNET_METHOD_FINAL], (flags & METHOD_FINAL) != 0);
	value_int(&v[DOTNET_METHOD_ABSTRACT], (flags & METHOD_ABSTRACT) != 0);
	put_generics(t, &of_method, &v[DOTNET_METHOD_NUMBER_OF_GENERIC_PARAMETERS],
		     &v[DOTNET_METHOD_GENERIC_PARAMETERS]);
	if (!span_is(name, ".ctor") && !span_is(name, ".cctor"))
		value_string(&v[DOTNET_METHOD_RETURN_TYPE], result);
	return true;
}

/* A type's methods are the rows up to the first of the next type. */
static void put_methods(struct dotnet_types *t, struct value *class, uint32_t type,
			const struct dotnet_generics *of_class)
{
	const struct dotnet *d = t->d;
	uint32_t first = dotnet_get(d, TABLE_TYPEDEF, type, TYPE_METHODS), n = 0;
	struct value *list = &class[DOTNET_CLASS_METHODS];

	if (type < d->table[TABLE_TYPEDEF].n) {
		uint32_t next = dotnet_get(d, TABLE_TYPEDEF, type + 1, TYPE_METHODS);
		n = dotnet_row_there(d, TABLE_TYPEDEF, type + 1) && next >= first ? next - first
										  : 0;
	} else if (d->table[TABLE_METHODDEF].n >= first) {
		n = d->table[TABLE_METHODDEF].n + 1 - first;
	}
	if (n > DOTNET_MAX_METHODS || first == 0 || !make_list(t, list))
		return;
	for (uint32_t row = first; row < first + n && row <= d->table[TABLE_METHODDEF].n; row++) {
		struct span name =
			dotnet_string(d, dotnet_get(d, TABLE_METHODDEF, row, METHOD_NAME));
		if (!dotnet_row_there(d, TABLE_METHODDEF, row) || name.n == 0 || t->steps == 0)
			continue;
		struct value *v = add_slots(t, list, dotnet_method_fields);
		if (v == NULL)
			break;
		if (!put_method(t, v, row, name, of_class))
			list->list->n--;
	}
	value_int(&class[DOTNET_CLASS_NUMBER_OF_METHODS], (int64_t)list -> list -> n);
}

/* ---- types */

static void put_base(struct dotnet_types *t, struct value *list, uint32_t index,
		     const struct dotnet_generics *of_class)
{
	struct span name = dotnet_type_name(t, index, of_class);
	struct value *v = name.p != NULL ? add(t, list) : NULL;

	if (v != NULL)
		value_string(v, name);
}

/* The class that the type extends, and the interfaces that it implements. */
static void put_bases(struct dotnet_types *t, struct value *class, uint32_t type,
		      const struct dotnet_generics *of_class)
{
	struct value *list = &class[DOTNET_CLASS_BASE_TYPES];

	if (!make_list(t, list))
		return;
	put_base(t, list, dotnet_get(t->d, TABLE_TYPEDEF, type, TYPE_EXTENDS), of_class);
	for (uint32_t row = t->interface[type]; row != 0; row = t->next_interface[row])
		put_base(t, list, dotnet_get(t->d, TABLE_INTERFACEIMPL, row, INTERFACE_INTERFACE),
			 of_class);
	value_int(&class[DOTNET_CLASS_NUMBER_OF_BASE_TYPES], (int64_t)list -> list -> n);
}

static const char *type_visibility(uint32_t flags)
{
	static const char *const word[8] = { "internal",
					     "public",
					     "public",
					     "private",
					     "protected",
					     "internal",
					     "private protected",
					     "protected internal" };
	return word[flags & 7];
}

static void put_class(struct dotnet_types *t, struct value *v, uint32_t type, struct span name)
{
	const struct dotnet *d = t->d;
	uint32_t flags = dotnet_get(d, TABLE_TYPEDEF, type, TYPE_FLAGS);
	struct span namespace =
		dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, type, TYPE_NAMESPACE));
	const uint8_t *quote = memchr(name.p, '`', name.n);
	struct dotnet_generics generics;

	if (dotnet_is_nested(flags))
	namespace = dotnet_join(t, namespace, dotnet_outside(t, type));
	value_string(&v[DOTNET_CLASS_NAME],
		     span_cut(name, 0, quote != NULL ? (size_t)(quote - name.p) : name.n));
	put_text(&v[DOTNET_CLASS_NAMESPACE], namespace);
	put_text(&v[DOTNET_CLASS_FULLNAME], dotnet_join(t, name, namespace));
	value_string(&v[DOTNET_CLASS_VISIBILITY], span_of(type_visibility(flags)));
	value_string(&v[DOTNET_CLASS_TYPE],
		     span_of((flags & TYPE_INTERFACE) != 0 ? "interface" : "class"));
	value_int(&v[DOTNET_CLASS_ABSTRACT], (flags & TYPE_ABSTRACT) != 0);
	value_int(&v[DOTNET_CLASS_SEALED], (flags & TYPE_SEALED) != 0);
	read_generics(t, OF_TYPE, type, &generics);
	put_generics(t, &generics, &v[DOTNET_CLASS_NUMBER_OF_GENERIC_PARAMETERS],
		     &v[DOTNET_CLASS_GENERIC_PARAMETERS]);
	put_bases(t, v, type, &generics);
	put_methods(t, v, type, &generics);
}

/* Types without a name, and the one that stands for the module, are left out. */
static void make_all(struct dotnet_types *t)
{
	const struct dotnet *d = t->d;

	t->made = true;
	if (!index_rows(t) || !make_list(t, &t->classes)) {
		t->d->spent = true;
		return;
	}
	for (uint32_t type = 1; type <= d->table[TABLE_TYPEDEF].n && !t->d->spent; type++) {
		struct span name = dotnet_string(d, dotnet_get(d, TABLE_TYPEDEF, type, TYPE_NAME));
		if (!dotnet_row_there(d, TABLE_TYPEDEF, type) || name.n == 0 || name.p[0] == '`' ||
		    span_is(name, "<Module>"))
			continue;
		struct value *v = add_slots(t, &t->classes, dotnet_class_fields);
		if (v != NULL)
			put_class(t, v, type, name);
	}
	t->n_classes = t->classes.list->n;
}

static struct dotnet_types *types_of(const struct value_later *l)
{
	struct dotnet_types *t = *(struct dotnet_types *const *)l->from;

	if (!t->made)
		make_all(t);
	if (t->steps == 0 || t->output == 0) /* for each of the fields that come of it */
		module_cut(t->d->pe.steps);
	return t;
}

static void make_classes(const struct value_later *l, struct value *out)
{
	*out = types_of(l)->classes;
}

static void count_classes(const struct value_later *l, struct value *out)
{
	value_int(out, (int64_t)types_of(l)->n_classes);
}

bool dotnet_put_off_classes(struct dotnet *d)
{
	struct arena *a = d->pe.arena;
	struct dotnet_types *t = arena_alloc(a, sizeof *t),
			    **self = arena_alloc(a, sizeof(struct dotnet_types *));

	if (t == NULL || self == NULL)
		return false;
	*t = (struct dotnet_types){
		.d = d, .arena = a, .steps = DOTNET_MAX_TYPES, .output = DOTNET_MAX_OUTPUT
	};
	*self = t;
	return value_put_off(&d->slots[DOTNET_CLASSES], a, self, make_classes) &&
	       value_put_off(&d->slots[DOTNET_NUMBER_OF_CLASSES], a, self, count_classes);
}
