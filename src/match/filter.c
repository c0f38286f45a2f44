/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter.h"
#include "match/filter_format.h"
#include "match/filter_impl.h"

/* ---- the plain row */

size_t filter_grams_plain(const struct filter_bits *t, const uint8_t *p, size_t n, uint32_t *out)
{
	const unsigned s_word = filter_word_shift(t->log);
	const unsigned s_one = filter_bit_shift(t->log, 0), s_two = filter_bit_shift(t->log, 1);
	size_t found = 0;

	for (size_t i = 0; i < n; i += FILTER_STEP) {
		uint64_t h = filter_key(filter_load(p + i), &t->keying) * FILTER_HASH;
		uint64_t w = t->word[h >> s_word];
		out[found] = (uint32_t)i;
		found += (size_t)((w >> (h >> s_one & 63)) & (w >> (h >> s_two & 63)) & 1);
	}
	return found;
}

size_t filter_bytes_plain(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t any = lut->all[0][p[i]] & lut->all[1][p[i + 1]] & lut->all[2][p[i + 2]] &
			       lut->all[3][p[i + 3]];
		out[found] = (uint32_t)i;
		found += any != 0;
	}
	return found;
}

size_t filter_sieve_plain(const struct filter_bits *t, const uint8_t *p, const uint32_t *in,
			  size_t n, uint32_t *out)
{
	const unsigned s_word = filter_word_shift(t->log);
	const unsigned s_one = filter_bit_shift(t->log, 0), s_two = filter_bit_shift(t->log, 1);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t h = filter_key(filter_load(p + in[i]), &t->keying) * FILTER_HASH;
		uint64_t w = t->word[h >> s_word];
		out[kept] = in[i];
		kept += (size_t)((w >> (h >> s_one & 63)) & (w >> (h >> s_two & 63)) & 1);
	}
	return kept;
}

/* ---- the blob */

struct filter {
	struct filter_head head;
	struct span blob;
	struct filter_bits grams, delta, bytes;
	const struct filter_lut *lut;
	const struct filter_record *record;
	const uint8_t *pool;
};

/* n elements of `size` bytes at `at`; NULL where they are not all there. */
static const void *part(struct span blob, uint32_t at, uint64_t n, size_t size)
{
	if (at % 8 != 0 || at > blob.n || n > (blob.n - at) / size)
		return NULL;
	return blob.p + at;
}

static bool open_bits(struct span blob, uint32_t log, uint32_t at, struct filter_bits *out)
{
	if (log == 0)
		return true;
	if (log < 6 || log > 32)
		return false;
	out->word = part(blob, at, UINT64_C(1) << (log - 6), sizeof(uint64_t));
	out->log = log;
	return out->word != NULL;
}

static bool index_ok(struct span blob, const struct filter_index *x)
{
	return x->log < 32 &&
	       part(blob, x->start_at, (UINT64_C(1) << x->log) + 1, sizeof(uint32_t)) != NULL &&
	       part(blob, x->entry_at, x->n, sizeof(struct filter_entry)) != NULL;
}

static bool open_blob(struct span blob, struct filter *f)
{
	if (blob.n < sizeof f->head || (uintptr_t)blob.p % 8 != 0)
		return false;
	memcpy(&f->head, blob.p, sizeof f->head);
	const struct filter_head *h = &f->head;
	f->blob = blob;
	f->grams = (struct filter_bits){ .keying = filter_key_grams };
	f->delta = (struct filter_bits){ .keying = filter_key_delta };
	f->lut = NULL;
	f->record = part(blob, h->anchor_at, h->n_anchors, sizeof *f->record);
	f->pool = part(blob, h->pool_at, h->pool_n, 1);
	if (h->lut_at != 0) {
		f->lut = part(blob, h->lut_at, 1, sizeof *f->lut);
		f->bytes = (struct filter_bits){ 0 };
		for (unsigned k = 0; k < FILTER_SHAPES; k++)
			if (h->bytes[k].n != 0 && !index_ok(blob, &h->bytes[k]))
				return false;
		if (f->lut == NULL || h->bytes_log == 0 ||
		    !open_bits(blob, h->bytes_log, h->bytes_at, &f->bytes))
			return false;
	}
	if (h->grams_log != 0 && !index_ok(blob, &h->grams))
		return false;
	if (h->delta_log != 0 && !index_ok(blob, &h->delta))
		return false;
	return h->magic == FILTER_MAGIC && f->record != NULL && f->pool != NULL &&
	       open_bits(blob, h->grams_log, h->grams_at, &f->grams) &&
	       open_bits(blob, h->delta_log, h->delta_at, &f->delta);
}

