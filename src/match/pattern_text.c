/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern_build.h"
#include "match/rarity.h"

/* Text strings: plain, wide, under XOR, and in the three alignments of base64. */

enum { MAX_STARTS = 512, MAX_LOOK = MAX_STARTS + PATTERN_ANCHOR_MAX - 1 };

/* The rarest run of at most PATTERN_ANCHOR_MAX bytes. */
static size_t best_window(struct span s)
{
	unsigned rarity[MAX_STARTS];
	size_t best = 0, n = s.n < MAX_LOOK ? s.n : MAX_LOOK;

	if (n <= PATTERN_ANCHOR_MAX)
		return 0;
	rarity_of_runs(s.p, n, PATTERN_ANCHOR_MAX, rarity);
	for (size_t at = 0; at + PATTERN_ANCHOR_MAX <= n; at++)
		if (rarity[at] > rarity[best])
			best = at;
	return best;
}

bool build_literal(struct build *b, struct span bytes, bool fold, bool wide,
		   const struct build_xor * xor)
{
	struct pattern_variant v = { .form = PATTERN_LITERAL,
				     .n = (uint32_t)bytes.n,
				     .at = (uint32_t)b->data.n };
	size_t from = best_window(bytes);
	struct span run = span_cut(bytes, from, PATTERN_ANCHOR_MAX);
	unsigned flags = (fold ? PATTERN_IS_FOLD : 0u) | (xor != NULL ? PATTERN_IS_XOR : 0u);

	v.flags = (uint8_t)(flags | (wide ? PATTERN_IS_WIDE : 0u));
	v.from = (uint32_t)from;
	v.anchor = UINT32_MAX;
	if (xor != NULL) {
		v.xor_min = xor->min;
		v.xor_max = xor->max;
	}
	buf_put_span(&b->data, bytes);
	if (run.n == bytes.n && (b->flags & (PATTERN_IS_FULLWORD | PATTERN_HAS_MARKS)) == 0)
		flags |= PATTERN_IS_WHOLE;
	if (run.n >= 2) {
		struct pattern_anchor_record a = { .at = v.at + (uint32_t)from,
						   .n = (uint8_t)run.n,
						   .flags = (uint8_t)flags,
						   .variant = (uint16_t)b->n_variants };
		v.anchor = (uint32_t)(b->anchors.n / sizeof a);
		buf_put(&b->anchors, &a, sizeof a);
	}
	if (run.n < 2)
		b->notes |= PATTERN_NO_ANCHOR;
	else if (run.n < 4)
		b->notes |= PATTERN_SHORT_ANCHOR;
	return build_variant(b, &v);
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool widen(struct build *b, struct span s, struct span *out)
{
	uint8_t *p = arena_array(b->a, s.n, 2);

	if (p == NULL)
		return error_set(b->e, REASON_MEMORY, PLACE_NONE, "string: no memory");
	for (size_t i = 0; i < s.n; i++)
		p[2 * i] = s.p[i];
	*out = (struct span){ p, 2 * s.n };
	return true;
}

/*
 * What of s is sure to stand in the base64 of any text that holds s `before` bytes behind a
 * multiple of three: the characters that do not depend on the neighbours.
 */
static struct span encode(struct build *b, struct span s, size_t before, const uint8_t *alphabet)
{
	size_t bits = 8 * (before + s.n), first = (8 * before + 5) / 6, last = bits / 6;
	uint8_t *out = arena_alloc(b->a, last + 1);

	if (out == NULL || last <= first)
		return (struct span){ NULL, 0 };
	for (size_t c = first; c < last; c++) {
		unsigned v = 0;
		for (size_t bit = 6 * c; bit < 6 * c + 6; bit++) {
			size_t at = bit - 8 * before;
			v = v << 1 | (s.p[at / 8] >> (7 - at % 8) & 1u);
		}
		out[c - first] = alphabet[v];
	}
	return (struct span){ out, last - first };
}

static bool base64(struct build *b, struct span s, struct span alphabet, bool wide)
{
	static const uint8_t usual[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *letters = alphabet.n == 64 ? alphabet.p : usual;

	for (size_t before = 0; before < 3; before++) {
		struct span text = encode(b, s, before, letters);
		if (text.n == 0)
			continue;
		if (wide && !widen(b, text, &text))
			return false;
		if (!build_literal(b, text, false, wide, NULL))
			return false;
	}
	return true;
}

/* One form of the text (plain or wide) in all the ways that the modifiers ask for. */
static bool forms(struct build *b, const struct pattern_source *s, struct span text, bool wide)
{
	const struct build_xor xor = { s->xor_min, s->xor_max };

	if ((s->flags & (PATTERN_BASE64 | PATTERN_BASE64WIDE)) != 0)
		return ((s->flags & PATTERN_BASE64) == 0 || base64(b, text, s->alphabet, false)) &&
		       ((s->flags & PATTERN_BASE64WIDE) == 0 ||
			base64(b, text, s->alphabet_wide, true));
	if ((s->flags & PATTERN_NOCASE) != 0) {
		uint8_t *low = arena_copy(b->a, text.p, text.n);
		if (low == NULL)
			return error_set(b->e, REASON_MEMORY, PLACE_NONE, "string: no memory");
		for (size_t i = 0; i < text.n; i++)
			low[i] = lower(low[i]);
		return build_literal(b, (struct span){ low, text.n }, true, wide, NULL);
	}
	return build_literal(b, text, false, wide, (s->flags & PATTERN_XOR) != 0 ? &xor : NULL);
}

bool build_text(struct build *b, const struct pattern_source *s)
{
	struct span wide;

	if (s->text.n == 0)
		return error_set(b->e, REASON_DAMAGED, 0, "string: empty");
	if ((s->flags & PATTERN_ASCII) != 0 && !forms(b, s, s->text, false))
		return false;
	if ((s->flags & PATTERN_WIDE) != 0 &&
	    (!widen(b, s->text, &wide) || !forms(b, s, wide, true)))
		return false;
	if (b->n_variants == 0)
		return error_set(b->e, REASON_DAMAGED, 0,
				 "string: too short for base64: nothing of it is sure to be there");
	return true;
}
