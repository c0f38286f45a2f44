/* SPDX-License-Identifier: Apache-2.0 */
#include "match/prog.h"

enum op {
	OP_BYTE,
	OP_SET,
	OP_ANY,
	OP_SPLIT,
	OP_SPLIT_FAR,
	OP_JUMP,
	OP_START,
	OP_END,
	OP_WORD,
	OP_NOT_WORD,
	OP_MATCH
};

/* A thread that stands at SPLIT goes on at the next instruction and, second in rank, at x; at
 * SPLIT_FAR the one at x ranks first. */
struct instruction {
	uint8_t op;
	uint8_t byte;
	uint16_t set;
	uint32_t x;
};

struct prog_head {
	uint32_t n, n_sets;
};

/* ---- compiling */

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
	for (const struct tree *end = NULL; end != t->child;) {
		const struct tree *k = t->child;
		while (k->next != end)
			k = k->next;
		compile(c, k);
		end = k;
	}
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

/* ---- running */

void prog_scratch_init(struct prog_scratch *s) { *s = (struct prog_scratch){ 0 }; }

static void *room(void *old, size_t n)
{
	struct buf b = { .p = old, .max = SIZE_MAX };

	buf_release(&b);
	return buf_grow(&b, n);
}

void prog_scratch_release(struct prog_scratch *s)
{
	void *const all[] = { s->list[0], s->list[1], s->place, s->stack, s->lengths };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct buf b = { .p = all[i] };
		buf_release(&b);
	}
	*s = (struct prog_scratch){ 0 };
}

struct machine {
	const struct prog_run *run;
	struct prog_scratch *s;
	const uint8_t *code, *sets;
	uint32_t n, n_sets;
	size_t n_list[2];
	bool matched; /* a thread reached the end in this closure */
};

static bool ready(struct machine *m, const struct prog_run *run, struct prog_scratch *s)
{
	struct prog_head h;

	*m = (struct machine){ .run = run, .s = s };
	if (run->prog.n < sizeof h)
		return false;
	memcpy(&h, run->prog.p, sizeof h);
	if (h.n == 0 || h.n > PROG_MAX_INSTRUCTIONS || h.n_sets > UINT16_MAX ||
	    run->prog.n - sizeof h <
		    (size_t)h.n * sizeof(struct instruction) + (size_t)h.n_sets * 32)
		return false;
	m->n = h.n;
	m->n_sets = h.n_sets;
	m->code = run->prog.p + sizeof h;
	m->sets = m->code + (size_t)h.n * sizeof(struct instruction);
	if (s->size < h.n) {
		size_t n = (size_t)h.n + 64;
		s->list[0] = room(s->list[0], n * 4);
		s->list[1] = room(s->list[1], n * 4);
		s->place = room(s->place, n * 4);
		s->stack = room(s->stack, 2 * n * 4);
		s->size = s->list[0] != NULL && s->list[1] != NULL && s->place != NULL &&
					  s->stack != NULL
				  ? n
				  : 0;
	}
	return s->size >= h.n;
}

static bool is_word_at(const struct machine *m, uint64_t at)
{
	struct span d = m->run->data;

	if (at >= d.n)
		return false;
	uint8_t c = d.p[at];
	bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_';
	return word && (!m->run->wide || (at + 1 < d.n && d.p[at + 1] == 0));
}

/* The start and the end of the data count as boundaries, whatever stands there, as in YARA. */
static bool holds(const struct machine *m, unsigned op, uint64_t at)
{
	uint64_t step = m->run->wide ? 2 : 1;

	switch (op) {
	case OP_START:
		return at == 0;
	case OP_END:
		return at == m->run->data.n;
	default: {
		bool edge = at < step || m->run->data.n - at < step;
		bool boundary = edge || is_word_at(m, at - step) != is_word_at(m, at);
		return boundary == (op == OP_WORD);
	}
	}
}

/* Adds a thread at pc, and all that it reaches without reading, to a list. */
static void follow(struct machine *m, unsigned which, uint32_t pc, uint64_t at)
{
	uint32_t *list = m->s->list[which], *place = m->s->place, *stack = m->s->stack;
	size_t n = m->n_list[which], top = 0;

	stack[top++] = pc;
	while (top > 0) {
		struct instruction i;
		pc = stack[--top];
		if (pc >= m->n || (place[pc] < n && list[place[pc]] == pc))
			continue;
		place[pc] = (uint32_t)n;
		list[n++] = pc;
		memcpy(&i, m->code + (size_t)pc * sizeof i, sizeof i);
		switch (i.op) {
		case OP_SPLIT:
			stack[top++] = i.x;
			stack[top++] = pc + 1;
			break;
		case OP_SPLIT_FAR:
			stack[top++] = pc + 1;
			stack[top++] = i.x;
			break;
		case OP_JUMP:
			stack[top++] = i.x;
			break;
		case OP_START:
		case OP_END:
		case OP_WORD:
		case OP_NOT_WORD:
			if (holds(m, i.op, at))
				stack[top++] = pc + 1;
			break;
		case OP_MATCH:
			m->matched = true;
			break;
		default:
			break;
		}
	}
	m->n_list[which] = n;
}

static bool takes(const struct machine *m, const struct instruction *i, uint8_t byte)
{
	switch (i->op) {
	case OP_BYTE:
		return i->byte == byte;
	case OP_ANY:
		return true;
	case OP_SET:
		return i->set < m->n_sets &&
		       (m->sets[(size_t)i->set * 32 + byte / 8] >> byte % 8 & 1) != 0;
	default:
		return false;
	}
}

