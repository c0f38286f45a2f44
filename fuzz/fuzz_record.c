/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"
#include "rules/yara/yara.h"

#include <stdlib.h>

/*
 * A worker's answer, as the broker reads it.  Input: 8 bytes of the object's size,
 * then the record.  What is accepted must be what we would have written ourselves.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] = "rule a { meta: severity = \"suspicious\" strings: $a = \"aaaa\" $b = "
			    "\"bbbb\" condition: any of them }\n"
			    "rule b { strings: $c = \"cccc\" condition: $c }\n"
			    "rule c { condition: true }\n";

static const struct db *open_rules(void)
{
	static struct buf file;
	struct ruleset set;
	struct error e;
	struct db *db;

	ruleset_init(&set);
	buf_init(&file, 1 << 24);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	if (y == NULL || !yara_add(y, span_of("fuzz"), span_of(rules), span_of("default"), &e) ||
	    !db_build(&set, &file, &e) || !db_open(buf_span(&file), &db, &e))
		abort();
	yara_free(y);
	ruleset_release(&set);
	return db;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct db *db;
	struct cursor c = cursor_of((struct span){ data, size });
	uint64_t object = cursor_le64(&c);
	struct span bytes = cursor_take(&c, cursor_left(&c));
	struct arena arena;
	struct verdict v;
	struct error e;

	if (db == NULL)
		db = open_rules();
	arena_init(&arena, RECORD_MEMORY);
	if (record_read(bytes, db, object, &arena, &v, &e) && v.n_gaps <= RECORD_GAPS &&
	    bytes.n < 1 << 16) {
		struct buf again;
		buf_init(&again, 2 * RECORD_MAX);
		(void)record_write(&v, &again);
		if (!span_equal(buf_span(&again), bytes))
			abort();
		buf_release(&again);
	}
	arena_release(&arena);
	return 0;
}
