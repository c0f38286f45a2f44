/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/protocol.h"
#include "tests/sandbox/broker_place.h"
#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The broker beside workers that do as they should. */

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
		ALL(a_worker_holds_its_socket_and_objects_alone),
		ALL(nothing_is_left_behind),
	};

	alarm(300); /* these tests end by themselves */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
