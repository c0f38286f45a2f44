/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "rules/clamav/clam_parse.h"

/*
 * .pwdb: Name;TDB;Kind;Password (reference engine C.1.5), where Kind 0 is a text and 1 hexadecimal,
 * and TDB says Engine and perhaps Container.  A password for zip archives is tried on all that is
 * encrypted: more is opened than by clamscan, not less.
 */

enum { NAME, BLOCK, KIND, PASSWORD, N_FIELDS, MAX_PASSWORD = 256 /* bytes; ours */ };

/* Is it for this engine? */
static bool read_block(struct clam *c, struct span block, bool *ours)
{
	struct span part[CLAM_MAX_FIELDS];
	size_t n = clam_split(block, ',', part);
	uint64_t level[2];

	*ours = true;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *colon = memchr(part[i].p, ':', part[i].n);
		size_t k = colon != NULL ? (size_t)(colon - part[i].p) : part[i].n;
		struct span name = span_cut(part[i], 0, k),
			    value = span_cut(part[i], k + 1, part[i].n);
		if (span_is(name, "Engine")) {
			if (!clam_range(c, value, level))
				return false;
			*ours = level[0] <= CLAM_LEVEL && CLAM_LEVEL <= level[1];
		} else if (!span_is(name, "Container")) {
			return clam_error(c, part[i], "expected Engine or Container");
		} else if (!span_is(value, "CL_TYPE_ANY") && !span_is(value, "CL_TYPE_ZIP") &&
			   !span_is(value, "CL_TYPE_RAR")) {
			return clam_error(c, value, "expected CL_TYPE_ZIP, _RAR or _ANY");
		}
	}
	return true;
}

bool clam_password_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS], word;
	size_t n = clam_split(line, ';', field);
	bool ours;

	if (n != N_FIELDS)
		return clam_error(c, line,
				  "%zu fields; 4 are wanted: name;attributes;kind;password", n);
	struct span name = clam_name(c, field[NAME]);
	if (name.n == 0 || !read_block(c, field[BLOCK], &ours))
		return false;
	word = field[PASSWORD];
	if (word.n == 0 || word.n > MAX_PASSWORD)
		return clam_error(c, word, "a password of %zu bytes; 1 to %d are wanted", word.n,
				  MAX_PASSWORD);
	if (span_is(field[KIND], "1")) {
		uint8_t *p = arena_alloc(&c->set->arena, word.n);
		c->failed = c->failed || p == NULL;
		if (p == NULL || !hex_to_bytes(word, p, word.n, &n))
			return clam_error(c, word, "expected hexadecimal digits, two a byte");
		word = (struct span){ p, n };
	} else if (!span_is(field[KIND], "0")) {
		return clam_error(c, field[KIND], "expected 0 (a text) or 1 (hexadecimal)");
	}
	if (!ours || clam_ignored(c, name))
		return true;
	if (c->set->passwords.n / sizeof word == IR_MAX_PASSWORDS)
		return clam_error(c, line, "over %d passwords", IR_MAX_PASSWORDS);
	buf_put(&c->set->passwords, &word, sizeof word);
	return true;
}
