/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_assume.h"

#include "format/modules.h"

#include <math.h>
#include <string.h>

/* Numbers of a condition as intervals, and what of a module is known without a file. */

size_t audit_string_index(const struct audit_strings *s, uint32_t number)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->number[mid] < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->number[lo] == number ? lo : SIZE_MAX;
}

/* ---- modules */

uint32_t audit_module_of(const struct cond_code *code, uint32_t node)
{
	for (unsigned depth = 0; node < code->n_nodes && depth < AUDIT_MAX_DEPTH; depth++) {
		const struct cond_node *n = &code->node[node];
		if (n->op == COND_MODULE)
			return n->a < MODULE_COUNT ? n->a : MODULE_COUNT;
		if (n->op != COND_FIELD && n->op != COND_CALL && n->op != COND_INDEX &&
		    n->op != COND_LOOKUP)
			break;
		node = n->a;
	}
	return MODULE_COUNT;
}

/* The table of the members of a struct that a node yields. */
static const struct field *table_of(const struct cond_code *code, uint32_t node, unsigned depth)
{
	if (node >= code->n_nodes || depth > 16)
		return NULL;
	const struct cond_node *n = &code->node[node];
	if (n->op == COND_MODULE)
		return n->a < MODULE_COUNT ? modules_all[n->a]->fields : NULL;
	if (n->op == COND_INDEX || n->op == COND_LOOKUP)
		return table_of(code, n->a, depth + 1);
	if (n->op != COND_FIELD)
		return NULL;
	const struct field *t = table_of(code, n->a, depth + 1);
	return t != NULL && n->b < field_count(t) ? t[n->b].members : NULL;
}

const struct field *audit_field_of(const struct cond_code *code, uint32_t node)
{
	if (node >= code->n_nodes ||
	    (code->node[node].op != COND_FIELD && code->node[node].op != COND_CALL))
		return NULL;
	const struct field *t = table_of(code, code->node[node].a, 0);
	return t != NULL && code->node[node].b < field_count(t) ? &t[code->node[node].b] : NULL;
}

/* ---- intervals */

static struct audit_range anything(void)
{
	return (struct audit_range){ -INFINITY, INFINITY, true, false };
}

static struct audit_range between(double lo, double hi)
{
	return (struct audit_range){ lo, hi, false, false };
}

static struct audit_range nothing(void)
{
	return (struct audit_range){ INFINITY, -INFINITY, true, true };
}

static struct audit_interval count_of(const struct audit_assume *x, uint32_t string)
{
	struct audit_interval any = { 0, PATTERN_MAX_MATCHES };

	if (string == COND_NONE && x->n_loops == 0)
		return any;
	size_t i = audit_string_index(&x->strings,
				      string == COND_NONE ? x->loop[x->n_loops - 1] : string);
	return i < x->strings.n ? x->w->count[i] : any;
}

bool audit_applies(const struct audit_assume *x, uint32_t module)
{
	/* no header is shorter; bytes that others must begin with */
	static const struct {
		uint32_t module;
		double size;
		const char *head;
	} forms[] = { { MODULE_PE, 64, "MZ" },       { MODULE_DOTNET, 64, "MZ" },
		      { MODULE_ELF, 52, "\177ELF" }, { MODULE_MACHO, 28, "" },
		      { MODULE_DEX, 112, "dex\n" },  { MODULE_LNK, 76, "L" } };

	if ((x->w->modules >> module & 1) == 0)
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (forms[i].module != module)
			continue;
		if (x->w->size.hi < forms[i].size)
			return false;
		for (size_t k = 0; forms[i].head[k] != '\0'; k++)
			if (x->w->known[k] && x->w->head[k] != (uint8_t)forms[i].head[k])
				return false;
	}
	return true;
}

void audit_need_module(struct audit_assume *x, uint32_t module)
{
	if (!audit_applies(x, module)) {
		x->w->dead = true;
		return;
	}
	if (module == MODULE_PE || module == MODULE_DOTNET)
		audit_know_head(x, 0, (const uint8_t *)"MZ", 2);
	else if (module == MODULE_ELF)
		audit_know_head(x, 0, (const uint8_t *)"\177ELF", 4);
}

