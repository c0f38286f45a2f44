/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/pst.h"
#include "recover/salvage.h"

/*
 * What is known and not taken apart here, said with what else reads it; pictures and documents that
 * lie in one piece in it are looked for all the same.
 *
 * An ESE database (Exchange's EDB, Active Directory's ntds.dit) has its signature at byte 4 of the
 * first page and of the second, which is a copy (J. Metz, Extensible Storage Engine Database File
 * format); an OST of Outlook 2013 on has version 36 in its head (libpff, Personal Folder File
 * format).
 */

enum { ESE_AT = 4, OST_VERSION_AT = 10, LARGE_PAGES = 36, LONGEST_PAGE = 32768 };

static bool is_ese(struct region *w)
{
	static const uint8_t signature[] = { 0xef, 0xcd, 0xab, 0x89 };

	for (uint64_t page = 0; page <= LONGEST_PAGE; page = page != 0 ? 2 * page : 2048) {
		struct span s = region_get(w, page + ESE_AT, sizeof signature);
		if (s.n == sizeof signature && memcmp(s.p, signature, s.n) == 0)
			return true;
	}
	return false;
}

static bool is_large_ost(struct region *w)
{
	struct cursor c = cursor_of(region_get(w, 0, PST_HEADER));
	bool magic = cursor_le32(&c) == PST_MAGIC;

	cursor_seek(&c, OST_VERSION_AT);
	return cursor_le16(&c) >= LARGE_PAGES && magic && cursor_ok(&c);
}

void salvage_unread(struct salvage *s, struct region *w)
{
	if (is_ese(w))
		s->host.note(s->host.ctx,
			     "an ESE database (Exchange's EDB, Active Directory, Windows): its "
			     "tables are not taken apart here; eseutil /mh and /k of Windows say "
			     "of a copy what is damaged, esedbexport of libesedb reads what is "
			     "whole");
	else if (is_large_ost(w))
		s->host.note(s->host.ctx,
			     "an OST with pages of 4 KiB (Outlook 2013 on): its messages are not "
			     "taken apart here; pffexport -m recovered of libpff reads a copy, and "
			     "the mail server has what was synchronised");
}
