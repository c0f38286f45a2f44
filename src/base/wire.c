/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr head; /* for its alignment */
	char space[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
};

static bool pair(int type, int end[2], struct error *e)
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, end) == 0 ||
	       error_set(e, REASON_IO, PLACE_NONE, "socketpair: %s", strerror(errno));
}

bool wire_pair(int end[2], struct error *e) { return pair(SOCK_SEQPACKET, end, e); }

bool wire_pair_named(int end[2], struct error *e) { return pair(SOCK_DGRAM, end, e); }

bool wire_send(int socket, struct span message, const int *fd, size_t n_fds, struct error *e)
{
	union control control;
	struct iovec io = { (void *)(uintptr_t)message.p, message.n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t sent;

	if (message.n == 0 || message.n > WIRE_MAX || n_fds > WIRE_MAX_FDS)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "a message of %zu bytes, at most %d", message.n, WIRE_MAX);
	if (n_fds != 0) {
		memset(&control, 0, sizeof control);
		control.head.cmsg_len = CMSG_LEN(n_fds * sizeof *fd);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), fd, n_fds * sizeof *fd);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof *fd);
	}
	do
		sent = sendmsg(socket, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_set(e,
				 errno == ETOOMANYREFS                   ? REASON_LIMIT
				 : errno == EPIPE || errno == ECONNRESET ? REASON_CRASH
									 : REASON_IO,
				 PLACE_NONE, "send: %s", strerror(errno));
	return (size_t)sent == message.n || error_set(e, REASON_IO, PLACE_NONE, "send: cut off");
}

/* The descriptors that lie beside a message, the first `max` into fd; false where there were more.
 */
static bool take_fds(struct msghdr *m, int *fd, size_t max, size_t *n_fds)
{
	bool all = true;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fd;
		for (size_t i = 0; i < n; i++) {
			int one;
			memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
			if (*n_fds < max) {
				fd[(*n_fds)++] = one;
			} else {
				(void)close(one);
				all = false;
			}
		}
	}
	return all;
}

bool wire_receive(int socket, void *to, size_t size, size_t *n, int *fd, size_t max_fds,
		  size_t *n_fds, struct error *e)
{
	union control control;
	struct iovec io = { to, size };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t got;

	/* without room for descriptors the kernel drops what comes, and says so */
	if (max_fds != 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
	}
	*n = 0;
	*n_fds = 0;
	/* an end that closes with messages unread makes one call here fail, before what it had sent
	 * itself is given out */
	do
		got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "receive: %s", strerror(errno));
	bool all = max_fds == 0 || take_fds(&m, fd, max_fds, n_fds);
	if (!all || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		while (*n_fds != 0)
			(void)close(fd[--*n_fds]);
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "a message larger than %zu bytes or %zu descriptors", size,
				 max_fds);
	}
	*n = (size_t)got;
	return true;
}
