/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"

/*
 * ext2, ext3 and ext4 (Documentation/filesystems/ext4 of Linux): files by their ways.  A file's
 * blocks are told by a tree of extents, by lists of blocks, or stand in its inode, the first 60
 * bytes in place of the blocks and the rest in an attribute.  An indexed directory is read like any
 * other, whose index looks like entries that are free.  The journal is not played back, and what is
 * deleted is not looked for.
 */

enum {
	HEAD_AT = 1024,
	HEAD = 1024,
	MAX_BLOCK = 65536,
	ROOT = 2,
	INODE = 128, /* bytes of it that are read */
	MAP_AT = 40, /* i_block */
	MAP = 60,
	N_DIRECT = 12,
	N_LEVELS = 3,
	/* s_feature_incompat */
	FILE_TYPES = 0x2,
	JOURNAL_ALONE = 0x8,
	META_GROUPS = 0x10,
	WIDE = 0x80,
	/* i_flags */
	SQUEEZED = 0x4,
	ENCRYPTED = 0x800,
	EXTENTS = 0x80000,
	INLINE = 0x10000000,
	EXTENT_MAGIC = 0xf30a,
	EXTENT_DEPTH = 5,
	UNWRITTEN =
		32768, /* blocks: what is more of an extent's length says that it has no bytes */
	S_KIND = 0xf000,
	S_FOLDER = 0x4000,
	S_FILE = 0x8000,
	ENTRY = 8, /* bytes of a directory's entry before the name */
	ENTRY_ALIGN = 4,
	ATTRIBUTE = 16, /* bytes of an attribute's entry before the name */
	OF_SYSTEM = 7,  /* EXT4_XATTR_INDEX_SYSTEM */
};

struct ext {
	struct volume v;
	uint32_t block, features;
	uint32_t per_group, n_inodes;
	uint64_t groups_at; /* byte of the table of groups */
	unsigned group_size, inode_size;
};

struct inode {
	unsigned mode;
	uint32_t flags;
	uint64_t size;
	struct span map;  /* in the image */
	struct span rest; /* what stands behind the map, in an attribute */
};
#define ATTRIBUTES_MAGIC 0xea020000

/* Blocks of a file that stand together. */
struct run {
	uint64_t block; /* 0: a hole */
	uint64_t n;
};

bool ext_known(const struct unpack_look *look)
{
	struct cursor c = cursor_of(span_cut(look->bytes, HEAD_AT, HEAD));

	cursor_seek(&c, 56);
	unsigned magic = cursor_le16(&c);
	cursor_seek(&c, 76);
	return magic == 0xef53 && cursor_le32(&c) <= 1 && cursor_ok(&c);
}

static struct span block_at(const struct ext *x, uint64_t n)
{
	return n > UINT64_MAX / x->block ? (struct span){ NULL, 0 }
					 : span_cut(x->v.image, n * x->block, x->block);
}

/* ---- inodes */

/* The value of "system.data" among the attributes of an inode (struct ext4_xattr_entry), of which
 * the places count from behind the magic; empty: it has none. */
static struct span inline_rest(struct span whole)
{
	static const char name[] = "data";
	struct cursor c = cursor_of(whole);

	cursor_seek(&c, INODE);
	cursor_seek(&c, INODE + cursor_le16(&c)); /* i_extra_isize */
	if (cursor_le32(&c) != ATTRIBUTES_MAGIC)
		return (struct span){ 0 };
	struct span room = cursor_take(&c, cursor_left(&c));
	c = cursor_of(room);
	while (cursor_left(&c) >= ATTRIBUTE) {
		unsigned n = cursor_u8(&c), of = cursor_u8(&c), at = cursor_le16(&c);
		bool here = cursor_le32(&c) == 0; /* e_value_inum */
		uint32_t size = cursor_le32(&c);
		cursor_skip(&c, 4); /* e_hash */
		struct span is = cursor_take(&c, n);
		if (n == 0 && of == 0 && at == 0)
			break; /* the last */
		if (of == OF_SYSTEM && here && span_is(is, name))
			return span_cut(room, at, size);
		cursor_skip(&c, (ENTRY_ALIGN - n % ENTRY_ALIGN) % ENTRY_ALIGN);
	}
	return (struct span){ 0 };
}

