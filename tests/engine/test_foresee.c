/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "engine/eval.h"

/*
 * What is foreseen of a condition is what its evaluation gives: trees made at random, over strings
 * of which some are known, each evaluated with every search allowed.
 */

enum { N_STRINGS = 8, NODES = 48, POOL = 64, FILE_SIZE = 100 };

struct world {
	uint32_t there, known; /* a bit for each string */
	uint32_t at_start;     /* of those that are there */
	unsigned n_searched;
	struct match match;
};

static bool present(void *ctx, uint32_t string)
{
	struct world *w = ctx;

	w->n_searched++;
	return (w->there >> string % N_STRINGS & 1) != 0;
}

static int known(void *ctx, uint32_t string)
{
	const struct world *w = ctx;

	if ((w->known >> string % N_STRINGS & 1) == 0)
		return -1;
	return w->there >> string % N_STRINGS & 1;
}

static void matches(void *ctx, uint32_t string, const struct match **list, size_t *n)
{
	struct world *w = ctx;

	w->n_searched++;
	w->match = (struct match){ .at = (w->at_start >> string % N_STRINGS & 1) != 0 ? 0 : 7,
				   .n = 3 };
	*list = &w->match;
	*n = w->there >> string % N_STRINGS & 1;
}

static int known_at(void *ctx, uint32_t string, int64_t at)
{
	const struct world *w = ctx;

	if (at != 0) /* the only place that this one looks at without a search */
		return -1;
	return w->there >> string % N_STRINGS & w->at_start >> string % N_STRINGS & 1;
}

static bool rule(void *ctx, uint32_t number)
{
	(void)ctx;
	return number % 2 == 0;
}

static const struct eval_source source = {
	.present = present, .known = known, .known_at = known_at, .matches = matches, .rule = rule
};

static uint64_t random_next(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * UINT64_C(0x2545f4914f6cdd1d);
}

/* A tree that grows: each node has its operands among those before it. */
struct tree {
	struct cond_node node[NODES];
	uint32_t n, pool[POOL], n_pool;
	uint64_t x;
};

static uint32_t below(struct tree *t, uint32_t n)
{
	return (uint32_t)(random_next(&t->x) >> 33) % n;
}

static uint32_t put(struct tree *t, struct cond_node n)
{
	assert_true(t->n < NODES);
	t->node[t->n] = n;
	return t->n++;
}

static uint32_t number(struct tree *t, uint32_t value)
{
	return put(t, (struct cond_node){ .op = COND_INT, .a = value });
}

static uint32_t strings_of(struct tree *t)
{
	static const uint8_t how[] = { COND_ALL, COND_ANY, COND_NONE_OF, COND_INT, COND_INT };
	uint32_t first = t->n_pool, n = 1 + below(t, 3);

	for (uint32_t i = 0; i < n; i++)
		t->pool[t->n_pool++] = below(t, N_STRINGS);
	uint32_t set = put(t, (struct cond_node){ .op = COND_STRINGS, .a = first, .b = n });
	uint32_t c =
		put(t, (struct cond_node){ .op = how[below(t, sizeof how)], .a = below(t, 4) });
	return put(t, (struct cond_node){ .op = COND_OF, .a = set, .b = COND_NONE, .c = c });
}

static uint32_t leaf(struct tree *t)
{
	uint32_t a, b;

	switch (below(t, 7)) {
	case 0:
		return put(t,
			   (struct cond_node){ .op = below(t, 2) != 0 ? COND_TRUE : COND_FALSE });
	case 1:
		a = put(t, (struct cond_node){ .op = COND_FILESIZE });
		b = number(t, FILE_SIZE - 1 + below(t, 3));
		return put(t, (struct cond_node){
				      .op = (uint8_t)(COND_EQ + below(t, 6)), .a = a, .b = b });
	case 2:
		a = number(t, below(t, 2) * 7);
		return put(t, (struct cond_node){
				      .op = COND_FOUND_AT, .a = below(t, N_STRINGS), .b = a });
	case 3:
		return strings_of(t);
	case 4: /* nothing of a rule is foreseen */
		return put(t, (struct cond_node){ .op = COND_RULE, .a = below(t, 2) });
	default:
		return put(t, (struct cond_node){ .op = COND_FOUND, .a = below(t, N_STRINGS) });
	}
}

static uint32_t grow(struct tree *t, unsigned depth)
{
	uint32_t kind = below(t, 4), a, b;

	if (depth == 0 || kind == 0)
		return leaf(t);
	a = grow(t, depth - 1);
	if (kind == 1)
		return put(t, (struct cond_node){ .op = COND_NOT, .a = a });
	b = grow(t, depth - 1);
	t->pool[t->n_pool] = a;
	t->pool[t->n_pool + 1] = b;
	t->n_pool += 2;
	return put(t, (struct cond_node){
			      .op = kind == 2 ? COND_AND : COND_OR, .a = t->n_pool - 2, .b = 2 });
}

