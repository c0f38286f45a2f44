/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "sandbox/walk.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Each test has a directory of its own, is in it, and reads what the walk said as lines of text. */
struct place {
	char root[64];
	struct buf told; /* "+path" for a file, "-path: reason" */
	struct walk_options o;
	size_t n_files, stop_after;
	const char *unlink_at_first; /* file() removes it */
	char last[512];
	bool in_order;
};

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct place *p = ctx;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_size, size);
	close(fd);
	if (p->unlink_at_first != NULL)
		unlink(p->unlink_at_first);
	p->unlink_at_first = NULL;
	p->in_order = p->in_order && strcmp(p->last, path) < 0;
	snprintf(p->last, sizeof p->last, "%s", path);
	buf_printf(&p->told, "+%s\n", path);
	return ++p->n_files != p->stop_after;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct place *p = ctx;
	buf_printf(&p->told, "-%s: %s\n", path,
		   e->why == REASON_UNSUPPORTED ? "no bytes" : reason_word(e->why));
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->root, sizeof p->root, "/tmp/pellucid-walk.XXXXXX");
	if (mkdtemp(p->root) == NULL || chdir(p->root) != 0)
		return -1;
	buf_init(&p->told, 64 << 20);
	p->in_order = true;
	p->o = (struct walk_options){ .file = on_file, .skipped = on_skipped, .ctx = p };
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r = chdir("/") != 0 || scratch_close(p->root) != 0;

	buf_release(&p->told);
	free(p);
	return r;
}

static void put_file(const char *path, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void assert_told(struct place *p, const char *expected)
{
	buf_put_u8(&p->told, 0);
	assert_string_equal((const char *)p->told.p, expected);
	buf_reset(&p->told);
}

static void a_tree_is_told_in_order_with_all_that_it_holds(void **state)
{
	struct place *p = *state;
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "d/socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/b", 0755), 0);
	put_file("d/b/two", 0);
	put_file("d/b/one", 9);
	put_file("d/a", 1);
	put_file("d/c\xff\n\x1b", 1);
	assert_int_equal(mkfifo("d/fifo", 0644), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(symlink("..", "d/b/loop"), 0);
	assert_int_equal(symlink("nowhere", "d/dangling"), 0);
	assert_int_equal(link("d/a", "d/z"), 0);
	close(fd);
	assert_true(walk_path(&p->o, "d"));
	assert_told(p, "+d/a\n-d/b/loop: no "
		       "bytes\n+d/b/one\n+d/b/two\n+d/c\xff\n\x1b\n-d/dangling: no bytes\n"
		       "-d/fifo: no bytes\n-d/socket: no bytes\n+d/z\n");
}

static void what_is_named_and_holds_no_bytes_is_a_gap(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkfifo("fifo", 0644), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("self", "self"), 0);
	assert_true(walk_path(&p->o, "fifo"));
	assert_true(walk_path(&p->o, "/dev/null"));
	assert_true(walk_path(&p->o, "dangling"));
	assert_true(walk_path(&p->o, "self"));
	assert_true(walk_path(&p->o, ""));
	assert_told(p, "-fifo: unreadable\n-/dev/null: unreadable\n-dangling: unreadable\n-self: "
		       "unreadable\n"
		       "-: unreadable\n");
}

static void a_link_that_is_named_is_followed(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir("d", 0755), 0);
	put_file("d/a", 1);
	assert_int_equal(symlink("d", "dir"), 0);
	assert_int_equal(symlink("d/a", "file"), 0);
	assert_true(walk_path(&p->o, "dir"));
	assert_true(walk_path(&p->o, "dir/"));
	assert_true(walk_path(&p->o, "file"));
	assert_told(p, "+dir/a\n+dir/a\n+file\n");
}

static void exclusions_and_sizes_are_told(void **state)
{
	struct place *p = *state;
	const char *const globs[] = { "*.o", "d/b", "nothing" };

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/b", 0755), 0);
	put_file("d/b/hidden", 1);
	put_file("d/a.o", 1);
	put_file("d/large", 11);
	put_file("d/small", 10);
	p->o.exclude = globs;
	p->o.n_exclude = 3;
	p->o.max_size = 10;
	assert_true(walk_path(&p->o, "d"));
	assert_told(p, "-d/a.o: no bytes\n-d/b: no bytes\n-d/large: limit\n+d/small\n");
}

static void a_file_that_vanishes_is_told(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir("d", 0755), 0);
	put_file("d/a", 1);
	put_file("d/b", 1);
	p->unlink_at_first = "d/b";
	assert_true(walk_path(&p->o, "d"));
	assert_told(p, "+d/a\n-d/b: unreadable\n");
}

