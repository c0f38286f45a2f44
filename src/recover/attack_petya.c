/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "recover/hex.h"
#include "recover/petya.h"

#include <stdio.h>

/*
 * A disk's image that Petya Red has encrypted.  The published master key opens the personal code in
 * sector 54 to the password, sector 55 proves it (it held 0x37 alone), and the stream goes over the
 * records of NTFS's file table (hasherezade/petya_key, leo-stone/hack-petya).  With which byte of
 * the stream a record begins is written nowhere: it is found, as the one place of four million by
 * which a record becomes one, and proven by the next ones.  The old first sector is in sector 56.
 */

enum {
	SECTOR = 512,
	STATE_SECTOR = 54,
	PROOF_SECTOR = 55,
	BOOT_SECTOR = 56,
	OWN_FIRST = 34, /* sectors that are overwritten, up to BOOT_SECTOR */
	NONCE_AT = 0x21,
	CODE_AT = 0xa9,
	CODE_MAX = 100,
	FILL = 0x37,
	LEAST_PROVEN = 96, /* bytes of sector 55, of 256 that the stream changes */
	TABLES_MAX = 4,    /* partitions with NTFS */
	RUNS_MAX = 64,     /* of a file table */
	RECORD_MAX = 4096,
	MAX_ATTRIBUTES = 64,
	TRIED = 16, /* records by which the law is found */
	SCORE = 1 << 20,
	WANTED = 3 * SCORE, /* that must agree */
};

struct run {
	uint64_t sector, n; /* on the disk */
};

/* Sector `ordinal` of the table, which lies at `lba`, begins with byte base + step * (which) of the
 * stream, and those behind it in one record with `within` more each. */
struct law {
	uint64_t base, step, within;
	bool by_lba;
};

struct table {
	struct run run[RUNS_MAX];
	unsigned n_runs;
	unsigned record; /* bytes */
	struct law law;
};

struct disk {
	struct petya_stream stream;
	struct region *r;
	uint8_t boot[SECTOR];  /* the old first sector */
	bool has_boot, filled; /* sectors 1 to 33 are XORed with FILL */
	struct table table[TABLES_MAX];
	unsigned n_tables;
};

struct petya {
	uint8_t master[PETYA_MASTER];
};

static bool learn(struct attack *a, struct error *e)
{
	struct petya *p = arena_alloc(&a->arena, sizeof *p);

	if (p == NULL || !family_bytes(a->family, "master", p->master, PETYA_MASTER))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "the family has no master key");
	a->state = p;
	snprintf(a->what, sizeof a->what, "the published master key");
	return true;
}

/* ---- the password */

static struct span code_of(struct span state)
{
	struct span s = span_cut(state, CODE_AT, CODE_MAX);
	size_t n = 0;

	while (n < s.n && s.p[n] > 0x20 && s.p[n] < 0x7f)
		n++;
	return span_cut(s, 0, n);
}

/* Does the password make sector 55 what it was? */
static bool proves(const struct petya_stream *stream, struct span sector)
{
	struct petya_stream s = *stream;
	uint8_t p[SECTOR];
	unsigned right = 0;

	if (sector.n != SECTOR)
		return false;
	memcpy(p, sector.p, SECTOR);
	petya_stream_xor(&s, 0, p, SECTOR);
	for (unsigned i = 0; i < SECTOR; i++) {
		if (i % 4 < 2)
			right += p[i] == FILL;
		else if (p[i] != FILL)
			return false;
	}
	return right >= LEAST_PROVEN && right == SECTOR / 2;
}

