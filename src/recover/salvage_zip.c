/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/salvage.h"
#include "unpack/decode.h"

#include <stdio.h>

/*
 * Zip (PKWARE APPNOTE 4.3), and what is one: OOXML, ODF, JAR.  Every header is looked for by its
 * mark, wherever the directory may be; the directory's entries, where some are left, give the sizes
 * of members that have none of their own, and the place of those whose own header is lost.  A
 * member whose CRC-32 agrees is whole; and all that are whole make the archive anew.
 */

enum {
	LOCAL = 30,
	ENTRY = 46,
	STORED = 0,
	DEFLATED = 8,
	MAX_MEMBERS = 1 << 18,
	MAX_NAME = 1024,
	LEAST_PART = 64, /* bytes of a damaged member that are worth a file */
	STREAMED = 8,    /* flag: sizes and sum stand behind the data */
	SCRAMBLED = 1,   /* flag: encrypted by its owner */
};

struct member {
	uint64_t at, data, packed, size;
	uint32_t crc, when;
	uint16_t flags, method;
	struct span name; /* in the arena */
	bool whole;
};

struct archive {
	struct salvage *s;
	struct region *w;
	struct member *list;
	size_t n, max;
	struct member *entry; /* of the directory */
	size_t n_entries, max_entries;
	struct buf in, out;
};

static bool grow(struct salvage *s, struct member **list, size_t n, size_t *max)
{
	if (n < *max)
		return true;
	size_t more = *max != 0 ? 2 * *max : 64;
	struct member *l = more <= MAX_MEMBERS ? arena_array(&s->arena, more, sizeof *l) : NULL;
	if (l == NULL)
		return false;
	if (n != 0)
		memcpy(l, *list, n * sizeof *l);
	*list = l;
	*max = more;
	return true;
}

/* ---- headers */

static bool plausible(uint16_t version, uint16_t flags, uint16_t method, size_t name)
{
	return (version & 0xff) <= 63 && (flags & 0xc080) == 0 && method <= 99 && name != 0 &&
	       name <= MAX_NAME;
}

/* Sizes that do not fit in 32 bits stand in an extra field (4.5.3). */
static void wide_sizes(struct span extra, struct member *m)
{
	struct cursor c = cursor_of(extra);

	while (cursor_left(&c) >= 4) {
		uint16_t id = cursor_le16(&c), n = cursor_le16(&c);
		struct cursor field = cursor_of(cursor_take(&c, n));
		if (id != 1)
			continue;
		if (m->size == UINT32_MAX)
			m->size = cursor_le64(&field);
		if (m->packed == UINT32_MAX)
			m->packed = cursor_le64(&field);
		if (m->at == UINT32_MAX)
			m->at = cursor_le64(&field);
	}
}

static bool take_name(struct archive *a, struct span name, struct member *m)
{
	m->name = (struct span){ arena_copy(&a->s->arena, name.p, name.n), name.n };
	return m->name.p != NULL;
}

static bool read_local(struct archive *a, uint64_t at, struct member *m)
{
	struct span all = region_get(a->w, at, LOCAL + MAX_NAME + 1024);
	struct cursor c = cursor_of(all);

	*m = (struct member){ .at = at };
	cursor_skip(&c, 4);
	uint16_t version = cursor_le16(&c);
	m->flags = cursor_le16(&c);
	m->method = cursor_le16(&c);
	m->when = cursor_le32(&c);
	m->crc = cursor_le32(&c);
	m->packed = cursor_le32(&c);
	m->size = cursor_le32(&c);
	uint16_t name = cursor_le16(&c), extra = cursor_le16(&c);
	struct span n = cursor_take(&c, name);
	if (!cursor_ok(&c) || !plausible(version, m->flags, m->method, name) || !take_name(a, n, m))
		return false;
	m->data = at + LOCAL + name + extra;
	wide_sizes(span_cut(all, (uint64_t)LOCAL + name, extra), m);
	return m->data <= a->w->size;
}

static bool read_entry(struct archive *a, uint64_t at, struct member *m)
{
	struct span all = region_get(a->w, at, ENTRY + MAX_NAME + 1024);
	struct cursor c = cursor_of(all);

	*m = (struct member){ .at = 0 };
	cursor_skip(&c, 4);
	cursor_skip(&c, 2);
	uint16_t version = cursor_le16(&c);
	m->flags = cursor_le16(&c);
	m->method = cursor_le16(&c);
	m->when = cursor_le32(&c);
	m->crc = cursor_le32(&c);
	m->packed = cursor_le32(&c);
	m->size = cursor_le32(&c);
	uint16_t name = cursor_le16(&c), extra = cursor_le16(&c);
	cursor_skip(&c, 10);
	m->at = cursor_le32(&c);
	struct span n = cursor_take(&c, name);
	if (!cursor_ok(&c) || !plausible(version, m->flags, m->method, name) || !take_name(a, n, m))
		return false;
	wide_sizes(span_cut(all, (uint64_t)ENTRY + name, extra), m);
	return m->at < a->w->size;
}

