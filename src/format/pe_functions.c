/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/pe.h"
#include "format/range.h"

/* The functions of the module `pe` but for those of the Rich header. */

enum { MAX_IMPHASH = 16 << 20 };
enum { STANDARD = 1, DELAYED = 2 };

static struct pe *image(const struct call *c) { return c->state; }

/* A field of the module, read now if it was not before. */
static const struct value *field_now(const struct call *c, unsigned field)
{
	return image(c) != NULL ? value_asked(&image(c)->slots[field], c->steps) : &c->top[field];
}

/* ---- what the image is */

/* Not 1 but the bit, as in YARA. */
bool pe_is_dll(struct call *c, struct value *out)
{
	value_int(out, image(c) != NULL ? image(c)->characteristics & 0x2000 : 0);
	return image(c) != NULL;
}

bool pe_is_32bit(struct call *c, struct value *out)
{
	value_int(out, image(c) != NULL && !image(c)->wide);
	return image(c) != NULL;
}

bool pe_is_64bit(struct call *c, struct value *out)
{
	value_int(out, image(c) != NULL && image(c)->wide);
	return image(c) != NULL;
}

bool pe_rva_to_offset_call(struct call *c, struct value *out)
{
	int64_t at = image(c) == NULL ? -1 : pe_offset(image(c), (uint64_t)c->args[0].i);

	value_int(out, at);
	return at >= 0;
}

/* The sum of 16-bit words with end-around carry, the field itself as 0, plus the size: of words of
 * 32 bits, folded at the end, which is the same. */
bool pe_calculate_checksum(struct call *c, struct value *out)
{
	struct pe *pe = image(c);
	struct cursor at = cursor_of(c->file);
	uint64_t sum = 0;

	if (pe == NULL || !range_steps(c, c->file.n))
		return false;
	while (cursor_left(&at) >= 4)
		sum += cursor_le32(&at);
	for (unsigned shift = 0; cursor_left(&at) != 0; shift += 8)
		sum += (uint64_t)cursor_u8(&at) << shift;
	uint64_t field = pe->optional_at + 64;
	at = pe_at(pe, field);
	if (field % 4 == 0)
		sum -= cursor_le32(&at);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	value_int(out, (int64_t)((sum & 0xffff) + c->file.n));
	return true;
}

/* ---- sections */

/* As far as C would read it. */
static struct span c_string(struct span s)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	return nul != NULL ? (struct span){ s.p, (size_t)(nul - s.p) } : s;
}

bool pe_section_index_name(struct call *c, struct value *out)
{
	const struct value *v = field_now(c, PE_SECTIONS);

	for (size_t i = 0; v->kind == VALUE_ARRAY && i < v->list->n; i++)
		if (span_equal(c_string(v->list->item[i].slots[PE_SECTION_NAME].s), c->args[0].s)) {
			value_int(out, (int64_t)i);
			return true;
		}
	return false;
}

bool pe_section_index_place(struct call *c, struct value *out)
{
	struct pe *pe = image(c);

	for (size_t i = 0; pe != NULL && i < pe->n_sections; i++)
		if (c->args[0].i >= pe->section[i].raw_at &&
		    c->args[0].i < (int64_t)pe->section[i].raw_at + pe->section[i].raw_size) {
			value_int(out, (int64_t)i);
			return true;
		}
	return false;
}

/* ---- imports */

static bool equal_fold(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (text_lower(a.p[i]) != text_lower(b.p[i]))
			return false;
	return true;
}

/* What to look for in an import table. */
struct wanted {
	const struct value *library; /* a string (any case) or a regular expression */
	const struct value
		*function; /* a string (any case), a number, a regular expression, or NULL */
};

static bool fits_text(struct call *c, const struct value *want, struct span text)
{
	return want->kind == VALUE_REGEX ? c->regex(c->ctx, want->i, text)
					 : equal_fold(want->s, text);
}

static bool fits(struct call *c, const struct value *want, const struct value *function)
{
	const struct value *ordinal = &function[PE_FUNCTION_ORDINAL];

	if (want == NULL)
		return true;
	if (want->kind == VALUE_INT)
		return ordinal->kind == VALUE_INT && ordinal->i == want->i;
	return fits_text(c, want, function[PE_FUNCTION_NAME].s);
}

