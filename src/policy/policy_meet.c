/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "policy/policy_match.h"
#include "policy/prefix.h"
#include "policy/version.h"

/* One atom and one fact. */

enum { COMM_SIZE = 15 }; /* characters of a process's name that the kernel keeps */

static struct span text_cut(struct span s, size_t n) { return span_cut(s, 0, n); }

static bool op_holds(enum policy_op op, int c)
{
	switch (op) {
	case OP_LESS:
		return c < 0;
	case OP_LESS_EQUAL:
		return c <= 0;
	case OP_EQUAL:
		return c == 0;
	case OP_MORE_EQUAL:
		return c >= 0;
	case OP_MORE:
		return c > 0;
	default:
		return true;
	}
}

static bool bounds_hold(const struct policy_atom *a, struct span version)
{
	for (size_t i = 0; i < sizeof a->bound / sizeof *a->bound; i++) {
		const struct policy_bound *b = &a->bound[i];
		if (b->op != OP_ANY &&
		    (version.n == 0 ||
		     !op_holds(b->op, version_compare_of(a->type, version, b->version))))
			return false;
	}
	return true;
}

/* A run of -, _ and . is one -, and letters are small (PEP 503). */
static uint8_t next_of_project(struct span s, size_t *at)
{
	uint8_t c = s.p[(*at)++];

	if (c != '-' && c != '_' && c != '.')
		return text_lower(c);
	while (*at < s.n && (s.p[*at] == '-' || s.p[*at] == '_' || s.p[*at] == '.'))
		++*at;
	return '-';
}

static bool is_same_project(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	while (i < a.n && k < b.n)
		if (next_of_project(a, &i) != next_of_project(b, &k))
			return false;
	return i == a.n && k == b.n;
}

static bool meets_package(const struct policy_atom *a, const struct fact *f)
{
	return f->kind == FACT_PACKAGE &&
	       span_is(fact_value(f, FACT_TYPE), policy_atom_words[a->type]) &&
	       (a->type == ATOM_PIP ? is_same_project(fact_value(f, FACT_NAME), a->value)
				    : span_equal(fact_value(f, FACT_NAME), a->value)) &&
	       bounds_hold(a, fact_value(f, FACT_VERSION));
}

/* `Source: NAME (VERSION)`, or what has no such field and so is its own source (deb-control(5)). */
static bool meets_source(const struct policy_atom *a, const struct fact *f)
{
	struct span name = fact_value(f, FACT_SOURCE), version = fact_value(f, FACT_VERSION);
	const uint8_t *blank = name.n != 0 ? memchr(name.p, ' ', name.n) : NULL;

	if (f->kind != FACT_PACKAGE || !span_is(fact_value(f, FACT_TYPE), "dpkg"))
		return false;
	if (name.n == 0)
		name = fact_value(f, FACT_NAME);
	if (blank != NULL) {
		size_t n = (size_t)(blank - name.p);
		struct span rest = span_cut(name, n + 1, SIZE_MAX);
		if (rest.n > 2 && rest.p[0] == '(' && rest.p[rest.n - 1] == ')')
			version = span_cut(rest, 1, rest.n - 2);
		name = span_cut(name, 0, n);
	}
	return span_equal(name, a->value) && bounds_hold(a, version);
}

/* A key's id is the end of its fingerprint. */
static bool meets_signer(const struct policy_atom *a, const struct fact *f)
{
	struct span s = fact_value(f, FACT_SIGNER);

	return s.n >= a->value.n && a->value.n > 0 &&
	       span_equal(span_cut(s, s.n - a->value.n, a->value.n), a->value);
}

bool policy_path_meets(struct span pattern, struct span s)
{
	size_t i = 0, k = 0, star = SIZE_MAX, from = 0;

	while (k < s.n) {
		if (i < pattern.n && pattern.p[i] == '*') {
			star = i++;
			from = k;
		} else if (i < pattern.n && pattern.p[i] == s.p[k]) {
			i++;
			k++;
		} else if (star != SIZE_MAX && s.p[from] != '/') {
			i = star + 1;
			k = ++from;
		} else {
			return false;
		}
	}
	while (i < pattern.n && pattern.p[i] == '*')
		i++;
	return i == pattern.n;
}

static bool meets_path(const struct policy_atom *a, const struct fact *f)
{
	return (f->kind == FACT_PATH || f->kind == FACT_PROGRAM || f->kind == FACT_PROCESS ||
		f->kind == FACT_PRIVILEGE) &&
	       policy_path_meets(a->value, fact_value(f, FACT_LOCATION));
}

/* `kesl` is kesl.service or the script kesl. */
static bool meets_unit(const struct policy_atom *a, const struct fact *f)
{
	struct span name = fact_value(f, FACT_NAME), type = fact_value(f, FACT_TYPE);

	if (f->kind != FACT_UNIT)
		return false;
	if (span_equal(name, a->value))
		return true;
	return span_is(type, "service") && name.n == a->value.n + strlen(".service") &&
	       span_equal(text_cut(name, a->value.n), a->value);
}

static bool meets_module(const struct policy_atom *a, const struct fact *f)
{
	struct span name = fact_value(f, FACT_NAME);

	if (f->kind != FACT_MODULE || name.n != a->value.n)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] == '-' ? '_' : name.p[i]) !=
		    (a->value.p[i] == '-' ? '_' : a->value.p[i]))
			return false;
	return true;
}

