/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/* Import tables, [MS-PECOFF] 6.4 and 5.8. */

/* Names in the table must look like names, as pefile and YARA ask. */
static bool is_function_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			  memchr("._?@$()<>", c, 9) != NULL;
		if (!ok)
			return false;
	}
	return s.n > 0;
}

static bool is_library_name(const struct pe *pe, uint64_t at, struct span *out)
{
	*out = pe_text(pe, at, SIZE_MAX);
	if (out->n == 0 || out->n >= pe->file.n - at)
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] < ' ' || memchr("\"*<>?|", out->p[i], 6) != NULL)
			return false;
	return true;
}

/* ord123, or the name that everybody knows. */
static struct span ordinal_name(struct pe *pe, struct span library, uint16_t ordinal)
{
	const char *known = pe_ordinal_name(library, ordinal);
	uint8_t text[16];
	size_t n = sizeof text;

	if (known != NULL)
		return span_of(known);
	uint16_t v = ordinal;
	do
		text[--n] = (uint8_t)('0' + v % 10);
	while ((v = (uint16_t)(v / 10)) != 0);
	n -= 3;
	memcpy(text + n, "ord", 3);
	const uint8_t *copy = arena_copy(pe->arena, text + n, sizeof text - n);
	return (struct span){ copy, copy != NULL ? sizeof text - n : 0 };
}

/* How many thunks there are before the empty one, so that room for them can be made. */
static size_t count_thunks(const struct pe *pe, uint64_t at)
{
	struct cursor c = pe_at(pe, at);
	size_t n = 0;

	while (n < PE_MAX_IMPORTS) {
		uint64_t thunk = pe->wide ? cursor_le64(&c) : cursor_le32(&c);
		if (!cursor_ok(&c) || thunk == 0)
			break;
		n++;
	}
	return n;
}

/* One thunk: a function by name or by ordinal.  False where it is neither. */
static bool read_thunk(struct pe *pe, struct span library, uint64_t thunk, uint64_t rva, struct value *list)
{
	uint64_t flag = pe->wide ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
	bool by_ordinal = (thunk & flag) != 0, named = false;
	struct span name = { NULL, 0 };

	if (by_ordinal) {
		name = ordinal_name(pe, library, (uint16_t)thunk);
		named = true;
	} else {
		int64_t at = pe_offset(pe, thunk);
		if (at >= 0 && pe->file.n - (uint64_t)at >= 3) {
			name = pe_text(pe, (uint64_t)at + 2, PE_MAX_NAME);
			named = true;
		}
	}
	if (!named || !is_function_name(name))
		return true;
	struct value *v = value_add_slots(list, pe->arena, pe_function_fields);
	if (v == NULL)
		return false;
	value_string(&v[PE_FUNCTION_NAME], name);
	if (by_ordinal)
		value_int(&v[PE_FUNCTION_ORDINAL], (uint16_t)thunk);
	if (rva != 0)
		value_int(&v[PE_FUNCTION_RVA], (int64_t)rva);
	return true;
}

static bool read_library(struct pe *pe, struct span library, uint64_t thunks_at, uint64_t first_rva,
			 struct value *list, int64_t *n_functions)
{
	size_t n = count_thunks(pe, thunks_at);
	struct cursor c = pe_at(pe, thunks_at);
	struct value functions;

	if (n == 0 || !value_make_list(&functions, pe->arena, n))
		return n == 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t thunk = pe->wide ? cursor_le64(&c) : cursor_le32(&c);
		uint64_t rva = first_rva != 0 ? first_rva + i * (pe->wide ? 8u : 4u) : 0;
		if (!read_thunk(pe, library, thunk, rva, &functions))
			return false;
	}
	if (functions.list->n == 0)
		return true;
	struct value *v = value_add_slots(list, pe->arena, pe_import_fields);
	if (v == NULL)
		return false;
	value_string(&v[PE_IMPORT_LIBRARY_NAME], library);
	value_int(&v[PE_IMPORT_NUMBER_OF_FUNCTIONS], (int64_t)functions.list->n);
	v[PE_IMPORT_FUNCTIONS] = functions;
	*n_functions += (int64_t)functions.list->n;
	return true;
}

