/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dotnet.h"

/*
 * From the PE image's COM descriptor to the metadata: streams (II.24.2.2), the heaps #GUID and #US,
 * and the places and widths of the tables in #~ (II.24.2.6).
 */

enum {
	DIRECTORY_COM = 14,
	CLI_HEADER_SIZE = 72,
	METADATA_SIZE = 16, /* up to the version */
	METADATA_MAGIC = 0x424a5342,
	STREAM_NAME_SIZE = 32,
	MAX_GUIDS = 16,
	GUID_TEXT = 36,
	EXTRA_DATA = 0x40, /* in HeapSizes: four bytes follow the numbers of rows */
};

/* ---- strings and blobs */

struct span dotnet_string(const struct dotnet *d, uint32_t index)
{
	struct span none = { NULL, 0 };

	if (index >= d->strings_size)
		return none;
	struct span s = span_cut(d->pe.file, d->strings_at + index, DOTNET_MAX_TEXT + 1);
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;
	return nul != NULL ? (struct span){ s.p, (size_t)(nul - s.p) } : none;
}

/* The length is encoded in one, two or four bytes (II.24.2.4). */
bool dotnet_blob(const struct dotnet *d, uint64_t at, struct span *out)
{
	struct cursor c = pe_at(&d->pe, at);
	uint32_t n = cursor_u8(&c);

	if ((n & 0xe0) == 0xe0)
		return false;
	if ((n & 0xe0) == 0xc0) {
		n = (n & 0x1f) << 24;
		n |= (uint32_t)cursor_u8(&c) << 16;
		n |= cursor_be16(&c);
		if (cursor_left(&c) == 0)
			return false;
	} else if ((n & 0x80) != 0) {
		n = (n & 0x3f) << 8 | cursor_u8(&c);
	}
	*out = cursor_take(&c, n);
	return cursor_ok(&c);
}

bool dotnet_blob_index(const struct dotnet *d, uint32_t index, struct span *out)
{
	return dotnet_blob(d, d->blob_at + index, out);
}

/* ---- lists of strings */

static bool add_string(struct dotnet *d, struct value *list, struct span s, size_t most)
{
	struct value *v = value_grow(list, d->pe.arena, most);

	if (v == NULL) {
		d->spent = d->spent || list->list->n < most;
		return false;
	}
	value_string(v, s);
	return true;
}

static void read_guids(struct dotnet *d, uint64_t at, uint32_t size)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct value *list = &d->slots[DOTNET_GUIDS];
	struct cursor c = pe_at(&d->pe, at);

	for (uint32_t i = 0; i < MAX_GUIDS && i < size / 16; i++) {
		struct span raw = cursor_take(&c, 16);
		char *text = cursor_ok(&c) ? arena_alloc(d->pe.arena, GUID_TEXT) : NULL;
		size_t n = 0;
		if (text == NULL) {
			d->spent = d->spent || cursor_ok(&c);
			break;
		}
		for (size_t k = 0; k < 16; k++) {
			if (k == 4 || k == 6 || k == 8 || k == 10)
				text[n++] = '-';
			text[n++] = "0123456789abcdef"[raw.p[order[k]] >> 4];
			text[n++] = "0123456789abcdef"[raw.p[order[k]] & 15];
		}
		if (!add_string(d, list, (struct span){ (const uint8_t *)text, n }, MAX_GUIDS))
			break;
	}
	value_int(&d->slots[DOTNET_NUMBER_OF_GUIDS], (int64_t)list->list->n);
}

/* Goes through #US and adds its strings to the list, where there is one.  Each is followed by a
 * byte that is no part of it and is then gone over as if it began the next.  The number of strings.
 */
static size_t walk_strings(struct dotnet *d, struct value *list)
{
	uint64_t at = d->us_at + 1, end = d->us_at + d->us_size;
	struct span s;
	size_t n = 0;

	while (at < end && n < DOTNET_MAX_STRINGS && dotnet_blob(d, at, &s)) {
		size_t text = s.n > 0 ? s.n - 1 : 0;
		at = (uint64_t)(s.p - d->pe.file.p) + text;
		if (text == 0)
			continue;
		if (list != NULL && !add_string(d, list, span_cut(s, 0, text), DOTNET_MAX_STRINGS))
			break;
		n++;
	}
	if (at < end && n == DOTNET_MAX_STRINGS)
		module_cut(d->pe.steps);
	return n;
}

