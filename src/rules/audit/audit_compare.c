/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"
#include "rules/audit/audit_read.h"

#include <math.h>
#include <string.h>

/* ---- comparisons */

static unsigned opposite(unsigned op)
{
	static const uint8_t of[] = {
		[COND_EQ] = COND_NE, [COND_NE] = COND_EQ, [COND_LT] = COND_GE,
		[COND_LE] = COND_GT, [COND_GT] = COND_LE, [COND_GE] = COND_LT
	};
	return of[op];
}

static unsigned turned(unsigned op)
{
	static const uint8_t of[] = {
		[COND_EQ] = COND_EQ, [COND_NE] = COND_NE, [COND_LT] = COND_GT,
		[COND_LE] = COND_GE, [COND_GT] = COND_LT, [COND_GE] = COND_LE
	};
	return of[op];
}

static bool possible(unsigned op, struct audit_range a, struct audit_range b)
{
	switch (op) {
	case COND_EQ:
		return a.lo <= b.hi && b.lo <= a.hi;
	case COND_NE:
		return !(a.lo == a.hi && b.lo == b.hi && a.lo == b.lo);
	case COND_LT:
		return a.lo < b.hi;
	case COND_LE:
		return a.lo <= b.hi;
	case COND_GT:
		return a.hi > b.lo;
	default:
		return a.hi >= b.lo;
	}
}

/* Is it a number that has no place of its own in a world? */
static bool is_opaque(const struct cond_node *n)
{
	switch (n->op) {
	case COND_FIELD:
	case COND_CALL:
	case COND_INDEX:
	case COND_LOOKUP:
	case COND_OFFSET:
	case COND_LENGTH:
	case COND_READ:
	case COND_VAR:
	case COND_MOD:
	case COND_BITAND:
		return true;
	default:
		return false;
	}
}

/* filesize - 1024 == 4096: what follows for the one side that is not constant. */
static void narrow_sum(struct audit_assume *x, const struct cond_node *n, unsigned op,
		       struct audit_range b)
{
	const struct cond_node *l = &x->code.node[n->a], *r = &x->code.node[n->b];
	bool left = l->op == COND_INT;
	double c = (double)cond_int(left ? l : r);

	if (left == (r->op == COND_INT) || fabs(c) > 9e15 || n->kind != VALUE_INT ||
	    x->depth > AUDIT_MAX_DEPTH)
		return;
	struct audit_range other = audit_range_of(x, left ? n->b : n->a), to = b;
	if (!(other.lo > -9e15 && other.hi < 9e15)) /* it might wrap */
		return;
	if (n->op == COND_SUB && left) {
		to.lo = c - b.hi;
		to.hi = c - b.lo;
		op = turned(op);
	} else {
		to.lo = n->op == COND_ADD ? b.lo - c : b.lo + c;
		to.hi = n->op == COND_ADD ? b.hi - c : b.hi + c;
	}
	x->depth++;
	audit_narrow(x, left ? n->b : n->a, op, to);
	x->depth--;
}

void audit_narrow(struct audit_assume *x, uint32_t node, unsigned op, struct audit_range b)
{
	const struct cond_node *n = &x->code.node[node];
	double lo = -INFINITY, hi = INFINITY;

	bool whole = n->kind == VALUE_INT;

	if (op == COND_EQ || op == COND_GT || op == COND_GE)
		lo = op == COND_GT && whole ? floor(b.lo) + 1 : b.lo;
	if (op == COND_EQ || op == COND_LT || op == COND_LE)
		hi = op == COND_LT && whole ? ceil(b.hi) - 1 : b.hi;
	size_t i =
		n->op == COND_COUNT || n->op == COND_COUNT_IN ? audit_index_of(x, n->a) : SIZE_MAX;
	if (n->op == COND_FILESIZE)
		audit_limit(x, &x->w->size, lo, hi);
	else if (n->op == COND_COUNT && i < x->strings.n)
		audit_limit(x, &x->w->count[i], op == COND_NE && b.lo == 0 && b.hi == 0 ? 1 : lo,
			    hi);
	else if (i < x->strings.n) /* of those within a range there may be fewer */
		audit_limit(x, &x->w->count[i], op == COND_NE && b.lo == 0 && b.hi == 0 ? 1 : lo,
			    INFINITY);
	else if (n->op == COND_ADD || n->op == COND_SUB)
		narrow_sum(x, n, op, b);
	else if (is_opaque(n) && (lo != -INFINITY || hi != INFINITY))
		audit_fact_range(x, node, lo, hi);
	if (n->kind == VALUE_INT && b.lo == b.hi && fabs(b.lo) < 9e15 && !x->w->dead)
		audit_read_narrow(x, node, op, (int64_t)b.lo);
}

