/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/cli.h"
#include "engine/inspect.h"

#include <stdio.h>

enum { MAX_OUTPUT = 1 << 30, MAX_FILE = 1 << 30 };

static const char help[] =
	"usage: pellucid inspect FILE\n"
	"       pellucid inspect --document\n"
	"\n"
	"Prints as JSON what the modules read of a file; or the manual of the modules.\n";

int verb_inspect(int argc, char **argv)
{
	struct buf file, out;
	struct arena a;
	struct json_writer j;
	struct error e;

	if (argc != 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, argc == 2 ? stdout : stderr);
		return argc == 2 ? EXIT_CLEAN : EXIT_CANNOT;
	}
	buf_init(&out, MAX_OUTPUT);
	buf_init(&file, MAX_FILE);
	arena_init(&a, SIZE_MAX);
	int status = EXIT_CLEAN;
	if (strcmp(argv[1], "--document") == 0) {
		inspect_document(&out);
	} else if (!io_read_file(argv[1], &file, &e)) {
		status = cli_fail("inspect", "%s: %s", argv[1], e.text);
	} else {
		json_write_init(&j, &out);
		inspect_json(&j, buf_span(&file), &a);
		buf_put_u8(&out, '\n');
	}
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	buf_release(&file);
	arena_release(&a);
	return fflush(stdout) == 0 ? status : EXIT_CANNOT;
}
