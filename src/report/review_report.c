/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_report.h"

#include <inttypes.h>

bool review_report_is_complete(const struct review_report *r)
{
	for (unsigned t = 0; t < ATOM_COUNT; t++)
		if (r->findings->unevaluated[t] != 0)
			return false;
	return review_is_complete(r->review);
}

bool review_report_has_profile(const struct review_report *r)
{
	return !span_is(profile_name(r->profile), "none");
}

size_t review_report_counting(const struct review_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < findings_count(r->findings); i++)
		n += finding_counts(findings_get(r->findings, i));
	return n;
}

bool review_report_is_hit(const struct fact *f)
{
	return f->kind == FACT_OBJECT && fact_value(f, FACT_RULE).n != 0;
}

size_t review_report_hits(const struct review_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		n += review_report_is_hit(&f);
	}
	return n;
}

static void put_value(const struct review_report *r, const struct fact *f, enum fact_key key,
		      const char *before, struct buf *out)
{
	struct span s = fact_value(f, key);

	if (s.n == 0)
		return;
	buf_put_text(out, before);
	pseudonym_put(&r->hide, key, s, out);
}

void review_report_fact(const struct review_report *r, const struct fact *f, struct buf *out)
{
	struct span state = fact_value(f, FACT_STATE);
	size_t begin = out->n;

	put_value(r, f, FACT_TYPE, "", out);
	if (out->n == begin)
		buf_put_text(out, f->kind == FACT_OBJECT ? "file" : fact_kind_word(f->kind));
	put_value(r, f, FACT_NAME, " ", out);
	put_value(r, f, FACT_VERSION, " ", out);
	put_value(r, f, FACT_ID, " ", out);
	put_value(r, f, FACT_ADDRESS, " ", out);
	put_value(r, f, FACT_VENDOR, ", ", out);
	if (f->kind != FACT_DEVICE)
		put_value(r, f, FACT_LOCATION, " at ", out);
	put_value(r, f, FACT_PARENT, " in ", out);
	put_value(r, f, FACT_PID, ", process ", out);
	if (state.n != 0 && !span_is(state, "installed") && !span_is(state, "running")) {
		buf_put_text(out, " (");
		buf_put_span(out, state);
		buf_put_text(out, ")");
	}
	put_value(r, f, FACT_RULE, ", by the rule ", out);
	if (f->kind == FACT_OBJECT)
		put_value(r, f, FACT_SHA256, ", sha256 ", out);
}

/* ---- in short */

/* A program that runs from memory or from a file that is gone; anything loaded into every program.
 * NULL: nothing of the kind. */
static const char *oddity(const struct fact *f)
{
	struct span state = fact_value(f, FACT_STATE);

	if (f->kind == FACT_PROCESS && (span_is(state, "memory") || span_is(state, "deleted")))
		return "Find out why this runs from a file that is not there";
	if (f->kind == FACT_AUTOSTART && span_is(fact_value(f, FACT_TYPE), "preload"))
		return "Find out why this is loaded into every program";
	return NULL;
}

/* The same program was told of already. */
static bool is_repeated(const struct review_report *r, size_t i)
{
	struct fact f = facts_get(&r->review->facts, i);

	for (size_t k = 0; f.kind == FACT_PROCESS && k < i; k++) {
		struct fact g = facts_get(&r->review->facts, k);
		if (g.kind == FACT_PROCESS &&
		    span_equal(fact_value(&f, FACT_LOCATION), fact_value(&g, FACT_LOCATION)) &&
		    span_equal(fact_value(&f, FACT_STATE), fact_value(&g, FACT_STATE)))
			return true;
	}
	return false;
}

bool review_report_is_odd(const struct review_report *r, size_t i)
{
	struct fact f = facts_get(&r->review->facts, i);

	return oddity(&f) != NULL && !is_repeated(r, i);
}

bool review_report_is_gap(const struct coverage *c)
{
	return c->state != COVERAGE_COMPLETE && c->state != COVERAGE_NOT_APPLICABLE;
}

void review_report_count(const struct review_report *r, struct review_short *s)
{
	*s = (struct review_short){ .hits = review_report_hits(r) };
	for (size_t i = 0; i < findings_count(r->findings); i++) {
		const struct finding *f = findings_get(r->findings, i);
		s->expired += f->force == FORCE_EXPIRED;
		if (!finding_counts(f))
			continue;
		if (f->entry->legal == LEGAL_BANNED)
			s->banned++;
		else if (f->entry->legal == LEGAL_EXCLUDED)
			s->excluded++;
		else
			s->advised++;
	}
	for (size_t i = 0; i < facts_count(&r->review->facts); i++)
		s->odd += review_report_is_odd(r, i);
	for (size_t i = 0; i < n_collectors; i++)
		s->gaps += review_report_is_gap(&r->review->cover[i]);
	for (unsigned t = 0; t < ATOM_COUNT; t++)
		s->unasked += r->findings->unevaluated[t] != 0;
}

