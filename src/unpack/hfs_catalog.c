/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hfs_catalog.h"

/*
 * The catalog is a B-tree in the order of parents' numbers; its leaves are read twice, for folders
 * and for files.  What is deleted is not looked for.
 */

enum {
	MAX_FOLDERS = 1 << 17,
	FOLDER_TRIES = 256, /* slots that one may stand in: numbers that were not chosen need few */
	FOLDER_BYTES = 70,  /* of the smallest record of one in the catalog */
	ROOT_PARENT = 1,
	COMPRESSED = 0x20, /* of a file's flags */
};

struct folder {
	uint32_t id, parent; /* id 0: the slot is free */
	uint16_t n;
	const uint8_t *name; /* UTF-8, in the arena */
};

struct catalog {
	struct hfs h;
	hfs_read_entry *read;
	struct folder *folder; /* by id; at most half of them are used */
	size_t n_slots, n_folders;
};

/* Where it stands, or a free slot; NULL: it does not, and none is free that it may stand in. */
static struct folder *slot_of(const struct catalog *t, uint32_t id)
{
	uint64_t slot = id * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (unsigned i = 0; i < FOLDER_TRIES; i++) {
		struct folder *f = &t->folder[(slot + i) % t->n_slots];
		if (f->id == 0 || f->id == id)
			return f;
	}
	return NULL;
}

static void keep_folder(struct catalog *t, const struct hfs_entry *e)
{
	struct folder *f = slot_of(t, e->id);

	if (e->id == 0 || f == NULL || f->id != 0 || t->n_folders >= t->n_slots / 2) {
		t->h.v.damaged = true;
		return;
	}
	uint8_t *name = arena_copy(&t->h.v.u->arena, e->name, e->n);
	if (name == NULL) {
		t->h.v.damaged = true;
		return;
	}
	*f = (struct folder){ e->id, e->parent, (uint16_t)e->n, name };
	t->n_folders++;
}

/* ---- files */

/* The way of a folder into v.path.  A parent that is not there, or that is its own, ends it. */
static void enter_folders(struct catalog *t, uint32_t id)
{
	const struct folder *way[VOLUME_DEPTH];
	size_t n = 0, had;

	t->h.v.n_path = 0;
	while (n < VOLUME_DEPTH) {
		const struct folder *f = slot_of(t, id);
		if (f == NULL || f->id == 0 || f->parent == ROOT_PARENT)
			break; /* the volume's own name is no part of a way */
		way[n++] = f;
		id = f->parent;
	}
	t->h.v.damaged = t->h.v.damaged || n == VOLUME_DEPTH;
	while (n-- > 0)
		(void)!volume_enter(&t->h.v, (struct span){ way[n]->name, way[n]->n }, &had);
}

static void give_fork(struct hfs *h, const struct hfs_fork *f)
{
	for (uint64_t at = 0; at < f->size;) {
		struct span s = hfs_piece(h, f, at);
		if (s.n == 0) {
			unpack_gap(h->v.u, REASON_DAMAGED, PLACE_NONE,
				   "%s: it ends before its extents do", h->v.format);
			return;
		}
		if (!unpack_write(h->v.u, s) || !unpack_steps(h->v.u, VOLUME_STEPS))
			return;
		at += s.n;
	}
}

/* False: the budget is spent. */
static bool give_resource(struct hfs *h, const struct hfs_entry *e)
{
	size_t n = h->v.n_path;
	static const char suffix[] = ":resource";

	if (n + sizeof suffix <= sizeof h->v.path) { /* else it goes by the file's own way */
		memcpy(h->v.path + n, suffix, sizeof suffix - 1);
		h->v.n_path += sizeof suffix - 1;
	}
	if (!volume_begin(&h->v, e->resource.size, PLACE_NONE))
		return false;
	give_fork(h, &e->resource);
	return volume_end(&h->v);
}

/* False: the budget is spent. */
static bool give_file(struct catalog *t, const struct hfs_entry *e)
{
	struct hfs *h = &t->h;
	uint64_t at = (uint64_t)e->data.extent[0].at * h->block;
	size_t had;

	enter_folders(t, e->parent);
	if (!volume_enter(&h->v, (struct span){ e->name, e->n }, &had))
		return unpack_steps(h->v.u, VOLUME_STEPS);
	bool is_packed = (e->flags & COMPRESSED) != 0 && e->data.size == 0;
	if (!volume_begin(&h->v, is_packed ? UNPACK_UNKNOWN : e->data.size,
			  e->data.size != 0 ? at : PLACE_NONE))
		return false;
	bool said_how = is_packed && hfs_packed_give(h, e->id, &e->resource);
	if (is_packed && !said_how)
		unpack_gap(h->v.u, REASON_DAMAGED, PLACE_NONE, "%s: there is no com.apple.decmpfs",
			   h->v.format);
	else if (!is_packed)
		give_fork(h, &e->data);
	return volume_end(&h->v) && (said_how || e->resource.size == 0 || give_resource(h, e));
}

/* Goes through the catalog; false: the budget is spent, or there is none. */
static bool go_through(struct catalog *t, uint8_t *room, bool files)
{
	struct span key, value;
	struct hfs_entry e = { 0 };
	struct hfs_walk w;

	if (!hfs_walk_begin(&t->h, &t->h.catalog, room, &w))
		return false;
	while (hfs_walk_next(&t->h, &w, &key, &value)) {
		if (!t->read(key, value, &e)) {
			t->h.v.damaged = true;
		} else if (!files && e.type == HFS_FOLDER) {
			keep_folder(t, &e);
		} else if (files && e.type == HFS_FILE && !give_file(t, &e)) {
			return true;
		}
	}
	t->h.v.damaged = t->h.v.damaged || w.damaged;
	return true;
}

bool hfs_catalog_give(const struct hfs *h, hfs_read_entry *read, struct error *e)
{
	struct unpack *u = h->v.u;
	struct catalog *t = arena_alloc(&u->arena, sizeof *t);
	uint8_t *room = arena_alloc(&u->arena, HFS_MAX_NODE);

	if (t == NULL || room == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "%s", h->v.format);
	t->h = *h;
	t->read = read;
	uint64_t most = h->catalog.size < u->object.n ? h->catalog.size : u->object.n;
	most = 1 + most / FOLDER_BYTES;
	t->n_slots = 2 * (size_t)(most < MAX_FOLDERS ? most : MAX_FOLDERS);
	t->folder = arena_array(&u->arena, t->n_slots, sizeof *t->folder);
	if (t->folder == NULL || !hfs_packed_find(&t->h))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "%s", h->v.format);
	if (!go_through(t, room, false))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: the catalog", h->v.format);
	(void)!go_through(t, room, true);
	if (t->h.v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: a record or a tree",
				 h->v.format);
	return true;
}
