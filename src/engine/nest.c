/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nest.h"
#include "base/hash.h"
#include "engine/record.h"
#include "engine/texts.h"
#include "format/clam_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MEMORY = 256 << 20,   /* bytes of what is kept about a tree */
	MAX_STRINGS = 100000, /* occurrences kept for one rule in one object */
	/* Bytes of a record's list, so that many harmless objects cannot crowd out a finding: */
	CLEAN_ROOM = RECORD_LIST / 4,
	GAP_ROOM = RECORD_LIST / 4,
	FOUND_ROOM = RECORD_LIST / 2,
	CLEAN_MOST = RECORD_CHILDREN / 4, /* and so many of each */
	GAP_MOST = RECORD_CHILDREN / 4,
	FOUND_MOST = RECORD_CHILDREN / 2,
	GAP_MORE = 512,
};

/* A share of the list. */
struct share {
	size_t n, bytes;
};

struct nest {
	struct scanner *scanner;
	const struct db *db;
	const struct scan_options *options;
	struct unpack_stack *stack;
	struct arena arena;  /* of the file at hand */
	struct buf children; /* struct verdict_child */
	struct share clean, gaps, found;
	/* by depth, the objects that are being taken apart; 0 is the file */
	struct level {
		uint32_t number; /* in the list, from 1; 0: the file */
		size_t paid;     /* bytes of the list's room that were taken for it */
		const struct verdict_child *child;
		struct span format; /* as what it is taken apart */
		uint64_t size;
		struct span bytes;
		enum { ALLOW_UNKNOWN, ALLOW_NO, ALLOW_YES } allow; /* is it on an allow-list? */
	} level[UNPACK_STOP_DEPTH + 3]; /* the last for views of an object that deep */
	bool has_texts;                 /* the database has rules for normalised texts */
	struct texts texts;             /* of the object at hand */
	bool lost;                      /* something that had to be listed had no room */
	struct verdict_gap no_room;     /* says so, where there is not even room for that */
	uint64_t n_inside, inside_bytes;
};

/* ---- life */

static void examine_child(void *ctx, unsigned depth, const struct unpack_child *c);

bool nest_new(struct scanner *s, const struct db *db, const struct scan_options *o,
	      struct nest **out, struct error *e)
{
	struct nest *t = calloc(1, sizeof *t);
	struct unpack_host host = { .child = examine_child, .ctx = t };

	if (t != NULL)
		t->stack = unpack_stack_new(&o->unpack, &host);
	if (t == NULL || t->stack == NULL) {
		free(t);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a tree of objects");
	}
	t->scanner = s;
	t->db = db;
	t->options = o;
	t->has_texts = db_has_texts(db);
	texts_init(&t->texts);
	arena_init(&t->arena, MEMORY);
	buf_init(&t->children,
		 (RECORD_CHILDREN + UNPACK_STOP_DEPTH + 1) * sizeof(struct verdict_child));
	*out = t;
	return true;
}

void nest_free(struct nest *t)
{
	if (t == NULL)
		return;
	unpack_stack_free(t->stack);
	texts_release(&t->texts);
	arena_release(&t->arena);
	buf_release(&t->children);
	free(t);
}

/* ---- what outlives the scanner's next object */

static struct span keep_span(struct nest *t, struct span s)
{
	s.p = arena_copy(&t->arena, s.p, s.n);
	return s.p != NULL ? s : (struct span){ 0 };
}

static void keep_match(struct nest *t, struct verdict_match *m)
{
	size_t n = m->n_strings < MAX_STRINGS ? m->n_strings : MAX_STRINGS;

	m->string = arena_copy(&t->arena, m->string, n * sizeof *m->string);
	m->n_strings = m->string != NULL ? n : 0;
	for (size_t i = 0; i < m->n_strings; i++)
		m->string[i].excerpt = keep_span(t, m->string[i].excerpt);
	m->value = arena_copy(&t->arena, m->value, m->n_values * sizeof *m->value);
	if (m->value == NULL)
		m->n_values = 0;
	for (size_t i = 0; i < m->n_values; i++) {
		m->value[i].name = keep_span(t, m->value[i].name);
		if (m->value[i].value.kind == VALUE_STRING)
			m->value[i].value.s = keep_span(t, m->value[i].value.s);
	}
}

