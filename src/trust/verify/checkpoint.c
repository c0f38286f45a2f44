/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/checkpoint.h"
#include "trust/verify/note.h"
#include "trust/verify/strict.h"

#include <stdio.h>

static bool damaged(struct error *e, const char *what)
{
	return error_set(e, REASON_DAMAGED, PLACE_NONE, "checkpoint: %s", what);
}

bool checkpoint_parse(struct span text, struct checkpoint *out, struct error *e)
{
	struct cursor c = cursor_of(text);
	struct span origin = cursor_line(&c, STRICT_MAX_LINE);
	struct span size = cursor_line(&c, STRICT_MAX_LINE);
	struct span root = cursor_line(&c, STRICT_MAX_LINE);
	struct checkpoint got = { .origin = origin };

	if (!cursor_ok(&c))
		return damaged(e, "fewer than three lines");
	if (cursor_left(&c) != 0)
		return damaged(e, "an extension line");
	if (origin.n == 0 || origin.n > NOTE_MAX_NAME || !strict_text(origin))
		return damaged(e, "no origin");
	if (!strict_decimal(size, &got.size))
		return damaged(e, "the size is no decimal");
	if (!strict_base64_hash(root, got.root.b))
		return damaged(e, "the root is no hash");
	if (got.size > CHECKPOINT_MAX_TREE)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "checkpoint: a tree of %llu leaves, at most %llu",
				 (unsigned long long)got.size,
				 (unsigned long long)CHECKPOINT_MAX_TREE);
	*out = got;
	return true;
}

size_t checkpoint_write(const struct checkpoint *c, char to[CHECKPOINT_MAX_TEXT])
{
	char root[STRICT_BASE64_SIZE(32) + 1];

	if (c->origin.n > NOTE_MAX_NAME)
		return 0;
	strict_base64_write((struct span){ c->root.b, sizeof c->root.b }, root);
	return (size_t)snprintf(to, CHECKPOINT_MAX_TEXT, "%.*s\n%llu\n%s\n", (int)c->origin.n,
				(const char *)c->origin.p, (unsigned long long)c->size, root);
}
