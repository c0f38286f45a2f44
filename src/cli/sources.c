/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SOURCE = 1 << 30, MAX_DEPTH = 64 };

/* The file's text, kept in the set's arena. */
static bool read_text(struct sources *s, const char *path, struct span *out, struct error *e)
{
	struct buf b;

	buf_init(&b, MAX_SOURCE);
	if (!io_read_file(path, &b, e)) {
		buf_release(&b);
		return error_wrap(e, "%s: ", path);
	}
	const uint8_t *copy = arena_copy(&s->set.arena, b.p, b.n);
	*out = (struct span){ copy, b.n };
	buf_release(&b);
	return copy != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "%s: no memory", path);
}

static bool keep_name(struct sources *s, const char *name, struct span *out, struct error *e)
{
	const char *copy = arena_text(&s->set.arena, name, strlen(name));

	if (copy == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a name");
	*out = span_of(copy);
	return true;
}

/* An included path counts from the directory of the file that includes it. */
static bool include(void *ctx, struct span from, struct span path, struct span *name,
		    struct span *text, struct error *e)
{
	struct sources *s = ctx;
	char directory[4096], whole[8192];

	if (from.n >= sizeof directory || path.n >= sizeof directory)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "the path is too long");
	snprintf(directory, sizeof directory, "%.*s", (int)from.n, (const char *)from.p);
	if (path.n > 0 && path.p[0] == '/')
		snprintf(whole, sizeof whole, "%.*s", (int)path.n, (const char *)path.p);
	else
		snprintf(whole, sizeof whole, "%s/%.*s", dirname(directory), (int)path.n,
			 (const char *)path.p);
	return keep_name(s, whole, name, e) && read_text(s, whole, text, e);
}

bool sources_open(struct sources *s)
{
	struct yara_options o = { .include = include, .ctx = s };

	*s = (struct sources){ 0 };
	ruleset_init(&s->set);
	buf_init(&s->file, SIZE_MAX);
	s->yara = yara_new(&s->set, &o);
	return s->yara != NULL;
}

void sources_release(struct sources *s)
{
	db_free(s->db);
	yara_free(s->yara);
	ruleset_release(&s->set);
	buf_release(&s->file);
	io_unmap(s->mapped);
	*s = (struct sources){ 0 };
}

/* ---- externals */

/* As yara's -d has it: what is all digits is an integer, digits with one point are a float. */
static void read_value(const char *text, struct value *v)
{
	const char *first = text[0] == '-' ? text + 1 : text;
	size_t n = strlen(first), n_digits = strspn(first, "0123456789");
	const char *point = strchr(first, '.');
	bool one_point = point != NULL && n_digits == (size_t)(point - first) &&
			 strspn(point + 1, "0123456789") == strlen(point + 1);

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		value_bool(v, text[0] == 't');
	else if (n != 0 && n_digits == n)
		value_int(v, strtoll(text, NULL, 10));
	else if (n > 1 && one_point)
		value_float(v, strtod(text, NULL));
	else
		value_string(v, span_of(text));
}

bool sources_define(struct sources *s, const char *definition, struct error *e)
{
	const char *equals = strchr(definition, '=');
	struct value v = { 0 };

	if (equals == NULL || equals == definition)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: not of the form name=value", definition);
	const char *name = arena_text(&s->set.arena, definition, (size_t)(equals - definition));
	const char *text = arena_text(&s->set.arena, equals + 1, strlen(equals + 1));
	if (name == NULL || text == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a variable");
	read_value(text, &v);
	return yara_extern(s->yara, span_of(name), &v) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a variable");
}

/* ---- files and directories */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);
	return n >= k && strcmp(s + n - k, end) == 0;
}

static bool is_rule_file(const char *name)
{
	return name[0] != '.' && (ends_with(name, ".yar") || ends_with(name, ".yara") ||
				  ends_with(name, ".rule") || ends_with(name, ".rules"));
}

static bool add_file(struct sources *s, const char *path, struct span space, struct error *e)
{
	struct span name, text;

	if (!keep_name(s, path, &name, e) || !read_text(s, path, &text, e))
		return false;
	s->has_set = true;
	return yara_add(s->yara, name, text, space, e);
}

static bool add_any(struct sources *s, const char *path, struct span space, unsigned depth,
		    struct error *e);

static bool add_directory(struct sources *s, const char *path, struct span space, unsigned depth,
			  struct error *e)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	bool ok = true;

	if (n < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *whole = NULL;
		struct stat st;
		if (ok && entry[i]->d_name[0] != '.' &&
		    asprintf(&whole, "%s/%s", path, entry[i]->d_name) > 0 &&
		    lstat(whole, &st) == 0 &&
		    (S_ISDIR(st.st_mode) || is_rule_file(entry[i]->d_name)))
			ok = add_any(s, whole, space, depth + 1, e);
		free(whole);
		free(entry[i]);
	}
	free(entry);
	return ok;
}

static bool add_database(struct sources *s, const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	bool ok = io_map(fd, &s->mapped, e) && db_open(s->mapped, &s->db, e);
	close(fd);
	return ok || error_wrap(e, "%s: ", path);
}

static bool is_database(const char *path)
{
	char magic[8] = { 0 };
	FILE *f = fopen(path, "rbe");

	if (f == NULL)
		return false;
	size_t n = fread(magic, 1, sizeof magic, f);
	fclose(f);
	return n == sizeof magic && memcmp(magic, "PELDB\r\n\x1a", 8) == 0;
}

static bool add_any(struct sources *s, const char *path, struct span space, unsigned depth,
		    struct error *e)
{
	struct stat st;

	if (depth > MAX_DEPTH)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "%s: directories nested deeper than %d", path, MAX_DEPTH);
	if (stat(path, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return add_directory(s, path, space, depth, e);
	return add_file(s, path, space, e);
}

bool sources_add(struct sources *s, const char *path, const char *space, struct error *e)
{
	struct span name;

	if (is_database(path)) {
		if (s->db != NULL || s->has_set)
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "%s: a built database cannot be joined with other rules",
					 path);
		return add_database(s, path, e);
	}
	if (s->db != NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: a built database cannot be joined with other rules", path);
	return keep_name(s, space != NULL ? space : "default", &name, e) &&
	       add_any(s, path, name, 0, e);
}

bool sources_add_built(struct sources *s, struct span database, struct error *e)
{
	s->built = database;
	return db_open(database, &s->db, e);
}

struct span sources_bytes(const struct sources *s)
{
	return s->built.n != 0 ? s->built : s->mapped.n != 0 ? s->mapped : buf_span(&s->file);
}

bool sources_build(struct sources *s, struct error *e)
{
	if (s->db != NULL)
		return true;
	if (!db_build(&s->set, &s->file, e))
		return false;
	if (s->strict && s->set.n_errors != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%zu errors in the rules",
				 s->set.n_errors);
	return db_open(buf_span(&s->file), &s->db, e);
}

void sources_report(const struct sources *s, enum ir_severity least)
{
	size_t n;
	const struct ir_diagnostic *d = ruleset_diagnostics(&s->set, &n);

	for (size_t i = 0; i < n; i++) {
		struct buf line;
		if (d[i].severity < least)
			continue;
		buf_init(&line, 1 << 20);
		ruleset_print(&s->set, &d[i], &line);
		fwrite(line.p, 1, line.n, stderr);
		buf_release(&line);
	}
}
