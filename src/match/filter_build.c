/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "match/filter.h"
#include "match/filter_format.h"
#include "match/filter_impl.h"
#include "match/rarity.h"

#include <math.h>

/* ---- where in an anchor to look */

/* Keys seen so far, hashed, so that anchors do not crowd into one bucket. */
struct crowd {
	uint16_t *count;
	unsigned log;
};

static uint16_t *crowd_of(const struct crowd *c, uint64_t key)
{
	return &c->count[filter_bucket(key, c->log)];
}

static uint64_t key_of(const uint8_t *p, bool xored)
{
	uint8_t eight[8] = { 0 };

	memcpy(eight, p, 6);
	return filter_key(filter_load(eight), xored ? &filter_key_delta : &filter_key_grams);
}

/* The start of the eight bytes whose three windows are, at the worst of them, rarest. */
static size_t best_run(const struct filter_anchor *a, const struct crowd *crowd)
{
	size_t best = 0;
	int most = -100000;

	for (size_t q = 0; q + FILTER_LONG_ANCHOR <= a->bytes.n; q++) {
		int least = 100000;
		for (size_t s = 0; s < FILTER_STEP; s++) {
			const uint8_t *p = a->bytes.p + q + s;
			int there = *crowd_of(crowd, key_of(p, a->xored));
			int r = (int)rarity_of(p, 6) - (there < 64 ? there : 64);
			if (r < least)
				least = r;
		}
		if (least > most) {
			most = least;
			best = q;
		}
	}
	return best;
}

/* A window of four bytes of a short or holed anchor, and which of them count. */
struct core {
	size_t from;
	unsigned shape;
	unsigned rarity;
	bool found;
};

/* Does byte k of the window at q count in this shape?  (See filter_key_bytes.) */
static bool counts(unsigned shape, size_t k) { return shape == 0 || k != 4 - shape; }

static bool exact_at(const struct filter_anchor *a, size_t i)
{
	return i < a->bytes.n && (a->mask.n == 0 || a->mask.p[i] == 0xff);
}

static struct core best_core(const struct filter_anchor *a)
{
	struct core best = { 0 };

	for (size_t q = 0; q + FILTER_MIN_ANCHOR <= a->bytes.n; q++)
		for (unsigned shape = 0; shape < FILTER_SHAPES; shape++) {
			unsigned rarity = 0, run = 0;
			bool ok = true;
			for (size_t k = 0; k < 4; k++) {
				if (!counts(shape, k))
					continue;
				ok = ok && exact_at(a, q + k);
				run++;
			}
			if (!ok || run < 3)
				continue;
			if (shape <= 1)
				rarity = rarity_of(a->bytes.p + q, run);
			else
				for (size_t k = 0; k < 4; k++)
					rarity += counts(shape, k)
							  ? rarity_of(a->bytes.p + q + k, 1) * 3 / 4
							  : 0;
			if (!best.found || rarity > best.rarity)
				best = (struct core){ q, shape, rarity, true };
		}
	return best;
}

static uint64_t core_key(const struct filter_anchor *a, const struct core *c)
{
	uint8_t eight[8] = { 0 };
	size_t n = a->bytes.n - c->from < 4 ? a->bytes.n - c->from : 4;

	memcpy(eight, a->bytes.p + c->from, n);
	return filter_key(filter_load(eight), &filter_key_bytes[c->shape]);
}

static bool is_sampled(const struct filter_anchor *a)
{
	return a->bytes.n >= FILTER_LONG_ANCHOR && a->mask.n == 0;
}

static bool takes(const struct filter_anchor *a)
{
	if (a->bytes.n > FILTER_MAX_ANCHOR || (a->mask.n != 0 && a->mask.n != a->bytes.n))
		return false;
	return is_sampled(a) ||
	       (!a->xored && a->bytes.n >= FILTER_MIN_ANCHOR && best_core(a).found);
}

bool filter_samples(const struct filter_anchor *a)
{
	return takes(a) && is_sampled(a) && !a->xored;
}

