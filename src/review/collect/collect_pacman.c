/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/owned_writer.h"

#include <dirent.h>

/*
 * Packages of pacman: a directory each with `desc` and `files`, in both of which a line %NAME% is
 * followed by values, one a line, up to an empty line.  alpm's local database (libalpm, be_local).
 */

enum { MAX_FILE = 16 << 20 };

static void take_package(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type != DT_DIR || !gather_path(g, base, directory, name))
		return;
	if (gather_path(g, path, base, "desc"))
		(void)gather_file(g, path, MAX_FILE);
	if (gather_path(g, path, base, "files"))
		(void)gather_file(g, path, MAX_FILE);
}

static void gather(struct gather *g)
{
	bool any = gather_each(g, "/var/lib/pacman/local", take_package);

	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no database of pacman");
}

static struct span value_of(struct span text, const char *section)
{
	struct span line, value = { NULL, 0 };

	while (lines_next(&text, &line))
		if (span_is(line, section) && lines_next(&text, &value))
			return lines_trim(value);
	return (struct span){ NULL, 0 };
}

static void read_description(const struct item *item, struct fact_writer *w)
{
	struct span name = value_of(item->bytes, "%NAME%");

	if (name.n == 0) {
		fact_gap(w, item->name, REASON_DAMAGED, "damaged: no %NAME%");
		return;
	}
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, "alpm");
	fact_put(w, FACT_VERSION, value_of(item->bytes, "%VERSION%"));
	fact_put(w, FACT_ARCH, value_of(item->bytes, "%ARCH%"));
	fact_put_text(w, FACT_STATE, "installed");
	fact_put(w, FACT_SOURCE, value_of(item->bytes, "%BASE%"));
	fact_put(w, FACT_VENDOR, value_of(item->bytes, "%PACKAGER%"));
	fact_end(w);
}

/* Paths without the leading slash, those of directories with one at the end. */
static void read_files(struct span text, struct owned_writer *o)
{
	uint8_t path[GATHER_MAX_PATH] = "/";
	struct span line;
	bool inside = false;

	while (lines_next(&text, &line)) {
		if (line.n == 0 || line.p[0] == '%') {
			inside = span_is(line, "%FILES%");
			continue;
		}
		if (!inside || line.n + 1 > sizeof path)
			continue;
		memcpy(path + 1, line.p, line.n);
		owned_writer_put(o, (struct span){ path, line.n + 1 });
	}
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct owned_writer o;

	owned_writer_init(&o, w);
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (lines_ends(span_of(item.name), "/desc"))
			read_description(&item, w);
		else
			read_files(item.bytes, &o);
	}
	owned_writer_end(&o);
}

const struct collector collect_pacman = {
	.name = "pacman",
	.title = "Arch packages",
	.looks = "/var/lib/pacman/local",
	.gather = gather,
	.read = read,
};
