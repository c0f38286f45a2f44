/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/import.h"
#include "base/hash.h"
#include "base/text.h"
#include "policy/policy.h"

/* What the importers share, and packages as OSV names them (ossf.github.io/osv-schema, 1.7). */

struct span import_member(const struct json_item *item, const char *name)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(json_read_member(item, name), &s);
	return s;
}

/* Characters that the language refuses become blanks, and so do ends of lines. */
void import_string(struct buf *out, struct span s, size_t max)
{
	uint32_t c;

	buf_put_u8(out, '"');
	for (size_t i = 0, n; i < s.n; i += n) {
		n = text_utf8(span_cut(s, i, SIZE_MAX), &c);
		bool shown = n != 0 && c >= 0x20 && (c < 0x7f || c >= 0xa0) &&
			     (c < 0x200b || c > 0x200f) && (c < 0x202a || c > 0x202e) &&
			     (c < 0x2066 || c > 0x2069);
		n += n == 0;
		if (i + n > max) {
			buf_put_text(out, "...");
			break;
		}
		if (c == '"' || c == '\\')
			buf_put_u8(out, '\\');
		if (shown)
			buf_put_span(out, span_cut(s, i, n));
		else
			buf_put_u8(out, ' ');
	}
	buf_put_u8(out, '"');
}

void import_field(struct buf *out, const char *name, struct span s)
{
	if (s.n == 0)
		return;
	buf_printf(out, "\t%s ", name);
	import_string(out, s, IMPORT_MAX_DETAIL);
	buf_put_u8(out, '\n');
}

struct span import_date(const struct json_item *item, const char *member, const char *other)
{
	struct span s = span_cut(import_member(item, member), 0, 10);

	return policy_is_date(s) ? s : span_of(other);
}

void import_left_out(struct import *im, struct span id, const char *why)
{
	im->n_left_out++;
	buf_put_text(im->out, "\n# left out: ");
	text_escape(im->out, span_cut(id, 0, 80));
	buf_printf(im->out, ": %s\n", why);
}

bool import_is_new(struct import *im, struct span id)
{
	uint64_t digest = hash_fnv(id);

	for (unsigned i = 0; i < im->n_seen; i++)
		if (im->seen[i] == digest)
			return false;
	if (im->n_seen < IMPORT_MAX_ENTRIES)
		im->seen[im->n_seen++] = digest;
	return true;
}

void import_begin(struct import *im, const char *id, const char *title, struct span version,
		  const char *publisher, const char *contact, const char *licence)
{
	buf_printf(im->out,
		   "policy %s {\n\ttitle \"%s\"\n\tversion 1\n\tissued %s\n\texpires %s\n"
		   "\tpublisher \"%s\"\n\tcontact \"%s\"\n\tlanguage en\n\tlicence %s\n",
		   id, title, im->today, im->next_year, publisher, contact, licence);
	if (version.n != 0) {
		buf_put_text(im->out, "\tnotice ");
		import_string(im->out, version, IMPORT_MAX_DETAIL);
		buf_put_u8(im->out, '\n');
	}
	buf_put_text(im->out, "}\n");
}

const struct json_item *import_next_record(const struct json_item *file, size_t *at)
{
	const struct json_item *list = json_read_member(file, "vulns");

	if (json_read_is_array(file))
		list = file;
	if (json_read_is_array(list))
		return json_read_element(list, (*at)++);
	return (*at)++ == 0 && json_read_is_object(file) ? file : NULL;
}

/* ---- packages */

static bool type_of(const struct import *im, struct span ecosystem, enum policy_atom_type *out)
{
	static const struct {
		const char *name;
		enum policy_atom_type type;
	} known[] = { { "npm", ATOM_NPM }, { "PyPI", ATOM_PIP },     { "crates.io", ATOM_CARGO },
		      { "Go", ATOM_GO },   { "RubyGems", ATOM_GEM }, { "Maven", ATOM_MAVEN } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(ecosystem, known[i].name)) {
			*out = known[i].type;
			return true;
		}
	*out = ATOM_SOURCE;
	return im->ecosystem.n != 0 && span_equal(ecosystem, im->ecosystem) &&
	       span_is(span_cut(ecosystem, 0, 7), "Debian:");
}

struct atoms {
	struct buf *out;
	const char *type;
	struct span name;
	bool vital; /* every machine needs it: old versions of it may be named, and no others */
	unsigned n;
	bool all; /* an atom for every version was written: no other is needed */
};

