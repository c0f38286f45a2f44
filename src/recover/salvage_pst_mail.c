/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/pst_store.h"
#include "recover/salvage_pst.h"

#include <stdio.h>
#include <time.h>

/*
 * Messages out of Outlook's personal folders, as mail programs keep them: the headers that came
 * with the message where they are there, else made of its properties; its text and HTML; its
 * attachments.  A message whose blocks all hold is whole.
 */

enum {
	/* properties ([MS-OXPROPS]) */
	SUBJECT = 0x0037,
	SUBMITTED = 0x0039,
	SENT_FOR = 0x0042,
	HEADERS = 0x007d,
	SENDER = 0x0c1a,
	SENDER_ADDRESS = 0x0c1f,
	COPIES_TO = 0x0e03,
	MEANT_FOR = 0x0e04,
	DELIVERED = 0x0e06,
	BODY = 0x1000,
	BODY_RTF = 0x1009,
	BODY_HTML = 0x1013,
	MESSAGE_ID = 0x1035,
	FOLDER_NAME = 0x3001,
	ATTACHED = 0x3701,
	ATTACHED_SHORT_NAME = 0x3704,
	ATTACHED_NAME = 0x3707,
	ATTACHED_TYPE = 0x370e,

	MAX_MAIL = 256 << 20,
	MAX_ATTACHMENTS = 4096,
	MAX_FOLDERS = 32, /* in one another */
	MAX_NAME = 64,    /* bytes of one part of a name */
	MAX_FIELD = 4096,
	BASE64_LINE = 57, /* bytes that make a line of 76 characters */
	WORD = 45,        /* bytes of an encoded word */
};

static const char boundary[] = "=_salvaged-from-personal-folders_=";

struct mail {
	struct salvage *s;
	struct pst_store *store;
	struct buf out, value, text;
	uint64_t n_lost; /* blocks of the message at hand */
	uint64_t n_given, n_unread;
};

/* ---- how mails are written */

static void put_base64(struct buf *b, struct span s, size_t line)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t v = (uint32_t)s.p[i] << 16;
		v |= i + 1 < s.n ? (uint32_t)s.p[i + 1] << 8 : 0;
		v |= i + 2 < s.n ? s.p[i + 2] : 0;
		buf_put_u8(b, (uint8_t)digit[v >> 18]);
		buf_put_u8(b, (uint8_t)digit[v >> 12 & 63]);
		buf_put_u8(b, i + 1 < s.n ? (uint8_t)digit[v >> 6 & 63] : '=');
		buf_put_u8(b, i + 2 < s.n ? (uint8_t)digit[v & 63] : '=');
		if (line != 0 && (i + 3) % line == 0)
			buf_put_u8(b, '\n');
	}
	if (line != 0)
		buf_put_u8(b, '\n');
}

static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] >= 0x7f)
			return false;
	return true;
}

/* A header's text, in words of RFC 2047 where it is not ASCII. */
static void put_words(struct buf *b, struct span s)
{
	s = span_cut(s, 0, MAX_FIELD);
	if (is_plain(s)) {
		buf_put_span(b, s);
		return;
	}
	for (size_t i = 0; i < s.n;) {
		size_t n = s.n - i < WORD ? s.n - i : WORD;
		while (n > 1 && i + n < s.n && (s.p[i + n] & 0xc0) == 0x80)
			n--;
		buf_put_text(b, i == 0 ? "=?utf-8?B?" : "\n =?utf-8?B?");
		put_base64(b, span_cut(s, i, n), 0);
		buf_put_text(b, "?=");
		i += n;
	}
}

static void put_field(struct mail *m, struct pst_object *o, const char *name, uint16_t id)
{
	if (!pst_object_text(o, id, &m->text))
		return;
	buf_printf(&m->out, "%s: ", name);
	put_words(&m->out, buf_span(&m->text));
	buf_put_u8(&m->out, '\n');
}

/* Outlook marks where the prefix (Re:) ends, by a byte 1 and a length. */
static struct span subject_of(struct mail *m, struct pst_object *o)
{
	struct span s = { NULL, 0 };

	if (pst_object_text(o, SUBJECT, &m->text))
		s = buf_span(&m->text);
	return s.n >= 2 && s.p[0] == 1 ? span_cut(s, 2, s.n) : s;
}

static void put_date(struct mail *m, int64_t when)
{
	char text[64];
	struct tm tm;
	time_t t = (time_t)when;

	if (when != 0 && gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm) != 0)
		buf_printf(&m->out, "Date: %s\n", text);
}

