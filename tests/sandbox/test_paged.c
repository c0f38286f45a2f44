/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/paged.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20, MOST = 300 * MIB };

/* What may be resident beside the file: with sanitizers also what they note of each of its bytes,
 * which some kernels count when it is looked at. */
#ifdef PELLUCID_SANITIZED
enum { BESIDE = 32 * MIB + MOST / 8 };
#else
enum { BESIDE = 32 * MIB };
#endif

static struct sigaction handler;

/* The frame of the tests has a handler of its own. */
static void begin(void **state)
{
	(void)state;
	assert_int_equal(sigaction(SIGSEGV, &handler, NULL), 0);
}

static int file_of(const void *p, size_t n)
{
	int fd = memfd_create("paged", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, 0), (ssize_t)n);
	return fd;
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*seed * below >> 32);
}

static long resident(void)
{
	long all = 0, here = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &all, &here), 2);
	fclose(f);
	return here * sysconf(_SC_PAGESIZE);
}

static void the_bytes_are_those_of_the_file(void **state)
{
	static const size_t sizes[] = { 1, 4096, 2 * MIB, 2 * MIB + 1, 9 * MIB + 123 };
	uint32_t seed = 1;

	begin(state);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		uint8_t *want = malloc(sizes[k]);
		for (size_t i = 0; i < sizes[k]; i++)
			want[i] = (uint8_t)draw(&seed, 256);
		int fd = file_of(want, sizes[k]);
		struct span s = paged_open(fd, sizes[k]);
		assert_int_equal(s.n, sizes[k]);
		for (int i = 0; i < 200; i++) {
			size_t at = draw(&seed, (uint32_t)s.n);
			size_t n = draw(&seed, (uint32_t)(s.n - at)) % 5000 + 1;
			n = n < s.n - at ? n : s.n - at;
			assert_memory_equal(s.p + at, want + at, n);
			if (i % 3 == 0)
				paged_passed(s.p + draw(&seed, (uint32_t)s.n));
		}
		assert_memory_equal(s.p, want, s.n);
		assert_true(paged_close());
		close(fd);
		free(want);
	}
}

static uint64_t sum(struct span s, bool let_go)
{
	uint64_t x = 0;

	for (size_t i = 0; i < s.n; i += 64) {
		if (let_go && i % (4 * MIB) == 0)
			paged_passed(s.p + i);
		x += s.p[i];
	}
	return x;
}

/* Twice over the file, and what is touched later is what was there. */
static void memory_does_not_grow_with_the_file(void **state)
{
	int fd = file_of("first", 5);

	begin(state);
	assert_int_equal(ftruncate(fd, MOST), 0);
	assert_int_equal(pwrite(fd, "last", 4, MOST - 64), 4);
	struct span s = paged_open(fd, MOST);
	long before = resident();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sum(s, true), 'f' + 'l');
		assert_true(resident() - before < BESIDE);
	}
	assert_memory_equal(s.p, "first", 5);
	assert_memory_equal(s.p + MOST - 64, "last", 4);
	/* and that it can be seen: without letting go */
	assert_int_equal(sum(s, false), 'f' + 'l');
	assert_true(resident() - before > MOST / 2);
	assert_true(paged_close());
	assert_true(resident() - before < BESIDE);
	close(fd);
}

static void what_was_read_stays_until_it_is_let_go(void **state)
{
	int fd = file_of("", 1);

	begin(state);
	assert_int_equal(ftruncate(fd, 32 * MIB), 0);
	struct span s = paged_open(fd, 32 * MIB);
	assert_int_equal(s.p[0] + s.p[4 * MIB], 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_int_equal(pwrite(fd, "x", 1, 4 * MIB), 1);
	assert_int_equal(pwrite(fd, "x", 1, 20 * MIB), 1);
	assert_int_equal(s.p[0] + s.p[4 * MIB], 0);
	assert_int_equal(s.p[20 * MIB], 'x'); /* which was not touched */
	paged_passed(s.p + 5 * MIB);          /* too near: a match may begin there */
	paged_passed((const uint8_t *)&fd);   /* no place in the file */
	assert_int_equal(s.p[4 * MIB], 0);
	paged_passed(s.p + 16 * MIB);
	assert_int_equal(s.p[4 * MIB], 'x');
	assert_int_equal(s.p[0], 0); /* the beginning stays */
	assert_true(paged_close());
	close(fd);
}

static void a_file_that_is_cut_short_is_told(void **state)
{
	int fd = file_of("good", 4);

	begin(state);
	assert_int_equal(ftruncate(fd, 32 * MIB), 0);
	struct span s = paged_open(fd, 32 * MIB);
	assert_memory_equal(s.p, "good", 4);
	assert_int_equal(ftruncate(fd, 10 * MIB), 0);
	assert_int_equal(s.p[30 * MIB], 0);
	assert_false(paged_close());
	/* nothing of that is left for the next file */
	s = paged_open(fd, 10 * MIB);
	assert_int_equal(s.p[10 * MIB - 1], 0);
	assert_true(paged_close());
	close(fd);
	s = paged_open(fd, 10 * MIB); /* it cannot be read at all */
	assert_int_equal(s.p[0], 0);
	assert_false(paged_close());
}

static void more_than_there_are_addresses_for_is_refused(void **state)
{
	begin(state);
	assert_null(paged_open(0, (size_t)MOST + 2 * MIB).p);
}

/* Nothing but a first touch of the file is mended. */
static void any_other_fault_ends_the_process(void **state)
{
	begin(state);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		int status;
		if (child == 0) {
			const struct rlimit none = { 0, 0 };
			(void)setrlimit(RLIMIT_CORE, &none);
			(void)signal(SIGILL, SIG_DFL);
			(void)dup2(memfd_create("quiet", 0), STDERR_FILENO);
			int fd = file_of("good", 4);
			struct span s = paged_open(fd, 4);
			volatile const uint8_t *p = i == 0 ? s.p + 4 * MIB : (const uint8_t *)16;
			if (i == 2 && paged_close())
				p = s.p;
			_exit(*p == 0 ? 0 : 3);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) > 3 ||
			    WEXITSTATUS(status) == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_file),
		cmocka_unit_test(memory_does_not_grow_with_the_file),
		cmocka_unit_test(what_was_read_stays_until_it_is_let_go),
		cmocka_unit_test(a_file_that_is_cut_short_is_told),
		cmocka_unit_test(more_than_there_are_addresses_for_is_refused),
		cmocka_unit_test(any_other_fault_ends_the_process),
	};
	struct error e;

	if (!paged_prepare(MOST, &e) || sigaction(SIGSEGV, NULL, &handler) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
