/* SPDX-License-Identifier: Apache-2.0 */
#include "format/macho.h"

/* What YARA-X reads of a Mach-O file and YARA does not: libraries, versions, names, entitlements.
 */

enum {
	LC_SYMTAB = 0x2,
	LC_DYSYMTAB = 0xb,
	LC_LOAD_DYLIB = 0xc,
	LC_ID_DYLIB = 0xd,
	LC_LOAD_DYLINKER = 0xe,
	LC_ID_DYLINKER = 0xf,
	LC_UUID = 0x1b,
	LC_CODE_SIGNATURE = 0x1d,
	LC_DYLD_INFO = 0x22,
	LC_VERSION_MIN_MACOSX = 0x24,
	LC_VERSION_MIN_IPHONEOS = 0x25,
	LC_DYLD_ENVIRONMENT = 0x27,
	LC_SOURCE_VERSION = 0x2a,
	LC_LINKER_OPTION = 0x2d,
	LC_VERSION_MIN_TVOS = 0x2f,
	LC_VERSION_MIN_WATCHOS = 0x30,
	LC_BUILD_VERSION = 0x32,
};

/* Those which the dynamic linker must understand have the highest bit set. */
static const uint32_t lc_load_weak_dylib = 0x80000018, lc_rpath = 0x8000001c,
		      lc_reexport_dylib = 0x8000001f, lc_dyld_info_only = 0x80000022;

enum { MAX_TOOLS = 64, MAX_PARTS = 5 };

/* "A.B.C": numbers of the given widths in bits, the first ones topmost. */
static void put_version(struct macho_reader *r, struct value *v, uint64_t number,
			const uint8_t *bits, size_t parts)
{
	uint8_t text[MAX_PARTS * 9];
	size_t at = sizeof text;

	for (size_t i = parts; i-- > 0; number >>= bits[i]) {
		uint64_t part = number & ((UINT64_C(1) << bits[i]) - 1);
		do
			text[--at] = (uint8_t)('0' + part % 10);
		while ((part /= 10) != 0);
		if (i > 0)
			text[--at] = '.';
	}
	const uint8_t *copy = arena_copy(r->arena, text + at, sizeof text - at);
	if (copy != NULL)
		value_string(v, (struct span){ copy, sizeof text - at });
}

static const uint8_t xyz[] = { 16, 8, 8 }, abcde[] = { 24, 10, 10, 10, 10 };

/* An lc_str (the offset of a text from the command's start): to its NUL or the command's end. */
static struct span text_at(struct span command, uint32_t offset)
{
	struct span s = span_cut(command, offset, UINT64_MAX);
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	return s;
}

/* False where there is no room for it. */
static bool add_text(struct macho_reader *r, struct value *list, struct span text)
{
	if (list->kind == VALUE_UNDEFINED && !value_make_list(list, r->arena, 4))
		return false;
	struct value *v = value_grow(list, r->arena, MACHO_MAX_NAMES);
	if (v != NULL)
		value_string(v, text);
	return v != NULL;
}

static void put_dylib(struct macho_reader *r, struct cursor *c, struct span command)
{
	struct value *list = &r->slots[MACHO_DYLIBS];
	uint32_t at = (uint32_t)macho_number(r, c, 4), time = (uint32_t)macho_number(r, c, 4);
	uint64_t current = macho_number(r, c, 4), compatible = macho_number(r, c, 4);

	if (!cursor_ok(c) || (list->kind == VALUE_UNDEFINED && !value_make_list(list, r->arena, 8)))
		return;
	struct value *v = value_grow_slots(list, r->arena, macho_dylib_fields, MACHO_MAX_COMMANDS);
	if (v == NULL)
		return;
	value_string(&v[MACHO_DYLIB_NAME], text_at(command, at));
	value_int(&v[MACHO_DYLIB_TIMESTAMP], time);
	put_version(r, &v[MACHO_DYLIB_CURRENT], current, xyz, 3);
	put_version(r, &v[MACHO_DYLIB_COMPATIBILITY], compatible, xyz, 3);
}

/* A struct whose first n members are 32-bit numbers, in order. */
static void put_numbers(struct macho_reader *r, struct cursor *c, struct value *v,
			const struct field *table, size_t n)
{
	struct value *slots = value_make_struct(v, r->arena, table);

	for (size_t i = 0; slots != NULL && i < n; i++) {
		uint64_t x = macho_number(r, c, 4);
		if (cursor_ok(c))
			value_int(&slots[i], (int64_t)x);
	}
}

static void put_uuid(struct macho_reader *r, struct cursor *c)
{
	static const char digit[] = "0123456789ABCDEF";
	uint8_t text[36];
	struct span s = cursor_take(c, 16);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = (uint8_t)digit[s.p[i] >> 4];
		text[n++] = (uint8_t)digit[s.p[i] & 15];
	}
	const uint8_t *copy = n != 0 ? arena_copy(r->arena, text, n) : NULL;
	if (copy != NULL)
		value_string(&r->slots[MACHO_UUID], (struct span){ copy, n });
}

