/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Bluetooth: adapters that the kernel shows, and what BlueZ was paired with:
 * /var/lib/bluetooth/ADAPTER/DEVICE/info, an INI file (bluez, doc/settings-storage.txt).  Of a root
 * that is not running, the pairings alone.
 */

enum { MAX_INFO = 1 << 16 };

static void take_adapter(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "address", "name" };
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	(void)type;
	if (strchr(name, ':') != NULL || !gather_path(g, base, directory, name))
		return; /* a connection */
	group_gather(g, "adapter", base, files, sizeof files / sizeof *files);
	if (gather_path(g, path, base, "device/driver"))
		(void)gather_link(g, path);
}

static void take_device(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "info" };
	char base[GATHER_MAX_PATH];

	if (type == DT_DIR && strlen(name) == 17 && gather_path(g, base, directory, name))
		group_gather(g, "paired", base, files, 1);
}

static void take_store(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && strlen(name) == 17 && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_device);
}

static void gather(struct gather *g)
{
	bool stored = gather_each(g, "/var/lib/bluetooth", take_store);
	bool shown = g->root->live && gather_each(g, "/sys/class/bluetooth", take_adapter);

	if (!stored && !shown && g->cover->n_gaps == 0)
		coverage_decide(g->cover,
				g->root->live ? COVERAGE_UNAVAILABLE : COVERAGE_NOT_APPLICABLE,
				"no adapter is shown and no pairing is stored");
}

/* ---- reading */

static struct span ini_field(struct span text, const char *key)
{
	struct span line, name, value;

	while (lines_next(&text, &line))
		if (lines_split(line, '=', &name, &value) && span_is(lines_trim(name), key))
			return lines_trim(value);
	return (struct span){ NULL, 0 };
}

static void put_paired(const struct bundle *b, const struct group *g, struct fact_writer *w)
{
	struct span info = group_value(b, g, "info");

	fact_begin(w, FACT_DEVICE);
	fact_put(w, FACT_NAME, ini_field(info, "Name"));
	fact_put_text(w, FACT_TYPE, "bluetooth");
	fact_put_text(w, FACT_STATE, "paired");
	fact_put(w, FACT_CLASS, ini_field(info, "Class"));
	fact_put(w, FACT_ID, ini_field(info, "Vendor"));
	fact_put(w, FACT_ADDRESS, lines_base(g->name));
	fact_end(w);
}

static void put_adapter(const struct bundle *b, const struct group *g, struct fact_writer *w)
{
	fact_begin(w, FACT_DEVICE);
	fact_put(w, FACT_NAME, lines_base(g->name));
	fact_put_text(w, FACT_TYPE, "bluetooth");
	fact_put_text(w, FACT_STATE, "adapter");
	fact_put(w, FACT_DRIVER, lines_base(group_value(b, g, "device/driver")));
	fact_put(w, FACT_ADDRESS, group_value(b, g, "address"));
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct group g;

	for (size_t at = 0; group_next(b, &at, &g);)
		if (strcmp(g.kind, "paired") == 0)
			put_paired(b, &g, w);
		else
			put_adapter(b, &g, w);
}

const struct collector collect_bluetooth = {
	.name = "bluetooth",
	.title = "Bluetooth adapters and pairings",
	.looks = "/sys/class/bluetooth, /var/lib/bluetooth",
	.gather = gather,
	.read = read,
};
