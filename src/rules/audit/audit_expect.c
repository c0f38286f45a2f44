/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_expect.h"

#include "format/modules.h"
#include "rules/audit/audit_assume.h"
#include "rules/audit/audit_text.h"

#include <math.h>
#include <string.h>

enum {
	MAX_STEPS = 20000, /* nodes that are looked at */
	MAX_DEPTH = 100,
	MAX_SET = 256,       /* members of a set */
	GAP_BITS = 4,        /* that a gap leaves open: how long it is */
	CLASS_BITS = 3,      /* that a byte of some says */
	MAX_WORK = 64 << 20, /* bytes that one string is read with, and that are known of all */
};

/* The chance that something is true, as far as it is known. */
struct chance {
	double least, most;
};

static const struct chance unknown = { 0, 1 };

/* What was found out of a string. */
struct known {
	uint32_t string;
	struct known *next;
	double chance[ORDINARY_KINDS];
};

struct expect {
	const struct ruleset *set;
	struct cond_code code;
	const struct ordinary *ordinary;
	struct arena *arena, *work; /* for one rule, and for one string */
	struct known *known;
	enum ordinary_kind kind;
	unsigned depth;
	uint64_t steps;
};

static struct chance sure(bool truth) { return (struct chance){ truth, truth }; }
static struct chance chance_of(struct expect *x, uint32_t number);

/* ---- strings */

/* The rarest of the runs of bytes between what may be anything; of several, that they come together
 * is as rare as all of their bytes. */
static double chance_of_bytes(const struct expect *x, enum ordinary_kind kind,
			      const struct audit_bytes *b, bool wide, bool fold)
{
	uint8_t run[2 * AUDIT_MAX_BYTES];
	double least = 1, bits = 0;
	size_t n = 0, runs = 0, parts = 0;

	for (size_t i = 0; i <= b->n; i++) {
		if (i < b->n && b->kind[i] == UNIT_LITERAL) {
			run[n++] = b->byte[i];
			if (wide)
				run[n++] = 0;
			continue;
		}
		if (n != 0) {
			bits += ordinary_bits(kind, run, n);
			parts++;
		}
		if (i < b->n)
			bits += b->kind[i] == UNIT_GAP ? -GAP_BITS : CLASS_BITS;
		if (n >= 2) {
			least = fmin(least, ordinary_chance(x->ordinary, kind, run, n, fold));
			runs++;
		}
		n = 0;
	}
	if (parts > 1)
		least = fmin(least, ordinary_by_bits(kind, bits));
	return runs != 0 ? least : 0; /* nothing is known of what is all classes */
}

/* Of a string, for every kind: it is read once. */
static void chances_of_string(const struct expect *x, const struct pattern_source *s,
			      double most[ORDINARY_KINDS])
{
	bool fold = (s->flags & PATTERN_NOCASE) != 0, wide = (s->flags & PATTERN_WIDE) != 0;
	bool narrow = !wide || (s->flags & PATTERN_ASCII) != 0;
	struct audit_bytes b;

	for (enum ordinary_kind kind = 0; kind < ORDINARY_KINDS; kind++)
		most[kind] = 0;
	arena_reset(x->work);
	for (unsigned k = 0; k < AUDIT_MAX_EXAMPLES; k++) {
		b.n = 0;
		if ((s->flags & (PATTERN_XOR | PATTERN_BASE64 | PATTERN_BASE64WIDE)) != 0 ||
		    !audit_render(s, x->work, k, &b))
			break;
		for (enum ordinary_kind kind = 0; kind < ORDINARY_KINDS; kind++) {
			if (narrow)
				most[kind] =
					fmax(most[kind], chance_of_bytes(x, kind, &b, false, fold));
			if (wide)
				most[kind] =
					fmax(most[kind], chance_of_bytes(x, kind, &b, true, fold));
		}
	}
	for (enum ordinary_kind kind = 0; kind < ORDINARY_KINDS; kind++)
		most[kind] /= (s->flags & PATTERN_FULLWORD) != 0 ? 2 : 1;
}

