/* SPDX-License-Identifier: Apache-2.0 */
#include "match/hashset.h"
#include "base/arena.h"
#include "base/heap.h"

enum {
	HASHSET_MAGIC = 0x31534148, /* "HAS1" */
	BUCKET_BITS = 2,            /* buckets of 2^2 digests on average */
	MAX_BITS = 28,
	MAX_ENTRIES = INT32_MAX
};

struct head {
	uint32_t magic;
	uint32_t digest_size;
	uint32_t n;       /* entries */
	uint32_t bits;    /* of a digest that choose a bucket */
	uint32_t n_sizes; /* different sizes, ascending */
	uint32_t any;     /* 1: there is an entry that fits every size */
	uint32_t unused[2];
};

/* The parts of a blob, in their order. */
struct view {
	struct head head;
	struct span index;  /* le32[2^bits + 1] */
	struct span sizes;  /* le32[n_sizes] */
	struct span size;   /* le32[n] */
	struct span number; /* le32[n] */
	struct span digest; /* digest_size * n */
};

static uint32_t at32(struct span s, uint64_t i)
{
	struct cursor c = cursor_of(span_cut(s, i * 4, 4));
	return cursor_le32(&c);
}

static bool open_view(struct span blob, struct view *v)
{
	struct cursor c = cursor_of(blob);
	struct head *h = &v->head;

	h->magic = cursor_le32(&c);
	h->digest_size = cursor_le32(&c);
	h->n = cursor_le32(&c);
	h->bits = cursor_le32(&c);
	h->n_sizes = cursor_le32(&c);
	h->any = cursor_le32(&c);
	cursor_skip(&c, 8);
	if (!cursor_ok(&c) || h->magic != HASHSET_MAGIC || h->bits > MAX_BITS || h->n == 0)
		return false;
	v->index = cursor_take(&c, ((UINT64_C(1) << h->bits) + 1) * 4);
	v->sizes = cursor_take(&c, (uint64_t)h->n_sizes * 4);
	v->size = cursor_take(&c, (uint64_t)h->n * 4);
	v->number = cursor_take(&c, (uint64_t)h->n * 4);
	v->digest = cursor_take(&c, (uint64_t)h->n * h->digest_size);
	return cursor_ok(&c);
}

/* The first bits of a digest. */
static uint32_t bucket_of(const uint8_t *digest, unsigned bits)
{
	uint32_t v = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 |
		     (uint32_t)digest[2] << 8 | digest[3];
	return bits == 0 ? 0 : v >> (32 - bits);
}

/* ---- building */

struct order {
	const struct hashset_entry *entry;
	size_t digest_size;
	uint32_t *list; /* numbers of entries */
};

static bool less(const void *order, size_t a, size_t b)
{
	const struct order *o = order;
	const struct hashset_entry *x = &o->entry[o->list[a]], *y = &o->entry[o->list[b]];
	int c = memcmp(x->digest, y->digest, o->digest_size);

	return c != 0 ? c < 0 : x->size != y->size ? x->size < y->size : x->number < y->number;
}

static void swap(void *order, size_t a, size_t b)
{
	struct order *o = order;

	heap_swap_u32(o->list, a, b);
}

/* Sizes in ascending order, each once, by four passes over their bytes. */
static size_t distinct_sizes(const struct hashset_entry *entry, size_t n, uint32_t *size,
			     uint32_t *spare)
{
	size_t k = 0, distinct = 0;

	for (size_t i = 0; i < n; i++)
		if (entry[i].size != HASHSET_ANY_SIZE)
			size[k++] = entry[i].size;
	for (unsigned shift = 0; shift < 32; shift += 8) {
		size_t at[257] = { 0 };
		for (size_t i = 0; i < k; i++)
			at[(size[i] >> shift & 0xff) + 1]++;
		for (unsigned b = 0; b < 256; b++)
			at[b + 1] += at[b];
		for (size_t i = 0; i < k; i++)
			spare[at[size[i] >> shift & 0xff]++] = size[i];
		uint32_t *t = size;
		size = spare;
		spare = t;
	}
	for (size_t i = 0; i < k; i++)
		if (i == 0 || size[i] != size[i - 1])
			size[distinct++] = size[i];
	return distinct;
}

