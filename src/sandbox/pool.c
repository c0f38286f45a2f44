/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/pool.h"
#include "base/io.h"
#include "base/text.h"
#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ALWAYS = 4,                             /* descriptors that each worker is given */
	GIVEN = ALWAYS + 1 + PROTOCOL_N_SPACES, /* ... and at most */
	HIGH = 16,        /* descriptors below are taken by what a worker is given */
	FINISH_MS = 2000, /* for a worker to end */
	ENDING_US = 200,  /* and for its status to come ... */
	ENDING_TRIES = 500,
	KILLED_MS = 5000, /* for one that was killed to be gone */
};
#define LEAST_MAX_OBJECT (UINT64_C(1) << 30) /* bytes */

int64_t pool_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pool_init(struct pool_worker *w, size_t max_answer)
{
	*w = (struct pool_worker){ .socket = -1 };
	buf_init(&w->part, max_answer);
}

void pool_release(struct pool_worker *w)
{
	(void)pool_stop(w);
	buf_release(&w->part);
}

/* ---- start */

static bool os_error(struct error *e, const char *what, int code)
{
	return error_set(e, REASON_IO, PLACE_NONE, "a worker cannot be started: %s: %s", what,
			 strerror(code));
}

uint64_t pool_max_object(void)
{
	struct sysinfo s;

	if (sysinfo(&s) != 0)
		return LEAST_MAX_OBJECT;
	uint64_t half = (uint64_t)s.totalram * s.mem_unit / 2;
	return half > LEAST_MAX_OBJECT ? half : LEAST_MAX_OBJECT;
}