static bool read_inode(struct ext *x, uint32_t number, struct inode *out)
{
	uint64_t group = (number - 1) / x->per_group, index = (number - 1) % x->per_group;
	struct cursor g = cursor_of(
		span_cut(x->v.image, x->groups_at + group * x->group_size, x->group_size));

	if (number == 0 || number > x->n_inodes)
		return false;
	cursor_seek(&g, 8);
	uint64_t table = cursor_le32(&g);
	if (x->group_size >= 64) {
		cursor_seek(&g, 40);
		table |= (uint64_t)cursor_le32(&g) << 32;
	}
	if (!cursor_ok(&g) || table == 0 || table > x->v.image.n / x->block)
		return false;
	struct span whole =
		span_cut(x->v.image, table * x->block + index * x->inode_size, x->inode_size);
	struct cursor c = cursor_of(span_cut(whole, 0, INODE));
	out->mode = cursor_le16(&c);
	cursor_seek(&c, 4);
	out->size = cursor_le32(&c);
	cursor_seek(&c, 32);
	out->flags = cursor_le32(&c);
	cursor_seek(&c, MAP_AT);
	out->map = cursor_take(&c, MAP);
	cursor_seek(&c, 108);
	out->size |= (uint64_t)cursor_le32(&c) << 32;
	out->rest = (out->flags & INLINE) != 0 && out->size > MAP
			    ? span_cut(inline_rest(whole), 0, out->size - MAP)
			    : (struct span){ 0 };
	return cursor_ok(&c);
}

/* ---- where blocks are */

/* Entry `i` of a node of extents. */
static struct cursor extent_at(struct span node, unsigned i)
{
	return cursor_of(span_cut(node, 12 * (i + 1ull), 12));
}

static uint32_t first_of(struct span node, unsigned i)
{
	struct cursor c = extent_at(node, i);

	return cursor_le32(&c);
}

/* The blocks from `want` on.  False: the tree is damaged. */
static bool by_extents(struct ext *x, struct span node, uint64_t want, struct run *out)
{
	uint64_t until = UINT64_MAX; /* where what follows begins */

	for (unsigned above = EXTENT_DEPTH + 1;;) {
		struct cursor c = cursor_of(node);
		unsigned magic = cursor_le16(&c), n = cursor_le16(&c), i = 0;
		cursor_skip(&c, 2);
		unsigned depth = cursor_le16(&c);
		if (!cursor_ok(&c) || magic != EXTENT_MAGIC || depth >= above ||
		    n > node.n / 12 - 1 || !unpack_steps(x->v.u, VOLUME_STEPS))
			return false;
		while (i < n && first_of(node, i) <= want)
			i++;
		if (i < n)
			until = first_of(node, i);
		*out = (struct run){ 0, until - want };
		if (i == 0)
			return true;
		struct cursor e = extent_at(node, i - 1);
		uint64_t from = cursor_le32(&e), low, high;
		if (depth == 0) {
			unsigned length = cursor_le16(&e);
			bool bytes = length <= UNWRITTEN;
			length -= bytes ? 0 : UNWRITTEN;
			high = cursor_le16(&e);
			low = cursor_le32(&e);
			if (want - from < length)
				*out = (struct run){ bytes ? (high << 32 | low) + want - from : 0,
						     from + length - want };
			return true;
		}
		low = cursor_le32(&e);
		high = cursor_le16(&e);
		node = block_at(x, high << 32 | low);
		above = depth;
	}
}

/* One block by lists of blocks: 12, and then in one, two and three levels. */
static bool by_lists(struct ext *x, struct span map, uint64_t want, struct run *out)
{
	const uint64_t per = x->block / 4;
	uint64_t reach = N_DIRECT, below = 1, number;
	unsigned level = 0, slot = (unsigned)want;

	while (want >= reach && level < N_LEVELS) {
		want -= reach;
		reach = below = level == 0 ? per : below * per;
		slot = N_DIRECT + level++;
	}
	*out = (struct run){ 0, 1 };
	if (want >= reach)
		return false; /* no file has such a block */
	struct cursor c = cursor_of(span_cut(map, 4ull * slot, 4));
	number = cursor_le32(&c);
	for (; level != 0 && number != 0; level--) {
		below /= per;
		struct span list = block_at(x, number);
		if (!unpack_steps(x->v.u, 100))
			return false;
		c = cursor_of(span_cut(list, want / below * 4, 4));
		number = cursor_le32(&c);
		want %= below;
	}
	out->block = number;
	return cursor_ok(&c);
}

