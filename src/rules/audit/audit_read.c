/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_read.h"

#include "rules/audit/audit_text.h"
#include "rules/operands.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_NODES = 40,     /* nodes deep */
	MIN_RELATED = 4,    /* bytes that only letters need satisfy, to be taken for a word */
	TRIAL_STEPS = 2000, /* what trying all values of two bytes costs */
};

static bool is_constant(const struct cond_code *code, uint32_t node)
{
	return node < code->n_nodes && code->node[node].op == COND_INT;
}

static bool is_unsigned(const struct cond_node *read) { return (read->n & COND_READ_SIGNED) == 0; }

/* The place of a read: what of it is not constant (COND_NONE: nothing), and the rest. */
static uint32_t place_of(const struct cond_code *code, uint32_t node, int64_t *at)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MAX_NODES && node < code->n_nodes; i++) {
		const struct cond_node *n = &code->node[node];
		bool add = n->op == COND_ADD;
		if (n->op == COND_INT) {
			sum += (uint64_t)cond_int(n);
			*at = (int64_t)sum;
			return COND_NONE;
		}
		if ((add || n->op == COND_SUB) && is_constant(code, n->b)) {
			uint64_t k = (uint64_t)cond_int(&code->node[n->b]);
			sum = add ? sum + k : sum - k;
			node = n->a;
		} else if (add && is_constant(code, n->a)) {
			sum += (uint64_t)cond_int(&code->node[n->a]);
			node = n->b;
		} else {
			break;
		}
	}
	*at = (int64_t)sum;
	return node;
}

/* ---- the reads of an expression */

struct reads {
	uint32_t first; /* the first that was found */
	bool other;     /* there is another one, or something else that is not constant */
	bool several;   /* there is another one */
};

static void find_reads(const struct cond_code *code, uint32_t node, struct reads *r, unsigned depth)
{
	struct operands o;

	if (node >= code->n_nodes || depth == 0) {
		r->other = true;
		return;
	}
	const struct cond_node *n = &code->node[node];
	if (n->op == COND_READ) {
		r->several |= r->first != COND_NONE && !audit_same(code, r->first, node);
		r->other |= r->several;
		r->first = r->first != COND_NONE ? r->first : node;
		return;
	}
	bool operation = (n->op >= COND_ADD && n->op <= COND_SHR) || n->op == COND_NEG ||
			 n->op == COND_BITNOT;
	if (n->op == COND_INT)
		return;
	if (!operation || !operands_of(code, node, &o)) {
		r->other = true;
		return;
	}
	for (size_t i = 0; i < o.n_one; i++)
		find_reads(code, o.one[i], r, depth - 1);
}

/* ---- by trying each value */

static int64_t value_of(const struct cond_code *code, uint32_t node, int64_t read, bool *ok)
{
	const struct cond_node *n = &code->node[node];
	uint64_t a, b = 0;

	if (n->op == COND_INT)
		return cond_int(n);
	if (n->op == COND_READ)
		return read;
	a = (uint64_t)value_of(code, n->a, read, ok);
	if (n->op == COND_NEG)
		return (int64_t)(0 - a);
	if (n->op == COND_BITNOT)
		return (int64_t)~a;
	b = (uint64_t)value_of(code, n->b, read, ok);
	switch (n->op) {
	case COND_ADD:
		return (int64_t)(a + b);
	case COND_SUB:
		return (int64_t)(a - b);
	case COND_MUL:
		return (int64_t)(a * b);
	case COND_DIV:
	case COND_MOD:
		if ((int64_t)b <= 0) {
			*ok = false;
			return 0;
		}
		return n->op == COND_DIV ? (int64_t)a / (int64_t)b : (int64_t)a % (int64_t)b;
	case COND_BITAND:
		return (int64_t)(a & b);
	case COND_BITOR:
		return (int64_t)(a | b);
	case COND_BITXOR:
		return (int64_t)(a ^ b);
	case COND_SHL:
		return b < 64 ? (int64_t)(a << b) : 0;
	default:
		return b < 64 ? (int64_t)(a >> b) : 0;
	}
}

static void put(uint64_t set[4], unsigned byte) { set[byte / 64] |= 1ull << byte % 64; }

/* Which of the values of one or two bytes satisfy it? */
static void by_trial(struct audit_assume *x, uint32_t node, const struct cond_node *read,
		     unsigned op, int64_t value, uint64_t set[8][4])
{
	unsigned size = read->n & COND_READ_BYTES;
	bool big = (read->n & COND_READ_BIG) != 0;

	memset(set, 0, 8 * sizeof *set);
	x->steps -= size == 2 && x->steps > TRIAL_STEPS ? TRIAL_STEPS : 0;
	for (unsigned v = 0; v < (size == 1 ? 256u : 65536u); v++) {
		int64_t seen = v;
		bool ok = true;
		if (!is_unsigned(read))
			seen = size == 1 ? (int8_t)v : (int16_t)v;
		if (!cond_compares(op, value_of(&x->code, node, seen, &ok), value) && ok)
			continue;
		put(set[size == 2 && big ? 1 : 0], v & 0xFF);
		put(set[size == 2 && !big ? 1 : 0], size == 1 ? v : v >> 8);
	}
}