static void make_strings(const struct value_later *l, struct value *out)
{
	struct dotnet *d = *(struct dotnet *const *)l->from;

	if (value_make_list(out, l->arena, 0))
		(void)walk_strings(d, out);
}

static void count_strings(const struct value_later *l, struct value *out)
{
	struct dotnet *d = *(struct dotnet *const *)l->from;

	value_int(out, (int64_t)walk_strings(d, NULL));
}

/* The stream must be in the file and begin with an empty string. */
static void put_off_strings(struct dotnet *d)
{
	struct span s = span_cut(d->pe.file, d->us_at, d->us_size);
	struct dotnet **self = arena_alloc(d->pe.arena, sizeof(struct dotnet *));

	if (d->us_size == 0 || s.n != d->us_size || s.p[0] != 0)
		return;
	if (self != NULL)
		*self = d;
	if (self == NULL ||
	    !value_put_off(&d->slots[DOTNET_USER_STRINGS], d->pe.arena, self, make_strings) ||
	    !value_put_off(&d->slots[DOTNET_NUMBER_OF_USER_STRINGS], d->pe.arena, self,
			   count_strings))
		d->spent = true;
}

/* ---- tables */

/*
 * The columns of each table, a letter each: 2 and 4 bytes; s, g, b: indexes of #Strings, #GUID and
 * #Blob; others as coded[] and simple[] have them.
 */
static const char *const columns[TABLE_COUNT] = {
	[0x00] = "2sggg", [0x01] = "rss",  [0x02] = "4sstFM",    [0x03] = "F",
	[0x04] = "2sb",   [0x05] = "M",    [0x06] = "422sbP",    [0x08] = "22s",
	[0x09] = "Tt",    [0x0a] = "msb",  [0x0b] = "2cb",       [0x0c] = "hyb",
	[0x0d] = "fb",    [0x0e] = "2db",  [0x0f] = "24T",       [0x10] = "4F",
	[0x11] = "b",     [0x12] = "TE",   [0x13] = "E",         [0x14] = "2st",
	[0x15] = "TR",    [0x16] = "R",    [0x17] = "2sb",       [0x18] = "2Me",
	[0x19] = "Too",   [0x1a] = "s",    [0x1b] = "b",         [0x1c] = "2wsO",
	[0x1d] = "4F",    [0x1e] = "44",   [0x1f] = "4",         [0x20] = "422224bss",
	[0x21] = "4",     [0x22] = "444",  [0x23] = "22224bssb", [0x24] = "4Q",
	[0x25] = "444A",  [0x26] = "4sb",  [0x27] = "44ssx",     [0x28] = "44si",
	[0x29] = "TT",    [0x2a] = "22ps", [0x2b] = "ob",        [0x2c] = "Gt",
};

/* Indexes of one table. */
static const struct {
	char letter;
	uint8_t table;
} simple[] = {
	{ 'F', TABLE_FIELD },        { 'M', TABLE_METHODDEF },
	{ 'P', TABLE_PARAM },        { 'T', TABLE_TYPEDEF },
	{ 'E', TABLE_EVENT },        { 'R', TABLE_PROPERTY },
	{ 'O', TABLE_MODULEREF },    { 'A', TABLE_ASSEMBLYREF },
	{ 'G', TABLE_GENERICPARAM }, { 'Q', TABLE_ASSEMBLYREFPROCESSOR },
};