static double chance_of_string(struct expect *x, uint32_t string)
{
	size_t n;
	const struct ir_string *all = ruleset_strings(x->set, &n);
	struct known *k = x->known;

	if (string >= n)
		return 0;
	while (k != NULL && k->string != string)
		k = k->next;
	if (k == NULL) {
		k = arena_array(x->arena, 1, sizeof *k);
		if (k == NULL)
			return 0;
		*k = (struct known){ .string = string, .next = x->known };
		chances_of_string(x, &all[string].pattern, k->chance);
		x->known = k;
	}
	return k->chance[x->kind];
}

static struct chance chance_of_found(struct expect *x, uint32_t string)
{
	double c = chance_of_string(x, string);

	return (struct chance){ c, c };
}

static const struct cond_node *node_of(const struct expect *x, uint32_t number)
{
	return number < x->code.n_nodes ? &x->code.node[number] : NULL;
}

static bool is_number(const struct expect *x, uint32_t number, int64_t *value)
{
	const struct cond_node *n = node_of(x, number);

	if (n == NULL || n->op != COND_INT)
		return false;
	*value = cond_int(n);
	return true;
}

/* Do bytes stand at the beginning of files of the kind? */
static struct chance chance_of_head(const struct expect *x, const uint8_t *bytes, size_t n)
{
	struct span head = ordinary_head(x->kind);
	size_t k = n < head.n ? n : head.n;

	if (memcmp(bytes, head.p, k) != 0)
		return sure(false);
	return k == n && n != 0 ? sure(true) : unknown;
}

/* $a at b */
static struct chance chance_of_place(struct expect *x, const struct cond_node *n)
{
	uint8_t bytes[16];
	int64_t at;
	size_t all;
	const struct ir_string *s = ruleset_strings(x->set, &all);

	if (n->a < all && is_number(x, n->b, &at) && at == 0 && ordinary_head(x->kind).n != 0)
		return chance_of_head(x, bytes, audit_first_bytes(&s[n->a], bytes, sizeof bytes));
	return (struct chance){ 0, chance_of_string(x, n->a) };
}

/* ---- comparisons */

/* uint16(0) == 0x5A4D, uint32(uint32(0x3C)) == 0x4550 */
static struct chance chance_of_read(const struct expect *x, const struct cond_node *read,
				    int64_t value)
{
	const struct cond_node *place = node_of(x, read->a);
	uint8_t bytes[8];
	unsigned n = read->n & COND_READ_BYTES;
	int64_t at;

	if (place == NULL || n > sizeof bytes)
		return unknown;
	if (place->op == COND_READ && is_number(x, place->a, &at) && at == 0x3C)
		return sure(x->kind == ORDINARY_WINDOWS && (value & 0xFFFF) == 0x4550);
	if (!is_number(x, read->a, &at) || at != 0 || ordinary_head(x->kind).n == 0)
		return unknown;
	for (unsigned i = 0; i < n; i++) {
		unsigned shift = (read->n & COND_READ_BIG) != 0 ? n - 1 - i : i;
		bytes[i] = (uint8_t)((uint64_t)value >> 8 * shift);
	}
	return chance_of_head(x, bytes, n);
}

/* Files are as often between 1 and 10 KB as between 1 and 10 MB. */
static struct chance chance_of_size(unsigned op, int64_t size)
{
	double below = size < 1024 ? 0 : fmin(log10((double)size / 1024) / 4, 1);

	switch (op) {
	case COND_LT:
	case COND_LE:
		return (struct chance){ below, below };
	case COND_GT:
	case COND_GE:
		return (struct chance){ 1 - below, 1 - below };
	default:
		return op == COND_NE ? sure(true) : sure(false);
	}
}

/* #a > n: matches come one after the other, as drops of rain do. */
static struct chance chance_of_count(struct expect *x, uint32_t string, unsigned op, int64_t n)
{
	double once = fmin(chance_of_string(x, string), 1 - 1e-9), mean = -log(1 - once);
	double one = exp(-mean), below = 0;

