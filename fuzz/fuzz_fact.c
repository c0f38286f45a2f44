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

/* A fact that is written as it was read is the same record, unless a value was empty or too long,
 * which is left out or cut. */
static void write_again(const struct facts *all, size_t i)
{
	struct fact f = facts_get(all, i);
	struct fact_writer w;
	struct span value;
	enum fact_key key;
	struct buf out;
	bool same = true;

	buf_init(&out, FACT_MAX_BYTES);
	fact_writer_init(&w, &out);
	fact_begin(&w, f.kind);
	for (size_t place = 0; fact_next(&f, &place, &key, &value);) {
		same = same && value.n != 0 && value.n <= FACT_MAX_VALUE;
		fact_put(&w, key, value);
	}
	fact_end(&w);
	fact_gap(&w, "here", REASON_LIMIT, "a text");
	const size_t head = f.values.p != NULL ? (size_t)(f.values.p - all->bytes.p) - 2 : 0;
	if (same && buf_ok(&out) && w.left == 0 && head != 0 &&
	    (out.n < f.values.n + 4 || memcmp(out.p + 2, all->bytes.p + head, f.values.n + 2) != 0))
		abort();
	buf_release(&out);
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
	for (size_t i = 0; i < facts_count(&taken); i++) {
		check_fact(&taken, i);
		write_again(&taken, i);
	}
	bool whole = facts_adopt(&again, buf_span(&taken.bytes), COLLECTOR, NULL, NULL, &e);
	if (whole ? !span_equal(buf_span(&taken.bytes), buf_span(&again.bytes))
		  : e.why == REASON_DAMAGED)
		abort();
	facts_release(&taken);
	facts_release(&again);
	return 0;
}
