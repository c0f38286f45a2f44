/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SOURCES_IMPL_H
#define PEL_CLI_SOURCES_IMPL_H

/* Between sources.c, which finds and reads files, sources_build.c, which has them compiled, and
 * sources_cache.c, which knows what was built before. */

#include "cli/sources.h"

enum { SOURCES_MAX_TEXT = 1 << 30 /* bytes of one source */, SOURCES_KEEP_DAYS = 30 };

static inline const struct compile_file *sources_files(const struct sources *s, size_t *n)
{
	*n = s->files.n / sizeof(struct compile_file);
	return (const struct compile_file *)(const void *)s->files.p;
}

/* The file's text, and a name, kept in the arena. */
NODISCARD bool sources_read_text(struct sources *s, const char *path, struct span *out,
				 struct error *e);
NODISCARD bool sources_keep_name(struct sources *s, const char *name, struct span *out,
				 struct error *e);

/* Adds the files of signatures beside a container, and the certificates the first time
 * (sources_sign.c). */
NODISCARD bool sources_add_signs(struct sources *s, const char *path, struct error *e);

/* Opens a built database in place, and takes its descriptor over. */
NODISCARD bool sources_map(struct sources *s, int fd, struct error *e);

/* The name in the cache of the database of these sources; false: there is no cache. */
enum { SOURCES_CACHE_NAME = 80 };
NODISCARD bool sources_cache_name(const struct sources *s, char to[SOURCES_CACHE_NAME]);

/* Removes databases that nobody used for SOURCES_KEEP_DAYS from the cache. */
void sources_prune_cache(const struct sources *s);

/* The database as it was built before; true where that could be had.  It counts as used now. */
NODISCARD bool sources_from_cache(struct sources *s, const char *name);

#endif
