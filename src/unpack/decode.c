/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/decode.h"

static bool put_member(void *ctx, struct span bytes) { return unpack_write(ctx, bytes); }

struct decode_out decode_member(struct unpack *u)
{
	return (struct decode_out){ .put = put_member, .ctx = u };
}

void decode_gap(struct unpack *u, enum decode_end end, uint64_t at, const char *what)
{
	switch (end) {
	case DECODE_CUT:
		unpack_gap(u, REASON_DAMAGED, at, "%s: ends too soon", what);
		break;
	case DECODE_DAMAGED:
		unpack_gap(u, REASON_DAMAGED, at, "%s: cannot be decoded", what);
		break;
	case DECODE_LIMIT:
		unpack_gap(u, REASON_LIMIT, at, "window: %s asks for more memory than it may have",
			   what);
		break;
	case DECODE_MEMORY:
		unpack_gap(u, REASON_MEMORY, at, "%s", what);
		break;
	default:
		break;
	}
}
