/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CLAM_PARSE_H
#define PEL_RULES_CLAMAV_CLAM_PARSE_H

/* What the readers of ClamAV's signature families share. */

#include "rules/clamav/clam.h"

enum {
	CLAM_MAX_FIELDS = 80,
	CLAM_MAX_GROUPS = 32 /* macro groups, ClamAV's */
};

/* A body that a macro group holds. */
struct clam_macro {
	struct span hex;
	uint32_t group;
};

struct clam {
	struct ruleset *set;
	struct buf ignored; /* struct span: names without an ending */
	struct buf macros;  /* struct clam_macro */

	/* the source at hand */
	uint32_t source;
	struct span text, space;
	bool official;
	uint32_t line; /* from 1 */
	uint32_t rule; /* that is being made, or COND_NONE */
	bool failed;   /* memory */
};

/* An error at `where`, which lies in the source's text.  Returns false. */
bool clam_error(struct clam *c, struct span where, const char *format, ...) PRINTF(3, 4);
struct ir_place clam_place(const struct clam *c, struct span where);

/* Parts of `s` between `mark`s, at most CLAM_MAX_FIELDS; how many there are. */
size_t clam_split(struct span s, char mark, struct span *field);

/* Decimal, all of s; false where it is none or over `max`. */
NODISCARD bool clam_number(struct span s, uint64_t max, uint64_t *out);
int clam_digit(uint8_t c); /* of hexadecimal; -1 */
NODISCARD bool clam_hex(struct span s, uint8_t *out, size_t max, size_t *n);

/* Do the fields minFL and maxFL, field[from] and field[from + 1] where they are there, hold for
 * this engine?  *ok is false where they are no numbers, which is reported. */
bool clam_level(struct clam *c, const struct span *field, size_t n, size_t from, bool *ok);

/* The name as it stands in the signature, without the ending " (Clam)"; empty with a diagnostic
 * where there is none. */
struct span clam_name(struct clam *c, struct span field);
bool clam_ignored(const struct clam *c, struct span name);

/* Begins a rule whose condition is `condition`, a part of the text.  Its number is c->rule. */
NODISCARD bool clam_rule(struct clam *c, struct span name, struct span condition);

/* One line each; false with a diagnostic. */
bool clam_hash_line(struct clam *c, enum clam_family family, struct span line);
bool clam_body_line(struct clam *c, struct span line);
bool clam_old_body_line(struct clam *c, struct span line);
bool clam_logic_line(struct clam *c, struct span line);

#endif
