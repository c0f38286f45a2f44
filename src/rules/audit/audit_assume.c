/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_assume.h"

#include "format/modules.h"
#include "rules/audit/audit_read.h"

#include <math.h>
#include <string.h>

enum { MAX_RULE_DEPTH = 8 };

struct audit_world *audit_world_copy(const struct audit_world *from, size_t n_strings,
				     struct arena *a)
{
	struct audit_world *w = arena_copy(a, from, sizeof *from);

	if (w == NULL)
		return NULL;
	w->count = arena_copy(a, from->count, n_strings * sizeof *w->count);
	return w->count != NULL || n_strings == 0 ? w : NULL;
}

static void die(struct audit_assume *x) { x->w->dead = true; }

/* What is left where one of two worlds holds, into *into. */
static void join(struct audit_world *into, const struct audit_world *w, size_t n_strings)
{
	for (size_t i = 0; i < n_strings; i++) {
		into->count[i].lo = fmin(into->count[i].lo, w->count[i].lo);
		into->count[i].hi = fmax(into->count[i].hi, w->count[i].hi);
	}
	into->size.lo = fmin(into->size.lo, w->size.lo);
	into->size.hi = fmax(into->size.hi, w->size.hi);
	for (size_t i = 0; i < AUDIT_HEAD; i++)
		into->known[i] &= w->known[i] && w->head[i] == into->head[i];
	into->facts = audit_facts_common(into->facts, w->facts);
}

/* One of the n nodes is true (or false), and nobody knows which. */
static void assume_one_of(struct audit_assume *x, const uint32_t *node, size_t n, bool truth)
{
	struct audit_world *start = x->w, *all = NULL;

	for (size_t i = 0; i < n && !x->failed; i++) {
		x->w = audit_world_copy(start, x->strings.n, x->arena);
		if (x->w == NULL) {
			x->failed = true;
			break;
		}
		audit_assume(x, node[i], truth);
		if (x->w->dead)
			continue;
		if (all == NULL)
			all = x->w;
		else
			join(all, x->w, x->strings.n);
	}
	x->w = start;
	if (x->failed)
		return;
	if (all == NULL)
		die(x);
	else
		*start = *all;
}

/* ---- strings */

size_t audit_index_of(const struct audit_assume *x, uint32_t string)
{
	if (string == COND_NONE)
		return x->n_loops == 0 ? SIZE_MAX
				       : audit_string_index(&x->strings, x->loop[x->n_loops - 1]);
	return audit_string_index(&x->strings, string);
}

void audit_limit(struct audit_assume *x, struct audit_interval *i, double lo, double hi)
{
	i->lo = fmax(i->lo, lo);
	i->hi = fmin(i->hi, hi);
	if (i->lo > i->hi)
		die(x);
}

static void assume_found(struct audit_assume *x, uint32_t string, bool truth)
{
	size_t i = audit_index_of(x, string);

	if (i < x->strings.n)
		audit_limit(x, &x->w->count[i], truth ? 1 : 0, truth ? INFINITY : 0);
}

size_t audit_first_bytes(const struct ir_string *s, uint8_t *bytes, size_t max)
{
	const struct pattern_source *p = &s->pattern;
	size_t n = 0;
	int high = -1;

	if ((p->flags & (PATTERN_NOCASE | PATTERN_WIDE | PATTERN_XOR | PATTERN_BASE64 |
			 PATTERN_BASE64WIDE)) != 0)
		return 0;
	if (p->kind == PATTERN_TEXT) {
		n = p->text.n < max ? p->text.n : max;
		memcpy(bytes, p->text.p, n);
		return n;
	}
	for (size_t i = 0; p->kind == PATTERN_HEX && i < p->text.n && n < max; i++) {
		static const char digits[] = "0123456789abcdef";
		uint8_t c = p->text.p[i];
		if (c == ' ' || (c >= '\t' && c <= '\r'))
			continue;
		const char *d = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
		if (d == NULL || c == 0)
			break;
		if (high < 0) {
			high = (int)(d - digits);
			continue;
		}
		bytes[n++] = (uint8_t)(high << 4 | (int)(d - digits));
		high = -1;
	}
	return n;
}

