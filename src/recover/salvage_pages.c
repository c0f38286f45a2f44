/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include "base/hash.h"

#include <stdio.h>

/*
 * Databases whose pages say themselves whether they are whole: InnoDB (a checksum, the page's
 * number and the same log position at both ends), PostgreSQL (a header and line pointers that fit)
 * and SQL Server (the page's number in its header).  What comes out is the file with the pages that
 * are lost as zeros, which the database's own tools take (innodb_force_recovery,
 * zero_damaged_pages, DBCC), and a list of them.
 */

enum {
	INNODB = 16384,
	SMALL = 8192,
	SAMPLES = 512,
	SHARE = 8, /* one page in so many of the sample must hold */
	LEAST = 2,
	WINDOW = 1024,
	FILES = 16,      /* of a GiB, that a relation may have */
	LIST = 16 << 20, /* bytes of the list */
};

/* How much a page shows of itself. */
enum sound { SOUND_NO, SOUND_EMPTY, SOUND_DOUBTFUL, SOUND_STRUCTURE, SOUND_CHECKSUM };

static bool all_zeros(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return false;
	return true;
}

/* A page whose head holds and that has no checksum: random from end to end it is lost, in a part it
 * may be, or holds something compressed. */
static enum sound by_looks(struct span p)
{
	if (chi_looks_random(p))
		return SOUND_NO;
	for (size_t i = 0; i < p.n; i += WINDOW)
		if (chi_looks_random(span_cut(p, i, WINDOW)))
			return SOUND_DOUBTFUL;
	return SOUND_STRUCTURE;
}

/* FIL header and trailer (MySQL 8, fil0types.h): checksum, number, ..., LSN at 16; at the end the
 * checksum again and the LSN's low half.  MariaDB's full_crc32 sums all but the last four bytes. */
static enum sound sound_innodb(struct span p, uint64_t number)
{
	struct cursor c = cursor_of(p), end = cursor_of(span_cut(p, p.n - 8, 8));
	uint32_t sum = cursor_be32(&c), own = cursor_be32(&c);

	cursor_seek(&c, 20);
	uint32_t low = cursor_be32(&c);
	(void)cursor_be32(&end);
	uint32_t last = cursor_be32(&end);
	if (!cursor_ok(&c) || own != (uint32_t)number)
		return SOUND_NO;
	uint32_t strict = crc32c(0, span_cut(p, 4, 22)) ^ crc32c(0, span_cut(p, 38, p.n - 46));
	if ((sum == strict && low == last) || crc32c(0, span_cut(p, 0, p.n - 4)) == last)
		return SOUND_CHECKSUM;
	return low == last && low != 0 ? SOUND_STRUCTURE : SOUND_NO;
}

/* The sum of a page (checksum_impl.h): 32 of FNV-1a's kind side by side over words, the field
 * itself as zero. */
static uint32_t postgres_sum(struct span p)
{
	static const uint32_t first[32] = {
		0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2,
		0x83e13d2c, 0xf8d4474f, 0xe39eb970, 0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c,
		0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de, 0x92bec979,
		0xcca6c0b2, 0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e,
		0x9fbf8c76, 0x15ca20be, 0xf2ca9fd3, 0x959bd756
	};
	uint32_t sum[32], all = 0;
	struct cursor c = cursor_of(p);

	memcpy(sum, first, sizeof sum);
	for (size_t i = 0; i < p.n / 4 + 64; i++) { /* and two rows of zeros */
		uint32_t v = i < p.n / 4 ? cursor_le32(&c) : 0;
		v = i == 2 ? v & 0xffff0000 : v;
		v ^= sum[i % 32];
		sum[i % 32] = v * 16777619 ^ v >> 17;
	}
	for (unsigned i = 0; i < 32; i++)
		all ^= sum[i];
	return all;
}

/* The block's number is in the sum: in the relation, of which a file may be any GiB. */
static bool postgres_agrees(struct span p, uint16_t want, uint64_t number)
{
	uint32_t sum = postgres_sum(p);

	for (uint32_t file = 0; file < FILES; file++)
		if ((sum ^ ((uint32_t)number + (file << 17))) % 65535 + 1 == want)
			return true;
	return false;
}

/* bufpage.h: lower, upper, special, size and version; line pointers of 15, 2 and 15 bits. */
static enum sound sound_postgres(struct span p, uint64_t number)
{
	struct cursor c = cursor_of(p);

	cursor_seek(&c, 8);
	uint16_t sum = cursor_le16(&c);
	uint16_t flags = cursor_le16(&c), lower = cursor_le16(&c), upper = cursor_le16(&c);
	uint16_t special = cursor_le16(&c), size = cursor_le16(&c);
	if (!cursor_ok(&c) || flags > 7 || (size & 0xff00) != SMALL || (size & 0xff) == 0 ||
	    (size & 0xff) > 10 || lower < 24 || lower > upper || upper > special || special > p.n)
		return SOUND_NO;
	cursor_seek(&c, 24);
	for (unsigned i = 24; i + 4 <= lower; i += 4) {
		uint32_t item = cursor_le32(&c), at = item & 0x7fff, n = item >> 17;
		unsigned state = item >> 15 & 3;
		if (state == 1 && (at < upper || at + n > special))
			return SOUND_NO;
	}
	if (sum != 0 && postgres_agrees(p, sum, number))
		return SOUND_CHECKSUM;
	return by_looks(p);
}

