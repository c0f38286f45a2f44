/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Packages of npm: NAME/package.json in a node_modules directory, or @SCOPE/NAME/package.json, each
 * with a node_modules of its own.  docs.npmjs.com, package.json and folders.
 */

enum { MAX_MANIFEST = 1 << 20, MAX_NESTING = 24 };

static unsigned nesting(const char *path)
{
	unsigned n = 0;

	for (const char *at = path; (at = strstr(at, "/node_modules")) != NULL; at++)
		n++;
	return n;
}

static void tell_link(struct gather *g, const char *path)
{
	struct stat st;
	struct error e;

	if (root_stat(g->root, path, &st, &e) && S_ISDIR(st.st_mode))
		coverage_gap(g->cover, path, reason_word(REASON_UNSUPPORTED),
			     "unsupported: packages behind a symbolic link");
}

/* A package that stands elsewhere: itself alone, since links may lead in a circle. */
static void take_link(struct gather *g, const char *directory, const char *name)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	/* what a package of the system has is that package's, and is met where it stands */
	if (!gather_path(g, base, directory, name) ||
	    (g->bundle->owned != NULL && owned_has(g->bundle->owned, span_of(base))))
		return;
	if (name[0] == '@') {
		tell_link(g, base);
		return;
	}
	if (gather_path(g, path, base, "package.json"))
		(void)gather_file(g, path, MAX_MANIFEST);
	if (gather_path(g, path, base, "node_modules"))
		tell_link(g, path);
}

static void take_package(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];
	struct error e;

	if (type == DT_LNK && name[0] != '.') {
		take_link(g, directory, name);
		return;
	}
	if (type != DT_DIR || name[0] == '.' || !gather_path(g, base, directory, name))
		return;
	if (name[0] == '@') {
		(void)gather_each(g, base, take_package);
		return;
	}
	if (gather_path(g, path, base, "package.json"))
		(void)gather_file(g, path, MAX_MANIFEST);
	if (!gather_path(g, path, base, "node_modules"))
		return;
	if (nesting(path) <= MAX_NESTING) {
		(void)gather_each(g, path, take_package);
	} else {
		error_set(&e, REASON_LIMIT, PLACE_NONE, "limit: over %d levels", MAX_NESTING);
		gather_gap(g, path, &e);
	}
}

static void gather(struct gather *g)
{
	static const char *const libraries[] = { "/usr/lib/node_modules",
						 "/usr/local/lib/node_modules", "/usr/share/nodejs",
						 "/usr/lib/nodejs", "/usr/share/node_modules" };

	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
		(void)gather_each(g, libraries[i], take_package);
}

static struct span member(const struct json_item *root, const char *name)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(json_read_member(root, name), &s);
	return s;
}

static void put_package(const struct item *item, const struct json_item *root,
			const struct owned *owned, struct fact_writer *w)
{
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, member(root, "name"));
	fact_put_text(w, FACT_TYPE, "npm");
	fact_put(w, FACT_VERSION, member(root, "version"));
	fact_put_text(w, FACT_STATE, "installed");
	fact_put_text(w, FACT_LOCATION, item->name);
	if (owned_has(owned, span_of(item->name)))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct json_document *d;
		struct error e;
		if (!json_read_open(item.bytes, 0, &d, &e)) {
			fact_gap(w, item.name, e.why, e.text);
			continue;
		}
		/* a manifest without a name is a part of another package */
		if (member(json_read_root(d), "name").n != 0)
			put_package(&item, json_read_root(d), b->owned, w);
		json_read_close(d);
	}
}

const struct collector collect_npm = {
	.name = "npm",
	.title = "npm packages",
	.looks = "node_modules of the system's directories, /usr/share/nodejs",
	.stage = 1,
	.gather = gather,
	.read = read,
};
