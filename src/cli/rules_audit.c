/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rules_audit.h"

#include "base/json_write.h"
#include "base/text.h"
#include "rules/audit/audit.h"
#include "rules/audit/audit_expect.h"
#include "rules/names.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	ARENA = 1 << 28,
	MAX_LINE = 1 << 16,
	EXPECTED = 10000,   /* of a million files, from which on the guess is told as a mark */
	GUESS = 1000,       /* and so exactly */
	MAX_CONDITION = 160 /* bytes of one that are shown */
};

struct tally {
	size_t rules, concerns, of[AUDIT_MARKS];
};

static void print_escaped(struct buf *out, struct span s)
{
	size_t start = out->n;

	for (size_t i = 0; i < s.n; i++) {
		/* a condition is laid out in lines */
		struct span one = span_cut(s, i, 1);
		bool space = one.p[0] == '\n' || one.p[0] == '\t' || one.p[0] == '\r';
		if (!space)
			continue;
		text_show(out, span_cut(s, 0, i));
		if (out->n == start || out->p[out->n - 1] != ' ')
			buf_put_u8(out, ' ');
		s = span_cut(s, i + 1, s.n - i - 1);
		i = (size_t)-1;
	}
	text_show(out, s);
}

static const struct ir_source *source_of(const struct ruleset *set, const struct ir_rule *r)
{
	size_t n;
	const struct ir_source *s = ruleset_sources(set, &n);

	return r->place.source < n ? &s[r->place.source] : NULL;
}

static void print_text(struct buf *out, const struct ruleset *set, const struct ir_rule *r,
		       const struct audit_result *a)
{
	const struct ir_source *s = source_of(set, r);

	print_escaped(out, r->name);
	if (s != NULL) {
		buf_put_text(out, "  ");
		print_escaped(out, s->name);
	}
	buf_printf(out, ":%u\n", r->place.line);
	for (size_t i = 0; i < a->n; i++) {
		buf_printf(out, "  %-10s %s\n", audit_word(a->mark[i].kind), a->mark[i].reason);
		if (a->mark[i].evidence.n != 0) {
			buf_put_text(out, "             ");
			print_escaped(out, a->mark[i].evidence);
			buf_put_u8(out, '\n');
		}
	}
}

/* What rules are audited with. */
struct auditor {
	const struct compile_ordinary *files; /* NULL: none were looked at */
	struct ordinary *known;
	struct arena arena; /* for one rule */
};

static bool auditor_init(struct auditor *x, const struct compile_ordinary *files, struct error *e)
{
	x->files = files;
	arena_init(&x->arena, ARENA);
	x->known = ordinary_new();
	return x->known != NULL ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an audit");
}

static void auditor_release(struct auditor *x)
{
	ordinary_free(x->known);
	arena_release(&x->arena);
}

/* What ordinary files have to do with a rule. */
struct counted {
	double expected;               /* of a million */
	const struct compile_hit *hit; /* NULL: it found none */
};

static const struct compile_hit *hit_of(const struct compile_ordinary *o, const struct ruleset *set,
					const struct ir_rule *r)
{
	const struct ir_source *s = source_of(set, r);

	for (size_t i = 0; s != NULL && i < o->n_hits; i++)
		if (o->hit[i].line == r->place.line && span_equal(o->hit[i].name, r->name) &&
		    span_equal(o->hit[i].source, s->name))
			return &o->hit[i];
	return NULL;
}

/* More of a million files than a rule may find? */
static bool too_many(const struct compile_ordinary *o, uint64_t files)
{
	return (double)files * 1e6 > (double)o->broad_over * (double)o->files;
}

/* Puts a mark in the place of one of its kind, or behind all. */
static void put_mark(struct audit_result *r, const struct audit_mark *mark)
{
	size_t i = 0;

	while (i < r->n && r->mark[i].kind != mark->kind)
		i++;
	r->n += i == r->n;
	r->mark[i] = *mark;
}

static bool is_broad(const struct audit_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->mark[i].kind == AUDIT_BROAD)
			return true;
	return false;
}

/* What was counted says more than what follows from the text, and takes the place of that; what is
 * expected says less. */
static bool mark_counted(struct auditor *x, const struct counted *c, struct span condition,
			 struct audit_result *r, struct error *e)
{
	struct audit_mark mark = { .kind = AUDIT_BROAD, .evidence = condition };
	char reason[128];
	int n;

