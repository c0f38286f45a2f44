/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_AUDIT_WORDS_H
#define PEL_RULES_AUDIT_WORDS_H

/* Letters and words of a text, for those who ask what it is (audit_words.c, audit_form.c). */

#include "rules/audit/audit_text.h"

/* Bits a letter: half of all words cost 3, 995 of 1000 less than 5, letters at random 8.5. */
static const double AUDIT_WELL = 4.3, AUDIT_ODD = 5.7;

static inline bool unit_is_latin(uint32_t c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static inline bool unit_is_digit(uint32_t c) { return c >= '0' && c <= '9'; }
static inline bool unit_is_upper(uint32_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool unit_is_east(uint32_t c) { return c >= 0x3040 && c <= 0xD7A3; }

static inline bool unit_is_letter(uint32_t c)
{
	return unit_is_latin(c) || (c >= 0xC0 && c < 0x700 && c != 0xD7 && c != 0xF7) ||
	       (c >= 0x1E00 && c < 0x2000) || unit_is_east(c);
}

static inline bool unit_is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0;
}

/* Units [from, to) in lower case without spaces at the ends; `out` has `size` bytes.  Only ASCII
 * counts.  The length; 0: it is none, or too long. */
size_t audit_words_lower(const struct audit_example *x, size_t from, size_t to, char *out,
			 size_t size);

/* Is that word, of Latin letters, one of the machinery's? */
bool audit_words_machinery(const struct audit_example *x, size_t from, size_t to);

/* The letter without its marks, 1 to 26; 0: none. */
unsigned audit_words_base(uint32_t c);

/* Bits that a letter of the word costs, in the mean. */
double audit_words_cost(const struct audit_example *x, size_t from, size_t to);

#endif
