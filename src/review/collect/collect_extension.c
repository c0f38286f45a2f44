/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Extensions of browsers.  Chromium and its kin: PROFILE/Extensions/ID/VERSION/manifest.json in a
 * user's directory, and for all users files ID.json that name one.  Firefox and Thunderbird:
 * extensions.json of a profile (`addons`), and for all users directories or files ID.xpi.  Those of
 * users only where home directories were asked for.
 */

enum { MAX_MANIFEST = 8 << 20 };

/* Directories of a home that hold profiles. */
static const char *const chromium[] = {
	".config/chromium",
	".config/google-chrome",
	".config/google-chrome-beta",
	".config/BraveSoftware/Brave-Browser",
	".config/microsoft-edge",
	".config/opera",
	".config/vivaldi",
	".config/yandex-browser",
	"snap/chromium/common/chromium",
	".var/app/org.chromium.Chromium/config/chromium",
	".var/app/com.google.Chrome/config/google-chrome",
	".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
};

static const char *const firefox[] = {
	".mozilla/firefox",
	".config/mozilla/firefox",
	".thunderbird",
	"snap/firefox/common/.mozilla/firefox",
	".var/app/org.mozilla.firefox/.mozilla/firefox",
};

static const char *const everyone[] = {
	"/usr/share/chromium/extensions",
	"/usr/share/google-chrome/extensions",
	"/opt/google/chrome/extensions",
	"/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}",
	"/usr/lib/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}",
	"/usr/lib/firefox/distribution/extensions",
	"/usr/lib/firefox-esr/distribution/extensions",
};

static void take_version(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, "manifest.json"))
		(void)gather_file(g, path, MAX_MANIFEST);
}

static void take_id(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && strlen(name) == 32 && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_version);
}

static void take_profile(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type != DT_DIR || !gather_path(g, base, directory, name))
		return;
	if (gather_path(g, path, base, "Extensions"))
		(void)gather_each(g, path, take_id);
	if (gather_path(g, path, base, "extensions.json"))
		(void)gather_file(g, path, MAX_MANIFEST);
}

static void take_home(struct gather *g, const char *home)
{
	char path[GATHER_MAX_PATH];

	for (size_t i = 0; i < sizeof chromium / sizeof *chromium; i++)
		if (gather_path(g, path, home, chromium[i]))
			(void)gather_each(g, path, take_profile);
	for (size_t i = 0; i < sizeof firefox / sizeof *firefox; i++)
		if (gather_path(g, path, home, firefox[i]))
			(void)gather_each(g, path, take_profile);
}

static void take_everyones(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, path, directory, name))
		(void)gather_note(g, path, span_of("everyone"));
}

static void gather(struct gather *g)
{
	for (size_t i = 0; i < sizeof everyone / sizeof *everyone; i++)
		(void)gather_each(g, everyone[i], take_everyones);
	gather_homes(g, take_home);
	if (!g->homes && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE,
				"profiles are in home directories: not asked for (--homes)");
}

/* ---- reading */

static struct span member(const struct json_item *item, const char *name)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(json_read_member(item, name), &s);
	return s;
}

/* The part of a path that is `n` before its last. */
static struct span part(struct span path, unsigned n)
{
	struct span base = lines_base(path);

	for (; n > 0 && base.n < path.n; n--) {
		path = span_cut(path, 0, path.n - base.n - 1);
		base = lines_base(path);
	}
	return base;
}

static void put_permissions(struct fact_writer *w, const struct json_item *list)
{
	struct span s;

	for (size_t i = 0; i < json_read_count(list) && i < 64; i++)
		if (json_read_text(json_read_element(list, i), &s))
			fact_put(w, FACT_CAPABILITIES, s);
}

/* .../Extensions/ID/VERSION/manifest.json; a name `__MSG_key__` stands in a catalogue of its own.
 */
static void put_chromium(const struct item *item, const struct json_item *root,
			 struct fact_writer *w)
{
	fact_begin(w, FACT_EXTENSION);
	fact_put(w, FACT_NAME, member(root, "name"));
	fact_put_text(w, FACT_TYPE, "chromium");
	fact_put(w, FACT_VERSION, member(root, "version"));
	fact_put(w, FACT_ID, part(span_of(item->name), 2));
	put_permissions(w, json_read_member(root, "permissions"));
	put_permissions(w, json_read_member(root, "host_permissions"));
	fact_put_text(w, FACT_LOCATION, item->name);
	fact_end(w);
}

static void put_addon(const struct item *item, const struct json_item *addon, struct fact_writer *w)
{
	bool active = false;

	(void)json_read_bool(json_read_member(addon, "active"), &active);
	fact_begin(w, FACT_EXTENSION);
	fact_put(w, FACT_NAME, member(json_read_member(addon, "defaultLocale"), "name"));
	fact_put_text(w, FACT_TYPE, "firefox");
	fact_put(w, FACT_VERSION, member(addon, "version"));
	fact_put(w, FACT_ID, member(addon, "id"));
	fact_put_text(w, FACT_STATE, active ? "active" : "inactive");
	fact_put(w, FACT_SOURCE, member(addon, "sourceURI"));
	put_permissions(
		w, json_read_member(json_read_member(addon, "userPermissions"), "permissions"));
	fact_put_text(w, FACT_LOCATION, item->name);
	fact_end(w);
}

static void read_manifest(const struct item *item, struct fact_writer *w)
{
	struct json_document *d;
	struct error e;

	if (!json_read_open(item->bytes, 0, &d, &e)) {
		fact_gap(w, item->name, e.why, e.text);
		return;
	}
	const struct json_item *root = json_read_root(d);
	const struct json_item *addons = json_read_member(root, "addons");
	if (gather_ends(item->name, "/manifest.json"))
		put_chromium(item, root, w);
	for (size_t i = 0; i < json_read_count(addons); i++)
		put_addon(item, json_read_element(addons, i), w);
	json_read_close(d);
}

/* ID.json, ID.xpi, or a directory ID */
static void put_everyones(const struct bundle *b, const struct item *item, struct fact_writer *w)
{
	struct span path = span_of(item->name), id = lines_base(path);

	if (lines_ends(id, ".xpi") || lines_ends(id, ".crx"))
		id = span_cut(id, 0, id.n - 4);
	else if (lines_ends(id, ".json"))
		id = span_cut(id, 0, id.n - 5);
	fact_begin(w, FACT_EXTENSION);
	fact_put_text(w, FACT_TYPE, strstr(item->name, "hrom") != NULL ? "chromium" : "firefox");
	fact_put(w, FACT_ID, id);
	fact_put_text(w, FACT_STATE, "for everyone");
	fact_put(w, FACT_LOCATION, path);
	if (owned_has(b->owned, path))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static void read_extensions(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind == ITEM_NOTE)
			put_everyones(b, &item, w);
		else
			read_manifest(&item, w);
	}
}

const struct collector collect_extension = {
	.name = "extensions",
	.title = "Extensions of browsers",
	.looks = "directories of Chromium's kin and Firefox for all users; with --homes the "
		 "profiles",
	.stage = 1,
	.gather = gather,
	.read = read_extensions,
};
