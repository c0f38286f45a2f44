/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"
#include "format/range.h"

/*
 * The Rich header that Microsoft's linker leaves between the DOS stub and the PE
 * header: pairs of (version << 16 | tool, uses), under a key that stands behind
 * the word "Rich"; the first word, decoded, is "DanS".
 */

enum { DANS = 0x536e6144, RICH = 0x68636952, DOS_HEADER = 64, RICH_HEADER = 16 };

/* The place, going back by fours from `from` as far as the DOS header, of a word that is `want`
 * under the key; 0 where there is none. */
static uint64_t find_back(const struct pe *pe, uint64_t from, uint32_t key, uint32_t want)
{
	for (uint64_t at = from; at >= DOS_HEADER; at -= 4) {
		struct cursor c = pe_at(pe, at);
		if ((cursor_le32(&c) ^ key) == want && cursor_ok(&c))
			return at;
	}
	return 0;
}

void pe_read_rich(struct pe *pe, struct value *slots)
{
	struct value *v = value_make_struct(&slots[PE_RICH_SIGNATURE], pe->arena, pe_rich_fields);

	if (v == NULL) {
		pe->spent = true;
		return;
	}
	uint64_t rich = pe->header_at < 4 ? 0 : find_back(pe, pe->header_at - 4, 0, RICH);
	struct cursor c = pe_at(pe, rich + 4);
	uint32_t key = cursor_le32(&c);
	uint64_t start = rich == 0 || key == 0 ? 0 : find_back(pe, rich - 4, key, DANS);
	if (start == 0)
		return;
	struct span raw = span_cut(pe->file, start, rich - start);
	uint8_t *clear = arena_copy(pe->arena, raw.p, raw.n),
		*versions = arena_alloc(pe->arena, raw.n);
	if (clear == NULL || versions == NULL) {
		pe->spent = true;
		return;
	}
	for (size_t i = 0; i < raw.n; i++)
		clear[i] ^= (uint8_t)(key >> (8 * (i % 4)));
	value_int(&v[PE_RICH_OFFSET], (int64_t)start);
	value_int(&v[PE_RICH_LENGTH], (int64_t)raw.n);
	value_int(&v[PE_RICH_KEY], key);
	value_string(&v[PE_RICH_RAW_DATA], raw);
	value_string(&v[PE_RICH_CLEAR_DATA], (struct span){ clear, raw.n });
	if (raw.n < RICH_HEADER)
		return;
	size_t n = 0;
	for (size_t i = RICH_HEADER; i + 8 <= raw.n; i += 8, n += 4)
		memcpy(versions + n, clear + i, 4);
	value_string(&v[PE_RICH_VERSION_DATA], (struct span){ versions, n });
}

/* The uses of the entries that have the version and the tool; NULL stands for any. */
static bool uses(struct call *c, const struct value *version, const struct value *tool,
		 struct value *out)
{
	const struct value *clear = &c->self[PE_RICH_CLEAR_DATA];
	int64_t sum = 0;

	if (clear->kind != VALUE_STRING || clear->s.n < RICH_HEADER ||
	    !range_steps(c, clear->s.n / 8))
		return false;
	struct cursor at = cursor_of(clear->s);
	cursor_skip(&at, RICH_HEADER);
	while (cursor_left(&at) >= 8) {
		uint32_t id = cursor_le32(&at), times = cursor_le32(&at);
		if ((version == NULL || (id & 0xffff) == version->i) &&
		    (tool == NULL || id >> 16 == tool->i))
			sum += times;
	}
	value_int(out, sum);
	return true;
}

bool pe_rich_version(struct call *c, struct value *out) { return uses(c, &c->args[0], NULL, out); }
bool pe_rich_version2(struct call *c, struct value *out)
{
	return uses(c, &c->args[0], &c->args[1], out);
}
bool pe_rich_toolid(struct call *c, struct value *out) { return uses(c, NULL, &c->args[0], out); }
bool pe_rich_toolid2(struct call *c, struct value *out)
{
	return uses(c, &c->args[1], &c->args[0], out);
}
