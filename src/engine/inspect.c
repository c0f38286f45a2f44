/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inspect.h"
#include "engine/pe_sign.h"

enum {
	MAX_DEPTH = 16,
	MAX_NAME = 64,
	FUNCTION_STEPS = 1 << 30, /* work that a function may take */
};

/* ---- values */

struct inspection {
	struct json_writer *json;
	struct span file;
	struct arena *arena;
	const struct module *module;
	struct value *top;
	void *state;
	uint64_t *steps; /* 0 where something met a limit */
};

static void put_struct(struct inspection *in, const struct field *table, struct value *slots,
		       unsigned depth);

/* False where it is a text that JSON cannot hold exactly. */
static bool put_value(struct inspection *in, const struct field *f, struct value *v, unsigned depth)
{
	struct json_writer *j = in->json;

	switch (v->kind) {
	case VALUE_BOOL:
		json_write_bool(j, v->i != 0);
		break;
	case VALUE_INT:
		json_write_int(j, v->i);
		break;
	case VALUE_FLOAT:
		json_write_float(j, v->f);
		break;
	case VALUE_STRING:
		return json_write_bytes(j, v->s);
	case VALUE_STRUCT:
		put_struct(in, f->members, v->slots, depth + 1);
		break;
	case VALUE_ARRAY:
		json_write_array(j);
		for (size_t i = 0; i < v->list->n; i++)
			(void)put_value(in, f, &v->list->item[i], depth + 1);
		json_write_array_end(j);
		break;
	case VALUE_DICT:
		json_write_array(j);
		for (size_t i = 0; i < v->dict->n; i++) {
			json_write_object(j);
			json_write_key(j, "key");
			(void)json_write_bytes(j, v->dict->key[i]);
			json_write_key(j, "value");
			(void)put_value(in, f, &v->dict->item[i], depth + 1);
			json_write_object_end(j);
		}
		json_write_array_end(j);
		break;
	case VALUE_UNDEFINED:
	case VALUE_REGEX:
	case VALUE_FUNCTION:
	case VALUE_LATER:
		json_write_null(j);
		break;
	}
	return true;
}

/* "name" and what belongs behind it. */
static void put_key(struct json_writer *j, const char *name, const char *suffix)
{
	char key[MAX_NAME];
	size_t n = strlen(name), m = strlen(suffix);

	if (n + m >= sizeof key)
		n = sizeof key - 1 - m;
	memcpy(key, name, n);
	memcpy(key + n, suffix, m + 1);
	json_write_key(j, key);
}

/* A function without arguments is a value, too: imphash(), telfhash(). */
static void put_function(struct inspection *in, const struct field *f, const struct value *self)
{
	uint64_t steps = FUNCTION_STEPS;
	struct value out = { 0 };
	struct call c = { .self = self,
			  .top = in->top,
			  .file = in->file,
			  .arena = in->arena,
			  .state = in->state,
			  .steps = &steps };

	bool ok = f->args[0] == '\0' && f->call != NULL && f->call(&c, &out);
	if (steps == 0)
		module_cut(in->steps);
	if (!ok || out.kind == VALUE_UNDEFINED)
		return;
	put_key(in->json, f->name, "()");
	(void)put_value(in, f, &out, 0);
}

static void put_members(struct inspection *in, const struct field *table, struct value *slots,
			unsigned depth)
{
	for (size_t i = 0; table != NULL && depth < MAX_DEPTH && table[i].name != NULL; i++) {
		if (table[i].kind == VALUE_FUNCTION) {
			put_function(in, &table[i], slots);
			continue;
		}
		struct value *v = value_now(&slots[i]);
		if (table[i].constant || v->kind == VALUE_UNDEFINED)
			continue;
		json_write_key(in->json, table[i].name);
		if (put_value(in, &table[i], v, depth))
			continue;
		put_key(in->json, table[i].name, "_hex");
		json_write_hex(in->json, v->s);
	}
}

static void put_struct(struct inspection *in, const struct field *table, struct value *slots,
		       unsigned depth)
{
	json_write_object(in->json);
	put_members(in, table, slots, depth);
	json_write_object_end(in->json);
}

static void put_module(struct json_writer *j, const struct module *m, struct span file,
		       struct arena *a)
{
	struct value top;
	struct error e;
	struct inspection in = { .json = j, .file = file, .arena = a, .module = m };
	uint64_t steps = 1;
	struct module_input input = {
		.file = file, .arena = a, .state = &in.state, .steps = &steps
	};
	in.steps = &steps;