void audit_know_head(struct audit_assume *x, double at, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && at >= 0 && at + (double)i < AUDIT_HEAD; i++) {
		size_t place = (size_t)at + i;
		if (x->w->known[place] && x->w->head[place] != bytes[i])
			die(x);
		x->w->known[place] = true;
		x->w->head[place] = bytes[i];
	}
}

/* $a at b, $a in (b..c), true */
static void assume_placed(struct audit_assume *x, const struct cond_node *n)
{
	uint8_t bytes[16];
	size_t all;
	const struct ir_string *s = ruleset_strings(x->set, &all);

	assume_found(x, n->a, true);
	if (n->op == COND_FOUND_IN) {
		const struct cond_node *r = &x->code.node[n->b];
		struct audit_range from = audit_range_of(x, r->a), to = audit_range_of(x, r->b);
		if (from.never || to.never || from.lo > to.hi || to.hi < 0 ||
		    from.lo >= x->w->size.hi)
			die(x);
		return;
	}
	struct audit_range at = audit_range_of(x, n->b);
	if (at.never || at.hi < 0 || at.lo >= x->w->size.hi || audit_is_behind(x, n->b))
		die(x);
	else if (at.lo == at.hi && n->a < all)
		audit_know_head(x, at.lo, bytes, audit_first_bytes(&s[n->a], bytes, sizeof bytes));
}

/* ---- quantifiers */

/* At least how many of n; 0: none of them may; SIZE_MAX: not known. */
static size_t wanted(struct audit_assume *x, uint32_t quantifier, size_t n)
{
	if (quantifier >= x->code.n_nodes)
		return SIZE_MAX;
	const struct cond_node *q = &x->code.node[quantifier];
	struct audit_range r;
	switch (q->op) {
	case COND_ALL:
		return n;
	case COND_ANY:
		return 1;
	case COND_NONE_OF:
		return 0;
	case COND_PERCENT:
		r = audit_range_of(x, q->a);
		return r.lo == r.hi && r.lo >= 1 && r.lo <= 100
			       ? (size_t)ceil((double)n * r.lo / 100)
			       : SIZE_MAX;
	default:
		r = audit_range_of(x, quantifier);
		return r.lo == r.hi && r.lo >= 0 && r.lo <= 1e6 ? (size_t)r.lo : SIZE_MAX;
	}
}

/* What was said of a loop's variable is of no meaning outside. */
static void leave_loop(struct audit_assume *x, const struct audit_fact *before)
{
	if (x->document && !x->w->dead)
		audit_read_judge(x, before, true);
	x->w->facts = before;
}

/* Member i of a set: supposes it true or not. */
struct member {
	const struct cond_node *set;
	uint32_t body; /* for..of; COND_NONE: the member itself */
};

static void assume_member(struct audit_assume *x, const struct member *m, size_t i, bool truth)
{
	uint32_t number = x->code.pool[m->set->a + i];
	size_t n;
	const struct ir_rule *r = ruleset_rules(x->set, &n);

	if (m->set->op == COND_STRINGS && m->body != COND_NONE) {
		if (x->n_loops == sizeof x->loop / sizeof *x->loop)
			return;
		x->loop[x->n_loops++] = number;
		const struct audit_fact *before = x->w->facts;
		audit_assume(x, m->body, truth);
		leave_loop(x, before);
		x->n_loops--;
	} else if (m->set->op == COND_STRINGS) {
		assume_found(x, number, truth);
	} else if (m->set->op == COND_RULES) {
		if (number < n && x->rule_depth < MAX_RULE_DEPTH) {
			x->rule_depth++;
			audit_assume(x, r[number].root, truth);
			x->rule_depth--;
		}
	} else {
		audit_assume(x, number, truth);
	}
}

