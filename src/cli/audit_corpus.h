/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_AUDIT_CORPUS_H
#define PEL_CLI_AUDIT_CORPUS_H

/*
 * Rules run over ordinary files, to count what they find: by the engine, in its cage, as a scan
 * would.  A file is found by a rule where the file or anything in it matches.
 *
 * What is not counted: matches of private rules, which no verdict shows, and digests of whole
 * files, which are no rules.
 */

#include "cli/sources.h"

struct audit_corpus {
	const char *const *path; /* files and directories */
	size_t n_paths;
	/* results */
	uint64_t files; /* that were looked at */
	uint64_t gaps;  /* of them, or beside them: not looked at, or not whole */
	struct arena names;
	struct buf hits; /* struct compile_hit, in order of the rules */
};

/*
 * Scans all paths with the rules of s->db and fills the results; spans point into the database and
 * into c->names.  The order is that of the walk, so that the same files give the same results.
 * Fails where no worker can be run, or no file was looked at; then there is nothing to release.
 */
NODISCARD bool audit_corpus_count(struct audit_corpus *c, const struct sources *s, struct error *e);
void audit_corpus_release(struct audit_corpus *c);

#endif
