/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/heap.h"
#include "match/filter.h"
#include "match/filter_buckets.h"
#include "match/filter_format.h"
#include "match/filter_window.h"

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

/* The bytes of an anchor next to the window of `width` bytes: behind it, or before if there are
 * more of them. */
static void set_beside(struct filter_entry *e, const struct filter_anchor *a, size_t width)
{
	size_t end = e->back + width, before = e->back < 4 ? e->back : 4;
	size_t behind = a->bytes.n <= end ? 0 : a->bytes.n - end < 4 ? a->bytes.n - end : 4;
	size_t from = behind >= before ? end : e->back - before;
	size_t n = behind >= before ? behind : before;
	uint32_t bytes = 0;
	unsigned which = 0;

	for (size_t k = 0; k < n && !a->xored; k++) {
		if (!filter_exact(a, from + k))
			continue;
		bytes |= (uint32_t)a->bytes.p[from + k] << (8 * k);
		which |= 1u << k;
	}
	e->beside = filter_fold(bytes);
	e->where = (uint8_t)((FILTER_BESIDE_BIAS + from - e->back) << 4 | which);
}

/* Room for n bytes at the end of the blob that begins at `origin`; where it is in that. */
static uint32_t room(struct buf *out, size_t n, size_t origin)
{
	buf_align(out, 64);
	size_t at = out->n - origin;
	(void)buf_grow(out, n);
	return (uint32_t)at;
}

/* Entries sorted by bucket, in the order of their anchors within one: a counting sort. */
static bool put_index(struct buf *out, const struct filter_anchor *anchor, const struct window *w,
		      size_t n, size_t width, struct arena *a, size_t origin,
		      struct filter_index *x)
{
	unsigned log = log_for(n + 1);
	size_t buckets = (size_t)1 << log;
	uint32_t *start = arena_array(a, buckets + 2, sizeof *start);
	uint16_t *spots = arena_array(a, buckets, sizeof *spots);

	if (start == NULL || spots == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t spot = filter_spot(w[i].key, log);
		start[(spot >> 4) + 2]++;
		spots[spot >> 4] |= (uint16_t)(1u << (spot & 15));
	}
	for (size_t b = 2; b < buckets + 2; b++)
		start[b] += start[b - 1];
	*x = (struct filter_index){ .log = log, .n = (uint32_t)n };
	x->spots_at = room(out, buckets * sizeof *spots, origin);
	x->start_at = room(out, (buckets + 1) * sizeof *start, origin);
	x->entry_at = room(out, n * sizeof(struct filter_entry), origin);
	if (!buf_ok(out))
		return false;
	struct filter_entry *entry = (struct filter_entry *)(void *)(out->p + origin + x->entry_at);
	for (size_t i = 0; i < n; i++) {
		struct filter_entry *e = &entry[start[filter_bucket(w[i].key, log) + 1]++];
		*e = (struct filter_entry){ .anchor = w[i].anchor,
					    .tag = filter_tag(w[i].key),
					    .back = w[i].back };
		set_beside(e, &anchor[w[i].anchor], width);
	}
	memcpy(out->p + origin + x->spots_at, spots, buckets * sizeof *spots);
	memcpy(out->p + origin + x->start_at, start, (buckets + 1) * sizeof *start);
	return true;
}

/* A bit table of which n keys set at most one bit in sixteen; at least 16 KiB, so that hashing is
 * worth it. */
static bool grow_bits(struct buf *out, size_t n, size_t origin, uint32_t *log_out, uint32_t *at)
{
	unsigned log = log_for(n * 16);

	log = log < 17 ? 17 : log > FILTER_MAX_LOG ? FILTER_MAX_LOG : log;
	buf_align(out, 64);
	*at = (uint32_t)(out->n - origin);
	*log_out = log;
	return buf_grow(out, (size_t)1 << (log - 3)) != NULL;
}

static void set_word(uint8_t *table, uint32_t at, uint32_t bits)
{
	uint8_t *p = table + (size_t)at * sizeof bits;
	uint32_t word;

	memcpy(&word, p, sizeof word);
	word |= bits;
	memcpy(p, &word, sizeof word);
}