/* ---- by undoing the operations from the outside in */

struct bits {
	uint64_t value, known; /* of `value`, which bits are */
	bool impossible, lost;
};

/* child op k == *b (or k op child, `turned`): what is the child? */
static void undo(struct bits *b, unsigned op, uint64_t k, bool turned)
{
	bool low = (b->known & (b->known + 1)) == 0; /* all bits up to one: sums can be undone */

	switch (op) {
	case COND_ADD:
		b->value -= k;
		b->lost |= !low;
		break;
	case COND_SUB:
		b->value = turned ? k - b->value : b->value + k;
		b->lost |= !low;
		break;
	case COND_BITXOR:
		b->value ^= k;
		break;
	case COND_BITAND:
		b->impossible |= (b->value & b->known & ~k) != 0;
		b->known &= k;
		break;
	case COND_BITOR:
		b->impossible |= (~b->value & b->known & k) != 0;
		b->known &= ~k;
		break;
	case COND_SHL:
		b->lost |= turned || k > 63;
		b->value >>= k & 63;
		b->known >>= k & 63;
		break;
	case COND_SHR:
		b->lost |= turned || k > 63;
		b->value <<= k & 63;
		b->known <<= k & 63;
		break;
	default:
		b->lost = true;
		break;
	}
}

static struct bits solve(const struct cond_code *code, uint32_t node, int64_t value)
{
	struct bits b = { .value = (uint64_t)value, .known = UINT64_MAX };

	while (code->node[node].op != COND_READ && !b.lost) {
		const struct cond_node *n = &code->node[node];
		if (n->op == COND_NEG || n->op == COND_BITNOT) {
			b.lost |= n->op == COND_NEG && b.known != UINT64_MAX;
			b.value = n->op == COND_NEG ? 0 - b.value : ~b.value;
			node = n->a;
			continue;
		}
		bool turned = is_constant(code, n->a);
		if (!turned && !is_constant(code, n->b)) {
			b.lost = true;
			break;
		}
		undo(&b, n->op, (uint64_t)cond_int(&code->node[turned ? n->a : n->b]), turned);
		node = turned ? n->b : n->a;
	}
	return b;
}

static bool by_undoing(const struct cond_code *code, uint32_t node, const struct cond_node *read,
		       int64_t value, uint64_t set[8][4], bool *impossible)
{
	unsigned size = read->n & COND_READ_BYTES;
	struct bits b = solve(code, node, value);

	*impossible = b.impossible;
	if (b.lost || b.impossible)
		return false;
	if (size < 8 && is_unsigned(read) && (b.value & b.known) >> (8 * size) != 0) {
		*impossible = true;
		return false;
	}
	memset(set, 0, 8 * sizeof *set);
	for (unsigned k = 0; k < size; k++) {
		unsigned at = (read->n & COND_READ_BIG) != 0 ? size - 1 - k : k;
		uint64_t known = b.known >> (8 * k) & 0xFF;
		for (unsigned v = 0; v < 256; v++)
			if (((v ^ (b.value >> (8 * k))) & known) == 0)
				put(set[at], v);
	}
	return true;
}

/* ---- what is kept */

static void keep(struct audit_assume *x, const struct cond_node *read, uint64_t set[8][4])
{
	unsigned size = read->n & COND_READ_BYTES;
	int64_t at = 0;
	uint32_t base = place_of(&x->code, read->a, &at);

	for (unsigned i = 0; i < size && !x->w->dead; i++) {
		audit_fact_byte(x, base, at + i, set[i]);
		uint64_t *s = set[i];
		int only = -1, n = 0;
		for (unsigned v = 0; v < 256; v++)
			if ((s[v / 64] >> v % 64 & 1) != 0) {
				only = (int)v;
				n++;
			}
		if (base != COND_NONE || n != 1 || at < 0 || at + i >= AUDIT_HEAD)
			continue;
		if (x->w->known[at + i] && x->w->head[at + i] != only)
			x->w->dead = true;
		x->w->known[at + i] = true;
		x->w->head[at + i] = (uint8_t)only;
	}
}

static void keep_seen(struct audit_assume *x, const struct cond_node *read)
{
	uint64_t all[8][4];

	memset(all, 0xFF, sizeof all);
	if ((read->n & COND_READ_BYTES) <= 8)
		keep(x, read, all);
}

static void seen(struct audit_assume *x, uint32_t node, unsigned depth)
{
	struct operands o;

	if (node >= x->code.n_nodes || depth == 0 || x->steps == 0)
		return;
	x->steps--;
	if (x->code.node[node].op == COND_READ) {
		keep_seen(x, &x->code.node[node]);
		return;
	}
	if (!operands_of(&x->code, node, &o))
		return;
	for (size_t i = 0; i < o.n_one; i++)
		seen(x, o.one[i], depth - 1);
}

