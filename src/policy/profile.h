/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_PROFILE_H
#define PEL_POLICY_PROFILE_H

/*
 * Whose machine it is: jurisdiction, sector, site, ownership ...  A profile says whose decisions
 * bind it; which profile applies is the user's choice and nobody else's.
 */

#include "policy/policy.h"

struct profile {
	struct arena arena;
	const struct policy_node *node; /* the block `profile` */
};

/* A built-in profile's text: none, eu-institution, eu-member-state, us-federal, uk-gov ...; empty
 * where there is none of that name. */
struct span profile_text(const char *name);
/* The names, ended by NULL. */
extern const char *const profile_names[];

/* Reads and checks a profile; errors are in the report. */
NODISCARD bool profile_open(struct profile *p, struct policy_report *report);
void profile_release(struct profile *p);
struct span profile_name(const struct profile *p);

enum scope {
	SCOPE_BINDING,       /* a binding decision that is addressed to this machine */
	SCOPE_ADVICE,        /* addressed to it, and binds nobody */
	SCOPE_UNKNOWN,       /* the profile does not say enough */
	SCOPE_NOT_ADDRESSED, /* to others */
	SCOPE_COUNT
};

/* "binding for you", "advice", "may be addressed to you", "not addressed to you".  Static. */
const char *scope_words(enum scope s);

/*
 * Holds an entry's scope against the profile.  `why` receives one line: the respect that decided,
 * with both values.
 */
enum scope profile_scope(const struct profile *p, const struct policy_entry *e, char *why,
			 size_t size);

#endif
