/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/proof.h"
#include "unpack/decode.h"

/*
 * Zip (PKWARE APPNOTE 4.3): the end record leads to the directory, that to each member's own
 * header; where it is asked for, the members are unpacked and held against their CRC-32.
 */

enum {
	END_SIZE = 22,
	END_SEARCH = 65535 + END_SIZE,
	ENTRY_SIZE = 46,
	LOCAL_SIZE = 30,
	MAX_MEMBERS = 1 << 16,
	MAX_PACKED = 64 << 20, /* of a member that is unpacked */
	STORED = 0,
	DEFLATED = 8,
};

struct entry {
	uint16_t flags, method;
	uint32_t crc;
	uint64_t packed, size, at;
	uint16_t name, extra, comment;
};

struct reading {
	struct region *w;
	struct buf bytes;
	uint32_t crc;
	uint64_t n;
};

static bool find_end(struct region *w, uint64_t *at, uint64_t *n, uint64_t *directory)
{
	uint64_t from = w->size > END_SEARCH ? w->size - END_SEARCH : 0;
	struct span s = region_get(w, from, END_SEARCH);

	for (size_t i = s.n >= END_SIZE ? s.n - END_SIZE + 1 : 0; i-- > 0;) {
		struct cursor c = cursor_of(span_cut(s, i, END_SIZE));
		if (cursor_le32(&c) != 0x06054b50)
			continue;
		cursor_skip(&c, 6);
		*n = cursor_le16(&c);
		uint64_t size = cursor_le32(&c);
		*directory = cursor_le32(&c);
		*at = from + i;
		if (cursor_ok(&c) && *directory + size <= *at)
			return true;
	}
	return false;
}

static bool read_entry(struct region *w, uint64_t at, struct entry *m)
{
	struct cursor c = cursor_of(region_get(w, at, ENTRY_SIZE));

	if (cursor_le32(&c) != 0x02014b50)
		return false;
	cursor_skip(&c, 4);
	m->flags = cursor_le16(&c);
	m->method = cursor_le16(&c);
	cursor_skip(&c, 4);
	m->crc = cursor_le32(&c);
	m->packed = cursor_le32(&c);
	m->size = cursor_le32(&c);
	m->name = cursor_le16(&c);
	m->extra = cursor_le16(&c);
	m->comment = cursor_le16(&c);
	cursor_skip(&c, 8);
	m->at = cursor_le32(&c);
	return cursor_ok(&c);
}

/* The member's own header agrees with the directory; *data is where its bytes begin. */
static bool local_agrees(struct region *w, const struct entry *m, uint64_t *data)
{
	struct cursor c = cursor_of(region_get(w, m->at, LOCAL_SIZE));

	if (cursor_le32(&c) != 0x04034b50)
		return false;
	cursor_skip(&c, 4);
	uint16_t method = cursor_le16(&c);
	cursor_skip(&c, 16);
	uint16_t name = cursor_le16(&c), extra = cursor_le16(&c);
	*data = m->at + LOCAL_SIZE + name + extra;
	return cursor_ok(&c) && method == m->method && name == m->name && *data <= w->size;
}

static bool take(void *ctx, struct span s)
{
	struct reading *r = ctx;

	buf_put_span(&r->bytes, s);
	r->n += s.n;
	return buf_ok(&r->bytes);
}

/* 1: its checksum agrees, 0: it does not, -1: it was not looked into. */
static int check_member(struct region *w, const struct entry *m, uint64_t data)
{
	struct reading r = { .w = w };
	struct decode_out out = { take, &r };
	struct buf in;
	size_t used;
	int result = -1;

	if ((m->flags & 1) != 0 || m->packed > MAX_PACKED || m->size > MAX_PACKED ||
	    (m->method != STORED && m->method != DEFLATED))
		return -1;
	if (m->packed > w->size - data)
		return 0;
	buf_init(&in, MAX_PACKED);
	buf_init(&r.bytes, MAX_PACKED);
	if (proof_load(w, data, m->packed, &in)) {
		if (m->method == STORED)
			result = crc32_of(buf_span(&in)) == m->crc;
		else
			result = decode_inflate(buf_span(&in), DECODE_RAW, &out, &used) ==
					 DECODE_WHOLE &&
				 r.n == m->size && crc32_of(buf_span(&r.bytes)) == m->crc;
	}
	buf_release(&in);
	buf_release(&r.bytes);
	return result;
}

void proof_zip(struct region *w, bool deep, struct proof *out)
{
	uint64_t end, n, at, data;
	unsigned good = 0, summed = 0;

	if (!find_end(w, &end, &n, &at)) {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, 32, "zip: no directory at its end");
		return;
	}
	out->bits = 64;
	for (uint64_t i = 0; i < n && i < MAX_MEMBERS; i++) {
		struct entry m;
		if (!read_entry(w, at, &m) || !local_agrees(w, &m, &data)) {
			out->broken = true;
			proof_set(out, PROOF_MAGIC, out->bits, "zip: member %llu is not there",
				  (unsigned long long)i + 1);
			return;
		}
		int sum = deep ? check_member(w, &m, data) : -1;
		if (sum == 0) {
			out->broken = true;
			proof_set(out, PROOF_MAGIC, out->bits,
				  "zip: the checksum of member %llu does not agree",
				  (unsigned long long)i + 1);
			return;
		}
		good++;
		summed += sum == 1;
		out->bits = out->bits < 4000 ? out->bits + 32 + (sum == 1 ? 32 : 0) : out->bits;
		at += (uint64_t)ENTRY_SIZE + m.name + m.extra + m.comment;
	}
	if (deep && summed == good && good != 0)
		proof_set(out, PROOF_CHECKSUM, out->bits, "zip: %u members, all checksums agree",
			  good);
	else
		proof_set(out, PROOF_STRUCTURE, out->bits, "zip: %u members in their places", good);
}
