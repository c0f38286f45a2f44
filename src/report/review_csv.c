/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "report/review_other.h"

static const enum fact_key columns[] = { FACT_TYPE,   FACT_NAME,     FACT_VERSION, FACT_ARCH,
					 FACT_STATE,  FACT_VENDOR,   FACT_ID,      FACT_LOCATION,
					 FACT_TARGET, FACT_OWNED_BY, FACT_USER,    FACT_PID,
					 FACT_LOCAL,  FACT_REMOTE,   FACT_ADDRESS, FACT_NOTE };

/* No cell begins a formula, and none holds what would turn or end a line. */
static void put_cell(struct buf *out, struct span value)
{
	struct buf shown;

	buf_init(&shown, 4 * FACT_MAX_VALUE + 256);
	text_show(&shown, value);
	struct span s = buf_span(&shown);
	buf_put_u8(out, '"');
	if (s.n != 0 && strchr("=+-@\t\r", s.p[0]) != NULL && s.p[0] != 0)
		buf_put_u8(out, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_put_u8(out, '"');
		buf_put_u8(out, s.p[i]);
	}
	buf_put_u8(out, '"');
	buf_release(&shown);
}

void review_csv(const struct review_report *r, struct buf *out)
{
	struct buf shown;

	buf_put_text(out, "kind,collector");
	for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
		buf_printf(out, ",%s", fact_key_word(columns[k]));
	buf_put_text(out, "\r\n");
	buf_init(&shown, FACT_MAX_VALUE + 64);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		buf_printf(out, "%s,%s", fact_kind_word(f.kind), collectors[f.collector]->name);
		for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
			struct span value = fact_value(&f, columns[k]);
			buf_put_u8(out, ',');
			buf_reset(&shown);
			if (value.n != 0)
				pseudonym_put(&r->hide, columns[k], value, &shown);
			if (shown.n != 0)
				put_cell(out, buf_span(&shown));
		}
		buf_put_text(out, "\r\n");
	}
	buf_release(&shown);
}
