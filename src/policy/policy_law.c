/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

/*
 * What an entry as a whole must keep to, so that nobody is banned without a record: the checker
 * refuses what breaks it.
 */

/* A policy that meets these packages would stop a Debian system: all `Essential: yes`, and what
 * boots it. */
static const char *const vital[] = {
	"base-files",
	"base-passwd",
	"bash",
	"bsdutils",
	"coreutils",
	"dash",
	"debianutils",
	"diffutils",
	"dpkg",
	"findutils",
	"grep",
	"gzip",
	"hostname",
	"init-system-helpers",
	"init",
	"libc6",
	"libc-bin",
	"login",
	"mount",
	"ncurses-base",
	"ncurses-bin",
	"perl-base",
	"sed",
	"systemd",
	"sysvinit-utils",
	"tar",
	"util-linux",
	"apt",
	"glibc",
	"musl",
	"busybox",
	"rpm",
	"linux-image-amd64",
	"openssh-server",
};

static bool is_one_of(struct span s, const char *const *words, size_t n)
{
	return policy_word_find(words, n, s) >= 0;
}

bool policy_is_vital(struct span package)
{
	return is_one_of(package, vital, sizeof vital / sizeof *vital);
}

static bool has_kind(const struct policy_node *evidence, const char *kind)
{
	return span_is(policy_field(evidence, "kind", 0), kind);
}

/* Graded A or B, and 1 or 2. */
static bool is_strong(const struct policy_node *evidence)
{
	struct span a = policy_field(evidence, "grade", 0), b = policy_field(evidence, "grade", 1);

	return a.n == 1 && b.n == 1 && a.p[0] <= 'B' && b.p[0] <= '2';
}

static void check_evidence(const struct policy_entry *e, struct policy_report *r)
{
	const struct policy_node *n = policy_child(e->node, "evidence");
	bool technical = false, against = false;

	if (n == NULL)
		policy_error(r, &e->node->name,
			     "no evidence: an entry shows what its authority published, or an item "
			     "of the kind `absence` that it published none");
	for (; n != NULL; n = policy_sibling(n)) {
		technical = technical || (has_kind(n, "technical") && is_strong(n) &&
					  policy_child(n, "artefact") != NULL &&
					  !span_is(policy_field(n, "supports", 0), "no"));
		against = against || has_kind(n, "counter") || has_kind(n, "absence");
		if (!has_kind(n, "absence") && policy_child(n, "url") == NULL &&
		    policy_child(n, "sha256") == NULL && policy_child(n, "note") == NULL)
			policy_error(r, &n->name,
				     "evidence that nobody can look up: a url, a sha256, or a note "
				     "on where it is");
	}
	if (e->held != TECHNICAL_CONFIRMED_MALICIOUS)
		return;
	const struct policy_node *held = policy_child(e->node, "held");
	if (!technical)
		policy_error(r, &held->name,
			     "held confirmed-malicious needs a technical item, graded A or B and 1 "
			     "or 2, with an artefact's digest that anyone can test");
	if (!against)
		policy_error(r, &held->name,
			     "held confirmed-malicious needs the evidence against, or an item of "
			     "the kind `absence` that none was found");
}

static void check_authority(const struct policy_entry *e, struct policy_report *r)
{
	static const char *const weak[] = { "resolution", "guidance", "warning", "vendor",
					    "community" };
	const struct policy_node *a = policy_child(e->node, "authority");
	const struct policy_node *legal = policy_child(e->node, "legal");

	if (a == NULL || legal == NULL)
		return;
	bool binding = span_is(policy_field(a, "binding", 0), "yes");
	bool referenced = policy_child(a, "reference") != NULL || policy_child(a, "url") != NULL;
	if (binding && !referenced)
		policy_error(r, &a->name, "binding without a reference");
	if (e->legal == LEGAL_BANNED && !binding)
		policy_error(r, &legal->name,
			     "banned, but it binds nobody: `excluded` or `advised-against`");
	if ((e->legal == LEGAL_BANNED || e->legal == LEGAL_EXCLUDED) &&
	    is_one_of(policy_field(a, "kind", 0), weak, sizeof weak / sizeof *weak) && !binding)
		policy_error(r, &legal->name,
			     "a %.*s that binds nobody does not exclude: `advised-against`",
			     (int)policy_field(a, "kind", 0).n,
			     (const char *)policy_field(a, "kind", 0).p);
}

