/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern_format.h"

bool pattern_head_of(struct span blob, struct pattern_head *out)
{
	if (blob.n < sizeof *out)
		return false;
	memcpy(out, blob.p, sizeof *out);
	return out->magic == PATTERN_MAGIC;
}

/* Record i of `size` bytes in a table at `at`. */
static bool record(struct span blob, size_t at, size_t i, size_t size, void *out)
{
	at += i * size;
	if (at > blob.n || size > blob.n - at)
		return false;
	memcpy(out, blob.p + at, size);
	return true;
}

static size_t anchors_at(const struct pattern_head *h)
{
	return sizeof *h + h->n_variants * sizeof(struct pattern_variant);
}

bool pattern_variant_of(struct span blob, const struct pattern_head *h, size_t i,
			struct pattern_variant *out)
{
	return i < h->n_variants && record(blob, sizeof *h, i, sizeof *out, out);
}

bool pattern_anchor_of(struct span blob, const struct pattern_head *h, size_t i,
		       struct pattern_anchor_record *out)
{
	return i < h->n_anchors && record(blob, anchors_at(h), i, sizeof *out, out);
}

static size_t pieces_at(const struct pattern_head *h)
{
	return anchors_at(h) + h->n_anchors * sizeof(struct pattern_anchor_record);
}

bool pattern_piece_of(struct span blob, const struct pattern_head *h, size_t i,
		      struct pattern_piece *out)
{
	return i < h->n_pieces && record(blob, pieces_at(h), i, sizeof *out, out);
}

bool pattern_near_of(struct span blob, const struct pattern_head *h, struct body_near out[2])
{
	uint8_t one[2 * PATTERN_NEAR_SIZE];
	size_t at = pieces_at(h) + h->n_pieces * sizeof(struct pattern_piece);

	if ((h->flags & PATTERN_HAS_NEAR) == 0 || !record(blob, at, 0, sizeof one, one))
		return false;
	for (size_t i = 0; i < 2; i++) {
		const uint8_t *p = one + i * PATTERN_NEAR_SIZE;
		out[i] = (struct body_near){
			.value = p[0], .mask = p[1], .min = p[2], .max = p[3], .wanted = p[4] != 0
		};
	}
	return true;
}

size_t pattern_n_anchors(struct span blob)
{
	struct pattern_head h;

	return pattern_head_of(blob, &h) && (h.flags & PATTERN_IS_UNANCHORED) == 0 ? h.n_anchors
										   : 0;
}

bool pattern_anchor(struct span blob, size_t i, struct pattern_anchor *out)
{
	struct pattern_head h;
	struct pattern_anchor_record a;
	struct pattern_variant v = { 0 };

	if (!pattern_head_of(blob, &h) || !pattern_anchor_of(blob, &h, i, &a) || a.at > blob.n ||
	    a.n > blob.n - a.at || a.n == 0 || a.n > PATTERN_ANCHOR_MAX)
		return false;
	bool masked = (a.flags & PATTERN_IS_MASKED) != 0;
	if (masked && a.n > blob.n - a.at - a.n)
		return false;
	if ((a.flags & PATTERN_IS_XOR) != 0 && !pattern_variant_of(blob, &h, a.variant, &v))
		return false;
	*out = (struct pattern_anchor){ .bytes = { blob.p + a.at, a.n },
					.mask = { blob.p + a.at + a.n, masked ? a.n : 0u },
					.fold = (a.flags & PATTERN_IS_FOLD) != 0,
					.xored = (a.flags & PATTERN_IS_XOR) != 0,
					.xor_min = v.xor_min,
					.xor_max = v.xor_max,
					.whole = (a.flags & PATTERN_IS_WHOLE) != 0 };
	return true;
}

bool pattern_is_chain(struct span blob)
{
	struct pattern_head h;

	return pattern_head_of(blob, &h) && h.n_pieces != 0;
}

bool pattern_is_literal(struct span blob)
{
	struct pattern_head h;

	if (!pattern_head_of(blob, &h) || h.n_pieces != 0)
		return false;
	for (size_t i = 0; i < h.n_variants; i++) {
		struct pattern_variant v;
		if (!pattern_variant_of(blob, &h, i, &v) || v.form != PATTERN_LITERAL)
			return false;
	}
	return true;
}

bool pattern_is_plain(struct span blob, unsigned n_forms)
{
	struct pattern_piece first;
	struct pattern_head h;

	if (!pattern_head_of(blob, &h))
		return false;
	if (h.n_pieces != 0) {
		if (!pattern_piece_of(blob, &h, 0, &first))
			return false;
		blob = span_cut(blob, first.at, first.n);
	}
	return pattern_is_literal(blob) && pattern_head_of(blob, &h) && h.n_variants == n_forms;
}
