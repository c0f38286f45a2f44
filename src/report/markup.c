/* SPDX-License-Identifier: Apache-2.0 */
#include "report/markup.h"
#include "base/text.h"

void markup_put_shown(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_put_text(out, "&amp;");
			break;
		case '<':
			buf_put_text(out, "&lt;");
			break;
		case '>':
			buf_put_text(out, "&gt;");
			break;
		case '"':
			buf_put_text(out, "&quot;");
			break;
		case '\'':
			buf_put_text(out, "&#39;");
			break;
		default:
			buf_put_u8(out, s.p[i]);
			break;
		}
	}
}

void markup_put(struct buf *out, struct span s)
{
	struct buf shown;

	buf_init(&shown, 4 * s.n + 64);
	text_escape(&shown, s);
	markup_put_shown(out, buf_span(&shown));
	buf_release(&shown);
}
