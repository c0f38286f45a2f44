/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Packages of snapd.  Its state (/var/lib/snapd/state.json, data.snaps) names each snap with the
 * revisions that are kept and the one in use; /var/lib/snapd/snaps holds a squashfs file for each
 * revision.  The version lies in meta/snap.yaml inside of it, which is read where the snap is
 * mounted at /snap/NAME/REVISION.  snapcraft.io/docs, "System snap directory".
 */

enum { MAX_STATE = 64 << 20, MAX_YAML = 1 << 20 };

static const char *const mounts[] = { "/snap", "/var/lib/snapd/snap" };

static void take_revision(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, "meta/snap.yaml"))
		(void)gather_file(g, path, MAX_YAML);
}

static void take_snap(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && strcmp(name, "bin") != 0 && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_revision);
}

static void take_file(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_REG && gather_ends(name, ".snap") && gather_path(g, path, directory, name))
		(void)gather_note(g, path, (struct span){ NULL, 0 });
}

static void gather(struct gather *g)
{
	(void)gather_file(g, "/var/lib/snapd/state.json", MAX_STATE);
	(void)gather_each(g, "/var/lib/snapd/snaps", take_file);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0) {
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no state of snapd");
		return;
	}
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
		(void)gather_each(g, mounts[i], take_snap);
}

/* ---- reading */

/* `key: value` at the beginning of a line, as snapd writes these fields; quotes are taken off. */
static struct span yaml_field(struct span text, const char *key)
{
	struct span line, name, value;

	while (lines_next(&text, &line)) {
		if (!lines_split(line, ':', &name, &value) || !span_is(name, key))
			continue;
		value = lines_trim(value);
		if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
		    value.p[value.n - 1] == value.p[0])
			value = span_cut(value, 1, value.n - 2);
		return value;
	}
	return (struct span){ NULL, 0 };
}

/* The mounted manifest of a revision; empty where it is not mounted. */
static struct span manifest_of(const struct bundle *b, struct span name, struct span revision)
{
	char path[GATHER_MAX_PATH];
	struct buf want;

	for (size_t m = 0; m < sizeof mounts / sizeof *mounts; m++) {
		buf_init(&want, sizeof path);
		buf_printf(&want, "%s/", mounts[m]);
		buf_put_span(&want, name);
		buf_put_u8(&want, '/');
		buf_put_span(&want, revision);
		buf_put_text(&want, "/meta/snap.yaml");
		for (size_t i = 0; buf_ok(&want) && i < bundle_count(b); i++) {
			struct item item = bundle_get(b, i);
			if (item.kind == ITEM_FILE &&
			    span_equal(span_of(item.name), buf_span(&want))) {
				buf_release(&want);
				return item.bytes;
			}
		}
		buf_release(&want);
	}
	return (struct span){ NULL, 0 };
}

struct snap {
	struct span name, revision, channel, location;
	const char *state;
};

static void put_snap(const struct bundle *b, const struct snap *s, struct fact_writer *w)
{
	struct span yaml = manifest_of(b, s->name, s->revision);

	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, s->name);
	fact_put_text(w, FACT_TYPE, "snap");
	fact_put(w, FACT_VERSION, yaml_field(yaml, "version"));
	fact_put_text(w, FACT_STATE, s->state);
	fact_put(w, FACT_SOURCE, s->channel);
	fact_put(w, FACT_REVISION, s->revision);
	fact_put(w, FACT_LOCATION, s->location);
	fact_end(w);
	if (yaml.n == 0 && strcmp(s->state, "installed") == 0)
		fact_gap(w, "meta/snap.yaml", REASON_UNSUPPORTED,
			 "unsupported: the version lies in a squashfs that is not mounted");
}

static struct span member(const struct json_item *root, const char *name)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(json_read_member(root, name), &s);
	return s;
}

static void read_snap(const struct bundle *b, struct span name, const struct json_item *snap,
		      struct fact_writer *w)
{
	const struct json_item *sequence = json_read_member(snap, "sequence");
	struct span current = member(snap, "current");
	bool active = false;

	(void)json_read_bool(json_read_member(snap, "active"), &active);
	for (size_t i = 0; i < json_read_count(sequence); i++) {
		const struct json_item *side = json_read_element(sequence, i);
		struct snap s = { .name = name,
				  .revision = member(side, "revision"),
				  .channel = member(snap, "channel") };
		s.state = !span_equal(s.revision, current) ? "kept"
			  : active                         ? "installed"
							   : "disabled";
		put_snap(b, &s, w);
	}
}

static bool read_state(const struct bundle *b, const struct item *item, struct fact_writer *w)
{
	struct json_document *d;
	struct error e;
	struct span name;
	void *place = NULL;
	const struct json_item *snap;

	if (!json_read_open(item->bytes, 0, &d, &e)) {
		fact_gap(w, item->name, e.why, e.text);
		return false;
	}
	const struct json_item *snaps =
		json_read_member(json_read_member(json_read_root(d), "data"), "snaps");
	while ((snap = json_read_next(snaps, &place, &name)) != NULL)
		read_snap(b, name, snap, w);
	bool known = json_read_is_object(snaps);
	json_read_close(d);
	return known;
}

/* NAME_REVISION.snap */
static void read_file_name(const struct bundle *b, const struct item *item, struct fact_writer *w)
{
	struct span base = lines_base(span_of(item->name));
	struct snap s = { .state = "installed", .location = span_of(item->name) };

	base = span_cut(base, 0, base.n - strlen(".snap"));
	if (lines_split(base, '_', &s.name, &s.revision))
		put_snap(b, &s, w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	bool known = false;

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind == ITEM_FILE && gather_ends(item.name, "state.json"))
			known = read_state(b, &item, w);
	}
	for (size_t i = 0; !known && i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind == ITEM_NOTE && gather_ends(item.name, ".snap"))
			read_file_name(b, &item, w);
	}
}

const struct collector collect_snap = {
	.name = "snap",
	.title = "Snap packages",
	.looks = "/var/lib/snapd (state.json, snaps), snap.yaml of what is mounted",
	.gather = gather,
	.read = read,
};
