/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/*
 * NTFS (as its readers have it; Microsoft never published it): every file that the table of files
 * has, by the way that its parents make, with its named streams ("a.txt:hidden"), and those of the
 * first directory (":hidden").  Files of the system itself (the other records before 24) and
 * deleted ones are not members.  What NTFS or, by a named stream, Windows' overlay filter
 * compresses, and what is encrypted, is told.  A stream's extents may stand in several records, as
 * the attribute list of its file has it; what such a list does not have is told too.
 */

enum {
	SYSTEM_RECORDS = 24,
	SECTOR = 512,
	MAX_RECORD = 4096,
	MAX_RUNS = 1 << 16, /* of a part of a stream */
	MAX_PARTS = 64,     /* of the table of files */
	MAX_LIST = 1 << 18, /* bytes of an attribute list */
	LIST_ENTRY = 26,    /* bytes of an attribute list's entry before the name */
	RUN_STEPS = 10,     /* to walk past one */
	LIST_STEPS = 20,    /* of an entry of an attribute list */
	DEPTH = 64,
	MAX_NAME = 255 * 3 + 1,
	IN_USE = 1,
	IS_DIRECTORY = 2,
	ROOT = 5,
	ATTRIBUTE_LIST = 0x20,
	ATTRIBUTE_NAME = 0x30,
	ATTRIBUTE_DATA = 0x80,
	ATTRIBUTE_END = -1,
	COMPRESSED = 0x00ff,
	ENCRYPTED = 0x4000,
	DOS_NAME = 2,
};

struct ntfs {
	struct volume v;
	uint64_t cluster, n_clusters;
	size_t record;               /* bytes */
	struct span part[MAX_PARTS]; /* runs of the table */
	unsigned n_parts, n_runs;
	uint64_t reach;     /* bytes of the table that they lead to */
	struct span list;   /* the attribute list of the file at hand */
	uint8_t *list_room; /* MAX_LIST bytes of one that is elsewhere; NULL: none was */
	uint64_t n;         /* records */
	bool damaged;       /* a record that is in use */
	uint64_t written;   /* of them; what stands in the others is of another time */
	/* a record at hand, that which it is a part of, and one with another part; here, since
	 * millions may be looked at */
	uint8_t room[MAX_RECORD], base[MAX_RECORD], more[MAX_RECORD];
};

struct attribute {
	uint32_t type;
	bool resident;
	unsigned flags;
	struct span name;  /* UTF-16LE */
	struct span value; /* resident */
	struct span runs;
	uint64_t first; /* cluster of the stream that the runs begin with */
	uint64_t size, written;
};

/* A walk along runs. */
struct runs {
	struct cursor c;
	int64_t at; /* cluster of the volume */
	unsigned n;
};

bool ntfs_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, 3, 8);

	return span_is(s, "NTFS    ");
}

/* The next run: n clusters from *at on, or a hole.  False: there is none. */
static bool next_run(struct runs *r, uint64_t *at, uint64_t *n, bool *hole)
{
	unsigned sizes = cursor_u8(&r->c), n_length = sizes & 15, n_offset = sizes >> 4;
	uint64_t length = 0, offset = 0;

	if (sizes == 0 || n_length > 8 || n_offset > 8 || ++r->n > MAX_RUNS)
		return false;
	for (unsigned i = 0; i < n_length; i++)
		length |= (uint64_t)cursor_u8(&r->c) << (8 * i);
	for (unsigned i = 0; i < n_offset; i++)
		offset |= (uint64_t)cursor_u8(&r->c) << (8 * i);
	if (n_offset != 0 && n_offset < 8 && (offset >> (8 * n_offset - 1)) != 0)
		offset |= UINT64_MAX << (8 * n_offset);
	if (!cursor_ok(&r->c) || length == 0)
		return false;
	r->at = (int64_t)((uint64_t)r->at + offset);
	*at = (uint64_t)r->at;
	*n = length;
	*hole = n_offset == 0;
	return true;
}

/* ---- records */

/* Bytes of the table of files from `at` on, as far as they stand together in the image, n at most;
 * empty: they are not there. */
static struct span table_at(const struct ntfs *f, uint64_t at, uint64_t n)
{
	uint64_t from, clusters;
	bool hole;

