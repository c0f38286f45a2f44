/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_human.h"
#include "base/text.h"
#include "report/policy_text.h"

#include <inttypes.h>

static void put_system(const struct review_report *r, struct buf *out)
{
	struct span name = span_of("an unknown system");

	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (f.kind == FACT_SYSTEM && fact_value(&f, FACT_PARENT).n == 0 &&
		    span_is(fact_value(&f, FACT_TYPE), "os") && fact_value(&f, FACT_NAME).n != 0)
			name = fact_value(&f, FACT_NAME);
	}
	buf_put_text(out, "review of ");
	text_escape(out, span_of(r->root));
	buf_put_text(out, r->live ? " (running): " : " (not running): ");
	text_escape(out, name);
	buf_printf(out, ", %s; profile %.*s\n\n", r->date, (int)profile_name(r->profile).n,
		   (const char *)profile_name(r->profile).p);
	if (!review_report_has_profile(r))
		buf_put_text(
			out,
			"Whose machine this is was not said, so no authority's decisions count "
			"for it.  `--profile NAME` says it;\n`pellucid policy profiles` lists "
			"the names.\n\n");
}

/* ---- findings */

static void put_escaped(struct buf *text, struct buf *out)
{
	text_escape(out, buf_span(text));
	buf_reset(text);
}

static void put_short(const struct review_report *r, struct buf *out)
{
	struct review_short s;

	review_report_count(r, &s);
	buf_printf(out,
		   "In short: %zu banned, %zu excluded, %zu advised against, %zu found by the "
		   "engine, %zu more to look at;\n"
		   "not looked at, or not whole: %zu of %zu parts of the machine\n\n",
		   s.banned, s.excluded, s.advised, s.hits, s.odd, s.gaps, n_collectors);
	if (s.expired != 0)
		buf_printf(
			out,
			"Decisions that have expired met something, and stand no longer: %zu\n\n",
			s.expired);
}

static void put_actions(const struct review_report *r, struct buf *out)
{
	struct review_action a;
	size_t i = 0;

	buf_init(&a.what, 1 << 20);
	buf_init(&a.on, 1 << 20);
	buf_put_text(out, "What to do first\n");
	for (; i < REVIEW_ACTIONS && review_report_action(r, i, &a); i++) {
		buf_printf(out, "  %zu. ", i + 1);
		put_escaped(&a.what, out);
		buf_put_text(out, "\n     ");
		put_escaped(&a.on, out);
		buf_put_u8(out, '\n');
	}
	if (i == 0)
		buf_put_text(out, "  Nothing was found that asks for it.\n");
	buf_put_u8(out, '\n');
	buf_release(&a.what);
	buf_release(&a.on);
}

static void put_facts(const struct review_report *r, const struct finding *f, struct buf *line,
		      struct buf *out)
{
	for (unsigned i = 0; i < f->n_facts && i < 8; i++) {
		struct fact fact = facts_get(&r->review->facts, f->fact[i]);
		review_report_fact(r, &fact, line);
		buf_put_text(out, i == 0 ? "    found:     " : "               ");
		put_escaped(line, out);
		buf_put_u8(out, '\n');
	}
	if (f->n_facts_all > 8)
		buf_printf(out, "               ... %u in all\n", f->n_facts_all);
}

static void put_line(struct buf *out, const char *name, struct span s)
{
	if (s.n == 0)
		return;
	buf_printf(out, "    %-10s ", name);
	text_show(out, s);
	buf_put_u8(out, '\n');
}

static void put_finding(const struct review_report *r, const struct finding *f, struct buf *line,
			struct buf *out)
{
	const struct policy_node *n = f->entry->node;
	const struct policy_node *a = policy_child(n, "authority");

	buf_printf(out, "  %s, %s; the match %s\n  ", policy_legal_words[f->entry->legal],
		   scope_words(f->scope), policy_strength_words[f->strength]);
	text_show(out, policy_field(n, "title", 0));
	buf_printf(out, " [%.*s]\n", (int)f->entry->id.n, (const char *)f->entry->id.p);
	put_facts(r, f, line, out);
	if (f->residue)
		buf_put_text(out, "    residue:   only traces of what was here before\n");
	policy_text_status(f->entry, "    ", out);
	put_line(out, "because:", span_of(f->why));
	put_line(out, "reference:", policy_field(a, "reference", 0));
	put_line(out, "overdue:", review_report_overdue(r, f));
	buf_put_text(out, "    for:\n");
	policy_text_evidence(f->entry, true, "      ", out);
	buf_put_text(out, "    against, and context:\n");
	policy_text_evidence(f->entry, false, "      ", out);
	put_line(out, "answer:", policy_field(policy_child(n, "answer"), "said", 0));
	put_line(out, "to do:", policy_field(policy_child(n, "remedy"), "advice", 0));
	put_line(out, "contest:", policy_field(policy_child(n, "contest"), "how-to", 0));
	buf_put_u8(out, '\n');
}