static void made_headers(struct mail *m, struct pst_object *o, int64_t when)
{
	buf_put_text(&m->out, "From: ");
	if (pst_object_text(o, SENDER, &m->text) || pst_object_text(o, SENT_FOR, &m->text))
		put_words(&m->out, buf_span(&m->text));
	if (pst_object_text(o, SENDER_ADDRESS, &m->text) && is_plain(buf_span(&m->text))) {
		buf_put_text(&m->out, " <");
		put_words(&m->out, buf_span(&m->text));
		buf_put_u8(&m->out, '>');
	}
	buf_put_u8(&m->out, '\n');
	put_field(m, o, "To", MEANT_FOR);
	put_field(m, o, "Cc", COPIES_TO);
	buf_put_text(&m->out, "Subject: ");
	put_words(&m->out, subject_of(m, o));
	buf_put_u8(&m->out, '\n');
	put_date(m, when);
	put_field(m, o, "Message-ID", MESSAGE_ID);
}

static bool is_of_the_body(struct span line)
{
	static const char *const names[] = { "content-", "mime-version:" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]), k = 0;
		while (k < n && k < line.n && (line.p[k] | 0x20) == (names[i][k] | 0x20))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

/* The headers that came with it, but for those that say how its body was written. */
static bool own_headers(struct mail *m, struct pst_object *o)
{
	bool passed = false;

	if (!pst_object_text(o, HEADERS, &m->text))
		return false;
	struct cursor c = cursor_of(buf_span(&m->text));
	size_t before = m->out.n;
	while (cursor_left(&c) != 0) {
		struct span line = cursor_line(&c, cursor_left(&c));
		if (!cursor_ok(&c))
			line = span_cut(buf_span(&m->text), cursor_place(&c), m->text.n);
		if (line.n != 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0)
			break;
		if (line.p[0] != ' ' && line.p[0] != '\t')
			passed = is_of_the_body(line);
		if (!passed) {
			buf_put_span(&m->out, line);
			buf_put_u8(&m->out, '\n');
		}
		if (!cursor_ok(&c))
			break;
	}
	return m->out.n != before;
}

/* ---- bodies and attachments */

static void put_part(struct mail *m, const char *type, struct span name, struct span bytes)
{
	buf_printf(&m->out, "--%s\nContent-Type: %s\nContent-Transfer-Encoding: base64\n", boundary,
		   type);
	if (name.n != 0) {
		buf_put_text(&m->out, "Content-Disposition: attachment; filename*=utf-8''");
		for (size_t i = 0; i < name.n && i < MAX_FIELD; i++)
			if (text_is_alnum(name.p[i]) || name.p[i] == '.' || name.p[i] == '-')
				buf_put_u8(&m->out, name.p[i]);
			else
				buf_printf(&m->out, "%%%02X", name.p[i]);
		buf_put_u8(&m->out, '\n');
	}
	buf_put_u8(&m->out, '\n');
	put_base64(&m->out, bytes, BASE64_LINE);
}

static void put_bodies(struct mail *m, struct pst_object *o)
{
	struct span none = { NULL, 0 };
	bool any = false;

	if (pst_object_text(o, BODY, &m->text)) {
		put_part(m, "text/plain; charset=utf-8", none, buf_span(&m->text));
		any = true;
	}
	uint16_t type = pst_object_value(o, BODY_HTML, &m->value);
	if (type == PST_BINARY && m->value.n != 0) {
		put_part(m, "text/html", none, buf_span(&m->value));
		any = true;
	} else if (type != 0 && pst_object_text(o, BODY_HTML, &m->text)) {
		put_part(m, "text/html; charset=utf-8", none, buf_span(&m->text));
		any = true;
	}
	if (!any && pst_object_value(o, BODY_RTF, &m->value) == PST_BINARY && m->value.n != 0)
		put_part(m, "application/vnd.ms-rtf-compressed", span_of("body.rtf.lzfu"),
			 buf_span(&m->value));
}

static void put_attachment(struct mail *m, struct pst_object *o)
{
	struct buf name, type;
	char word[128] = "application/octet-stream";

	buf_init(&name, PST_MAX_DATA);
	buf_init(&type, PST_MAX_DATA);
	if (!pst_object_text(o, ATTACHED_NAME, &name) &&
	    !pst_object_text(o, ATTACHED_SHORT_NAME, &name))
		buf_put_text(&name, "attachment");
	if (pst_object_text(o, ATTACHED_TYPE, &type) && type.n < sizeof word &&
	    is_plain(buf_span(&type)))
		snprintf(word, sizeof word, "%.*s", (int)type.n, (const char *)type.p);
	uint16_t kind = pst_object_value(o, ATTACHED, &m->value);
	if (kind == PST_BINARY)
		put_part(m, word, buf_span(&name), buf_span(&m->value));
	else if (kind != 0)
		m->n_unread++; /* a message in a message, an object of OLE */
	buf_release(&name);
	buf_release(&type);
}