/* ---- from a candidate to an occurrence */

static inline uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool equal_fold(const uint8_t *data, const uint8_t *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(data[i]) != want[i])
			return false;
	return true;
}

static bool equal_xor(const uint8_t *data, const struct filter_record *r, const uint8_t *want)
{
	uint8_t key = data[0] ^ want[0];

	if (key < r->xor_min || key > r->xor_max)
		return false;
	for (size_t i = 1; i < r->n; i++)
		if ((data[i] ^ want[i]) != key)
			return false;
	return true;
}

static bool equal_masked(const uint8_t *data, const struct filter_record *r, const uint8_t *want)
{
	bool fold = (r->flags & FILTER_IS_FOLD) != 0;

	for (size_t i = 0; i < r->n; i++)
		if (((fold ? lower(data[i]) : data[i]) & want[r->n + i]) != want[i])
			return false;
	return true;
}

static bool stands_at(const struct filter *f, const struct filter_record *r, const uint8_t *data)
{
	const uint8_t *want = f->pool + r->bytes_at;

	if ((r->flags & FILTER_IS_MASKED) != 0)
		return equal_masked(data, r, want);
	if ((r->flags & FILTER_IS_XOR) != 0)
		return equal_xor(data, r, want);
	if ((r->flags & FILTER_IS_FOLD) != 0)
		return equal_fold(data, want, r->n);
	return memcmp(data, want, r->n) == 0;
}

static uint64_t load_at(struct span data, size_t at)
{
	uint64_t x = 0;

	if (LIKELY(data.n - at >= sizeof x))
		return filter_load(data.p + at);
	memcpy(&x, data.p + at, data.n - at);
	return x;
}

/* One entry of the index whose tag fits the window at data[at]. */
static void try_entry(const struct filter *f, const struct filter_entry *entry, struct span data,
		      size_t at, const struct filter_run *run)
{
	size_t back = entry->tag & 0xff;

	if (entry->anchor >= f->head.n_anchors || back > at)
		return;
	const struct filter_record *r = &f->record[entry->anchor];
	if (r->group >= run->n_groups || run->dead[r->group] != 0)
		return;
	size_t start = at - back, n = (r->flags & FILTER_IS_MASKED) != 0 ? 2u * r->n : r->n;
	if (r->n == 0 || r->n > data.n - start || r->bytes_at > f->head.pool_n ||
	    n > f->head.pool_n - r->bytes_at)
		return;
	if (stands_at(f, r, data.p + start))
		run->hit(run->ctx, r->group, r->index, start);
}

struct lookup {
	const struct filter_index *index;
	const struct filter_keying *keying;
};

/* What a candidate needs in the index; gathered first, so that the loads of many overlap. */
struct candidate {
	uint32_t at; /* bytes from the block's start */
	uint32_t tag;
	uint32_t first, end; /* entries of its bucket */
};

enum { BATCH = 64 };

static size_t look_up(const struct filter *f, const struct lookup *l, struct span data, size_t base,
		      const uint32_t *found, size_t n, struct candidate *out)
{
	const uint32_t *start = (const uint32_t *)(const void *)(f->blob.p + l->index->start_at);
	const struct filter_entry *entry =
		(const struct filter_entry *)(const void *)(f->blob.p + l->index->entry_at);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t key = filter_key(load_at(data, base + found[i]), l->keying);
		uint32_t bucket = filter_bucket(key, l->index->log);
		out[i] = (struct candidate){ .at = found[i],
					     .tag = filter_tag(key),
					     .first = bucket };
		__builtin_prefetch(&start[bucket]);
	}
	for (size_t i = 0; i < n; i++) {
		struct candidate c = out[i];
		c.end = start[c.first + 1] < l->index->n ? start[c.first + 1] : l->index->n;
		c.first = start[c.first];
		out[kept] = c;
		kept += c.first < c.end;
		__builtin_prefetch(&entry[c.first < c.end ? c.first : 0]);
	}
	return kept;
}

static void try_candidates(const struct filter *f, const struct lookup *l, struct span data,
			   size_t base, const uint32_t *found, size_t n,
			   const struct filter_run *run)
{
	const struct filter_entry *entry =
		(const struct filter_entry *)(const void *)(f->blob.p + l->index->entry_at);
	struct candidate batch[BATCH];

	for (size_t done = 0; done < n; done += BATCH) {
		size_t k = n - done < BATCH ? n - done : BATCH;

		k = look_up(f, l, data, base, found + done, k, batch);
		for (size_t i = 0; i < k; i++)
			for (uint32_t j = batch[i].first; j < batch[i].end; j++)
				if (entry[j].tag >> 8 == batch[i].tag)
					try_entry(f, &entry[j], data, base + batch[i].at, run);
	}
}

