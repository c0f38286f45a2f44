/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_DOTNET_H
#define PEL_FORMAT_DOTNET_H

/*
 * .NET assemblies (ECMA-335, 6th edition, partition II) for the module `dotnet`.  Where YARA reads
 * otherwise than the standard says (sizes of coded indexes, limits), it is followed, so that rules
 * mean the same.
 */

#include "format/dotnet_table.h"
#include "format/pe.h"

enum {
	DOTNET_MAX_ROWS = 15000,      /* of a table; YARA gives up at the first larger one */
	DOTNET_MAX_TEXT = 1024,       /* of a string in #Strings */
	DOTNET_MAX_STRINGS = 1 << 18, /* user strings; ours */
	DOTNET_MAX_METHODS = 20000,   /* of a class */
	DOTNET_MAX_PARAMS = 2000,     /* of a method */
	DOTNET_MAX_GENERIC_ARGS = 1000,
	DOTNET_MAX_RANK = 50,
	DOTNET_MAX_TYPE_DEPTH = 16,
	DOTNET_MAX_NESTING = 10,      /* of classes */
	DOTNET_MAX_TYPE_TEXT = 10000, /* bytes of a type's text; ours */
	DOTNET_MAX_TYPES = 1 << 20,   /* elements of signatures gone through; ours */
	DOTNET_MAX_OUTPUT = 32 << 20, /* bytes of names and types made; ours */
};

/* Tables of the stream #~ (II.22); their bits in Valid. */
enum dotnet_table {
	TABLE_MODULE = 0x00,
	TABLE_TYPEREF = 0x01,
	TABLE_TYPEDEF = 0x02,
	TABLE_FIELD = 0x04,
	TABLE_METHODDEF = 0x06,
	TABLE_PARAM = 0x08,
	TABLE_INTERFACEIMPL = 0x09,
	TABLE_MEMBERREF = 0x0a,
	TABLE_CONSTANT = 0x0b,
	TABLE_CUSTOMATTRIBUTE = 0x0c,
	TABLE_STANDALONESIG = 0x11,
	TABLE_EVENT = 0x14,
	TABLE_PROPERTY = 0x17,
	TABLE_MODULEREF = 0x1a,
	TABLE_TYPESPEC = 0x1b,
	TABLE_FIELDRVA = 0x1d,
	TABLE_ASSEMBLY = 0x20,
	TABLE_ASSEMBLYREF = 0x23,
	TABLE_ASSEMBLYREFPROCESSOR = 0x24,
	TABLE_FILE = 0x26,
	TABLE_EXPORTEDTYPE = 0x27,
	TABLE_MANIFESTRESOURCE = 0x28,
	TABLE_NESTEDCLASS = 0x29,
	TABLE_GENERICPARAM = 0x2a,
	TABLE_METHODSPEC = 0x2b,
	TABLE_GENERICPARAMCONSTRAINT = 0x2c,
	TABLE_COUNT
};

enum { DOTNET_MAX_COLUMNS = 9 };

/* Where a table lies, and how wide its columns are. */
struct dotnet_rows {
	uint64_t at;
	uint32_t n, size;                       /* rows; bytes of one */
	uint8_t column[DOTNET_MAX_COLUMNS + 1]; /* where each column begins in a row */
};

struct dotnet {
	struct pe pe;
	struct value *slots;
	uint64_t root; /* of the metadata, in the file */
	uint64_t strings_at, blob_at, us_at;
	uint32_t strings_size, us_size;
	int64_t resources_at; /* -1 where there are none */
	uint8_t heap_sizes;
	struct dotnet_rows table[TABLE_COUNT];
	bool spent;
};

/* A cursor on column `column` of row `row` (from 1); failed where the row is not there. */
struct cursor dotnet_cell(const struct dotnet *d, enum dotnet_table table, uint32_t row,
			  unsigned column);
/* The column's value: an index of two or four bytes, or a number; 0 where the row is not there. */
uint32_t dotnet_get(const struct dotnet *d, enum dotnet_table table, uint32_t row, unsigned column);
bool dotnet_row_there(const struct dotnet *d, enum dotnet_table table, uint32_t row);

/* A string of #Strings; .p is NULL where it is none. */
struct span dotnet_string(const struct dotnet *d, uint32_t index);
/* The blob that begins at `at` in the file; false where it is none or does not end in the file. */
bool dotnet_blob(const struct dotnet *d, uint64_t at, struct span *out);
/* The same by its index in #Blob. */
bool dotnet_blob_index(const struct dotnet *d, uint32_t index, struct span *out);

/*
 * Reads a table whose place is known (dotnet_read.c), where fields of the module tell of it.  False
 * where YARA goes on as if it had no bytes.
 */
bool dotnet_read_table(struct dotnet *d, enum dotnet_table table);

/* ---- types and their names (dotnet_type.c) */

/* Names of generic parameters, for signatures to point to. */
struct dotnet_generics {
	const struct span *name; /* in the arena */
	uint32_t n;
};

/* What is made for the field `classes`, with the tables' rows found from the other end. */
struct dotnet_types {
	struct dotnet *d;
	struct arena *arena;
	uint32_t *enclosing;      /* [type row]: its row in NestedClass, or 0 */
	uint32_t *interface;      /* [type row]: its first row in InterfaceImpl, or 0 */
	uint32_t *next_interface; /* [row in InterfaceImpl]: the next of that type, or 0 */
	uint32_t *generic[2];   /* [type row], [method row]: its first row in GenericParam, or 0 */
	uint32_t *next_generic; /* [row in GenericParam] */
	struct span *outside;   /* [type row]: the name of what it is nested in, once it is known */
	bool *outside_known;
	size_t steps, output; /* what is left of the limits */
	uint8_t *text;        /* of the type in the making, DOTNET_MAX_TYPE_TEXT bytes */
	size_t n_text;
	bool made;
	struct value classes;
	size_t n_classes;
};

/* Full names: namespace.name up to a backquote; .p is NULL for none. */
struct span dotnet_join(struct dotnet_types *t, struct span name, struct span namespace);
/* The full name of the type that the type of that row is nested in. */
struct span dotnet_outside(struct dotnet_types *t, uint32_t row);
bool dotnet_is_nested(uint32_t flags);

/* The text of the type that the signature at the cursor begins with (II.23.2.12); .p is NULL where
 * it makes no sense or the limits are reached. */
struct span dotnet_type_text(struct dotnet_types *t, struct cursor *c,
			     const struct dotnet_generics *of_class,
			     const struct dotnet_generics *of_method);
/* The same for a TypeDefOrRef index. */
struct span dotnet_type_name(struct dotnet_types *t, uint32_t index,
			     const struct dotnet_generics *of_class);
/* An unsigned number as signatures have them (II.23.2); 0 where it does not end within the cursor.
 */
uint32_t dotnet_number(struct cursor *c);

/* Puts off what the field `classes` holds. */
NODISCARD bool dotnet_put_off_classes(struct dotnet *d);

#endif
