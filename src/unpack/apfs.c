/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/apfs.h"
#include "unpack/decmpfs.h"
#include "unpack/readers.h"

#include <stdio.h>

/*
 * APFS (Apple File System Reference, 2020), as in disk images: files by their ways, with their
 * resource forks ("name:resource") and what is compressed behind their backs.  Of several volumes
 * each is a folder.  The newest checkpoint is read; snapshots and what is deleted are not looked
 * for.  A catalog's leaves are read twice, for folders and for files, and once more for each file.
 */

enum {
	MAGIC_AT = 32,
	MIN_BLOCK = 512, /* Apple's are of 4096 and more; ours, for small tests */
	MAX_BLOCK = 65536,
	MAX_CHECKPOINT = 1 << 16, /* blocks of the area of checkpoints; ours */
	NOT_ONE_PIECE = 1u << 31, /* of such an area: it stands in a tree */
	MAX_VOLUMES = 100,        /* NX_MAX_FILE_SYSTEMS */
	MAX_FOLDERS = 1 << 17,
	FOLDER_TRIES = 256, /* slots that one may stand in: numbers that were not chosen need few */
	FOLDER_BYTES = 64,  /* of the smallest record of an inode, at least */
	NAME_AT = 704,      /* apfs_volname */
	NAME_ROOM = 256,
	PHYSICAL = 0x40000000, /* OBJ_PHYSICAL */
	SEALED = 0x20,         /* APFS_INCOMPAT_SEALED_VOLUME */
	UNENCRYPTED = 1,       /* APFS_FS_UNENCRYPTED */
	COMPRESSED = 0x20,     /* UF_COMPRESSED */
	ROOT_PARENT = 1,
	ROOT_FOLDER = 2,
	S_KIND = 0170000,
	S_FOLDER = 0040000,
	S_FILE = 0100000,
	FIELD_NAME = 4, /* INO_EXT_TYPE_NAME */
	FIELD_DATA = 8, /* INO_EXT_TYPE_DSTREAM */
	FIELDS_AT = 92,
	IN_STREAM = 1, /* j_xattr_flags */
	IN_RECORD = 2,
};
#define EXTENT_BYTES ((UINT64_C(1) << 56) - 1)

struct folder {
	uint64_t id, parent; /* id 0: the slot is free */
	struct span name;    /* in the image */
};

struct reader {
	struct apfs a;
	struct apfs_tree catalog;
	struct folder *folder; /* by id; at most half of them are used */
	size_t n_slots, n_folders;
	struct span volume; /* the folder that stands for it; empty where there is one alone */
};

bool apfs_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, MAGIC_AT, 4);

	return span_is(s, "NXSB");
}

/* ---- records */

static struct span until_nul(struct span s)
{
	const uint8_t *end = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	return span_cut(s, 0, end != NULL ? (size_t)(end - s.p) : s.n);
}

struct inode {
	uint64_t id, parent, stream;
	unsigned mode, flags;
	uint64_t size;
	struct span name;
};

static void read_fields(struct cursor *c, struct inode *out)
{
	unsigned n = cursor_le16(c);

	cursor_skip(c, 2);
	struct cursor head = cursor_of(cursor_take(c, 4ull * n));
	while (n-- > 0 && cursor_ok(&head) && cursor_ok(c)) {
		unsigned kind = cursor_u8(&head);
		cursor_skip(&head, 1);
		unsigned size = cursor_le16(&head);
		struct span field = cursor_take(c, size);
		struct cursor f = cursor_of(field);
		cursor_skip(c, cursor_left(c) < (8 - size % 8) % 8 ? 0 : (8 - size % 8) % 8);
		if (kind == FIELD_NAME)
			out->name = until_nul(field);
		else if (kind == FIELD_DATA)
			out->size = cursor_le64(&f);
	}
}

