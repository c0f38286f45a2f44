/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* of RAND_set_rand_method() */
#include "base/io.h"
#include "recover/attack_ask.h"
#include "recover/identify.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The end of attack_ask.h that stands behind the walls. */

struct attacking {
	struct worker *worker;
	uint8_t *window; /* NULL: it is for searches alone */
	struct families set;
	struct attack attack;
	struct attack_host host;
	bool begun; /* the attack is */
	struct region region[ATTACK_MAX_SAMPLES];
	uint8_t *room[ATTACK_MAX_SAMPLES]; /* REGION_MAX bytes each; NULL: not needed yet */
};

/* ---- pieces of a search */

static bool map_sealed(const struct worker_file *f, struct span *out)
{
	void *p;

	*out = (struct span){ NULL, 0 };
	if (f->size == 0)
		return true;
	/* sealed by who asks: it cannot change */
	p = mmap(NULL, (size_t)f->size, PROT_READ, MAP_PRIVATE, f->fd, 0);
	if (p == MAP_FAILED)
		return false;
	*out = (struct span){ p, (size_t)f->size };
	return true;
}

/* Numbers are tried.  What cannot be asked is not answered. */
static bool seek(const struct worker_object *o, struct cursor *c, struct buf *answer)
{
	struct span table = { NULL, 0 };
	struct seek s;
	struct buf results;
	bool ok = seek_take(c, &s);
	uint64_t from = cursor_le64(c), to = cursor_le64(c), next = from;

	ok = ok && cursor_ok(c) &&
	     (s.kind != SEEK_AKIRA || (o->n_beside == 1 && map_sealed(&o->beside[0], &table)));
	s.table = table;
	buf_init(&results, ATTACK_ANSWER - 8);
	ok = ok && seek_piece(&s, from, to, &next, &results);
	buf_put_le64(answer, next);
	buf_put_span(answer, buf_span(&results));
	buf_release(&results);
	if (table.n != 0)
		(void)munmap((void *)(uintptr_t)table.p, table.n);
	return ok;
}

/* ---- what is told meanwhile, and what is given back */

/* Memory that is not its own: what does not fit is dropped, and never grown for. */
static struct buf window(const struct attacking *j)
{
	return (struct buf){ .p = j->window, .size = ATTACK_WINDOW, .max = ATTACK_WINDOW };
}

static struct worker_file tell(const struct attacking *j, enum attack_event what, size_t n)
{
	struct worker_file file[PROTOCOL_BESIDE];
	size_t n_files = worker_want(j->worker, (uint64_t)what << 32 | n, file);

	while (n_files > 1)
		(void)close(file[--n_files].fd);
	return file[0];
}

static void told(const struct attacking *j, enum attack_event what, size_t n)
{
	(void)close(tell(j, what, n).fd);
}

/* Asks, and appends what is given back. */
static bool asked(const struct attacking *j, enum attack_event what, size_t n, struct buf *reply,
		  struct error *e)
{
	struct worker_file f = tell(j, what, n);
	uint8_t *to = f.size <= SIZE_MAX ? buf_grow(reply, (size_t)f.size) : NULL;
	size_t got = 0;

	if (to == NULL)
		(void)error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for what a search gives");
	bool ok = to != NULL && io_pread(f.fd, to, (size_t)f.size, 0, &got, e) && got == f.size;
	(void)close(f.fd);
	return ok;
}

static bool host_begin(void *ctx, const struct seek *s, uint64_t mark, uint64_t from, uint64_t to,
		       struct attack_begun *out, struct error *e)
{
	const struct attacking *j = ctx;
	struct buf b = window(j), reply;

	seek_put(s, &b);
	buf_put_le64(&b, mark);
	buf_put_le64(&b, from);
	buf_put_le64(&b, to);
	buf_init(&reply, 64);
	bool ok = asked(j, ATTACK_BEGIN, b.n, &reply, e);
	struct cursor c = cursor_of(buf_span(&reply));
	out->from = cursor_le64(&c);
	out->seconds = (double)cursor_le64(&c) / 1e6;
	out->cores = cursor_le32(&c);
	buf_release(&reply);
	return ok;
}