static void set_key(uint8_t *table, unsigned log, uint64_t key, bool six)
{
	uint32_t x = filter_turn((uint32_t)key), rest = filter_turn((uint32_t)(key >> 32));

	set_word(table, filter_word(x, log), six ? filter_six(rest) : filter_four(x));
}

static void set_bits(uint8_t *table, unsigned log, bool six, const struct window *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		set_key(table, log, w[i].key, six);
}

static void set_short(uint8_t *table, unsigned log, uint32_t common, const struct window *w,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t key = (uint32_t)w[i].key;
		set_word(table, filter_word(filter_turn(key & common), log),
			 filter_short(filter_turn(key)));
	}
}

enum { TAILS = 192 }; /* bytes that differ when folded */

/* Windows of which the last byte is unknown: all that it may be. */
static void set_tails(uint8_t *table, unsigned log, const struct window *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (uint32_t c = 0; c < 256; c++)
			if (filter_fold(c) == c)
				set_key(table, log, w[i].key | c << 24, false);
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
	uint8_t bytes[4];

	filter_core_bytes(a, w->back, bytes);
	for (size_t k = 0; k < 4; k++) {
		uint8_t c = bytes[k];
		bool all = !filter_counts(w->shape, k);
		for (unsigned any = 0; all && any < 256; any++)
			mark_byte(lut, bucket, k, (uint8_t)any);
		mark_byte(lut, bucket, k, c);
		if (a->fold && c >= 'a' && c <= 'z')
			mark_byte(lut, bucket, k, (uint8_t)(c - 32));
	}
}

/* Orders windows by their bytes, so that neighbours have most of them in common. */
static bool before(const void *list, size_t a, size_t b)
{
	const struct window *v = (const struct window *)list + a,
			    *w = (const struct window *)list + b;
	uint64_t x = __builtin_bswap64(v->key), y = __builtin_bswap64(w->key);
	if (v->shape != w->shape)
		return v->shape < w->shape;
	return x != y ? x < y : v->anchor < w->anchor;
}

static void swap(void *list, size_t a, size_t b)
{
	struct window *w = list, t = w[a];

	w[a] = w[b];
	w[b] = t;
}

static void sort_windows(struct window *w, size_t n) { heap_sort(w, n, before, swap); }

static struct filter_window window_of(const struct filter_anchor *a, const struct window *w)
{
	struct filter_window out = { 0 };
	uint8_t bytes[4];

	filter_core_bytes(a, w->back, bytes);
	for (size_t k = 0; k < 4; k++) {
		uint8_t c = bytes[k];
		bool letter = a->fold && c >= 'a' && c <= 'z', all = !filter_counts(w->shape, k);

		out.half[k][0] = all ? 0xffff : (uint16_t)(1u << (c & 15));
		out.half[k][1] =
			all ? 0xffff
			    : (uint16_t)(1u << (c >> 4) | (letter ? 1u << ((c - 32) >> 4) : 0));
	}
	return out;
}

static bool put_lut(struct buf *out, const struct filter_anchor *anchor, struct window *w, size_t n,
		    struct arena *a, size_t origin, uint32_t *at)
{
	struct filter_lut *lut = arena_alloc(a, sizeof *lut);
	struct filter_window *sets = arena_array(a, n, sizeof *sets);
	uint8_t *bucket = arena_array(a, n, sizeof *bucket);

	if (lut == NULL || sets == NULL || bucket == NULL)
		return false;
	sort_windows(w, n);
	for (size_t i = 0; i < n; i++)
		sets[i] = window_of(&anchor[w[i].anchor], &w[i]);
	unsigned places, n_buckets = filter_buckets(sets, n, a, bucket, &places);
	if (n_buckets == 0)
		return false;
	lut->n_sets = (n_buckets + 7) / 8;
	lut->n_places = places;
	for (size_t i = 0; i < n; i++)
		mark(lut, bucket[i], &anchor[w[i].anchor], &w[i]);
	buf_align(out, 64);
	*at = (uint32_t)(out->n - origin);
	buf_put(out, lut, sizeof *lut);
	return buf_ok(out);
}

