/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/format/look.h"

/*
 * A PE image: all fields of the module `pe`, and its functions with arguments that the image itself
 * gives.  Functions must agree with the fields.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20 };

static void call(struct look *l, const char *name, const char *args, struct value a, struct value b)
{
	struct value values[] = { a, b }, out = { 0 };

	if (look_call(l, "", name, args, values, &out) && strcmp(name, "exports_index") == 0 &&
	    (out.i < 0 || out.i >= look_int(l, "number_of_exports")))
		abort();
}

/* What is imported by name is imported from that library, in the way that is asked for and in any.
 */
static void call_imports(struct look *l, struct value library, struct value function,
			 struct value number)
{
	const struct value all = { .kind = VALUE_INT, .i = 7 };
	struct value by_kind[] = { all, library, function }, by_name[] = { library, function };
	struct value by_number[] = { library, number }, any[] = { all, library, number };
	struct value named = { 0 }, of_any = { 0 }, of_library = { 0 };

	bool a = look_call(l, "", "imports", "ss", by_name, &named);
	bool b = look_call(l, "", "imports", "iss", by_kind, &of_any);
	bool c = look_call(l, "", "imports", "s", by_name, &of_library);
	if (a && named.i != 0 && (!b || of_any.i == 0 || !c || of_library.i == 0))
		abort();
	(void)look_call(l, "", "imports", "is", by_kind, &named);
	(void)look_call(l, "", "imports", "si", by_number, &named);
	(void)look_call(l, "", "imports", "isi", any, &named);
	(void)look_call(l, "", "import_rva", "ss", by_name, &named);
	(void)look_call(l, "", "import_rva", "si", by_number, &named);
	(void)look_call(l, "", "delayed_import_rva", "ss", by_name, &named);
	(void)look_call(l, "", "delayed_import_rva", "si", by_number, &named);
}

/* It is a PE of 32 bits or of 64, and its first section is found by its name, if C's strings can
 * hold that. */
static void call_kinds(struct look *l)
{
	struct value narrow = { 0 }, wide = { 0 }, out = { 0 };
	struct value name = look_at(l, "sections[0].name");

	call(l, "is_dll", "", name, name);
	(void)look_call(l, "", "is_32bit", "", NULL, &narrow);
	(void)look_call(l, "", "is_64bit", "", NULL, &wide);
	if (l->ok && narrow.i == wide.i)
		abort();
	if (name.kind == VALUE_STRING && memchr(name.s.p, 0, name.s.n) == NULL &&
	    (!look_call(l, "", "section_index", "s", &name, &out) || out.i != 0))
		abort();
}

/* How often a tool is named is never more than all are; asked of all that the header may name. */
static void call_rich(struct look *l, struct value number)
{
	struct value values[] = { number, number }, one = { 0 }, both = { 0 };

	if (look_at(l, "rich_signature.clear_data").kind != VALUE_STRING)
		return;
	bool is_tool = look_call(l, "rich_signature", "toolid", "i", values, &one);
	bool is_both = look_call(l, "rich_signature", "toolid", "ii", values, &both);
	if (is_tool && is_both && one.i < both.i)
		abort();
	bool is_version = look_call(l, "rich_signature", "version", "i", values, &one);
	is_both = look_call(l, "rich_signature", "version", "ii", values, &both);
	if (is_version && is_both && one.i < both.i)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct look l;
	struct value none = { 0 },
		     number = { .kind = VALUE_INT, .i = size != 0 ? data[size - 1] : 0 };

	look_open(&l, &pe_module, (struct span){ data, size }, BUDGET);
	(void)look_walk_all(&l);
	if (l.ok != (look_int(&l, "is_pe") == 1))
		abort();
	struct value library = look_at(&l, "import_details[0].library_name");
	struct value function = look_at(&l, "import_details[0].functions[0].name");
	struct value export = look_at(&l, "export_details[0].name");
	call(&l, "imphash", "", none, none);
	call(&l, "calculate_checksum", "", none, none);
	call(&l, "rva_to_offset", "i", number, none);
	call(&l, "section_index", "i", number, none);
	call(&l, "locale", "i", number, none);
	call(&l, "exports_index", "i", number, none);
	call_rich(&l, number);
	call(&l, "language", "i", number, none);
	call(&l, "exports", "i", number, none);
	call_kinds(&l);
	if (library.kind == VALUE_STRING && function.kind == VALUE_STRING)
		call_imports(&l, library, function, number);
	if (export.kind == VALUE_STRING) {
		call(&l, "exports", "s", export, none);
		call(&l, "exports_index", "s", export, none);
	}
	look_close(&l);
	return 0;
}