static bool host_some(void *ctx, const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
		      struct buf *out, struct error *e)
{
	const struct attacking *j = ctx;
	struct buf b = window(j), reply;

	seek_put(s, &b);
	buf_put_le64(&b, from);
	buf_put_le64(&b, to);
	buf_init(&reply, out->max + 8);
	bool ok = asked(j, ATTACK_SOME, b.n, &reply, e);
	struct cursor c = cursor_of(buf_span(&reply));
	*next = cursor_le64(&c);
	buf_put_span(out, cursor_take(&c, cursor_left(&c)));
	buf_release(&reply);
	return ok && buf_ok(out);
}

/* ---- learning */

static void refuse(struct buf *answer, const struct error *e)
{
	size_t n = strnlen(e->text, sizeof e->text - 1);

	buf_reset(answer);
	buf_put_u8(answer, (uint8_t)(e->why != REASON_NONE ? e->why : REASON_INTERNAL));
	buf_put_le16(answer, (uint16_t)n);
	buf_put(answer, e->text, n);
}

static struct region *region_for(struct attacking *j, unsigned i, const struct worker_file *f)
{
	if (j->room[i] == NULL && (j->room[i] = malloc(REGION_MAX)) == NULL)
		return NULL;
	region_of_fd(&j->region[i], f->fd, f->size, j->room[i]);
	return &j->region[i];
}

/* What the user brought, one behind the other; it stays mapped as long as the worker lives. */
static bool take_brought(struct attack *a, struct cursor *c, const struct worker_file *f)
{
	struct span all;

	if (!map_sealed(f, &all))
		return false;
	struct cursor b = cursor_of(all);
	a->key = cursor_take(&b, cursor_le32(c));
	a->n_pairs = cursor_u8(c);
	if (!cursor_ok(c) || a->n_pairs > ATTACK_MAX_PAIRS)
		return false;
	for (unsigned i = 0; i < a->n_pairs; i++) {
		struct span before = cursor_take(&b, cursor_le32(c));
		struct span after = cursor_take(&b, cursor_le32(c));
		a->pair[i] = (struct attack_pair){ before, after, before.n };
	}
	return cursor_ok(c) && cursor_ok(&b);
}

static bool take_question(struct attacking *j, const struct worker_object *o, struct cursor *c)
{
	struct attack *a = &j->attack;

	a->seed_from = cursor_le64(c);
	a->seed_to = cursor_le64(c);
	a->n_samples = cursor_u8(c);
	if (!cursor_ok(c) || a->n_samples > ATTACK_MAX_SAMPLES || o->n_beside != a->n_samples + 1)
		return false;
	for (unsigned i = 0; i < a->n_samples; i++) {
		struct attack_file *f = &a->sample[i];
		f->original = cursor_take(c, cursor_le16(c));
		f->mtime = (int64_t)cursor_le64(c);
		f->r = region_for(j, i, &o->beside[i]);
		if (f->r == NULL)
			return false;
	}
	return take_brought(a, c, &o->beside[a->n_samples]);
}

static bool learn(struct attacking *j, const struct worker_object *o, struct cursor *c,
		  struct buf *answer)
{
	const struct family *f = families_find(&j->set, cursor_take(c, cursor_le16(c)));
	struct attack *a = &j->attack;
	struct error e = { .why = REASON_NONE };
	unsigned bits;

	if (f == NULL || j->begun || j->window == NULL || !attack_init(a, f, &e))
		return false;
	j->begun = true;
	j->host = (struct attack_host){ j, host_begin, host_some };
	a->host = &j->host;
	if (!take_question(j, o, c))
		return false;
	bool ok = attack_learn(a, &bits, &e);
	a->n_samples = 0; /* they are closed now */
	if (!ok) {
		refuse(answer, &e);
		return false;
	}
	size_t n = strnlen(a->what, sizeof a->what - 1);
	buf_put_u8(answer, REASON_NONE);
	buf_put_le32(answer, bits);
	buf_put_le16(answer, (uint16_t)n);
	buf_put(answer, a->what, n);
	return true;
}

/* ---- originals */

