/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/* The export directory, [MS-PECOFF] 6.3; and the debug directory, 6.1, for the path of the symbols. */

/* The names of the export table, each with the number of its address. */
struct names {
	uint64_t names_at, numbers_at;
	uint32_t n;
};

/* The name of function number i: the first in the name table that points to it. */
static bool name_of(const struct pe *pe, const struct names *t, const uint32_t *by_number, uint32_t i,
		    struct span *out)
{
	if (by_number[i] == 0)
		return false;
	struct cursor c = pe_at(pe, t->names_at + 4 * (uint64_t)(by_number[i] - 1));
	int64_t at = pe_offset(pe, cursor_le32(&c));
	if (!cursor_ok(&c) || at < 0)
		return false;
	*out = pe_text(pe, (uint64_t)at, PE_MAX_NAME);
	return true;
}

/* For each function, the number of its name + 1, or 0. */
static uint32_t *index_names(struct pe *pe, const struct names *t, uint32_t n_functions)
{
	uint32_t *by_number = arena_array(pe->arena, n_functions, sizeof *by_number);
	struct cursor c = pe_at(pe, t->numbers_at);

	for (uint32_t i = 0; by_number != NULL && i < t->n; i++) {
		uint16_t number = cursor_le16(&c);
		if (!cursor_ok(&c))
			break;
		if (number < n_functions && by_number[number] == 0)
			by_number[number] = i + 1;
	}
	return by_number;
}

void pe_read_exports(struct pe *pe, struct value *slots)
{
	uint32_t rva, size;

	value_int(&slots[PE_NUMBER_OF_EXPORTS], 0);
	if (!pe_directory(pe, 0, &rva, &size) || rva == 0)
		return;
	int64_t at = pe_offset(pe, rva);
	if (at < 0)
		return;
	struct cursor c = pe_at(pe, (uint64_t)at);
	cursor_skip(&c, 4);
	uint32_t timestamp = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint32_t name = cursor_le32(&c), base = cursor_le32(&c), n_functions = cursor_le32(&c),
		 n_names = cursor_le32(&c), functions = cursor_le32(&c), names = cursor_le32(&c),
		 numbers = cursor_le32(&c);
	if (!cursor_ok(&c))
		return;
	value_int(&slots[PE_EXPORT_TIMESTAMP], timestamp);
	int64_t name_at = pe_offset(pe, name);
	if (name_at > 0) {
		struct span dll = pe_text(pe, (uint64_t)name_at, PE_MAX_NAME);
		value_string(&slots[PE_DLL_NAME], dll);
	}
	if (n_functions > PE_MAX_EXPORTS || n_functions * 4ull > pe->file.n)
		return;
	int64_t functions_at = pe_offset(pe, functions), names_at = -1, numbers_at = -1;
	if (functions_at < 0 || n_functions * 4ull > pe->file.n - (uint64_t)functions_at)
		return;
	struct names t = { 0 };
	if (n_names > 0) {
		if (n_names * 4ull > pe->file.n)
			return;
		names_at = pe_offset(pe, names);
		numbers_at = pe_offset(pe, numbers);
		if (names_at < 0 || numbers_at < 0)
			return;
		t = (struct names){ (uint64_t)names_at, (uint64_t)numbers_at, n_names };
	}
	uint32_t *by_number = index_names(pe, &t, n_functions);
	struct value *list = &slots[PE_EXPORT_DETAILS];
	if (by_number == NULL || !value_make_list(list, pe->arena, n_functions))
		return;
	for (uint32_t i = 0; i < n_functions; i++) {
		struct cursor f = pe_at(pe, (uint64_t)functions_at + 4 * (uint64_t)i);
		uint32_t target = cursor_le32(&f);
		struct value *v = value_add_slots(list, pe->arena, pe_export_fields);
		struct span text;
		if (v == NULL)
			return;
		value_int(&v[PE_EXPORT_ORDINAL], (int64_t)base + i);
		value_int(&v[PE_EXPORT_RVA], target);
		int64_t place = pe_offset(pe, target);
		if (target >= rva && target < (uint64_t)rva + size) {
			if (place >= 0) {
				text = pe_text(pe, (uint64_t)place, 256);
				value_string(&v[PE_EXPORT_FORWARD_NAME], text);
			}
		} else if (place >= 0) {
			value_int(&v[PE_EXPORT_OFFSET], place);
		}
		if (name_of(pe, &t, by_number, i, &text))
			value_string(&v[PE_EXPORT_NAME], text);
	}
	value_int(&slots[PE_NUMBER_OF_EXPORTS], (int64_t)list->list->n);
}

/* ---- debug directory */

enum { MAX_PATH = 260, MAX_DEBUG_ENTRIES = 4096 };

/* Where the file name stands behind a CodeView record of this signature; 0 for an unknown one. */
static unsigned path_behind(uint32_t signature)
{
	return signature == 0x3031424e	 ? 16 /* NB10 */
	       : signature == 0x53445352 ? 24 /* RSDS */
	       : signature == 0x434f544d ? 20 /* MTOC */
					 : 0;
}

void pe_read_debug(struct pe *pe, struct value *slots)
{
	uint32_t rva, size;

	if (!pe_directory(pe, 6, &rva, &size) || size == 0 || size % 28 != 0 || rva == 0)
		return;
	int64_t at = pe_offset(pe, rva);
	for (uint32_t i = 0; at >= 0 && i < size / 28 && i < MAX_DEBUG_ENTRIES; i++) {
		struct cursor c = pe_at(pe, (uint64_t)at + 28 * (uint64_t)i);
		cursor_skip(&c, 12);
		uint32_t type = cursor_le32(&c);
		cursor_skip(&c, 4);
		uint32_t data_rva = cursor_le32(&c), data_at = cursor_le32(&c);
		if (!cursor_ok(&c))
			return;
		int64_t record = data_rva != 0 ? pe_offset(pe, data_rva) : 0;
		if (record <= 0)
			record = data_at;
		if (type != 2 || record <= 0) /* IMAGE_DEBUG_TYPE_CODEVIEW */
			continue;
		c = pe_at(pe, (uint64_t)record);
		unsigned behind = path_behind(cursor_le32(&c));
		if (!cursor_ok(&c) || behind == 0)
			continue;
		struct span path = pe_text(pe, (uint64_t)record + behind, MAX_PATH);
		if (path.n > 0 && path.n < MAX_PATH) {
			value_string(&slots[PE_PDB_PATH], path);
			return;
		}
	}
}
