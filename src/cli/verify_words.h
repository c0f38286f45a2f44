/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_VERIFY_WORDS_H
#define PEL_CLI_VERIFY_WORDS_H

/* What a verdict says besides rules, strings and values: its words about a match and the object. */

#include "base/json_flat.h"
#include "engine/verdict.h"

/* Is the text of a verdict what the JSON of these bytes would say?  Bytes that are no UTF-8 cannot
 * be said exactly there. */
bool verify_same_text(struct span bytes, struct span claimed);

/* Is what the claim says a condition read what it reads? */
bool verify_value_equal(const struct flat_item *claim, const struct value *v);

/*
 * Holds the claim of a match against the match: how grave its rule is, author, description,
 * reference, how many strings were found.  NULL: all of it holds, or else the name of the first
 * that does not.
 */
const char *verify_match_words(const struct db *db, const struct verdict_match *m,
			       const struct flat_item *claim);

/*
 * The same for the object: its type, what it was taken apart as (but where it was looked at
 * `whole`), and each thing that was not examined.  What depends on the machine or the minute (time,
 * memory, a worker's death, reading) is not asked for again.
 */
const char *verify_object_words(const struct verdict *v, const struct flat_item *claim, bool whole);

/* Is the claim about an object that lies in another? */
bool verify_is_inside(const struct flat_item *claim);

/* Does child i lie where that claim says, in each form in which it says so?  The path begins with
 * the file's as the claim has it: the file may have been moved since. */
bool verify_way(const struct verdict *v, size_t i, const struct flat_item *claim);

/* What a claim that says nothing of a match is: it names the rule after all; or leaves it out,
 * though it matches whenever these rules look at this object; or may have, since the claim says
 * that something of the machine or the minute came between, or the rule reads the time, which the
 * claim then need not name. */
enum verify_left { VERIFY_NAMED, VERIFY_LEFT_OUT, VERIFY_MAY_LACK };

enum verify_left verify_left_out(const struct db *db, const struct verdict_match *m,
				 const struct flat_item *claim);

#endif