/* `TYPE "NAME" [OP "VERSION"]... shows`; an empty version is no bound */
static void put_atom(struct atoms *a, const char *op, struct span from, const char *op2,
		     struct span to)
{
	if (a->all || a->n >= POLICY_MAX_ATOMS || (a->vital && to.n == 0))
		return;
	buf_printf(a->out, "\t\t%s ", a->type);
	import_string(a->out, a->name, IMPORT_MAX_DETAIL);
	if (from.n != 0) {
		buf_printf(a->out, " %s ", op);
		import_string(a->out, from, IMPORT_MAX_DETAIL);
	}
	if (to.n != 0) {
		buf_printf(a->out, " %s ", op2);
		import_string(a->out, to, IMPORT_MAX_DETAIL);
	}
	buf_put_text(a->out, " shows\n");
	a->n++;
	a->all = from.n == 0 && to.n == 0;
}

/* Events in their order: `introduced` opens a range that `fixed` or `last_affected` closes. */
static void put_range(struct atoms *a, const struct json_item *range)
{
	const struct json_item *events = json_read_member(range, "events"), *e;
	const struct span none = { NULL, 0 };
	struct span from = none;
	bool open = false;

	if (span_is(import_member(range, "type"), "GIT"))
		return;
	for (size_t i = 0; (e = json_read_element(events, i)) != NULL; i++) {
		struct span introduced = import_member(e, "introduced");
		struct span fixed = import_member(e, "fixed");
		struct span last = import_member(e, "last_affected");
		if (introduced.n != 0) {
			from = span_is(introduced, "0") ? none : introduced;
			open = true;
		} else if (open && fixed.n != 0) {
			put_atom(a, ">=", from, "<", fixed);
			open = false;
		} else if (open && last.n != 0) {
			put_atom(a, ">=", from, "<=", last);
			open = false;
		}
	}
	if (open)
		put_atom(a, ">=", from, "", none);
}

static void put_package(struct atoms *a, const struct json_item *affected)
{
	const struct json_item *ranges = json_read_member(affected, "ranges");
	const struct json_item *versions = json_read_member(affected, "versions"), *item;
	const struct span none = { NULL, 0 };
	unsigned before = a->n;
	struct span version;

	a->all = false;
	for (size_t i = 0; (item = json_read_element(ranges, i)) != NULL; i++)
		put_range(a, item);
	/* the list says again what ranges say, or there are none */
	for (size_t i = 0; a->n == before && i < json_read_count(versions); i++)
		for (; (item = json_read_element(versions, i)) != NULL; i++)
			if (json_read_text(item, &version) && version.n != 0)
				put_atom(a, "=", version, "", none);
	if (json_read_count(ranges) == 0 && json_read_count(versions) == 0)
		put_atom(a, "", none, "", none);
}

static bool is_name(struct span s, enum policy_atom_type type)
{
	return s.n != 0 && s.n < IMPORT_MAX_DETAIL && memchr(s.p, '*', s.n) == NULL &&
	       (type == ATOM_NPM || memchr(s.p, '@', s.n) == NULL) &&
	       memmem(s.p, s.n, "/home/", 6) == NULL;
}

unsigned import_atoms(const struct import *im, const struct json_item *record, struct buf *out,
		      const char **why)
{
	const struct json_item *affected = json_read_member(record, "affected"), *item;
	struct atoms a = { .out = out };
	enum policy_atom_type type;
	size_t before = out->n;

	*why = "it names no package";
	for (size_t i = 0; (item = json_read_element(affected, i)) != NULL; i++) {
		const struct json_item *package = json_read_member(item, "package");
		a.name = import_member(package, "name");
		if (!type_of(im, import_member(package, "ecosystem"), &type)) {
			*why = "its packages are of a kind that is not looked for";
			continue;
		}
		a.type = policy_atom_words[type];
		a.vital = type == ATOM_SOURCE && policy_is_vital(a.name);
		if (a.vital)
			*why = "every machine needs the package, and no version is said to be good";
		if (is_name(a.name, type))
			put_package(&a, item);
	}
	if (a.n >= POLICY_MAX_ATOMS) {
		*why = "it names more versions than an entry holds";
		out->n = before;
		return 0;
	}
	return a.n;
}
