/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"
#include "rules/clamav/clam_parse.h"

#include <stdio.h>

/* Conditions in the making: nodes, operands first. */

static struct ir_rule *rule_of(const struct clam *c)
{
	size_t n;
	return &ruleset_rules(c->set, &n)[c->rule];
}

uint32_t clam_node(struct clam *c, enum cond_op op, enum value_kind kind, uint32_t a, uint32_t b,
		   uint32_t d)
{
	struct buf *nodes = &c->set->nodes;
	struct cond_node n = { .op = (uint8_t)op, .kind = (uint8_t)kind, .a = a, .b = b, .c = d };

	buf_put(nodes, &n, sizeof n);
	c->failed = c->failed || !buf_ok(nodes);
	return c->failed ? 0 : (uint32_t)(nodes->n / sizeof n - 1);
}

uint32_t clam_int(struct clam *c, int64_t v)
{
	return clam_node(c, COND_INT, VALUE_INT, (uint32_t)v, (uint32_t)((uint64_t)v >> 32), 0);
}

uint32_t clam_else_zero(struct clam *c, uint32_t n)
{
	return clam_node(c, COND_ELSE_ZERO, VALUE_INT, n, 0, 0);
}

uint32_t clam_text(struct clam *c, struct span s)
{
	uint32_t at = (uint32_t)c->set->text.n;

	buf_put_span(&c->set->text, s);
	c->failed = c->failed || !buf_ok(&c->set->text);
	return clam_node(c, COND_STRING, VALUE_STRING, at, (uint32_t)s.n, 0);
}

static uint32_t pool(struct clam *c, const uint32_t *number, size_t n)
{
	uint32_t at = (uint32_t)(c->set->pool.n / sizeof *number);

	buf_put(&c->set->pool, number, n * sizeof *number);
	c->failed = c->failed || !buf_ok(&c->set->pool);
	return at;
}

uint32_t clam_all(struct clam *c, enum cond_op op, const uint32_t *node, size_t n)
{
	if (n == 1)
		return node[0];
	return clam_node(c, op, VALUE_BOOL, pool(c, node, n), (uint32_t)n, 0);
}

static uint32_t module(struct clam *c)
{
	rule_of(c)->modules |= 1u << MODULE_CLAMAV;
	return clam_node(c, COND_MODULE, VALUE_STRUCT, MODULE_CLAMAV, 0, 0);
}

uint32_t clam_field(struct clam *c, enum clam_member member)
{
	uint32_t m = module(c);
	return clam_node(c, COND_FIELD, VALUE_INT, m, member, 0);
}

uint32_t clam_call_of(struct clam *c, uint32_t m, uint32_t member, const uint32_t *argument,
		      size_t n)
{
	uint32_t at = pool(c, argument, n);
	uint32_t call = clam_node(c, COND_CALL, VALUE_INT, m, member, at);

	if (!c->failed)
		((struct cond_node *)(void *)c->set->nodes.p)[call].n = (uint16_t)n;
	return call;
}

uint32_t clam_call(struct clam *c, enum clam_member member, const uint32_t *argument, size_t n)
{
	return clam_call_of(c, module(c), member, argument, n);
}

static uint32_t compare(struct clam *c, enum cond_op op, uint32_t a, int64_t v)
{
	uint32_t b = clam_int(c, v);
	return clam_node(c, op, VALUE_BOOL, a, b, 0);
}

uint32_t clam_between(struct clam *c, enum clam_member member, uint64_t low, uint64_t high)
{
	if (low == high)
		return compare(c, COND_EQ, clam_field(c, member), (int64_t)low);
	uint32_t both[2];
	both[0] = compare(c, COND_GE, clam_field(c, member), (int64_t)low);
	both[1] = compare(c, COND_LE, clam_field(c, member), (int64_t)high);
	return clam_all(c, COND_AND, both, 2);
}