/* What the functions of `math` can answer. */
static struct audit_range math_range(const struct audit_assume *x, const char *name)
{
	if (strcmp(name, "entropy") == 0) /* an ordinary file is neither constant nor empty */
		return (struct audit_range){ x->document ? 2 : 0, 8, !x->document, false };
	if (strcmp(name, "mean") == 0 || strcmp(name, "deviation") == 0 ||
	    strcmp(name, "mode") == 0)
		return (struct audit_range){ 0, 255, true, false };
	if (strcmp(name, "percentage") == 0 || strcmp(name, "in_range") == 0)
		return (struct audit_range){ 0, 1, true, false };
	if (strcmp(name, "serial_correlation") == 0)
		return (struct audit_range){ -100000, 1, true, false };
	if (strcmp(name, "count") == 0)
		return (struct audit_range){ 0, x->w->size.hi, true, false };
	return anything();
}

/* string.length("kmod") */
static struct audit_range string_range(const struct audit_assume *x, const struct cond_node *n,
				       const char *name)
{
	if (strcmp(name, "length") != 0 || n->op != COND_CALL || n->n != 1 ||
	    n->c >= x->code.n_pool || x->code.pool[n->c] >= x->code.n_nodes)
		return anything();
	const struct cond_node *text = &x->code.node[x->code.pool[n->c]];
	return text->op == COND_STRING ? between(text->b, text->b) : anything();
}

static struct audit_range member_range(const struct audit_assume *x, uint32_t node)
{
	uint32_t module = audit_module_of(&x->code, node);
	const struct field *f = audit_field_of(&x->code, node);

	if (f != NULL && f->kind == VALUE_INT && f->constant)
		return between((double)f->number, (double)f->number);
	if (module < MODULE_COUNT && !audit_applies(x, module))
		return f != NULL && f->everywhere ? between(0, 0) : nothing();
	if (module == MODULE_MATH && f != NULL)
		return math_range(x, f->name);
	if (module == MODULE_STRING && f != NULL)
		return string_range(x, &x->code.node[node], f->name);
	if (module == MODULE_PE && f != NULL && f->everywhere && strcmp(f->name, "is_pe") == 0)
		return between(x->w->head[0] == 'M' && x->w->known[0] ? 1 : 0, 1);
	if (f != NULL && strncmp(f->name, "number_of_", 10) == 0) {
		/* of an ordinary program they are read; those have two bytes in the header */
		bool few = strcmp(f->name, "number_of_sections") == 0;
		return (struct audit_range){ 0, few ? 65535 : 1e9, !x->document, false };
	}
	return anything();
}

bool audit_is_behind(const struct audit_assume *x, uint32_t node)
{
	const struct cond_node *n = &x->code.node[node];

	if (n->op == COND_ADD)
		return x->code.node[n->b].op == COND_INT && cond_int(&x->code.node[n->b]) >= 0 &&
		       x->code.node[n->a].op == COND_FILESIZE;
	return n->op == COND_FILESIZE;
}

/* uintN(at) */
static struct audit_range read_range(struct audit_assume *x, const struct cond_node *n)
{
	struct audit_range at = audit_range_of(x, n->a);
	unsigned size = n->n & COND_READ_BYTES;
	double all = ldexp(1, (int)(8 * size));
	uint64_t v = 0;

	if (at.never || at.hi < 0 || at.lo + size > x->w->size.hi || audit_is_behind(x, n->a))
		return nothing();
	bool sure = at.lo == at.hi && at.lo + size <= AUDIT_HEAD && size <= 8 && at.lo >= 0;
	for (unsigned i = 0; sure && i < size; i++) {
		size_t place = (size_t)at.lo + ((n->n & COND_READ_BIG) != 0 ? i : size - 1 - i);
		sure = x->w->known[place];
		v = v << 8 | x->w->head[place];
	}
	bool undefined = at.undefined || at.lo < 0 || at.hi + size > x->w->size.lo;
	if ((n->n & COND_READ_SIGNED) != 0)
		return (struct audit_range){ -all / 2, all / 2, undefined, false };
	return sure ? (struct audit_range){ (double)v, (double)v, undefined, false }
		    : (struct audit_range){ 0, all - 1, undefined, false };
}

/* !a[i]: a text is as long as it is written */
static struct audit_range length_range(const struct audit_assume *x, uint32_t string)
{
	size_t n;
	const struct ir_string *s = ruleset_strings(x->set, &n);

	if (string >= n || s[string].pattern.kind != PATTERN_TEXT ||
	    (s[string].pattern.flags & (PATTERN_BASE64 | PATTERN_BASE64WIDE)) != 0)
		return anything();
	double size = (double)s[string].pattern.text.n;
	bool wide = (s[string].pattern.flags & PATTERN_WIDE) != 0;
	return (struct audit_range){ size, wide ? 2 * size : size, true, false };
}

