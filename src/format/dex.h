/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_DEX_H
#define PEL_FORMAT_DEX_H

/*
 * Dalvik executables (source.android.com, "Dalvik executable format"), for the module `dex`.
 *
 * The values are YARA's, with its simplifications: a string's length is taken for one byte long,
 * and for its number of bytes.
 */

#include "format/modules.h"

enum {
	DEX_HEADER_SIZE = 112,
	DEX_MAX_INDEX = 0x80000,   /* YARA's limit for an index into a table */
	DEX_MAX_MEMBERS = 1 << 22, /* fields, and methods, of all classes */
};

enum dex_field {
	DEX_HEADER,
	DEX_STRINGS,
	DEX_TYPES,
	DEX_PROTOS,
	DEX_FIELD_IDS,
	DEX_METHOD_IDS,
	DEX_CLASSES,
	DEX_CLASS_DATA,
	DEX_MAP,
	DEX_N_FIELDS,
	DEX_FIELDS,
	DEX_N_METHODS,
	DEX_METHODS,
	DEX_IS_DEX
};
enum {
	DEX_HEADER_MAGIC,
	DEX_HEADER_CHECKSUM,
	DEX_HEADER_SIGNATURE,
	DEX_HEADER_FILE_SIZE,
	DEX_HEADER_HEADER_SIZE,
	DEX_HEADER_ENDIAN_TAG,
	DEX_HEADER_LINK_SIZE,
	DEX_HEADER_LINK_OFFSET,
	DEX_HEADER_MAP_OFFSET,
	DEX_HEADER_STRING_IDS_SIZE,
	DEX_HEADER_STRING_IDS_OFFSET,
	DEX_HEADER_TYPE_IDS_SIZE,
	DEX_HEADER_TYPE_IDS_OFFSET,
	DEX_HEADER_PROTO_IDS_SIZE,
	DEX_HEADER_PROTO_IDS_OFFSET,
	DEX_HEADER_FIELD_IDS_SIZE,
	DEX_HEADER_FIELD_IDS_OFFSET,
	DEX_HEADER_METHOD_IDS_SIZE,
	DEX_HEADER_METHOD_IDS_OFFSET,
	DEX_HEADER_CLASS_DEFS_SIZE,
	DEX_HEADER_CLASS_DEFS_OFFSET,
	DEX_HEADER_DATA_SIZE,
	DEX_HEADER_DATA_OFFSET
};
enum { DEX_STRING_OFFSET, DEX_STRING_SIZE, DEX_STRING_VALUE };
enum { DEX_TYPE_DESCRIPTOR_IDX };
enum { DEX_PROTO_SHORTY_IDX, DEX_PROTO_RETURN_TYPE_IDX, DEX_PROTO_PARAMETERS_OFFSET };
enum { DEX_MEMBER_CLASS_IDX, DEX_MEMBER_TYPE_IDX, DEX_MEMBER_NAME_IDX };
enum { DEX_METHOD_ID_CLASS_IDX, DEX_METHOD_ID_PROTO_IDX, DEX_METHOD_ID_NAME_IDX };
enum {
	DEX_CLASS_CLASS_IDX,
	DEX_CLASS_ACCESS_FLAGS,
	DEX_CLASS_SUPER_CLASS_IDX,
	DEX_CLASS_INTERFACES_OFFSET,
	DEX_CLASS_SOURCE_FILE_IDX,
	DEX_CLASS_ANNOTATIONS_OFFSET,
	DEX_CLASS_CLASS_DATA_OFFSET,
	DEX_CLASS_STATIC_VALUES_OFFSET
};
enum {
	DEX_CLASS_DATA_STATIC_FIELDS_SIZE,
	DEX_CLASS_DATA_INSTANCE_FIELDS_SIZE,
	DEX_CLASS_DATA_DIRECT_METHODS_SIZE,
	DEX_CLASS_DATA_VIRTUAL_METHODS_SIZE
};
enum { DEX_MAP_ITEM_TYPE, DEX_MAP_ITEM_UNUSED, DEX_MAP_ITEM_SIZE, DEX_MAP_ITEM_OFFSET };
enum { DEX_MAP_SIZE, DEX_MAP_ITEMS };
enum {
	DEX_FIELD_CLASS,
	DEX_FIELD_NAME,
	DEX_FIELD_PROTO,
	DEX_FIELD_STATIC,
	DEX_FIELD_INSTANCE,
	DEX_FIELD_DIFF,
	DEX_FIELD_FLAGS
};
enum {
	DEX_CODE_REGISTERS_SIZE,
	DEX_CODE_INS_SIZE,
	DEX_CODE_OUTS_SIZE,
	DEX_CODE_TRIES_SIZE,
	DEX_CODE_DEBUG_INFO_OFF,
	DEX_CODE_INSNS_SIZE,
	DEX_CODE_INSNS,
	DEX_CODE_PADDING,
	DEX_CODE_TRIES,
	DEX_CODE_HANDLERS
};
enum {
	DEX_METHOD_CLASS,
	DEX_METHOD_NAME,
	DEX_METHOD_PROTO,
	DEX_METHOD_DIRECT,
	DEX_METHOD_VIRTUAL,
	DEX_METHOD_DIFF,
	DEX_METHOD_FLAGS,
	DEX_METHOD_CODE_OFF,
	DEX_METHOD_CODE
};
extern const struct field dex_fields[];
extern const struct field dex_header_fields[], dex_string_fields[], dex_type_fields[],
	dex_proto_fields[], dex_member_fields[], dex_method_id_fields[], dex_class_fields[],
	dex_class_data_fields[], dex_map_item_fields[], dex_map_fields[], dex_field_fields[],
	dex_code_fields[], dex_method_fields[];

/* struct module's load(), for `dex`.  DAMAGED without a header, or where a table is cut off; LIMIT
 * where classes share their members so often that it would take long. */
bool dex_load(struct module_input *in, struct value *slots, struct error *e);

/* Functions of the module (dex_functions.c); their arguments and results stand in dex_table.c. Each
 * fills *out, whose bytes are the file's or c->arena's; false: the result is undefined. */
bool dex_has_method(struct call *c, struct value *out);
bool dex_has_method_of(struct call *c, struct value *out);
bool dex_has_method_like(struct call *c, struct value *out);
bool dex_has_method_of_like(struct call *c, struct value *out);
bool dex_has_class(struct call *c, struct value *out);
bool dex_has_class_like(struct call *c, struct value *out);
bool dex_contains_string(struct call *c, struct value *out);
bool dex_contains_method(struct call *c, struct value *out);
bool dex_contains_class(struct call *c, struct value *out);
bool dex_checksum(struct call *c, struct value *out);
bool dex_signature(struct call *c, struct value *out);

#endif
