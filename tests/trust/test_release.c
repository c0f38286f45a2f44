/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/trust/small_log.h"

#define ITEMS  "pellucid/items/v1\n"
#define HEX64  "e7afc82d38944fc7930545328091d45823288c1f734cbdac06396713ebd4b5d5"
#define RECORD " " HEX64 "\n"

static struct small_world *world;

static int set_up(void **state)
{
	(void)state;
	world = malloc(sizeof *world);
	vectors_open();
	small_world_open(world);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	small_world_close(world);
	vectors_close();
	free(world);
	return 0;
}

static const struct small_release plain = { .channel = "rules",
					    .seq = 1,
					    .issued = 1000,
					    .expires = 2000,
					    .count = { 1, 1, 0, 0 },
					    .keys = 3 };

static void a_release_is_read(void **state)
{
	struct small_release r = plain;
	struct release got;
	struct release_removal gone;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	r.seq = 7;
	r.prev = merkle_leaf(span_of("six"));
	r.artifact = span_of(ITEMS);
	r.count = (struct release_count){ 5, 4, 3, 2 };
	r.removals = "removed a/b false-positive" RECORD "removed a/c superseded" RECORD;
	small_release_write(world, &r, &b);
	assert_true(release_parse(buf_span(&b), &got, &e));
	assert_int_equal(got.channel, RELEASE_RULES);
	assert_int_equal(got.seq, 7);
	assert_true(merkle_equal(&got.prev, &r.prev));
	assert_int_equal(got.issued, 1000);
	assert_int_equal(got.expires, 2000);
	assert_int_equal(got.n_artifacts, 1);
	assert_true(release_artifact(&got, span_of("rules.txt")) == &got.artifact[0]);
	assert_null(release_artifact(&got, span_of("rules")));
	assert_int_equal(got.count.removed, 2);
	struct cursor c = cursor_of(got.removals);
	assert_true(release_next_removal(&c, &gone) && span_is(gone.id, "a/b"));
	assert_true(span_is(gone.reason, "false-positive"));
	assert_true(release_next_removal(&c, &gone) && span_is(gone.id, "a/c"));
	assert_false(release_next_removal(&c, &gone));
	buf_release(&b);
}

/* The text of a release with one line put in place of another, signed. */
static bool reads_with(const char *line, const char *instead)
{
	static const char text[] =
		"pellucid/release/v1\nchannel trust\nseq 2\n"
		"prev 1 B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=\nissued 1000\nexpires 2000\n"
		"artifact a.txt 5 " HEX64 "\nartifact trust.txt 6 " HEX64 "\n"
		"count total=9 added=0 changed=0 removed=2\nremoved a legal " HEX64
		"\nremoved b withdrawn " HEX64 "\nreplaces-policy " HEX64 "\n";
	const char *at = strstr(text, line);
	struct release *r = malloc(sizeof *r);
	struct error e;
	struct buf t, b;

	assert_non_null(at);
	buf_init(&t, 1 << 16);
	buf_init(&b, 1 << 16);
	buf_put(&t, text, (size_t)(at - text));
	buf_put_text(&t, instead);
	buf_put_text(&t, at + strlen(line));
	signer_note(&world->key[0], buf_span(&t), &b);
	bool ok = release_parse(buf_span(&b), r, &e);
	buf_release(&t);
	buf_release(&b);
	free(r);
	return ok;
}