static bool read_inode(struct span key, struct span value, struct inode *out)
{
	static const struct apfs_tree catalog = { .catalog = true };
	struct cursor c = cursor_of(value);

	*out = (struct inode){ .id = apfs_key_of(&catalog, key).id, .parent = cursor_le64(&c) };
	out->stream = cursor_le64(&c);
	cursor_seek(&c, 68);
	out->flags = cursor_le32(&c);
	cursor_seek(&c, 80);
	out->mode = cursor_le16(&c);
	cursor_seek(&c, FIELDS_AT);
	bool whole = cursor_ok(&c);
	if (whole && cursor_left(&c) != 0)
		read_fields(&c, out);
	return whole && cursor_ok(&c);
}

struct xattr {
	unsigned flags;
	struct span bytes; /* IN_RECORD */
	uint64_t stream, size;
};

/* A named attribute of a file. */
static bool find_xattr(struct reader *r, uint64_t id, const char *name, struct xattr *out)
{
	const struct apfs_key from = { .id = id, .type = APFS_XATTR };
	struct span key, value;
	struct apfs_walk w;

	if (!apfs_walk_begin(&r->a, &r->catalog, from, &w))
		return false;
	while (apfs_walk_next(&r->a, &w, &key, &value)) {
		struct apfs_key k = apfs_key_of(&r->catalog, key);
		struct cursor c = cursor_of(key), v = cursor_of(value);
		if (k.id != id || k.type != APFS_XATTR)
			return false;
		cursor_skip(&c, 8);
		struct span is = cursor_take(&c, cursor_le16(&c));
		if (!cursor_ok(&c) || is.n == 0 || !span_is(span_cut(is, 0, is.n - 1), name))
			continue;
		*out = (struct xattr){ .flags = cursor_le16(&v) };
		out->bytes = cursor_take(&v, cursor_le16(&v));
		struct cursor s = cursor_of(out->bytes);
		if ((out->flags & IN_STREAM) != 0) {
			out->stream = cursor_le64(&s);
			out->size = cursor_le64(&s);
		} else {
			out->size = out->bytes.n;
		}
		return cursor_ok(&v) && cursor_ok(&s);
	}
	return false;
}

/* ---- bytes */

/* An extent of a stream. */
struct extent {
	uint64_t at, n, block; /* in the file; bytes; 0: a hole */
};

static bool next_extent(struct reader *r, struct apfs_walk *w, uint64_t stream, struct extent *out)
{
	struct span key, value;

	if (!apfs_walk_next(&r->a, w, &key, &value))
		return false;
	struct apfs_key k = apfs_key_of(&r->catalog, key);
	struct cursor v = cursor_of(value);
	*out = (struct extent){ .at = k.at, .n = cursor_le64(&v) & EXTENT_BYTES };
	out->block = cursor_le64(&v);
	return k.id == stream && k.type == APFS_EXTENT && cursor_ok(&v);
}

/* False: no more is wanted, or the image ends within it, which has been noted. */
static bool give_extent(struct reader *r, const struct extent *x, uint64_t n)
{
	if (x->block == 0)
		return unpack_zeros(r->a.v.u, n);
	return volume_bytes(&r->a.v,
			    x->block > UINT64_MAX / r->a.block ? UINT64_MAX : x->block * r->a.block,
			    n);
}

/* Fills the member that is begun. */
static void give_stream(struct reader *r, uint64_t stream, uint64_t size)
{
	const struct apfs_key from = { .id = stream, .type = APFS_EXTENT };
	struct apfs_walk w;
	struct extent x;
	uint64_t at = 0;

	if (size == 0)
		return;
	bool there = apfs_walk_begin(&r->a, &r->catalog, from, &w);
	while (there && at < size && next_extent(r, &w, stream, &x)) {
		if (x.at < at || x.n == 0)
			break;
		uint64_t hole = (x.at < size ? x.at : size) - at;
		uint64_t n = x.at >= size ? 0 : x.n < size - x.at ? x.n : size - x.at;
		if (!unpack_zeros(r->a.v.u, hole) || !give_extent(r, &x, n))
			return;
		at += hole + n;
	}
	if (at < size)
		unpack_gap(r->a.v.u, REASON_DAMAGED, PLACE_NONE,
			   "APFS: it ends before its extents do");
}

struct fork {
	struct reader *r;
	struct xattr x;
};

