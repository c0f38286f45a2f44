/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dex.h"

struct reader {
	struct span file;
	struct arena *arena;
	struct value *slots;
	uint64_t header[DEX_HEADER_DATA_OFFSET + 1]; /* by slot of the header's table */
	uint64_t left; /* bytes of encoded members that may still be gone through */
	uint32_t n_fields, n_methods;
};

static bool no_memory(struct error *e)
{
	return error_set(e, REASON_MEMORY, PLACE_NONE, "DEX: no memory for its tables");
}

static bool damaged(struct error *e, uint64_t at, const char *what)
{
	return error_set(e, REASON_DAMAGED, at, "DEX: %s lies outside the file", what);
}

static bool fits(const struct reader *r, uint64_t at, uint64_t n)
{
	return n <= r->file.n && at <= r->file.n - n;
}

static struct cursor cursor_at(const struct reader *r, uint64_t at)
{
	struct cursor c = cursor_of(r->file);

	cursor_seek(&c, at);
	return c;
}

/* Unsigned LEB128 of 32 bits: a fifth byte is the last, whatever it says. */
static bool uleb32(struct cursor *c, uint32_t *out)
{
	uint32_t v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t b = cursor_u8(c);
		v |= (uint32_t)(shift < 28 ? b & 0x7f : b) << shift;
		if ((b & 0x80) == 0)
			break;
	}
	*out = v;
	return cursor_ok(c);
}

static struct span until_nul(struct span s)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	return s;
}

/* ---- the header */

static bool known_magic(struct span s)
{
	return s.n == 8 && memcmp(s.p, "dex\n03", 6) == 0 && s.p[6] >= '5' && s.p[6] <= '9' &&
	       s.p[7] == 0;
}

static bool load_header(struct reader *r, struct error *e)
{
	struct cursor c = cursor_of(r->file);
	struct span magic = cursor_take(&c, 8);
	struct value *v = value_make_struct(&r->slots[DEX_HEADER], r->arena, dex_header_fields);

	if (r->file.n < DEX_HEADER_SIZE || !known_magic(magic))
		return error_set(e, REASON_DAMAGED, 0, "DEX: no header of version 035 to 039");
	if (v == NULL)
		return no_memory(e);
	value_string(&v[DEX_HEADER_MAGIC], until_nul(magic));
	value_int(&v[DEX_HEADER_CHECKSUM], cursor_le32(&c));
	value_string(&v[DEX_HEADER_SIGNATURE], until_nul(cursor_take(&c, 20)));
	for (int i = DEX_HEADER_FILE_SIZE; i <= DEX_HEADER_DATA_OFFSET; i++) {
		r->header[i] = cursor_le32(&c);
		value_int(&v[i], (int64_t)r->header[i]);
	}
	value_bool(&r->slots[DEX_IS_DEX], true);
	return true;
}

/* ---- tables of numbers: each member is `bytes` wide */

struct shape {
	int size, at; /* slots of the header */
	enum dex_field field;
	const struct field *members;
	uint8_t n; /* members */
	uint8_t bytes[8];
	const char *what;
};

static const struct shape shapes[] = {
	{ DEX_HEADER_TYPE_IDS_SIZE,
	  DEX_HEADER_TYPE_IDS_OFFSET,
	  DEX_TYPES,
	  dex_type_fields,
	  1,
	  { 4 },
	  "type_ids" },
	{ DEX_HEADER_PROTO_IDS_SIZE,
	  DEX_HEADER_PROTO_IDS_OFFSET,
	  DEX_PROTOS,
	  dex_proto_fields,
	  3,
	  { 4, 4, 4 },
	  "proto_ids" },
	{ DEX_HEADER_FIELD_IDS_SIZE,
	  DEX_HEADER_FIELD_IDS_OFFSET,
	  DEX_FIELD_IDS,
	  dex_member_fields,
	  3,
	  { 2, 2, 4 },
	  "field_ids" },
	{ DEX_HEADER_METHOD_IDS_SIZE,
	  DEX_HEADER_METHOD_IDS_OFFSET,
	  DEX_METHOD_IDS,
	  dex_method_id_fields,
	  3,
	  { 2, 2, 4 },
	  "method_ids" },
};

