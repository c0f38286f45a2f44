/* SPDX-License-Identifier: Apache-2.0 */
#include "review/x509.h"
#include "base/hash.h"

enum {
	TAG_INTEGER = 0x02,
	TAG_OID = 0x06,
	TAG_UTC_TIME = 0x17,
	TAG_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_VERSION = 0xa0,
	MAX_NAMES = 64, /* parts of a subject */
};

static bool damaged(struct error *e, const struct cursor *c, const char *what)
{
	return error_set(e, REASON_DAMAGED, cursor_place(c), "certificate: %s (RFC 5280, 4.1)",
			 what);
}

/* The content of the next object, whose tag goes to *tag. */
static struct span next(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	uint64_t n = cursor_u8(c);
	if (n >= 0x80) { /* the long form: so many bytes of length */
		unsigned bytes = (unsigned)n & 0x7f;
		if (bytes == 0 || bytes > 4)
			cursor_fail(c);
		for (n = 0; bytes > 0 && cursor_ok(c); bytes--)
			n = n << 8 | cursor_u8(c);
	}
	return cursor_take(c, n);
}

static struct span expect(struct cursor *c, uint8_t wanted)
{
	uint8_t tag;
	struct span s = next(c, &tag);

	if (tag != wanted)
		cursor_fail(c);
	return cursor_ok(c) ? s : (struct span){ NULL, 0 };
}

/* The next object with its head. */
static struct span whole(struct cursor *c)
{
	size_t begin = c->at;
	struct span all = { c->p != NULL ? c->p + begin : NULL, 0 };
	uint8_t tag;

	(void)next(c, &tag);
	all.n = cursor_ok(c) ? c->at - begin : 0;
	return all;
}

size_t x509_size(struct span s)
{
	struct cursor c = cursor_of(s);

	return whole(&c).n;
}

/* Name ::= SEQUENCE OF SET OF SEQUENCE { OID, string }; X.520: 2.5.4.3 is the common name, .10 the
 * organisation, .11 its unit. */
static void read_name(struct span name, struct x509 *out)
{
	struct cursor parts = cursor_of(name);
	struct span common = { NULL, 0 }, unit = { NULL, 0 };

	for (unsigned i = 0; i < MAX_NAMES && cursor_left(&parts) > 0; i++) {
		struct cursor set = cursor_of(expect(&parts, TAG_SET));
		struct cursor pair = cursor_of(expect(&set, TAG_SEQUENCE));
		struct span oid = expect(&pair, TAG_OID);
		uint8_t tag;
		struct span value = next(&pair, &tag);
		if (!cursor_ok(&pair) || oid.n != 3 || oid.p[0] != 0x55 || oid.p[1] != 0x04)
			continue;
		if (oid.p[2] == 3)
			common = value;
		else if (oid.p[2] == 10)
			out->organisation = value;
		else if (oid.p[2] == 11)
			unit = value;
	}
	out->name = common.n != 0 ? common : unit.n != 0 ? unit : out->organisation;
}

/* YYMMDD... (a year of 50 or more is of the last century) or YYYYMMDD... */
static void read_time(struct span s, bool short_year, char date[11])
{
	size_t skip = short_year ? 2 : 4;

	if (s.n < skip + 4)
		return;
	for (size_t i = 0; i < skip + 4; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return;
	memcpy(date, short_year && s.p[0] >= '5' ? "19" : "20", 2);
	memcpy(date + 4 - skip, s.p, skip);
	date[4] = date[7] = '-';
	memcpy(date + 5, s.p + skip, 2);
	memcpy(date + 8, s.p + skip + 2, 2);
	date[10] = '\0';
}

bool x509_read(struct span der, struct x509 *out, struct error *e)
{
	struct cursor c = cursor_of(der);
	struct cursor certificate = cursor_of(expect(&c, TAG_SEQUENCE));
	struct cursor t = cursor_of(expect(&certificate, TAG_SEQUENCE));
	uint8_t tag;

	*out = (struct x509){ .name = { NULL, 0 } };
	struct span first = next(&t, &tag);
	if (tag == TAG_VERSION)
		first = expect(&t, TAG_INTEGER);
	else if (tag != TAG_INTEGER)
		cursor_fail(&t);
	(void)first;                    /* the serial number */
	(void)expect(&t, TAG_SEQUENCE); /* the algorithm of the signature */
	struct span issuer = expect(&t, TAG_SEQUENCE);
	struct cursor validity = cursor_of(expect(&t, TAG_SEQUENCE));
	struct span subject = expect(&t, TAG_SEQUENCE);
	struct span key = whole(&t);
	if (!cursor_ok(&c) || !cursor_ok(&certificate) || !cursor_ok(&t))
		return damaged(e, &t, "not of the form");
	(void)next(&validity, &tag);
	struct span end = next(&validity, &tag);
	if (cursor_ok(&validity) && (tag == TAG_UTC_TIME || tag == TAG_TIME))
		read_time(end, tag == TAG_UTC_TIME, out->not_after);
	read_name(subject, out);
	out->public_key = key;
	out->self_signed = span_equal(issuer, subject);
	return true;
}

bool x509_put(struct fact_writer *w, struct span der, const char *type, const char *location,
	      const char *owner)
{
	char hex[HASH_MAX_HEX + 1];
	struct x509 x;
	struct error e;

	der = span_cut(der, 0, x509_size(der));
	if (der.n == 0 || !x509_read(der, &x, &e))
		return false;
	fact_begin(w, FACT_CERTIFICATE);
	fact_put(w, FACT_NAME, x.name);
	fact_put_text(w, FACT_TYPE, type);
	fact_put(w, FACT_VENDOR, x.organisation);
	if (hash_hex(HASH_SHA256, x.public_key, hex))
		fact_put_text(w, FACT_ID, hex);
	if (hash_hex(HASH_SHA256, der, hex))
		fact_put_text(w, FACT_SHA256, hex);
	fact_put_text(w, FACT_NOT_AFTER, x.not_after);
	fact_put_text(w, FACT_LOCATION, location);
	fact_put_text(w, FACT_OWNED_BY, owner);
	fact_end(w);
	return true;
}