/* ---- members */

static bool take(void *ctx, struct span s)
{
	struct buf *out = ctx;

	buf_put_span(out, s);
	return buf_ok(out);
}

/* Unpacks what lies at m->data into a->out: true where the checksum agrees.  `known`: sizes and sum
 * are; else they are learnt from the data and what stands behind it. */
static bool unpack_member(struct archive *a, struct member *m, bool known)
{
	uint64_t left = a->w->size - m->data, want = known ? m->packed : left;
	struct decode_out out = { take, &a->out };
	size_t used = 0;

	buf_reset(&a->in);
	buf_reset(&a->out);
	if (want > left || (m->method != STORED && m->method != DEFLATED))
		return false;
	want = known || want < SALVAGE_IN_MEMORY ? want : SALVAGE_IN_MEMORY;
	if (!salvage_spend(a->s, want) || !proof_load(a->w, m->data, want, &a->in))
		return false;
	if (m->method == STORED) {
		buf_put_span(&a->out, buf_span(&a->in));
		return known && buf_ok(&a->out) && crc32_of(buf_span(&a->out)) == m->crc;
	}
	enum decode_end end = decode_inflate(buf_span(&a->in), DECODE_RAW, &out, &used);
	if (end != DECODE_WHOLE || !salvage_spend(a->s, a->out.n))
		return false;
	uint32_t crc = crc32_of(buf_span(&a->out));
	if (known)
		return crc == m->crc && a->out.n == m->size;
	/* the data descriptor: with its mark or without (4.3.9) */
	struct cursor c = cursor_of(span_cut(buf_span(&a->in), used, 16));
	uint32_t first = cursor_le32(&c), sum = first == 0x08074b50 ? cursor_le32(&c) : first;
	if (!cursor_ok(&c) || sum != crc)
		return false;
	m->crc = crc;
	m->packed = used;
	m->size = a->out.n;
	return true;
}

/* What the directory says of the member whose header lies there. */
static const struct member *entry_of(const struct archive *a, uint64_t at)
{
	for (size_t i = 0; i < a->n_entries; i++)
		if (a->entry[i].at == at)
			return &a->entry[i];
	return NULL;
}

static bool same_name(const struct archive *a, struct span name)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].whole && span_equal(a->list[i].name, name))
			return true;
	return false;
}

static bool give(struct archive *a, const struct member *m, bool whole)
{
	struct salvage_piece p = { .name = m->name, .at = m->at };
	bool folder = m->name.p[m->name.n - 1] == '/';

	if (folder || (!whole && a->out.n < LEAST_PART))
		return true;
	p.state = whole ? SALVAGE_WHOLE : SALVAGE_PARTIAL;
	return salvage_give_bytes(a->s, &p, whole ? 32 : 0, buf_span(&a->out));
}

/* One member; *end receives where the next header may be. */
static bool one_member(struct archive *a, struct member *m, uint64_t *end)
{
	const struct member *e = entry_of(a, m->at);
	bool known = (m->flags & STREAMED) == 0 || m->packed != 0;

	if (!known && e != NULL) {
		m->crc = e->crc;
		m->packed = e->packed;
		m->size = e->size;
		known = true;
	}
	if ((m->flags & SCRAMBLED) != 0)
		return true;
	m->whole = unpack_member(a, m, known);
	if (m->whole)
		*end = m->data + m->packed;
	if (!grow(a->s, &a->list, a->n, &a->max))
		return false;
	if (m->whole && same_name(a, m->name))
		return true;
	a->list[a->n++] = *m;
	return give(a, m, m->whole);
}

/* Calls f for each place where the four bytes stand; f says where to go on. */
static bool each_mark(struct archive *a, const char *mark,
		      bool (*f)(struct archive *a, uint64_t at, uint64_t *next))
{
	uint64_t at = 0;

	while (at + 4 <= a->w->size && !a->s->stopped) {
		struct span s = region_get(a->w, at, REGION_MAX);
		const uint8_t *p = s.n >= 4 ? memmem(s.p, s.n, mark, 4) : NULL;
		if (p == NULL) {
			if (s.n < REGION_MAX)
				return true;
			at += s.n - 3;
			continue;
		}
		at += (uint64_t)(p - s.p);
		uint64_t next = at + 4;
		if (!f(a, at, &next))
			return false;
		at = next;
	}
	return true;
}

static bool on_entry(struct archive *a, uint64_t at, uint64_t *next)
{
	struct member m;

	if (!read_entry(a, at, &m))
		return true;
	*next = at + ENTRY + m.name.n;
	if (!grow(a->s, &a->entry, a->n_entries, &a->max_entries))
		return false;
	a->entry[a->n_entries++] = m;
	return true;
}

static bool on_local(struct archive *a, uint64_t at, uint64_t *next)
{
	struct member m;

	return !read_local(a, at, &m) || one_member(a, &m, next);
}

