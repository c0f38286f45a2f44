/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/hfs.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

#include <stdio.h>

/*
 * HFS+ and HFSX (Apple's Technical Note TN1150), as in disk images: files by their ways, with their
 * resource forks ("name:resource") and what is compressed behind their backs.  The catalog is a
 * B-tree in the order of parents' numbers; its leaves are read twice, for folders and for files.
 * What is deleted is not looked for, and the journal is not played back.
 */

enum {
	HEAD_AT = 1024,
	HEAD = 512,
	BLOCK_AT = 40,
	FORKS_AT = 112,
	MIN_BLOCK = 512,
	MAX_BLOCK = 16 << 20,
	MAX_FOLDERS = 1 << 17,
	FOLDER_TRIES = 256, /* slots that one may stand in: numbers that were not chosen need few */
	FOLDER_BYTES = 70,  /* of the smallest record of one in the catalog */
	ROOT_PARENT = 1,
	ID_EXTENTS = 3,
	ID_CATALOG = 4,
	ID_ATTRIBUTES = 8,
	FOLDER = 1,
	FILE_RECORD = 2,
	MAX_UNITS = 255, /* of UTF-16 in a name */
	DATA_FORK_AT = 88,
	FLAGS_AT = 41,
	COMPRESSED = 0x20,
	MAX_BYTES = 3 * MAX_UNITS,
};

struct folder {
	uint32_t id, parent; /* id 0: the slot is free */
	uint16_t n;
	const uint8_t *name; /* UTF-8, in the arena */
};

struct catalog {
	struct hfs h;
	struct folder *folder; /* by id; at most half of them are used */
	size_t n_slots, n_folders;
};

bool hfsplus_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, HEAD_AT, 4);

	return s.n == 4 && (memcmp(s.p, "H+\0\4", 4) == 0 || memcmp(s.p, "HX\0\5", 4) == 0);
}

/* ---- the catalog */

struct entry {
	uint32_t parent, id;
	unsigned type, flags;
	uint8_t name[MAX_BYTES]; /* UTF-8 */
	size_t n;
	struct hfs_fork data, resource;
};

/* A name (2 bytes of length and UTF-16), of which "/" becomes ":" as Unix shows it. */
static size_t read_name(struct cursor *c, uint8_t out[MAX_BYTES])
{
	unsigned left = cursor_be16(c);
	size_t n = 0;

	while (left-- > 0 && cursor_ok(c) && n + WIDE_ROOM <= MAX_BYTES) {
		uint32_t unit = cursor_be16(c);
		if (unit >= 0xd800 && unit < 0xdc00 && left > 0) {
			uint32_t low = cursor_be16(c);
			left--;
			unit = low >= 0xdc00 && low < 0xe000
				       ? 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff))
				       : 0xfffd;
		} else if (unit >= 0xd800 && unit < 0xe000) {
			unit = 0xfffd;
		}
		n += wide_put(unit == '/' ? ':' : unit, out + n);
	}
	return n;
}

static bool read_entry(struct span key, struct span value, struct entry *out)
{
	struct cursor k = cursor_of(key), v = cursor_of(value);

	out->parent = cursor_be32(&k);
	out->n = read_name(&k, out->name);
	out->type = cursor_be16(&v);
	cursor_skip(&v, 6);
	out->id = cursor_be32(&v);
	if (out->type == FOLDER || out->type != FILE_RECORD)
		return cursor_ok(&k) && cursor_ok(&v);
	cursor_seek(&v, FLAGS_AT);
	out->flags = cursor_u8(&v);
	cursor_seek(&v, DATA_FORK_AT);
	out->data = hfs_fork_at(&v, out->id, HFS_DATA);
	out->resource = hfs_fork_at(&v, out->id, HFS_RESOURCE);
	return cursor_ok(&k) && cursor_ok(&v);
}

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

static void keep_folder(struct catalog *t, const struct entry *e)
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
				   "HFS+: it ends before its extents do");
			return;
		}
		if (!unpack_write(h->v.u, s) || !unpack_steps(h->v.u, VOLUME_STEPS))
			return;
		at += s.n;
	}
}

