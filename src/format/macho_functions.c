/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "format/macho.h"
#include "format/nameset.h"

/* ---- which file of a fat one */

static bool is(const struct value *v, int64_t i) { return v->kind == VALUE_INT && v->i == i; }

static bool index_of(struct call *c, size_t n_args, struct value *out)
{
	const struct value *files = &c->top[MACHO_FILES];

	if (files->kind != VALUE_ARRAY)
		return false;
	for (size_t i = 0; i < files->list->n; i++) {
		const struct value *v = &files->list->item[i];
		if (v->kind != VALUE_STRUCT || !is(&v->slots[MACHO_CPUTYPE], c->args[0].i) ||
		    (n_args > 1 && !is(&v->slots[MACHO_CPUSUBTYPE], c->args[1].i)))
			continue;
		value_int(out, (int64_t)i);
		return true;
	}
	return false;
}

bool macho_file_index(struct call *c, struct value *out) { return index_of(c, 1, out); }
bool macho_file_index_subtype(struct call *c, struct value *out) { return index_of(c, 2, out); }

static bool entry_of(struct call *c, size_t n_args, struct value *out)
{
	const struct value *archs = &c->top[MACHO_ARCHS], *files = &c->top[MACHO_FILES];

	if (archs->kind != VALUE_ARRAY || files->kind != VALUE_ARRAY)
		return false;
	for (size_t i = 0; i < archs->list->n && i < files->list->n; i++) {
		const struct value *arch = archs->list->item[i].slots,
				   *file = &files->list->item[i];
		if (!is(&arch[MACHO_ARCH_CPUTYPE], c->args[0].i) ||
		    (n_args > 1 && !is(&arch[MACHO_ARCH_CPUSUBTYPE], c->args[1].i)))
			continue;
		if (file->kind != VALUE_STRUCT || file->slots[MACHO_ENTRY_POINT].kind != VALUE_INT)
			return false;
		value_int(out, (int64_t)((uint64_t)arch[MACHO_ARCH_OFFSET].i +
					 (uint64_t)file->slots[MACHO_ENTRY_POINT].i));
		return true;
	}
	return false;
}

bool macho_entry_point(struct call *c, struct value *out) { return entry_of(c, 1, out); }
bool macho_entry_point_subtype(struct call *c, struct value *out) { return entry_of(c, 2, out); }

/* ---- names */

/* The list `field` of a file's slots; for the string table, of its symtab.  NULL where there is
 * none. */
static const struct value_list *list_of(struct call *c, struct value *slots, size_t field)
{
	struct value *v = &slots[field];

	if (field == MACHO_SYMTAB) {
		if (v->kind != VALUE_STRUCT)
			return NULL;
		v = &v->slots[MACHO_SYMTAB_ENTRIES];
	}
	v = value_asked(v, c->steps);
	return v->kind == VALUE_ARRAY ? v->list : NULL;
}

static struct span name_of(const struct value *v)
{
	if (v->kind == VALUE_STRUCT)
		v = &v->slots[MACHO_DYLIB_NAME];
	return v->kind == VALUE_STRING ? v->s : (struct span){ NULL, 0 };
}

static bool same(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (text_lower(a.p[i]) != text_lower(b.p[i]))
			return false;
	return true;
}

static bool among(struct call *c, const struct value_list *list)
{
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		if (*c->steps == 0)
			return false;
		--*c->steps;
		if (same(name_of(&list->item[i]), c->args[0].s))
			return true;
	}
	return false;
}

/* In the file itself or in any file of a fat one. */
static bool has(struct call *c, size_t field, struct value *out)
{
	struct value *top = (struct value *)(uintptr_t)c->top; /* what was put off is made now */
	const struct value *files = &top[MACHO_FILES];
	bool found = among(c, list_of(c, top, field));

	for (size_t i = 0; !found && files->kind == VALUE_ARRAY && i < files->list->n; i++)
		if (files->list->item[i].kind == VALUE_STRUCT)
			found = among(c, list_of(c, files->list->item[i].slots, field));
	value_int(out, found);
	return true;
}

bool macho_has_dylib(struct call *c, struct value *out) { return has(c, MACHO_DYLIBS, out); }
bool macho_has_rpath(struct call *c, struct value *out) { return has(c, MACHO_RPATHS, out); }
bool macho_has_import(struct call *c, struct value *out) { return has(c, MACHO_IMPORTS, out); }
bool macho_has_export(struct call *c, struct value *out) { return has(c, MACHO_EXPORTS, out); }
bool macho_has_entitlement(struct call *c, struct value *out)
{
	return has(c, MACHO_ENTITLEMENTS, out);
}

/* MD5 of the names of the file, or of the first of a fat one: trimmed, lower case, each once. */
static bool hash_names(struct call *c, size_t field, struct value *out)
{
	struct value *top = (struct value *)(uintptr_t)c->top;
	const struct value_list *list = list_of(c, top, field);
	const struct value *files = &top[MACHO_FILES];
	struct nameset n;

	if ((list == NULL || list->n == 0) && files->kind == VALUE_ARRAY && files->list->n > 0 &&
	    files->list->item[0].kind == VALUE_STRUCT)
		list = list_of(c, files->list->item[0].slots, field);
	if (list == NULL || list->n == 0 || !nameset_init(&n, c, list->n))
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!nameset_add(&n, nameset_trim(name_of(&list->item[i]))))
			return false;
	return nameset_md5(&n, true, out);
}

bool macho_dylib_hash(struct call *c, struct value *out)
{
	return hash_names(c, MACHO_DYLIBS, out);
}
bool macho_import_hash(struct call *c, struct value *out)
{
	return hash_names(c, MACHO_IMPORTS, out);
}
bool macho_export_hash(struct call *c, struct value *out)
{
	return hash_names(c, MACHO_EXPORTS, out);
}
bool macho_symbol_hash(struct call *c, struct value *out)
{
	return hash_names(c, MACHO_SYMTAB, out);
}
bool macho_entitlement_hash(struct call *c, struct value *out)
{
	return hash_names(c, MACHO_ENTITLEMENTS, out);
}
