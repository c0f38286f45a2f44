/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scans files with one rule file, by libpellucid:
 *
 *	cc scan_file.c $(pkg-config --cflags --libs pellucid) -o scan_file
 *	./scan_file rules.yar FILE...
 */

#include <pellucid/pellucid.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_whole(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text = malloc(1 << 20);

	if (f == NULL || text == NULL) {
		perror(path);
		exit(2);
	}
	*n = fread(text, 1, 1 << 20, f);
	fclose(f);
	return text;
}

static void print(const char *path, const struct pel_verdict *v)
{
	printf("%s: %s\n", path, pel_verdict_word(v->kind));
	for (size_t i = 0; i < v->n_matches; i++) {
		const struct pel_match *m = &v->match[i];
		printf("  %s (%s:%" PRIu32 ")\n", m->rule, m->source, m->line);
		for (size_t k = 0; k < m->n_strings; k++)
			printf("    %s at %" PRIu64 ", %" PRIu32 " bytes\n", m->string[k].name,
			       m->string[k].offset, m->string[k].length);
	}
	for (size_t i = 0; i < v->n_gaps; i++)
		printf("  not examined: %s\n", v->gap[i].detail);
}

static void told(void *ctx, const char *message)
{
	(void)ctx;
	fputs(message, stderr);
}

int main(int argc, char **argv)
{
	struct pel_scan_options options = { .evidence = true };
	struct pel_scanner *scanner = NULL;
	struct pel_db *db = NULL;
	struct pel_error e;
	size_t n;
	int status = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: scan_file RULES FILE...\n");
		return 2;
	}
	char *source = read_whole(argv[1], &n);
	if (!pel_db_compile(argv[1], source, n, told, NULL, &db, &e) ||
	    !pel_scanner_new(db, &options, &scanner, &e)) {
		fprintf(stderr, "%s: %s\n", argv[1], e.text);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		const struct pel_verdict *v;
		if (!pel_scan_file(scanner, argv[i], &v, &e)) {
			fprintf(stderr, "%s: %s\n", argv[i], e.text);
			status = 2;
		} else {
			print(argv[i], v);
			if (v->n_matches != 0 && status == 0)
				status = 1;
		}
	}
	pel_scanner_free(scanner);
	pel_db_free(db);
	free(source);
	return status;
}
