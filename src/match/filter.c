/* SPDX-License-Identifier: Apache-2.0 */
#include "match/filter.h"
#include "match/filter_format.h"
#include "match/filter_impl.h"

/* ---- the plain row */

/* Does the word hold both bits?  1 or 0. */
static inline uint32_t holds(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

void filter_grams_plain(const struct filter_bits *t, const uint8_t *p, size_t n,
			struct filter_found *out)
{
	size_t six = 0, four = 0;

	for (size_t i = 0; i < n; i += FILTER_STEP) {
		uint64_t key = filter_key(filter_load(p + i), &t->keying);
		uint32_t x = filter_turn((uint32_t)key), w = t->word[filter_word(x, t->log)];
		out->six[six] = out->four[four] = (uint32_t)i;
		six += holds(w, filter_six(filter_turn((uint32_t)(key >> 32))));
		four += holds(w, filter_four(x)) & (uint32_t)((uint32_t)key != 0 || t->zeros);
	}
	out->n_six = six;
	out->n_four = four;
}

size_t filter_bytes_plain(const struct filter_lut *lut, const uint8_t *p, size_t n,
			  struct filter_places *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t any = lut->all[0][p[i]] & lut->all[1][p[i + 1]] & lut->all[2][p[i + 2]] &
			       lut->all[3][p[i + 3]];
		out->at[found] = (uint32_t)i;
		out->window[found] = (uint32_t)filter_load(p + i);
		found += any != 0;
	}
	return found;
}

size_t filter_delta_plain(const struct filter_lut *lut, const uint8_t *p, size_t n, uint32_t *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t any = UINT32_MAX;
		for (size_t k = 0; k < 4; k++)
			any &= lut->all[k][p[i + k] ^ p[i + k + 1]];
		out[found] = (uint32_t)i;
		found += any != 0;
	}
	return found;
}

void filter_sieve_plain(const struct filter_bits *t, const struct filter_places *in, size_t from,
			size_t n, struct filter_shapes *out)
{
	for (size_t w = 0; w < out->n_wanted; w++) {
		const struct filter_keying *keying = &filter_key_bytes[out->wanted[w]];
		size_t kept = 0;

		for (size_t i = from; i < from + n; i++) {
			uint32_t x = (uint32_t)filter_key(in->window[i], keying);
			uint32_t word = t->word[filter_word(filter_turn(x & t->common), t->log)];
			out->at[w][kept] = in->at[i];
			kept += holds(word, filter_short(filter_turn(x)));
		}
		out->n[w] = kept;
	}
}

/* ---- the blob */

struct filter {
	struct filter_head head;
	struct span blob;
	struct filter_bits grams, bytes;
	const struct filter_lut *lut, *delta_lut;
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
	if (log < FILTER_MIN_LOG || log > FILTER_MAX_LOG)
		return false;
	out->word = part(blob, at, UINT64_C(1) << (log - 5), sizeof(uint32_t));
	out->log = log;
	return out->word != NULL;
}

static bool open_lut(struct span blob, uint32_t at, const struct filter_lut **out)
{
	*out = NULL;
	if (at == 0)
		return true;
	*out = part(blob, at, 1, sizeof **out);
	return *out != NULL && (*out)->n_sets <= FILTER_BYTE_SETS;
}

static bool index_ok(struct span blob, const struct filter_index *x)
{
	if (x->n == 0)
		return true;
	return x->log <= FILTER_MAX_LOG &&
	       part(blob, x->spots_at, UINT64_C(1) << x->log, sizeof(uint16_t)) != NULL &&
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
	f->grams = (struct filter_bits){ .keying = filter_key_six,
					 .zeros = h->zeros != 0,
					 .text = h->text != 0 };
	f->bytes = (struct filter_bits){ .common = filter_common(h) };
	f->record = part(blob, h->anchor_at, h->n_anchors, sizeof *f->record);
	f->pool = part(blob, h->pool_at, h->pool_n, 1);
	if (h->magic != FILTER_MAGIC || f->record == NULL || f->pool == NULL ||
	    !index_ok(blob, &h->six) || !index_ok(blob, &h->four) || !index_ok(blob, &h->delta) ||
	    !index_ok(blob, &h->tail) || !open_bits(blob, h->grams_log, h->grams_at, &f->grams) ||
	    !open_bits(blob, h->bytes_log, h->bytes_at, &f->bytes) ||
	    !open_lut(blob, h->lut_at, &f->lut) || !open_lut(blob, h->delta_lut_at, &f->delta_lut))
		return false;
	for (unsigned k = 0; k < FILTER_SHAPES; k++)
		if (!index_ok(blob, &h->bytes[k]))
			return false;
	return f->lut == NULL || f->bytes.word != NULL;
}

