/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/iso_trees.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/*
 * The trees of directories in one ISO 9660 image (ECMA-119): the primary one, Joliet's, and that of
 * ISO 9660:1999.  Each system shows one of them, libarchive reads one, and a file may stand in some
 * and not in others.  All are walked twice: to see where each file stands, told by its place and
 * size, and to give those that are not everywhere.  One of them libarchive may have given already,
 * but for the bytes of what Rock Ridge (IEEE P1282) says is a link, which other systems show as a
 * file.
 */

enum {
	SECTOR = 2048,
	FIRST = 16, /* sector of the descriptors */
	MAX_DESCRIPTORS = 64,
	MAX_TREES = 4,
	MAX_NAME = 512,  /* bytes; a record's has 127 characters at most, or 222 bytes */
	SLOTS = 1 << 18, /* for files; half of them are used */
	TRIES = 256,     /* slots that a file may stand in */
	PRIMARY = 1,     /* types of descriptors */
	SUPPLEMENTARY = 2,
	RECORD = 33,   /* bytes of one without its name */
	MAX_AREAS = 8, /* of Rock Ridge, for one record */
	POSIX_MODE = 'P' << 8 | 'X',
	GOES_ON_AT = 'C' << 8 | 'E',
	LINK = 0120000, /* of the mode's KIND */
	KIND = 0170000,
	IS_DIRECTORY = 2,
	GOES_ON = 0x80, /* in the next record */
};

struct record {
	uint64_t at, size; /* in the image */
	uint32_t block;
	unsigned flags;
	bool interleaved;
	struct span name;
	struct span area; /* for the system's use */
};

struct tree {
	uint64_t block; /* bytes */
	bool wide;      /* names are UTF-16 */
	struct record root;
};

struct place {
	uint64_t key; /* 0: none */
	unsigned trees;
};

struct trees {
	struct volume v;
	struct tree tree[MAX_TREES];
	unsigned n, now;
	bool giving, spent;
	struct place *place;
	size_t n_places;
};

/* ---- descriptors and records */

/* False: it is not whole. */
static bool read_record(struct span s, uint64_t block, struct record *r)
{
	struct cursor c = cursor_of(s);

	cursor_skip(&c, 1);
	unsigned attributes = cursor_u8(&c); /* blocks before the data */
	r->block = cursor_le32(&c);
	cursor_skip(&c, 4);
	r->size = cursor_le32(&c);
	cursor_skip(&c, 4 + 7);
	r->flags = cursor_u8(&c);
	r->interleaved = cursor_le16(&c) != 0;
	cursor_skip(&c, 4);
	r->name = cursor_take(&c, cursor_u8(&c));
	r->area = span_cut(s, c.at, s.n);
	r->at = ((uint64_t)r->block + attributes) * block;
	return cursor_ok(&c);
}

/* ECMA-119 8.4 and 8.5; Joliet is told by how it says that names are written. */
static bool read_tree(struct span s, struct tree *t)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 88);
	struct span escape = cursor_take(&c, 3);
	cursor_seek(&c, 128);
	t->block = cursor_le16(&c);
	cursor_seek(&c, 156);
	t->wide = span_is(escape, "%/@") || span_is(escape, "%/C") || span_is(escape, "%/E");
	return cursor_ok(&c) && t->block != 0 &&
	       read_record(cursor_take(&c, RECORD + 1), t->block, &t->root);
}

static void find_trees(struct trees *t)
{
	for (unsigned i = 0; i < MAX_DESCRIPTORS && t->n < MAX_TREES; i++) {
		struct span s = span_cut(t->v.image, (uint64_t)(FIRST + i) * SECTOR, SECTOR);
		if (s.n != SECTOR || !span_is(span_cut(s, 1, 5), "CD001"))
			return;
		struct tree *new = &t->tree[t->n];
		bool is = (s.p[0] == PRIMARY || s.p[0] == SUPPLEMENTARY) && read_tree(s, new);
		for (unsigned k = 0; k < t->n; k++)
			is = is && t->tree[k].root.at != new->root.at;
		t->n += is;
	}
}

/* ---- files */