	for (unsigned i = 0; i < f->n_parts; i++) {
		struct runs r = { .c = cursor_of(f->part[i]) };
		while (next_run(&r, &from, &clusters, &hole)) {
			if (clusters > f->n_clusters || from > f->n_clusters)
				return (struct span){ 0 };
			uint64_t all = clusters * f->cluster;
			if (at < all && hole)
				return (struct span){ 0 };
			if (at < all)
				return span_cut(f->v.image, from * f->cluster + at,
						n < all - at ? n : all - at);
			at -= all;
		}
	}
	return (struct span){ 0 };
}

/* The bytes of a record; false: they are not there, or the budget is spent. */
static bool fetch(const struct ntfs *f, uint64_t number, uint8_t out[MAX_RECORD])
{
	size_t n = 0;

	if (number >= f->n)
		return false;
	while (n < f->record && unpack_steps(f->v.u, f->record + RUN_STEPS * f->n_runs)) {
		struct span s = table_at(f, number * f->record + n, f->record - n);
		if (s.n == 0)
			return false;
		memcpy(out + n, s.p, s.n);
		n += s.n;
	}
	return n == f->record;
}

/* Puts the ends of a record's sectors right; false: it is none, or torn. */
static bool mend(const struct ntfs *f, uint8_t record[MAX_RECORD])
{
	struct cursor c = cursor_of((struct span){ record, f->record });

	if (!span_is(cursor_take(&c, 4), "FILE"))
		return false;
	unsigned place = cursor_le16(&c), n = cursor_le16(&c);
	cursor_seek(&c, place);
	unsigned own = cursor_le16(&c);
	for (size_t i = 1; i < n && i * SECTOR <= f->record; i++) {
		struct span end = cursor_take(&c, 2);
		uint8_t *last = record + i * SECTOR - 2;
		if (!cursor_ok(&c) || ((unsigned)last[0] | (unsigned)last[1] << 8) != own)
			return false;
		memmove(last, end.p, 2);
	}
	return true;
}

/* The record of a number; empty: it is none, or torn. */
static struct span record_at(const struct ntfs *f, uint64_t number, uint8_t out[MAX_RECORD])
{
	return fetch(f, number, out) && mend(f, out) ? (struct span){ out, f->record }
						     : (struct span){ 0 };
}

/* Is what stands in the table one that is in use, though it could not be mended? */
static bool is_torn(const struct ntfs *f, uint8_t record[MAX_RECORD])
{
	struct cursor c = cursor_of((struct span){ record, f->record });

	bool is = span_is(cursor_take(&c, 4), "FILE");
	cursor_seek(&c, 22);
	return (cursor_le16(&c) & IN_USE) != 0 && is;
}

static struct cursor attributes_of(struct span record)
{
	struct cursor c = cursor_of(record);

	cursor_seek(&c, 20);
	cursor_seek(&c, cursor_le16(&c));
	return c;
}

/* The next attribute of a record; false: there is none. */
static bool next_attribute(struct cursor *c, struct attribute *a)
{
	struct cursor d = *c;

	*a = (struct attribute){ .type = cursor_le32(&d) };
	uint32_t size = cursor_le32(&d);
	if (!cursor_ok(&d) || a->type == (uint32_t)ATTRIBUTE_END || size < 16)
		return false;
	struct span whole = cursor_take(c, size);
	d = cursor_of(whole);
	cursor_skip(&d, 8);
	a->resident = cursor_u8(&d) == 0;
	unsigned n_name = cursor_u8(&d), name = cursor_le16(&d);
	a->flags = cursor_le16(&d);
	a->name = span_cut(whole, name, 2 * n_name);
	cursor_skip(&d, 2);
	if (a->resident) {
		uint32_t n = cursor_le32(&d);
		a->value = span_cut(whole, cursor_le16(&d), n);
		a->size = a->written = n;
		return cursor_ok(c) && cursor_ok(&d);
	}
	a->first = cursor_le64(&d);
	cursor_skip(&d, 8);
	a->runs = span_cut(whole, cursor_le16(&d), whole.n);
	cursor_skip(&d, 6 + 8);
	a->size = cursor_le64(&d);
	a->written = cursor_le64(&d);
	return cursor_ok(c) && cursor_ok(&d);
}

/* ---- ways */

/* One attribute of a list: where its part begins, and the record that has it. */
struct listed {
	uint32_t type;
	struct span name;
	uint64_t first, number;
};

/* Bytes of an attribute list that is elsewhere, in f->list_room; empty: they are not all there. */
static struct span read_list(struct ntfs *f, const struct attribute *a)
{
	struct runs r = { .c = cursor_of(a->runs) };
	uint64_t from, n;
	size_t got = 0;
	bool hole;

