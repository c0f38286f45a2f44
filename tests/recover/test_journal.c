/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/journal.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void path_member(void *ctx, struct json_writer *w)
{
	json_write_key(w, "path");
	json_write_text(w, ctx);
}

/* A directory of its own. */
static int new_directory(char name[])
{
	assert_non_null(mkdtemp(name));
	int dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	return dir;
}

/* The two names have the same 64-bit FNV-1a, by which paths were once told apart. */
static void a_name_made_to_be_like_another_is_another(void **state)
{
	static char done[] = "8yn0iYCKYHlIj4-BwPqk";
	static const char other[] = "GReLUrM4wMqfg9yzV3KQ";
	char name[] = "/tmp/journal.XXXXXX";
	int dir = new_directory(name);
	struct journal j;
	struct error e;

	(void)state;
	assert_true(journal_open(&j, dir, "journal", &e));
	assert_false(journal_has_path(&j, span_of(done)));
	assert_true(journal_add(&j, path_member, done, &e));
	journal_close(&j);

	assert_true(journal_open(&j, dir, "journal", &e));
	assert_int_equal(j.n_lines, 1);
	assert_true(journal_has_path(&j, span_of(done)));
	assert_false(journal_has_path(&j, span_of(other)));
	journal_close(&j);
	assert_int_equal(unlinkat(dir, "journal", 0), 0);
	close(dir);
	assert_int_equal(rmdir(name), 0);
}

static void source_members(void *ctx, struct json_writer *w)
{
	path_member(ctx, w);
	json_write_key(w, "source_sha256");
	json_write_text(w, "00aa");
}

static void a_file_is_done_while_it_holds_the_same(void **state)
{
	static char path[] = "tree/a";
	char name[] = "/tmp/journal.XXXXXX";
	int dir = new_directory(name);
	struct journal j;
	struct error e;

	(void)state;
	assert_true(journal_open(&j, dir, "journal", &e));
	assert_true(journal_add(&j, source_members, path, &e));
	journal_close(&j);

	assert_true(journal_open(&j, dir, "journal", &e));
	assert_true(journal_has_path(&j, span_of(path)));
	assert_true(journal_has(&j, span_of(path), "00aa"));
	assert_false(journal_has(&j, span_of(path), "00ab"));
	assert_false(journal_has(&j, span_of("tree/b"), "00aa"));
	journal_close(&j);
	assert_int_equal(unlinkat(dir, "journal", 0), 0);
	close(dir);
	assert_int_equal(rmdir(name), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_made_to_be_like_another_is_another),
		cmocka_unit_test(a_file_is_done_while_it_holds_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