static bool find_run(struct ext *x, const struct inode *i, uint64_t want, struct run *out)
{
	bool ok = (i->flags & EXTENTS) != 0 ? want <= UINT32_MAX && by_extents(x, i->map, want, out)
					    : by_lists(x, i->map, want, out);

	return ok && out->n != 0;
}

/* ---- files */

/* Fills the member that is begun. */
static void give_bytes(struct ext *x, const struct inode *i)
{
	struct volume *v = &x->v;
	struct run run;

	if ((i->flags & ENCRYPTED) != 0) {
		unpack_gap(v->u, REASON_ENCRYPTED, PLACE_NONE, "ext4: a file");
		return;
	}
	if ((i->flags & SQUEEZED) != 0) {
		unpack_gap(v->u, REASON_UNSUPPORTED, PLACE_NONE, "ext2 compression");
		return;
	}
	if ((i->flags & INLINE) != 0) {
		if (unpack_write(v->u, span_cut(i->map, 0, i->size)))
			(void)!unpack_write(v->u, i->rest);
		if (i->size > MAP && i->rest.n < i->size - MAP)
			unpack_gap(v->u, REASON_DAMAGED, PLACE_NONE,
				   "ext: the attribute that it goes on in");
		return;
	}
	for (uint64_t at = 0; at < i->size;) {
		if (!find_run(x, i, at / x->block, &run)) {
			unpack_gap(v->u, REASON_DAMAGED, PLACE_NONE, "ext: where its blocks are");
			return;
		}
		uint64_t left = i->size - at;
		uint64_t n = run.n <= left / x->block ? run.n * x->block : left;
		bool more = run.block == 0 ? unpack_zeros(v->u, n)
			    : run.block > UINT64_MAX / x->block
				    ? volume_bytes(v, UINT64_MAX, n)
				    : volume_bytes(v, run.block * x->block, n);
		if (!more || !unpack_steps(v->u, 100))
			return;
		at += n;
	}
}

/* False: the budget is spent. */
static bool give_file(struct ext *x, const struct inode *i)
{
	if (!volume_begin(&x->v, i->size, PLACE_NONE))
		return false;
	give_bytes(x, i);
	return volume_end(&x->v);
}

/* ---- directories */

static bool read_directory(struct ext *x, const struct inode *i, uint32_t number);

/* False: the budget is spent. */
static bool give_entry(struct ext *x, uint32_t number, struct span name)
{
	struct inode i;
	size_t had;
	bool more = true;

	if (span_is(name, ".") || span_is(name, ".."))
		return true;
	if (!read_inode(x, number, &i) || !volume_enter(&x->v, name, &had)) {
		x->v.damaged = true;
		return unpack_steps(x->v.u, VOLUME_STEPS);
	}
	if ((i.mode & S_KIND) == S_FILE)
		more = give_file(x, &i);
	else if ((i.mode & S_KIND) == S_FOLDER)
		more = read_directory(x, &i, number);
	volume_leave(&x->v, had);
	return more && unpack_steps(x->v.u, VOLUME_STEPS);
}

/* One block of a directory, or what stands of it in the inode. */
static bool read_entries(struct ext *x, struct span listing)
{
	struct cursor c = cursor_of(listing);

	while (cursor_left(&c) >= ENTRY) {
		struct cursor e = cursor_sub(&c, c.at, cursor_left(&c));
		uint32_t number = cursor_le32(&e), length = cursor_le16(&e);
		unsigned n = cursor_u8(&e), type = cursor_u8(&e);
		if ((x->features & FILE_TYPES) == 0)
			n |= type << 8;
		if (x->block == MAX_BLOCK && (length == 0 || length == UINT16_MAX))
			length = MAX_BLOCK;
		struct span name = cursor_take(&e, n);
		if (length < ENTRY || length % ENTRY_ALIGN != 0 || length > cursor_left(&c) ||
		    (number != 0 && !cursor_ok(&e))) {
			x->v.damaged = true;
			return true;
		}
		if (number != 0 && n != 0 && !give_entry(x, number, name))
			return false;
		cursor_skip(&c, length);
	}
	return true;
}

