/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/broker_place.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The broker beside workers that do as they should not, and objects that change under them. */

static void a_death_costs_one_object(void **state)
{
	struct place *p = *state;

	begin(p);
	for (int i = 0; i < 3; i++) {
		submit(p, "good");
		submit(p, "CRASH");
		submit(p, "EVIL");
		submit(p, "CRASH");
		submit(p, "CRASH");
		submit(p, "EXIT");
	}
	submit(p, "good");
	finish(p);
#define ROUND                                                                                      \
	"good clean\nCRASH incomplete worker-crash\nEVIL malicious\nCRASH incomplete "             \
	"worker-crash\n"                                                                           \
	"CRASH incomplete worker-crash\nEXIT incomplete worker-crash\n"
	assert_told(p, ROUND ROUND ROUND "good clean\n");
	/* one for each, and those that died over several objects, of which it might have been any
	 */
	uint64_t lost = broker_stats(p->broker).workers_lost;
	assert_true(lost >= 12 && lost <= 12 + 3);
}

/* A worker that was taken over blames an object that it was given before: nobody is believed in
 * that, and each object is looked at again by a worker that has no other. */
static void no_object_is_lost_by_another(void **state)
{
	struct place *p = *state;

	begin(p);
	submit(p, "good");
	submit(p, "FRAME");
	submit(p, "EVIL");
	finish(p);
	buf_put_u8(&p->told, 0);
	const char *told = (const char *)p->told.p;
	assert_ptr_equal(strstr(told, "good clean\nFRAME incomplete "), told);
	assert_non_null(strstr(told, "\nEVIL malicious\n"));
	assert_int_equal(broker_stats(p->broker).workers_lost, 2);
}

static void an_empty_message_is_no_end(void **state)
{
	struct place *p = *state;

	p->o.time_limit_s = 1;
	begin(p);
	submit(p, "EMPTY");
	finish(p);
	submit(p, "EVIL");
	finish(p);
	buf_put_u8(&p->told, 0);
	const char *told = (const char *)p->told.p;
	assert_ptr_equal(strstr(told, "EMPTY incomplete "), told);
	assert_non_null(strstr(told, "\nEVIL malicious\n"));
}

static void forbidden_things_end_a_worker(void **state)
{
	struct place *p = *state;

	begin(p);
#ifndef PELLUCID_SANITIZED
	submit(p, "OPEN");
#else
	submit(p, "CRASH");
#endif
	submit(p, "CLOCK");
	submit(p, "EVIL");
	finish(p);
	buf_put_u8(&p->told, 0);
	assert_non_null(strstr((const char *)p->told.p,
			       " incomplete worker-crash\nCLOCK incomplete worker-crash\n"
			       "EVIL malicious\n"));
}

static void a_hang_costs_its_time_and_one_object(void **state)
{
	struct place *p = *state;

	p->o.time_limit_s = 1;
	begin(p);
	submit(p, "good");
	submit(p, "HANG");
	submit(p, "EVIL");
	submit(p, "SILENT");
	submit(p, "good");
	finish(p);
	assert_told(p, "good clean\nHANG incomplete limit:time\nEVIL malicious\n"
		       "SILENT incomplete worker-crash\ngood clean\n");
}

/* Each in a broker of its own, so that it is object 0, which some of them speak of. */
static void lies_are_never_believed(void **state)
{
	static const char *const lies[] = { "GARBAGE",  "SHORT",   "FDS",      "TWICE",
					    "OTHER",    "ENDLESS", "LARGER",   "NORULE",
					    "NOSTRING", "OUTSIDE", "WHITEWASH" };
	struct place *p = *state;
	char expected[128];

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		begin(p);
		submit(p, lies[i]);
		submit(p, "EVIL");
		submit(p, "good");
		finish(p);
		snprintf(expected, sizeof expected,
			 "%s incomplete internal\nEVIL malicious\ngood clean\n", lies[i]);
		assert_told(p, expected);
		uint64_t lost = broker_stats(p->broker).workers_lost;
		assert_true(lost == 1 || lost == 2); /* it had others before it, and was alone */
		broker_free(p->broker);
		p->broker = NULL;
	}
}

