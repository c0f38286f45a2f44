/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inspect.h"

enum { MAX_DEPTH = 16 };

/* ---- values */

static void put_struct(struct json *j, const struct field *table, const struct value *slots,
		       unsigned depth);

static void put_value(struct json *j, const struct field *f, const struct value *v, unsigned depth)
{
	switch (v->kind) {
	case VALUE_BOOL:
	case VALUE_INT:
		json_int(j, v->i);
		break;
	case VALUE_FLOAT:
		json_float(j, v->f);
		break;
	case VALUE_STRING:
		(void)json_bytes(j, v->s);
		break;
	case VALUE_STRUCT:
		put_struct(j, f->members, v->slots, depth + 1);
		break;
	case VALUE_ARRAY:
		json_array(j);
		for (size_t i = 0; i < v->list->n; i++)
			put_value(j, f, &v->list->item[i], depth + 1);
		json_array_end(j);
		break;
	case VALUE_DICT:
		json_array(j);
		for (size_t i = 0; i < v->dict->n; i++) {
			json_object(j);
			json_key(j, "key");
			(void)json_bytes(j, v->dict->key[i]);
			json_key(j, "value");
			put_value(j, f, &v->dict->item[i], depth + 1);
			json_object_end(j);
		}
		json_array_end(j);
		break;
	default:
		json_null(j);
		break;
	}
}

static void put_struct(struct json *j, const struct field *table, const struct value *slots,
		       unsigned depth)
{
	json_object(j);
	for (size_t i = 0; table != NULL && depth < MAX_DEPTH && table[i].name != NULL; i++) {
		if (table[i].kind == VALUE_FUNCTION || table[i].constant ||
		    slots[i].kind == VALUE_UNDEFINED)
			continue;
		json_key(j, table[i].name);
		put_value(j, &table[i], &slots[i], depth);
	}
	json_object_end(j);
}

void inspect_json(struct json *j, struct span file, struct arena *a)
{
	enum type_class class = type_class_of(file);

	json_object(j);
	json_key(j, "size");
	json_uint(j, file.n);
	json_key(j, "type");
	json_text(j, type_class_name(class));
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		const struct module *m = modules_all[i];
		struct value top;
		struct error e;
		void *state = NULL;
		struct module_input in = { .file = file, .arena = a, .state = &state };
		if (m->classes == CLASS_ALL || (m->classes & 1u << class) == 0 || m->load == NULL ||
		    value_make_struct(&top, a, m->fields) == NULL)
			continue;
		json_key(j, m->name);
		if (m->load(&in, top.slots, &e)) {
			put_struct(j, m->fields, top.slots, 0);
		} else {
			json_object(j);
			json_key(j, "error");
			json_text(j, e.text);
			json_object_end(j);
		}
	}
	json_object_end(j);
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
		if (f->members != NULL)
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
