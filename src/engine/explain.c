/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/scanner.h"

#include <inttypes.h>

/* What a condition read, written as its source would: pe.sections[1].name, uint16(0), #a ... */

enum {
	MAX_NAME = 400,
	MAX_DEPTH = 32,
	NOTE_STEPS = 200, /* a value costs so much more to note than to read */
};

static void name_of(const struct scanner *s, const struct eval *v, uint32_t number, unsigned depth,
		    struct buf *out);

static void string_name(const struct scanner *s, const struct eval *v, uint32_t a, char sign,
			struct buf *out)
{
	struct db_string string;
	uint32_t k = a == COND_NONE ? v->loop_string : a;

	buf_put_u8(out, (uint8_t)sign);
	if (db_string(s->db, k, &string) && string.name.n > 1)
		buf_put(out, string.name.p + 1, string.name.n - 1);
}

static void value_text(const struct value *x, struct buf *out)
{
	switch (x->kind) {
	case VALUE_INT:
	case VALUE_BOOL:
		buf_printf(out, "%" PRId64, x->i);
		break;
	case VALUE_FLOAT:
		buf_printf(out, "%g", x->f);
		break;
	case VALUE_STRING:
		buf_put_u8(out, '"');
		text_escape(out, span_cut(x->s, 0, 80));
		buf_put_u8(out, '"');
		break;
	default:
		buf_put_text(out, "undefined");
		break;
	}
}

/* A plain value stands for itself; what has parts is named by where it lies. */
static void var_name(const struct scanner *s, const struct eval *v, uint32_t slot, unsigned depth,
		     struct buf *out)
{
	if (slot >= COND_MAX_VARS)
		return;
	const struct eval_scope *scope = &v->scope[slot];
	if (v->var[slot].kind <= VALUE_STRING || scope->over == COND_NONE) {
		value_text(&v->var[slot], out);
		return;
	}
	name_of(s, v, scope->over, depth + 1, out);
	if (slot > 0 && v->scope[slot - 1].over == COND_NONE &&
	    v->var[slot - 1].kind == VALUE_STRING) {
		buf_put_u8(out, '[');
		value_text(&v->var[slot - 1], out); /* a dictionary's key stands before its value */
		buf_put_u8(out, ']');
	} else {
		buf_printf(out, "[%" PRIu64 "]", scope->index);
	}
}

static void read_name(const struct scanner *s, const struct eval *v, const struct cond_node *n,
		      unsigned depth, struct buf *out)
{
	buf_printf(out, "%sint%u%s(", (n->n & COND_READ_SIGNED) != 0 ? "" : "u",
		   8u * (n->n & COND_READ_BYTES), (n->n & COND_READ_BIG) != 0 ? "be" : "");
	name_of(s, v, n->a, depth + 1, out);
	buf_put_u8(out, ')');
}

static void call_name(const struct scanner *s, const struct eval *v, const struct cond_node *n,
		      unsigned depth, struct buf *out)
{
	uint32_t module;
	const struct field *t = eval_table(v, n->a, &module);

	name_of(s, v, n->a, depth + 1, out);
	buf_printf(out, ".%s(", t != NULL && n->b < field_count(t) ? t[n->b].name : "?");
	for (uint32_t i = 0; i < n->n && n->c < v->code.n_pool && i < v->code.n_pool - n->c; i++) {
		if (i > 0)
			buf_put_text(out, ", ");
		name_of(s, v, v->code.pool[n->c + i], depth + 1, out);
	}
	buf_put_u8(out, ')');
}

static void member_name(const struct scanner *s, const struct eval *v, const struct cond_node *n,
			unsigned depth, struct buf *out)
{
	const struct field *t;
	uint32_t module;

	name_of(s, v, n->a, depth + 1, out);
	if (n->op == COND_FIELD) {
		t = eval_table(v, n->a, &module);
		buf_printf(out, ".%s", t != NULL && n->b < field_count(t) ? t[n->b].name : "?");
		return;
	}
	buf_put_u8(out, '[');
	name_of(s, v, n->b, depth + 1, out);
	buf_put_u8(out, ']');
}

/* An arithmetic operator as it is written; NULL for any other node. */
static const char *operator_text(unsigned op)
{
	static const char *const text[COND_OP_COUNT] = {
		[COND_ADD] = "+",  [COND_SUB] = "-",    [COND_MUL] = "*",   [COND_DIV] = "\\",
		[COND_MOD] = "%",  [COND_BITAND] = "&", [COND_BITOR] = "|", [COND_BITXOR] = "^",
		[COND_SHL] = "<<", [COND_SHR] = ">>",
	};
	return op < COND_OP_COUNT ? text[op] : NULL;
}