/* index[b]: where bucket b begins; list: the entries' numbers in order. */
static void sort_all(struct order *o, size_t n, unsigned bits, uint32_t *index, uint32_t *list)
{
	size_t buckets = (size_t)1 << bits;

	for (size_t i = 0; i < n; i++)
		index[bucket_of(o->entry[i].digest, bits) + 1]++;
	for (size_t b = 0; b < buckets; b++)
		index[b + 1] += index[b];
	for (size_t i = 0; i < n; i++)
		list[index[bucket_of(o->entry[i].digest, bits)]++] = (uint32_t)i;
	/* each bucket's start has moved to its end */
	for (size_t b = buckets; b > 0; b--)
		index[b] = index[b - 1];
	index[0] = 0;
	for (size_t b = 0; b < buckets; b++) {
		o->list = list + index[b];
		heap_sort(o, index[b + 1] - index[b], less, swap);
	}
}

bool hashset_build(const struct hashset_entry *entry, size_t n, size_t digest_size, struct buf *out,
		   struct error *e)
{
	struct order o = { entry, digest_size, NULL };
	struct head h = { .magic = HASHSET_MAGIC, .digest_size = (uint32_t)digest_size };
	struct arena a;
	bool ok = false;

	if (n > MAX_ENTRIES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "hash set: over %d entries",
				 MAX_ENTRIES);
	h.n = (uint32_t)n;
	while (h.bits < MAX_BITS && (n >> BUCKET_BITS) >> h.bits > 1)
		h.bits++;
	arena_init(&a, SIZE_MAX);
	uint32_t *index = arena_array(&a, ((size_t)1 << h.bits) + 1, sizeof *index);
	uint32_t *list = arena_array(&a, n, sizeof *list);
	uint32_t *size = arena_array(&a, n, sizeof *size);
	uint32_t *spare = arena_array(&a, n, sizeof *spare);
	if (index == NULL || list == NULL || size == NULL || spare == NULL) {
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a hash set");
		goto out;
	}
	sort_all(&o, n, h.bits, index, list);
	h.n_sizes = (uint32_t)distinct_sizes(entry, n, size, spare);
	for (size_t i = 0; i < n; i++)
		h.any |= entry[i].size == HASHSET_ANY_SIZE;
	buf_align(out, 8);
	buf_put(out, &h, sizeof h);
	buf_put(out, index, (((size_t)1 << h.bits) + 1) * sizeof *index);
	buf_put(out, size, h.n_sizes * sizeof *size);
	for (size_t i = 0; i < n; i++)
		buf_put_le32(out, entry[list[i]].size);
	for (size_t i = 0; i < n; i++)
		buf_put_le32(out, entry[list[i]].number);
	for (size_t i = 0; i < n; i++)
		buf_put(out, entry[list[i]].digest, digest_size);
	ok = buf_ok(out) || error_set(e, REASON_LIMIT, PLACE_NONE, "hash set: too large");
out:
	arena_release(&a);
	return ok;
}

/* ---- asking */

bool hashset_wants(struct span blob, uint64_t size)
{
	struct view v;

	if (!open_view(blob, &v))
		return false;
	if (v.head.any != 0)
		return true;
	uint64_t low = 0, high = v.head.n_sizes;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (at32(v.sizes, mid) < size)
			low = mid + 1;
		else
			high = mid;
	}
	return low < v.head.n_sizes && at32(v.sizes, low) == size;
}

static int compare(const struct view *v, uint64_t i, const uint8_t *digest)
{
	struct span d = span_cut(v->digest, i * v->head.digest_size, v->head.digest_size);
	return d.n == v->head.digest_size ? memcmp(d.p, digest, d.n) : 1;
}

bool hashset_find(struct span blob, const uint8_t *digest, size_t digest_size, uint64_t size,
		  uint32_t *number)
{
	struct view v;
	bool found = false;

	if (!open_view(blob, &v) || v.head.digest_size != digest_size || digest_size < 4)
		return false;
	uint32_t b = bucket_of(digest, v.head.bits);
	uint64_t low = at32(v.index, b), end = at32(v.index, (uint64_t)b + 1), high = end;
	if (end > v.head.n)
		return false;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (compare(&v, mid, digest) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < end && compare(&v, low, digest) == 0; low++) {
		uint32_t s = at32(v.size, low), k = at32(v.number, low);
		if ((s == size || s == HASHSET_ANY_SIZE) && (!found || k < *number)) {
			*number = k;
			found = true;
		}
	}
	return found;
}
