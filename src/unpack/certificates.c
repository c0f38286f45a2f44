/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/certificates.h"

enum { WIDE = 0x20b, CERTIFICATES = 4 /* number of the data directory */ };

/* [MS-PECOFF] 3.4.3: its place is bytes of the file, and no address */
struct span certificates_before(struct span program)
{
	struct cursor c = cursor_of(program);
	struct span none = { NULL, 0 };

	if (cursor_le16(&c) != 0x5a4d) /* MZ */
		return none;
	cursor_seek(&c, 60);
	cursor_seek(&c, cursor_le32(&c));
	if (cursor_le32(&c) != 0x4550) /* PE */
		return none;
	cursor_skip(&c, 20);
	cursor_skip(&c, cursor_le16(&c) == WIDE ? 106 : 90);
	if (cursor_le32(&c) <= CERTIFICATES)
		return none;
	cursor_skip(&c, 8 * CERTIFICATES);
	uint32_t at = cursor_le32(&c);
	return cursor_ok(&c) && at < program.n ? span_cut(program, 0, at) : none;
}
