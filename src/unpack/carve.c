/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/carve.h"
#include "unpack/stub.h"

enum {
	MAX_CARVED = 64,   /* members that come out of one object */
	MAX_COPIES = 64,   /* of one program's headers within it; one more is a program */
	MAX_SECTIONS = 96, /* whose ends are looked for; a program that has more ends nowhere */
	SECTION_SIZE = 40,
	RAW_GRAIN = 512, /* see stub_image.c */
};

/* The program that begins here, to the end of its last section; empty: none does. */
static struct span program_at(struct span s)
{
	struct cursor c = cursor_of(s);
	uint64_t end = 0;

	cursor_seek(&c, 60);
	cursor_seek(&c, cursor_le32(&c));
	if (cursor_le32(&c) != 0x4550)
		return (struct span){ NULL, 0 };
	cursor_skip(&c, 2);
	unsigned n = cursor_le16(&c);
	cursor_skip(&c, 12);
	unsigned size = cursor_le16(&c);
	cursor_skip(&c, 2 + (uint64_t)size);
	struct cursor table = cursor_of(cursor_take(&c, (uint64_t)n * SECTION_SIZE));
	if (!cursor_ok(&c) || n == 0)
		return (struct span){ NULL, 0 };
	for (unsigned i = 0; i < n && i < MAX_SECTIONS; i++) {
		cursor_skip(&table, 16);
		uint64_t raw_size = cursor_le32(&table);
		uint64_t raw_end = cursor_le32(&table) / RAW_GRAIN * RAW_GRAIN + raw_size;
		cursor_skip(&table, 16);
		if (raw_size != 0 && raw_end > end)
			end = raw_end;
	}
	return n > MAX_SECTIONS ? s : span_cut(s, 0, end > c.at ? end : c.at);
}

/* A copy of the headers of the program that it lies in is no program. */
static bool same_image(struct span a, struct span b)
{
	struct stub_image m, n;

	return stub_image_read(a, &m) && stub_image_read(b, &n) && m.base == n.base &&
	       m.size == n.size && m.n_sections == n.n_sections;
}

struct span carve_program(struct span object, uint64_t from, uint64_t to)
{
	struct span within = span_cut(object, 0, to);
	unsigned n_copies = 0;

	/* the second letter is the rarer one */
	for (uint64_t at = from + 1; at < within.n; at++) {
		const uint8_t *z = memchr(within.p + at, 'Z', within.n - (size_t)at);
		if (z == NULL)
			break;
		at = (uint64_t)(z - within.p);
		if (within.p[at - 1] != 'M')
			continue;
		struct span s = span_cut(object, at - 1, object.n);
		struct span program = program_at(s);
		if (program.n == 0)
			continue;
		if (n_copies == MAX_COPIES || !same_image(object, s))
			return program;
		n_copies++;
	}
	return (struct span){ NULL, 0 };
}

/* False: the budget is spent. */
static bool give(struct unpack *u, const char *name, struct span object, struct span found)
{
	struct unpack_member m = { .name = span_of(name),
				   .size = found.n,
				   .packed = found.n,
				   .at = (uint64_t)(found.p - object.p) };

	return unpack_whole(u, &m, found);
}

static struct span find_zip(struct span object)
{
	const uint8_t *p = object.n != 0 ? memmem(object.p, object.n, "PK\x03\x04", 4) : NULL;

	return p != NULL ? span_cut(object, (uint64_t)(p - object.p), object.n)
			 : (struct span){ NULL, 0 };
}

bool carve_programs(struct unpack *u, struct span object, uint64_t from, uint64_t to)
{
	for (unsigned left = MAX_CARVED; left != 0; left--) {
		struct span program = carve_program(object, from, to);
		if (program.n == 0)
			return true;
		if (!give(u, "program", object, program))
			return false;
		from = (uint64_t)(program.p - object.p) + program.n;
	}
	unpack_gap(u, REASON_LIMIT, PLACE_NONE, "programs: more than %d in one", MAX_CARVED);
	return true;
}

void carve_zip(struct unpack *u, struct span object)
{
	struct span zip = find_zip(object);

	if (zip.n != 0)
		(void)give(u, "archive.zip", object, zip);
}
