/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_ext.h"

#include <stdio.h>
#include <sys/stat.h>

/*
 * ext2, ext3, ext4 (Documentation/filesystems/ext4): the tables of inodes are read from end to end,
 * not from the root on, for any directory on the way may be lost.  Directories that are whole give
 * their children names; a file that no directory names is called by its number.  Group descriptors
 * are taken from the first copy that can be.
 */

enum {
	DESC64 = 0x80,
	META_BG = 0x10,
	SPARSE = 1, /* of ro_compat: copies in groups 1 and powers of 3, 5, 7 */
	MAX_INODES = 16 << 20,
	MAX_GROUPS = 1 << 20,
	MAX_DIRECTORY = 64 << 20, /* bytes of one that are read */
	ROOT = 2,
	FIRST_OWN = 11, /* inodes before are the file system's */
	DEEPEST = 64,
	MAX_COPIES = 16,
};

/* ---- the superblock and the groups */

static bool read_super(struct ext *x, uint64_t at)
{
	struct cursor c = cursor_of(region_get(x->w, at, 1024));

	x->n_inodes = cursor_le32(&c);
	uint64_t blocks = cursor_le32(&c);
	cursor_seek(&c, 0x14);
	x->first = cursor_le32(&c);
	uint32_t log = cursor_le32(&c);
	cursor_seek(&c, 0x20);
	x->blocks_per_group = cursor_le32(&c);
	cursor_seek(&c, 0x28);
	x->per_group = cursor_le32(&c);
	cursor_seek(&c, 0x4c);
	uint32_t revision = cursor_le32(&c);
	cursor_seek(&c, 0x58);
	uint16_t inode_size = cursor_le16(&c), group = cursor_le16(&c);
	cursor_seek(&c, 0x60);
	uint32_t incompatible = cursor_le32(&c);
	cursor_seek(&c, 0xfe);
	uint16_t desc = cursor_le16(&c);
	cursor_seek(&c, 0x150);
	uint64_t high = cursor_le32(&c);
	if (!cursor_ok(&c) || log > 6 || x->per_group == 0 || x->blocks_per_group < 256 ||
	    x->n_inodes > MAX_INODES || (incompatible & META_BG) != 0)
		return false;
	x->block = 1024u << log;
	bool wide = (incompatible & DESC64) != 0;
	x->n_blocks = blocks | (wide ? high << 32 : 0);
	x->inode_size = revision == 0 ? 128 : inode_size;
	x->desc_size = wide ? desc : 32;
	uint64_t offset =
		group == 0 ? 1024 : ((uint64_t)group * x->blocks_per_group + x->first) * x->block;
	if (offset > at || x->inode_size < 128 || x->inode_size > x->block ||
	    x->block % x->inode_size != 0 || x->desc_size < 32 || x->desc_size > 1024 ||
	    x->n_blocks <= x->first)
		return false;
	x->start = at - offset;
	uint64_t groups = (x->n_blocks - x->first + x->blocks_per_group - 1) / x->blocks_per_group;
	x->n_groups = groups <= MAX_GROUPS ? (uint32_t)groups : 0;
	return x->n_groups != 0 && (uint64_t)x->n_groups * x->per_group >= x->n_inodes;
}

/* The groups that copies of the descriptors may be in. */
static unsigned copies_of(const struct ext *x, uint32_t *list)
{
	unsigned n = 0;

	list[n++] = 0;
	for (uint32_t g = 1; g < x->n_groups && n < MAX_COPIES; g++) {
		bool power = g == 1;
		for (uint32_t base = 3; base <= 7 && !power; base += 2) {
			uint64_t v = base;
			while (v < g)
				v *= base;
			power = v == g;
		}
		if (power)
			list[n++] = g;
	}
	return n;
}

