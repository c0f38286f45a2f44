/* SPDX-License-Identifier: Apache-2.0 */
#include "format/macho.h"

/*
 * The names in a Mach-O file: the string table, what the binding opcodes import, what the export
 * trie exports (<mach-o/loader.h>, LC_DYLD_INFO), and the keys of the entitlements.  All are read
 * when a condition first asks for them.
 */

enum {
	MAX_TRIE_DEPTH = 128,     /* nodes from the root of an export trie to a leaf */
	MAX_NAME = 4096,          /* bytes of an exported name */
	MAX_TRIE_TEXT = 16 << 20, /* bytes of all exported names together */
	MAX_BLOBS = 64,           /* of a code signature */
	MAX_ENTITLEMENTS = 4096,
};

/* A part of the file, and the steps of the rule that asks for what it holds. */
struct part {
	struct span data;
	uint64_t *steps;
};

static const struct part *part(struct macho_reader *r, const struct value *v, size_t at,
			       size_t size)
{
	if (v->kind != VALUE_STRUCT || v->slots[at].kind != VALUE_INT ||
	    v->slots[size].kind != VALUE_INT)
		return NULL;
	uint64_t from = (uint64_t)v->slots[at].i, n = (uint64_t)v->slots[size].i;
	if (n == 0 || from > r->file.n || n > r->file.n - from)
		return NULL;
	struct part p = { span_cut(r->file, from, n), r->steps };
	return arena_copy(r->arena, &p, sizeof p);
}

static void put_off(struct macho_reader *r, struct value *v, const struct part *from,
		    void (*make)(const struct value_later *l, struct value *out))
{
	/* without memory it stays undefined */
	if (from != NULL && !value_put_off(v, r->arena, from, make))
		v->kind = VALUE_UNDEFINED;
}

/* One more text of a list; false, and the rule at hand is cut, where there is no room for it. */
static bool add(const struct part *p, struct arena *a, struct value *list, size_t most,
		struct span text)
{
	struct value *v = value_grow(list, a, most);

	if (v == NULL)
		module_cut(p->steps);
	else
		value_string(v, text);
	return v != NULL;
}

/* ---- the string table */

static bool blank(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && (s.p[i] < 9 || s.p[i] > 13))
			return false;
	return true;
}

static void make_entries(const struct value_later *l, struct value *out)
{
	const struct part *table = l->from;
	struct cursor c = cursor_of(table->data);

	if (!value_make_list(out, l->arena, 16))
		return;
	while (cursor_left(&c) != 0) {
		const uint8_t *p = c.p + c.at, *nul = memchr(p, 0, cursor_left(&c));
		struct span s = { p, nul != NULL ? (size_t)(nul - p) : cursor_left(&c) };
		cursor_skip(&c, s.n + (nul != NULL));
		if (blank(s))
			continue;
		if (!add(table, l->arena, out, MACHO_MAX_NAMES, s))
			return;
	}
}

/* ---- imports: texts among the binding opcodes */

enum {
	BIND_SET_DYLIB_ORDINAL_ULEB = 0x20,
	BIND_SET_SYMBOL = 0x40,
	BIND_SET_ADDEND_SLEB = 0x60,
	BIND_SET_SEGMENT_AND_OFFSET_ULEB = 0x70,
	BIND_ADD_ADDR_ULEB = 0x80,
	BIND_DO_BIND_ADD_ADDR_ULEB = 0xa0,
	BIND_DO_BIND_TIMES_SKIPPING_ULEB = 0xc0,
};

