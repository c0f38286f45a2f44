/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/trust/vectors.h"
#include "trust/durable.h"
#include "trust/log_store.h"
#include "trust/verify/bundle.h"

#include <sys/stat.h>

static char dir[64];
static struct signer key;

static int set_up(void **state)
{
	struct error e;

	(void)state;
	vectors_open();
	key = vector_signer("log");
	scratch_open(dir);
	return !log_store_create(dir, &key, &e);
}

static int tear_down(void **state)
{
	(void)state;
	scratch_close(dir);
	vectors_close();
	return 0;
}

static struct log_store *opened(void)
{
	struct log_store *s = NULL;
	struct error e;

	if (!log_store_open(dir, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

static void add_leaves(struct log_store *s, uint64_t from, uint64_t to)
{
	char text[32];
	uint64_t index;
	struct error e;

	for (uint64_t i = from; i < to; i++) {
		snprintf(text, sizeof text, "leaf %u", (unsigned)i);
		assert_true(log_store_add(s, span_of(text), &index, &e));
		assert_int_equal(index, i);
	}
}

static void publish(struct log_store *s)
{
	struct error e;

	if (!log_store_publish(s, NULL, NULL, &e))
		fail_msg("%s", e.text);
}

static struct buf file(const char *name)
{
	char path[DURABLE_PATH_SIZE];
	struct error e;
	struct buf b;

	buf_init(&b, 1 << 24);
	snprintf(path, sizeof path, "%s/public/%s", dir, name);
	if (!io_read_file(path, &b, &e))
		fail_msg("%s: %s", name, e.text);
	return b;
}

static void assert_file(const char *name, const struct json_item *want)
{
	struct buf b = file(name);
	char hex[HASH_MAX_HEX + 1];

	assert_int_equal(b.n, number_in(json_read_member(want, "bytes")));
	assert_true(hash_hex(HASH_SHA256, buf_span(&b), hex));
	assert_true(span_is(text_in(json_read_member(want, "sha256")), hex));
	buf_release(&b);
}

static void a_log_of_300_leaves_has_the_published_files(void **state)
{
	const struct json_item *tree = vector("tree300"), *tiles = json_read_member(tree, "tiles");
	const struct json_item *entries = json_read_member(tree, "entries");
	struct merkle_hash root = hash_in(json_read_member(tree, "root"));
	struct log_store *s = opened();

	(void)state;
	for (uint64_t n = 0; n < 300;) { /* in pieces, which leave partial tiles behind */
		uint64_t to = n + 1 + n % 37;
		if (to > 300)
			to = 300;
		add_leaves(s, n, to);
		publish(s);
		n = to;
	}
	assert_int_equal(log_store_head(s)->size, 300);
	assert_true(merkle_equal(&log_store_head(s)->root, &root));
	assert_file("tile/0/000", json_read_member(tiles, "tile/0/000"));
	assert_file("tile/0/001.p/44", json_read_member(tiles, "tile/0/001.p/44"));
	assert_file("tile/1/000.p/1", json_read_member(tiles, "tile/1/000.p/1"));
	assert_file("tile/entries/000", json_read_member(entries, "tile/entries/000"));
	assert_file("tile/entries/001.p/44", json_read_member(entries, "tile/entries/001.p/44"));
	log_store_close(s);
}

static void every_entry_is_proven_after_every_publication(void **state)
{
	struct log_store *s = opened();
	struct buf proof, entry;
	struct bundle b;
	struct error e;

	(void)state;
	buf_init(&proof, BUNDLE_MAX_SIZE);
	buf_init(&entry, TILE_MAX_ENTRY);
	for (uint64_t n = 1; n <= 20; n++) {
		add_leaves(s, n - 1, n);
		publish(s);
		for (uint64_t i = 0; i < n; i++) {
			buf_reset(&proof);
			buf_reset(&entry);
			assert_true(log_store_prove(s, i, &proof, &e));
			assert_true(log_store_entry(s, i, &entry, &e));
			assert_true(bundle_parse(buf_span(&proof), &b, &e));
			struct merkle_hash leaf = merkle_leaf(buf_span(&entry));
			assert_true(bundle_check(&b, &leaf, n, &log_store_head(s)->root, &e));
			assert_true(span_equal(b.checkpoint, log_store_note(s)));
		}
		buf_reset(&proof);
		assert_false(log_store_prove(s, n, &proof, &e));
	}
	buf_release(&proof);
	buf_release(&entry);
	log_store_close(s);
}

static void what_is_added_waits_and_survives(void **state)
{
	struct log_store *s = opened(), *again = NULL;
	struct error e;

	(void)state;
	add_leaves(s, 0, 3);
	assert_int_equal(log_store_waiting(s), 3);
	assert_int_equal(log_store_head(s)->size, 0);
	assert_false(log_store_open(dir, &again, &e)); /* one process at a time */
	assert_int_equal(e.why, REASON_DENIED);
	log_store_close(s);
	s = opened();
	assert_int_equal(log_store_waiting(s), 3);
	publish(s);
	assert_int_equal(log_store_waiting(s), 0);
	assert_int_equal(log_store_head(s)->size, 3);
	struct buf before = file("checkpoint");
	publish(s); /* nothing new: the same head */
	struct buf after = file("checkpoint");
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
	log_store_close(s);
}

static void an_entry_of_any_bytes_up_to_64_KiB_is_kept(void **state)
{
	struct log_store *s = opened();
	uint8_t *large = calloc(1, TILE_MAX_ENTRY + 1);
	uint64_t index;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, TILE_MAX_ENTRY);
	assert_false(log_store_add(s, (struct span){ large, TILE_MAX_ENTRY + 1 }, &index, &e));
	assert_true(log_store_add(s, (struct span){ large, TILE_MAX_ENTRY }, &index, &e));
	assert_true(log_store_add(s, (struct span){ NULL, 0 }, &index, &e));
	publish(s);
	assert_true(log_store_entry(s, 0, &b, &e));
	assert_int_equal(b.n, TILE_MAX_ENTRY);
	buf_reset(&b);
	assert_true(log_store_entry(s, 1, &b, &e));
	assert_int_equal(b.n, 0);
	buf_release(&b);
	free(large);
	log_store_close(s);
}

static bool refuse(void *ctx, struct log_store *s, struct span note, struct buf *lines,
		   struct error *e)
{
	struct buf *shown = ctx;

	(void)s;
	(void)lines;
	buf_reset(shown);
	buf_put_span(shown, note);
	return error_set(e, REASON_IO, PLACE_NONE, "nobody is there");
}

/* The head that a witness was shown and did not sign stays the next head, whatever comes. */
static void a_head_that_was_shown_is_the_one_that_is_published(void **state)
{
	struct log_store *s = opened();
	struct error e;
	struct buf shown;

	(void)state;
	buf_init(&shown, NOTE_MAX_SIZE);
	add_leaves(s, 0, 2);
	assert_false(log_store_publish(s, refuse, &shown, &e));
	assert_int_equal(log_store_head(s)->size, 0);
	add_leaves(s, 2, 5);
	log_store_close(s);
	s = opened();
	assert_int_equal(log_store_waiting(s), 5);
	publish(s);
	assert_int_equal(log_store_head(s)->size, 2);
	assert_true(span_equal(log_store_note(s), buf_span(&shown)));
	publish(s);
	assert_int_equal(log_store_head(s)->size, 5);
	buf_release(&shown);
	log_store_close(s);
}

static void overwrite(const char *name, size_t at)
{
	char path[DURABLE_PATH_SIZE];
	FILE *f;
	int c;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, (long)at, SEEK_SET);
	c = fgetc(f);
	fseek(f, (long)at, SEEK_SET);
	fputc(c ^ 1, f);
	fclose(f);
}

static void a_log_whose_files_do_not_fit_is_not_opened(void **state)
{
	static const char *const files[] = { "public/checkpoint", "private/signed",
					     "public/tile/0/000.p/3", "private/key" };
	struct log_store *s = opened();
	struct error e;
	struct buf shown;

	(void)state;
	add_leaves(s, 0, 3);
	publish(s);
	log_store_close(s);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		overwrite(files[i], 30);
		assert_false(log_store_open(dir, &s, &e));
		overwrite(files[i], 30);
	}
	s = opened();
	add_leaves(s, 3, 5);
	buf_init(&shown, 4096);
	assert_false(log_store_publish(s, refuse, &shown, &e));
	buf_release(&shown);
	log_store_close(s);
	overwrite("private/queue/000000000003", 2); /* after a head was signed over it */
	s = opened();
	assert_false(log_store_publish(s, NULL, NULL, &e));
	log_store_close(s);
	assert_false(log_store_create(dir, &key, &e));
}

static void the_secret_is_for_its_owner_alone(void **state)
{
	char path[DURABLE_PATH_SIZE];
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s/private/key", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof path, "%s/private/queue", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_of_300_leaves_has_the_published_files),
		TEST(every_entry_is_proven_after_every_publication),
		TEST(what_is_added_waits_and_survives),
		TEST(an_entry_of_any_bytes_up_to_64_KiB_is_kept),
		TEST(a_head_that_was_shown_is_the_one_that_is_published),
		TEST(a_log_whose_files_do_not_fit_is_not_opened),
		TEST(the_secret_is_for_its_owner_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
