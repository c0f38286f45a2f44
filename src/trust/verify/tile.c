/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/tile.h"

#include <stdio.h>

void tile_path(int level, uint64_t number, unsigned width, char to[TILE_PATH_SIZE])
{
	char kind[16] = "entries";
	uint64_t power = 1;
	int n;

	if (level != TILE_ENTRIES)
		snprintf(kind, sizeof kind, "%d", level);
	n = snprintf(to, TILE_PATH_SIZE, "tile/%s/", kind);
	while (number / power >= 1000)
		power *= 1000;
	for (; power > 1; power /= 1000) /* 20 digits at most: seven groups */
		n += snprintf(to + n, (size_t)(TILE_PATH_SIZE - n), "x%03u/",
			      (unsigned)(number / power % 1000));
	n += snprintf(to + n, (size_t)(TILE_PATH_SIZE - n), "%03u", (unsigned)(number % 1000));
	if (width < TILE_WIDTH)
		snprintf(to + n, (size_t)(TILE_PATH_SIZE - n), ".p/%u", width);
}

unsigned tile_width(unsigned level, uint64_t number, uint64_t size)
{
	uint64_t hashes = level < 8 ? size >> 8 * level : 0;

	if (number >= hashes / TILE_WIDTH + 1)
		return 0;
	return number < hashes / TILE_WIDTH ? TILE_WIDTH : (unsigned)(hashes % TILE_WIDTH);
}

/* Node (height, number): the root of the 2^height leaves from number * 2^height on, all there. */
static bool node_at(const struct tile_source *t, unsigned height, uint64_t number,
		    struct merkle_hash *out, struct error *e)
{
	struct merkle_hash row[TILE_WIDTH];
	unsigned within = height % 8, n = 1u << within;
	uint64_t first = number << within;
	unsigned from = (unsigned)(first % TILE_WIDTH);

	if (!t->read(t->ctx, height / 8, first / TILE_WIDTH, from + n, row, e))
		return false;
	for (; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			row[from + i] = merkle_node(&row[from + 2 * i], &row[from + 2 * i + 1]);
	*out = row[from];
	return true;
}

/* The largest k with 2^k <= n; n > 0. */
static unsigned log2_of(uint64_t n) { return 63u - (unsigned)__builtin_clzll(n); }

/* The complete subtrees of leaves [start, n), largest first; start lies on a multiple of the
 * first. */
static bool subtrees(const struct tile_source *t, uint64_t start, uint64_t n,
		     struct merkle_tree *out, struct error *e)
{
	*out = (struct merkle_tree){ .n = n - start };
	while (start < n) {
		unsigned height = log2_of(n - start);
		if (!node_at(t, height, start >> height, &out->peak[out->n_peaks], e))
			return false;
		out->n_peaks++;
		start += UINT64_C(1) << height;
	}
	return true;
}

static bool edge(const struct tile_source *t, uint64_t start, uint64_t n, struct merkle_hash *out,
		 struct error *e)
{
	struct merkle_tree tree;

	if (!subtrees(t, start, n, &tree, e))
		return false;
	*out = merkle_root(&tree);
	return true;
}

bool tile_tree(const struct tile_source *t, uint64_t n, struct merkle_tree *out, struct error *e)
{
	return subtrees(t, 0, n, out, e);
}

bool tile_root(const struct tile_source *t, uint64_t n, struct merkle_hash *out, struct error *e)
{
	return edge(t, 0, n, out, e);
}

static bool push(struct merkle_proof *out, const struct merkle_hash *h, struct error *e)
{
	return merkle_push(out, h) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "proof: over %d hashes", MERKLE_MAX_PROOF);
}

/* Node (height, number), or as much of it as a tree of n leaves has. */
static bool push_node(const struct tile_source *t, unsigned height, uint64_t number, uint64_t n,
		      struct merkle_proof *out, struct error *e)
{
	struct merkle_hash h;
	uint64_t start = number << height, end = start + (UINT64_C(1) << height);

	if (end <= n ? !node_at(t, height, number, &h, e) : !edge(t, start, n, &h, e))
		return false;
	return push(out, &h, e);
}

/* The siblings on the way from node (level, number) to the root of n leaves. */
static bool walk(const struct tile_source *t, uint64_t number, unsigned level, uint64_t n,
		 struct merkle_proof *out, struct error *e)
{
	uint64_t last = (n - 1) >> level;
	unsigned inner = number == last ? 0 : log2_of(number ^ last) + 1;

	for (unsigned k = 0; k < inner; k++)
		if (!push_node(t, level + k, (number >> k) ^ 1, n, out, e))
			return false;
	for (unsigned k = inner; number >> k != 0; k++)
		if ((number >> k & 1) != 0 &&
		    !push_node(t, level + k, (number >> k) - 1, n, out, e))
			return false;
	return true;
}

bool tile_inclusion(const struct tile_source *t, uint64_t index, uint64_t n,
		    struct merkle_proof *out, struct error *e)
{
	if (index >= n || n > INT64_MAX)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "proof: no such leaf");
	out->n = 0;
	return walk(t, index, 0, n, out, e);
}

bool tile_consistency(const struct tile_source *t, uint64_t m, uint64_t n, struct merkle_proof *out,
		      struct error *e)
{
	if (m > n || n > INT64_MAX)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "proof: no such trees");
	out->n = 0;
	if (m == 0 || m == n)
		return true;
	unsigned level = (unsigned)__builtin_ctzll(m);
	uint64_t number = (m - 1) >> level;
	if (number != 0 && !push_node(t, level, number, n, out, e))
		return false;
	return walk(t, number, level, n, out, e);
}

bool tile_next_entry(struct cursor *bundle, struct span *out)
{
	if (cursor_left(bundle) == 0)
		return false;
	uint16_t n = cursor_be16(bundle);
	struct span entry = cursor_take(bundle, n);
	if (!cursor_ok(bundle))
		return false;
	*out = entry;
	return true;
}