/* How many functions of a table fit, counted up to `most`; *first is the first one. */
static int64_t count(struct call *c, const struct value *table, const struct wanted *w,
		     int64_t most, const struct value **first)
{
	int64_t n = 0;

	for (size_t i = 0; table->kind == VALUE_ARRAY && i < table->list->n && n < most; i++) {
		const struct value *library = table->list->item[i].slots;
		const struct value_list *functions = library[PE_IMPORT_FUNCTIONS].list;
		if (!range_steps(c, 1))
			break;
		if (!fits_text(c, w->library, library[PE_IMPORT_LIBRARY_NAME].s))
			continue;
		for (size_t k = 0; k < functions->n && n < most && range_steps(c, 1); k++)
			if (fits(c, w->function, functions->item[k].slots)) {
				if (n++ == 0 && first != NULL)
					*first = functions->item[k].slots;
			}
	}
	return n;
}

/* By name and by ordinal the answer is yes or no, otherwise a number of functions. */
static bool imports(struct call *c, int64_t flags, size_t at, bool two, bool counts,
		    struct value *out)
{
	struct wanted w = { &c->args[at], two ? &c->args[at + 1] : NULL };
	int64_t n = 0, most = counts ? INT64_MAX : 1;

	if (image(c) == NULL)
		return false;
	if ((flags & STANDARD) != 0)
		n += count(c, field_now(c, PE_IMPORT_DETAILS), &w, most, NULL);
	if ((flags & DELAYED) != 0 && n < most)
		n += count(c, field_now(c, PE_DELAYED_IMPORT_DETAILS), &w, most, NULL);
	value_int(out, counts ? n : n != 0);
	return true;
}

bool pe_imports_name(struct call *c, struct value *out)
{
	return imports(c, STANDARD, 0, true, false, out);
}
bool pe_imports_ordinal(struct call *c, struct value *out)
{
	return imports(c, STANDARD, 0, true, false, out);
}
bool pe_imports_library(struct call *c, struct value *out)
{
	return imports(c, STANDARD, 0, false, true, out);
}
bool pe_imports_regex(struct call *c, struct value *out)
{
	return imports(c, STANDARD, 0, true, true, out);
}
bool pe_imports_kind_name(struct call *c, struct value *out)
{
	return imports(c, c->args[0].i, 1, true, false, out);
}
bool pe_imports_kind_ordinal(struct call *c, struct value *out)
{
	return imports(c, c->args[0].i, 1, true, false, out);
}
bool pe_imports_kind_library(struct call *c, struct value *out)
{
	return imports(c, c->args[0].i, 1, false, true, out);
}
bool pe_imports_kind_regex(struct call *c, struct value *out)
{
	return imports(c, c->args[0].i, 1, true, true, out);
}

static bool import_rva(struct call *c, unsigned field, struct value *out)
{
	struct wanted w = { &c->args[0], &c->args[1] };
	const struct value *first = NULL;

	if (image(c) == NULL || count(c, field_now(c, field), &w, 1, &first) == 0)
		return false;
	*out = first[PE_FUNCTION_RVA];
	return out->kind != VALUE_UNDEFINED;
}

bool pe_import_rva_name(struct call *c, struct value *out)
{
	return import_rva(c, PE_IMPORT_DETAILS, out);
}
bool pe_import_rva_ordinal(struct call *c, struct value *out)
{
	return import_rva(c, PE_IMPORT_DETAILS, out);
}
bool pe_delayed_rva_name(struct call *c, struct value *out)
{
	return import_rva(c, PE_DELAYED_IMPORT_DETAILS, out);
}
bool pe_delayed_rva_ordinal(struct call *c, struct value *out)
{
	return import_rva(c, PE_DELAYED_IMPORT_DETAILS, out);
}

static void put_lower(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_put_u8(to, text_lower(s.p[i]));
}

/* The length without .dll, .ocx or .sys, whatever follows in the last part of the name. */
static size_t without_extension(struct span s)
{
	size_t dot = s.n;

	while (dot > 0 && s.p[dot - 1] != '.')
		dot--;
	struct span part = span_cut(s, dot, 3);
	bool known = equal_fold(part, span_of("dll")) || equal_fold(part, span_of("ocx")) ||
		     equal_fold(part, span_of("sys"));
	return dot > 0 && known ? dot - 1 : s.n;
}

/* kernel32.dll, CreateFileW: kernel32.createfilew, joined by commas, in the table's order.  Kept,
 * for rules by the hundred ask for it. */
