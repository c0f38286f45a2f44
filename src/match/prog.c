/* SPDX-License-Identifier: Apache-2.0 */
#include "match/prog_impl.h"

void prog_scratch_init(struct prog_scratch *s)
{
	*s = (struct prog_scratch){ 0 };
	for (size_t i = 0; i < PROG_N_DFAS; i++)
		prog_dfa_init(&s->dfa[i]);
}

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
	for (size_t i = 0; i < PROG_N_DFAS; i++)
		prog_dfa_release(&s->dfa[i]);
	*s = (struct prog_scratch){ 0 };
}

bool prog_ready(struct machine *m, const struct prog_run *run, struct prog_scratch *s)
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
		s->no_memory |= s->size == 0;
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

void prog_follow(struct machine *m, unsigned which, uint32_t pc, uint64_t at)
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

bool prog_takes(const struct machine *m, const struct instruction *i, uint8_t byte)
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

void prog_read_byte(struct machine *m, unsigned from, uint8_t byte, uint64_t at)
{
	m->n_list[1 - from] = 0;
	m->matched = false;
	for (size_t k = 0; k < m->n_list[from]; k++) {
		struct instruction i;
		uint32_t pc = m->s->list[from][k];
		memcpy(&i, m->code + (size_t)pc * sizeof i, sizeof i);
		if (prog_takes(m, &i, byte))
			prog_follow(m, 1 - from, pc + 1, at);
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
		if (larger == NULL) {
			s->no_memory = true;
			return;
		}
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
	if (!prog_ready(&m, run, s) || run->at > run->data.n)
		return -1;
	uint64_t left = run->backward ? run->at : run->data.n - run->at;
	if (left > run->limit)
		left = run->limit;
	prog_follow(&m, now, 0, run->at);
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
		prog_read_byte(&m, now, byte, at);
		now = 1 - now;
	}
}

bool prog_search(const struct prog_run *run, struct prog_scratch *s)
{
	struct machine m;
	unsigned now = 0;

	if (!prog_ready(&m, run, s))
		return false;
	for (uint64_t at = 0;; at++) {
		/* as in YARA nothing begins at the end: "a" does not match /$/ */
		if (at == 0 || at < run->data.n)
			prog_follow(&m, now, 0, at);
		if (m.matched)
			return true;
		if (at == run->data.n || !spend(run->steps, m.n_list[now] + 1))
			return false;
		prog_read_byte(&m, now, run->data.p[at], at + 1);
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
	if (!prog_ready(&m, &run, s))
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
