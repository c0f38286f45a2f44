/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "rules/clamav/clam_parse.h"

/*
 * .crb: Name;Trusted;SubjectSHA1;SerialSHA1;PubKey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;
 * Comment[;minFL[;maxFL]] (reference engine C.1.5).
 *
 * One that is not trusted is a rule: a signed PE image brings that certificate along.  Those that
 * are trusted are one rule together, named as the last, by which an image is passed over. NotBefore
 * is not looked at.
 */

enum { NAME, TRUSTED, SUBJECT, SERIAL, MODULUS, EXPONENT, CODE, TIME, CERT, BEFORE, COMMENT };
enum {
	N_FIELDS = COMMENT + 1,
	SHA1_SIZE = 20,
	MAX_MODULUS = 1024 /* bytes; engine/clam_sign.c */
};

static bool check(struct clam *c, struct span s, size_t most, size_t exactly)
{
	uint8_t bytes[MAX_MODULUS];
	size_t n;

	return (hex_to_bytes(s, bytes, most, &n) && (exactly == 0 || n == exactly)) ||
	       clam_error(c, s, "expected %zu bytes in hexadecimal digits%s", most,
			  exactly == 0 ? " at most" : "");
}

static bool check_fields(struct clam *c, const struct span *f)
{
	for (size_t i = CODE; i <= CERT; i++)
		if (!span_is(f[i], "0") && !span_is(f[i], "1"))
			return clam_error(c, f[i], "expected 0 or 1");
	if (!span_is(f[TRUSTED], "0") && !span_is(f[TRUSTED], "1"))
		return clam_error(c, f[TRUSTED], "expected 0 (reported) or 1 (trusted)");
	return check(c, f[SUBJECT], SHA1_SIZE, SHA1_SIZE) &&
	       (f[SERIAL].n == 0 || check(c, f[SERIAL], SHA1_SIZE, SHA1_SIZE)) &&
	       check(c, f[MODULUS], MAX_MODULUS, 0);
}

/* A PE image for which the function with that text is 1. */
static bool make_rule(struct clam *c, struct span name, struct span condition, uint32_t flags,
		      enum clam_member function, struct span text)
{
	bool official = c->official;
	uint32_t node[2];

	c->official = true; /* clamscan gives these names no ending */
	bool ok = clam_rule(c, name, condition);
	c->official = official;
	if (!ok)
		return false;
	clam_rule_flag(c, flags);
	node[0] = clam_of_target(c, CLAM_PE);
	uint32_t argument = clam_text(c, text);
	uint32_t call = clam_call(c, function, &argument, 1), one = clam_int(c, 1);
	node[1] = clam_node(c, COND_EQ, VALUE_BOOL, call, one, 0);
	return clam_finish(c, clam_all(c, COND_AND, node, 2));
}

bool clam_certificate_line(struct clam *c, struct span line)
{
	struct span f[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ';', f);
	bool ok;

	if (n < N_FIELDS || n > N_FIELDS + 2)
		return clam_error(c, line, "%zu fields; 11 to 13 are wanted", n);
	struct span name = clam_name(c, f[NAME]);
	if (name.n == 0 || !check_fields(c, f))
		return false;
	if (!clam_level(c, f, n, N_FIELDS, &ok) || clam_ignored(c, name))
		return ok;
	struct span entry = { f[SUBJECT].p, (size_t)(f[CERT].p + f[CERT].n - f[SUBJECT].p) };
	if (span_is(f[TRUSTED], "0"))
		return make_rule(c, name, entry, IR_RULE_FIRM, CLAM_CERTIFICATE, entry);
	c->trusted_name = name;
	c->trusted_line = c->line;
	buf_put_span(&c->trusted, entry);
	buf_put_u8(&c->trusted, '\n');
	c->failed = c->failed || !buf_ok(&c->trusted);
	return true;
}

void clam_certificates_end(struct clam *c)
{
	struct span name = c->trusted_name;

	c->trusted_name = (struct span){ 0 };
	if (name.n == 0 || c->failed)
		return;
	c->line = c->trusted_line;
	(void)make_rule(c, name, name, IR_RULE_ALLOW | IR_RULE_PRIVATE, CLAM_TRUSTED,
			buf_span(&c->trusted));
}
