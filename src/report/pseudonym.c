/* SPDX-License-Identifier: Apache-2.0 */
#include "report/pseudonym.h"
#include "base/hash.h"

enum { SHOWN_DIGITS = 8, ASSIGNMENT = 8 /* characters: aa:bb:cc */ };

bool pseudonym_applies(const struct pseudonym *p, enum fact_key key)
{
	return !p->full && (key == FACT_SERIAL || key == FACT_ADDRESS);
}

void pseudonym_put(const struct pseudonym *p, enum fact_key key, struct span value, struct buf *out)
{
	char hex[HASH_MAX_HEX + 1] = "";
	struct buf salted;

	if (!pseudonym_applies(p, key)) {
		buf_put_span(out, value);
		return;
	}
	buf_init(&salted, PSEUDONYM_SALT + FACT_MAX_VALUE);
	buf_put(&salted, p->salt, sizeof p->salt);
	buf_put_span(&salted, value);
	bool ok = buf_ok(&salted) && hash_hex(HASH_SHA256, buf_span(&salted), hex);
	buf_release(&salted);
	if (key == FACT_ADDRESS && value.n == 17) {
		buf_put_span(out, span_cut(value, 0, ASSIGNMENT));
		buf_put_u8(out, ':');
	}
	buf_printf(out, "~%.*s", SHOWN_DIGITS, ok ? hex : "hidden");
}
