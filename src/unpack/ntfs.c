/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"
#include "unpack/volume.h"
#include "unpack/wide.h"

/*
 * NTFS (as its readers have it; Microsoft never published it): every file that the table of files
 * has, by the way that its parents make, with its named streams ("a.txt:hidden"), and those of the
 * first directory (":hidden").  Files of the system itself (the other records before 24) and
 * deleted ones are not members.  What NTFS or, by a named stream, Windows' overlay filter
 * compresses, what is encrypted, and a stream whose extents stand in several records, is told.
 */

enum {
	SYSTEM_RECORDS = 24,
	SECTOR = 512,
	MAX_RECORD = 4096,
	MAX_RUNS = 1 << 16, /* of a stream */
	RUN_STEPS = 10,     /* to walk past one */
	DEPTH = 64,
	MAX_NAME = 255 * 3 + 1,
	IN_USE = 1,
	IS_DIRECTORY = 2,
	ROOT = 5,
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
	size_t record;    /* bytes */
	struct span runs; /* of the table ... */
	unsigned n_runs;
	uint64_t n;       /* records */
	bool damaged;     /* a record that is in use */
	uint64_t written; /* of them; what stands in the others is of another time */
	/* a record at hand, and that which it is a part of; here, since millions may be looked at
	 */
	uint8_t room[MAX_RECORD], base[MAX_RECORD];
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

/* Byte `at` of the table of files in the image; PLACE_NONE: it is not there. */
static uint64_t place_of(const struct ntfs *f, uint64_t at)
{
	struct runs r = { .c = cursor_of(f->runs) };
	uint64_t from, n;
	bool hole;

	while (next_run(&r, &from, &n, &hole)) {
		if (n > f->n_clusters || from > f->n_clusters)
			return PLACE_NONE;
		if (at < n * f->cluster)
			return hole ? PLACE_NONE : from * f->cluster + at;
		at -= n * f->cluster;
	}
	return PLACE_NONE;
}

/* How many bytes of the table of files its runs lead to; they are counted. */
static uint64_t reach(struct ntfs *f)
{
	struct runs r = { .c = cursor_of(f->runs) };
	uint64_t from, n, all = 0;
	bool hole;

	while (next_run(&r, &from, &n, &hole) && n <= f->n_clusters && from <= f->n_clusters)
		all += n * f->cluster;
	f->n_runs = r.n;
	return all;
}

/* A record with the ends of its sectors put right; empty: it is none, or torn. */
static struct span read_record(const struct ntfs *f, uint64_t at, uint8_t out[MAX_RECORD])
{
	struct span none = { 0 }, s = span_cut(f->v.image, at, f->record);
	struct cursor c = cursor_of(s);

	if (at == PLACE_NONE || s.n != f->record || !span_is(cursor_take(&c, 4), "FILE"))
		return none;
	unsigned place = cursor_le16(&c), n = cursor_le16(&c);
	memcpy(out, s.p, s.n);
	cursor_seek(&c, place);
	struct span own = cursor_take(&c, 2);
	for (size_t i = 1; i < n && i * SECTOR <= s.n; i++) {
		struct span end = cursor_take(&c, 2);
		uint8_t *last = out + i * SECTOR - 2;
		if (!cursor_ok(&c) || memcmp(last, own.p, 2) != 0)
			return none;
		memcpy(last, end.p, 2);
	}
	return (struct span){ out, s.n };
}

/* The record of a number. */
static struct span record_at(const struct ntfs *f, uint64_t number, uint8_t out[MAX_RECORD])
{
	return number < f->n && unpack_steps(f->v.u, RUN_STEPS * (1ull + f->n_runs))
		       ? read_record(f, place_of(f, number * f->record), out)
		       : (struct span){ 0 };
}

/* Is it in use all the same, though read_record() gave nothing? */
static bool is_torn(const struct ntfs *f, uint64_t number)
{
	uint64_t at = place_of(f, number * f->record);
	struct cursor c = cursor_of(span_cut(f->v.image, at, f->record));

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

/* ---- files */

/* The long name of a record, and the record of its directory.  False: it has none. */
static bool name_of(struct span record, char text[MAX_NAME], uint64_t *parent)
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

/* The way of a record, from its directories' names; they may lead nowhere or in a circle. */
static void make_path(struct ntfs *f, struct span record)
{
	static const char lost[] = "lost";
	UNINITIALIZED char name[DEPTH][MAX_NAME];
	UNINITIALIZED uint8_t room[MAX_RECORD];
	uint64_t parent = ROOT;
	size_t n = 0, had;

	while (n < DEPTH && name_of(record, name[n], &parent)) {
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

static void give_runs(struct ntfs *f, const struct attribute *a)
{
	struct runs r = { .c = cursor_of(a->runs) };
	uint64_t left = a->size, written = a->written, at, n;
	bool hole;

	while (left != 0 && next_run(&r, &at, &n, &hole) && unpack_steps(f->v.u, 100)) {
		if (n > f->n_clusters || (!hole && at > f->n_clusters)) {
			unpack_gap(f->v.u, REASON_DAMAGED, PLACE_NONE,
				   "NTFS: a cluster outside of the volume");
			return;
		}
		uint64_t bytes = n * f->cluster < left ? n * f->cluster : left;
		uint64_t there = hole ? 0 : bytes < written ? bytes : written;
		if ((there != 0 && !volume_bytes(&f->v, at * f->cluster, there)) ||
		    !unpack_zeros(f->v.u, bytes - there))
			return;
		left -= bytes;
		written -= bytes < written ? bytes : written;
	}
	if (left != 0)
		unpack_gap(f->v.u, REASON_UNSUPPORTED, PLACE_NONE,
			   "NTFS stream in several records");
}

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
	struct span record = record_at(f, number, f->room), named = record;
	struct cursor c = cursor_of(record);
	struct attribute a;
	bool path = number == ROOT; /* it is known */

	f->v.n_path = 0;
	if (record.n == 0) { /* never used, mostly */
		f->damaged = f->damaged || (number < f->written && is_torn(f, number));
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
		if (!give_stream(f, &a))
			return false;
	}
	f->damaged = f->damaged || (number < f->written && a.type != (uint32_t)ATTRIBUTE_END);
	return true;
}

bool ntfs_read(struct span object, struct unpack *u, struct error *e)
{
	struct ntfs *f = arena_alloc(&u->arena, sizeof *f);
	uint8_t *first_room = arena_alloc(&u->arena, MAX_RECORD); /* f->runs lies in it */
	struct cursor c = cursor_of(object);
	struct attribute a;

	if (f == NULL || first_room == NULL || !volume_init(&f->v, u, "NTFS"))
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
	struct span first = read_record(f, table * f->cluster, first_room);
	for (c = attributes_of(first); f->n == 0 && next_attribute(&c, &a);)
		if (a.type == ATTRIBUTE_DATA && !a.resident && a.name.n == 0) {
			f->runs = a.runs;
			f->n = a.size / f->record;
			f->written = a.written / f->record;
		}
	if (f->n == 0)
		return error_set(e, REASON_DAMAGED, table * f->cluster, "NTFS: the table of files");
	if (reach(f) / f->record < f->n)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE,
			   "NTFS table of files in several records");
	bool more = give_record(f, ROOT);
	for (uint64_t i = SYSTEM_RECORDS; more && i < f->n; i++)
		more = unpack_steps(u, f->record) && give_record(f, i);
	if (more && f->damaged)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "NTFS: a file's record");
	return true;
}
