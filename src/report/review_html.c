/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_html.h"
#include "report/html_parts.h"
#include "report/markup.h"

/* ---- the head of the report */

static void put_system(const struct review_report *r, struct buf *out)
{
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (f.kind == FACT_SYSTEM && fact_value(&f, FACT_PARENT).n == 0 &&
		    span_is(fact_value(&f, FACT_TYPE), "os"))
			html_put_element(out, "", fact_value(&f, FACT_NAME), ". ");
	}
}

static void put_title(const struct review_report *r, struct buf *out)
{
	if (r->live)
		buf_put_text(out, "<h1>Review of this machine</h1>\n<p class=\"soft\">");
	else
		html_put_element(out, "<h1>Review of ", span_of(r->root),
				 "</h1>\n<p class=\"soft\">");
	put_system(r, out);
	buf_printf(out, "%s, %s; profile ",
		   r->live ? "The running system" : "Not the running system", r->date);
	markup_put(out, profile_name(r->profile));
	html_put_element(out, " (", policy_field(r->profile->node, "title", 0), ")");
	buf_put_text(out, "; made by Pellucid " PELLUCID_VERSION ".</p>\n"
			  "<p>What is on the machine, held against decisions of authorities and "
			  "the evidence for and against them; and how far the review could look. "
			  "The words are explained at the end.</p>\n");
}

static void put_verdict(const struct review_report *r, const struct review_short *s,
			struct buf *out)
{
	bool decided = s->banned + s->excluded + s->advised != 0;
	const char *class = "bad", *words = "Something was found that asks for a decision.";

	if (!decided && s->hits == 0) {
		class = review_report_is_complete(r) ? "good" : "warn";
		words = review_report_is_complete(r)
				? "Nothing was found, and everything that applies was looked at."
				: "Nothing was found, but not everything could be looked at.";
	} else if (s->banned + s->excluded + s->hits == 0) {
		class = "warn";
	}
	buf_printf(out, "<div class=\"verdict %s\"><strong>%s</strong>\n", class, words);
	if (!review_report_has_profile(r))
		buf_put_text(out,
			     "<p>Whose machine this is was not said, so no authority's decisions "
			     "count for it: <code>--profile NAME</code> says it.</p>\n");
	if (s->expired != 0)
		buf_printf(out,
			   "<p>Decisions that have expired met something, and stand no longer: "
			   "%zu.</p>\n",
			   s->expired);
	buf_put_text(out, "</div>\n");
}

static void put_tile(struct buf *out, size_t n, const char *class, const char *words)
{
	buf_printf(out, "<li><strong%s%s%s>%zu</strong>%s</li>\n", n == 0 ? "" : " class=\"",
		   n == 0 ? "" : class, n == 0 ? "" : "\"", n, words);
}

static void put_tiles(const struct review_short *s, struct buf *out)
{
	buf_put_text(out, "<ul class=\"tiles\">\n");
	put_tile(out, s->banned, "bad", "banned");
	put_tile(out, s->excluded, "bad", "excluded");
	put_tile(out, s->advised, "warn", "advised against");
	put_tile(out, s->hits, "bad", "found by the engine");
	put_tile(out, s->odd, "warn", "more to look at");
	put_tile(out, s->gaps + s->unasked, "warn", "not looked at, or not whole");
	buf_put_text(out, "</ul>\n");
}

static void put_actions(const struct review_report *r, struct buf *out)
{
	struct review_action a;
	size_t i = 0;

	buf_init(&a.what, 1 << 20);
	buf_init(&a.on, 1 << 20);
	buf_put_text(out, "<h2>What to do first</h2>\n<ol class=\"first\">\n");
	for (; i < REVIEW_ACTIONS && review_report_action(r, i, &a); i++) {
		html_put_element(out, "<li><strong>", buf_span(&a.what), "</strong> ");
		markup_put(out, buf_span(&a.on));
		buf_put_text(out, "</li>\n");
		buf_reset(&a.what);
		buf_reset(&a.on);
	}
	if (i == 0)
		buf_put_text(out, "<li>Nothing was found that asks for it.</li>\n");
	buf_put_text(out, "</ol>\n");
	buf_release(&a.what);
	buf_release(&a.on);
}

