/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/fact.h"

#include <stdlib.h>

/*
 * Facts as a worker sends them, which may be any bytes.  What is taken can be read again, value by
 * value, and is taken again as it is.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLLECTOR = 7 };

static void other(void *ctx, const struct fact *f)
{
	(void)ctx;
	if (f->kind != FACT_GAP && f->kind != FACT_OWNED)
		abort();
}

static void check_fact(const struct facts *all, size_t i)
{
	struct fact f = facts_get(all, i);
	struct span value;
	enum fact_key key;
	unsigned n = 0;

	if (f.kind != facts_kind(all, i) || f.collector != COLLECTOR)
		abort();
	for (size_t place = 0; fact_next(&f, &place, &key, &value); n++)
		if (key >= FACT_KEYS || !fact_has(&f, key, value) ||
		    fact_value(&f, key).p > value.p || fact_key_word(key) == NULL)
			abort();
	if (n != f.n || fact_kind_word(f.kind) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts taken, again;
	struct error e;

	facts_init(&taken);
	facts_init(&again);
	if (!facts_adopt(&taken, (struct span){ data, size }, COLLECTOR, other, NULL, &e) &&
	    e.why == REASON_NONE)
		abort();
	for (size_t i = 0; i < facts_count(&taken); i++)
		check_fact(&taken, i);
	bool whole = facts_adopt(&again, buf_span(&taken.bytes), COLLECTOR, NULL, NULL, &e);
	if (whole ? !span_equal(buf_span(&taken.bytes), buf_span(&again.bytes))
		  : e.why == REASON_DAMAGED)
		abort();
	facts_release(&taken);
	facts_release(&again);
	return 0;
}
