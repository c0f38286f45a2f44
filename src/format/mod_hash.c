/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/modules.h"
#include "format/range.h"

/*
 * The module `hash`: digests of ranges of the file and of strings, in lower-case hexadecimal.
 *
 * Rules ask for the same few ranges again and again (above all for the whole file), so what was
 * computed of a range is kept while the object is at hand.
 */

enum { KEPT = 64 /* results; the oldest makes room */ };

enum kind { MD5, SHA1, SHA256, CHECKSUM32, CRC32 };

struct kept {
	struct span range;
	enum kind kind;
	struct value value;
};

struct cache {
	struct kept kept[KEPT];
	size_t n; /* ever kept */
};

static bool cached(const struct call *c, enum kind kind, struct span range, struct value *out)
{
	const struct cache *cache = c->state;

	for (size_t i = 0; cache != NULL && i < cache->n && i < KEPT; i++) {
		const struct kept *k = &cache->kept[i];
		if (k->kind == kind && k->range.p == range.p && k->range.n == range.n) {
			*out = k->value;
			return true;
		}
	}
	return false;
}

static void keep(const struct call *c, enum kind kind, struct span range, const struct value *v)
{
	struct cache *cache = c->state;

	if (cache != NULL)
		cache->kept[cache->n++ % KEPT] = (struct kept){ range, kind, *v };
}

static bool digest(struct call *c, enum hash_kind kind, struct span s, struct value *out)
{
	char hex[HASH_MAX_HEX + 1];

	if (!hash_hex(kind, s, hex))
		return false;
	const uint8_t *copy = arena_copy(c->arena, hex, 2 * hash_size(kind));
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, 2 * hash_size(kind) });
	return true;
}

static bool compute(struct call *c, enum kind kind, struct span s, struct value *out)
{
	uint32_t sum = 0;

	if (!range_steps(c, s.n))
		return false;
	switch (kind) {
	case MD5:
		return digest(c, HASH_MD5, s, out);
	case SHA1:
		return digest(c, HASH_SHA1, s, out);
	case SHA256:
		return digest(c, HASH_SHA256, s, out);
	case CHECKSUM32:
		for (size_t i = 0; i < s.n; i++)
			sum += s.p[i];
		value_int(out, sum);
		return true;
	case CRC32:
		value_int(out, crc32_of(s));
		return true;
	}
	return false;
}

static bool of_range(struct call *c, enum kind kind, struct value *out)
{
	struct span s;

	if (!range_cut(c, &c->args[0], &c->args[1], &s))
		return false;
	if (cached(c, kind, s, out))
		return true;
	if (!compute(c, kind, s, out))
		return false;
	keep(c, kind, s, out);
	return true;
}

static bool of_string(struct call *c, enum kind kind, struct value *out)
{
	return compute(c, kind, c->args[0].s, out);
}

static bool md5_range(struct call *c, struct value *out) { return of_range(c, MD5, out); }
static bool md5_string(struct call *c, struct value *out) { return of_string(c, MD5, out); }
static bool sha1_range(struct call *c, struct value *out) { return of_range(c, SHA1, out); }
static bool sha1_string(struct call *c, struct value *out) { return of_string(c, SHA1, out); }
static bool sha256_range(struct call *c, struct value *out) { return of_range(c, SHA256, out); }
static bool sha256_string(struct call *c, struct value *out) { return of_string(c, SHA256, out); }
static bool checksum_range(struct call *c, struct value *out)
{
	return of_range(c, CHECKSUM32, out);
}
static bool checksum_string(struct call *c, struct value *out)
{
	return of_string(c, CHECKSUM32, out);
}
static bool crc32_range(struct call *c, struct value *out) { return of_range(c, CRC32, out); }
static bool crc32_string(struct call *c, struct value *out) { return of_string(c, CRC32, out); }

/* clang-format off */

static const struct field fields[] = {
	{ .name = "md5", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "ii", .call = md5_range,
	  .doc = "MD5 of (offset, length) or of a string" },
	{ .name = "md5", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "s", .call = md5_string },
	{ .name = "sha1", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "ii", .call = sha1_range,
	  .doc = "SHA-1, likewise" },
	{ .name = "sha1", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "s", .call = sha1_string },
	{ .name = "sha256", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "ii",
	  .call = sha256_range, .doc = "SHA-256, likewise" },
	{ .name = "sha256", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "s",
	  .call = sha256_string },
	{ .name = "checksum32", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ii",
	  .call = checksum_range, .doc = "sum of the bytes, 32 bits" },
	{ .name = "checksum32", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s",
	  .call = checksum_string },
	{ .name = "crc32", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ii", .call = crc32_range,
	  .doc = "CRC-32 as in zip" },
	{ .name = "crc32", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "s", .call = crc32_string },
	{ 0 },
};

/* clang-format on */

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	(void)slots;
	(void)e;
	*in->state = arena_alloc(in->arena, sizeof(struct cache)); /* without it nothing is kept */
	return true;
}

const struct module hash_module = { .name = "hash",
				    .fields = fields,
				    .classes = CLASS_ALL,
				    .load = load,
				    .doc = "digests and checksums" };
