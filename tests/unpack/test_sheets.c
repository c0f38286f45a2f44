/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

/* What tests/unpack/make_sheets.py laid, and what must come out of it. */
static const struct document sheets[] = {
	{ "zip/xlsb", "[Content_Types].xml 8\n"
		      "xl/workbook.bin 205\n"
		      "xl/workbook.bin/names.xlm 43\n"
		      "xl/macrosheets/sheet1.bin 647\n"
		      "xl/macrosheets/sheet1.bin/formulas.xlm 230\n"
		      "xl/sharedStrings.bin 14150\n"
		      "xl/sharedStrings.bin/strings.xlm 7070\n" },
	{ "xlm/xlsb-macros", "formulas.xlm 230\n" },
	{ "xlm/xlsb-book", "names.xlm 43\n" },
	{ "xlm/xlsb-empty", "" },
	{ "xlm/xlsb-strings", "strings.xlm 7070\n" },
	{ "xlm/xlsb-strings-none", "" },
	{ "xlm/xlsb-strings-cut", "strings.xlm 16\n"
				  "! [damaged: xlsb: a record is cut off]\n" },
	{ "xlm/xlsb-cut", "! [damaged: xlsb: a record is cut off]\n" },
	{ "pdf/crypt-filter", "2 49\n"
			      "3 49\n" },
	{ "pdf/crypt-filter-named", "2 49\n"
				    "3 49\n" },
	{ "pdf/png", "2 49\n" },
	{ "pdf/tiff", "2 49\n"
		      "3 63\n"
		      "4 49\n"
		      "5 49\n"
		      "6 56\n"
		      "7 84\n"
		      "8 49\n"
		      "9 0 [limit:filters: more than 12, or out of their bounds]\n"
		      "10 0 [limit:filters: more than 12, or out of their bounds]\n" },
	{ "pdf/object-stream-grows",
	  "7.js 6\n"
	  "2 108038\n"
	  "3 0 [limit:filters: more than 12, or out of their bounds]\n"
	  "! [limit:objects: an object stream of more than 16777216 bytes]\n" },
};

enum { N_SHEETS = sizeof sheets / sizeof *sheets };

static void what_is_in_a_sheet_comes_out(void **state)
{
	(void)state;
	document_check(sheets, N_SHEETS);
}

static void formulas_are_shown(void **state)
{
	static const struct {
		const char *name, *text;
	} shown[] = {
		{ "xlm/xlsb-book", "_xlnm.Auto_Open =sheet0!A1\n"
				   "v\303\244r =7\n"
				   "x =v\303\244r\n" },
		{ "xlm/xlsb-macros", "A1 =EXEC(\"calc\"&\".exe\")\n"
				     "B1 label \342\202\254\n"
				     "AB2 =CHAR(65)\n"
				     "  A\n"
				     "AC2 =TRUE\n"
				     "AD2 =#ERR7!\n"
				     "XFD1048576 =XFD1048576\n"
				     "AAA1048576 =A1:B9\n"
				     "ZZ1048576 =sheet0!XFD1048576\n"
				     "B1048576 =sheet1!A1:B2\n"
				     "A8 =name\n"
				     "B8 =#REF!\n"
				     "C8 =#REF!\n"
				     "D8 ={...}\n"
				     "E8 =external\n"
				     "F8 =...\n" },
	};
	struct collect c = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		assert_true(collect(&c, document_load(shown[i].name), NULL));
		buf_put_u8(&c.last, 0);
		assert_string_equal((const char *)c.last.p, shown[i].text);
		collect_release(&c);
	}
}

static void shared_strings_are_shown(void **state)
{
	static const char begin[] = "0 cmd /c \342\202\254\n1 \n2 xxx";
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("xlm/xlsb-strings"), NULL));
	assert_memory_equal(c.last.p, begin, sizeof begin - 1);
	/* a pair across the border of what is written at once stays one character */
	assert_memory_equal(c.last.p + sizeof begin - 1 + 2044, "\360\237\230\200yy", 6);
	assert_int_equal(c.last.p[c.last.n - 1], '\n');
	collect_release(&c);
}

/* The rows that fill a seed's last pixel up are zeros. */
static bool is_payload(struct span s)
{
	for (size_t i = strlen(PAYLOAD); i < s.n; i++)
		if (s.p[i] != 0)
			return false;
	return s.n >= strlen(PAYLOAD) && memcmp(s.p, PAYLOAD, strlen(PAYLOAD)) == 0;
}

struct samples {
	unsigned right, all;
};

static void one_predicted(void *ctx, unsigned depth, const struct unpack_child *m)
{
	struct samples *n = ctx;

	(void)depth;
	n->all++;
	n->right += is_payload(m->bytes);
}

static void tiffs_predictor_is_undone_for_every_width(void **state)
{
	struct samples n = { 0 };
	struct unpack_options o = { 0 };
	struct unpack_host host = { .child = one_predicted, .ctx = &n };
	struct span s = document_load("pdf/tiff");
	struct unpack_look look = { .bytes = s, .class = type_class_of(s) };
	struct unpack_stack *stack = unpack_stack_new(&o, &host);
	const struct unpack_gap *gap;
	size_t n_gaps;

	(void)state;
	assert_non_null(stack);
	unpack_begin_tree(stack, s.n);
	unpack_object(stack, 0, &look, &gap, &n_gaps);
	assert_int_equal(n.right, 7); /* six widths, and one that PDF has not */
	assert_int_equal(n.all, 9);
	unpack_stack_free(stack);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(sheets, N_SHEETS, 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_a_sheet_comes_out),
		cmocka_unit_test(formulas_are_shown),
		cmocka_unit_test(shared_strings_are_shown),
		cmocka_unit_test(tiffs_predictor_is_undone_for_every_width),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
