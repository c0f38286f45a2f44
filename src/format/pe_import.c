/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pe.h"

/*
 * Import tables and delayed ones, [MS-PECOFF] 6.4 and 5.8.  What counts as a library and as a
 * function is YARA's choice (and pefile's), since imphash stands on it.
 */

enum { DELAYED_SIZE = 32 }; /* of a descriptor */

/* Names in the table must look like names. */
static bool is_function_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || memchr("._?@$()<>", c, 9) != NULL;
		if (!ok)
			return false;
	}
	return s.n > 0;
}

/* Any printable text that may be a file's name in Windows; it ends within `max` bytes. */
static bool library_name(struct pe *pe, uint32_t rva, size_t max, struct span *out)
{
	int64_t at = pe_offset(pe, rva);

	if (at < 0)
		return false;
	*out = pe_text(pe, (uint64_t)at, max);
	if (out->n == 0 || out->n >= max || out->n >= pe->file.n - (uint64_t)at)
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] < ' ' || out->p[i] > 0x7e || memchr("\"*<>?|", out->p[i], 6) != NULL)
			return false;
	return true;
}

/* The name of a delayed library, which may be long; its bytes are taken from the limit of texts. */
static bool delayed_name(struct pe *pe, uint32_t rva, struct span *out)
{
	*out = (struct span){ NULL, 0 };
	bool ok = library_name(pe, rva, pe->text, out);
	if (out->n >= pe->text) {
		pe->text = 0;
		module_cut(pe->steps);
		return false;
	}
	pe->text -= out->n + 1;
	return ok;
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
	pe->spent = pe->spent || copy == NULL;
	return (struct span){ copy, copy != NULL ? sizeof text - n : 0 };
}

static uint64_t read_thunk(const struct pe *pe, struct cursor *c)
{
	return pe->wide ? cursor_le64(c) : cursor_le32(c);
}

static size_t thunk_size(const struct pe *pe) { return pe->wide ? 8 : 4; }
static uint64_t ordinal_flag(const struct pe *pe) { return UINT64_C(1) << (pe->wide ? 63 : 31); }

/* Takes one from the limit of work. */
static bool may_read(struct pe *pe)
{
	if (pe->thunks == 0)
		module_cut(pe->steps);
	return pe->thunks != 0 && pe->thunks-- != 0;
}

/* One imported function; `ordinal` is NULL where it has none. */
static bool put_function(struct pe *pe, struct value *list, struct span name,
			 const uint16_t *ordinal, uint64_t rva)
{
	struct value *v = pe_add(pe, list, pe_function_fields, PE_MAX_IMPORTS);

	if (v == NULL)
		return false;
	value_string(&v[PE_FUNCTION_NAME], name);
	if (ordinal != NULL)
		value_int(&v[PE_FUNCTION_ORDINAL], *ordinal);
	if (rva != 0)
		value_int(&v[PE_FUNCTION_RVA], (int64_t)rva);
	return true;
}

static bool put_library(struct pe *pe, struct value *list, struct span name, struct value functions)
{
	struct value *v = pe_add(pe, list, pe_import_fields, PE_MAX_IMPORTS);

	if (v == NULL)
		return false;
	value_string(&v[PE_IMPORT_LIBRARY_NAME], name);
	value_int(&v[PE_IMPORT_NUMBER_OF_FUNCTIONS], (int64_t)functions.list->n);
	v[PE_IMPORT_FUNCTIONS] = functions;
	return true;
}

/* What a thunk names: an ordinal without further bits, or a hint and a name.  False for neither. */
static bool thunk_name(struct pe *pe, struct span library, uint64_t thunk, struct span *name,
		       bool *ordinal)
{
	*ordinal = (thunk & ordinal_flag(pe)) != 0;
	if (*ordinal) {
		if (thunk - ordinal_flag(pe) > UINT16_MAX)
			return false;
		*name = ordinal_name(pe, library, (uint16_t)thunk);
		return true;
	}
	int64_t at = pe_offset(pe, thunk);
	if (at < 0 || pe->file.n - (uint64_t)at < 3)
		return false;
	*name = pe_text(pe, (uint64_t)at + 2, PE_MAX_NAME);
	return is_function_name(*name);
}

/* The functions of one library, into an array; *total counts those of all libraries. */
static void read_functions(struct pe *pe, struct span library, uint64_t at, uint32_t first_rva,
			   struct value *functions, size_t *total)
{
	struct cursor c = pe_at(pe, at);

	for (uint64_t i = 0; i < PE_MAX_IMPORTS && *total < PE_MAX_IMPORTS && may_read(pe); i++) {
		uint64_t thunk = read_thunk(pe, &c), rva = first_rva + i * thunk_size(pe);
		uint16_t number = (uint16_t)thunk;
		struct span name;
		bool ordinal;
		if (!cursor_ok(&c) || thunk == 0)
			break;
		if (!thunk_name(pe, library, thunk, &name, &ordinal))
			continue;
		if (!put_function(pe, functions, name, ordinal ? &number : NULL,
				  pe->wide ? rva : (uint32_t)rva))
			break;
		*total += 1;
	}
}

