/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "policy/policy.h"
#include "policy/prefix.h"

/* What may stand in `match` and `except`: TYPE VALUE [OP VERSION] STRENGTH, and `all { ... }`. */

const char *const policy_op_words[] = { "", "<", "<=", "=", ">=", ">" };

static bool is_hex(struct span s, size_t least, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n >= least && s.n <= most;
}

/* vvvv or vvvv:dddd */
static bool is_ids(struct span s)
{
	return is_hex(span_cut(s, 0, 4), 4, 4) &&
	       (s.n == 4 || (s.n == 9 && s.p[4] == ':' && is_hex(span_cut(s, 5, 4), 4, 4)));
}

/* 6, 7 or 9 digits: what a registry assigned, never a name to be searched for */
static bool is_oui(struct span s) { return is_hex(s, 6, 9) && s.n != 8; }

static bool is_path(struct span s)
{
	const uint8_t *star = memchr(s.p, '*', s.n), *slash = memrchr(s.p, '/', s.n);

	return s.n > 1 && s.p[0] == '/' && slash > s.p && s.p[s.n - 1] != '/' &&
	       (star == NULL || star > slash) && memmem(s.p, s.n, "/../", 4) == NULL;
}

static bool is_personal(struct span s)
{
	return memmem(s.p, s.n, "/home/", 6) != NULL || memchr(s.p, '@', s.n) != NULL;
}