static bool find_password(const struct attack *a, struct disk *d, struct error *e)
{
	const struct petya *p = a->state;
	uint8_t state[SECTOR], key[PETYA_KEY];
	struct span s = region_get(d->r, (uint64_t)STATE_SECTOR * SECTOR, SECTOR);
	char later[PETYA_KEY + 1] = "";

	if (s.n != SECTOR)
		return error_set(e, REASON_DAMAGED, d->r->size, "no image of a whole disk");
	memcpy(state, s.p, SECTOR);
	struct span code = code_of((struct span){ state, SECTOR });
	struct span proof = region_get(d->r, (uint64_t)PROOF_SECTOR * SECTOR, SECTOR);
	if (a->key.n >= PETYA_KEY && petya_is_password(a->key.p)) {
		petya_stream_init(&d->stream, a->key.p, state + NONCE_AT);
		if (proves(&d->stream, proof))
			return true;
	}
	if (petya_key(PETYA_RED, code, p->master, key, e)) {
		petya_stream_init(&d->stream, key, state + NONCE_AT);
		if (proves(&d->stream, proof))
			return true;
	}
	if (petya_key(PETYA_GREEN, code, p->master, key, e) && petya_is_password(key))
		memcpy(later, key, PETYA_KEY);
	if (later[0] != '\0')
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "this is Petya Green, whose disks we do not decrypt: its own "
				 "screen takes the password %s (on a copy of the disk)",
				 later);
	return error_set(e, REASON_ENCRYPTED, (uint64_t)PROOF_SECTOR * SECTOR,
			 "neither the code in sector %d nor --key proves sector %d", STATE_SECTOR,
			 PROOF_SECTOR);
}

/* ---- records of the file table */

static uint16_t le16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

/* The attributes of a record follow each other up to the size that it names. */
static bool has_attributes(const uint8_t *p, unsigned size)
{
	struct cursor all = cursor_of((struct span){ p, size });
	uint32_t last = 0;

	cursor_seek(&all, 20);
	uint64_t at = cursor_le16(&all);
	cursor_skip(&all, 2);
	uint32_t used = cursor_le32(&all), whole = cursor_le32(&all);
	if (whole != size || used > size || at % 8 != 0)
		return false;
	for (unsigned i = 0; i < MAX_ATTRIBUTES && at + 4 <= used; i++) {
		struct cursor c = cursor_sub(&all, at, 8);
		uint32_t type = cursor_le32(&c), n = cursor_le32(&c);
		if (type == UINT32_MAX)
			return at + 8 == used;
		if (!cursor_ok(&c) || type % 16 != 0 || type < last || n < 24 || n % 8 != 0)
			return false;
		last = type;
		at += n;
	}
	return false;
}

/* Is it a record as it lies on a disk: its name, the mark at the end of each sector, attributes?
 * The stream has few words that are not alike: all of it is needed. */
static bool is_record(const uint8_t *p, unsigned size)
{
	unsigned place = le16(p + 4), count = le16(p + 6);

	if (memcmp(p, "FILE", 4) != 0 || count != size / SECTOR + 1 || place < 0x28 ||
	    place + 2 * count > SECTOR - 2)
		return false;
	for (unsigned i = 1; i < count; i++)
		if (le16(p + (size_t)i * SECTOR - 2) != le16(p + place))
			return false;
	return has_attributes(p, size);
}

/* The disk's sector in which sector `ordinal` of the table lies; 0: it has none. */
static uint64_t lba_of(const struct table *t, uint64_t ordinal)
{
	for (unsigned i = 0; i < t->n_runs; i++) {
		if (ordinal < t->run[i].n)
			return t->run[i].sector + ordinal;
		ordinal -= t->run[i].n;
	}
	return 0;
}

static void decrypt(struct disk *d, const struct table *t, uint64_t ordinal, uint64_t lba,
		    uint8_t *p)
{
	uint64_t which = t->law.by_lba ? lba : ordinal;

	for (unsigned k = 0; k < t->record / SECTOR; k++)
		petya_stream_xor(&d->stream, t->law.base + t->law.step * which + t->law.within * k,
				 p + (size_t)k * SECTOR, SECTOR);
}

static bool load(struct disk *d, const struct table *t, uint64_t record, uint64_t *lba, uint8_t *p)
{
	uint64_t ordinal = record * (t->record / SECTOR);

	*lba = lba_of(t, ordinal);
	struct span s = region_get(d->r, *lba * SECTOR, t->record);
	if (*lba == 0 || s.n != t->record)
		return false;
	memcpy(p, s.p, s.n);
	return true;
}

/*
 * How many records from `first` on the law opens, in units of SCORE, and how many of their bytes
 * are zero: places of the stream that are near each other differ in few bytes.  Those that are
 * plain count for nothing.
 */