/* Until its end, which is its parent's at the latest: cuts a file short and makes it whole again,
 * or (size 0) writes into it. */
static void keep_changing(int fd, off_t size)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		_exit(1);
	for (int k = 0;; k++)
		if (size != 0 ? ftruncate(fd, size - k % 2 * 4096) != 0
			      : pwrite(fd, "x", 1, 4) != 1)
			_exit(1);
}

/* Two objects of so many bytes, of which one is cut short and the other written to while they are
 * looked at; without holes, so that it takes time, where `dense`. */
static void submit_changing(struct place *p, const char *first, off_t size, bool dense)
{
	struct error e;

	for (int i = 0; i < 2; i++) {
		int fd = memory_file(first, 4), again = dup(fd);
		assert_int_equal(ftruncate(fd, size), 0);
		for (off_t at = 4096; dense && at < size; at += 4096)
			assert_int_equal(pwrite(fd, "x", 1, at), 1);
		pid_t other = fork();
		if (other == 0)
			keep_changing(again, i == 0 ? size : 0);
		assert_true(broker_submit(p->broker, fd, (uint64_t)size,
					  i == 0 ? "shrinks" : "changes", &e));
		finish(p);
		assert_int_equal(kill(other, SIGKILL), 0);
		assert_int_equal(waitpid(other, NULL, 0), other);
		close(again);
	}
}

/* However large a file, a worker reads a copy of its own: what is done to the file under it may
 * cost the object, and never the worker. */
static void a_file_that_changes_under_a_worker_is_told(void **state)
{
	enum { LARGE = 1 << 30 };
	struct place *p = *state;

	p->o.max_object = (uint64_t)LARGE * 2;
	begin(p);
	submit_changing(p, "good", LARGE, false);
	assert_told(p, "shrinks incomplete changed\nchanges incomplete changed\n");
	assert_int_equal(broker_stats(p->broker).workers_lost, 0);
}

/* Where there is no disk for it. */
static void more_than_a_worker_may_hold_is_a_limit(void **state)
{
	enum { LARGE = 65 << 20 };
	struct place *p = *state;
	struct error e;
	int fd = memory_file("EVIL", 4);

	p->o.max_object = LARGE - 1;
	p->o.spool_dir = "/nowhere";
	begin(p);
	assert_int_equal(ftruncate(fd, LARGE), 0);
	assert_true(broker_submit(p->broker, fd, LARGE, "large", &e));
	submit(p, "EVIL");
	finish(p);
	assert_told(p, "large incomplete limit\nEVIL malicious\n");
}

/* Several, among others, by several workers; one of them dies of each. */
static void more_than_a_worker_may_hold_is_looked_at_on_disk(void **state)
{
	enum { LARGE = 65 << 20 };
	static const char *const first[] = { "EVIL", "CRASH", "good", "EVIL" };
	struct place *p = *state;
	struct error e;

	p->o.max_object = LARGE - 1;
	p->o.n_workers = 3;
	begin(p);
	for (size_t i = 0; i < 4; i++) {
		int fd = memory_file(first[i], strlen(first[i]));
		assert_int_equal(ftruncate(fd, LARGE), 0);
		assert_true(broker_submit(p->broker, fd, LARGE, "large", &e));
		submit(p, "EVIL");
	}
	finish(p);
	assert_told(p, "large malicious\nEVIL malicious\nlarge incomplete worker-crash\n"
		       "EVIL malicious\nlarge clean\nEVIL malicious\nlarge malicious\n"
		       "EVIL malicious\n");
}

