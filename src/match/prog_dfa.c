/* SPDX-License-Identifier: Apache-2.0 */
#include "match/prog_impl.h"

/*
 * Two questions that a deterministic automaton answers at about a nanosecond for each byte.  Its
 * states (sets of threads) are made when they are first met and kept in a table of bounded size.
 *
 * Where does a match end first, wherever it began?  One pass over the data for all starts together.
 * Can a match begin at this place?  Most places where an anchor stands are settled by it.
 *
 * Programs that look at places (^ $ \b), very long ones, and data on which the table overflows
 * again and again are simulated.
 */

enum {
	SMALL = 512,        /* bytes of data for which no table is made */
	MAX_PROGRAM = 4096, /* instructions */
	MAX_PROGRAM_SIZE = 1 << 18,
	MAX_TABLE = 1 << 19, /* bytes of transitions */
	MAX_SETS = 1 << 20,  /* and of threads */
	MAX_STATES = 1 << 13,
	N_SLOTS = MAX_STATES * 2,
	BYTES_A_TABLE = 1 << 14, /* a table that lasts for less is not worth its making */
	FIRST_CALLS = 8,         /* of prog_may_match(), for which it makes no table */
};

#define MATCH_ENDS (UINT32_C(1) << 31)

static const uint64_t none = UINT64_MAX;

void prog_dfa_init(struct prog_dfa *d)
{
	*d = (struct prog_dfa){ 0 };
	buf_init(&d->prog, MAX_PROGRAM_SIZE);
	buf_init(&d->sets, MAX_SETS);
	buf_init(&d->next, MAX_TABLE + 256 * sizeof(uint32_t));
	buf_init(&d->slots, N_SLOTS * sizeof(uint32_t));
}

void prog_dfa_release(struct prog_dfa *d)
{
	buf_release(&d->prog);
	buf_release(&d->sets);
	buf_release(&d->next);
	buf_release(&d->slots);
}

/* ---- simulation */

static bool spend(uint64_t *steps, uint64_t n)
{
	*steps = *steps > n ? *steps - n : 0;
	return *steps != 0;
}

/* From `at` on, with the threads of list 0. */
static uint64_t simulate(struct machine *m, uint64_t at, uint64_t to, const uint8_t first[32])
{
	struct span d = m->run->data;
	unsigned now = 0;

	for (; at < d.n; at++) {
		uint8_t c = d.p[at];
		bool begins = at < to && (first[c / 8] >> c % 8 & 1) != 0;
		if (m->n_list[now] == 0 && at >= to)
			return none;
		if (m->n_list[now] == 0 && !begins) {
			if (at % 16 == 0 && !spend(m->run->steps, 1))
				return none;
			continue;
		}
		if (begins)
			prog_follow(m, now, 0, at);
		if (!spend(m->run->steps, m->n_list[now]))
			return none;
		prog_read_byte(m, now, c, at + 1);
		now = 1 - now;
		if (m->matched)
			return at + 1;
	}
	return none;
}

/* ---- the automaton */

/* Parts every class in the bytes of a set and the others. */
static void part(struct prog_dfa *d, unsigned n_bytes[256], const uint8_t set[32])
{
	unsigned n_in[256] = { 0 };
	uint16_t moved[256] = { 0 }; /* the class of a class's bytes in the set, + 1 */

	for (unsigned b = 0; b < 256; b++)
		n_in[d->class_of[b]] += set[b / 8] >> b % 8 & 1;
	for (unsigned b = 0; b < 256; b++) {
		uint8_t old = d->class_of[b];
		if ((set[b / 8] >> b % 8 & 1) == 0 || n_in[old] == n_bytes[old])
			continue;
		if (moved[old] == 0)
			moved[old] = (uint16_t)(++d->n_classes);
		d->class_of[b] = (uint8_t)(moved[old] - 1);
	}
	for (unsigned c = 0; c < 256; c++)
		if (moved[c] != 0) {
			n_bytes[moved[c] - 1] = n_in[c];
			n_bytes[c] -= n_in[c];
		}
}

/* Bytes that no instruction tells apart fall into one class. */
static void classify(const struct machine *m, struct prog_dfa *d)
{
	unsigned n_bytes[256] = { 256 }; /* of each class */

	memset(d->class_of, 0, sizeof d->class_of);
	d->n_classes = 1;
	for (uint32_t pc = 0; pc < m->n; pc++) {
		struct instruction i = prog_at(m, pc);
		uint8_t *class = &d->class_of[i.byte];
		if (i.op != OP_BYTE || n_bytes[*class] == 1)
			continue;
		n_bytes[*class]--;
		*class = (uint8_t)d->n_classes++;
		n_bytes[*class] = 1;
	}
	for (uint32_t i = 0; i < m->n_sets && d->n_classes < 256; i++)
		part(d, n_bytes, m->sets + (size_t)i * 32);
	for (unsigned b = 256; b-- > 0;)
		d->sample[d->class_of[b]] = (uint8_t)b;
}

