/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_YARA_YARA_H
#define PEL_RULES_YARA_YARA_H

/*
 * The YARA language (version 4.5, with what YARA-X adds) into a ruleset.
 *
 * Sources are added one after the other; rules of one namespace see those that
 * came before.  Every error of a source is reported through
 * ruleset_diagnose(); a broken rule does not cost the others.
 */

#include "rules/ir.h"

struct yara_options {
	bool yarax; /* where the dialects conflict: YARA-X's reading */
	/*
	 * Gives the text of an included file: `path` as written in the file `from`.  *name and
	 * *text must outlive the ruleset; one without a place is one that was read before, of which
	 * nothing is taken again.  NULL refuses includes.
	 */
	bool (*include)(void *ctx, struct span from, struct span path, struct span *name,
			struct span *text, struct error *e);
	void *ctx;
};

struct yara;

/* Strings of one rule, unless the caller wants another limit: 25 times as many as YARA takes; a
 * worker compiles such a rule in 1 to 2 seconds and 200 MB. */
enum { YARA_USUAL_STRINGS = 250000 };

/* Heap; the set must outlive it. */
NODISCARD struct yara *yara_new(struct ruleset *set, const struct yara_options *o);
void yara_free(struct yara *y);

/* A rule of more than n strings is an error from here on, whose diagnostic says how many it has.
 * They are read and not kept, so that what such a rule costs is bounded by n and by its text. */
void yara_limit_strings(struct yara *y, uint32_t n);

/* Declares an external variable for the sources that follow.  UNSUPPORTED a second time. */
NODISCARD bool yara_extern(struct yara *y, struct span name, const struct value *value,
			   struct error *e);

/* Does a source that was added import that module (its number in modules_all)? */
bool yara_imports(const struct yara *y, size_t module);

/* Adds a source.  name, text and space must outlive the ruleset.  False only where memory is spent
 * or the text is over 1 GiB; errors in the rules are diagnostics. */
NODISCARD bool yara_add(struct yara *y, struct span name, struct span text, struct span space,
			struct error *e);

#endif
