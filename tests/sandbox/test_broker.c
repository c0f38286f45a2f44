/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "rules/yara/yara.h"
#include "sandbox/broker.h"
#include "sandbox/protocol.h"
#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The broker against workers that do as they should, and as they should not:
 * tests/sandbox/fake_scanner.c. */

struct place {
	struct buf database;
	struct db *db;
	char worker[512];
	struct broker_options o;
	struct broker *broker;
	struct buf told; /* "path kind reason\n" for each object, in order */
	uint64_t last_at;
	size_t last_strings;
	uint64_t at[8]; /* of the first objects: where the first string was */
	size_t n_done;
};

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct place *p = ctx;

	buf_printf(&p->told, "%s %s%s%s\n", path, verdict_word(v->kind), v->n_gaps != 0 ? " " : "",
		   v->n_gaps != 0 ? reason_word(v->gap[0].why) : "");
	p->last_strings = v->n_matches != 0 ? v->match[0].n_strings : 0;
	p->last_at = p->last_strings != 0 ? v->match[0].string[0].at : 0;
	if (p->n_done < sizeof p->at / sizeof *p->at)
		p->at[p->n_done++] = p->last_at;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct place *p = ctx;
	buf_printf(&p->told, "%s skipped %s\n", path, reason_word(e->why));
}

static const char rules[] = "rule evil { strings: $a = \"EVIL\" condition: $a }\n"
			    "rule other { strings: $b = \"other\" condition: $b }\n";

static void build(struct place *p)
{
	struct ruleset set;
	struct error e;

	ruleset_init(&set);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	assert_true(yara_add(y, span_of("test"), span_of(rules), span_of("default"), &e));
	yara_free(y);
	buf_init(&p->database, 1 << 24);
	assert_true(db_build(&set, &p->database, &e));
	ruleset_release(&set);
	assert_true(db_open(buf_span(&p->database), &p->db, &e));
}

static int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	const char *build_root = getenv("BUILD");

	*state = p;
	snprintf(p->worker, sizeof p->worker, "%s/tests/sandbox/fake-worker",
		 build_root != NULL ? build_root : ".");
	build(p);
	buf_init(&p->told, 64 << 20);
	p->o = (struct broker_options){ .worker = p->worker,
					.n_workers = 1,
					.db = p->db,
					.done = on_done,
					.skipped = on_skipped,
					.ctx = p,
					.time_limit_s = 60,
					.database_fd = memory_file(p->database.p, p->database.n) };
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	broker_free(p->broker);
	close(p->o.database_fd);
	db_free(p->db);
	buf_release(&p->database);
	buf_release(&p->told);
	free(p);
	return 0;
}

static void begin(struct place *p)
{
	struct error e;

	if (access(p->worker, X_OK) != 0)
		skip(); /* not built here */
	if (!broker_new(&p->o, &p->broker, &e))
		fail_msg("%s", e.text);
}

static void submit(struct place *p, const char *content)
{
	struct error e;

	if (!broker_submit(p->broker, memory_file(content, strlen(content)), strlen(content),
			   content, &e))
		fail_msg("%s", e.text);
}

static void finish(struct place *p)
{
	struct error e;

	if (!broker_finish(p->broker, &e))
		fail_msg("%s", e.text);
}

static void assert_told(struct place *p, const char *expected)
{
	buf_put_u8(&p->told, 0);
	assert_string_equal((const char *)p->told.p, expected);
	buf_reset(&p->told);
}

/* ---- as it should be */

static void verdicts_come_back_in_order(void **state)
{
	struct place *p = *state;
	struct buf expected;
	char name[32];

	p->o.n_workers = 3;
	begin(p);
	buf_init(&expected, 1 << 20);
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "%s%u",
			 i % 7 == 0    ? "EVIL"
			 : i % 11 == 0 ? "PART"
				       : "good",
			 i);
		submit(p, name);
		buf_printf(&expected, "%s %s\n", name,
			   i % 7 == 0    ? "malicious"
			   : i % 11 == 0 ? "incomplete encrypted"
					 : "clean");
	}
	finish(p);
	buf_put_u8(&expected, 0);
	assert_told(p, (const char *)expected.p);
	buf_release(&expected);
	struct broker_stats s = broker_stats(p->broker);
	assert_int_equal(s.objects, 3000);
	assert_int_equal(s.by_kind[VERDICT_MALICIOUS], 429);
	assert_int_equal(s.gaps, s.by_kind[VERDICT_INCOMPLETE]);
	assert_int_equal(s.by_reason[REASON_ENCRYPTED], s.gaps);
	assert_int_equal(s.workers_lost, 0);
}