static struct eval evaluator(struct tree *t, struct world *w, struct arena *a, uint64_t *steps)
{
	static uint8_t file[FILE_SIZE];

	*steps = 1000000;
	return (struct eval){
		.code = { .node = t->node, .n_nodes = t->n, .pool = t->pool, .n_pool = t->n_pool },
		.file = { file, sizeof file },
		.arena = a,
		.steps = steps,
		.source = &source,
		.ctx = w
	};
}

static void what_is_foreseen_is_what_comes(void **state)
{
	enum { ROUNDS = 200000 };
	static struct tree t;
	unsigned n[3] = { 0, 0, 0 };
	struct arena a;
	uint64_t steps, x = 1;

	(void)state;
	arena_init(&a, 1 << 20);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct world w = { .there = (uint32_t)random_next(&x),
				   .known = (uint32_t)random_next(&x),
				   .at_start = (uint32_t)random_next(&x) };
		struct value value;

		t.n = t.n_pool = 0;
		t.x = random_next(&x);
		uint32_t root = grow(&t, 3);
		struct eval v = evaluator(&t, &w, &a, &steps);
		int foreseen = eval_foresee(&v, root);
		assert_int_equal(w.n_searched, 0);
		n[foreseen + 1]++;
		eval_node(&v, root, &value);
		assert_int_equal(v.error.why, REASON_NONE);
		if (foreseen >= 0 && foreseen != eval_is_true(&value))
			fail_msg("round %u: foreseen %d", round, foreseen);
		assert_int_equal(eval_condition(&v, root), eval_is_true(&value));
	}
	/* each answer is met: this is not a test of "not known" alone */
	for (unsigned i = 0; i < 3; i++)
		assert_true(n[i] > ROUNDS / 10);
	arena_release(&a);
}

/* `$0 and $1 and filesize < 10`: neither string is searched for. */
static void a_condition_that_cannot_be_true_searches_nothing(void **state)
{
	struct tree t = { .node = { { .op = COND_FOUND, .a = 0 },
				    { .op = COND_FOUND, .a = 1 },
				    { .op = COND_FILESIZE },
				    { .op = COND_INT, .a = 10 },
				    { .op = COND_LT, .a = 2, .b = 3 },
				    { .op = COND_AND, .a = 0, .b = 3 } },
			  .n = 6,
			  .pool = { 0, 1, 4 },
			  .n_pool = 3 };
	struct world w = { .there = 3 };
	uint64_t steps;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	struct eval v = evaluator(&t, &w, &a, &steps);
	assert_false(eval_condition(&v, 5));
	assert_int_equal(w.n_searched, 0);
	t.node[3].a = FILE_SIZE + 1;
	assert_true(eval_condition(&v, 5));
	assert_int_equal(w.n_searched, 2);
	/* of a process nobody knows how large it is */
	t.node[3].a = 10;
	v.process = true;
	assert_int_equal(eval_foresee(&v, 5), -1);
	/* a rule that prints is evaluated as it is written */
	v.process = false;
	v.logs = true;
	w.n_searched = 0;
	assert_false(eval_condition(&v, 5));
	assert_int_equal(w.n_searched, 2);
	arena_release(&a);
}

/* `not (not (...))` that names each node twice would be looked at without end. */
static void what_would_take_long_is_not_foreseen(void **state)
{
	enum { DEPTH = 40 };
	struct tree t = { .n = DEPTH, .n_pool = 2 * DEPTH - 2 };
	struct world w = { .known = 0 };
	uint64_t steps;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	static uint32_t pool[2 * DEPTH];
	t.node[0] = (struct cond_node){ .op = COND_FOUND, .a = 0 };
	for (uint32_t i = 1; i < DEPTH; i++) {
		pool[2 * i - 2] = pool[2 * i - 1] = i - 1;
		t.node[i] = (struct cond_node){ .op = COND_OR, .a = 2 * i - 2, .b = 2 };
	}
	struct eval v = evaluator(&t, &w, &a, &steps);
	v.code.pool = pool;
	v.code.n_pool = 2 * DEPTH;
	assert_int_equal(eval_foresee(&v, DEPTH - 1), -1);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_foreseen_is_what_comes),
		cmocka_unit_test(a_condition_that_cannot_be_true_searches_nothing),
		cmocka_unit_test(what_would_take_long_is_not_foreseen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
