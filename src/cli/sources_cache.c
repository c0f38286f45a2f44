/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/sources_impl.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Databases that were built before, under a name that changes with what they were built of. */

/* A directory that nobody else may write to, and no link to one: else another user says what is
 * written, or which rules are loaded.  -1: it is none. */
static int open_own(int in, const char *name)
{
	int fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
			(st.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* $XDG_CACHE_HOME/pellucid, else ~/.cache/pellucid. */
void sources_use_cache(struct sources *s)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *parent = NULL;

	if (getenv("PELLUCID_NO_CACHE") != NULL || s->cache >= 0)
		return;
	if (cache != NULL && cache[0] == '/')
		parent = strdup(cache);
	else if (home == NULL || home[0] != '/' || asprintf(&parent, "%s/.cache", home) < 0)
		parent = NULL;
	if (parent == NULL)
		return;
	(void)mkdir(parent, 0700);
	int in = open_own(AT_FDCWD, parent);
	free(parent);
	if (in < 0)
		return;
	(void)mkdirat(in, "pellucid", 0700);
	s->cache = open_own(in, "pellucid");
	close(in);
}

/* The name under which the cache keeps what is built of these sources: it changes with every byte,
 * name, namespace and variable, and with the program.  Files that are included come in by
 * cache_current(). */
static bool cache_key(const struct sources *s, char hex[HASH_MAX_HEX + 1])
{
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[HASH_MAX_SIZE];
	size_t n;
	const struct compile_file *f = sources_files(s, &n);
	bool ok = h != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		const struct span part[] = { f[i].name, f[i].space, f[i].text };
		for (size_t k = 0; k < 3; k++) {
			uint64_t size = part[k].n;
			hash_add(h, (struct span){ (const uint8_t *)&size, sizeof size });
			hash_add(h, part[k]);
		}
		hash_add(h, (struct span){ (const uint8_t *)&f[i].found, sizeof f[i].found });
	}
	if (ok) {
		hash_add(h, buf_span(&s->definitions));
		hash_add(h,
			 (struct span){ (const uint8_t *)&s->max_strings, sizeof s->max_strings });
		hash_add(h, span_of(PELLUCID_VERSION));
		ok = hash_end(h, digest);
		hex_text(digest, hash_size(HASH_SHA256), hex);
	}
	hash_free(h);
	return ok;
}

/* A member of a container or an archive, whose bytes are in the key: it is beneath what is a file.
 */
static bool is_member(const struct sources *s, struct span name)
{
	size_t n;
	const struct compile_file *f = sources_files(s, &n);

	for (size_t i = 0; i < n; i++)
		if (name.n > f[i].name.n && name.p[f[i].name.n] == '/' &&
		    memcmp(name.p, f[i].name.p, f[i].name.n) == 0)
			return true;
	return false;
}

/* Is the database built of a source of that name, or of members of it? */
static bool is_built_of(const struct db *db, struct span name, uint32_t *at)
{
	uint32_t n = db_n_sources(db);
	struct db_source source;

	for (uint32_t i = 0; i < n; i++, *at = *at + 1 < n ? *at + 1 : 0)
		if (db_source(db, *at, &source) && source.name.n >= name.n &&
		    span_equal(span_cut(source.name, 0, name.n), name) &&
		    (source.name.n == name.n || source.name.p[name.n] == '/'))
			return true;
	return false;
}

/* Is it a database of these sources, and not another's that came to stand under this name?  They
 * stand in much the same order, so each is looked for from where the last one was. */
static bool cache_is_ours(const struct sources *s, const struct db *db)
{
	uint32_t at = 0;
	size_t n;
	const struct compile_file *f = sources_files(s, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].kind == COMPILE_SOURCE && !is_built_of(db, f[i].name, &at))
			return false;
	return true;
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
		buf_init(&text, SOURCES_MAX_TEXT);
		bool same = io_read_file(path, &text, &e) &&
			    hash_of(HASH_SHA256, buf_span(&text), digest) &&
			    memcmp(digest, source.sha256, hash_size(HASH_SHA256)) == 0;
		buf_release(&text);
		if (!same)
			return false;
	}
	return true;
}

bool sources_cache_name(const struct sources *s, char to[SOURCES_CACHE_NAME])
{
	char hex[HASH_MAX_HEX + 1];

	if (s->cache < 0 || !cache_key(s, hex))
		return false;
	int n = snprintf(to, SOURCES_CACHE_NAME, "%.64s.pel", hex);
	return n > 0 && n < SOURCES_CACHE_NAME;
}

/* An entry that is a file, no link, and ours alone to write; -1: there is none. */
static int open_entry(int cache, const char *name)
{
	int fd = openat(cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
			(st.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool sources_from_cache(struct sources *s, const char *name)
{
	int fd = open_entry(s->cache, name);
	struct error e;

	if (fd < 0)
		return false;
	if (sources_map(s, fd, &e) && db_verify(s->db, &e) && cache_is_ours(s, s->db) &&
	    cache_current(s, s->db)) {
		(void)futimens(fd, NULL); /* used now: sources_prune_cache() */
		return true;
	}
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

/* Is it a name that sources_cache_path() gives? */
static bool is_ours(const char *name)
{
	size_t n = 2 * hash_size(HASH_SHA256);

	return strspn(name, "0123456789abcdef") == n && strcmp(name + n, ".pel") == 0;
}

void sources_prune_cache(const struct sources *s)
{
	int fd = s->cache >= 0 ? openat(s->cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const time_t oldest = time(NULL) - (time_t)SOURCES_KEEP_DAYS * 86400;
	const struct dirent *entry;
	struct stat st;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (is_ours(entry->d_name) &&
		    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < oldest)
			(void)unlinkat(dirfd(d), entry->d_name,
				       0); /* what stays costs room alone */
	if (d != NULL)
		(void)closedir(d);
	else if (fd >= 0)
		close(fd);
}