/* The first block of a group's inodes, by one copy of the descriptors; 0: it cannot be. */
static uint64_t table_by(struct ext *x, uint32_t copy, uint32_t group)
{
	uint64_t block = (uint64_t)copy * x->blocks_per_group + x->first + 1;
	uint64_t at = x->start + block * x->block + (uint64_t)group * x->desc_size;
	struct cursor c = cursor_of(region_get(x->w, at, x->desc_size));
	uint64_t part[3];

	for (unsigned i = 0; i < 3; i++)
		part[i] = cursor_le32(&c);
	if (x->desc_size >= 64) {
		cursor_seek(&c, 32);
		for (unsigned i = 0; i < 3; i++)
			part[i] |= (uint64_t)cursor_le32(&c) << 32;
	}
	uint64_t n = ((uint64_t)x->per_group * x->inode_size + x->block - 1) / x->block;
	bool good = cursor_ok(&c);
	for (unsigned i = 0; i < 3; i++) /* two bitmaps, and the table */
		good = good && part[i] != 0 && part[i] < x->n_blocks;
	return good && n <= x->n_blocks - part[2] ? part[2] : 0;
}

static bool find_tables(struct ext *x)
{
	uint32_t copy[MAX_COPIES];
	unsigned n = copies_of(x, copy);
	uint32_t found = 0;

	x->table = arena_array(&x->s->arena, x->n_groups, sizeof *x->table);
	if (x->table == NULL)
		return false;
	for (uint32_t g = 0; g < x->n_groups; g++) {
		for (unsigned k = 0; k < n && x->table[g] == 0; k++)
			x->table[g] = table_by(x, copy[k], g);
		found += x->table[g] != 0;
		if (!salvage_spend(x->s, 512))
			return false;
	}
	return found != 0;
}

/* ---- inodes */

static bool read_inode(struct ext *x, uint32_t number, struct ext_inode *in)
{
	uint32_t group = (number - 1) / x->per_group, index = (number - 1) % x->per_group;
	uint64_t per = x->block / x->inode_size;

	if (group >= x->n_groups || x->table[group] == 0)
		return false;
	struct span b = ext_block(x, x->table[group] + index / per);
	struct cursor c = cursor_of(span_cut(b, index % per * x->inode_size, x->inode_size));
	in->mode = cursor_le16(&c);
	cursor_skip(&c, 2);
	in->size = cursor_le32(&c);
	cursor_skip(&c, 8);
	in->mtime = (int32_t)cursor_le32(&c);
	in->dtime = cursor_le32(&c);
	cursor_skip(&c, 2);
	in->links = cursor_le16(&c);
	cursor_skip(&c, 4);
	in->flags = cursor_le32(&c);
	cursor_skip(&c, 4);
	struct span map = cursor_take(&c, sizeof in->map);
	if (map.n == sizeof in->map)
		memcpy(in->map, map.p, map.n);
	cursor_skip(&c, 8);
	in->size |= (uint64_t)cursor_le32(&c) << 32;
	return cursor_ok(&c) && in->links != 0 && in->links < 65000 && in->dtime == 0 &&
	       in->size <= x->n_blocks * x->block * 4;
}

/* ---- names */

static void add_name(struct ext *x, uint32_t inode, uint32_t parent, struct span name)
{
	if (inode == 0 || inode > x->n_inodes || x->name[inode].n != 0 || name.n == 0)
		return;
	uint8_t *copy = arena_copy(&x->s->arena, name.p, name.n);
	if (copy == NULL)
		return;
	for (size_t i = 0; i < name.n; i++)
		if (copy[i] == '/' || copy[i] == 0)
			return;
	x->name[inode] = (struct span){ copy, name.n };
	x->parent[inode] = parent;
}

/* The entries of one block; the first of a directory's first block is itself. */
static void read_entries(struct ext *x, struct span block, uint32_t directory)
{
	for (size_t at = 0; at + 8 <= block.n;) {
		struct cursor c = cursor_of(span_cut(block, at, block.n));
		uint32_t inode = cursor_le32(&c);
		uint16_t n = cursor_le16(&c);
		uint8_t name = cursor_u8(&c), type = cursor_u8(&c);
		struct span s = cursor_take(&c, name);
		if (!cursor_ok(&c) || n < 8u + name || n % 4 != 0 || n > block.n - at || type > 7)
			return;
		bool dots = (name == 1 && s.p[0] == '.') ||
			    (name == 2 && s.p[0] == '.' && s.p[1] == '.');
		if (!dots)
			add_name(x, inode, directory, s);
		at += n;
	}
}

