/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void open_pair(int end[2])
{
	struct error e;
	assert_true(wire_pair(end, &e));
}

static void close_pair(const int end[2])
{
	close(end[0]);
	close(end[1]);
}

static void a_message_comes_whole(void **state)
{
	int end[2], fd[1];
	char to[16];
	size_t n, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	assert_true(wire_send(end[0], span_of("one"), NULL, 0, &e));
	assert_true(wire_send(end[0], span_of("three"), NULL, 0, &e));
	assert_true(wire_receive(end[1], to, sizeof to, &n, fd, 1, &n_fds, &e));
	assert_int_equal(n, 3);
	assert_memory_equal(to, "one", 3);
	assert_true(wire_receive(end[1], to, sizeof to, &n, fd, 1, &n_fds, &e));
	assert_int_equal(n, 5);
	assert_int_equal(n_fds, 0);
	close_pair(end);
}

static void the_end_is_no_bytes(void **state)
{
	int end[2];
	char to[16];
	size_t n = 1, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	close(end[0]);
	assert_true(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(n, 0);
	assert_false(wire_send(end[1], span_of("x"), NULL, 0, &e));
	assert_int_equal(e.why, REASON_CRASH);
	close(end[1]);
}

static void an_end_that_closes_with_messages_unread_is_heard_out(void **state)
{
	int end[2];
	char to[16];
	size_t n, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	assert_true(wire_send(end[0], span_of("hello"), NULL, 0, &e));
	assert_true(wire_send(end[0], span_of("answer"), NULL, 0, &e));
	assert_true(wire_send(end[1], span_of("never read"), NULL, 0, &e));
	close(end[0]);
	assert_true(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(n, 5);
	assert_false(wire_send(end[1], span_of("too late"), NULL, 0, &e));
	assert_true(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(n, 6);
	assert_true(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(n, 0);
	close(end[1]);
}

static void descriptors_travel_in_order_and_close_on_exec(void **state)
{
	int end[2], pipes[2], fd[WIRE_MAX_FDS];
	char to[4], c;
	size_t n, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	assert_int_equal(pipe(pipes), 0);
	assert_true(wire_send(end[0], span_of("x"), pipes, 2, &e));
	assert_true(wire_receive(end[1], to, sizeof to, &n, fd, WIRE_MAX_FDS, &n_fds, &e));
	assert_int_equal(n_fds, 2);
	assert_int_equal(write(pipes[1], "!", 1), 1);
	assert_int_equal(read(fd[0], &c, 1), 1);
	assert_int_equal(c, '!');
	assert_int_not_equal(fcntl(fd[1], F_GETFD) & FD_CLOEXEC, 0);
	close_pair(fd);
	close_pair(pipes);
	close_pair(end);
}

static void too_large_a_message_is_refused(void **state)
{
	int end[2];
	char to[4];
	size_t n, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	assert_true(wire_send(end[0], span_of("12345"), NULL, 0, &e));
	assert_false(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(e.why, REASON_DAMAGED);
	close_pair(end);
}

static int lowest_free(void)
{
	int fd = dup(0);
	close(fd);
	return fd;
}

/* A hostile end may send more descriptors than were asked for: none may stay open. */
static void unwanted_descriptors_are_closed(void **state)
{
	int end[2], three[3] = { 0, 0, 0 }, fd[2];
	char to[4];
	size_t n, n_fds;
	struct error e;
	(void)state;

	open_pair(end);
	int before = lowest_free();
	assert_true(wire_send(end[0], span_of("x"), three, 3, &e));
	assert_false(wire_receive(end[1], to, sizeof to, &n, fd, 2, &n_fds, &e));
	assert_int_equal(e.why, REASON_DAMAGED);
	assert_int_equal(n_fds, 0);
	assert_int_equal(lowest_free(), before);
	assert_true(wire_send(end[0], span_of("x"), three, 3, &e));
	assert_false(wire_receive(end[1], to, sizeof to, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(lowest_free(), before);
	close_pair(end);
}

static void the_largest_message_passes_and_one_more_byte_does_not(void **state)
{
	int end[2];
	size_t n, n_fds;
	struct error e;
	uint8_t *from = calloc(1, WIRE_MAX + 1), *to = calloc(1, WIRE_MAX);
	(void)state;

	open_pair(end);
	from[WIRE_MAX - 1] = 7;
	assert_true(wire_send(end[0], (struct span){ from, WIRE_MAX }, NULL, 0, &e));
	assert_true(wire_receive(end[1], to, WIRE_MAX, &n, NULL, 0, &n_fds, &e));
	assert_int_equal(n, WIRE_MAX);
	assert_int_equal(to[WIRE_MAX - 1], 7);
	assert_false(wire_send(end[0], (struct span){ from, WIRE_MAX + 1 }, NULL, 0, &e));
	assert_false(wire_send(end[0], (struct span){ from, 0 }, NULL, 0, &e));
	free(from);
	free(to);
	close_pair(end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_comes_whole),
		cmocka_unit_test(the_end_is_no_bytes),
		cmocka_unit_test(an_end_that_closes_with_messages_unread_is_heard_out),
		cmocka_unit_test(descriptors_travel_in_order_and_close_on_exec),
		cmocka_unit_test(too_large_a_message_is_refused),
		cmocka_unit_test(unwanted_descriptors_are_closed),
		cmocka_unit_test(the_largest_message_passes_and_one_more_byte_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
