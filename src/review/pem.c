/* SPDX-License-Identifier: Apache-2.0 */
#include "review/pem.h"
#include "base/text.h"
#include "review/lines.h"

void pem_decode(struct span text, struct buf *out)
{
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
		int v = text_base64_digit(text.p[i]);
		if (v < 0)
			continue;
		bits = bits << 6 | (uint32_t)v;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buf_put_u8(out, (uint8_t)(bits >> held));
		}
	}
}

static size_t place_of(struct span s, const char *text)
{
	const uint8_t *at = s.n != 0 ? memmem(s.p, s.n, text, strlen(text)) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

/* Goes on behind the next `mark`. */
static bool pass(struct span *text, const char *mark)
{
	size_t at = place_of(*text, mark);

	if (at == text->n)
		return false;
	*text = span_cut(*text, at + strlen(mark), SIZE_MAX);
	return true;
}

static void take_body(struct span *text, struct span *body)
{
	*body = span_cut(*text, 0, place_of(*text, "-----END"));
	*text = span_cut(*text, body->n, SIZE_MAX);
}

bool pem_next(struct span *text, const char *begin, struct span *body)
{
	if (!pass(text, begin))
		return false;
	take_body(text, body);
	return true;
}

/* Of a block that is passed over the first line alone is: one without an end hides no other. */
bool pem_next_of(struct span *text, const char *const *labels, size_t n, struct span *body)
{
	while (pass(text, "-----BEGIN "))
		for (size_t i = 0; i < n; i++) {
			size_t m = strlen(labels[i]);
			if (!lines_starts(*text, labels[i]) ||
			    !lines_starts(span_cut(*text, m, SIZE_MAX), "-----"))
				continue;
			*text = span_cut(*text, m + strlen("-----"), SIZE_MAX);
			take_body(text, body);
			return true;
		}
	return false;
}

struct span pem_armour(struct span body)
{
	struct span line, rest = body;

	(void)lines_next(&rest, &line); /* the end of the first line */
	while (lines_next(&rest, &line))
		if (lines_trim(line).n == 0)
			return rest;
	return body;
}