static void imports_of(const struct part *code, struct arena *a, struct value *out)
{
	struct cursor c = cursor_of(code->data);

	while (cursor_left(&c) != 0) {
		switch (cursor_u8(&c) & 0xf0) {
		case BIND_DO_BIND_TIMES_SKIPPING_ULEB:
			(void)cursor_uleb(&c);
			(void)cursor_uleb(&c);
			break;
		case BIND_SET_DYLIB_ORDINAL_ULEB:
		case BIND_SET_ADDEND_SLEB: /* as long as the unsigned form */
		case BIND_SET_SEGMENT_AND_OFFSET_ULEB:
		case BIND_ADD_ADDR_ULEB:
		case BIND_DO_BIND_ADD_ADDR_ULEB:
			(void)cursor_uleb(&c);
			break;
		case BIND_SET_SYMBOL: {
			struct span name = cursor_cstring(&c, SIZE_MAX);
			if (!cursor_ok(&c) || !add(code, a, out, MACHO_MAX_NAMES, name))
				return;
			break;
		}
		default:
			break;
		}
	}
}

static void make_imports(const struct value_later *l, struct value *out)
{
	const struct part *const *table = l->from;

	if (!value_make_list(out, l->arena, 16))
		return;
	for (size_t i = 0; i < 3; i++)
		if (table[i] != NULL)
			imports_of(table[i], l->arena, out);
}

/* ---- exports: a trie */

struct trie {
	const struct part *part;
	struct span data;
	uint8_t *seen; /* a bit for each node's place: no node is read twice */
	struct arena *arena;
	struct value *out;
	size_t text_left;
	uint64_t edges_left; /* bytes of labels: nodes may lie one over another */
	uint8_t name[MAX_NAME];
};

struct node {
	struct cursor edges; /* behind the node's own part */
	unsigned left;       /* edges not gone yet */
	size_t name;         /* bytes of t->name before its edges */
};

static bool enter(struct trie *t, uint64_t at, size_t name, struct node *out)
{
	struct cursor c = cursor_of(t->data);

	cursor_seek(&c, at);
	if (!cursor_ok(&c) || at >= t->data.n || (t->seen[at / 8] & 1u << at % 8) != 0)
		return false;
	t->seen[at / 8] |= (uint8_t)(1u << at % 8);
	uint64_t terminal = cursor_uleb(&c);
	cursor_skip(&c, terminal);
	unsigned edges = cursor_u8(&c);
	if (!cursor_ok(&c))
		return false;
	*out = (struct node){ c, edges, name };
	if (terminal == 0)
		return true;
	const uint8_t *copy = name <= t->text_left ? arena_copy(t->arena, t->name, name) : NULL;
	if (copy == NULL) {
		module_cut(t->part->steps);
		return false;
	}
	t->text_left -= name;
	return add(t->part, t->arena, t->out, MACHO_MAX_NAMES, (struct span){ copy, name });
}

static void walk(struct trie *t)
{
	struct node stack[MAX_TRIE_DEPTH];
	size_t depth = 0;

	if (!enter(t, 0, 0, &stack[depth++]))
		return;
	while (depth > 0) {
		struct node *top = &stack[depth - 1];
		if (top->left == 0) {
			depth--;
			continue;
		}
		top->left--;
		size_t left = cursor_left(&top->edges);
		struct span label = cursor_cstring(&top->edges, MAX_NAME);
		bool too_long =
			!cursor_ok(&top->edges) ? left > MAX_NAME : label.n > MAX_NAME - top->name;
		uint64_t to = cursor_uleb(&top->edges);
		if (too_long || depth == MAX_TRIE_DEPTH || label.n >= t->edges_left) {
			module_cut(t->part->steps);
			return;
		}
		t->edges_left -= label.n + 1;
		if (!cursor_ok(&top->edges)) {
			depth--;
			continue;
		}
		if (label.n != 0)
			memcpy(t->name + top->name, label.p, label.n);
		if (enter(t, to, top->name + label.n, &stack[depth]))
			depth++;
	}
}

