/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/mutate.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "trust/chunks_fetch.h"
#include "trust/client_state.h"
#include "trust/durable.h"
#include "trust/verify/items.h"

static char dir[64];
static unsigned n_asked;

static int set_up(void **state)
{
	(void)state;
	scratch_open(dir);
	n_asked = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_close(dir);
	return 0;
}

static bool get(void *ctx, const char *name, struct buf *out, bool *there, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	(void)ctx;
	n_asked++;
	return durable_path(path, e, "%s/%s", dir, name) && durable_read(path, out, there, e);
}

static const struct proofs here = { NULL };
static const struct chunks_source source = { get, NULL, NULL, NULL };

/* A text of n items, of which number `changed` says something else. */
static struct buf items_of(unsigned n, unsigned changed)
{
	struct buf b;
	char text[64];

	buf_init(&b, 1 << 24);
	buf_put_text(&b, "pellucid/items/v1\n");
	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof text, "this is item %u%s\n", i, i == changed ? ", anew" : "");
		buf_printf(&b, "item set/%06u 0 %zu\n%s", i, strlen(text), text);
	}
	return b;
}

static bool fetches(struct span whole, const uint8_t digest[32], struct span old, uint64_t *fetched,
		    struct error *e)
{
	struct buf out;

	buf_init(&out, 1 << 24);
	bool ok = chunks_fetch(&here, &source, digest, whole.n, old, &out, fetched, e);
	if (ok)
		assert_true(span_equal(buf_span(&out), whole));
	buf_release(&out);
	return ok;
}

static void chunks_are_the_whole_and_end_where_items_do(void **state)
{
	struct buf b = items_of(3000, 0);
	struct cursor c = cursor_of(buf_span(&b));
	struct span chunk;
	size_t n = 0, sum = 0;

	(void)state;
	while (chunks_next(&c, &chunk)) {
		assert_true(span_is(span_cut(chunk, 0, 5), n == 0 ? "pellu" : "item "));
		sum += chunk.n;
		n++;
	}
	assert_int_equal(sum, b.n);
	assert_true(n > 20 && n < 100);
	buf_release(&b);
}

static void only_what_changed_is_asked_for(void **state)
{
	struct buf old = items_of(3000, 0), new = items_of(3000, 1500);
	uint8_t digest[32];
	char hex[65];
	uint64_t all, some;
	struct error e;

	(void)state;
	assert_true(chunks_write(dir, buf_span(&new), hex, &e));
	assert_true(hash_of(HASH_SHA256, buf_span(&new), digest));
	assert_true(fetches(buf_span(&new), digest, (struct span){ NULL, 0 }, &all, &e));
	assert_true(all > new.n);
	n_asked = 0;
	assert_true(fetches(buf_span(&new), digest, buf_span(&old), &some, &e));
	assert_int_equal(n_asked, 3); /* the list, the chunk of item 0, that of item 1500 */
	assert_true(some < all / 4);
	buf_release(&old);
	buf_release(&new);
}

static void what_is_no_text_of_items_is_cut_in_blocks(void **state)
{
	uint8_t *bytes = calloc(1, 200000);
	struct span whole = { bytes, 200000 };
	uint8_t digest[32];
	char hex[65];
	uint64_t fetched;
	struct error e;

	(void)state;
	for (size_t i = 0; i < whole.n; i++)
		bytes[i] = (uint8_t)(i * i >> 7);
	assert_true(chunks_write(dir, whole, hex, &e));
	assert_true(hash_of(HASH_SHA256, whole, digest));
	assert_true(fetches(whole, digest, (struct span){ NULL, 0 }, &fetched, &e));
	/* another size or digest than the release names */
	assert_false(fetches(span_cut(whole, 0, 199999), digest, (struct span){ NULL, 0 }, &fetched,
			     &e));
	digest[0] ^= 1;
	assert_false(fetches(whole, digest, (struct span){ NULL, 0 }, &fetched, &e));
	free(bytes);
}

/* ---- a list that lies */

static struct buf list, whole_text;
static uint8_t whole_digest[32];

static bool get_lie(void *ctx, const char *name, struct buf *out, bool *there, struct error *e)
{
	struct span lie = *(struct span *)ctx;

	if (strncmp(name, "artifact/", 9) != 0)
		return get(NULL, name, out, there, e);
	*there = true;
	buf_put_span(out, lie);
	return true;
}

static void try_list(struct span s)
{
	struct chunks_source lying = { get_lie, &s, NULL, NULL };
	uint64_t fetched;
	struct error e;
	struct buf out;

	buf_init(&out, whole_text.n); /* never more than the release names */
	if (chunks_fetch(&here, &lying, whole_digest, whole_text.n, (struct span){ NULL, 0 }, &out,
			 &fetched, &e))
		assert_true(span_equal(buf_span(&out), buf_span(&whole_text)));
	assert_true(out.n <= whole_text.n && buf_ok(&out));
	buf_release(&out);
}

