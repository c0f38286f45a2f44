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

bool sources_cache_path(const struct sources *s, char *to, size_t size)
{
	char hex[HASH_MAX_HEX + 1];

	if (s->cache == NULL || !cache_key(s, hex))
		return false;
	int n = snprintf(to, size, "%s/%s.pel", s->cache, hex);
	return n > 0 && (size_t)n < size;
}

bool sources_from_cache(struct sources *s, const char *path)
{
	struct error e;
	struct stat st;

	if (stat(path, &st) != 0 || st.st_uid != geteuid())
		return false;
	if (sources_map(s, path, &e) && db_verify(s->db, &e) && cache_current(s, s->db)) {
		(void)utimensat(AT_FDCWD, path, NULL, 0); /* used now: sources_prune_cache() */
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
	DIR *d = s->cache != NULL ? opendir(s->cache) : NULL;
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
}
