/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/identify.h"

#include <stdlib.h>
#include <string.h>

enum {
	ANCHOR_STRUCTURE = 60, /* points from which a structure says enough without a name */
	ANCHOR_NAME = 40,      /* and a way of renaming without a structure */
};

bool families_init(struct families *s, struct error *e)
{
	*s = (struct families){ .n = 0 };
	arena_init(&s->arena, FAMILIES_MAX * sizeof *s->list);
	s->list = arena_array(&s->arena, FAMILIES_MAX, sizeof *s->list);
	return s->list != NULL ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the families");
}

void families_release(struct families *s)
{
	for (size_t i = 0; i < s->n; i++)
		family_release(&s->list[i]);
	arena_release(&s->arena);
	*s = (struct families){ .n = 0 };
}

bool families_add(struct families *s, const char *file, struct span text, struct error *e)
{
	if (s->n == FAMILIES_MAX)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%s: over %d families", file,
				 FAMILIES_MAX);
	struct family *f = &s->list[s->n];
	if (!family_open(f, file, text, e))
		return false;
	if (families_find(s, f->id) != NULL) {
		family_release(f);
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: this family is there already",
				 file);
	}
	s->n++;
	return true;
}

bool families_add_all(struct families *s, struct span list, struct error *e)
{
	struct cursor c = cursor_of(list);

	while (cursor_left(&c) > 1) {
		struct span name = cursor_cstring(&c, 256);
		struct span text = cursor_take(&c, cursor_le32(&c));
		if (!cursor_ok(&c))
			return error_set(e, REASON_DAMAGED, cursor_place(&c),
					 "the list of families is damaged");
		if (!families_add(s, (const char *)name.p, text, e))
			return false;
	}
	return true;
}

const struct family *families_find(const struct families *s, struct span id)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_equal(s->list[i].id, id))
			return &s->list[i];
	return NULL;
}

const char *confidence_word(enum confidence c)
{
	static const char *const words[] = { "none", "possible", "probable", "certain" };

	return words[c];
}

bool identify_init(struct identify *id, const struct families *set, struct error *e)
{
	struct arena *a = &id->arena;
	size_t n = set->n + 1;

	*id = (struct identify){ .set = set };
	arena_init(a, IDENTIFY_MEMORY);
	id->answer = arena_array(a, n, sizeof *id->answer);
	id->sign = arena_array(a, n, sizeof *id->sign);
	id->own = arena_array(a, n, sizeof *id->own);
	id->lacking = arena_array(a, n, sizeof *id->lacking);
	id->lacking_path = arena_array(a, n, sizeof *id->lacking_path);
	id->tally = arena_array(a, n, sizeof *id->tally);
	id->sure = arena_array(a, n, sizeof *id->sure);
	for (size_t i = 0; i < set->n && !a->spent; i++)
		id->sign[i] = arena_array(a, set->list[i].n_rules + 1, sizeof **id->sign);
	if (!a->spent)
		return true;
	identify_release(id);
	return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the signs");
}

void identify_release(struct identify *id)
{
	arena_release(&id->arena);
	*id = (struct identify){ .n_files = 0 };
}

/* ---- one file, one family */

struct held {
	bool rule[FAMILY_MAX_RULES];
	unsigned own;  /* points of the file itself: structure, markers, name */
	unsigned note; /* points of the file as a note */
	bool strong;   /* these would do without a note */
	bool named;    /* by an extension or a way of renaming */
	bool lacks;    /* named so, and not as it must be */
	bool note_name, note_text;
};

static bool is_structure(const struct rule *r)
{
	return r->kind == RULE_STRUCTURE || r->kind == RULE_MARKER;
}

static void add_sign(struct held *h, const struct rule *r, bool *structure, bool *anchor)
{
	switch (r->kind) {
	case RULE_NOTE_NAME:
	case RULE_NOTE_TEXT:
		h->note += r->weight;
		h->note_name = h->note_name || r->kind == RULE_NOTE_NAME;
		h->note_text = h->note_text || r->kind == RULE_NOTE_TEXT;
		return;
	case RULE_STRUCTURE:
	case RULE_MARKER:
		*structure = true;
		*anchor = *anchor || r->weight >= ANCHOR_STRUCTURE;
		break;
	case RULE_RENAME:
		*anchor = *anchor || r->weight >= ANCHOR_NAME;
		h->named = true;
		break;
	case RULE_EXTENSION:
		h->named = true;
		break;
	}
	h->own += r->weight;
}

_Static_assert(FAMILY_MAX_RULES <= 64, "a rule is a bit");

void signs_read(const struct families *set, const struct sample *s, struct signs *out)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct family *f = &set->list[i];
		out->held[i] = 0;
		for (unsigned k = 0; k < f->n_rules; k++)
			out->held[i] |= (uint64_t)rule_holds(&f->rule[k], s) << k;
	}
}

static struct held hold(const struct family *f, uint64_t held)
{
	struct held h = { .own = 0 };
	bool structure = false, anchor = false;