static size_t count_descriptors(const struct pe *pe, uint64_t at, size_t size, size_t name_at)
{
	size_t n = 0;

	while (n < PE_MAX_IMPORTS) {
		struct cursor whole = pe_at(pe, 0);
		struct cursor c = cursor_sub(&whole, at + n * size, size);
		cursor_seek(&c, name_at);
		if (cursor_le32(&c) == 0 || !cursor_ok(&c))
			break;
		n++;
	}
	return n;
}

void pe_read_imports(struct pe *pe, struct value *slots)
{
	uint32_t rva, size;
	int64_t n_functions = 0;

	value_int(&slots[PE_NUMBER_OF_IMPORTS], 0);
	value_int(&slots[PE_NUMBER_OF_IMPORTED_FUNCTIONS], 0);
	if (!pe_directory(pe, 1, &rva, &size) || rva == 0)
		return;
	int64_t at = pe_offset(pe, rva);
	if (at < 0)
		return;
	size_t n = count_descriptors(pe, (uint64_t)at, 20, 12);
	struct value *list = &slots[PE_IMPORT_DETAILS];
	if (!value_make_list(list, pe->arena, n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct cursor c = pe_at(pe, (uint64_t)at + 20 * i);
		uint32_t lookup = cursor_le32(&c); /* OriginalFirstThunk */
		cursor_skip(&c, 8);
		uint32_t name = cursor_le32(&c), first = cursor_le32(&c);
		int64_t name_at = pe_offset(pe, name);
		struct span library;
		if (name_at < 0 || !is_library_name(pe, (uint64_t)name_at, &library))
			continue;
		int64_t thunks = pe_offset(pe, lookup);
		if (thunks <= 0)
			thunks = pe_offset(pe, first);
		if (thunks >= 0 &&
		    !read_library(pe, library, (uint64_t)thunks, first, list, &n_functions))
			break;
	}
	value_int(&slots[PE_NUMBER_OF_IMPORTS], (int64_t)list->list->n);
	value_int(&slots[PE_NUMBER_OF_IMPORTED_FUNCTIONS], n_functions);
}

/* Old descriptors (attribute bit 0 clear, 32 bits) hold addresses in place of rvas. */
static uint32_t relative(const struct pe *pe, uint32_t attributes, uint32_t v)
{
	if (!pe->wide && attributes == 0 && v > pe->image_base)
		return (uint32_t)(v - pe->image_base);
	return v;
}

void pe_read_delayed_imports(struct pe *pe, struct value *slots)
{
	uint32_t rva, size;
	int64_t n_functions = 0;

	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTS], 0);
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS], 0);
	if (!pe_directory(pe, 13, &rva, &size) || rva == 0)
		return;
	int64_t at = pe_offset(pe, rva);
	if (at < 0)
		return;
	size_t n = count_descriptors(pe, (uint64_t)at, 32, 4);
	struct value *list = &slots[PE_DELAYED_IMPORT_DETAILS];
	if (!value_make_list(list, pe->arena, n))
		return;
	for (size_t i = 0; i < n; i++) {
		struct cursor c = pe_at(pe, (uint64_t)at + 32 * i);
		uint32_t attributes = cursor_le32(&c), name = cursor_le32(&c);
		cursor_skip(&c, 4);
		uint32_t addresses = cursor_le32(&c), names = cursor_le32(&c);
		if (!cursor_ok(&c) || attributes > 1)
			break;
		int64_t name_at = pe_offset(pe, relative(pe, attributes, name));
		int64_t thunks = pe_offset(pe, relative(pe, attributes, names));
		struct span library;
		if (name_at < 0 || !is_library_name(pe, (uint64_t)name_at, &library) || thunks < 0)
			continue;
		if (!read_library(pe, library, (uint64_t)thunks, relative(pe, attributes, addresses), list,
				  &n_functions))
			break;
	}
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTS], (int64_t)list->list->n);
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS], n_functions);
}
