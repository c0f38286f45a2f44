/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/rar_blocks.h"

#include "base/hash.h"

/*
 * libarchive ends without a word where a block is cut off, is of a kind that it does not know, or
 * has a name that is too long for it, and passes by what Windows keeps in streams beside a file.
 * So the blocks are counted here once more, and what it did not give is told.
 */

enum {
	BLOCK_STEPS = 200,
	OLD_MARK = 7,
	OLD_HEAD = 7,
	OLD_FILE = 0x74,
	OLD_SUB = 0x77, /* before 3.0: of one kind or another */
	OLD_SERVICE = 0x7a,
	OLD_END = 0x7b,
	OLD_HAS_DATA = 0x8000,
	OLD_LARGE = 0x0100,
	OLD_SUB_STREAM = 0x105,
	OLD_NAME = 32, /* where a service's name stands, without LARGE */
};

static const char stream[] = "STM";

bool rar5_block_read(struct span header, struct rar5_block *b)
{
	struct cursor c = cursor_of(header);

	*b = (struct rar5_block){ .type = cursor_uleb(&c), .flags = cursor_uleb(&c) };
	if ((b->flags & RAR5_HAS_EXTRA) != 0)
		b->extra_size = cursor_uleb(&c);
	if ((b->flags & RAR5_HAS_DATA) != 0)
		b->data_size = cursor_uleb(&c);
	if (!cursor_ok(&c) || b->extra_size > cursor_left(&c))
		return false;
	b->fields = cursor_take(&c, cursor_left(&c) - b->extra_size);
	b->extra = cursor_take(&c, cursor_left(&c));
	return true;
}

/* The name of a file or a service; a failed cursor says that it is not all there. */
static struct span name_of(const struct rar5_block *b, struct cursor *c)
{
	*c = cursor_of(b->fields);
	uint64_t flags = cursor_uleb(c);
	(void)cursor_uleb(c); /* unpacked size */
	(void)cursor_uleb(c); /* attributes */
	cursor_skip(c, (flags & RAR5_FILE_HAS_TIME) != 0 ? 4 : 0);
	cursor_skip(c, (flags & RAR5_FILE_HAS_CRC) != 0 ? 4 : 0);
	(void)cursor_uleb(c); /* method */
	(void)cursor_uleb(c); /* system */
	return cursor_take(c, cursor_uleb(c));
}

/* The header at the cursor, which moves behind it.  False: it is cut off, or not right. */
static bool next_block(struct cursor *c, struct rar5_block *b)
{
	uint32_t crc = cursor_le32(c);
	size_t from = c->at;
	uint64_t n = cursor_uleb(c);
	struct span header = cursor_take(c, n);

	return cursor_ok(c) && n <= RAR5_MAX_HEADER &&
	       crc32_of((struct span){ c->p + from, c->at - from }) == crc &&
	       rar5_block_read(header, b);
}

struct count {
	uint64_t files, streams, names; /* names: those that are not all there */
};

static void count_block(struct count *n, const struct rar5_block *b)
{
	struct cursor c;

	if (b->type != RAR5_FILE && b->type != RAR5_SERVICE)
		return;
	struct span name = name_of(b, &c);
	n->files += b->type == RAR5_FILE;
	n->names += !cursor_ok(&c);
	n->streams += b->type == RAR5_SERVICE && span_is(name, stream);
}

static void note_streams(struct unpack *u, const char *format, uint64_t n)
{
	if (n != 0)
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "%s: streams of NTFS", format);
}

void rar5_blocks_check(struct unpack *u, struct span archive, uint64_t n_read)
{
	struct cursor c = cursor_of(archive);
	struct count n = { 0 };
	struct rar5_block b = { 0 };
	bool whole = true;

	cursor_skip(&c, RAR5_MARK);
	while (whole && b.type != RAR5_END && unpack_steps(u, BLOCK_STEPS)) {
		whole = next_block(&c, &b);
		if (!whole)
			break;
		count_block(&n, &b);
		cursor_skip(&c, b.data_size);
		whole = cursor_ok(&c);
	}
	if (!whole)
		unpack_gap(u, REASON_DAMAGED,
			   archive.p == u->object.p ? cursor_place(&c) : PLACE_NONE,
			   "rar5: no end of the archive");
	else if (n.names != 0)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "rar5: a name goes beyond its header");
	else if (n.files > n_read)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "rar5: a member is not read");
	note_streams(u, "rar5", n.streams);
}

/* ---- before 5.0 */

static bool is_stream(struct span header, unsigned type, unsigned flags)
{
	struct cursor c = cursor_of(header);

	if (type == OLD_SUB) {
		cursor_skip(&c, OLD_HEAD + 4);
		return cursor_le16(&c) == OLD_SUB_STREAM;
	}
	cursor_skip(&c, (flags & OLD_LARGE) != 0 ? OLD_NAME + 8 : OLD_NAME);
	struct span name = cursor_take(&c, sizeof stream - 1);
	return type == OLD_SERVICE && span_is(name, stream);
}

/* Bytes behind a header, which belong to it. */
static uint64_t data_of(struct span header, unsigned type, unsigned flags)
{
	struct cursor c = cursor_of(header);
	bool has = (flags & OLD_HAS_DATA) != 0 || type == OLD_FILE || type == OLD_SERVICE;

	cursor_skip(&c, OLD_HEAD);
	uint64_t n = has ? cursor_le32(&c) : 0;
	if ((type == OLD_FILE || type == OLD_SERVICE) && (flags & OLD_LARGE) != 0) {
		cursor_skip(&c, OLD_NAME - OLD_HEAD - 4);
		n |= (uint64_t)cursor_le32(&c) << 32;
	}
	return n;
}

void rar_blocks_check(struct unpack *u, struct span archive)
{
	struct cursor c = cursor_of(archive);
	uint64_t n_streams = 0;
	unsigned type = 0;

	cursor_skip(&c, OLD_MARK);
	while (type != OLD_END && cursor_left(&c) != 0 && unpack_steps(u, BLOCK_STEPS)) {
		struct cursor head = c;
		cursor_skip(&head, 2);
		type = cursor_u8(&head);
		unsigned flags = cursor_le16(&head), n = cursor_le16(&head);
		struct span header = cursor_take(&c, n);
		if (n < OLD_HEAD || !cursor_ok(&c))
			break;
		n_streams += is_stream(header, type, flags);
		cursor_skip(&c, data_of(header, type, flags));
	}
	note_streams(u, "rar", n_streams);
}
