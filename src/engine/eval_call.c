/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/eval.h"
#include "format/modules.h"

enum { MAX_ARGUMENTS = 16 };

enum { MAX_PATH = 16 /* members down from a module */ };

static const struct field *table_of(const struct eval *v, uint32_t number, uint32_t *module,
				    unsigned depth)
{
	const struct cond_node *n;

	if (number >= v->code.n_nodes || depth > MAX_PATH)
		return NULL;
	n = &v->code.node[number];
	switch (n->op) {
	case COND_MODULE:
		*module = n->a;
		return n->a < MODULE_COUNT ? modules_all[n->a]->fields : NULL;
	case COND_VAR:
		if (n->a > COND_MAX_VARS)
			return NULL;
		*module = v->scope[n->a].module;
		return v->scope[n->a].table;
	case COND_INDEX:
	case COND_LOOKUP:
		/* the elements' table stands in the array's own declaration */
		return n->a < number ? table_of(v, n->a, module, depth + 1) : NULL;
	case COND_FIELD: {
		const struct field *owner =
			n->a < number ? table_of(v, n->a, module, depth + 1) : NULL;
		return owner != NULL && n->b < field_count(owner) ? owner[n->b].members : NULL;
	}
	default:
		return NULL;
	}
}

const struct field *eval_table(const struct eval *v, uint32_t number, uint32_t *module)
{
	*module = MODULE_COUNT;
	return table_of(v, number, module, 0);
}

static bool right_kind(char letter, const struct value *x)
{
	switch (letter) {
	case 'i':
	case 'b':
		return x->kind == VALUE_INT || x->kind == VALUE_BOOL;
	case 'f':
		return x->kind == VALUE_FLOAT;
	case 's':
		return x->kind == VALUE_STRING;
	case 'r':
		return x->kind == VALUE_REGEX;
	default:
		return false;
	}
}

static bool arguments(struct eval *v, uint32_t number, const struct cond_node *n,
		      const char *letters, struct value *arg)
{
	if (n->n > MAX_ARGUMENTS || strlen(letters) != n->n) {
		eval_damaged(v, number, "a call with other arguments than the function has");
		return false;
	}
	for (uint32_t i = 0; i < n->n; i++) {
		uint32_t k;
		if (!eval_pool(v, n->c, i, &k) || eval_operand(v, k, number) == NULL)
			return false;
		eval_node(v, k, &arg[i]);
		if (!right_kind(letters[i], &arg[i]))
			return false;
	}
	return true;
}

void eval_call(struct eval *v, uint32_t number, const struct cond_node *n, struct value *out)
{
	struct value self, top = { 0 }, arg[MAX_ARGUMENTS];
	uint32_t module;

	if (eval_operand(v, n->a, number) == NULL)
		return;
	/* before the value: to evaluate may bind the variable that it is reached by anew */
	const struct field *table = eval_table(v, n->a, &module);
	eval_node(v, n->a, &self);
	if (self.kind != VALUE_STRUCT)
		return;
	/* the struct was made after that table, so that it has a slot for each of its fields */
	if (table == NULL || module >= MODULE_COUNT || n->b >= self.n_slots ||
	    table[n->b].kind != VALUE_FUNCTION || table[n->b].call == NULL) {
		eval_damaged(v, number, "a call of what is no function");
		return;
	}
	if (!arguments(v, number, n, table[n->b].args, arg))
		return;
	v->source->module(v->ctx, module, &top);
	if (top.kind != VALUE_STRUCT)
		return;
	struct call c = { .args = arg,
			  .self = self.slots,
			  .top = top.slots,
			  .file = v->file,
			  .arena = v->arena,
			  .state = v->source->module_state(v->ctx, module),
			  .host = v->source->module_host(v->ctx, module),
			  .now = v->now,
			  .steps = v->steps,
			  .regex = v->source->regex,
			  .log = v->source->log,
			  .ctx = v->ctx };
	if (!table[n->b].call(&c, out))
		out->kind = VALUE_UNDEFINED;
	eval_spent(v);
}
