/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/unpack.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	KEPT_BYTES = 16 << 20, /* memory of members that a level keeps for the next file */
	NAMES_MEMORY = 4 << 20,
	NOTES_MEMORY = 256 << 10, /* of the gaps' texts, for one object */
	GAP_TEXT = 400,           /* bytes */
	FIRST_NAMES = 256,        /* slots of the table of names */
	NAME_TRIES = 8,           /* slots that a name may stand in */
	MAX_NAMES = 1 << 18,
	ZEROS = 1 << 20, /* bytes of a hole that have room or not, at once */
};

struct unpack_stack {
	struct unpack_options options;
	struct unpack_host host;
	struct budget budget;
	struct unpack *level[UNPACK_STOP_DEPTH + 1]; /* made when they are first needed */
};

/* ---- gaps */

static void keep_gap(struct unpack *u, struct unpack_gap *list, size_t *n, enum reason why,
		     uint64_t at, const char *text)
{
	static const char more[] = "limit:gaps: more than are listed";
	struct unpack_gap g = { .why = why, .at = at };

	if (*n > UNPACK_MAX_GAPS)
		return;
	if (*n == UNPACK_MAX_GAPS) {
		g = (struct unpack_gap){ .why = REASON_LIMIT, .at = PLACE_NONE };
		text = more;
	}
	g.text.n = strlen(text);
	g.text.p = arena_copy(&u->notes, text, g.text.n);
	if (g.text.p == NULL)
		g.text = span_of(reason_word(why));
	list[(*n)++] = g;
}

static void put_gap(struct unpack *u, bool of_member, enum reason why, uint64_t at,
		    const char *text)
{
	if (of_member)
		keep_gap(u, u->its, &u->n_its, why, at, text);
	else
		keep_gap(u, u->own, &u->n_own, why, at, text);
}

void unpack_gap(struct unpack *u, enum reason why, uint64_t at, const char *format, ...)
{
	bool named = why == REASON_LIMIT || why == REASON_UNSUPPORTED;
	char text[GAP_TEXT];
	va_list ap;

	int n = snprintf(text, sizeof text, "%s:%s", reason_word(why), named ? "" : " ");
	va_start(ap, format);
	vsnprintf(text + n, sizeof text - (size_t)n, format, ap);
	va_end(ap);
	put_gap(u, u->open, why, at, text);
}

/* The tree's budget is spent: every object that is not finished says so, once. */
static bool note_spent(struct unpack *u)
{
	bool open = u->open;

	if (open && !u->cut)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "%s", u->stack->budget.spent);
	u->cut = open;
	u->open = false;
	if (!u->noted)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "%s", u->stack->budget.spent);
	u->noted = true;
	u->open = open;
	return false;
}

bool unpack_steps(struct unpack *u, uint64_t n)
{
	return budget_steps(&u->stack->budget, n) || note_spent(u);
}

/* ---- names in ways */

/* Was a member of this name met before in this object?  A name that has no room counts as met. */
static bool met(struct unpack *u, struct span name)
{
	uint64_t hash = hash_fnv(name) | 1;

	if (u->met == NULL || u->n_members * 2 > u->met_size) {
		size_t size = u->met == NULL ? FIRST_NAMES : u->met_size * 4;
		uint64_t *wider = size <= MAX_NAMES ? arena_array(&u->names, size, 8) : NULL;
		for (size_t i = 0; wider != NULL && i < u->met_size; i++)
			for (size_t k = 0; u->met[i] != 0 && k < NAME_TRIES; k++)
				if (wider[(u->met[i] + k) % size] == 0) {
					wider[(u->met[i] + k) % size] = u->met[i];
					break;
				}
		if (wider == NULL && u->met == NULL)
			return true;
		if (wider != NULL) {
			u->met = wider;
			u->met_size = size;
		}
	}
	for (size_t k = 0; k < NAME_TRIES; k++) {
		uint64_t *slot = &u->met[(hash + k) % u->met_size];
		if (*slot == hash)
			return true;
		if (*slot == 0) {
			*slot = hash;
			return false;
		}
	}
	return true;
}

/* Could it be taken for a numbered one? */
static bool looks_numbered(struct span name)
{
	size_t i = 0;

	while (i < name.n && name.p[i] >= '0' && name.p[i] <= '9')
		i++;
	return i != 0 && i < name.n && name.p[i] == ':';
}

/* "name" where that is all that is needed to tell it apart, else "7:name". */
static void make_segment(struct unpack *u)
{
	struct span name = span_cut(u->member.name, 0, UNPACK_MAX_NAME);

	buf_reset(&u->segment);
	if (u->numbered || name.n == 0 || name.n != u->member.name.n || looks_numbered(name) ||
	    met(u, name))
		buf_printf(&u->segment, "%" PRIu64 ":", u->n_members);
	buf_put_span(&u->segment, name);
}

/* ---- members */

