/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/profile.h"

#include <stdio.h>

const char *const profile_names[] = { "none",          "eu-institution", "eu-member-state",
				      "us-federal",    "us-contractor",  "uk-gov",
				      "de-public",     "nl-government",  "it-public",
				      "ca-government", "au-government",  NULL };

/* In the order of the names. */
static const char *const texts[] = {
	"profile none { title \"Nobody's decisions bind this machine\"\n jurisdiction none\n "
	"sector none\n }\n",
	"profile eu-institution { title \"An institution, body or agency of the European Union\"\n"
	" jurisdiction eu\n sector institution\n }\n",
	"profile eu-member-state { title \"An administration of a member state of the European "
	"Union\"\n"
	" jurisdiction eu-member-state\n sector government\n }\n",
	"profile us-federal { title \"An executive agency of the United States\"\n"
	" jurisdiction us\n sector federal-executive\n sector government\n }\n",
	"profile us-contractor { title \"A contractor of the United States government\"\n"
	" jurisdiction us\n sector government-contractor\n }\n",
	"profile uk-gov { title \"A department of the United Kingdom\"\n"
	" jurisdiction uk\n sector government\n }\n",
	"profile de-public { title \"A public body of Germany\"\n"
	" jurisdiction de\n jurisdiction eu-member-state\n sector government\n }\n",
	"profile nl-government { title \"The central government of the Netherlands\"\n"
	" jurisdiction nl\n jurisdiction eu-member-state\n sector government\n }\n",
	"profile it-public { title \"A public administration of Italy\"\n"
	" jurisdiction it\n jurisdiction eu-member-state\n sector government\n }\n",
	"profile ca-government { title \"A department of Canada\"\n"
	" jurisdiction ca\n sector government\n }\n",
	"profile au-government { title \"A non-corporate Commonwealth entity of Australia\"\n"
	" jurisdiction au\n sector government\n }\n",
};

struct span profile_text(const char *name)
{
	for (size_t i = 0; profile_names[i] != NULL; i++)
		if (strcmp(profile_names[i], name) == 0)
			return span_of(texts[i]);
	return (struct span){ NULL, 0 };
}

bool profile_open(struct profile *p, struct policy_report *r)
{
	const struct policy_word begin = { .line = 1, .column = 1 };

	*p = (struct profile){ .node = NULL };
	arena_init(&p->arena, POLICY_MAX_MEMORY);
	void *copy = arena_copy(&p->arena, r->source.n != 0 ? r->source.p : (const uint8_t *)"",
				r->source.n);
	if (copy == NULL) {
		policy_error(r, &begin, "no memory");
		return false;
	}
	r->source.p = copy;
	const struct policy_node *n = policy_tree(&p->arena, r);
	if (n == NULL || n->next != NULL || !span_is(n->name.text, "profile"))
		policy_error(r, &begin, "a profile is one `profile` block");
	else
		policy_check_block(n, &policy_profile_block, r);
	p->node = n;
	return r->n_errors == 0;
}

void profile_release(struct profile *p) { arena_release(&p->arena); }

struct span profile_name(const struct profile *p) { return p->node->word[0].text; }

/* ---- scope */

static const char *const words[SCOPE_COUNT] = {
	[SCOPE_BINDING] = "binding for you",
	[SCOPE_ADVICE] = "advice",
	[SCOPE_UNKNOWN] = "may be addressed to you",
	[SCOPE_NOT_ADDRESSED] = "not addressed to you",
};

const char *scope_words(enum scope s) { return words[s]; }

static bool shares(const struct policy_node *a, const struct policy_node *b)
{
	for (; a != NULL; a = policy_sibling(a))
		for (const struct policy_node *c = b; c != NULL; c = policy_sibling(c))
			if (span_equal(a->word[0].text, c->word[0].text))
				return true;
	return false;
}

static void say(char *why, size_t size, const char *respect, const struct policy_node *theirs,
		const struct policy_node *ours)
{
	struct span t = theirs->word[0].text,
		    o = ours != NULL ? ours->word[0].text : span_of("unsaid");

	(void)snprintf(why, size, "%s: the decision's is %.*s%s, this machine's is %.*s", respect,
		       (int)t.n, (const char *)t.p,
		       policy_sibling(theirs) != NULL ? " (and others)" : "", (int)o.n,
		       (const char *)o.p);
}

enum scope profile_scope(const struct profile *p, const struct policy_entry *e, char *why,
			 size_t size)
{
	static const char *const respects[] = { "jurisdiction",   "sector",  "site", "ownership",
						"classification", "purpose", "asset" };
	const struct policy_node *scope = policy_child(e->node, "scope");
	bool binding =
		span_is(policy_field(policy_child(e->node, "authority"), "binding", 0), "yes");
	bool unknown = false;

	(void)snprintf(why, size, "the decision is addressed to everyone");
	for (size_t i = 0; i < sizeof respects / sizeof *respects; i++) {
		const struct policy_node *theirs = policy_child(scope, respects[i]);
		const struct policy_node *ours = policy_child(p->node, respects[i]);
		if (theirs == NULL)
			continue;
		bool met = shares(theirs, ours);
		if (!met || !unknown)
			say(why, size, respects[i], theirs, ours);
		if (!met && ours != NULL)
			return SCOPE_NOT_ADDRESSED;
		unknown = unknown || ours == NULL;
	}
	if (unknown)
		return SCOPE_UNKNOWN;
	return binding ? SCOPE_BINDING : SCOPE_ADVICE;
}