static void what_may_not_be_read_is_told(void **state)
{
	struct place *p = *state;

	if (geteuid() == 0)
		skip(); /* root may read all */
	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/closed", 0), 0);
	put_file("d/secret", 1);
	assert_int_equal(chmod("d/secret", 0), 0);
	assert_true(walk_path(&p->o, "d"));
	assert_told(p, "-d/closed: unreadable\n-d/secret: unreadable\n");
}

static void the_callee_can_end_the_walk(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/b", 0755), 0);
	put_file("d/a", 1);
	put_file("d/b/x", 1);
	put_file("d/c", 1);
	p->stop_after = 2;
	assert_false(walk_path(&p->o, "d"));
	assert_told(p, "+d/a\n+d/b/x\n");
}

/* Deeper than any limit, and far beyond PATH_MAX. */
static void depth_is_bounded_and_told(void **state)
{
	enum { DEEP = WALK_MAX_DEPTH + 100 };
	struct place *p = *state;
	static const char name[] = "a-directory-with-a-long-name";

	for (unsigned i = 0; i < DEEP; i++) {
		assert_int_equal(mkdir(name, 0755), 0);
		assert_int_equal(chdir(name), 0);
		if (i == WALK_MAX_DEPTH - 1)
			put_file("deep", 1);
	}
	assert_int_equal(chdir(p->root), 0);
	assert_true(walk_path(&p->o, name));
	buf_put_u8(&p->told, 0);
	const char *told = (const char *)p->told.p, *second = strchr(told, '\n') + 1;
	size_t n = sizeof name - 1;
	assert_int_equal(p->n_files, 1);
	/* the directory at the limit comes first in order, and is not entered */
	assert_int_equal(told[0], '-');
	assert_int_equal(second - told,
			 1 + (WALK_MAX_DEPTH + 1) * (n + 1) - 1 + strlen(": limit\n"));
	assert_int_equal(second[0], '+');
	for (unsigned i = 0; i < DEEP - 1; i++)
		assert_int_equal(chdir(name), 0);
	for (unsigned i = 0; i < DEEP - 1; i++) { /* nftw(3) cannot go so deep */
		(void)unlink("deep");
		assert_int_equal(rmdir(name), 0);
		assert_int_equal(chdir(".."), 0);
	}
}

static void a_huge_directory_is_told_whole(void **state)
{
	enum { FILES = WALK_SORTED + 50 };
	struct place *p = *state;
	char name[32];

	assert_int_equal(mkdir("d", 0755), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "d/%x", i * 2654435761u);
		int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_true(walk_path(&p->o, "d"));
	assert_int_equal(p->n_files, FILES);
}

static void a_large_directory_is_in_order(void **state)
{
	enum { FILES = 3000 };
	struct place *p = *state;
	char name[32];

	assert_int_equal(mkdir("d", 0755), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "d/%x", i * 2654435761u);
		put_file(name, 0);
	}
	assert_true(walk_path(&p->o, "d"));
	assert_int_equal(p->n_files, FILES);
	assert_true(p->in_order);
}

static void the_kernels_own_file_systems_are_not_read(void **state)
{
	struct place *p = *state;

	if (access("/proc/self/status", R_OK) != 0)
		skip();
	assert_true(walk_path(&p->o, "/proc"));
	assert_true(walk_path(&p->o, "/proc/self/status"));
	assert_told(p, "-/proc: unreadable\n-/proc/self/status: unreadable\n");
	/* but what a link there leads to is */
	assert_true(walk_path(&p->o, "/proc/self/exe"));
	assert_told(p, "+/proc/self/exe\n");
}

static void one_file_system_stays_on_it(void **state)
{
	struct place *p = *state;
	struct stat root, dev;

	if (stat("/dev", &root) != 0 || stat("/dev/shm", &dev) != 0 || root.st_dev == dev.st_dev)
		skip();
	p->o.one_file_system = true;
	assert_true(walk_path(&p->o, "/dev"));
	buf_put_u8(&p->told, 0);
	assert_non_null(strstr((const char *)p->told.p, "-/dev/shm: no bytes\n"));
}

static void list_from(struct place *p, const char *text, size_t n, char separator)
{
	struct error e;
	FILE *f = tmpfile();

	assert_int_equal(fwrite(text, 1, n, f), n);
	rewind(f);
	assert_true(walk_list(&p->o, fileno(f), separator, &e));
	fclose(f);
}