bool pe_imphash(struct call *c, struct value *out)
{
	const struct value *table = field_now(c, PE_IMPORT_DETAILS);
	char hex[HASH_MAX_HEX + 1];
	struct buf text;

	if (image(c) == NULL)
		return false;
	value_string(out, span_of(image(c)->imphash));
	if (out->s.n != 0)
		return true;
	buf_init(&text, MAX_IMPHASH);
	for (size_t i = 0; table->kind == VALUE_ARRAY && i < table->list->n; i++) {
		const struct value *library = table->list->item[i].slots;
		struct span name = library[PE_IMPORT_LIBRARY_NAME].s;
		name.n = without_extension(name);
		const struct value_list *functions = library[PE_IMPORT_FUNCTIONS].list;
		for (size_t k = 0; k < functions->n; k++) {
			if (text.n != 0)
				buf_put_u8(&text, ',');
			put_lower(&text, name);
			buf_put_u8(&text, '.');
			put_lower(&text, functions->item[k].slots[PE_FUNCTION_NAME].s);
		}
	}
	bool ok = buf_ok(&text) && hash_hex(HASH_MD5, buf_span(&text), hex);
	buf_release(&text);
	if (!ok)
		return false;
	memcpy(image(c)->imphash, hex, sizeof image(c)->imphash);
	value_string(out, span_of(image(c)->imphash));
	return true;
}

/* ---- exports */

/* The number of the first export that fits; -1 for none, -2 where this is no image.  Ordinals
 * beyond the number of exports are not looked for. */
static int64_t find_export(struct call *c)
{
	const struct value *want = &c->args[0], *v = field_now(c, PE_EXPORT_DETAILS);

	if (image(c) == NULL)
		return -2;
	if (v->kind != VALUE_ARRAY ||
	    (want->kind == VALUE_INT && (want->i == 0 || want->i > (int64_t)v->list->n)))
		return -1;
	for (size_t i = 0; i < v->list->n && range_steps(c, 1); i++) {
		const struct value *e = v->list->item[i].slots;
		bool named = e[PE_EXPORT_NAME].kind == VALUE_STRING;
		if (want->kind == VALUE_INT ? e[PE_EXPORT_ORDINAL].i == want->i
					    : named && fits_text(c, want, e[PE_EXPORT_NAME].s))
			return (int64_t)i;
	}
	return -1;
}

static bool exported(struct call *c, struct value *out)
{
	int64_t i = find_export(c);

	value_int(out, i >= 0);
	return i != -2;
}

static bool export_index(struct call *c, struct value *out)
{
	int64_t i = find_export(c);

	value_int(out, i);
	return i >= 0;
}

bool pe_exports_name(struct call *c, struct value *out) { return exported(c, out); }
bool pe_exports_regex(struct call *c, struct value *out) { return exported(c, out); }
bool pe_exports_ordinal(struct call *c, struct value *out) { return exported(c, out); }
bool pe_exports_index_name(struct call *c, struct value *out) { return export_index(c, out); }
bool pe_exports_index_regex(struct call *c, struct value *out) { return export_index(c, out); }
bool pe_exports_index_ordinal(struct call *c, struct value *out) { return export_index(c, out); }

/* ---- resources */

/* A resource without a language's number has YARA's mark of the undefined for one. */
static const uint64_t NO_LANGUAGE = 0xfffabadafabadaff;

static bool spoken(struct call *c, int64_t mask, struct value *out)
{
	const struct value *v = field_now(c, PE_RESOURCES);

	if (image(c) == NULL)
		return false;
	value_int(out, 0);
	for (size_t i = 0; v->kind == VALUE_ARRAY && i < v->list->n && range_steps(c, 1); i++) {
		const struct value *language = &v->list->item[i].slots[PE_RESOURCE_LANGUAGE];
		int64_t number = language->kind == VALUE_INT ? language->i : (int64_t)NO_LANGUAGE;
		if ((number & mask) == c->args[0].i)
			value_int(out, 1);
	}
	return true;
}

bool pe_locale(struct call *c, struct value *out) { return spoken(c, 0xffff, out); }
bool pe_language(struct call *c, struct value *out) { return spoken(c, 0xff, out); }

/* ---- signatures */

bool pe_signature_valid_on(struct call *c, struct value *out)
{
	const struct value *from = &c->self[PE_SIGNATURE_NOT_BEFORE],
			   *to = &c->self[PE_SIGNATURE_NOT_AFTER];

	if (from->kind != VALUE_INT || to->kind != VALUE_INT)
		return false;
	value_int(out, c->args[0].i >= from->i && c->args[0].i <= to->i);
	return true;
}