/* For decmpfs.h.  O(extents) a call. */
static bool copy_fork(void *ctx, uint64_t at, uint8_t *out, size_t n)
{
	struct fork *f = ctx;
	const struct apfs_key from = { .id = f->x.stream, .type = APFS_EXTENT };
	struct apfs_walk w;
	struct extent x;

	if (n > f->x.size || at > f->x.size - n)
		return false;
	if ((f->x.flags & IN_STREAM) == 0) {
		memcpy(out, f->x.bytes.p + at, n);
		return true;
	}
	if (!apfs_walk_begin(&f->r->a, &f->r->catalog, from, &w))
		return false;
	while (n != 0 && next_extent(f->r, &w, f->x.stream, &x)) {
		if (at < x.at || at - x.at >= x.n)
			continue;
		uint64_t into = at - x.at, left = x.n - into;
		uint64_t place = x.block * f->r->a.block + into;
		struct span s = span_cut(f->r->a.v.image, place, left < n ? left : n);
		if (x.block == 0 || x.block > UINT32_MAX || s.n == 0)
			return false;
		memcpy(out, s.p, s.n);
		out += s.n;
		at += s.n;
		n -= s.n;
	}
	return n == 0;
}

/* ---- files */

/* Where it stands, or may; NULL: nowhere, by numbers that were chosen to meet. */
static struct folder *slot_of(const struct reader *r, uint64_t id)
{
	uint64_t slot = id * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (unsigned i = 0; i < FOLDER_TRIES; i++) {
		struct folder *f = &r->folder[(slot + i) % r->n_slots];
		if (f->id == 0 || f->id == id)
			return f;
	}
	return NULL;
}

static void keep_folder(struct reader *r, const struct inode *i)
{
	struct folder *f = slot_of(r, i->id);

	if (i->id == 0 || f == NULL || f->id != 0 || r->n_folders >= r->n_slots / 2) {
		r->a.v.damaged = true;
		return;
	}
	*f = (struct folder){ i->id, i->parent, i->name };
	r->n_folders++;
}

/* The way of a folder.  A parent that is not there, or that is its own, ends it. */
static void enter_folders(struct reader *r, uint64_t id)
{
	const struct folder *way[VOLUME_DEPTH];
	size_t n = 0, had;

	r->a.v.n_path = 0;
	if (r->volume.n != 0)
		(void)!volume_enter(&r->a.v, r->volume, &had);
	while (n < VOLUME_DEPTH && id != ROOT_FOLDER && id != ROOT_PARENT) {
		const struct folder *f = slot_of(r, id);
		if (f == NULL || f->id == 0)
			break;
		way[n++] = f;
		id = f->parent;
	}
	r->a.v.damaged = r->a.v.damaged || n == VOLUME_DEPTH;
	while (n-- > 0)
		(void)!volume_enter(&r->a.v, way[n]->name, &had);
}

/* False: the budget is spent. */
static bool give_resource(struct reader *r, const struct xattr *x)
{
	static const char suffix[] = ":resource";
	struct volume *v = &r->a.v;

	if (v->n_path + sizeof suffix <= sizeof v->path) { /* else it goes by the file's own way */
		memcpy(v->path + v->n_path, suffix, sizeof suffix - 1);
		v->n_path += sizeof suffix - 1;
	}
	if (!volume_begin(v, x->size, PLACE_NONE))
		return false;
	if ((x->flags & IN_STREAM) != 0)
		give_stream(r, x->stream, x->size);
	else
		(void)!unpack_write(v->u, x->bytes);
	return volume_end(v);
}

