/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/ids.h"
#include "review/lines.h"
#include "review/netlink.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

/*
 * Network interfaces and who was assigned their addresses (longest prefix of IEEE's 24, 28 and 36
 * bits), neighbours of IPv4 (proc(5), net/arp) and of IPv6 (rtnetlink(7)), and the resolvers of
 * resolv.conf(5).
 *
 * An address with the bit "locally administered" names nobody.
 */

enum { MAX_OUI = 8 << 20, MAX_TABLE = 4 << 20 };

static void take_interface(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "address", "addr_assign_type", "type", "operstate" };
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	(void)type;
	if (!gather_path(g, base, directory, name))
		return;
	group_gather(g, "interface", base, files, sizeof files / sizeof *files);
	if (gather_path(g, path, base, "device/driver"))
		(void)gather_link(g, path);
}

static void take_lists(struct gather *g)
{
	static const char *const lists[] = { "/usr/share/ieee-data/oui.csv",
					     "/usr/share/ieee-data/mam.csv",
					     "/usr/share/ieee-data/oui36.csv" };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		(void)gather_file(g, lists[i], MAX_OUI);
}

static void gather_interfaces(struct gather *g)
{
	take_lists(g);
	if (!gather_each(g, "/sys/class/net", take_interface) && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "/sys/class/net is not there");
}

static void take_neighbours6(struct gather *g)
{
	struct ndmsg request = { .ndm_family = AF_INET6 };
	struct buf out;

	buf_init(&out, MAX_TABLE);
	if (netlink_dump(NETLINK_ROUTE, RTM_GETNEIGH,
			 (struct span){ (const uint8_t *)&request, sizeof request }, &out))
		(void)gather_note(g, "ipv6", buf_span(&out));
	else
		coverage_gap(g->cover, "IPv6", "unreadable", "rtnetlink: the kernel does not tell");
	buf_release(&out);
}

static void gather_neighbours(struct gather *g)
{
	take_lists(g);
	if (!gather_file(g, "/proc/self/net/arp", MAX_TABLE) && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "/proc/net/arp is not there");
	take_neighbours6(g);
}

static void gather_resolvers(struct gather *g)
{
	static const char *const files[] = { "/etc/resolv.conf",
					     "/run/systemd/resolve/resolv.conf" };
	bool any = false;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		any = gather_file(g, files[i], MAX_TABLE) || any;
	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no resolv.conf");
}

/* ---- reading */

static bool read_address(struct span text, uint8_t address[6])
{
	unsigned n = 0;

	for (size_t i = 0; i < text.n && n < 12; i++) {
		uint8_t c = text.p[i] >= 'a' && text.p[i] <= 'f' ? (uint8_t)(text.p[i] - 32)
								 : text.p[i];
		unsigned v = c >= '0' && c <= '9'   ? c - '0' + 0u
			     : c >= 'A' && c <= 'F' ? c - 'A' + 10u
						    : 16;
		if (v < 16) {
			address[n / 2] = (uint8_t)(n % 2 == 0 ? v << 4 : address[n / 2] | v);
			n++;
		}
	}
	return n == 12 && text.n == 17;
}

static void put_address(const struct bundle *b, struct span text, struct fact_writer *w)
{
	uint8_t address[6] = { 0 };
	unsigned bits = 0;
	struct span name = { 0 };

	fact_put(w, FACT_ADDRESS, text);
	if (!read_address(text, address))
		return;
	if ((address[0] & 2) != 0) {
		fact_put_text(w, FACT_NOTE, "locally administered: names no maker");
		return;
	}
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		unsigned n;
		struct span found;
		if (item.kind == ITEM_FILE && gather_ends(item.name, ".csv") &&
		    ids_find_oui(item.bytes, address, &n, &found) && n > bits) {
			bits = n;
			name = found;
		}
	}
	fact_put(w, FACT_VENDOR, name);
}

static bool is_zero(struct span s) { return span_is(s, "00:00:00:00:00:00"); }

static void read_interfaces(const struct bundle *b, struct fact_writer *w)
{
	struct group g;

	for (size_t at = 0; group_next(b, &at, &g);) {
		struct span address = group_value(b, &g, "address");
		fact_begin(w, FACT_INTERFACE);
		fact_put(w, FACT_NAME, lines_base(g.name));
		fact_put(w, FACT_STATE, group_value(b, &g, "operstate"));
		fact_put(w, FACT_CLASS, group_value(b, &g, "type"));
		fact_put(w, FACT_DRIVER, lines_base(group_value(b, &g, "device/driver")));
		if (!is_zero(address))
			put_address(b, address, w);
		fact_end(w);
	}
}