static unsigned opens(struct disk *d, const struct table *t, uint64_t first)
{
	uint8_t p[RECORD_MAX];
	uint64_t lba;
	unsigned n = 0;

	for (uint64_t i = first; i < first + TRIED && load(d, t, i, &lba, p); i++) {
		if (is_record(p, t->record))
			continue;
		decrypt(d, t, i * (t->record / SECTOR), lba, p);
		if (!is_record(p, t->record))
			continue;
		n += SCORE;
		for (unsigned k = 0; k < t->record; k++)
			n += p[k] == 0;
	}
	return n;
}

/* The record becomes one where the stream begins with byte `at`: by which law do most others? */
static unsigned settle(struct disk *d, struct table *t, uint64_t record, const uint8_t *encrypted,
		       uint64_t at, struct law *law)
{
	static const uint64_t units[] = { 1, SECTOR };
	uint8_t p[RECORD_MAX];
	unsigned best = 0;

	for (unsigned k = 0; k < 4; k++) {
		t->law = (struct law){ .base = at, .within = units[k >> 1] };
		memcpy(p, encrypted, t->record);
		decrypt(d, t, 0, 0, p);
		if (!is_record(p, t->record))
			continue;
		t->law.step = units[k & 1];
		t->law.base -= record * (t->record / SECTOR) * t->law.step;
		unsigned n = opens(d, t, 0);
		if (n > best) {
			best = n;
			*law = t->law;
		}
	}
	return best;
}

/* Bytes that the stream leaves are those of a record? */
static bool may_begin(const uint8_t *p, uint64_t at)
{
	for (unsigned i = 0; i < 4; i++)
		if ((at + i) % 4 >= 2 && p[i] != (uint8_t) "FILE"[i])
			return false;
	return true;
}

/* The place in the stream by which the first record that is not plain becomes one, and most others
 * do; false where two places do as well. */
static bool find_law(struct disk *d, struct table *t)
{
	uint8_t p[RECORD_MAX], head[8];
	uint64_t lba, record = 0;
	unsigned best = WANTED - 1;
	struct law law = { .step = 0 }, found = law;
	bool alone = false;

	while (record < TRIED && load(d, t, record, &lba, p) && is_record(p, t->record))
		record++;
	if (record == TRIED || !load(d, t, record, &lba, p))
		return false;
	for (uint64_t at = 0; at < PETYA_STREAM; at++) {
		if (!may_begin(p, at))
			continue;
		memcpy(head, p, sizeof head);
		petya_stream_xor(&d->stream, at, head, 4);
		if (memcmp(head, "FILE", 4) != 0)
			continue;
		petya_stream_xor(&d->stream, at + 4, head + 4, 4);
		if (le16(head + 6) != t->record / SECTOR + 1)
			continue;
		unsigned n = settle(d, t, record, p, at, &law);
		alone = n > best || (alone && n < best);
		if (n > best) {
			best = n;
			found = law;
		}
	}
	t->law = found;
	return alone;
}

/* In a table of several runs, the second tells whether its own sectors are counted or the disk's.
 */
static void choose_count(struct disk *d, struct table *t)
{
	struct law by_table = t->law, by_lba = t->law;
	uint64_t second = t->run[0].n / (t->record / SECTOR);

	if (t->n_runs < 2)
		return;
	by_lba.by_lba = true;
	by_lba.base -= t->run[0].sector * by_lba.step;
	unsigned n = opens(d, t, second);
	t->law = by_lba;
	if (opens(d, t, second) <= n)
		t->law = by_table;
}

/* ---- where the table lies */

