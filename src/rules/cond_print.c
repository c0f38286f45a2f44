/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/cond_print.h"

#include "base/text.h"
#include "rules/operands.h"

static const char *const words[COND_OP_COUNT] = {
	[COND_ERROR] = "error",
	[COND_INT] = "int",
	[COND_FLOAT] = "float",
	[COND_STRING] = "text",
	[COND_REGEX] = "regex",
	[COND_TRUE] = "true",
	[COND_FALSE] = "false",
	[COND_FILESIZE] = "filesize",
	[COND_ENTRYPOINT] = "entrypoint",
	[COND_EXTERN] = "extern",
	[COND_RULE] = "rule",
	[COND_VAR] = "var",
	[COND_FOUND] = "$",
	[COND_FOUND_AT] = "$at",
	[COND_FOUND_IN] = "$in",
	[COND_COUNT] = "#",
	[COND_COUNT_IN] = "#in",
	[COND_OFFSET] = "@",
	[COND_LENGTH] = "!",
	[COND_READ] = "read",
	[COND_MODULE] = "module",
	[COND_FIELD] = "field",
	[COND_INDEX] = "index",
	[COND_LOOKUP] = "lookup",
	[COND_CALL] = "call",
	[COND_NEG] = "neg",
	[COND_BITNOT] = "~",
	[COND_NOT] = "not",
	[COND_DEFINED] = "defined",
	[COND_TO_FLOAT] = "float",
	[COND_ELSE_ZERO] = "else-zero",
	[COND_TO_BOOL] = "bool",
	[COND_ADD] = "+",
	[COND_SUB] = "-",
	[COND_MUL] = "*",
	[COND_DIV] = "\\",
	[COND_MOD] = "%",
	[COND_BITAND] = "&",
	[COND_BITOR] = "|",
	[COND_BITXOR] = "^",
	[COND_SHL] = "<<",
	[COND_SHR] = ">>",
	[COND_EQ] = "==",
	[COND_NE] = "!=",
	[COND_LT] = "<",
	[COND_LE] = "<=",
	[COND_GT] = ">",
	[COND_GE] = ">=",
	[COND_CONTAINS] = "contains",
	[COND_ICONTAINS] = "icontains",
	[COND_STARTSWITH] = "startswith",
	[COND_ISTARTSWITH] = "istartswith",
	[COND_ENDSWITH] = "endswith",
	[COND_IENDSWITH] = "iendswith",
	[COND_IEQUALS] = "iequals",
	[COND_MATCHES] = "matches",
	[COND_AND] = "and",
	[COND_OR] = "or",
	[COND_RANGE] = "range",
	[COND_STRINGS] = "strings",
	[COND_RULES] = "rules",
	[COND_LIST] = "list",
	[COND_ALL] = "all",
	[COND_ANY] = "any",
	[COND_NONE_OF] = "none",
	[COND_PERCENT] = "percent",
	[COND_OF] = "of",
	[COND_FOR_OF] = "for-of",
	[COND_FOR_IN] = "for-in",
	[COND_WITH] = "with",
};

static void print_number(uint32_t n, struct buf *out)
{
	if (n != COND_NONE)
		buf_printf(out, " %u", n);
}

/* What a node holds beside its operands. */
static void print_own(const struct cond_code *code, const struct cond_node *n, struct buf *out)
{
	switch ((enum cond_op)n->op) {
	case COND_EXTERN:
	case COND_RULE:
	case COND_VAR:
	case COND_REGEX:
	case COND_MODULE:
	case COND_FOUND:
	case COND_FOUND_AT:
	case COND_FOUND_IN:
	case COND_COUNT:
	case COND_COUNT_IN:
	case COND_OFFSET:
	case COND_LENGTH:
		print_number(n->a, out);
		break;
	case COND_FIELD:
	case COND_CALL:
		print_number(n->b, out);
		break;
	case COND_READ:
		buf_printf(out, " %s%u%s", (n->n & COND_READ_SIGNED) != 0 ? "int" : "uint",
			   8 * (n->n & COND_READ_BYTES), (n->n & COND_READ_BIG) != 0 ? "be" : "");
		break;
	case COND_FOR_IN:
	case COND_WITH:
		buf_printf(out, " v%u", n->n);
		break;
	case COND_STRINGS:
	case COND_RULES:
		if (n->a > code->n_pool || n->b > code->n_pool - n->a) {
			buf_put_text(out, " (?)");
			break;
		}
		for (size_t i = 0; i < n->b; i++)
			print_number(code->pool[n->a + i], out);
		break;
	default:
		break;
	}
}

static bool print_constant(const struct cond_code *code, const struct cond_node *n, struct buf *out)
{
	switch ((enum cond_op)n->op) {
	case COND_INT:
		buf_printf(out, "%lld", (long long)cond_int(n));
		return true;
	case COND_FLOAT:
		buf_printf(out, "%.17g", cond_float(n));
		return true;
	case COND_STRING:
		buf_put_u8(out, '"');
		text_escape(out, span_cut(code->text, n->a, n->b));
		buf_put_u8(out, '"');
		return true;
	default:
		return false;
	}
}

static void print(const struct cond_code *code, uint32_t number, unsigned depth, struct buf *out)
{
	struct operands o;

	if (!buf_ok(out))
		return;
	if (depth > COND_MAX_DEPTH || !operands_of(code, number, &o) ||
	    code->node[number].op >= COND_OP_COUNT) {
		buf_put_text(out, "(?)");
		return;
	}
	const struct cond_node *n = &code->node[number];
	if (print_constant(code, n, out))
		return;
	buf_printf(out, "(%s", words[n->op]);
	print_own(code, n, out);
	for (size_t i = 0; i < o.n_one; i++) {
		buf_put_u8(out, ' ');
		print(code, o.one[i], depth + 1, out);
	}
	for (size_t i = 0; i < o.n_list; i++) {
		buf_put_u8(out, ' ');
		print(code, o.list[i], depth + 1, out);
	}
	buf_put_u8(out, ')');
}

void cond_print(const struct cond_code *code, uint32_t root, struct buf *out)
{
	print(code, root, 1, out);
}
