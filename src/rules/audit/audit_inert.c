/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/audit/audit_inert.h"

#include "base/text.h"
#include "rules/audit/audit_assume.h"
#include "rules/audit/audit_form.h"
#include "rules/audit/audit_words.h"

#include <string.h>

/* The longest prefix that all files of the form share. */
static const struct {
	const char *bytes;
	size_t n;
} marks[] = {
	/* databases, settings, lists */
	{ "SQLite format 3", 15 },
	{ "bplist00", 8 },
	{ "PAR1", 4 },
	{ "Obj\1", 4 },
	{ "\x89HDF\r\n", 6 },
	{ "MATLAB 5.0 MAT-file", 19 },
	{ "SIMPLE  =", 9 }, /* FITS */
	{ "PGDMP", 5 },
	{ "d8:announce", 11 },
	{ "d13:announce-list", 17 },
	{ "<!DOCTYPE NETSCAPE-Bookmark-file-1>", 35 },
	{ "#EXTM3U", 7 },
	{ "WEBVTT", 6 },
	/* people, dates, messages between offices, hospitals, banks */
	{ "BEGIN:VCARD", 11 },
	{ "BEGIN:VCALENDAR", 15 },
	{ "MSH|^~\\&", 8 },
	{ "ISA*00*", 7 },
	{ "UNB+UNO", 7 },
	{ "DICM", 4 },
	/* pictures, sounds, films */
	{ "\xFF\xD8\xFF\xE0", 4 },
	{ "\xFF\xD8\xFF\xE1", 4 },
	{ "JFIF\0", 5 },
	{ "Exif\0\0", 6 },
	{ "\x89PNG\r\n\x1A\n", 8 },
	{ "GIF87a", 6 },
	{ "GIF89a", 6 },
	{ "II*\0", 4 },
	{ "MM\0*", 4 },
	{ "8BPS", 4 },
	{ "OggS", 4 },
	{ "fLaC", 4 },
	{ "MThd", 4 },
	{ "ftypheic", 8 },
	{ "ftypisom", 8 },
	{ "ftypmp42", 8 },
	{ "ftypqt  ", 8 },
	{ "\x1A\x45\xDF\xA3", 4 },
	/* drawings, models, boards, prints, places */
	{ "AC1015", 6 },
	{ "AC1018", 6 },
	{ "AC1021", 6 },
	{ "AC1024", 6 },
	{ "AC1027", 6 },
	{ "AC1032", 6 },
	{ "ISO-10303-21;", 13 },
	{ "%FSLAX", 6 },
	{ "G04 ", 4 },
	{ "glTF", 4 },
	{ "@PJL ", 5 },
	{ "$GPGGA,", 7 },
	{ "$GPRMC,", 7 },
	{ "GRIB", 4 },
	/* keys, and what is locked with them */
	{ "LUKS\xBA\xBE", 6 },
	{ "PWS3", 4 },
	{ "Salted__", 8 },
	{ "\x03\xD9\xA2\x9A", 4 },
	{ "-----BEGIN PGP ", 15 },
	{ "age-encryption.org/v1", 21 },
	{ "openssh-key-v1", 14 },
};

enum inert audit_inert_mark(const uint8_t *p, size_t n)
{
	if (n >= 4 && memcmp(p, "%PDF", 4) == 0)
		return INERT_PDF;
	for (size_t i = 0; n >= 4 && i < sizeof marks / sizeof *marks; i++) {
		size_t k = n < marks[i].n ? n : marks[i].n;
		/* of a long mark so much that nothing else begins so */
		if (memcmp(p, marks[i].bytes, k) == 0 && (k == marks[i].n || k >= 6))
			return INERT_DATA;
	}
	return INERT_NOT;
}

enum inert audit_inert_head(const uint8_t *head, const bool *known)
{
	size_t n = 0;

	while (n < AUDIT_HEAD && known[n])
		n++;
	return audit_inert_mark(head, n);
}

/* <xmp:CreatorTool>, <xbrli:identifier: data about a document, a picture, a company. */
static bool is_metadata(const struct audit_bytes *b)
{
	static const char *const spaces[] = { "xmp:",  "xmpmm:", "xmprights:", "pdf:",   "dc:",
					      "exif:", "tiff:",  "photoshop:", "xbrli:", "ix:" };
	char name[16];
	size_t n = 0;

	for (; n + 1 < b->n && n + 1 < sizeof name; n++) {
		uint8_t c = b->byte[n + 1];
		name[n] = (char)(unit_is_upper(c) ? c + 32 : c);
	}
	name[n] = '\0';
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (b->byte[0] == '<' && strncmp(name, spaces[i], strlen(spaces[i])) == 0)
			return true;
	return false;
}