/* ---- all together */

struct windows {
	struct window *sampled[FILTER_KINDS], *bytes, *delta;
	size_t n_sampled[FILTER_KINDS], n_bytes, n_delta;
	bool text; /* all that are sampled are */
};

static bool make_room(const struct filter_anchor *anchor, size_t n, struct arena *a,
		      struct windows *w)
{
	size_t n_kind[FILTER_KINDS + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		n_kind[filter_kind(&anchor[i])]++;
	for (unsigned kind = 0; kind < FILTER_KINDS; kind++) {
		/* an anchor's windows may be wider than its kind says */
		size_t room = 0;
		for (unsigned k = kind; k < FILTER_KINDS; k++)
			room += (k == kind && kind == FILTER_TAIL ? 1 : FILTER_STEP) * n_kind[k];
		w->sampled[kind] = arena_array(a, room, sizeof *w->sampled[kind]);
		if (w->sampled[kind] == NULL)
			return false;
	}
	w->bytes = arena_array(a, n, sizeof *w->bytes);
	w->delta = arena_array(a, n_kind[FILTER_KINDS], sizeof *w->delta);
	return w->bytes != NULL && w->delta != NULL;
}

/* Are those that begin at q and at the places behind it, of which one falls on a sampled position?
 */
static bool windows_are_text(const struct filter_anchor *an, size_t q)
{
	bool text = true;

	for (size_t s = q; s < q + FILTER_STEP; s++)
		text = text && filter_is_text(an->bytes.p + s);
	return text;
}

static void add_sampled(const struct filter_anchor *an, uint32_t number, size_t q,
			struct filter_crowd *crowd, struct windows *w)
{
	for (size_t s = q; s < q + FILTER_STEP; s++) {
		enum filter_kind k = filter_window_kind(an, s);
		struct window one = { filter_window_key(an->bytes.p + s, k), number, (uint8_t)s,
				      0 };
		uint16_t *there = &crowd->count[filter_bucket(one.key, crowd->log)];

		*there = (uint16_t)(*there + (*there < UINT16_MAX));
		w->sampled[k][w->n_sampled[k]++] = one;
	}
}

static void add_core(const struct filter_anchor *an, uint32_t number, struct windows *w)
{
	struct filter_core c = filter_core(an);

	*(an->xored ? &w->delta[w->n_delta++] : &w->bytes[w->n_bytes++]) =
		(struct window){ filter_core_key(an, &c), number, (uint8_t)c.from,
				 (uint8_t)c.shape };
}

/* Anchors of which a window is no text. */
struct odd {
	uint32_t *number; /* of the anchor */
	size_t n;
};

/* Where there are few, they are looked for byte by byte, so that all the windows are text. */
static bool can_leave_odd_out(const struct filter_anchor *anchor, size_t n, const struct odd *odd)
{
	enum { ONE_IN = 128, RARE = 40 };

	for (size_t i = 0; i < odd->n; i++)
		if (filter_core(&anchor[odd->number[i]]).rarity < RARE)
			return false;
	return odd->n <= n / ONE_IN;
}

static void add_odd(const struct filter_anchor *anchor, const struct odd *odd,
		    struct filter_crowd *crowd, struct windows *w)
{
	for (size_t i = 0; i < odd->n; i++) {
		const struct filter_anchor *an = &anchor[odd->number[i]];
		int rarity;

		if (w->text)
			add_core(an, odd->number[i], w);
		else
			add_sampled(an, odd->number[i],
				    filter_run_at(an, filter_kind(an), crowd, &rarity), crowd, w);
	}
}

static bool choose_windows(const struct filter_anchor *anchor, size_t n, struct arena *a,
			   struct windows *w)
{
	struct filter_crowd crowd = { .log = log_for(4 * n + 1) };
	struct odd odd = { .number = arena_array(a, n, sizeof *odd.number) };

