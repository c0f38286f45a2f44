/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/texts.h"
#include "format/clam_text.h"

enum { KEPT = 1 << 20 /* bytes of a view whose memory is kept for the next */ };

void texts_init(struct texts *t)
{
	*t = (struct texts){ 0 };
	for (size_t i = 0; i < TEXTS_VIEWS; i++)
		buf_init(&t->room[i], CLAM_HTML_ROOM((size_t)CLAM_HTML_MOST));
}

void texts_release(struct texts *t)
{
	for (size_t i = 0; i < TEXTS_VIEWS; i++)
		buf_release(&t->room[i]);
}

/* UTF-16 with a mark: clamscan passes over what is not ASCII, and so over every second byte. */
static bool is_wide(struct span s)
{
	return s.n >= 2 &&
	       ((s.p[0] == 0xff && s.p[1] == 0xfe) || (s.p[0] == 0xfe && s.p[1] == 0xff));
}

enum texts_kind texts_kind_of(struct span object)
{
	enum clam_target_type type = clam_target(object);

	if (type == CLAM_HTML && object.n <= CLAM_HTML_MOST)
		return TEXTS_HTML;
	if ((type == CLAM_TEXT || (type == CLAM_ANY && is_wide(object))) &&
	    object.n <= CLAM_TEXT_MOST)
		return TEXTS_PLAIN;
	return TEXTS_NONE;
}

static uint8_t *room(struct texts *t, size_t i, size_t n)
{
	if (t->room[i].n > KEPT)
		buf_release(&t->room[i]);
	buf_reset(&t->room[i]);
	uint8_t *p = buf_room(&t->room[i], n);
	t->failed = t->failed || p == NULL;
	return p;
}

static void add(struct texts *t, const char *name, struct span bytes, enum clam_target_type as)
{
	if (bytes.n != 0)
		t->view[t->n++] = (struct texts_view){ name, bytes, as };
}

static void make_html(struct texts *t, struct span object)
{
	struct clam_html_out whole = { .max = CLAM_HTML_ROOM(object.n) }, bare = whole;

	whole.p = room(t, 0, whole.max);
	bare.p = room(t, 1, bare.max);
	if (t->failed)
		return;
	clam_html_normal(object, &whole, &bare);
	buf_filled(&t->room[0], whole.n);
	buf_filled(&t->room[1], bare.n);
	add(t, ":html", (struct span){ whole.p, whole.n }, CLAM_HTML);
	if (object.n <= CLAM_BARE_MOST)
		add(t, ":html-text", (struct span){ bare.p, bare.n }, CLAM_HTML);
}

void texts_make(struct texts *t, enum texts_kind kind, struct span object)
{
	t->n = 0;
	t->failed = false;
	if (kind == TEXTS_HTML)
		make_html(t, object);
	if (kind != TEXTS_PLAIN)
		return;
	uint8_t *p = room(t, 0, object.n);
	if (p == NULL)
		return;
	size_t n = clam_text_normal(object, p);
	buf_filled(&t->room[0], n);
	add(t, ":text", (struct span){ p, n }, CLAM_TEXT);
}
