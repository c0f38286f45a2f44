/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/netlink.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

/*
 * Routes of IPv4 and IPv6, as rtnetlink(7) tells them; those of the table `local`, which every
 * address has, are left out.  The body of a message is rtmsg: family, bits of the destination, of
 * the source, TOS, table, protocol, scope, type (u8 each), flags (u32).
 */

enum { MAX_DUMP = 32 << 20, MAX_INDEX = 16 };

static void take_index(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, base, directory, name) && gather_path(g, path, base, "ifindex"))
		(void)gather_file(g, path, MAX_INDEX);
}

static void gather(struct gather *g)
{
	struct rtmsg request = { .rtm_family = AF_UNSPEC };
	struct buf out;

	buf_init(&out, MAX_DUMP);
	if (netlink_dump(NETLINK_ROUTE, RTM_GETROUTE,
			 (struct span){ (const uint8_t *)&request, sizeof request }, &out))
		(void)gather_note(g, "routes", buf_span(&out));
	else
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "the kernel tells no routes");
	buf_release(&out);
	(void)gather_each(g, "/sys/class/net", take_index);
}

/* ---- reading */

/* /sys/class/net/NAME/ifindex holds the number. */
static struct span name_of(const struct bundle *b, uint32_t index)
{
	uint64_t number;

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name), line;
		if (item.kind != ITEM_FILE || !lines_ends(path, "/ifindex") ||
		    !lines_next(&item.bytes, &line) || !lines_number(line, &number) ||
		    number != index)
			continue;
		return lines_base(span_cut(path, 0, path.n - strlen("/ifindex")));
	}
	return (struct span){ NULL, 0 };
}

static void put_address(struct fact_writer *w, enum fact_key key, uint8_t family,
			struct span address, int bits)
{
	uint8_t whole[16] = { 0 };
	char text[INET6_ADDRSTRLEN] = "";

	if (address.n != (family == AF_INET6 ? 16 : 4))
		return;
	memcpy(whole, address.p, address.n);
	(void)inet_ntop(family, whole, text, sizeof text);
	if (bits >= 0)
		fact_printf(w, key, "%s/%d", text, bits);
	else
		fact_put_text(w, key, text);
}

static const char *protocol_word(uint8_t p)
{
	switch (p) {
	case RTPROT_KERNEL:
		return "kernel";
	case RTPROT_BOOT:
		return "boot";
	case RTPROT_STATIC:
		return "static";
	case RTPROT_RA:
		return "ra";
	case RTPROT_DHCP:
		return "dhcp";
	default:
		return "other";
	}
}

static void put_route(const struct bundle *b, struct cursor *c, struct fact_writer *w)
{
	uint8_t family = cursor_u8(c), bits = cursor_u8(c);
	struct span to = { NULL, 0 }, by = { NULL, 0 }, name = { NULL, 0 }, value;
	uint16_t type;

	cursor_skip(c, 2);
	uint8_t table = cursor_u8(c), protocol = cursor_u8(c);
	cursor_skip(c, 1);
	uint8_t kind = cursor_u8(c);
	cursor_skip(c, 4);
	if (!cursor_ok(c) || table == RT_TABLE_LOCAL || kind != RTN_UNICAST ||
	    (family != AF_INET && family != AF_INET6))
		return;
	while (netlink_attribute(c, &type, &value)) {
		struct cursor v = cursor_of(value);
		if (type == RTA_DST)
			to = value;
		else if (type == RTA_GATEWAY)
			by = value;
		else if (type == RTA_OIF)
			name = name_of(b, cursor_le32(&v));
	}
	fact_begin(w, FACT_ROUTE);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, family == AF_INET6 ? "ipv6" : "ipv4");
	if (bits == 0)
		fact_put_text(w, FACT_TARGET, "default");
	else
		put_address(w, FACT_TARGET, family, to, bits);
	put_address(w, FACT_REMOTE, family, by, -1);
	fact_put_text(w, FACT_PROTOCOL, protocol_word(protocol));
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct cursor c = cursor_of(item.bytes), body;
		bool good = true;
		uint16_t type;
		if (item.kind != ITEM_NOTE)
			continue;
		while (netlink_next(&c, &type, &body, &good))
			if (type == RTM_NEWROUTE)
				put_route(b, &body, w);
		if (!good)
			fact_gap(w, "routes", REASON_DAMAGED, "damaged: a message of rtnetlink");
	}
}

const struct collector collect_route = {
	.name = "routes",
	.title = "Routes",
	.looks = "rtnetlink (IPv4, IPv6; not the table `local`)",
	.live = true,
	.gather = gather,
	.read = read,
};
