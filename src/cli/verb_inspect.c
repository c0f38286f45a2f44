/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/cli.h"
#include "engine/inspect.h"
#include "sandbox/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_OUTPUT = 1 << 30,
	MAX_MEMORY = 1 << 30, /* of what modules read of a file, as in a scan */
	MAX_COPY = 1 << 30,   /* of what is no file */
	TIME_LIMIT_S = 120,
};

static const char help[] =
	"usage: pellucid inspect FILE\n"
	"       pellucid inspect --document\n"
	"\n"
	"Prints as JSON what the modules read of a file; or the manual of the modules.\n";

/* Behind the walls. */
static void inspect(void *ctx, struct buf *out)
{
	const struct span *file = ctx;
	struct json_writer j;
	struct arena a;

	arena_init(&a, MAX_MEMORY);
	json_write_init(&j, out);
	inspect_json(&j, *file, &a);
	buf_put_u8(out, '\n');
}

/* A writer of JSON escapes control characters; a child that was taken over need not. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < 0x20 && text.p[i] != '\n') || text.p[i] == 0x7f)
			return false;
	return true;
}

static int inspect_bytes(const char *path, struct span file)
{
	struct cage_work w = {
		.run = inspect, .ctx = &file, .max = MAX_OUTPUT, .time_limit_s = TIME_LIMIT_S
	};
	int status = EXIT_CLEAN;
	struct cage_output out;
	struct error e;

	if (!cage_run(&w, &out, &e))
		return cli_fail("inspect", "%s: %s", path, e.text);
	if (is_plain(out.text))
		fwrite(out.text.p, 1, out.text.n, stdout);
	else
		status = cli_fail("inspect", "%s: worker-crash: it gave no JSON", path);
	cage_release(&out);
	return status;
}

/* A file is mapped, what is none (a pipe) is read. */
static int inspect_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct span mapped = { 0 };
	struct buf copy;
	struct stat st;
	struct error e;
	int status;

	if (fd < 0)
		return cli_fail("inspect", "%s: %s", path, strerror(errno));
	buf_init(&copy, MAX_COPY);
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	bool ok = regular ? io_map(fd, &mapped, &e) : io_read_all(fd, &copy, &e);
	close(fd);
	status = ok ? inspect_bytes(path, regular ? mapped : buf_span(&copy))
		    : cli_fail("inspect", "%s: %s", path, e.text);
	io_unmap(mapped);
	buf_release(&copy);
	return status;
}

static int document(void)
{
	struct buf out;

	buf_init(&out, MAX_OUTPUT);
	inspect_document(&out);
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	return EXIT_CLEAN;
}

int verb_inspect(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, argc == 2 ? stdout : stderr);
		return argc == 2 ? EXIT_CLEAN : EXIT_CANNOT;
	}
	int status = strcmp(argv[1], "--document") == 0 ? document() : inspect_file(argv[1]);
	return fflush(stdout) == 0 ? status : EXIT_CANNOT;
}
