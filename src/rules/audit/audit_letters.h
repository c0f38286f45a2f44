/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_LETTERS_H
#define PEL_RULES_AUDIT_LETTERS_H

/*
 * How letters follow each other in the words of eleven languages: 'a' + bits that the third of
 * three costs after the other two (15: seldom or never seen), at (first * 27 + second) * 27 +
 * third; 0 is no letter, 1 is A.  Marks above and below letters are dropped.
 */
extern const char audit_letters[27 * 27 * 27 + 1];

#endif
