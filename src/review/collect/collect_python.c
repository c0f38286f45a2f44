/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Python distributions: NAME.dist-info/METADATA, NAME.egg-info/PKG-INFO or a file NAME.egg-info,
 * all with the headers of a mail (packaging.python.org, core metadata).  Debian's own carry them
 * too: those are marked as owned by a package, so that nothing is counted twice.
 */

enum { MAX_METADATA = 256 << 10 };

static void take_distribution(struct gather *g, const char *directory, const char *name,
			      unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];
	bool egg = gather_ends(name, ".egg-info");

	if ((!egg && !gather_ends(name, ".dist-info")) || !gather_path(g, base, directory, name))
		return;
	if (type == DT_REG)
		(void)gather_file(g, base, MAX_METADATA);
	else if (gather_path(g, path, base, egg ? "PKG-INFO" : "METADATA"))
		(void)gather_file(g, path, MAX_METADATA);
}

static void take_version(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const sites[] = { "dist-packages", "site-packages" };
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	(void)type;
	if (strncmp(name, "python", 6) != 0 || !gather_path(g, base, directory, name))
		return;
	for (size_t i = 0; i < sizeof sites / sizeof *sites; i++)
		if (gather_path(g, path, base, sites[i]))
			(void)gather_each(g, path, take_distribution);
}

static void take_home(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, ".local/lib"))
		(void)gather_each(g, path, take_version);
}

static void gather(struct gather *g)
{
	static const char *const libraries[] = { "/usr/lib", "/usr/lib64", "/usr/local/lib",
						 "/usr/local/lib64" };

	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
		(void)gather_each(g, libraries[i], take_version);
	if (g->homes) {
		(void)gather_each(g, "/home", take_home);
		(void)gather_each(g, "/root/.local/lib", take_version);
	}
}

static void read_one(const struct item *item, const struct owned *owned, struct fact_writer *w)
{
	struct span text = item->bytes, line, key, value, name = { 0 }, version = { 0 },
		    author = { 0 };

	while (lines_next(&text, &line) && lines_trim(line).n != 0) {
		if (!lines_split(line, ':', &key, &value))
			continue;
		value = lines_trim(value);
		if (span_is(key, "Name"))
			name = value;
		else if (span_is(key, "Version"))
			version = value;
		else if (span_is(key, "Author"))
			author = value;
	}
	if (name.n == 0) {
		fact_gap(w, item->name, REASON_DAMAGED, "damaged: no Name");
		return;
	}
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, "pip");
	fact_put(w, FACT_VERSION, version);
	fact_put_text(w, FACT_STATE, "installed");
	fact_put(w, FACT_VENDOR, author);
	fact_put_text(w, FACT_LOCATION, item->name);
	if (owned_has(owned, span_of(item->name)))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		read_one(&item, b->owned, w);
	}
}

const struct collector collect_python = {
	.name = "python",
	.title = "Python distributions",
	.looks = "dist-info and egg-info in the system's site directories",
	.stage = 1,
	.gather = gather,
	.read = read,
};
