/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/*
 * The first stage of the build: compiles the starter rules into a database, and writes the
 * assembly that carries it into the program.  The sources are named from the root of the tree,
 * so that the database is the same wherever it is built.
 */

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "pellucid-starter: %s: %s\n", what, why);
	return 1;
}

static bool write_carrier(const char *path, const char *database, struct error *e)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_printf(&b,
		   "\t.section .rodata\n"
		   "\t.balign 4096\n"
		   "\t.globl starter_database, starter_database_end\n"
		   "\t.hidden starter_database, starter_database_end\n"
		   "starter_database:\n"
		   "\t.incbin \"%s\"\n"
		   "starter_database_end:\n"
		   "\t.byte 0\n"
		   "\t.section .note.GNU-stack,\"\",%%progbits\n",
		   database);
	bool ok = buf_ok(&b) && io_replace(path, buf_span(&b), 0644, e);
	buf_release(&b);
	return ok;
}

int main(int argc, char **argv)
{
	struct sources s;
	struct error e;
	int here = -1, status = 1;

	if (argc != 5)
		return fail("usage", "pellucid-starter ROOT DIRECTORY OUT.pel OUT.S");
	if (!sources_open(&s))
		return fail("memory", "none");
	s.strict = true;
	here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (here < 0 || chdir(argv[1]) != 0) {
		fail(argv[1], strerror(errno));
	} else if (access(argv[2], R_OK) == 0 && !sources_add(&s, argv[2], NULL, &e)) {
		fail(argv[2], e.text);
	} else if (!sources_build(&s, &e)) {
		sources_report(&s, IR_WARNING);
		fail(argv[2], e.text);
	} else if (fchdir(here) != 0) {
		fail(".", strerror(errno));
	} else if (!io_replace(argv[3], sources_bytes(&s), 0644, &e) ||
		   !write_carrier(argv[4], argv[3], &e)) {
		fail(argv[3], e.text);
	} else {
		sources_report(&s, IR_WARNING);
		status = 0;
	}
	if (here >= 0)
		close(here);
	sources_release(&s);
	return status;
}
