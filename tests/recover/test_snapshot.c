/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/snapshot.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

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

/* A path that ends in a slash, without a text: directories alone. */
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
	if (text != NULL)
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
	snapshot_find(&snapshot_linux, root, tree, keep, &t);
	assert_non_null(strstr(t.text, "snapshots of LVM, as its own notes have them|/etc/lvm (2: "
				       "monday, nightly)|lvs -o "));
	assert_non_null(strstr(t.text, "it's/.zfs/snapshot (2: daily-1, daily-2)|ls -la '/tmp/"));
	assert_non_null(strstr(t.text, "/it'\\''s/.zfs/snapshot'\n"));
	assert_non_null(strstr(t.text, "snapshots of ZFS, by the directory's name alone|"));
	(void)snprintf(tree, sizeof tree, "rm -rf '%s'", root);
	assert_int_equal(system(tree), 0);
}

/* ---- a kernel of our own, which says of common directories that they are something else */

struct subvolume {
	const char *path; /* beneath root */
	uint64_t id, within;
	const char *from; /* the path from there, a name last */
	uint8_t uuid, parent;
	uint64_t flags, made;
};

enum { READ_ONLY = 1, MONDAY = 1790000000 };

static const struct subvolume *subvolumes;
static size_t n_subvolumes;
static unsigned long magic;
static const char *denied; /* a subvolume that has no name for this user */

/* The path of a descriptor beneath root; NULL where it is not beneath it. */
static const char *beneath(int fd, char path[PATH_MAX])
{
	char link[64];

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, PATH_MAX - 1);
	assert_true(n > 0);
	path[n] = '\0';
	size_t skip = strlen(root);
	if (strncmp(path, root, skip) != 0)
		return NULL;
	return path[skip] == '/' ? path + skip + 1 : path + skip;
}

/* The one that the path lies in. */
static const struct subvolume *holder(const char *path)
{
	const struct subvolume *best = NULL;

	for (size_t i = 0; path != NULL && i < n_subvolumes; i++) {
		size_t n = strlen(subvolumes[i].path);
		if (n == 0 || (strncmp(path, subvolumes[i].path, n) == 0 &&
			       (path[n] == '/' || path[n] == '\0')))
			best = best == NULL || n > strlen(best->path) ? &subvolumes[i] : best;
	}
	return best;
}

static int own_system(int fd, struct statfs *fs)
{
	char path[PATH_MAX];

	assert_int_equal(fstatfs(fd, fs), 0);
	if (beneath(fd, path) != NULL)
		fs->f_type = (long)magic;
	return 0;
}

static int own_stat(int fd, struct stat *st)
{
	char path[PATH_MAX];
	const char *p = beneath(fd, path);
	const struct subvolume *s = holder(p);

	assert_int_equal(fstat(fd, st), 0);
	if (s != NULL && strcmp(s->path, p) == 0)
		st->st_ino = 256;
	if (magic == 0x2fc12fc1 && p != NULL && strcmp(p, "it's/.zfs/snapshot") == 0)
		st->st_ino = 0xfffffffffffd;
	return 0;
}

static int own_ask(int fd, unsigned long request, void *arg)
{
	char path[PATH_MAX];
	const struct subvolume *s = holder(beneath(fd, path));

	assert_non_null(s);
	if (request == BTRFS_IOC_FS_INFO) {
		memset(((struct btrfs_ioctl_fs_info_args *)arg)->fsid, 7, BTRFS_FSID_SIZE);
	} else if (request == BTRFS_IOC_GET_SUBVOL_INFO) {
		struct btrfs_ioctl_get_subvol_info_args *a = arg;
		*a = (struct btrfs_ioctl_get_subvol_info_args){ .treeid = s->id };
		a->flags = s->flags;
		a->otime.sec = s->made;
		memset(a->uuid, s->uuid, sizeof a->uuid);
		memset(a->parent_uuid, s->parent, sizeof a->parent_uuid);
		return 1; /* as Linux 6.18 does */
	} else if (request == BTRFS_IOC_GET_SUBVOL_ROOTREF) {
		struct btrfs_ioctl_get_subvol_rootref_args *a = arg;
		uint64_t from = a->min_treeid;
		a->num_items = 0;
		for (size_t i = 0; i < n_subvolumes; i++)
			if (subvolumes[i].within == s->id && subvolumes[i].id >= from) {
				if (a->num_items == BTRFS_MAX_ROOTREF_BUFFER_NUM) {
					errno = EOVERFLOW;
					return -1;
				}
				a->rootref[a->num_items].dirid = 1000 + i;
				a->rootref[a->num_items++].treeid = subvolumes[i].id;
			}
	} else {
		assert_int_equal(request, BTRFS_IOC_INO_LOOKUP_USER);
		struct btrfs_ioctl_ino_lookup_user_args *a = arg;
		const struct subvolume *of = &subvolumes[a->dirid - 1000];
		assert_int_equal(of->id, a->treeid);
		if (denied != NULL && strcmp(of->path, denied) == 0) {
			errno = EACCES;
			return -1;
		}
		const char *slash = strrchr(of->from, '/');
		(void)snprintf(a->name, sizeof a->name, "%s", slash ? slash + 1 : of->from);
		(void)snprintf(a->path, sizeof a->path, "%.*s",
			       slash ? (int)(slash + 1 - of->from) : 0, of->from);
	}
	return 0;
}