bool pool_setup(const char *job, uint64_t max_object, uint64_t flags, struct span setup, int *fd,
		struct error *e)
{
	struct protocol_setup head = { .max_object = max_object, .flags = flags };
	int to = memfd_create("setup", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	snprintf(head.job, sizeof head.job, "%s", job);
	if (to < 0)
		return os_error(e, "memfd", errno);
	if (!io_write(to, &head, sizeof head, e) || !io_write(to, setup.p, setup.n, e) ||
	    !io_seal(to, e)) {
		close(to);
		return false;
	}
	*fd = to;
	return true;
}

/* The new process: what it holds, and that it holds nothing else. */
static int lay_out(posix_spawn_file_actions_t *a, const int fd[GIVEN])
{
	int code = posix_spawn_file_actions_addopen(a, 0, "/dev/null", O_RDONLY, 0);

	if (code == 0)
		code = posix_spawn_file_actions_addopen(a, 1, "/dev/null", O_WRONLY, 0);
#ifndef PELLUCID_SANITIZED /* what a sanitizer finds must be heard */
	if (code == 0)
		code = posix_spawn_file_actions_addopen(a, 2, "/dev/null", O_WRONLY, 0);
#endif
	int n = fd[ALWAYS + 1] >= 0 ? GIVEN : fd[ALWAYS] >= 0 ? ALWAYS + 1 : ALWAYS;
	for (int i = 0; code == 0 && i < n; i++)
		code = posix_spawn_file_actions_adddup2(a, fd[i] >= 0 ? fd[i] : 0,
							PROTOCOL_SOCKET + i);
	if (code == 0)
		code = posix_spawn_file_actions_addclosefrom_np(a, PROTOCOL_SOCKET + n);
	return code;
}

static int spawn(pid_t *pid, const char *path, const int fd[GIVEN])
{
	char name[] = "pellucid-worker";
	char *const argv[] = { name, NULL }, *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int code;

	sigemptyset(&none);
	sigfillset(&all);
	if ((code = posix_spawn_file_actions_init(&actions)) != 0)
		return code;
	if ((code = posix_spawnattr_init(&attr)) != 0)
		goto out;
	/* in a group of its own: an interrupt from the terminal is for the broker, who lets it
	 * finish */
	code = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						       POSIX_SPAWN_SETPGROUP);
	if (code == 0)
		code = posix_spawnattr_setsigmask(&attr, &none);
	if (code == 0)
		code = posix_spawnattr_setsigdefault(&attr, &all);
	if (code == 0)
		code = lay_out(&actions, fd);
	if (code == 0)
		code = posix_spawn(pid, path, &actions, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
out:
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

static bool make_page(int *fd, const volatile uint64_t **page, struct error *e)
{
	*fd = memfd_create("progress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0 || ftruncate(*fd, PROTOCOL_PROGRESS_SIZE) != 0 ||
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return os_error(e, "memfd", errno);
	void *p = mmap(NULL, PROTOCOL_PROGRESS_SIZE, PROT_READ, MAP_SHARED, *fd, 0);
	if (p == MAP_FAILED)
		return os_error(e, "mmap", errno);
	*page = p;
	return true;
}

bool pool_run(struct pool_worker *w, const struct pool_start *s, struct error *e)
{
	int end[2] = { -1, -1 }, page = -1, code;
	int fd[GIVEN] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	bool ok = false;

	if (!(s->datagrams ? wire_pair_named(end, e) : wire_pair(end, e)) ||
	    !make_page(&page, &w->page, e))
		goto out;
	const int given[GIVEN] = { end[1],    s->database, s->setup,    page,
				   s->output, s->space[0], s->space[1], s->space[2] };
	for (int i = 0; i < GIVEN; i++)
		if (given[i] > (i < ALWAYS ? -1 : 0) &&
		    (fd[i] = fcntl(given[i], F_DUPFD_CLOEXEC, HIGH)) < 0) {
			os_error(e, "descriptors", errno);
			goto out;
		}
	if ((code = spawn(&w->pid, s->worker, fd)) != 0) {
		w->pid = 0;
		os_error(e, s->worker, code);
		goto out;
	}
	w->socket = end[0];
	end[0] = -1;
	w->clock_ms = pool_now_ms();
	ok = true;
out:
	if (!ok && w->page != NULL) {
		(void)munmap((void *)(uintptr_t)w->page, PROTOCOL_PROGRESS_SIZE);
		w->page = NULL;
	}
	for (int i = 0; i < GIVEN; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	for (int i = 0; i < 2; i++)
		if (end[i] >= 0)
			close(end[i]);
	if (page >= 0)
		close(page);
	return ok;
}

void pool_unshare(struct pool_start *s)
{
	for (int i = 0; i < PROTOCOL_N_SPACES; i++) {
		if (s->space[i] > 0)
			close(s->space[i]);
		s->space[i] = 0;
	}
}

void pool_share(struct pool_start *s, const struct pool_worker *w)
{
	static const char *const name[PROTOCOL_N_SPACES] = { "net", "ipc", "uts" };
	char path[64];

	if (s->space[0] > 0)
		return;
	for (int i = 0; i < PROTOCOL_N_SPACES; i++) {
		snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)w->pid, name[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		s->space[i] = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIGH) : -1;
		if (fd >= 0)
			close(fd);
		if (s->space[i] < 0) {
			pool_unshare(s);
			return;
		}
	}
}

/* ---- end */

void pool_kill(struct pool_worker *w)
{
	if (w->pid != 0)
		(void)kill(w->pid, SIGKILL);
}

/* A worker that has closed its end is ending, nearly always: its descriptors go before its status
 * is there. */
static bool is_ending(const struct pool_worker *w)
{
	struct pollfd p = { .fd = w->socket, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLRDHUP)) != 0;
}

/* Waits for the end of a process; with WNOHANG returns 0 where it goes on. */
static pid_t wait_for(pid_t pid, int *status, int flags)
{
	pid_t r;

	do
		r = waitpid(pid, status, flags);
	while (r < 0 && errno == EINTR);
	return r;
}

bool pool_end_process(pid_t pid, int64_t wait_ms, int *status)
{
	pid_t r;

	int64_t until = pool_now_ms() + wait_ms;

	(void)kill(pid, SIGKILL);
	while ((r = wait_for(pid, status, WNOHANG)) == 0 && pool_now_ms() < until)
		(void)usleep(ENDING_US);
	return r != 0;
}

enum pool_end pool_stop(struct pool_worker *w)
{
	enum pool_end how = POOL_ENDED;
	int status = 0;
	pid_t r = 0;

	if (w->pid != 0) {
		bool ending = is_ending(w);
		close(w->socket);
		/* one that is ending by itself is asked how before it is killed */
		r = wait_for(w->pid, &status, WNOHANG);
		for (int i = 0; ending && r == 0 && i < ENDING_TRIES; i++) {
			(void)usleep(ENDING_US);
			r = wait_for(w->pid, &status, WNOHANG);
		}
		bool gone = r != 0 || pool_end_process(w->pid, KILLED_MS, &status);
		int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		how = !gone                     ? POOL_STOPPED
		      : by == 0                 ? POOL_ENDED
		      : by == SIGBUS            ? POOL_SIGBUS
		      : by == SIGSYS            ? POOL_SIGSYS
		      : by == SIGKILL && r == 0 ? POOL_STOPPED
						: POOL_SIGNAL;
		(void)munmap((void *)(uintptr_t)w->page, PROTOCOL_PROGRESS_SIZE);
	}
	struct buf part = w->part;
	buf_reset(&part);
	*w = (struct pool_worker){ .socket = -1, .part = part };
	return how;
}

const char *pool_finish(struct pool_worker *w)
{
	struct pollfd p = { .fd = w->socket, .events = POLLIN };
	const char *wrong = NULL;
	uint8_t byte;
	ssize_t n = -1;

	(void)shutdown(w->socket, SHUT_WR);
	if (poll(&p, 1, FINISH_MS) == 1)
		do
			n = recv(w->socket, &byte, sizeof byte, 0);
		while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n > 0)
		wrong = "internal: a worker answered twice";
	else if (n < 0 || !is_ending(w)) /* nothing may be an empty message, too */
		wrong = "internal: a worker did not end after its answer";
	enum pool_end how = pool_stop(w);
	if (wrong == NULL && how != POOL_ENDED && how != POOL_STOPPED)
		wrong = "worker-crash: it crashed after its answer";
	return wrong;
}

/* ---- work */

bool pool_give(struct pool_worker *w, const struct protocol_object *object, const int *fd, size_t n,
	       struct error *e)
{
	struct span message = { (const uint8_t *)object, n * sizeof *object };