static bool put_numbers(struct reader *r, struct cursor *c, struct value *list,
			const struct field *table, const uint8_t *bytes, size_t n)
{
	struct value *v = value_add_slots(list, r->arena, table);

	for (size_t i = 0; v != NULL && i < n; i++)
		value_int(&v[i], bytes[i] == 2 ? cursor_le16(c) : cursor_le32(c));
	return v != NULL;
}

static bool load_table(struct reader *r, const struct shape *s, struct error *e)
{
	uint64_t n = r->header[s->size], at = r->header[s->at], one = 0;

	for (size_t i = 0; i < s->n; i++)
		one += s->bytes[i];
	if (!fits(r, at, n * one))
		return damaged(e, at, s->what);
	struct cursor c = cursor_at(r, at);
	if (!value_make_list(&r->slots[s->field], r->arena, (size_t)n))
		return no_memory(e);
	for (uint64_t i = 0; i < n; i++)
		if (!put_numbers(r, &c, &r->slots[s->field], s->members, s->bytes, s->n))
			return no_memory(e);
	return true;
}

static bool load_strings(struct reader *r, struct error *e)
{
	uint64_t n = r->header[DEX_HEADER_STRING_IDS_SIZE],
		 at = r->header[DEX_HEADER_STRING_IDS_OFFSET];
	struct value *list = &r->slots[DEX_STRINGS];

	if (!fits(r, at, 4 * n))
		return damaged(e, at, "string_ids");
	struct cursor c = cursor_at(r, at);
	if (!value_make_list(list, r->arena, (size_t)n))
		return no_memory(e);
	for (uint64_t i = 0; i < n; i++) {
		struct value *v = value_add(list);
		uint64_t place = cursor_le32(&c);
		uint32_t size;
		struct cursor s = cursor_at(r, place);
		if (v == NULL)
			return no_memory(e);
		if (!fits(r, place, 4) || !uleb32(&s, &size) || !fits(r, place + 1, size))
			continue;
		struct value *slots = value_make_struct(v, r->arena, dex_string_fields);
		if (slots == NULL)
			return no_memory(e);
		value_int(&slots[DEX_STRING_OFFSET], (int64_t)place);
		value_int(&slots[DEX_STRING_SIZE], size);
		value_string(&slots[DEX_STRING_VALUE], span_cut(r->file, place + 1, size));
	}
	return true;
}

static bool load_map(struct reader *r, struct error *e)
{
	static const uint8_t bytes[] = { 2, 2, 4, 4 };
	uint64_t at = r->header[DEX_HEADER_MAP_OFFSET];

	if (at == 0 || !fits(r, at, 4))
		return true;
	struct cursor c = cursor_at(r, at);
	uint64_t n = cursor_le32(&c);
	struct value *v = value_make_struct(&r->slots[DEX_MAP], r->arena, dex_map_fields);
	if (v == NULL)
		return no_memory(e);
	value_int(&v[DEX_MAP_SIZE], (int64_t)n);
	if (4 + n * 12 > r->file.n) /* as YARA has it: then none of it is believed */
		return damaged(e, at, "map_list");
	uint64_t there = cursor_left(&c) / 12; /* entries; those of a list that is cut off count */
	if (!value_make_list(&v[DEX_MAP_ITEMS], r->arena, (size_t)(n < there ? n : there)))
		return no_memory(e);
	for (uint64_t i = 0; i < n && i < there; i++)
		if (!put_numbers(r, &c, &v[DEX_MAP_ITEMS], dex_map_item_fields, bytes, 4))
			return no_memory(e);
	return n <= there || damaged(e, at, "map_list");
}

/* ---- what the indices mean */

static bool number_at(const struct reader *r, enum dex_field table, int64_t index, int member,
		      int64_t *out)
{
	const struct value *v = &r->slots[table];

	if (v->kind != VALUE_ARRAY || index < 0 || index > DEX_MAX_INDEX ||
	    (uint64_t)index >= v->list->n)
		return false;
	*out = v->list->item[index].slots[member].i;
	return true;
}

static void put_string(const struct reader *r, struct value *out, int64_t index)
{
	const struct value *v = &r->slots[DEX_STRINGS];

	if (v->kind == VALUE_ARRAY && index >= 0 && index <= DEX_MAX_INDEX &&
	    (uint64_t)index < v->list->n && v->list->item[index].kind == VALUE_STRUCT)
		value_string(out, v->list->item[index].slots[DEX_STRING_VALUE].s);
}