void audit_read_seen(struct audit_assume *x, uint32_t node) { seen(x, node, MAX_NODES); }

void audit_read_narrow(struct audit_assume *x, uint32_t node, unsigned op, int64_t value)
{
	struct reads r = { .first = COND_NONE };
	uint64_t set[8][4];
	bool impossible = false, known;

	find_reads(&x->code, node, &r, MAX_NODES);
	if (r.first == COND_NONE)
		return;
	if (r.other) {
		audit_read_seen(x, node);
		return;
	}
	const struct cond_node *read = &x->code.node[r.first];
	unsigned size = read->n & COND_READ_BYTES;
	if (size == 0 || size > 8)
		return;
	known = op == COND_EQ && by_undoing(&x->code, node, read, value, set, &impossible);
	if (!known && !impossible && (size == 1 || (size == 2 && op != COND_NE))) {
		by_trial(x, node, read, op, value, set);
		known = true;
	}
	if (impossible)
		x->w->dead = true;
	else if (known)
		keep(x, read, set);
	else if (op != COND_NE)
		keep_seen(x, read);
}

/* ---- words among them */

static unsigned size_of(const uint64_t set[4])
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(set[i]);
	return n;
}

static bool can_be_letter(const uint64_t set[4])
{
	/* @A-Z and `a-z, high bytes, and the space */
	return (set[1] & 0x07FFFFFE07FFFFFEull) != 0 || set[2] != 0 || set[3] != 0 ||
	       (set[0] & 1ull << ' ') != 0;
}

static int by_place(const void *a, const void *b)
{
	const struct audit_fact *p = *(const struct audit_fact *const *)a;
	const struct audit_fact *q = *(const struct audit_fact *const *)b;

	/* of one place the latest first: it holds what the others say */
	return p->at != q->at ? (p->at < q->at ? -1 : 1) : q->n < p->n ? -1 : q->n > p->n;
}

/* A run of bytes in a document, each one of a set. */
static void judge_run(struct audit_assume *x, const struct audit_fact *const *f, size_t n)
{
	uint32_t base = f[0]->node;
	unsigned op = base < x->code.n_nodes ? x->code.node[base].op : COND_ERROR;
	bool fixed = base == COND_NONE, running = op == COND_VAR || op == COND_OFFSET;
	uint64_t set[AUDIT_MAX_FACTS][4];
	struct audit_bytes e;
	size_t free = 0, letters = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(set[i], f[i]->set, sizeof set[i]);
		free += size_of(set[i]) == 256;
		letters += can_be_letter(set[i]);
	}
	if (free == n && n < MIN_RELATED)
		return;
	enum audit_text text = AUDIT_TEXT_COMMON;
	if (n - free >= 3 || (free == 0 && n >= 3)) {
		audit_render_sets((const uint64_t(*)[4])set, n, &e);
		text = audit_classify(&e);
	}
	if (text != AUDIT_TEXT_CODE && free != 0 && n >= MIN_RELATED && letters == n && running)
		text = AUDIT_TEXT_CONTENT;
	if (text == AUDIT_TEXT_CONTENT)
		x->spelled = true;
	if ((text == AUDIT_TEXT_CONTENT && !x->content) || (text == AUDIT_TEXT_CODE && !fixed))
		x->w->dead = true;
}

/* Those of the facts that are about one base, by place. */
static void judge_base(struct audit_assume *x, const struct audit_fact **f, size_t n)
{
	size_t kept = 0;

	qsort(f, n, sizeof *f, by_place);
	for (size_t i = 0; i < n; i++) {
		unsigned size = size_of(f[i]->set);
		if ((kept != 0 && f[kept - 1]->at == f[i]->at) || (size > 200 && size != 256))
			continue;
		f[kept++] = f[i];
	}
	for (size_t from = 0, to; from < kept && !x->w->dead; from = to) {
		to = from + 1;
		while (to < kept && f[to]->at == f[to - 1]->at + 1)
			to++;
		judge_run(x, f + from, to - from);
	}
}

void audit_read_judge(struct audit_assume *x, const struct audit_fact *until, bool loop)
{
	const struct audit_fact *all[AUDIT_MAX_FACTS], *of_one[AUDIT_MAX_FACTS];
	size_t n = 0;

	for (const struct audit_fact *f = x->w->facts; f != NULL && f != until; f = f->older)
		if (f->kind == FACT_BYTE && (f->node == COND_NONE) != loop && n < AUDIT_MAX_FACTS)
			all[n++] = f;
	while (n != 0 && !x->w->dead) {
		size_t left = 0, taken = 0;
		uint32_t base = all[0]->node;
		for (size_t i = 0; i < n; i++) {
			bool same = base == all[i]->node ||
				    (base != COND_NONE && all[i]->node != COND_NONE &&
				     audit_same(&x->code, base, all[i]->node));
			if (same)
				of_one[taken++] = all[i];
			else
				all[left++] = all[i];
		}
		judge_base(x, of_one, taken);
		n = left;
	}
}
