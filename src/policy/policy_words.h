/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_POLICY_WORDS_H
#define PEL_POLICY_POLICY_WORDS_H

/* The closed lists of words of the policy language, and the table of what each block may hold. */

#include "base/cursor.h"

/* A legal status is a fact about a decision ... */
enum policy_legal {
	LEGAL_UNLISTED,
	LEGAL_UNDER_REVIEW,
	LEGAL_ALLOWED,
	LEGAL_ADVISED_AGAINST,
	LEGAL_EXCLUDED,
	LEGAL_BANNED,
	LEGAL_WITHDRAWN,
	LEGAL_COUNT
};

/* ... and a technical status a claim about a thing.  No ladder holds both. */
enum policy_technical {
	TECHNICAL_NONE,
	TECHNICAL_UNDER_REVIEW,
	TECHNICAL_POTENTIALLY_DANGEROUS,
	TECHNICAL_CONFIRMED_MALICIOUS,
	TECHNICAL_REFUTED,
	TECHNICAL_COUNT
};

/* What a match of an atom is worth. */
enum policy_strength {
	STRENGTH_HINTS,     /* the name of a process alone */
	STRENGTH_INDICATES, /* a unit, a domain, an assignment, a vendor's id */
	STRENGTH_SHOWS,     /* a package's name, a path of its installation */
	STRENGTH_PROVES,    /* a signer, a digest */
	STRENGTH_COUNT
};

enum policy_atom_type {
	ATOM_DPKG,
	ATOM_SOURCE, /* of Debian: what packages were built from */
	ATOM_OPKG,
	ATOM_RPM,
	ATOM_APK,
	ATOM_ALPM,
	ATOM_SNAP,
	ATOM_FLATPAK,
	ATOM_PIP,
	ATOM_NPM,
	ATOM_CARGO,
	ATOM_GO,
	ATOM_GEM,
	ATOM_MAVEN,
	ATOM_SIGNER,
	ATOM_SHA256,
	ATOM_PATH,
	ATOM_UNIT,
	ATOM_PROCESS,
	ATOM_MODULE,
	ATOM_EXTENSION,
	ATOM_USB,
	ATOM_PCI,
	ATOM_OUI,
	ATOM_DOMAIN,
	ATOM_CIDR,
	ATOM_CA_SPKI,
	ATOM_IMAGE_DIGEST,
	ATOM_BUILD_ID,
	ATOM_DMI,
	ATOM_RULE,
	ATOM_COUNT
};

/* Static; the lists have as many words as the enums above, in their order. */
extern const char *const policy_legal_words[LEGAL_COUNT];
extern const char *const policy_technical_words[TECHNICAL_COUNT];
extern const char *const policy_strength_words[STRENGTH_COUNT];
extern const char *const policy_atom_words[ATOM_COUNT];

/* The place of a word in a list of n; -1 where it is not in it. */
int policy_word_find(const char *const *words, size_t n, struct span word);

/* ---- the table */

enum policy_form {
	FORM_TEXT,    /* a string */
	FORM_WORD,    /* a word of letters, digits, - and . */
	FORM_ENUM,    /* one of `words` */
	FORM_DATE,    /* YYYY-MM-DD */
	FORM_NUMBER,  /* decimal */
	FORM_URL,     /* https:// or http:// */
	FORM_SHA256,  /* 64 hexadecimal digits, lower case */
	FORM_SAID,    /* a language and a string of at most 15 words */
	FORM_CLAIM,   /* a technical status, `by`, and a string */
	FORM_GRADE,   /* a letter A to F and a digit 1 to 6 */
	FORM_NOTE,    /* a date and a string */
	FORM_PACKAGE, /* a package type and a name */
	FORM_BLOCK,
	FORM_MATCH, /* atoms, and `all` blocks of atoms */
};

struct policy_block;

struct policy_rule {
	const char *name;
	enum policy_form form;
	bool required, repeated;
	const char *const *words; /* of FORM_ENUM */
	unsigned n_words;
	const struct policy_block *block; /* of FORM_BLOCK */
};

struct policy_block {
	const char *name;
	bool has_id;                     /* a word after the name */
	const struct policy_rule *rules; /* in the order of names */
	size_t n;
};

extern const struct policy_block policy_head_block, policy_entry_block, policy_profile_block;

#endif