/* The descriptor of a type. */
static void put_type(const struct reader *r, struct value *out, int64_t type)
{
	int64_t string;

	if (number_at(r, DEX_TYPES, type, DEX_TYPE_DESCRIPTOR_IDX, &string))
		put_string(r, out, string);
}

/* ---- fields and methods of classes */

/* The element of that index, which a member that could not be read whole has left behind. */
static struct value *element(struct reader *r, enum dex_field which, uint32_t index,
			     const struct field *table)
{
	struct value *list = &r->slots[which];

	if (index < list->list->n)
		return list->list->item[index].slots;
	return value_grow_slots(list, r->arena, table, DEX_MAX_MEMBERS);
}

enum outcome { MEMBER_READ, MEMBER_BROKEN, MEMBER_NO_MEMORY };

static enum outcome read_field(struct reader *r, struct cursor *c, uint32_t *index, bool is_static)
{
	uint32_t diff, flags;
	int64_t name, type;

	if (cursor_left(c) < 8 || !uleb32(c, &diff) || !uleb32(c, &flags))
		return MEMBER_BROKEN;
	struct value *v = element(r, DEX_FIELDS, r->n_fields, dex_field_fields);
	if (v == NULL)
		return MEMBER_NO_MEMORY;
	value_int(&v[DEX_FIELD_DIFF], diff);
	value_int(&v[DEX_FIELD_FLAGS], flags);
	value_int(&v[DEX_FIELD_STATIC], is_static);
	value_int(&v[DEX_FIELD_INSTANCE], !is_static);
	*index += diff;
	if (!number_at(r, DEX_FIELD_IDS, *index, DEX_MEMBER_NAME_IDX, &name))
		return MEMBER_BROKEN;
	put_string(r, &v[DEX_FIELD_NAME], name);
	if (number_at(r, DEX_FIELD_IDS, *index, DEX_MEMBER_CLASS_IDX, &type))
		put_type(r, &v[DEX_FIELD_CLASS], type);
	if (number_at(r, DEX_FIELD_IDS, *index, DEX_MEMBER_TYPE_IDX, &type))
		put_type(r, &v[DEX_FIELD_PROTO], type);
	r->n_fields++;
	return MEMBER_READ;
}

static bool put_code(struct reader *r, struct value *out, uint32_t at)
{
	struct cursor c = cursor_at(r, at);

	if (!fits(r, at, 16))
		return true;
	struct value *v = value_make_struct(out, r->arena, dex_code_fields);
	if (v == NULL)
		return false;
	for (int i = DEX_CODE_REGISTERS_SIZE; i <= DEX_CODE_TRIES_SIZE; i++)
		value_int(&v[i], cursor_le16(&c));
	value_int(&v[DEX_CODE_DEBUG_INFO_OFF], cursor_le32(&c));
	uint32_t n = cursor_le32(&c);
	value_int(&v[DEX_CODE_INSNS_SIZE], n);
	n *= 2; /* in 32 bits, as YARA has it */
	if (n <= cursor_left(&c))
		value_string(&v[DEX_CODE_INSNS], cursor_take(&c, n));
	return true;
}

static enum outcome read_method(struct reader *r, struct cursor *c, uint32_t *index, bool direct)
{
	uint32_t diff, flags, code;
	int64_t name, x, y;

	if (cursor_left(c) < 12 || !uleb32(c, &diff) || !uleb32(c, &flags) || !uleb32(c, &code))
		return MEMBER_BROKEN;
	struct value *v = element(r, DEX_METHODS, r->n_methods, dex_method_fields);
	if (v == NULL)
		return MEMBER_NO_MEMORY;
	value_int(&v[DEX_METHOD_DIFF], diff);
	value_int(&v[DEX_METHOD_FLAGS], flags);
	value_int(&v[DEX_METHOD_CODE_OFF], code);
	value_int(&v[DEX_METHOD_DIRECT], direct);
	value_int(&v[DEX_METHOD_VIRTUAL], !direct);
	*index += diff;
	if (!number_at(r, DEX_METHOD_IDS, *index, DEX_METHOD_ID_NAME_IDX, &name))
		return MEMBER_BROKEN;
	put_string(r, &v[DEX_METHOD_NAME], name);
	if (number_at(r, DEX_METHOD_IDS, *index, DEX_METHOD_ID_CLASS_IDX, &x))
		put_type(r, &v[DEX_METHOD_CLASS], x);
	if (number_at(r, DEX_METHOD_IDS, *index, DEX_METHOD_ID_PROTO_IDX, &x) &&
	    number_at(r, DEX_PROTOS, x, DEX_PROTO_SHORTY_IDX, &y))
		put_string(r, &v[DEX_METHOD_PROTO], y);
	if (code != 0 && !put_code(r, &v[DEX_METHOD_CODE], code))
		return MEMBER_NO_MEMORY;
	r->n_methods++;
	return MEMBER_READ;
}