/* Copies all that the verdict points to, which lies in the scanner; what has no room is a gap. */
static void keep(struct nest *t, struct verdict *v)
{
	v->match = arena_copy(&t->arena, v->match, v->n_matches * sizeof *v->match);
	if (v->match == NULL)
		v->n_matches = 0;
	for (size_t i = 0; i < v->n_matches; i++)
		keep_match(t, &v->match[i]);
	v->gap = arena_copy(&t->arena, v->gap, v->n_gaps * sizeof *v->gap);
	if (v->gap == NULL)
		v->n_gaps = 0;
	for (size_t i = 0; i < v->n_gaps; i++)
		v->gap[i].detail = keep_span(t, v->gap[i].detail);
	v->log = keep_span(t, v->log);
	t->lost = t->lost || t->arena.spent;
}

/* Adds n gaps that a reader found to those of the verdict, whose list lies in the arena. */
static void add_gaps(struct nest *t, struct verdict *v, const struct unpack_gap *gap, size_t n)
{
	struct verdict_gap *list;

	if (n == 0)
		return;
	list = arena_array(&t->arena, v->n_gaps + n, sizeof *list);
	if (list == NULL) {
		t->lost = true;
		return;
	}
	if (v->n_gaps != 0)
		memcpy(list, v->gap, v->n_gaps * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		struct buf text;
		buf_init(&text, RECORD_DETAIL);
		buf_put_span(&text, gap[i].text);
		if (gap[i].at != PLACE_NONE)
			buf_printf(&text, " (at 0x%" PRIx64 ")", gap[i].at);
		list[v->n_gaps++] = (struct verdict_gap){ .why = gap[i].why,
							  .rule = COND_NONE,
							  .detail = keep_span(t, buf_span(&text)) };
		buf_release(&text);
	}
	v->gap = list;
}

/* ---- an object in an object */

static struct verdict_child *child_at(struct nest *t, uint32_t number)
{
	return (struct verdict_child *)(void *)t->children.p + (number - 1);
}

static uint32_t n_listed(const struct nest *t)
{
	return (uint32_t)(t->children.n / sizeof(struct verdict_child));
}

/* The size in the list of one that is still being taken apart, with room for one gap more. */
static size_t open_size(const struct verdict_child *c) { return record_child_size(c) + GAP_MORE; }

/* Takes room of a share for the object and all that it lies in, unless that has been paid for. */
static bool pay(struct nest *t, struct share *s, unsigned depth, size_t most, size_t most_bytes)
{
	size_t n = 1, bytes = record_child_size(t->level[depth].child);

	for (unsigned d = depth - 1; d > 0 && t->level[d].paid == 0; d--) {
		bytes += open_size(t->level[d].child);
		n++;
	}
	if (n > most - s->n || bytes > most_bytes - s->bytes)
		return false;
	s->n += n;
	s->bytes += bytes;
	for (unsigned d = depth - 1; d > 0 && t->level[d].paid == 0; d--)
		t->level[d].paid = open_size(t->level[d].child);
	return true;
}

/* The last of the list, in which nothing is listed: does it stay? */
static bool stays(struct nest *t, unsigned depth, const struct verdict *v)
{
	if (v->n_matches != 0)
		return pay(t, &t->found, depth, FOUND_MOST, FOUND_ROOM);
	if (v->n_gaps != 0)
		return pay(t, &t->gaps, depth, GAP_MOST, GAP_ROOM);
	return (t->options->list || t->options->hash) &&
	       pay(t, &t->clean, depth, CLEAN_MOST, CLEAN_ROOM);
}

/* What lies in it is listed, and so must it be: but it may have more gaps than were paid for. */
static void pay_gaps(struct nest *t, unsigned depth, struct verdict_child *c)
{
	size_t size = record_child_size(c), paid = t->level[depth].paid;

	if (size <= paid)
		return;
	if (size - paid <= GAP_ROOM - t->gaps.bytes) {
		t->gaps.bytes += size - paid;
		return;
	}
	c->verdict.n_gaps = 1;
	t->lost = true;
}