double filter_cost(const struct filter_anchor *a)
{
	if (!takes(a))
		return INFINITY;
	if (!is_sampled(a))
		return 1e6 * exp2(-(double)best_core(a).rarity / 4.0);
	unsigned most = 0;
	for (size_t q = 0; q + FILTER_LONG_ANCHOR <= a->bytes.n; q++) {
		unsigned least = rarity_of(a->bytes.p + q, 6);
		for (size_t s = 1; s < FILTER_STEP; s++) {
			unsigned r = rarity_of(a->bytes.p + q + s, 6);
			least = r < least ? r : least;
		}
		most = least > most ? least : most;
	}
	return 1e6 / FILTER_STEP * exp2(-(double)most / 4.0);
}

/* ---- the exact index */

struct window {
	uint64_t key;
	uint32_t anchor;
	uint8_t back; /* bytes from the anchor's start */
	uint8_t shape;
};

static unsigned log_for(size_t n)
{
	unsigned log = 1;

	while ((size_t)1 << log < n)
		log++;
	return log;
}

/* Entries sorted by bucket, in the order of their anchors within one: a counting sort. */
static bool put_index(struct buf *out, const struct window *w, size_t n, struct arena *a,
		      size_t origin, struct filter_index *x)
{
	unsigned log = log_for(n + 1);
	size_t buckets = (size_t)1 << log;
	uint32_t *start = arena_array(a, buckets + 2, sizeof *start);
	struct filter_entry *entry = arena_array(a, n, sizeof *entry);

	if (start == NULL || entry == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		start[filter_bucket(w[i].key, log) + 2]++;
	for (size_t b = 2; b < buckets + 2; b++)
		start[b] += start[b - 1];
	for (size_t i = 0; i < n; i++)
		entry[start[filter_bucket(w[i].key, log) + 1]++] = (struct filter_entry){
			.tag = filter_tag(w[i].key) << 8 | w[i].back,
			.anchor = w[i].anchor,
		};
	*x = (struct filter_index){ .log = log, .n = (uint32_t)n };
	buf_align(out, 64);
	x->start_at = (uint32_t)(out->n - origin);
	buf_put(out, start, (buckets + 1) * sizeof *start);
	buf_align(out, 64);
	x->entry_at = (uint32_t)(out->n - origin);
	buf_put(out, entry, n * sizeof *entry);
	return buf_ok(out);
}

/* A bit table that is at most 1/12 full, and at least 16 KiB so that hashing is worth it. */
static bool put_bits(struct buf *out, const struct window *w, size_t n, size_t origin,
		     uint32_t *log_out, uint32_t *at_out)
{
	unsigned log = log_for(n * 24);

	log = log < 17 ? 17 : log > 27 ? 27 : log;
	buf_align(out, 64);
	size_t at = out->n;
	if (buf_grow(out, (size_t)1 << (log - 3)) == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t h = w[i].key * FILTER_HASH, word;
		uint8_t *p = out->p + at + (h >> filter_word_shift(log)) * sizeof word;
		memcpy(&word, p, sizeof word);
		word |= UINT64_C(1) << (h >> filter_bit_shift(log, 0) & 63) |
			UINT64_C(1) << (h >> filter_bit_shift(log, 1) & 63);
		memcpy(p, &word, sizeof word);
	}
	*log_out = log;
	*at_out = (uint32_t)(at - origin);
	return true;
}

/* ---- short anchors: buckets of alike windows */

static void mark_byte(struct filter_lut *lut, unsigned bucket, size_t k, uint8_t c)
{
	unsigned set = bucket / 8;
	uint8_t bit = (uint8_t)(1u << bucket % 8);

	lut->all[k][c] |= 1u << bucket;
	lut->exact[set][k][c] |= bit;
	lut->half[set][k][0][c & 15] |= bit;
	lut->half[set][k][1][c >> 4] |= bit;
}

static void mark(struct filter_lut *lut, unsigned bucket, const struct filter_anchor *a,
		 const struct window *w)
{
	for (size_t k = 0; k < 4; k++) {
		if (!counts(w->shape, k)) {
			for (unsigned c = 0; c < 256; c++)
				mark_byte(lut, bucket, k, (uint8_t)c);
			continue;
		}
		uint8_t c = a->bytes.p[w->back + k];
		mark_byte(lut, bucket, k, c);
		if (a->fold && c >= 'a' && c <= 'z')
			mark_byte(lut, bucket, k, (uint8_t)(c - 32));
	}
}

/* Orders windows by their bytes, so that neighbours have most of them in common (heap sort: no
 * recursion, no allocation, the same result everywhere). */
static bool before(const struct window *a, const struct window *b)
{
	uint64_t x = __builtin_bswap64(a->key), y = __builtin_bswap64(b->key);
	if (a->shape != b->shape)
		return a->shape < b->shape;
	return x != y ? x < y : a->anchor < b->anchor;
}

static void sift(struct window *w, size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && before(&w[child], &w[child + 1]))
			child++;
		if (!before(&w[root], &w[child]))
			return;
		struct window t = w[root];
		w[root] = w[child];
		w[child] = t;
	}
}

