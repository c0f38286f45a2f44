/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_human.h"
#include "base/text.h"

#include <inttypes.h>

static void put_system(const struct review_report *r, struct buf *out)
{
	struct span name = span_of("an unknown system");

	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		if (f.kind == FACT_SYSTEM && span_is(fact_value(&f, FACT_TYPE), "os") &&
		    fact_value(&f, FACT_NAME).n != 0)
			name = fact_value(&f, FACT_NAME);
	}
	buf_put_text(out, "review of ");
	text_escape(out, span_of(r->root));
	buf_put_text(out, r->live ? " (running): " : " (not running): ");
	text_escape(out, name);
	buf_printf(out, ", %s\n\n", r->date);
}

static void put_state(const struct coverage *c, struct buf *out)
{
	buf_put_text(out, coverage_word(c->state));
	if (c->reason[0] != '\0') {
		buf_put_text(out, ": ");
		text_escape(out, span_of(c->reason));
	}
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < c->n_gaps && i < 3; i++) {
		buf_put_text(out, "                ");
		text_escape(out, span_of(c->gap[i].where));
		buf_put_text(out, ": ");
		text_escape(out, span_of(c->gap[i].what));
		buf_put_u8(out, '\n');
	}
}

static void put_coverage(const struct review_report *r, struct buf *out)
{
	buf_put_text(out, "What was looked at\n");
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		buf_printf(out, "  %-11s %7zu  ", collectors[i]->name, c->n_facts);
		put_state(c, out);
	}
}

void review_human(const struct review_report *r, struct buf *out)
{
	put_system(r, out);
	put_coverage(r, out);
}
