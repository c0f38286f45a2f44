/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "rules/clamav/clam_parse.h"

/*
 * .pwdb: Name;TDB;Kind;Password (reference engine C.1.5), where Kind 0 is a text and 1 hexadecimal.
 * TDB is that of a logical signature, of which Engine and Container decide; what else it says is
 * read and not asked, and further fields are passed over, as clamscan has it.  A password for zip
 * archives is tried on all that is encrypted: more is opened than by clamscan, not less.
 */

enum { NAME, BLOCK, KIND, PASSWORD, N_FIELDS, MAX_PASSWORD = 256 /* bytes; ours */ };
enum { TEXT, HEXADECIMAL };

/* Is it for this engine? */
static bool read_block(struct clam *c, struct span block, bool *ours)
{
	struct span container;

	if (!clam_block(c, block, ours, &container))
		return false;
	return container.n == 0 || span_is(container, "CL_TYPE_ANY") ||
	       span_is(container, "CL_TYPE_ZIP") || span_is(container, "CL_TYPE_RAR") ||
	       clam_error(c, container, "expected CL_TYPE_ZIP, _RAR or _ANY");
}

bool clam_password_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS], word;
	size_t n = clam_split(line, ';', field);
	uint64_t kind = TEXT;
	bool ours;

	if (n < N_FIELDS)
		return clam_error(c, line,
				  "%zu fields; 4 are wanted: name;attributes;kind;password", n);
	if (!read_block(c, field[BLOCK], &ours))
		return false;
	word = field[PASSWORD];
	if (word.n == 0 || word.n > MAX_PASSWORD)
		return clam_error(c, word, "a password of %zu bytes; 1 to %d are wanted", word.n,
				  MAX_PASSWORD);
	if (field[KIND].n != 0 && !clam_number(field[KIND], HEXADECIMAL, &kind))
		return clam_error(c, field[KIND], "expected 0 (a text) or 1 (hexadecimal)");
	if (kind == HEXADECIMAL) {
		uint8_t *p = arena_alloc(&c->set->arena, word.n);
		c->failed = c->failed || p == NULL;
		if (p == NULL || !hex_to_bytes(word, p, word.n, &n))
			return clam_error(c, word, "expected hexadecimal digits, two a byte");
		word = (struct span){ p, n };
	}
	if (!ours || clam_ignored(c, field[NAME]))
		return true;
	if (c->set->passwords.n / sizeof word == IR_MAX_PASSWORDS)
		return clam_error(c, line, "over %d passwords", IR_MAX_PASSWORDS);
	buf_put(&c->set->passwords, &word, sizeof word);
	return true;
}