	if (f->list_room == NULL)
		f->list_room = arena_alloc(&f->v.u->arena, MAX_LIST);
	if (f->list_room == NULL || a->size > MAX_LIST || !unpack_steps(f->v.u, a->size))
		return (struct span){ 0 };
	while (got < a->size && next_run(&r, &from, &n, &hole)) {
		bool there = !hole && n <= f->n_clusters && from <= f->n_clusters;
		struct span s = span_cut(f->v.image, there ? from * f->cluster : UINT64_MAX,
					 n * f->cluster);
		s = span_cut(s, 0, a->size - got);
		if (s.n == 0)
			return (struct span){ 0 };
		memcpy(f->list_room + got, s.p, s.n);
		got += s.n;
	}
	return (struct span){ f->list_room, got < a->size ? 0 : got };
}

/* The attribute list of a record, until the next one is asked for; empty: it has none. */
static struct span list_of(struct ntfs *f, struct span record)
{
	struct cursor c = attributes_of(record);
	struct attribute a;

	while (next_attribute(&c, &a))
		if (a.type == ATTRIBUTE_LIST)
			return a.resident ? a.value : read_list(f, &a);
	return (struct span){ 0 };
}

/* The next attribute of a list; false: there is none, or the budget is spent. */
static bool next_listed(struct ntfs *f, struct cursor *list, struct listed *out)
{
	if (cursor_left(list) < LIST_ENTRY || !unpack_steps(f->v.u, LIST_STEPS))
		return false;
	struct cursor e = cursor_sub(list, list->at, cursor_left(list));
	out->type = cursor_le32(&e);
	unsigned size = cursor_le16(&e), n_name = cursor_u8(&e), name_at = cursor_u8(&e);
	out->first = cursor_le64(&e);
	out->number = cursor_le64(&e) & 0xffffffffffff;
	cursor_seek(&e, name_at);
	out->name = cursor_take(&e, 2 * n_name);
	cursor_skip(list, size < LIST_ENTRY ? LIST_ENTRY : size);
	return true;
}

/* The long name that a record has, and the record of its directory.  False: it has none. */
static bool own_name(struct span record, char text[MAX_NAME], uint64_t *parent)
{
	struct cursor c = attributes_of(record);
	struct attribute a;
	bool found = false;

	while (next_attribute(&c, &a)) {
		struct cursor d = cursor_of(a.value);
		if (a.type != ATTRIBUTE_NAME || !a.resident)
			continue;
		uint64_t in = cursor_le64(&d) & 0xffffffffffff;
		cursor_seek(&d, 64);
		unsigned n = cursor_u8(&d), space = cursor_u8(&d);
		struct span wide = cursor_take(&d, 2 * n);
		if (!cursor_ok(&d) || (found && space == DOS_NAME))
			continue;
		(void)wide_text(wide, text, MAX_NAME);
		*parent = in;
		found = true;
		if (space != DOS_NAME)
			break;
	}
	return found;
}

/* The same of a file, of which another record may have the names. */
static bool name_of(struct ntfs *f, struct span record, char text[MAX_NAME], uint64_t *parent)
{
	if (own_name(record, text, parent))
		return true;
	struct cursor list = cursor_of(list_of(f, record));
	struct listed l;
	while (next_listed(f, &list, &l))
		if (l.type == ATTRIBUTE_NAME &&
		    own_name(record_at(f, l.number, f->more), text, parent))
			return true;
	return false;
}

/* The way of a record, from its directories' names; they may lead nowhere or in a circle. */
static void make_path(struct ntfs *f, struct span record)
{
	static const char lost[] = "lost";
	UNINITIALIZED char name[DEPTH][MAX_NAME];
	UNINITIALIZED uint8_t room[MAX_RECORD];
	uint64_t parent = ROOT;
	size_t n = 0, had;

	while (n < DEPTH && name_of(f, record, name[n], &parent)) {
		n++;
		if (parent == ROOT)
			break;
		record = record_at(f, parent, room);
	}
	f->v.n_path = 0;
	if (parent != ROOT || n == 0)
		(void)!volume_enter(&f->v, span_of(lost), &had);
	while (n-- > 0)
		(void)!volume_enter(&f->v, span_of(name[n]), &had);
}

/* ---- streams in several records */

/* The part of a stream that begins with cluster `first` of it, by the list at hand; it lies in
 * f->more.  False: there is none. */