/* ndmsg: family (u8), 3 bytes, index (u32), state (u16), flags, type (u8 each) */
static void put_neighbour6(const struct bundle *b, struct cursor *c, struct fact_writer *w)
{
	struct span to = { NULL, 0 }, hardware = { NULL, 0 }, value;
	char text[INET6_ADDRSTRLEN], address[18];
	uint16_t type;
	uint8_t family = cursor_u8(c);

	cursor_skip(c, 11);
	while (netlink_attribute(c, &type, &value))
		if (type == NDA_DST)
			to = value;
		else if (type == NDA_LLADDR)
			hardware = value;
	if (family != AF_INET6 || to.n != 16 || hardware.n != 6 ||
	    inet_ntop(AF_INET6, to.p, text, sizeof text) == NULL)
		return;
	(void)snprintf(address, sizeof address, "%02x:%02x:%02x:%02x:%02x:%02x", hardware.p[0],
		       hardware.p[1], hardware.p[2], hardware.p[3], hardware.p[4], hardware.p[5]);
	/* a group of listeners is no neighbour */
	if (to.p[0] == 0xff || is_zero(span_of(address)))
		return;
	fact_begin(w, FACT_NEIGHBOUR);
	fact_put_text(w, FACT_REMOTE, text);
	put_address(b, span_of(address), w);
	fact_end(w);
}

static void read_neighbours6(const struct bundle *b, struct fact_writer *w)
{
	struct cursor c, body;
	bool good = true;
	uint16_t type;

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind != ITEM_NOTE)
			continue;
		c = cursor_of(item.bytes);
		while (netlink_next(&c, &type, &body, &good))
			if (type == RTM_NEWNEIGH)
				put_neighbour6(b, &body, w);
	}
	if (!good)
		fact_gap(w, "IPv6", REASON_DAMAGED, "damaged: a message of rtnetlink");
}

/* `IP HW-type Flags HW-address Mask Device`, after a line of titles */
static void read_neighbours(const struct bundle *b, struct fact_writer *w)
{
	struct span text = { NULL, 0 }, line, field[6];

	for (size_t i = 0; i < bundle_count(b); i++)
		if (strcmp(bundle_get(b, i).name, "/proc/self/net/arp") == 0)
			text = bundle_get(b, i).bytes;
	(void)lines_next(&text, &line);
	while (lines_next(&text, &line)) {
		unsigned n = 0;
		while (n < 6 && lines_word(&line, &field[n]))
			n++;
		if (n < 6 || is_zero(field[3]))
			continue;
		fact_begin(w, FACT_NEIGHBOUR);
		fact_put(w, FACT_NAME, field[5]);
		fact_put(w, FACT_REMOTE, field[0]);
		put_address(b, field[3], w);
		fact_end(w);
	}
	read_neighbours6(b, w);
}

static void read_resolvers(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span line, word;
		while (lines_next(&item.bytes, &line)) {
			if (!lines_word(&line, &word) || !span_is(word, "nameserver") ||
			    !lines_word(&line, &word))
				continue;
			fact_begin(w, FACT_RESOLVER);
			fact_put(w, FACT_REMOTE, word);
			fact_put_text(w, FACT_LOCATION, item.name);
			fact_end(w);
		}
	}
}

const struct collector collect_interface = {
	.name = "interfaces",
	.title = "Network interfaces",
	.looks = "/sys/class/net; makers from ieee-data",
	.live = true,
	.gather = gather_interfaces,
	.read = read_interfaces,
};

const struct collector collect_neighbour = {
	.name = "neighbours",
	.title = "Neighbours on the network",
	.looks = "/proc/net/arp, rtnetlink for IPv6; makers from ieee-data",
	.live = true,
	.gather = gather_neighbours,
	.read = read_neighbours,
};

const struct collector collect_resolver = {
	.name = "resolvers",
	.title = "Name servers that this machine asks",
	.looks = "resolv.conf of /etc and systemd-resolved",
	.gather = gather_resolvers,
	.read = read_resolvers,
};
