/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/team.h"
#include "recover/attack_ask.h"
#include "recover/yarrow.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_MEMBERS = 64,
	MAX_PARTS = 4096,       /* pieces of one turn */
	FIRST_PIECE = 64,       /* numbers, before it is known how long one takes */
	MOST_PIECE = 1 << 20,   /* numbers that one worker tries for one question */
	MEASURE = 20000,        /* numbers by which an estimate is made */
	UNANNOUNCED = 16 << 20, /* numbers of one question about a file, or about a family */
	MAX_BEGUN = 2 * ATTACK_MAX_SAMPLES, /* searches that one question may announce */
	TURN_BYTES = 16 << 20,              /* of the results of one turn */
};

#define PIECE_SECONDS   0.05 /* that a worker is to take for a piece */
#define TURN_SECONDS    1.0
#define HIT_SECONDS     0.05 /* with a hit in hand, a turn takes no longer */
#define MEASURE_SECONDS 0.05

struct member {
	struct team *team;
	struct asker *asker; /* NULL: not started */
	struct buf question, answer;
	pthread_t thread;
};

/* What came of a piece. */
struct part {
	uint64_t from;
	size_t at, n; /* in the turn's bytes */
};

/* Pieces of a range, until a second is over.  All of it stands behind the lock. */
struct turn {
	const struct seek *seek;
	uint64_t next, to;
	double begun;
	bool stop;
	struct error error; /* why it is not NONE where a worker failed */
	struct part part[MAX_PARTS];
	size_t n_parts;
	struct buf bytes;
};