bool filter_ok(struct span blob)
{
	struct filter f;

	return open_blob(blob, &f);
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

/* One entry of the index that fits the window at data[at]. */
static void try_entry(const struct filter *f, const struct filter_entry *entry, struct span data,
		      size_t at, const struct filter_run *run)
{
	size_t back = entry->back;

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
	bool differences; /* are what is hashed */
};

/* What a candidate needs in the index; gathered first, so that the loads of many overlap. */
struct candidate {
	uint32_t at; /* bytes from the block's start */
	uint16_t tag;
	uint32_t first, end; /* entries of its bucket */
};

enum { BATCH = 64 };

static size_t look_up(const struct filter *f, const struct lookup *l, struct span data, size_t base,
		      const uint32_t *found, size_t n, struct candidate *out)
{
	const uint32_t *start = (const uint32_t *)(const void *)(f->blob.p + l->index->start_at);
	const uint16_t *spots = (const uint16_t *)(const void *)(f->blob.p + l->index->spots_at);
	const struct filter_entry *entry =
		(const struct filter_entry *)(const void *)(f->blob.p + l->index->entry_at);
	/* by value, for all that is read by a pointer might be what the loop writes */
	const struct filter_keying keying = *l->keying;
	const uint32_t log = l->index->log, n_entries = l->index->n;
	const bool differences = l->differences;
	size_t maybe = 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t x = load_at(data, base + found[i]);
		uint64_t key = filter_key(differences ? filter_differences(x) : x, &keying);
		uint32_t spot = filter_spot(key, log);
		out[maybe] = (struct candidate){ .at = found[i],
						 .tag = filter_tag(key),
						 .first = spot >> 4 };
		maybe += spots[spot >> 4] >> (spot & 15) & 1;
	}
	for (size_t i = 0; i < maybe; i++)
		__builtin_prefetch(&start[out[i].first]);
	for (size_t i = 0; i < maybe; i++) {
		struct candidate c = out[i];
		c.end = start[c.first + 1] < n_entries ? start[c.first + 1] : n_entries;
		c.first = start[c.first];
		out[kept] = c;
		kept += c.first < c.end;
		__builtin_prefetch(&entry[c.first < c.end ? c.first : 0]);
	}
	return kept;
}

/* The bytes around a window, from FILTER_BESIDE_BIAS before it on. */
struct around {
	const uint8_t *p;
	unsigned which; /* of an entry's `beside` can be compared: 15, or 0 at an end of the data */
};

static struct around around_of(struct span data, size_t at)
{
	static const uint8_t none[FILTER_BESIDE_BIAS + 16] = { 0 };

	if (UNLIKELY(at < FILTER_BESIDE_BIAS || data.n - at < 16))
		return (struct around){ none, 0 };
	return (struct around){ data.p + at - FILTER_BESIDE_BIAS, 15 };
}

/* Can the entry's anchor be around the window?  1 or 0, without a branch: there is no guessing. */
static unsigned fits(const struct filter_entry *entry, uint16_t tag, struct around around)
{
	static const uint32_t counts[16] = {
		0,          0xff,       0xff00,     0xffff,     0xff0000,   0xff00ff,
		0xffff00,   0xffffff,   0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff,
		0xffff0000, 0xffff00ff, 0xffffff00, 0xffffffff,
	};
	uint32_t x;

	memcpy(&x, around.p + (entry->where >> 4), sizeof x);
	x = (filter_fold(x) ^ entry->beside) & counts[entry->where & around.which];
	return (x | (uint32_t)(entry->tag ^ tag)) == 0;
}

/* An entry that fits a window, and where the window is. */
struct find {
	const struct filter_entry *entry;
	size_t at;
};

/* Three rounds, so that what one find needs is fetched while others are looked at. */
static void try_finds(const struct filter *f, struct span data, const struct find *find, size_t n,
		      const struct filter_run *run)
{
	for (size_t i = 0; i < n; i++)
		if (find[i].entry->anchor < f->head.n_anchors)
			__builtin_prefetch(&f->record[find[i].entry->anchor]);
	for (size_t i = 0; i < n; i++) {
		uint32_t anchor = find[i].entry->anchor;
		if (anchor < f->head.n_anchors && f->record[anchor].bytes_at < f->head.pool_n)
			__builtin_prefetch(f->pool + f->record[anchor].bytes_at);
	}
	for (size_t i = 0; i < n; i++)
		try_entry(f, find[i].entry, data, find[i].at, run);
}