	if (c->hit != NULL && too_many(x->files, c->hit->files)) {
		n = snprintf(reason, sizeof reason,
			     "found %" PRIu64 " of %" PRIu64 " ordinary files", c->hit->files,
			     x->files->files);
		mark.evidence = c->hit->first;
	} else if (c->expected >= EXPECTED && !is_broad(r)) {
		n = snprintf(reason, sizeof reason,
			     "about %" PRIu64 " of a million ordinary files hold what it asks for",
			     (uint64_t)c->expected / GUESS * GUESS);
	} else {
		return true;
	}
	mark.reason = arena_text(&x->arena, reason, (size_t)n);
	if (mark.reason == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an audit");
	put_mark(r, &mark);
	return true;
}

/* The condition as it is written. */
static struct span condition_of(const struct ruleset *set, const struct ir_rule *r)
{
	const struct ir_source *s = source_of(set, r);

	return s == NULL
		       ? (struct span){ NULL, 0 }
		       : span_cut(s->text, r->condition_at,
				  r->condition_n < MAX_CONDITION ? r->condition_n : MAX_CONDITION);
}

static bool audit_one(struct auditor *x, const struct ruleset *set, uint32_t rule,
		      struct audit_result *a, struct counted *c, struct error *e)
{
	size_t n;
	const struct ir_rule *r = &ruleset_rules(set, &n)[rule];

	*c = (struct counted){ .expected = audit_expect(set, rule, x->known) };
	if (x->files != NULL && x->files->n_hits != 0)
		c->hit = hit_of(x->files, set, r);
	return audit_rule(set, rule, &x->arena, a, e) &&
	       mark_counted(x, c, condition_of(set, r), a, e);
}

static void json_counted(struct json_writer *j, const struct compile_ordinary *o,
			 const struct counted *c)
{
	json_write_key(j, "hits");
	json_write_object(j);
	json_write_key(j, "files");
	json_write_uint(j, c->hit != NULL ? c->hit->files : 0);
	json_write_key(j, "of");
	json_write_uint(j, o->files);
	json_write_key(j, "first");
	json_write_bytes(j, c->hit != NULL ? c->hit->first : (struct span){ NULL, 0 });
	json_write_object_end(j);
}

static void print_json(struct buf *out, const struct ruleset *set, const struct ir_rule *r,
		       const struct audit_result *a, const struct compile_ordinary *o,
		       const struct counted *c, const char *change)
{
	const struct ir_source *s = source_of(set, r);
	struct json_writer j;
	struct buf b;

	buf_init(&b, MAX_LINE);
	json_write_init(&j, &b);
	json_write_object(&j);
	if (change != NULL) {
		json_write_key(&j, "change");
		json_write_text(&j, change);
	}
	json_write_key(&j, "rule");
	json_write_bytes(&j, r->name);
	json_write_key(&j, "namespace");
	json_write_bytes(&j, r->space);
	json_write_key(&j, "source");
	json_write_bytes(&j, s != NULL ? s->name : (struct span){ NULL, 0 });
	json_write_key(&j, "line");
	json_write_uint(&j, r->place.line);
	if (a != NULL) {
		json_write_key(&j, "looks_for");
		json_write_text(&j, audit_word(a->mark[0].kind));
		json_write_key(&j, "marks");
		json_write_array(&j);
		for (size_t i = 0; i < a->n; i++) {
			json_write_object(&j);
			json_write_key(&j, "mark");
			json_write_text(&j, audit_word(a->mark[i].kind));
			json_write_key(&j, "reason");
			json_write_text(&j, a->mark[i].reason);
			json_write_key(&j, "evidence");
			json_write_bytes(&j, a->mark[i].evidence);
			json_write_object_end(&j);
		}
		json_write_array_end(&j);
		json_write_key(&j, "expected");
		json_write_uint(&j, (uint64_t)c->expected);
	}
	if (o != NULL && o->counted)
		json_counted(&j, o, c);
	json_write_object_end(&j);
	buf_put_u8(&b, '\n');
	buf_put_span(out, buf_span(&b));
	buf_release(&b);
}

static bool is_concern(const struct audit_result *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (audit_is_concern(a->mark[i].kind))
			return true;
	return false;
}

static void count(struct tally *t, const struct audit_result *a)
{
	t->rules++;
	t->concerns += is_concern(a);
	for (size_t i = 0; i < a->n; i++)
		t->of[a->mark[i].kind]++;
}

static void print_tally(struct buf *out, const struct tally *t)
{
	buf_printf(out, "%zu rules, %zu to look into:", t->rules, t->concerns);
	for (unsigned k = 0; k < AUDIT_MARKS; k++)
		if (t->of[k] != 0)
			buf_printf(out, " %s %zu", audit_word(k), t->of[k]);
	buf_put_u8(out, '\n');
}

bool rules_audit(const struct ruleset *set, const struct compile_ordinary *o, bool json,
		 struct buf *out, bool *worry, struct error *e)
{
	struct tally t = { .rules = 0 };
	struct audit_result a = { .n = 0 };
	struct auditor x;
	struct counted c;
	size_t n;
	const struct ir_rule *r = ruleset_rules(set, &n);
	bool ok = auditor_init(&x, o, e);