static bool read_directory(struct ext *x, const struct inode *i, uint32_t number)
{
	struct run run;
	bool more = true;

	if ((i->flags & ENCRYPTED) != 0)
		unpack_gap(x->v.u, REASON_ENCRYPTED, PLACE_NONE, "ext4: a directory");
	if (!volume_directory(&x->v, number))
		return true;
	x->v.depth++;
	if ((i->flags & INLINE) != 0) { /* behind the number of the directory above */
		x->v.damaged = x->v.damaged || (i->size > MAP && i->rest.n < i->size - MAP);
		more = read_entries(x, span_cut(i->map, 4, MAP)) && read_entries(x, i->rest);
	} else {
		for (uint64_t at = 0; more && at < i->size / x->block;) {
			more = unpack_steps(x->v.u, 100); /* it may be of holes alone */
			if (!find_run(x, i, at, &run)) {
				x->v.damaged = true;
				break;
			}
			for (uint64_t k = 0;
			     more && run.block != 0 && k < run.n && at + k < i->size / x->block;
			     k++) {
				struct span s = block_at(x, run.block + k);
				x->v.damaged = x->v.damaged || s.n != x->block;
				more = unpack_steps(x->v.u, x->block) && s.n == x->block &&
				       read_entries(x, s);
			}
			at += run.n < i->size ? run.n : i->size;
		}
	}
	x->v.depth--;
	return more;
}

/* ---- the volume */

static bool read_head(struct ext *x, struct span object, uint64_t *size)
{
	struct cursor c = cursor_of(span_cut(object, HEAD_AT, HEAD));

	x->n_inodes = cursor_le32(&c);
	uint64_t blocks = cursor_le32(&c);
	cursor_seek(&c, 24);
	uint32_t shift = cursor_le32(&c);
	cursor_seek(&c, 40);
	x->per_group = cursor_le32(&c);
	cursor_seek(&c, 76);
	bool old = cursor_le32(&c) == 0;
	cursor_seek(&c, 88);
	x->inode_size = old ? INODE : cursor_le16(&c);
	cursor_seek(&c, 96);
	x->features = old ? 0 : cursor_le32(&c);
	cursor_seek(&c, 254);
	unsigned group_size = cursor_le16(&c);
	x->group_size = (x->features & WIDE) != 0 ? group_size : 32;
	cursor_seek(&c, 336);
	blocks |= (x->features & WIDE) != 0 ? (uint64_t)cursor_le32(&c) << 32 : 0;
	if (!cursor_ok(&c) || shift > 6 || x->per_group == 0 || x->inode_size < INODE ||
	    x->group_size < 32)
		return false;
	x->block = 1024u << shift;
	x->groups_at =
		(uint64_t)(HEAD_AT / x->block + 1) * x->block; /* the block behind the head's */
	*size = blocks > UINT64_MAX / x->block ? UINT64_MAX : blocks * x->block;
	return x->inode_size <= x->block && x->group_size <= x->block;
}

bool ext_read(struct span object, struct unpack *u, struct error *e)
{
	struct ext *x = arena_alloc(&u->arena, sizeof *x);
	struct inode root;
	uint64_t size = 0;

	if (x == NULL || !volume_init(&x->v, u, "ext"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "ext");
	if (!read_head(x, object, &size))
		return error_set(e, REASON_DAMAGED, HEAD_AT, "ext: the volume's header");
	if ((x->features & (JOURNAL_ALONE | META_GROUPS)) != 0)
		return error_set(e, REASON_UNSUPPORTED, HEAD_AT,
				 (x->features & META_GROUPS) != 0 ? "ext4 with groups of groups"
								  : "ext3 journal alone");
	if (size > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "ext: the image ends too soon");
	if (!read_inode(x, ROOT, &root) || (root.mode & S_KIND) != S_FOLDER)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "ext: the first directory");
	(void)!read_directory(x, &root, ROOT);
	if (x->v.damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "ext: an entry or a directory");
	return true;
}