/* By the rule for files: where something was found or not examined, and where it is asked for. */
static void digest(const struct nest *t, struct span bytes, bool wanted, struct verdict *v)
{
	if (!v->has_sha256 && bytes.n != 0 && (wanted || v->n_gaps != 0 || t->options->hash))
		v->has_sha256 = hash_of(HASH_SHA256, bytes, v->sha256);
}

/* What a container says of an object in it, for the rules. */
static struct scan_member member_of(const struct nest *t, unsigned depth,
				    const struct unpack_child *c, struct span *format)
{
	struct scan_member m = { .name = c->member->name,
				 .format = format,
				 .container_size = t->level[depth - 1].size,
				 .number = c->number,
				 .size = c->member->size,
				 .packed = c->member->packed,
				 .encrypted = c->member->encrypted,
				 .has_crc = c->member->has_crc,
				 .crc = c->member->crc,
				 .depth = depth,
				 .plain = t->has_texts,
				 .absent = c->bytes.n == 0 && c->n_gaps != 0 };

	for (unsigned d = 0; d < depth; d++)
		format[d] = t->level[d].format;
	return m;
}

/* Does it lie in what an allow-list names?  Then nothing that is found in it is reported, as in
 * ClamAV: the digest stands for all that is in it. */
static bool within_allowed(struct nest *t, unsigned depth)
{
	for (unsigned d = 0; d < depth; d++) {
		struct level *l = &t->level[d];
		if (l->allow == ALLOW_UNKNOWN)
			l->allow = scanner_allows(t->scanner, l->bytes) ? ALLOW_YES : ALLOW_NO;
		if (l->allow == ALLOW_YES)
			return true;
	}
	return false;
}

/* Scans; where nothing of the object could be had, by rules that ask for what is said of it. */
static void scan_child(struct nest *t, const struct scan_member *m, const struct unpack_child *c,
		       struct verdict *v)
{
	scanner_member(t->scanner, m, c->bytes, v);
	v->log.n = 0; /* of the file's own rules alone */
	if (v->n_matches != 0 && within_allowed(t, m->depth)) {
		v->n_matches = 0;
		v->handlers = 0;
	}
	keep(t, v);
	add_gaps(t, v, c->gap, c->n_gaps);
}

/* ---- normalised texts */

/* Lists what was found in a view behind the object that it is of, whose number is `parent`. */
static void list_view(struct nest *t, unsigned depth, uint32_t parent, const char *name,
		      const struct verdict *v)
{
	struct verdict_child child = { .segment = span_of(name), .parent = parent, .verdict = *v };

	keep(t, &child.verdict);
	t->level[depth + 1] = (struct level){ .child = &child };
	bool stays = pay(t, &t->found, depth + 1, FOUND_MOST, FOUND_ROOM);
	if (stays)
		buf_put(&t->children, &child, sizeof child);
	if (!stays || !buf_ok(&t->children)) {
		t->children.failed = false;
		t->lost = true;
		return;
	}
	t->n_inside++; /* one that is listed counts as an object */
	t->inside_bytes += v->size;
}

/* The rules that are for what clamscan makes of texts and HTML; `m` says where the object lies,
 * and `of` is what was found in it. */
static void scan_texts(struct nest *t, unsigned depth, uint32_t number, struct scan_member m,
		       struct span bytes, enum texts_kind kind, struct verdict *of)
{
	if (kind == TEXTS_NONE)
		return;
	if (kind == TEXTS_HTML && t->options->risk != NULL)
		t->options->risk(t->options->risk_ctx);
	uint32_t before = n_listed(t);
	texts_make(&t->texts, kind, bytes);
	t->lost = t->lost || t->texts.failed;
	m.view = true;
	for (size_t i = 0; i < t->texts.n; i++) {
		const struct texts_view *view = &t->texts.view[i];
		struct verdict v;
		m.as = view->as;
		scanner_member(t->scanner, &m, view->bytes, &v);
		v.log.n = 0;
		if (v.n_matches != 0 &&
		    (scanner_allows(t->scanner, bytes) || within_allowed(t, depth)))
			v.n_matches = 0;
		if (v.n_gaps != 0 || v.n_matches != 0)
			list_view(t, depth, number, view->name, &v);
	}
	if (n_listed(t) != before) /* what holds something is of some format */
		of->format = span_of("text");
}

