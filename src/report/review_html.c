/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_html.h"
#include "report/markup.h"

/* Colours have a contrast of 4.5 and more on their grounds, in both schemes. */
static const char head[] =
	"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n<title>Pellucid "
	"review</title>\n<style>\n"
	":root{--ground:#fff;--ink:#1a1a1a;--soft:#555;--line:#8a8a8a;--card:#f4f4f2;--bad:#9b1c1c;"
	"--warn:#7a4a00;"
	"--good:#1c5c2e;--bar:#2f5d8a}\n"
	"@media(prefers-color-scheme:dark){:root{--ground:#161616;--ink:#ececec;--soft:#b5b5b5;--"
	"line:#7d7d7d;"
	"--card:#222;--bad:#ff9c9c;--warn:#ffc46b;--good:#8fd6a3;--bar:#7fb2e5}}\n"
	"*{box-sizing:border-box}body{margin:0 "
	"auto;padding:1rem;max-width:70rem;background:var(--ground);"
	"color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1,h2,h3{line-height:1.25}a{color:inherit}.soft{color:var(--soft)}\n"
	".card{background:var(--card);border:1px solid "
	"var(--line);border-radius:.4rem;padding:1rem;margin:1rem 0}\n"
	".bad{color:var(--bad);font-weight:700}.warn{color:var(--warn);font-weight:700}.good{color:"
	"var(--good);"
	"font-weight:700}\n"
	".sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));"
	"gap:1rem}\n"
	".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}caption{text-align:left;"
	"font-weight:700}\n"
	"th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem "
	"0;text-align:left;vertical-align:top}\n"
	"summary{cursor:pointer;padding:.4rem 0;min-height:1.5rem}dt{font-weight:700}dd{margin:0 0 "
	".5rem}\n"
	":focus-visible{outline:3px solid var(--bar);outline-offset:2px}\n"
	"svg{width:100%;height:auto;max-width:40rem}svg rect{fill:var(--bar)}svg "
	"text{fill:var(--ink);font-size:13px}\n"
	"@media print{body{max-width:none}.card{break-inside:avoid}}\n"
	"</style>\n</head>\n<body>\n<main>\n";

static void put_element(struct buf *out, const char *open, struct span s, const char *close)
{
	if (s.n == 0)
		return;
	buf_put_text(out, open);
	markup_put(out, s);
	buf_put_text(out, close);
}

/* ---- the head of the report */

static void put_title(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "<h1>Review of ");
	markup_put(out, span_of(r->root));
	buf_printf(out, "</h1>\n<p class=\"soft\">%s, %s, profile ",
		   r->live ? "Running" : "Not running", r->date);
	markup_put(out, profile_name(r->profile));
	buf_printf(out, "; made by Pellucid " PELLUCID_VERSION ". %s</p>\n",
		   review_report_is_complete(r)
			   ? "Everything that applies was looked at."
			   : "<strong>Not everything could be looked at: see coverage.</strong>");
	buf_put_text(
		out,
		"<p>This page lists what is on the machine and holds it against decisions of "
		"authorities. Each finding names who decided, whom it binds, the evidence for "
		"and against, and how to contest it. A legal status is a fact about a "
		"decision; a technical status is somebody's claim about a thing, and beside it "
		"stands what is held here. The last part says how far the review could "
		"look.</p>\n");
	if (!review_report_has_profile(r))
		buf_put_text(out,
			     "<p>Whose machine this is was not said, so no authority's "
			     "decisions count for it: <code>--profile NAME</code> says it.</p>\n");
}

static void put_actions(const struct review_report *r, struct buf *out)
{
	struct buf line;
	size_t i = 0;

	buf_init(&line, 1 << 20);
	buf_put_text(out, "<h2>What to do first</h2>\n<ol>\n");
	for (; i < REVIEW_ACTIONS && review_report_action(r, i, &line); i++) {
		put_element(out, "<li>", buf_span(&line), "</li>\n");
		buf_reset(&line);
	}
	if (i == 0)
		buf_put_text(out, "<li>Nothing was found that asks for it.</li>\n");
	buf_put_text(out, "</ol>\n");
	buf_release(&line);
}

