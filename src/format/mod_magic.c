/* SPDX-License-Identifier: Apache-2.0 */
#include "format/mod_magic.h"

/* The module `magic`: what libmagic says; undefined where the host offers no libmagic. */

static bool ask(struct call *c, bool mime, struct value *out)
{
	const struct magic_host *h = c->host;
	struct span text;

	if (h == NULL || !h->describe(h->ctx, c->file, mime, &text))
		return false;
	const uint8_t *copy = arena_copy(c->arena, text.p, text.n);
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, text.n });
	return true;
}

static bool type(struct call *c, struct value *out) { return ask(c, false, out); }
static bool mime_type(struct call *c, struct value *out) { return ask(c, true, out); }

static const struct field fields[] = {
	{ .name = "type", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "", .call = type,
	  .doc = "libmagic's description of the object" },
	{ .name = "mime_type", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "", .call = mime_type,
	  .doc = "libmagic's MIME type" },
	{ 0 },
};

const struct module magic_module = { .name = "magic", .fields = fields, .classes = CLASS_ALL,
				     .doc = "what libmagic says of the object" };
