/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OneNote sections: the files that are embedded in them ([MS-ONESTORE] 2.6.13,
 * FileDataStoreObject).
 *
 * They are searched for by the GUID that begins each, and not by way of the revision store: one
 * that no page refers to is found too.  Their names lie in the pages' properties and are not read.
 */

#include "unpack/give.h"
#include "unpack/readers.h"

enum { GUID = 16, FORMAT = 48 /* where guidFileFormat stands (2.3.1) */ };

/* {7B5C52E4-D88C-4DA7-AEB1-5378D02996D3} (2.3.1) and {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}
 * (2.6.13) */
static const uint8_t section[GUID] = { 0xe4, 0x52, 0x5c, 0x7b, 0x8c, 0xd8, 0xa7, 0x4d,
				       0xae, 0xb1, 0x53, 0x78, 0xd0, 0x29, 0x96, 0xd3 };
static const uint8_t file_data[GUID] = { 0xe7, 0x16, 0xe3, 0xbd, 0x65, 0x26, 0x11, 0x45,
					 0xa4, 0xc4, 0x8d, 0x4d, 0x0b, 0x7a, 0x9e, 0xac };

/* {638DE92F-A6D4-4BC1-9A36-B3FC2511A5B7} (2.8) */
static const uint8_t packaging[GUID] = { 0x2f, 0xe9, 0x8d, 0x63, 0xd4, 0xa6, 0xc1, 0x4b,
					 0x9a, 0x36, 0xb3, 0xfc, 0x25, 0x11, 0xa5, 0xb7 };

bool onenote_known(const struct unpack_look *look)
{
	return look->bytes.n >= GUID && memcmp(look->bytes.p, section, GUID) == 0;
}

bool onenote_read(struct span object, struct unpack *u, struct error *e)
{
	struct span format = span_cut(object, FORMAT, GUID);
	size_t at = GUID;

	(void)e;
	if (format.n == GUID && memcmp(format.p, packaging, GUID) == 0)
		unpack_gap(u, REASON_UNSUPPORTED, FORMAT,
			   "OneNote's alternative packaging ([MS-ONESTORE] 2.8)");
	if (!unpack_steps(u, object.n))
		return true;
	while (at + GUID <= object.n) {
		const uint8_t *p = memchr(object.p + at, file_data[0], object.n - at - (GUID - 1));
		if (p == NULL)
			break;
		at = (size_t)(p - object.p);
		if (memcmp(p, file_data, GUID) != 0) {
			at++;
			continue;
		}
		struct cursor c = cursor_of(span_cut(object, at + GUID, object.n));
		uint64_t size = cursor_le64(&c);
		cursor_skip(&c, 4 + 8); /* unused, reserved */
		uint64_t left = cursor_left(&c);
		struct span file = cursor_take(&c, size < left ? size : left);
		if (size > left)
			unpack_gap(u, REASON_DAMAGED, at,
				   "OneNote: an embedded file is cut off ([MS-ONESTORE] 2.6.13)");
		if (file.n != 0 && !give_whole(u, (struct span){ NULL, 0 }, NULL, file))
			break;
		at += GUID; /* one may lie in another's bytes */
	}
	return true;
}
