/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

#include "unpack/decode_text.h"

#define HUNDRED                                                                                    \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"                                       \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define LONG_NAME HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED

static const struct document documents[] = {
	{ "chm/matches", "plain.txt 5\n"
			 "::DataSpace/Storage/MSCompressed/Content 422\n"
			 "::DataSpace/Storage/MSCompressed/ControlData 28\n"
			 "::DataSpace/Storage/MSCompressed/Transform/"
			 "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
			 "a.exe 794\n" },
	{ "chm/aligned", "plain.txt 5\n"
			 "::DataSpace/Storage/MSCompressed/Content 426\n"
			 "::DataSpace/Storage/MSCompressed/ControlData 28\n"
			 "::DataSpace/Storage/MSCompressed/Transform/"
			 "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
			 "a.exe 794\n" },
	{ "chm/entries",
	  "plain.txt 5\n"
	  "::DataSpace/Storage/MSCompressed/Content 68\n"
	  "::DataSpace/Storage/MSCompressed/ControlData 28\n"
	  "::DataSpace/Storage/MSCompressed/Transform/"
	  "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n" LONG_NAME " 5\n"
	  "section 0 [unsupported:CHM: section 2]\n"
	  "slash/ 5\n"
	  "a.exe 49\n" },
	{ "chm/entry-cut", "plain.txt 5\n"
			   "::DataSpace/Storage/MSCompressed/Content 68\n"
			   "::DataSpace/Storage/MSCompressed/ControlData 28\n"
			   "::DataSpace/Storage/MSCompressed/Transform/"
			   "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
			   "! [damaged: CHM: an entry of the directory]\n" },
	{ "chm/cut", "plain.txt 5\n"
		     "::DataSpace/Storage/MSCompressed/Content 160\n"
		     "::DataSpace/Storage/MSCompressed/ControlData 28\n"
		     "::DataSpace/Storage/MSCompressed/Transform/"
		     "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
		     "a.exe 32 [damaged: CHM: 32 of 49 bytes]\n"
		     "! [damaged: CHM: LZX, after 35 bytes]\n" },
	{ "chm/literals", "plain.txt 5\n"
			  "::DataSpace/Storage/MSCompressed/Content 180\n"
			  "::DataSpace/Storage/MSCompressed/ControlData 28\n"
			  "::DataSpace/Storage/MSCompressed/Transform/"
			  "{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
			  "a.exe 49\n" },
	{ "chm/stored", "plain.txt 5\n"
			"::DataSpace/Storage/MSCompressed/Content 68\n"
			"::DataSpace/Storage/MSCompressed/ControlData 28\n"
			"::DataSpace/Storage/MSCompressed/Transform/"
			"{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable 48\n"
			"a.exe 49\n" },
	{ "rtf/bin", "picture 49\n"
		     "store 49\n" },
	{ "rtf/cut", "X 49\n"
		     "! [damaged: RTF: an object is cut off ([MS-OLEDS] 2.2.5)]\n" },
	{ "rtf/linked", "OLE2Link 82\n" },
	{ "szdd/activemime", "macros 49\n" },
	{ "szdd/activemime-near", "macros 45 [damaged: ActiveMime: ends too soon]\n" },
	{ "onenote/packaging",
	  "! [unsupported:OneNote's alternative packaging ([MS-ONESTORE] 2.8)]\n" },
	{ "zip/odf-encrypted",
	  "content.xml 49\n"
	  "META-INF/manifest.xml 103\n"
	  "! META-INF/manifest.xml [encrypted: ODF: files of the package, by a password]\n" },
	{ "binhex/two", "a.exe 109\n"
			"a.exe.rsrc 3\n"
			"3:a.exe 109\n"
			"4:a.exe.rsrc 3\n" },
	{ "html/encoded-behind", "decoded 4\n" },
	{ "rtf/native", "Equation.3 49\n" },
	{ "rtf/package", "a.exe 49\n" },
	{ "rtf/tricks", "object 30\n"
			"a.exe 49\n" },
	{ "html/references", "1: 49\n" },
	{ "html/encoded", "script 61\n"
			  "script/decoded 33\n"
			  "decoded 33\n" },
	{ "html/encoded-file", "decoded 5\n"
			       "2:decoded 9 [damaged: encoded script: it has no end]\n" },
	{ "html/data", "script 8\n"
		       "2: 49\n"
		       "3: 5\n" },
	{ "html/open", "script 29\n"
		       "2: 1\n" },
	{ "html/wide", "utf-8 29\n"
		       "utf-8/script 6\n" },
	{ "html/word", "1: 49\n" },
	{ "onenote/cut",
	  "1: 49\n"
	  "! [damaged: OneNote: an embedded file is cut off ([MS-ONESTORE] 2.6.13)]\n" },
	{ "onenote/file", "1: 49\n" },
	{ "binhex/runs", "a.exe 109\n"
			 "a.exe.rsrc 3\n" },
	{ "szdd/back", "1: 9\n" },
	{ "szdd/kwaj", "1: 49\n" },
	{ "szdd/nothing", "1: 52\n" },
	{ "swf/lzma-nothing", "movie.swf 82\n"
			      "movie.swf/1: 49\n" },
	{ "swf/lzma-less", "movie.swf 20 [damaged: SWF: cannot be decoded]\n" },
	{ "szdd/stored", "1: 49\n" },
	{ "swf/lzma", "movie.swf 82\n"
		      "movie.swf/1: 49\n" },
	{ "swf/plain", "1: 49\n" },
	{ "swf/zlib", "movie.swf 82\n"
		      "movie.swf/1: 49\n" },
	{ "shortcut/appended", "arguments 6\n"
			       "extra 6\n"
			       "appended 49\n" },
	{ "shortcut/no-end", "arguments 6\n"
			     "appended 49\n" },
	{ "uu/two", "a.exe 49\n"
		    "b.exe 49\n" },
};

