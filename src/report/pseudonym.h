/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_PSEUDONYM_H
#define PEL_REPORT_PSEUDONYM_H

/*
 * Serial numbers and hardware addresses name a person's things.  A report shows a pseudonym: the
 * same thing has the same one in every report that is made with the same salt, and who does not
 * know the salt cannot try all addresses.  Of an address the first three bytes stay, which say who
 * was assigned them.
 */

#include "policy/fact.h"

enum { PSEUDONYM_SALT = 32 };

struct pseudonym {
	bool full; /* show values as they are */
	uint8_t salt[PSEUDONYM_SALT];
};

/* Whether values of the key are shown as pseudonyms. */
bool pseudonym_applies(const struct pseudonym *p, enum fact_key key);
/* Appends what is shown of the value. */
void pseudonym_put(const struct pseudonym *p, enum fact_key key, struct span value,
		   struct buf *out);

#endif
