/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ClamAV's signatures and plain lists of digests, any text: the first byte chooses the family, and
 * its highest bit has the text read as bodies and icons before: macros and groups, which logical
 * signatures ask for. What comes out must be what a database can be built of, and every diagnostic
 * must have a place.
 */

#include "rules/clamav/clam.h"
#include "rules/db/db.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_diagnostics(const struct ruleset *set, size_t text_n)
{
	size_t n;
	const struct ir_diagnostic *d = ruleset_diagnostics(set, &n);

	for (size_t i = 0; i < n && i < 16; i++) {
		struct buf text;
		require(d[i].place.at <= text_n && d[i].message.n > 0);
		buf_init(&text, 1 << 16);
		ruleset_print(set, &d[i], &text);
		buf_release(&text);
	}
}

static void check_db(struct ruleset *set)
{
	struct buf file;
	struct error e;
	struct db *db;

	buf_init(&file, 1 << 26);
	if (db_build(set, &file, &e)) {
		require(db_open(buf_span(&file), &db, &e));
		for (uint32_t i = 0; i < db_n_rules(db) + db_n_hashes(db); i++) {
			struct db_rule rule;
			require(db_rule(db, i, &rule) && rule.name.n > 0 && rule.line > 0);
		}
		db_free(db);
	}
	buf_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset set;
	struct error e;

	if (size == 0 || size > 1 << 16)
		return 0;
	enum clam_family family = (enum clam_family)(1 + (data[0] & 0x7f) % CLAM_LIST_ALLOW);
	ruleset_init(&set);
	struct clam *c = clam_new(&set);
	require(c != NULL);
	struct span text = { data + 1, size - 1 }, name = span_of("input"),
		    space = span_of("default");
	bool before = data[0] < 0x80 || (clam_add(c, CLAM_BODY, name, text, space, false, &e) &&
					 clam_add(c, CLAM_ICONS, name, text, space, false, &e));
	if (before && clam_add(c, family, name, text, space, false, &e) && clam_end(c, &e)) {
		check_diagnostics(&set, size - 1);
		check_db(&set);
	}
	clam_free(c);
	ruleset_release(&set);
	return 0;
}
