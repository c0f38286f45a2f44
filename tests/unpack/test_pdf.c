/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

static const struct document documents[] = {
	{ "pdf/table-stream", "2 56\n"
			      "8 12\n"
			      "9 6\n" },
	{ "pdf/aes128", "a.exe 49\n" },
	{ "pdf/aes256", "a.exe 49\n" },
	{ "pdf/in-clear", "a.exe 49\n" },
	{ "pdf/rc4", "a.exe 49\n" },
	{ "pdf/circle",
	  "2 49\n"
	  "! [damaged: PDF: references that lead back to themselves (ISO 32000-1, 7.3.10)]\n" },
	{ "pdf/damaged", "2 22 [damaged: PDF: Flate, which ends too soon (ISO 32000-1, 7.4)]\n" },
	{ "pdf/embedded", "a.exe 49\n" },
	{ "pdf/filters", "2 49\n"
			 "3 49\n"
			 "4 49\n"
			 "5 49\n"
			 "6 49\n"
			 "7 49\n"
			 "8 49\n" },
	{ "pdf/no-endstream",
	  "1 48 [damaged: PDF: a stream without an end (ISO 32000-1, 7.3.8)]\n" },
	{ "pdf/no-table", "2 49\n" },
	{ "pdf/object-stream", "7.js 6\n"
			       "2 83\n"
			       "y.exe 49\n" },
	{ "pdf/only-by-table", "2 56\n"
			       "9 6\n" },
	{ "pdf/scripts", "1.js 9\n"
			 "2.js 16\n"
			 "3.js 12\n"
			 "6 11\n" },
	{ "pdf/table-circle",
	  "! [damaged: PDF: references that lead back to themselves (ISO 32000-1, 7.3.10)]\n" },
	{ "pdf/unknown-filter", "2 3 [unsupported:PDF filter NewDecode]\n"
				"3 3\n" },
	{ "pdf/decoys", "3.js 5\n"
			"2:3.js 4\n"
			"3:3.js 5\n"
			"2 49\n"
			"5:2 55\n"
			"6:2 55\n" },
	{ "pdf/in-stream", "5 125\n"
			   "2 49\n" },
	{ "pdf/untyped", "7.js 6\n"
			 "2 22\n" },
	{ "pdf/comment", "2 49\n" },
	{ "pdf/raw-rubbish", "2 2 [damaged: PDF: Flate (ISO 32000-1, 7.4)]\n" },
	{ "pdf/raw-flate", "2 49\n" },
	{ "pdf/decoy-encrypt", "1.js 8\n"
			       "2:1.js 8\n"
			       "2 49\n"
			       "4:2 49\n" },
	{ "pdf/decoy-password", "1.js 8\n"
				"2 49\n"
				"! [encrypted: PDF: encrypted, and neither with the empty password "
				"nor one that was given (ISO 32000-1, 7.6.3)]\n" },
	{ "pdf/file-cipher", "1.js 12\n"
			     "2 49\n"
			     "3:2 49\n"
			     "3 49\n" },
	{ "pdf/wrong-length", "2 49\n" },
};

enum { N_DOCUMENTS = sizeof documents / sizeof *documents };

static void streams_scripts_and_files_come_out(void **state)
{
	(void)state;
	document_check(documents, N_DOCUMENTS);
}

static void decrypt_first(void *ctx, unsigned depth, const struct unpack_child *c)
{
	unsigned *n = ctx;

	(void)depth;
	if (c->number == 1)
		assert_memory_equal(c->bytes.p, "by reference", 12);
	if (c->number == 2)
		assert_memory_equal(c->bytes.p, PAYLOAD, strlen(PAYLOAD));
	(*n)++;
}

static void files_and_strings_elsewhere_are_decrypted(void **state)
{
	unsigned n_members = 0;
	const struct unpack_host host = { .child = decrypt_first, .ctx = &n_members };
	const struct unpack_options none = { 0 };
	struct unpack_stack *stack = unpack_stack_new(&none, &host);
	struct span file = document_load("pdf/file-cipher");
	struct unpack_look look = { .bytes = file, .class = type_class_of(file) };
	const struct unpack_gap *gap;
	size_t n;

	(void)state;
	unpack_begin_tree(stack, file.n);
	unpack_object(stack, 0, &look, &gap, &n);
	assert_int_equal(n_members, 4);
	unpack_stack_free(stack);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(documents, N_DOCUMENTS, 420);
}

