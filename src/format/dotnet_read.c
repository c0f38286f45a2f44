/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dotnet.h"

/* The tables of an assembly whose rows fields of the module tell (ECMA-335, II.22). */

enum { ELEMENT_STRING = 0x0e, PARENT_ASSEMBLY = 0x0e, TYPE_MEMBERREF = 3, CLASS_TYPEREF = 1 };

/* Columns that are read here. */
enum {
	MODULE_NAME = 1,
	CONSTANT_TYPE = 0,
	CONSTANT_VALUE = 2,
	ATTRIBUTE_PARENT = 0,
	ATTRIBUTE_TYPE = 1,
	ATTRIBUTE_VALUE = 2,
	TYPEREF_NAME = 1,
	ASSEMBLY_VERSION = 1,
	ASSEMBLY_NAME = 7,
	ASSEMBLY_CULTURE = 8,
	ASSEMBLYREF_VERSION = 0,
	ASSEMBLYREF_KEY = 5,
	ASSEMBLYREF_NAME = 6,
	RESOURCE_OFFSET = 0,
	RESOURCE_NAME = 2,
	RESOURCE_IMPLEMENTATION = 3,
};

static struct value *add(struct dotnet *d, unsigned field)
{
	struct value *v = value_grow(&d->slots[field], d->pe.arena, DOTNET_MAX_ROWS);

	d->spent = d->spent || v == NULL;
	return v;
}

static struct value *add_slots(struct dotnet *d, unsigned field, const struct field *table)
{
	struct value *v = value_grow_slots(&d->slots[field], d->pe.arena, table, DOTNET_MAX_ROWS);

	d->spent = d->spent || v == NULL;
	return v;
}

static void count(struct dotnet *d, unsigned field, unsigned list)
{
	value_int(&d->slots[field], (int64_t)d->slots[list].list->n);
}

/* Does the row, or what YARA takes for it, lie in the file? */
static bool fits(const struct dotnet *d, uint64_t at, uint64_t n)
{
	return at <= d->pe.file.n && n <= d->pe.file.n - at;
}

static void put_text(struct value *v, struct span s)
{
	if (s.p != NULL)
		value_string(v, s);
}

static void read_constants(struct dotnet *d)
{
	for (uint32_t row = 1; dotnet_row_there(d, TABLE_CONSTANT, row) && !d->spent; row++) {
		struct span s;
		if (dotnet_get(d, TABLE_CONSTANT, row, CONSTANT_TYPE) != ELEMENT_STRING ||
		    !dotnet_blob_index(d, dotnet_get(d, TABLE_CONSTANT, row, CONSTANT_VALUE), &s) ||
		    s.p + s.n >= d->pe.file.p + d->pe.file.n)
			continue;
		struct value *v = add(d, DOTNET_CONSTANTS);
		if (v != NULL)
			value_string(v, s);
	}
	count(d, DOTNET_NUMBER_OF_CONSTANTS, DOTNET_CONSTANTS);
}

/* Is the attribute's type a member of the class GuidAttribute?  *stop where a row is missing. */
static bool is_guid(const struct dotnet *d, uint32_t type, bool *stop)
{
	uint32_t member = type >> 3, class;
	struct span name;

	if ((type & 7) != TYPE_MEMBERREF)
		return false;
	if (member == 0)
		member = 1;
	struct cursor c = dotnet_cell(d, TABLE_MEMBERREF, member, 0);
	class = cursor_le16(&c); /* of a wider column YARA reads as much */
	*stop = !cursor_ok(&c);
	if (*stop || (class & 7) != CLASS_TYPEREF)
		return false;
	class = class >> 3 != 0 ? class >> 3 : 1;
	*stop = !dotnet_row_there(d, TABLE_TYPEREF, class);
	if (*stop)
		return false;
	name = dotnet_string(d, dotnet_get(d, TABLE_TYPEREF, class, TYPEREF_NAME));
	return name.p == NULL || (name.n >= 13 && memcmp(name.p, "GuidAttribute", 13) == 0);
}

