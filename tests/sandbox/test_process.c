/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/io.h"
#include "sandbox/process.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that holds a text at a known address, in a file that is named as pages of the kernel are,
 * and waits. */
static pid_t begin_child(const char **where)
{
	int fd = memfd_create("[vvar]", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, 3 * 4096), 0);
	char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_ptr_not_equal(page, MAP_FAILED);
	*where = page + 5000;
	pid_t child = fork();
	if (child == 0) {
		memcpy(page + 5000, "in the child alone", 18);
		for (;;)
			pause();
	}
	assert_true(child > 0);
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void the_memory_of_a_process_is_copied(void **state)
{
	const char *where;
	pid_t child = begin_child(&where);
	struct scan_region *r;
	struct process_loss loss;
	struct span image;
	struct arena arena;
	struct error e;
	uint64_t size;
	bool found = false;
	size_t n;
	int fd;
	(void)state;

	arena_init(&arena, 16 << 20);
	/* the child writes first thing; until then its page is still the parent's, and zero */
	for (int tries = 0; !found && tries < 100; tries++) {
		if (!process_copy(child, UINT64_C(64) << 30, &fd, &size, &loss, &e)) {
			end_child(child);
			print_message("# %s\n", e.text);
			skip(); /* a container may forbid it */
		}
		assert_true(io_map(fd, &image, &e));
		assert_int_equal(image.n, size);
		arena_reset(&arena);
		assert_true(process_regions(image, &arena, &r, &n, &e));
		for (size_t i = 0; i < n; i++) {
			uint64_t at = (uint64_t)(uintptr_t)where;
			if (r[i].address <= at && at + 18 <= r[i].address + r[i].n)
				found = memcmp(image.p + r[i].at + (at - r[i].address),
					       "in the child alone", 18) == 0;
			/* a page of zeros behind each */
			assert_true(r[i].at + r[i].n < image.n);
			assert_int_equal(image.p[r[i].at + r[i].n], 0);
		}
		assert_int_not_equal(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, 0);
		io_unmap(image);
		close(fd);
		usleep(10000);
	}
	assert_true(found);
	end_child(child);
	arena_release(&arena);
}

static void what_is_too_much_is_told(void **state)
{
	const char *where;
	pid_t child = begin_child(&where);
	struct process_loss loss;
	struct error e;
	uint64_t size;
	int fd;
	(void)state;

	bool ok = process_copy(child, 4096, &fd, &size, &loss, &e);
	end_child(child);
	if (!ok)
		skip();
	close(fd);
	assert_true(loss.regions > 0 && loss.bytes > 0);
	assert_int_equal(loss.first.why, REASON_LIMIT);
}

static void no_process_is_an_error(void **state)
{
	struct process_loss loss;
	struct error e;
	uint64_t size;
	int fd;
	(void)state;

	assert_false(process_copy(0x7ffffff0, 4096, &fd, &size, &loss, &e));
	assert_int_equal(e.why, REASON_IO);
}

static void read_table(struct span bytes)
{
	struct scan_region *r;
	struct arena arena;
	struct error e;
	size_t n;

	arena_init(&arena, 1 << 20);
	if (process_regions(bytes, &arena, &r, &n, &e))
		for (size_t i = 0; i < n; i++)
			assert_true(r[i].at <= bytes.n && r[i].n <= bytes.n - r[i].at);
	arena_release(&arena);
}

static void any_table_is_safe(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 4096);
	buf_put_le64(&b, UINT64_C(0x314d454d4c4550));
	buf_put_le64(&b, 2);
	buf_put_le64(&b, 0x1000);
	buf_put_le64(&b, 8);
	buf_put_le64(&b, 64);
	buf_put_le64(&b, 0x1008);
	buf_put_le64(&b, 4);
	buf_put_le64(&b, 80);
	buf_put_text(&b, "01234567________0123____");
	mutate(buf_span(&b), read_table);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_memory_of_a_process_is_copied),
		cmocka_unit_test(what_is_too_much_is_told),
		cmocka_unit_test(no_process_is_an_error),
		cmocka_unit_test(any_table_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
