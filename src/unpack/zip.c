/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/zip.h"

#include "unpack/certificates.h"
#include "unpack/pairs.h"
#include "unpack/readers.h"

#include <inttypes.h>

/*
 * zip (PKWARE's APPNOTE.TXT 6.3), with both of its truths.
 *
 * A zip says everything twice: in a header before each member and in a directory at the
 * end.  Programs believe one or the other, and malware makes them differ.  So the
 * directory's members are read first; where the local header tells another story of how
 * to decode the bytes, the member is read that way too; and what no entry of the
 * directory covers is searched for further local headers.
 */

enum {
	LOCAL_SIZE = 30,
	CENTRAL_SIZE = 46,
	END_SIZE = 22,
	END64_SIZE = 56,
	LOCATOR_SIZE = 20,
	MAX_COMMENT = 65535,
	EXTRA_64 = 1,
	STEPS_PER_MARK = 16,
	NEAR = 1024, /* bytes behind its end with which a file is still first of all a zip */
};

static const uint8_t local_mark[4] = { 'P', 'K', 3, 4 }, central_mark[4] = { 'P', 'K', 1, 2 },
		     end_mark[4] = { 'P', 'K', 5, 6 }, end64_mark[4] = { 'P', 'K', 6, 6 },
		     locator_mark[4] = { 'P', 'K', 6, 7 }, data_mark[4] = { 'P', 'K', 7, 8 };

struct zip {
	struct unpack *u;
	struct span object;
	struct pair *range; /* bytes that an entry of the directory covers: from, to */
	size_t n_ranges, max_ranges;
	struct buf plain;
	bool spent;
};

static bool marked(struct span object, uint64_t at, const uint8_t *mark)
{
	struct span s = span_cut(object, at, 4);

	return s.n == 4 && memcmp(s.p, mark, 4) == 0;
}

/* ---- the end of the directory */

struct ending {
	uint64_t at;      /* of the end record */
	uint64_t from, n; /* the directory as it is stated: offset and bytes */
	uint64_t before;  /* bytes that stand before the archive: what offsets lack */
};

static bool read_end64(struct span object, uint64_t end, struct ending *out)
{
	struct cursor c = cursor_of(object);

	if (end < LOCATOR_SIZE || !marked(object, end - LOCATOR_SIZE, locator_mark))
		return false;
	cursor_seek(&c, end - LOCATOR_SIZE + 8);
	uint64_t at = cursor_le64(&c);
	/* where something stands before the archive, it is not where it says */
	if (!marked(object, at, end64_mark))
		at = end - LOCATOR_SIZE - END64_SIZE;
	if (!marked(object, at, end64_mark))
		return false;
	cursor_seek(&c, at + 40);
	out->n = cursor_le64(&c);
	out->from = cursor_le64(&c);
	out->at = at;
	return cursor_ok(&c);
}

static bool read_end(struct span object, uint64_t at, struct ending *out)
{
	struct cursor c = cursor_of(object);
	struct ending e = { .at = at };

	cursor_seek(&c, at + 12);
	e.n = cursor_le32(&c);
	e.from = cursor_le32(&c);
	if (!cursor_ok(&c))
		return false;
	if (e.n == UINT32_MAX || e.from == UINT32_MAX)
		(void)read_end64(object, at, &e);
	if (e.n > e.at || e.from > e.at - e.n)
		return false;
	e.before = e.at - e.n - e.from;
	if (e.n != 0 && !marked(object, e.from + e.before, central_mark)) {
		if (!marked(object, e.from, central_mark))
			return false;
		e.before = 0; /* something stands between the directory and its end */
	}
	*out = e;
	return true;
}

/* The last end record within `far` bytes of the object's end; of a directory that is not empty, if
 * `filled`. */
