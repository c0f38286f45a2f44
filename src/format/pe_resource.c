/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/pe.h"

/* The resource tree of three levels (type, name, language), [MS-PECOFF] 6.9, and version information. */

enum { MAX_VERSION_STRINGS = 1024, MAX_KEY = 63, MAX_VALUE = 255 };

struct walk {
	struct pe *pe;
	struct value *slots;
	uint64_t root;
	uint32_t id[3];       /* of the entry at each level */
	struct span text[3];  /* its name, where it has one */
	bool named[3];
	size_t n_versions;
	bool stopped;
};

/* ---- version information: UTF-16 texts, of which the low bytes are kept, as YARA does */

/* A structure: length, length of the value, type, key. */
struct block {
	uint64_t at;
	uint16_t n, value_n;
	struct span key; /* UTF-16, without its NUL */
};

/* The UTF-16 text at `at` up to its NUL; false where it does not end in the file. */
static bool wide_text(const struct pe *pe, uint64_t at, struct span *out)
{
	for (uint64_t i = at; pe->file.n >= 2 && i <= pe->file.n - 2; i += 2)
		if (pe->file.p[i] == 0 && pe->file.p[i + 1] == 0) {
			*out = span_cut(pe->file, at, i - at);
			return true;
		}
	return false;
}

static bool read_block(const struct pe *pe, uint64_t at, struct block *b)
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

static struct span narrow(struct pe *pe, struct span wide, size_t max)
{
	size_t n = wide.n / 2 < max ? wide.n / 2 : max;
	uint8_t *p = arena_alloc(pe->arena, n);

	for (size_t i = 0; p != NULL && i < n; i++)
		p[i] = wide.p[2 * i];
	return (struct span){ p, p != NULL ? n : 0 };
}