static void try_candidates(const struct filter *f, const struct lookup *l, struct span data,
			   size_t base, const uint32_t *found, size_t n,
			   const struct filter_run *run)
{
	const struct filter_entry *entry =
		(const struct filter_entry *)(const void *)(f->blob.p + l->index->entry_at);
	UNINITIALIZED struct candidate batch[BATCH];
	UNINITIALIZED struct find find[BATCH];
	size_t m = 0;

	for (size_t done = 0; done < n; done += BATCH) {
		size_t k = n - done < BATCH ? n - done : BATCH;

		k = look_up(f, l, data, base, found + done, k, batch);
		for (size_t i = 0; i < k; i++) {
			size_t at = base + batch[i].at;
			struct around around = around_of(data, at);
			for (uint32_t j = batch[i].first; j < batch[i].end; j++) {
				find[m] = (struct find){ &entry[j], at };
				m += fits(&entry[j], batch[i].tag, around);
				if (UNLIKELY(m == BATCH)) {
					try_finds(f, data, find, m, run);
					m = 0;
				}
			}
		}
	}
	try_finds(f, data, find, m, run);
}

/* ---- the pass */

/* n bytes of data from `base` with room to read beyond: in place, or a padded copy at the end. */
static const uint8_t *window(struct span data, size_t base, size_t n, uint8_t *copy)
{
	if (data.n - base >= n + FILTER_SLACK)
		return data.p + base;
	size_t left = data.n - base;
	size_t k = left < n + FILTER_SLACK ? left : n + FILTER_SLACK;
	memcpy(copy, data.p + base, k);
	memset(copy + k, 0, n + FILTER_SLACK - k);
	return copy;
}

static const struct filter_row rows[];

struct filter_room {
	struct filter_found found;
	struct filter_places place;
	struct filter_shapes shapes;
	uint8_t copy[FILTER_BLOCK + FILTER_SLACK];
};

struct filter_room *filter_room_new(struct arena *a)
{
	return arena_alloc(a, sizeof(struct filter_room));
}

/* One pass, and what its steps share. */
struct pass {
	struct filter f;
	const struct filter_row *row;
	struct span data;
	const struct filter_run *run;
	struct filter_room *room;
};

static void try_all(struct pass *s, const struct filter_index *index,
		    const struct filter_keying *keying, size_t base, const uint32_t *place,
		    size_t n)
{
	const struct lookup l = { index, keying, keying == &filter_key_delta };

	if (n != 0 && index->n != 0)
		try_candidates(&s->f, &l, s->data, base, place, n, s->run);
}

static void try_bytes(struct pass *s, const uint8_t *p, size_t base, size_t n)
{
	size_t k = s->row->bytes(s->f.lut, p, n, &s->room->place);

	for (size_t done = 0; done < k; done += FILTER_SIEVE) {
		size_t part = k - done < FILTER_SIEVE ? k - done : FILTER_SIEVE;
		s->row->sieve(&s->f.bytes, &s->room->place, done, part, &s->room->shapes);
		for (size_t w = 0; w < s->room->shapes.n_wanted; w++) {
			unsigned shape = s->room->shapes.wanted[w];
			try_all(s, &s->f.head.bytes[shape], &filter_key_bytes[shape], base,
				s->room->shapes.at[w], s->room->shapes.n[w]);
		}
	}
}

/* The block of n positions from `base`, of `left` bytes that there are. */
static void try_block(struct pass *s, size_t base, size_t n, size_t left)
{
	const uint8_t *p = window(s->data, base, n, s->room->copy);
	const struct filter_head *h = &s->f.head;
	/* positions where a whole window of 4, 3 or 2 bytes begins */
	size_t n4 = left < 4 ? 0 : left - 3 < n ? left - 3 : n;
	size_t n3 = left < 3 ? 0 : left - 2 < n ? left - 2 : n;
	size_t n2 = left - 1 < n ? left - 1 : n;

	if (s->f.grams.word != NULL) {
		s->row->grams(&s->f.grams, p, n3, &s->room->found);
		try_all(s, &h->six, &filter_key_six, base, s->room->found.six,
			s->room->found.n_six);
		try_all(s, &h->four, &filter_key_bytes[0], base, s->room->found.four,
			s->room->found.n_four);
		try_all(s, &h->tail, &filter_key_bytes[FILTER_THREE], base, s->room->found.four,
			s->room->found.n_four);
	}
	if (s->f.lut != NULL)
		try_bytes(s, p, base, n2);
	if (s->f.delta_lut != NULL) {
		size_t k = s->row->delta(s->f.delta_lut, p, n4, s->room->place.at);
		try_all(s, &h->delta, &filter_key_delta, base, s->room->place.at, k);
	}
}

