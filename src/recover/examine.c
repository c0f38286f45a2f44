/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/examine.h"

#include <stdlib.h>

enum {
	LEAST_TIME_S = 120,
	BYTES_A_SECOND = 4 << 20, /* that even a slow disk gives */
	MOST_TIME_S = 7 * 24 * 3600,
};

struct examiner {
	const char *worker;
	struct span list;
	const struct families *set;
	struct asker *asker; /* NULL: none is running */
	struct buf question, answer;
};

bool examiner_open(const char *worker, struct span list, const struct families *set,
		   struct examiner **out, struct error *e)
{
	struct examiner *x = calloc(1, sizeof *x);

	if (x == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to examine files with");
	x->worker = worker;
	x->list = list;
	x->set = set;
	buf_init(&x->question, EXAMINE_ANSWER);
	buf_init(&x->answer, EXAMINE_ANSWER);
	*out = x;
	return true;
}

bool examiner_finish(struct examiner *x, struct error *e)
{
	bool ok = x->asker == NULL || asker_finish(x->asker, e);

	asker_free(x->asker);
	x->asker = NULL;
	return ok;
}

void examiner_free(struct examiner *x)
{
	if (x == NULL)
		return;
	asker_free(x->asker);
	buf_release(&x->question);
	buf_release(&x->answer);
	free(x);
}

/* ---- questions */

static void begin(struct examiner *x, enum examine_question what)
{
	buf_reset(&x->question);
	buf_put_u8(&x->question, (uint8_t)what);
}

static void put_name(struct examiner *x, struct span name)
{
	struct span cut = span_cut(name, 0, EXAMINE_MAX_NAME);

	buf_put_le16(&x->question, (uint16_t)cut.n);
	buf_put_span(&x->question, cut);
}

static unsigned time_for(const struct examine_file *file, size_t n)
{
	uint64_t s = LEAST_TIME_S;

	for (size_t i = 0; i < n; i++)
		s += file[i].size / BYTES_A_SECOND;
	return s < MOST_TIME_S ? (unsigned)s : MOST_TIME_S;
}

static bool start(struct examiner *x, struct error *e)
{
	struct ask a = { .worker = x->worker, .job = job_examine.name, .setup = x->list };

	return x->asker != NULL || asker_open(&a, EXAMINE_ANSWER, &x->asker, e);
}

/* Ends a worker that cannot be believed; the next question has another. */
static void drop(struct examiner *x)
{
	asker_free(x->asker);
	x->asker = NULL;
}

static bool ask(struct examiner *x, const struct examine_file *file, size_t n, struct error *e)
{
	struct ask_object object[EXAMINE_MAX];

	for (size_t i = 0; i < n; i++)
		object[i] = (struct ask_object){ file[i].fd, file[i].size, false };
	buf_reset(&x->answer);
	if (!buf_ok(&x->question))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question");
	if (!start(x, e))
		return false;
	asker_time(x->asker, time_for(file, n));
	if (asker_bytes(x->asker, object, n, buf_span(&x->question), &x->answer, e))
		return true;
	drop(x);
	return false;
}

static bool cannot_be(struct examiner *x, struct error *e)
{
	drop(x);
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker gave an answer that cannot be");
}

static bool look(struct examiner *x, const struct examine_file *file, size_t n,
		 struct examine_look *out, struct error *e)
{
	begin(x, EXAMINE_LOOK);
	buf_put_u8(&x->question, (uint8_t)n);
	for (size_t i = 0; i < n; i++)
		put_name(x, file[i].name);
	if (!ask(x, file, n, e))
		return false;
	return examine_take_looks(buf_span(&x->answer), x->set, n, out) || cannot_be(x, e);
}

void examine_look(struct examiner *x, const struct examine_file *file, size_t n,
		  struct examine_look *out)
{
	struct error e;