static void make_exports(const struct value_later *l, struct value *out)
{
	const struct part *p = l->from;
	struct trie *t = arena_alloc(l->arena, sizeof *t);

	if (t == NULL || !value_make_list(out, l->arena, 16))
		return;
	t->part = p;
	t->data = p->data;
	t->edges_left = 4 * (uint64_t)p->data.n;
	t->seen = arena_alloc(l->arena, p->data.n / 8 + 1);
	t->arena = l->arena;
	t->out = out;
	t->text_left = MAX_TRIE_TEXT;
	if (t->seen != NULL)
		walk(t);
}

/* ---- entitlements: keys of a property list inside the code signature */

static bool starts(struct span s, size_t at, const char *what)
{
	size_t n = strlen(what);
	return s.n - at >= n && memcmp(s.p + at, what, n) == 0;
}

/* The texts of <key> elements and of <string> elements within <array>. */
static void keys_of(const struct part *p, struct span xml, struct arena *a, struct value *out)
{
	bool in_array = false;

	for (size_t i = 0; i < xml.n; i++) {
		if (xml.p[i] != '<')
			continue;
		if (starts(xml, i, "<array>"))
			in_array = true;
		else if (starts(xml, i, "</array>"))
			in_array = false;
		size_t open = starts(xml, i, "<key>")                  ? 5
			      : in_array && starts(xml, i, "<string>") ? 8
								       : 0;
		if (open == 0)
			continue;
		const uint8_t *text = xml.p + i + open;
		const uint8_t *end = memchr(text, '<', xml.n - i - open);
		if (end == NULL ||
		    !add(p, a, out, MAX_ENTITLEMENTS, (struct span){ text, (size_t)(end - text) }))
			return;
		i = (size_t)(end - xml.p) - 1;
	}
}

static void make_entitlements(const struct value_later *l, struct value *out)
{
	const struct part *p = l->from;
	struct span signature = p->data;
	struct cursor c = cursor_of(signature);

	if (!value_make_list(out, l->arena, 8))
		return;
	cursor_skip(&c, 8); /* magic, length */
	uint32_t n = cursor_be32(&c);
	for (uint32_t i = 0; i < n; i++) {
		if (i == MAX_BLOBS) {
			module_cut(p->steps);
			return;
		}
		cursor_skip(&c, 4); /* type */
		struct span blob = span_cut(signature, cursor_be32(&c), UINT64_MAX);
		struct cursor b = cursor_of(blob);
		uint32_t magic = cursor_be32(&b), size = cursor_be32(&b);
		if (!cursor_ok(&c) || !cursor_ok(&b))
			return;
		if (magic == 0xfade7171 /* CSMAGIC_EMBEDDED_ENTITLEMENTS */ && size >= 8)
			keys_of(p, span_cut(blob, 8, size - 8), l->arena, out);
	}
}

void macho_more_tables(struct macho_reader *r)
{
	struct value *symbols = &r->slots[MACHO_SYMTAB], *dyld = &r->slots[MACHO_DYLD_INFO];

	if (symbols->kind == VALUE_STRUCT)
		put_off(r, &symbols->slots[MACHO_SYMTAB_ENTRIES],
			part(r, symbols, MACHO_SYMTAB_STROFF, MACHO_SYMTAB_STRSIZE), make_entries);
	put_off(r, &r->slots[MACHO_ENTITLEMENTS], part(r, &r->slots[MACHO_CODE_SIGNATURE], 0, 1),
		make_entitlements);
	if (dyld->kind != VALUE_STRUCT)
		return;
	put_off(r, &r->slots[MACHO_EXPORTS], part(r, dyld, 8, 9), make_exports);
	/* binding, lazy binding, weak binding: in YARA-X's order */
	const struct part *table[3] = { part(r, dyld, 2, 3), part(r, dyld, 6, 7),
					part(r, dyld, 4, 5) };
	const void *copy = arena_copy(r->arena, table, sizeof table);
	if (copy != NULL && !value_put_off(&r->slots[MACHO_IMPORTS], r->arena, copy, make_imports))
		r->slots[MACHO_IMPORTS].kind = VALUE_UNDEFINED;
}
