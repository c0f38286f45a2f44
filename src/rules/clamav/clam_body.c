/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "rules/clamav/clam_parse.h"

/* .ndb: Name:Target:Offset:Body[:minFL[:maxFL]]; .db: Name=Body (reference engine C.1.3). */

enum { LEAST_LITERAL = 6 /* digits of a body without wildcards, in generic and PE signatures */ };

static bool is_literal(struct span hex)
{
	for (size_t i = 0; i < hex.n; i++)
		if (text_hex_digit(hex.p[i]) < 0)
			return false;
	return true;
}

static bool check_body(struct clam *c, struct span hex, uint64_t target)
{
	if (hex.n == 0)
		return clam_error(c, hex, "a signature without a body");
	if (target <= CLAM_PE && hex.n < LEAST_LITERAL && is_literal(hex))
		return clam_error(c, hex, "a body of %zu bytes, at least %d", hex.n / 2,
				  LEAST_LITERAL / 2);
	return true;
}

static bool make_rule(struct clam *c, struct span name, uint64_t target,
		      const struct clam_offset *o, struct span hex)
{
	uint32_t node[2];
	size_t n = 0;

	if (!clam_rule(c, name, hex))
		return false;
	clam_rule_target(c, target);
	uint32_t string = clam_string(c, hex, hex, PATTERN_ASCII);
	uint32_t type = clam_of_target(c, target);
	if (type != COND_NONE)
		node[n++] = type;
	node[n] = clam_found(c, string, o);
	n++;
	return clam_finish(c, clam_all(c, COND_AND, node, n));
}

bool clam_body_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', field);
	struct clam_offset o;
	uint64_t target;
	bool ok;

	if (n < 4 || n > 6)
		return clam_error(c, line, "%zu fields; 4 to 6 are wanted: name:target:offset:body",
				  n);
	struct span name = clam_name(c, field[0]);
	if (name.n == 0)
		return false;
	if (!clam_number(field[1], CLAM_TARGETS - 1, &target))
		return clam_error(c, field[1], "expected a target type, 0 to %d", CLAM_TARGETS - 1);
	if (!clam_offset(c, field[2], &o) || !check_body(c, field[3], target))
		return false;
	if (!clam_offset_fits(c, field[2], &o, target))
		return false;
	if (!clam_level(c, field, n, 4, &ok) || clam_ignored(c, name))
		return ok;
	if (o.base == CLAM_GROUP) {
		struct clam_macro m = { .hex = field[3], .group = (uint32_t)o.section };
		buf_put(&c->macros, &m, sizeof m);
		return buf_ok(&c->macros);
	}
	return make_rule(c, name, target, &o, field[3]);
}

bool clam_old_body_line(struct clam *c, struct span line)
{
	const struct clam_offset anywhere = { .base = CLAM_ANYWHERE };
	const uint8_t *equals = memchr(line.p, '=', line.n);

	if (equals == NULL)
		return clam_error(c, line, "expected name=body");
	size_t at = (size_t)(equals - line.p);
	struct span name = clam_name(c, span_cut(line, 0, at)),
		    hex = span_cut(line, at + 1, line.n);
	if (name.n == 0 || !check_body(c, hex, CLAM_ANY))
		return false;
	return clam_ignored(c, name) || make_rule(c, name, CLAM_ANY, &anywhere, hex);
}
