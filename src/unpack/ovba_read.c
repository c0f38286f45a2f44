/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The source of VBA modules as members ([MS-OVBA] 2.4.1).
 *
 * The reader of OLE2 files goes by the project's list of modules.  A stream that the list does not
 * name is searched here, since the list may lie: Office reads the module, not the list, when it
 * runs a macro that is compiled.  The compiled form (p-code) is not read: it depends on Office's
 * version and has no specification.
 */

#include "unpack/give.h"
#include "unpack/ovba.h"
#include "unpack/readers.h"

bool ovba_give(struct unpack *u, struct span name, struct span container)
{
	struct unpack_member m = { .name = name,
				   .type = span_of("text/vba"),
				   .size = UNPACK_UNKNOWN,
				   .packed = container.n,
				   .at = give_place(u, container) };
	struct cursor c = cursor_of(container);
	bool damaged = cursor_u8(&c) != 1;
	uint8_t *to;
	size_t n = 1;

	if (!unpack_begin(u, &m))
		return false;
	while (n != 0 && !damaged && (to = unpack_room(u, OVBA_CHUNK)) != NULL) {
		n = ovba_chunk(&c, to, &damaged);
		unpack_filled(u, n);
	}
	if (damaged)
		unpack_gap(u, REASON_DAMAGED, give_place(u, container),
			   "VBA: compressed source ([MS-OVBA] 2.4.1)");
	unpack_end(u);
	return true;
}

bool ovba_known(const struct unpack_look *look)
{
	return span_is(look->type, "ole2/stream") && ovba_find_source(look->bytes) < look->bytes.n;
}

bool ovba_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	for (size_t at; (at = ovba_find_source(object)) < object.n;
	     object = span_cut(object, at + 4, object.n))
		if (!ovba_give(u, span_of("source.bas"), span_cut(object, at, object.n)))
			break;
	return true;
}
