/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/pe.h"

/* The resource tree of three levels (type, name, language), [MS-PECOFF] 6.9, and version
 * information. */

enum {
	LEVELS = 3,
	MAX_VERSION_STRINGS = 1024, /* ours */
	MAX_KEY = 63,               /* characters of version information that YARA keeps */
	MAX_VALUE = 255,
	MAX_NAME = 1000, /* characters; longer ones are no names */
	MAX_WIDE = 65536,
	MAX_SIZE = 0x3fffffff, /* of a resource; what says more is damaged */
	RT_VERSION = 16,
};

struct walk {
	struct pe *pe;
	struct value *slots;
	uint64_t root;
	uint32_t id[LEVELS];      /* of the last entry seen at each level */
	struct span text[LEVELS]; /* its name; p is NULL where it has none */
};

/* ---- version information: UTF-16 texts, of which the low bytes are kept, as YARA does */

/* A structure: length, length of the value, type, key. */
struct block {
	uint64_t at;
	uint16_t n, value_n;
	struct span key; /* UTF-16, without its NUL */
};

/* The UTF-16 text at `at` up to its NUL; false where it does not end in the file. */
static bool wide_text(struct pe *pe, uint64_t at, struct span *out)
{
	struct span s = span_cut(pe->file, at, MAX_WIDE);
	size_t i = 0;

	while (i + 2 <= s.n && (s.p[i] != 0 || s.p[i + 1] != 0))
		i += 2;
	if (pe->text < i + 2) { /* with its NUL, so that an empty one is not free */
		pe->text = 0;
		module_cut(pe->steps);
		return false;
	}
	pe->text -= i + 2;
	*out = span_cut(s, 0, i);
	return i + 2 <= s.n;
}

static bool read_block(struct pe *pe, uint64_t at, struct block *b)
{
	struct cursor c = pe_at(pe, at);

	b->at = at;
	b->n = cursor_le16(&c);
	b->value_n = cursor_le16(&c);
	cursor_skip(&c, 2);
	return cursor_ok(&c) && b->n != 0 && wide_text(pe, at + 6, &b->key);
}

static bool key_is(const struct block *b, const char *text)
{
	size_t n = strlen(text);

	if (b->key.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b->key.p[2 * i] != (uint8_t)text[i] || b->key.p[2 * i + 1] != 0)
			return false;
	return true;
}

static uint64_t align4(uint64_t from, uint64_t n) { return from + ((n + 3) & ~UINT64_C(3)); }
static uint64_t inside(const struct block *b) { return align4(b->at, 6 + b->key.n + 2); }

/* The low bytes up to the first that is 0. */
static struct span narrow(struct pe *pe, struct span wide, size_t max)
{
	size_t n = wide.n / 2 < max ? wide.n / 2 : max, i = 0;
	uint8_t *p = arena_alloc(pe->arena, n);

	pe->spent = pe->spent || p == NULL;
	for (; p != NULL && i < n && wide.p[2 * i] != 0; i++)
		p[i] = wide.p[2 * i];
	return (struct span){ p, i };
}

/* The place of a key in version_info: one that is there already, or a new one, for which there is
 * room, since there is for as many strings. */
static struct value *find_key(struct walk *w, struct span key)
{
	struct value *v = &w->slots[PE_VERSION_INFO];

	if (v->kind != VALUE_DICT && !value_make_dict(v, w->pe->arena, MAX_VERSION_STRINGS)) {
		w->pe->spent = true;
		return NULL;
	}
	for (size_t i = 0; i < v->dict->n; i++)
		if (span_equal(v->dict->key[i], key))
			return &v->dict->item[i];
	return value_add_key(v, key);
}

static void put_string(struct walk *w, const struct block *b)
{
	struct value *list = &w->slots[PE_VERSION_INFO_LIST];
	struct span value;

	if (!wide_text(w->pe, inside(b), &value) ||
	    (list->kind != VALUE_ARRAY && !pe_list(w->pe, list)))
		return;
	if (b->value_n == 0)
		value.n = 0;
	struct value *pair = pe_add(w->pe, list, pe_pair_fields, MAX_VERSION_STRINGS);
	if (pair == NULL) {
		module_cut(w->pe->steps);
		return;
	}
	struct span key = narrow(w->pe, b->key, MAX_KEY), text = narrow(w->pe, value, MAX_VALUE);
	struct value *v = find_key(w, key);
	if (v != NULL)
		value_string(v, text);
	value_string(&pair[PE_PAIR_KEY], key);
	value_string(&pair[PE_PAIR_VALUE], text);
}

static void string_tables(struct walk *w, uint64_t at, uint64_t end)
{
	struct block table, string;

	while (at < end && read_block(w->pe, at, &table)) {
		uint64_t in = inside(&table);
		at = align4(at, table.n);
		while (in < at && read_block(w->pe, in, &string)) {
			put_string(w, &string);
			in = align4(in, string.n);
		}
	}
}

