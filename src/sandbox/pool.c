/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKER_BROKEN = 70 /* worker.c */ };

static int64_t seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

void pool_restart_clock(struct pool_worker *w) { w->clock = seconds(); }
unsigned pool_seconds(const struct pool_worker *w) { return (unsigned)(seconds() - w->clock); }

/* Only async-signal-safe calls: the broker's memory is shared until exec. */
static void become_worker(const char *path, int socket, int database)
{
	char *const argv[] = { (char[]){ "pellucid-worker" }, NULL }, *const envp[] = { NULL };
	int high_socket = fcntl(socket, F_DUPFD, 10), high_database = fcntl(database, F_DUPFD, 10);

	if (high_socket < 0 || high_database < 0 || dup2(high_socket, PROTOCOL_SOCKET) < 0 ||
	    dup2(high_database, PROTOCOL_DATABASE) < 0 ||
	    close_range(PROTOCOL_DATABASE + 1, ~0u, 0) != 0)
		_exit(WORKER_BROKEN);
	int nothing = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		if (nothing < 0 || dup2(nothing, fd) < 0)
			_exit(WORKER_BROKEN);
	if (nothing > 2)
		close(nothing);
	execve(path, argv, envp);
	_exit(WORKER_BROKEN);
}

static void put_extern(struct buf *b, const struct ir_extern *x)
{
	struct span text = x->value.kind == VALUE_STRING ? x->value.s : (struct span){ NULL, 0 };
	uint64_t bits = 0;

	if (x->value.kind != VALUE_STRING)
		memcpy(&bits, &x->value.i, sizeof bits);
	buf_put_le16(b, (uint16_t)x->name.n);
	buf_put_span(b, x->name);
	buf_put_u8(b, (uint8_t)x->value.kind);
	buf_put_le64(b, bits);
	buf_put_le16(b, (uint16_t)text.n);
	buf_put_span(b, text);
}

static bool send_setup(struct pool_worker *w, const struct scan_options *s, struct error *e)
{
	struct buf b;
	struct setup head = { .max_steps = s->max_steps, .now = s->now, .hash = s->hash,
			      .strings = s->strings, .fast = s->fast, .n_externs = (uint8_t)s->n_externs };

	buf_init(&b, PROTOCOL_MAX);
	buf_put(&b, &head, sizeof head);
	for (size_t i = 0; i < s->n_externs; i++)
		put_extern(&b, &s->externs[i]);
	bool ok = buf_ok(&b) && s->n_externs <= 64 && pool_send(w, b.p, b.n, NULL, 0);
	buf_release(&b);
	return ok || error_set(e, REASON_INTERNAL, PLACE_NONE, "a worker did not take its set-up");
}

bool pool_start(struct pool_worker *w, const struct broker_options *o, struct error *e)
{
	int pair[2], size = 4 << 20;

	*w = (struct pool_worker){ .socket = -1 };
	if (access(o->worker, X_OK) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", o->worker, strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "socketpair: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	w->pid = fork();
	if (w->pid == 0)
		become_worker(o->worker, pair[1], o->database_fd);
	close(pair[1]);
	if (w->pid < 0) {
		close(pair[0]);
		return error_set(e, REASON_IO, PLACE_NONE, "fork: %s", strerror(errno));
	}
	w->socket = pair[0];
	return send_setup(w, &o->scan, e);
}

int pool_end(struct pool_worker *w)
{
	int status = 0;

	close(w->socket);
	w->socket = -1;
	/* a worker at rest goes when its socket closes; one at work is not waited for */
	if (w->n_ahead != 0) {
		for (int i = 0; i < 20 && waitpid(w->pid, &status, WNOHANG) == 0; i++)
			if (i == 19)
				(void)kill(w->pid, SIGKILL);
			else
				(void)poll(NULL, 0, 1);
	}
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_BROKEN)
		return POOL_BROKEN;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGBUS ? POOL_SIGBUS : POOL_KILLED;
	return POOL_ENDED;
}

bool pool_send(struct pool_worker *w, const void *message, size_t n, const int *fd, size_t n_fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(PROTOCOL_BATCH * sizeof(int))];
	} control;
	struct iovec io = { (void *)(uintptr_t)message, n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t sent;

	if (n_fd != 0) {
		memset(&control, 0, sizeof control);
		control.head.cmsg_len = CMSG_LEN(n_fd * sizeof *fd);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), fd, n_fd * sizeof *fd);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n_fd * sizeof *fd);
	}
	do
		sent = sendmsg(w->socket, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)n;
}

size_t pool_receive(struct pool_worker *w, uint8_t *to, size_t size)
{
	ssize_t n;

	do
		n = recv(w->socket, to, size, 0);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}
