/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/ids.h"
#include "review/lines.h"

#include <stdio.h>

/*
 * Devices on PCI and USB, as sysfs shows them (Documentation/ABI/testing/sysfs-bus-pci and -usb),
 * with the names of Debian's pci.ids and usb.ids.  Identifiers are what a device claims to be.
 */

enum { MAX_IDS = 8 << 20 };

static void take_pci(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "vendor",           "device", "subsystem_vendor",
					     "subsystem_device", "class",  "revision" };
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	(void)type;
	if (!gather_path(g, base, directory, name))
		return;
	group_gather(g, "pci", base, files, sizeof files / sizeof *files);
	if (gather_path(g, path, base, "driver"))
		(void)gather_link(g, path);
}

static void take_usb(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "idVendor",     "idProduct", "bcdDevice",
					     "manufacturer", "product",   "serial",
					     "bDeviceClass", "removable", "authorized" };
	char base[GATHER_MAX_PATH];

	(void)type;
	if (strchr(name, ':') == NULL &&
	    gather_path(g, base, directory, name)) /* else an interface */
		group_gather(g, "usb", base, files, sizeof files / sizeof *files);
}

static void gather_bus(struct gather *g, const char *bus, const char *devices,
		       void (*take)(struct gather *, const char *, const char *, unsigned),
		       const char *const *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (gather_file(g, ids[i], MAX_IDS))
			break;
	if (!gather_each(g, devices, take) && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "this kernel shows no %s bus", bus);
}

static void gather_pci(struct gather *g)
{
	static const char *const ids[] = { "/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids" };

	gather_bus(g, "PCI", "/sys/bus/pci/devices", take_pci, ids, sizeof ids / sizeof *ids);
}

static void gather_usb(struct gather *g)
{
	static const char *const ids[] = { "/usr/share/misc/usb.ids", "/usr/share/hwdata/usb.ids" };

	gather_bus(g, "USB", "/sys/bus/usb/devices", take_usb, ids, sizeof ids / sizeof *ids);
}

/* ---- reading */

static struct span ids_of(const struct bundle *b)
{
	struct item first =
		bundle_count(b) != 0 ? bundle_get(b, 0) : (struct item){ .kind = ITEM_NOTE };

	return first.kind == ITEM_FILE && lines_ends(span_of(first.name), ".ids")
		       ? first.bytes
		       : (struct span){ NULL, 0 };
}

/* sysfs has 0x8086, the lists 8086 */
static struct span bare(struct span s) { return lines_starts(s, "0x") ? span_cut(s, 2, 8) : s; }

static void put_ids(struct fact_writer *w, enum fact_key key, struct span vendor,
		    struct span device)
{
	if (vendor.n != 0)
		fact_printf(w, key, "%.*s:%.*s", (int)vendor.n, (const char *)vendor.p,
			    (int)device.n, (const char *)(device.n != 0 ? device.p : vendor.p));
}

static void put_names(struct fact_writer *w, struct span ids, struct span vendor,
		      struct span device)
{
	struct span maker, product;

	ids_find(ids, vendor, device, &maker, &product);
	fact_put(w, FACT_NAME, product);
	fact_put(w, FACT_VENDOR, maker);
}

static void put_pci(const struct bundle *b, const struct group *g, struct span ids,
		    struct fact_writer *w)
{
	struct span vendor = bare(group_value(b, g, "vendor"));
	struct span device = bare(group_value(b, g, "device"));

	fact_begin(w, FACT_DEVICE);
	put_names(w, ids, vendor, device);
	fact_put_text(w, FACT_TYPE, "pci");
	put_ids(w, FACT_ID, vendor, device);
	put_ids(w, FACT_SUBSYSTEM, bare(group_value(b, g, "subsystem_vendor")),
		bare(group_value(b, g, "subsystem_device")));
	fact_put(w, FACT_CLASS, bare(group_value(b, g, "class")));
	fact_put(w, FACT_REVISION, bare(group_value(b, g, "revision")));
	fact_put(w, FACT_DRIVER, lines_base(group_value(b, g, "driver")));
	fact_put(w, FACT_LOCATION, lines_base(g->name));
	fact_end(w);
}

static void put_usb(const struct bundle *b, const struct group *g, struct span ids,
		    struct fact_writer *w)
{
	struct span vendor = group_value(b, g, "idVendor"), device = group_value(b, g, "idProduct");

	if (vendor.n == 0)
		return;
	fact_begin(w, FACT_DEVICE);
	put_names(w, ids, vendor, device);
	fact_put_text(w, FACT_TYPE, "usb");
	put_ids(w, FACT_ID, vendor, device);
	fact_put(w, FACT_CLASS, group_value(b, g, "bDeviceClass"));
	fact_put(w, FACT_REVISION, group_value(b, g, "bcdDevice"));
	fact_put(w, FACT_SERIAL, group_value(b, g, "serial"));
	fact_put(w, FACT_NOTE, group_value(b, g, "manufacturer"));
	fact_put(w, FACT_NOTE, group_value(b, g, "product"));
	fact_put(w, FACT_LOCATION, lines_base(g->name));
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct span ids = ids_of(b);
	struct group g;

	for (size_t at = 0; group_next(b, &at, &g);)
		if (strcmp(g.kind, "pci") == 0)
			put_pci(b, &g, ids, w);
		else
			put_usb(b, &g, ids, w);
}

const struct collector collect_pci = {
	.name = "pci",
	.title = "PCI devices",
	.looks = "/sys/bus/pci/devices; names from pci.ids",
	.live = true,
	.gather = gather_pci,
	.read = read,
};

const struct collector collect_usb = {
	.name = "usb",
	.title = "USB devices",
	.looks = "/sys/bus/usb/devices; names from usb.ids",
	.live = true,
	.gather = gather_usb,
	.read = read,
};
