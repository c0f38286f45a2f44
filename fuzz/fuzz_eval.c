/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"
#include "format/modules.h"

#include <stdlib.h>

/*
 * The evaluator of conditions on nodes that no parser wrote.  Input: a byte each for the number of
 * nodes, of numbers in the pool and of bytes of text; then those; the rest is the object, which is
 * read as a PE or ELF file where a node asks for that module.
 */

enum { STEPS = 20000, MEMORY = 1 << 24, N_MATCHES = 3 };

struct world {
	struct arena arena;
	struct span file;
	uint64_t steps;
	struct value top[MODULE_COUNT];
	void *state[MODULE_COUNT];
	bool loaded[MODULE_COUNT];
};

static const struct match all[N_MATCHES] = { { .at = 0, .n = 2 },
					     { .at = 7, .n = 1 },
					     { .at = 90, .n = 4 } };

static bool present(void *ctx, uint32_t string)
{
	(void)ctx;
	return string % 4 != 0;
}

static void matches(void *ctx, uint32_t string, const struct match **list, size_t *n)
{
	(void)ctx;
	*list = all;
	*n = string % (N_MATCHES + 1);
}

static bool rule(void *ctx, uint32_t number)
{
	(void)ctx;
	return number % 2 != 0;
}

static void module(void *ctx, uint32_t number, struct value *out)
{
	struct world *w = ctx;
	struct error e;

	out->kind = VALUE_UNDEFINED;
	if (number >= MODULE_COUNT || number == MODULE_MAGIC)
		return;
	if (!w->loaded[number]) {
		const struct module *m = modules_all[number];
		struct module_input in = { .file = w->file,
					   .arena = &w->arena,
					   .state = &w->state[number] };
		struct value *slots = value_make_struct(&w->top[number], &w->arena, m->fields);
		w->loaded[number] = true;
		if (slots == NULL)
			w->top[number].kind = VALUE_UNDEFINED;
		else if (m->load != NULL)
			(void)!m->load(&in, slots, &e);
	}
	*out = w->top[number];
}

static void *module_state(void *ctx, uint32_t number)
{
	struct world *w = ctx;
	return number < MODULE_COUNT ? w->state[number] : NULL;
}

static const void *module_host(void *ctx, uint32_t number)
{
	(void)ctx;
	(void)number;
	return NULL;
}

static void external(void *ctx, uint32_t number, struct value *out)
{
	(void)ctx;
	value_int(out, number);
	if (number % 3 == 1)
		value_float(out, number / 7.0);
	if (number % 3 == 2)
		value_string(out, span_of("text"));
}

static bool regex(void *ctx, int64_t number, struct span text)
{
	(void)ctx;
	return (number & 1) != 0 && text.n != 0;
}

static void log_line(void *ctx, struct span line)
{
	(void)ctx;
	(void)line;
}

static void entry_point(void *ctx, struct value *out)
{
	(void)ctx;
	out->kind = VALUE_UNDEFINED;
}

static const struct eval_source source = {
	.present = present,
	.matches = matches,
	.rule = rule,
	.module = module,
	.module_state = module_state,
	.module_host = module_host,
	.external = external,
	.regex = regex,
	.log = log_line,
	.entry_point = entry_point,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	size_t n_nodes = cursor_u8(&c), n_pool = cursor_u8(&c), n_text = cursor_u8(&c);
	struct span nodes = cursor_take(&c, n_nodes * sizeof(struct cond_node));
	struct span pool = cursor_take(&c, n_pool * sizeof(uint32_t));
	struct span text = cursor_take(&c, n_text);
	struct world w = { .steps = STEPS };

	if (!cursor_ok(&c) || n_nodes == 0)
		return 0;
	w.file = cursor_take(&c, cursor_left(&c));
	arena_init(&w.arena, MEMORY);
	/* aligned, and exactly as long as they say */
	struct cond_node *node = malloc(nodes.n);
	uint32_t *number = malloc(pool.n + 1);
	if (node == NULL || number == NULL)
		abort();
	memcpy(node, nodes.p, nodes.n);
	if (pool.n != 0)
		memcpy(number, pool.p, pool.n);
	struct eval v = { .code = { node, n_nodes, number, n_pool, text },
			  .file = w.file,
			  .arena = &w.arena,
			  .steps = &w.steps,
			  .source = &source,
			  .ctx = &w };
	bool yes = eval_condition(&v, (uint32_t)n_nodes - 1);
	if (v.depth != 0 || (yes && v.error.why != REASON_NONE))
		abort();
	free(node);
	free(number);
	arena_release(&w.arena);
	return 0;
}