enum inert audit_inert_form(const struct pattern_source *s, struct arena *a)
{
	struct audit_bytes b = { .n = 0 };

	if (!audit_render(s, a, 0, &b) || b.n < 4)
		return INERT_NOT;
	return is_metadata(&b) ? INERT_DATA : audit_inert_mark(b.byte, b.n);
}

/* ---- strings of them */

/* Names by which a PDF acts, or carries what does. */
static bool acts(const char *name)
{
	static const char *const names[] = { "javascript",
					     "js",
					     "openaction",
					     "aa",
					     "launch",
					     "embeddedfile",
					     "action",
					     "richmedia",
					     "xfa",
					     "submitform",
					     "gotoe",
					     "gotor",
					     "importdata",
					     "objstm",
					     "jbigdecode",
					     "rendition",
					     "embeddedfiles",
					     "f",
					     "u",
					     "movie",
					     "sound",
					     "filespec",
					     "colors",
					     "uri" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* /SubFilter/adbe.pkcs7.detached: names of a PDF, and none by which it acts. */
static bool is_names(const struct audit_bytes *b)
{
	char name[16];
	size_t n = 0;

	if (b->n < 3 || b->byte[0] != '/')
		return false;
	for (size_t i = 1; i <= b->n; i++) {
		uint8_t c = i < b->n ? b->byte[i] : '/';
		if (unit_is_latin(c) && n + 1 < sizeof name)
			name[n++] = (char)(c | 32);
		if (c != '/')
			continue;
		name[n] = '\0';
		if (n == 0 || acts(name))
			return false;
		n = 0;
	}
	for (size_t i = 0; i < b->n; i++)
		if (!unit_is_latin(b->byte[i]) && !unit_is_digit(b->byte[i]) &&
		    memchr("/. #", b->byte[i], 4) == NULL)
			return false;
	return true;
}

/* A call, a tag or a word of a program. */
static bool is_of_program(const struct audit_bytes *b)
{
	struct audit_example x = { .n = 0 };

	for (size_t i = 0; i < b->n && x.n < AUDIT_MAX_UNITS; i++) {
		uint8_t c = b->byte[i], next = i + 1 < b->n ? b->byte[i + 1] : 0;
		if ((next == '(' && unit_is_latin(c) && !unit_is_upper(c)) ||
		    (c == '<' && (next == '?' || next == '%')) ||
		    (c == '%' && unit_is_latin(next) && !unit_is_upper(next)) || c == '\\' ||
		    c == '$' || c == '{')
			return true;
		x.unit[x.n++] = (struct audit_unit){ c, UNIT_LITERAL };
	}
	for (size_t i = 0; i < x.n;) {
		size_t from = i;
		while (i < x.n && unit_is_latin(x.unit[i].code) &&
		       !(i > from && unit_is_upper(x.unit[i].code) &&
			 !unit_is_upper(x.unit[i - 1].code)))
			i++;
		if (i > from && audit_words_machinery(&x, from, i))
			return true;
		i += i == from;
	}
	return false;
}

/* Numbers in fields that are wider than they. */
static bool is_numbers(const struct audit_bytes *b)
{
	size_t zeros = 0;

	for (size_t i = 0; i < b->n; i++)
		zeros += b->byte[i] == 0;
	return b->n >= 4 && 3 * zeros >= b->n;
}

static enum audit_text of_bytes(const struct audit_bytes *b)
{
	size_t letters = 0, printed = 0, gaps = 0;

	for (size_t i = 0; i < b->n; i++) {
		uint8_t c = b->byte[i];
		gaps += b->kind[i] == UNIT_GAP;
		letters += unit_is_latin(c) || unit_is_digit(c);
		printed +=
			(c >= ' ' && c < 0x7F) || c == '\n' || c == '\r' || c == '\t' || c >= 0xC2;
	}
	if (is_numbers(b))
		return AUDIT_TEXT_COMMON;
	if (printed != b->n || is_of_program(b))
		return AUDIT_TEXT_CODE;
	return letters - gaps >= 4 ? AUDIT_TEXT_CONTENT : AUDIT_TEXT_COMMON;
}

enum audit_text audit_inert_text(const struct pattern_source *s, enum inert form, struct arena *a)
{
	enum audit_text best = AUDIT_TEXT_CODE;
	struct audit_bytes b;

	for (unsigned k = 0; k < AUDIT_MAX_EXAMPLES; k++) {
		b.n = 0;
		if (!audit_render(s, a, k, &b))
			break;
		if (b.n == 0)
			continue;
		enum audit_text one = form == INERT_DATA ? of_bytes(&b)
				      : is_names(&b)     ? AUDIT_TEXT_COMMON
							 : AUDIT_TEXT_CODE;
		if (one > best)
			best = one;
	}
	return best;
}