/* Indexes of one of several tables (II.24.2.6), with the bits that tell which; as YARA has them. */
static const struct {
	char letter;
	uint8_t bits, n;
	uint8_t table[21];
} coded[] = {
	{ 't', 2, 3, { TABLE_TYPEDEF, TABLE_TYPEREF, TABLE_TYPESPEC } },
	{ 'r', 2, 4, { TABLE_MODULE, TABLE_MODULEREF, TABLE_ASSEMBLYREF, TABLE_TYPEREF } },
	{ 'm', 3, 4, { TABLE_METHODDEF, TABLE_MODULEREF, TABLE_TYPEREF, TABLE_TYPESPEC } },
	{ 'c', 2, 3, { TABLE_PARAM, TABLE_FIELD, TABLE_PROPERTY } },
	{ 'h', 5, 21, { TABLE_METHODDEF,     TABLE_FIELD,
			TABLE_TYPEREF,       TABLE_TYPEDEF,
			TABLE_PARAM,         TABLE_INTERFACEIMPL,
			TABLE_MEMBERREF,     TABLE_MODULE,
			TABLE_PROPERTY,      TABLE_EVENT,
			TABLE_STANDALONESIG, TABLE_MODULEREF,
			TABLE_TYPESPEC,      TABLE_ASSEMBLY,
			TABLE_ASSEMBLYREF,   TABLE_FILE,
			TABLE_EXPORTEDTYPE,  TABLE_MANIFESTRESOURCE,
			TABLE_GENERICPARAM,  TABLE_GENERICPARAMCONSTRAINT,
			TABLE_METHODSPEC } },
	{ 'y', 3, 2, { TABLE_METHODDEF, TABLE_MEMBERREF } },
	{ 'f', 1, 2, { TABLE_FIELD, TABLE_PARAM } },
	{ 'd', 2, 3, { TABLE_TYPEDEF, TABLE_METHODDEF, TABLE_ASSEMBLY } },
	{ 'e', 1, 2, { TABLE_EVENT, TABLE_PROPERTY } },
	{ 'o', 1, 2, { TABLE_METHODDEF, TABLE_MEMBERREF } },
	{ 'w', 1, 2, { TABLE_FIELD, TABLE_METHODDEF } },
	{ 'i', 2, 2, { TABLE_FILE, TABLE_ASSEMBLYREF } },
	{ 'x', 2, 3, { TABLE_FILE, TABLE_ASSEMBLYREF, TABLE_EXPORTEDTYPE } },
	{ 'p', 1, 2, { TABLE_TYPEDEF, TABLE_METHODDEF } },
};

static uint8_t width(const struct dotnet *d, const uint32_t *n_rows, char letter)
{
	switch (letter) {
	case '2':
		return 2;
	case '4':
		return 4;
	case 's':
		return (d->heap_sizes & 1) != 0 ? 4 : 2;
	case 'g':
		return (d->heap_sizes & 2) != 0 ? 4 : 2;
	case 'b':
		return (d->heap_sizes & 4) != 0 ? 4 : 2;
	}
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
		if (simple[i].letter == letter)
			return n_rows[simple[i].table] > 0xffff ? 4 : 2;
	for (size_t i = 0; i < sizeof coded / sizeof *coded; i++)
		for (size_t k = 0; coded[i].letter == letter && k < coded[i].n; k++)
			if (n_rows[coded[i].table[k]] > 0xffffu >> coded[i].bits)
				return 4;
	return 2;
}

bool dotnet_row_there(const struct dotnet *d, enum dotnet_table table, uint32_t row)
{
	const struct dotnet_rows *t = &d->table[table];
	uint64_t at = t->at + (uint64_t)t->size * (row - 1);

	return row >= 1 && row <= t->n && at <= d->pe.file.n && t->size <= d->pe.file.n - at;
}

struct cursor dotnet_cell(const struct dotnet *d, enum dotnet_table table, uint32_t row,
			  unsigned column)
{
	const struct dotnet_rows *t = &d->table[table];

	if (!dotnet_row_there(d, table, row))
		return (struct cursor){ .failed = 1 };
	return pe_at(&d->pe, t->at + (uint64_t)t->size * (row - 1) + t->column[column]);
}

uint32_t dotnet_get(const struct dotnet *d, enum dotnet_table table, uint32_t row, unsigned column)
{
	const struct dotnet_rows *t = &d->table[table];
	struct cursor c = dotnet_cell(d, table, row, column);

	return t->column[column + 1] - t->column[column] == 4 ? cursor_le32(&c) : cursor_le16(&c);
}

/*
 * Places the tables one behind the other and reads those of interest on the way, for YARA stops at
 * the first that it does not know or that is too long.  True where it would come to the classes.
 */