/* n members of one sort, up to the first that cannot be read. */
static bool read_members(struct reader *r, struct cursor *c, uint32_t n, int sort, struct error *e)
{
	uint32_t index = 0;

	for (uint32_t i = 0; i < n; i++) {
		size_t before = c->at;
		enum outcome o = sort < DEX_CLASS_DATA_DIRECT_METHODS_SIZE
					 ? read_field(r, c, &index,
						      sort == DEX_CLASS_DATA_STATIC_FIELDS_SIZE)
					 : read_method(r, c, &index,
						       sort == DEX_CLASS_DATA_DIRECT_METHODS_SIZE);
		if (o == MEMBER_NO_MEMORY)
			return no_memory(e);
		if (o == MEMBER_BROKEN) {
			c->at = before; /* YARA goes on with the next sort from here */
			c->failed = 0;
			break;
		}
		if (c->at - before > r->left)
			return error_set(e, REASON_LIMIT, before,
					 "DEX: classes that share their members");
		r->left -= c->at - before;
	}
	return true;
}

static bool load_class_data(struct reader *r, uint64_t at, struct error *e)
{
	struct cursor c = cursor_at(r, at);
	uint32_t size[4];

	if (!fits(r, at, 16))
		return damaged(e, at, "class_data_item");
	for (int i = 0; i < 4; i++)
		if (!uleb32(&c, &size[i]))
			return damaged(e, at, "class_data_item");
	struct value *v = value_grow_slots(&r->slots[DEX_CLASS_DATA], r->arena,
					   dex_class_data_fields, DEX_MAX_MEMBERS);
	if (v == NULL)
		return no_memory(e);
	for (int i = 0; i < 4; i++)
		value_int(&v[i], size[i]);
	for (int i = 0; i < 4; i++)
		if (!read_members(r, &c, size[i], i, e))
			return false;
	return true;
}

static bool load_classes(struct reader *r, struct error *e)
{
	static const uint8_t bytes[] = { 4, 4, 4, 4, 4, 4, 4, 4 };
	uint64_t n = r->header[DEX_HEADER_CLASS_DEFS_SIZE],
		 at = r->header[DEX_HEADER_CLASS_DEFS_OFFSET];
	struct value *list = &r->slots[DEX_CLASSES];

	if (!fits(r, at, 32 * n))
		return damaged(e, at, "class_defs");
	struct cursor c = cursor_at(r, at);
	if (!value_make_list(list, r->arena, (size_t)n) ||
	    !value_make_list(&r->slots[DEX_CLASS_DATA], r->arena, 16) ||
	    !value_make_list(&r->slots[DEX_FIELDS], r->arena, 16) ||
	    !value_make_list(&r->slots[DEX_METHODS], r->arena, 16))
		return no_memory(e);
	for (uint64_t i = 0; i < n; i++) {
		if (!put_numbers(r, &c, list, dex_class_fields, bytes, 8))
			return no_memory(e);
		int64_t data = list->list->item[i].slots[DEX_CLASS_CLASS_DATA_OFFSET].i;
		if (data != 0 && !load_class_data(r, (uint64_t)data, e))
			return false;
	}
	value_int(&r->slots[DEX_N_METHODS], r->n_methods);
	value_int(&r->slots[DEX_N_FIELDS], r->n_fields);
	return true;
}

bool dex_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct reader r = { .file = in->file,
			    .arena = in->arena,
			    .slots = slots,
			    .left = 2 * (uint64_t)in->file.n };

	if (!load_header(&r, e) || !load_strings(&r, e))
		return false;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (!load_table(&r, &shapes[i], e))
			return false;
	return load_map(&r, e) && load_classes(&r, e);
}