static void every_line_of_a_release_has_its_form(void **state)
{
	static const char *const bad[][2] = {
		{ "pellucid/release/v1\n", "" },
		{ "release/v1", "release/v2" },
		{ "channel trust", "channel truth" },
		{ "channel trust", "channel rules" }, /* the main artefact is another */
		{ "channel trust", "channel  trust" },
		{ "seq 2", "seq 3" },
		{ "seq 2", "seq 02" },
		{ "seq 2\nprev 1", "seq 0\nprev 0" },
		{ "seq 2\nprev 1", "seq 1\nprev 0" }, /* the first has no predecessor */
		{ "seq 2\nprev 1", "seq 9223372036854775808\nprev 9223372036854775807" },
		{ "prev 1 ", "prev 1  " },
		{ "JEh+c=", "JEh+d=" },
		{ "B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=",
		  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
		{ "expires 2000", "expires 1000" },
		{ "expires 2000", "expires 1210601" },
		{ "issued 1000\nexpires 2000\n", "expires 2000\nissued 1000\n" },
		{ "issued 1000", "issued 1000 1" },
		{ "artifact a.txt", "artifact z.txt" },
		{ "artifact a.txt", "artifact trust.txt" },
		{ "artifact a.txt", "artifact .txt" },
		{ "artifact a.txt", "artifact ../a" },
		{ "artifact a.txt", "artifact \xc3\xa4.txt" },
		{ "artifact trust.txt", "artifact trust2.txt" },
		{ "a.txt 5", "a.txt 1073741825" },
		{ "trust.txt 6 e7", "trust.txt 6 E7" },
		{ "total=9", "total=09" },
		{ "total=9 added=0", "added=0 total=9" },
		{ "removed=2\n", "removed=1\n" },
		{ "removed=2\n", "removed=3\n" },
		{ "removed=2\n", "removed=2 \n" },
		{ "removed a legal", "removed b legal" },
		{ "removed a legal", "removed c legal" },
		{ "removed a legal", "removed a because" },
		{ "removed a legal", "removed a" },
		{ "removed a legal", "removed a\tb legal" },
		{ "replaces-policy e", "replaces-policy f0e" },
		{ "replaces-policy", "more x\nreplaces-policy" },
		{ "\nreplaces-policy " HEX64, "\nreplaces-policy " HEX64 "\nmore x" },
	};

	(void)state;
	assert_true(reads_with("seq 2", "seq 2"));
	assert_true(reads_with("expires 2000", "expires 1210600"));
	assert_true(reads_with("\nreplaces-policy " HEX64, ""));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (reads_with(bad[i][0], bad[i][1]))
			fail_msg("accepted: %s -> %s", bad[i][0], bad[i][1]);
}

/* Row 17: a rogue analyst alone. */
static void a_threshold_of_distinct_keys_has_to_sign(void **state)
{
	struct note_key twice[] = { world->key[0].key, world->key[0].key };
	struct release got;
	struct error e;

	(void)state;
	snprintf(twice[1].name, sizeof twice[1].name, "another.name");
	twice[1].id = note_key_id(span_of(twice[1].name), NOTE_ED25519,
				  (struct span){ twice[1].public, 32 });
	for (unsigned keys = 0; keys < 8; keys++) {
		struct small_release r = plain;
		struct buf b;
		buf_init(&b, 1 << 16);
		r.keys = keys;
		small_release_write(world, &r, &b);
		if (keys == 0) {
			assert_false(release_parse(buf_span(&b), &got, &e));
			buf_release(&b);
			continue;
		}
		assert_true(release_parse(buf_span(&b), &got, &e));
		for (size_t k = 0; k <= 4; k++)
			assert_int_equal(release_check_keys(&got, world->policy.key, 3, k, &e),
					 k != 0 && (size_t)__builtin_popcount(keys) >= k);
		/* one key twice in the list, or its signature twice in the note, is one */
		signer_line(&world->key[0], got.note.text, 0, &b);
		assert_true(release_parse(buf_span(&b), &got, &e));
		assert_false(release_check_keys(&got, twice, 2, 2, &e));
		/* a revoked key is one that is no longer in the list */
		assert_int_equal(release_check_keys(&got, world->policy.key + 1, 2, 2, &e),
				 (keys & 6) == 6);
		buf_release(&b);
	}
}

static void a_signature_of_another_text_spoils_the_release(void **state)
{
	struct small_release r = plain;
	struct release got;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	small_release_write(world, &r, &b);
	signer_line(&world->key[2], span_of("another\n"), 0, &b);
	assert_true(release_parse(buf_span(&b), &got, &e));
	assert_false(release_check_keys(&got, world->policy.key, 3, 2, &e));
	assert_true(release_check_keys(&got, world->policy.key, 2, 2, &e));
	buf_release(&b);
}

/* ---- items */

static bool canonical(const char *text)
{
	struct release_count n;
	struct error e;

	return items_diff((struct span){ NULL, 0 }, span_of(text), &n, NULL, NULL, &e);
}

/* Row 5: what cannot be read as text is no artefact. */
static void items_have_one_text(void **state)
{
	static const char *const bad[] = {
		"x",
		"pellucid/items/v2\n",
		ITEMS "item b 0 2\nb\nitem a 0 2\na\n",
		ITEMS "item a 0 2\na\nitem a 0 2\na\n",
		ITEMS "item a 0 2\na\n\n",
		ITEMS "item a 0 3\na\n",
		ITEMS "item a 0 1\na",
		ITEMS "item a 0 0\n",
		ITEMS "item a 00 2\na\n",
		ITEMS "item a 256 2\na\n",
		ITEMS "item a 0 2 \na\n",
		ITEMS "item a 2\na\n",
		ITEMS "item  0 2\na\n",
		ITEMS "item a*b 0 2\na\n",
		ITEMS "item a 0 2\n\xff\n",
		ITEMS "item a 0 2\n\x01\n",
		ITEMS "item a 0 2\n\x7f\n",
		ITEMS "item a 0 2\n\r\n",
		ITEMS "thing a 0 2\na\n",
		ITEMS "item a 0 4194305\na\n",
	};

	(void)state;
	assert_true(canonical(ITEMS));
	assert_true(canonical(ITEMS "item a 0 2\na\nitem a/b 255 3\n\tb\nitem b 1 1\n\n"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(canonical(bad[i]));
}

struct seen {
	char text[256];
};

static void note_change(void *ctx, enum items_change what, const struct items_item *item)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%c%.*s ", "+~-"[what], (int)item -> id.n,
		 (const char *)item->id.p);
}

#define OLD ITEMS "item a 0 2\na\nitem b 0 2\nb\nitem c 0 2\nc\nitem e 1 2\ne\n"
#define NEW ITEMS "item b 0 2\nb\nitem c 0 2\nC\nitem d 0 2\nd\nitem e 0 2\ne\nitem f 0 2\nf\n"

static void a_difference_is_found_in_one_walk(void **state)
{
	struct release_count n;
	struct seen s = { "" };
	struct error e;

	(void)state;
	assert_true(items_diff(span_of(OLD), span_of(NEW), &n, note_change, &s, &e));
	assert_string_equal(s.text, "-a ~c +d ~e +f ");
	assert_int_equal(n.total, 5);
	assert_int_equal(n.added, 2);
	assert_int_equal(n.changed, 2);
	assert_int_equal(n.removed, 1);
}

static bool tells_the_truth(struct release_count count, const char *removals, const char *old,
			    const char *new, struct error *e)
{
	struct small_release r = plain;
	struct release got;
	struct buf b;

	buf_init(&b, 1 << 16);
	r.count = count;
	r.removals = removals;
	r.artifact = span_of(new);
	small_release_write(world, &r, &b);
	bool ok = release_parse(buf_span(&b), &got, e) &&
		  items_check_release(&got, span_of(old), span_of(new), e);
	buf_release(&b);
	return ok;
}

/* Row 10: a rule that vanishes without a word. */
static void a_silent_removal_is_refused(void **state)
{
	struct error e;

	(void)state;
	assert_true(tells_the_truth((struct release_count){ 5, 2, 2, 1 },
				    "removed a false-positive" RECORD, OLD, NEW, &e));
	assert_false(tells_the_truth((struct release_count){ 5, 2, 2, 0 }, "", OLD, NEW, &e));
	assert_non_null(strstr(e.text, "a is removed"));
	assert_false(tells_the_truth((struct release_count){ 5, 2, 2, 1 },
				     "removed b false-positive" RECORD, OLD, NEW, &e));
	assert_false(tells_the_truth((struct release_count){ 5, 2, 2, 2 },
				     "removed a legal" RECORD "removed z legal" RECORD, OLD, NEW,
				     &e));
	assert_false(tells_the_truth((struct release_count){ 5, 1, 2, 1 },
				     "removed a false-positive" RECORD, OLD, NEW, &e));
	assert_false(tells_the_truth((struct release_count){ 5, 2, 1, 1 },
				     "removed a false-positive" RECORD, OLD, NEW, &e));
	assert_false(tells_the_truth((struct release_count){ 6, 2, 2, 1 },
				     "removed a false-positive" RECORD, OLD, NEW, &e));
	/* renamed: gone under the old name, and that has to be said */
	assert_false(tells_the_truth((struct release_count){ 1, 1, 0, 0 }, "",
				     ITEMS "item a 0 2\na\n", ITEMS "item b 0 2\na\n", &e));
}

static void an_artefact_is_held_against_size_and_digest(void **state)
{
	struct small_release r = plain;
	struct release got;
	struct error e;
	struct buf b;
	uint8_t digest[32];

	(void)state;
	buf_init(&b, 1 << 16);
	r.artifact = span_of(NEW);
	small_release_write(world, &r, &b);
	assert_true(release_parse(buf_span(&b), &got, &e));
	assert_true(hash_of(HASH_SHA256, r.artifact, digest));
	const struct release_artifact *a = &got.artifact[0];
	assert_true(release_check_artifact(a, r.artifact.n, NULL, &e));
	assert_true(release_check_artifact(a, r.artifact.n, digest, &e));
	assert_false(release_check_artifact(a, r.artifact.n + 1, NULL, &e));
	digest[31] ^= 1;
	assert_false(release_check_artifact(a, r.artifact.n, digest, &e));
	buf_release(&b);
}

/* ---- damage */

static struct buf good;

static void try_release(struct span s)
{
	struct release r;
	struct error e;

	if (release_parse(s, &r, &e) && release_check_keys(&r, world->policy.key, 3, 2, &e))
		assert_true(span_equal(s, buf_span(&good)));
}

static void no_damage_to_a_release_is_signed(void **state)
{
	struct small_release r = plain;

	(void)state;
	buf_init(&good, 1 << 16);
	small_release_write(world, &r, &good);
	mutate(buf_span(&good), try_release);
	buf_release(&good);
}

static void try_items(struct span s)
{
	struct release_count n;
	struct seen seen = { "" };
	struct error e;

	if (items_diff(span_of(OLD), s, &n, note_change, &seen, &e) && !span_is(s, OLD))
		assert_true(seen.text[0] != '\0');
}

static void no_damage_to_items_goes_unseen(void **state)
{
	(void)state;
	mutate(span_of(OLD), try_items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_is_read),
		cmocka_unit_test(every_line_of_a_release_has_its_form),
		cmocka_unit_test(a_threshold_of_distinct_keys_has_to_sign),
		cmocka_unit_test(a_signature_of_another_text_spoils_the_release),
		cmocka_unit_test(items_have_one_text),
		cmocka_unit_test(a_difference_is_found_in_one_walk),
		cmocka_unit_test(a_silent_removal_is_refused),
		cmocka_unit_test(an_artefact_is_held_against_size_and_digest),
		cmocka_unit_test(no_damage_to_a_release_is_signed),
		cmocka_unit_test(no_damage_to_items_goes_unseen),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
