/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SOURCES_ARCHIVE_H
#define PEL_CLI_SOURCES_ARCHIVE_H

/*
 * Archives among the sources: their members become sources of their own, in the worker that
 * compiles.  What a member includes is looked for in the archive and nowhere else.
 */

#include "rules/ir.h"

/* Does the file's name say that it holds rules: .yar, .yara, .rule or .rules? */
static inline bool sources_archive_wants(struct span name)
{
	static const char *const end[] = { ".yar", ".yara", ".rule", ".rules" };

	for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
		size_t n = strlen(end[i]);
		if (name.n > n && span_is(span_cut(name, name.n - n, n), end[i]))
			return true;
	}
	return false;
}

/* Is it an archive (zip, 7z, tar, ...) or a compressed file, by its bytes, which no text of rules
 * begins with? */
bool sources_archive_is(struct span bytes);

/*
 * Takes an archive apart, and archives in it, and calls add() for each file: `rules` where its name
 * says that it holds rules, or where it is all that was compressed; others may be included by them.
 * Name ("set.zip/web/shell.yar") and text lie in the set's arena.  What could not be had of a file
 * of rules, or of an archive, becomes a diagnostic.  Fails where add() does, and without memory.
 */
NODISCARD bool sources_archive_read(struct ruleset *set, const char *path, struct span bytes,
				    bool (*add)(void *ctx, struct span name, struct span text,
						bool rules, struct error *e),
				    void *ctx, struct error *e);

/* The name of what `from`, a member of an archive, includes as `path`: "set.zip/a/b.yar" and
 * "../c.yar" give "set.zip/c.yar".  False where there can be none. */
NODISCARD bool sources_archive_include(struct span from, struct span path, char *to, size_t size);

#endif
