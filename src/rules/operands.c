/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/operands.h"

#include "base/buf.h"

static void add(struct operands *o, uint32_t number)
{
	if (number != COND_NONE)
		o->one[o->n_one++] = number;
}

static bool add_list(const struct cond_code *code, struct operands *o, uint32_t at, size_t n)
{
	if (at > code->n_pool || n > code->n_pool - at)
		return false;
	o->list = n > 0 ? code->pool + at : NULL;
	o->n_list = n;
	return true;
}

static bool collect(const struct cond_code *code, const struct cond_node *n, struct operands *o)
{
	switch ((enum cond_op)n->op) {
	case COND_FOUND_AT:
	case COND_FOUND_IN:
	case COND_COUNT_IN:
	case COND_OFFSET:
	case COND_LENGTH:
		add(o, n->b);
		return true;
	case COND_READ:
	case COND_FIELD:
	case COND_NEG:
	case COND_BITNOT:
	case COND_NOT:
	case COND_DEFINED:
	case COND_TO_FLOAT:
	case COND_TO_BOOL:
	case COND_ELSE_ZERO:
	case COND_PERCENT:
		add(o, n->a);
		return true;
	case COND_INDEX:
	case COND_LOOKUP:
	case COND_RANGE:
	case COND_WITH:
		add(o, n->a);
		add(o, n->b);
		return true;
	case COND_CALL:
		add(o, n->a);
		return add_list(code, o, n->c, n->n);
	case COND_AND:
	case COND_OR:
	case COND_LIST:
		return add_list(code, o, n->a, n->b);
	case COND_OF:
	case COND_FOR_OF:
	case COND_FOR_IN:
		add(o, n->a);
		add(o, n->b);
		add(o, n->c);
		return true;
	default:
		if (n->op >= COND_ADD && n->op <= COND_MATCHES) {
			add(o, n->a);
			add(o, n->b);
		}
		return true;
	}
}

bool operands_of(const struct cond_code *code, uint32_t number, struct operands *out)
{
	struct operands o = { .n_one = 0 };

	if (number >= code->n_nodes || !collect(code, &code->node[number], &o))
		return false;
	for (size_t i = 0; i < o.n_one; i++)
		if (o.one[i] >= number)
			return false;
	for (size_t i = 0; i < o.n_list; i++)
		if (o.list[i] >= number)
			return false;
	*out = o;
	return true;
}

static bool deepen(const uint32_t *depth, uint32_t first, uint32_t operand, uint32_t *most)
{
	if (operand < first)
		return false;
	if (depth[operand - first] > *most)
		*most = depth[operand - first];
	return true;
}

size_t operands_depth(const struct cond_code *code, uint32_t first, uint32_t root)
{
	struct buf depths;
	size_t answer = 0;

	if (root < first || root >= code->n_nodes)
		return 0;
	buf_init(&depths, SIZE_MAX);
	uint32_t *depth = buf_grow(&depths, ((size_t)(root - first) + 1) * sizeof *depth);
	for (uint32_t i = first; depth != NULL && i <= root; i++) {
		struct operands o;
		uint32_t most = 0;
		bool ok = operands_of(code, i, &o);
		for (size_t k = 0; ok && k < o.n_one; k++)
			ok = deepen(depth, first, o.one[k], &most);
		for (size_t k = 0; ok && k < o.n_list; k++)
			ok = deepen(depth, first, o.list[k], &most);
		if (!ok)
			goto out;
		depth[i - first] = most + 1;
	}
	answer = depth != NULL ? depth[root - first] : 0;
out:
	buf_release(&depths);
	return answer;
}