	if (value_make_struct(&top, a, m->fields) == NULL)
		return;
	in.top = top.slots;
	json_write_key(j, m->name);
	json_write_object(j);
	bool whole = m->load(&input, top.slots, &e) &&
		     (m != modules_all[MODULE_PE] || pe_sign_load(&input, top.slots, &e));
	put_members(&in, m->fields, top.slots, 0);
	if (whole && a->spent) /* what is made late has no other way to say so */
		whole = error_set(&e, REASON_MEMORY, PLACE_NONE, "%s: no memory left", m->name);
	if (whole && steps == 0)
		whole = error_set(&e, REASON_LIMIT, PLACE_NONE, "%s: cut at a limit", m->name);
	if (!whole) { /* what could be read stands all the same */
		json_write_key(j, "error");
		json_write_text(j, e.text);
	}
	json_write_object_end(j);
}

void inspect_json(struct json_writer *j, struct span file, struct arena *a)
{
	enum type_class class = type_class_of(file);

	json_write_object(j);
	json_write_key(j, "size");
	json_write_uint(j, file.n);
	json_write_key(j, "type");
	json_write_text(j, type_class_name(class));
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		const struct module *m = modules_all[i];
		if (m->classes != CLASS_ALL && (m->classes & 1u << class) != 0 && m->load != NULL)
			put_module(j, m, file, a);
	}
	json_write_object_end(j);
}

/* ---- documentation */

static const char *kind_name(enum value_kind k)
{
	static const char *const name[] = {
		[VALUE_UNDEFINED] = "undefined", [VALUE_BOOL] = "boolean",
		[VALUE_INT] = "integer",         [VALUE_FLOAT] = "float",
		[VALUE_STRING] = "string",       [VALUE_REGEX] = "regexp",
		[VALUE_STRUCT] = "structure",    [VALUE_ARRAY] = "array",
		[VALUE_DICT] = "dictionary",     [VALUE_FUNCTION] = "function",
	};
	return name[k];
}

static const char *letter_name(char c)
{
	return c == 'i'   ? "integer"
	       : c == 'f' ? "float"
	       : c == 's' ? "string"
	       : c == 'r' ? "regexp"
			  : "boolean";
}

/* A structure of nothing but constants. */
static void document_constants(const struct field *f, unsigned depth, struct buf *out)
{
	buf_printf(out, "%*s- ", (int)(2 * depth), "");
	for (const struct field *c = f; c->name != NULL; c++)
		buf_printf(out, "%s`%s`", c == f ? "" : ", ", c->name);
	buf_put_u8(out, '\n');
}

static void document(const struct field *f, unsigned depth, struct buf *out)
{
	for (; f->name != NULL && depth < MAX_DEPTH; f++) {
		if (f->constant)
			continue;
		buf_printf(out, "%*s- `%s", (int)(2 * depth), "", f->name);
		if (f->kind == VALUE_FUNCTION) {
			buf_put_u8(out, '(');
			for (size_t i = 0; f->args[i] != '\0'; i++)
				buf_printf(out, "%s%s", i > 0 ? ", " : "", letter_name(f->args[i]));
			buf_printf(out, ")` %s", kind_name(f->of));
		} else if (f->kind == VALUE_ARRAY || f->kind == VALUE_DICT) {
			buf_printf(out, "[]` %s of %s", kind_name(f->kind), kind_name(f->of));
		} else {
			buf_printf(out, "` %s", kind_name(f->kind));
		}
		if (f->doc != NULL)
			buf_printf(out, ": %s", f->doc);
		buf_put_u8(out, '\n');
		if (f->kind == VALUE_STRUCT && f->members[0].constant)
			document_constants(f->members, depth + 1, out);
		else if (f->members != NULL)
			document(f->members, depth + 1, out);
	}
}

void inspect_document(struct buf *out)
{
	buf_put_text(out, "# Modules\n\nMade by `pellucid inspect --document` from the tables that "
			  "the checker "
			  "and the evaluator read.\n");
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		const struct module *m = modules_all[i];
		bool constants = false;
		buf_printf(out, "\n## %s\n\n%s.\n\n", m->name, m->doc);
		document(m->fields, 0, out);
		for (const struct field *f = m->fields; f->name != NULL; f++) {
			if (!f->constant)
				continue;
			buf_printf(out, "%s`%s`", constants ? ", " : "\nConstants: ", f->name);
			constants = true;
		}
		if (constants)
			buf_put_text(out, ".\n");
	}
}
