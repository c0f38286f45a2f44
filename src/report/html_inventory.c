/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_parts.h"
#include "report/markup.h"

#include <inttypes.h>

/* ---- coverage */

/* For people; the words of JSON are explained at the page's end. */
static const char *const state_titles[COVERAGE_STATES] = {
	[COVERAGE_COMPLETE] = "complete",     [COVERAGE_PARTIAL] = "in part",
	[COVERAGE_UNAVAILABLE] = "not shown", [COVERAGE_NOT_APPLICABLE] = "does not apply",
	[COVERAGE_DENIED] = "not allowed",
};

static void put_gap_row(size_t i, const struct coverage *c, struct buf *out)
{
	html_put_element(out, "<tr><th scope=\"row\">", span_of(collectors[i]->title), "</th>");
	buf_printf(out, "<td><strong class=\"warn\">%s</strong></td><td class=\"n\">%zu</td><td>",
		   state_titles[c->state], c->n_facts);
	markup_put(out, span_of(c->reason));
	for (size_t k = 0; k < c->n_gaps && k < COVERAGE_GAPS; k++) {
		html_put_element(out, "<br>", span_of(c->gap[k].where), ": ");
		markup_put(out, span_of(c->gap[k].what));
	}
	if (c->n_gaps > COVERAGE_GAPS)
		buf_printf(out, "<br>and %zu more", (size_t)(c->n_gaps - COVERAGE_GAPS));
	buf_put_text(out, "</td></tr>\n");
}

static void put_gaps(const struct review_report *r, struct buf *out)
{
	buf_put_text(
		out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Not looked at, "
		"or not whole\"><table>\n<caption>Not looked at, or not whole</caption>\n"
		"<thead><tr><th scope=\"col\">Of what</th><th scope=\"col\">How far</th>"
		"<th scope=\"col\" class=\"n\">Seen</th><th scope=\"col\">Why, and what could not "
		"be "
		"read</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n_collectors; i++)
		if (review_report_is_gap(&r->review->cover[i]))
			put_gap_row(i, &r->review->cover[i], out);
	for (unsigned t = 0; t < ATOM_COUNT; t++)
		if (r->findings->unevaluated[t] != 0)
			buf_printf(
				out,
				"<tr><th scope=\"row\">What policies name by <code>%s</code></th>"
				"<td><strong class=\"warn\">not looked for</strong></td>"
				"<td class=\"n\">%" PRIu64
				"</td><td>Nothing that was asked for answers "
				"it (<code>--hash</code>, <code>--scan</code>)</td></tr>\n",
				policy_atom_words[t], r->findings->unevaluated[t]);
	buf_put_text(out, "</tbody></table></div>\n");
}

static size_t count_states(const struct review_report *r, enum coverage_state s)
{
	size_t n = 0;

	for (size_t i = 0; i < n_collectors; i++)
		n += r->review->cover[i].state == s;
	return n;
}

/* Of one state, a line each: how many were seen, or why it does not apply. */
static void put_list(const struct review_report *r, enum coverage_state s, struct buf *out)
{
	buf_put_text(out, "<ul class=\"flow\">\n");
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		if (c->state != s)
			continue;
		html_put_element(out, "<li>", span_of(collectors[i]->title), "");
		if (s == COVERAGE_COMPLETE)
			buf_printf(out, ": <span class=\"soft\">%zu</span>", c->n_facts);
		else
			html_put_element(out, ": <span class=\"soft\">", span_of(c->reason),
					 "</span>");
		buf_put_text(out, "</li>\n");
	}
	buf_put_text(out, "</ul>\n");
}

void html_put_coverage(const struct review_report *r, struct buf *out)
{
	size_t complete = count_states(r, COVERAGE_COMPLETE),
	       none = count_states(r, COVERAGE_NOT_APPLICABLE);

	buf_put_text(out, "<h2>How far the review could look</h2>\n"
			  "<p>What was not looked at is not known to be absent.</p>\n");
	if (review_report_is_complete(r))
		buf_put_text(out, "<p><strong class=\"good\">Everything that applies was looked at "
				  "whole.</strong></p>\n");
	else
		put_gaps(r, out);
	buf_printf(out, "<h3>Looked at whole, and how many things were seen (%zu)</h3>\n",
		   complete);
	put_list(r, COVERAGE_COMPLETE, out);
	if (none == 0)
		return;
	buf_printf(out, "<h3>Does not apply (%zu)</h3>\n", none);
	put_list(r, COVERAGE_NOT_APPLICABLE, out);
}

