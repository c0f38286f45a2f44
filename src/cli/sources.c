/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/sources_archive.h"
#include "cli/sources_cvd.h"
#include "cli/sources_impl.h"
#include "rules/clamav/clam.h"
#include "rules/yara/yara.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 64, MAX_EXTERNS = 65536 };

bool sources_read_text(struct sources *s, const char *path, struct span *out, struct error *e)
{
	struct buf b;

	buf_init(&b, SOURCES_MAX_TEXT);
	if (!io_read_file(path, &b, e)) {
		buf_release(&b);
		return error_wrap(e, "%s: ", path);
	}
	const uint8_t *copy = arena_copy(&s->arena, b.p, b.n);
	*out = (struct span){ copy, b.n };
	buf_release(&b);
	return copy != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "%s: no memory", path);
}

bool sources_keep_name(struct sources *s, const char *name, struct span *out, struct error *e)
{
	const char *copy = arena_text(&s->arena, name, strlen(name));

	if (copy == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a name");
	*out = span_of(copy);
	return true;
}

bool sources_open(struct sources *s)
{
	*s = (struct sources){ .mapped_fd = -1, .cache = -1, .max_strings = YARA_USUAL_STRINGS };
	arena_init(&s->arena, SIZE_MAX);
	buf_init(&s->files, COMPILE_MAX_FILES * sizeof(struct compile_file));
	buf_init(&s->includes, COMPILE_MAX_INCLUDES * sizeof(struct compile_include));
	buf_init(&s->definitions, 1 << 24);
	buf_init(&s->externs, MAX_EXTERNS * sizeof(struct ir_extern));
	buf_init(&s->answer, COMPILE_ANSWER_MAX);
	return true;
}

void sources_release(struct sources *s)
{
	db_free(s->db);
	arena_release(&s->arena);
	buf_release(&s->files);
	buf_release(&s->includes);
	buf_release(&s->definitions);
	buf_release(&s->externs);
	buf_release(&s->answer);
	io_unmap(s->mapped);
	if (s->mapped_fd >= 0)
		close(s->mapped_fd);
	if (s->cache >= 0)
		close(s->cache);
	*s = (struct sources){ .mapped_fd = -1, .cache = -1 };
}

/* ---- externals */

bool sources_define(struct sources *s, const char *definition, struct error *e)
{
	struct ir_extern x;
	size_t n;

	if (!compile_definition(definition, &s->arena, &x, e))
		return false;
	const struct ir_extern *given = sources_externs(s, &n);
	for (size_t i = 0; i < n; i++)
		if (span_equal(given[i].name, x.name))
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "external variable %.*s is defined twice",
					 x.name.n < 100 ? (int)x.name.n : 100,
					 (const char *)x.name.p);
	buf_put(&s->definitions, definition, strlen(definition) + 1);
	buf_put(&s->externs, &x, sizeof x);
	return (buf_ok(&s->definitions) && buf_ok(&s->externs)) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a variable");
}

const struct ir_extern *sources_externs(const struct sources *s, size_t *n)
{
	*n = s->externs.n / sizeof(struct ir_extern);
	return (const struct ir_extern *)(const void *)s->externs.p;
}

/* ---- files and directories */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);
	return n >= k && strcmp(s + n - k, end) == 0;
}

static bool is_rule_file(const char *name)
{
	return name[0] != '.' &&
	       (sources_archive_wants(span_of(name)) || sources_cvd_is(span_of(name)) ||
		clam_family_of(span_of(name)) != CLAM_NONE);
}

static bool keep_file(struct sources *s, const struct compile_file *f, struct error *e)
{
	static const uint8_t yarac[] = "YARA"; /* and then a version, which is no text */

	if (f->text.n > sizeof yarac && f->text.p[sizeof yarac - 1] < ' ' &&
	    memcmp(f->text.p, yarac, sizeof yarac - 1) == 0 &&
	    memchr("\t\n\r", f->text.p[sizeof yarac - 1], 3) == NULL)
		return error_set(
			e, REASON_UNSUPPORTED, PLACE_NONE,
			"%.*s: compiled by yarac: give the source, or what `pellucid rules "
			"build` makes of it",
			f->name.n < 100 ? (int)f->name.n : 100, (const char *)f->name.p);
	s->has_set = true;
	buf_put(&s->files, f, sizeof *f);
	return buf_ok(&s->files) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a source");
}

