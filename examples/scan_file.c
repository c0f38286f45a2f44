/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scans files with one rule file, by libpellucid:
 *
 *	cc scan_file.c $(pkg-config --cflags --libs pellucid) -o scan_file
 *	./scan_file rules.yar FILE...
 *	./scan_file --trust=DIR FILE...      the rules that the policy in DIR proves, and no other
 */

#include <pellucid/pellucid.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool open_rules(const char *name, struct pel_db **db, struct pel_error *e)
{
	static const char trust[] = "--trust=";
	size_t n;

	if (strncmp(name, trust, sizeof trust - 1) == 0)
		return pel_db_open_proven(name + sizeof trust - 1, db, e);
	char *source = read_whole(name, &n);
	bool ok = pel_db_compile(name, source, n, told, NULL, db, e);
	free(source);
	return ok;
}

int main(int argc, char **argv)
{
	struct pel_scan_options options = { .evidence = true };
	struct pel_scanner *scanner = NULL;
	struct pel_db *db = NULL;
	struct pel_error e;
	int status = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: scan_file RULES|--trust=DIR FILE...\n");
		return 2;
	}
	if (!open_rules(argv[1], &db, &e) || !pel_scanner_new(db, &options, &scanner, &e)) {
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
	printf("rules: %s\n", pel_db_proof(db));
	pel_scanner_free(scanner);
	pel_db_free(db);
	return status;
}