/* ---- what the engine found */

static void put_hits(const struct review_report *r, struct buf *out)
{
	size_t n = review_report_hits(r);
	struct buf line;

	if (n == 0)
		return;
	buf_init(&line, 1 << 20);
	buf_printf(out, "<h2>Found by the engine: %zu</h2>\n<ul>\n", n);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (!review_report_is_hit(&f))
			continue;
		buf_reset(&line);
		review_report_fact(r, &f, &line);
		put_element(out, "<li><span class=\"bad\">", fact_value(&f, FACT_STATE),
			    "</span>: ");
		put_element(out, "", buf_span(&line), "<br>");
		put_element(out, "<span class=\"soft\">", fact_value(&f, FACT_NOTE), "</span>");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, "</ul>\n");
	buf_release(&line);
}

/* ---- findings */

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
		buf_printf(out, "grade %c%c (the source is %s, what it says is %s)", a.p[0], b.p[0],
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
		put_element(out, "<li>", policy_field(n, "claim", 0), "<br><span class=\"soft\">");
		put_element(out, "", policy_field(n, "kind", 0), ", ");
		put_grade(n, out);
		put_element(out, ": ", policy_field(n, "source", 0), "</span>");
		put_element(out, "<br><span class=\"soft\">", policy_field(n, "url", 0), "</span>");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out,
		     any ? "</ul></section>\n" : "<li>None is recorded.</li></ul></section>\n");
}

static void put_facts(const struct review_report *r, const struct finding *f, struct buf *out)
{
	struct buf line;

	buf_init(&line, 1 << 20);
	buf_put_text(out, "<dt>Found</dt><dd><ul>\n");
	for (unsigned i = 0; i < f->n_facts; i++) {
		struct fact fact = facts_get(&r->review->facts, f->fact[i]);
		buf_reset(&line);
		review_report_fact(r, &fact, &line);
		put_element(out, "<li>", buf_span(&line), "</li>\n");
	}
	buf_put_text(out, "</ul></dd>\n");
	buf_release(&line);
}

static void put_claims(const struct policy_entry *e, struct buf *out)
{
	const struct policy_node *n = policy_child(e->node, "claimed");

	buf_printf(out, "<dt>Technical status</dt><dd>held here as %s",
		   policy_technical_words[e->held]);
	for (; n != NULL; n = policy_sibling(n)) {
		put_element(out, "; claimed ", n->word[0].text, " by ");
		markup_put(out, n->word[2].text);
	}
	buf_put_text(out, "</dd>\n");
}

static void put_finding(const struct review_report *r, const struct finding *f, struct buf *out)
{
	const struct policy_node *n = f->entry->node, *a = policy_child(n, "authority");
	bool bad = f->entry->legal == LEGAL_BANNED || f->entry->legal == LEGAL_EXCLUDED;

	buf_put_text(out, "<article class=\"card\">\n");
	put_element(out, "<h3>", policy_field(n, "title", 0), "</h3>\n");
	buf_printf(out, "<p><span class=\"%s\">%s</span>, %s, %s; the match %s%s</p>\n<dl>\n",
		   bad ? "bad" : "warn", policy_legal_words[f->entry->legal], scope_words(f->scope),
		   force_words(f->force), strength_titles[f->strength],
		   f->residue ? "; only traces of what was here before" : "");
	put_facts(r, f, out);
	put_element(out, "<dt>Legal status</dt><dd>", policy_field(a, "kind", 0),
		    ", addressed to ");
	put_element(out, "", policy_field(a, "addressed-to", 0), "</dd>\n");
	put_claims(f->entry, out);
	put_element(out, "<dt>Why it is, or is not, for this machine</dt><dd>", span_of(f->why),
		    "</dd>\n");
	put_element(out, "<dt>Authority</dt><dd>", policy_field(a, "name", 0), "</dd>\n");
	put_element(out, "<dt>Reference</dt><dd>", policy_field(a, "reference", 0), "</dd>\n");
	buf_put_text(out, "</dl>\n<div class=\"sides\">\n");
	put_evidence(f->entry, true, out);
	put_evidence(f->entry, false, out);
	buf_put_text(out, "</div>\n<dl>\n");
	put_element(out, "<dt>The subject's answer</dt><dd>",
		    policy_field(policy_child(n, "answer"), "said", 0), "</dd>\n");
	for (const struct policy_node *u = policy_child(n, "unverified"); u != NULL;
	     u = policy_sibling(u))
		put_element(out, "<dt>Not verified</dt><dd>", u->word[0].text, "</dd>\n");
	put_element(out, "<dt>What to do</dt><dd>",
		    policy_field(policy_child(n, "remedy"), "advice", 0), "</dd>\n");
	put_element(out, "<dt>How to contest</dt><dd>",
		    policy_field(policy_child(n, "contest"), "how-to", 0), "</dd>\n");
	buf_put_text(out, "</dl>\n</article>\n");
}

