/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "sandbox/walker.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What the walk in another process tells is held against what the one in this process tells.  That
 * process asks wanted(), which is where it is made to hang, or to end, at chosen paths.
 */

struct place {
	char root[64];
	struct buf told; /* "+path: bytes" for a file, "-path: reason", "/path" */
	struct walk_options o;
	size_t n_files, stop_after;
	char bad[8][64]; /* paths at which wanted() does not come back */
	size_t n_bad;
	bool hangs; /* it hangs, else it ends its process */
	bool taken; /* what is bad is passed over with the word that the walker has for it */
	pid_t self;
};

static void on_told(struct place *p, char how, const char *path)
{
	buf_put_u8(&p->told, (uint8_t)how);
	buf_put_text(&p->told, path);
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct place *p = ctx;
	char byte = 0;

	assert_int_equal(pread(fd, &byte, 1, 0), size != 0);
	close(fd);
	on_told(p, '+', path);
	buf_printf(&p->told, ": %d %c\n", (int)size, size != 0 ? byte : '-');
	return ++p->n_files != p->stop_after;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	on_told(ctx, '-', path);
	buf_printf(&((struct place *)ctx)->told, ": %s\n", reason_word(e->why));
}

static void on_refused(void *ctx, const char *path, const struct error *e)
{
	on_told(ctx, '!', path);
	buf_printf(&((struct place *)ctx)->told, ": %s\n", e->text);
}

static void on_entered(void *ctx, const char *path)
{
	on_told(ctx, '/', path);
	buf_put_u8(&((struct place *)ctx)->told, '\n');
}

static bool is_wanted(void *ctx, const char *path, mode_t kind, unsigned depth, struct error *why)
{
	struct place *p = ctx;

	(void)depth;
	for (size_t i = 0; i < p->n_bad; i++) {
		if (strcmp(p->bad[i], path) != 0)
			continue;
		if (p->taken) {
			error_set(why, REASON_CRASH, PLACE_NONE, "bad");
			return false;
		}
		assert_int_not_equal(getpid(), p->self);
		if (!p->hangs)
			_exit(0);
		for (;;)
			pause();
	}
	if (strstr(path, "refuse") != NULL)
		return error_set(why, REASON_LIMIT, PLACE_NONE, "refused");
	return S_ISREG(kind) || S_ISDIR(kind) || S_ISLNK(kind);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->root, sizeof p->root, "/tmp/pellucid-walker.XXXXXX");
	if (mkdtemp(p->root) == NULL || chdir(p->root) != 0)
		return -1;
	buf_init(&p->told, 64 << 20);
	p->self = getpid();
	p->o = (struct walk_options){ .file = on_file,
				      .skipped = on_skipped,
				      .refused = on_refused,
				      .entered = on_entered,
				      .wanted = is_wanted,
				      .ctx = p };
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

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make_tree(void)
{
	assert_int_equal(mkdir("t", 0755), 0);
	assert_int_equal(mkdir("t/a", 0755), 0);
	assert_int_equal(mkdir("t/a/deep", 0755), 0);
	assert_int_equal(mkdir("t/b", 0755), 0);
	assert_int_equal(mkdir("t/refuse", 0755), 0);
	assert_int_equal(symlink("a", "t/link"), 0);
	make("t/a/1", "one");
	make("t/a/deep/2", "");
	make("t/a/deep/3", "three");
	make("t/a/z", "zed");
	make("t/a.b", "sorted between a and a/");
	make("t/b/4", "four");
	make("t/refuse/5", "five");
	for (int i = 0; i < 50; i++) {
		char name[32];
		snprintf(name, sizeof name, "t/n%02d", i);
		make(name, name + 3);
	}
}

static bool walk_apart(struct place *p, const char *path)
{
	const struct walker_options o = { .walk = p->o, .patience_s = 1, .always = true };
	struct walker *k;
	struct error e;

	buf_reset(&p->told);
	assert_true(walker_new(&o, &k, &e));
	bool on = walker_path(k, path);
	walker_free(k);
	buf_put_u8(&p->told, 0);
	return on;
}

