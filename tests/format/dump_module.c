/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Prints what a module makes of files, one defined field a line, as
 *
 *	pe.sections[0].name = ".text"
 *
 * with strings as `yara -D` shows them: the bytes, but \xNN for those that isprint() does not know
 * in the C locale.  For tests/format/compare_modules.py and for people.
 *
 *	dump_module [-t] MODULE FILE...
 *
 * With -t nothing is printed but the time that one parse takes.
 */
#include "base/buf.h"
#include "base/io.h"
#include "engine/pe_sign.h"
#include "format/modules.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUDGET = 1 << 30, PATH_SIZE = 512, TIMED_RUNS = 200 };

static void print_string(struct span s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++)
		if (isprint(s.p[i]))
			putchar(s.p[i]);
		else
			printf("\\x%02x", s.p[i]);
	putchar('"');
}

static void print_text(const char *path, struct span s)
{
	printf("%s = ", path);
	print_string(s);
	putchar('\n');
}

static void print_struct(const char *path, const struct field *table, struct value *slots);

static void print_value(const char *path, const struct field *f, struct value *v)
{
	char under[PATH_SIZE];

	switch (value_now(v)->kind) {
	case VALUE_BOOL:
	case VALUE_INT:
		printf("%s = %" PRId64 "\n", path, v->i);
		break;
	case VALUE_FLOAT:
		printf("%s = %f\n", path, v->f);
		break;
	case VALUE_STRING:
		print_text(path, v->s);
		break;
	case VALUE_STRUCT:
		print_struct(path, f->members, v->slots);
		break;
	case VALUE_ARRAY:
		for (size_t i = 0; i < v->list->n; i++) {
			snprintf(under, sizeof under, "%s[%zu]", path, i);
			print_value(under, f, &v->list->item[i]);
		}
		break;
	case VALUE_DICT:
		for (size_t i = 0; i < v->dict->n; i++) {
			snprintf(under, sizeof under, "%s.%.*s", path, (int)v->dict->key[i].n,
				 (const char *)v->dict->key[i].p);
			print_value(under, f, &v->dict->item[i]);
		}
		break;
	case VALUE_UNDEFINED:
	case VALUE_LATER:
	case VALUE_REGEX:
	case VALUE_FUNCTION:
		break;
	}
}

static void print_struct(const char *path, const struct field *table, struct value *slots)
{
	char under[PATH_SIZE];

	for (size_t i = 0; table[i].name != NULL; i++) {
		snprintf(under, sizeof under, "%s.%s", path, table[i].name);
		if (table[i].constant && table[i].kind == VALUE_INT)
			printf("%s = %" PRId64 "\n", under, table[i].number);
		else if (table[i].constant)
			print_text(under, span_of(table[i].text));
		else if (table[i].kind != VALUE_FUNCTION)
			print_value(under, &table[i], &slots[i]);
	}
}

static bool load(const struct module *m, struct span file, struct arena *arena,
		 struct value **slots)
{
	void *state = NULL;
	struct module_input in = { .file = file, .arena = arena, .state = &state };
	struct error e = { 0 };

	*slots = value_slots(arena, m->fields);
	if (*slots == NULL)
		return false;
	bool ok = m->load == NULL || m->load(&in, *slots, &e);
	if (ok && m == &pe_module)
		ok = pe_sign_load(&in, *slots, &e);
	if (!ok && e.why != REASON_DAMAGED)
		fprintf(stderr, "%s\n", e.text);
	return ok;
}

static void time_it(const struct module *m, struct span file, struct arena *arena, const char *name)
{
	struct timespec a, b;
	struct value *slots;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < TIMED_RUNS; i++) {
		arena_reset(arena);
		(void)load(m, file, arena, &slots);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	double us = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e3;
	printf("%8.2f us %9zu bytes of arena  %s\n", us / TIMED_RUNS, arena->used, name);
}

int main(int argc, char **argv)
{
	bool timed = argc > 1 && strcmp(argv[1], "-t") == 0;
	int at = timed ? 2 : 1, status = 0;
	struct arena arena;

	if (argc - at < 2) {
		fprintf(stderr, "usage: dump_module [-t] MODULE FILE...\n");
		return 2;
	}
	size_t number = modules_find(span_of(argv[at]));
	if (number == MODULE_COUNT) {
		fprintf(stderr, "no module %s\n", argv[at]);
		return 2;
	}
	const struct module *m = modules_all[number];
	arena_init(&arena, BUDGET);
	for (int i = at + 1; i < argc; i++) {
		struct span file;
		struct value *slots;
		struct error e;
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || !io_map(fd, &file, &e)) {
			perror(argv[i]);
			status = 1;
		} else if (timed) {
			time_it(m, file, &arena, argv[i]);
			io_unmap(file);
		} else {
			printf("== %s\n", argv[i]);
			arena_reset(&arena);
			(void)load(m, file, &arena, &slots);
			if (slots != NULL)
				print_struct(m->name, m->fields, slots);
			io_unmap(file);
		}
		if (fd >= 0)
			close(fd);
	}
	arena_release(&arena);
	return status;
}