/* Dates are texts of one length, so their order is that of bytes. */
static bool after(struct span a, struct span b)
{
	return a.n == 10 && b.n == 10 && memcmp(a.p, b.p, 10) > 0;
}

static void check_dates(const struct policy_node *head, const struct policy_entry *e,
			struct policy_report *r)
{
	static const char *const later[] = { "effective", "remove-by", "expires" };
	const struct policy_node *a = policy_child(e->node, "authority");
	const struct policy_node *review = policy_child(e->node, "review-by");

	if (review == NULL && policy_child(e->node, "expires") == NULL)
		policy_error(r, &e->node->name,
			     "no review-by and no expires: nothing is banned for ever");
	if (review != NULL && head != NULL &&
	    after(policy_field(head, "issued", 0), policy_field(e->node, "review-by", 0)))
		policy_warning(r, &review->name,
			       "its review was due before this policy was issued");
	for (size_t i = 0; a != NULL && i < sizeof later / sizeof *later; i++)
		if (after(policy_field(a, "issued", 0), policy_field(a, later[i], 0)))
			policy_error(r, &policy_child(a, later[i])->name, "%s before it was issued",
				     later[i]);
}

/* Versions of a source before one: what is newer may stay. */
static bool is_of_old_versions(const struct policy_atom *a)
{
	for (size_t i = 0; i < sizeof a->bound / sizeof *a->bound; i++)
		if (a->type == ATOM_SOURCE &&
		    (a->bound[i].op == OP_LESS || a->bound[i].op == OP_LESS_EQUAL))
			return true;
	return false;
}

static void check_branch(const struct policy_branch *b, struct policy_report *r)
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->atom[i].type <= ATOM_ALPM && !is_of_old_versions(&b->atom[i]) &&
		    policy_is_vital(b->atom[i].value))
			policy_error(r, &b->atom[i].place, "every machine needs this package");
}

static void check_match(const struct policy_entry *e, struct policy_report *r)
{
	enum policy_strength strongest = STRENGTH_HINTS;
	const struct policy_node *match = policy_child(e->node, "match");

	for (unsigned i = 0; i < e->n_match; i++) {
		for (unsigned k = 0; k < e->match[i].n; k++)
			if (e->match[i].atom[k].strength > strongest)
				strongest = e->match[i].atom[k].strength;
		check_branch(&e->match[i], r);
	}
	if (match != NULL && match->first == NULL)
		policy_error(r, &match->name, "nothing to match");
	else if (e->n_match != 0 && strongest == STRENGTH_HINTS)
		policy_error(r, &match->name, "hints alone are not enough to accuse anybody");
}

static void check_enforcement(const struct policy_entry *e, struct policy_report *r)
{
	const struct policy_node *n = policy_child(e->node, "enforce");

	for (; n != NULL; n = policy_sibling(n))
		for (unsigned i = 0; n->n_words == 1 && i < e->n_match; i++)
			for (unsigned k = 0; k < e->match[i].n; k++)
				if (span_is(span_cut(n->word[0].text, 0, 5), "block") &&
				    e->match[i].n == 1 &&
				    e->match[i].atom[k].strength < STRENGTH_SHOWS)
					policy_warning(r, &e->match[i].atom[k].place,
						       "is never enforced: blocking wants `shows` "
						       "or better");
}

void policy_check_entry(const struct policy_node *head, const struct policy_entry *e,
			struct policy_report *r)
{
	check_evidence(e, r);
	check_authority(e, r);
	check_dates(head, e, r);
	check_match(e, r);
	check_enforcement(e, r);
}
