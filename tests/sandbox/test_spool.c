/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/spool.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE_SIZE (UINT64_C(5) << 30)

/* A file with these bytes at its start and its end, and nothing between them. */
static int sparse_file(uint64_t size)
{
	char path[] = "/var/tmp/spool-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, "first", 5, 0), 5);
	assert_int_equal(pwrite(fd, "last", 4, (off_t)size - 4), 4);
	return fd;
}

static void assert_refused(const struct error *e, const char *why)
{
	assert_int_equal(e->why, REASON_LIMIT);
	assert_memory_equal(e->text, "limit:size: ", 12);
	if (strstr(e->text, why) == NULL)
		fail_msg("%s", e->text);
}

static void a_copy_has_the_same_bytes_and_the_same_holes(void **state)
{
	int from = sparse_file(HUGE_SIZE), fd;
	struct stat st;
	uint64_t size;
	bool changed;
	char bytes[5];
	struct error e;
	(void)state;

	if (!spool_file(from, NULL, NULL, &fd, &size, &changed, &e))
		fail_msg("%s", e.text);
	assert_false(changed);
	assert_int_equal(size, HUGE_SIZE);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, HUGE_SIZE);
	assert_true(st.st_blocks * 512 < 1 << 20);
	assert_int_equal(pread(fd, bytes, 5, 0), 5);
	assert_memory_equal(bytes, "first", 5);
	assert_int_equal(pread(fd, bytes, 5, (off_t)HUGE_SIZE - 4), 4);
	assert_memory_equal(bytes, "last", 4);
	assert_int_equal(pread(fd, bytes, 5, (off_t)HUGE_SIZE / 2), 5);
	assert_memory_equal(bytes, "\0\0\0\0", 5);
	close(fd);
	close(from);
}

static void a_copy_that_is_broken_off_is_none(void **state)
{
	atomic_bool stop = true;
	int from = sparse_file(HUGE_SIZE), fd = -1;
	uint64_t size;
	bool changed;
	struct error e;
	(void)state;

	assert_false(spool_file(from, NULL, &stop, &fd, &size, &changed, &e));
	assert_int_equal(e.why, REASON_STOPPED);
	assert_int_equal(fd, -1);
	atomic_store(&stop, false);
	assert_true(spool_file(from, NULL, &stop, &fd, &size, &changed, &e));
	close(fd);
	close(from);
}

static void what_is_full_is_copied_whole(void **state)
{
	enum { N = (3 << 20) + 17 };
	uint8_t *bytes = malloc(N), *again = malloc(N);
	int from = sparse_file(N), fd;
	uint64_t size;
	bool changed;
	struct error e;
	(void)state;

	for (size_t i = 0; i < N; i++)
		bytes[i] = (uint8_t)(i * 31 + (i >> 9));
	assert_int_equal(pwrite(from, bytes, N, 0), N);
	assert_true(spool_file(from, NULL, NULL, &fd, &size, &changed, &e));
	assert_int_equal(size, N);
	assert_int_equal(pread(fd, again, N, 0), N);
	assert_memory_equal(bytes, again, N);
	close(fd);
	close(from);
	free(bytes);
	free(again);
}

/* Nothing can be written by what is handed over, and there is no name to open it by. */
static void nobody_can_change_a_copy(void **state)
{
	int from = sparse_file(1 << 20), fd;
	struct stat st;
	uint64_t size;
	bool changed;
	struct error e;
	(void)state;

	assert_true(spool_file(from, NULL, NULL, &fd, &size, &changed, &e));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
	close(from);
}

/* A process that writes into the file, or cuts it short and makes it whole again. */
static pid_t keep_changing(int fd, off_t size)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	for (int k = 0;; k++)
		if (size != 0 ? ftruncate(fd, size - k % 2 * 4096) != 0
			      : pwrite(fd, "x", 1, 4) != 1)
			_exit(1);
}

static void a_file_that_is_written_to_meanwhile_is_told(void **state)
{
	enum { N = 64 << 20 };
	(void)state;

	for (int i = 0; i < 2; i++) {
		int from = sparse_file(N), fd;
		uint64_t size;
		bool changed;
		struct error e;
		pid_t child = keep_changing(from, i == 0 ? N : 0);
		(void)usleep(1000);
		for (int tries = 0;; tries++) { /* until it had its turn */
			assert_true(spool_file(from, NULL, NULL, &fd, &size, &changed, &e));
			close(fd);
			if (changed)
				break;
			assert_true(tries < 10000);
		}
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		close(from);
	}
}

static void without_room_it_says_how_much_and_where(void **state)
{
	int from = sparse_file(1 << 20), fd;
	struct spool s;
	uint64_t size;
	bool changed;
	struct error e;
	(void)state;

	assert_false(spool_file(from, "/nowhere", NULL, &fd, &size, &changed, &e));
	assert_refused(&e, "1048576 bytes");
	assert_refused(&e, "/nowhere failed (TMPDIR");
	assert_refused(&e, "No such file");
	assert_false(spool_open(NULL, UINT64_C(1) << 60, UINT64_C(1) << 60, &s, &e));
	assert_refused(&e, "1152921504606846976 bytes needed, ");
	assert_refused(&e, SPOOL_PLACE);
	assert_int_equal(s.fd, -1);
	close(from);
}

/* Where a file may not be larger, a write would end the program. */
static void the_largest_file_that_may_be_is_kept_to(void **state)
{
	const struct rlimit least = { 4096, 4096 };
	int from = sparse_file(1 << 20);
	(void)state;

	pid_t child = fork();
	if (child == 0) {
		uint64_t size;
		bool changed;
		struct error e;
		int fd;
		if (setrlimit(RLIMIT_FSIZE, &least) != 0)
			_exit(2);
		bool ok = spool_file(from, NULL, NULL, &fd, &size, &changed, &e);
		_exit(!ok && e.why == REASON_LIMIT && strstr(e.text, "ulimit") != NULL ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(from);
}

/* A directory in memory is no place for what is too large for memory. */
static void what_lies_in_memory_is_passed_over(void **state)
{
	struct error e;
	struct spool s;
	(void)state;

	assert_true(spool_open("/dev/shm", 1, 1, &s, &e));
	assert_string_equal(s.dir, SPOOL_PLACE);
	spool_drop(&s);
}

static void a_copy_grows_as_it_is_written(void **state)
{
	struct error e;
	struct spool s;
	char bytes[8];
	int fd;
	(void)state;

	assert_true(spool_open(NULL, 0, 0, &s, &e));
	assert_true(spool_write(&s, "one ", 4, &e));
	assert_true(spool_write(&s, "two", 3, &e));
	assert_int_equal(s.size, 7);
	assert_true(spool_finish(&s, &fd, &e));
	assert_int_equal(s.fd, -1);
	assert_int_equal(read(fd, bytes, sizeof bytes), 7);
	assert_memory_equal(bytes, "one two", 7);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_has_the_same_bytes_and_the_same_holes),
		cmocka_unit_test(a_copy_that_is_broken_off_is_none),
		cmocka_unit_test(what_is_full_is_copied_whole),
		cmocka_unit_test(nobody_can_change_a_copy),
		cmocka_unit_test(a_file_that_is_written_to_meanwhile_is_told),
		cmocka_unit_test(without_room_it_says_how_much_and_where),
		cmocka_unit_test(the_largest_file_that_may_be_is_kept_to),
		cmocka_unit_test(what_lies_in_memory_is_passed_over),
		cmocka_unit_test(a_copy_grows_as_it_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
