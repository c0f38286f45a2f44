/* SPDX-License-Identifier: Apache-2.0 */
#include "format/exe.h"

/* The tree of resources of a PE image: type, name, language ([MS-PECOFF] 6.9). */

enum { LEVELS = 3 };

struct walk {
	struct span file;
	const struct exe *x;
	uint64_t root; /* in the file */
	const struct exe_wanted *wanted;
	uint32_t name;
	bool stopped;
	size_t *left; /* entries that may still be gone through */
};

int64_t exe_place(const struct exe *x, uint64_t rva)
{
	for (size_t i = x->n_sections; i-- > 0;) {
		const struct exe_section *s = &x->section[i];
		if (s->raw_size != 0 && rva >= s->rva && rva - s->rva < s->raw_size)
			return (int64_t)(s->raw_at + (rva - s->rva));
	}
	return -1;
}

static void leaf(struct walk *w, uint32_t at)
{
	struct cursor c = cursor_of(w->file);

	cursor_seek(&c, w->root + at);
	int64_t place = exe_place(w->x, cursor_le32(&c));
	uint32_t size = cursor_le32(&c);
	if (cursor_ok(&c) && place >= 0 &&
	    !w->wanted->take(w->wanted->ctx, w->name, span_cut(w->file, (uint64_t)place, size)))
		w->stopped = true;
}

static void directory(struct walk *w, uint64_t at, unsigned level)
{
	struct cursor c = cursor_of(w->file);

	cursor_seek(&c, w->root + at + 12);
	uint32_t n = cursor_le16(&c);
	n += cursor_le16(&c);
	for (uint32_t i = 0; i < n && !w->stopped; i++) {
		if (*w->left == 0)
			return;
		*w->left -= 1;
		uint32_t id = cursor_le32(&c), to = cursor_le32(&c);
		if (!cursor_ok(&c))
			return;
		if (level == 0 && id != w->wanted->type)
			continue;
		if (level == 1 && w->wanted->name != EXE_ANY_NAME && id != w->wanted->name)
			continue;
		if (level == 1)
			w->name = id;
		if (level + 1 < LEVELS && (to & 0x80000000u) != 0)
			directory(w, to & 0x7fffffffu, level + 1);
		else
			leaf(w, to);
	}
}

void exe_resources(struct span file, const struct exe *x, const struct exe_wanted *wanted,
		   size_t *left)
{
	struct walk w = { .file = file, .x = x, .wanted = wanted, .left = left };
	struct cursor c = cursor_of(file);

	if (x->kind != EXE_PE || file.n > UINT32_MAX)
		return;
	cursor_seek(&c, 0x3c);
	/* the third of the data directories behind the optional header's fields */
	cursor_seek(&c, (uint64_t)cursor_le32(&c) + 24 + (x->wide ? 112 : 96) + 16);
	int64_t root = exe_place(x, cursor_le32(&c));
	if (!cursor_ok(&c) || root < 0)
		return;
	w.root = (uint64_t)root;
	directory(&w, 0, 0);
}
