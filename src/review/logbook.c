/* SPDX-License-Identifier: Apache-2.0 */
#include "review/logbook.h"

enum {
	OBJECT_HEAD = 16, /* u8 type, u8 flags, 6 bytes, le64 size */
	OBJECT_DATA = 1,
	DATA_HEAD = 64,
	COMPACT_MORE = 8,
	FLAG_COMPACT = 16,            /* of the file: HEADER_INCOMPATIBLE_COMPACT */
	FLAGS_COMPRESSED = 1 | 2 | 4, /* of an object: XZ, LZ4, ZSTD */
	LEAST_HEADER = 208
};

bool logbook_open(struct logbook *j, struct span file)
{
	struct cursor c = cursor_of(file);
	bool good = span_is(cursor_take(&c, 8), "LPKSHHRH");

	cursor_seek(&c, 12);
	uint32_t flags = cursor_le32(&c);
	cursor_seek(&c, 88);
	uint64_t head = cursor_le64(&c), objects = cursor_le64(&c);
	if (!good || !cursor_ok(&c) || head < LEAST_HEADER || head % 8 != 0 || head > file.n)
		return false;
	*j = (struct logbook){ .file = file, .from = head, .compact = (flags & FLAG_COMPACT) != 0 };
	j->end = objects < file.n - head ? head + objects : file.n;
	return true;
}

struct cursor logbook_begin(const struct logbook *j)
{
	return cursor_of(span_cut(j->file, j->from, j->end - j->from));
}

bool logbook_next(struct logbook *j, struct cursor *c, struct span *data)
{
	size_t head = DATA_HEAD + (j->compact ? COMPACT_MORE : 0);

	while (cursor_left(c) >= OBJECT_HEAD) {
		uint8_t type = cursor_u8(c), flags = cursor_u8(c);
		cursor_skip(c, 6);
		uint64_t size = cursor_le64(c);
		if (type == 0 && size == 0) /* room that is not yet used */
			return false;
		if (size < OBJECT_HEAD || size - OBJECT_HEAD > cursor_left(c)) {
			j->damaged = true;
			return false;
		}
		struct span body = cursor_take(c, size - OBJECT_HEAD);
		cursor_skip(c, (8 - size % 8) % 8);
		if (type == OBJECT_DATA && (flags & FLAGS_COMPRESSED) == 0 && size > head) {
			*data = span_cut(body, head - OBJECT_HEAD, SIZE_MAX);
			return true;
		}
	}
	return false;
}
