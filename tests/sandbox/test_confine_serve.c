/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine_serve.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a server that was taken over by a request tries, in a child that is shut in as one is, and
 * beside it in one that is not: there each of them succeeds. */

static char dir[64], inner[96], outer[96];

static int set_up(void **state)
{
	FILE *f;

	(void)state;
	snprintf(dir, sizeof dir, "/tmp/serve.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(inner, sizeof inner, "%s/in", dir);
	snprintf(outer, sizeof outer, "%s/out", dir);
	if (mkdir(inner, 0755) != 0 || (f = fopen(outer, "w")) == NULL)
		return 1;
	return fclose(f);
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/made", inner);
	(void)unlink(path);
	(void)unlink(outer);
	return rmdir(inner) | rmdir(dir);
}

static bool opens(const char *path, int how)
{
	int fd = open(path, how, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool reads_outside(void) { return opens(outer, O_RDONLY); }
static bool writes_outside(void) { return opens(outer, O_WRONLY); }
static bool leaves_by_dots(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/../out", inner);
	return opens(path, O_RDONLY);
}
static bool has_a_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static bool has_a_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }
static bool forks(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child;
}
static void *nothing(void *p) { return p; }
static bool has_a_thread(void)
{
	pthread_t t;
	return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}
static bool runs_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}
static bool makes_memory_run(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}
static bool signals_its_parent(void) { return kill(getppid(), 0) == 0; }
static bool makes_a_link(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/made", inner);
	return symlink("/etc", path) == 0;
}
static bool makes_a_directory(void)
{
	char path[128];

	snprintf(path, sizeof path, "%s/made", inner);
	return mkdir(path, 0700) == 0 && rmdir(path) == 0;
}

/* The last: it does not return where it succeeds. */
static bool runs_a_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return false;
}

static bool (*const attempts[])(void) = {
	reads_outside, writes_outside,    leaves_by_dots, has_a_socket,     has_a_netlink,
	forks,         has_a_thread,      runs_memory,    makes_memory_run, signals_its_parent,
	makes_a_link,  makes_a_directory,
};
enum { N_ATTEMPTS = sizeof attempts / sizeof *attempts };

enum { FOR_LANDLOCK = 3 /* the first of them, where the kernel has that wall */ };
static bool files;

static bool shut_in(bool writes)
{
	struct error e;

	return confine_serve_files(inner, writes, &files, &e) && confine_serve_calls(&e);
}

/* The exit status of a child that does it. */
static int child_that(int (*does)(unsigned), unsigned what)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(does(what));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_it(unsigned i) { return attempts[i]() ? 0 : 1; }
static int try_it_shut_in(unsigned i)
{
	if (!shut_in(true))
		return 2;
	return (files || i >= FOR_LANDLOCK) && attempts[i]() ? 0 : 1;
}

static int run_program(unsigned shut)
{
	return (shut && !shut_in(true)) || runs_a_program() ? 2 : 1;
}

static void what_a_server_does_not_need_fails(void **state)
{
	(void)state;
#ifdef PELLUCID_SANITIZED
	skip();
#endif
	for (unsigned i = 0; i < N_ATTEMPTS; i++) {
		assert_int_equal(child_that(try_it, i), 0);
		char path[128];
		snprintf(path, sizeof path, "%s/made", inner);
		(void)unlink(path);
		int status = child_that(try_it_shut_in, i);
		if (status != 1)
			fail_msg("attempt %u: %d", i, status);
	}
	assert_int_equal(child_that(run_program, 0), 0);
	assert_int_equal(child_that(run_program, 1), 1);
}

/* Replaces a file as durable_write() does, and answers on a socket that it had. */
static int do_its_work(unsigned writes)
{
	int pair[2];
	char path[128], to[128];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || !shut_in(writes != 0))
		return 2;
	snprintf(path, sizeof path, "%s/new", inner);
	snprintf(to, sizeof to, "%s/made", inner);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 && writes != 0)
		return 3;
	if (fd >= 0 && writes == 0 && files)
		return 6; /* what only reads makes none, where there is that wall */
	if (fd >= 0 &&
	    (write(fd, "x", 1) != 1 || fsync(fd) != 0 || close(fd) != 0 || rename(path, to) != 0))
		return 4;
	/* what is there is read, whether it may write or not */
	if (!opens(to, O_RDONLY) || !opens(inner, O_RDONLY | O_DIRECTORY))
		return 7;
	return send(pair[0], "x", 1, MSG_NOSIGNAL) == 1 ? 0 : 5;
}

static void what_it_needs_works(void **state)
{
	(void)state;
#ifdef PELLUCID_SANITIZED
	skip();
#endif
	assert_int_equal(child_that(do_its_work, 1), 0);
	assert_int_equal(child_that(do_its_work, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_does_not_need_fails),
		cmocka_unit_test(what_it_needs_works),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