static void a_password_that_fits_opens(void **state)
{
	static const char *const seed[] = { "pdf/user-rc4", "pdf/user-aes128", "pdf/user-aes256" };
	const struct span passwords[] = { span_of("wrong"), span_of("infected") };
	(void)state;

	for (size_t i = 0; i < 3; i++)
		for (size_t n = 1; n <= 2; n++) {
			struct unpack_options o = { .password = passwords, .n_passwords = n };
			struct collect c = { 0 };
			assert_true(collect(&c, document_load(seed[i]), &o));
			if (n == 2)
				assert_string_equal((const char *)c.list.p, "a.exe 49\n");
			else
				assert_non_null(strstr((const char *)c.list.p, "encrypted:"));
			collect_release(&c);
		}
}

/* A value may lie as deep as it likes: what stands behind it in its object is read. */
static void no_depth_hides_what_stands_behind_it(void **state)
{
	static const char *const kinds[][2] = { { "[", "]" }, { "<<", ">>" }, { "<</a", ">>" } };
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		struct collect c = { 0 };
		struct buf file;

		buf_init(&file, 1 << 20);
		buf_put_text(&file, "%PDF-1.4\n7 0 obj\n<< /X ");
		for (int k = 0; k < 1000; k++)
			buf_put_text(&file, kinds[i][0]);
		for (int k = 0; k < 1000; k++)
			buf_put_text(&file, kinds[i][1]);
		buf_put_text(&file, " /JS (script) /Filter /ASCIIHexDecode /Length 9 >>\n"
				    "stream\n6e6f7465>\nendstream\nendobj\n");
		buf_put_text(&file, "8 0 obj\n<< /F (a.exe) /EF << /F 7 0 R >> >>\nendobj\n");
		assert_true(collect(&c, buf_span(&file), NULL));
		assert_string_equal((const char *)c.list.p, "7.js 6\na.exe 4\n");
		collect_release(&c);
		buf_release(&file);
	}
}

struct pdf {
	const char *text, *list;
};

static void what_viewers_take_of_two_numbers_comes_out(void **state)
{
#define OBJECT  "%PDF-1.4\n2 0 obj\n<< "
#define END     "\nendstream\nendobj\n"
#define DATA    " >>\nstream\nendstream\n" PAYLOAD END /* 59 bytes of data */
#define SCRIPTS " /Length 26 >>\nstream\n7 0 << /JS <616c657274> >>" END
	static const struct pdf files[] = {
		{ OBJECT "/Length 0 /Length 59" DATA, "2 59\n" },
		{ OBJECT "/Length 59 /Length 0" DATA, "2 59\n" },
		{ OBJECT "/Length 12 0 R" DATA
			 "5 0 obj\n<< /Type /ObjStm /N 1 /First 5 /Length 7 >>\n"
			 "stream\n12 0 59" END,
		  "2 59\n5 7\n" },
		{ OBJECT "/N 0 /N 1 /First 4" SCRIPTS, "7.js 5\n2 26\n" },
		{ OBJECT "/N 1 /First 9 /First 4" SCRIPTS, "7.js 5\n2 26\n" },
	};
	struct collect c = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_true(collect(&c, span_of(files[i].text), NULL));
		if (strcmp((const char *)c.list.p, files[i].list) != 0)
			fail_msg("%s\n%s", files[i].text, (const char *)c.list.p);
		collect_release(&c);
	}
}

/* PDFium wants no "-" behind "%PDF", and looks for it behind as many as 1024 bytes. */
static void the_header_is_found_where_chrome_finds_it(void **state)
{
	struct span seed = document_load("pdf/scripts");
	struct collect c = { 0 };
	struct buf file;

	(void)state;
	buf_init(&file, 1 << 20);
	for (int i = 0; i < 1024; i++)
		buf_put_u8(&file, '\n');
	buf_put_text(&file, "%PDF ");
	buf_put_span(&file, span_cut(seed, 5, seed.n));
	assert_true(collect(&c, buf_span(&file), NULL));
	assert_string_equal((const char *)c.list.p, "1.js 9\n2.js 16\n3.js 12\n6 11\n");
	collect_release(&c);
	buf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_scripts_and_files_come_out),
		cmocka_unit_test(a_password_that_fits_opens),
		cmocka_unit_test(no_depth_hides_what_stands_behind_it),
		cmocka_unit_test(files_and_strings_elsewhere_are_decrypted),
		cmocka_unit_test(what_viewers_take_of_two_numbers_comes_out),
		cmocka_unit_test(the_header_is_found_where_chrome_finds_it),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