static bool next_part(struct ntfs *f, struct span name, uint64_t first, struct attribute *out)
{
	struct cursor list = cursor_of(f->list);
	struct listed l;

	while (next_listed(f, &list, &l)) {
		if (l.type != ATTRIBUTE_DATA || l.first != first || !span_equal(l.name, name))
			continue;
		struct cursor c = attributes_of(record_at(f, l.number, f->more));
		while (next_attribute(&c, out))
			if (out->type == ATTRIBUTE_DATA && !out->resident && out->first == first &&
			    span_equal(out->name, name))
				return true;
	}
	return false;
}

/* Gives the runs of a part; false: no more is wanted, or can be had. */
static bool give_part(struct ntfs *f, struct span runs, uint64_t *left, uint64_t *written,
		      uint64_t *cluster)
{
	struct runs r = { .c = cursor_of(runs) };
	uint64_t at, n;
	bool hole;

	while (*left != 0 && next_run(&r, &at, &n, &hole)) {
		if (n > f->n_clusters || (!hole && at > f->n_clusters)) {
			unpack_gap(f->v.u, REASON_DAMAGED, PLACE_NONE,
				   "NTFS: a cluster outside of the volume");
			return false;
		}
		uint64_t bytes = n * f->cluster < *left ? n * f->cluster : *left;
		uint64_t there = hole ? 0 : bytes < *written ? bytes : *written;
		if (!unpack_steps(f->v.u, 100) ||
		    (there != 0 && !volume_bytes(&f->v, at * f->cluster, there)) ||
		    !unpack_zeros(f->v.u, bytes - there))
			return false;
		*left -= bytes;
		*written -= bytes < *written ? bytes : *written;
		*cluster += n;
	}
	return true;
}

static void give_runs(struct ntfs *f, const struct attribute *a)
{
	uint64_t left = a->size, written = a->written, cluster = 0, had;
	struct attribute part = *a;

	do {
		had = cluster;
		if (!give_part(f, part.runs, &left, &written, &cluster))
			return;
	} while (left != 0 && cluster != had && next_part(f, a->name, cluster, &part));
	if (left != 0)
		unpack_gap(f->v.u, REASON_UNSUPPORTED, PLACE_NONE,
			   "NTFS stream in several records");
}

/* The next part of the table of files, of which the one at hand is kept.  False: there are too many
 * of them, or no memory. */
static bool keep_part(struct ntfs *f, struct span runs)
{
	const uint8_t *copy =
		f->n_parts < MAX_PARTS ? arena_copy(&f->v.u->arena, runs.p, runs.n) : NULL;
	struct runs r = { .c = cursor_of(runs) };
	uint64_t from, n;
	bool hole;

	if (copy == NULL)
		return false;
	f->part[f->n_parts++] = (struct span){ copy, runs.n };
	while (next_run(&r, &from, &n, &hole) && n <= f->n_clusters && from <= f->n_clusters)
		f->reach += n * f->cluster;
	f->n_runs += r.n;
	return true;
}

/* The places of the table of files, of which this is the first part, in the record at hand. */
static void read_table(struct ntfs *f, const struct attribute *first, struct span record)
{
	struct attribute part = *first;
	uint64_t had;

	f->n_parts = 0;
	f->reach = 0;
	f->n = first->size / f->record;
	f->written = first->written / f->record;
	f->list = list_of(f, record);
	do {
		had = f->reach;
		if (!keep_part(f, part.runs))
			break;
	} while (f->reach / f->record < f->n && f->reach != had &&
		 next_part(f, first->name, f->reach / f->cluster, &part));
	if (f->reach / f->record < f->n)
		unpack_gap(f->v.u, REASON_UNSUPPORTED, PLACE_NONE,
			   "NTFS table of files in several records");
}

/* ---- files */

