/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/elf.h"

/* import_md5(): the names of undefined symbols, lower case, sorted, joined by commas, and their MD5. */

enum { MAX_NAMES = 1 << 20, MAX_TEXT = 16 << 20 };

static int compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int d = (int)a.p[i] - (int)b.p[i];
		if (d != 0)
			return d;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

/* Bottom-up merge sort: no recursion. */
static void sort(struct span *s, size_t n, struct span *spare)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t low = 0; low < n; low += 2 * width) {
			size_t mid = low + width < n ? low + width : n;
			size_t high = low + 2 * width < n ? low + 2 * width : n, i = low, j = mid;
			for (size_t k = low; k < high; k++)
				spare[k] = i < mid && (j >= high || compare(s[i], s[j]) <= 0) ? s[i++] : s[j++];
		}
		memcpy(s, spare, n * sizeof *s);
	}
}

static bool lower_copy(struct arena *a, struct span s, struct span *out)
{
	uint8_t *p = arena_copy(a, s.p, s.n);

	if (p == NULL)
		return false;
	for (size_t i = 0; i < s.n; i++)
		p[i] = text_lower(p[i]);
	*out = (struct span){ p, s.n };
	return true;
}

bool elf_import_md5(struct call *c, struct value *out)
{
	const struct value *table = &c->top[ELF_DYNSYM];
	char hex[HASH_MAX_HEX + 1];
	struct buf text;
	size_t n = 0;

	if (table->kind != VALUE_ARRAY)
		table = &c->top[ELF_SYMTAB];
	if (table->kind != VALUE_ARRAY || table->list->n > MAX_NAMES)
		return false;
	struct span *name = arena_array(c->arena, table->list->n, sizeof *name);
	struct span *spare = arena_array(c->arena, table->list->n, sizeof *spare);
	if (name == NULL || spare == NULL)
		return false;
	for (size_t i = 0; i < table->list->n; i++) {
		const struct value *v = table->list->item[i].slots;
		if (v[ELF_SYMBOL_SHNDX].kind != VALUE_INT || v[ELF_SYMBOL_SHNDX].i != 0 ||
		    v[ELF_SYMBOL_NAME].kind != VALUE_STRING || v[ELF_SYMBOL_NAME].s.n == 0)
			continue;
		if (!lower_copy(c->arena, v[ELF_SYMBOL_NAME].s, &name[n]))
			return false;
		n++;
	}
	if (n == 0)
		return false;
	sort(name, n, spare);
	buf_init(&text, MAX_TEXT);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_put_u8(&text, ',');
		buf_put_span(&text, name[i]);
	}
	bool ok = buf_ok(&text) && hash_hex(HASH_MD5, buf_span(&text), hex);
	buf_release(&text);
	const char *copy = ok ? arena_text(c->arena, hex, 32) : NULL;
	if (copy == NULL)
		return false;
	value_string(out, span_of(copy));
	return true;
}
