/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include <stdio.h>

/*
 * Files where no structure is left that names them: each sector that begins as one of a few kinds
 * does is followed to the end that the kind itself marks.  What does not hold together to there
 * (it lay in pieces, or is damaged) is not given.
 */

enum {
	SECTOR = 512,
	MOST = 64 << 20, /* bytes of a file that is sought so */
	STEP = 64 << 10,
	MAX_CHUNKS = 1 << 16,
};

/* The first place of the bytes in [at, end), and behind them; 0: they are not there. */
static uint64_t behind(struct salvage *s, struct region *w, uint64_t at, uint64_t end,
		       const char *bytes, size_t n)
{
	while (at < end && salvage_spend(s, STEP)) {
		struct span b = region_get(w, at, end - at < STEP ? (size_t)(end - at) : STEP);
		const uint8_t *p = b.n >= n ? memmem(b.p, b.n, bytes, n) : NULL;
		if (p != NULL)
			return at + (uint64_t)(p - b.p) + n;
		if (b.n < STEP)
			return 0;
		at += STEP - (n - 1);
	}
	return 0;
}

/* Each returns how many bytes the file has that begins at `at`; 0: none of its kind does. */

static uint64_t end_png(struct salvage *s, struct region *w, uint64_t at, uint64_t end)
{
	uint64_t i = at + 8;

	(void)s;
	for (unsigned k = 0; k < MAX_CHUNKS && i + 12 <= end; k++) {
		struct cursor c = cursor_of(region_get(w, i, 8));
		uint32_t n = cursor_be32(&c), type = cursor_be32(&c);
		if (!cursor_ok(&c) || n > end - i)
			return 0;
		i += (uint64_t)n + 12;
		if (type == 0x49454e44) /* IEND */
			return i <= end ? i - at : 0;
	}
	return 0;
}

static uint64_t end_jpeg(struct salvage *s, struct region *w, uint64_t at, uint64_t end)
{
	uint64_t i = at + 2;

	for (unsigned k = 0; k < MAX_CHUNKS && i + 4 <= end; k++) {
		struct cursor c = cursor_of(region_get(w, i, 4));
		uint16_t mark = cursor_be16(&c), n = cursor_be16(&c);
		if (!cursor_ok(&c) || mark < 0xffc0 || mark == 0xffff || n < 2)
			return 0;
		i += 2u + n;
		if (mark != 0xffda)
			continue;
		uint64_t stop = behind(s, w, i, end, "\xff\xd9", 2);
		return stop != 0 ? stop - at : 0;
	}
	return 0;
}

static uint64_t end_pdf(struct salvage *s, struct region *w, uint64_t at, uint64_t end)
{
	uint64_t next = behind(s, w, at + 5, end, "%PDF-", 5), last = 0;

	end = next != 0 ? next - 5 : end;
	for (uint64_t i = at; (i = behind(s, w, i, end, "%%EOF", 5)) != 0;)
		last = i;
	return last != 0 ? last - at : 0;
}

/* The end record says where the directory is, and so where the archive begins. */
static uint64_t end_zip(struct salvage *s, struct region *w, uint64_t at, uint64_t end)
{
	for (uint64_t i = at; (i = behind(s, w, i, end, "PK\5\6", 4)) != 0;) {
		struct cursor c = cursor_of(region_get(w, i - 4, 22));
		cursor_skip(&c, 12);
		uint64_t n = cursor_le32(&c), from = cursor_le32(&c);
		uint16_t comment = cursor_le16(&c);
		if (cursor_ok(&c) && from + n == i - 4 - at)
			return i + 18 + comment - at;
	}
	return 0;
}

static uint64_t end_sqlite(struct salvage *s, struct region *w, uint64_t at, uint64_t end)
{
	struct cursor c = cursor_of(region_get(w, at, 100));

	(void)s;
	cursor_seek(&c, 16);
	uint64_t page = cursor_be16(&c);
	cursor_seek(&c, 28);
	uint64_t n = cursor_be32(&c);
	page = page == 1 ? 65536 : page;
	return cursor_ok(&c) && page >= 512 && (page & (page - 1)) == 0 && n * page <= end - at
		       ? n * page
		       : 0;
}

static const struct {
	const char *magic;
	uint8_t n;
	const char *end;
	uint64_t (*size)(struct salvage *s, struct region *w, uint64_t at, uint64_t end);
} kinds[] = {
	{ "\x89PNG\r\n\x1a\n", 8, "png", end_png },
	{ "\xff\xd8\xff", 3, "jpg", end_jpeg },
	{ "%PDF-", 5, "pdf", end_pdf },
	{ "PK\3\4", 4, "zip", end_zip },
	{ "SQLite format 3", 16, "sqlite", end_sqlite },
};

/* True: something was given; *n receives its size. */
static bool try_at(struct salvage *s, struct region *w, uint64_t at, struct span head, uint64_t *n)
{
	uint64_t end = w->size - at < MOST ? w->size : at + MOST;
	char name[64];
	struct region r;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (head.n < kinds[i].n || memcmp(head.p, kinds[i].magic, kinds[i].n) != 0)
			continue;
		*n = kinds[i].size(s, w, at, end);
		if (*n == 0 || !salvage_spend(s, *n))
			return false;
		struct region_extent x = { 0, *n, at, NULL };
		struct proof proof;
		region_of_extents(&r, w, &x, 1, s->room[0]);
		proof_of(&r, KIND_UNKNOWN, true, &proof);
		if (proof.level < PROOF_STRUCTURE || proof.broken)
			return false;
		struct salvage_piece p = { .at = at };
		int k = snprintf(name, sizeof name, "carved/%012llx.%s", (unsigned long long)at,
				 kinds[i].end);
		p.name = (struct span){ (const uint8_t *)name, (size_t)k };
		return salvage_give(s, &p, 0, &r);
	}
	return false;
}

/* The next sector, from `at` on, that begins as one of the kinds does; w->size: none does. */
static uint64_t next_start(struct region *w, uint64_t at)
{
	while (at < w->size) {
		struct span s = region_get(w, at, STEP);
		for (size_t i = 0; i < s.n; i += SECTOR)
			for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
				if (i + kinds[k].n <= s.n &&
				    memcmp(s.p + i, kinds[k].magic, kinds[k].n) == 0)
					return at + i;
		if (s.n < STEP)
			break;
		at += STEP;
	}
	return w->size;
}

bool salvage_carve(struct salvage *s, struct region *w, struct span name)
{
	uint8_t head[16] = { 0 };
	bool any = false;

	(void)name;
	for (uint64_t at = next_start(w, 0); at < w->size && !s->stopped; at = next_start(w, at)) {
		struct span first = region_get(w, at, sizeof head);
		uint64_t n = 0;
		memcpy(head, first.p, first.n);
		bool given = try_at(s, w, at, (struct span){ head, first.n }, &n);
		any = any || given;
		at += given ? (n + SECTOR - 1) / SECTOR * SECTOR : SECTOR;
		if (!salvage_spend(s, SECTOR))
			break;
	}
	return any;
}