bool unpack_begin(struct unpack *u, const struct unpack_member *m)
{
	if (!budget_object(&u->stack->budget))
		return note_spent(u);
	arena_reset(&u->scratch);
	u->n_members++;
	u->member = *m;
	u->open = true;
	const struct unpack_host *host = &u->stack->host;
	u->left_out = host->wanted != NULL && !host->wanted(host->ctx, u->depth + 1, m);
	u->cut = u->left_out;
	u->n_its = 0;
	buf_reset(&u->bytes);
	return true;
}

/* The member has had enough, which is a gap of it. */
static bool cut(struct unpack *u, const char *what, uint64_t most)
{
	if (!u->cut)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "%s: more than %" PRIu64 " bytes", what,
			   most);
	u->cut = true;
	return false;
}

/* Memory for n bytes more, which the budget must have too. */
static uint8_t *more_room(struct unpack *u, size_t n)
{
	uint64_t need = (uint64_t)u->bytes.n + n;

	if (need > u->held) {
		if (!budget_hold(&u->stack->budget, need - u->held)) {
			(void)cut(u, "bytes: in memory at once", u->stack->budget.limits.max_held);
			return NULL;
		}
		u->held = need;
	}
	uint8_t *to = buf_room(&u->bytes, n);
	if (to == NULL) {
		if (!u->cut)
			unpack_gap(u, REASON_MEMORY, PLACE_NONE, "no room for a member");
		u->cut = true;
		u->bytes.failed = false;
	}
	return to;
}

uint64_t unpack_left(const struct unpack *u)
{
	uint64_t most = budget_member_max(&u->stack->budget, u->object.n);

	return u->open && !u->cut && most > u->bytes.n ? most - u->bytes.n : 0;
}

/* How many of n bytes the member may still have; fewer: the gap is noted. */
static size_t allowed(struct unpack *u, size_t n)
{
	uint64_t left = unpack_left(u);

	if (u->open && !u->cut && n > left)
		(void)cut(u, "ratio", budget_member_max(&u->stack->budget, u->object.n));
	return n < left ? n : (size_t)left;
}

/* Adds up to *n bytes to the member, as many as it may have, which *n becomes: where the caller
 * puts them.  NULL: none, and that is noted. */
static uint8_t *add(struct unpack *u, size_t *n)
{
	if (*n == 0 || (*n = allowed(u, *n)) == 0)
		return NULL;
	if (!budget_bytes(&u->stack->budget, *n)) {
		(void)note_spent(u);
		return NULL;
	}
	uint8_t *to = more_room(u, *n);
	if (to != NULL)
		buf_filled(&u->bytes, *n);
	return to;
}

bool unpack_write(struct unpack *u, struct span bytes)
{
	if (bytes.n == 0)
		return u->open && !u->cut;
	uint8_t *to = add(u, &bytes.n);
	if (to == NULL)
		return false;
	memcpy(to, bytes.p, bytes.n);
	return !u->cut;
}

bool unpack_zeros(struct unpack *u, uint64_t n)
{
	while (n != 0) {
		size_t piece = n < ZEROS ? (size_t)n : ZEROS;
		n -= piece;
		uint8_t *to = add(u, &piece);
		if (to == NULL)
			return false;
		memset(to, 0, piece);
		if (u->cut)
			return false;
	}
	return true;
}

uint8_t *unpack_room(struct unpack *u, size_t n)
{
	if (allowed(u, n) != n)
		return NULL;
	return more_room(u, n);
}

void unpack_filled(struct unpack *u, size_t n)
{
	if (!budget_bytes(&u->stack->budget, n))
		(void)note_spent(u);
	else
		buf_filled(&u->bytes, n);
}

struct span unpack_so_far(const struct unpack *u) { return buf_span(&u->bytes); }

static void examine(struct unpack *u, struct span bytes)
{
	struct unpack_stack *s = u->stack;

	if (u->left_out)
		return;
	make_segment(u);
	struct unpack_child c = { .member = &u->member,
				  .segment = buf_span(&u->segment),
				  .number = u->n_members,
				  .bytes = bytes,
				  .gap = u->its,
				  .n_gaps = u->n_its };
	s->host.child(s->host.ctx, u->depth + 1, &c);
}

void unpack_end(struct unpack *u)
{
	if (!u->open)
		return;
	examine(u, buf_span(&u->bytes));
	u->open = false;
	u->n_its = 0;
	budget_give_back(&u->stack->budget, u->held);
	u->held = 0;
	buf_reset(&u->bytes);
	if (u->bytes.size > KEPT_BYTES)
		buf_release(&u->bytes);
}

bool unpack_whole(struct unpack *u, const struct unpack_member *m, struct span bytes)
{
	if (!unpack_begin(u, m))
		return false;
	if (budget_bytes(&u->stack->budget, bytes.n))
		examine(u, bytes);
	else
		(void)note_spent(u);
	u->open = false;
	u->n_its = 0;
	return !u->noted;
}