enum { N_DOCUMENTS = sizeof documents / sizeof *documents };

static void what_is_embedded_comes_out(void **state)
{
	(void)state;
	document_check(documents, N_DOCUMENTS);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(documents, N_DOCUMENTS, 400);
}

static void an_encoded_script_is_decoded(void **state)
{
	static const char plain[] = "if (1 < 2) alert('a@b');\r\n\tx = \xe9;";
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("html/encoded"), NULL));
	assert_int_equal(c.last.n, sizeof plain - 1);
	assert_memory_equal(c.last.p, plain, sizeof plain - 1);
	collect_release(&c);
}

/* A worker that reads is replaced, and most pages of XML hold nothing. */
static void a_page_that_holds_nothing_is_not_read(void **state)
{
	static const struct {
		const char *text;
		bool read;
	} pages[] = {
		{ "<?xml version='1.0'?><a b='c:d'>&lt;p&gt; metadata; data, binary</a>", false },
		{ "<html><body><p>script: none</p><scr>x</scr></body></html>", false },
		{ "<html><SCRIPT>x</SCRIPT></html>", true },
		{ "<?xml version='1.0'?><w:binData>TVo=</w:binData>", true },
		{ "<img src='DATA:,x'>", true },
		{ "<img src='d&#97;ta:,x'>", true },
		{ "<img src='data&colon;,x'>", true },
		{ "<h2>Invoice</h2><a href='data:,x'>", true },
		{ "<video></video><a/href='data:,x'>", true },
		{ "Invoice <a\nhref='data:,x'>", true },
		{ "Invoice: x <y@example.org> data:,x", false },
		{ "#include <stdio.h>\n#include <sys/types.h>\n/* data: x */", false },
		{ "\1\2\3\4\5\6\7<b >\1\2\3\4data:", false },
	};
	const struct unpack_options all = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct unpack_look look = { .bytes = span_of(pages[i].text) };
		const char *format = unpack_format(&all, &look);
		if (pages[i].read)
			assert_string_equal(format != NULL ? format : pages[i].text, "HTML");
		else
			assert_null(format);
	}
}

