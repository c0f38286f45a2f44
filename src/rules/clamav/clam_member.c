/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rules/clamav/clam_parse.h"

/*
 * .cdb: what a container says of a member (reference engine C.1.5).
 *
 * Name:ContainerType:ContainerSize:FileNameRegex:SizeInContainer:RealSize:IsEncrypted:FilePos:
 * Res1:Res2[:minFL[:maxFL]], each but the name perhaps `*`.  Res1 is the CRC-32 of a member of a
 * zip or rar archive.
 */

enum { NAME, TYPE, CONTAINER_SIZE, REGEX, PACKED, SIZE, ENCRYPTED, NUMBER, CRC, RES2, N_FIELDS };

static bool any(struct span s) { return span_is(s, "*"); }

static bool add_range(struct clam *c, struct span s, enum clam_member member, uint32_t *node,
		      size_t *n)
{
	uint64_t range[2];

	if (any(s))
		return true;
	if (!clam_range(c, s, range))
		return false;
	node[(*n)++] = clam_between(c, member, range[0], range[1]);
	return true;
}

static bool add_name(struct clam *c, struct span s, uint32_t *node, size_t *n)
{
	if (any(s))
		return true;
	uint32_t text = clam_text(c, s), none = clam_int(c, 0);
	uint32_t found = clam_call(c, CLAM_NAME_MATCHES, &text, 1);
	node[(*n)++] = clam_node(c, COND_GT, VALUE_BOOL, found, none, 0);
	return true;
}

static bool add_encrypted(struct clam *c, struct span s, uint32_t *node, size_t *n)
{
	uint64_t v;

	if (any(s))
		return true;
	if (!clam_number(s, 1, &v))
		return clam_error(c, s, "expected 0, 1 or `*`");
	node[(*n)++] = clam_between(c, CLAM_ENCRYPTED, v, v);
	return true;
}

/* Decimal or hexadecimal, as in C; only where the type is one that has it. */
static bool add_crc(struct clam *c, struct span s, struct span type, uint32_t *node, size_t *n)
{
	uint64_t v = 0;

	if (any(s) || (!span_is(type, "CL_TYPE_ZIP") && !span_is(type, "CL_TYPE_RAR")))
		return true;
	if (s.n > 2 && s.n <= 10 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
		for (size_t i = 2; i < s.n; i++) {
			int d = text_hex_digit(s.p[i]);
			if (d < 0)
				return clam_error(c, s, "expected a CRC-32");
			v = v << 4 | (unsigned)d;
		}
	} else if (!clam_number(s, UINT32_MAX, &v)) {
		return clam_error(c, s, "expected a CRC-32");
	}
	if (v != 0)
		node[(*n)++] = clam_between(c, CLAM_CRC, v, v);
	return true;
}

static bool read_fields(struct clam *c, const struct span *f, uint32_t *node, size_t *n)
{
	if (!any(f[TYPE]) && (f[TYPE].n < 9 || memcmp(f[TYPE].p, "CL_TYPE_", 8) != 0))
		return clam_error(c, f[TYPE], "expected a type such as CL_TYPE_ZIP, or `*`");
	if (!any(f[REGEX]) && !clam_regex_check(c, f[REGEX], (struct span){ f[REGEX].p, 0 }))
		return false;
	if (!any(f[TYPE]) && !span_is(f[TYPE], "CL_TYPE_ANY"))
		node[(*n)++] = clam_within(c, 1, f[TYPE]);
	else
		node[(*n)++] = clam_between(c, CLAM_DEPTH, 1, INT64_MAX);
	return add_encrypted(c, f[ENCRYPTED], node, n) &&
	       add_range(c, f[CONTAINER_SIZE], CLAM_CONTAINER_SIZE, node, n) &&
	       add_range(c, f[PACKED], CLAM_PACKED_SIZE, node, n) &&
	       add_range(c, f[SIZE], CLAM_REAL_SIZE, node, n) &&
	       add_range(c, f[NUMBER], CLAM_NUMBER_WITHIN, node, n) &&
	       add_crc(c, f[CRC], f[TYPE], node, n) && add_name(c, f[REGEX], node, n);
}

bool clam_member_line(struct clam *c, struct span line)
{
	struct span f[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', f), n_nodes = 0, count;
	uint32_t node[N_FIELDS];
	bool ok;

	if (n < N_FIELDS || n > N_FIELDS + 2)
		return clam_error(c, line, "%zu fields; 10 to 12 are wanted", n);
	struct span name = clam_name(c, f[NAME]);
	if (name.n == 0)
		return false;
	if (!clam_level(c, f, n, N_FIELDS, &ok) || clam_ignored(c, name))
		return ok;
	if (!clam_rule(c, name, span_cut(line, name.n + 1, line.n)))
		return false;
	if (!c->failed)
		ruleset_rules(c->set, &count)[c->rule].flags |= IR_RULE_MEMBER;
	if (!read_fields(c, f, node, &n_nodes))
		return clam_finish(c, COND_NONE) && false;
	return clam_finish(c, clam_all(c, COND_AND, node, n_nodes));
}
