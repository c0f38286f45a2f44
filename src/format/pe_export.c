/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/* The export directory, [MS-PECOFF] 6.3; and the debug directory, 6.1, for the path of the symbols.
 */

/* The export directory table. */
struct exports {
	uint64_t at, size; /* of all that the directory says is part of it, in the file */
	uint32_t base, n_functions, n_names;
	uint64_t functions_at, names_at, numbers_at;
};

static bool has_room(const struct pe *pe, uint64_t at, uint64_t n) { return n <= pe->file.n - at; }

/* Where the three tables lie; each must be there for all functions, as far as YARA asks for it. */
static bool find_tables(struct pe *pe, struct exports *x, uint32_t functions, uint32_t names,
			uint32_t numbers)
{
	if (x->n_names > 0) {
		int64_t at = pe_offset(pe, names);
		if (at < 0 || !has_room(pe, (uint64_t)at, x->n_names * UINT64_C(4)))
			return false;
		x->names_at = (uint64_t)at;
	}
	int64_t at = pe_offset(pe, numbers);
	if (at < 0 || !has_room(pe, (uint64_t)at, x->n_functions * UINT64_C(2)))
		return false;
	x->numbers_at = (uint64_t)at;
	at = pe_offset(pe, functions);
	if (at < 0 || !has_room(pe, (uint64_t)at, x->n_functions * UINT64_C(4)))
		return false;
	x->functions_at = (uint64_t)at;
	if (x->n_names > x->n_functions)
		x->n_names = x->n_functions;
	return true;
}

/* For each function, the number of its (first) name + 1, or 0.  NULL where memory is spent. */
static uint16_t *index_names(struct pe *pe, const struct exports *x)
{
	uint16_t *name_of = arena_array(pe->arena, x->n_functions, sizeof *name_of);
	struct cursor c = pe_at(pe, x->numbers_at);

	for (uint32_t i = 0; name_of != NULL && i < x->n_names; i++) {
		uint16_t number = cursor_le16(&c);
		if (number < x->n_functions && name_of[number] == 0)
			name_of[number] = (uint16_t)(i + 1);
	}
	pe->spent = pe->spent || name_of == NULL;
	return name_of;
}

/* Function i: where it is (in the directory itself stands the name of another), and its name. */
static void put_export(struct pe *pe, const struct exports *x, uint32_t i, uint32_t name,
		       struct value *v)
{
	struct cursor c = pe_at(pe, x->functions_at + 4 * (uint64_t)i);
	uint32_t rva = cursor_le32(&c);
	int64_t at = pe_offset(pe, rva);

	value_int(&v[PE_EXPORT_ORDINAL], (uint32_t)(x->base + i));
	value_int(&v[PE_EXPORT_RVA], rva);
	if (at > (int64_t)x->at && (uint64_t)at < x->at + x->size)
		value_string(&v[PE_EXPORT_FORWARD_NAME], pe_text(pe, (uint64_t)at, PE_MAX_NAME));
	else if (at >= 0)
		value_int(&v[PE_EXPORT_OFFSET], at);
	if (name == 0)
		return;
	c = pe_at(pe, x->names_at + 4 * (uint64_t)(name - 1));
	at = pe_offset(pe, cursor_le32(&c));
	if (at > 0)
		value_string(&v[PE_EXPORT_NAME], pe_text(pe, (uint64_t)at, PE_MAX_NAME));
}

void pe_read_exports(struct pe *pe, struct value *slots)
{
	struct value *list = &slots[PE_EXPORT_DETAILS];
	int64_t at = pe_directory_at(pe, 0);
	uint32_t rva, size;

	value_int(&slots[PE_NUMBER_OF_EXPORTS], 0);
	if (at < 0)
		return;
	pe_directory(pe, 0, &rva, &size);
	struct exports x = { .at = (uint64_t)at, .size = size };
	struct cursor c = pe_at(pe, x.at);
	cursor_skip(&c, 4);
	uint32_t timestamp = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint32_t name = cursor_le32(&c);
	x.base = cursor_le32(&c);
	x.n_functions = cursor_le32(&c);
	x.n_names = cursor_le32(&c);
	uint32_t functions = cursor_le32(&c), names = cursor_le32(&c), numbers = cursor_le32(&c);
	if (!cursor_ok(&c))
		return;
	if (x.n_functions > PE_MAX_EXPORTS)
		x.n_functions = PE_MAX_EXPORTS;
	value_int(&slots[PE_EXPORT_TIMESTAMP], timestamp);
	int64_t name_at = pe_offset(pe, name);
	if (name_at > 0)
		value_string(&slots[PE_DLL_NAME], pe_text(pe, (uint64_t)name_at, SIZE_MAX));
	if (!has_room(pe, name_at > 0 ? (uint64_t)name_at : 0, x.n_functions * UINT64_C(4)) ||
	    !find_tables(pe, &x, functions, names, numbers))
		return;
	const uint16_t *name_of = index_names(pe, &x);
	if (name_of == NULL || !pe_list(pe, list))
		return;
	for (uint32_t i = 0; i < x.n_functions; i++) {
		struct value *v = pe_add(pe, list, pe_export_fields, PE_MAX_EXPORTS);
		if (v == NULL)
			break;
		put_export(pe, &x, i, name_of[i], v);
	}
	value_int(&slots[PE_NUMBER_OF_EXPORTS], (int64_t)list->list->n);
}

/* ---- debug directory */

enum { MAX_PATH = 1024, MAX_DEBUG_ENTRIES = 4096, CODEVIEW = 2 };

/* Where the file name stands behind a CodeView record of this signature; 0 for an unknown one. */
static unsigned path_behind(uint32_t signature)
{
	return signature == 0x3031424e   ? 16 /* NB10 */
	       : signature == 0x53445352 ? 24 /* RSDS */
	       : signature == 0x434f544d ? 20 /* MTOC */
					 : 0;
}

/* The path in the CodeView record at `at`; false where there is none. */
static bool codeview_path(const struct pe *pe, uint64_t at, struct span *out)
{
	struct cursor c = pe_at(pe, at);
	unsigned behind = path_behind(cursor_le32(&c));

	cursor_skip(&c, 4);
	if (!cursor_ok(&c) || behind == 0 || pe->file.n - at <= behind)
		return false;
	*out = pe_text(pe, at + behind, MAX_PATH);
	return out->n < MAX_PATH;
}

void pe_read_debug(struct pe *pe, struct value *slots)
{
	int64_t at = pe_directory_at(pe, 6);
	uint32_t rva, size;

	pe_directory(pe, 6, &rva, &size);
	for (uint32_t i = 0; at >= 0 && i < size / 28; i++) {
		if (i == MAX_DEBUG_ENTRIES) {
			module_cut(pe->steps);
			return;
		}
		struct cursor c = pe_at(pe, (uint64_t)at + 28 * (uint64_t)i);
		struct span path;
		cursor_skip(&c, 12);
		uint32_t type = cursor_le32(&c);
		cursor_skip(&c, 4);
		uint32_t data_rva = cursor_le32(&c), data_at = cursor_le32(&c);
		if (!cursor_ok(&c))
			return;
		int64_t record = data_rva != 0 ? pe_offset(pe, data_rva) : 0;
		if (record <= 0)
			record = data_at;
		if (type == CODEVIEW && record > 0 && codeview_path(pe, (uint64_t)record, &path)) {
			value_string(&slots[PE_PDB_PATH], path);
			return;
		}
	}
}
