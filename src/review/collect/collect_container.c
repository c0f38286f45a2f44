/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_read.h"
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>
#include <stdio.h>

/*
 * Images and containers of docker, podman and containerd, and roots of other systems (machines of
 * systemd-nspawn, lxc, chroots).
 *
 * docker: image/overlay2/repositories.json names images, containers/ID/config.v2.json containers;
 * podman: overlay-images/images.json and overlay-containers/containers.json; layers lie in
 * overlay2/ID/diff and overlay/ID/diff, containerd's in snapshots/N/fs.  containerd's names are in
 * a database of bbolt, which is not read and is a gap.  A layer or root that holds a package
 * database is named as a root of its own, which review/nested.c then looks into.
 */

enum { MAX_JSON = 32 << 20 };

static const char *const docker = "/var/lib/docker";

static void take_config(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, "config.v2.json"))
		(void)gather_file(g, path, MAX_JSON);
}

static bool holds_packages(struct gather *g, const char *root)
{
	static const char *const databases[] = { "var/lib/dpkg/status",  "var/lib/dpkg/status.d",
						 "lib/apk/db/installed", "var/lib/rpm",
						 "usr/lib/sysimage/rpm", "var/lib/pacman/local" };
	char path[GATHER_MAX_PATH];
	struct stat st;
	struct error e;

	for (size_t i = 0; i < sizeof databases / sizeof *databases; i++)
		if (gather_path(g, path, root, databases[i]) && root_stat(g->root, path, &st, &e))
			return true;
	return false;
}

/* The note's bytes say what kind of root it is. */
static void take_root(struct gather *g, const char *path, const char *kind)
{
	if (holds_packages(g, path))
		(void)gather_note(g, path, span_of(kind));
}

static void take_within(struct gather *g, const char *directory, const char *name, const char *in,
			const char *kind)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (gather_path(g, base, directory, name) && gather_path(g, path, base, in))
		take_root(g, path, kind);
}

static void take_layer(struct gather *g, const char *directory, const char *name, unsigned type)
{
	if (type == DT_DIR && strcmp(name, "l") != 0)
		take_within(g, directory, name, "diff", "layer");
}

static void take_snapshot(struct gather *g, const char *directory, const char *name, unsigned type)
{
	if (type == DT_DIR)
		take_within(g, directory, name, "fs", "layer");
}

static void take_lxc(struct gather *g, const char *directory, const char *name, unsigned type)
{
	if (type == DT_DIR)
		take_within(g, directory, name, "rootfs", "lxc");
}

static void take_machine(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR && name[0] != '.' && gather_path(g, path, directory, name))
		take_root(g, path, "machine");
}

static void take_storage(struct gather *g, const char *storage)
{
	static const char *const lists[] = { "overlay-images/images.json",
					     "overlay-containers/containers.json" };
	char path[GATHER_MAX_PATH];

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (gather_path(g, path, storage, lists[i]))
			(void)gather_file(g, path, MAX_JSON);
	if (gather_path(g, path, storage, "overlay"))
		(void)gather_each(g, path, take_layer);
}

static void take_home(struct gather *g, const char *home)
{
	char path[GATHER_MAX_PATH];

	if (gather_path(g, path, home, ".local/share/containers/storage"))
		take_storage(g, path);
}

static void gather(struct gather *g)
{
	static const char *const containerd = "/var/lib/containerd";
	char path[GATHER_MAX_PATH];
	struct stat st;
	struct error e;

	(void)gather_file(g, "/var/lib/docker/image/overlay2/repositories.json", MAX_JSON);
	if (gather_path(g, path, docker, "containers"))
		(void)gather_each(g, path, take_config);
	if (gather_path(g, path, docker, "overlay2"))
		(void)gather_each(g, path, take_layer);
	take_storage(g, "/var/lib/containers/storage");
	gather_homes(g, take_home);
	if (gather_path(g, path, containerd, "io.containerd.metadata.v1.bolt/meta.db") &&
	    root_stat(g->root, path, &st, &e))
		coverage_gap(g->cover, path, reason_word(REASON_UNSUPPORTED),
			     "unsupported: names of images in a database of bbolt");
	if (gather_path(g, path, containerd, "io.containerd.snapshotter.v1.overlayfs/snapshots"))
		(void)gather_each(g, path, take_snapshot);
	(void)gather_each(g, "/var/lib/machines", take_machine);
	(void)gather_each(g, "/srv/chroot", take_machine);
	(void)gather_each(g, "/var/lib/lxc", take_lxc);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no containers");
}

/* ---- reading */