static bool find_end(struct span object, uint64_t far, bool filled, struct ending *out)
{
	uint64_t low = object.n > far + END_SIZE ? object.n - far - END_SIZE : 0;

	if (object.n < END_SIZE)
		return false;
	/* its last byte is the rarest: no text has it */
	for (uint64_t top = object.n - END_SIZE + 4; top > low + 3;) {
		const uint8_t *p = memrchr(object.p + low + 3, end_mark[3], top - low - 3);
		if (p == NULL)
			return false;
		top = (uint64_t)(p - object.p);
		if (p[-1] == end_mark[2] && marked(object, top - 3, end_mark) &&
		    read_end(object, top - 3, out) && (out->n != 0 || !filled))
			return true;
	}
	return false;
}

/* As far from the end as a comment reaches: of the object, or of what is signed in a program. */
static bool find_far(struct span object, bool filled, struct ending *out)
{
	return find_end(object, MAX_COMMENT, filled, out) ||
	       find_end(certificates_before(object), MAX_COMMENT, filled, out);
}

/* The first volume of what was to have several, and fitted in one (APPNOTE 8.5.4). */
static bool is_only_volume(struct span object)
{
	static const uint8_t mark[4] = { 'P', 'K', '0', '0' };

	return marked(object, 0, mark) && marked(object, 4, local_mark);
}

bool zip_known(const struct unpack_look *look)
{
	struct ending e;

	if (look->class == CLASS_ZIP)
		return true;
	/* behind a program that unpacks itself, a picture, anything */
	return marked(look->bytes, 0, end_mark) || marked(look->bytes, 0, data_mark) ||
	       is_only_volume(look->bytes) || find_end(look->bytes, NEAR, true, &e);
}

bool zip_ended(struct span object)
{
	struct ending e;

	return find_far(object, true, &e);
}

/* Archives in which members lie as they are: a zip at the end of one is its last member's. */
static bool holds_members(const struct unpack_look *look)
{
	return tar_known(look) || cpio_known(look) || ar_known(look) || iso_known(look);
}

bool zip_behind_known(const struct unpack_look *look)
{
	struct span s = look->bytes;
	struct ending e;

	if (look->class == CLASS_ZIP || s.n <= NEAR)
		return false;
	s.n -= NEAR; /* zip_known() has seen the rest */
	return (find_end(s, MAX_COMMENT - NEAR, true, &e) ||
		(look->class == CLASS_MZ && zip_ended(look->bytes))) &&
	       !zip_known(look) && !holds_members(look);
}

/* ---- headers */

static void wide_sizes(struct zip_entry *z, struct cursor x, uint64_t *offset)
{
	if (z->size == UINT32_MAX)
		z->size = cursor_le64(&x);
	if (z->packed == UINT32_MAX)
		z->packed = cursor_le64(&x);
	if (offset != NULL && *offset == UINT32_MAX)
		*offset = cursor_le64(&x);
}

static void common(struct cursor *c, struct zip_entry *z)
{
	z->flags = cursor_le16(c);
	z->method = cursor_le16(c);
	z->time = cursor_le16(c);
	cursor_skip(c, 2); /* date */
	z->crc = cursor_le32(c);
	z->packed = cursor_le32(c);
	z->size = cursor_le32(c);
	z->has_crc = true;
}

static bool read_local(struct span object, uint64_t at, struct zip_entry *out)
{
	struct zip_entry z = { .at = at };
	struct cursor c = cursor_of(object);

	if (!marked(object, at, local_mark))
		return false;
	cursor_seek(&c, at + 6);
	common(&c, &z);
	uint16_t n_name = cursor_le16(&c), n_extra = cursor_le16(&c);
	z.name = cursor_take(&c, n_name);
	z.extra = cursor_take(&c, n_extra);
	if (!cursor_ok(&c))
		return false;
	wide_sizes(&z, cursor_of(zip_extra(z.extra, EXTRA_64)), NULL);
	z.data = cursor_place(&c);
	*out = z;
	return true;
}

/* The entry at the cursor; its data is not known yet. */
static bool read_central(struct cursor *c, struct zip_entry *out)
{
	struct zip_entry z = { 0 };
	struct span mark = cursor_take(c, 4);

	if (mark.n != 4 || memcmp(mark.p, central_mark, 4) != 0)
		return false;
	cursor_skip(c, 4);
	common(c, &z);
	uint16_t n_name = cursor_le16(c), n_extra = cursor_le16(c), n_comment = cursor_le16(c);
	cursor_skip(c, 8);
	z.at = cursor_le32(c);
	z.name = cursor_take(c, n_name);
	z.extra = cursor_take(c, n_extra);
	cursor_skip(c, n_comment);
	if (!cursor_ok(c))
		return false;
	wide_sizes(&z, cursor_of(zip_extra(z.extra, EXTRA_64)), &z.at);
	*out = z;
	return true;
}

