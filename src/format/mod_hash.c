/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/modules.h"
#include "format/range.h"

/* The module `hash`: digests of ranges of the file and of strings, in lower-case hexadecimal. */

static bool bytes_of(struct call *c, bool range, struct span *out)
{
	if (range)
		return range_of(c, &c->args[0], &c->args[1], out);
	*out = c->args[0].s;
	return true;
}

static bool digest(struct call *c, enum hash_kind kind, bool range, struct value *out)
{
	char hex[HASH_MAX_HEX + 1];
	struct span s;

	if (!bytes_of(c, range, &s) || !hash_hex(kind, s, hex))
		return false;
	const char *copy = arena_text(c->arena, hex, 2 * hash_size(kind));
	if (copy == NULL)
		return false;
	value_string(out, span_of(copy));
	return true;
}

static bool md5_range(struct call *c, struct value *out) { return digest(c, HASH_MD5, true, out); }
static bool md5_string(struct call *c, struct value *out) { return digest(c, HASH_MD5, false, out); }
static bool sha1_range(struct call *c, struct value *out) { return digest(c, HASH_SHA1, true, out); }
static bool sha1_string(struct call *c, struct value *out) { return digest(c, HASH_SHA1, false, out); }
static bool sha256_range(struct call *c, struct value *out) { return digest(c, HASH_SHA256, true, out); }
static bool sha256_string(struct call *c, struct value *out) { return digest(c, HASH_SHA256, false, out); }

static bool checksum32(struct call *c, bool range, struct value *out)
{
	struct span s;
	uint32_t sum = 0;

	if (!bytes_of(c, range, &s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		sum += s.p[i];
	value_int(out, sum);
	return true;
}

static bool checksum_range(struct call *c, struct value *out) { return checksum32(c, true, out); }
static bool checksum_string(struct call *c, struct value *out) { return checksum32(c, false, out); }

static bool crc32(struct call *c, bool range, struct value *out)
{
	struct span s;

	if (!bytes_of(c, range, &s))
		return false;
	value_int(out, crc32_of(s));
	return true;
}

static bool crc32_range(struct call *c, struct value *out) { return crc32(c, true, out); }
static bool crc32_string(struct call *c, struct value *out) { return crc32(c, false, out); }

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

const struct module hash_module = { .name = "hash", .fields = fields, .classes = CLASS_ALL,
				    .doc = "digests and checksums" };