static void version_info(struct walk *w, uint32_t rva)
{
	int64_t at = pe_offset(w->pe, rva);
	struct block b;

	if (at < 0 || !read_block(w->pe, (uint64_t)at, &b) || !key_is(&b, "VS_VERSION_INFO"))
		return;
	/* behind the fixed information, which YARA takes to be there */
	uint64_t in = align4((uint64_t)at, 6 + 86);
	while (read_block(w->pe, in, &b) && key_is(&b, "VarFileInfo"))
		in = align4(in, b.n);
	while (read_block(w->pe, in, &b) && key_is(&b, "StringFileInfo")) {
		uint64_t end = align4(in, b.n);
		string_tables(w, inside(&b), end);
		in = end;
	}
}

/* ---- the tree */

/* An entry's name, or its number; numbers of levels that were not reached are -1. */
static void put_id(const struct walk *w, struct value *v, unsigned level, unsigned text,
		   unsigned id)
{
	if (w->text[level].p != NULL)
		value_string(&v[text], w->text[level]);
	else if (w->id[level] != UINT32_MAX)
		value_int(&v[id], (int32_t)w->id[level]);
}

/* The resource whose data entry stands at `at`; its names are those down to `level`. */
static void put_resource(struct walk *w, uint64_t at, unsigned level)
{
	struct cursor c = pe_at(w->pe, at);
	uint32_t rva = cursor_le32(&c), size = cursor_le32(&c);

	cursor_skip(&c, 8);
	if (!cursor_ok(&c) || size == 0 || size > MAX_SIZE)
		return;
	struct value *v =
		pe_add(w->pe, &w->slots[PE_RESOURCES], pe_resource_fields, PE_MAX_RESOURCES);
	if (v == NULL)
		return;
	for (unsigned i = level + 1; i < LEVELS; i++)
		w->text[i] = (struct span){ NULL, 0 };
	int64_t place = pe_offset(w->pe, rva);
	value_int(&v[PE_RESOURCE_RVA], rva);
	if (place >= 0)
		value_int(&v[PE_RESOURCE_OFFSET], place);
	value_int(&v[PE_RESOURCE_LENGTH], size);
	put_id(w, v, 0, PE_RESOURCE_TYPE_STRING, PE_RESOURCE_TYPE);
	put_id(w, v, 1, PE_RESOURCE_NAME_STRING, PE_RESOURCE_ID);
	put_id(w, v, 2, PE_RESOURCE_LANGUAGE_STRING, PE_RESOURCE_LANGUAGE);
	if (w->id[0] == RT_VERSION)
		version_info(w, rva);
}

static void read_name(struct walk *w, unsigned level, uint32_t name)
{
	w->id[level] = name;
	w->text[level] = (struct span){ NULL, 0 };
	if ((name & 0x80000000) == 0)
		return;
	struct cursor c = pe_at(w->pe, w->root + (name & 0x7fffffff));
	uint16_t n = cursor_le16(&c);
	struct span text = cursor_take(&c, 2u * n);
	if (cursor_ok(&c) && n <= MAX_NAME)
		w->text[level] = text;
}

/* Directory at `at`: the entries of one level; `level` below LEVELS, which bounds the recursion. */
static void directory(struct walk *w, uint64_t at, unsigned level)
{
	struct cursor c = pe_at(w->pe, at);
	uint32_t characteristics = cursor_le32(&c);

	cursor_skip(&c, 8);
	uint32_t n = cursor_le16(&c), ids = cursor_le16(&c);
	if (!cursor_ok(&c) || characteristics != 0 || n > 32768 || ids > 32768)
		return;
	n += ids;
	if (cursor_left(&c) / 8 < n)
		return;
	for (uint32_t i = 0; i < n && !w->pe->spent; i++) {
		if (w->pe->entries == 0) {
			module_cut(w->pe->steps);
			break;
		}
		uint32_t name = cursor_le32(&c), offset = cursor_le32(&c);
		uint64_t to = w->root + (offset & 0x7fffffff);
		w->pe->entries--;
		if (offset == 0)
			break; /* YARA does not get past such an entry */
		read_name(w, level, name);
		if ((offset & 0x80000000) != 0 && level + 1 < LEVELS)
			directory(w, to, level + 1);
		else
			put_resource(w, to, level);
	}
}

void pe_read_resources(struct pe *pe, struct value *slots)
{
	struct walk w = { .pe = pe, .slots = slots, .id = { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
	int64_t at = pe_directory_at(pe, 2);

	value_int(&slots[PE_NUMBER_OF_RESOURCES], 0);
	value_int(&slots[PE_NUMBER_OF_VERSION_INFOS], 0);
	if (at < 0)
		return;
	struct cursor c = pe_at(pe, (uint64_t)at);
	cursor_skip(&c, 4);
	uint32_t timestamp = cursor_le32(&c);
	uint16_t major = cursor_le16(&c), minor = cursor_le16(&c);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c) || !pe_list(pe, &slots[PE_RESOURCES]))
		return;
	value_int(&slots[PE_RESOURCE_TIMESTAMP], timestamp);
	pe_put_version(pe, &slots[PE_RESOURCE_VERSION], major, minor);
	w.root = (uint64_t)at;
	directory(&w, w.root, 0);
	value_int(&slots[PE_NUMBER_OF_RESOURCES], (int64_t)slots[PE_RESOURCES].list->n);
	if (slots[PE_VERSION_INFO_LIST].kind == VALUE_ARRAY)
		value_int(&slots[PE_NUMBER_OF_VERSION_INFOS],
			  (int64_t)slots[PE_VERSION_INFO_LIST].list->n);
}