static void tell_opened(const struct attacking *j, const struct attack_open *o)
{
	struct span name = span_cut(span_of(o->name), 0, sizeof o->name - 1);
	struct buf b = window(j);

	buf_put_le64(&b, o->size);
	buf_put_le16(&b, (uint16_t)name.n);
	buf_put_span(&b, name);
	told(j, ATTACK_OPENED, b.n);
}

/* The pieces of the original, one after another; *made receives all its bytes. */
static bool make(struct attacking *j, struct region *r, struct attack_open *o, uint64_t *made,
		 struct error *e)
{
	struct attack *a = &j->attack;

	*made = 0;
	for (uint64_t at = 0; at < o->body;) {
		size_t n = o->body - at < ATTACK_PIECE ? (size_t)(o->body - at) : ATTACK_PIECE;
		size_t keep = at >= o->size ? 0 : o->size - at < n ? (size_t)(o->size - at) : n;
		if (!attack_piece(r, o, at, j->window, n, e) ||
		    !a->engine->step(a, o, at, j->window, n, e))
			return false;
		/* the last step may have told the size */
		keep = at >= o->size ? 0 : o->size - at < keep ? (size_t)(o->size - at) : keep;
		if (keep != 0)
			told(j, ATTACK_DATA, keep);
		*made += keep;
		at += n;
	}
	return true;
}

static bool file(struct attacking *j, const struct worker_object *o, struct cursor *c,
		 struct buf *answer)
{
	struct attack *a = &j->attack;
	struct attack_open open = { .from = 0 };
	struct attack_file f = { .original = cursor_take(c, cursor_le16(c)) };
	struct error e = { .why = REASON_NONE };
	uint64_t made = 0, lost = 0;

	f.mtime = (int64_t)cursor_le64(c);
	if (!j->begun || o->n_beside != 1 || !cursor_ok(c) ||
	    (f.r = region_for(j, 0, &o->beside[0])) == NULL)
		return false;
	bool opened = a->engine->open(a, &f, &open, &e);
	if (opened)
		tell_opened(j, &open);
	bool ok = opened && make(j, f.r, &open, &made, &e);
	if (opened && a->engine->close != NULL)
		a->engine->close(&open);
	for (unsigned i = 0; i < open.n_lost; i++)
		lost += open.lost[i].n;
	if (!ok) {
		refuse(answer, &e);
		return true;
	}
	buf_put_u8(answer, REASON_NONE);
	buf_put_le64(answer, made);
	buf_put_le64(answer, lost);
	buf_put_le32(answer, open.mode);
	return true;
}

/* ---- */

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct attacking *j = state;
	struct cursor c = cursor_of(o->bytes);

	if (o->why != REASON_NONE)
		return false;
	switch (cursor_u8(&c)) {
	case ATTACK_SEEK:
		return seek(o, &c, answer);
	case ATTACK_LEARN:
		return learn(j, o, &c, answer);
	case ATTACK_FILE:
		return file(j, o, &c, answer);
	default:
		return false;
	}
}

/*
 * A worker cannot have random numbers.  libcrypto wants some to hide a scalar from who measures the
 * time that a product on a curve takes; there is nobody here to hide it from.  These are less than
 * any range that they are wanted for, and not zero.
 */
static int no_chance(unsigned char *p, int n)
{
	if (n <= 0)
		return 0;
	memset(p, 1, (size_t)n);
	p[0] = n > 1 ? 0 : 1;
	return 1;
}

static int always(void) { return 1; }

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	static const RAND_METHOD method = { .bytes = no_chance,
					    .pseudorand = no_chance,
					    .status = always };
	struct attacking *j = calloc(1, sizeof *j);

	if (j == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to attack with");
	if (RAND_set_rand_method(&method) != 1)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "libcrypto does not start");
	j->worker = s->worker;
	j->window = s->output_size >= ATTACK_WINDOW ? s->output : NULL;
	*state = j;
	return s->setup.n == 0 ||
	       (families_init(&j->set, e) && families_add_all(&j->set, s->setup, e));
}

const struct worker_job job_attack = {
	.name = "attack", .max_answer = ATTACK_ANSWER, .prepare = prepare, .run = run
};