/* Members whose own header is lost, and whose bytes may not be: the directory knows them. */
static bool headless(struct archive *a)
{
	for (size_t i = 0; i < a->n_entries && !a->s->stopped; i++) {
		struct member m = a->entry[i];
		bool seen = false;
		for (size_t k = 0; k < a->n && !seen; k++)
			seen = a->list[k].at == m.at;
		if (seen || (m.flags & SCRAMBLED) != 0 || m.at + LOCAL + m.name.n > a->w->size)
			continue;
		m.data = m.at + LOCAL + m.name.n;
		m.whole = unpack_member(a, &m, true);
		if (!m.whole || !grow(a->s, &a->list, a->n, &a->max))
			continue;
		a->list[a->n++] = m;
		if (!give(a, &m, true))
			return false;
	}
	return true;
}

/* ---- the archive anew */

static void put_fields(struct buf *b, const struct member *m)
{
	buf_put_le16(b, (uint16_t)(m->flags & ~STREAMED));
	buf_put_le16(b, m->method);
	buf_put_le32(b, m->when);
	buf_put_le32(b, m->crc);
	buf_put_le32(b, (uint32_t)m->packed);
	buf_put_le32(b, (uint32_t)m->size);
	buf_put_le16(b, (uint16_t)m->name.n);
	buf_put_le16(b, 0);
}

/* Headers in one buffer, the members' bytes where they are. */
static bool rebuild(struct archive *a, struct buf *heads, struct salvage_map *map, size_t *n)
{
	struct buf directory;
	size_t at = 0;

	buf_init(&directory, 64 << 20);
	*n = 0;
	for (size_t i = 0; i < a->n; i++) /* buffers move while they grow: first all heads */
		if (a->list[i].whole && a->list[i].packed < UINT32_MAX &&
		    a->list[i].size < UINT32_MAX) {
			buf_put_le32(heads, 0x04034b50);
			buf_put_le16(heads, 20);
			put_fields(heads, &a->list[i]);
			buf_put_span(heads, a->list[i].name);
			++*n;
		}
	bool ok = buf_ok(heads);
	for (size_t i = 0; ok && i < a->n; i++) {
		const struct member *m = &a->list[i];
		if (!m->whole || m->packed >= UINT32_MAX || m->size >= UINT32_MAX)
			continue;
		buf_put_le32(&directory, 0x02014b50);
		buf_put_le16(&directory, 20);
		buf_put_le16(&directory, 20);
		put_fields(&directory, m);
		buf_put_le16(&directory, 0);
		buf_put_le32(&directory, 0);
		buf_put_le32(&directory, 0);
		buf_put_le32(&directory, (uint32_t)map->size);
		buf_put_span(&directory, m->name);
		ok = salvage_map_add(a->s, map, LOCAL + m->name.n, 0, heads->p + at) &&
		     salvage_map_add(a->s, map, m->packed, m->data, NULL);
		at += LOCAL + m->name.n;
	}
	size_t from = directory.n;
	buf_put_le32(&directory, 0x06054b50);
	buf_put_le32(&directory, 0);
	buf_put_le16(&directory, (uint16_t)*n);
	buf_put_le16(&directory, (uint16_t)*n);
	buf_put_le32(&directory, (uint32_t)from);
	buf_put_le32(&directory, (uint32_t)map->size);
	buf_put_le16(&directory, 0);
	const uint8_t *copy =
		buf_ok(&directory) ? arena_copy(&a->s->arena, directory.p, directory.n) : NULL;
	ok = ok && copy != NULL && *n <= UINT16_MAX && map->size < UINT32_MAX &&
	     salvage_map_add(a->s, map, directory.n, 0, copy);
	buf_release(&directory);
	return ok;
}

static void give_rebuilt(struct archive *a, struct span name)
{
	struct salvage_piece p = { .at = PLACE_NONE };
	uint8_t text[SALVAGE_MAX_NAME];
	struct salvage_map map = { 0 };
	struct region r;
	struct buf heads;
	size_t n, k;

	buf_init(&heads, 64 << 20);
	k = (size_t)snprintf((char *)text, sizeof text, "rebuilt-%.*s", (int)(name.n & 1023),
			     (const char *)name.p);
	p.name = (struct span){ text, k < sizeof text ? k : sizeof text - 1 };
	if (rebuild(a, &heads, &map, &n) && n != 0) {
		region_of_extents(&r, a->w, map.list, map.n, a->s->room[REGION_DEPTH - 1]);
		(void)salvage_give(a->s, &p, 0, &r);
	}
	buf_release(&heads);
}

bool salvage_zip(struct salvage *s, struct region *w, struct span name)
{
	struct archive a = { .s = s, .w = w };

	buf_init(&a.in, SALVAGE_IN_MEMORY);
	buf_init(&a.out, SALVAGE_IN_MEMORY);
	bool ok = each_mark(&a, "PK\1\2", on_entry) && each_mark(&a, "PK\3\4", on_local) &&
		  headless(&a);
	buf_release(&a.in);
	buf_release(&a.out);
	if (ok && a.n != 0 && !s->stopped)
		give_rebuilt(&a, name);
	return a.n != 0;
}
