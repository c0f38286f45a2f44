/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cage.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void say(void *ctx, struct buf *out) { buf_put_text(out, ctx); }

static void fill(void *ctx, struct buf *out)
{
	for (int i = 0; i < *(int *)ctx; i++)
		buf_put_u8(out, 'x');
}

static void crash(void *ctx, struct buf *out)
{
	(void)ctx;
	buf_put_text(out, "before the end");
	raise(SIGKILL); /* refused, or done */
	_exit(7);
}

static void run_for_ever(void *ctx, struct buf *out)
{
	(void)out;
	for (;;)
		++*(volatile int *)ctx;
}

static void open_a_file(void *ctx, struct buf *out)
{
	(void)ctx;
	buf_put_text(out, open("/etc/passwd", O_RDONLY) < 0 ? "no file" : "a file");
}

static void read_standard_input(void *ctx, struct buf *out)
{
	char byte;
	(void)ctx;
	buf_put_text(out, pread(0, &byte, 1, 0) < 0 ? "no descriptor" : "a descriptor");
}

static void touch(void *ctx, struct buf *out) { buf_put_u8(out, *(const volatile uint8_t *)ctx); }

static bool work(void (*run)(void *ctx, struct buf *out), void *ctx, struct cage_output *out,
		 struct error *e)
{
	struct cage_work w = { .run = run, .ctx = ctx, .max = 100, .time_limit_s = 1 };
	return cage_run(&w, out, e);
}

static void what_the_child_gives_comes_back(void **state)
{
	struct cage_output out;
	struct error e;
	int hundred = 100, none = 0;
	char text[] = "as it was said";

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(work(say, text, &out, &e));
		assert_true(span_is(out.text, "as it was said"));
		cage_release(&out);
	}
	assert_true(work(fill, &hundred, &out, &e));
	assert_int_equal(out.text.n, 100);
	cage_release(&out);
	assert_true(work(fill, &none, &out, &e));
	assert_int_equal(out.text.n, 0);
	cage_release(&out);
	cage_release(&out);
}

static void more_than_the_maximum_is_a_limit(void **state)
{
	struct cage_output out;
	struct error e;
	int n = 101;

	(void)state;
	assert_false(work(fill, &n, &out, &e));
	assert_int_equal(e.why, REASON_LIMIT);
}

static void a_child_that_dies_is_an_error(void **state)
{
	struct cage_output out;
	struct error e;

	(void)state;
	struct cage_work w = { .run = crash, .max = 100 };
	assert_false(cage_run(&w, &out, &e));
	assert_int_equal(e.why, REASON_CRASH);
}

static void a_child_that_does_not_end_is_ended(void **state)
{
	struct cage_output out;
	struct error e;
	int n = 0;

	(void)state;
	assert_false(work(run_for_ever, &n, &out, &e));
	assert_int_equal(e.why, REASON_TIME);
	assert_int_equal(n, 0); /* the child has its own */
}

static void a_child_has_no_files(void **state)
{
	struct cage_output out;
	struct error e;

	(void)state;
	/* the filter ends it; without one (sanitizers) Landlock and closed descriptors remain */
	if (work(open_a_file, NULL, &out, &e)) {
		assert_true(span_is(out.text, "no file"));
		cage_release(&out);
	} else {
		assert_int_equal(e.why, REASON_CRASH);
	}
	assert_true(work(read_standard_input, NULL, &out, &e));
	assert_true(span_is(out.text, "no descriptor"));
	cage_release(&out);
}

static void a_file_that_shrinks_is_told(void **state)
{
	struct cage_output out;
	struct error e;
	int fd = memfd_create("file", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, 4096) == 0);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_true(work(touch, p, &out, &e));
	cage_release(&out);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_false(work(touch, p, &out, &e));
	assert_int_equal(e.why, REASON_CHANGED);
	munmap(p, 4096);
	close(fd);
}

/* ---- a child that was taken over: it writes what it likes where its parent reads */

/* As cage.c has it. */
struct head {
	uint64_t n;
	uint32_t whole, shut_in;
	struct error error;
};

enum lie { TOO_MUCH, FAR_TOO_MUCH, NOT_SHUT_IN, NOTHING, STATUS, SEGV, STACK, CALL, SIGNAL, HANG };

struct liar {
	enum lie how;
	struct head *head; /* in the child: where the parent reads */
};

static unsigned overflow(unsigned n)
{
	volatile uint8_t page[4096];

	page[n % sizeof page] = (uint8_t)n;
	return n == UINT32_MAX ? 0 : overflow(n + 1) + page[n % sizeof page];
}

static void lie_in_words(const struct liar *l)
{
	l->head->whole = l->how != NOTHING;
	if (l->how == TOO_MUCH)
		l->head->n = 101;
	if (l->how == FAR_TOO_MUCH)
		l->head->n = UINT64_MAX;
	if (l->how == NOT_SHUT_IN) {
		l->head->shut_in = 0;
		l->head->error.why = (enum reason)9999;
		memset(l->head->error.text, '\033', sizeof l->head->error.text);
	}
	if (l->how == STATUS)
		_exit(3);
}

static void lie(void *ctx, struct buf *out)
{
	const struct liar *l = ctx;
	volatile uint8_t *volatile nowhere = NULL;

	(void)out;
	lie_in_words(l);
	if (l->how == SEGV)
		*nowhere = 1; /* NOLINT: that is the point */
	if (l->how == STACK)
		_exit((int)overflow(0));
	if (l->how == CALL)
		(void)open("/etc/passwd", O_RDONLY);
	if (l->how == SIGNAL)
		abort();
	if (l->how == HANG)
		for (volatile unsigned i = 0;; i++)
			;
	_exit(l->how == CALL); /* where there is no filter */
}

static void nothing_that_a_child_writes_is_taken_for_an_answer(void **state)
{
	static const enum reason why[] = {
		[TOO_MUCH] = REASON_CRASH,    [FAR_TOO_MUCH] = REASON_CRASH,
		[NOT_SHUT_IN] = REASON_CRASH, [NOTHING] = REASON_LIMIT,
		[STATUS] = REASON_CRASH,      [SEGV] = REASON_CRASH,
		[STACK] = REASON_CRASH,       [CALL] = REASON_CRASH,
		[SIGNAL] = REASON_CRASH,      [HANG] = REASON_TIME
	};

	(void)state;
	for (size_t i = 0; i < sizeof why / sizeof *why; i++) {
		struct cage_output out;
		struct error e;
		/* the parent's page will come to lie where this one was */
		void *p =
			mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		struct liar l = { (enum lie)i, p };
		assert_int_equal(munmap(p, 4096), 0);
		if (work(lie, &l, &out, &e))
			fail_msg("lie %zu was believed", i);
		assert_int_equal(e.why, why[i]);
		assert_null(strchr(e.text, '\033'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_child_gives_comes_back),
		cmocka_unit_test(more_than_the_maximum_is_a_limit),
		cmocka_unit_test(a_child_that_dies_is_an_error),
		cmocka_unit_test(a_child_that_does_not_end_is_ended),
		cmocka_unit_test(a_child_has_no_files),
		cmocka_unit_test(a_file_that_shrinks_is_told),
		cmocka_unit_test(nothing_that_a_child_writes_is_taken_for_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