	for (size_t i = 0; ok && i < n; i++) {
		if ((r[i].flags & IR_RULE_BROKEN) != 0)
			continue;
		ok = audit_one(&x, set, (uint32_t)i, &a, &c, e);
		if (ok && json)
			print_json(out, set, &r[i], &a, o, &c, NULL);
		else if (ok && is_concern(&a))
			print_text(out, set, &r[i], &a);
		if (ok)
			count(&t, &a);
		arena_reset(&x.arena);
	}
	auditor_release(&x);
	if (ok && !json)
		print_tally(out, &t);
	*worry = t.concerns != 0;
	return ok;
}

/* ---- from one set to the next */

/* The text of a rule, from its name to the end of its condition. */
static struct span text_of(const struct ruleset *set, const struct ir_rule *r)
{
	const struct ir_source *s = source_of(set, r);

	if (s == NULL || r->condition_at < r->place.at)
		return (struct span){ NULL, 0 };
	return span_cut(s->text, r->place.at, r->condition_at - r->place.at + r->condition_n);
}

static bool index_rules(const struct ruleset *set, struct names *index)
{
	size_t n;
	const struct ir_rule *r = ruleset_rules(set, &n);

	names_init(index);
	for (size_t i = 0; i < n; i++)
		if (names_find(index, 0, r[i].name) == NAMES_UNKNOWN &&
		    !names_add(index, 0, r[i].name, (uint32_t)i))
			return false;
	return true;
}

struct difference {
	const struct ruleset *before, *after;
	struct auditor auditor;
	struct buf *out;
	bool json, worry;
	size_t added, removed, changed;
};

static bool tell(struct difference *d, const struct ruleset *set, uint32_t rule, const char *change,
		 bool audit, struct error *e)
{
	struct audit_result a = { .n = 0 };
	struct counted c = { .hit = NULL };
	size_t n;
	const struct ir_rule *r = ruleset_rules(set, &n);

	if (audit && !audit_one(&d->auditor, set, rule, &a, &c, e))
		return false;
	d->worry |= !audit || is_concern(&a);
	if (d->json) {
		print_json(d->out, set, &r[rule], audit ? &a : NULL, NULL, &c, change);
	} else {
		buf_printf(d->out, "%-8s ", change);
		print_text(d->out, set, &r[rule], &a);
	}
	arena_reset(&d->auditor.arena);
	return true;
}

static bool differ(struct difference *d, const struct names *old, const struct names *new,
		   struct error *e)
{
	size_t n_old, n_new;
	const struct ir_rule *a = ruleset_rules(d->before, &n_old);
	const struct ir_rule *b = ruleset_rules(d->after, &n_new);

	for (uint32_t i = 0; i < n_old; i++)
		if (names_find(new, 0, a[i].name) == NAMES_UNKNOWN) {
			d->removed++;
			if (!tell(d, d->before, i, "removed", false, e))
				return false;
		}
	for (uint32_t i = 0; i < n_new; i++) {
		uint32_t was = names_find(old, 0, b[i].name);
		if ((b[i].flags & IR_RULE_BROKEN) != 0 ||
		    (was != NAMES_UNKNOWN &&
		     span_equal(text_of(d->before, &a[was]), text_of(d->after, &b[i]))))
			continue;
		d->added += was == NAMES_UNKNOWN;
		d->changed += was != NAMES_UNKNOWN;
		if (!tell(d, d->after, i, was == NAMES_UNKNOWN ? "added" : "changed", true, e))
			return false;
	}
	return true;
}

bool rules_diff(const struct ruleset *before, const struct ruleset *after, bool json,
		struct buf *out, bool *worry, struct error *e)
{
	struct difference d = { .before = before, .after = after, .json = json, .out = out };
	struct names old, new;

	bool ready = auditor_init(&d.auditor, NULL, e);
	bool ok = index_rules(d.before, &old), also = index_rules(d.after, &new);
	if (!ok || !also)
		(void)error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	ok = ready && ok && also && differ(&d, &old, &new, e);
	names_release(&old);
	names_release(&new);
	auditor_release(&d.auditor);
	if (ok && !json)
		buf_printf(out, "%zu added, %zu removed, %zu changed\n", d.added, d.removed,
			   d.changed);
	*worry = d.worry;
	return ok;
}