static void sort_windows(struct window *w, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(w, i, n);
	for (size_t i = n; i-- > 1;) {
		struct window t = w[0];
		w[0] = w[i];
		w[i] = t;
		sift(w, 0, i);
	}
}

/* How many of the `left` buckets the k windows from i on get, with those behind them in mind.  A
 * window of three bytes lets more by than one of four, and so weighs twice. */
static unsigned share_of_buckets(const struct window *w, size_t i, size_t n, size_t k,
				 unsigned left)
{
	size_t mine = k * (w[i].shape != 0 ? 2u : 1u), all = 0, later = 0;

	for (size_t j = i; j < n; j++)
		all += w[j].shape != 0 ? 2u : 1u;
	for (size_t j = i + k; j < n; j++)
		later += j == i + k || w[j].shape != w[j - 1].shape; /* shapes that still come */
	unsigned own = (unsigned)(mine * left / all);
	if (own + later > left)
		own = left - (unsigned)later;
	return own == 0 ? 1 : own;
}

static bool put_lut(struct buf *out, const struct filter_anchor *anchor, struct window *w, size_t n,
		    struct arena *a, size_t origin, struct filter_head *h)
{
	struct filter_lut *lut = arena_alloc(a, sizeof *lut);

	if (lut == NULL)
		return false;
	sort_windows(w, n);
	/* a bucket holds windows of one shape: a hole would open it for all */
	unsigned first = 0, left = FILTER_BYTE_SETS * 8;
	for (size_t i = 0, k; i < n; i += k) {
		for (k = 1; i + k < n && w[i + k].shape == w[i].shape; k++)
			continue;
		unsigned own = share_of_buckets(w, i, n, k, left);
		for (size_t j = 0; j < k; j++) {
			unsigned bucket = first + (unsigned)(j * own / k);
			mark(lut, bucket, &anchor[w[i + j].anchor], &w[i + j]);
		}
		first += own;
		left -= own;
	}
	buf_align(out, 64);
	h->lut_at = (uint32_t)(out->n - origin);
	buf_put(out, lut, sizeof *lut);
	return buf_ok(out);
}

/* ---- all together */

struct windows {
	struct window *grams, *delta, *bytes;
	size_t n_grams, n_delta, n_bytes;
};

static bool choose_windows(const struct filter_anchor *anchor, size_t n, struct arena *a,
			   struct windows *w)
{
	struct crowd crowd = { .log = log_for(4 * n + 1) };

	crowd.count = arena_array(a, (size_t)1 << crowd.log, sizeof *crowd.count);
	w->grams = arena_array(a, FILTER_STEP * n, sizeof *w->grams);
	w->delta = arena_array(a, FILTER_STEP * n, sizeof *w->delta);
	w->bytes = arena_array(a, n, sizeof *w->bytes);
	if (crowd.count == NULL || w->grams == NULL || w->delta == NULL || w->bytes == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct filter_anchor *an = &anchor[i];
		if (!is_sampled(an)) {
			struct core c = best_core(an);
			w->bytes[w->n_bytes++] =
				(struct window){ core_key(an, &c), (uint32_t)i, (uint8_t)c.from,
						 (uint8_t)c.shape };
			continue;
		}
		size_t q = best_run(an, &crowd);
		for (size_t s = q; s < q + FILTER_STEP; s++) {
			struct window one = { key_of(an->bytes.p + s, an->xored), (uint32_t)i,
					      (uint8_t)s, 0 };
			uint16_t *there = crowd_of(&crowd, one.key);
			*there = (uint16_t)(*there + (*there < UINT16_MAX));
			if (an->xored)
				w->delta[w->n_delta++] = one;
			else
				w->grams[w->n_grams++] = one;
		}
	}
	return true;
}

