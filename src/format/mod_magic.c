/* SPDX-License-Identifier: Apache-2.0 */
#include "format/mod_magic.h"

/*
 * The module `magic`: what libmagic says; undefined where the host offers no libmagic.  libmagic is
 * slow, so it is asked once for each object and kind of answer.
 */

struct answers {
	struct value said[2]; /* of type and of mime_type; undefined while not asked */
};

static bool ask(struct call *c, bool mime, struct value *out)
{
	const struct magic_host *h = c->host;
	struct answers *a = c->state;
	struct span text;

	if (h == NULL || c->file.n == 0) /* YARA does not ask about nothing */
		return false;
	if (a != NULL && a->said[mime].kind != VALUE_UNDEFINED) {
		*out = a->said[mime];
		return true;
	}
	if (!h->describe(h->ctx, c->file, mime, &text))
		return false;
	const uint8_t *copy = arena_copy(c->arena, text.p, text.n);
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, text.n });
	if (a != NULL)
		a->said[mime] = *out;
	return true;
}

static bool type(struct call *c, struct value *out) { return ask(c, false, out); }
static bool mime_type(struct call *c, struct value *out) { return ask(c, true, out); }

static const struct field fields[] = {
	{ .name = "type",
	  .kind = VALUE_FUNCTION,
	  .of = VALUE_STRING,
	  .args = "",
	  .call = type,
	  .doc = "libmagic's description of the object" },
	{ .name = "mime_type",
	  .kind = VALUE_FUNCTION,
	  .of = VALUE_STRING,
	  .args = "",
	  .call = mime_type,
	  .doc = "libmagic's MIME type" },
	{ 0 },
};

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	(void)slots;
	*in->state =
		arena_alloc(in->arena, sizeof(struct answers)); /* without it nothing is kept */
	return in->host != NULL || error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					     "unsupported:magic: libmagic is not at hand");
}

const struct module magic_module = { .name = "magic",
				     .fields = fields,
				     .classes = CLASS_ALL,
				     .load = load,
				     .doc = "what libmagic says of the object" };