static void put_build(struct macho_reader *r, struct cursor *c)
{
	struct value *v =
		value_make_struct(&r->slots[MACHO_BUILD_VERSION], r->arena, macho_build_fields);
	uint64_t platform = macho_number(r, c, 4), minos = macho_number(r, c, 4);
	uint64_t sdk = macho_number(r, c, 4), n = macho_number(r, c, 4);

	if (v == NULL || !cursor_ok(c))
		return;
	value_int(&v[MACHO_BUILD_PLATFORM], (int64_t)platform);
	put_version(r, &v[MACHO_BUILD_MINOS], minos, xyz, 3);
	put_version(r, &v[MACHO_BUILD_SDK], sdk, xyz, 3);
	value_int(&v[MACHO_BUILD_NTOOLS], (int64_t)n);
	if (n > MAX_TOOLS || !value_make_list(&v[MACHO_BUILD_TOOLS], r->arena, (size_t)n))
		return;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t tool = macho_number(r, c, 4), version = macho_number(r, c, 4);
		struct value *t = cursor_ok(c) ? value_add_slots(&v[MACHO_BUILD_TOOLS], r->arena,
								 macho_tool_fields)
					       : NULL;
		if (t == NULL)
			return;
		value_int(&t[MACHO_TOOL_TOOL], (int64_t)tool);
		put_version(r, &t[MACHO_TOOL_VERSION], version, xyz, 3);
	}
}

static void put_minimum(struct macho_reader *r, struct cursor *c, uint32_t command)
{
	struct value *v =
		value_make_struct(&r->slots[MACHO_MIN_VERSION], r->arena, macho_minimum_fields);
	uint64_t version = macho_number(r, c, 4), sdk = macho_number(r, c, 4);

	if (v == NULL || !cursor_ok(c))
		return;
	value_int(&v[MACHO_MINIMUM_DEVICE], command);
	put_version(r, &v[MACHO_MINIMUM_VERSION], version, xyz, 3);
	put_version(r, &v[MACHO_MINIMUM_SDK], sdk, xyz, 3);
}

static void put_options(struct macho_reader *r, struct cursor *c)
{
	uint64_t n = macho_number(r, c, 4);

	for (uint64_t i = 0; i < n; i++) {
		struct span s = cursor_cstring(c, SIZE_MAX);
		if (!cursor_ok(c))
			return;
		r->cut = r->names_left == 0 || !add_text(r, &r->slots[MACHO_LINKER_OPTIONS], s);
		if (r->cut)
			return;
		r->names_left--;
	}
}

static void put_source_version(struct macho_reader *r, struct cursor *c)
{
	uint64_t version = macho_number(r, c, 8);

	if (cursor_ok(c))
		put_version(r, &r->slots[MACHO_SOURCE_VERSION], version, abcde, 5);
}

static void put_text_command(struct macho_reader *r, struct cursor *c, struct span command,
			     bool rpath)
{
	uint32_t at = (uint32_t)macho_number(r, c, 4);

	if (!cursor_ok(c))
		return;
	if (rpath)
		r->cut = !add_text(r, &r->slots[MACHO_RPATHS], text_at(command, at));
	else
		value_string(&r->slots[MACHO_DYNAMIC_LINKER], text_at(command, at));
}

void macho_more_command(struct macho_reader *r, uint32_t command, struct span rest, uint32_t size)
{
	struct span whole = span_cut(rest, 0, size);
	struct cursor c = cursor_of(whole);

	cursor_skip(&c, 8);
	if (command == lc_rpath)
		put_text_command(r, &c, whole, true);
	else if (command == lc_load_weak_dylib || command == lc_reexport_dylib)
		put_dylib(r, &c, whole);
	else if (command == lc_dyld_info_only)
		put_numbers(r, &c, &r->slots[MACHO_DYLD_INFO], macho_dyld_fields, 10);
	switch (command) {
	case LC_LOAD_DYLIB:
	case LC_ID_DYLIB:
		put_dylib(r, &c, whole);
		break;
	case LC_LOAD_DYLINKER:
	case LC_ID_DYLINKER:
	case LC_DYLD_ENVIRONMENT:
		put_text_command(r, &c, whole, false);
		break;
	case LC_SYMTAB:
		put_numbers(r, &c, &r->slots[MACHO_SYMTAB], macho_symtab_fields,
			    MACHO_SYMTAB_ENTRIES);
		break;
	case LC_DYSYMTAB:
		put_numbers(r, &c, &r->slots[MACHO_DYSYMTAB], macho_dysymtab_fields, 18);
		break;
	case LC_DYLD_INFO:
		put_numbers(r, &c, &r->slots[MACHO_DYLD_INFO], macho_dyld_fields, 10);
		break;
	case LC_CODE_SIGNATURE:
		put_numbers(r, &c, &r->slots[MACHO_CODE_SIGNATURE], macho_linkedit_fields, 2);
		break;
	case LC_UUID:
		put_uuid(r, &c);
		break;
	case LC_SOURCE_VERSION:
		put_source_version(r, &c);
		break;
	case LC_LINKER_OPTION:
		put_options(r, &c);
		break;
	case LC_BUILD_VERSION:
		put_build(r, &c);
		break;
	case LC_VERSION_MIN_MACOSX:
	case LC_VERSION_MIN_IPHONEOS:
	case LC_VERSION_MIN_TVOS:
	case LC_VERSION_MIN_WATCHOS:
		put_minimum(r, &c, command);
		break;
	default:
		break;
	}
}
