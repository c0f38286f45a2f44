/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify_claim.h"
#include "base/text.h"

#include <string.h>

struct span claim_text(const struct flat_item *o, const char *name)
{
	struct span s = { 0 };

	(void)flat_text(flat_member(o, name), &s);
	return s;
}

bool claim_says(const struct flat_item *o, const char *name, const char *text)
{
	return span_is(claim_text(o, name), text);
}

int64_t claim_number(const struct flat_item *o, const char *name)
{
	int64_t n = -1;

	(void)flat_int(flat_member(o, name), &n);
	return n;
}

struct claim_shown claim_escaped(struct span text)
{
	struct claim_shown s = { .text = "" };
	struct buf b;

	buf_init(&b, sizeof s.text - 1);
	text_escape(&b, span_cut(text, 0, (sizeof s.text - 1) / 4));
	if (b.n != 0)
		memcpy(s.text, b.p, b.n);
	buf_release(&b);
	return s;
}

struct claim_shown claim_show(const struct flat_item *o, const char *name)
{
	return claim_escaped(claim_text(o, name));
}
