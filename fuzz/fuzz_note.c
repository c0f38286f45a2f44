/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/checkpoint.h"
#include "trust/verify/note.h"
#include "trust/verify/strict.h"

#include <stdio.h>
#include <stdlib.h>

/* A note that is read can be put together again from its parts, and gives the same bytes. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct cursor *left, const struct note_signature *s)
{
	static char text[STRICT_MAX_LINE + 64],
		base64[STRICT_BASE64_SIZE(NOTE_MAX_PAYLOAD + 4) + 1];
	uint8_t bytes[NOTE_MAX_PAYLOAD + 4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(s->id >> (24 - 8 * i));
	memcpy(bytes + 4, s->payload, s->n);
	strict_base64_write((struct span){ bytes, s->n + 4 }, base64);
	int n = snprintf(text, sizeof text, "\xe2\x80\x94 %.*s %s\n", (int)s->name.n,
			 (const char *)s->name.p, base64);
	if (!span_equal(cursor_take(left, (size_t)n), (struct span){ (uint8_t *)text, (size_t)n }))
		abort();
}

static void check_checkpoint(struct span text)
{
	char again[CHECKPOINT_MAX_TEXT];
	struct checkpoint c;
	struct error e;

	if (!checkpoint_parse(text, &c, &e))
		return;
	size_t n = checkpoint_write(&c, again);
	if (!span_equal(text, (struct span){ (uint8_t *)again, n }))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] =
		"pellucid.example/rules+fc1edde5+AWu0KwM37Ya+W11iSUHy/ogTPevCb1IhasabQxXd6OmU";
	struct span whole = { data, size };
	struct note_signature s;
	struct note_key key;
	struct note note;
	struct error e;
	bool valid;

	check_checkpoint(whole);
	if (note_key_parse(whole, &key, &e)) {
		char again[NOTE_MAX_VKEY];
		note_key_write(&key, again);
		if (!span_is(whole, again))
			abort();
	}
	if (!note_parse(whole, &note, &e))
		return 0;
	if (note.text.n + 1 + note.signatures.n != size)
		abort();
	check_checkpoint(note.text);
	struct cursor c = cursor_of(note.signatures), left = c;
	while (note_next(&c, &s))
		check_line(&left, &s);
	if (!cursor_ok(&c) || cursor_left(&left) != 0 || !note_key_parse(span_of(vkey), &key, &e))
		abort();
	if (note_check(&note, &key, 1, &valid, &e) && !valid)
		abort();
	return 0;
}