/* The runs of the record's own data attribute, onto the disk. */
static bool read_runs(struct table *t, struct cursor *c, uint64_t start, uint64_t per,
		      uint64_t n_sectors)
{
	int64_t lcn = 0;

	t->n_runs = 0;
	while (cursor_left(c) > 0 && t->n_runs < RUNS_MAX) {
		uint8_t head = cursor_u8(c);
		unsigned n_length = head & 15, n_offset = head >> 4;
		uint64_t length = 0, offset = 0;
		if (head == 0)
			break;
		if (n_length == 0 || n_length > 4 || n_offset == 0 || n_offset > 6)
			return false;
		for (unsigned i = 0; i < n_length; i++)
			length |= (uint64_t)cursor_u8(c) << 8 * i;
		for (unsigned i = 0; i < n_offset; i++)
			offset |= (uint64_t)cursor_u8(c) << 8 * i;
		if ((offset >> (8 * n_offset - 1) & 1) != 0)
			offset |= UINT64_MAX << 8 * n_offset;
		lcn += (int64_t)offset;
		if (!cursor_ok(c) || lcn < 0 || (uint64_t)lcn > n_sectors / per ||
		    length > n_sectors / per - (uint64_t)lcn)
			return false;
		t->run[t->n_runs++] = (struct run){ start + (uint64_t)lcn * per, length * per };
	}
	return cursor_ok(c) && t->n_runs != 0;
}

/* Record 0 is the table's own: its data attribute (0x80) without a name. */
static bool map_table(struct table *t, const uint8_t *p, uint64_t start, uint64_t per,
		      uint64_t n_sectors)
{
	struct cursor all = cursor_of((struct span){ p, SECTOR - 2 });
	uint64_t at = le16(p + 20);

	for (unsigned i = 0; i < 16; i++) {
		struct cursor head = cursor_sub(&all, at, 64);
		uint32_t type = cursor_le32(&head), size = cursor_le32(&head);
		uint8_t other = cursor_u8(&head), name = cursor_u8(&head);
		cursor_seek(&head, 32);
		uint16_t from = cursor_le16(&head);
		if (!cursor_ok(&head) || type == UINT32_MAX || size < 24)
			return false;
		if (type == 0x80 && other != 0 && name == 0) {
			if (from >= size)
				return false;
			struct cursor runs = cursor_sub(&all, at + from, size - from);
			return read_runs(t, &runs, start, per, n_sectors);
		}
		at += size;
	}
	return false;
}

static void add_table(struct disk *d, uint64_t start)
{
	struct table *t = &d->table[d->n_tables];
	uint8_t p[RECORD_MAX];
	uint64_t lba;
	struct span s = region_get(d->r, start * SECTOR, SECTOR);
	struct cursor c = cursor_of(s);

	if (start == 0 || s.n != SECTOR || memcmp(s.p + 3, "NTFS    ", 8) != 0)
		return;
	cursor_seek(&c, 11);
	unsigned bytes = cursor_le16(&c), per = cursor_u8(&c);
	cursor_seek(&c, 40);
	uint64_t n_sectors = cursor_le64(&c), mft = cursor_le64(&c);
	cursor_seek(&c, 64);
	int8_t record = (int8_t)cursor_u8(&c);
	if (!cursor_ok(&c) || bytes != SECTOR || per == 0 || per > 128 || mft > n_sectors / per ||
	    n_sectors > d->r->size / SECTOR)
		return;
	*t = (struct table){ .record = record < 0 && -record <= 12 && -record >= 9
					       ? 1u << -record
					       : (unsigned)record * per * SECTOR };
	if (t->record < SECTOR || t->record > RECORD_MAX)
		return;
	/* until its own record tells more: that many records, one behind the other */
	t->run[t->n_runs++] = (struct run){ start + mft * per, TRIED * (t->record / SECTOR) };
	if (!find_law(d, t) || !load(d, t, 0, &lba, p))
		return;
	if (!is_record(p, t->record))
		decrypt(d, t, 0, lba, p);
	if (is_record(p, t->record) && map_table(t, p, start, per, n_sectors) &&
	    opens(d, t, 0) >= WANTED) {
		choose_count(d, t);
		d->n_tables++;
	}
}

/* ---- the sectors before the first partition */

static void find_boot(struct disk *d)
{
	uint8_t own[SECTOR];
	unsigned zeros = 0, fills = 0;
	struct span s = region_get(d->r, 0, SECTOR);

	memcpy(own, s.p, s.n);
	s = region_get(d->r, (uint64_t)BOOT_SECTOR * SECTOR, SECTOR);
	for (size_t i = 0; i < s.n; i++)
		d->boot[i] = s.p[i] ^ FILL;
	/* its own first sector has kept the disk's number and the table of partitions */
	d->has_boot = s.n == SECTOR && memcmp(own + 440, d->boot + 440, 70) == 0 &&
		      d->boot[510] == 0x55 && d->boot[511] == 0xaa;
	s = region_get(d->r, SECTOR, (OWN_FIRST - 1) * SECTOR);
	for (size_t i = 0; i < s.n; i++) {
		zeros += s.p[i] == 0;
		fills += s.p[i] == FILL;
	}
	d->filled = fills > zeros;
}