/* The lines in which `bad` ones have another reason are made the same. */
static char *told(struct place *p)
{
	struct buf out;

	buf_init(&out, 64 << 20);
	for (char *line = (char *)p->told.p, *end; *line != '\0'; line = end) {
		end = strchr(line, '\n') + 1;
		char *colon = memchr(line, ':', (size_t)(end - line));
		bool bad = false;
		for (size_t i = 0; colon != NULL && i < p->n_bad; i++)
			bad = bad || ((size_t)(colon - line - 1) == strlen(p->bad[i]) &&
				      memcmp(line + 1, p->bad[i], strlen(p->bad[i])) == 0);
		if (bad)
			buf_printf(&out, "bad %.*s\n", (int)(colon - line - 1), line + 1);
		else
			buf_put(&out, line, (size_t)(end - line));
	}
	buf_put_u8(&out, 0);
	return (char *)out.p;
}

static void tells_the_same(struct place *p, const char *path)
{
	p->taken = true;
	buf_reset(&p->told);
	assert_true(walk_path(&p->o, path));
	buf_put_u8(&p->told, 0);
	char *here = told(p);
	p->taken = false;
	assert_true(walk_apart(p, path));
	char *there = told(p);
	assert_string_equal(here, there);
	free(here);
	free(there);
}

static void another_process_tells_what_this_one_does(void **state)
{
	struct place *p = *state;

	make_tree();
	tells_the_same(p, "t");
	tells_the_same(p, "t/");
	tells_the_same(p, "t/a/1");
	tells_the_same(p, "t/link");
	tells_the_same(p, "nothing");
	tells_the_same(p, "");
	assert_true(strstr((char *)p->told.p, "-: unreadable\n") != NULL);
	p->o.max_size = 4;
	tells_the_same(p, "t");
	assert_true(strstr((char *)p->told.p, "-t/a/deep/3: limit\n") != NULL);
	assert_true(strstr((char *)p->told.p, "!t/refuse: refused\n") != NULL);
	assert_true(strstr((char *)p->told.p, "/t/a/deep\n") != NULL);
}

/* Wherever it ends, or at several places, nothing else is lost, told twice or out of order. */
static void one_that_ends_costs_what_it_was_at(void **state)
{
	static const char *const all[] = { "t/a",   "t/a/1",      "t/a/deep", "t/a/deep/2",
					   "t/a/z", "t/a/deep/3", "t/b",      "t/a.b",
					   "t/n00", "t/n31",      "t/n49",    "t/link",
					   "t/b/4", "t/refuse",   "t" };
	enum { N = sizeof all / sizeof *all };
	struct place *p = *state;

	make_tree();
	for (size_t i = 0; i < N; i++) {
		p->n_bad = 1;
		snprintf(p->bad[0], sizeof p->bad[0], "%s", all[i]);
		if (i != N - 1) /* of the named one it is asked again */
			tells_the_same(p, "t");
		for (size_t k = 0; k < N - 1 && i < N - 1; k++) {
			p->n_bad = 3;
			snprintf(p->bad[1], sizeof p->bad[1], "%s", all[k]);
			snprintf(p->bad[2], sizeof p->bad[2], "%s", all[(i + k) % (N - 1)]);
			tells_the_same(p, "t");
		}
	}
}

static void one_that_hangs_is_ended(void **state)
{
	struct place *p = *state;

	make_tree();
	p->hangs = true;
	p->n_bad = 1;
	snprintf(p->bad[0], sizeof p->bad[0], "t/a/deep/2");
	tells_the_same(p, "t");
	assert_true(walk_apart(p, "t"));
	assert_true(strstr((char *)p->told.p, "-t/a/deep/2: limit:time\n") != NULL);
	assert_true(strstr((char *)p->told.p, "+t/a/deep/3: 5 t\n") != NULL);
}

static void the_path_that_was_named_can_hang(void **state)
{
	struct place *p = *state;

	make_tree();
	p->hangs = true;
	p->n_bad = 1;
	snprintf(p->bad[0], sizeof p->bad[0], "t");
	assert_true(walk_apart(p, "t"));
	assert_string_equal((char *)p->told.p, "-t: limit:time\n");
}

/* Names are put in order WALK_SORTED at a time; beyond that they come as the directory has them. */
static void a_directory_of_many_names_is_gone_on_with(void **state)
{
	enum { MANY = WALK_SORTED * 2 + 100 };
	struct place *p = *state;

	assert_int_equal(mkdir("t", 0755), 0);
	for (int i = 0; i < MANY; i++) {
		char name[32];
		snprintf(name, sizeof name, "t/%05d", i);
		make(name, "");
	}
	tells_the_same(p, "t");
	p->n_bad = 3;
	snprintf(p->bad[0], sizeof p->bad[0], "t/00007");
	snprintf(p->bad[1], sizeof p->bad[1], "t/16500");
	snprintf(p->bad[2], sizeof p->bad[2], "t/%05d", MANY - 1);
	tells_the_same(p, "t");
}

