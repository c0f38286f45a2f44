/* SPDX-License-Identifier: Apache-2.0 */
#include "format/nameset.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/range.h"

bool nameset_init(struct nameset *s, struct call *c, size_t max)
{
	*s = (struct nameset){ .call = c,
			       .name = arena_array(c->arena, max, sizeof *s->name),
			       .max = max };
	return s->name != NULL;
}

bool nameset_add(struct nameset *s, struct span name)
{
	if (s->n == s->max)
		return false;
	if (name.n > NAMESET_MAX_TEXT - s->text) /* a digest of a part would be another text's */
		module_cut(s->call->steps);
	if (!range_steps(s->call, (uint64_t)name.n + 1))
		return false;
	uint8_t *p = arena_copy(s->call->arena, name.p, name.n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < name.n; i++)
		p[i] = text_lower(p[i]);
	s->name[s->n++] = (struct span){ p, name.n };
	s->text += name.n;
	return true;
}

static int compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n != 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* Bottom-up merge sort: no recursion, no worst case. */
static void sort(struct span *s, size_t n, struct span *spare)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low < n; low += 2 * width) {
			size_t mid = low + width < n ? low + width : n;
			size_t high = low + 2 * width < n ? low + 2 * width : n, i = low, j = mid;
			for (size_t k = low; k < high; k++)
				spare[k] = i < mid && (j >= high || compare(s[i], s[j]) <= 0)
						   ? s[i++]
						   : s[j++];
		}
		memcpy(s, spare, n * sizeof *s);
	}
}

struct span nameset_text(struct nameset *s, bool once)
{
	struct arena *a = s->call->arena;
	struct span *spare = arena_array(a, s->n, sizeof *spare);
	uint8_t *text = arena_alloc(a, s->text + s->n);
	size_t at = 0;

	if (spare == NULL || text == NULL)
		return (struct span){ NULL, 0 };
	sort(s->name, s->n, spare);
	for (size_t i = 0; i < s->n; i++) {
		if (once && i > 0 && span_equal(s->name[i], s->name[i - 1]))
			continue;
		if (i > 0)
			text[at++] = ',';
		if (s->name[i].n != 0)
			memcpy(text + at, s->name[i].p, s->name[i].n);
		at += s->name[i].n;
	}
	return (struct span){ text, at };
}

bool nameset_md5(struct nameset *s, bool once, struct value *out)
{
	char hex[HASH_MAX_HEX + 1];
	struct span text = nameset_text(s, once);

	if (s->n == 0 || text.p == NULL || !hash_hex(HASH_MD5, text, hex))
		return false;
	const uint8_t *copy = arena_copy(s->call->arena, hex, 2 * hash_size(HASH_MD5));
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, 2 * hash_size(HASH_MD5) });
	return true;
}

static bool is_blank(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

struct span nameset_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = (struct span){ s.p + 1, s.n - 1 };
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}