static void put_findings(const struct review_report *r, struct buf *out)
{
	size_t n = review_report_counting(r), all = findings_count(r->findings);

	buf_printf(out, "<h2>Found: %zu</h2>\n", n);
	if (n == 0)
		buf_printf(out,
			   "<p class=\"good\">Nothing that a decision addressed to this machine "
			   "speaks of (%zu policies).</p>\n",
			   r->n_policies);
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

/* ---- policies */

static void put_policies(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "<details><summary>What it was held against</summary>\n<ul>\n");
	for (size_t i = 0; i < r->n_policies; i++) {
		const struct policy *p = r->policies[i];
		put_element(out, "<li>", policy_field(p->head, "title", 0), ", version ");
		put_element(out, "", policy_field(p->head, "version", 0), " (");
		put_element(out, "", span_of(p->file), "): ");
		buf_put_text(out, policy_signature_words(p->signature));
		if (p->signers != NULL)
			put_element(out, ": ", span_of(p->signers), "");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, r->n_policies == 0 ? "<li>No policy.</li></ul>\n</details>\n"
					     : "</ul>\n</details>\n");
}

/* ---- coverage and inventory */

static void put_coverage(const struct review_report *r, struct buf *out)
{
	buf_put_text(out,
		     "<h2>Coverage</h2>\n<p>What was not looked at is not known to be absent.</p>\n"
		     "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		     "aria-label=\"Coverage\"><table>\n"
		     "<caption>What was looked at, and how far</caption>\n<thead><tr><th "
		     "scope=\"col\">Of what</th>"
		     "<th scope=\"col\">State</th><th scope=\"col\">Items</th><th "
		     "scope=\"col\">Reason, and what could not be read</th>"
		     "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		bool good = c->state == COVERAGE_COMPLETE || c->state == COVERAGE_NOT_APPLICABLE;
		put_element(out, "<tr><th scope=\"row\">", span_of(collectors[i]->title), "</th>");
		buf_printf(out, "<td class=\"%s\">%s</td><td>%zu</td><td>", good ? "good" : "warn",
			   coverage_word(c->state), c->n_facts);
		markup_put(out, span_of(c->reason));
		for (size_t k = 0; k < c->n_gaps && k < COVERAGE_GAPS; k++) {
			put_element(out, "<br>", span_of(c->gap[k].where), ": ");
			markup_put(out, span_of(c->gap[k].what));
		}
		buf_put_text(out, "</td></tr>\n");
	}
	buf_put_text(out, "</tbody></table></div>\n");
}

static void count_kinds(const struct review_report *r, size_t n[FACT_KINDS])
{
	memset(n, 0, FACT_KINDS * sizeof *n);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++)
		n[facts_kind(&r->review->facts, i)]++;
}

/* A bar for each kind, as long as the digits and more of its number: kinds of one and of thousands
 * are seen. */
