/* SPDX-License-Identifier: Apache-2.0 */
#include "review/appimage.h"
#include "base/cursor.h"
#include "review/lines.h"
#include "unpack/unpack.h"

#include <stdio.h>
#include <string.h>

enum {
	CLASS_AT = 4, /* EI_CLASS, EI_DATA: the System V ABI, chapter 4 */
	DATA_AT = 5,
	CLASS_64 = 2,
	DATA_LITTLE = 1,
	MARK_AT = 8,
	TYPE_AT = 10,
};

struct reading {
	const char *path;
	struct fact_writer *w;
	bool named;
};

bool appimage_is(struct span head)
{
	struct cursor c = cursor_of(head);

	cursor_seek(&c, MARK_AT);
	bool named = span_is(cursor_take(&c, 2), "AI");
	uint8_t kind = cursor_u8(&c);
	return named && (kind == 1 || kind == 2);
}

/* The end of the section headers, where the file system begins; 0 where there are none. */
static uint64_t payload_at(struct span file)
{
	struct cursor c = cursor_of(file);

	cursor_seek(&c, CLASS_AT);
	bool wide = cursor_u8(&c) == CLASS_64;
	if (cursor_u8(&c) != DATA_LITTLE)
		return 0;
	cursor_seek(&c, wide ? 0x28 : 0x20); /* e_shoff */
	uint64_t at = wide ? cursor_le64(&c) : cursor_le32(&c);
	cursor_seek(&c, wide ? 0x3a : 0x2e); /* e_shentsize, e_shnum */
	uint64_t size = cursor_le16(&c), n = cursor_le16(&c);
	return cursor_ok(&c) && at < file.n && size * n < file.n - at ? at + size * n : 0;
}

static bool is_wanted(void *ctx, unsigned depth, const struct unpack_member *m)
{
	(void)ctx;
	return depth == 1 && lines_ends(m->name, ".desktop") &&
	       memchr(m->name.p, '/', m->name.n) == NULL;
}

static struct span entry(struct span text, const char *key)
{
	struct span line, name, value;
	bool inside = false;

	while (lines_next(&text, &line)) {
		if (lines_starts(line, "["))
			inside = span_is(lines_trim(line), "[Desktop Entry]");
		else if (inside && lines_split(line, '=', &name, &value) &&
			 span_is(lines_trim(name), key))
			return lines_trim(value);
	}
	return (struct span){ NULL, 0 };
}

static void gap(struct reading *r, enum reason why, struct span text)
{
	char what[160];

	(void)snprintf(what, sizeof what, "%.*s", (int)(text.n < 150 ? text.n : 150),
		       (const char *)text.p);
	fact_gap(r->w, r->path, why, what);
}

static void take(void *ctx, unsigned depth, const struct unpack_child *c)
{
	struct reading *r = ctx;
	struct span name = entry(c->bytes, "Name");

	(void)depth;
	for (size_t i = 0; i < c->n_gaps; i++)
		gap(r, c->gap[i].why, c->gap[i].text);
	if (name.n == 0 || r->named)
		return;
	r->named = true;
	fact_begin(r->w, FACT_PACKAGE);
	fact_put_text(r->w, FACT_TYPE, "appimage");
	fact_put(r->w, FACT_NAME, name);
	fact_put(r->w, FACT_VERSION, entry(c->bytes, "X-AppImage-Version"));
	fact_put(r->w, FACT_TARGET, entry(c->bytes, "Exec"));
	fact_put_text(r->w, FACT_STATE, "installed");
	fact_put_text(r->w, FACT_LOCATION, r->path);
	fact_end(r->w);
}

static void read_payload(struct reading *r, struct span payload)
{
	const struct unpack_options options = { .limits = { 0 } };
	const struct unpack_host host = { .child = take, .wanted = is_wanted, .ctx = r };
	const struct unpack_look look = { .bytes = payload, .as = "squashfs" };
	struct unpack_stack *stack = unpack_stack_new(&options, &host);
	const struct unpack_gap *own;
	size_t n;

	if (stack == NULL) {
		fact_gap(r->w, r->path, REASON_MEMORY, "no memory");
		return;
	}
	unpack_begin_tree(stack, payload.n);
	unpack_object(stack, 0, &look, &own, &n);
	for (size_t i = 0; i < n; i++)
		gap(r, own[i].why, own[i].text);
	if (n == 0 && !r->named)
		fact_gap(r->w, r->path, REASON_DAMAGED,
			 "damaged: an AppImage that does not say what it is");
	unpack_stack_free(stack);
}

void appimage_read(const char *path, struct span file, struct fact_writer *w)
{
	struct reading r = { .path = path, .w = w };
	struct span type = span_cut(file, TYPE_AT, 1);
	uint64_t at = payload_at(file);

	if (type.n == 1 && type.p[0] == 1)
		fact_gap(w, path, REASON_UNSUPPORTED,
			 "unsupported: an AppImage of type 1 (ISO 9660)");
	else if (at == 0 || !lines_starts(span_cut(file, at, 4), "hsqs"))
		fact_gap(w, path, REASON_DAMAGED,
			 "damaged: an AppImage without a file system behind it");
	else
		read_payload(&r, span_cut(file, at, SIZE_MAX));
}