/* ---- what the engine found, and what is odd */

static void put_hits(const struct review_report *r, size_t n, struct buf *out)
{
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
		html_put_element(out, "<li><strong class=\"bad\">", fact_value(&f, FACT_STATE),
				 "</strong>: ");
		markup_put(out, buf_span(&line));
		html_put_element(out, "<br><span class=\"soft\">The rule says: ",
				 fact_value(&f, FACT_NOTE), "</span>");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, "</ul>\n");
	buf_release(&line);
}

static void put_odd(const struct review_report *r, size_t n, struct buf *out)
{
	struct buf line;

	if (n == 0)
		return;
	buf_init(&line, 1 << 20);
	buf_printf(out,
		   "<h2>More to look at: %zu</h2>\n<p>No decision and no rule speaks of these; an "
		   "update may explain them, and so may an intruder.</p>\n<ul>\n",
		   n);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		if (!review_report_is_odd(r, i))
			continue;
		struct fact f = facts_get(&r->review->facts, i);
		buf_reset(&line);
		review_report_fact(r, &f, &line);
		html_put_element(out, "<li>", buf_span(&line), "");
		html_put_element(out, ", loads ", fact_value(&f, FACT_TARGET), "");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, "</ul>\n");
	buf_release(&line);
}

/* ---- what it was held against, and how to read it */

static void put_policies(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "<h2>How to read this page</h2>\n<details><summary>What the machine was "
			  "held against</summary>\n<ul>\n");
	for (size_t i = 0; i < r->n_policies; i++) {
		const struct policy *p = r->policies[i];
		html_put_element(out, "<li>", policy_field(p->head, "title", 0), ", version ");
		html_put_element(out, "", policy_field(p->head, "version", 0), " (");
		html_put_element(out, "", span_of(p->file), "): ");
		buf_put_text(out, policy_signature_words(p->signature));
		if (p->signers != NULL)
			html_put_element(out, ": ", span_of(p->signers), "");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, r->n_policies == 0 ? "<li>No policy.</li></ul>\n</details>\n"
					     : "</ul>\n</details>\n");
}

static const char words[] =
	"<details><summary>What the words mean</summary>\n<dl>\n"
	"<dt>banned, excluded, advised against</dt><dd>What an authority decided: a prohibition "
	"that "
	"binds, an exclusion for a stated scope, advice. It is a fact about a decision, and "
	"accuses "
	"nobody.</dd>\n"
	"<dt>binding for you, advice, not addressed to you</dt><dd>Whether the decision is meant "
	"for "
	"this machine, by the profile that was given.</dd>\n"
	"<dt>claimed, held here</dt><dd>What somebody says of the thing itself, and what the "
	"policy "
	"holds to be shown. To be held confirmed-malicious takes a graded technical finding and an "
	"artefact that anyone can test.</dd>\n"
	"<dt>proves, shows, indicates, hints</dt><dd>What a match is worth: a signature or digest; "
	"the "
	"name of a package or a place of installation; a service, a vendor's number, an address; "
	"the "
	"name of a process. A hint alone never counts.</dd>\n"
	"<dt>grade</dt><dd>The Admiralty scale: a letter for the source (A completely reliable to "
	"E "
	"unreliable, F unknown), a digit for what it says (1 confirmed by others to 5 improbable, "
	"6 "
	"unknown).</dd>\n"
	"<dt>in part, not shown, not allowed</dt><dd>Some of it could not be read; this machine "
	"does "
	"not show it; it takes more rights. None of these is the same as not there.</dd>\n"
	"</dl>\n</details>\n";

void review_html(const struct review_report *r, struct buf *out)
{
	struct review_short s;

	review_report_count(r, &s);
	html_put_head(out);
	put_title(r, out);
	put_verdict(r, &s, out);
	put_tiles(&s, out);
	put_actions(r, out);
	html_put_findings(r, out);
	put_hits(r, s.hits, out);
	put_odd(r, s.odd, out);
	html_put_coverage(r, out);
	html_put_inventory(r, out);
	put_policies(r, out);
	buf_put_text(out, words);
	buf_put_text(out, "</main>\n</body>\n</html>\n");
}
