/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TESTS_FORMAT_LOOK_H
#define PEL_TESTS_FORMAT_LOOK_H

/* A module's parse of some bytes, and its fields and functions by name. */

#include "format/modules.h"

#include <stdlib.h>

struct look {
	const struct module *module;
	struct span file;
	struct arena arena;
	struct value *slots;
	void *state;
	const void *host; /* of functions */
	uint64_t steps;
	struct error e;
	bool ok;
};

static inline void look_open(struct look *l, const struct module *m, struct span file,
			     size_t budget)
{
	*l = (struct look){ .module = m, .file = file, .steps = UINT64_MAX };
	arena_init(&l->arena, budget);
	l->slots = value_slots(&l->arena, m->fields);
	struct module_input in = {
		.file = file, .arena = &l->arena, .state = &l->state, .steps = &l->steps
	};
	l->ok = l->slots != NULL && m->load(&in, l->slots, &l->e);
}

static inline void look_close(struct look *l) { arena_release(&l->arena); }

/* The field at a path such as sections[0].name or version_info[Key]; undefined where there is none.
 */
static inline struct value look_at(struct look *l, const char *path)
{
	const struct field *table = l->module->fields, *f = NULL;
	struct value *slots = l->slots, v = { 0 };

	while (slots != NULL && *path != '\0') {
		size_t n = strcspn(path, ".[");
		f = field_find(table, (struct span){ (const uint8_t *)path, n });
		if (f == NULL)
			return (struct value){ 0 };
		v = *value_now(&slots[f - table]);
		path += n;
		while (*path == '[') {
			const char *end = strchr(path, ']');
			struct span key = { (const uint8_t *)path + 1, (size_t)(end - path) - 1 };
			size_t i = strtoul(path + 1, NULL, 10);
			struct value found = { 0 };
			if (v.kind == VALUE_ARRAY && i < v.list->n)
				found = *value_now(&v.list->item[i]);
			for (size_t k = 0; v.kind == VALUE_DICT && k < v.dict->n; k++)
				if (span_equal(v.dict->key[k], key))
					found = v.dict->item[k];
			v = found;
			path = end + 1;
		}
		path += *path == '.';
		table = f->members;
		slots = v.kind == VALUE_STRUCT ? v.slots : NULL;
	}
	return *path == '\0' ? v : (struct value){ 0 };
}

static inline bool look_defined(struct look *l, const char *path)
{
	return look_at(l, path).kind != VALUE_UNDEFINED;
}

/* A number that is not one is INT64_MIN. */
static inline int64_t look_int(struct look *l, const char *path)
{
	struct value v = look_at(l, path);

	return v.kind == VALUE_INT || v.kind == VALUE_BOOL ? v.i : INT64_MIN;
}

static inline bool look_text(struct look *l, const char *path, const char *text)
{
	struct value v = look_at(l, path);

	return v.kind == VALUE_STRING && span_is(v.s, text);
}

/* Calls the overload with these arguments ("si"), of the struct at `self` ("" for the module's
 * own). */
static inline bool look_call(struct look *l, const char *self, const char *name, const char *args,
			     const struct value *values, struct value *out)
{
	struct value of = look_at(l, self);
	const struct field *table = l->module->fields, *f = field_find(table, span_of(self));
	struct call c = { .args = values,
			  .self = *self != '\0' ? of.slots : l->slots,
			  .top = l->slots,
			  .file = l->file,
			  .arena = &l->arena,
			  .state = l->state,
			  .host = l->host,
			  .steps = &l->steps };

	for (table = *self != '\0' ? f->members : table; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0 && table->kind == VALUE_FUNCTION &&
		    strcmp(table->args, args) == 0)
			return table->call(&c, out) && out->kind != VALUE_UNDEFINED;
	return false;
}

/* Reads every field, so that what was put off is made too; the number of defined ones. */
static inline size_t look_walk(const struct field *f, struct value *v)
{
	size_t n = 0;

	switch (value_now(v)->kind) {
	case VALUE_STRUCT:
		for (size_t i = 0; f->members[i].name != NULL; i++)
			n += look_walk(&f->members[i], &v->slots[i]);
		return n;
	case VALUE_ARRAY:
		for (size_t i = 0; i < v->list->n; i++)
			n += look_walk(f, &v->list->item[i]);
		return n;
	case VALUE_DICT:
		for (size_t i = 0; i < v->dict->n; i++)
			n += look_walk(f, &v->dict->item[i]) + (v->dict->key[i].n != 0);
		return n;
	case VALUE_STRING:
		for (size_t i = 0; i < v->s.n; i++)
			n += v->s.p[i] == 0; /* each byte is there */
		return n + 1;
	case VALUE_UNDEFINED:
		return 0;
	default:
		return 1;
	}
}

static inline size_t look_walk_all(struct look *l)
{
	size_t n = 0;

	for (size_t i = 0; l->slots != NULL && l->module->fields[i].name != NULL; i++)
		n += look_walk(&l->module->fields[i], &l->slots[i]);
	return n;
}

#endif
