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
		buf_put_text(out, fact_kind_word(f->kind));
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

/* ---- what to do first */

static void put_first_fact(const struct review_report *r, const struct finding *f, struct buf *out)
{
	struct fact fact = facts_get(&r->review->facts, f->fact[0]);

	review_report_fact(r, &fact, out);
	if (f->n_facts_all > 1)
		buf_printf(out, " and %u more", f->n_facts_all - 1);
}

static void finding_action(const struct review_report *r, const struct finding *f, struct buf *out)
{
	put_first_fact(r, f, out);
	buf_printf(out, ": %s, %s (", policy_legal_words[f->entry->legal], scope_words(f->scope));
	buf_put_span(out, policy_field(policy_child(f->entry->node, "authority"), "name", 0));
	buf_put_text(out, "). ");
	buf_put_span(out, policy_field(policy_child(f->entry->node, "remedy"), "advice", 0));
}

/* A program that runs from memory or from a file that is gone; anything loaded into every program.
 */
static bool fact_action(const struct review_report *r, const struct fact *f, struct buf *out)
{
	struct span state = fact_value(f, FACT_STATE);

	if (f->kind == FACT_PROCESS && (span_is(state, "memory") || span_is(state, "deleted"))) {
		buf_put_text(out, "Find out why this runs from a file that is not there: ");
		review_report_fact(r, f, out);
		return true;
	}
	if (review_report_is_hit(f)) {
		buf_put_text(out,
			     "Take this off the network until it is understood, and keep a copy: ");
		review_report_fact(r, f, out);
		return true;
	}
	if (f->kind == FACT_AUTOSTART && span_is(fact_value(f, FACT_TYPE), "preload")) {
		buf_put_text(out, "Find out why this is loaded into every program: ");
		buf_put_span(out, fact_value(f, FACT_TARGET));
		return true;
	}
	return false;
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

static bool coverage_action(const struct review_report *r, size_t i, struct buf *out)
{
	const struct coverage *c = &r->review->cover[i];
	bool denied = c->state == COVERAGE_DENIED;

	for (size_t k = 0; k < c->n_gaps && k < COVERAGE_GAPS; k++)
		denied = denied || strcmp(c->gap[k].what, "Permission denied") == 0;
	if (!denied)
		return false;
	buf_printf(out, "Look again with more rights at what was not to be read: %s",
		   collectors[i]->title);
	return true;
}

bool review_report_action(const struct review_report *r, size_t wanted, struct buf *out)
{
	size_t n = 0, before = out->n;

	for (size_t i = 0; i < findings_count(r->findings); i++) {
		const struct finding *f = findings_get(r->findings, i);
		if (finding_counts(f) && n++ == wanted) {
			finding_action(r, f, out);
			return true;
		}
	}
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (fact_action(r, &f, out) && !is_repeated(r, i) && n++ == wanted)
			return true;
		out->n = before;
	}
	for (size_t i = 0; i < n_collectors; i++) {
		if (coverage_action(r, i, out) && n++ == wanted)
			return true;
		out->n = before;
	}
	return false;
}
