/* SPDX-License-Identifier: Apache-2.0 */
#include "match/find_impl.h"
#include "match/rarity.h"

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

bool find_stands(const struct find *f, const uint8_t *p)
{
	if (f->mask != NULL) {
		for (size_t i = 0; i < f->needle.n; i++)
			if (((f->fold ? lower(p[i]) : p[i]) & f->mask[i]) != f->needle.p[i])
				return false;
		return true;
	}
	if (!f->fold)
		return memcmp(p, f->needle.p, f->needle.n) == 0;
	for (size_t i = 0; i < f->needle.n; i++)
		if (lower(p[i]) != f->needle.p[i])
			return false;
	return true;
}

const uint8_t *find_plain(const struct find *f, struct span hay)
{
	size_t starts = hay.n - f->needle.n + 1;

	for (size_t i = 0; i < starts; i++)
		if ((hay.p[i + f->at[0]] | f->letter[0]) == f->byte[0] &&
		    (hay.p[i + f->at[1]] | f->letter[1]) == f->byte[1] && find_stands(f, hay.p + i))
			return hay.p + i;
	return NULL;
}

/* The two rarest places of the needle's first 64 bytes. */
static struct find make_ready(struct span needle, const uint8_t *mask, bool fold)
{
	struct find f = { .needle = needle, .mask = mask, .fold = fold };
	size_t n = needle.n < 64 ? needle.n : 64;
	unsigned best[2] = { 0, 0 };

	f.at[1] = mask == NULL ? n - 1 : SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (mask != NULL && mask[i] != 0xff)
			continue;
		unsigned r = rarity_of(needle.p + i, 1) + 1;
		if (r > best[0]) {
			best[1] = best[0];
			f.at[1] = f.at[0];
			best[0] = r;
			f.at[0] = i;
		} else if (r > best[1]) {
			best[1] = r;
			f.at[1] = i;
		}
	}
	if (f.at[1] == SIZE_MAX || best[1] == 0)
		f.at[1] = f.at[0];
	for (size_t k = 0; k < 2; k++) {
		uint8_t c = needle.p[f.at[k]];
		f.byte[k] = c;
		f.letter[k] = fold && c >= 'a' && c <= 'z' ? 0x20 : 0;
	}
	return f;
}

static bool always(void) { return true; }
#if defined(__x86_64__)
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") != 0; }
static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
}
#endif

static const struct {
	bool (*usable)(void);
	const uint8_t *(*run)(const struct find *f, struct span hay);
} rows[] = {
	{ always, find_plain },
#if defined(__x86_64__)
	{ has_avx2, find_avx2 },
	{ has_avx512, find_avx512 },
#endif
};

size_t find_n_rows(void) { return sizeof rows / sizeof *rows; }
bool find_row_usable(size_t row) { return row < find_n_rows() && rows[row].usable(); }

static size_t best_row(void)
{
	size_t row = find_n_rows() - 1;

	while (!rows[row].usable())
		row--;
	return row;
}

struct find find_ready(struct span needle, struct span mask, bool fold)
{
	bool whole = false;

	for (size_t i = 0; i < mask.n; i++)
		whole = whole || mask.p[i] == 0xff;
	if (needle.n == 0 || (mask.n != 0 && (!whole || mask.n != needle.n)))
		return (struct find){ .needle = needle, .anywhere = true };
	struct find f = make_ready(needle, mask.n != 0 ? mask.p : NULL, fold);
	f.row = best_row();
	return f;
}

const uint8_t *find_next(const struct find *f, struct span hay)
{
	if (f->needle.n > hay.n)
		return NULL;
	return f->anywhere ? hay.p : rows[f->row].run(f, hay);
}

const uint8_t *find_bytes(struct span hay, struct span needle, bool fold)
{
	struct find f = find_ready(needle, (struct span){ NULL, 0 }, fold);

	return find_next(&f, hay);
}

const uint8_t *find_bytes_row(size_t row, struct span hay, struct span needle, bool fold)
{
	struct find f = find_ready(needle, (struct span){ NULL, 0 }, fold);

	f.row = row;
	return find_next(&f, hay);
}
