/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CLAM_LOGIC_H
#define PEL_RULES_CLAMAV_CLAM_LOGIC_H

/* Logical signatures: what clam_logic.c (the line), clam_sub.c (subsignatures) and clam_expr.c (the
 * expression) share. */

#include "rules/clamav/clam_parse.h"

enum {
	CLAM_MAX_SUBS = 64,
	CLAM_MAX_TRIGGERS = 1024 /* of one signature, each time that one is asked for */
};

enum clam_sub_kind {
	CLAM_SUB_BODY,
	CLAM_SUB_MACRO,
	CLAM_SUB_NUMBER,
	CLAM_SUB_PCRE,
	CLAM_SUB_IMAGE
};

struct clam_sub {
	enum clam_sub_kind kind;
	struct span text;
	uint32_t string;                   /* BODY; MACRO: the group's first */
	uint32_t n_strings;                /* MACRO */
	struct clam_offset at;             /* BODY, PCRE */
	uint64_t min, max;                 /* MACRO: bytes from the start of the one before */
	uint32_t of;                       /* NUMBER: the subsignature that it is measured from */
	struct span offset, form, compare; /* NUMBER: as written */
	struct span regex, flags, trigger; /* PCRE: as written */
};

struct clam_logic {
	struct clam *c;
	struct clam_sub sub[CLAM_MAX_SUBS];
	size_t n_subs;
	uint64_t target;
	uint32_t pcre_depth; /* how deep triggers of PCRE subsignatures are nested */
	uint32_t n_triggers; /* that were asked for */
};

/* Reads subsignature number i, of which those before are known. */
NODISCARD bool clam_sub_read(struct clam_logic *l, size_t i, struct span text);
/* Is it there?  How often?  COND_NONE with a diagnostic where that cannot be said. */
uint32_t clam_sub_found(struct clam_logic *l, size_t i);
uint32_t clam_sub_count(struct clam_logic *l, size_t i);

/* clam_regex.c: the same for those that are regular expressions. */
NODISCARD bool clam_regex_read(struct clam_logic *l, size_t i, struct span text);
uint32_t clam_regex_found(struct clam_logic *l, size_t i);
uint32_t clam_regex_count(struct clam_logic *l, size_t i);

/* The expression over the subsignatures, of which the first `n` may be named.  False with a
 * diagnostic. */
NODISCARD bool clam_expression(struct clam_logic *l, struct span text, size_t n, uint32_t *root);

#endif
