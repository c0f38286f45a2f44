/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/test.h"
#include "tests/trust/vectors.h"
#include "trust/verify/tile.h"

#include <stdio.h>

/* ---- the naive model: RFC 6962, 2.1 as it is written, by recursion */

enum { MODEL_MAX = 1400 };
static struct merkle_hash model[MODEL_MAX];

static size_t split(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct merkle_hash mth(size_t from, size_t n)
{
	if (n == 0)
		return merkle_empty();
	if (n == 1)
		return model[from];
	struct merkle_hash l = mth(from, split(n)), r = mth(from + split(n), n - split(n));
	return merkle_node(&l, &r);
}

static void push(struct merkle_proof *p, struct merkle_hash h) { assert_true(merkle_push(p, &h)); }

static void path(size_t m, size_t from, size_t n, struct merkle_proof *p)
{
	size_t k = split(n);

	if (n <= 1)
		return;
	if (m < k) {
		path(m, from, k, p);
		push(p, mth(from + k, n - k));
	} else {
		path(m - k, from + k, n - k, p);
		push(p, mth(from, k));
	}
}

static void subproof(size_t m, size_t from, size_t n, bool whole, struct merkle_proof *p)
{
	size_t k = split(n);

	if (m == n) {
		if (!whole)
			push(p, mth(from, n));
	} else if (m <= k) {
		subproof(m, from, k, whole, p);
		push(p, mth(from + k, n - k));
	} else {
		subproof(m - k, from + k, n - k, false, p);
		push(p, mth(from, k));
	}
}

/* Tiles out of the model: what the files of a log of MODEL_MAX leaves hold. */
static bool read_model(void *ctx, unsigned level, uint64_t number, unsigned width,
		       struct merkle_hash out[TILE_WIDTH], struct error *e)
{
	size_t each = (size_t)1 << 8 * level;

	(void)ctx;
	(void)e;
	for (unsigned i = 0; i < width; i++) {
		size_t from = ((size_t)number * TILE_WIDTH + i) * each;
		assert_true(from + each <= MODEL_MAX);
		out[i] = mth(from, each);
	}
	return true;
}

static const struct tile_source tiles = { read_model, NULL };

static int set_up(void **state)
{
	char text[32];

	(void)state;
	for (size_t i = 0; i < MODEL_MAX; i++) {
		snprintf(text, sizeof text, "leaf %zu", i);
		model[i] = merkle_leaf(span_of(text));
	}
	vectors_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vectors_close();
	return 0;
}

/* ---- published vectors */

static void assert_hash(const struct merkle_hash *h, const char *hex)
{
	char text[HASH_MAX_HEX + 1];

	hex_text(h->b, sizeof h->b, text);
	assert_string_equal(text, hex);
}

static void hashes_are_those_of_the_rfc(void **state)
{
	uint8_t both[9];
	char hex[HASH_MAX_HEX + 1];
	struct merkle_hash h = merkle_empty();

	(void)state;
	assert_hash(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	h = merkle_leaf(span_of(""));
	assert_hash(&h, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	h = merkle_leaf(span_of("L123456"));
	assert_hash(&h, "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
	memcpy(both, "\001N123N456", sizeof both); /* shorter than a node of ours */
	assert_true(hash_hex(HASH_SHA256, (struct span){ both, sizeof both }, hex));
	assert_string_equal(hex,
			    "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
}

static void the_eight_leaves_have_their_roots(void **state)
{
	const struct json_item *leaves = vector("ref_leaves_hex"), *hashes = vector("leaf_hashes");
	struct merkle_tree t = { 0 };
	uint8_t data[64];
	char size[8];

	(void)state;
	for (size_t i = 0; i <= 8; i++) {
		snprintf(size, sizeof size, "%zu", i);
		struct merkle_hash want = hash_in(json_read_member(vector("roots"), size));
		struct merkle_hash got = merkle_root(&t);
		assert_true(merkle_equal(&want, &got));
		if (i == 8)
			break;
		size_t n = hex_bytes(text_in(json_read_element(leaves, i)), data);
		struct merkle_hash leaf = merkle_leaf((struct span){ data, n });
		want = hash_in(json_read_element(hashes, i));
		assert_true(merkle_equal(&want, &leaf));
		merkle_add(&t, &leaf);
	}
}

static struct merkle_proof proof_in(const struct json_item *item)
{
	struct merkle_proof p = { .n = 0 };

	for (size_t i = 0; i < json_read_count(item); i++)
		push(&p, hash_in(json_read_element(item, i)));
	return p;
}

static struct merkle_hash root_of(uint64_t size)
{
	char text[8];

	snprintf(text, sizeof text, "%u", (unsigned)size);
	return hash_in(json_read_member(vector("roots"), text));
}

static void the_published_proofs_hold(void **state)
{
	const struct json_item *list = vector("inclusion");
	struct error e;

	(void)state;
	assert_int_equal(json_read_count(list), 7);
	for (size_t i = 0; i < json_read_count(list); i++) {
		const struct json_item *one = json_read_element(list, i);
		uint64_t index = number_in(json_read_member(one, "index"));
		uint64_t size = number_in(json_read_member(one, "size"));
		struct merkle_proof p = proof_in(json_read_member(one, "proof"));
		struct merkle_hash root = root_of(size);
		struct merkle_hash leaf =
			hash_in(json_read_element(vector("leaf_hashes"), (size_t)index));
		assert_true(merkle_check_inclusion(index, size, &leaf, &p, &root, &e));
	}
	list = vector("consistency");
	assert_int_equal(json_read_count(list), 7);
	for (size_t i = 0; i < json_read_count(list); i++) {
		const struct json_item *one = json_read_element(list, i);
		uint64_t m = number_in(json_read_member(one, "old"));
		uint64_t n = number_in(json_read_member(one, "new"));
		struct merkle_proof p = proof_in(json_read_member(one, "proof"));
		struct merkle_hash then = root_of(m), now = root_of(n);
		assert_true(merkle_check_consistency(m, n, &then, &now, &p, &e));
	}
}

static void assert_tile(const char *name, const struct json_item *tile, unsigned level,
			uint64_t number, unsigned width)
{
	struct merkle_hash row[TILE_WIDTH];
	char path_text[TILE_PATH_SIZE], hex[HASH_MAX_HEX + 1];
	struct error e;

	tile_path((int)level, number, width, path_text);
	assert_string_equal(path_text, name);
	assert_true(read_model(NULL, level, number, width, row, &e));
	assert_int_equal(number_in(json_read_member(tile, "bytes")), width * 32);
	assert_true(hash_hex(HASH_SHA256, (struct span){ row[0].b, width * 32u }, hex));
	assert_true(span_is(text_in(json_read_member(tile, "sha256")), hex));
}

static void the_tree_of_300_has_its_tiles(void **state)
{
	const struct json_item *tree = vector("tree300"), *t = json_read_member(tree, "tiles");
	struct merkle_hash want = hash_in(json_read_member(tree, "root")), got;
	struct error e;

	(void)state;
	assert_true(tile_root(&tiles, 300, &got, &e));
	assert_true(merkle_equal(&want, &got));
	assert_tile("tile/0/000", json_read_member(t, "tile/0/000"), 0, 0, 256);
	assert_tile("tile/0/001.p/44", json_read_member(t, "tile/0/001.p/44"), 0, 1, 44);
	assert_tile("tile/1/000.p/1", json_read_member(t, "tile/1/000.p/1"), 1, 0, 1);
}

static void the_tree_of_70000_has_its_root(void **state)
{
	struct merkle_hash want = hash_in(json_read_member(vector("tree70000"), "root"));
	struct merkle_tree t = { 0 };
	char text[32];

	(void)state;
	for (unsigned i = 0; i < 70000; i++) {
		snprintf(text, sizeof text, "leaf %u", i);
		struct merkle_hash leaf = merkle_leaf(span_of(text));
		merkle_add(&t, &leaf);
	}
	struct merkle_hash got = merkle_root(&t);
	assert_true(merkle_equal(&want, &got));
	assert_int_equal(tile_width(0, 272, 70000), 256);
	assert_int_equal(tile_width(0, 273, 70000), 112);
	assert_int_equal(tile_width(0, 274, 70000), 0);
	assert_int_equal(tile_width(1, 1, 70000), 17);
	assert_int_equal(tile_width(2, 0, 70000), 1);
	assert_int_equal(tile_width(2, 0, 256), 0);
	assert_int_equal(tile_width(1, 0, 256), 1);
}

static void paths_are_in_groups_of_three(void **state)
{
	char text[TILE_PATH_SIZE];

	(void)state;
	tile_path(0, 1234067, 256, text);
	assert_string_equal(text, "tile/0/x001/x234/067");
	tile_path(TILE_ENTRIES, 5, 256, text);
	assert_string_equal(text, "tile/entries/005");
	tile_path(TILE_ENTRIES, 1000, 7, text);
	assert_string_equal(text, "tile/entries/x001/000.p/7");
	tile_path(63, UINT64_MAX, 1, text);
	assert_string_equal(text, "tile/63/x018/x446/x744/x073/x709/x551/615.p/1");
}

/* ---- against the model */

/* Every way to spoil a proof of ours that we think of; none may be accepted. */
static void spoil_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
			    const struct merkle_proof *good, const struct merkle_hash *root)
{
	struct merkle_proof p = *good;
	struct error e;

	for (size_t i = 0; i < good->n; i++) {
		p.hash[i].b[i % 32] ^= (uint8_t)(1 << (i % 8));
		assert_false(merkle_check_inclusion(index, size, leaf, &p, root, &e));
		p = *good;
	}
	if (p.n != 0) {
		p.n--;
		assert_false(merkle_check_inclusion(index, size, leaf, &p, root, &e));
		p.n++;
	}
	push(&p, *root);
	assert_false(merkle_check_inclusion(index, size, leaf, &p, root, &e));
	if (good->n > 1) {
		p = *good;
		p.hash[0] = good->hash[1];
		p.hash[1] = good->hash[0];
		assert_false(merkle_check_inclusion(index, size, leaf, &p, root, &e));
	}
	assert_false(merkle_check_inclusion(index, size, root, good, leaf, &e) && size > 1);
	assert_false(merkle_check_inclusion(size, size, leaf, good, root, &e));
	if ((index ^ 1) < size)
		assert_false(merkle_check_inclusion(index ^ 1, size, leaf, good, root, &e));
}

static void spoil_consistency(uint64_t m, uint64_t n, const struct merkle_hash *then,
			      const struct merkle_hash *now, const struct merkle_proof *good)
{
	struct merkle_proof p = *good;
	struct error e;

	for (size_t i = 0; i < good->n; i++) {
		p.hash[i].b[i % 32] ^= (uint8_t)(1 << (i % 8));
		assert_false(merkle_check_consistency(m, n, then, now, &p, &e));
		p = *good;
	}
	if (p.n != 0) {
		p.n--;
		assert_false(merkle_check_consistency(m, n, then, now, &p, &e));
		p.n++;
	}
	push(&p, *then);
	assert_false(merkle_check_consistency(m, n, then, now, &p, &e));
	if (m != n) {
		assert_false(merkle_check_consistency(m, n, now, then, good, &e));
		assert_false(merkle_check_consistency(n, m, then, now, good, &e));
	}
}

static void all_proofs_of_small_trees_hold_and_none_that_is_spoiled(void **state)
{
	struct error e;

	(void)state;
	for (uint64_t n = 1; n <= 66; n++) {
		struct merkle_hash root = mth(0, n), from_tiles;
		assert_true(tile_root(&tiles, n, &from_tiles, &e));
		assert_true(merkle_equal(&root, &from_tiles));
		for (uint64_t i = 0; i < n; i++) {
			struct merkle_proof want = { .n = 0 }, got;
			path(i, 0, n, &want);
			assert_true(tile_inclusion(&tiles, i, n, &got, &e));
			assert_int_equal(want.n, got.n);
			assert_memory_equal(want.hash, got.hash, 32 * want.n);
			assert_true(merkle_check_inclusion(i, n, &model[i], &got, &root, &e));
			spoil_inclusion(i, n, &model[i], &got, &root);
		}
		for (uint64_t m = 1; m <= n; m++) {
			struct merkle_proof want = { .n = 0 }, got;
			struct merkle_hash then = mth(0, m);
			if (m != n)
				subproof(m, 0, n, true, &want);
			assert_true(tile_consistency(&tiles, m, n, &got, &e));
			assert_int_equal(want.n, got.n);
			assert_memory_equal(want.hash, got.hash, 32 * want.n);
			assert_true(merkle_check_consistency(m, n, &then, &root, &got, &e));
			spoil_consistency(m, n, &then, &root, &got);
		}
	}
}

static void proofs_across_tiles_hold(void **state)
{
	static const uint64_t sizes[] = { 255, 256, 257, 300, 511, 512, 513, 1023, 1025, 1399 };
	struct error e;

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		uint64_t n = sizes[k];
		struct merkle_hash root = mth(0, n);
		struct merkle_tree t;
		assert_true(tile_tree(&tiles, n, &t, &e));
		struct merkle_hash again = merkle_root(&t);
		assert_true(merkle_equal(&root, &again));
		for (uint64_t i = 0; i < n; i += 1 + n / 13) {
			struct merkle_proof p;
			struct merkle_hash then = mth(0, i + 1);
			assert_true(tile_inclusion(&tiles, i, n, &p, &e));
			assert_true(merkle_check_inclusion(i, n, &model[i], &p, &root, &e));
			assert_true(tile_consistency(&tiles, i + 1, n, &p, &e));
			assert_true(merkle_check_consistency(i + 1, n, &then, &root, &p, &e));
		}
	}
}

static void a_tree_from_tiles_grows_like_one_from_leaves(void **state)
{
	struct merkle_tree t;
	struct error e;

	(void)state;
	assert_true(tile_tree(&tiles, 299, &t, &e));
	for (size_t i = 299; i < 700; i++) {
		merkle_add(&t, &model[i]);
		struct merkle_hash want = mth(0, i + 1), got = merkle_root(&t);
		assert_true(merkle_equal(&want, &got));
	}
}

static void extremes_are_refused_without_harm(void **state)
{
	struct merkle_hash h = merkle_empty();
	struct merkle_proof p = { .n = 0 };
	struct error e;

	(void)state;
	assert_false(merkle_check_inclusion(0, 0, &h, &p, &h, &e));
	assert_false(merkle_check_inclusion(UINT64_MAX, UINT64_MAX, &h, &p, &h, &e));
	assert_false(merkle_check_consistency(0, 1, &h, &h, &(struct merkle_proof){ .n = 1 }, &e));
	assert_true(merkle_check_consistency(0, 1, &h, &h, &p, &e)); /* as tlog-witness has it */
	assert_true(merkle_check_consistency(0, 0, &h, &h, &p, &e));
	assert_false(merkle_check_consistency(0, 0, &h, &model[0], &p, &e));
	p.n = MERKLE_MAX_PROOF;
	assert_false(merkle_check_inclusion(UINT64_MAX - 1, UINT64_MAX, &h, &p, &h, &e));
	assert_false(merkle_check_consistency(UINT64_MAX - 1, UINT64_MAX, &h, &h, &p, &e));
	assert_false(merkle_push(&p, &h));
	p.n = SIZE_MAX; /* nobody's, but no reason to read on */
	assert_false(merkle_check_inclusion(1, 2, &h, &p, &h, &e));
	assert_false(merkle_check_consistency(1, 2, &h, &h, &p, &e));
	assert_false(tile_inclusion(&tiles, 3, 3, &p, &e));
	assert_false(tile_consistency(&tiles, 4, 3, &p, &e));
}

static void a_bundle_of_entries_is_walked_and_damage_seen(void **state)
{
	static const uint8_t bytes[] = { 0, 1, 'a', 0, 0, 0, 2, 'b', 'c' };
	struct cursor c = cursor_of((struct span){ bytes, sizeof bytes });
	struct span s;

	(void)state;
	assert_true(tile_next_entry(&c, &s));
	assert_true(span_is(s, "a"));
	assert_true(tile_next_entry(&c, &s));
	assert_int_equal(s.n, 0);
	assert_true(tile_next_entry(&c, &s));
	assert_true(span_is(s, "bc"));
	assert_false(tile_next_entry(&c, &s));
	assert_true(cursor_ok(&c));
	for (size_t n = 1; n < sizeof bytes; n++) {
		c = cursor_of((struct span){ bytes, n });
		while (tile_next_entry(&c, &s))
			;
		assert_int_equal(cursor_ok(&c), n == 3 || n == 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_of_the_rfc),
		cmocka_unit_test(the_eight_leaves_have_their_roots),
		cmocka_unit_test(the_published_proofs_hold),
		cmocka_unit_test(the_tree_of_300_has_its_tiles),
		cmocka_unit_test(the_tree_of_70000_has_its_root),
		cmocka_unit_test(paths_are_in_groups_of_three),
		cmocka_unit_test(all_proofs_of_small_trees_hold_and_none_that_is_spoiled),
		cmocka_unit_test(proofs_across_tiles_hold),
		cmocka_unit_test(a_tree_from_tiles_grows_like_one_from_leaves),
		cmocka_unit_test(extremes_are_refused_without_harm),
		cmocka_unit_test(a_bundle_of_entries_is_walked_and_damage_seen),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
