/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/examine.h"
#include "recover/snapshot.h"

#include <stdlib.h>

/* The end of a conversation that stands behind the walls. */

enum { SHORT_HEAD = 2048 };

struct examining {
	struct families set;
	struct sample sample;
	struct signs signs;
	struct assessment assessed;
	uint8_t *room;
};

static void put_text(struct buf *to, const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	buf_put_le16(to, (uint16_t)n);
	buf_put(to, text, n);
}

static void put_signs(const struct examining *x, struct buf *to)
{
	size_t n = 0;

	for (size_t i = 0; i < x->set.n; i++)
		n += x->signs.held[i] != 0;
	buf_put_le16(to, (uint16_t)n);
	for (size_t i = 0; i < x->set.n; i++)
		if (x->signs.held[i] != 0) {
			buf_put_le16(to, (uint16_t)i);
			buf_put_le64(to, x->signs.held[i]);
		}
}

/* Do the first bytes say what the file is, and if not, do they look random?  Few of them, since
 * some families encrypt no more. */
static unsigned shown_by(struct span head)
{
	if (kind_of(span_cut(head, 0, 4096)) != KIND_UNKNOWN)
		return EXAMINE_PLAIN;
	return chi_looks_random(span_cut(head, 0, SHORT_HEAD)) ? EXAMINE_RANDOM : 0;
}

static void look(struct examining *x, const struct worker_file *file, struct span name,
		 struct buf *to)
{
	struct error e = { .why = REASON_NONE };

	if (!sample_read(&x->sample, file->fd, file->size, name, &e)) {
		buf_put_u8(to, (uint8_t)e.why);
		put_text(to, e.text, sizeof e.text - 1);
		buf_put_u8(to, 0);
		buf_put_le16(to, 0);
		return;
	}
	signs_read(&x->set, &x->sample, &x->signs);
	buf_put_u8(to, REASON_NONE);
	buf_put_le16(to, 0);
	buf_put_u8(to, (uint8_t)shown_by(x->sample.head));
	put_signs(x, to);
}

static void look_at_all(struct examining *x, const struct worker_object *o, struct cursor *c,
			struct buf *to)
{
	size_t n = cursor_u8(c);

	for (size_t i = 0; i < n && i < o->n_beside; i++) {
		struct span name = cursor_take(c, cursor_le16(c));
		look(x, &o->beside[i], name, to);
	}
}

void examine_put_proof(const struct proof *p, struct buf *to)
{
	buf_put_u8(to, (uint8_t)p->kind);
	buf_put_u8(to, (uint8_t)p->level);
	buf_put_le32(to, p->bits);
	buf_put_u8(to, p->broken);
	put_text(to, p->what, sizeof p->what - 1);
}

void examine_put_assessment(const struct assessment *a, bool failed,
			    const struct snapshot_stores *copies, struct buf *to)
{
	buf_put_u8(to, (uint8_t)a->damage);
	examine_put_proof(&a->proof, to);
	buf_put_u8(to, failed);
	put_text(to, a->why, sizeof a->why - 1);
	put_text(to, a->pattern != NULL ? a->pattern : "", EXAMINE_MAX_NAME);
	buf_put_le32(to, a->residual);
	buf_put_le64(to, a->lost);
	buf_put_le32(to, a->n_ranges);
	for (unsigned i = 0; i < a->n_ranges; i++) {
		buf_put_le64(to, a->range[i].at);
		buf_put_le64(to, a->range[i].n);
	}
	buf_put_u8(to, copies->kept);
	buf_put_le64(to, copies->at);
	buf_put_u8(to, (uint8_t)copies->n);
	for (unsigned i = 0; i < copies->n; i++)
		buf_put_le64(to, copies->made[i]);
}

static void assess(struct examining *x, const struct worker_file *file, struct cursor *c,
		   struct buf *to)
{
	struct assess_hint hint = { .renamed = cursor_u8(c) != 0 };
	struct region w;

	hint.original = cursor_take(c, cursor_le16(c));
	region_of_fd(&w, file->fd, file->size, x->room);
	assess_file(&w, &hint, &x->assessed);
	bool failed = w.failed; /* of the assessment: what follows need not be there */
	struct snapshot_stores copies = { .kept = false };
	if (x->assessed.proof.kind == KIND_DISK)
		snapshot_vss(&w, &copies);
	examine_put_assessment(&x->assessed, failed, &copies, to);
}

static void prove(struct examining *x, const struct worker_file *file, struct cursor *c,
		  struct buf *to)
{
	struct proof proof;
	struct region w;
	unsigned expected = cursor_u8(c);

	region_of_fd(&w, file->fd, file->size, x->room);
	proof_of(&w, expected < KIND_COUNT ? (enum kind)expected : KIND_UNKNOWN, true, &proof);
	examine_put_proof(&proof, to);
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct examining *x = state;
	struct cursor c = cursor_of(o->bytes);

	if (o->why != REASON_NONE || o->n_beside == 0)
		return false;
	switch (cursor_u8(&c)) {
	case EXAMINE_LOOK:
		look_at_all(x, o, &c, answer);
		break;
	case EXAMINE_ASSESS:
		assess(x, &o->beside[0], &c, answer);
		break;
	case EXAMINE_PROVE:
		prove(x, &o->beside[0], &c, answer);
		break;
	default:
		return false;
	}
	return true;
}

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	struct examining *x = calloc(1, sizeof *x);

	if (x == NULL || (x->room = malloc(REGION_MAX)) == NULL) {
		free(x);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to examine files with");
	}
	sample_init(&x->sample);
	*state = x;
	return families_init(&x->set, e) && families_add_all(&x->set, s->setup, e);
}

const struct worker_job job_examine = {
	.name = "examine", .max_answer = EXAMINE_ANSWER, .prepare = prepare, .run = run
};
