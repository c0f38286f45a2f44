/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/assess.h"

/*
 * Patterns of intermittent encryption, as published.  Each is a question: is this byte of a file of
 * that size encrypted?  The one that agrees with the ranges over most blocks is told, if no more
 * than MAX_RESIDUAL parts in a thousand do not.
 */

enum { MAX_RESIDUAL = 60, MOST_STEPS = 4096 };

#define MIB (1ull << 20)

static bool periodic(uint64_t at, uint64_t take, uint64_t period) { return at % period < take; }

static bool head_4k(uint64_t at, uint64_t size) { return (void)size, at < 4096; }
static bool head_150k(uint64_t at, uint64_t size) { return (void)size, at < 153605; }
static bool head_1m(uint64_t at, uint64_t size) { return (void)size, at < MIB; }
static bool head_2m(uint64_t at, uint64_t size) { return (void)size, at < 2 * MIB; }
static bool head_512m(uint64_t at, uint64_t size) { return (void)size, at < 512 * MIB; }
static bool babuk_nas(uint64_t at, uint64_t size)
{
	return size <= 20 * MIB
		       ? at < 4 * MIB
		       : periodic(at, MIB, 10 * MIB) && at / (10 * MIB) < size / (10 * MIB);
}
static bool half_mib(uint64_t at, uint64_t size) { return (void)size, periodic(at, MIB, 2 * MIB); }

/* ESXiArgs, first wave: 1 MiB, then size_in_KiB / 1024 / 100 - 1 MiB left out. */
static bool esxiargs(uint64_t at, uint64_t size)
{
	uint64_t gap = size / MIB / 100;

	return size < 128 * MIB || periodic(at, MIB, MIB * (gap > 1 ? gap : 1));
}

static bool akira_spots(uint64_t at, uint64_t size)
{
	uint64_t chunk = size / 10, step = (size - 4 * chunk) / 5;

	for (unsigned i = 0; i < 4; i++)
		if (at >= i * step && at < i * step + chunk)
			return true;
	return false;
}

/* The first Akira's spots of 50 parts in a hundred. */
static bool akira_first(uint64_t at, uint64_t size)
{
	uint64_t chunk = size / 10, step = (size - 4 * chunk) / 5;

	for (unsigned i = 0; i < 4; i++)
		if (at >= i * (chunk + step) && at < i * (chunk + step) + chunk)
			return true;
	return false;
}

static bool half(uint64_t at, uint64_t size) { return at < size / 2; }
static bool yanluowang(uint64_t at, uint64_t size)
{
	return (void)size, periodic(at, 5 * MIB, 200 * MIB);
}

static const struct {
	const char *name;
	bool (*encrypted)(uint64_t at, uint64_t size);
} patterns[] = {
	{ "the first 4 KiB, as LockBit 2 does", head_4k },
	{ "the first 150 KB, as STOP does", head_150k },
	{ "the first MiB, as Avaddon and Conti do", head_1m },
	{ "the first 2 MiB, as TorrentLocker does", head_2m },
	{ "the first 512 MiB, as Babuk for ESXi does", head_512m },
	{ "1 MiB of every 10, or the first 4, as Babuk for NAS does", babuk_nas },
	{ "1 MiB of every 2, as the second wave of ESXiArgs does", half_mib },
	{ "1 MiB in about a hundred, as ESXiArgs does", esxiargs },
	{ "four tenths, spread, as Akira does", akira_spots },
	{ "four tenths at even distances, as the first Akira does", akira_first },
	{ "the first half, as Akira does", half },
	{ "5 MiB of every 200, as Yanluowang does", yanluowang },
};

const char *assess_fit_named(struct span name)
{
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (span_is(name, patterns[i].name))
			return patterns[i].name;
	return NULL;
}

static bool in_ranges(const struct assessment *a, uint64_t at, unsigned *from)
{
	while (*from < a->n_ranges && a->range[*from].at + a->range[*from].n <= at)
		++*from;
	return *from < a->n_ranges && at >= a->range[*from].at;
}

void assess_fit(struct assessment *a)
{
	uint64_t step = a->size / MOST_STEPS;
	unsigned best = MAX_RESIDUAL + 1;

	step = step > CHI_BLOCK ? step : CHI_BLOCK;
	a->pattern = NULL;
	if (a->lost * 50 >= a->size * 49) /* all of it: no pattern */
		return;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		uint64_t wrong = 0, n = 0, hit = 0;
		unsigned from = 0;
		for (uint64_t at = step / 2; at < a->size; at += step, n++) {
			bool want = patterns[i].encrypted(at, a->size);
			wrong += want != in_ranges(a, at, &from);
			hit += want;
		}
		unsigned residual = n != 0 ? (unsigned)(wrong * 1000 / n) : 1000;
		if (hit != 0 && wrong * 2 <= hit && residual < best) {
			best = residual;
			a->pattern = patterns[i].name;
			a->residual = residual;
		}
	}
}