/* What is in it, which is listed behind it. */
static void take_apart(struct nest *t, unsigned depth, const struct unpack_look *look,
		       struct verdict *v)
{
	const struct unpack_gap *gap;
	size_t n_gaps;
	const char *format = unpack_format(&t->options->unpack, look);

	if (format == NULL)
		return;
	v->format = span_of(format);
	t->level[depth].format = v->format;
	t->level[depth].size = look->bytes.n;
	t->level[depth].bytes = look->bytes;
	t->level[depth].allow = ALLOW_UNKNOWN;
	unpack_object(t->stack, depth, look, &gap, &n_gaps);
	add_gaps(t, v, gap, n_gaps);
}

/* How an object is examined that a rule says is of a type. */
struct again {
	const struct clam_type *type;
	const struct verdict *first; /* what was found in it as it is */
};

static enum texts_kind kind_of(const struct nest *t, struct span bytes, const struct again *again)
{
	if (!t->has_texts)
		return TEXTS_NONE;
	if (again == NULL)
		return texts_kind_of(bytes);
	return again->type->target == CLAM_HTML && bytes.n <= CLAM_HTML_MOST   ? TEXTS_HTML
	       : again->type->target == CLAM_TEXT && bytes.n <= CLAM_TEXT_MOST ? TEXTS_PLAIN
									       : TEXTS_NONE;
}

/* What was found before need not be said again. */
static void leave_out(struct verdict *v, const struct verdict *known)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_matches; i++) {
		bool again = false;
		for (size_t k = 0; !again && k < known->n_matches; k++)
			again = known->match[k].rule == v->match[i].rule;
		if (!again)
			v->match[n++] = v->match[i];
	}
	v->n_matches = n;
}

static void examine(struct nest *t, unsigned depth, const struct unpack_child *c,
		    const struct again *again);

/* The object once more as each type that rules say it is of, as if it lay in itself. */
static void handle(struct nest *t, unsigned depth, struct span bytes, struct verdict *v)
{
	uint32_t before = n_listed(t);

	if (depth >= UNPACK_STOP_DEPTH)
		return;
	t->level[depth].format = span_of("text");
	t->level[depth].size = bytes.n;
	t->level[depth].bytes = bytes;
	t->level[depth].allow = ALLOW_UNKNOWN;
	for (unsigned i = 0; i < CLAM_TYPES_HANDLED; i++) {
		if ((v->handlers >> i & 1) == 0 || !clam_type_is_handled(i))
			continue;
		const struct again again = { .type = clam_type_at(i), .first = v };
		const struct unpack_member m = { .size = bytes.n,
						 .packed = UNPACK_UNKNOWN,
						 .at = 0 };
		char name[32];
		int n = snprintf(name, sizeof name, ":as-%s", again.type->name);
		const struct unpack_child c = { .member = &m,
						.segment = { (const uint8_t *)name, (size_t)n },
						.number = 1,
						.bytes = bytes };
		examine(t, depth + 1, &c, &again);
	}
	if (n_listed(t) != before)
		v->format = span_of("text");
}

static void examine_child(void *ctx, unsigned depth, const struct unpack_child *c)
{
	examine(ctx, depth, c, NULL);
}