/* The text of an attribute's value (II.23.3): a prolog of 1, and a string. */
static void put_typelib(struct dotnet *d, struct span blob)
{
	struct cursor c = cursor_of(blob);
	uint16_t prolog = cursor_le16(&c);
	uint8_t n = cursor_u8(&c);

	if (!cursor_ok(&c) || prolog != 1 || blob.p + blob.n >= d->pe.file.p + d->pe.file.n)
		return;
	struct span s = span_cut(d->pe.file, (uint64_t)(blob.p + 3 - d->pe.file.p), n);
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;
	if (s.n < n)
		return;
	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	if (s.n != 0 && s.p[0] == 0xff)
		s.n = 0;
	value_string(&d->slots[DOTNET_TYPELIB], s);
}

static void read_attributes(struct dotnet *d)
{
	bool stop = d->table[TABLE_TYPEREF].size == 0 || d->table[TABLE_MEMBERREF].size == 0;

	for (uint32_t row = 1; !stop && dotnet_row_there(d, TABLE_CUSTOMATTRIBUTE, row); row++) {
		struct span blob;
		if ((dotnet_get(d, TABLE_CUSTOMATTRIBUTE, row, ATTRIBUTE_PARENT) & 0x1f) !=
		    PARENT_ASSEMBLY)
			continue;
		uint32_t type = dotnet_get(d, TABLE_CUSTOMATTRIBUTE, row, ATTRIBUTE_TYPE);
		uint32_t value = dotnet_get(d, TABLE_CUSTOMATTRIBUTE, row, ATTRIBUTE_VALUE);
		if (is_guid(d, type, &stop) && value != 0 && dotnet_blob_index(d, value, &blob))
			put_typelib(d, blob);
	}
}

static void read_modulerefs(struct dotnet *d)
{
	const struct dotnet_rows *t = &d->table[TABLE_MODULEREF];

	for (uint32_t row = 1; row <= t->n && fits(d, t->at + (uint64_t)t->size * (row - 1), 4);
	     row++) {
		struct span name = dotnet_string(d, dotnet_get(d, TABLE_MODULEREF, row, 0));
		struct value *v = name.p != NULL ? add(d, DOTNET_MODULEREFS) : NULL;
		if (v != NULL)
			value_string(v, name);
	}
	count(d, DOTNET_NUMBER_OF_MODULEREFS, DOTNET_MODULEREFS);
}

static void read_field_offsets(struct dotnet *d)
{
	const struct dotnet_rows *t = &d->table[TABLE_FIELDRVA];

	for (uint32_t row = 1; row <= t->n && fits(d, t->at + (uint64_t)t->size * (row - 1), 8);
	     row++) {
		int64_t at = pe_offset(&d->pe, dotnet_get(d, TABLE_FIELDRVA, row, 0));
		struct value *v = at >= 0 ? add(d, DOTNET_FIELD_OFFSETS) : NULL;
		if (v != NULL)
			value_int(v, at);
	}
	count(d, DOTNET_NUMBER_OF_FIELD_OFFSETS, DOTNET_FIELD_OFFSETS);
}

/* Four numbers of two bytes that stand in columns from `first` on. */
static void put_version(struct dotnet *d, struct value *v, enum dotnet_table table, uint32_t row,
			unsigned first)
{
	struct value *slots = value_make_struct(v, d->pe.arena, dotnet_version_fields);

	if (slots == NULL) {
		d->spent = true;
		return;
	}
	for (unsigned i = 0; i < 4; i++)
		value_int(&slots[DOTNET_VERSION_MAJOR + i], dotnet_get(d, table, row, first + i));
}

static void read_assembly(struct dotnet *d)
{
	struct value *v =
		value_make_struct(&d->slots[DOTNET_ASSEMBLY], d->pe.arena, dotnet_assembly_fields);
	struct dotnet_rows *t = &d->table[TABLE_ASSEMBLY];
	uint32_t n = t->n;

	if (v == NULL) {
		d->spent = true;
		return;
	}
	t->n = 1; /* YARA reads the first row, whatever their number */
	put_version(d, &v[DOTNET_ASSEMBLY_VERSION], TABLE_ASSEMBLY, 1, ASSEMBLY_VERSION);
	struct span culture = dotnet_string(d, dotnet_get(d, TABLE_ASSEMBLY, 1, ASSEMBLY_CULTURE));
	put_text(&v[DOTNET_ASSEMBLY_NAME],
		 dotnet_string(d, dotnet_get(d, TABLE_ASSEMBLY, 1, ASSEMBLY_NAME)));
	if (culture.n != 0)
		value_string(&v[DOTNET_ASSEMBLY_CULTURE], culture);
	t->n = n;
}