/* vvvv meets vvvv:dddd */
static bool meets_device(const struct policy_atom *a, const struct fact *f)
{
	struct span id = fact_value(f, FACT_ID);

	return f->kind == FACT_DEVICE &&
	       span_is(fact_value(f, FACT_TYPE), policy_atom_words[a->type]) &&
	       span_equal(text_cut(id, a->value.n), a->value);
}

/* An address of hardware, digit by digit; one that is locally administered names nobody. */
static bool meets_oui(const struct policy_atom *a, const struct fact *f)
{
	struct span address = fact_value(f, FACT_ADDRESS);
	uint8_t digits[12];
	size_t n = 0;

	if (f->kind != FACT_INTERFACE && f->kind != FACT_NEIGHBOUR)
		return false;
	for (size_t i = 0; i < address.n && n < sizeof digits; i++)
		if (text_is_alnum(address.p[i]))
			digits[n++] = text_lower(address.p[i]);
	if (n < sizeof digits || a->value.n > n || strchr("2367abef", digits[1]) != NULL)
		return false;
	return memcmp(digits, a->value.p, a->value.n) == 0;
}

/* A name that hosts sends nowhere: a list of what is blocked names what is not spoken with. */
static bool is_blocked(const struct fact *f)
{
	static const char *const nowhere[] = { "0.0.0.0", "::", "::1" };
	struct span address = fact_value(f, FACT_REMOTE);

	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
		if (span_is(address, nowhere[i]))
			return true;
	return span_is(span_cut(address, 0, 4), "127.");
}

/* The name itself, or one beneath it; letters are the same in both cases (RFC 4343). */
static bool meets_domain(const struct policy_atom *a, const struct fact *f)
{
	struct span name = fact_value(f, FACT_NAME), domain = a->value;

	if (f->kind != FACT_HOST || name.n < domain.n || domain.n == 0 || is_blocked(f))
		return false;
	if (name.p[name.n - 1] == '.')
		name.n--;
	size_t before = name.n >= domain.n ? name.n - domain.n : SIZE_MAX;
	if (before == SIZE_MAX || (before != 0 && name.p[before - 1] != '.'))
		return false;
	for (size_t i = 0; i < domain.n; i++)
		if (text_lower(name.p[before + i]) != text_lower(domain.p[i]))
			return false;
	return true;
}

/* Whom the machine speaks with, or is told to. */
static bool meets_cidr(const struct policy_atom *a, const struct fact *f)
{
	struct prefix block;

	switch (f->kind) {
	case FACT_HOST:
	case FACT_RESOLVER:
	case FACT_SOCKET:
	case FACT_NEIGHBOUR:
	case FACT_ROUTE:
		return prefix_parse(a->value, &block) &&
		       prefix_holds(&block, fact_value(f, FACT_REMOTE));
	default:
		return false;
	}
}

/* Makers' and products' names, as the machine's firmware has them; never dates and versions. */
static bool meets_dmi(const struct policy_atom *a, const struct fact *f)
{
	static const char *const names[] = { "sys_vendor", "product_name", "board_vendor",
					     "board_name", "bios_vendor" };

	if ((f->kind != FACT_SYSTEM && f->kind != FACT_FIRMWARE) ||
	    !span_is(fact_value(f, FACT_TYPE), "dmi") ||
	    !span_equal(fact_value(f, FACT_VERSION), a->value))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_is(fact_value(f, FACT_NAME), names[i]))
			return true;
	return false;
}

bool policy_atom_meets(const struct policy_atom *a, const struct fact *f)
{
	switch (a->type) {
	case ATOM_SIGNER:
		return meets_signer(a, f);
	case ATOM_SHA256:
		return fact_has(f, FACT_SHA256, a->value);
	case ATOM_IMAGE_DIGEST:
		return f->kind == FACT_CONTAINER && fact_has(f, FACT_ID, a->value);
	case ATOM_CA_SPKI:
		return f->kind == FACT_CERTIFICATE && fact_has(f, FACT_ID, a->value);
	case ATOM_RULE:
		return fact_has(f, FACT_RULE, a->value);
	case ATOM_SOURCE:
		return meets_source(a, f);
	case ATOM_PATH:
		return meets_path(a, f);
	case ATOM_UNIT:
		return meets_unit(a, f);
	case ATOM_PROCESS:
		return f->kind == FACT_PROCESS &&
		       span_equal(fact_value(f, FACT_NAME), text_cut(a->value, COMM_SIZE));
	case ATOM_MODULE:
		return meets_module(a, f);
	case ATOM_EXTENSION:
		return f->kind == FACT_EXTENSION && fact_has(f, FACT_ID, a->value);
	case ATOM_USB:
	case ATOM_PCI:
		return meets_device(a, f);
	case ATOM_OUI:
		return meets_oui(a, f);
	case ATOM_DOMAIN:
		return meets_domain(a, f);
	case ATOM_CIDR:
		return meets_cidr(a, f);
	case ATOM_DMI:
		return meets_dmi(a, f);
	case ATOM_BUILD_ID:
		return f->kind == FACT_OBJECT && fact_has(f, FACT_ID, a->value);
	default:
		return a->type <= ATOM_MAVEN && meets_package(a, f);
	}
}
