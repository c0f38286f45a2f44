/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/netlink.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <unistd.h>

/*
 * Sockets that listen, and those with a peer: four dumps of the kernel's sock_diag(7), TCP and UDP
 * by IPv4 and IPv6.  Which process holds a socket is found by the links in /proc/PID/fd.
 *
 * The body of a message is inet_diag_msg:
 * family, state, timer, retrans (u8), sport, dport (be16), src, dst (4 be32 each), if (u32), cookie
 * (2 u32), expires, rqueue, wqueue, uid, inode (u32).
 */

enum { MAX_DUMP = 32 << 20, MAX_LINK = 64, TCP_STATE_ESTABLISHED = 1, TCP_STATE_LISTEN = 10 };

struct dump {
	const char *name;
	uint8_t family, protocol;
};

static const struct dump dumps[] = {
	{ "tcp", AF_INET, IPPROTO_TCP },
	{ "tcp6", AF_INET6, IPPROTO_TCP },
	{ "udp", AF_INET, IPPROTO_UDP },
	{ "udp6", AF_INET6, IPPROTO_UDP },
};

/* ---- gathering */

static void take_dump(struct gather *g, const struct dump *d)
{
	struct inet_diag_req_v2 request = { .sdiag_family = d->family,
					    .sdiag_protocol = d->protocol,
					    .idiag_states = ~0u };
	struct buf out;

	buf_init(&out, MAX_DUMP);
	if (netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY,
			 (struct span){ (const uint8_t *)&request, sizeof request }, &out))
		(void)gather_note(g, d->name, buf_span(&out));
	else
		coverage_gap(g->cover, d->name, "unreadable",
			     "sock_diag: the kernel does not tell");
	buf_release(&out);
}

/* Notes "held": "PID INODE INODE ..." */
static void take_holder(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH], target[MAX_LINK];
	struct dirent *entry;
	struct error e;
	uint64_t pid;
	struct buf held;

	(void)type;
	if (!lines_number(span_of(name), &pid) || !gather_path(g, path, directory, name) ||
	    strlen(path) + 4 >= sizeof path)
		return;
	memcpy(path + strlen(path), "/fd", 4);
	int fd = root_directory(g->root, path, &e);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		else
			gather_gap(g, path, &e);
		return;
	}
	buf_init(&held, 1 << 20);
	buf_put_text(&held, name);
	while ((entry = readdir(d)) != NULL) {
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1);
		if (n > 9 && n < MAX_LINK && memcmp(target, "socket:[", 8) == 0)
			buf_printf(&held, " %.*s", (int)(n - 9), target + 8);
	}
	closedir(d);
	if (memchr(held.p, ' ', held.n) != NULL)
		(void)gather_note(g, "held", buf_span(&held));
	buf_release(&held);
}

static void gather(struct gather *g)
{
	for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++)
		take_dump(g, &dumps[i]);
	if (g->cover->n_gaps == sizeof dumps / sizeof *dumps) {
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE,
				"the kernel has no sock_diag for this user");
		return;
	}
	(void)gather_each(g, "/proc", take_holder);
}

/* ---- reading */

/* The process of a socket; empty where nobody whom we may look at holds it. */
static struct span holder(const struct bundle *b, uint32_t inode)
{
	uint64_t number;

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span pid, word;
		if (strcmp(item.name, "held") != 0 || !lines_word(&item.bytes, &pid))
			continue;
		while (lines_word(&item.bytes, &word))
			if (lines_number(word, &number) && number == inode)
				return pid;
	}
	return (struct span){ NULL, 0 };
}

struct peer {
	uint8_t address[16];
	uint16_t port;
};

static void put_end(struct fact_writer *w, enum fact_key key, uint8_t family, const struct peer *p)
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(family, p->address, text, sizeof text);
	fact_printf(w, key, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, p->port);
}

static void take_address(struct cursor *c, struct peer *p)
{
	struct span s = cursor_take(c, sizeof p->address);

	if (s.n == sizeof p->address)
		memcpy(p->address, s.p, s.n);
}

static void put_socket(const struct bundle *b, const char *protocol, struct cursor *c,
		       struct fact_writer *w)
{
	struct peer local = { .port = 0 }, remote = { .port = 0 };
	uint8_t family = cursor_u8(c), state = cursor_u8(c);

	cursor_skip(c, 2);
	local.port = cursor_be16(c);
	remote.port = cursor_be16(c);
	take_address(c, &local);
	take_address(c, &remote);
	cursor_skip(c, 4 + 8 + 12);
	uint32_t user = cursor_le32(c), inode = cursor_le32(c);
	bool tcp = protocol[0] == 't';
	bool listens = tcp ? state == TCP_STATE_LISTEN : remote.port == 0;
	if (!cursor_ok(c) || (!listens && state != TCP_STATE_ESTABLISHED))
		return;
	fact_begin(w, FACT_SOCKET);
	fact_put_text(w, FACT_PROTOCOL, protocol);
	fact_put_text(w, FACT_STATE, listens ? "listening" : "connected");
	put_end(w, FACT_LOCAL, family, &local);
	if (!listens)
		put_end(w, FACT_REMOTE, family, &remote);
	fact_printf(w, FACT_USER, "%u", user);
	fact_put(w, FACT_PID, holder(b, inode));
	fact_end(w);
}

static bool read_dump(const struct bundle *b, const struct item *item, struct fact_writer *w)
{
	struct cursor c = cursor_of(item->bytes), body;
	bool good = true;
	uint16_t type;

	while (netlink_next(&c, &type, &body, &good))
		if (type == SOCK_DIAG_BY_FAMILY)
			put_socket(b, item->name, &body, w);
	return good;
}

static void read_sockets(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (strcmp(item.name, "held") != 0 && !read_dump(b, &item, w))
			fact_gap(w, item.name, REASON_DAMAGED, "damaged: a message of sock_diag");
	}
}

const struct collector collect_socket = {
	.name = "sockets",
	.title = "Sockets that listen or have a peer",
	.looks = "sock_diag (TCP, UDP), /proc/PID/fd",
	.live = true,
	.gather = gather,
	.read = read_sockets,
};
