/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FUZZ_MODULE_H
#define PEL_FUZZ_MODULE_H

/*
 * A module on hostile bytes: loads them, reads every value that its tables promise, calls every
 * function with a few arguments.  Aborts where a value is not what the table says.
 */

#include "format/modules.h"

#include <stdlib.h>

enum { FUZZ_MEMORY = 64 << 20, FUZZ_STEPS = 1 << 22, FUZZ_MOST_READ = 1 << 16 };

struct fuzz_module {
	const struct module *module;
	struct span file;
	struct arena arena;
	struct value *slots;
	void *state;
	size_t left; /* values that may still be read */
	volatile uint8_t sink;
};

static inline bool fuzz_match(void *ctx, int64_t regex, struct span text)
{
	(void)ctx;
	return text.n != 0 && (text.p[0] + text.p[text.n - 1] + regex) % 2 == 0;
}

static inline void fuzz_struct(struct fuzz_module *f, const struct field *table,
			       struct value *slots);

static inline void fuzz_value(struct fuzz_module *f, const struct field *field,
			      enum value_kind kind, struct value *v)
{
	if (f->left == 0 || v->kind == VALUE_UNDEFINED)
		return;
	f->left--;
	if (v->kind != kind && !(v->kind == VALUE_INT && kind == VALUE_BOOL))
		abort();
	switch (v->kind) {
	case VALUE_STRING:
		for (size_t i = 0; i < v->s.n; i += 1 + v->s.n / 16)
			f->sink ^= v->s.p[i];
		if (v->s.n != 0)
			f->sink ^= v->s.p[v->s.n - 1];
		break;
	case VALUE_STRUCT:
		fuzz_struct(f, field->members, v->slots);
		break;
	case VALUE_ARRAY:
		for (size_t i = 0; i < v->list->n; i++)
			fuzz_value(f, field, field->of, &v->list->item[i]);
		break;
	case VALUE_DICT:
		for (size_t i = 0; i < v->dict->n; i++)
			fuzz_value(f, field, field->of, &v->dict->item[i]);
		break;
	default:
		break;
	}
}

static inline void fuzz_call(struct fuzz_module *f, const struct field *field, struct value *self)
{
	static const int64_t numbers[] = { 0, 1, 7, 0x1000007, -1 };
	struct value args[4] = { 0 }, out;
	uint64_t steps = FUZZ_STEPS;
	struct call c = { .args = args,
			  .self = self,
			  .top = f->slots,
			  .file = f->file,
			  .arena = &f->arena,
			  .state = f->state,
			  .steps = &steps,
			  .regex = fuzz_match };

	for (size_t k = 0; k < 5; k++) {
		for (size_t i = 0; field->args[i] != '\0' && i < 4; i++) {
			if (field->args[i] == 's')
				value_string(&args[i], k % 2 == 0 ? span_of("main")
								  : span_cut(f->file, 40, k));
			else if (field->args[i] == 'f')
				value_float(&args[i], (double)numbers[k]);
			else
				value_int(&args[i], numbers[(i + k) % 5]);
			if (field->args[i] == 'r')
				args[i].kind = VALUE_REGEX;
		}
		out = (struct value){ 0 };
		if (field->call(&c, &out))
			fuzz_value(f, field, field->of, &out);
		if (field->args[0] == '\0')
			break;
	}
}

static inline void fuzz_struct(struct fuzz_module *f, const struct field *table,
			       struct value *slots)
{
	for (size_t i = 0; table[i].name != NULL; i++) {
		if (table[i].constant)
			continue;
		if (table[i].kind == VALUE_FUNCTION)
			fuzz_call(f, &table[i], slots);
		else
			fuzz_value(f, &table[i], table[i].kind, value_now(&slots[i]));
	}
}

static inline void fuzz_module(const struct module *m, struct span file, struct span data)
{
	struct fuzz_module f = { .module = m, .file = file, .left = FUZZ_MOST_READ };
	struct module_input in = {
		.file = file, .arena = &f.arena, .data = data, .state = &f.state
	};
	struct error e;

	arena_init(&f.arena, FUZZ_MEMORY);
	f.slots = value_slots(&f.arena, m->fields);
	if (f.slots != NULL) {
		if (m->load != NULL && !m->load(&in, f.slots, &e) && e.why == REASON_NONE)
			abort();
		fuzz_struct(&f, m->fields, f.slots);
	}
	arena_release(&f.arena);
}

#endif
