/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "engine/nest.h"
#include "engine/pe_sign.h"
#include "sandbox/paged.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The engine without its cage: one process that opens, reads and scans the files of a listing, as a
 * worker would.  What bench/cage.py holds `pellucid scan` against; never installed.
 */

enum { MEMORY = 1 << 30, PAGED = 8 << 20 };

struct uncaged {
	struct db *db;
	struct scanner *scanner;
	struct nest *nest;
	bool whole;      /* files alone, as with --no-unpack */
	uint8_t *memory; /* MEMORY bytes of addresses */
	uint64_t by_kind[VERDICT_INCOMPLETE + 1];
};

static void passed(void *ctx, const uint8_t *end)
{
	(void)ctx;
	paged_passed(end);
}

/* As a worker does: a large file where it is touched. */
static bool read_file(struct uncaged *u, int fd, size_t n, struct span *out)
{
	struct error e;
	size_t got;

	*out = (struct span){ u->memory, n };
	if (n < PAGED)
		return io_pread(fd, u->memory, n, 0, &got, &e) && got == n;
	*out = paged_open(fd, n);
	return out->n == n;
}

static void scan_file(struct uncaged *u, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct verdict v;
	struct stat st;
	struct span bytes;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MEMORY &&
	    read_file(u, fd, (size_t)st.st_size, &bytes)) {
		if (u->whole)
			scanner_object(u->scanner, bytes, &v);
		else
			nest_object(u->nest, bytes, &v);
		if (bytes.n < PAGED || paged_close())
			u->by_kind[v.kind]++;
	}
	if (fd >= 0)
		close(fd);
}

static bool scan_all(struct uncaged *u, const char *listing)
{
	FILE *f = fopen(listing, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while (f != NULL && (n = getline(&line, &size, f)) > 0) {
		line[n - (line[n - 1] == '\n')] = '\0';
		scan_file(u, line);
	}
	free(line);
	return f != NULL && fclose(f) == 0;
}

int main(int argc, char **argv)
{
	struct scan_options options = { .whole = argc == 4 && strcmp(argv[3], "--no-unpack") == 0,
					.passed = passed };
	struct uncaged u = { .whole = options.whole };
	struct span bytes;
	struct error e = { 0 };
	int fd = argc >= 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	u.memory = malloc(MEMORY);
	if (fd < 0 || u.memory == NULL || !pe_sign_prepare() || !paged_prepare(MEMORY, &e) ||
	    !io_map(fd, &bytes, &e) || !db_open(bytes, &u.db, &e) ||
	    !scanner_new(u.db, &options, &u.scanner, &e) ||
	    !nest_new(u.scanner, u.db, &options, &u.nest, &e) || !scan_all(&u, argv[2])) {
		fprintf(stderr, "usage: uncaged DATABASE.pel LISTING [--no-unpack] %s\n", e.text);
		return 2;
	}
	for (int k = 0; k <= VERDICT_INCOMPLETE; k++)
		printf("%s %llu\n", verdict_word((enum verdict_kind)k),
		       (unsigned long long)u.by_kind[k]);
	return 0;
}
