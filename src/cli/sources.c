/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources.h"
#include "base/hash.h"
#include "base/io.h"
#include "cli/sources_cvd.h"
#include "rules/hash_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SOURCE = 1 << 30, MAX_DEPTH = 64, MAX_FILES = 1 << 20 };

/* A source that was read and waits to be compiled. */
struct source_file {
	struct span name, text, space;
	enum clam_family family; /* CLAM_NONE: YARA */
	bool official;           /* from a container that ClamAV signed */
	bool container; /* a .cvd, .cld or .cud, whose members are read when it is compiled */
};

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

	*s = (struct sources){ .mapped_fd = -1 };
	ruleset_init(&s->set);
	buf_init(&s->file, SIZE_MAX);
	buf_init(&s->files, MAX_FILES * sizeof(struct source_file));
	buf_init(&s->definitions, 1 << 24);
	s->yara = yara_new(&s->set, &o);
	s->clam = clam_new(&s->set);
	return s->yara != NULL && s->clam != NULL;
}

void sources_release(struct sources *s)
{
	db_free(s->db);
	yara_free(s->yara);
	clam_free(s->clam);
	ruleset_release(&s->set);
	buf_release(&s->file);
	buf_release(&s->files);
	buf_release(&s->definitions);
	free(s->cache);
	io_unmap(s->mapped);
	if (s->mapped_fd >= 0)
		close(s->mapped_fd);
	*s = (struct sources){ 0 };
}

/* $XDG_CACHE_HOME/pellucid, else ~/.cache/pellucid. */
void sources_use_cache(struct sources *s)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *parent = NULL;

	if (getenv("PELLUCID_NO_CACHE") != NULL)
		return;
	if (cache != NULL && cache[0] == '/')
		parent = strdup(cache);
	else if (home == NULL || home[0] != '/' || asprintf(&parent, "%s/.cache", home) < 0)
		parent = NULL;
	if (parent != NULL && asprintf(&s->cache, "%s/pellucid", parent) < 0)
		s->cache = NULL;
	if (s->cache != NULL) {
		(void)mkdir(parent, 0700);
		(void)mkdir(s->cache, 0700);
	}
	free(parent);
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
	buf_put(&s->definitions, definition, strlen(definition) + 1);
	return yara_extern(s->yara, span_of(name), &v, e);
}

const struct ir_extern *sources_externs(const struct sources *s, size_t *n)
{
	*n = s->set.externs.n / sizeof(struct ir_extern);
	return (const struct ir_extern *)(const void *)s->set.externs.p;
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
	       (ends_with(name, ".yar") || ends_with(name, ".yara") || ends_with(name, ".rule") ||
		ends_with(name, ".rules") || sources_cvd_is(name) ||
		clam_family_of(span_of(name)) != CLAM_NONE);
}

struct adder {
	struct sources *s;
	struct span space;
};

static bool add_member(void *ctx, struct span name, struct span text, bool official,
		       struct error *e)
{
	const struct adder *a = ctx;
	struct source_file f = { .name = name,
				 .text = text,
				 .space = a->space,
				 .family = clam_family_of(name),
				 .official = official };

	buf_put(&a->s->files, &f, sizeof f);
	return buf_ok(&a->s->files) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a source");
}

/* Read now, compiled by sources_build(): what is asked for may be in the cache. */
static bool add_file(struct sources *s, const char *path, struct span space, struct error *e)
{
	struct source_file f = { .space = space };

	if (!keep_name(s, path, &f.name, e) || !read_text(s, path, &f.text, e))
		return false;
	f.container = sources_cvd_is(path);
	f.family = f.container ? CLAM_NONE : clam_family_of(f.name);
	if (f.family == CLAM_NONE && !f.container && hash_list_is(f.text))
		f.family = CLAM_LIST;
	s->has_set = true;
	buf_put(&s->files, &f, sizeof f);
	return buf_ok(&s->files) ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a source");
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
	s->mapped_fd = fd;
	return (io_map(fd, &s->mapped, e) && db_open(s->mapped, &s->db, e)) ||
	       error_wrap(e, "%s: ", path);
}