static void put_attachments(struct mail *m, struct pst_object *o)
{
	struct pst_node n;

	for (unsigned i = 0; i < MAX_ATTACHMENTS && buf_ok(&m->out); i++) {
		struct pst_object a;
		if (!pst_object_sub(o, PST_NODE_ATTACHMENT, i, &n))
			break;
		if (pst_object_open(m->store, &n, &a))
			put_attachment(m, &a);
		else
			m->n_lost++;
		m->n_lost += a.n_lost;
		pst_object_release(&a);
	}
}

/* ---- names */

/* A part of a name out of a text: what file systems take, no more than MAX_NAME bytes. */
static void put_name(struct buf *b, struct span s)
{
	size_t n = s.n < MAX_NAME ? s.n : MAX_NAME;

	while (n != 0 && n < s.n && (s.p[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = s.p[i];
		bool odd = c < 0x20 || c == 0x7f || strchr("/\\:*?\"<>|", c) != NULL;
		buf_put_u8(b, odd || (i == 0 && c == '.') ? '-' : c);
	}
}

/* The folders that it lies in, the outer ones first. */
static void put_folders(struct mail *m, uint64_t nid, unsigned depth, struct buf *name)
{
	const struct pst_node *n = pst_store_node(m->store, nid);
	struct pst_object o;

	if (n == NULL || depth == 0 || (nid & PST_NODE_TYPE) != PST_NODE_FOLDER || n->parent == nid)
		return;
	put_folders(m, n->parent, depth - 1, name);
	if (pst_object_open(m->store, n, &o) && pst_object_text(&o, FOLDER_NAME, &m->text)) {
		put_name(name, buf_span(&m->text));
		buf_put_u8(name, '/');
	}
	pst_object_release(&o);
}

/* ---- messages */

static void give(struct mail *m, const struct pst_node *n, struct pst_object *o, int64_t when)
{
	struct salvage_piece p = { .at = PLACE_NONE, .mtime = when };
	struct buf name;

	buf_init(&name, SALVAGE_MAX_NAME);
	buf_put_text(&name, "messages/");
	put_folders(m, n->parent, MAX_FOLDERS, &name);
	buf_printf(&name, "%04llu-", (unsigned long long)(n->nid >> 5));
	put_name(&name, subject_of(m, o));
	buf_put_text(&name, ".eml");
	p.name = buf_span(&name);
	p.state = m->n_lost != 0 ? SALVAGE_PARTIAL : SALVAGE_WHOLE;
	proof_set(&p.proof, PROOF_CHECKSUM, 64, "message: %s",
		  m->n_lost != 0 ? "blocks of it are lost" : "its blocks hold");
	m->s->of[p.state]++;
	m->n_given++;
	struct region r;
	region_of_memory(&r, buf_span(&m->out));
	if (!buf_ok(&name) || !m->s->host.piece(m->s->host.ctx, &p, &r))
		m->s->stopped = true;
	buf_release(&name);
}

static void one_message(struct mail *m, const struct pst_node *n)
{
	struct pst_object o;

	buf_reset(&m->out);
	m->n_lost = 0;
	if (pst_object_open(m->store, n, &o)) {
		int64_t when = pst_object_time(&o, SUBMITTED);
		if (when == 0)
			when = pst_object_time(&o, DELIVERED);
		if (!own_headers(m, &o))
			made_headers(m, &o, when);
		buf_printf(&m->out,
			   "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"%s\"\n\n",
			   boundary);
		put_bodies(m, &o);
		put_attachments(m, &o);
		buf_printf(&m->out, "--%s--\n", boundary);
		m->n_lost += o.n_lost;
		if (buf_ok(&m->out))
			give(m, n, &o, when);
	} else if (o.data.n != 0 || o.n_lost != 0) {
		m->n_unread++;
	}
	pst_object_release(&o);
}

void salvage_pst_messages(struct salvage *s, struct pst_store *store)
{
	struct mail m = { .s = s, .store = store };
	char text[128];

	buf_init(&m.out, MAX_MAIL);
	buf_init(&m.value, PST_MAX_DATA);
	buf_init(&m.text, PST_MAX_DATA);
	for (size_t i = 0; i < store->n_nodes && !s->stopped; i++) {
		const struct pst_node *n = &store->node[i];
		bool again = i != 0 && n[-1].nid == n->nid; /* an older leaf's */
		if ((n->nid & PST_NODE_TYPE) == PST_NODE_MESSAGE && !again)
			one_message(&m, n);
	}
	if (m.n_given != 0 || m.n_unread != 0) {
		snprintf(text, sizeof text,
			 "pst: %llu messages, and %llu messages and attachments that are not read",
			 (unsigned long long)m.n_given, (unsigned long long)m.n_unread);
		s->host.note(s->host.ctx, text);
	}
	buf_release(&m.out);
	buf_release(&m.value);
	buf_release(&m.text);
}
