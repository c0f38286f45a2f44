/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/give.h"

enum { BLOCK = 1 << 14 };

uint64_t give_place(const struct unpack *u, struct span s)
{
	uintptr_t from = (uintptr_t)u->object.p, at = (uintptr_t)s.p;

	return s.p != NULL && at >= from && at - from <= u->object.n ? at - from : PLACE_NONE;
}

static struct unpack_member member_of(const struct unpack *u, struct span name, const char *type,
				      struct span from)
{
	return (struct unpack_member){
		.name = name,
		.type = type != NULL ? span_of(type) : (struct span){ NULL, 0 },
		.size = UNPACK_UNKNOWN,
		.packed = from.n,
		.at = give_place(u, from),
	};
}

bool give_whole(struct unpack *u, struct span name, const char *type, struct span bytes)
{
	struct unpack_member m = member_of(u, name, type, bytes);

	m.size = bytes.n;
	return unpack_whole(u, &m, bytes);
}

void give_into(struct unpack *u, decode_text *decode, struct span text)
{
	struct decode_state state = { 0 };
	uint8_t *to;

	while (text.n > 0 && (to = unpack_room(u, BLOCK)) != NULL) {
		size_t before = text.n, n = decode(&state, &text, to, BLOCK);
		unpack_filled(u, n);
		if (!unpack_steps(u, before - text.n))
			break;
	}
}

bool give_decoded(struct unpack *u, struct span name, const char *type, decode_text *decode,
		  struct span text)
{
	struct unpack_member m = member_of(u, name, type, text);

	if (!unpack_begin(u, &m))
		return false;
	give_into(u, decode, text);
	unpack_end(u);
	return true;
}
