/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

static const struct document documents[] = {
	{ "ole2/scattered", "VBA/Module1.bas 86\n"
			    "VBA/dir 5108\n"
			    "VBA/Module1 87\n" },
	{ "ole2/modules-twice", "VBA/Module1.bas 86\n"
				"2:VBA/Module1.bas 55\n"
				"VBA/M2.bas 55\n"
				"VBA/dir 152\n"
				"VBA/Narrow 54\n"
				"VBA/Module1 221\n"
				"VBA/Module1/source.bas 86\n"
				"VBA/Module1/2:source.bas 70\n" },
	{ "ole2/msg-rtf", "__substg1.0_10090102 40\n"
			  "__substg1.0_10090102/body.rtf 23\n" },
	{ "ole2/hwp", "FileHeader 256\n"
		      "BinData/BIN0001.exe 49\n"
		      "BinData/BIN0001.exe/inflated 49\n"
		      "BinData/BIN0002.txt 49\n" },
	{ "ole2/hwp-password", "FileHeader 40\n"
			       "DocInfo 49\n"
			       "! [encrypted: HWP: by a password]\n" },
	{ "ole2/presentation-hidden",
	  "PowerPoint Document 662\n"
	  "PowerPoint Document/1: 3072\n"
	  "PowerPoint Document/1:/WordDocument 64\n"
	  "PowerPoint Document/1:/ObjectPool/_1/\001Ole10Native 89\n"
	  "PowerPoint Document/1:/ObjectPool/_1/\001Ole10Native/a.exe 49\n"
	  "PowerPoint Document/2: 3072\n"
	  "PowerPoint Document/2:/WordDocument 64\n"
	  "PowerPoint Document/2:/ObjectPool/_1/\001Ole10Native 89\n"
	  "PowerPoint Document/2:/ObjectPool/_1/\001Ole10Native/a.exe 49\n" },
	{ "ole2/msi", "!File 5\n"
		      "A 3\n"
		      "a_b\360\237\230\200 4\n" },
	{ "tnef/object", "body.txt 10\n"
			 "2:body.txt 4\n"
			 "obj.doc 3\n"
			 "4:obj.doc 4\n"
			 "5: 27\n"
			 "6: 3\n"
			 "! [damaged: TNEF: properties are cut off ([MS-OXTNEF] 2.1.3.4)] "
			 "[damaged: TNEF: an attribute is cut off ([MS-OXTNEF] 2.1.3.1)]\n" },
	{ "ole2/xls", "Workbook 383\n"
		      "Workbook/names.xlm 28\n"
		      "Workbook/macro1.xlm 110\n" },
	{ "ole2/xls-encrypted", "Workbook 393\n"
				"! [encrypted: Office: no password that was tried fits]\n" },
	{ "ole2/big", "Big 4800\n" },
	{ "ole2/cyclic",
	  "Big 2560 [damaged: OLE2: 2560 of 4800 bytes; the chain of sectors bites its tail]\n" },
	{ "ole2/encrypted", "WordDocument 64\n"
			    "EncryptedPackage 70\n"
			    "! [encrypted: Office: and nothing says how ([MS-OFFCRYPTO] 2.3.4)] "
			    "[encrypted: Office: and nothing says how ([MS-OFFCRYPTO] 2.3.4)]\n" },
	{ "ole2/macros", "Macros/VBA/Module1.bas 86\n"
			 "Macros/VBA/dir 111\n"
			 "Macros/VBA/Module1 117\n"
			 "Macros/VBA/Hidden 94\n"
			 "Macros/VBA/Hidden/source.bas 86\n" },
	{ "ole2/package", "WordDocument 64\n"
			  "ObjectPool/_1/\001Ole10Native 89\n"
			  "ObjectPool/_1/\001Ole10Native/a.exe 49\n" },
	{ "ole2/presentation", "PowerPoint Document 331\n"
			       "PowerPoint Document/1: 3072\n"
			       "PowerPoint Document/1:/WordDocument 64\n"
			       "PowerPoint Document/1:/ObjectPool/_1/\001Ole10Native 89\n"
			       "PowerPoint Document/1:/ObjectPool/_1/\001Ole10Native/a.exe 49\n" },
	{ "ole2/presentation-cut",
	  "PowerPoint Document 291\n"
	  "PowerPoint Document/1: 2070 [damaged: PowerPoint: a compressed object ([MS-PPT] "
	  "2.10.34)]\n"
	  "PowerPoint Document/1:/WordDocument 64\n" },
	{ "tnef/rtf-cut", "body.rtf 14 [damaged: RTF: it ends too soon ([MS-OXRTFCP] 2.2.3)]\n" },
	{ "ole2/tree-cycle",
	  "A 1\n"
	  "B 1\n"
	  "! [damaged: OLE2: a directory entry is reached twice ([MS-CFB] 2.6.4)]\n" },
	{ "tnef/three-objects", "a.exe 49\n"
				"2:a.exe 4\n"
				"3:a.exe 4\n" },
	{ "tnef/two", "body.html 6\n"
		      "body.rtf 23\n"
		      "3:body.rtf 2\n"
		      "long name.exe 49\n"
		      "b.txt 6\n" },
	{ "ole2/msg", "__attach_version1.0_#00000000/invoice \342\202\254.exe 49\n"
		      "__attach_version1.0_#00000000/__substg1.0_3704001E 12\n"
		      "__attach_version1.0_#00000000/__substg1.0_3707001F 26\n"
		      "__attach_version1.0_#00000001/B.EXE 49\n"
		      "__attach_version1.0_#00000001/__substg1.0_3704001E 5\n"
		      "__attach_version1.0_#00000002/__substg1.0_37010102 49\n" },
	{ "ole2/msg-html", "__substg1.0_10130102 1120\n"
			   "__substg1.0_10130102/1: 3\n" },
	{ "ole2/xls5", "Book 997\n"
		       "Book/names.xlm 6\n"
		       "Book/macro1.xlm 307\n" },
};

enum { N_DOCUMENTS = sizeof documents / sizeof *documents };

static void streams_and_what_is_in_them_come_out(void **state)
{
	(void)state;
	document_check(documents, N_DOCUMENTS);
}

static void a_macro_sheet_is_shown_as_text(void **state)
{
	static const char text[] = "A1 =EXEC(\"calc\"&\".exe\")\n"
				   "AB2 =FORMULA(CHAR(65),(C5*2))\n"
				   "  A\n"
				   "A3 =SUM(-2.5,z\303\274,A1:B9)\n"
				   "A4 =HALT()\n"
				   "A5 =...\n"
				   "A6 label\n";
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("ole2/xls"), NULL));
	assert_int_equal(c.last.n, sizeof text - 1);
	assert_memory_equal(c.last.p, text, sizeof text - 1);
	collect_release(&c);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(documents, N_DOCUMENTS, 3100);
}

static void a_module_is_decompressed(void **state)
{
	static const char source[] = "Attribute VB_Name = \"Module1\"\r\nSub AutoOpen()\r\n"
				     "  MsgBox \"hello hello hello\"\r\nEnd Sub\r\n";
	struct collect c = { 0 };

	(void)state;
	assert_true(collect(&c, document_load("ole2/macros"), NULL));
	assert_int_equal(c.last.n, sizeof source - 1);
	assert_memory_equal(c.last.p, source, sizeof source - 1);
	collect_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_and_what_is_in_them_come_out),
		cmocka_unit_test(a_module_is_decompressed),
		cmocka_unit_test(a_macro_sheet_is_shown_as_text),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