/* What has no operands; false where n is none of these. */
static bool leaf_name(const struct scanner *s, const struct eval *v, const struct cond_node *n,
		      unsigned depth, struct buf *out)
{
	struct value text = { .kind = VALUE_STRING, .s = span_cut(v->code.text, n->a, n->b) };
	struct ir_extern x;
	struct db_rule rule;

	switch (n->op) {
	case COND_INT:
		buf_printf(out, "%" PRId64, cond_int(n));
		return true;
	case COND_FLOAT:
		buf_printf(out, "%g", cond_float(n));
		return true;
	case COND_STRING:
		value_text(&text, out);
		return true;
	case COND_REGEX:
		buf_put_text(out, "/.../");
		return true;
	case COND_FILESIZE:
		buf_put_text(out, "filesize");
		return true;
	case COND_ENTRYPOINT:
		buf_put_text(out, "entrypoint");
		return true;
	case COND_EXTERN:
		buf_put_span(out, db_extern(s->db, n->a, &x) ? x.name : span_of("?"));
		return true;
	case COND_RULE:
		buf_put_span(out, db_rule(s->db, n->a, &rule) ? rule.name : span_of("?"));
		return true;
	case COND_VAR:
		var_name(s, v, n->a, depth, out);
		return true;
	case COND_MODULE:
		buf_put_text(out, n->a < MODULE_COUNT ? modules_all[n->a]->name : "?");
		return true;
	default:
		return false;
	}
}

/* #a in (0..100), @a[2], !a */
static void match_name(const struct scanner *s, const struct eval *v, const struct cond_node *n,
		       unsigned depth, struct buf *out)
{
	bool counts = n->op == COND_COUNT || n->op == COND_COUNT_IN;

	string_name(s, v, n->a, counts ? '#' : n->op == COND_OFFSET ? '@' : '!', out);
	if (n->op == COND_COUNT_IN) {
		buf_put_text(out, " in ");
		name_of(s, v, n->b, depth + 1, out);
	} else if (!counts && n->b != COND_NONE) {
		buf_put_u8(out, '[');
		name_of(s, v, n->b, depth + 1, out);
		buf_put_u8(out, ']');
	}
}

static void operand_name(const struct scanner *s, const struct eval *v, uint32_t number,
			 unsigned depth, struct buf *out)
{
	bool nested = number < v->code.n_nodes && operator_text(v->code.node[number].op) != NULL;

	buf_put_text(out, nested ? "(" : "");
	name_of(s, v, number, depth + 1, out);
	buf_put_text(out, nested ? ")" : "");
}

static void name_of(const struct scanner *s, const struct eval *v, uint32_t number, unsigned depth,
		    struct buf *out)
{
	if (number >= v->code.n_nodes || depth > MAX_DEPTH || out->n > MAX_NAME) {
		buf_put_text(out, "...");
		return;
	}
	const struct cond_node *n = &v->code.node[number];
	if (leaf_name(s, v, n, depth, out))
		return;
	switch (n->op) {
	case COND_COUNT:
	case COND_COUNT_IN:
	case COND_OFFSET:
	case COND_LENGTH:
		match_name(s, v, n, depth, out);
		break;
	case COND_READ:
		read_name(s, v, n, depth, out);
		break;
	case COND_FIELD:
	case COND_INDEX:
	case COND_LOOKUP:
		member_name(s, v, n, depth, out);
		break;
	case COND_CALL:
		call_name(s, v, n, depth, out);
		break;
	case COND_TO_FLOAT:
	case COND_TO_BOOL:
	case COND_ELSE_ZERO:
	case COND_NEG:
	case COND_BITNOT:
		buf_put_text(out, n->op == COND_NEG ? "-" : n->op == COND_BITNOT ? "~" : "");
		operand_name(s, v, n->a, depth, out);
		break;
	case COND_RANGE:
		buf_put_u8(out, '(');
		name_of(s, v, n->a, depth + 1, out);
		buf_put_text(out, "..");
		name_of(s, v, n->b, depth + 1, out);
		buf_put_u8(out, ')');
		break;
	default:
		if (operator_text(n->op) == NULL) {
			buf_put_text(out, "...");
			break;
		}
		operand_name(s, v, n->a, depth, out);
		buf_printf(out, " %s ", operator_text(n->op));
		operand_name(s, v, n->b, depth, out);
		break;
	}
}

void explain_note(void *ctx, struct eval *v, uint32_t node, const struct value *value)
{
	struct scanner *s = ctx;
	const struct verdict_value *all = (const struct verdict_value *)(const void *)s->values.p;
	struct verdict_value out = { .value = *value };
	struct buf name;

	if (value->kind > VALUE_STRING || s->values.n / sizeof out >= VERDICT_MAX_VALUES ||
	    !eval_step(v, NOTE_STEPS))
		return;
	buf_init(&name, 4096);
	name_of(s, v, node, 0, &name);
	const char *text = arena_text(&s->arena, name.p, name.n);
	buf_release(&name);
	if (text == NULL)
		return;
	out.name = span_of(text);
	for (size_t i = 0; i < s->values.n / sizeof out; i++)
		if (span_equal(all[i].name, out.name))
			return;
	buf_put(&s->values, &out, sizeof out);
}

void explain_rule(struct scanner *s, uint32_t rule)
{
	size_t gaps = s->gaps.n;

	buf_reset(&s->values);
	s->steps = scan_budget(s);
	s->eval.source = &scan_source_noting;
	(void)eval_condition(&s->eval, s->db->rule[rule].root);
	s->eval.source = &scan_source;
	s->eval.error.why = REASON_NONE;
	s->gaps.n = gaps; /* the rule was examined; only its explanation ends early */
}
