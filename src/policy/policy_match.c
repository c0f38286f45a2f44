/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_match.h"

#include <assert.h>
#include <stdlib.h>

enum { MAX_FINDINGS = 1 << 14 };

void findings_init(struct findings *f)
{
	*f = (struct findings){ .list = { 0 } };
	buf_init(&f->list, MAX_FINDINGS * sizeof(struct finding));
}

void findings_release(struct findings *f) { buf_release(&f->list); }

const struct finding *findings_get(const struct findings *f, size_t i)
{
	assert(i < findings_count(f));
	return (const struct finding *)(const void *)(f->list.p + i * sizeof(struct finding));
}

/* ---- matching */

static bool is_excepted(const struct policy_entry *e, const struct fact *f)
{
	for (unsigned i = 0; i < e->n_except; i++) {
		unsigned k = 0;
		while (k < e->except[i].n && policy_atom_meets(&e->except[i].atom[k], f))
			k++;
		if (k == e->except[i].n && k > 0)
			return true;
	}
	return false;
}

static void add_fact(struct finding *to, uint32_t fact)
{
	for (unsigned i = 0; i < to->n_facts; i++)
		if (to->fact[i] == fact)
			return;
	if (to->n_facts < FINDING_MAX_FACTS)
		to->fact[to->n_facts++] = fact;
	to->n_facts_all++;
}

/* The one kind of fact that an atom can meet; FACT_KINDS where there are several. */
static enum fact_kind kind_of(enum policy_atom_type t)
{
	if (t <= ATOM_MAVEN)
		return FACT_PACKAGE;
	switch (t) {
	case ATOM_UNIT:
		return FACT_UNIT;
	case ATOM_PROCESS:
		return FACT_PROCESS;
	case ATOM_MODULE:
		return FACT_MODULE;
	case ATOM_EXTENSION:
		return FACT_EXTENSION;
	case ATOM_USB:
	case ATOM_PCI:
		return FACT_DEVICE;
	case ATOM_DOMAIN:
		return FACT_HOST;
	case ATOM_BUILD_ID:
		return FACT_OBJECT;
	default:
		return FACT_KINDS;
	}
}

/* Adds the facts that meet the atom; false where none does. */
static bool match_atom(const struct policy_entry *e, const struct policy_atom *a,
		       const struct facts *facts, struct finding *to)
{
	enum fact_kind kind = kind_of(a->type);
	bool any = false;

	for (size_t i = 0; i < facts_count(facts); i++) {
		if (kind != FACT_KINDS && facts_kind(facts, i) != kind)
			continue;
		struct fact f = facts_get(facts, i);
		if (!policy_atom_meets(a, &f) || is_excepted(e, &f))
			continue;
		add_fact(to, (uint32_t)i);
		any = true;
	}
	return any;
}

static bool match_branch(const struct policy_entry *e, const struct policy_branch *b,
			 const struct facts *facts, struct finding *to)
{
	struct finding before = *to;

	for (unsigned k = 0; k < b->n; k++)
		if (!match_atom(e, &b->atom[k], facts, to)) {
			*to = before;
			return false;
		}
	for (unsigned k = 0; k < b->n; k++)
		if (b->atom[k].strength > to->strength)
			to->strength = b->atom[k].strength;
	return b->n != 0;
}

/* Is there a collector whose facts this kind of atom is held against? */
static bool is_answered(const struct findings *f, enum policy_atom_type t)
{
	switch (t) {
	case ATOM_SHA256:
		return f->digests;
	case ATOM_RULE:
		return f->rules;
	default:
		return true;
	}
}

static void count_unevaluated(struct findings *f, const struct policy_entry *e)
{
	for (unsigned i = 0; i < e->n_match; i++)
		for (unsigned k = 0; k < e->match[i].n; k++)
			if (!is_answered(f, e->match[i].atom[k].type))
				f->unevaluated[e->match[i].atom[k].type]++;
}

/* ---- what a finding is worth here and now */

static bool before(const char *date, struct span limit)
{
	return limit.n == 10 && memcmp(date, limit.p, 10) < 0;
}

static bool from(const char *date, struct span limit)
{
	return limit.n == 10 && memcmp(date, limit.p, 10) >= 0;
}

static enum force force_of(const struct policy_entry *e, const struct policy *p, const char *date)
{
	const struct policy_node *a = policy_child(e->node, "authority");

