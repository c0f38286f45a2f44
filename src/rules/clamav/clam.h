/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CLAM_H
#define PEL_RULES_CLAMAV_CLAM_H

/*
 * ClamAV's signature databases into a ruleset (reference engine C.1).
 *
 * The end of a file's name says how its lines are read; each line is one
 * signature.  A line that cannot be read is a diagnostic and costs itself alone.
 */

#include "rules/ir.h"

enum clam_family {
	CLAM_NONE,
	CLAM_IGNORE,       /* .ign .ign2 */
	CLAM_MAGIC,        /* .ftm: what an object is */
	CLAM_LINKS,        /* .pdb .wdb .gdb: links in mail */
	CLAM_CERTIFICATES, /* .crb: of signed PE images */
	CLAM_HASH,         /* .hdb .hsb (.hdu .hsu): digests of objects */
	CLAM_SECTION,      /* .mdb .msb (.mdu .msu): of sections of PE images */
	CLAM_ALLOW,        /* .fp .sfp: of objects that are to be passed */
	CLAM_BODY,         /* .ndb .sdb (.ndu) */
	CLAM_OLD_BODY,     /* .db */
	CLAM_ICONS,        /* .idb: icons that logical signatures ask for */
	CLAM_LOGIC,        /* .ldb (.ldu) */
	CLAM_MEMBERS,      /* .cdb: what a container says of its members */
	CLAM_IMPORTS,      /* .imp: digests of the imports of PE images */
	CLAM_SETTING,      /* .cfg .info: nothing is to be looked for */
	CLAM_PASSWORDS,    /* .pwdb: to be tried on what is encrypted */
	CLAM_UNSUPPORTED,  /* known, and not read: it is counted */
	CLAM_LIST,         /* no ClamAV's: digests with names, rules/hash_list.h */
	CLAM_LIST_ALLOW,
};

/* By the end of the name, in either case. */
enum clam_family clam_family_of(struct span name);

/* The level of ClamAV's engine that signatures may ask for (minFL, maxFL): that of 1.4.6. */
enum { CLAM_LEVEL = 216 };

struct clam;

/* Heap; the set must outlive it. */
NODISCARD struct clam *clam_new(struct ruleset *set);
void clam_free(struct clam *c);

/*
 * Adds a source of that family.  name, text and space must outlive the ruleset.  `official`: it
 * comes from a container with ClamAV's signature, so names do not get the ending .UNOFFICIAL.
 * Sources are best added in the order of enum clam_family: what is ignored must be known before
 * what ignores it, and so must macros.  False only where memory is spent.
 */
NODISCARD bool clam_add(struct clam *c, enum clam_family family, struct span name, struct span text,
			struct span space, bool official, struct error *e);

/* Before the first of them, for each of CLAM_LOGIC: which types its signatures give to objects, so
 * that those for such a type do not go by how a file begins. */
void clam_handlers(struct clam *c, struct span text);

/* Behind the last source: rules that are made of several. */
NODISCARD bool clam_end(struct clam *c, struct error *e);

#endif