struct span review_report_overdue(const struct review_report *r, const struct finding *f)
{
	struct span by = policy_field(f->entry->node, "review-by", 0);

	return by.n == 10 && memcmp(by.p, r->date, 10) < 0 ? by : (struct span){ NULL, 0 };
}

/* ---- what to do first */

static struct span advice_of(const struct finding *f)
{
	return policy_field(policy_child(f->entry->node, "remedy"), "advice", 0);
}

/* The same advice about the same thing, by another authority. */
static bool asks_the_same(const struct finding *a, const struct finding *b)
{
	return a->fact[0] == b->fact[0] && span_equal(advice_of(a), advice_of(b));
}

static bool is_asked_before(const struct review_report *r, size_t i)
{
	const struct finding *f = findings_get(r->findings, i);

	for (size_t k = 0; k < i; k++) {
		const struct finding *g = findings_get(r->findings, k);
		if (finding_counts(g) && asks_the_same(f, g))
			return true;
	}
	return false;
}

static void finding_action(const struct review_report *r, size_t i, struct review_action *a)
{
	const struct finding *f = findings_get(r->findings, i);
	struct fact fact = facts_get(&r->review->facts, f->fact[0]);
	unsigned more = 0;

	for (size_t k = i + 1; k < findings_count(r->findings); k++) {
		const struct finding *g = findings_get(r->findings, k);
		more += finding_counts(g) && asks_the_same(f, g);
	}
	buf_put_span(&a->what, advice_of(f));
	review_report_fact(r, &fact, &a->on);
	if (f->n_facts_all > 1)
		buf_printf(&a->on, " and %u more", f->n_facts_all - 1);
	buf_printf(&a->on, ": %s, %s (", policy_legal_words[f->entry->legal],
		   scope_words(f->scope));
	buf_put_span(&a->on, policy_field(policy_child(f->entry->node, "authority"), "name", 0));
	if (more != 0)
		buf_printf(&a->on, ", and %u more decision%s", more, more == 1 ? "" : "s");
	buf_put_u8(&a->on, ')');
}

static bool fact_action(const struct review_report *r, size_t i, struct review_action *a)
{
	struct fact f = facts_get(&r->review->facts, i);

	if (review_report_is_hit(&f))
		buf_put_text(&a->what, "Take the machine off the network until this is understood, "
				       "and keep a copy of it");
	else if (review_report_is_odd(r, i))
		buf_put_text(&a->what, oddity(&f));
	else
		return false;
	if (f.kind == FACT_AUTOSTART)
		buf_put_span(&a->on, fact_value(&f, FACT_TARGET));
	else
		review_report_fact(r, &f, &a->on);
	return true;
}

static bool is_denied(const struct coverage *c)
{
	bool denied = c->state == COVERAGE_DENIED;

	for (size_t k = 0; k < c->n_gaps && k < COVERAGE_GAPS; k++)
		denied = denied || strcmp(c->gap[k].what, "Permission denied") == 0;
	return denied;
}

/* One action for all that more rights would show. */
static bool coverage_action(const struct review_report *r, struct review_action *a)
{
	for (size_t i = 0; i < n_collectors; i++)
		if (is_denied(&r->review->cover[i]))
			buf_printf(&a->on, "%s%s", a->on.n == 0 ? "" : ", ", collectors[i]->title);
	if (a->on.n != 0)
		buf_put_text(&a->what, "Look again with more rights at what was not to be read");
	return a->on.n != 0;
}

bool review_report_action(const struct review_report *r, size_t wanted, struct review_action *a)
{
	size_t n = 0;

	for (size_t i = 0; i < findings_count(r->findings); i++)
		if (finding_counts(findings_get(r->findings, i)) && !is_asked_before(r, i) &&
		    n++ == wanted) {
			finding_action(r, i, a);
			return true;
		}
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		buf_reset(&a->what);
		buf_reset(&a->on);
		if (fact_action(r, i, a) && n++ == wanted)
			return true;
	}
	buf_reset(&a->what);
	buf_reset(&a->on);
	return n == wanted && coverage_action(r, a);
}