/* ---- inventory */

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

/* Under a heading each; a list of kinds ends at FACT_KINDS. */
static const struct {
	const char *title;
	enum fact_kind kind[8];
} groups[] = {
	{ "What is installed",
	  { FACT_PACKAGE, FACT_PROGRAM, FACT_EXTENSION, FACT_CONTAINER, FACT_PATH, FACT_KINDS } },
	{ "What runs, or starts by itself",
	  { FACT_PROCESS, FACT_MODULE, FACT_UNIT, FACT_AUTOSTART, FACT_PRIVILEGE, FACT_KINDS } },
	{ "The machine", { FACT_SYSTEM, FACT_DEVICE, FACT_FIRMWARE, FACT_KINDS } },
	{ "The network around it",
	  { FACT_INTERFACE, FACT_SOCKET, FACT_NEIGHBOUR, FACT_ROUTE, FACT_RESOLVER, FACT_HOST,
	    FACT_KINDS } },
	{ "Whom it trusts", { FACT_CERTIFICATE, FACT_KEY, FACT_KINDS } },
	{ "What was examined", { FACT_OBJECT, FACT_KINDS } },
};

/* A bar as long as the digits and more of its number, of 100: one and thousands are both seen. */
static unsigned bar_length(size_t n)
{
	unsigned length = 3;

	for (; n >= 2 && length < 96; n /= 2)
		length += 6;
	return length;
}

/* What is counted on one line: facts of a kind, and packages by who installed them. */
struct line_of {
	enum fact_kind kind;
	unsigned collector; /* n_collectors: any */
};

static bool is_of(const struct review_report *r, size_t i, struct line_of of)
{
	return facts_kind(&r->review->facts, i) == of.kind &&
	       (of.collector == n_collectors ||
		facts_get(&r->review->facts, i).collector == of.collector);
}

static void put_kind(const struct review_report *r, struct line_of of, struct buf *out)
{
	size_t n = 0, all = facts_count(&r->review->facts);
	struct buf line;

	for (size_t i = 0; i < all; i++)
		n += is_of(r, i, of);
	if (n == 0)
		return;
	buf_put_text(out, "<details class=\"kind\"><summary><span>");
	if (of.collector != n_collectors)
		markup_put(out, span_of(collectors[of.collector]->title));
	else
		buf_put_text(out, kind_titles[of.kind]);
	buf_printf(out,
		   "</span><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
		   "aria-hidden=\"true\" "
		   "focusable=\"false\"><rect width=\"%u\" height=\"8\"/></svg>"
		   "<span class=\"n\">%zu</span></summary>\n<ul>\n",
		   bar_length(n), n);
	buf_init(&line, 1 << 20);
	for (size_t i = 0; i < all; i++) {
		if (!is_of(r, i, of))
			continue;
		struct fact f = facts_get(&r->review->facts, i);
		buf_reset(&line);
		review_report_fact(r, &f, &line);
		html_put_element(out, "<li>", buf_span(&line), "</li>\n");
	}
	buf_put_text(out, "</ul>\n</details>\n");
	buf_release(&line);
}

static void put_group(const struct review_report *r, const enum fact_kind *kind, struct buf *out)
{
	for (; *kind != FACT_KINDS; kind++) {
		if (*kind != FACT_PACKAGE) {
			put_kind(r, (struct line_of){ *kind, (unsigned)n_collectors }, out);
			continue;
		}
		for (unsigned c = 0; c < n_collectors; c++)
			put_kind(r, (struct line_of){ *kind, c }, out);
	}
}

void html_put_inventory(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "<h2>What is on the machine</h2>\n<p>A bar grows with the digits of its "
			  "number. Each line opens; what is closed is not printed.</p>\n");
	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		size_t before = out->n;
		buf_printf(out, "<h3>%s</h3>\n", groups[g].title);
		size_t begin = out->n;
		put_group(r, groups[g].kind, out);
		if (out->n == begin)
			out->n = before;
	}
}