/* Could member i be so, with all else as it is? */
static bool member_possible(struct audit_assume *x, const struct member *m, size_t i, bool truth,
			    struct audit_world **left)
{
	struct audit_world *start = x->w;

	x->w = audit_world_copy(start, x->strings.n, x->arena);
	if (x->w == NULL) {
		x->w = start;
		x->failed = true;
		return true;
	}
	assume_member(x, m, i, truth);
	bool ok = !x->w->dead;
	*left = x->w;
	x->w = start;
	return ok;
}

/* At least k of the n members are so. */
static void assume_some(struct audit_assume *x, const struct member *m, size_t n, size_t k,
			bool truth)
{
	struct audit_world *all = NULL, *left = NULL;
	size_t able = 0;

	if (k == 0)
		return;
	for (size_t i = 0; i < n && !x->failed; i++) {
		if (!member_possible(x, m, i, truth, &left))
			continue;
		able++;
		if (all == NULL)
			all = left;
		else if (left != NULL)
			join(all, left, x->strings.n);
	}
	if (x->failed)
		return;
	if (able < k) {
		die(x);
		return;
	}
	if (able == k)
		for (size_t i = 0; i < n && !x->w->dead; i++) {
			if (member_possible(x, m, i, truth, &left))
				assume_member(x, m, i, truth);
		}
	else if (all != NULL)
		*x->w = *all;
}

static void assume_of(struct audit_assume *x, const struct cond_node *n, bool truth)
{
	struct member m = { .body = n->op == COND_FOR_OF ? n->b : COND_NONE };

	if (n->a >= x->code.n_nodes)
		return;
	m.set = &x->code.node[n->a];
	if ((m.set->op != COND_STRINGS && m.set->op != COND_RULES && m.set->op != COND_LIST) ||
	    m.set->a > x->code.n_pool || m.set->b > x->code.n_pool - m.set->a)
		return;
	size_t k = wanted(x, n->c, m.set->b);
	if (k == SIZE_MAX)
		return;
	bool none = k == 0;
	if (truth && !none)
		assume_some(x, &m, m.set->b, k, true);
	else if (truth && n->op == COND_OF && n->b == COND_NONE)
		assume_some(x, &m, m.set->b, m.set->b, false);
	else if (!truth && !none && n->op == COND_OF && n->b == COND_NONE && k <= m.set->b)
		assume_some(x, &m, m.set->b, m.set->b - k + 1, false);
	else if (!truth && none && n->op == COND_OF)
		assume_some(x, &m, m.set->b, 1, true);
}

/* for any i in (...) : ( body ) is true: the body is, once.  Of `for all` the same, for over
 * nothing it is false. */
static void assume_loop(struct audit_assume *x, const struct cond_node *n)
{
	const struct cond_node *over = n->a < x->code.n_nodes ? &x->code.node[n->a] : NULL;
	uint32_t module = audit_module_of(&x->code, n->a);
	size_t k = wanted(x, n->c, 1);

	if (over == NULL || k == 0 || k == SIZE_MAX)
		return;
	if (module < MODULE_COUNT && !audit_applies(x, module)) {
		die(x);
		return;
	}
	if (n->n < COND_MAX_VARS)
		x->var[n->n] = (struct audit_interval){ 1, 0 };
	if (over->op == COND_RANGE) {
		struct audit_range from = audit_range_of(x, over->a),
				   to = audit_range_of(x, over->b);
		if (from.never || to.never || from.lo > to.hi) {
			die(x);
			return;
		}
		if (n->n < COND_MAX_VARS)
			x->var[n->n] = (struct audit_interval){ from.lo, to.hi };
	}
	const struct audit_fact *before = x->w->facts;
	audit_assume(x, n->b, true);
	leave_loop(x, before);
}

/* ---- the node */

