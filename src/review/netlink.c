/* SPDX-License-Identifier: Apache-2.0 */
#include "review/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_REQUEST = 256 };

static bool ask(int fd, uint16_t type, struct span request)
{
	uint8_t message[sizeof(struct nlmsghdr) + MAX_REQUEST] = { 0 };
	struct nlmsghdr head = { .nlmsg_len = (uint32_t)(sizeof head + request.n),
				 .nlmsg_type = type,
				 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };

	if (request.n > MAX_REQUEST)
		return false;
	memcpy(message, &head, sizeof head);
	memcpy(message + sizeof head, request.p, request.n);
	return send(fd, message, head.nlmsg_len, 0) == (ssize_t)head.nlmsg_len;
}

/* The answer ends in a message of type NLMSG_DONE or NLMSG_ERROR, the first of its datagram or the
 * last of the one before. */
static bool receive(int fd, struct buf *out)
{
	uint8_t block[32768];

	while (buf_ok(out)) {
		ssize_t n = recv(fd, block, sizeof block, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < (ssize_t)sizeof(struct nlmsghdr))
			return false;
		struct cursor c = cursor_of((struct span){ block, (size_t)n }), body;
		uint16_t type = 0;
		bool good = true;
		while (type != NLMSG_DONE && netlink_next(&c, &type, &body, &good))
			if (type == NLMSG_ERROR)
				return false;
		buf_put(out, block, (size_t)n);
		if (type == NLMSG_DONE || !good)
			return good && buf_ok(out);
	}
	return false;
}

bool netlink_dump(int protocol, uint16_t type, struct span request, struct buf *out)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	bool ok = fd >= 0 && ask(fd, type, request) && receive(fd, out);

	if (fd >= 0)
		close(fd);
	return ok;
}

bool netlink_next(struct cursor *c, uint16_t *type, struct cursor *body, bool *good)
{
	enum { HEAD = sizeof(struct nlmsghdr) };

	if (cursor_left(c) < HEAD)
		return false;
	size_t at = c->at;
	uint32_t n = cursor_le32(c);
	*type = cursor_le16(c);
	*body = cursor_sub(c, at + HEAD, n >= HEAD ? n - HEAD : 0);
	if (n < HEAD || !cursor_ok(body)) {
		*good = false;
		return false;
	}
	uint64_t next = at + (((uint64_t)n + 3) & ~(uint64_t)3);
	cursor_seek(c, next < c->n ? next : c->n);
	return true;
}

bool netlink_attribute(struct cursor *c, uint16_t *type, struct span *value)
{
	enum { HEAD = 4 };

	if (cursor_left(c) < HEAD)
		return false;
	size_t at = c->at;
	uint16_t n = cursor_le16(c);
	*type = cursor_le16(c) & 0x3fff; /* NLA_TYPE_MASK */
	*value = cursor_take(c, n >= HEAD ? n - (uint64_t)HEAD : UINT32_MAX);
	if (!cursor_ok(c))
		return false;
	uint64_t next = at + (((uint64_t)n + 3) & ~(uint64_t)3);
	cursor_seek(c, next < c->n ? next : c->n);
	return true;
}
