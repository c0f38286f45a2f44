/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_parts.h"
#include "report/markup.h"

/* What a match is worth, for people. */
static const char *const strength_titles[STRENGTH_COUNT] = {
	[STRENGTH_HINTS] = "only hints at it: the name of a process alone",
	[STRENGTH_INDICATES] = "indicates it: a service, a vendor's number, an address",
	[STRENGTH_SHOWS] = "shows it: the name of a package, or a place where it is installed",
	[STRENGTH_PROVES] = "proves it: a signature or a digest",
};

/* NATO's scale (AJP-2.1): of the source a letter, of what it says a digit. */
static void put_grade(const struct policy_node *evidence, struct buf *out)
{
	static const char *const sources[] = { "completely reliable", "usually reliable",
					       "fairly reliable",     "not usually reliable",
					       "unreliable",          "of unknown reliability" };
	static const char *const says[] = { "confirmed by others", "probably true",
					    "possibly true",       "doubtful",
					    "improbable",          "not to be judged" };
	struct span a = policy_field(evidence, "grade", 0), b = policy_field(evidence, "grade", 1);

	if (a.n == 1 && b.n == 1 && a.p[0] >= 'A' && a.p[0] <= 'F' && b.p[0] >= '1' &&
	    b.p[0] <= '6')
		buf_printf(out, "grade %c%c: the source is %s, what it says %s", a.p[0], b.p[0],
			   sources[a.p[0] - 'A'], says[b.p[0] - '1']);
}

static void put_evidence(const struct policy_entry *e, bool supports, struct buf *out)
{
	const struct policy_node *n = policy_child(e->node, "evidence");
	bool any = false;

	buf_printf(out, "<section><h4>%s</h4>\n<ul>\n",
		   supports ? "Evidence for" : "Evidence against, and context");
	for (; n != NULL; n = policy_sibling(n)) {
		if (span_is(policy_field(n, "supports", 0), "yes") != supports)
			continue;
		any = true;
		html_put_element(out, "<li>", policy_field(n, "claim", 0), "");
		html_put_element(out, "<br><span class=\"soft\">", policy_field(n, "kind", 0),
				 "; ");
		put_grade(n, out);
		html_put_element(out, "<br>", policy_field(n, "source", 0), "");
		html_put_element(out, "<br>", policy_field(n, "url", 0), "");
		html_put_element(out, "<br>", policy_field(n, "note", 0), "");
		buf_put_text(out, "</span></li>\n");
	}
	buf_put_text(out,
		     any ? "</ul></section>\n" : "<li>None is recorded.</li></ul></section>\n");
}

static void put_facts(const struct review_report *r, const struct finding *f, struct buf *out)
{
	struct buf line;

	buf_init(&line, 1 << 20);
	buf_put_text(out, "<dt>Found here</dt><dd><ul>\n");
	for (unsigned i = 0; i < f->n_facts; i++) {
		struct fact fact = facts_get(&r->review->facts, f->fact[i]);
		buf_reset(&line);
		review_report_fact(r, &fact, &line);
		html_put_element(out, "<li>", buf_span(&line), "</li>\n");
	}
	if (f->n_facts_all > f->n_facts)
		buf_printf(out, "<li>and %u more</li>\n", f->n_facts_all - f->n_facts);
	buf_printf(out, "</ul>%s</dd>\n<dt>What that is worth</dt><dd>The match %s.</dd>\n",
		   f->residue ? "Only traces of what was here before." : "",
		   strength_titles[f->strength]);
	buf_release(&line);
}

/* Two axes, never one: what was decided, and what is claimed and held of the thing. */
static void put_status(const struct finding *f, const struct policy_node *authority,
		       struct buf *out)
{
	const struct policy_entry *e = f->entry;
	bool binding = span_is(policy_field(authority, "binding", 0), "yes");

	buf_printf(out, "<dt>Legal status</dt><dd>%s, by a ", policy_legal_words[e->legal]);
	html_put_element(out, "", policy_field(authority, "kind", 0), "");
	html_put_element(out, " of ", policy_field(authority, "issued", 0), "");
	buf_printf(out, " that %s", binding ? "binds" : "binds nobody");
	html_put_element(out, binding ? " " : "; addressed to ",
			 policy_field(authority, "addressed-to", 0), "");
	buf_printf(out, "; %s</dd>\n<dt>Technical status</dt><dd>held here as %s",
		   force_words(f->force), policy_technical_words[e->held]);
	const struct policy_node *n = policy_child(e->node, "claimed");
	if (n == NULL)
		buf_put_text(out, "; nobody claims more");
	for (; n != NULL; n = policy_sibling(n)) {
		html_put_element(out, "; claimed ", n->word[0].text, " by ");
		markup_put(out, n->word[2].text);
	}
	buf_put_text(out, "</dd>\n");
}

