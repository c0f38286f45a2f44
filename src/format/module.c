/* SPDX-License-Identifier: Apache-2.0 */
#include "format/module.h"

size_t field_count(const struct field *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

const struct field *field_find(const struct field *table, struct span name)
{
	for (; table->name != NULL; table++)
		if (span_is(name, table->name))
			return table;
	return NULL;
}

struct value *value_slots(struct arena *a, const struct field *table)
{
	return arena_array(a, field_count(table), sizeof(struct value));
}

struct value *value_make_struct(struct value *v, struct arena *a, const struct field *table)
{
	struct value *slots = value_slots(a, table);

	if (slots == NULL)
		return NULL;
	v->kind = VALUE_STRUCT;
	v->n_slots = (uint16_t)field_count(table);
	v->slots = slots;
	return slots;
}

bool value_make_list(struct value *v, struct arena *a, size_t max)
{
	struct value_list *l = arena_alloc(a, sizeof *l);

	if (l == NULL)
		return false;
	l->item = arena_array(a, max, sizeof *l->item);
	if (l->item == NULL)
		return false;
	l->max = max;
	v->kind = VALUE_ARRAY;
	v->list = l;
	return true;
}

bool value_make_dict(struct value *v, struct arena *a, size_t max)
{
	struct value_dict *d = arena_alloc(a, sizeof *d);

	if (d == NULL)
		return false;
	d->key = arena_array(a, max, sizeof *d->key);
	d->item = arena_array(a, max, sizeof *d->item);
	if (d->key == NULL || d->item == NULL)
		return false;
	d->max = max;
	v->kind = VALUE_DICT;
	v->dict = d;
	return true;
}

struct value *value_add(struct value *list)
{
	struct value_list *l = list->list;

	return l->n < l->max ? &l->item[l->n++] : NULL;
}

struct value *value_add_key(struct value *dict, struct span key)
{
	struct value_dict *d = dict->dict;

	if (d->n >= d->max)
		return NULL;
	d->key[d->n] = key;
	return &d->item[d->n++];
}

struct value *value_add_slots(struct value *list, struct arena *a, const struct field *table)
{
	if (list->list->n >= list->list->max)
		return NULL;
	return value_make_struct(value_add(list), a, table);
}

struct value *value_grow(struct value *list, struct arena *a, size_t most)
{
	struct value_list *l = list->list;

	if (l->n >= most)
		return NULL;
	if (l->n == l->max) {
		size_t max = l->max < 4 ? 8 : 2 * l->max;
		struct value *item = arena_array(a, max, sizeof *item);
		if (item == NULL)
			return NULL;
		memcpy(item, l->item, l->n * sizeof *item);
		l->item = item;
		l->max = max;
	}
	return &l->item[l->n++];
}

struct value *value_grow_slots(struct value *list, struct arena *a, const struct field *table,
			       size_t most)
{
	struct value *v = value_grow(list, a, most);
	struct value *slots = v != NULL ? value_make_struct(v, a, table) : NULL;

	if (v != NULL && slots == NULL)
		list->list->n--;
	return slots;
}

bool value_put_off(struct value *v, struct arena *a, const void *from,
		   void (*make)(const struct value_later *l, struct value *out))
{
	struct value_later *l = arena_alloc(a, sizeof *l);

	if (l == NULL)
		return false;
	*l = (struct value_later){ .make = make, .arena = a, .from = from };
	v->kind = VALUE_LATER;
	v->later = l;
	return true;
}
