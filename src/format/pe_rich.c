/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/*
 * The Rich header that Microsoft's linker leaves between the DOS stub and the PE
 * header: pairs of (version << 16 | tool, uses), under a key that stands behind
 * the word "Rich"; the first word, decoded, is "DanS".
 */

enum { DANS = 0x536e6144, RICH = 0x68636952 };

void pe_read_rich(struct pe *pe, struct value *slots)
{
	uint64_t end = pe->header_at < pe->file.n ? pe->header_at : pe->file.n, rich = 0, start = 0;
	struct cursor c;
	uint32_t key = 0;
	bool found = false;

	/* the last "Rich" before the header, on a multiple of four from its end */
	for (uint64_t at = 0x80; at + 8 <= end && !found; at += 4) {
		c = pe_at(pe, at);
		if (cursor_le32(&c) == RICH) {
			key = cursor_le32(&c);
			rich = at;
			found = true;
		}
	}
	if (!found)
		return;
	for (start = rich; start >= 0x80 + 4;) {
		start -= 4;
		c = pe_at(pe, start);
		if ((cursor_le32(&c) ^ key) == DANS)
			break;
	}
	c = pe_at(pe, start);
	if ((cursor_le32(&c) ^ key) != DANS || rich - start < 16)
		return;
	size_t n = (size_t)(rich - start);
	struct span raw = span_cut(pe->file, start, n);
	uint8_t *clear = arena_copy(pe->arena, raw.p, raw.n);
	uint8_t *versions = arena_alloc(pe->arena, n);
	struct value *v = value_make_struct(&slots[PE_RICH_SIGNATURE], pe->arena, pe_rich_fields);
	if (clear == NULL || versions == NULL || v == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		clear[i] ^= (uint8_t)(key >> (8 * (i % 4)));
	size_t k = 0;
	for (size_t i = 16; i + 8 <= n; i += 8, k += 4)
		memcpy(versions + k, clear + i, 4);
	value_int(&v[PE_RICH_OFFSET], (int64_t)start);
	value_int(&v[PE_RICH_LENGTH], (int64_t)n);
	value_int(&v[PE_RICH_KEY], key);
	value_string(&v[PE_RICH_RAW_DATA], raw);
	value_string(&v[PE_RICH_CLEAR_DATA], (struct span){ clear, n });
	value_string(&v[PE_RICH_VERSION_DATA], (struct span){ versions, k });
}

/* The uses of the entries that have the version and the tool; -1 asks for any. */
static bool uses(struct call *c, int64_t version, int64_t tool, struct value *out)
{
	const struct value *clear = &c->self[PE_RICH_CLEAR_DATA];
	int64_t sum = 0;

	if (clear->kind != VALUE_STRING)
		return false;
	struct cursor at = cursor_of(clear->s);
	cursor_skip(&at, 16);
	while (cursor_left(&at) >= 8) {
		uint32_t id = cursor_le32(&at), times = cursor_le32(&at);
		if ((version < 0 || (id & 0xffff) == (uint64_t)version) &&
		    (tool < 0 || id >> 16 == (uint64_t)tool))
			sum += times;
	}
	value_int(out, sum);
	return true;
}

bool pe_rich_version(struct call *c, struct value *out) { return uses(c, c->args[0].i, -1, out); }
bool pe_rich_version2(struct call *c, struct value *out)
{
	return uses(c, c->args[0].i, c->args[1].i, out);
}
bool pe_rich_toolid(struct call *c, struct value *out) { return uses(c, -1, c->args[0].i, out); }
bool pe_rich_toolid2(struct call *c, struct value *out)
{
	return uses(c, c->args[1].i, c->args[0].i, out);
}
