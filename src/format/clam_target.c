/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_target.h"

enum {
	LOOK = 1024,         /* bytes that tell text from other things */
	ODD_SHARE = 8,       /* one in so many may be a control character; ours */
	LOOK_HTML = 1 << 17, /* bytes in which a tag is looked for */
	LOOK_PDF = 1024
};

static const struct {
	const char *bytes;
	uint8_t n;
	uint8_t target;
} magic[] = {
	{ "MZ", 2, CLAM_PE },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, CLAM_OLE2 },
	{ "\x7f"
	  "ELF",
	  4, CLAM_ELF },
	{ "%PDF-", 5, CLAM_PDF },
	{ "FWS", 3, CLAM_FLASH },
	{ "CWS", 3, CLAM_FLASH },
	{ "ZWS", 3, CLAM_FLASH },
	{ "\xce\xfa\xed\xfe", 4, CLAM_MACHO },
	{ "\xcf\xfa\xed\xfe", 4, CLAM_MACHO },
	{ "\xfe\xed\xfa\xce", 4, CLAM_MACHO },
	{ "\xfe\xed\xfa\xcf", 4, CLAM_MACHO },
	{ "BM", 2, CLAM_GRAPHICS },
	{ "\x89PNG", 4, CLAM_GRAPHICS },
	{ "GIF", 3, CLAM_GRAPHICS },
	{ "\xff\xd8\xff", 3, CLAM_GRAPHICS },
	{ "II*\0", 4, CLAM_GRAPHICS },
	{ "MM\0*", 4, CLAM_GRAPHICS },
	{ "\0\0\0\x0cjP  \r\n\x87\n", 12, CLAM_GRAPHICS },
};

static const char *const mail_heads[] = {
	">From ",
	"Date: ",
	"Delivered-To: ",
	"Delivery-date: ",
	"Envelope-to: ",
	"For: ",
	"From ",
	"From: ",
	"Message-ID: ",
	"Message-Id: ",
	"Received: ",
	"Return-Path: ",
	"Return-path: ",
	"Subject: ",
	"To: ",
	"X-Apparently-To: ",
	"X-EVS",
	"X-Envelope-From: ",
	"X-Original-To: ",
	"X-Real-To: ",
	"X-Sieve: ",
	"X-Symantec-",
	"X-UIDL: ",
	"v:\nReceived: ",
	"v:\r\nReceived: ",
	"Received-SPF: ",
};

static const char *const tags[] = { "<a href", "<head>",  "<html>",  "<iframe",
				    "<img",    "<object", "<script", "<table" };

static bool starts(struct span s, const char *p, size_t n)
{
	return s.n >= n && memcmp(s.p, p, n) == 0;
}

static bool is_odd(uint8_t c) { return c < 7 || (c > 13 && c < 32 && c != 27) || c == 127; }

/* Few bytes are no part of a text, and as UTF-16, the higher byte first, it has no control
 * characters either.  The latter alone makes a text for clamscan, so that almost all is one that
 * has no magic number. */
static bool is_text(struct span s)
{
	size_t odd = 0;

	s = span_cut(s, 0, LOOK);
	for (size_t i = 0; i < s.n; i++) {
		odd += is_odd(s.p[i]);
		if (i % 2 != 0 && s.p[i - 1] == 0 && is_odd(s.p[i]))
			return false;
	}
	return s.n != 0 && odd <= s.n / ODD_SHARE;
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static bool tag_at(struct span s)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		size_t n = strlen(tags[i]), k = 0;
		while (k < n && k < s.n && lower(s.p[k]) == (uint8_t)tags[i][k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool is_html(struct span s)
{
	s = span_cut(s, 0, LOOK_HTML);
	for (const uint8_t *p; (p = memchr(s.p, '<', s.n)) != NULL;) {
		s = span_cut(s, (uint64_t)(p - s.p), s.n);
		if (tag_at(span_cut(s, 0, 16)))
			return true;
		s = span_cut(s, 1, s.n);
	}
	return false;
}

enum clam_target_type clam_target(struct span file)
{
	struct cursor c = cursor_of(file);
	uint32_t first = cursor_be32(&c), second = cursor_be32(&c);

	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (starts(file, magic[i].bytes, magic[i].n))
			return (enum clam_target_type)magic[i].target;
	/* a universal binary has few programs, a Java class a version from 45 on in its place */
	if (first == 0xcafebabe && cursor_ok(&c))
		return second < 0x20 ? CLAM_MACHO : CLAM_JAVA;
	for (size_t i = 0; i < sizeof mail_heads / sizeof *mail_heads; i++)
		if (starts(file, mail_heads[i], strlen(mail_heads[i])))
			return CLAM_MAIL;
	if (!is_text(file))
		return CLAM_ANY;
	return is_html(file) ? CLAM_HTML : CLAM_TEXT;
}