/* ---- members of the directory */

/* The bytes that DEFLATE makes of none, as Java's library writes for directories. */
static bool is_empty_stream(struct span object, const struct zip_entry *z)
{
	static const uint8_t stream[2] = { 3, 0 };

	return z->method == ZIP_DEFLATE && z->packed == sizeof stream &&
	       span_equal(span_cut(object, z->data, z->packed),
			  (struct span){ stream, sizeof stream });
}

/* Whoever hides bytes in one that is called a directory shall not succeed. */
static bool is_directory(struct span object, const struct zip_entry *z)
{
	return z->size == 0 && z->name.n != 0 && z->name.p[z->name.n - 1] == '/' &&
	       (z->packed == 0 || is_empty_stream(object, z));
}

/* Its packed bytes, as many as it took. */
static uint64_t yield(struct zip *s, const struct zip_entry *z)
{
	uint64_t used = 0;

	if (!s->spent)
		s->spent = !zip_member(s->u, z, &s->plain, &used);
	return used;
}

/* ---- sizes that follow the bytes */

static bool is_stated_later(const struct zip_entry *z)
{
	return (z->flags & ZIP_LATER) != 0 && z->packed == 0;
}

/* The bytes of a stored member whose size follows it: as far as the mark of what follows that says
 * so. */
static uint64_t stored_size(struct zip *s, const struct zip_entry *z)
{
	struct span rest = span_cut(s->object, z->data, UINT64_MAX);
	uint64_t n = 0;

	while (n + 4 <= rest.n) {
		const uint8_t *p = memmem(rest.p + n, (size_t)(rest.n - n), "PK", 2);
		if (p == NULL ||
		    !unpack_steps(s->u, STEPS_PER_MARK + ((uint64_t)(p - rest.p) - n) / 16))
			break;
		n = (uint64_t)(p - rest.p);
		struct cursor c = cursor_of(span_cut(rest, n + 8, 8));
		if (marked(rest, n, data_mark) && (cursor_le32(&c) == n || cursor_le32(&c) == n))
			return n;
		n++;
	}
	return rest.n;
}

/* What a reader that goes by the local header alone takes for them. */
static void find_sizes(struct zip *s, struct zip_entry *z)
{
	z->packed = z->size = UNPACK_UNKNOWN;
	z->has_crc = false;
	if (z->method == ZIP_STORE || (z->flags & ZIP_ENCRYPTED) != 0)
		z->packed = stored_size(s, z);
	if (z->method == ZIP_STORE)
		z->size = z->packed;
}

/* Do bytes follow a header that does not say how many, which are no mark nor an empty member's
 * sizes? */
static bool hides_bytes(struct span object, const struct zip_entry *z)
{
	static const uint8_t none[12] = { 0 };
	struct span s = span_cut(object, z->data, sizeof none);

	return is_stated_later(z) && s.n >= 2 && !(s.p[0] == 'P' && s.p[1] == 'K') &&
	       memcmp(s.p, none, s.n) != 0;
}

/* ---- a member with two headers */

/* Would the two be decoded to the same bytes? */
static bool agree(struct span object, const struct zip_entry *a, const struct zip_entry *b)
{
	if (a->method != b->method || ((a->flags ^ b->flags) & ZIP_ENCRYPTED) != 0)
		return false;
	if (is_stated_later(b))
		return a->packed != 0 || !hides_bytes(object, b);
	return a->packed == b->packed && a->size == b->size;
}

/* The packed bytes that it has at least: what one header covers and the other does not may be
 * another member. */
