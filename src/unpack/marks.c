/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

/*
 * Containers that no reader of ours takes apart yet.  They are told by their marks, so
 * that what lies in them is incomplete and not clean.
 */

static const struct mark {
	const char *name;
	uint16_t at; /* of the bytes, from the start */
	uint8_t n;
	const char *bytes;
} marks[] = {
	{ "ACE", 7, 7, "**ACE**" },
	{ "ALZ", 0, 4, "ALZ\x01" },
	{ "EGG", 0, 4, "EGGA" },
	{ "squashfs with the highest byte first", 0, 4, "sqsh" },
	{ "cramfs", 0, 4, "\x45\x3d\xcd\x28" },
	{ "StuffIt", 0, 4, "SIT!" },
	{ "StuffIt", 0, 8, "StuffIt " },
	{ "WIM", 0, 8, "MSWIM\0\0\0" },
	{ "ReFS", 3, 4, "ReFS" },
	{ "LZ4's old form", 0, 4, "\x02\x21\x4c\x18" },
	{ "lrzip", 0, 4, "LRZI" },
	{ "rzip", 0, 4, "RZIP" },
	{ "zoo", 20, 4, "\xdc\xa7\xc4\xfd" },
	{ "InstallShield archive", 0, 4, "\x13\x5d\x65\x8c" },
	{ "Android's sparse image", 0, 12, "\x3a\xff\x26\xed\1\0\0\0\x1c\0\x0c\0" },
	{ "Outlook folders", 0, 4, "!BDN" },
};

static const char *name_of(struct span s)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct span at = span_cut(s, marks[i].at, marks[i].n);
		if (at.n == marks[i].n && memcmp(at.p, marks[i].bytes, at.n) == 0)
			return marks[i].name;
	}
	return NULL;
}

bool mark_known(const struct unpack_look *look) { return name_of(look->bytes) != NULL; }

bool mark_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "%s", name_of(object));
	return true;
}