/* No ^ $ \b: what a thread reaches does not depend on where it stands. */
static bool looks_at_no_place(const struct machine *m)
{
	for (uint32_t pc = 0; pc < m->n; pc++) {
		uint8_t op = prog_at(m, pc).op;
		if (op == OP_START || op == OP_END || op == OP_WORD || op == OP_NOT_WORD)
			return false;
	}
	return true;
}

static void forget(struct prog_dfa *d)
{
	buf_reset(&d->sets);
	buf_reset(&d->next);
	buf_reset(&d->slots);
	(void)buf_grow(&d->slots, N_SLOTS * sizeof(uint32_t));
	d->n_states = 0;
}

/* The number of the state with the threads of list 1; UINT32_MAX where the table is full. */
static uint32_t intern(const struct machine *m, struct prog_dfa *d)
{
	size_t size = d->n_words * sizeof(uint64_t), row = d->n_classes * sizeof(uint32_t);
	uint64_t hash = 0;

	if (d->n_states == MAX_STATES || d->next.n + row > MAX_TABLE)
		return UINT32_MAX;
	uint64_t *set = buf_grow(&d->sets, size);
	if (set == NULL || !buf_ok(&d->slots))
		return UINT32_MAX;
	for (size_t k = 0; k < m->n_list[1]; k++) {
		uint32_t pc = m->s->list[1][k];
		uint8_t op = prog_at(m, pc).op;
		if (op == OP_BYTE || op == OP_SET || op == OP_ANY)
			set[pc / 64] |= UINT64_C(1) << pc % 64;
	}
	for (size_t w = 0; w < d->n_words; w++)
		hash = (hash ^ set[w]) * UINT64_C(0x9e3779b97f4a7c15) ^ hash >> 29;
	uint32_t *slots = (uint32_t *)(void *)d->slots.p;
	for (size_t k = hash >> 32;; k++) {
		uint32_t *slot = &slots[k % N_SLOTS];
		if (*slot == 0) {
			*slot = ++d->n_states;
			(void)buf_grow(&d->next, row);
			return buf_ok(&d->next) ? *slot - 1 : UINT32_MAX;
		}
		if (memcmp(d->sets.p + (*slot - 1) * size, set, size) == 0) {
			d->sets.n -= size;
			return *slot - 1;
		}
	}
}

/* The threads of a state into a list. */
static void unfold(struct machine *m, const struct prog_dfa *d, uint32_t state, unsigned which)
{
	const uint64_t *set = (const uint64_t *)(const void *)d->sets.p + state * d->n_words;

	m->n_list[which] = 0;
	for (size_t w = 0; w < d->n_words; w++)
		for (uint64_t bits = set[w]; bits != 0; bits &= bits - 1)
			prog_follow(m, which, (uint32_t)(64 * w) + (uint32_t)__builtin_ctzll(bits),
				    0);
}

/* Fills in what follows a state on a class; UINT32_MAX where the table is full. */
static uint32_t step(struct machine *m, struct prog_dfa *d, uint32_t state, unsigned class)
{
	unfold(m, d, state, 0);
	if (!spend(m->run->steps, m->n_list[0] + d->n_words))
		return UINT32_MAX;
	prog_read_byte(m, 0, d->sample[class], 0);
	bool matched = m->matched;
	if (d->floats)
		prog_follow(m, 1, 0, 0);
	uint32_t to = intern(m, d);
	if (to == UINT32_MAX)
		return to;
	to = (to + 1) | (matched ? MATCH_ENDS : 0);
	((uint32_t *)(void *)d->next.p)[state * d->n_classes + class] = to;
	return to;
}

/* The states in which nothing has been read, and in which nothing can match. */
static bool begin(struct machine *m, struct prog_dfa *d)
{
	forget(d);
	m->n_list[1] = 0;
	prog_follow(m, 1, 0, 0);
	if (intern(m, d) != 0)
		return false;
	m->n_list[1] = 0;
	d->dead = intern(m, d);
	return d->dead != UINT32_MAX;
}

/* The automaton of a program, where there is one. */
static struct prog_dfa *known(struct prog_scratch *s, struct span prog, bool floats)
{
	for (size_t i = 0; prog.n != 0 && i < PROG_N_DFAS; i++)
		if (s->dfa[i].floats == floats && span_equal(buf_span(&s->dfa[i].prog), prog))
			return &s->dfa[i];
	return NULL;
}

/* Makes one in the place of another; NULL where the program asks for too much. */
static struct prog_dfa *make(struct machine *m, bool floats)
{
	struct prog_scratch *s = m->s;
	struct prog_dfa *d = &s->dfa[0];

	if (m->n > MAX_PROGRAM || m->run->prog.n > MAX_PROGRAM_SIZE || !looks_at_no_place(m))
		return NULL;
	/* drawn, not the oldest: of more programs in turn than there is room for some stay */
	s->lot = s->lot * 1664525u + 1013904223u;
	d += s->lot >> 16 & (PROG_N_DFAS - 1);
	for (size_t i = 0; i < PROG_N_DFAS; i++)
		if (s->dfa[i].prog.n == 0)
			d = &s->dfa[i];
	if (d == s->asked_dfa)
		s->asked_dfa = NULL;
	buf_reset(&d->prog);
	buf_put_span(&d->prog, m->run->prog);
	d->floats = floats;
	d->n_words = (m->n + 63) / 64;
	classify(m, d);
	d->usable = buf_ok(&d->prog) && begin(m, d);
	return d;
}