static void put_rest(const struct review_report *r, const struct finding *f,
		     const struct policy_node *authority, struct buf *out)
{
	const struct policy_node *n = f->entry->node;

	buf_put_text(out, "<dl>\n");
	html_put_element(out, "<dt>The subject's answer</dt><dd>",
			 policy_field(policy_child(n, "answer"), "said", 0), "</dd>\n");
	html_put_element(out, "<dt>Why it is, or is not, for this machine</dt><dd>",
			 span_of(f->why), "</dd>\n");
	html_put_element(out, "<dt>Reference</dt><dd>", policy_field(authority, "reference", 0),
			 "</dd>\n");
	html_put_element(out, "<dt>Its review was due on</dt><dd>", review_report_overdue(r, f),
			 "</dd>\n");
	for (const struct policy_node *u = policy_child(n, "unverified"); u != NULL;
	     u = policy_sibling(u))
		html_put_element(out, "<dt>Not verified</dt><dd>", u->word[0].text, "</dd>\n");
	html_put_element(out, "<dt>How to contest</dt><dd>",
			 policy_field(policy_child(n, "contest"), "how-to", 0), "</dd>\n");
	html_put_element(out, "<dt>Entry</dt><dd>", f->entry->id, "");
	html_put_element(out, " in ", span_of(f->policy->file), "");
	buf_put_text(out, "</dd>\n</dl>\n");
}

static void put_finding(const struct review_report *r, const struct finding *f, struct buf *out)
{
	const struct policy_node *n = f->entry->node, *a = policy_child(n, "authority");
	bool bad = f->entry->legal == LEGAL_BANNED || f->entry->legal == LEGAL_EXCLUDED;

	buf_printf(out,
		   "<article class=\"card %s\">\n<p><span class=\"badge %s\">%s</span> %s, by ",
		   bad ? "bad" : "warn", bad ? "bad" : "warn", policy_legal_words[f->entry->legal],
		   scope_words(f->scope));
	markup_put(out, policy_field(a, "name", 0));
	html_put_element(out, "</p>\n<h3>", policy_field(n, "title", 0), "</h3>\n<dl>\n");
	put_facts(r, f, out);
	html_put_element(out, "<dt>What to do</dt><dd>",
			 policy_field(policy_child(n, "remedy"), "advice", 0), "</dd>\n");
	put_status(f, a, out);
	buf_put_text(out, "</dl>\n<div class=\"sides\">\n");
	put_evidence(f->entry, true, out);
	put_evidence(f->entry, false, out);
	buf_put_text(out, "</div>\n");
	put_rest(r, f, a, out);
	buf_put_text(out, "</article>\n");
}

void html_put_findings(const struct review_report *r, struct buf *out)
{
	size_t n = review_report_counting(r), all = findings_count(r->findings);

	buf_printf(out, "<h2>Decisions that speak of this machine: %zu</h2>\n", n);
	if (all == 0)
		buf_printf(
			out,
			"<p><strong class=\"good\">Nothing that any of the %zu policies names was "
			"met.</strong></p>\n",
			r->n_policies);
	else if (n == 0)
		buf_printf(out,
			   "<p>Things that decisions name are here, but none of these decisions is "
			   "addressed to %s.</p>\n",
			   review_report_has_profile(r) ? "this machine"
							: "a machine of which nobody said "
							  "whose it is");
	for (size_t i = 0; i < all; i++)
		if (finding_counts(findings_get(r->findings, i)))
			put_finding(r, findings_get(r->findings, i), out);
	if (all == n)
		return;
	buf_printf(out,
		   "<details><summary>Met, but addressed to others, not in force, or no more than "
		   "a hint (%zu)</summary>\n",
		   all - n);
	for (size_t i = 0; i < all; i++)
		if (!finding_counts(findings_get(r->findings, i)))
			put_finding(r, findings_get(r->findings, i), out);
	buf_put_text(out, "</details>\n");
}