void pe_read_imports(struct pe *pe, struct value *slots)
{
	struct value *list = &slots[PE_IMPORT_DETAILS];
	int64_t at = pe_directory_at(pe, 1);
	size_t total = 0;

	value_int(&slots[PE_NUMBER_OF_IMPORTS], 0);
	value_int(&slots[PE_NUMBER_OF_IMPORTED_FUNCTIONS], 0);
	if (at < 0 || !pe_list(pe, list))
		return;
	struct cursor c = pe_at(pe, (uint64_t)at);
	for (size_t i = 0; i < PE_MAX_IMPORTS && !pe->spent; i++) {
		struct value functions = { .kind = VALUE_UNDEFINED };
		struct span library;
		uint32_t lookup = cursor_le32(&c); /* OriginalFirstThunk */
		cursor_skip(&c, 8);
		uint32_t name = cursor_le32(&c), first = cursor_le32(&c); /* Name, FirstThunk */
		if (!cursor_ok(&c) || name == 0)
			break;
		if (!library_name(pe, name, PE_MAX_LIBRARY_NAME, &library))
			continue;
		int64_t thunks = pe_offset(pe, lookup);
		if (thunks <= 0)
			thunks = pe_offset(pe, first);
		if (thunks < 0 || !pe_list(pe, &functions))
			continue;
		read_functions(pe, library, (uint64_t)thunks, first, &functions, &total);
		if (functions.list->n != 0 && !put_library(pe, list, library, functions))
			break;
	}
	value_int(&slots[PE_NUMBER_OF_IMPORTS], (int64_t)list->list->n);
	value_int(&slots[PE_NUMBER_OF_IMPORTED_FUNCTIONS], (int64_t)total);
}

/* ---- delayed imports */

struct delayed {
	uint32_t attributes, name, addresses, names;
};

/* Old descriptors (attributes of 0) hold addresses in place of rvas. */
static uint64_t relative(const struct pe *pe, uint64_t v)
{
	return v > pe->image_base ? v - pe->image_base : v;
}

/* The descriptor at the cursor.  False at the table's end, or where it makes no sense. */
static bool read_descriptor(const struct pe *pe, struct cursor *c, struct delayed *d)
{
	struct cursor whole = *c;

	d->attributes = cursor_le32(c);
	d->name = cursor_le32(c);
	cursor_skip(c, 4);
	d->addresses = cursor_le32(c);
	d->names = cursor_le32(c);
	cursor_skip(c, 12);
	struct span raw = cursor_take(&whole, DELAYED_SIZE);
	bool empty = true;
	for (size_t i = 0; i < raw.n; i++)
		empty = empty && raw.p[i] == 0;
	if (empty || d->attributes > 1)
		return false;
	if (!pe->wide && d->attributes == 0) {
		d->name = (uint32_t)relative(pe, d->name);
		d->addresses = (uint32_t)relative(pe, d->addresses);
		d->names = (uint32_t)relative(pe, d->names);
	}
	return d->names < pe->size_of_image && d->addresses < pe->size_of_image && d->name >= 64 &&
	       d->names >= 64;
}

/* The pointer at an rva; 0 where it lies outside of the file. */
static uint64_t pointer_at(struct pe *pe, uint64_t rva)
{
	int64_t at = pe_offset(pe, rva);
	struct cursor c = pe_at(pe, at < 0 ? pe->file.n : (uint64_t)at);

	return read_thunk(pe, &c);
}

static void read_delayed_functions(struct pe *pe, struct span library, const struct delayed *d,
				   struct value *functions, size_t *total)
{
	for (uint64_t i = 0; *total < PE_MAX_IMPORTS && may_read(pe); i++) {
		uint64_t step = i * thunk_size(pe), name = pointer_at(pe, d->names + step);
		uint16_t number = (uint16_t)name;
		bool ordinal = (name & ordinal_flag(pe)) != 0;
		struct span text;
		if (name == 0 || pointer_at(pe, d->addresses + step) == 0)
			break;
		if (ordinal) {
			text = ordinal_name(pe, library, number);
		} else {
			int64_t at =
				pe_offset(pe, (d->attributes == 0 ? relative(pe, name) : name) + 2);
			if (at < 0)
				continue;
			text = pe_text(pe, (uint64_t)at, PE_MAX_NAME);
		}
		if (!put_function(pe, functions, text, ordinal ? &number : NULL,
				  d->addresses + step))
			break;
		*total += 1;
	}
}

void pe_read_delayed_imports(struct pe *pe, struct value *slots)
{
	struct value *list = &slots[PE_DELAYED_IMPORT_DETAILS];
	int64_t at = pe_directory_at(pe, 13);
	size_t total = 0;
	struct delayed d;

	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTS], 0);
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS], 0);
	if (at < 0 || !pe_list(pe, list))
		return;
	struct cursor c = pe_at(pe, (uint64_t)at);
	for (size_t i = 0; i < PE_MAX_IMPORTS && read_descriptor(pe, &c, &d) && !pe->spent; i++) {
		struct value functions = { .kind = VALUE_UNDEFINED };
		struct span library;
		if (!delayed_name(pe, d.name, &library) || !pe_list(pe, &functions))
			continue;
		read_delayed_functions(pe, library, &d, &functions, &total);
		if (!put_library(pe, list, library, functions))
			break;
	}
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTS], (int64_t)list->list->n);
	value_int(&slots[PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS], (int64_t)total);
}