/* Reads one byte in all threads; `at` is the place behind it (in the direction of reading). */
static void read_byte(struct machine *m, unsigned from, uint8_t byte, uint64_t at)
{
	m->n_list[1 - from] = 0;
	m->matched = false;
	for (size_t k = 0; k < m->n_list[from]; k++) {
		struct instruction i;
		uint32_t pc = m->s->list[from][k];
		memcpy(&i, m->code + (size_t)pc * sizeof i, sizeof i);
		if (takes(m, &i, byte))
			follow(m, 1 - from, pc + 1, at);
	}
}

/* The threads that rank below the one that has matched are dropped. */
static void drop_below_match(struct machine *m, unsigned which)
{
	for (size_t k = 0; k < m->n_list[which]; k++)
		if (m->code[(size_t)m->s->list[which][k] * sizeof(struct instruction)] ==
		    OP_MATCH) {
			m->n_list[which] = k;
			return;
		}
}

static bool spend(uint64_t *steps, uint64_t n)
{
	if (*steps < n) {
		*steps = 0;
		return false;
	}
	*steps -= n;
	return true;
}

static void note_length(struct prog_scratch *s, uint64_t n)
{
	if (s->n_lengths == s->max_lengths) {
		struct buf b = { .max = SIZE_MAX };
		size_t max = s->max_lengths == 0 ? 64 : 2 * s->max_lengths;
		uint32_t *larger = buf_grow(&b, max * sizeof *larger);
		if (larger == NULL)
			return;
		if (s->n_lengths != 0)
			memcpy(larger, s->lengths, s->n_lengths * sizeof *larger);
		struct buf old = { .p = (uint8_t *)s->lengths };
		buf_release(&old);
		s->lengths = larger;
		s->max_lengths = max;
	}
	s->lengths[s->n_lengths++] = (uint32_t)n;
}

int64_t prog_match(const struct prog_run *run, struct prog_scratch *s)
{
	struct machine m;
	unsigned now = 0;
	int64_t best = -1;

	s->n_lengths = 0;
	if (!ready(&m, run, s) || run->at > run->data.n)
		return -1;
	uint64_t left = run->backward ? run->at : run->data.n - run->at;
	if (left > run->limit)
		left = run->limit;
	follow(&m, now, 0, run->at);
	for (uint64_t i = 0;; i++) {
		/* an empty match forward is none: what ranks below it may be longer */
		if (m.matched && (i != 0 || run->backward)) {
			best = (int64_t)i;
			if (run->mode == PROG_FIRST)
				drop_below_match(&m, now);
			if (run->mode == PROG_ALL)
				note_length(s, i);
		}
		if (i == left || m.n_list[now] == 0 || !spend(run->steps, m.n_list[now]))
			return best;
		uint64_t at = run->backward ? run->at - i - 1 : run->at + i + 1;
		uint8_t byte = run->data.p[run->backward ? at : at - 1];
		read_byte(&m, now, byte, at);
		now = 1 - now;
	}
}

bool prog_search(const struct prog_run *run, struct prog_scratch *s)
{
	struct machine m;
	unsigned now = 0;

	if (!ready(&m, run, s))
		return false;
	for (uint64_t at = 0;; at++) {
		follow(&m, now, 0, at);
		if (m.matched)
			return true;
		if (at == run->data.n || !spend(run->steps, m.n_list[now] + 1))
			return false;
		read_byte(&m, now, run->data.p[at], at + 1);
		if (m.matched)
			return true;
		now = 1 - now;
	}
}

static void add_first(const struct machine *m, const struct instruction *i, uint8_t set[32])
{
	switch (i->op) {
	case OP_BYTE:
		set[i->byte / 8] |= (uint8_t)(1u << i->byte % 8);
		break;
	case OP_SET:
		for (size_t k = 0; i->set < m->n_sets && k < 32; k++)
			set[k] |= m->sets[(size_t)i->set * 32 + k];
		break;
	default: /* any byte; a match, which may be empty */
		memset(set, 0xff, 32);
		break;
	}
}

bool prog_first_bytes(struct span prog, struct prog_scratch *s, uint8_t set[32])
{
	const struct prog_run run = { .prog = prog };
	struct machine m;
	size_t top = 0, n = 0;

	memset(set, 0, 32);
	if (!ready(&m, &run, s))
		return false;
	uint32_t *list = s->list[0], *place = s->place, *stack = s->stack;
	stack[top++] = 0;
	while (top > 0) {
		struct instruction i;
		uint32_t pc = stack[--top];
		if (pc >= m.n || (place[pc] < n && list[place[pc]] == pc))
			continue;
		place[pc] = (uint32_t)n;
		list[n++] = pc;
		memcpy(&i, m.code + (size_t)pc * sizeof i, sizeof i);
		if (i.op == OP_SPLIT || i.op == OP_SPLIT_FAR || i.op == OP_JUMP)
			stack[top++] = i.x;
		if (i.op != OP_JUMP && i.op != OP_BYTE && i.op != OP_SET && i.op != OP_ANY &&
		    i.op != OP_MATCH)
			stack[top++] = pc + 1; /* splits, and assertions, which may hold */
		else if (i.op != OP_JUMP)
			add_first(&m, &i, set);
	}
	return true;
}
