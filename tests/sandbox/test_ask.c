/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "sandbox/ask.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Conversations with a worker: tests/sandbox/answering.c. */

struct talk {
	char worker[512];
	struct asker *asker;
	struct buf answer;
};

static void begin_with(struct talk *t, const char *job, const struct ask_output *output,
		       const struct ask_supply *supply)
{
	struct error e;

	snprintf(t->worker, sizeof t->worker, "%s/tests/sandbox/answering", getenv("BUILD"));
	const struct ask a = { .worker = t->worker,
			       .job = job,
			       .time_limit_s = 2,
			       .output = output,
			       .supply = supply };
	buf_init(&t->answer, 1 << 20);
	assert_true(asker_open(&a, 1 << 20, &t->asker, &e));
}

static void begin(struct talk *t, const char *job, const struct ask_output *output)
{
	begin_with(t, job, output, NULL);
}

static void end(struct talk *t)
{
	asker_free(t->asker);
	buf_release(&t->answer);
}

static bool say(struct talk *t, const char *text, struct error *e)
{
	buf_reset(&t->answer);
	return asker_bytes(t->asker, NULL, 0, span_of(text), &t->answer, e);
}

static void a_worker_remembers_what_it_was_asked(void **state)
{
	struct talk t;
	struct error e;

	(void)state;
	begin(&t, "remember", NULL);
	assert_true(say(&t, "first", &e));
	assert_true(span_is(buf_span(&t.answer), "0 first"));
	assert_true(say(&t, "second", &e));
	assert_true(span_is(buf_span(&t.answer), "1 second"));
	assert_true(say(&t, "", &e));
	assert_true(span_is(buf_span(&t.answer), "2 "));
	assert_true(asker_finish(t.asker, &e));
	assert_false(say(&t, "after the end", &e));
	end(&t);
}

/* A file of memory whose last byte is `last`. */
static int small_file(size_t n, char last)
{
	int fd = memfd_create("small", MFD_CLOEXEC);

	assert_true(fd >= 0 && ftruncate(fd, (off_t)n) == 0);
	assert_int_equal(pwrite(fd, &last, 1, (off_t)n - 1), 1);
	return fd;
}

static void files_are_open_beside_an_object_in_their_order(void **state)
{
	struct ask_object beside[PROTOCOL_BESIDE + 1];
	struct talk t;
	struct error e;

	(void)state;
	begin(&t, "beside", NULL);
	for (size_t i = 0; i < PROTOCOL_BESIDE + 1; i++)
		beside[i] = (struct ask_object){ small_file(i + 1, (char)('a' + i)), i + 1, false };
	for (size_t n = 0; n <= PROTOCOL_BESIDE; n++) {
		char want[64];
		snprintf(want, sizeof want, "%.*sX", (int)n, "abcdefghijklmno");
		buf_reset(&t.answer);
		assert_true(asker_bytes(t.asker, beside, n, span_of("X"), &t.answer, &e));
		assert_true(span_is(buf_span(&t.answer), want));
	}
	assert_false(
		asker_bytes(t.asker, beside, PROTOCOL_BESIDE + 1, span_of("X"), &t.answer, &e));
	assert_int_equal(e.why, REASON_INTERNAL);
	assert_true(asker_finish(t.asker, &e));
	for (size_t i = 0; i < PROTOCOL_BESIDE + 1; i++)
		close(beside[i].fd);
	end(&t);
}

static void what_a_worker_makes_is_sealed_when_it_has_ended(void **state)
{
	struct ask_output output;
	struct talk t;
	struct span made;
	struct error e;

	(void)state;
	assert_true(ask_output_new(&output, 1 << 20, &e));
	begin(&t, "make", &output);
	assert_true(say(&t, "stressed", &e));
	assert_int_equal(t.answer.n, 8);
	assert_true(asker_finish(t.asker, &e));
	assert_false(ask_output_seal(&output, (1 << 20) + 1, &e));
	assert_true(ask_output_seal(&output, 8, &e));
	assert_true(io_map(output.fd, &made, &e));
	assert_true(span_is(made, "desserts"));
	assert_int_equal(pwrite(output.fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(output.fd, 0), -1);
	io_unmap(made);
	ask_output_release(&output);
	end(&t);
}

static void a_job_without_an_output_has_none(void **state)
{
	struct talk t;
	struct error e;

	(void)state;
	begin(&t, "make", NULL);
	assert_false(say(&t, "x", &e)); /* it ends, having nowhere to write to */
	assert_int_equal(e.why, REASON_CRASH);
	end(&t);
}

static void a_conversation_ends_with_the_first_misdeed(void **state)
{
	static const struct {
		const char *word;
		enum reason why;
	} deeds[] = { { "abort", REASON_CRASH },
		      { "exit", REASON_CRASH },
		      { "before", REASON_INTERNAL },
		      { "ahead", REASON_INTERNAL },
		      { "hang", REASON_TIME } };

	(void)state;
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		struct talk t;
		struct error e;
		begin(&t, "misbehave", NULL);
		assert_true(say(&t, "good", &e));
		assert_false(say(&t, deeds[i].word, &e));
		assert_int_equal(e.why, deeds[i].why);
		assert_false(say(&t, "good", &e));
		assert_false(asker_finish(t.asker, &e));
		end(&t);
	}
}

