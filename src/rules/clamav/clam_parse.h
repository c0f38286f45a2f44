/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CLAM_PARSE_H
#define PEL_RULES_CLAMAV_CLAM_PARSE_H

/* What the readers of ClamAV's signature families share. */

#include "format/clam_target.h"
#include "rules/clamav/clam.h"
#include "rules/names.h"

enum {
	CLAM_MAX_FIELDS = 80,
	CLAM_MAX_GROUPS = 32 /* macro groups, ClamAV's */
};

/* A body that a macro group holds. */
struct clam_macro {
	struct span hex;
	uint32_t group;
};

/* An icon, as its signature has it. */
struct clam_icon {
	struct span group[2], digits;
};

struct clam {
	struct ruleset *set;
	struct names ignored; /* names without an ending */
	struct buf macros;    /* struct clam_macro */
	struct buf icons;     /* struct clam_icon */
	struct buf trusted;   /* entries of certificates, one a line: engine/clam_sign.h */
	struct buf links, link_digests; /* for format/clam_link.h */
	struct ir_place link_place;     /* of the first of them; n 0: there is none */
	struct span link_space, link_text, link_line;
	struct span trusted_name; /* of the last of them in the source at hand; and its line */
	uint32_t trusted_line;
	/* bit t: a magic number or a signature makes objects of target type t of what does not
	 * begin as they do */
	uint32_t retyped;

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
/* The place of `where`, a part of the line at hand: its source, line, column and bytes. */
struct ir_place clam_place(const struct clam *c, struct span where);

/* Parts of `s` between `mark`s, at most CLAM_MAX_FIELDS; how many there are. */
size_t clam_split(struct span s, char mark, struct span *field);

/* The same at `;`, but not within a regular expression of a logical signature. */
size_t clam_split_logic(struct span s, struct span *field);
/* a, or a-b; a diagnostic where it is neither. */
bool clam_range(struct clam *c, struct span s, uint64_t out[2]);

/* Decimal, all of s; false where it is none or over `max`. */
NODISCARD bool clam_number(struct span s, uint64_t max, uint64_t *out);

/* Do the fields minFL and maxFL, field[from] and field[from + 1] where they are there, hold for
 * this engine?  *ok is false where they are no numbers, which is reported. */
bool clam_level(struct clam *c, const struct span *field, size_t n, size_t from, bool *ok);

/* The name as it stands in the signature, without the ending " (Clam)"; empty with a diagnostic
 * where there is none. */
struct span clam_name(struct clam *c, struct span field);
/* Does a list of names to be ignored have it (.ign, .ign2)? */
bool clam_ignored(const struct clam *c, struct span name);

/* Begins a rule whose condition is `condition`, a part of the text.  Its number is c->rule. */
NODISCARD bool clam_rule(struct clam *c, struct span name, struct span condition);
/* The same for a name that does not stand in the text; `where` is its place. */
NODISCARD bool clam_rule_at(struct clam *c, struct span name, struct span where,
			    struct span condition);
/* The rule at hand is for objects of that type: may such be a normalised text? */
void clam_rule_target(struct clam *c, uint64_t target);

/* More flags for the rule at hand. */
void clam_rule_flag(struct clam *c, uint32_t flags);
/* The rule at hand says that an object is of a type, which is handled here. */
void clam_rule_handler(struct clam *c, unsigned type, uint32_t flags);

/* Reads a target description block as a logical signature has it (clam_logic.c).  *ours: is this
 * engine's level asked for?  *container: CL_TYPE_ZIP; empty where it asks for none.  False with a
 * diagnostic. */
NODISCARD bool clam_block(struct clam *c, struct span block, bool *ours, struct span *container);

/*
 * ---- clam_emit.c: the condition of the rule at hand, operands first.  What gives a node gives its
 * number, by which a later one has it as an operand; 0, and c->failed, where memory is spent.
 */

/* A node with the operands a, b and d, whatever `op` takes them for (rules/condition.h). */
uint32_t clam_node(struct clam *c, enum cond_op op, enum value_kind kind, uint32_t a, uint32_t b,
		   uint32_t d);
/* A constant: a number, or a text, which is copied. */
uint32_t clam_int(struct clam *c, int64_t v);
uint32_t clam_text(struct clam *c, struct span s);
/* COND_AND or COND_OR over n nodes; the node itself where there is one. */
uint32_t clam_all(struct clam *c, enum cond_op op, const uint32_t *node, size_t n);
/* A field of the module `clamav`, an integer; or a call of one of its functions with n arguments,
 * which are nodes. */
uint32_t clam_field(struct clam *c, enum clam_member member);
uint32_t clam_call(struct clam *c, enum clam_member member, const uint32_t *argument, size_t n);
/* The same of another module, whose node `module` is; `member` as its table counts. */
uint32_t clam_call_of(struct clam *c, uint32_t module, uint32_t member, const uint32_t *argument,
		      size_t n);
/* low <= node <= high */
uint32_t clam_between(struct clam *c, enum clam_member member, uint64_t low, uint64_t high);
/* Does a text that a module's function without arguments gives equal that one? */
uint32_t clam_text_is(struct clam *c, uint32_t module, uint32_t member, struct span text);
/* Is the container so many levels up, 1 the object's own, of that type? */
uint32_t clam_within(struct clam *c, int64_t up, struct span type);
/* Do these n bytes stand at that place?  1 to CLAM_MOST_BYTES_AT of them. */
enum { CLAM_MAX_BYTES_AT = 18, CLAM_MOST_BYTES_AT = 64 };
uint32_t clam_bytes_at(struct clam *c, uint64_t at, const uint8_t *bytes, size_t n);
/* Is the object of that type?  COND_NONE for CLAM_ANY: it is. */
uint32_t clam_of_target(struct clam *c, uint64_t target);
/* The integer, or 0 where it is undefined. */
uint32_t clam_else_zero(struct clam *c, uint32_t n);
/* 1 where a node of kind BOOL is true, else 0. */
uint32_t clam_as_number(struct clam *c, uint32_t yes);
/* Adds a string of the rule; its number.  `hex` may be another source's (a macro's); `where`, for
 * messages, lies in the text that is being read. */
uint32_t clam_string(struct clam *c, struct span hex, struct span where, uint32_t flags);
/* Ends the rule, whose condition is the node `root` with all that were made since it began.  False:
 * memory is spent. */
bool clam_finish(struct clam *c, uint32_t root);

/* ---- clam_offset.c */
enum clam_base {
	CLAM_ANYWHERE,
	CLAM_START,
	CLAM_END,
	CLAM_EP,
	CLAM_S,
	CLAM_SL,
	CLAM_SE,
	CLAM_VI,
	CLAM_GROUP
};
struct clam_offset {
	enum clam_base base;
	int64_t n;        /* bytes from there; CLAM_END: before the end */
	uint64_t section; /* CLAM_S, CLAM_SE; CLAM_GROUP: the group */
	uint64_t shift;   /* how much farther it may be */
};
/* Reads an offset: `*`, or a place and, behind a comma, a shift.  False with a diagnostic. */
NODISCARD bool clam_offset(struct clam *c, struct span s, struct clam_offset *out);
/* What is measured from a program's parts needs a program as a target.  False with a diagnostic. */
bool clam_offset_fits(struct clam *c, struct span s, const struct clam_offset *o, uint64_t target);
/* Nodes, integers: the first and the last place where a match may start, and how many bytes lie
 * between; not for CLAM_ANYWHERE and CLAM_VI. */
uint32_t clam_low_end(struct clam *c, const struct clam_offset *o);
uint32_t clam_high_end(struct clam *c, const struct clam_offset *o);
uint32_t clam_shift(struct clam *c, const struct clam_offset *o);
/* A node of kind BOOL: does the string match there?  And one of kind INT: how often? */
uint32_t clam_found(struct clam *c, uint32_t string, const struct clam_offset *o);
uint32_t clam_count(struct clam *c, uint32_t string, const struct clam_offset *o);

/* clam_icon.c: does a program have an icon of these two groups, empty or `*` for any?  `where`, for
 * messages, lies in the text that is being read.  COND_NONE with a diagnostic where there is none.
 */
uint32_t clam_icons(struct clam *c, const struct span group[2], struct span where);

/* clam_regex.c: does PCRE2 take it, with ClamAV's letters for options in `flags`?  False with a
 * diagnostic. */
bool clam_regex_check(struct clam *c, struct span pattern, struct span flags);

/*
 * Each reads one line of a family's sources, without its line break.  True too where the line is
 * passed over: it is for another level of engine, or its name is ignored.  False with a diagnostic,
 * or where memory is spent.
 */
bool clam_hash_line(struct clam *c, enum clam_family family, struct span line);
bool clam_import_line(struct clam *c, struct span line);
bool clam_body_line(struct clam *c, struct span line);
bool clam_old_body_line(struct clam *c, struct span line);
bool clam_logic_line(struct clam *c, struct span line);
bool clam_icon_line(struct clam *c, struct span line);
bool clam_password_line(struct clam *c, struct span line);
bool clam_certificate_line(struct clam *c, struct span line);
/* At the end of such a source: the rule by which images are passed over, of its entries and those
 * of the sources before. */
void clam_certificates_end(struct clam *c);
bool clam_link_line(struct clam *c, struct span line);
/* At the end of all sources: the rules of what is found in links, over all their entries. */
void clam_links_end(struct clam *c);
bool clam_magic_line(struct clam *c, struct span line);
bool clam_member_line(struct clam *c, struct span line);

#endif