	if (op == COND_EQ || op == COND_NE || n > 1000)
		return unknown;
	n += op == COND_GT || op == COND_LE;
	for (int64_t k = 0; k < n; k++) {
		below += one;
		one *= mean / (double)(k + 1);
	}
	below = fmin(below, 1);
	return op == COND_LT || op == COND_LE ? (struct chance){ below, below }
					      : (struct chance){ 1 - below, 1 - below };
}

static struct chance chance_of_compare(struct expect *x, const struct cond_node *n)
{
	const struct cond_node *left = node_of(x, n->a);
	int64_t value;

	if (left == NULL || !is_number(x, n->b, &value))
		return unknown;
	if (left->op == COND_READ && n->op == COND_EQ)
		return chance_of_read(x, left, value);
	if (left->op == COND_FILESIZE)
		return chance_of_size(n->op, value);
	if (left->op == COND_COUNT)
		return chance_of_count(x, left->a, n->op, value);
	return unknown;
}

/* ---- modules */

/* What a module says of files that are not its own is nothing; of its own, that it imports what
 * is named stands in it as text. */
static struct chance chance_of_module(const struct expect *x, uint32_t number)
{
	uint32_t module = audit_module_of(&x->code, number);
	const struct cond_node *n = node_of(x, number);

	switch (module) {
	case MODULE_COUNT:
		return unknown;
	case MODULE_PE:
	case MODULE_DOTNET:
		if (x->kind != ORDINARY_WINDOWS)
			return sure(false);
		break;
	case MODULE_ELF:
		if (x->kind != ORDINARY_UNIX)
			return sure(false);
		break;
	case MODULE_MACHO:
	case MODULE_DEX:
	case MODULE_LNK:
		return sure(false);
	default:
		return unknown;
	}
	const struct field *field = audit_field_of(&x->code, number);
	if (field == NULL || n->op != COND_CALL || strcmp(field->name, "imports") != 0)
		return field != NULL && strcmp(field->name, "is_pe") == 0 ? sure(true) : unknown;
	double least = 1;
	for (uint16_t i = 0; i < n->n && n->c + i < x->code.n_pool; i++) {
		const struct cond_node *text = node_of(x, x->code.pool[n->c + i]);
		if (text == NULL || text->op != COND_STRING)
			return unknown;
		struct span s = span_cut(x->code.text, text->a, text->b);
		least = fmin(least, ordinary_chance(x->ordinary, x->kind, s.p, s.n, true));
	}
	return (struct chance){ least, 1 };
}

/* ---- sets */

/* At least k of the n. */
static double at_least(const double *p, size_t n, size_t k)
{
	double of[MAX_SET + 1] = { 1 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 2; j-- > 0;)
			of[j] = (j <= i ? of[j] * (1 - p[i]) : 0) + (j > 0 ? of[j - 1] * p[i] : 0);
	for (size_t j = k; j <= n; j++)
		sum += of[j];
	return fmin(sum, 1);
}

static bool wanted(const struct expect *x, uint32_t quantifier, size_t n, size_t *k)
{
	const struct cond_node *q = node_of(x, quantifier);
	int64_t value;

	if (q == NULL)
		return false;
	if (q->op == COND_ALL || q->op == COND_ANY) {
		*k = q->op == COND_ALL ? n : 1;
		return true;
	}
	if (!is_number(x, q->op == COND_PERCENT ? q->a : quantifier, &value) || value < 1)
		return false;
	*k = q->op == COND_PERCENT ? (size_t)(((uint64_t)value * n + 99) / 100) : (size_t)value;
	return true;
}

static struct chance chance_of_set(struct expect *x, const struct cond_node *n)
{
	const struct cond_node *set = node_of(x, n->a);
	double least[MAX_SET], most[MAX_SET];
	size_t k, n_rules;
	const struct ir_rule *rule = ruleset_rules(x->set, &n_rules);