/* False: the budget is spent. */
static bool give_file(struct reader *r, const struct inode *i)
{
	struct fork fork = { .r = r };
	struct volume *v = &r->a.v;
	struct xattr packed = { 0 };
	size_t had;

	enter_folders(r, i->parent);
	if (!volume_enter(v, i->name, &had))
		return unpack_steps(v->u, VOLUME_STEPS);
	bool is_packed = (i->flags & COMPRESSED) != 0 && i->size == 0;
	bool said_how = is_packed && find_xattr(r, i->id, "com.apple.decmpfs", &packed);
	bool has_fork = find_xattr(r, i->id, "com.apple.ResourceFork", &fork.x);
	if (!volume_begin(v, is_packed ? UNPACK_UNKNOWN : i->size, PLACE_NONE))
		return false;
	if (said_how && (packed.flags & IN_STREAM) != 0)
		unpack_gap(v->u, REASON_UNSUPPORTED, PLACE_NONE, "APFS compression in a stream");
	else if (is_packed) /* where there is no attribute, that is told */
		decmpfs_give(v->u, "APFS", packed.bytes, copy_fork, &fork);
	else
		give_stream(r, i->stream, i->size);
	return volume_end(v) &&
	       (said_how || !has_fork || fork.x.size == 0 || give_resource(r, &fork.x));
}

/* Goes through the catalog; false: the budget is spent, or there is none. */
static bool go_through(struct reader *r, bool files)
{
	const struct apfs_key from = { .id = 0 };
	struct span key, value;
	struct apfs_walk w;
	struct inode i;

	if (!apfs_walk_begin(&r->a, &r->catalog, from, &w))
		return false;
	while (apfs_walk_next(&r->a, &w, &key, &value)) {
		if (apfs_key_of(&r->catalog, key).type != APFS_INODE)
			continue;
		if (!read_inode(key, value, &i))
			r->a.v.damaged = true;
		else if (!files && (i.mode & S_KIND) == S_FOLDER)
			keep_folder(r, &i);
		else if (files && (i.mode & S_KIND) == S_FILE && !give_file(r, &i))
			return false;
	}
	r->a.v.damaged = r->a.v.damaged || w.damaged;
	return true;
}

/* ---- volumes */

/* False: the budget is spent, or the volume could not be read, which has been noted. */
static bool give_volume(struct reader *r, uint64_t number)
{
	struct unpack *u = r->a.v.u;
	uint64_t root;
	struct span head = apfs_block(&r->a, number);
	struct cursor c = cursor_of(head);

	cursor_seek(&c, MAGIC_AT);
	bool is = span_is(cursor_take(&c, 4), "APSB");
	cursor_seek(&c, 56);
	uint64_t features = cursor_le64(&c);
	cursor_seek(&c, 116);
	bool mapped = (cursor_le32(&c) & PHYSICAL) == 0;
	cursor_seek(&c, 128);
	uint64_t map_object = cursor_le64(&c);
	r->catalog = (struct apfs_tree){ .root = cursor_le64(&c), .catalog = true };
	cursor_seek(&c, 264);
	uint64_t flags = cursor_le64(&c);
	struct cursor map = cursor_of(apfs_block(&r->a, map_object));
	cursor_seek(&map, 48);
	root = cursor_le64(&map);
	if (!is || !cursor_ok(&c) || (mapped && (!cursor_ok(&map) || root == 0))) {
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "APFS: a volume's header");
		return false;
	}
	if ((flags & UNENCRYPTED) == 0) {
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "APFS: a volume");
		return false;
	}
	if ((features & SEALED) != 0)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "APFS sealed volume");
	r->catalog.map = mapped ? root : 0;
	memset(r->folder, 0, r->n_slots * sizeof *r->folder);
	r->n_folders = 0;
	bool ok = go_through(r, false);
	if (!ok && !r->a.locked)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "APFS: a catalog");
	return ok && go_through(r, true);
}

static void name_volume(struct reader *r, uint64_t number, unsigned i)
{
	struct span name = until_nul(span_cut(apfs_block(&r->a, number), NAME_AT, NAME_ROOM));
	char *made = arena_alloc(&r->a.v.u->arena, 16);

	if (name.n == 0 && made != NULL) {
		snprintf(made, 16, "volume%u", i + 1);
		name = span_of(made);
	}
	r->volume = name;
}