static bool put_tables(const struct filter_anchor *anchor, struct windows *w, struct buf *out,
		       size_t origin, struct arena *a, struct filter_head *h)
{
	if (w->n_grams != 0 &&
	    (!put_bits(out, w->grams, w->n_grams, origin, &h->grams_log, &h->grams_at) ||
	     !put_index(out, w->grams, w->n_grams, a, origin, &h->grams)))
		return false;
	if (w->n_delta != 0 &&
	    (!put_bits(out, w->delta, w->n_delta, origin, &h->delta_log, &h->delta_at) ||
	     !put_index(out, w->delta, w->n_delta, a, origin, &h->delta)))
		return false;
	if (w->n_bytes == 0)
		return true;
	if (!put_lut(out, anchor, w->bytes, w->n_bytes, a, origin, h) ||
	    !put_bits(out, w->bytes, w->n_bytes, origin, &h->bytes_log, &h->bytes_at))
		return false;
	/* put_lut() has sorted them by shape */
	for (size_t i = 0, n; i < w->n_bytes; i += n) {
		unsigned shape = w->bytes[i].shape;
		for (n = 1; i + n < w->n_bytes && w->bytes[i + n].shape == shape; n++)
			continue;
		if (!put_index(out, w->bytes + i, n, a, origin, &h->bytes[shape]))
			return false;
	}
	return true;
}

static void put_records(const struct filter_anchor *anchor, size_t n, struct buf *out,
			size_t origin, struct filter_head *h)
{
	uint32_t at = 0;

	buf_align(out, 64);
	h->n_anchors = (uint32_t)n;
	h->anchor_at = (uint32_t)(out->n - origin);
	for (size_t i = 0; i < n; i++) {
		const struct filter_anchor *a = &anchor[i];
		struct filter_record r = { .group = a->group,
					   .bytes_at = at,
					   .index = a->index,
					   .n = (uint8_t)a->bytes.n,
					   .flags = (uint8_t)((a->fold ? FILTER_IS_FOLD : 0) |
							      (a->xored ? FILTER_IS_XOR : 0) |
							      (a->mask.n != 0 ? FILTER_IS_MASKED
									      : 0)),
					   .xor_min = a->xor_min,
					   .xor_max = a->xor_max };
		buf_put(out, &r, sizeof r);
		at += (uint32_t)(a->bytes.n + a->mask.n);
	}
	buf_align(out, 64);
	h->pool_at = (uint32_t)(out->n - origin);
	h->pool_n = at;
	for (size_t i = 0; i < n; i++) {
		buf_put_span(out, anchor[i].bytes);
		buf_put_span(out, anchor[i].mask);
	}
}

bool filter_build(const struct filter_anchor *anchor, size_t n, struct buf *out, struct error *e)
{
	struct filter_head h = { .magic = FILTER_MAGIC };
	struct windows w = { 0 };
	struct arena a;
	bool ok = false;

	for (size_t i = 0; i < n; i++)
		if (!takes(&anchor[i]))
			return error_set(e, REASON_INTERNAL, PLACE_NONE,
					 "filter: an anchor of %zu bytes", anchor[i].bytes.n);
	arena_init(&a, SIZE_MAX);
	buf_align(out, 64);
	size_t origin = out->n;
	if (n > UINT32_MAX / FILTER_MAX_ANCHOR / 8) {
		error_set(e, REASON_LIMIT, PLACE_NONE, "filter: %zu anchors", n);
		goto out;
	}
	buf_grow(out, sizeof h);
	if (!choose_windows(anchor, n, &a, &w) || !put_tables(anchor, &w, out, origin, &a, &h)) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "filter: no memory for %zu anchors", n);
		goto out;
	}
	put_records(anchor, n, out, origin, &h);
	buf_align(out, 64);
	if (!buf_ok(out) || out->n - origin > UINT32_MAX) {
		error_set(e, REASON_LIMIT, PLACE_NONE, "filter: the table is too large");
		goto out;
	}
	memcpy(out->p + origin, &h, sizeof h);
	ok = true;
out:
	arena_release(&a);
	return ok;
}