/* The table is full: a new one in its place, for the threads of `state`, which go to list 0 too. */
static uint32_t make_anew(struct machine *m, struct prog_dfa *d, uint32_t state)
{
	unfold(m, d, state, 0);
	d->usable = begin(m, d);
	memcpy(m->s->list[1], m->s->list[0], m->n_list[0] * sizeof *m->s->list[0]);
	m->n_list[1] = m->n_list[0];
	m->n_list[0] = 0;
	for (size_t k = 0; k < m->n_list[1]; k++)
		prog_follow(m, 0, m->s->list[1][k], 0);
	return d->usable ? intern(m, d) : UINT32_MAX;
}

static uint64_t run_dfa(struct machine *m, struct prog_dfa *d, uint64_t to, const uint8_t first[32])
{
	struct span data = m->run->data;
	uint64_t at = m->run->at, end = to < data.n ? to : data.n, made_at = at;
	uint32_t state = 0;

	while (at < end) {
		const uint32_t *next = (const uint32_t *)(const void *)d->next.p;
		uint64_t stop = end - at > 4096 ? at + 4096 : end, from = at;
		uint32_t to_state = 1;
		for (; at < stop; at++) {
			to_state = next[state * d->n_classes + d->class_of[data.p[at]]];
			if (to_state == 0 || (to_state & MATCH_ENDS) != 0)
				break;
			state = to_state - 1;
		}
		if (!spend(m->run->steps, (at - from) / 16 + 1))
			return none;
		if (at == stop)
			continue;
		if (to_state == 0)
			to_state = step(m, d, state, d->class_of[data.p[at]]);
		if (to_state == UINT32_MAX) {
			bool lasted = at - made_at >= BYTES_A_TABLE;
			state = make_anew(m, d, state);
			made_at = at;
			if (lasted && state != UINT32_MAX)
				continue;
			return *m->run->steps == 0 ? none : simulate(m, at, to, first);
		}
		if ((to_state & MATCH_ENDS) != 0)
			return at + 1;
		state = to_state - 1;
		at++;
	}
	unfold(m, d, state, 0);
	return simulate(m, at, to, first);
}

uint64_t prog_first_end(const struct prog_run *run, uint64_t to, const uint8_t first[32],
			struct prog_scratch *s)
{
	struct machine m;

	if (!prog_ready(&m, run, s))
		return none;
	uint64_t end = to < run->data.n ? to : run->data.n;
	struct prog_dfa *d = known(s, run->prog, true);
	if (d == NULL && run->at < end && end - run->at >= SMALL)
		d = make(&m, true);
	if (d != NULL && d->usable && run->at < end)
		return run_dfa(&m, d, to, first);
	m.n_list[0] = 0;
	return simulate(&m, run->at, to, first);
}

/* ---- does a match begin here? */

/* Goes on from a state as long as something can match; true also where the table is full. */
static bool lives(struct machine *m, struct prog_dfa *d)
{
	struct span data = m->run->data;
	uint64_t at = m->run->at, n = data.n - at;
	uint64_t end = at + (n < m->run->limit ? n : m->run->limit);
	uint32_t state = 0;

	for (; at < end; at++) {
		const uint32_t *next = (const uint32_t *)(const void *)d->next.p;
		uint8_t class = d->class_of[data.p[at]];
		uint32_t to = next[state * d->n_classes + class];
		if (to == 0)
			to = step(m, d, state, class);
		if (to == UINT32_MAX) {
			d->usable = *m->run->steps == 0; /* else it is full */
			return true;
		}
		if ((to & MATCH_ENDS) != 0)
			return true;
		state = to - 1;
		if (state == d->dead)
			break;
	}
	return !spend(m->run->steps, (at - m->run->at) / 16 + 1);
}

bool prog_may_match(const struct prog_run *run, struct prog_scratch *s)
{
	struct machine m;

	if (s->asked.p != run->prog.p || s->asked.n != run->prog.n) {
		s->asked = run->prog;
		s->n_asked = 0;
		s->asked_dfa = known(s, run->prog, false);
	}
	if (s->n_asked <= FIRST_CALLS)
		s->n_asked++;
	if (run->at > run->data.n || (s->asked_dfa == NULL && s->n_asked != FIRST_CALLS) ||
	    !prog_ready(&m, run, s))
		return true;
	if (s->asked_dfa == NULL)
		s->asked_dfa = make(&m, false);
	return s->asked_dfa == NULL || !s->asked_dfa->usable || lives(&m, s->asked_dfa);
}

void prog_may_match_begin(struct prog_scratch *s) { s->asked = (struct span){ NULL, 0 }; }