static struct span text_of(const struct json_item *item)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(item, &s);
	return s;
}

/* sha256:HEX, or NAME@sha256:HEX */
static void put_digest(struct fact_writer *w, struct span s)
{
	struct span before, hex;

	fact_put(w, FACT_ID, lines_split(s, ':', &before, &hex) ? hex : s);
}

static void put_image(struct fact_writer *w, const char *type, struct span name, struct span id,
		      struct span digest)
{
	struct span before, after;

	fact_begin(w, FACT_CONTAINER);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, type);
	fact_put_text(w, FACT_STATE, "image");
	put_digest(w, id);
	if (digest.n != 0)
		put_digest(w, digest);
	else if (lines_split(name, '@', &before, &after))
		put_digest(w, after);
	fact_end(w);
}

/* {"Repositories": {"nginx": {"nginx:1": "sha256:...", "nginx@sha256:...": "sha256:..."}}} */
static void read_repositories(const struct json_item *root, struct fact_writer *w)
{
	const struct json_item *all = json_read_member(root, "Repositories"), *one, *id;
	struct span name, reference;

	for (void *place = NULL; (one = json_read_next(all, &place, &name)) != NULL;)
		for (void *inner = NULL; (id = json_read_next(one, &inner, &reference)) != NULL;)
			put_image(w, "docker", reference, text_of(id), (struct span){ NULL, 0 });
}

static void read_config(const struct json_item *root, struct fact_writer *w)
{
	bool running = false;

	(void)json_read_bool(json_read_member(json_read_member(root, "State"), "Running"),
			     &running);
	fact_begin(w, FACT_CONTAINER);
	fact_put(w, FACT_NAME, text_of(json_read_member(root, "Name")));
	fact_put_text(w, FACT_TYPE, "docker");
	fact_put_text(w, FACT_STATE, running ? "running" : "stopped");
	put_digest(w, text_of(json_read_member(root, "Image")));
	fact_put(w, FACT_SOURCE,
		 text_of(json_read_member(json_read_member(root, "Config"), "Image")));
	fact_end(w);
}

static void read_podman(const struct json_item *root, bool images, struct fact_writer *w)
{
	for (size_t i = 0; i < json_read_count(root); i++) {
		const struct json_item *one = json_read_element(root, i);
		const struct json_item *names = json_read_member(one, "names");
		struct span name = text_of(json_read_element(names, 0)),
			    id = text_of(json_read_member(one, "id"));
		if (images) {
			put_image(w, "podman", name, id, text_of(json_read_member(one, "digest")));
			continue;
		}
		fact_begin(w, FACT_CONTAINER);
		fact_put(w, FACT_NAME, name.n != 0 ? name : id);
		fact_put_text(w, FACT_TYPE, "podman");
		fact_put_text(w, FACT_STATE, "container");
		put_digest(w, text_of(json_read_member(one, "image")));
		fact_end(w);
	}
}

static void read_list(const struct item *item, struct fact_writer *w)
{
	struct json_document *d;
	struct error e;

	if (!json_read_open(item->bytes, 0, &d, &e)) {
		fact_gap(w, item->name, e.why, e.text);
		return;
	}
	if (gather_ends(item->name, "/repositories.json"))
		read_repositories(json_read_root(d), w);
	else if (gather_ends(item->name, "/config.v2.json"))
		read_config(json_read_root(d), w);
	else
		read_podman(json_read_root(d), gather_ends(item->name, "/images.json"), w);
	json_read_close(d);
}

/* The directory that tells one root from another: ID of ID/diff, NAME of /var/lib/machines/NAME. */
static struct span root_name(struct span path)
{
	struct span base = lines_base(path);

	if (span_is(base, "diff") || span_is(base, "fs") || span_is(base, "rootfs"))
		base = lines_base(span_cut(path, 0, path.n - base.n - (base.n < path.n)));
	return base;
}

static void read_containers(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name);
		if (item.kind != ITEM_NOTE) {
			read_list(&item, w);
			continue;
		}
		fact_begin(w, FACT_CONTAINER);
		fact_put(w, FACT_NAME, root_name(path));
		fact_put(w, FACT_TYPE, item.bytes);
		fact_put_text(w, FACT_STATE, "root");
		fact_put(w, FACT_TARGET, path);
		fact_end(w);
	}
}

const struct collector collect_container = {
	.name = "containers",
	.title = "Container images, containers and other roots",
	.looks = "/var/lib: docker, containers, containerd, machines, lxc; /srv/chroot; with "
		 "--homes "
		 "podman's of users",
	.stage = 1,
	.gather = gather,
	.read = read_containers,
};