struct team {
	const char *worker;
	struct team_watch watch;
	struct span family;
	uint64_t asked_from, asked_to; /* numbers that the user wants to have tried; 0: none said */
	struct member member[MAX_MEMBERS];
	unsigned cores;
	uint64_t unannounced; /* numbers that are left of the allowance */
	unsigned n_begun;
	/* the search that is announced */
	struct seek announced;
	uint64_t at, to; /* all before `at` were tried */
	bool is_announced;
	/* numbers a second of one worker, in searches of `paced` */
	struct seek paced;
	double rate;
	/* what clocks make, from the first on */
	struct seek clocks;
	struct buf table;
	int table_fd; /* the same, sealed; -1: not made */
	pthread_mutex_t lock;
	struct turn turn;
};

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct team *team_new(const char *worker, const struct team_watch *w)
{
	struct team *t = calloc(1, sizeof *t);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (t == NULL)
		return NULL;
	t->worker = worker;
	t->watch = *w;
	t->table_fd = -1;
	t->cores = cores < 1 ? 1 : cores > MAX_MEMBERS ? MAX_MEMBERS : (unsigned)cores;
	buf_init(&t->table, (size_t)SEEK_CLOCKS_MAX * YARROW_BYTES);
	buf_init(&t->turn.bytes, TURN_BYTES);
	for (unsigned i = 0; i < t->cores; i++) {
		t->member[i].team = t;
		buf_init(&t->member[i].question, ATTACK_QUESTION);
		buf_init(&t->member[i].answer, ATTACK_ANSWER);
	}
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void drop_table(struct team *t)
{
	if (t->table_fd >= 0)
		close(t->table_fd);
	t->table_fd = -1;
}

void team_free(struct team *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->cores; i++) {
		asker_free(t->member[i].asker);
		buf_release(&t->member[i].question);
		buf_release(&t->member[i].answer);
	}
	drop_table(t);
	buf_release(&t->table);
	buf_release(&t->turn.bytes);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void team_about(struct team *t, struct span family, uint64_t seed_from, uint64_t seed_to)
{
	t->family = family;
	t->asked_from = seed_from;
	t->asked_to = seed_to;
	t->unannounced = UNANNOUNCED;
	t->n_begun = 0;
	t->is_announced = false;
}

/* ---- a piece */

static bool same_search(const struct seek *a, const struct seek *b)
{
	struct buf x, y;

	buf_init(&x, SEEK_WIRE);
	buf_init(&y, SEEK_WIRE);
	seek_put(a, &x);
	seek_put(b, &y);
	bool same = buf_ok(&x) && buf_ok(&y) && span_equal(buf_span(&x), buf_span(&y));
	buf_release(&x);
	buf_release(&y);
	return same;
}

static bool result_can_be(const struct seek *s, uint64_t from, uint64_t next, struct cursor *c)
{
	uint64_t first = cursor_le64(c), second = cursor_le64(c);

	switch (s->kind) {
	case SEEK_SEEDS:
		return first >= from && first < next;
	case SEEK_AKIRA:
		return first >= from && first < next && second >= first && second - first <= s->gap;
	default:
		return true;
	}
}

bool team_take(const struct seek *s, uint64_t from, uint64_t to, struct span answer, uint64_t *next,
	       struct span *results)
{
	struct cursor c = cursor_of(answer);
	size_t each = seek_result_size(s->kind);

	*next = cursor_le64(&c);
	*results = cursor_take(&c, cursor_left(&c));
	if (!cursor_ok(&c) || *next <= from || *next > to || results->n % each != 0 ||
	    (s->kind == SEEK_CLOCKS && results->n / each != *next - from))
		return false;
	for (size_t i = 0; i < results->n && s->kind != SEEK_CLOCKS; i += each) {
		struct cursor one = cursor_of(span_cut(*results, i, each));
		if (!result_can_be(s, from, *next, &one))
			return false;
	}
	return true;
}

static bool start(struct team *t, struct member *m, struct error *e)
{
	const struct ask how = { .worker = t->worker, .job = job_attack.name };

	return m->asker != NULL || asker_open(&how, ATTACK_ANSWER, &m->asker, e);
}

/* Has the member's worker try [from, to), or the first of them. */
static bool ask(struct member *m, const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
		struct span *results, struct error *e)
{
	struct team *t = m->team;
	const struct ask_object table = { t->table_fd, t->table.n, true };

	buf_reset(&m->question);
	buf_reset(&m->answer);
	buf_put_u8(&m->question, ATTACK_SEEK);
	seek_put(s, &m->question);
	buf_put_le64(&m->question, from);
	buf_put_le64(&m->question, to);
	if (!buf_ok(&m->question))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question");
	return asker_bytes(m->asker, &table, s->kind == SEEK_AKIRA, buf_span(&m->question),
			   &m->answer, e) &&
	       (team_take(s, from, to, buf_span(&m->answer), next, results) ||
		error_set(e, REASON_INTERNAL, PLACE_NONE,
			  "internal: a worker gave an answer that cannot be"));
}

/* ---- a turn */

/* The next piece of the range; false: there is none, or it is time to stop. */
static bool take_piece(struct team *t, uint64_t *from, uint64_t *to)
{
	struct turn *n = &t->turn;
	uint64_t most = (uint64_t)(t->rate * PIECE_SECONDS);
	double spent = now_seconds() - n->begun;

	most = most < 1 ? (t->rate > 0 ? 1 : FIRST_PIECE) : most > MOST_PIECE ? MOST_PIECE : most;
	if (n->seek->kind == SEEK_CLOCKS && most > SEEK_PIECE)
		most = SEEK_PIECE;
	if (n->stop || n->next >= n->to || n->n_parts + t->cores >= MAX_PARTS ||
	    (n->n_parts != 0 && spent > TURN_SECONDS) ||
	    (n->bytes.n != 0 && n->seek->kind != SEEK_CLOCKS && spent > HIT_SECONDS))
		return false;
	*from = n->next;
	*to = n->to - n->next > most ? n->next + most : n->to;
	n->next = *to;
	return true;
}

static void keep(struct team *t, uint64_t from, uint64_t to, struct span results, double seconds)
{
	struct turn *n = &t->turn;

	if (n->n_parts == MAX_PARTS) {
		(void)error_set(&n->error, REASON_LIMIT, PLACE_NONE, "too many pieces");
		n->stop = true;
		return;
	}
	n->part[n->n_parts++] = (struct part){ from, n->bytes.n, results.n };
	buf_put_span(&n->bytes, results);
	if (seconds > 0)
		t->rate = (double)(to - from) / seconds;
}

/* One member's part of a turn.  What is begun of a piece is done to its end, so that the turn has
 * no gaps. */
static void *work(void *ctx)
{
	struct member *m = ctx;
	struct team *t = m->team;
	struct turn *n = &t->turn;
	struct error e = { .why = REASON_NONE };
	uint64_t from, to;
	bool ok = true;

	pthread_mutex_lock(&t->lock);
	while (ok && take_piece(t, &from, &to)) {
		while (ok && from < to) {
			struct span results = { NULL, 0 };
			uint64_t next = to;
			double begun = now_seconds();
			pthread_mutex_unlock(&t->lock);
			ok = ask(m, n->seek, from, to, &next, &results, &e);
			pthread_mutex_lock(&t->lock);
			if (ok)
				keep(t, from, next, results, now_seconds() - begun);
			from = next;
		}
	}
	if (!ok && n->error.why == REASON_NONE)
		n->error = e;
	n->stop = n->stop || !ok;
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static int in_order(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/*
 * Workers are started by this thread alone: they end with the thread that started them
 * (PR_SET_PDEATHSIG), and this is the one that lasts.
 */
static bool take_turn(struct team *t, const struct seek *s, uint64_t from, uint64_t to,
		      struct error *e)
{
	struct turn *n = &t->turn;
	double alone =
		t->rate * PIECE_SECONDS > FIRST_PIECE ? t->rate * PIECE_SECONDS : FIRST_PIECE;
	unsigned members = (double)(to - from) > alone ? t->cores : 1, running = 1;

	n->seek = s;
	n->next = from;
	n->to = to;
	n->begun = now_seconds();
	n->stop = false;
	n->error = (struct error){ .why = REASON_NONE };
	n->n_parts = 0;
	buf_reset(&n->bytes);
	for (unsigned i = 0; i < members; i++)
		if (!start(t, &t->member[i], e))
			return false;
	while (running < members &&
	       pthread_create(&t->member[running].thread, NULL, work, &t->member[running]) == 0)
		running++;
	(void)work(&t->member[0]);
	while (running > 1)
		pthread_join(t->member[--running].thread, NULL);
	if (n->error.why != REASON_NONE) {
		*e = n->error;
		return false;
	}
	qsort(n->part, n->n_parts, sizeof *n->part, in_order);
	return buf_ok(&n->bytes) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for what a search hits");
}

/* ---- what may be asked */

static bool refused(struct error *e)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker asked for a search that it may not have");
}

/* The table that pairs of clocks are taken from, as a file that nobody can change. */
static bool has_table(struct team *t, const struct seek *s, uint64_t to, struct error *e)
{
	uint64_t have = t->table.n / YARROW_BYTES;

	if (s->kind != SEEK_AKIRA)
		return true;
	if (s->first != t->clocks.first || s->step != t->clocks.step || s->gap >= have ||
	    to > have - s->gap)
		return refused(e);
	return t->table_fd >= 0 || ask_sealed(buf_span(&t->table), &t->table_fd, e);
}

/* Clocks are made in their order, from the first on. */
static bool may_make(struct team *t, const struct seek *s, uint64_t from, uint64_t to,
		     struct error *e)
{
	if (s->kind != SEEK_CLOCKS)
		return true;
	if (from == 0) {
		drop_table(t);
		buf_reset(&t->table);
		t->clocks = *s;
	}
	return (t->table_fd < 0 && from == t->table.n / YARROW_BYTES && to <= SEEK_CLOCKS_MAX &&
		same_search(s, &t->clocks)) ||
	       refused(e);
}

/* A search goes at its own pace. */
static void set_pace(struct team *t, const struct seek *s)
{
	if (t->rate > 0 && same_search(s, &t->paced))
		return;
	t->paced = *s;
	t->rate = 0;
}

/* Seconds that one core takes for each number: measured, not guessed.  What is hit meanwhile is hit
 * again. */
static bool measure(struct team *t, const struct seek *s, uint64_t from, uint64_t to, double *each,
		    struct error *e)
{
	struct member *m = &t->member[0];
	struct span results;
	double spent = 0;
	uint64_t n = 0, next;

	*each = 0;
	if (from >= to)
		return true;
	/* the first waits for the worker to be there */
	if (!start(t, m, e) || !ask(m, s, from, from + 1, &next, &results, e))
		return false;
	while (n < to - from && n < MEASURE && spent < MEASURE_SECONDS) {
		uint64_t at = from + n, want = n + (s->kind == SEEK_SEEDS ? 16 : 1);
		double begun = now_seconds();
		if (!ask(m, s, at, to - at > want ? at + want : to, &next, &results, e))
			return false;
		spent += now_seconds() - begun;
		n = next - from;
	}
	*each = spent / (double)n;
	if (spent > 0)
		t->rate = 1 / *each;
	return true;
}

bool team_begin(void *ctx, const struct seek *s, uint64_t mark, uint64_t from, uint64_t to,
		struct attack_begun *out, struct error *e)
{
	struct team *t = ctx;
	double each;

	if (from > to || s->kind == SEEK_CLOCKS || t->n_begun++ == MAX_BEGUN)
		return refused(e);
	set_pace(t, s);
	if (!has_table(t, s, to, e) || !measure(t, s, from, to, &each, e))
		return false;
	*out = (struct attack_begun){ .from = from,
				      .seconds = each * (double)(to - from),
				      .cores = t->cores };
	uint64_t shown = seek_shown(s, from), end = seek_shown(s, to);
	if (t->watch.begin != NULL) {
		uint64_t at =
			t->watch.begin(t->watch.ctx, t->family, mark, shown, end, out->seconds);
		at = at < shown ? shown : at > end ? end : at;
		out->from = s->kind == SEEK_SEEDS ? at : from + (at - shown) / s->step;
	}
	t->announced = *s;
	t->at = out->from;
	t->to = to;
	t->is_announced = (shown >= t->asked_from && end <= t->asked_to) || out->from > from ||
			  out->seconds <= attack_patience(t->watch.patience) * t->cores;
	return true;
}

/* What was announced goes forward, and is told; the rest has its allowance. */
static bool is_allowed(struct team *t, const struct seek *s, uint64_t from, uint64_t to,
		       bool *announced, struct error *e)
{
	*announced = t->is_announced && to == t->to && same_search(s, &t->announced);
	if (from > to || (*announced ? from < t->at : to - from > t->unannounced))
		return refused(e);
	if (*announced) {
		t->at = from;
		if (t->watch.tick != NULL)
			t->watch.tick(t->watch.ctx, seek_shown(s, from));
	}
	return true;
}

bool team_some(void *ctx, const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
	       struct buf *out, struct error *e)
{
	struct team *t = ctx;
	struct turn *n = &t->turn;
	bool announced;

	*next = from;
	if (!is_allowed(t, s, from, to, &announced, e))
		return false;
	if (from == to)
		return true;
	set_pace(t, s);
	if (!may_make(t, s, from, to, e) || !has_table(t, s, to, e) ||
	    !take_turn(t, s, from, to, e))
		return false;
	*next = n->next;
	t->unannounced -= announced ? 0 : *next - from;
	for (size_t i = 0; i < n->n_parts; i++) {
		struct span part = span_cut(buf_span(&n->bytes), n->part[i].at, n->part[i].n);
		buf_put_span(out, part);
		if (s->kind == SEEK_CLOCKS)
			buf_put_span(&t->table, part);
	}
	return (buf_ok(out) && buf_ok(&t->table)) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for what a search hits");
}