void filter_run_part(struct span blob, struct span data, size_t from, size_t to,
		     const struct filter_run *run)
{
	struct pass s;

	if (!open_blob(blob, &s.f))
		return;
	s.row = &rows[run->row < filter_n_rows() ? run->row : 0];
	s.data = data;
	s.run = run;
	s.room = run->room;
	s.room->shapes.n_wanted = 0;
	for (uint8_t shape = 0; shape < FILTER_SHAPES; shape++)
		if (s.f.head.bytes[shape].n != 0)
			s.room->shapes.wanted[s.room->shapes.n_wanted++] = shape;
	to = to < data.n ? to : data.n;
	for (size_t base = from; base < to && data.n - base >= FILTER_MIN_ANCHOR;
	     base += FILTER_BLOCK) {
		size_t n = to - base;

		try_block(&s, base, n < FILTER_BLOCK ? n : FILTER_BLOCK, data.n - base);
		if (n <= FILTER_BLOCK)
			break;
	}
}

void filter_run(struct span blob, struct span data, const struct filter_run *run)
{
	filter_run_part(blob, data, 0, data.n, run);
}

/* ---- rows */

static bool always(void) { return true; }

#if defined(__x86_64__)
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") != 0; }

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
	       __builtin_cpu_supports("avx512vl") != 0;
}

static bool has_vbmi(void) { return has_avx512() && __builtin_cpu_supports("avx512vbmi") != 0; }
#endif

static const struct filter_row rows[] = {
	{ "plain", always, filter_grams_plain, filter_bytes_plain, filter_delta_plain,
	  filter_sieve_plain },
#if defined(__x86_64__)
	{ "avx2", has_avx2, filter_grams_avx2, filter_bytes_avx2, filter_delta_avx2,
	  filter_sieve_avx2 },
	{ "avx512", has_avx512, filter_grams_avx512, filter_bytes_avx512, filter_delta_avx512,
	  filter_sieve_avx512 },
	{ "vbmi", has_vbmi, filter_grams_avx512, filter_bytes_vbmi, filter_delta_avx512,
	  filter_sieve_avx512 },
#endif
};

size_t filter_n_rows(void) { return sizeof rows / sizeof *rows; }
const char *filter_row_name(size_t row) { return row < filter_n_rows() ? rows[row].name : "none"; }
bool filter_row_usable(size_t row) { return row < filter_n_rows() && rows[row].usable(); }

/* Does a row find on a fixed vector what plain C finds? */
static bool agrees(size_t row)
{
	uint32_t word[32], x = 1;
	const struct filter_bits t = { .word = word,
				       .log = FILTER_MIN_LOG,
				       .keying = filter_key_six };
	uint8_t p[192 + FILTER_SLACK];
	struct arena a;

	arena_init_sparse(&a, SIZE_MAX);
	struct filter_found *want = arena_array(&a, 2, sizeof *want);
	if (want == NULL)
		return false;
	struct filter_found *got = want + 1;
	for (size_t i = 0; i < 32; i++) {
		x = x * 1664525u + 1013904223u;
		word[i] = x | x >> 16;
	}
	for (size_t i = 0; i < sizeof p; i++)
		p[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
	filter_grams_plain(&t, p, 192, want);
	rows[row].grams(&t, p, 192, got);
	bool same = want->n_six == got->n_six && want->n_four == got->n_four &&
		    memcmp(want->six, got->six, got->n_six * sizeof *got->six) == 0 &&
		    memcmp(want->four, got->four, got->n_four * sizeof *got->four) == 0;
	arena_release(&a);
	return same;
}

size_t filter_best_row(void)
{
	for (size_t i = filter_n_rows(); i-- > 1;)
		if (rows[i].usable() && agrees(i))
			return i;
	return 0;
}