/* Read now, compiled by sources_build(): what is asked for may be in the cache. */
static bool add_file(struct sources *s, const char *path, const struct stat *st, struct span space,
		     bool found, struct error *e)
{
	struct compile_file f = {
		.space = space, .found = found, .device = st->st_dev, .inode = st->st_ino
	};

	if (!sources_keep_name(s, path, &f.name, e) || !sources_read_text(s, path, &f.text, e))
		return false;
	if (!keep_file(s, &f, e))
		return false;
	if (!sources_cvd_is(f.name))
		return true;
	s->has_containers = true;
	return sources_add_signs(s, path, e);
}

static bool add_any(struct sources *s, const char *path, struct span space, unsigned depth,
		    bool found, struct error *e);

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
			ok = add_any(s, whole, space, depth + 1, true, e);
		free(whole);
		free(entry[i]);
	}
	free(entry);
	return ok;
}

bool sources_map(struct sources *s, int fd, struct error *e)
{
	s->mapped_fd = fd;
	return io_map(fd, &s->mapped, e) && db_open(s->mapped, &s->db, e);
}

static bool add_database(struct sources *s, const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	return sources_map(s, fd, e) || error_wrap(e, "%s: ", path);
}

bool sources_is_database(const char *path)
{
	char head[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = pread(fd, head, sizeof head, 0);
	close(fd);
	return n == sizeof head && memcmp(head, "PELDB\r\n\x1a", sizeof head) == 0;
}

/* Was it found before, by another name that leads to it? */
static bool is_link(const struct sources *s, const struct stat *st, struct span space)
{
	size_t n;
	const struct compile_file *f = sources_files(s, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].found && f[i].device == st->st_dev && f[i].inode == st->st_ino &&
		    span_equal(f[i].space, space))
			return true;
	return false;
}

static bool add_any(struct sources *s, const char *path, struct span space, unsigned depth,
		    bool found, struct error *e)
{
	struct stat st;

	if (depth > MAX_DEPTH)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "%s: directories nested deeper than %d", path, MAX_DEPTH);
	if (stat(path, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return add_directory(s, path, space, depth, e);
	return (found && is_link(s, &st, space)) || add_file(s, path, &st, space, found, e);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool add(struct sources *s, const char *path, const char *space, bool found, struct error *e)
{
	struct span name;

	if (sources_is_database(path)) {
		if (s->db != NULL || s->has_set)
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "%s: a built database cannot be joined with other rules",
					 path);
		return add_database(s, path, e);
	}
	if (ends_with(path, ".pel") && is_file(path)) /* damaged, and no text of rules */
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: not a Pellucid database",
				 path);
	if (s->db != NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: a built database cannot be joined with other rules", path);
	return sources_keep_name(s, space != NULL ? space : "default", &name, e) &&
	       add_any(s, path, name, 0, found, e);
}

bool sources_add(struct sources *s, const char *path, const char *space, struct error *e)
{
	return add(s, path, space, false, e);
}

bool sources_add_named(struct sources *s, const char *name, const char *space, struct error *e)
{
	char path[COMPILE_MAX_NAME];
	size_t n = strlen(name), n_files;
	const struct compile_file *f = sources_files(s, &n_files);

	if (n >= sizeof path)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "the source's name is too long");
	memcpy(path, name, n + 1);
	/* the longest beginning that is a file, for nothing lies beneath a file */
	while (n != 0 && !is_file(path)) {
		while (n != 0 && path[n - 1] != '/')
			n--;
		if (n != 0)
			path[--n] = '\0';
	}
	if (n == 0)
		return add(s, name, space, true, e);
	for (size_t i = 0; i < n_files; i++)
		if (span_is(f[i].name, path) && span_is(f[i].space, space))
			return true;
	return add(s, path, space, true, e);
}

bool sources_add_stream(struct sources *s, int fd, const char *name, const char *space,
			struct error *e)
{
	struct compile_file f = { 0 };
	struct buf b;

	if (s->db != NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: a built database cannot be joined with other rules", name);
	buf_init(&b, SOURCES_MAX_TEXT);
	bool ok = sources_keep_name(s, name, &f.name, e) &&
		  sources_keep_name(s, space != NULL ? space : "default", &f.space, e) &&
		  io_read_all(fd, &b, e);
	if (ok) {
		f.text = (struct span){ arena_copy(&s->arena, b.p, b.n), b.n };
		ok = f.text.p != NULL ? keep_file(s, &f, e)
				      : error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	}
	buf_release(&b);
	return ok;
}

bool sources_add_built(struct sources *s, struct span database, struct error *e)
{
	if (s->db != NULL || s->has_set)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "a built database cannot be joined with other rules");
	s->built = database;
	return db_open(database, &s->db, e);
}

struct span sources_bytes(const struct sources *s)
{
	return s->built.n != 0 ? s->built : s->mapped;
}