	if (e->legal == LEGAL_WITHDRAWN)
		return FORCE_WITHDRAWN;
	if (policy_child(a, "superseded-by") != NULL)
		return FORCE_SUPERSEDED;
	if (from(date, policy_field(e->node, "expires", 0)) ||
	    from(date, policy_field(a, "expires", 0)) ||
	    from(date, policy_field(p->head, "expires", 0)))
		return FORCE_EXPIRED;
	if (before(date, policy_field(a, "effective", 0)) ||
	    before(date, policy_field(p->head, "not-before", 0)))
		return FORCE_NOT_YET;
	return FORCE_NOW;
}

static const char *const forces[FORCE_COUNT] = {
	[FORCE_NOW] = "in force",        [FORCE_NOT_YET] = "not yet in force",
	[FORCE_EXPIRED] = "expired",     [FORCE_SUPERSEDED] = "superseded",
	[FORCE_WITHDRAWN] = "withdrawn",
};

const char *force_words(enum force f) { return forces[f]; }

/* Of a package that is no longer there: dpkg's words, and the revisions of snaps that are kept. One
 * that is unpacked, or configured by half, has its files in place. */
static bool is_past(struct span state)
{
	static const char *const words[] = { "config-files", "not-installed", "removed", "kept" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_is(state, words[i]))
			return true;
	return false;
}

/* Everything that was met is of the past: a package that is no longer installed, or a device that a
 * log names.  Where more was met than is kept, the rest is not known. */
static bool is_residue(const struct finding *to, const struct facts *facts)
{
	if (to->n_facts_all > to->n_facts)
		return false;
	for (unsigned i = 0; i < to->n_facts; i++) {
		struct fact f = facts_get(facts, to->fact[i]);
		struct span state = fact_value(&f, FACT_STATE);
		bool seen = f.kind == FACT_DEVICE && span_is(state, "seen");
		if (!seen && (f.kind != FACT_PACKAGE || !is_past(state)))
			return false;
	}
	return true;
}

bool findings_add(struct findings *f, const struct facts *facts, const struct policy *p,
		  const struct profile *profile, const char *date, struct error *e)
{
	for (size_t i = 0; i < p->n_entries; i++) {
		const struct policy_entry *entry = &p->entry[i];
		struct finding to = { .policy = p, .entry = entry };
		bool met = false;
		for (unsigned k = 0; k < entry->n_match; k++)
			met = match_branch(entry, &entry->match[k], facts, &to) || met;
		count_unevaluated(f, entry);
		if (!met)
			continue;
		to.residue = is_residue(&to, facts);
		to.force = force_of(entry, p, date);
		to.scope = profile_scope(profile, entry, to.why, sizeof to.why);
		buf_put(&f->list, &to, sizeof to);
	}
	return buf_ok(&f->list) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "limit: over %d findings", MAX_FINDINGS);
}

bool finding_counts(const struct finding *f)
{
	enum policy_legal l = f->entry->legal;
	bool malicious = f->entry->held == TECHNICAL_CONFIRMED_MALICIOUS;
	bool addressed = f->scope == SCOPE_BINDING || f->scope == SCOPE_ADVICE;
	bool against = l == LEGAL_ADVISED_AGAINST || l == LEGAL_EXCLUDED || l == LEGAL_BANNED;

	return f->force == FORCE_NOW && f->strength > STRENGTH_HINTS &&
	       (malicious || (addressed && against));
}

/* ---- order */

static int weight(const struct finding *f)
{
	static const uint8_t legal[LEGAL_COUNT] = { [LEGAL_BANNED] = 5,
						    [LEGAL_EXCLUDED] = 4,
						    [LEGAL_ADVISED_AGAINST] = 3,
						    [LEGAL_UNDER_REVIEW] = 2 };
	int w = finding_counts(f) ? 10000 : 0;

	w += f->entry->held == TECHNICAL_CONFIRMED_MALICIOUS ? 5000 : 0;
	w += f->force == FORCE_NOW ? 1000 : 0;
	w += (SCOPE_COUNT - (int)f->scope) * 100 + legal[f->entry->legal] * 10;
	return w + (int)f->strength * 2 + !f->residue;
}

static int by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int c = weight(y) - weight(x);

	if (c != 0)
		return c;
	size_t n = x->entry->id.n < y->entry->id.n ? x->entry->id.n : y->entry->id.n;
	c = memcmp(x->entry->id.p, y->entry->id.p, n);
	return c != 0 ? c : x->entry->id.n < y->entry->id.n ? -1 : x->entry->id.n > y->entry->id.n;
}

void findings_sort(struct findings *f)
{
	if (f->list.n != 0)
		qsort(f->list.p, findings_count(f), sizeof(struct finding), by_weight);
}