/* ---- texts */

static bool is_call_of(const struct audit_assume *x, uint32_t node, uint32_t module)
{
	return node < x->code.n_nodes && x->code.node[node].op == COND_CALL &&
	       audit_module_of(&x->code, node) == module;
}

/* How many characters a digest that a function answers has; 0: it answers something else. */
static size_t digest_size(const struct audit_assume *x, uint32_t node)
{
	static const struct {
		const char *name;
		size_t n;
	} all[] = { { "md5", 32 }, { "sha1", 40 }, { "sha256", 64 }, { "imphash", 32 } };
	const struct field *f = audit_field_of(&x->code, node);

	if (f == NULL || x->code.node[node].op != COND_CALL)
		return 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(f->name, all[i].name) == 0)
			return all[i].n;
	return 0;
}

/* Can a digest be written so?  They are compared byte by byte, and written in small letters. */
static bool is_digest(struct span text, size_t n)
{
	if (text.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (memchr("0123456789abcdef", text.p[i], 16) == NULL)
			return false;
	return true;
}

/* A digest of so few bytes that it stands for a word that the rule does not show. */
static bool is_hidden_word(struct audit_assume *x, uint32_t node)
{
	enum { FEW = 64 };

	if (!is_call_of(x, node, MODULE_HASH) || x->code.node[node].n != 2 ||
	    x->code.node[node].c >= x->code.n_pool - 1)
		return false;
	struct audit_range n = audit_range_of(x, x->code.pool[x->code.node[node].c + 1]);
	return !n.never && n.hi <= FEW;
}

static void see_hidden_word(struct audit_assume *x, uint32_t node)
{
	if (!x->document || !is_hidden_word(x, node))
		return;
	x->spelled = true;
	if (!x->content)
		x->w->dead = true;
}

/* What a library says of a file that is a program. */
static bool names_program(struct span text)
{
	static const char *const words[] = { "executable", "PE32",      "ELF",
					     "Mach-O",     "script",    "DOS",
					     "dosexec",    "sharedlib", "object" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (memmem(text.p, text.n, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

static void compare_texts(struct audit_assume *x, const struct cond_node *n, bool truth)
{
	for (unsigned i = 0; i < 2 && truth && !x->w->dead; i++) {
		uint32_t node = i == 0 ? n->a : n->b, other = i == 0 ? n->b : n->a;
		uint32_t module = audit_module_of(&x->code, node);
		const struct cond_node *o = &x->code.node[other];
		if (module >= MODULE_COUNT)
			continue;
		audit_need_module(x, module);
		if (o->op != COND_STRING || x->w->dead)
			continue;
		struct span text = span_cut(x->code.text, o->a, o->b);
		size_t size = digest_size(x, node);
		if (n->op == COND_EQ && size != 0 && !is_digest(text, size))
			x->w->dead = true;
		else if (n->op == COND_EQ)
			audit_fact_text(x, node, other);
		if (n->op != COND_NE)
			see_hidden_word(x, node);
		if (x->document && module == MODULE_MAGIC && n->op != COND_NE &&
		    names_program(text))
			x->w->dead = true;
	}
}

/* ---- numbers */

/* What of a side is not constant, and the constant that is added to it. */
static uint32_t term_of(const struct audit_assume *x, uint32_t node, double *sum)
{
	for (unsigned i = 0; i < 8; i++) {
		const struct cond_node *n = &x->code.node[node];
		if (n->op != COND_ADD && n->op != COND_SUB)
			break;
		const struct cond_node *k = &x->code.node[n->b], *l = &x->code.node[n->a];
		if (k->op == COND_INT && fabs((double)cond_int(k)) < 9e15) {
			*sum += n->op == COND_ADD ? (double)cond_int(k) : -(double)cond_int(k);
			node = n->a;
		} else if (n->op == COND_ADD && l->op == COND_INT &&
			   fabs((double)cond_int(l)) < 9e15) {
			*sum += (double)cond_int(l);
			node = n->b;
		} else {
			break;
		}
	}
	return node;
}

/* @a[1] and @a[2]: matches are counted from the first on. */
static bool is_earlier(const struct audit_assume *x, uint32_t a, uint32_t b)
{
	const struct cond_node *p = &x->code.node[a], *q = &x->code.node[b];

	if (p->op != COND_OFFSET || q->op != COND_OFFSET || p->a != q->a || p->a == COND_NONE)
		return false;
	struct audit_range i = { 1, 1, false, false }, k = i;
	if (p->b < x->code.n_nodes && x->code.node[p->b].op == COND_INT)
		i.lo = (double)cond_int(&x->code.node[p->b]);
	else if (p->b != COND_NONE)
		return false;
	if (q->b < x->code.n_nodes && x->code.node[q->b].op == COND_INT)
		k.lo = (double)cond_int(&x->code.node[q->b]);
	else if (q->b != COND_NONE)
		return false;
	return i.lo < k.lo;
}

/* a op b, of which neither is constant: which is the greater? */
static void order(struct audit_assume *x, uint32_t a, unsigned op, uint32_t b)
{
	double more_a = 0, more_b = 0;
	uint32_t p = term_of(x, a, &more_a), q = term_of(x, b, &more_b);
	double d = more_b - more_a, strict = op == COND_LT || op == COND_GT ? 1 : 0;

	if (x->code.node[p].op == COND_INT || x->code.node[q].op == COND_INT ||
	    x->code.node[p].kind != VALUE_INT || op == COND_NE)
		return;
	if (is_earlier(x, p, q))
		audit_fact_order(x, p, q, -1);
	else if (is_earlier(x, q, p))
		audit_fact_order(x, q, p, -1);
	if (op != COND_GT && op != COND_GE)
		audit_fact_order(x, p, q, d - strict);
	if (op != COND_LT && op != COND_LE && !x->w->dead)
		audit_fact_order(x, q, p, -d - strict);
}

/* The number is defined: so its module has something to say of the file. */
static void need_module_of(struct audit_assume *x, uint32_t node)
{
	uint32_t module = audit_module_of(&x->code, node);
	const struct field *f = audit_field_of(&x->code, node);

	if (module < MODULE_COUNT && (f == NULL || !(f->everywhere || f->constant)))
		audit_need_module(x, module);
}

void audit_compare(struct audit_assume *x, const struct cond_node *n, bool truth)
{
	unsigned op = n->op;

	if (n->a >= x->code.n_nodes || n->b >= x->code.n_nodes)
		return;
	unsigned kind = x->code.node[n->a].kind;
	if (kind == VALUE_STRING || op > COND_GE) {
		compare_texts(x, n, truth);
		return;
	}
	if (kind != VALUE_INT && kind != VALUE_FLOAT)
		return;
	struct audit_range a = audit_range_of(x, n->a), b = audit_range_of(x, n->b);
	if (a.never || b.never) {
		x->w->dead |= truth;
		return;
	}
	bool maybe_undefined = a.undefined || b.undefined;
	if (!truth)
		op = opposite(op);
	if (!possible(op, a, b)) {
		x->w->dead |= truth || !maybe_undefined;
		return;
	}
	if (!truth && maybe_undefined)
		return; /* false for having no value: nothing follows */
	if (truth && op != COND_NE) {
		see_hidden_word(x, n->a);
		see_hidden_word(x, n->b);
	}
	if (truth) {
		need_module_of(x, n->a);
		need_module_of(x, n->b);
	}
	audit_narrow(x, n->a, op, b);
	audit_narrow(x, n->b, turned(op), a);
	if (x->w->dead || a.lo == a.hi || b.lo == b.hi)
		return;
	order(x, n->a, op, n->b);
	if (x->document && truth) {
		audit_read_seen(x, n->a);
		audit_read_seen(x, n->b);
	}
}