static struct audit_range arithmetic(struct audit_assume *x, const struct cond_node *n)
{
	struct audit_range a = audit_range_of(x, n->a), b = audit_range_of(x, n->b), r = a;

	if (a.never || b.never)
		return nothing();
	r.undefined = a.undefined || b.undefined;
	switch (n->op) {
	case COND_ADD:
		r.lo = a.lo + b.lo;
		r.hi = a.hi + b.hi;
		break;
	case COND_SUB:
		r.lo = a.lo - b.hi;
		r.hi = a.hi - b.lo;
		break;
	case COND_MUL:
		if (a.lo < 0 || b.lo < 0)
			return anything();
		r.lo = a.lo * b.lo;
		r.hi = a.hi == 0 || b.hi == 0 ? 0 : a.hi * b.hi;
		break;
	case COND_DIV:
		if (a.lo < 0 || b.lo < 1 || b.lo != b.hi)
			return anything();
		r.lo = n->kind == VALUE_FLOAT ? a.lo / b.lo : floor(a.lo / b.lo);
		r.hi = n->kind == VALUE_FLOAT ? a.hi / b.lo : floor(a.hi / b.lo);
		break;
	case COND_MOD:
		if (b.lo < 1 || b.lo != b.hi)
			return anything();
		r.lo = a.lo >= 0 ? 0 : 1 - b.hi;
		r.hi = b.hi - 1;
		break;
	case COND_BITAND: /* with what is not negative, no more than that */
		if (a.lo < 0 && b.lo < 0)
			return anything();
		r.lo = 0;
		r.hi = a.lo < 0 ? b.hi : b.lo < 0 ? a.hi : fmin(a.hi, b.hi);
		break;
	case COND_SHR:
		if (a.lo < 0 || b.lo < 0)
			return anything();
		r.lo = 0;
		break;
	default:
		return anything();
	}
	/* beyond 2^53 a double is not exact, and 64 bits wrap */
	if (isnan(r.lo) || isnan(r.hi) || r.hi > 9e15 || r.lo < -9e15)
		return anything();
	return r;
}

struct audit_range audit_range_of(struct audit_assume *x, uint32_t number)
{
	struct audit_interval count;
	struct audit_range r;

	if (number >= x->code.n_nodes || x->depth > AUDIT_MAX_DEPTH)
		return anything();
	const struct cond_node *n = &x->code.node[number];
	x->depth++;
	switch (n->op) {
	case COND_INT:
		r = between((double)cond_int(n), (double)cond_int(n));
		break;
	case COND_FLOAT:
		r = between(cond_float(n), cond_float(n));
		break;
	case COND_FILESIZE:
		r = between(x->w->size.lo, x->w->size.hi);
		break;
	case COND_COUNT:
	case COND_COUNT_IN:
		count = count_of(x, n->a);
		r = between(n->op == COND_COUNT ? count.lo : 0, count.hi);
		break;
	case COND_OFFSET:
		count = count_of(x, n->a);
		r = count.hi < 1 ? nothing()
				 : (struct audit_range){ 0, x->w->size.hi, true, false };
		break;
	case COND_LENGTH:
		r = length_range(x, n->a);
		break;
	case COND_VAR:
		r = n->a < COND_MAX_VARS && x->var[n->a].lo < x->var[n->a].hi
			    ? (struct audit_range){ x->var[n->a].lo, x->var[n->a].hi, true, false }
			    : anything();
		break;
	case COND_READ:
		r = read_range(x, n);
		break;
	case COND_TO_FLOAT:
		r = audit_range_of(x, n->a);
		break;
	case COND_ELSE_ZERO:
		r = audit_range_of(x, n->a);
		r = r.never ? between(0, 0)
			    : (struct audit_range){ r.lo < 0 ? r.lo : 0, r.hi > 0 ? r.hi : 0, false,
						    false };
		break;
	case COND_NEG:
		r = audit_range_of(x, n->a);
		if (!r.never)
			r = (struct audit_range){ -r.hi, -r.lo, r.undefined, false };
		break;
	case COND_FIELD:
	case COND_CALL:
	case COND_INDEX:
	case COND_LOOKUP:
		r = member_range(x, number);
		break;
	default:
		r = n->op >= COND_ADD && n->op <= COND_SHR ? arithmetic(x, n) : anything();
		break;
	}
	x->depth--;
	if (!r.never && n->op != COND_INT && x->w->facts != NULL) {
		audit_fact_known(x, number, &r.lo, &r.hi);
		if (r.lo > r.hi)
			r = nothing();
	}
	return r;
}