static void the_walls_are_up(void **state)
{
	struct place *p = *state;

	begin(p);
	submit(p, "good");
	finish(p);
	struct broker_cage c = broker_cage(p->broker);
	print_message("# walls: seccomp %d, landlock %d, no network %d, no clock %d\n", c.seccomp,
		      c.landlock, c.no_network, c.no_clock);
	assert_true(c.unprivileged);
#ifndef PELLUCID_SANITIZED
	assert_true(c.seccomp);
#endif
}

/* A worker that has much before it has no room for more; of what is left then the largest goes
 * first. */
static void the_largest_goes_first(void **state)
{
	enum { N = 5, MIB = 1 << 20 };
	static const char *const name[N] = { "0", "4", "1", "3", "2" }; /* what it is to come as */
	static const size_t size[N] = { MIB, 16, 4 * MIB, 2 * MIB, 3 * MIB };
	struct place *p = *state;
	struct error e;

	begin(p);
	for (size_t i = 0; i < N; i++) {
		int fd = memory_file("WHEN", 4);
		assert_int_equal(ftruncate(fd, (off_t)size[i]), 0);
		assert_true(broker_submit(p->broker, fd, size[i], name[i], &e));
	}
	finish(p);
	assert_told(p, "0 malicious\n4 malicious\n1 malicious\n3 malicious\n2 malicious\n");
	for (size_t i = 0; i < N; i++)
		assert_int_equal(p->at[i], atoi(name[i]));
}

/* As long as more may come, one that is larger than others waits its turn, if it is no large part
 * of all that waits. */
static void what_is_a_little_larger_waits_its_turn(void **state)
{
	enum { N = 90, LARGER = 40, MIB = 1 << 20 };
	struct place *p = *state;
	struct error e;

	begin(p);
	for (size_t i = 0; i < N; i++) {
		size_t size = i == LARGER ? MIB + 1 : MIB;
		int fd = memory_file("WHEN", 4);
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
		assert_true(broker_submit(p->broker, fd, size, "", &e));
	}
	finish(p);
	for (size_t i = 0; i < sizeof p->at / sizeof *p->at; i++)
		assert_int_equal(p->at[i], i);
}

/* Whoever walks slowly hears of what was found before there is more than workers can take. */
static void answers_are_told_while_objects_come_slowly(void **state)
{
	enum { TRIES = 40, TRY_US = 300 * 1000 };
	struct place *p = *state;
	int i = 0;

	begin(p);
	for (; i < PROTOCOL_BATCH; i++)
		submit(p, "good");
	for (i = 0; i < TRIES && p->told.n == 0; i++) {
		(void)usleep(TRY_US);
		submit(p, "good");
	}
	assert_true(p->told.n != 0);
	finish(p);
}

static void what_is_skipped_keeps_its_place(void **state)
{
	struct place *p = *state;
	struct error e, why;

	begin(p);
	submit(p, "one");
	error_set(&why, REASON_DENIED, PLACE_NONE, "no");
	assert_true(broker_skip(p->broker, "two", &why, &e));
	submit(p, "EVIL");
	finish(p);
	assert_told(p, "one clean\ntwo skipped unreadable\nEVIL malicious\n");
	assert_int_equal(broker_stats(p->broker).skipped[REASON_DENIED], 1);
}

static void large_evidence_comes_in_pieces(void **state)
{
	struct place *p = *state;

	begin(p);
	submit(p, "MANY");
	submit(p, "good");
	finish(p);
	assert_told(p, "MANY malicious\ngood clean\n");
	submit(p, "MANY");
	finish(p);
	assert_int_equal(p->last_strings, 9000);
}

static void an_empty_object_is_an_object(void **state)
{
	struct place *p = *state;

	begin(p);
	submit(p, "");
	finish(p);
	assert_told(p, " clean\n");
}

static void standard_input_is_an_object(void **state)
{
	struct place *p = *state;
	struct error e;
	int pipes[2];

	p->o.max_stream = 4;
	begin(p);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "EVIL", 4), 4);
	close(pipes[1]);
	assert_true(broker_submit_stream(p->broker, pipes[0], "-", &e));
	close(pipes[0]);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "good!", 5), 5);
	close(pipes[1]);
	assert_true(broker_submit_stream(p->broker, pipes[0], "larger", &e));
	assert_true(broker_submit_stream(p->broker, -1, "closed", &e));
	close(pipes[0]);
	finish(p);
	assert_told(p, "- malicious\nlarger skipped limit\nclosed skipped unreadable\n");
}

