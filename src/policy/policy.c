/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <stdlib.h>

static int find(const char *const *words, size_t n, struct span s)
{
	int i = policy_word_find(words, n, s);

	return i < 0 ? 0 : i;
}

static void lower(struct policy *p, const struct policy_node *n, struct policy_report *r)
{
	struct policy_entry *e = &p->entry[p->n_entries++];

	policy_check_block(n, &policy_entry_block, r);
	*e = (struct policy_entry){ .node = n };
	if (n->n_words != 0)
		e->id = n->word[0].text;
	e->legal = (enum policy_legal)find(policy_legal_words, LEGAL_COUNT,
					   policy_field(n, "legal", 0));
	e->held = (enum policy_technical)find(policy_technical_words, TECHNICAL_COUNT,
					      policy_field(n, "held", 0));
	e->match = policy_branches(&p->arena, policy_child(n, "match"), r, &e->n_match);
	e->except = policy_branches(&p->arena, policy_child(n, "except"), r, &e->n_except);
	policy_check_entry(p->head, e, r);
}

static int by_id(const void *a, const void *b)
{
	const struct policy_entry *const *x = a, *const *y = b;
	size_t n = (*x)->id.n < (*y)->id.n ? (*x)->id.n : (*y)->id.n;
	int c = n != 0 ? memcmp((*x)->id.p, (*y)->id.p, n) : 0;

	return c != 0 ? c : (*x)->id.n < (*y)->id.n ? -1 : (*x)->id.n > (*y)->id.n;
}

static void check_ids(struct policy *p, struct policy_report *r)
{
	const struct policy_entry **sorted = arena_array(&p->arena, p->n_entries, sizeof *sorted);

	if (sorted == NULL || p->n_entries == 0)
		return;
	for (size_t i = 0; i < p->n_entries; i++)
		sorted[i] = &p->entry[i];
	qsort(sorted, p->n_entries, sizeof *sorted, by_id);
	for (size_t i = 1; i < p->n_entries; i++)
		if (span_equal(sorted[i - 1]->id, sorted[i]->id))
			policy_error(r, &sorted[i]->node->name, "a second entry of that name");
}

static void take_statements(struct policy *p, const struct policy_node *first,
			    struct policy_report *r)
{
	const struct policy_node *n;
	size_t k = 0;

	for (n = first; n != NULL; n = n->next)
		k += span_is(n->name.text, "entry");
	p->entry = arena_array(&p->arena, k, sizeof *p->entry);
	if (p->entry == NULL || k > POLICY_MAX_ENTRIES) {
		policy_error(r, &first->name, "limit: %zu entries, at most %d", k,
			     POLICY_MAX_ENTRIES);
		return;
	}
	for (n = first; n != NULL; n = n->next) {
		if (span_is(n->name.text, "entry")) {
			lower(p, n, r);
		} else if (!span_is(n->name.text, "policy")) {
			policy_error(r, &n->name,
				     "a file holds one `policy` and its `entry` blocks");
		} else if (p->head == NULL) {
			p->head = n;
			policy_check_block(n, &policy_head_block, r);
		} else {
			policy_error(r, &n->name, "a second `policy` in one file");
		}
	}
}

bool policy_open(struct policy *p, struct policy_report *r)
{
	const struct policy_word begin = { .line = 1, .column = 1 };

	*p = (struct policy){ .n_entries = 0 };
	arena_init(&p->arena, POLICY_MAX_MEMORY);
	p->file = arena_text(&p->arena, r->file, strlen(r->file));
	void *copy = arena_copy(&p->arena, r->source.n != 0 ? r->source.p : (const uint8_t *)"",
				r->source.n);
	if (p->file != NULL && copy != NULL) {
		r->source.p = copy;
		const struct policy_node *first = policy_tree(&p->arena, r);
		if (first != NULL)
			take_statements(p, first, r);
		check_ids(p, r);
		if (p->head == NULL)
			policy_error(r, &begin, "no `policy` block");
		if (p->arena.spent) /* what is missing would meet nothing, in silence */
			policy_error(r, &begin, "no memory");
	} else {
		policy_error(r, &begin, "no memory");
	}
	if (r->n_errors == 0)
		return true;
	p->n_entries = 0;
	p->head = NULL;
	return false;
}

const char *policy_signature_words(enum policy_signature s)
{
	static const char *const words[SIGNATURE_COUNT] = {
		[SIGNATURE_NONE] = "not signed",
		[SIGNATURE_UNVERIFIED] = "signed, not verified",
		[SIGNATURE_HOLDS] = "its signature holds",
		[SIGNATURE_CARRIED] = "carried by the program",
	};

	return words[s];
}

void policy_release(struct policy *p) { arena_release(&p->arena); }
