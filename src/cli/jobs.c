/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jobs.h"
#include "base/text.h"

void jobs_refuse(struct buf *answer, enum reason why, const char *text)
{
	buf_reset(answer);
	buf_put_u8(answer, (uint8_t)why);
	buf_put_text(answer, text);
}

bool jobs_accept(const struct worker_object *o, struct buf *answer)
{
	if (o->why != REASON_NONE)
		jobs_refuse(answer, o->why, o->fault);
	else
		buf_put_u8(answer, REASON_NONE);
	return o->why == REASON_NONE;
}

bool jobs_answer(struct span answer, struct span *out, struct error *e)
{
	struct cursor c = cursor_of(answer);
	enum reason why = (enum reason)cursor_u8(&c);
	struct span rest = cursor_take(&c, cursor_left(&c));
	struct buf line;

	if (!cursor_ok(&c) || why >= REASON_COUNT)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "internal: a worker gave an answer that cannot be");
	if (why == REASON_NONE) {
		*out = rest;
		return true;
	}
	buf_init(&line, sizeof e->text - 1); /* what does not fit is left out, by characters */
	text_escape(&line, span_cut(rest, 0, sizeof e->text - 1));
	error_set(e, why, PLACE_NONE, "%.*s", (int)line.n, (const char *)line.p);
	buf_release(&line);
	return false;
}

void jobs_print(FILE *to, struct span text)
{
	while (text.n != 0) {
		const uint8_t *lf = memchr(text.p, '\n', text.n);
		size_t n = lf != NULL ? (size_t)(lf - text.p) : text.n;
		struct buf line;
		buf_init(&line, SIZE_MAX);
		text_show(&line, span_cut(text, 0, n));
		buf_put_u8(&line, '\n');
		fwrite(line.p, 1, line.n, to);
		buf_release(&line);
		text = span_cut(text, n + 1, text.n);
	}
}