static void a_file_that_changes_while_it_is_copied_is_told(void **state)
{
	enum { LARGE = 256 << 20 };
	struct place *p = *state;

	p->o.max_object = LARGE - 1;
	begin(p);
	submit_changing(p, "EVIL", LARGE, true);
	assert_told(p, "shrinks malicious changed\nchanges malicious changed\n");
	assert_int_equal(broker_stats(p->broker).workers_lost, 0);
}

/* A pipe's bytes: in memory until they are too many for it. */
static void a_stream_that_memory_cannot_hold_goes_to_disk(void **state)
{
	enum { LARGE = 80 << 20, BLOCK = 1 << 20 };
	static char block[BLOCK];
	struct place *p = *state;
	struct error e;

	p->o.max_object = 1;
	for (int i = 0; i < 2; i++) {
		int pipes[2];
		p->o.spool_dir = i == 0 ? NULL : "/nowhere";
		begin(p);
		assert_int_equal(pipe(pipes), 0);
		pid_t other = fork();
		if (other == 0) {
			close(pipes[0]);
			memcpy(block, "EVIL", 4);
			for (int k = 0; k < LARGE / BLOCK; k++, memset(block, 'x', 4))
				if (write(pipes[1], block, BLOCK) != BLOCK)
					_exit(1);
			_exit(0);
		}
		close(pipes[1]);
		assert_true(broker_submit_stream(p->broker, pipes[0], "-", &e));
		close(pipes[0]);
		assert_int_equal(waitpid(other, NULL, 0), other);
		finish(p);
		assert_int_equal(broker_stats(p->broker).bytes, i == 0 ? LARGE : 0);
		broker_free(p->broker);
		p->broker = NULL;
	}
	assert_told(p, "- malicious\n- skipped limit\n");
}

/* A worker that says it is at risk is believed in all that it said before, and in no more than the
 * one object; so is one that could not look at all of its object. */
static void a_worker_at_risk_is_replaced(void **state)
{
	struct place *p = *state;

	begin(p);
	for (int i = 0; i < 3; i++) {
		submit(p, "EVIL");
		submit(p, "RISK EVIL");
		submit(p, "good");
		submit(p, "PART");
		submit(p, "RISK CRASH");
	}
	submit(p, "RISK good");
	finish(p);
#define RISKS                                                                                      \
	"EVIL malicious\nRISK EVIL malicious\ngood clean\nPART incomplete encrypted\n"             \
	"RISK CRASH incomplete worker-crash\n"
	assert_told(p, RISKS RISKS RISKS "RISK good clean\n");
	struct broker_stats s = broker_stats(p->broker);
	/* one each, and another where it was lost over several objects */
	assert_true(s.workers_lost >= 3 && s.workers_lost <= 6);
	assert_int_equal(s.workers_replaced, 7);
}

/* What it did after the risk is not worth more than the object: neither a second answer nor one
 * for another object is read. */
static void after_the_risk_nothing_else_is_believed(void **state)
{
	static const char *const lies[] = { "RISK TWICE", "RISK OTHER", "RISK MORE" };
	struct place *p = *state;
	char expected[128];

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		begin(p);
		submit(p, lies[i]);
		submit(p, "EVIL");
		finish(p);
		snprintf(expected, sizeof expected, "%s incomplete internal\nEVIL malicious\n",
			 lies[i]);
		assert_told(p, expected);
		broker_free(p->broker);
		p->broker = NULL;
	}
}

static void isolation_gives_each_object_a_worker(void **state)
{
	struct place *p = *state;

	p->o.isolate = true;
	p->o.n_workers = 2;
	begin(p);
	for (int i = 0; i < 20; i++)
		submit(p, i == 7 ? "EVIL" : "good");
	submit(p, "TWICE");
	finish(p);
	struct broker_stats s = broker_stats(p->broker);
	assert_true(s.workers_replaced >= 20 && s.workers_replaced + s.workers_lost >= 21);
	assert_int_equal(s.by_kind[VERDICT_MALICIOUS], 1);
	assert_int_equal(s.by_kind[VERDICT_CLEAN], 19);
	assert_int_equal(s.by_reason[REASON_INTERNAL], 1);
}

