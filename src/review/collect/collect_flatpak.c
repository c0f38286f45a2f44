/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Applications and runtimes of flatpak: app|runtime/ID/ARCH/BRANCH/active/metadata (an INI file)
 * and beside it `deploy`, a GVariant that begins with the name of the remote and the commit, each
 * ended by NUL.  flatpak-metadata(5); flatpak's wiki, "Filesystem".
 */

enum { MAX_METADATA = 1 << 20, MAX_DEPLOY = 1 << 20 };

/* Levels beneath app/ or runtime/: ID, ARCH, BRANCH; `active` is a link to the commit. */
static void take_branch(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type != DT_DIR || !gather_path(g, base, directory, name) ||
	    !gather_path(g, path, base, "active/metadata") || !gather_file(g, path, MAX_METADATA))
		return;
	if (gather_path(g, path, base, "active/deploy"))
		(void)gather_file(g, path, MAX_DEPLOY);
}

static void take_arch(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_branch);
}

static void take_id(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_arch);
}

static bool take_installation(struct gather *g, const char *directory)
{
	char path[GATHER_MAX_PATH];
	bool any = false;

	if (gather_path(g, path, directory, "app"))
		any = gather_each(g, path, take_id);
	if (gather_path(g, path, directory, "runtime"))
		any = gather_each(g, path, take_id) || any;
	return any;
}

static void take_home(struct gather *g, const char *home)
{
	char path[GATHER_MAX_PATH];

	if (gather_path(g, path, home, ".local/share/flatpak"))
		(void)take_installation(g, path);
}

static void gather(struct gather *g)
{
	bool any = take_installation(g, "/var/lib/flatpak");

	gather_homes(g, take_home);
	if (!any && bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no installation of flatpak");
}

/* ---- reading */

/* The last part of *path, which is cut off it. */
static struct span last_part(struct span *path)
{
	struct span base = lines_base(*path);

	*path = span_cut(*path, 0, path->n - base.n - (base.n < path->n));
	return base;
}

static struct span ini_field(struct span text, const char *key)
{
	struct span line, name, value;

	while (lines_next(&text, &line))
		if (lines_split(line, '=', &name, &value) && span_is(lines_trim(name), key))
			return lines_trim(value);
	return (struct span){ NULL, 0 };
}

static void put_package(const struct item *item, struct span deploy, struct fact_writer *w)
{
	struct cursor c = cursor_of(deploy);
	struct span path = span_of(item->name), origin = { NULL, 0 }, commit = { NULL, 0 };

	(void)last_part(&path); /* metadata */
	(void)last_part(&path); /* active */
	struct span branch = last_part(&path), arch = last_part(&path), id = last_part(&path);
	if (deploy.n != 0) {
		origin = cursor_cstring(&c, 256);
		commit = cursor_cstring(&c, 256);
	}
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, id);
	fact_put_text(w, FACT_TYPE, "flatpak");
	fact_put(w, FACT_VERSION, branch);
	fact_put(w, FACT_ARCH, arch);
	fact_put_text(w, FACT_STATE, "installed");
	fact_put(w, FACT_SOURCE, origin);
	fact_put(w, FACT_REVISION, commit);
	fact_put_text(w, FACT_LOCATION, item->name);
	fact_put(w, FACT_PARENT, ini_field(item->bytes, "runtime"));
	fact_end(w);
	if (deploy.n != 0 && !cursor_ok(&c))
		fact_gap(w, item->name, REASON_DAMAGED, "damaged: `deploy` names no remote");
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i), next = { .name = "" };
		if (!gather_ends(item.name, "/active/metadata"))
			continue;
		if (i + 1 < bundle_count(b))
			next = bundle_get(b, i + 1);
		put_package(&item,
			    gather_ends(next.name, "/active/deploy") ? next.bytes
								     : (struct span){ NULL, 0 },
			    w);
	}
}

const struct collector collect_flatpak = {
	.name = "flatpak",
	.title = "Flatpak applications and runtimes",
	.looks = "/var/lib/flatpak; with --homes ~/.local/share/flatpak",
	.gather = gather,
	.read = read,
};