uint32_t clam_text_is(struct clam *c, uint32_t number, uint32_t member, struct span text)
{
	rule_of(c)->modules |= 1u << number;
	uint32_t m = clam_node(c, COND_MODULE, VALUE_STRUCT, number, 0, 0);
	uint32_t call = clam_call_of(c, m, member, NULL, 0);
	if (!c->failed)
		((struct cond_node *)(void *)c->set->nodes.p)[call].kind = VALUE_STRING;
	uint32_t b = clam_text(c, text);
	return clam_node(c, COND_EQ, VALUE_BOOL, call, b, 0);
}

uint32_t clam_within(struct clam *c, int64_t up, struct span type)
{
	uint32_t argument[2];

	argument[0] = clam_int(c, up);
	argument[1] = clam_text(c, type);
	return compare(c, COND_EQ, clam_call(c, CLAM_WITHIN, argument, 2), 1);
}

/* These bytes stand at that place: a test that gates the rule before anything is read. */
static uint32_t stands(struct clam *c, uint64_t place, uint16_t bytes, uint32_t value)
{
	uint32_t at = clam_int(c, (int64_t)place);
	uint32_t read = clam_node(c, COND_READ, VALUE_INT, at, 0, 0);

	if (!c->failed)
		((struct cond_node *)(void *)c->set->nodes.p)[read].n =
			(uint16_t)(bytes | COND_READ_BIG);
	return compare(c, COND_EQ, read, value);
}

uint32_t clam_bytes_at(struct clam *c, uint64_t at, const uint8_t *bytes, size_t n)
{
	uint32_t node[CLAM_MAX_BYTES_AT];
	size_t n_nodes = 0;

	for (size_t i = 0; i < n && n_nodes < CLAM_MAX_BYTES_AT;) {
		uint16_t k = n - i >= 4 ? 4 : n - i >= 2 ? 2 : 1;
		uint32_t value = 0;
		for (uint16_t b = 0; b < k; b++)
			value = value << 8 | bytes[i + b];
		node[n_nodes++] = stands(c, at + i, k, value);
		i += k;
	}
	return clam_all(c, COND_AND, node, n_nodes);
}

uint32_t clam_of_target(struct clam *c, uint64_t target)
{
	if (target != CLAM_ANY && (c->retyped >> target & 1) != 0)
		return compare(c, COND_EQ, clam_field(c, CLAM_TARGET), (int64_t)target);
	switch (target) {
	case CLAM_ANY:
		return COND_NONE;
	case CLAM_PE:
		return stands(c, 0, 2, 0x4d5a);
	case CLAM_ELF:
		return stands(c, 0, 4, 0x7f454c46);
	case CLAM_OLE2:
		return stands(c, 0, 4, 0xd0cf11e0);
	case CLAM_PDF:
		return stands(c, 0, 4, 0x25504446);
	default:
		return compare(c, COND_EQ, clam_field(c, CLAM_TARGET), (int64_t)target);
	}
}

uint32_t clam_string(struct clam *c, struct span hex, struct span where, uint32_t flags)
{
	struct ir_rule *r = rule_of(c);
	char text[16];
	int n = snprintf(text, sizeof text, "$%u", r->n_strings);
	const uint8_t *name = arena_copy(&c->set->arena, text, (size_t)n);
	struct ir_string s = { .name = { name, (size_t)n },
			       .pattern = { .kind = PATTERN_BODY, .flags = flags, .text = hex },
			       .place = clam_place(c, where),
			       .text_place = clam_place(c, where),
			       .rule = c->rule,
			       .fixed = true,
			       .fixed_at = IR_NOT_FIXED_AT,
			       .named = true };

	c->failed = c->failed || name == NULL;
	r->n_strings++;
	buf_put(&c->set->strings, &s, sizeof s);
	c->failed = c->failed || !buf_ok(&c->set->strings);
	return (uint32_t)(c->set->strings.n / sizeof s - 1);
}

bool clam_finish(struct clam *c, uint32_t root)
{
	struct ir_rule *r = rule_of(c);

	r->root = root;
	r->n_nodes = (uint32_t)(c->set->nodes.n / sizeof(struct cond_node)) - r->first_node;
	return !c->failed;
}