/* The page header (96 bytes): version 1, a type up to 20, the page's number at 32. */
static enum sound sound_mssql(struct span p, uint64_t number)
{
	struct cursor c = cursor_of(p);
	uint8_t version = cursor_u8(&c), type = cursor_u8(&c);

	cursor_seek(&c, 32);
	uint32_t own = cursor_le32(&c);
	uint16_t file = cursor_le16(&c);
	if (!cursor_ok(&c) || version != 1 || type == 0 || type > 20 || own != (uint32_t)number ||
	    file == 0)
		return SOUND_NO;
	return by_looks(p);
}

static const struct layout {
	const char *name;
	uint32_t size;
	enum sound (*sound)(struct span page, uint64_t number);
} layouts[] = {
	{ "InnoDB", INNODB, sound_innodb },
	{ "SQL Server", SMALL, sound_mssql },
	{ "PostgreSQL", SMALL, sound_postgres },
};

static enum sound look(const struct layout *l, struct region *w, uint64_t number)
{
	struct span p = region_get(w, number * l->size, l->size);

	if (p.n != l->size)
		return SOUND_NO;
	return all_zeros(p) ? SOUND_EMPTY : l->sound(p, number);
}

/* The layout by which most pages of a sample hold. */
static const struct layout *find_layout(struct region *w)
{
	const struct layout *best = NULL;
	unsigned most = LEAST;

	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		uint64_t n = w->size / layouts[i].size, step = n / SAMPLES + 1;
		unsigned good = 0, seen = 0;
		for (uint64_t k = 0; k < n; k += step, seen++)
			good += look(&layouts[i], w, k) >= SOUND_DOUBTFUL;
		if (good > most && good * SHARE >= seen) {
			most = good;
			best = &layouts[i];
		}
	}
	return best;
}

struct keeping {
	struct salvage_map map;
	struct buf list;
	uint64_t good, summed, empty, doubtful, bad, from; /* from: of the run that is lost */
};

static void end_run(struct keeping *k, uint64_t number)
{
	if (k->from != PLACE_NONE)
		buf_printf(&k->list, "%llu %llu\n", (unsigned long long)k->from,
			   (unsigned long long)(number - 1));
	k->from = PLACE_NONE;
}

static bool keep_pages(struct salvage *s, struct region *w, const struct layout *l,
		       struct keeping *k)
{
	uint64_t n = w->size / l->size;
	bool ok = true;

	k->from = PLACE_NONE;
	buf_put_text(&k->list, "# pages that are lost: first and last; doubtful ones are kept\n");
	for (uint64_t i = 0; ok && i < n && !s->stopped; i++) {
		enum sound sound = look(l, w, i);
		bool lost = sound == SOUND_NO;
		k->bad += lost;
		k->empty += sound == SOUND_EMPTY;
		k->good += sound >= SOUND_DOUBTFUL;
		k->doubtful += sound == SOUND_DOUBTFUL;
		k->summed += sound == SOUND_CHECKSUM;
		if (!lost)
			end_run(k, i);
		else if (k->from == PLACE_NONE)
			k->from = i;
		if (sound == SOUND_DOUBTFUL)
			buf_printf(&k->list, "%llu %llu doubtful\n", (unsigned long long)i,
				   (unsigned long long)i);
		ok = salvage_map_add(s, &k->map, l->size, lost ? REGION_ZEROS : i * l->size, NULL);
	}
	end_run(k, n);
	return ok && buf_ok(&k->list);
}

/* The file with zeros where pages are lost: its own structure has told how sound it is. */
static void give_pages(struct salvage *s, struct region *w, const struct layout *l,
		       const struct keeping *k, struct span name)
{
	struct salvage_piece p = { .at = PLACE_NONE, .name = name };
	char text[128];
	struct region r;

	p.state = k->bad + k->doubtful != 0 ? SALVAGE_PARTIAL : SALVAGE_WHOLE;
	p.lost = k->bad * l->size;
	proof_set(&p.proof, k->summed == k->good ? PROOF_CHECKSUM : PROOF_STRUCTURE,
		  k->good < 64 ? 64 * (unsigned)k->good : 4096,
		  "%s: %llu pages hold, %llu of them in doubt, %llu are lost", l->name,
		  (unsigned long long)k->good, (unsigned long long)k->doubtful,
		  (unsigned long long)k->bad);
	snprintf(text, sizeof text, "%s", p.proof.what);
	s->host.note(s->host.ctx, text);
	region_of_extents(&r, w, k->map.list, k->map.n, s->room[0]);
	s->of[p.state]++;
	if (!s->host.piece(s->host.ctx, &p, &r)) {
		s->stopped = true;
		return;
	}
	p = (struct salvage_piece){ .at = PLACE_NONE, .name = span_of("lost-pages.txt") };
	(void)salvage_give_bytes(s, &p, 0, buf_span(&k->list));
}

bool salvage_pages(struct salvage *s, struct region *w, struct span name)
{
	const struct layout *l = find_layout(w);
	struct keeping k = { .good = 0 };

	if (l == NULL || !salvage_spend(s, w->size))
		return false;
	buf_init(&k.list, LIST);
	if (keep_pages(s, w, l, &k))
		give_pages(s, w, l, &k, name);
	buf_release(&k.list);
	return true;
}