static bool give_volumes(struct reader *r, struct span head, uint64_t map)
{
	uint64_t oid[MAX_VOLUMES], block;
	unsigned n = 0;
	struct cursor c = cursor_of(span_cut(head, 184, 8 * MAX_VOLUMES));

	while (n < MAX_VOLUMES && cursor_left(&c) >= 8 && (oid[n] = cursor_le64(&c)) != 0)
		n++;
	for (unsigned i = 0; i < n; i++) {
		if (!unpack_steps(r->a.v.u, VOLUME_STEPS))
			return true;
		r->volume = (struct span){ NULL, 0 };
		if (!apfs_find(&r->a, map, oid[i], &block)) {
			r->a.v.damaged = true;
			continue;
		}
		if (n > 1)
			name_volume(r, block, i);
		(void)!give_volume(r, block);
	}
	return n != 0;
}

/* ---- the container */

/* Fletcher's sum of 64 bits, which stands in an object's first 8 bytes. */
static bool sum_holds(struct span s)
{
	struct cursor c = cursor_of(s);
	uint64_t a = 0, b = 0, is = cursor_le64(&c);

	while (cursor_left(&c) >= 4) {
		a = (a + cursor_le32(&c)) % UINT32_MAX;
		b = (b + a) % UINT32_MAX;
	}
	uint64_t low = UINT32_MAX - (a + b) % UINT32_MAX;
	uint64_t high = UINT32_MAX - (a + low) % UINT32_MAX;
	return cursor_ok(&c) && is == (high << 32 | low);
}

static uint64_t transaction_of(struct span head)
{
	struct cursor c = cursor_of(head);

	cursor_seek(&c, 16);
	return cursor_le64(&c);
}

/* The newest header whose sum holds; that at the start where there is none. */
static struct span newest(struct reader *r)
{
	struct span best = apfs_block(&r->a, 0);
	struct cursor c = cursor_of(best);
	bool good = sum_holds(best);

	cursor_seek(&c, 104);
	uint32_t n = cursor_le32(&c);
	cursor_seek(&c, 112);
	uint64_t at = cursor_le64(&c);
	if (!cursor_ok(&c) || (n & NOT_ONE_PIECE) != 0)
		n = 0;
	for (uint32_t i = 0; i < n && i < MAX_CHECKPOINT; i++) {
		struct span s =
			at > UINT64_MAX - i ? (struct span){ 0 } : apfs_block(&r->a, at + i);
		if (s.n != r->a.block || !unpack_steps(r->a.v.u, r->a.block))
			break;
		if (!span_is(span_cut(s, MAGIC_AT, 4), "NXSB") || !sum_holds(s))
			continue;
		if (!good || transaction_of(s) > transaction_of(best))
			best = s;
		good = true;
	}
	return best;
}

bool apfs_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader *r = arena_alloc(&u->arena, sizeof *r);
	struct cursor c = cursor_of(object);

	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "APFS");
	*r = (struct reader){ .a.v = { .u = u, .image = object, .format = "APFS" } };
	cursor_seek(&c, 36);
	r->a.block = cursor_le32(&c);
	uint64_t blocks = cursor_le64(&c);
	if (!cursor_ok(&c) || r->a.block < MIN_BLOCK || r->a.block > MAX_BLOCK ||
	    (r->a.block & (r->a.block - 1)) != 0 || object.n < r->a.block)
		return error_set(e, REASON_DAMAGED, 0, "APFS: the container's header");
	if (blocks > object.n / r->a.block)
		unpack_gap(u, REASON_DAMAGED, object.n, "APFS: the image ends too soon");
	uint64_t most = 1 + object.n / FOLDER_BYTES;
	r->n_slots = 2 * (size_t)(most < MAX_FOLDERS ? most : MAX_FOLDERS);
	r->folder = arena_array(&u->arena, r->n_slots, sizeof *r->folder);
	if (r->folder == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "APFS");
	struct span head = newest(r);
	c = cursor_of(head);
	cursor_seek(&c, 160);
	struct cursor map = cursor_of(apfs_block(&r->a, cursor_le64(&c)));
	cursor_seek(&map, 48);
	uint64_t root = cursor_le64(&map);
	if (!cursor_ok(&c) || !cursor_ok(&map) || !give_volumes(r, head, root))
		return error_set(e, REASON_DAMAGED, 0, "APFS: the container's volumes");
	if (r->a.locked)
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "APFS: a part of a tree");
	if (r->a.v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "APFS: a record or a tree");
	return true;
}
