/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/text.h"
#include "rules/clamav/clam_parse.h"

/*
 * .ftm: Kind:Offset:Magic:Comment:FromType:ToType[:minFL[:maxFL]] (reference engine C.1.5).
 *
 * Kind 0: the bytes stand at the offset; 1: a body is found, in the first kilobyte but for HTML,
 * and the object has no magic number of its own; 4: of partitions.  Each becomes a rule that is not
 * reported, and has the object examined as of that type besides what it is by itself.  What readers
 * here know by themselves is no rule: all of ClamAV's own table is such.
 */

enum { KIND, OFFSET, MAGIC, COMMENT, FROM, TO, N_FIELDS };
enum {
	MAX_MAGIC = 1024,   /* bytes that are looked at to tell whether they are known */
	MAGIC_LOOKED = 1024 /* bytes in which clamscan looks for kind 1 */
};

/* Types of containers that their readers know by these bytes at the start. */
static const struct {
	const char *type, *bytes;
} known[] = {
	{ "GZ", "1f8b" },
	{ "SCRENC", "23407e5e" },
	{ "BINHEX", "28546869732066696c65" },
	{ "BZ", "425a68" },
	{ "MSCHM", "49545346" },
	{ "ZIP", "504b0304" },
	{ "ZIP", "504b3030504b0304" },
	{ "RAR", "52617221" },
	{ "MSSZDD", "535a4444" },
	{ "ARJ", "60ea" },
	{ "UUENCODED", "626567696e20" },
	{ "TNEF", "789f3e22" },
	{ "RTF", "7b5c7274" },
	{ "CPIO_NEWC", "303730373031" },
	{ "CPIO_CRC", "303730373032" },
	{ "CPIO_ODC", "303730373037" },
	{ "CPIO_OLD", "71c7" },
	{ "CPIO_OLD", "c771" },
	{ "7Z", "377abcaf271c" },
	{ "MSCAB", "4d534346" },
	{ "XAR", "78617221" },
	{ "XZ", "fd377a585a00" },
	{ "LNK", "4c0000000114020000" },
	{ "HTML", "3c6120" }, /* <a, where "href" is somewhere behind it */
	{ "HTML", "3c4120" },
	{ "JAVA", "cafebabe" },
	{ "MACHO_UNIBIN", "cafebabe" },
	{ "ONENOTE", "e4525c7b8cd8a74daeb15378d02996d3" },
};

/* Does `hex` begin with these digits? */
static bool begins(struct span hex, const char *digits)
{
	size_t n = strlen(digits);

	if (hex.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text_hex_digit(hex.p[i]) != text_hex_digit((uint8_t)digits[i]))
			return false;
	return true;
}

/* Is an object that has these bytes taken for one of the type without being told? */
static bool is_known(const struct span *f, const struct clam_type *t)
{
	/* their readers look for what tells them, wherever it stands; what lies in a program is
	 * looked for too */
	static const char *const looked_for[] = { "POSIX_TAR", "OLD_TAR", "ISO9660", "UDF", "DMG",
						  "MBR",       "GPT",     "SIS",     "PDF" };
	uint8_t bytes[MAX_MAGIC];
	size_t n;
	bool body = span_is(f[KIND], "1"), first = span_is(f[OFFSET], "0");

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, t->name) == 0 && (first || t->target == CLAM_HTML) &&
		    begins(f[MAGIC], known[i].bytes))
			return true;
	for (size_t i = 0; i < sizeof looked_for / sizeof *looked_for; i++)
		if (strcmp(looked_for[i], t->name) == 0 && (body || t->format[0] != 'P'))
			return true;
	if (body && t->target == CLAM_PE && begins(f[MAGIC], "4d5a"))
		return true;
	if (t->target == CLAM_ANY || (t->target != CLAM_HTML && !first))
		return false;
	return hex_to_bytes(f[MAGIC], bytes, sizeof bytes, &n) &&
	       clam_target((struct span){ bytes, n }) == t->target;
}

/* Kind 0. */
static uint32_t stands(struct clam *c, const struct span *f)
{
	uint8_t bytes[CLAM_MOST_BYTES_AT];
	uint64_t at;
	size_t n;

	if (!clam_number(f[OFFSET], INT32_MAX, &at))
		(void)clam_error(c, f[OFFSET], "expected a number");
	else if (!hex_to_bytes(f[MAGIC], bytes, sizeof bytes, &n))
		(void)clam_error(c, f[MAGIC], "expected 1 to %d bytes in hexadecimal digits",
				 CLAM_MOST_BYTES_AT);
	else
		return clam_bytes_at(c, at, bytes, n);
	return COND_NONE;
}

/* Kind 1: clamscan looks for it in what no magic number tells, and there at the start, but for
 * HTML.
 */
static uint32_t found(struct clam *c, const struct span *f, const struct clam_type *t)
{
	/* of no type, a text, or HTML, which all texts are that hold a tag */
	static const enum clam_target_type plain[] = { CLAM_ANY, CLAM_TEXT, CLAM_HTML };
	struct clam_offset o;
	uint32_t node[2], is[3];

	if (!clam_offset(c, f[OFFSET], &o) || !clam_offset_fits(c, f[OFFSET], &o, CLAM_ANY))
		return COND_NONE;
	if (o.base == CLAM_ANYWHERE && t->target != CLAM_HTML)
		o = (struct clam_offset){ .base = CLAM_START, .shift = MAGIC_LOOKED };
	uint32_t string = clam_string(c, f[MAGIC], f[MAGIC], PATTERN_ASCII);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t type = clam_field(c, CLAM_TARGET), wanted = clam_int(c, plain[i]);
		is[i] = clam_node(c, COND_EQ, VALUE_BOOL, type, wanted, 0);
	}
	node[0] = clam_found(c, string, &o);
	node[1] = clam_all(c, COND_OR, is, 3);
	return clam_all(c, COND_AND, node, 2);
}

bool clam_magic_line(struct clam *c, struct span line)
{
	struct span f[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', f);
	unsigned from, to;
	bool ok;

	if (n < N_FIELDS || n > N_FIELDS + 2)
		return clam_error(c, line, "%zu fields; 6 to 8 are wanted", n);
	if (!span_is(f[KIND], "0") && !span_is(f[KIND], "1") && !span_is(f[KIND], "4"))
		return clam_error(c, f[KIND], "expected 0 (bytes), 1 (a body) or 4 (partitions)");
	if (!clam_level(c, f, n, N_FIELDS, &ok))
		return ok;
	if (!clam_type_find(f[FROM], &from))
		return clam_error(c, f[FROM], "expected a type such as CL_TYPE_ANY");
	if (!clam_type_find(f[TO], &to))
		return clam_error(c, f[TO], "expected a type such as CL_TYPE_ZIP");
	const struct clam_type *t = clam_type_at(to);
	if (!clam_type_is_handled(to) || is_known(f, t) || span_is(f[KIND], "4"))
		return true;
	struct span name = f[COMMENT].n != 0 ? clam_name(c, f[COMMENT]) : f[TO];
	if (name.n == 0 || !clam_rule(c, name, span_cut(line, 0, line.n)))
		return false;
	clam_rule_handler(c, to, IR_RULE_PRIVATE);
	c->retyped |= 1u << t->target;
	uint32_t root = span_is(f[KIND], "0") ? stands(c, f) : found(c, f, t);
	return clam_finish(c, root) && root != COND_NONE;
}