static bool open_file(struct attack *a, struct attack_file *f, struct attack_open *o,
		      struct error *e)
{
	struct disk *d = arena_alloc(&a->arena, sizeof *d);
	struct span s = region_get(f->r, 0, SECTOR);
	uint32_t start[TABLES_MAX];

	if (d == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a disk");
	if (s.n != SECTOR || memcmp(s.p, "\xfa\x66\x31\xc0\x8e\xd0\x8e\xc0", 8) != 0)
		return error_set(e, REASON_DAMAGED, 0, "no boot sector of Petya");
	*d = (struct disk){ .r = f->r };
	if (!find_password(a, d, e))
		return false;
	find_boot(d);
	struct cursor c = cursor_of(region_get(f->r, 0, SECTOR));
	for (unsigned i = 0; i < TABLES_MAX; i++) {
		cursor_seek(&c, 446 + 16 * (uint64_t)i + 8);
		start[i] = cursor_le32(&c);
	}
	for (unsigned i = 0; i < TABLES_MAX; i++)
		add_table(d, start[i]);
	if (d->n_tables == 0)
		return error_set(
			e, REASON_DAMAGED, PLACE_NONE,
			"the password is right, and no file table of NTFS was found by it");
	o->body = o->size = f->r->size;
	o->bits = 256;
	o->lost[0].at = (uint64_t)OWN_FIRST * SECTOR;
	o->lost[0].n = (uint64_t)(BOOT_SECTOR + 1 - OWN_FIRST) * SECTOR;
	o->n_lost = 1;
	if (!d->has_boot) {
		o->lost[1].at = 0;
		o->lost[1].n = SECTOR;
		o->n_lost = 2;
	}
	o->state.pointer = d;
	return true;
}

/* ---- */

/* What of [at, at + n) lies in record `record` of the table, whose first sector is `lba`. */
static void give_record(struct disk *d, const struct table *t, uint64_t ordinal, uint64_t lba,
			uint64_t at, uint8_t *p, size_t n)
{
	uint8_t record[RECORD_MAX];
	uint64_t from = lba * SECTOR;
	struct span s = region_get(d->r, from, t->record);

	if (s.n != t->record)
		return;
	memcpy(record, s.p, s.n);
	if (is_record(record, t->record))
		return;
	decrypt(d, t, ordinal, lba, record);
	for (unsigned i = 0; i < t->record; i++)
		if (from + i >= at && from + i < at + n)
			p[from + i - at] = record[i];
}

static void give_table(struct disk *d, const struct table *t, uint64_t at, uint8_t *p, size_t n)
{
	uint64_t per = t->record / SECTOR, ordinal = 0;

	for (unsigned i = 0; i < t->n_runs; i++) {
		const struct run *run = &t->run[i];
		uint64_t first =
			at / SECTOR > run->sector + per ? at / SECTOR - run->sector - per : 0;
		for (uint64_t k = first / per * per; k + per <= run->n; k += per) {
			if ((run->sector + k) * SECTOR >= at + n)
				break;
			give_record(d, t, ordinal + k, run->sector + k, at, p, n);
		}
		ordinal += run->n;
	}
}

static bool step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		 struct error *e)
{
	struct disk *d = o->state.pointer;

	(void)a;
	(void)e;
	for (size_t i = 0; i < n && at + i < (uint64_t)OWN_FIRST * SECTOR; i++) {
		uint64_t in = at + i;
		if (in < SECTOR)
			p[i] = d->has_boot ? d->boot[in] : p[i];
		else if (d->filled)
			p[i] ^= FILL;
	}
	for (unsigned i = 0; i < d->n_tables; i++)
		give_table(d, &d->table[i], at, p, n);
	return true;
}

const struct attack_engine attack_petya = { "petya", learn, open_file, step, NULL, true };