	if (set == NULL ||
	    (set->op != COND_STRINGS && set->op != COND_RULES && set->op != COND_LIST) ||
	    set->b > MAX_SET || set->a > x->code.n_pool || set->b > x->code.n_pool - set->a ||
	    !wanted(x, n->c, set->b, &k) || n->b != COND_NONE)
		return unknown;
	for (uint32_t i = 0; i < set->b; i++) {
		uint32_t member = x->code.pool[set->a + i];
		struct chance c = set->op == COND_STRINGS ? chance_of_found(x, member)
				  : set->op == COND_LIST  ? chance_of(x, member)
				  : member < n_rules      ? chance_of(x, rule[member].root)
							  : unknown;
		least[i] = c.least;
		most[i] = c.most;
	}
	return (struct chance){ at_least(least, set->b, k), at_least(most, set->b, k) };
}

static struct chance chance_of_all(struct expect *x, const struct cond_node *n)
{
	struct chance all = sure(n->op == COND_AND);

	if (n->a > x->code.n_pool || n->b > x->code.n_pool - n->a)
		return unknown;
	for (uint32_t i = 0; i < n->b; i++) {
		struct chance c = chance_of(x, x->code.pool[n->a + i]);
		if (n->op == COND_AND) {
			all.least *= c.least;
			all.most *= c.most;
		} else {
			all.least = 1 - (1 - all.least) * (1 - c.least);
			all.most = 1 - (1 - all.most) * (1 - c.most);
		}
	}
	return all;
}

static struct chance chance_of_node(struct expect *x, uint32_t number, const struct cond_node *n)
{
	size_t n_rules;
	const struct ir_rule *rule = ruleset_rules(x->set, &n_rules);
	struct chance c;

	switch (n->op) {
	case COND_TRUE:
	case COND_FALSE:
		return sure(n->op == COND_TRUE);
	case COND_FOUND:
		return chance_of_found(x, n->a);
	case COND_FOUND_AT:
		return chance_of_place(x, n);
	case COND_FOUND_IN:
		return (struct chance){ 0, chance_of_string(x, n->a) };
	case COND_RULE:
		return n->a < n_rules ? chance_of(x, rule[n->a].root) : unknown;
	case COND_NOT:
		c = chance_of(x, n->a);
		return (struct chance){ 1 - c.most, 1 - c.least };
	case COND_TO_BOOL:
		return chance_of(x, n->a);
	case COND_AND:
	case COND_OR:
		return chance_of_all(x, n);
	case COND_OF:
		return chance_of_set(x, n);
	case COND_FIELD:
	case COND_CALL:
		return chance_of_module(x, number);
	default:
		break;
	}
	if (n->op < COND_EQ || n->op > COND_MATCHES)
		return unknown;
	c = chance_of_module(x, n->a);
	if (c.most == 0)
		return c; /* of what is undefined nothing is true */
	return n->op <= COND_GE ? chance_of_compare(x, n) : unknown;
}

static struct chance chance_of(struct expect *x, uint32_t number)
{
	const struct cond_node *n = node_of(x, number);

	if (n == NULL || x->depth >= MAX_DEPTH || x->steps == 0)
		return unknown;
	x->steps--;
	x->depth++;
	struct chance c = chance_of_node(x, number, n);
	x->depth--;
	return c;
}

double audit_expect(const struct ruleset *set, uint32_t rule, const struct ordinary *o)
{
	size_t n;
	const struct ir_rule *r = ruleset_rules(set, &n);
	struct arena arena, work;
	double sum = 0;

	arena_init(&arena, MAX_WORK);
	arena_init(&work, MAX_WORK);
	struct expect x = {
		.set = set,
		.code = ruleset_code(set),
		.ordinary = o,
		.arena = &arena,
		.work = &work,
	};
	for (x.kind = 0; x.kind < ORDINARY_KINDS; x.kind++) {
		x.steps = MAX_STEPS;
		sum += chance_of(&x, r[rule].root).least / ORDINARY_KINDS;
	}
	arena_release(&work);
	arena_release(&arena);
	return sum * 1e6;
}