/* What is in a tag is read as browsers read it; and a tag that has no end hides none behind it. */
static void a_quote_counts_where_a_value_begins(void **state)
{
	static const struct {
		const char *page, *list;
	} pages[] = {
		{ "<script a=b\"c>one</script>", "script 3\n" },
		{ "<script a=b'>one</script><script>three</script>", "script 3\n2:script 5\n" },
		{ "<script a\"b>one</script>", "script 3\n" },
		{ "<script =\">one</script>", "script 3\n" },
		{ "<script/=\">one</script>", "script 3\n" },
		{ "<script a/=\">one</script>", "script 3\n" },
		{ "<script a=b =\">one</script>", "script 3\n" },
		{ "<script a=\"b\"c='>'>one</script>", "script 3\n" },
		{ "<script a=\"b>\">one</script>", "script 3\n" },
		{ "<script a = \n '>'>one</script>", "script 3\n" },
		{ "<script a=/'>one</script>", "script 3\n" },
		{ "<script a=>one</script>", "script 3\n" },
		{ "<script a=\"\" \">one</script>", "script 3\n" },
		{ "<html><p a=\"<script b='\"><script>three</script>", "script 5\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		struct collect c = { 0 };
		assert_true(collect(&c, span_of(pages[i].page), NULL));
		if (strcmp((const char *)c.list.p, pages[i].list) != 0)
			fail_msg("%s:\n%s", pages[i].page, (const char *)c.list.p);
		collect_release(&c);
	}
}

static void tags_without_an_end_are_a_limit(void **state)
{
	struct collect c = { 0 };
	struct buf page;

	(void)state;
	buf_init(&page, 1 << 20);
	for (int i = 0; i < 65; i++)
		buf_put_text(&page, "<script a='b\" ");
	for (size_t i = 0; i < 2; i++) { /* of the last 64 none is too many */
		assert_true(collect(&c, span_cut(buf_span(&page), i * page.n / 65, page.n), NULL));
		assert_string_equal((const char *)c.list.p,
				    i == 0 ? "! [limit:tags: more than 64 without an end]\n" : "");
		collect_release(&c);
	}
	buf_release(&page);
}

struct page {
	const char *text;
	const char *list;
};

static void check_page(struct span page, const char *list)
{
	struct collect c = { 0 };

	(void)collect(&c, page, NULL);
	assert_string_equal((const char *)c.list.p, list);
	collect_release(&c);
}

static void an_address_is_found_as_browsers_find_it(void **state)
{
	static const struct page pages[] = {
		{ "<h2>Invoice</h2><a href='data:,xyz'>", "1: 3\n" },
		{ "<html><a href='dat&#00000000000000000000097;:,xyz'>", "1: 3\n" },
		{ "<html><a href='dat&#x00000000000000000000061;:,xyz'>", "1: 3\n" },
		{ "<html><a href='data:;base64,&#00000000000000000084;Vqq'>", "1: 3\n" },
		{ "<iframe src=data:text/html;x=);base64,TVoh>", "1: 3\n" },
		{ "<iframe src='data:text/html;x=base64,%41bc'>", "1: 2\n2: 3\n" },
		{ "<iframe src='data:text/html; bas\ne64 ,TVoh'>", "1: 3\n" },
		{ "<h2 title=data:,\"x=\"data:;base64,TVoh\">", "1: 22\n2: 3\n" },
	};
	static const char from[] = "<html><a href='d", to[] = "ata:,xyz'>";
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		check_page(span_of(pages[i].text), pages[i].list);
	memset(text, '\n', sizeof text); /* before the first tag, and in the address */
	memcpy(text + 600, from, sizeof from - 1);
	memcpy(text + sizeof text - sizeof to, to, sizeof to - 1);
	check_page((struct span){ (const uint8_t *)text, sizeof text - 1 }, "1: 3\n");
}

static void an_address_may_have_a_long_head(void **state)
{
	struct buf page;

	(void)state;
	buf_init(&page, 1 << 20);
	buf_put_text(&page, "<iframe src='data:text/html;x=");
	for (int i = 0; i < 70 << 10; i++)
		buf_put_u8(&page, 'x');
	buf_put_text(&page, ";base64,TVoh'>");
	check_page(buf_span(&page), "1: 3\n");
	buf_release(&page);
}

/* What an element of XML holds is its text, however that is written, and with whichever prefix. */
static void a_file_in_xml_is_read_as_its_reader_does(void **state)
{
	static const char name[] = "a_prefix_that_is_as_long_as_whoever_writes_a_document_wants_it:"
				   "binData>";
	static const char text[] = "&#x54;V<!-- </w:binData> --><![CDATA[oh]]>&#32;&nbsp;"
				   "<?a bc?>TVoh</";
	struct collect c = { 0 };
	struct buf page;

	(void)state;
	buf_init(&page, 1 << 20);
	buf_put_text(&page, "<?xml version='1.0'?><x><");
	buf_put_text(&page, name);
	buf_put_text(&page, text);
	buf_put_text(&page, name);
	buf_put_text(&page, "<w:binData>");
	buf_put_text(&page, text);
	buf_put_text(&page, "w:binData></x>");
	assert_true(collect(&c, buf_span(&page), NULL));
	assert_string_equal((const char *)c.list.p, "1: 6\n2: 6\n");
	assert_memory_equal(c.last.p, "MZ!MZ!", 6);
	collect_release(&c);
	buf_release(&page);
}

/* The digits of rtf/package, between which stands what holds none. */
static void words_with_capitals_and_ignored_bytes_are_no_digits(void **state)
{
	static const char *const between[] = { "\\clNoWrap ", "\\clftsWidth3 ",
					       "\\abcdefabcdefabcdefabcdefabcdefabcdefabcdef ",
					       "{\\*\\nothing\\bin4 1234}" };

	(void)state;
	for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
		struct span seed = document_load("rtf/package");
		size_t at = decode_find(seed, "objdata ") + 48;
		struct buf file;

		buf_init(&file, 1 << 20);
		buf_put_span(&file, span_cut(seed, 0, at));
		buf_put_text(&file, between[i]);
		buf_put_span(&file, span_cut(seed, at, seed.n));
		check_page(buf_span(&file), "a.exe 49\n");
		buf_release(&file);
	}
}

