/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/snapshot.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- volume shadow copies */

enum { SECTOR = 512, VOLUME = 256 << 10, FIRST = 0x8000, SECOND = 0x14000, BLOCK = 16 << 10 };

static uint8_t image[VOLUME + 64 * SECTOR];

static void put(uint8_t *p, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Identifier, version, kind. */
static void put_record(uint8_t *p, uint32_t kind)
{
	static const uint8_t guid[16] = { 0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e,
					  0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52 };

	memcpy(p, guid, sizeof guid);
	put(p + 16, 1, 4);
	put(p + 20, kind, 4);
}

static void put_entry(uint8_t *block, unsigned i, uint64_t kind, uint64_t made)
{
	put(block + 128 * (i + 1), kind, 8);
	put(block + 128 * (i + 1) + 48, made, 8);
}

/* A volume whose catalogue has two blocks, and three stores among entries of other kinds. */
static void make_volume(uint8_t *v)
{
	memset(image, 0, sizeof image);
	put_record(v + 0x1e00, 1);
	put(v + 0x1e00 + 48, FIRST, 8);
	put_record(v + FIRST, 2);
	put(v + FIRST + 40, SECOND, 8);
	put_entry(v + FIRST, 0, 2, 1001);
	put_entry(v + FIRST, 1, 3, 7);
	put_entry(v + FIRST, 2, 1, 7);
	put_entry(v + FIRST, 126, 2, 1002); /* the last that there is room for */
	put_record(v + SECOND, 2);
	put_entry(v + SECOND, 5, 2, 1003);
}

static struct snapshot_stores look(size_t n)
{
	struct snapshot_stores s;
	struct region r;

	region_of_memory(&r, (struct span){ image, n });
	snapshot_vss(&r, &s);
	return s;
}

static void the_catalogue_of_a_volume_names_its_copies(void **state)
{
	(void)state;
	make_volume(image);
	struct snapshot_stores s = look(VOLUME);
	assert_true(s.kept);
	assert_int_equal(s.at, 0);
	assert_int_equal(s.n, 3);
	for (unsigned i = 0; i < s.n; i++)
		assert_int_equal(s.made[i], 1001 + i);
	put(image + 0x1e00 + 48, 0, 8); /* all were deleted */
	s = look(VOLUME);
	assert_true(s.kept && s.n == 0);
	make_volume(image);
	put(image + SECOND + 40, FIRST, 8); /* in a circle: it ends */
	s = look(VOLUME);
	assert_int_equal(s.n, SNAPSHOT_STORES);
	make_volume(image);
	image[SECOND] ^= 1; /* a block that is lost costs itself */
	assert_int_equal(look(VOLUME).n, 2);
	image[0x1e00] ^= 1;
	assert_false(look(VOLUME).kept);
	assert_false(look(0x1e00 + 4).kept);
}

static void partitions_are_looked_into(void **state)
{
	(void)state;
	for (unsigned gpt = 0; gpt < 2; gpt++) {
		make_volume(image + 64 * SECTOR);
		image[446 + 4] = gpt != 0 ? 0xee : 7;
		put(image + 446 + 8, gpt != 0 ? 1 : 64, 4);
		if (gpt != 0)
			put(image + 2 * SECTOR + 128 * 3 + 32, 64, 8);
		struct snapshot_stores s = look(sizeof image);
		assert_true(s.kept);
		assert_int_equal(s.at, 64 * SECTOR);
		assert_int_equal(s.n, 3);
	}
}

static void look_at(struct span s)
{
	struct snapshot_stores found;
	struct region r;

	region_of_memory(&r, s);
	snapshot_vss(&r, &found);
	assert_true(found.n <= SNAPSHOT_STORES && found.at <= s.n);
}

static void any_bytes_are_looked_at(void **state)
{
	(void)state;
	make_volume(image);
	put(image + 0x1e00 + 48, 0x2000, 8); /* the catalogue close behind, so that all is short */
	memcpy(image + 0x2000, image + FIRST, 512);
	static const size_t places[] = { 0x1e00, 0x1e10, 0x1e14, 0x1e30, 0x1e37, 0x2000,
					 0x2014, 0x2028, 0x202f, 0x2080, 0x20b0 };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = image[places[i]];
			image[places[i]] = (uint8_t)v;
			look_at((struct span){ image, 0x2300 });
			image[places[i]] = was;
		}
	for (size_t n = 0x1d00; n < 0x2300; n++) {
		uint8_t *p = malloc(n);
		memcpy(p, image, n);
		look_at((struct span){ p, n });
		free(p);
	}
}

/* ---- what the machine has */

struct told {
	char text[8192];
};

static void keep(void *ctx, const char *what, const char *where, const char *command)
{
	struct told *t = ctx;
	size_t n = strlen(t->text);

	(void)snprintf(t->text + n, sizeof t->text - n, "%s|%s|%s\n", what, where, command);
}

static char root[] = "/tmp/snapshot.XXXXXX";

static void file(const char *path, const char *text)
{
	char at[512];
	struct error e;

	(void)snprintf(at, sizeof at, "%s/%s", root, path);
	for (char *slash = strchr(at + sizeof root, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(at, 0700);
		*slash = '/';
	}
	assert_true(io_replace(at, span_of(text), 0600, &e));
}

static void snapshots_that_are_there_are_named(void **state)
{
	static const char group[] =
		"vg0 {\n\tid = \"a\"\n\tlogical_volumes {\n"
		"\t\troot {\n\t\t\tsegment1 {\n\t\t\t\ttype = \"striped\"\n\t\t\t}\n\t\t}\n"
		"\t\tnightly {\n\t\t\tsegment1 {\n\t\t\t\ttype = \"striped\"\n\t\t\t}\n\t\t}\n"
		"\t\tmonday {\n\t\t\tsegment1 {\n\t\t\t\ttype = \"thin\"\n\t\t\t\torigin = "
		"\"data\"\n\t\t\t}\n\t\t}\n"
		"\t\tsnapshot0 {\n\t\t\tsegment1 {\n\t\t\t\ttype = \"snapshot\"\n\t\t\t\torigin = "
		"\"root\"\n\t\t\t\tcow_store = \"nightly\"\n\t\t\t}\n\t\t}\n\t}\n}\n";
	char tree[512];
	struct told t = { "" };

	(void)state;
	assert_non_null(mkdtemp(root));
	file("etc/lvm/backup/vg0", group);
	file("it's/.zfs/snapshot/daily-2/x", "");
	file("it's/.zfs/snapshot/daily-1/x", "");
	file("it's/share/a/x", "");
	(void)snprintf(tree, sizeof tree, "%s/it's/share/a", root);
	snapshot_find(root, tree, keep, &t);
	assert_non_null(strstr(t.text, "snapshots of LVM, as its own notes have them|/etc/lvm (2: "
				       "monday, nightly)|lvs -o "));
	assert_non_null(strstr(t.text, "it's/.zfs/snapshot (2: daily-1, daily-2)|ls -la '/tmp/"));
	assert_non_null(strstr(t.text, "/it'\\''s/.zfs/snapshot'\n"));
	(void)snprintf(tree, sizeof tree, "rm -rf '%s'", root);
	assert_int_equal(system(tree), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_of_a_volume_names_its_copies),
		cmocka_unit_test(partitions_are_looked_into),
		cmocka_unit_test(any_bytes_are_looked_at),
		cmocka_unit_test(snapshots_that_are_there_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
