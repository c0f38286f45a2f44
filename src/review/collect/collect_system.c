/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <stdio.h>
#include <sys/utsname.h>

/* What system it is: os-release(5), the kernel, and what DMI says of the machine. */

enum { MAX_FILE = 64 << 10 };

static void gather(struct gather *g)
{
	static const char *const dmi[] = { "sys_vendor",   "product_name", "product_version",
					   "board_vendor", "board_name",   "bios_vendor",
					   "bios_version", "bios_date" };
	char path[GATHER_MAX_PATH];
	struct utsname u;
	bool any = false;

	if (!gather_file(g, "/etc/os-release", MAX_FILE))
		(void)gather_file(g, "/usr/lib/os-release", MAX_FILE);
	if (!g->root->live)
		return;
	if (uname(&u) == 0)
		(void)gather_note(g, "kernel", span_of(u.release));
	for (size_t i = 0; i < sizeof dmi / sizeof *dmi; i++)
		if (gather_path(g, path, "/sys/class/dmi/id", dmi[i]))
			any = gather_file(g, path, MAX_FILE) || any;
	if (!any)
		coverage_gap(g->cover, "/sys/class/dmi/id", "unsupported",
			     "unavailable: this machine shows no DMI");
}

static struct span unquoted(struct span s)
{
	s = lines_trim(s);
	return s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0]
		       ? span_cut(s, 1, s.n - 2)
		       : s;
}

static void put_release(struct span text, struct fact_writer *w)
{
	struct span line, name, value;

	fact_begin(w, FACT_SYSTEM);
	fact_put_text(w, FACT_TYPE, "os");
	while (lines_next(&text, &line)) {
		if (!lines_split(line, '=', &name, &value))
			continue;
		if (span_is(name, "PRETTY_NAME"))
			fact_put(w, FACT_NAME, unquoted(value));
		else if (span_is(name, "VERSION_ID"))
			fact_put(w, FACT_VERSION, unquoted(value));
		else if (span_is(name, "ID"))
			fact_put(w, FACT_ID, unquoted(value));
	}
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span name = span_of(item.name);
		if (lines_ends(name, "os-release")) {
			put_release(item.bytes, w);
			continue;
		}
		fact_begin(w, lines_starts(lines_base(name), "bios") ? FACT_FIRMWARE : FACT_SYSTEM);
		fact_put_text(w, FACT_TYPE, item.kind == ITEM_NOTE ? "kernel" : "dmi");
		fact_put(w, FACT_NAME, lines_base(name));
		fact_put(w, FACT_VERSION,
			 lines_trim(span_cut(
				 item.bytes, 0,
				 item.bytes.n - (item.kind == ITEM_FILE && item.bytes.n != 0))));
		fact_end(w);
	}
}

const struct collector collect_system = {
	.name = "system",
	.title = "System and machine",
	.looks = "os-release, kernel, /sys/class/dmi/id",
	.gather = gather,
	.read = read,
};