/* Two labels or more, none of them empty. */
static bool is_domain(struct span s)
{
	size_t label = 0;
	bool dot = false;

	for (size_t i = 0; i < s.n; i++) {
		bool at_dot = s.p[i] == '.';
		if (at_dot ? label == 0 : !text_is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
		label = at_dot ? 0 : label + 1;
		dot = dot || at_dot;
	}
	return dot && label != 0;
}

/* NULL where the value is good for the type; else what it should be */
static const char *wanted_value(const struct policy_atom *a)
{
	struct span v = a->value;
	struct prefix block;

	if (v.n == 0)
		return "a value";
	switch (a->type) {
	case ATOM_PATH:
		return is_path(v) ? NULL
				  : "an absolute path below the first level, with `*` in its last "
				    "part alone";
	case ATOM_SHA256:
	case ATOM_CA_SPKI:
	case ATOM_IMAGE_DIGEST:
		return is_hex(v, 64, 64) ? NULL : "64 small hexadecimal digits";
	case ATOM_SIGNER:
		return is_hex(v, 16, 64)
			       ? NULL
			       : "a key's id or fingerprint, 16 to 64 small hexadecimal digits";
	case ATOM_BUILD_ID:
		return is_hex(v, 16, 64) ? NULL : "16 to 64 small hexadecimal digits";
	case ATOM_USB:
	case ATOM_PCI:
		return is_ids(v) ? NULL
				 : "a vendor's id, or vendor:device, in small hexadecimal digits";
	case ATOM_OUI:
		return is_oui(v) ? NULL
				 : "an assignment of IEEE: 6, 7 or 9 small hexadecimal digits, not "
				   "a name";
	case ATOM_DOMAIN:
		return is_domain(v) ? NULL : "a domain of two labels or more";
	case ATOM_CIDR:
		return prefix_parse(v, &block) ? NULL
					       : "an address, or a block of addresses as "
						 "192.0.2.0/24 with no bit beyond its length";
	default:
		return memchr(v.p, '*', v.n) == NULL ? NULL : "an exact name";
	}
}

/* The most that a match of the type can be worth. */
static enum policy_strength most(enum policy_atom_type type)
{
	switch (type) {
	case ATOM_SIGNER:
	case ATOM_SHA256:
	case ATOM_BUILD_ID:
	case ATOM_CA_SPKI:
	case ATOM_IMAGE_DIGEST:
	case ATOM_RULE:
		return STRENGTH_PROVES;
	case ATOM_PROCESS:
		return STRENGTH_HINTS;
	case ATOM_UNIT:
	case ATOM_DOMAIN:
	case ATOM_CIDR:
	case ATOM_OUI:
	case ATOM_USB:
	case ATOM_PCI:
	case ATOM_DMI:
		return STRENGTH_INDICATES;
	default:
		return STRENGTH_SHOWS;
	}
}

static void check_atom(const struct policy_atom *a, const struct policy_node *n,
		       struct policy_report *r)
{
	const char *wanted = wanted_value(a);

	if (wanted != NULL)
		policy_error(r, &n->word[0], "`%s` wants %s", policy_atom_words[a->type], wanted);
	else if (a->type != ATOM_NPM && is_personal(a->value))
		policy_error(r, &n->word[0], "a policy names products, not persons");
	if (a->strength > most(a->type))
		policy_error(r, &n->word[n->n_words - 1], "a match of `%s` %s at most",
			     policy_atom_words[a->type], policy_strength_words[most(a->type)]);
	if (a->bound[0].op != OP_ANY && a->type > ATOM_MAVEN)
		policy_error(r, &n->word[1], "only packages have versions");
}

static void lower_bound(const struct policy_node *n, unsigned at, struct policy_bound *to,
			struct policy_report *r)
{
	int op = policy_word_find(policy_op_words + 1, OP_MORE, n->word[at].text) + 1;

	if (op == OP_ANY)
		policy_error(r, &n->word[at], "one of <, <=, =, >=, >");
	*to = (struct policy_bound){ (enum policy_op)op, n->word[at + 1].text };
}

static bool lower(const struct policy_node *n, struct policy_atom *a, struct policy_report *r)
{
	int type = policy_word_find(policy_atom_words, ATOM_COUNT, n->name.text);
	int strength = n->n_words > 1 ? policy_word_find(policy_strength_words, STRENGTH_COUNT,
							 n->word[n->n_words - 1].text)
				      : -1;

	*a = (struct policy_atom){ .place = n->name };
	if (type < 0) {
		policy_error(r, &n->name, "no kind of identifier: `%.*s`", (int)n->name.text.n,
			     (const char *)n->name.text.p);
		return false;
	}
	if (strength < 0 || n->n_words % 2 != 0 || n->n_words > 6 || n->block) {
		policy_error(r, &n->name,
			     "an atom is `%s VALUE STRENGTH`, or `%s NAME OP VERSION STRENGTH`; "
			     "strengths are proves, shows, indicates, hints",
			     policy_atom_words[type], policy_atom_words[type]);
		return false;
	}
	for (unsigned i = 0; 2 * i + 2 < n->n_words; i++)
		lower_bound(n, 2 * i + 1, &a->bound[i], r);
	a->type = (enum policy_atom_type)type;
	a->strength = (enum policy_strength)strength;
	a->value = n->word[0].text;
	check_atom(a, n, r);
	return true;
}

static unsigned count(const struct policy_node *n)
{
	unsigned k = 0;

	for (; n != NULL; n = n->next)
		k++;
	return k;
}

/* A branch of more than the name of a process. */
static void check_all(const struct policy_node *n, const struct policy_branch *b,
		      struct policy_report *r)
{
	if (b->n == 0)
		policy_error(r, &n->name, "`all` of nothing would match everything");
}

static bool lower_branch(struct arena *a, const struct policy_node *n, struct policy_branch *to,
			 struct policy_report *r)
{
	bool all = span_is(n->name.text, "all") && n->block;
	unsigned k = all ? count(n->first) : 1;
	struct policy_atom *atoms = arena_array(a, k, sizeof *atoms);

	*to = (struct policy_branch){ .atom = atoms };
	if (atoms == NULL)
		return false;
	if (!all) {
		to->n = lower(n, &atoms[0], r);
		return to->n != 0;
	}
	for (const struct policy_node *m = n->first; m != NULL; m = m->next)
		if (lower(m, &atoms[to->n], r))
			to->n++;
	check_all(n, to, r);
	return true;
}

const struct policy_branch *policy_branches(struct arena *a, const struct policy_node *block,
					    struct policy_report *r, unsigned *n)
{
	unsigned k = block != NULL ? count(block->first) : 0;
	struct policy_branch *branches = arena_array(a, k, sizeof *branches);

	*n = 0;
	if (k > POLICY_MAX_ATOMS) {
		policy_error(r, &block->name, "limit: %u branches, at most %d", k,
			     POLICY_MAX_ATOMS);
		return NULL;
	}
	for (const struct policy_node *m = k != 0 ? block->first : NULL;
	     m != NULL && branches != NULL; m = m->next)
		if (lower_branch(a, m, &branches[*n], r))
			++*n;
	return branches;
}