static void a_list_that_lies_can_only_fail(void **state)
{
	char hex[65], path[DURABLE_PATH_SIZE];
	struct error e;
	bool there;

	(void)state;
	whole_text = items_of(200, 0);
	buf_init(&list, 1 << 16);
	assert_true(chunks_write(dir, buf_span(&whole_text), hex, &e));
	assert_true(hash_of(HASH_SHA256, buf_span(&whole_text), whole_digest));
	assert_true(durable_path(path, &e, "%s/artifact/%s", dir, hex));
	assert_true(durable_read(path, &list, &there, &e) && there);
	mutate(buf_span(&list), try_list);
	buf_release(&list);
	buf_release(&whole_text);
}

/* ---- a chunk that breaks off */

static struct span served; /* the one chunk */
static size_t breaks_at;   /* bytes after which a server sends no more; 0: it sends all */
static unsigned n_chunks;
static size_t asked_from[8]; /* where each request began */
static bool spoils;          /* a server that sends another rest */

static bool get_rest(void *ctx, const char *name, struct buf *out, bool *there, struct error *e)
{
	if (strncmp(name, "artifact/", 9) == 0)
		return get(ctx, name, out, there, e);
	assert_true(n_chunks < 8 && out->n <= served.n);
	asked_from[n_chunks++] = out->n;
	if (breaks_at > out->n) {
		buf_put_span(out, span_cut(served, out->n, breaks_at - out->n));
		return error_set(e, REASON_IO, PLACE_NONE, "broken off");
	}
	size_t from = out->n;
	buf_put_span(out, span_cut(served, from, served.n - from));
	if (spoils && from != 0)
		out->p[from] ^= 1;
	*there = true;
	return true;
}

static void a_chunk_that_broke_off_goes_on_from_there(void **state)
{
	struct chunks_source resumes = { get_rest, NULL, dir, get_rest };
	struct buf whole = items_of(2, 0), out, part;
	char hex[65], path[DURABLE_PATH_SIZE];
	uint64_t fetched;
	uint8_t digest[32];
	struct error e;
	bool there;

	(void)state;
	served = buf_span(&whole);
	assert_true(chunks_write(dir, served, hex, &e) && hash_of(HASH_SHA256, served, digest));
	assert_true(durable_path(path, &e, "%s/%s.part", dir, hex));
	/* all is well; the rest is spoilt; the beginning was damaged; it is as long as the whole */
	for (unsigned kind = 0; kind < 4; kind++) {
		assert_true(durable_path(path, &e, "%s/%s", dir, hex) && durable_remove(path, &e));
		assert_true(durable_path(path, &e, "%s/%s.part", dir, hex));
		buf_init(&out, served.n);
		n_chunks = 0;
		breaks_at = 40;
		assert_false(chunks_fetch(&here, &resumes, digest, served.n,
					  (struct span){ NULL, 0 }, &out, &fetched, &e));
		buf_init(&part, served.n);
		assert_true(durable_read(path, &part, &there, &e) && there && part.n == 40);
		part.p[7] ^= kind == 2;
		assert_true(kind == 3 ? durable_write(path, served, 0644, &e)
				      : durable_write(path, buf_span(&part), 0644, &e));
		breaks_at = 0;
		spoils = kind == 1;
		buf_reset(&out);
		assert_true(chunks_fetch(&here, &resumes, digest, served.n,
					 (struct span){ NULL, 0 }, &out, &fetched, &e));
		assert_true(span_equal(buf_span(&out), served));
		assert_int_equal(asked_from[1], kind == 3 ? 0 : 40);
		assert_int_equal(n_chunks, kind == 1 || kind == 2 ? 3 : 2);
		assert_true(durable_read(path, &part, &there, &e) && !there);
		buf_release(&part);
		buf_release(&out);
	}
	buf_release(&whole);
}

/* ---- a client's memory */

static void a_state_is_kept_and_damage_to_it_is_no_new_start(void **state)
{
	struct accept_state s = { .size = 7, .time = 8, .seq = 9, .expires = 10 }, got;
	char path[DURABLE_PATH_SIZE];
	struct error e;
	struct buf b;
	bool there;

	(void)state;
	s.root.b[3] = 1;
	s.leaf.b[31] = 2;
	assert_true(durable_path(path, &e, "%s/state", dir));
	assert_true(client_state_read(path, &got, &e));
	assert_int_equal(got.seq, 0);
	assert_true(client_state_write(path, &s, &e));
	assert_true(client_state_read(path, &got, &e));
	assert_memory_equal(&got, &s, sizeof s);
	buf_init(&b, 4096);
	assert_true(durable_read(path, &b, &there, &e));
	for (size_t n = 0; n < b.n; n++) {
		assert_true(durable_write(path, span_cut(buf_span(&b), 0, n), 0600, &e));
		assert_false(client_state_read(path, &got, &e));
	}
	buf_release(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chunks_are_the_whole_and_end_where_items_do),
		TEST(only_what_changed_is_asked_for),
		TEST(what_is_no_text_of_items_is_cut_in_blocks),
		TEST(a_list_that_lies_can_only_fail),
		TEST(a_chunk_that_broke_off_goes_on_from_there),
		TEST(a_state_is_kept_and_damage_to_it_is_no_new_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
