/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Usage: ROOM_tests TEST   Runs one of the unit tests of a room.  Each is a file with a main() of
 * its own, which is compiled under the test's name; TESTS is TEST(name) for each (meson.build).
 */

#include <stdio.h>
#include <string.h>

#define TEST(name) int name(void);
TESTS
#undef TEST
#define TEST(name) { #name, name },

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} tests[] = { TESTS };

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (argc == 2 && strcmp(tests[i].name, argv[1]) == 0)
			return tests[i].run();
	fprintf(stderr, "usage: %s TEST, which is one of\n", argv[0]);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		fprintf(stderr, "  %s\n", tests[i].name);
	return 2;
}