/* Where a file is noted, or is to be; NULL: no room is left for it. */
static struct place *place_of(struct trees *t, const struct record *r)
{
	uint64_t key = (uint64_t)r->block << 32 | r->size;
	uint64_t slot = (key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SLOTS;

	for (unsigned i = 0; i < TRIES; i++, slot = (slot + 1) % SLOTS) {
		struct place *p = &t->place[slot];
		if (p->key == key)
			return p;
		if (p->key != 0)
			continue;
		if (t->giving || t->n_places >= SLOTS / 2)
			return NULL;
		p->key = key;
		t->n_places++;
		return p;
	}
	return NULL;
}

static void give_file(struct trees *t, const struct record *r)
{
	if (!volume_begin(&t->v, r->size, r->at)) {
		t->spent = true;
		return;
	}
	(void)!volume_bytes(&t->v, r->at, r->size);
	if ((r->flags & GOES_ON) != 0 || r->interleaved)
		unpack_gap(t->v.u, REASON_UNSUPPORTED, r->at,
			   "iso9660: a file in pieces, in one of its trees");
	t->spent = !volume_end(&t->v);
}

/* Does an area say that the file is a link?  Its entries may stand behind what is none. */
static bool says_link(const struct trees *t, struct span area, struct span *next)
{
	*next = (struct span){ NULL, 0 };
	for (size_t at = 0; at + 8 <= area.n; at++) {
		struct cursor c = cursor_of(span_cut(area, at, area.n));
		unsigned letters = cursor_be16(&c), size = cursor_u8(&c), version = cursor_u8(&c);
		uint64_t first = cursor_le32(&c); /* mode or block */
		if (letters == POSIX_MODE && version == 1 && (first & KIND) == LINK)
			return true;
		if (letters != GOES_ON_AT || size != 28 || version != 1)
			continue;
		cursor_skip(&c, 4);
		first = first * t->tree[t->now].block + cursor_le32(&c);
		cursor_skip(&c, 4);
		uint32_t n = cursor_le32(&c);
		*next = span_cut(t->v.image, first, n < SECTOR ? n : SECTOR);
	}
	return false;
}

/* Some programs write the size of a link's text where no bytes of it are. */
static bool is_link(struct trees *t, const struct record *r)
{
	struct span area = r->area, next;

	if (r->at >= t->v.image.n || r->size > t->v.image.n - r->at)
		return false;
	for (unsigned i = 0; i < MAX_AREAS && area.n != 0; i++, area = next)
		if (!unpack_steps(t->v.u, area.n) || says_link(t, area, &next))
			return true;
	return false;
}

static void meet_file(struct trees *t, const struct record *r)
{
	struct place *p = r->size != 0 ? place_of(t, r) : NULL;
	unsigned all = (1u << t->n) - 1;

	if (p != NULL && !t->giving && !is_link(t, r))
		p->trees |= 1u << t->now;
	if (r->size == 0 || !t->giving || (p != NULL && p->trees == all))
		return; /* what had no room is given for every time that it stands there */
	if (p != NULL)
		p->trees = all;
	give_file(t, r);
}

/* ---- directories */

/* A name as UTF-8 in `room`, without its version. */
static struct span name_of(struct span s, bool wide, uint8_t room[MAX_NAME])
{
	struct cursor c = cursor_of(s);
	size_t n = 0;

	while (cursor_left(&c) >= (wide ? 2 : 1) && n + WIDE_ROOM <= MAX_NAME) {
		if (wide)
			n += wide_put(cursor_be16(&c), room + n);
		else
			room[n++] = cursor_u8(&c);
	}
	if (n > 2 && room[n - 2] == ';')
		n -= 2;
	return (struct span){ room, n };
}

static void read_directory(struct trees *t, const struct record *d);

static void meet(struct trees *t, const struct record *r)
{
	uint8_t room[MAX_NAME];
	size_t had;

	if (r->name.n == 1 && r->name.p[0] <= 1)
		return; /* itself, and what it lies in */
	if (!volume_enter(&t->v, name_of(r->name, t->tree[t->now].wide, room), &had))
		return;
	if ((r->flags & IS_DIRECTORY) == 0) {
		meet_file(t, r);
	} else if (volume_directory(&t->v, r->at)) {
		t->v.depth++;
		read_directory(t, r);
		t->v.depth--;
	}
	volume_leave(&t->v, had);
}

/* Records do not cross a sector; what is left of one is zeros. */
static void read_directory(struct trees *t, const struct record *d)
{
	struct span s = span_cut(t->v.image, d->at, d->size);
	uint64_t block = t->tree[t->now].block, at = 0;

	t->v.damaged = t->v.damaged || s.n < d->size;
	while (!t->spent && at < s.n) {
		struct record r;
		unsigned n = s.p[at];
		if (!unpack_steps(t->v.u, VOLUME_STEPS)) {
			t->spent = true;
		} else if (n == 0) {
			at = (at / SECTOR + 1) * SECTOR;
		} else if (n <= RECORD || !read_record(span_cut(s, at, n), block, &r)) {
			t->v.damaged = true;
			return;
		} else {
			meet(t, &r);
			at += n;
		}
	}
}

static void walk(struct trees *t)
{
	for (t->now = 0; t->now < t->n && !t->spent; t->now++) {
		memset(t->v.met, 0, t->v.met_size * sizeof *t->v.met);
		t->v.n_met = 0;
		t->spent = !unpack_steps(t->v.u, t->v.met_size);
		if (!t->spent && volume_directory(&t->v, t->tree[t->now].root.at))
			read_directory(t, &t->tree[t->now].root);
	}
}

void iso_trees_read(struct unpack *u)
{
	struct trees t = { .v = { .u = u, .image = u->object, .format = "iso9660" } };

	find_trees(&t);
	if (t.n == 0)
		return;
	t.place = arena_array(&u->arena, SLOTS, sizeof *t.place);
	if (t.place == NULL || !volume_init(&t.v, u, "iso9660")) {
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "iso9660");
		return;
	}
	walk(&t);
	t.giving = true;
	walk(&t);
	if (t.v.damaged)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "iso9660: a directory");
}
