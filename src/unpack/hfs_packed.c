/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decmpfs.h"
#include "unpack/hfs.h"

/* Files of HFS+ that are compressed (decmpfs.h). */

enum {
	MAX_PACKED = 1 << 18, /* such files */
	INLINE = 0x10,        /* the kind of an attribute that stands in the tree */
};

/* ---- which files */

static bool is_decmpfs(struct span key, uint32_t *id)
{
	static const char name[] = "com.apple.decmpfs";
	struct cursor c = cursor_of(key);

	cursor_skip(&c, 2);
	*id = cursor_be32(&c);
	cursor_skip(&c, 4);
	if (cursor_be16(&c) != sizeof name - 1)
		return false;
	for (size_t i = 0; i < sizeof name - 1; i++)
		if (cursor_be16(&c) != (uint8_t)name[i])
			return false;
	return cursor_ok(&c);
}

bool hfs_packed_find(struct hfs *h)
{
	struct span key, value;
	struct hfs_walk w;
	size_t n = 0;
	uint32_t id;

	h->attribute = arena_alloc(&h->v.u->arena, HFS_MAX_NODE);
	if (h->attribute == NULL)
		return false;
	if (h->attributes.size == 0)
		return true;
	if (!hfs_walk_begin(h, &h->attributes, h->attribute, &w)) {
		h->v.damaged = true;
		return true;
	}
	while (hfs_walk_next(h, &w, &key, &value))
		n += is_decmpfs(key, &id);
	h->v.damaged = h->v.damaged || w.damaged;
	h->packed = arena_array(&h->v.u->arena, n < MAX_PACKED ? n : MAX_PACKED, sizeof *h->packed);
	if (h->packed == NULL)
		return false;
	if (n > MAX_PACKED)
		unpack_gap(h->v.u, REASON_LIMIT, PLACE_NONE, "files: HFS+: more compressed than %d",
			   MAX_PACKED);
	if (!hfs_walk_begin(h, &h->attributes, h->attribute, &w))
		return true;
	while (hfs_walk_next(h, &w, &key, &value) && h->n_packed < MAX_PACKED)
		if (is_decmpfs(key, &id) && h->n_packed < n)
			h->packed[h->n_packed++] = (struct hfs_packed){ id, w.node, w.record - 1 };
	return true;
}

/* The place of a file's attribute; NULL: it has none. */
static const struct hfs_packed *find(const struct hfs *h, uint32_t id)
{
	size_t low = 0, high = h->n_packed;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		if (h->packed[at].id < id)
			low = at + 1;
		else
			high = at;
	}
	return low < h->n_packed && h->packed[low].id == id ? &h->packed[low] : NULL;
}

/* ---- their bytes */

struct fork {
	struct hfs *h;
	const struct hfs_fork *f;
};

static bool copy(void *ctx, uint64_t at, uint8_t *out, size_t n)
{
	const struct fork *fork = ctx;

	return hfs_copy(fork->h, fork->f, at, out, n);
}

bool hfs_packed_give(struct hfs *h, uint32_t id, const struct hfs_fork *resource)
{
	const struct hfs_packed *place = find(h, id);
	struct fork fork = { h, resource };
	struct span key, value;
	struct hfs_walk w;

	if (place == NULL || !hfs_walk_begin(h, &h->attributes, h->attribute, &w) ||
	    !hfs_record(h, &w, place->node, place->record, &key, &value))
		return false;
	struct cursor c = cursor_of(value);
	uint32_t stands = cursor_be32(&c);
	cursor_skip(&c, 8);
	struct span attribute = cursor_take(&c, cursor_be32(&c));
	if (!cursor_ok(&c) || stands != INLINE)
		attribute.n = 0;
	decmpfs_give(h->v.u, "HFS+", attribute, copy, &fork);
	return true;
}