static const struct snapshot_kernel own_kernel = { own_system, own_stat, own_ask };

static void look_beneath(const char *path, struct told *t)
{
	char tree[512];

	t->text[0] = '\0';
	(void)snprintf(tree, sizeof tree, "%s/%s", root, path);
	snapshot_find(&own_kernel, root, tree, keep, t);
}

static void begin(void)
{
	(void)snprintf(root, sizeof root, "/tmp/snapshot.XXXXXX");
	assert_non_null(mkdtemp(root));
}

static void end(void)
{
	char command[64];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	subvolumes = NULL;
	n_subvolumes = 0;
}

static void snapshots_of_btrfs_are_told_by_the_file_system(void **state)
{
	static const struct subvolume all[] = {
		{ "", 5, 0, "", 1, 0, 0, 0 },
		{ "data", 256, 5, "data", 2, 0, 0, 0 },
		{ "home", 257, 5, "home", 3, 0, 0, 0 },
		{ "keep/monday", 258, 5, "keep/monday", 4, 2, READ_ONLY, MONDAY },
		{ "data/a/tuesday", 259, 256, "a/tuesday", 5, 2, 0, MONDAY + 86400 },
		{ "home/.snapshots", 260, 257, ".snapshots", 6, 0, 0, 0 },
		{ "home/.snapshots/1/snapshot", 261, 260, "1/snapshot", 7, 3, READ_ONLY, MONDAY },
	};
	struct told t;
	char want[512];

	(void)state;
	begin();
	subvolumes = all;
	n_subvolumes = sizeof all / sizeof *all;
	magic = BTRFS_SUPER_MAGIC;
	file("data/a/tuesday/x", "");
	file("data/snapshot-of-nothing/x", ""); /* a name is none */
	file("keep/monday/x", "");
	file("home/.snapshots/1/snapshot/x", "");
	look_beneath("data/a", &t);
	(void)snprintf(want, sizeof want,
		       "snapshots of btrfs of the subvolume that this lies in|%s (2: "
		       "%s/data/a/tuesday of 2026-09-22 14:13:20 UTC, which can be written, "
		       "%s/keep/monday of 2026-09-21 14:13:20 UTC)|btrfs subvolume list -s '%s'\n",
		       root, root, root, root);
	assert_non_null(strstr(t.text, want));
	(void)snprintf(want, sizeof want,
		       "other subvolumes of the same file system|%s (1: "
		       "%s/home/.snapshots/1/snapshot of 2026-09-21 14:13:20 UTC)|",
		       root, root);
	assert_non_null(strstr(t.text, want));
	assert_null(strstr(t.text, "may have"));
	assert_null(strstr(t.text, "nothing"));
	look_beneath("data/a/tuesday/x",
		     &t); /* a file: as its directory, whose kind is a snapshot's */
	assert_non_null(strstr(t.text, "other subvolumes of the same file system|"));
	denied = "keep/monday";
	look_beneath("data", &t);
	assert_non_null(strstr(t.text, "(1 subvolumes could not be looked at)|"));
	assert_null(strstr(t.text, "monday"));
	denied = NULL;
	magic = EXT4_SUPER_MAGIC;
	look_beneath("data", &t);
	assert_null(strstr(t.text, "btrfs"));
	end();
}

static void many_snapshots_of_btrfs_are_counted(void **state)
{
	enum { MANY = 600 };
	static struct subvolume many[MANY + 1] = { { "", 5, 0, "", 1, 0, 0, 0 } };
	static char name[MANY][8];
	struct told t;

	(void)state;
	begin();
	for (unsigned i = 0; i < MANY; i++) {
		char at[16];
		(void)snprintf(name[i], sizeof name[i], "s%u", i);
		many[i + 1] =
			(struct subvolume){ name[i], 256 + i, 5, name[i], 2, 1, READ_ONLY, 0 };
		(void)snprintf(at, sizeof at, "s%u/", i);
		file(at, NULL);
	}
	subvolumes = many;
	n_subvolumes = MANY + 1;
	magic = BTRFS_SUPER_MAGIC;
	look_beneath("", &t);
	assert_non_null(strstr(t.text, " (600: "));
	assert_non_null(strstr(t.text, "/s15 of 1970-01-01 00:00:00 UTC, ...)|"));
	assert_null(strstr(t.text, "/s16 "));
	end();
}

static void zfs_says_which_directory_is_its_own(void **state)
{
	struct told t;

	(void)state;
	begin();
	magic = 0x2fc12fc1;
	file("it's/.zfs/snapshot/daily-1/x", "");
	file("it's/share/.snapshot/x", "");
	look_beneath("it's/share", &t);
	assert_non_null(strstr(t.text, "\nsnapshots of ZFS|"));
	assert_null(strstr(t.text, "ZFS, by"));
	assert_non_null(strstr(t.text, "snapshots of the file server, by the directory's name "));
	assert_non_null(strstr(t.text, "|zfs list -t snapshot -o name,creation '"));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_of_a_volume_names_its_copies),
		cmocka_unit_test(partitions_are_looked_into),
		cmocka_unit_test(any_bytes_are_looked_at),
		cmocka_unit_test(snapshots_that_are_there_are_named),
		cmocka_unit_test(snapshots_of_btrfs_are_told_by_the_file_system),
		cmocka_unit_test(many_snapshots_of_btrfs_are_counted),
		cmocka_unit_test(zfs_says_which_directory_is_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