static void read_assembly_refs(struct dotnet *d)
{
	for (uint32_t row = 1; dotnet_row_there(d, TABLE_ASSEMBLYREF, row) && !d->spent; row++) {
		struct value *v = add_slots(d, DOTNET_ASSEMBLY_REFS, dotnet_assembly_ref_fields);
		struct span key;
		if (v == NULL)
			break;
		put_version(d, &v[DOTNET_ASSEMBLY_REF_VERSION], TABLE_ASSEMBLYREF, row,
			    ASSEMBLYREF_VERSION);
		if (!dotnet_blob_index(d, dotnet_get(d, TABLE_ASSEMBLYREF, row, ASSEMBLYREF_KEY),
				       &key))
			continue;
		if (key.n != 0)
			value_string(&v[DOTNET_ASSEMBLY_REF_PUBLIC_KEY_OR_TOKEN], key);
		put_text(&v[DOTNET_ASSEMBLY_REF_NAME],
			 dotnet_string(d, dotnet_get(d, TABLE_ASSEMBLYREF, row, ASSEMBLYREF_NAME)));
	}
	count(d, DOTNET_NUMBER_OF_ASSEMBLY_REFS, DOTNET_ASSEMBLY_REFS);
}

/* Resources of other files have a name alone. */
static void read_resources(struct dotnet *d)
{
	for (uint32_t row = 1; dotnet_row_there(d, TABLE_MANIFESTRESOURCE, row) && !d->spent;
	     row++) {
		struct value *v = add_slots(d, DOTNET_RESOURCES, dotnet_resource_fields);
		if (v == NULL)
			break;
		put_text(&v[DOTNET_RESOURCE_NAME],
			 dotnet_string(d,
				       dotnet_get(d, TABLE_MANIFESTRESOURCE, row, RESOURCE_NAME)));
		int64_t at = d->resources_at +
			     (int64_t)dotnet_get(d, TABLE_MANIFESTRESOURCE, row, RESOURCE_OFFSET);
		if (dotnet_get(d, TABLE_MANIFESTRESOURCE, row, RESOURCE_IMPLEMENTATION) != 0 ||
		    at < 0)
			continue;
		struct cursor c = pe_at(&d->pe, (uint64_t)at);
		uint32_t size = cursor_le32(&c);
		if (!cursor_ok(&c))
			continue;
		value_int(&v[DOTNET_RESOURCE_OFFSET], at + 4);
		value_int(&v[DOTNET_RESOURCE_LENGTH], size);
	}
	count(d, DOTNET_NUMBER_OF_RESOURCES, DOTNET_RESOURCES);
}

bool dotnet_read_table(struct dotnet *d, enum dotnet_table table)
{
	struct dotnet_rows *t = &d->table[table];

	switch (table) {
	case TABLE_MODULE:
		if (!fits(d, t->at, 18)) { /* the row at its widest */
			t->n = 0;
			return false;
		}
		if (t->n == 0)
			return true;
		put_text(&d->slots[DOTNET_MODULE_NAME],
			 dotnet_string(d, dotnet_get(d, TABLE_MODULE, 1, MODULE_NAME)));
		break;
	case TABLE_CONSTANT:
		read_constants(d);
		break;
	case TABLE_CUSTOMATTRIBUTE:
		read_attributes(d);
		break;
	case TABLE_MODULEREF:
		read_modulerefs(d);
		break;
	case TABLE_FIELDRVA:
		read_field_offsets(d);
		break;
	case TABLE_ASSEMBLY:
		if (!fits(d, t->at, t->size))
			return false;
		read_assembly(d);
		break;
	case TABLE_ASSEMBLYREF:
		read_assembly_refs(d);
		break;
	case TABLE_MANIFESTRESOURCE:
		read_resources(d);
		break;
	default:
		break;
	}
	return true;
}