static void put_brief(const struct finding *f, struct buf *out)
{
	buf_printf(out, "  %-24.*s %-16s %-24s %-17s %s\n", (int)f->entry->id.n,
		   (const char *)f->entry->id.p, policy_legal_words[f->entry->legal],
		   scope_words(f->scope), force_words(f->force),
		   policy_strength_words[f->strength]);
}

/* Whose signature each policy bears; those that the program carries are counted together. */
static void put_policies(const struct review_report *r, struct buf *out)
{
	size_t carried = 0;

	buf_put_text(out, "Held against\n");
	for (size_t i = 0; i < r->n_policies; i++)
		carried += r->policies[i]->signature == SIGNATURE_CARRIED;
	if (carried != 0)
		buf_printf(out, "  %zu policies that the program carries\n", carried);
	for (size_t i = 0; i < r->n_policies; i++) {
		const struct policy *p = r->policies[i];
		if (p->signature == SIGNATURE_CARRIED)
			continue;
		buf_put_text(out, "  ");
		text_escape(out, span_of(p->file));
		buf_printf(out, ": %s", policy_signature_words(p->signature));
		if (p->signers != NULL) {
			buf_put_text(out, ": ");
			text_escape(out, span_of(p->signers));
		}
		buf_put_u8(out, '\n');
	}
	if (r->n_policies == 0)
		buf_put_text(out, "  no policy\n");
	buf_put_u8(out, '\n');
}

static void put_findings(const struct review_report *r, struct buf *line, struct buf *out)
{
	size_t n = review_report_counting(r), all = findings_count(r->findings);

	if (n > 0) {
		buf_printf(out, "Found: %zu\n", n);
		for (size_t i = 0; i < all; i++)
			if (finding_counts(findings_get(r->findings, i)))
				put_finding(r, findings_get(r->findings, i), line, out);
	} else if (all == 0) {
		buf_printf(out, "Found: nothing that any of the %zu policies names.\n\n",
			   r->n_policies);
	} else {
		buf_printf(out,
			   "Found: nothing that a decision addressed to this machine speaks of "
			   "(%zu policies).\n\n",
			   r->n_policies);
	}
	if (all == n)
		return;
	buf_put_text(out, "Met, but addressed to others, not in force, or no more than a hint\n");
	for (size_t i = 0; i < all; i++)
		if (!finding_counts(findings_get(r->findings, i)))
			put_brief(findings_get(r->findings, i), out);
	buf_put_u8(out, '\n');
}

/* ---- what the engine found */

static void put_hits(const struct review_report *r, struct buf *line, struct buf *out)
{
	size_t n = review_report_hits(r);

	if (n == 0)
		return;
	buf_printf(out, "Found by the engine: %zu\n", n);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (!review_report_is_hit(&f))
			continue;
		buf_put_text(out, "  ");
		review_report_fact(r, &f, line);
		put_escaped(line, out);
		buf_put_u8(out, '\n');
		put_line(out, "rule says:", fact_value(&f, FACT_NOTE));
	}
	buf_put_u8(out, '\n');
}

/* ---- coverage */

static void put_state(const struct coverage *c, struct buf *out)
{
	buf_put_text(out, coverage_word(c->state));
	if (c->reason[0] != '\0') {
		buf_put_text(out, ": ");
		text_escape(out, span_of(c->reason));
	}
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < c->n_gaps && i < 3; i++) {
		buf_put_text(out, "                ");
		text_escape(out, span_of(c->gap[i].where));
		buf_put_text(out, ": ");
		text_escape(out, span_of(c->gap[i].what));
		buf_put_u8(out, '\n');
	}
}

static void put_coverage(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "What was looked at, how many things were seen, and how far it could "
			  "look\n");
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		buf_printf(out, "  %-11s %7zu  ", collectors[i]->name, c->n_facts);
		put_state(c, out);
	}
}

static void put_unanswered(const struct review_report *r, struct buf *out)
{
	for (unsigned t = 0; t < ATOM_COUNT; t++)
		if (r->findings->unevaluated[t] != 0)
			buf_printf(out,
				   "  %" PRIu64
				   " identifiers of the kind `%s` were not looked for\n",
				   r->findings->unevaluated[t], policy_atom_words[t]);
}

void review_human(const struct review_report *r, struct buf *out)
{
	struct buf line;

	buf_init(&line, 1 << 20);
	put_system(r, out);
	put_short(r, out);
	put_actions(r, out);
	put_findings(r, &line, out);
	put_hits(r, &line, out);
	put_policies(r, out);
	put_coverage(r, out);
	put_unanswered(r, out);
	buf_release(&line);
}
