/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walk_impl.h"

#include <errno.h>
#include <unistd.h>

/* A list of paths, read as it comes. */

static bool take_line(const struct walk_lines *l, struct buf *line)
{
	bool whole = buf_ok(line), on;
	struct error e;

	if (line->n == 0)
		return true;
	line->n -= line->n > WALK_MAX_LINE;
	buf_put_u8(line, 0);
	line->p[line->n - 1] = '\0'; /* where the line was cut */
	if (whole && memchr(line->p, 0, line->n - 1) == NULL) {
		on = l->path(l->ctx, (const char *)line->p);
	} else {
		error_set(&e, REASON_IO, PLACE_NONE,
			  "a listed path holds a NUL or more than %d bytes", WALK_MAX_LINE);
		on = l->bad(l->ctx, (const char *)line->p, &e);
	}
	buf_reset(line);
	return on;
}

bool walk_read_lines(const struct walk_lines *l, int fd, char separator, struct error *e)
{
	struct buf line;
	char block[8192];
	ssize_t n;
	bool on = true;

	buf_init(&line, WALK_MAX_LINE + 1);
	e->why = REASON_NONE;
	do {
		on = l->pause(l->ctx);
		n = on ? read(fd, block, sizeof block) : 0;
		for (const char *p = block, *end; on && n > 0 && p < block + n; p = end + 1) {
			end = memchr(p, separator, (size_t)(block + n - p));
			buf_put(&line, p, (size_t)((end != NULL ? end : block + n) - p));
			if (end == NULL)
				break;
			on = take_line(l, &line);
		}
	} while (on && (n > 0 || (n < 0 && errno == EINTR)));
	if (on && n < 0)
		on = error_set(e, errno == EACCES ? REASON_DENIED : REASON_IO, PLACE_NONE, "%s",
			       strerror(errno));
	else if (on)
		on = take_line(l, &line) && l->pause(l->ctx);
	buf_release(&line);
	return on;
}
