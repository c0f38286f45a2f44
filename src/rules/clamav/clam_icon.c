/* SPDX-License-Identifier: Apache-2.0 */
#include "format/icon.h"
#include "rules/clamav/clam_parse.h"

/*
 * .idb: Name:Group1:Group2:124 digits (reference engine C.1.5).  They are asked for by logical
 * signatures with IconGroup1 and IconGroup2, each of which names a group or is `*`.
 */

enum { NAME, GROUP1, GROUP2, DIGITS, N_FIELDS };

bool clam_icon_line(struct clam *c, struct span line)
{
	struct span f[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', f);
	struct icon icon;

	if (n != N_FIELDS)
		return clam_error(c, line, "%zu fields; 4 are wanted: name:group1:group2:icon", n);
	struct span name = clam_name(c, f[NAME]);
	if (name.n == 0)
		return false;
	if (f[GROUP1].n == 0 || f[GROUP2].n == 0)
		return clam_error(c, line, "an icon without a group");
	if (!icon_parse(f[DIGITS], &icon))
		return clam_error(c, f[DIGITS],
				  "expected %d hexadecimal digits of an icon of 16, 24 "
				  "or 32 pixels",
				  ICON_DIGITS);
	struct clam_icon known = { .group = { f[GROUP1], f[GROUP2] }, .digits = f[DIGITS] };
	if (!clam_ignored(c, name))
		buf_put(&c->icons, &known, sizeof known);
	return buf_ok(&c->icons);
}

static bool of_group(struct span wanted, struct span group)
{
	return wanted.n == 0 || span_is(wanted, "*") || span_equal(wanted, group);
}

uint32_t clam_icons(struct clam *c, const struct span group[2], struct span where)
{
	const struct clam_icon *icon = (const struct clam_icon *)(const void *)c->icons.p;
	size_t n_icons = c->icons.n / sizeof *icon, n = 0;
	uint8_t *all = arena_alloc(&c->set->arena, n_icons * ICON_DIGITS + 1);

	c->failed = c->failed || all == NULL;
	for (size_t i = 0; all != NULL && i < n_icons; i++)
		if (of_group(group[0], icon[i].group[0]) && of_group(group[1], icon[i].group[1])) {
			memcpy(all + n, icon[i].digits.p, ICON_DIGITS);
			n += ICON_DIGITS;
		}
	if (n == 0) {
		(void)clam_error(c, where,
				 "no icon of these groups is in an .idb file that is read too");
		return COND_NONE;
	}
	uint32_t text = clam_text(c, (struct span){ all, n });
	uint32_t found = clam_call(c, CLAM_ICON, &text, 1), one = clam_int(c, 1);
	return clam_node(c, COND_EQ, VALUE_BOOL, found, one, 0);
}