	if (w->n_ahead + n > POOL_AHEAD)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "a worker has no room for %zu objects", n);
	/* a worker that answers what it never reads would have us wait here for ever; one that has
	 * objects ahead may read them yet */
	if (poll(&(struct pollfd){ .fd = w->socket, .events = POLLOUT }, 1, 0) == 0)
		return error_set(e, w->n_ahead != 0 ? REASON_LIMIT : REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker does not read what it is given");
	if (!wire_send(w->socket, message, fd, n, e))
		return false;
	if (w->n_ahead == 0)
		w->clock_ms = pool_now_ms();
	for (size_t i = 0; i < n; i++) {
		if ((object[i].flags & OBJECT_BESIDE) != 0)
			continue;
		w->ahead[(w->first_ahead + w->n_ahead++) % POOL_AHEAD] = object[i].number;
		w->bytes_ahead += object[i].size;
	}
	return true;
}

/* In the worker's words, which may be those of a database that took it over. */
static bool refused(enum reason why, struct span text, struct error *e)
{
	struct buf line;

	buf_init(&line, sizeof e->text - 1); /* what does not fit is left out, by characters */
	text_escape(&line, span_cut(text, 0, sizeof e->text - 1));
	error_set(e, why == REASON_INTERNAL ? REASON_DENIED : why, PLACE_NONE, "%.*s", (int)line.n,
		  (const char *)line.p);
	buf_release(&line);
	return false;
}

bool pool_greet(struct pool_worker *w, struct span message, unsigned *walls, struct error *e)
{
	struct cursor c = cursor_of(message);
	bool ok = cursor_le32(&c) == PROTOCOL_HELLO;
	unsigned up = cursor_u8(&c);
	enum reason why = (enum reason)cursor_u8(&c);
	struct span text = cursor_take(&c, cursor_left(&c));

	if (!ok || !cursor_ok(&c) || why >= REASON_COUNT)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker's greeting cannot be");
	if (why != REASON_NONE)
		return refused(why, text, e);
	if ((up & WALLS_DEMANDED) != WALLS_DEMANDED)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "a worker is not shut in: it lacks a wall that is demanded");
	w->greeted = true;
	*walls = up;
	return true;
}

static enum pool_said lie(struct pool_answer *out, const char *wrong)
{
	*out = (struct pool_answer){ .wrong = wrong };
	return POOL_LIE;
}

enum pool_said pool_hear(struct pool_worker *w, struct cursor *c, struct pool_answer *out)
{
	uint64_t number = cursor_le64(c), size = cursor_le64(c);
	uint32_t n = cursor_le32(c), left = cursor_le32(c);
	struct span piece = cursor_take(c, n);

	if (cursor_ok(c) && w->last != 0 && number == w->last - 1) {
		(void)lie(out, "internal: a worker answered twice");
		out->again = true;
		return POOL_LIE;
	}
	if (!cursor_ok(c) || w->n_ahead == 0 || number != pool_ahead(w, 0))
		return lie(out, "internal: a worker answered out of turn");
	*out = (struct pool_answer){ .size = size, .bytes = piece };
	if (w->part.n == 0 && left == 0)
		return POOL_ANSWER;
	if (w->part.n == 0 && n == 0 && left == PROTOCOL_RISK && !w->at_risk) {
		w->at_risk = true;
		return POOL_RISK;
	}
	if (w->part.n == 0 && n == 0 && left == PROTOCOL_WANT)
		return POOL_WANT;
	if (n == 0 || (w->part.n != 0 && (uint64_t)n + left != w->part_left))
		return lie(out, "internal: a worker broke its answer off");
	if ((uint64_t)n + left > w->part.max)
		return lie(out, "internal: a worker's answer is longer than one can be");
	buf_put_span(&w->part, piece);
	w->part_left = left;
	if (!buf_ok(&w->part))
		return lie(out, "memory: no room for a worker's answer");
	out->bytes = buf_span(&w->part);
	return left != 0 ? POOL_PIECE : POOL_ANSWER;
}

void pool_strike(struct pool_worker *w, uint64_t size)
{
	w->last = pool_ahead(w, 0) + 1;
	w->first_ahead = (w->first_ahead + 1) % POOL_AHEAD;
	w->n_ahead--;
	w->bytes_ahead -= size;
	buf_reset(&w->part);
}

size_t pool_at(const struct pool_worker *w)
{
	uint64_t at = w->page != NULL ? *w->page : 0;

	for (size_t i = 0; i < w->n_ahead; i++)
		if (pool_ahead(w, i) + 1 == at)
			return i;
	return 0;
}

/* Its word counts only where it names an object ahead, and later than the last time: so a liar
 * gains no more than the time of the objects that it was given. */
int64_t pool_still_ms(struct pool_worker *w)
{
	uint64_t at = *w->page;

	if (at > w->seen && w->n_ahead != 0 && at <= pool_ahead(w, w->n_ahead - 1) + 1) {
		w->seen = at;
		w->clock_ms = pool_now_ms();
	}
	return pool_now_ms() - w->clock_ms;
}
