/* SPDX-License-Identifier: Apache-2.0 */
#include "review/ids.h"
#include "review/lines.h"

enum { ID_DIGITS = 4 };

static bool begins_with_id(struct span line, struct span id)
{
	return id.n == ID_DIGITS && line.n > ID_DIGITS &&
	       span_equal(span_cut(line, 0, ID_DIGITS), id) && line.p[ID_DIGITS] == ' ';
}

void ids_find(struct span list, struct span vendor, struct span device, struct span *vendor_name,
	      struct span *device_name)
{
	struct span line;
	bool inside = false;

	*vendor_name = *device_name = (struct span){ NULL, 0 };
	while (lines_next(&list, &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (line.p[0] != '\t') {
			if (inside)
				return;
			inside = begins_with_id(line, vendor);
			if (inside)
				*vendor_name = lines_trim(span_cut(line, ID_DIGITS, SIZE_MAX));
		} else if (inside && begins_with_id(span_cut(line, 1, SIZE_MAX), device)) {
			*device_name = lines_trim(span_cut(line, 1 + ID_DIGITS, SIZE_MAX));
			return;
		}
	}
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* An assignment is 6, 7 or 9 digits: as many of the address must be the same. */
static bool fits(struct span assignment, const uint8_t address[6])
{
	if (assignment.n != 6 && assignment.n != 7 && assignment.n != 9)
		return false;
	for (size_t i = 0; i < assignment.n; i++)
		if (digit(assignment.p[i]) != (address[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15))
			return false;
	return true;
}

/* A name with a comma stands in quotes. */
static struct span first_field(struct span s)
{
	struct span name, rest;

	if (s.n > 1 && s.p[0] == '"')
		return lines_split(span_cut(s, 1, SIZE_MAX), '"', &name, &rest) ? name : s;
	return lines_split(s, ',', &name, &rest) ? name : s;
}

bool ids_find_oui(struct span csv, const uint8_t address[6], unsigned *bits, struct span *name)
{
	struct span line, registry, rest, assignment, after;
	bool found = false;

	while (lines_next(&csv, &line)) {
		if (!lines_split(line, ',', &registry, &rest) ||
		    !lines_split(rest, ',', &assignment, &after) || !fits(assignment, address))
			continue;
		if (found && assignment.n * 4 <= *bits)
			continue;
		*bits = (unsigned)assignment.n * 4;
		*name = lines_trim(first_field(after));
		found = true;
	}
	return found;
}
