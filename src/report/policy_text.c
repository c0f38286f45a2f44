/* SPDX-License-Identifier: Apache-2.0 */
#include "report/policy_text.h"
#include "base/text.h"

/* Texts of a policy hold no control characters (policy_tree.c); text_show() would catch one. */

static void put(struct buf *out, struct span s) { text_show(out, s); }

static void put_line(struct buf *out, const char *indent, const char *name, struct span s)
{
	if (s.n == 0)
		return;
	buf_printf(out, "%s%-10s ", indent, name);
	put(out, s);
	buf_put_u8(out, '\n');
}

static void put_all(struct buf *out, const char *indent, const char *name,
		    const struct policy_node *block, const char *field)
{
	const struct policy_node *n = policy_child(block, field);

	for (; n != NULL; n = policy_sibling(n))
		put_line(out, indent, name, n->word[n->n_words - 1].text);
}

void policy_text_line(const struct policy_entry *e, struct buf *out)
{
	struct span id = e->id;

	buf_printf(out, "%-24.*s %-15s %-21s ", (int)id.n, (const char *)id.p,
		   policy_legal_words[e->legal], policy_technical_words[e->held]);
	put(out, policy_field(policy_child(e->node, "authority"), "name", 0));
	buf_put_text(out, ": ");
	put(out, policy_field(e->node, "product", 0));
	buf_put_u8(out, '\n');
}

void policy_text_status(const struct policy_entry *e, const char *indent, struct buf *out)
{
	const struct policy_node *a = policy_child(e->node, "authority");
	const struct policy_node *claim = policy_child(e->node, "claimed");

	buf_printf(out, "%slegal:     %s (", indent, policy_legal_words[e->legal]);
	put(out, policy_field(a, "kind", 0));
	buf_put_text(out, span_is(policy_field(a, "binding", 0), "yes")
				  ? ", binding on "
				  : ", not binding; addressed to ");
	put(out, policy_field(a, "addressed-to", 0));
	buf_put_text(out, ")\n");
	buf_printf(out, "%stechnical: held here as %s", indent, policy_technical_words[e->held]);
	for (; claim != NULL; claim = policy_sibling(claim)) {
		buf_put_text(out, "; claimed ");
		put(out, claim->word[0].text);
		buf_put_text(out, " by ");
		put(out, claim->word[2].text);
	}
	if (policy_child(e->node, "claimed") == NULL)
		buf_put_text(out, "; nobody claims more");
	buf_put_u8(out, '\n');
}

static void put_evidence(const struct policy_node *n, const char *indent, struct buf *out)
{
	struct span grade = policy_field(n, "grade", 0), digit = policy_field(n, "grade", 1);

	buf_printf(out, "%s[%.*s%.*s] ", indent, (int)grade.n, (const char *)grade.p, (int)digit.n,
		   (const char *)digit.p);
	put(out, policy_field(n, "claim", 0));
	buf_printf(out, "\n%s     ", indent);
	put(out, policy_field(n, "kind", 0));
	buf_put_text(out, ": ");
	put(out, policy_field(n, "source", 0));
	for (const struct policy_node *u = policy_child(n, "url"); u != NULL;
	     u = policy_sibling(u)) {
		buf_put_u8(out, ' ');
		put(out, u->word[0].text);
	}
	buf_put_u8(out, '\n');
	if (policy_field(n, "note", 0).n != 0) {
		buf_printf(out, "%s     note: ", indent);
		put(out, policy_field(n, "note", 0));
		buf_put_u8(out, '\n');
	}
}

void policy_text_evidence(const struct policy_entry *e, bool supports, const char *indent,
			  struct buf *out)
{
	const struct policy_node *n = policy_child(e->node, "evidence");
	bool any = false;

	for (; n != NULL; n = policy_sibling(n))
		if (span_is(policy_field(n, "supports", 0), "yes") == supports) {
			put_evidence(n, indent, out);
			any = true;
		}
	if (!any)
		buf_printf(out, "%snone is recorded\n", indent);
}

static void put_answers(const struct policy_entry *e, struct buf *out)
{
	const struct policy_node *n = policy_child(e->node, "answer");

	for (; n != NULL; n = policy_sibling(n)) {
		buf_put_text(out, "The subject's answer\n");
		put_line(out, "  ", "by", policy_field(n, "by", 0));
		put_line(out, "  ", "said", policy_field(n, "said", 0));
		put_line(out, "  ", "source", policy_field(n, "source", 0));
	}
}

static void put_bounds(const struct policy_atom *a, struct buf *out)
{
	for (size_t i = 0; i < sizeof a->bound / sizeof *a->bound; i++)
		if (a->bound[i].op != OP_ANY) {
			buf_printf(out, " %s ", policy_op_words[a->bound[i].op]);
			put(out, a->bound[i].version);
		}
}

static void put_atoms(const struct policy_branch *b, unsigned n, struct buf *out)
{
	for (unsigned i = 0; i < n; i++) {
		buf_put_text(out, "  ");
		for (unsigned k = 0; k < b[i].n; k++) {
			const struct policy_atom *a = &b[i].atom[k];
			buf_printf(out, "%s%s ", k > 0 ? " and " : "", policy_atom_words[a->type]);
			put(out, a->value);
			put_bounds(a, out);
			buf_printf(out, " (%s)", policy_strength_words[a->strength]);
		}
		buf_put_u8(out, '\n');
	}
}

void policy_text_entry(const struct policy *p, const struct policy_entry *e, struct buf *out)
{
	const struct policy_node *a = policy_child(e->node, "authority");
	const struct policy_node *remedy = policy_child(e->node, "remedy");
	const struct policy_node *contest = policy_child(e->node, "contest");

	put(out, policy_field(e->node, "title", 0));
	buf_put_text(out, "\n");
	policy_text_status(e, "  ", out);
	put_line(out, "  ", "authority", policy_field(a, "name", 0));
	put_all(out, "  ", "reference", a, "reference");
	put_all(out, "  ", "url", a, "url");
	put_line(out, "  ", "issued", policy_field(a, "issued", 0));
	put_line(out, "  ", "effective", policy_field(a, "effective", 0));
	put_line(out, "  ", "remove by", policy_field(a, "remove-by", 0));
	put_line(out, "  ", "superseded", policy_field(a, "superseded-by", 0));
	put_all(out, "  ", "its words", e->node, "said-as");
	put_line(out, "  ", "entity", policy_field(e->node, "entity", 0));
	put_line(out, "  ", "product", policy_field(e->node, "product", 0));
	put_line(out, "  ", "embedded", policy_field(e->node, "embedded", 0));
	put_line(out, "  ", "review by", policy_field(e->node, "review-by", 0));
	put_all(out, "  ", "unverified", e->node, "unverified");
	put_line(out, "  ", "file", span_of(p->file));
	buf_put_text(out, "Evidence for\n");
	policy_text_evidence(e, true, "  ", out);
	buf_put_text(out, "Evidence against, and context\n");
	policy_text_evidence(e, false, "  ", out);
	put_answers(e, out);
	buf_put_text(out, "Matches any of\n");
	put_atoms(e->match, e->n_match, out);
	if (e->n_except != 0) {
		buf_put_text(out, "But not\n");
		put_atoms(e->except, e->n_except, out);
	}
	buf_put_text(out, "What to do\n");
	put_line(out, "  ", "advice", policy_field(remedy, "advice", 0));
	put_all(out, "  ", "instead", remedy, "replace-with");
	put_line(out, "  ", "contest", policy_field(contest, "how-to", 0));
}
