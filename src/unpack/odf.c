/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode_text.h"
#include "unpack/readers.h"

/*
 * OpenDocument: which files of a package are encrypted stands in its manifest (ODF 1.3, part 2,
 * 3.4).  To a zip they are files like others, and no password is tried on them.
 */

static const char mark[] = "encryption-data";

bool odf_known(const struct unpack_look *look)
{
	return decode_starts(look->name, "META-INF/manifest.xml") &&
	       decode_find(look->bytes, mark) < look->bytes.n;
}

bool odf_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	unpack_gap(u, REASON_ENCRYPTED, decode_find(object, mark),
		   "ODF: files of the package, by a password");
	return true;
}