static uint64_t read_both(struct zip *s, const struct zip_entry *z, struct zip_entry *local)
{
	bool same = agree(s->object, z, local);
	uint64_t least = UINT64_MAX;

	if (same && is_directory(s->object, z))
		return 0;
	if (!is_directory(s->object, z))
		least = yield(s, z);
	if (same)
		return least;
	if (is_directory(s->object, local) && !hides_bytes(s->object, local))
		return 0;
	if (is_stated_later(local))
		find_sizes(s, local);
	uint64_t used = yield(s, local);
	return used < least ? used : least;
}

static void one_entry(struct zip *s, const struct ending *end, struct zip_entry *z)
{
	struct zip_entry local;
	uint64_t at = z->at;

	if (at <= UINT64_MAX - end->before && read_local(s->object, at + end->before, &local))
		at += end->before;
	else if (!read_local(s->object, at, &local)) {
		struct unpack_member m = {
			.name = z->name, .size = z->size, .packed = z->packed, .at = PLACE_NONE
		};
		s->spent = !unpack_begin(s->u, &m);
		if (s->spent)
			return;
		unpack_gap(s->u, REASON_DAMAGED, PLACE_NONE,
			   "zip: there is no header at 0x%" PRIx64, at);
		unpack_end(s->u);
		return;
	}
	z->at = at;
	z->data = local.data;
	uint64_t used = read_both(s, z, &local);
	if (s->n_ranges < s->max_ranges)
		s->range[s->n_ranges++] = (struct pair){ at, local.data + used };
}

static void read_directory(struct zip *s, const struct ending *end)
{
	struct cursor whole = cursor_of(s->object);
	struct cursor c = cursor_sub(&whole, end->from + end->before, end->n);
	uint64_t most = end->n / CENTRAL_SIZE + 2;
	struct zip_entry z;

	s->max_ranges = most < SIZE_MAX / sizeof *s->range ? (size_t)most : 0;
	s->range = arena_array(&s->u->arena, s->max_ranges, sizeof *s->range);
	if (s->range == NULL) {
		s->max_ranges = 0;
		unpack_gap(s->u, REASON_LIMIT, PLACE_NONE,
			   "members: too many to look for what is between them");
	}
	while (!s->spent && cursor_left(&c) != 0) {
		if (!read_central(&c, &z)) {
			unpack_gap(s->u, REASON_DAMAGED, cursor_place(&c),
				   "zip: the directory is damaged");
			break;
		}
		one_entry(s, end, &z);
	}
}

/* ---- members that only have a local header */

/* Where the next member may begin, at least. */
static uint64_t lone_member(struct zip *s, struct zip_entry *z)
{
	if (is_directory(s->object, z) && !hides_bytes(s->object, z))
		return z->data;
	if (is_stated_later(z))
		find_sizes(s, z);
	return z->data + yield(s, z);
}

static void search(struct zip *s, uint64_t from, uint64_t to)
{
	while (!s->spent && from < to) {
		struct span left = span_cut(s->object, from, to - from);
		const uint8_t *p =
			left.n < 4 ? NULL : memmem(left.p, left.n, local_mark, sizeof local_mark);
		struct zip_entry z;
		uint64_t at = p != NULL ? from + (uint64_t)(p - left.p) : to;
		if (!unpack_steps(s->u, (at - from) / 16 + 1) || p == NULL)
			break;
		from = read_local(s->object, at, &z) ? lone_member(s, &z) : at + 4;
	}
}

bool zip_read(struct span object, struct unpack *u, struct error *e)
{
	struct zip s = { .u = u, .object = object };
	struct ending end;
	uint64_t at = 0;
	bool whole = find_far(object, false, &end);

	buf_init(&s.plain, ZIP_MAX_PLAIN);
	if (whole)
		read_directory(&s, &end);
	pairs_sort(s.range, s.n_ranges);
	for (size_t i = 0; i < s.n_ranges && !s.spent; i++) {
		if (s.range[i].key > at)
			search(&s, at, s.range[i].key);
		at = s.range[i].value > at ? s.range[i].value : at;
	}
	if (!whole || s.range != NULL) /* the directory too, and what stands behind it */
		search(&s, at, object.n);
	buf_release(&s.plain);
	return whole || s.spent ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "zip: there is no directory at its end");
}