/* False: the budget is spent. */
static bool give_resource(struct hfs *h, const struct entry *e)
{
	size_t n = h->v.n_path;
	static const char suffix[] = ":resource";

	if (n + sizeof suffix > sizeof h->v.path)
		return true;
	memcpy(h->v.path + n, suffix, sizeof suffix - 1);
	h->v.n_path += sizeof suffix - 1;
	if (!volume_begin(&h->v, e->resource.size, PLACE_NONE))
		return false;
	give_fork(h, &e->resource);
	return volume_end(&h->v);
}

/* False: the budget is spent. */
static bool give_file(struct catalog *t, const struct entry *e)
{
	struct hfs *h = &t->h;
	uint64_t at = (uint64_t)e->data.extent[0].at * h->block;
	size_t had;

	enter_folders(t, e->parent);
	if (!volume_enter(&h->v, (struct span){ e->name, e->n }, &had))
		return unpack_steps(h->v.u, VOLUME_STEPS);
	bool packed = (e->flags & COMPRESSED) != 0 && e->data.size == 0;
	if (!volume_begin(&h->v, packed ? UNPACK_UNKNOWN : e->data.size,
			  e->data.size != 0 ? at : PLACE_NONE))
		return false;
	packed = packed && hfs_packed_give(h, e->id, &e->resource);
	if (!packed)
		give_fork(h, &e->data);
	return volume_end(&h->v) && (packed || e->resource.size == 0 || give_resource(h, e));
}

/* Goes through the catalog; false: the budget is spent, or there is none. */
static bool go_through(struct catalog *t, uint8_t *room, bool files)
{
	struct span key, value;
	struct entry e = { 0 };
	struct hfs_walk w;

	if (!hfs_walk_begin(&t->h, &t->h.catalog, room, &w))
		return false;
	while (hfs_walk_next(&t->h, &w, &key, &value)) {
		if (!read_entry(key, value, &e)) {
			t->h.v.damaged = true;
		} else if (!files && e.type == FOLDER) {
			keep_folder(t, &e);
		} else if (files && e.type == FILE_RECORD && !give_file(t, &e)) {
			return true;
		}
	}
	t->h.v.damaged = t->h.v.damaged || w.damaged;
	return true;
}

bool hfsplus_read(struct span object, struct unpack *u, struct error *e)
{
	struct catalog *t = arena_alloc(&u->arena, sizeof *t);
	uint8_t *room = arena_alloc(&u->arena, HFS_MAX_NODE);
	struct cursor c = cursor_of(span_cut(object, HEAD_AT, HEAD));

	if (t == NULL || room == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "HFS+");
	t->h.v = (struct volume){ .u = u, .image = object, .format = "HFS+" };
	cursor_seek(&c, BLOCK_AT);
	t->h.block = cursor_be32(&c);
	uint64_t blocks = cursor_be32(&c);
	cursor_seek(&c, FORKS_AT + HFS_FORK_BYTES);
	t->h.extents = hfs_fork_at(&c, ID_EXTENTS, HFS_DATA);
	t->h.catalog = hfs_fork_at(&c, ID_CATALOG, HFS_DATA);
	t->h.attributes = hfs_fork_at(&c, ID_ATTRIBUTES, HFS_DATA);
	if (!cursor_ok(&c) || t->h.block < MIN_BLOCK || t->h.block > MAX_BLOCK ||
	    (t->h.block & (t->h.block - 1)) != 0)
		return error_set(e, REASON_DAMAGED, HEAD_AT, "HFS+: the volume's header");
	uint64_t most = t->h.catalog.size < object.n ? t->h.catalog.size : object.n;
	most = 1 + most / FOLDER_BYTES;
	t->n_slots = 2 * (size_t)(most < MAX_FOLDERS ? most : MAX_FOLDERS);
	t->folder = arena_array(&u->arena, t->n_slots, sizeof *t->folder);
	if (t->folder == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "HFS+");
	if (blocks * t->h.block > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "HFS+: the image ends too soon");
	if (!hfs_packed_find(&t->h))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "HFS+");
	if (!go_through(t, room, false))
		return error_set(e, REASON_DAMAGED, HEAD_AT, "HFS+: the catalog");
	(void)!go_through(t, room, true);
	if (t->h.v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "HFS+: a record or a tree");
	return true;
}