static void more_rtf_groups_than_are_told_apart_are_a_limit(void **state)
{
	struct buf file;

	(void)state;
	buf_init(&file, 1 << 20);
	buf_put_text(&file, "{\\rtf1");
	for (int i = 0; i < 4100; i++)
		buf_put_u8(&file, '{');
	buf_put_text(&file, "{\\*\\objdata 01050000}");
	check_page(buf_span(&file),
		   "! [limit:depth: more than 4095 RTF groups inside each other]\n");
	buf_release(&file);
}

static void uuencode_is_found_behind_a_text(void **state)
{
	(void)state;
	check_page(span_of("begin 644 a\n=====\n#35HA\n`\nend\n"), "a 32\n");
	check_page(span_of("begin-base64 644 a\nend\nTVoh\n====\n"), "a 5\n");
	check_page(span_of("begin 0 a\n#35HA\n`\nend\n"), "a 3\n");
	check_page(span_of("begin 100644 a\n#35HA\n`\nend\n"), "a 3\n");
	check_page(span_of("Hello,\n\nbegin 644 a\n#35HA\n`\nend\n"), "a 3\n");
	check_page(span_of("Hello,\nbegin at 644 a\nbegin 8 a\nbegin 7\n"), "");
}

static void files_in_calendars_and_cards_come_out(void **state)
{
	(void)state;
	check_page(span_of("BEGIN:VCALENDAR\r\nSUMMARY:base64\r\nATTACH;VALUE=BINARY;ENCO\r\n"
			   " DING=BASE64;X-NOTE=\"a:b\";X-FILENAME=a.exe:TV\r\n oh\r\n"
			   "END:VCALENDAR\r\n"),
		   "a.exe 3\n");
	check_page(span_of("BEGIN:VCARD\nPHOTO;JPEG;ENCODING=BASE64:\nTVoh\nTVoh\n\n"
			   "KEY;ENCODING=b:TVohTVoh\nEND:VCARD\n"),
		   "1: 6\n2: 6\n");
	check_page(span_of("BEGIN:VCARD\nPHOTO:data:image/png;base64\\,TVoh\n"
			   "KEY:data:text/plain,x\nEND:VCARD\n"),
		   "1: 3\n");
	check_page(span_of("BEGIN:VCALENDAR\nATTACH\n ;ENCODING=BASE64\n :TVoh\nEND:VCALENDAR\n"),
		   "1: 3\n");
	check_page(span_of("begin:vcard\nFN:x\nEND:VCARD\n"), "");
}

static void utf_16_is_known_without_its_mark(void **state)
{
	static const char text[] = " <?xml version='1.0'?><script>x</script>";
	uint8_t wide[2 * sizeof text] = { 0 };

	(void)state;
	for (size_t order = 0; order < 2; order++) {
		memset(wide, 0, sizeof wide);
		for (size_t i = 1; i < sizeof text - 1; i++)
			wide[2 * (i - 1) + order] = (uint8_t)text[i];
		check_page((struct span){ wide, 2 * (sizeof text - 2) },
			   "utf-8 39\nutf-8/script 1\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_encoded_script_is_decoded),
		cmocka_unit_test(what_is_embedded_comes_out),
		cmocka_unit_test(an_address_is_found_as_browsers_find_it),
		cmocka_unit_test(an_address_may_have_a_long_head),
		cmocka_unit_test(a_file_in_xml_is_read_as_its_reader_does),
		cmocka_unit_test(words_with_capitals_and_ignored_bytes_are_no_digits),
		cmocka_unit_test(more_rtf_groups_than_are_told_apart_are_a_limit),
		cmocka_unit_test(uuencode_is_found_behind_a_text),
		cmocka_unit_test(files_in_calendars_and_cards_come_out),
		cmocka_unit_test(utf_16_is_known_without_its_mark),
		cmocka_unit_test(any_damage_is_safe),
		cmocka_unit_test(a_quote_counts_where_a_value_begins),
		cmocka_unit_test(tags_without_an_end_are_a_limit),
		cmocka_unit_test(a_page_that_holds_nothing_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