static bool read_tables(struct dotnet *d, uint64_t at)
{
	struct cursor c = pe_at(&d->pe, at);
	uint32_t n_rows[64] = { 0 };
	unsigned n_there = 0;

	cursor_skip(&c, 6); /* Reserved, MajorVersion, MinorVersion */
	d->heap_sizes = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint64_t valid = cursor_le64(&c);
	cursor_skip(&c, 8); /* Sorted */
	if (!cursor_ok(&c))
		return false;
	for (unsigned i = 0; i < 64; i++)
		if ((valid >> i & 1) != 0) {
			n_rows[i] = cursor_le32(&c);
			n_there++;
		}
	uint64_t table_at = at + 24 + 4 * n_there + ((d->heap_sizes & EXTRA_DATA) != 0 ? 4 : 0);
	uint64_t there = cursor_ok(&c) ? 64 : (d->pe.file.n - at - 24) / 4; /* numbers that are */
	for (unsigned i = 0; i < 64; i++) {
		if ((valid >> i & 1) == 0)
			continue;
		if (there == 0 || n_rows[i] > DOTNET_MAX_ROWS || i >= TABLE_COUNT ||
		    columns[i] == NULL)
			return false;
		there--;
		struct dotnet_rows *t = &d->table[i];
		*t = (struct dotnet_rows){ .at = table_at, .n = n_rows[i] };
		for (size_t k = 0; columns[i][k] != '\0'; k++) {
			t->size += width(d, n_rows, columns[i][k]);
			t->column[k + 1] = (uint8_t)t->size;
		}
		if (dotnet_read_table(d, i))
			table_at += (uint64_t)t->size * t->n;
	}
	return true;
}

/* ---- streams */

struct streams {
	bool tilde, strings, blob, us, guid;
	uint64_t tilde_at, guid_at;
	uint32_t guid_size;
};

static bool begins(struct span s, const char *text)
{
	return s.n >= strlen(text) && memcmp(s.p, text, strlen(text)) == 0;
}

/* The first of its name counts, but the last of #GUID. */
static void note_stream(struct dotnet *d, struct streams *s, struct span name, uint64_t at,
			uint32_t size)
{
	if ((begins(name, "#~") || begins(name, "#-")) && !s->tilde) {
		s->tilde = true;
		s->tilde_at = at;
	} else if (begins(name, "#GUID")) {
		s->guid = true;
		s->guid_at = at;
		s->guid_size = size;
	} else if (begins(name, "#Strings") && !s->strings) {
		s->strings = true;
		d->strings_at = at;
		d->strings_size = size;
	} else if (begins(name, "#Blob") && !s->blob) {
		s->blob = true;
		d->blob_at = at;
	} else if (begins(name, "#US") && !s->us) {
		s->us = true;
		d->us_at = at;
		d->us_size = size;
	}
}

static void read_streams(struct dotnet *d, struct streams *s, uint64_t at, unsigned n)
{
	struct value *list = &d->slots[DOTNET_STREAMS];

	for (unsigned i = 0; i < n; i++) {
		struct cursor c = pe_at(&d->pe, at);
		uint32_t offset = cursor_le32(&c), size = cursor_le32(&c);
		struct span name = cursor_take(&c, STREAM_NAME_SIZE);
		const uint8_t *nul = name.n != 0 ? memchr(name.p, 0, name.n) : NULL;
		if (nul == NULL)
			break;
		name.n = (size_t)(nul - name.p);
		struct value *v = value_grow_slots(list, d->pe.arena, dotnet_stream_fields, 256);
		if (v == NULL) {
			d->spent = true;
			break;
		}
		value_string(&v[DOTNET_STREAM_NAME], name);
		value_int(&v[DOTNET_STREAM_OFFSET], (int64_t)(d->root + offset));
		value_int(&v[DOTNET_STREAM_SIZE], size);
		note_stream(d, s, name, d->root + offset, size);
		at += 8 + name.n + 4 - name.n % 4;
	}
	value_int(&d->slots[DOTNET_NUMBER_OF_STREAMS], (int64_t)list->list->n);
}