	if (look(x, file, n, out, &e))
		return;
	/* one of them is at fault: each by itself */
	for (size_t i = 0; n > 1 && i < n; i++)
		examine_look(x, &file[i], 1, &out[i]);
	if (n == 1)
		*out = (struct examine_look){ .error = e };
}

bool examine_assess(struct examiner *x, const struct examine_file *file,
		    const struct assess_hint *hint, struct assessment *out, bool *failed,
		    struct snapshot_stores *copies, struct error *e)
{
	begin(x, EXAMINE_ASSESS);
	buf_put_u8(&x->question, hint->renamed);
	put_name(x, hint->original);
	if (!ask(x, file, 1, e))
		return false;
	return examine_take_assessment(buf_span(&x->answer), file->size, out, failed, copies) ||
	       cannot_be(x, e);
}

bool examine_prove(struct examiner *x, const struct examine_file *file, enum kind expected,
		   struct proof *out, struct error *e)
{
	begin(x, EXAMINE_PROVE);
	buf_put_u8(&x->question, (uint8_t)expected);
	if (!ask(x, file, 1, e))
		return false;
	struct cursor c = cursor_of(buf_span(&x->answer));
	return (examine_take_proof(&c, out) && cursor_left(&c) == 0) || cannot_be(x, e);
}

/* ---- answers */

/* A line for people; what a terminal would obey is not among it. */
static bool take_text(struct cursor *c, char *to, size_t size)
{
	struct span s = cursor_take(c, cursor_le16(c));

	if (!cursor_ok(c) || s.n >= size)
		return false;
	for (size_t i = 0; i < s.n; i++)
		to[i] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? (char)s.p[i] : '?';
	to[s.n] = '\0';
	return true;
}

static bool take_look(struct cursor *c, const struct families *set, struct examine_look *out)
{
	unsigned why = cursor_u8(c);

	*out = (struct examine_look){ .error = { .why = REASON_NONE } };
	if (why >= REASON_COUNT || !take_text(c, out->error.text, sizeof out->error.text))
		return false;
	out->error.why = (enum reason)why;
	out->error.at = PLACE_NONE;
	unsigned shown = cursor_u8(c);
	if (shown > EXAMINE_RANDOM)
		return false;
	out->plain = shown == EXAMINE_PLAIN;
	out->random = shown == EXAMINE_RANDOM;
	unsigned n = cursor_le16(c);
	for (unsigned i = 0; i < n; i++) {
		unsigned f = cursor_le16(c);
		uint64_t held = cursor_le64(c);
		if (!cursor_ok(c) || f >= set->n || out->signs.held[f] != 0 ||
		    (set->list[f].n_rules < 64 && held >> set->list[f].n_rules != 0))
			return false;
		out->signs.held[f] = held;
	}
	return cursor_ok(c);
}

bool examine_take_looks(struct span answer, const struct families *set, size_t n,
			struct examine_look *out)
{
	struct cursor c = cursor_of(answer);

	for (size_t i = 0; i < n; i++)
		if (!take_look(&c, set, &out[i]))
			return false;
	return cursor_left(&c) == 0;
}

bool examine_take_proof(struct cursor *c, struct proof *out)
{
	unsigned kind = cursor_u8(c), level = cursor_u8(c);

	*out = (struct proof){ .bits = cursor_le32(c), .broken = cursor_u8(c) != 0 };
	if (!cursor_ok(c) || kind >= KIND_COUNT || level > PROOF_CHECKSUM ||
	    !take_text(c, out->what, sizeof out->what))
		return false;
	out->kind = (enum kind)kind;
	out->level = (enum proof_level)level;
	return true;
}

/* Ranges within the file, in order, that do not meet. */
static bool take_ranges(struct cursor *c, struct assessment *a)
{
	uint32_t n = cursor_le32(c);
	uint64_t end = 0;

	if (n > ASSESS_MAX_RANGES)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct assess_range r = { .at = cursor_le64(c) };
		r.n = cursor_le64(c);
		if (!cursor_ok(c) || r.n == 0 || r.at < end || r.at > a->size ||
		    r.n > a->size - r.at)
			return false;
		end = r.at + r.n;
		a->range[a->n_ranges++] = r;
	}
	return true;
}

/* The pattern is one that is known, or none. */
static bool take_pattern(struct cursor *c, struct assessment *a)
{
	struct span name = cursor_take(c, cursor_le16(c));

	a->pattern = name.n != 0 ? assess_pattern_named(name) : NULL;
	a->residual = cursor_le32(c);
	a->lost = cursor_le64(c);
	return cursor_ok(c) && (name.n == 0 || a->pattern != NULL) && a->residual <= 1000 &&
	       a->lost <= a->size;
}

static bool take_copies(struct cursor *c, uint64_t size, struct snapshot_stores *out)
{
	*out = (struct snapshot_stores){ .kept = cursor_u8(c) != 0, .at = cursor_le64(c) };
	unsigned n = cursor_u8(c);
	if (n > SNAPSHOT_STORES || out->at > size || (!out->kept && (n != 0 || out->at != 0)))
		return false;
	while (out->n < n)
		out->made[out->n++] = cursor_le64(c);
	return cursor_ok(c);
}

bool examine_take_assessment(struct span answer, uint64_t size, struct assessment *out,
			     bool *failed, struct snapshot_stores *copies)
{
	struct cursor c = cursor_of(answer);
	unsigned damage = cursor_u8(&c);

	out->size = size;
	out->n_ranges = 0;
	if (!examine_take_proof(&c, &out->proof))
		return false;
	unsigned flags = cursor_u8(&c);
	if (!take_text(&c, out->why, sizeof out->why) || damage >= DAMAGE_COUNT ||
	    !take_pattern(&c, out) || !take_ranges(&c, out) || !take_copies(&c, size, copies) ||
	    cursor_left(&c) != 0)
		return false;
	out->damage = (enum damage)damage;
	bool damaged = out->damage == DAMAGE_FULL || out->damage == DAMAGE_PARTLY;
	if (!damaged && (out->n_ranges != 0 || out->lost != 0 || out->pattern != NULL))
		return false;
	*failed = (flags & 1) != 0;
	return true;
}
