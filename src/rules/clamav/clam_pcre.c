/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/clamav/clam_pcre.h"

#include <pcre2.h>

enum {
	MAX_HEAP_KIB = 16 << 10, /* for going back */
	MAX_NESTING = 100,       /* parentheses in parentheses */
	MESSAGE = 160
};

/* PCRE2 gives nothing back before the arena is reset. */
static void *take(size_t n, void *arena) { return arena_alloc(arena, n); }
static void give_back(void *p, void *arena)
{
	(void)p;
	(void)arena;
}

static int step(pcre2_callout_block *b, void *ctx)
{
	uint64_t *steps = ctx;

	(void)b;
	if (*steps == 0)
		return PCRE2_ERROR_CALLOUT;
	--*steps;
	return 0;
}

/* ---- compiling */

static const struct {
	char letter;
	uint32_t option;
} options[] = {
	{ 'i', PCRE2_CASELESS }, { 's', PCRE2_DOTALL },   { 'm', PCRE2_MULTILINE },
	{ 'x', PCRE2_EXTENDED }, { 'A', PCRE2_ANCHORED }, { 'E', PCRE2_DOLLAR_ENDONLY },
	{ 'U', PCRE2_UNGREEDY },
};

static bool read_flag(struct clam_pcre *p, uint8_t c, uint32_t *option, struct error *e)
{
	if (c == 'g')
		return p->all = true;
	if (c == 'r')
		return p->rolling = true;
	if (c == 'e')
		return p->within = true;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (options[i].letter == (char)c) {
			*option |= options[i].option;
			return true;
		}
	return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
			 "an unknown flag of a regular expression; g r e i s m x A E U are known");
}

static bool compile(struct clam_pcre *p, uint32_t option, struct error *e)
{
	pcre2_general_context *memory = pcre2_general_context_create(take, give_back, p->arena);
	pcre2_compile_context *how = memory != NULL ? pcre2_compile_context_create(memory) : NULL;
	pcre2_match_context *match = memory != NULL ? pcre2_match_context_create(memory) : NULL;
	PCRE2_UCHAR text[MESSAGE] = "";
	PCRE2_SIZE at = 0;
	int rc = 0;

	if (how == NULL || match == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an expression");
	pcre2_set_parens_nest_limit(how, MAX_NESTING);
	pcre2_set_heap_limit(match, MAX_HEAP_KIB);
	p->context = match;
	p->code = pcre2_compile(p->pattern.p, p->pattern.n, option, &rc, &at, how);
	if (p->code == NULL) {
		pcre2_get_error_message(rc, text, sizeof text);
		return error_set(e, p->arena->spent ? REASON_MEMORY : REASON_DAMAGED, at,
				 "regular expression: %s", (const char *)text);
	}
	p->data = pcre2_match_data_create(1, memory);
	return p->data != NULL ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an expression");
}

bool clam_pcre_new(struct arena *a, struct span pattern, struct span flags, struct clam_pcre **out,
		   struct error *e)
{
	struct clam_pcre *p = arena_alloc(a, sizeof *p);
	uint32_t option = PCRE2_NEVER_UTF | PCRE2_AUTO_CALLOUT;

	if (pattern.n > CLAM_PCRE_MAX)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "an expression of over %d bytes",
				 CLAM_PCRE_MAX);
	const uint8_t *text = arena_copy(a, pattern.p, pattern.n);
	const uint8_t *letters = arena_copy(a, flags.p, flags.n);
	if (p == NULL || text == NULL || letters == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an expression");
	p->arena = a;
	p->pattern = (struct span){ text, pattern.n };
	p->flags = (struct span){ letters, flags.n };
	for (size_t i = 0; i < flags.n; i++)
		if (!read_flag(p, flags.p[i], &option, e))
			return false;
	if (!compile(p, option, e))
		return false;
	*out = p;
	return true;
}

/* ---- matching */

/* Where it is looked for, and how far a match may start; false where there is no such place. */
static bool part_of(const struct clam_pcre *p, const struct clam_search *q, struct span *part,
		    uint64_t *last)
{
	*part = q->text;
	*last = UINT64_MAX;
	if (!q->placed)
		return true;
	if (q->low < 0 || (uint64_t)q->low >= q->text.n || q->shift < 0)
		return false;
	*part = span_cut(q->text, (uint64_t)q->low, q->text.n);
	if (q->shift == 0)
		return true;
	if (p->within)
		*part = span_cut(*part, 0, (uint64_t)q->shift);
	else
		*last = (uint64_t)q->shift;
	return true;
}

static bool failed(int rc, struct error *e)
{
	if (rc == PCRE2_ERROR_NOMEMORY)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "memory");
	return error_set(e, REASON_LIMIT, PLACE_NONE,
			 "limit:steps: a regular expression (PCRE2 error %d)", rc);
}

bool clam_pcre_count(const struct clam_pcre *p, const struct clam_search *q, uint64_t *steps,
		     int64_t *count, struct error *e)
{
	struct span part;
	uint64_t last;
	PCRE2_SIZE at = 0;

	*count = 0;
	if (!part_of(p, q, &part, &last))
		return true;
	uint32_t how = q->placed && !p->rolling && q->shift == 0 ? PCRE2_ANCHORED : 0;
	*steps -= *steps < part.n ? *steps : part.n;
	pcre2_set_callout(p->context, step, steps);
	do {
		int rc = pcre2_match(p->code, part.p, part.n, at, how, p->data, p->context);
		if (rc == PCRE2_ERROR_NOMATCH || rc == PCRE2_ERROR_PARTIAL)
			break;
		if (rc < 0)
			return failed(rc, e);
		const PCRE2_SIZE *where = pcre2_get_ovector_pointer(p->data);
		if (where[0] > last)
			break;
		++*count;
		at = where[1] > at ? where[1] : at + 1; /* an empty one is not found for ever */
	} while (p->all && at < part.n);
	return true;
}