static void what_grows_is_read_whole(void **state)
{
	struct place *p = *state;
	struct error e;
	int fd = memory_file("EVIL", 4);

	begin(p);
	assert_true(broker_submit(p->broker, fd, 2, "grown", &e));
	finish(p);
	assert_told(p, "grown malicious\n");
	fd = memory_file("EVIL", 4);
	assert_true(broker_submit(p->broker, fd, 100, "shrunk", &e));
	finish(p);
	assert_told(p, "shrunk malicious\n");
}

/* As some file systems have it: /proc, and what a stranger may mount. */
static void what_says_that_it_is_empty_and_is_not_is_told(void **state)
{
	struct place *p = *state;
	struct error e;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	begin(p);
	assert_true(broker_submit(p->broker, fd, 0, "status", &e));
	finish(p);
	buf_put_u8(&p->told, 0);
	assert_non_null(strstr((const char *)p->told.p, "status incomplete changed"));
}

static void what_cannot_be_read_is_told(void **state)
{
	struct place *p = *state;
	struct error e;
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	begin(p);
	assert_true(broker_submit(p->broker, fd, 4096, "directory", &e));
	submit(p, "EVIL");
	finish(p);
	buf_put_u8(&p->told, 0);
	assert_non_null(strstr((const char *)p->told.p,
			       "directory incomplete unreadable\nEVIL malicious\n"));
}

/* ---- as it should not be */

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

/* The child that this process has, and nothing where that is not told. */
static long only_child(void)
{
	char path[64];
	long child = 0;

	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &child) != 1)
		child = 0;
	fclose(f);
	return child;
}

/* Whether /proc/PID/status has the line. */
static bool status_has(long pid, const char *line)
{
	char path[64], text[256];
	bool found = false;

	snprintf(path, sizeof path, "/proc/%ld/status", pid);
	FILE *f = fopen(path, "re");
	while (f != NULL && !found && fgets(text, sizeof text, f) != NULL)
		found = strcmp(text, line) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

/* Descriptors from 4 on are objects: how many there are; SIZE_MAX where they may not be seen. */
static size_t count_objects(long pid)
{
	char path[64];
	struct dirent *entry;
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/%ld/fd", pid);
	DIR *d = opendir(path);
	if (d == NULL)
		return SIZE_MAX;
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.' && atoi(entry->d_name) > 3;
	closedir(d);
	return n;
}

/* As it is seen from outside, while it is at work. */
static void a_worker_holds_its_socket_and_objects_alone(void **state)
{
	struct place *p = *state;
	struct error e;
	size_t objects = 0;

	p->o.time_limit_s = 2;
	begin(p);
	submit(p, "HANG");
	submit(p, "good");
	for (int i = 0; i < 16; i++)
		submit(p, "good");
	for (int i = 0; i < 100 && objects == 0; i++) {
		long child = only_child();
		usleep(10000);
		if (child == 0 || !status_has(child, "NoNewPrivs:\t1\n"))
			continue;
		usleep(100000);
		objects = count_objects(child);
		assert_true(status_has(child, "CapEff:\t0000000000000000\n"));
		assert_true(status_has(child, "CapPrm:\t0000000000000000\n"));
#ifndef PELLUCID_SANITIZED
		assert_true(status_has(child, "Seccomp:\t2\n"));
#endif
	}
	if (objects == SIZE_MAX || objects == 0)
		print_message("# the worker's descriptors cannot be seen here\n");
	else
		assert_int_equal(objects, 16);
	assert_true(broker_finish(p->broker, &e));
}

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

/* A broker that is given up in the middle leaves no file open and no child behind. */
static void nothing_is_left_behind(void **state)
{
	struct place *p = *state;
	unsigned before;

	p->o.n_workers = 2;
	p->o.database_fd = fcntl(p->o.database_fd, F_DUPFD_CLOEXEC, 0);
	before = open_files();
	begin(p);
	for (int i = 0; i < 60; i++)
		submit(p, i % 10 == 3 ? "HANG" : "good");
	broker_free(p->broker);
	p->broker = NULL;
	assert_int_equal(open_files(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define ALL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL(verdicts_come_back_in_order),
		ALL(the_walls_are_up),
		ALL(the_largest_goes_first),
		ALL(what_is_a_little_larger_waits_its_turn),
		ALL(answers_are_told_while_objects_come_slowly),
		ALL(what_is_skipped_keeps_its_place),
		ALL(large_evidence_comes_in_pieces),
		ALL(an_empty_object_is_an_object),
		ALL(standard_input_is_an_object),
		ALL(what_grows_is_read_whole),
		ALL(what_says_that_it_is_empty_and_is_not_is_told),
		ALL(what_cannot_be_read_is_told),
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
		ALL(a_worker_holds_its_socket_and_objects_alone),
		ALL(nothing_is_left_behind),
	};

	alarm(300); /* these tests end by themselves */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