static void lists_are_read_with_either_separator(void **state)
{
	struct place *p = *state;
	static const char lines[] = "a\n\nb", nuls[] = "a\0new\nline\0", broken[] = "a\0b\nb\n";
	struct buf longer;
	struct error e;

	put_file("a", 1);
	put_file("b", 1);
	put_file("new\nline", 1);
	list_from(p, lines, sizeof lines - 1, '\n');
	assert_told(p, "+a\n+b\n");
	list_from(p, nuls, sizeof nuls - 1, '\0');
	assert_told(p, "+a\n+new\nline\n");
	list_from(p, broken, sizeof broken - 1, '\n');
	assert_told(p, "-a: unreadable\n+b\n");
	for (size_t n = WALK_MAX_LINE - 2; n < WALK_MAX_LINE + 9000;
	     n += n < WALK_MAX_LINE + 4 ? 1 : 4000) {
		buf_init(&longer, SIZE_MAX / 2);
		memset(buf_grow(&longer, n), 'x', n);
		buf_put_text(&longer, "\nb\n");
		list_from(p, (const char *)longer.p, longer.n, '\n');
		buf_release(&longer);
		buf_put_u8(&p->told, 0);
		assert_non_null(strstr((const char *)p->told.p, "xxx: unreadable\n+b\n"));
		buf_reset(&p->told);
	}
	assert_false(walk_list(&p->o, -1, '\n', &e));
	assert_int_equal(e.why, REASON_IO);
}

#define ALL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static bool is_wanted(void *ctx, const char *path, mode_t kind, unsigned depth, struct error *why)
{
	(void)why;
	struct place *p = ctx;

	buf_printf(&p->told, "?%s %c%u\n", path,
		   S_ISDIR(kind)   ? 'd'
		   : S_ISREG(kind) ? '-'
				   : 'o',
		   depth);
	return strstr(path, "not") == NULL;
}

static void what_is_not_wanted_is_not_opened(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir("d", 0755), 0);
	assert_int_equal(mkdir("d/not", 0), 0);
	put_file("d/a", 1);
	put_file("d/not-this", 1);
	assert_int_equal(symlink("a", "d/z"), 0);
	p->o.wanted = is_wanted;
	assert_true(walk_path(&p->o, "d"));
	assert_told(p, "?d d0\n?d/a -1\n+d/a\n?d/not d1\n?d/not-this -1\n?d/z o1\n"
		       "-d/z: no bytes\n");
}

/* What was learnt of one file system is not taken for another. */
static void a_list_does_not_lead_to_the_kernels_own(void **state)
{
	static const char lines[] = "a\n/proc/self/status\nb\n";
	struct place *p = *state;

	if (access("/proc/self/status", R_OK) != 0)
		skip();
	put_file("a", 1);
	put_file("b", 1);
	list_from(p, lines, sizeof lines - 1, '\n');
	assert_told(p, "+a\n-/proc/self/status: unreadable\n+b\n");
}

/* How many pages of the file are in memory; they are not asked for by that. */
static size_t n_in_memory(int fd, size_t size)
{
	unsigned char page[16] = { 0 };
	size_t n = 0;

	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mincore(p, size, page), 0);
	assert_int_equal(munmap(p, size), 0);
	for (size_t i = 0; i < sizeof page; i++)
		n += page[i] & 1u;
	return n;
}

static void what_is_on_disk_is_read_early(void **state)
{
	enum { SIZE = 64 << 10, PAGES = SIZE / 4096, TRIES = 1000, TRY_US = 10000 };
	static uint8_t bytes[SIZE];
	struct place *p = *state;
	size_t n = 0;

	if (sysconf(_SC_PAGESIZE) != 4096)
		skip();
	int fd = open("cold", O_RDWR | O_CREAT, 0644);
	assert_int_equal(write(fd, bytes, SIZE), SIZE);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	if (n_in_memory(fd, SIZE) != 0) { /* there is no disk, or others keep it */
		close(fd);
		skip();
	}
	assert_true(walk_path(&p->o, "cold"));
	assert_told(p, "+cold\n");
	for (int i = 0; i < TRIES && (n = n_in_memory(fd, SIZE)) != PAGES; i++)
		(void)usleep(TRY_US);
	assert_int_equal(n, PAGES);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(a_tree_is_told_in_order_with_all_that_it_holds),
		ALL(what_is_named_and_holds_no_bytes_is_a_gap),
		ALL(a_link_that_is_named_is_followed),
		ALL(exclusions_and_sizes_are_told),
		ALL(a_file_that_vanishes_is_told),
		ALL(what_may_not_be_read_is_told),
		ALL(the_callee_can_end_the_walk),
		ALL(depth_is_bounded_and_told),
		ALL(a_huge_directory_is_told_whole),
		ALL(a_large_directory_is_in_order),
		ALL(the_kernels_own_file_systems_are_not_read),
		ALL(one_file_system_stays_on_it),
		ALL(lists_are_read_with_either_separator),
		ALL(what_is_not_wanted_is_not_opened),
		ALL(a_list_does_not_lead_to_the_kernels_own),
		ALL(what_is_on_disk_is_read_early),
	};
	struct rlimit files = { 1024, 1024 };

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < 1024) {
		files.rlim_cur = files.rlim_max < 1024 ? files.rlim_max : 1024;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
