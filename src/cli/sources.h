/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SOURCES_H
#define PEL_CLI_SOURCES_H

/*
 * From what the user names to a database: YARA files, ClamAV's databases, lists of
 * digests, directories of them, or one built database (.pel).
 */

#include "cli/compile.h"
#include "cli/jobs.h"
#include "rules/db/db.h"

struct sources {
	bool strict;            /* an error anywhere refuses all */
	bool has_set;           /* rules were read from source */
	bool has_containers;    /* of ClamAV */
	bool has_certs;         /* certificates were read */
	const char *certs;      /* a file or folder of them; NULL: where ClamAV has them */
	uint32_t max_strings;   /* of a rule */
	enum compile_mode mode; /* BUILD, unless the caller wants another; then there is no db */
	bool json;              /* for AUDIT and DIFF */
	const struct sources *before;     /* for DIFF: the older files */
	struct compile_ordinary ordinary; /* for AUDIT */
	struct arena arena;               /* names, texts */
	struct buf files;       /* struct compile_file, that were read and wait to be compiled */
	struct buf includes;    /* struct compile_include, that they asked for */
	struct buf definitions; /* of variables, as they were given; each ended by NUL */
	struct buf externs;     /* struct ir_extern, the same */
	int cache;              /* directory of databases that were built before; -1: none */
	struct buf answer;      /* of the worker that compiled */
	struct compile_reply reply; /* the same, read; nothing where a database was opened */
	struct span mapped;         /* a .pel file in place, or what was built */
	int mapped_fd;              /* of that file; -1: none */
	struct span built;          /* a database in the caller's memory */
	struct db *db;
};

NODISCARD bool sources_open(struct sources *s);
void sources_release(struct sources *s);

/* Looks into the user's cache before it builds, and keeps there what it built.  A cache that
 * another user could write to, or that is reached by a link, is none. */
void sources_use_cache(struct sources *s);

/* name=value as an external variable: true, false, an integer, a float, or else text. */
NODISCARD bool sources_define(struct sources *s, const char *definition, struct error *e);

/* All that was defined.  A database that was built before takes them when it scans. */
const struct ir_extern *sources_externs(const struct sources *s, size_t *n);

/* Adds a file, an archive of files, a directory (its files of rules, sorted, recursively) or a
 * .pel, in a namespace (NULL: "default"). */
NODISCARD bool sources_add(struct sources *s, const char *path, const char *space, struct error *e);

/* The same for a source as a verdict names it, which may be the member of an archive or a container
 * ("set.zip/a.yar"): then that is added, once. */
NODISCARD bool sources_add_named(struct sources *s, const char *name, const char *space,
				 struct error *e);

/* The same for a text that is read from a descriptor to its end; `name` is what it is called. */
NODISCARD bool sources_add_stream(struct sources *s, int fd, const char *name, const char *space,
				  struct error *e);

/* Is the file a database that was built before, by its first bytes? */
bool sources_is_database(const char *path);

/* A built database in memory, which must outlive *s, in place of all other rules. */
NODISCARD bool sources_add_built(struct sources *s, struct span database, struct error *e);

/* Has a worker build s->db of what was added, or say what the mode asks for.  What there is to be
 * said of the rules is in s->reply then. */
NODISCARD bool sources_build(struct sources *s, struct error *e);

/* The bytes of the database that was opened or built. */
NODISCARD struct span sources_bytes(const struct sources *s);

/* Something of the sources that is not in the database. */
struct sources_loss {
	struct span source; /* its name; or the database's, where that was built before */
	struct span rule;   /* empty where it is outside of rules, or of many */
	uint64_t n;         /* rules, or errors outside of rules */
	struct error error;
};

/*
 * Calls tell() for each rule that an error left out, and for each error outside of rules.  A
 * database that was built before, the file `database`, knows only how many they were: that is told
 * once.
 */
void sources_losses(const struct sources *s, const char *database,
		    void (*tell)(void *ctx, const struct sources_loss *loss), void *ctx);

/* Writes the diagnostics of at least that severity to standard error. */
void sources_report(const struct sources *s, enum ir_severity least);

#endif