/* The last object of all, behind which no other makes the worker speak. */
static void a_second_answer_at_the_end_is_heard(void **state)
{
	struct place *p = *state;

	begin(p);
	submit(p, "TWICE");
	finish(p);
	submit(p, "good");
	finish(p);
	assert_told(p, "TWICE incomplete internal\ngood clean\n");
}

/* What comes of a scan whose workers do what `word` says while they get ready. */
static void get_ready(struct place *p, const char *word, struct error *e)
{
	struct ir_extern x = { .name = span_of(word), .value = { .kind = VALUE_INT, .i = 1 } };

	p->o.scan.externs = &x;
	p->o.scan.n_externs = 1;
	begin(p);
	bool ok = broker_submit(p->broker, memory_file("x", 1), 1, "x", e) &&
		  broker_finish(p->broker, e);
	assert_false(ok);
}

static void a_worker_that_cannot_work_says_why(void **state)
{
	struct error e;

	get_ready(*state, "x", &e);
	assert_string_equal(e.text, "this scanner takes no externals");
}

/* Its words may be those of a database that took it over. */
static void what_it_says_holds_nothing_that_a_terminal_obeys(void **state)
{
	struct error e;

	get_ready(*state, "rude", &e);
	assert_string_equal(e.text, "\\x1b[2Jall is clean\\x0a");
}

/* Where the database is read the walls are up: what a worker then may not do ends it. */
static void a_worker_gets_ready_behind_the_walls(void **state)
{
	struct error e;
#ifdef PELLUCID_SANITIZED
	skip(); /* the sanitizers' runtime makes system calls of its own */
#endif
	get_ready(*state, "open", &e);
	assert_non_null(strstr(e.text, "workers end before they say a word"));
}

static void a_database_that_ends_its_workers_ends_the_scan(void **state)
{
	struct error e;

	get_ready(*state, "crash", &e);
	assert_int_equal(e.why, REASON_DENIED);
	assert_non_null(strstr(e.text, "workers end before they say a word"));
}

static void no_worker_is_an_error(void **state)
{
	struct place *p = *state;
	struct error e;

	p->o.worker = "/nowhere/pellucid-worker";
	assert_false(broker_new(&p->o, &p->broker, &e));
	p->o.worker = "/bin/true"; /* ends without a word */
	if (access(p->o.worker, X_OK) != 0)
		skip();
	assert_true(broker_new(&p->o, &p->broker, &e));
	bool ok = broker_submit(p->broker, memory_file("x", 1), 1, "x", &e) &&
		  broker_finish(p->broker, &e);
	assert_false(ok);
	assert_non_null(strstr(e.text, "/bin/true"));
}

#define ALL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(a_death_costs_one_object),
		ALL(no_object_is_lost_by_another),
		ALL(an_empty_message_is_no_end),
		ALL(forbidden_things_end_a_worker),
		ALL(a_hang_costs_its_time_and_one_object),
		ALL(lies_are_never_believed),
		ALL(a_file_that_changes_under_a_worker_is_told),
		ALL(more_than_a_worker_may_hold_is_a_limit),
		ALL(more_than_a_worker_may_hold_is_looked_at_on_disk),
		ALL(a_file_that_changes_while_it_is_copied_is_told),
		ALL(a_stream_that_memory_cannot_hold_goes_to_disk),
		ALL(a_worker_at_risk_is_replaced),
		ALL(after_the_risk_nothing_else_is_believed),
		ALL(isolation_gives_each_object_a_worker),
		ALL(a_second_answer_at_the_end_is_heard),
		ALL(a_worker_that_cannot_work_says_why),
		ALL(what_it_says_holds_nothing_that_a_terminal_obeys),
		ALL(a_worker_gets_ready_behind_the_walls),
		ALL(a_database_that_ends_its_workers_ends_the_scan),
		ALL(no_worker_is_an_error),
	};

	alarm(300); /* these tests end by themselves */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