/* The metadata root of an assembly; 0 where this is none.  *resources receives the rva. */
static uint64_t find_metadata(struct dotnet *d, uint32_t *version_size)
{
	uint32_t rva, size;

	pe_directory(&d->pe, DIRECTORY_COM, &rva, &size);
	int64_t at = pe_offset(&d->pe, rva);
	if (at < 0)
		return 0;
	struct cursor whole = pe_at(&d->pe, (uint64_t)at), c = whole;
	cursor_skip(&whole, CLI_HEADER_SIZE);
	uint32_t cb = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint32_t metadata = cursor_le32(&c);
	cursor_skip(&c, 12);
	d->resources_at = pe_offset(&d->pe, cursor_le32(&c));
	if (!cursor_ok(&whole) || cb != CLI_HEADER_SIZE)
		return 0;
	at = pe_offset(&d->pe, metadata);
	if (at <= 0)
		return 0;
	c = pe_at(&d->pe, (uint64_t)at);
	uint32_t magic = cursor_le32(&c);
	cursor_skip(&c, 8);
	*version_size = cursor_le32(&c);
	bool sound = magic == METADATA_MAGIC && *version_size != 0 && *version_size <= 255 &&
		     *version_size % 4 == 0;
	cursor_skip(&c, *version_size);
	bool there = !d->pe.wide || d->pe.n_directories >= DIRECTORY_COM;
	return sound && there && cursor_ok(&c) ? (uint64_t)at : 0;
}

static void read_metadata(struct dotnet *d, uint32_t version_size)
{
	struct span version = span_cut(d->pe.file, d->root + METADATA_SIZE, version_size);
	const uint8_t *nul = memchr(version.p, 0, version.n);
	struct cursor c = pe_at(&d->pe, d->root + METADATA_SIZE + version_size);
	struct streams s = { 0 };

	if (nul != NULL)
		value_string(&d->slots[DOTNET_VERSION],
			     (struct span){ version.p, (size_t)(nul - version.p) });
	cursor_skip(&c, 2);                          /* Flags */
	unsigned n_streams = cursor_le16(&c) & 0xff; /* YARA reads one byte of the two */
	if (!cursor_ok(&c))
		return;
	read_streams(d, &s, cursor_place(&c), n_streams);
	if (s.guid)
		read_guids(d, s.guid_at, s.guid_size);
	if (s.tilde && s.strings && s.blob && read_tables(d, s.tilde_at) &&
	    !dotnet_put_off_classes(d))
		d->spent = true;
	if (s.us)
		put_off_strings(d);
}

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	static const uint8_t lists[] = { DOTNET_STREAMS,       DOTNET_GUIDS,      DOTNET_RESOURCES,
					 DOTNET_ASSEMBLY_REFS, DOTNET_MODULEREFS, DOTNET_CONSTANTS,
					 DOTNET_FIELD_OFFSETS };
	struct dotnet *d = arena_alloc(in->arena, sizeof *d);
	struct value *header = arena_array(in->arena, PE_N_FIELDS, sizeof *header);
	uint32_t version_size;

	if (d == NULL || header == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, ".NET: no memory left");
	if (!pe_headers(&d->pe, in->file, in->arena, header))
		return error_set(e, REASON_DAMAGED, 0, "not a PE image ([MS-PECOFF] 3)");
	d->slots = slots;
	d->pe.steps = in->steps;
	d->root = find_metadata(d, &version_size);
	value_int(&slots[DOTNET_IS_DOTNET], d->root != 0);
	if (d->root == 0)
		return true;
	for (size_t i = 0; i < sizeof lists; i++)
		if (!value_make_list(&slots[lists[i]], in->arena, 0))
			return error_set(e, REASON_MEMORY, PLACE_NONE, ".NET: no memory left");
	read_metadata(d, version_size);
	if (d->spent || d->pe.spent)
		return error_set(e, REASON_MEMORY, PLACE_NONE, ".NET: no memory left");
	return true;
}

const struct module dotnet_module = { .name = "dotnet",
				      .fields = dotnet_fields,
				      .classes = 1 << CLASS_MZ,
				      .load = load,
				      .doc = ".NET assemblies" };
