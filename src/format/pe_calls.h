/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_PE_CALLS_H
#define PEL_FORMAT_PE_CALLS_H

/*
 * The functions of the module `pe`, one for each overload; the kinds of their arguments and of the
 * result stand in pe_table.c.  Each fills *out, whose bytes are the file's or c->arena's, takes its
 * work from *c->steps, and returns false where it has no value: then the result is undefined.
 */

#include "format/module.h"

bool pe_calculate_checksum(struct call *c, struct value *out);
bool pe_imphash(struct call *c, struct value *out);
bool pe_section_index_name(struct call *c, struct value *out);
bool pe_section_index_place(struct call *c, struct value *out);
bool pe_exports_name(struct call *c, struct value *out);
bool pe_exports_regex(struct call *c, struct value *out);
bool pe_exports_ordinal(struct call *c, struct value *out);
bool pe_exports_index_name(struct call *c, struct value *out);
bool pe_exports_index_ordinal(struct call *c, struct value *out);
bool pe_exports_index_regex(struct call *c, struct value *out);
bool pe_imports_name(struct call *c, struct value *out);
bool pe_imports_ordinal(struct call *c, struct value *out);
bool pe_imports_library(struct call *c, struct value *out);
bool pe_imports_regex(struct call *c, struct value *out);
bool pe_imports_kind_name(struct call *c, struct value *out);
bool pe_imports_kind_ordinal(struct call *c, struct value *out);
bool pe_imports_kind_library(struct call *c, struct value *out);
bool pe_imports_kind_regex(struct call *c, struct value *out);
bool pe_import_rva_name(struct call *c, struct value *out);
bool pe_import_rva_ordinal(struct call *c, struct value *out);
bool pe_delayed_rva_name(struct call *c, struct value *out);
bool pe_delayed_rva_ordinal(struct call *c, struct value *out);
bool pe_locale(struct call *c, struct value *out);
bool pe_language(struct call *c, struct value *out);
bool pe_is_dll(struct call *c, struct value *out);
bool pe_is_32bit(struct call *c, struct value *out);
bool pe_is_64bit(struct call *c, struct value *out);
bool pe_rva_to_offset_call(struct call *c, struct value *out);
bool pe_rich_version(struct call *c, struct value *out);
bool pe_rich_version2(struct call *c, struct value *out);
bool pe_rich_toolid(struct call *c, struct value *out);
bool pe_rich_toolid2(struct call *c, struct value *out);
bool pe_signature_valid_on(struct call *c, struct value *out);

#endif
