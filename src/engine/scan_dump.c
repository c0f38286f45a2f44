/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"

/* What modules read of an object, as yara -D prints it: a line a field, the last of the table
 * first, a tab for each level. */

enum { MAX_DEPTH = 16 };

static void dump(struct scanner *s, const struct field *f, struct value *v, unsigned depth);

static void indent(struct scanner *s, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_put_u8(&s->log, '\t');
}

static void dump_text(struct scanner *s, struct span text)
{
	buf_put_text(&s->log, " = \"");
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (c >= 0x20 && c < 0x7f)
			buf_put_u8(&s->log, c);
		else
			buf_printf(&s->log, "\\x%02x", c);
	}
	buf_put_text(&s->log, "\"\n");
}

static void dump_constant(struct scanner *s, const struct field *f)
{
	if (f->kind == VALUE_STRING)
		dump_text(s, span_of(f->text));
	else
		buf_printf(&s->log, " = %lld\n", (long long)f->number);
}

/* slots: NULL for a structure that is not there. */
static void dump_members(struct scanner *s, const struct field *table, struct value *slots,
			 unsigned depth, bool constants)
{
	struct value nothing = { 0 }, zero = { .kind = VALUE_INT };
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	while (n-- > 0) {
		if (table[n].kind == VALUE_FUNCTION || table[n].constant != constants)
			continue;
		indent(s, depth);
		buf_put_text(&s->log, table[n].name);
		if (constants) {
			dump_constant(s, &table[n]);
			continue;
		}
		struct value *v = slots != NULL ? value_asked(&slots[n], &s->steps) : &nothing;
		if (table[n].everywhere && v->kind == VALUE_UNDEFINED)
			v = &zero;
		dump(s, &table[n], v, depth);
	}
}

static void dump_struct(struct scanner *s, const struct field *table, struct value *slots,
			unsigned depth)
{
	buf_put_u8(&s->log, '\n');
	dump_members(s, table, slots, depth, false);
	dump_members(s, table, slots, depth, true);
}

/* An element of an array or a dictionary. */
static void dump_item(struct scanner *s, const struct field *f, struct value *v, unsigned depth)
{
	if (value_now(v)->kind == VALUE_STRUCT)
		dump_struct(s, f->members, value_now(v)->slots, depth + 1);
	else
		dump(s, f, value_now(v), depth);
}

/* What stands behind the name, which has been written. */
static void dump(struct scanner *s, const struct field *f, struct value *v, unsigned depth)
{
	bool list = f->kind == VALUE_ARRAY || f->kind == VALUE_DICT;

	switch (depth < MAX_DEPTH ? v->kind : VALUE_UNDEFINED) {
	case VALUE_BOOL:
	case VALUE_INT:
		buf_printf(&s->log, " = %lld\n", (long long)v->i);
		break;
	case VALUE_FLOAT:
		buf_printf(&s->log, " = %f\n", v->f);
		break;
	case VALUE_STRING:
		dump_text(s, v->s);
		break;
	case VALUE_STRUCT:
		dump_struct(s, f->members, v->slots, depth + 1);
		break;
	case VALUE_ARRAY:
		buf_put_u8(&s->log, '\n');
		for (size_t i = 0; i < v->list->n; i++) {
			indent(s, depth + 1);
			buf_printf(&s->log, "[%zu]", i);
			dump_item(s, f, &v->list->item[i], depth + 1);
		}
		break;
	case VALUE_DICT:
		buf_put_u8(&s->log, '\n');
		for (size_t i = 0; i < v->dict->n; i++) {
			indent(s, depth + 1);
			buf_put_span(&s->log, v->dict->key[i]);
			dump_item(s, f, &v->dict->item[i], depth + 1);
		}
		break;
	case VALUE_UNDEFINED:
	case VALUE_REGEX:
	case VALUE_FUNCTION:
	case VALUE_LATER:
		if (f->kind == VALUE_STRUCT)
			dump_struct(s, f->members, NULL, depth + 1);
		else
			buf_put_text(&s->log, list ? "\n" : " = YR_UNDEFINED\n");
		break;
	}
}

void scan_dump(struct scanner *s)
{
	s->rule_now = COND_NONE;
	s->steps = scan_budget(s);
	for (uint32_t k = 0; k < MODULE_COUNT; k++) {
		const struct module *m = modules_all[k];
		struct value top;
		if ((s->options.module_data >> k & 1) == 0)
			continue;
		scan_source.module(s, k, &top);
		if (top.kind != VALUE_STRUCT &&
		    value_make_struct(&top, &s->arena, m->fields) == NULL)
			continue;
		buf_put_text(&s->log, m->name);
		dump_struct(s, m->fields, top.slots, 1);
	}
	if (s->steps == 0)
		scan_gap(s, REASON_LIMIT, COND_NONE, "limit:steps");
}