/* False: the budget is spent. */
static bool give_stream(struct ntfs *f, const struct attribute *a)
{
	char text[MAX_NAME];
	size_t had = f->v.n_path, n = wide_text(a->name, text, sizeof text);
	bool squeezed = span_is((struct span){ (const uint8_t *)text, n }, "WofCompressedData");

	if (n != 0 && had + n + 1 <= sizeof f->v.path) {
		f->v.path[f->v.n_path++] = ':';
		memcpy(f->v.path + f->v.n_path, text, n);
		f->v.n_path += n;
	}
	bool begun = volume_begin(&f->v, a->size, PLACE_NONE);
	f->v.n_path = begun ? f->v.n_path : had;
	if (!begun)
		return false;
	if (squeezed)
		unpack_gap(f->v.u, REASON_UNSUPPORTED, PLACE_NONE,
			   "NTFS compression by overlay (WOF)");
	if ((a->flags & ENCRYPTED) != 0)
		unpack_gap(f->v.u, REASON_ENCRYPTED, PLACE_NONE, "NTFS: a file");
	else if ((a->flags & COMPRESSED) != 0 && !a->resident)
		unpack_gap(f->v.u, REASON_UNSUPPORTED, PLACE_NONE, "NTFS compression");
	else if (a->resident)
		(void)!unpack_write(f->v.u, a->value);
	else
		give_runs(f, a);
	bool more = volume_end(&f->v);
	f->v.n_path = had;
	return more;
}

/* False: the budget is spent. */
static bool give_record(struct ntfs *f, uint64_t number)
{
	struct span record = { f->room, f->record }, named = record;
	struct cursor c = cursor_of(record);
	struct attribute a;
	bool path = number == ROOT; /* it is known */

	f->v.n_path = 0;
	if (!fetch(f, number, f->room))
		return true;
	if (!mend(f, f->room)) { /* never used, mostly */
		f->damaged = f->damaged || (number < f->written && is_torn(f, f->room));
		return true;
	}
	cursor_seek(&c, 22);
	unsigned flags = cursor_le16(&c);
	cursor_skip(&c, 8);
	uint64_t of = cursor_le64(&c) & 0xffffffffffff;
	if (!cursor_ok(&c) || (flags & IN_USE) == 0)
		return true;
	if (of != 0) /* more of another record's attributes */
		named = record_at(f, of, f->base);
	for (c = attributes_of(record); next_attribute(&c, &a);) {
		if (a.type != ATTRIBUTE_DATA || a.first != 0 || of == UINT64_MAX)
			continue;
		if (!path)
			make_path(f, named);
		path = true;
		f->list = list_of(f, named);
		if (!give_stream(f, &a))
			return false;
	}
	f->damaged = f->damaged || (number < f->written && a.type != (uint32_t)ATTRIBUTE_END);
	return true;
}

bool ntfs_read(struct span object, struct unpack *u, struct error *e)
{
	struct ntfs *f = arena_alloc(&u->arena, sizeof *f);
	struct cursor c = cursor_of(object);
	struct attribute a;

	if (f == NULL || !volume_init(&f->v, u, "NTFS"))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "NTFS");
	cursor_seek(&c, 11);
	uint64_t sector = cursor_le16(&c);
	unsigned per = cursor_u8(&c);
	f->cluster = per <= 0x80 ? sector * per : per >= 0xf4 ? sector << (256 - per) : 0;
	cursor_seek(&c, 40);
	uint64_t sectors = cursor_le64(&c), table = cursor_le64(&c);
	cursor_seek(&c, 64);
	unsigned record = cursor_u8(&c);
	f->record =
		record < 0x80 ? (size_t)(record * f->cluster) : (size_t)1 << ((256 - record) & 31);
	if (!cursor_ok(&c) || sector < SECTOR || sector > 4096 || f->cluster < SECTOR ||
	    f->cluster > 2 << 20 || f->record < SECTOR || f->record > MAX_RECORD ||
	    sectors > UINT64_MAX / 4096 || table > sectors)
		return error_set(e, REASON_DAMAGED, 11, "NTFS: the first sector");
	f->n_clusters = sectors * sector / f->cluster;
	if (sectors * sector > object.n)
		unpack_gap(u, REASON_DAMAGED, object.n, "NTFS: the image ends too soon");
	struct span first = span_cut(object, table * f->cluster, f->record);
	if (first.n == f->record)
		memcpy(f->room, first.p, first.n);
	first = (struct span){ f->room, first.n == f->record && mend(f, f->room) ? f->record : 0 };
	for (c = attributes_of(first); f->n == 0 && next_attribute(&c, &a);)
		if (a.type == ATTRIBUTE_DATA && !a.resident && a.name.n == 0)
			read_table(f, &a, first);
	if (f->n == 0)
		return error_set(e, REASON_DAMAGED, table * f->cluster, "NTFS: the table of files");
	bool more = give_record(f, ROOT);
	for (uint64_t i = SYSTEM_RECORDS; more && i < f->n; i++)
		more = unpack_steps(u, RUN_STEPS) && give_record(f, i);
	if (more && f->damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "NTFS: a file's record");
	return true;
}