static void assume_and(struct audit_assume *x, const struct cond_node *n, bool truth)
{
	if (n->a > x->code.n_pool || n->b > x->code.n_pool - n->a)
		return;
	const uint32_t *child = x->code.pool + n->a;
	bool each = (n->op == COND_AND) == truth;
	if (!each) {
		assume_one_of(x, child, n->b, truth);
		return;
	}
	/* what a later one says may settle an earlier one */
	for (unsigned round = 0; round < (x->depth <= 2 ? 2 : 1); round++)
		for (uint32_t i = 0; i < n->b && !x->w->dead; i++)
			audit_assume(x, child[i], truth);
}

static void assume_leaf(struct audit_assume *x, uint32_t number, bool truth)
{
	uint32_t module = audit_module_of(&x->code, number);

	if (module == MODULE_COUNT)
		return;
	if (module == MODULE_CONSOLE) {
		if (!truth)
			die(x); /* it prints, and is true */
		return;
	}
	if (truth)
		audit_need_module(x, module);
}

static void assume_number(struct audit_assume *x, uint32_t a, bool truth)
{
	struct audit_range r = audit_range_of(x, a);

	if (a < x->code.n_nodes && x->code.node[a].kind == VALUE_STRING) {
		uint32_t module = audit_module_of(&x->code, a);
		if (truth && module < MODULE_COUNT)
			audit_need_module(x, module);
		return;
	}
	uint32_t of = audit_module_of(&x->code, a);
	if (truth && of < MODULE_COUNT)
		audit_need_module(x, of);
	if (truth ? r.never || (r.lo == 0 && r.hi == 0)
		  : !r.undefined && !r.never && (r.lo > 0 || r.hi < 0))
		die(x);
	else if (a < x->code.n_nodes && (truth || !r.undefined))
		audit_narrow(x, a, truth ? COND_NE : COND_EQ,
			     (struct audit_range){ 0, 0, false, false });
}

static void assume_node(struct audit_assume *x, uint32_t number, const struct cond_node *n,
			bool truth)
{
	size_t n_rules;
	const struct ir_rule *rule = ruleset_rules(x->set, &n_rules);

	switch (n->op) {
	case COND_TRUE:
	case COND_FALSE:
		if ((n->op == COND_TRUE) != truth)
			die(x);
		break;
	case COND_FOUND:
		assume_found(x, n->a, truth);
		break;
	case COND_FOUND_AT:
	case COND_FOUND_IN:
		if (truth)
			assume_placed(x, n);
		break;
	case COND_RULE:
		if (n->a < n_rules && x->rule_depth < MAX_RULE_DEPTH) {
			x->rule_depth++;
			audit_assume(x, rule[n->a].root, truth);
			x->rule_depth--;
		}
		break;
	case COND_NOT:
		audit_assume(x, n->a, !truth);
		break;
	case COND_DEFINED:
		if (truth && audit_module_of(&x->code, n->a) < MODULE_COUNT)
			audit_need_module(x, audit_module_of(&x->code, n->a));
		else if (truth && n->a < x->code.n_nodes && x->code.node[n->a].kind == VALUE_INT &&
			 audit_range_of(x, n->a).never)
			die(x);
		break;
	case COND_TO_BOOL:
		assume_number(x, n->a, truth);
		break;
	case COND_AND:
	case COND_OR:
		assume_and(x, n, truth);
		break;
	case COND_OF:
	case COND_FOR_OF:
		assume_of(x, n, truth);
		break;
	case COND_FOR_IN:
		if (truth)
			assume_loop(x, n);
		break;
	case COND_WITH:
		audit_assume(x, n->b, truth);
		break;
	case COND_FIELD:
	case COND_CALL:
	case COND_INDEX:
	case COND_LOOKUP:
		assume_leaf(x, number, truth);
		break;
	default:
		if (n->op >= COND_EQ && n->op <= COND_MATCHES)
			audit_compare(x, n, truth);
		break;
	}
}

void audit_assume(struct audit_assume *x, uint32_t root, bool truth)
{
	if (root >= x->code.n_nodes || x->depth > AUDIT_MAX_DEPTH || x->w->dead || x->failed ||
	    x->steps == 0)
		return;
	x->steps--;
	x->depth++;
	assume_node(x, root, &x->code.node[root], truth);
	x->depth--;
}
