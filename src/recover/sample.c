/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/sample.h"
#include "base/io.h"
#include "base/text.h"

enum { NOTE_PLAIN_SHARE = 90 /* of a hundred bytes of a text are no control characters */ };

void sample_init(struct sample *s)
{
	*s = (struct sample){ .size = 0 };
	buf_init(&s->bytes, SAMPLE_MAX_NOTE + SAMPLE_TAIL);
	buf_init(&s->text, SAMPLE_MAX_NOTE);
}

void sample_release(struct sample *s)
{
	buf_release(&s->bytes);
	buf_release(&s->text);
}

struct span sample_bytes(const struct sample *s, int64_t at, size_t n)
{
	const struct span none = { NULL, 0 };

	if (at >= 0) {
		struct span b = span_cut(s->head, (uint64_t)at, n);
		return b.n == n ? b : none;
	}
	uint64_t back = (uint64_t)-at;
	if (back > s->tail.n || n > back)
		return none;
	return span_cut(s->tail, s->tail.n - back, n);
}

/* ---- notes */

static bool ends_with(struct span name, const char *end)
{
	struct span e = span_of(end);

	if (name.n < e.n)
		return false;
	for (size_t i = 0; i < e.n; i++)
		if (text_lower(name.p[name.n - e.n + i]) != e.p[i])
			return false;
	return true;
}

/* UTF-16 of letters that ASCII has, low byte first. */
static bool is_wide(struct span bytes)
{
	return bytes.n >= 2 &&
	       ((bytes.p[0] == 0xff && bytes.p[1] == 0xfe) || (bytes.p[1] == 0 && bytes.p[0] != 0));
}

/* Short text under a name that notes have. */
static bool may_be_note(struct span name, struct span bytes)
{
	static const char *const ends[] = {
		".txt", ".html", ".htm", ".hta", ".md", ".rtf", ".url"
	};
	bool named = memchr(name.p, '.', name.n) == NULL, wide = is_wide(bytes);
	size_t other = 0, most = bytes.n * (100 - NOTE_PLAIN_SHARE) / 100;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		named = named || ends_with(name, ends[i]);
	if (!named || bytes.n < 16)
		return false;
	for (size_t i = 0; i < bytes.n && other <= most; i++)
		other += bytes.p[i] < 0x20 && bytes.p[i] != '\n' && bytes.p[i] != '\r' &&
			 bytes.p[i] != '\t' && !(wide && bytes.p[i] == 0);
	return other <= most;
}

static bool kept(uint8_t c)
{
	return text_is_alnum(c) || c == '.' || c == '@' || c == '-' || c == '_' || c >= 0x80;
}

void sample_note_text(struct span bytes, struct buf *out)
{
	bool wide = is_wide(bytes), tag = false, gap = false;

	buf_reset(out);
	for (size_t i = 0; i < bytes.n; i += wide ? 2 : 1) {
		uint8_t c = bytes.p[i];
		if (wide && i + 1 < bytes.n && bytes.p[i + 1] != 0)
			c = ' ';
		if (c == '<' || c == '>') {
			tag = c == '<';
			gap = true;
		} else if (!tag && kept(c)) {
			if (gap && out->n != 0)
				buf_put_u8(out, ' ');
			gap = false;
			buf_put_u8(out, text_lower(c));
		} else if (!tag) {
			gap = true;
		}
	}
}

/* ---- reading */

static void take_ends(struct sample *s)
{
	struct span all = buf_span(&s->bytes);

	if (s->size == all.n) { /* all of it is here */
		s->head = all;
		s->tail = all;
		if (s->size <= SAMPLE_MAX_NOTE && may_be_note(s->name, all))
			sample_note_text(all, &s->text);
	} else {
		s->head = span_cut(all, 0, SAMPLE_HEAD);
		s->tail = span_cut(all, SAMPLE_HEAD, SAMPLE_TAIL);
	}
}

static bool read_part(struct sample *s, int fd, size_t n, uint64_t at, struct error *e)
{
	uint8_t *to = buf_grow(&s->bytes, n);
	size_t got = 0;

	if (to == NULL)
		return error_set(e, REASON_MEMORY, at, "no memory for the ends of a file");
	if (!io_pread(fd, to, n, at, &got, e))
		return false;
	if (got != n)
		return error_set(e, REASON_CHANGED, at, "%zu of %zu bytes: it has shrunk", got, n);
	return true;
}

bool sample_read(struct sample *s, int fd, uint64_t size, struct span name, struct error *e)
{
	buf_reset(&s->bytes);
	buf_reset(&s->text);
	s->name = name;
	s->size = size;
	bool whole =
		size <= SAMPLE_HEAD + SAMPLE_TAIL ||
		(size <= SAMPLE_MAX_NOTE && (ends_with(name, ".txt") || ends_with(name, ".html") ||
					     ends_with(name, ".htm") || ends_with(name, ".hta")));
	if (whole) {
		if (size != 0 && !read_part(s, fd, (size_t)size, 0, e))
			return false;
	} else if (!read_part(s, fd, SAMPLE_HEAD, 0, e) ||
		   !read_part(s, fd, SAMPLE_TAIL, size - SAMPLE_TAIL, e)) {
		return false;
	}
	take_ends(s);
	return true;
}

bool sample_take(struct sample *s, struct span bytes, struct span name, struct error *e)
{
	buf_reset(&s->bytes);
	buf_reset(&s->text);
	s->name = name;
	s->size = bytes.n;
	if (bytes.n <= SAMPLE_MAX_NOTE) {
		buf_put_span(&s->bytes, bytes);
	} else {
		buf_put_span(&s->bytes, span_cut(bytes, 0, SAMPLE_HEAD));
		buf_put_span(&s->bytes, span_cut(bytes, bytes.n - SAMPLE_TAIL, SAMPLE_TAIL));
	}
	if (!buf_ok(&s->bytes))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the ends of a file");
	take_ends(s);
	return true;
}