static void an_answer_counts_when_the_worker_has_gone_on_or_ended(void **state)
{
	static const char *const deeds[] = { "twice", "last word" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct talk t;
		struct error e;
		begin(&t, "misbehave", NULL);
		bool heard = say(&t, deeds[i], &e); /* by luck: the second word may come with it */
		assert_false(heard && asker_finish(t.asker, &e));
		end(&t);
		begin(&t, "misbehave", NULL);
		heard = say(&t, deeds[i], &e);
		assert_false(heard && say(&t, "good", &e));
		end(&t);
	}
}

struct shelf {
	size_t ahead; /* files that are handed over at once */
	unsigned n_opened, n_given;
};

/* Ten files: the last byte of number i is 'a' + i. */
static bool open_shelf(void *ctx, uint64_t number, struct ask_object *out, size_t *n)
{
	struct shelf *s = ctx;

	for (*n = 0; *n < s->ahead && number + *n < 10; ++*n, s->n_opened++)
		out[*n] =
			(struct ask_object){ small_file(number + *n + 1, (char)('a' + number + *n)),
					     number + *n + 1, false };
	return *n != 0;
}

/* Takes longer than the worker has: that is not the worker's time. */
static void handed_over(void *ctx)
{
	((struct shelf *)ctx)->n_given++;
	(void)usleep(1200000);
}

static void a_worker_is_given_the_files_that_it_asks_for(void **state)
{
	struct shelf shelf = { .ahead = 1 };
	const struct ask_supply supply = { open_shelf, &shelf, handed_over };
	struct talk t;
	struct error e;

	(void)state;
	begin_with(&t, "want", NULL, &supply);
	asker_time(t.asker, 1);
	assert_true(say(&t, "3", &e));
	assert_true(span_is(buf_span(&t.answer), "dd"));
	shelf.ahead = PROTOCOL_BESIDE;
	assert_true(say(&t, "7", &e));
	assert_true(span_is(buf_span(&t.answer), "hijhij"));
	assert_true(asker_finish(t.asker, &e));
	assert_int_equal(shelf.n_opened, 2 + 6);
	assert_int_equal(shelf.n_given, 2 + 2);
	end(&t);
}

static void a_file_that_is_not_to_be_had_ends_the_worker(void **state)
{
	struct shelf shelf = { .ahead = 1 };
	const struct ask_supply supply = { open_shelf, &shelf, NULL };
	struct talk t;
	struct error e;

	(void)state;
	begin_with(&t, "want", NULL, &supply);
	assert_false(say(&t, ":", &e)); /* the eleventh */
	assert_int_equal(e.why, REASON_INTERNAL);
	assert_false(say(&t, "3", &e));
	end(&t);
	begin(&t, "want", NULL);
	assert_false(say(&t, "3", &e)); /* nobody has said that it may ask */
	assert_int_equal(e.why, REASON_INTERNAL);
	end(&t);
	assert_int_equal(shelf.n_opened, 0);
}

static void one_that_asks_and_does_not_take_costs_its_time(void **state)
{
	struct shelf shelf = { .ahead = 1 };
	const struct ask_supply supply = { open_shelf, &shelf, NULL };
	struct talk t;
	struct error e;

	(void)state;
	begin_with(&t, "misbehave", NULL, &supply);
	assert_true(say(&t, "one", &e)); /* it answers nevertheless */
	assert_false(asker_finish(t.asker, &e) && say(&t, "good", &e));
	end(&t);
	begin_with(&t, "misbehave", NULL, &supply);
	assert_false(say(&t, "all", &e));
	assert_true(e.why == REASON_TIME || e.why == REASON_LIMIT);
	end(&t);
}

static void a_job_that_is_not_there_is_refused(void **state)
{
	struct talk t;
	struct error e;

	(void)state;
	begin(&t, "nothing", NULL);
	assert_false(say(&t, "x", &e));
	assert_int_equal(e.why, REASON_UNSUPPORTED);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_remembers_what_it_was_asked),
		cmocka_unit_test(files_are_open_beside_an_object_in_their_order),
		cmocka_unit_test(what_a_worker_makes_is_sealed_when_it_has_ended),
		cmocka_unit_test(a_job_without_an_output_has_none),
		cmocka_unit_test(a_conversation_ends_with_the_first_misdeed),
		cmocka_unit_test(an_answer_counts_when_the_worker_has_gone_on_or_ended),
		cmocka_unit_test(a_worker_is_given_the_files_that_it_asks_for),
		cmocka_unit_test(a_file_that_is_not_to_be_had_ends_the_worker),
		cmocka_unit_test(one_that_asks_and_does_not_take_costs_its_time),
		cmocka_unit_test(a_job_that_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