static void examine(struct nest *t, unsigned depth, const struct unpack_child *c,
		    const struct again *again)
{
	struct unpack_look look = { .bytes = c->bytes,
				    .class = type_class_of(c->bytes),
				    .name = c->member->name,
				    .type = c->member->type,
				    .layer = c->member->layer,
				    .as = again == NULL                 ? NULL
					  : again->type->format != NULL ? again->type->format
									: "" };
	struct verdict_child child = { .segment = c->segment,
				       .parent = t->level[depth - 1].number };
	struct span format[UNPACK_STOP_DEPTH + 2];
	struct scan_member m = member_of(t, depth, c, format);
	uint32_t number;

	t->n_inside++;
	t->inside_bytes += c->bytes.n;
	enum texts_kind kind = kind_of(t, c->bytes, again);
	m.again = again != NULL;
	if (again != NULL && kind == TEXTS_NONE)
		m.as = again->type->target;
	else if (kind != TEXTS_NONE && span_is(t->level[depth - 1].format, "mail"))
		m.as = CLAM_MAIL;
	if (again != NULL && kind == TEXTS_HTML) /* what clamscan looks at are the views alone */
		child.verdict.size = c->bytes.n;
	else
		scan_child(t, &m, c, &child.verdict);
	if (again != NULL)
		leave_out(&child.verdict, again->first);
	/* a place in the list before what lies in it gets one */
	buf_put(&t->children, &child, sizeof child);
	if (!buf_ok(&t->children)) {
		t->children.failed = false;
		t->lost = true;
		return;
	}
	number = n_listed(t);
	t->level[depth] = (struct level){ .number = number, .child = &child };
	scan_texts(t, depth, number, m, c->bytes, kind, &child.verdict);
	handle(t, depth, c->bytes, &child.verdict);
	take_apart(t, depth, &look, &child.verdict);
	bool listed = n_listed(t) != number;
	if (listed) {
		pay_gaps(t, depth, &child);
	} else if (!stays(t, depth, &child.verdict)) {
		t->children.n -= sizeof child;
		t->lost = t->lost || child.verdict.n_matches + child.verdict.n_gaps != 0;
		return;
	}
	digest(t, c->bytes, listed, &child.verdict);
	child.segment = keep_span(t, c->segment);
	t->lost = t->lost || child.segment.p == NULL;
	*child_at(t, number) = child;
}

/* ---- a file */

static void begin(struct nest *t, uint64_t size)
{
	arena_reset(&t->arena);
	buf_reset(&t->children);
	t->clean = t->gaps = t->found = (struct share){ 0 };
	t->lost = false;
	t->n_inside = t->inside_bytes = 0;
	t->level[0] = (struct level){ 0 };
	unpack_begin_tree(t->stack, size);
}

/* One gap in place of all. */
static void say_no_room(struct nest *t, struct verdict *out)
{
	t->no_room = (struct verdict_gap){ .why = REASON_MEMORY,
					   .rule = COND_NONE,
					   .detail = span_of("memory") };
	out->gap = &t->no_room;
	out->n_gaps = 1;
}

void nest_object(struct nest *t, struct span file, struct verdict *out)
{
	static const char lost[] = "limit:record: not all that was found inside is listed";
	struct unpack_look look = { .bytes = file, .class = type_class_of(file) };
	const struct scan_member m = { .plain = t->has_texts };
	bool taken = unpack_format(&t->options->unpack, &look) != NULL;

	enum texts_kind kind = t->has_texts ? texts_kind_of(file) : TEXTS_NONE;
	scanner_member(t->scanner, &m, file, out);
	if (!taken && kind == TEXTS_NONE && out->handlers == 0)
		return;
	if (taken && t->options->risk != NULL)
		t->options->risk(t->options->risk_ctx);
	begin(t, file.n);
	keep(t, out);
	scan_texts(t, 0, 0, m, file, kind, out);
	handle(t, 0, file, out);
	take_apart(t, 0, &look, out);
	if (t->lost) {
		struct unpack_gap g = { .why = REASON_LIMIT,
					.at = PLACE_NONE,
					.text = span_of(lost) };
		size_t had = out->n_gaps;
		add_gaps(t, out, &g, 1);
		if (out->n_gaps == had)
			say_no_room(t, out);
	}
	out->n_inside = t->n_inside;
	out->inside_bytes = t->inside_bytes;
	out->child = (struct verdict_child *)(void *)t->children.p;
	out->n_children = n_listed(t);
	digest(t, file, out->n_children != 0, out);
	verdict_settle(t->db, out);
}