	for (unsigned i = 0; i < f->n_rules; i++) {
		h.rule[i] = (held >> i & 1) != 0;
		h.lacks = h.lacks || (f->rule[i].required && !h.rule[i]);
		if (h.rule[i])
			add_sign(&h, &f->rule[i], &structure, &anchor);
	}
	if (!h.named && !anchor) { /* a weak structure is an accident where no name agrees */
		h.own = 0;
		for (unsigned i = 0; i < f->n_rules; i++)
			h.rule[i] = h.rule[i] && !is_structure(&f->rule[i]);
	}
	if (h.lacks)
		h.own = 0;
	h.strong = h.own != 0 && (anchor || (h.named && structure));
	return h;
}

/* Which family does most speak for?  Notes in the tree speak for all files of their family. */
static size_t best_of(const struct identify *id, const struct signs *s, bool ended)
{
	size_t best = SIZE_MAX;
	unsigned most = 0;

	for (size_t i = 0; i < id->set->n; i++) {
		if (ended && id->sure[i] == CONFIDENCE_NONE)
			continue;
		struct held h = hold(&id->set->list[i], s->held[i]);
		unsigned points = h.own != 0 ? h.own + (ended ? id->tally[i].note : 0) : 0;
		if (points > most) {
			most = points;
			best = i;
		}
	}
	return best;
}

const struct family *identify_pick(const struct identify *id, const struct sample *s)
{
	struct signs signs;

	signs_read(id->set, s, &signs);
	return identify_pick_signs(id, &signs);
}

const struct family *identify_pick_signs(const struct identify *id, const struct signs *s)
{
	size_t best = best_of(id, s, true);

	return best != SIZE_MAX ? &id->set->list[best] : NULL;
}

static const char *keep_path(struct identify *id, const char *path, struct error *e)
{
	const char *kept = arena_text(&id->arena, path, strlen(path));

	if (kept == NULL)
		(void)error_set(e, REASON_LIMIT, PLACE_NONE, "over the memory for signs");
	return kept;
}

bool identify_add(struct identify *id, const struct sample *s, const char *path, struct error *e)
{
	struct signs signs;

	signs_read(id->set, s, &signs);
	return identify_add_signs(id, &signs, path, e);
}

bool identify_add_signs(struct identify *id, const struct signs *s, const char *path,
			struct error *e)
{
	bool named = false, note = false;

	id->n_files++;
	for (size_t i = 0; i < id->set->n; i++) {
		const struct family *f = &id->set->list[i];
		struct held h = hold(f, s->held[i]);
		named = named || h.named;
		note = note || (h.note_name && h.own == 0);
		struct identify_tally *t = &id->tally[i];
		t->file = h.own > t->file ? h.own : t->file;
		t->note = h.note > t->note ? h.note : t->note;
		t->strong = t->strong || h.strong || (h.note_name && h.note_text);
		t->named = t->named || (h.named && !h.lacks);
		t->structure = t->structure || (h.strong && h.own != 0);
		if (h.named && h.lacks && id->lacking[i]++ == 0) {
			id->lacking_path[i] = keep_path(id, path, e);
			if (id->lacking_path[i] == NULL)
				return false;
		}
		for (unsigned k = 0; k < f->n_rules; k++) {
			struct identify_sign *sign = &id->sign[i][k];
			if (!h.rule[k] || sign->n++ != 0)
				continue;
			sign->example = keep_path(id, path, e);
			if (sign->example == NULL)
				return false;
		}
	}
	id->n_named += named;
	size_t best = best_of(id, s, false);
	if (best != SIZE_MAX)
		id->own[best]++;
	if (note && id->n_notes < IDENTIFY_MAX_NOTES) {
		id->note[id->n_notes] = keep_path(id, path, e);
		if (id->note[id->n_notes++] == NULL)
			return false;
	}
	return true;
}

/* ---- summing up */

static enum confidence confidence_of(const struct identify_tally *t, unsigned score)
{
	bool strong = t->strong || (t->named && t->note != 0);

	if (!strong || score < IDENTIFY_POSSIBLE)
		return CONFIDENCE_NONE;
	if (score < IDENTIFY_PROBABLE)
		return CONFIDENCE_POSSIBLE;
	return score >= IDENTIFY_CERTAIN && t->structure ? CONFIDENCE_CERTAIN : CONFIDENCE_PROBABLE;
}

static void sum_up(struct identify *id, size_t i)
{
	const struct identify_tally *t = &id->tally[i];
	unsigned score = t->file + t->note;

	score = score < 100 ? score : 100;
	id->sure[i] = confidence_of(t, score);
	id->answer[i] = (struct identify_answer){
		.family = &id->set->list[i],
		.sign = id->sign[i],
		.score = score,
		.confidence = id->sure[i],
		.n_files = id->own[i],
		.n_lacking = id->lacking[i],
		.lacking = id->lacking_path[i],
	};
}

static int compare(const void *a, const void *b)
{
	const struct identify_answer *x = a, *y = b;

	if (x->confidence != y->confidence)
		return x->confidence < y->confidence ? 1 : -1;
	if (x->n_files != y->n_files)
		return x->n_files < y->n_files ? 1 : -1;
	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->family < y->family ? -1 : x->family > y->family;
}

void identify_end(struct identify *id)
{
	for (size_t i = 0; i < id->set->n; i++)
		sum_up(id, i);
	if (id->set->n != 0)
		qsort(id->answer, id->set->n, sizeof *id->answer, compare);
}