/* ---- objects */

struct unpack_stack *unpack_stack_new(const struct unpack_options *o,
				      const struct unpack_host *host)
{
	struct unpack_stack *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->options = *o;
	s->host = *host;
	unpack_begin_tree(s, 0);
	return s;
}

void unpack_stack_free(struct unpack_stack *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i <= UNPACK_STOP_DEPTH; i++) {
		struct unpack *u = s->level[i];
		if (u == NULL)
			continue;
		arena_release(&u->arena);
		arena_release(&u->scratch);
		arena_release(&u->notes);
		arena_release(&u->names);
		buf_release(&u->bytes);
		buf_release(&u->segment);
		free(u);
	}
	free(s);
}

void unpack_begin_tree(struct unpack_stack *s, uint64_t size)
{
	budget_begin(&s->budget, &s->options.limits, size);
	if (s->budget.limits.max_depth > UNPACK_STOP_DEPTH)
		s->budget.limits.max_depth = UNPACK_STOP_DEPTH;
}

const struct budget *unpack_budget(const struct unpack_stack *s) { return &s->budget; }

/* The level's working memory, made ready for an object. */
static struct unpack *ready(struct unpack_stack *s, unsigned depth, struct span object)
{
	struct unpack *u = s->level[depth];

	if (u == NULL) {
		u = calloc(1, sizeof *u);
		if (u == NULL)
			return NULL;
		s->level[depth] = u;
		arena_init(&u->arena, UNPACK_MEMORY);
		arena_init(&u->scratch, UNPACK_SCRATCH);
		arena_init(&u->notes, NOTES_MEMORY);
		arena_init(&u->names, NAMES_MEMORY);
		buf_init(&u->bytes, SIZE_MAX / 2);
		buf_init(&u->segment, UNPACK_MAX_NAME + 32);
		u->stack = s;
		u->depth = depth;
		u->options = &s->options;
	}
	arena_reset(&u->arena);
	arena_reset(&u->notes);
	arena_reset(&u->names);
	u->object = object;
	u->numbered = u->open = u->cut = u->noted = false;
	u->n_members = 0;
	u->n_own = u->n_its = 0;
	u->met = NULL;
	u->met_size = 0;
	return u;
}

/* Is the reader one that may be asked, and does it know the object? */
static bool knows(const struct unpack_options *o, const struct unpack_reader *r,
		  const struct unpack_look *look)
{
	size_t i = (size_t)(r - unpack_readers);

	return (i / 64 >= UNPACK_OFF_WORDS || (o->off[i / 64] >> i % 64 & 1) == 0) &&
	       (look->as != NULL ? strcmp(look->as, r->name) == 0 : r->probe(look));
}

const char *unpack_format(const struct unpack_options *o, const struct unpack_look *look)
{
	const struct unpack_reader *r = unpack_readers;

	while (r->name != NULL && !knows(o, r, look))
		r++;
	return r->name;
}

void unpack_switch_off(struct unpack_options *o, struct span name)
{
	for (size_t i = 0; unpack_readers[i].name != NULL && i / 64 < UNPACK_OFF_WORDS; i++)
		if (span_is(name, unpack_readers[i].name))
			o->off[i / 64] |= UINT64_C(1) << i % 64;
}

static void run(struct unpack *u, const struct unpack_reader *r)
{
	struct error e;

	if (!r->run(u->object, u, &e) && !u->noted)
		unpack_gap(u, e.why, e.at, "%s", e.text);
	unpack_end(u); /* of a reader that broke off */
	if (u->arena.spent && u->n_own == 0)
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "%s: not all of it had room", r->name);
	arena_reset(&u->arena);
}

void unpack_object(struct unpack_stack *s, unsigned depth, const struct unpack_look *look,
		   const struct unpack_gap **gap, size_t *n_gaps)
{
	static const struct unpack_gap no_memory = {
		.why = REASON_MEMORY,
		.at = PLACE_NONE,
		.text = { (const uint8_t *)"memory", sizeof "memory" - 1 },
	};
	struct unpack *u = NULL;

	*gap = NULL;
	*n_gaps = 0;
	for (const struct unpack_reader *r = unpack_readers; r->name != NULL; r++) {
		if (!knows(&s->options, r, look))
			continue;
		if (u == NULL && depth <= UNPACK_STOP_DEPTH)
			u = ready(s, depth, look->bytes);
		if (u == NULL) {
			*gap = &no_memory;
			*n_gaps = 1;
			return;
		}
		if (depth < s->budget.limits.max_depth) {
			run(u, r);
			continue;
		}
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "depth: %s in level %u, at most %u",
			   r->name, depth, s->budget.limits.max_depth);
		break;
	}
	if (u == NULL)
		return;
	*gap = u->own;
	*n_gaps = u->n_own;
}