static bool is_database(const char *path)
{
	char head[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t n = pread(fd, head, sizeof head, 0);
	close(fd);
	return n == sizeof head && memcmp(head, "PELDB\r\n\x1a", sizeof head) == 0;
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

/* ---- building */

static const struct source_file *files_of(const struct sources *s, size_t *n)
{
	*n = s->files.n / sizeof(struct source_file);
	return (const struct source_file *)(const void *)s->files.p;
}

/* The name under which the cache keeps what is built of these sources: it changes with every byte,
 * name, namespace and variable, and with the program.  Files that are included come in by
 * cache_current(). */
static bool cache_key(const struct sources *s, char hex[HASH_MAX_HEX + 1])
{
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[HASH_MAX_SIZE];
	size_t n;
	const struct source_file *f = files_of(s, &n);
	bool ok = h != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		const struct span part[] = { f[i].name, f[i].space, f[i].text };
		for (size_t k = 0; k < 3; k++) {
			uint64_t size = part[k].n;
			hash_add(h, (struct span){ (const uint8_t *)&size, sizeof size });
			hash_add(h, part[k]);
		}
	}
	if (ok) {
		hash_add(h, buf_span(&s->definitions));
		hash_add(h, span_of(PELLUCID_VERSION));
		ok = hash_end(h, digest);
		hex_text(digest, hash_size(HASH_SHA256), hex);
	}
	hash_free(h);
	return ok;
}

/* A member of a container, whose bytes are in the key. */
static bool is_member(const struct sources *s, struct span name)
{
	size_t n;
	const struct source_file *f = files_of(s, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].container && name.n > f[i].name.n && name.p[f[i].name.n] == '/' &&
		    memcmp(name.p, f[i].name.p, f[i].name.n) == 0)
			return true;
	return false;
}

/* True where every source that the database was built of is as it was. */
static bool cache_current(const struct sources *s, const struct db *db)
{
	for (uint32_t i = 0; i < db_n_sources(db); i++) {
		struct db_source source;
		uint8_t digest[HASH_MAX_SIZE];
		struct buf text;
		struct error e;
		char path[4096];
		if (!db_source(db, i, &source) || source.name.n >= sizeof path)
			return false;
		if (is_member(s, source.name))
			continue;
		memcpy(path, source.name.p, source.name.n);
		path[source.name.n] = '\0';
		buf_init(&text, MAX_SOURCE);
		bool same = io_read_file(path, &text, &e) &&
			    hash_of(HASH_SHA256, buf_span(&text), digest) &&
			    memcmp(digest, source.sha256, hash_size(HASH_SHA256)) == 0;
		buf_release(&text);
		if (!same)
			return false;
	}
	return true;
}

static bool cache_path(const struct sources *s, char *to, size_t size)
{
	char hex[HASH_MAX_HEX + 1];

	if (s->cache == NULL || !cache_key(s, hex))
		return false;
	int n = snprintf(to, size, "%s/%s.pel", s->cache, hex);
	return n > 0 && (size_t)n < size;
}

/* The database as it was built before; true where that could be had. */
static bool from_cache(struct sources *s, const char *path)
{
	struct error e;
	struct stat st;

	if (stat(path, &st) != 0 || st.st_uid != geteuid())
		return false;
	if (add_database(s, path, &e) && db_verify(s->db, &e) && cache_current(s, s->db))
		return true;
	/* an older program's, or damaged: it is built anew */
	db_free(s->db);
	io_unmap(s->mapped);
	if (s->mapped_fd >= 0)
		close(s->mapped_fd);
	s->db = NULL;
	s->mapped = (struct span){ 0 };
	s->mapped_fd = -1;
	return false;
}