static void read_directory(struct ext *x, uint32_t number, const struct ext_inode *in)
{
	struct salvage_map map = { 0 };
	struct region r;

	if (in->size > MAX_DIRECTORY || !ext_map(x, in, &map))
		return;
	region_of_extents(&r, x->w, map.list, map.n, x->s->room[2]);
	for (uint64_t at = 0; at < r.size && salvage_spend(x->s, x->block); at += x->block)
		read_entries(x, region_get(&r, at, (size_t)x->block), number);
}

/* "volume-1/home/a/b.txt", from its end; false where a directory on the way is not named. */
static size_t path_of(const struct ext *x, uint32_t number, char *to, size_t max)
{
	const struct span *part[DEEPEST];
	unsigned n = 0;
	char lost[32] = "";

	uint32_t at = number;
	while (at != ROOT && n < DEEPEST && x->name[at].n != 0) {
		part[n++] = &x->name[at];
		at = x->parent[at];
		if (at == 0 || at > x->n_inodes)
			break;
	}
	if (at != ROOT)
		snprintf(lost, sizeof lost, "/lost-%u", at);
	size_t k = (size_t)snprintf(to, max, "%s%s", x->volume, lost);
	while (n-- > 0 && k + part[n]->n + 2 < max) {
		to[k++] = '/';
		memcpy(to + k, part[n]->p, part[n]->n);
		k += part[n]->n;
	}
	return k;
}

/* ---- files */

static bool give_file(struct ext *x, uint32_t number, const struct ext_inode *in)
{
	char name[SALVAGE_MAX_NAME];
	struct salvage_map map = { 0 };
	struct salvage_piece p = { .mtime = in->mtime };
	struct region r;

	if (!ext_map(x, in, &map)) {
		x->n_unread++;
		return true;
	}
	p.name = (struct span){ (uint8_t *)name, path_of(x, number, name, sizeof name) };
	p.at = map.n != 0 && map.list[0].from != REGION_ZEROS ? map.list[0].from : x->start;
	region_of_extents(&r, x->w, map.list, map.n, x->s->room[2]);
	return salvage_give(x->s, &p, 0, &r);
}

static void each_inode(struct ext *x, bool directories)
{
	struct ext_inode in;

	for (uint32_t i = 1; i <= x->n_inodes && !x->s->stopped; i++) {
		if ((i != ROOT && i < FIRST_OWN) || !read_inode(x, i, &in) ||
		    S_ISDIR(in.mode) != directories || (!directories && !S_ISREG(in.mode)))
			continue;
		if (directories)
			read_directory(x, i, &in);
		else if (!give_file(x, i, &in))
			return;
	}
}

bool salvage_ext(struct salvage *s, struct region *w, uint64_t sound, const char *volume)
{
	struct ext x = { .s = s, .w = w, .volume = volume };
	char text[128];

	if (!read_super(&x, sound) || !find_tables(&x))
		return false;
	x.parent = arena_array(&s->arena, (size_t)x.n_inodes + 1, sizeof *x.parent);
	x.name = arena_array(&s->arena, (size_t)x.n_inodes + 1, sizeof *x.name);
	if (x.parent == NULL || x.name == NULL || !salvage_spend(s, x.n_inodes * 32ull))
		return false;
	each_inode(&x, true);
	each_inode(&x, false);
	if (x.n_unread != 0) {
		snprintf(text, sizeof text, "%s: of %llu files it is not known where they lie",
			 volume, (unsigned long long)x.n_unread);
		s->host.note(s->host.ctx, text);
	}
	return true;
}