	crowd.count = arena_array(a, (size_t)1 << crowd.log, sizeof *crowd.count);
	if (crowd.count == NULL || odd.number == NULL || !make_room(anchor, n, a, w))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct filter_anchor *an = &anchor[i];
		enum filter_kind kind = filter_kind(an);
		int rarity;

		if (kind == FILTER_KINDS) {
			add_core(an, i, w);
			continue;
		}
		size_t q = filter_run_at(an, kind, &crowd, &rarity);
		if (windows_are_text(an, q))
			add_sampled(an, i, q, &crowd, w);
		else
			odd.number[odd.n++] = i;
	}
	w->text = can_leave_odd_out(anchor, n, &odd);
	add_odd(anchor, &odd, &crowd, w);
	return true;
}

static bool put_sampled(const struct filter_anchor *anchor, const struct windows *w,
			struct buf *out, size_t origin, struct arena *a, struct filter_head *h)
{
	struct filter_index *index[FILTER_KINDS] = { &h->six, &h->four, &h->tail };
	size_t n = w->n_sampled[FILTER_SIX] + w->n_sampled[FILTER_FOUR] +
		   TAILS * w->n_sampled[FILTER_TAIL];

	if (n == 0)
		return true;
	if (!grow_bits(out, n, origin, &h->grams_log, &h->grams_at))
		return false;
	h->text = w->text;
	for (size_t i = 0; i < w->n_sampled[FILTER_FOUR]; i++)
		h->zeros |= w->sampled[FILTER_FOUR][i].key == 0;
	for (size_t i = 0; i < w->n_sampled[FILTER_TAIL]; i++)
		h->zeros |= w->sampled[FILTER_TAIL][i].key == 0;
	for (unsigned k = 0; k < FILTER_KINDS; k++) {
		uint8_t *table = out->p + origin + h->grams_at;

		if (k == FILTER_TAIL)
			set_tails(table, h->grams_log, w->sampled[k], w->n_sampled[k]);
		else
			set_bits(table, h->grams_log, k == FILTER_SIX, w->sampled[k],
				 w->n_sampled[k]);
		if (w->n_sampled[k] != 0 && !put_index(out, anchor, w->sampled[k], w->n_sampled[k],
						       filter_width(k), a, origin, index[k]))
			return false;
	}
	return true;
}

static bool put_delta(const struct filter_anchor *anchor, struct windows *w, struct buf *out,
		      size_t origin, struct arena *a, struct filter_head *h)
{
	if (w->n_delta == 0)
		return true;
	return put_lut(out, anchor, w->delta, w->n_delta, a, origin, &h->delta_lut_at) &&
	       put_index(out, anchor, w->delta, w->n_delta, FILTER_MIN_XORED, a, origin, &h->delta);
}

static bool put_bytes(const struct filter_anchor *anchor, struct windows *w, struct buf *out,
		      size_t origin, struct arena *a, struct filter_head *h)
{
	if (w->n_bytes == 0)
		return true;
	if (!put_lut(out, anchor, w->bytes, w->n_bytes, a, origin, &h->lut_at) ||
	    !grow_bits(out, w->n_bytes, origin, &h->bytes_log, &h->bytes_at))
		return false;
	/* put_lut() has sorted them by shape */
	for (size_t i = 0, n; i < w->n_bytes; i += n) {
		unsigned shape = w->bytes[i].shape;
		for (n = 1; i + n < w->n_bytes && w->bytes[i + n].shape == shape; n++)
			continue;
		if (!put_index(out, anchor, w->bytes + i, n, 4, a, origin, &h->bytes[shape]))
			return false;
	}
	set_short(out->p + origin + h->bytes_at, h->bytes_log, filter_common(h), w->bytes,
		  w->n_bytes);
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
		if (!filter_takes(&anchor[i]))
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
	if (!choose_windows(anchor, n, &a, &w) || !put_sampled(anchor, &w, out, origin, &a, &h) ||
	    !put_bytes(anchor, &w, out, origin, &a, &h) ||
	    !put_delta(anchor, &w, out, origin, &a, &h)) {
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
