/* SPDX-License-Identifier: Apache-2.0 */
#include "match/prog_impl.h"

/* From a tree to a program. */

struct compiler {
	struct buf code; /* struct instruction */
	struct buf sets; /* 32 bytes each */
	bool backward;
	unsigned depth;
};

static uint32_t here(const struct compiler *c)
{
	return (uint32_t)(c->code.n / sizeof(struct instruction));
}

static uint32_t emit(struct compiler *c, enum op op, uint8_t byte, uint16_t set, uint32_t x)
{
	struct instruction i = { (uint8_t)op, byte, set, x };
	uint32_t at = here(c);

	buf_put(&c->code, &i, sizeof i);
	return at;
}

static void aim(struct compiler *c, uint32_t at, uint32_t to)
{
	if (buf_ok(&c->code))
		((struct instruction *)(void *)c->code.p)[at].x = to;
}

static void emit_set(struct compiler *c, const struct tree *t)
{
	size_t n = c->sets.n / sizeof t->set, look = n > 64 ? 64 : n;
	bool all = true, fold;
	int single = tree_single(t, &fold);

	if (single >= 0 && !fold) {
		emit(c, OP_BYTE, (uint8_t)single, 0, 0);
		return;
	}
	for (int w = 0; w < 4; w++)
		all = all && t->set[w] == UINT64_MAX;
	if (all) {
		emit(c, OP_ANY, 0, 0, 0);
		return;
	}
	for (size_t i = n - look; i < n; i++)
		if (memcmp(c->sets.p + i * sizeof t->set, t->set, sizeof t->set) == 0) {
			emit(c, OP_SET, 0, (uint16_t)i, 0);
			return;
		}
	buf_put(&c->sets, t->set, sizeof t->set);
	emit(c, OP_SET, 0, (uint16_t)n, 0);
}

static void compile(struct compiler *c, const struct tree *t);

/* Children in order, or from the last to the first for the mirror image. */
static void compile_cat(struct compiler *c, const struct tree *t)
{
	if (!c->backward) {
		for (const struct tree *k = t->child; k != NULL; k = k->next)
			compile(c, k);
		return;
	}
	for (const struct tree *k = t->last; k != NULL; k = k->before)
		compile(c, k);
}

static void compile_alt(struct compiler *c, const struct tree *t)
{
	uint32_t out = UINT32_MAX; /* chain of jumps to the end, linked by x */

	for (const struct tree *k = t->child; k != NULL; k = k->next) {
		uint32_t split = k->next != NULL ? emit(c, OP_SPLIT, 0, 0, 0) : 0;
		compile(c, k);
		if (k->next != NULL) {
			out = emit(c, OP_JUMP, 0, 0, out);
			aim(c, split, here(c));
		}
	}
	while (out != UINT32_MAX && buf_ok(&c->code)) {
		uint32_t before = ((struct instruction *)(void *)c->code.p)[out].x;
		aim(c, out, here(c));
		out = before;
	}
}

static void compile_repeat(struct compiler *c, const struct tree *t)
{
	uint32_t start = here(c);

	for (uint32_t i = 0; i < t->min && buf_ok(&c->code); i++) {
		start = here(c);
		compile(c, t->child);
	}
	if (t->max == TREE_UNBOUNDED) {
		if (t->min > 0) {
			/* the last copy again and again */
			emit(c, t->lazy ? OP_SPLIT : OP_SPLIT_FAR, 0, 0, start);
			return;
		}
		uint32_t split = emit(c, t->lazy ? OP_SPLIT_FAR : OP_SPLIT, 0, 0, 0);
		compile(c, t->child);
		emit(c, OP_JUMP, 0, 0, split);
		aim(c, split, here(c));
		return;
	}
	uint32_t out = UINT32_MAX; /* splits that leave the repetition, linked by x */
	for (uint32_t i = t->min; i < t->max && buf_ok(&c->code); i++) {
		out = emit(c, t->lazy ? OP_SPLIT_FAR : OP_SPLIT, 0, 0, out);
		compile(c, t->child);
	}
	while (out != UINT32_MAX && buf_ok(&c->code)) {
		uint32_t before = ((struct instruction *)(void *)c->code.p)[out].x;
		aim(c, out, here(c));
		out = before;
	}
}

static void compile(struct compiler *c, const struct tree *t)
{
	if (!buf_ok(&c->code))
		return;
	switch (t->kind) {
	case TREE_EMPTY:
		break;
	case TREE_SET:
		emit_set(c, t);
		break;
	case TREE_CAT:
		compile_cat(c, t);
		break;
	case TREE_ALT:
		compile_alt(c, t);
		break;
	case TREE_REPEAT:
		compile_repeat(c, t);
		break;
	case TREE_START:
		emit(c, OP_START, 0, 0, 0);
		break;
	case TREE_END:
		emit(c, OP_END, 0, 0, 0);
		break;
	case TREE_WORD:
		emit(c, OP_WORD, 0, 0, 0);
		break;
	case TREE_NOT_WORD:
		emit(c, OP_NOT_WORD, 0, 0, 0);
		break;
	}
}

bool prog_compile(const struct tree *t, bool backward, struct buf *out, struct error *e)
{
	struct compiler c = { .backward = backward };

	buf_init(&c.code, PROG_MAX_INSTRUCTIONS * sizeof(struct instruction));
	buf_init(&c.sets, (size_t)UINT16_MAX * sizeof t->set);
	compile(&c, t);
	emit(&c, OP_MATCH, 0, 0, 0);
	bool ok = buf_ok(&c.code) && buf_ok(&c.sets);
	if (ok) {
		struct prog_head h = { here(&c), (uint32_t)(c.sets.n / sizeof t->set) };
		buf_put(out, &h, sizeof h);
		buf_put_span(out, buf_span(&c.code));
		buf_put_span(out, buf_span(&c.sets));
	} else {
		error_set(e, REASON_LIMIT, PLACE_NONE,
			  "pattern: its repetitions come to more than %d states",
			  PROG_MAX_INSTRUCTIONS);
	}
	buf_release(&c.code);
	buf_release(&c.sets);
	return ok;
}