/* ---- the pass */

/* n bytes of data from `base` with room to read beyond: in place, or a padded copy at the end. */
static const uint8_t *window(struct span data, size_t base, size_t n, uint8_t *copy)
{
	if (data.n - base >= n + FILTER_SLACK + 8)
		return data.p + base;
	size_t left = data.n - base;
	size_t k = left < n + FILTER_SLACK ? left : n + FILTER_SLACK;
	memcpy(copy, data.p + base, k);
	memset(copy + k, 0, n + FILTER_SLACK + 8 - k);
	return copy;
}

static const struct filter_row rows[];

void filter_run(struct span blob, struct span data, const struct filter_run *run)
{
	struct filter f;
	uint32_t found[FILTER_BLOCK + 64], chosen[FILTER_BLOCK + 64];
	uint8_t copy[FILTER_BLOCK + FILTER_SLACK + 8];

	if (!open_blob(blob, &f))
		return;
	const struct lookup grams = { &f.head.grams, &filter_key_grams };
	const struct lookup delta = { &f.head.delta, &filter_key_delta };
	const struct filter_row *row = &rows[run->row < filter_n_rows() ? run->row : 0];

	for (size_t base = 0; data.n - base >= FILTER_MIN_ANCHOR; base += FILTER_BLOCK) {
		size_t left = data.n - base;
		size_t n = left < FILTER_BLOCK ? left : FILTER_BLOCK;
		const uint8_t *p = window(data, base, n, copy);

		/* positions where a whole window of 6 or of 3 bytes begins */
		size_t n6 = left < 6 ? 0 : left - 5 < n ? left - 5 : n;
		size_t n4 = left - 2 < n ? left - 2 : n;
		n6 = (n6 + FILTER_STEP - 1) / FILTER_STEP * FILTER_STEP;

		if (f.grams.word != NULL) {
			size_t k = row->grams(&f.grams, p, n6, found);
			try_candidates(&f, &grams, data, base, found, k, run);
		}
		if (f.delta.word != NULL) {
			size_t k = row->grams(&f.delta, p, n6, found);
			try_candidates(&f, &delta, data, base, found, k, run);
		}
		if (f.lut != NULL) {
			size_t k = row->bytes(f.lut, p, n4, found);
			for (unsigned shape = 0; shape < FILTER_SHAPES; shape++) {
				const struct lookup l = { &f.head.bytes[shape],
							  &filter_key_bytes[shape] };
				if (l.index->n == 0)
					continue;
				f.bytes.keying = filter_key_bytes[shape];
				size_t n_shape = row->sieve(&f.bytes, p, found, k, chosen);
				try_candidates(&f, &l, data, base, chosen, n_shape, run);
			}
		}
		if (left <= FILTER_BLOCK)
			break;
	}
}

/* ---- rows */

static bool always(void) { return true; }

#if defined(__x86_64__)
static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0;
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
	       __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
	       __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
}
#endif

static const struct filter_row rows[] = {
	{ "plain", always, filter_grams_plain, filter_bytes_plain, filter_sieve_plain },
#if defined(__x86_64__)
	{ "avx2", has_avx2, filter_grams_avx2, filter_bytes_avx2, filter_sieve_plain },
	{ "avx512", has_avx512, filter_grams_avx512, filter_bytes_avx512, filter_sieve_avx512 },
#endif
};

size_t filter_n_rows(void) { return sizeof rows / sizeof *rows; }
const char *filter_row_name(size_t row) { return row < filter_n_rows() ? rows[row].name : "none"; }
bool filter_row_usable(size_t row) { return row < filter_n_rows() && rows[row].usable(); }

/* Does a row find on a fixed vector what plain C finds? */
static bool agrees(size_t row)
{
	uint64_t word[4] = { UINT64_C(0x123456789abcdef1), UINT64_MAX, 0,
			     UINT64_C(0x8040201008040201) };
	const struct filter_bits t = { .word = word, .log = 8, .keying = filter_key_grams };
	uint8_t p[192 + FILTER_SLACK + 8];
	uint32_t want[192 + 64], got[192 + 64], x = 1;

	for (size_t i = 0; i < sizeof p; i++)
		p[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
	size_t n = filter_grams_plain(&t, p, 192, want);
	return rows[row].grams(&t, p, 192, got) == n && memcmp(want, got, n * sizeof *want) == 0;
}

size_t filter_best_row(void)
{
	for (size_t i = filter_n_rows(); i-- > 1;)
		if (rows[i].usable() && agrees(i))
			return i;
	return 0;
}
