/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * What switches and routers say of themselves by LLDP (IEEE 802.1AB): heard for as long as --listen
 * says, and what systemd-networkd has heard (/run/systemd/netif/lldp: for each frame its length,
 * u64 in the machine's order, then the frame).  Nothing is sent.
 *
 * After the Ethernet head (12 bytes of addresses, type 88cc) stand TLVs: 7 bits of type, 9 of
 * length.
 */

enum {
	MAX_FRAME = 9216,
	MAX_FRAMES = 256,
	MAX_HEARD = 1 << 20,
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_SYSTEM_NAME = 5,
	TLV_SYSTEM_TEXT = 6,
	TLV_MANAGEMENT = 8,
	SUBTYPE_MAC = 4, /* of a chassis */
};

static void take_heard(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_HEARD);
}

/* Asks for the frames that are sent to LLDP's own addresses, which a card else drops. */
static void join(int fd, unsigned index)
{
	struct packet_mreq m = { .mr_ifindex = (int)index,
				 .mr_type = PACKET_MR_MULTICAST,
				 .mr_alen = 6,
				 .mr_address = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e } };

	(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof m);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void listen_to(struct gather *g, int fd)
{
	int64_t end = now_ms() + (int64_t)g->listen_s * 1000;
	uint8_t frame[MAX_FRAME];

	for (unsigned n = 0; n < MAX_FRAMES;) {
		int64_t left = end - now_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			break;
		ssize_t got = recv(fd, frame, sizeof frame, MSG_DONTWAIT);
		if (got > 0) {
			(void)gather_note(g, "frame", (struct span){ frame, (size_t)got });
			n++;
		}
	}
}

static void gather(struct gather *g)
{
	enum { MAX_INDEX = 64 };

	(void)gather_each(g, "/run/systemd/netif/lldp", take_heard);
	if (!g->root->live || g->listen_s == 0) {
		if (bundle_count(g->bundle) == 0)
			coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE,
					g->root->live ? "not asked for: --listen SECONDS"
						      : "offline: this root is not running");
		return;
	}
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_LLDP));
	if (fd < 0) {
		coverage_decide(g->cover, COVERAGE_DENIED, "listening needs the right CAP_NET_RAW");
		return;
	}
	for (unsigned i = 1; i < MAX_INDEX; i++)
		join(fd, i);
	listen_to(g, fd);
	close(fd);
	if (bundle_count(g->bundle) == 0)
		(void)snprintf(g->cover->reason, sizeof g->cover->reason,
			       "nothing was heard in %u seconds", g->listen_s);
}

/* ---- reading */

static void put_chassis(struct fact_writer *w, struct span value)
{
	if (value.n == 7 && value.p[0] == SUBTYPE_MAC)
		fact_printf(w, FACT_ADDRESS, "%02x:%02x:%02x:%02x:%02x:%02x", value.p[1],
			    value.p[2], value.p[3], value.p[4], value.p[5], value.p[6]);
	else
		fact_put(w, FACT_ID, span_cut(value, 1, SIZE_MAX));
}

/* Length of the address with its subtype, subtype (1: IPv4, 2: IPv6), address. */
static void put_management(struct fact_writer *w, struct span value)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct cursor c = cursor_of(value);
	uint8_t n = cursor_u8(&c), kind = cursor_u8(&c);
	struct span address = cursor_take(&c, n > 0 ? n - 1u : 0);

	if (kind == 1 && address.n == 4)
		(void)inet_ntop(AF_INET, address.p, text, sizeof text);
	else if (kind == 2 && address.n == 16)
		(void)inet_ntop(AF_INET6, address.p, text, sizeof text);
	fact_put_text(w, FACT_REMOTE, text);
}

/* Facts hold no NUL that names could end in. */
static struct span text_of(struct span s)
{
	while (s.n != 0 && s.p[s.n - 1] == 0)
		s.n--;
	return s;
}

static bool read_frame(struct span frame, struct fact_writer *w)
{
	struct cursor c = cursor_of(frame);

	cursor_skip(&c, 12);
	if (cursor_be16(&c) != ETH_P_LLDP || !cursor_ok(&c))
		return false;
	fact_begin(w, FACT_NEIGHBOUR);
	fact_put_text(w, FACT_TYPE, "lldp");
	for (;;) {
		uint16_t head = cursor_be16(&c);
		struct span value = cursor_take(&c, head & 0x1ff);
		if (!cursor_ok(&c) || head >> 9 == TLV_END)
			break;
		switch (head >> 9) {
		case TLV_CHASSIS:
			put_chassis(w, value);
			break;
		case TLV_PORT:
			fact_put(w, FACT_LOCATION, text_of(span_cut(value, 1, SIZE_MAX)));
			break;
		case TLV_SYSTEM_NAME:
			fact_put(w, FACT_NAME, text_of(value));
			break;
		case TLV_SYSTEM_TEXT:
			fact_put(w, FACT_NOTE, text_of(value));
			break;
		case TLV_MANAGEMENT:
			put_management(w, value);
			break;
		default:
			break;
		}
	}
	fact_end(w);
	return cursor_ok(&c);
}

static bool read_heard(struct span file, struct fact_writer *w)
{
	struct cursor c = cursor_of(file);
	bool good = true;

	while (cursor_left(&c) > 0) {
		struct span frame = cursor_take(&c, cursor_le64(&c));
		good = cursor_ok(&c) && read_frame(frame, w) && good;
	}
	return good && cursor_ok(&c);
}

static void read_frames(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		bool good = item.kind == ITEM_NOTE ? read_frame(item.bytes, w)
						   : read_heard(item.bytes, w);
		if (!good)
			fact_gap(w, item.name, REASON_DAMAGED, "damaged: a frame of LLDP is none");
	}
}

const struct collector collect_lldp = {
	.name = "lldp",
	.title = "What network equipment says of itself",
	.looks = "LLDP frames while --listen lasts, what systemd-networkd heard",
	.gather = gather,
	.read = read_frames,
};