static void put_string(struct walk *w, const struct block *b)
{
	struct span value;

	if (w->n_versions >= MAX_VERSION_STRINGS || !wide_text(w->pe, inside(b), &value))
		return;
	if (b->value_n == 0)
		value.n = 0;
	struct span key = narrow(w->pe, b->key, MAX_KEY), text = narrow(w->pe, value, MAX_VALUE);
	struct value_dict *d = w->slots[PE_VERSION_INFO].dict;
	struct value *v = NULL;
	for (size_t i = 0; i < d->n; i++)
		if (span_equal(d->key[i], key))
			v = &d->item[i];
	if (v == NULL)
		v = value_add_key(&w->slots[PE_VERSION_INFO], key);
	struct value *pair = value_add_slots(&w->slots[PE_VERSION_INFO_LIST], w->pe->arena, pe_pair_fields);
	if (v == NULL || pair == NULL)
		return;
	value_string(v, text);
	value_string(&pair[PE_PAIR_KEY], key);
	value_string(&pair[PE_PAIR_VALUE], text);
	w->n_versions++;
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
	if (w->slots[PE_VERSION_INFO].kind != VALUE_DICT &&
	    (!value_make_dict(&w->slots[PE_VERSION_INFO], w->pe->arena, MAX_VERSION_STRINGS) ||
	     !value_make_list(&w->slots[PE_VERSION_INFO_LIST], w->pe->arena, MAX_VERSION_STRINGS)))
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

static void put_id(struct walk *w, struct value *v, unsigned level, unsigned text_field, unsigned id_field)
{
	if (w->named[level])
		value_string(&v[text_field], w->text[level]);
	else
		value_int(&v[id_field], (int32_t)w->id[level]);
}

static void put_resource(struct walk *w, uint64_t at)
{
	struct cursor c = pe_at(w->pe, at);
	uint32_t rva = cursor_le32(&c), size = cursor_le32(&c);

	cursor_skip(&c, 8);
	if (!cursor_ok(&c)) {
		w->stopped = true;
		return;
	}
	struct value *v = value_add_slots(&w->slots[PE_RESOURCES], w->pe->arena, pe_resource_fields);
	if (v == NULL) {
		w->stopped = true;
		return;
	}
	int64_t place = pe_offset(w->pe, rva);
	value_int(&v[PE_RESOURCE_RVA], rva);
	if (place >= 0)
		value_int(&v[PE_RESOURCE_OFFSET], place);
	value_int(&v[PE_RESOURCE_LENGTH], size);
	put_id(w, v, 0, PE_RESOURCE_TYPE_STRING, PE_RESOURCE_TYPE);
	put_id(w, v, 1, PE_RESOURCE_NAME_STRING, PE_RESOURCE_ID);
	put_id(w, v, 2, PE_RESOURCE_LANGUAGE_STRING, PE_RESOURCE_LANGUAGE);
	if (!w->named[0] && w->id[0] == 16) /* RT_VERSION */
		version_info(w, rva);
}

static void read_name(struct walk *w, unsigned level, uint32_t name)
{
	w->id[level] = name;
	w->named[level] = false;
	if ((name & 0x80000000) == 0)
		return;
	struct cursor c = pe_at(w->pe, w->root + (name & 0x7fffffff));
	uint16_t n = cursor_le16(&c);
	struct span text = cursor_take(&c, 2u * n);
	if (cursor_ok(&c)) {
		w->text[level] = text;
		w->named[level] = true;
	}
}

/* Directory at `at`: the entries of one level; `level` below 3. */
static void directory(struct walk *w, uint64_t at, unsigned level)
{
	struct cursor c = pe_at(w->pe, at);
	uint32_t characteristics = cursor_le32(&c);

	cursor_skip(&c, 8);
	uint16_t named = cursor_le16(&c), ids = cursor_le16(&c);
	if (!cursor_ok(&c)) {
		w->stopped = true;
		return;
	}
	if (characteristics != 0 || named > 32768 || ids > 32768)
		return;
	for (uint32_t i = 0; i < (uint32_t)named + ids && !w->stopped; i++) {
		uint32_t name = cursor_le32(&c), offset = cursor_le32(&c);
		if (!cursor_ok(&c)) {
			w->stopped = true;
			return;
		}
		read_name(w, level, name);
		uint64_t to = w->root + (offset & 0x7fffffff);
		if ((offset & 0x80000000) != 0 && level < 2)
			directory(w, to, level + 1);
		else
			put_resource(w, to);
	}
}

void pe_read_resources(struct pe *pe, struct value *slots)
{
	struct walk w = { .pe = pe, .slots = slots, .id = { UINT32_MAX, UINT32_MAX, UINT32_MAX } };
	uint32_t rva, size;

	value_int(&slots[PE_NUMBER_OF_RESOURCES], 0);
	value_int(&slots[PE_NUMBER_OF_VERSION_INFOS], 0);
	if (!pe_directory(pe, 2, &rva, &size) || rva == 0)
		return;
	int64_t at = pe_offset(pe, rva);
	if (at < 0)
		return;
	struct cursor c = pe_at(pe, (uint64_t)at);
	cursor_skip(&c, 4);
	uint32_t timestamp = cursor_le32(&c);
	uint16_t major = cursor_le16(&c), minor = cursor_le16(&c);
	cursor_skip(&c, 4);
	if (!cursor_ok(&c))
		return;
	value_int(&slots[PE_RESOURCE_TIMESTAMP], timestamp);
	struct value *version = value_make_struct(&slots[PE_RESOURCE_VERSION], pe->arena, pe_version_fields);
	/* every entry takes eight bytes of the file, so there cannot be more */
	size_t most = pe->file.n / 8 < PE_MAX_RESOURCES ? pe->file.n / 8 : PE_MAX_RESOURCES;
	if (version == NULL || !value_make_list(&slots[PE_RESOURCES], pe->arena, most))
		return;
	value_int(&version[PE_VERSION_MAJOR], major);
	value_int(&version[PE_VERSION_MINOR], minor);
	w.root = (uint64_t)at;
	directory(&w, w.root, 0);
	value_int(&slots[PE_NUMBER_OF_RESOURCES], (int64_t)slots[PE_RESOURCES].list->n);
	value_int(&slots[PE_NUMBER_OF_VERSION_INFOS], (int64_t)w.n_versions);
}
