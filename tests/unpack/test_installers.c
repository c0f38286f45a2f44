/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unpack/documents.h"

/* What tests/unpack/make_installers.py laid, and what must come out of it. */
static const struct document installers[] = {
	{ "nsis/zlib", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/zlib-solid", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/bzip2", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/bzip2-solid", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/lzma", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/lzma-solid", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/short", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/short-4", "1: 3906\n2: 49\n3: 2546\n" },
	{ "nsis/cut", "1: 3906\n"
		      "2: 49\n"
		      "3: 0 [damaged: NSIS: the file ends within a block] "
		      "[damaged: NSIS bzip2: ends too soon]\n"
		      "! [damaged: NSIS: 1157 bytes of 1257 are there]\n" },
	{ "installshield/cabinet", "dir\\f0.bin 49\n"
				   "dir\\f1.bin 53\n"
				   "dir\\f2.bin 49\n" },
	{ "installshield/empty", "dir\\f0.bin 0 [damaged: InstallShield: ends too soon]\n"
				 "dir\\f1.bin 53\n"
				 "dir\\f2.bin 49\n" },
	{ "installshield/many", "dir\\f0.bin 49\n"
				"dir\\f1.bin 53\n"
				"dir\\f2.bin 49\n"
				"! [limit:files: 100001 of a cabinet, at most 100000] [damaged: "
				"InstallShield: file 4 of 100001]\n" },
	{ "installshield/old", "! [unsupported:InstallShield cabinet of version 5]\n" },
	{ "installshield/volume", "! [unsupported:InstallShield: a volume, of which the header is "
				  "a file of its own]\n" },
	{ "installshield/plain", "a.exe 49\n" },
	{ "installshield/hidden", "a.exe 49\n" },
	{ "installshield/blocks", "a.exe 49\n" },
	{ "installshield/program", "overlay 853\n"
				   "overlay/dir\\f0.bin 49\n"
				   "overlay/dir\\f1.bin 53\n"
				   "overlay/dir\\f2.bin 49\n"
				   "overlay/Disk1\\setup.ini 53\n" },
	{ "autoit/ea05", ">AUTOIT SCRIPT< 753\n"
			 "C:\\a.exe 49\n" },
	{ "autoit/ea06", "s.au3 53\n"
			 "C:\\a.exe 49\n" },
	{ "autoit/cut", "C:\\a.exe 32 [damaged: AutoIt: ends too soon]\n" },
	{ "autoit/cut-stored", "C:\\a.exe 29 [damaged: AutoIt: 29 of 49 bytes]\n" },
	{ "autoit/no-data", "C:\\a.exe 0 [damaged: AutoIt: 0 of 49 bytes]\n" },
	{ "sis/epoc5", "!:\\a.exe 49\n"
		       "2:!:\\a.exe 49\n"
		       "3:!:\\a.exe 49\n" },
	{ "sis/epoc6", "!:\\a.exe 49\n"
		       "2:!:\\a.exe 49\n"
		       "3:!:\\a.exe 49\n" },
	{ "sis/stored", "!:\\a.exe 49\n"
			"2:!:\\a.exe 49\n"
			"3:!:\\a.exe 49\n" },
	{ "sis/cut",
	  "!:\\a.exe 44 [damaged: SIS: the package ends within it] [damaged: SIS: ends too soon]\n"
	  "2:!:\\a.exe 44 [damaged: SIS: the package ends within it] [damaged: SIS: ends too "
	  "soon]\n"
	  "3:!:\\a.exe 44 [damaged: SIS: the package ends within it] [damaged: SIS: ends too "
	  "soon]\n" },
	{ "sis/sisx", "1: 53\n2: 49\n" },
	{ "sis/unknown-record", "!:\\a.exe 49\n"
				"2:!:\\a.exe 49\n"
				"3:!:\\a.exe 49\n"
				"! [unsupported:SIS record of kind 7]\n" },
	{ "sis/deep", "1: 53\n" },
	{ "sis/too-deep", "! [limit:depth: 12 fields of SISX inside each other]\n" },
};

enum { N_INSTALLERS = sizeof installers / sizeof *installers };

static void what_they_carry_comes_out(void **state)
{
	(void)state;
	document_check(installers, N_INSTALLERS);
}

static void any_damage_is_safe(void **state)
{
	(void)state;
	document_mutate(installers, N_INSTALLERS, 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_they_carry_comes_out),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