static size_t bar_length(size_t n)
{
	size_t length = 4;

	for (; n >= 2; n /= 2)
		length += 28;
	return length;
}

static void put_picture(const size_t n[FACT_KINDS], struct buf *out)
{
	unsigned rows = 0, row = 0;

	for (unsigned k = 0; k < FACT_KINDS; k++)
		rows += n[k] != 0;
	buf_printf(out,
		   "<svg viewBox=\"0 0 600 %u\" role=\"img\" aria-label=\"What the machine is made "
		   "of, by number of items; the numbers stand in the list below\">\n",
		   rows * 22 + 4);
	for (unsigned k = 0; k < FACT_KINDS; k++) {
		if (n[k] == 0)
			continue;
		buf_printf(out,
			   "<text x=\"0\" y=\"%u\">%s</text><rect x=\"90\" y=\"%u\" width=\"%zu\" "
			   "height=\"14\"/><text x=\"%zu\" y=\"%u\">%zu</text>\n",
			   row * 22 + 16, fact_kind_word((enum fact_kind)k), row * 22 + 4,
			   bar_length(n[k]), 96 + bar_length(n[k]), row * 22 + 16, n[k]);
		row++;
	}
	buf_put_text(out, "</svg>\n");
}

/* For people. */
static const char *const kind_titles[FACT_KINDS] = {
	[FACT_PACKAGE] = "Packages",
	[FACT_PROGRAM] = "Programs that no package owns",
	[FACT_PROCESS] = "Running programs",
	[FACT_MODULE] = "Kernel modules",
	[FACT_UNIT] = "Services, timers and the like",
	[FACT_AUTOSTART] = "What else starts by itself",
	[FACT_PRIVILEGE] = "Programs that run with the rights of others",
	[FACT_EXTENSION] = "Extensions of browsers",
	[FACT_CONTAINER] = "Containers and images",
	[FACT_DEVICE] = "Devices",
	[FACT_FIRMWARE] = "Firmware",
	[FACT_INTERFACE] = "Network interfaces",
	[FACT_SOCKET] = "Open connections, and what listens for them",
	[FACT_NEIGHBOUR] = "Neighbours on the network",
	[FACT_ROUTE] = "Routes",
	[FACT_RESOLVER] = "Name servers",
	[FACT_HOST] = "Machines that the configuration names",
	[FACT_CERTIFICATE] = "Trusted certificates",
	[FACT_KEY] = "Keys that may sign packages",
	[FACT_PATH] = "Files that policies name, and that are here",
	[FACT_SYSTEM] = "The system and the machine",
	[FACT_OBJECT] = "Files that were examined",
};

static void put_kind(const struct review_report *r, enum fact_kind kind, size_t n, struct buf *out)
{
	struct buf line;

	buf_init(&line, 1 << 20);
	buf_printf(out, "<details><summary>%s (%zu)</summary>\n<ul>\n",
		   kind_titles[kind] != NULL ? kind_titles[kind] : fact_kind_word(kind), n);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		if (facts_kind(&r->review->facts, i) != kind)
			continue;
		struct fact f = facts_get(&r->review->facts, i);
		buf_reset(&line);
		review_report_fact(r, &f, &line);
		put_element(out, "<li>", buf_span(&line), "</li>\n");
	}
	buf_put_text(out, "</ul>\n</details>\n");
	buf_release(&line);
}

void review_html(const struct review_report *r, struct buf *out)
{
	size_t n[FACT_KINDS];

	count_kinds(r, n);
	buf_put_text(out, head);
	put_title(r, out);
	put_actions(r, out);
	put_findings(r, out);
	put_hits(r, out);
	put_policies(r, out);
	put_coverage(r, out);
	buf_put_text(out, "<h2>Inventory</h2>\n");
	put_picture(n, out);
	for (unsigned k = 0; k < FACT_KINDS; k++)
		if (n[k] != 0)
			put_kind(r, (enum fact_kind)k, n[k], out);
	buf_put_text(out, "</main>\n</body>\n</html>\n");
}