/* The names of directories within each other are longer than a message. */
static void a_long_path_is_told_whole(void **state)
{
	enum { NAME = 250, LEVELS = 500 };
	struct place *p = *state;
	char name[NAME + 1];

	memset(name, 'x', NAME);
	name[NAME] = '\0';
	for (int i = 0; i < LEVELS; i++) {
		assert_int_equal(mkdir(name, 0755), 0);
		assert_int_equal(chdir(name), 0);
	}
	make("end", "end");
	assert_int_equal(chdir(p->root), 0);
	p->o.entered = NULL;
	tells_the_same(p, name);
	assert_true(strstr((char *)p->told.p, "/end: 3 e\n") != NULL);
	assert_true(p->told.n > NAME * LEVELS);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system("rm -rf /tmp/pellucid-walker.*/xxx*"), 0);
	assert_int_equal(chdir(p->root), 0);
}

static void a_callee_can_end_it(void **state)
{
	struct place *p = *state;

	make_tree();
	p->stop_after = 3;
	assert_false(walk_apart(p, "t"));
	assert_int_equal(p->n_files, 3);
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

static void who_waits_can_end_it(void **state)
{
	struct place *p = *state;
	struct walker *k;
	struct error e;

	make_tree();
	p->hangs = true;
	p->n_bad = 1;
	snprintf(p->bad[0], sizeof p->bad[0], "t/b");
	const struct walker_options o = {
		.walk = p->o, .patience_s = 3600, .always = true, .go_on = never
	};
	assert_true(walker_new(&o, &k, &e));
	assert_false(walker_path(k, "t"));
	walker_free(k);
}

static void a_list_is_told_in_its_order(void **state)
{
	const struct walker_options o = { .walk = ((struct place *)*state)->o,
					  .patience_s = 1,
					  .always = true };
	struct place *p = *state;
	struct walker *k;
	struct error e;

	make_tree();
	make("list", "t/n01\n\nt/a\nnothing\nt/n00\nt/b/4");
	p->n_bad = 1;
	snprintf(p->bad[0], sizeof p->bad[0], "t/a/deep");
	int fd = open("list", O_RDONLY);
	assert_true(walker_new(&o, &k, &e));
	assert_true(walker_list(k, fd, '\n', &e));
	buf_put_u8(&p->told, 0);
	assert_string_equal((char *)p->told.p, "+t/n01: 2 0\n/t/a\n+t/a/1: 3 o\n"
					       "-t/a/deep: worker-crash\n+t/a/z: 3 z\n"
					       "-nothing: unreadable\n+t/n00: 2 0\n"
					       "+t/b/4: 4 f\n");
	walker_free(k);
	close(fd);
}

/* One of them has more before it than a request may hold. */
static void a_long_list_is_read_to_its_end(void **state)
{
	struct place *p = *state;
	const struct walker_options o = { .walk = p->o, .patience_s = 1, .always = true };
	struct walker *k;
	struct error e;
	FILE *f = fopen("list", "w");

	make_tree();
	for (int i = 0; i < 20000; i++)
		fprintf(f, "t/n%02d\n", i % 50);
	for (int i = 0; i < 70000; i++)
		fputc('x', f);
	fprintf(f, "\nt/b/4\n");
	fclose(f);
	int fd = open("list", O_RDONLY);
	assert_true(walker_new(&o, &k, &e));
	assert_true(walker_list(k, fd, '\n', &e));
	assert_int_equal(p->n_files, 20001);
	buf_put_u8(&p->told, 0);
	assert_true(strstr((char *)p->told.p, "x: unreadable\n+t/b/4: 4 f\n") != NULL);
	walker_free(k);
	close(fd);
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(another_process_tells_what_this_one_does),
		EACH(one_that_ends_costs_what_it_was_at),
		EACH(one_that_hangs_is_ended),
		EACH(the_path_that_was_named_can_hang),
		EACH(a_directory_of_many_names_is_gone_on_with),
		EACH(a_long_path_is_told_whole),
		EACH(a_callee_can_end_it),
		EACH(who_waits_can_end_it),
		EACH(a_list_is_told_in_its_order),
		EACH(a_long_list_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