/* Puts the members of containers behind the files. */
static bool open_containers(struct sources *s, struct error *e)
{
	size_t n;

	(void)files_of(s, &n);
	for (size_t i = 0; i < n; i++) {
		size_t all;
		struct source_file f = files_of(s, &all)[i]; /* a copy: the list grows */
		struct adder a = { s, f.space };
		if (f.container &&
		    !sources_cvd_read(&s->set, (const char *)f.name.p, f.text, add_member, &a, e))
			return false;
		s->has_containers = s->has_containers || f.container;
	}
	return true;
}

static bool compile(struct sources *s, struct error *e)
{
	size_t n;

	if (!open_containers(s, e))
		return false;
	const struct source_file *f = files_of(s, &n);
	for (size_t i = 0; i < n; i++)
		if (f[i].family == CLAM_NONE && !f[i].container &&
		    !yara_add(s->yara, f[i].name, f[i].text, f[i].space, e))
			return false;
	/* what is ignored, and macros, before what they change */
	for (enum clam_family k = CLAM_NONE + 1; k <= CLAM_LIST_ALLOW; k++)
		for (size_t i = 0; i < n; i++)
			if (f[i].family == k && !clam_add(s->clam, k, f[i].name, f[i].text,
							  f[i].space, f[i].official, e))
				return false;
	return db_build(&s->set, &s->file, e);
}

/* What was defined must be a variable of the database that was named, and of its type. */
static bool check_externs(const struct sources *s, struct error *e)
{
	size_t n;
	const struct ir_extern *given = sources_externs(s, &n);

	for (size_t i = 0; i < n; i++) {
		struct ir_extern x = { 0 };
		uint32_t k = 0;
		while (k < db_n_externs(s->db) &&
		       (!db_extern(s->db, k, &x) || !span_equal(x.name, given[i].name)))
			k++;
		if (k == db_n_externs(s->db) || x.value.kind != given[i].value.kind)
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "external variable %.*s %s the rules that were built",
					 (int)given[i].name.n, (const char *)given[i].name.p,
					 k == db_n_externs(s->db) ? "is not in"
								  : "has another type in");
	}
	return true;
}

bool sources_build(struct sources *s, struct error *e)
{
	char path[4096];
	bool cached;
	struct error ignored;

	if (s->db != NULL)
		return check_externs(s, e);
	cached = cache_path(s, path, sizeof path);
	if (cached && from_cache(s, path))
		return true;
	if (!compile(s, e))
		return false;
	/* what could not be built whole is built again each time, so that its errors are told each
	 * time; but a container has something in it that is not read (bytecode) each day, and takes
	 * long: that so much was left out is in the database, and told */
	if (cached && (s->set.n_errors == 0 || s->has_containers) &&
	    !io_replace(path, buf_span(&s->file), 0600, &ignored))
		cached = false; /* no cache is no error */
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

void sources_losses(const struct sources *s, const char *database,
		    void (*tell)(void *ctx, const struct sources_loss *loss), void *ctx)
{
	size_t n, n_sources, n_all;
	const uint32_t *number = ruleset_left_out(&s->set, &n);
	const struct ir_diagnostic *all = ruleset_diagnostics(&s->set, &n_all);
	const struct ir_source *source = ruleset_sources(&s->set, &n_sources);

	for (size_t i = 0; i < n; i++) {
		const struct ir_diagnostic *d = &all[number[i]];
		struct sources_loss loss = { .rule = d->rule, .n = 1 };
		if (d->place.source < n_sources)
			loss.source = source[d->place.source].name;
		error_set(&loss.error, REASON_DAMAGED, PLACE_NONE, "line %u: %.*s", d->place.line,
			  (int)d->message.n, (const char *)d->message.p);
		tell(ctx, &loss);
	}
	if (n == 0 && db_n_left_out(s->db) != 0) {
		struct sources_loss loss = { .source = span_of(database),
					     .n = db_n_left_out(s->db) };
		error_set(&loss.error, REASON_DAMAGED, PLACE_NONE,
			  "%u rules had errors when it was built, and were left out",
			  db_n_left_out(s->db));
		tell(ctx, &loss);
	}
}
