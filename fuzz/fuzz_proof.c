/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/assess.h"
#include "recover/snapshot.h"

#include <stdlib.h>

/*
 * A file of which it is asked whether it is whole, and what of it is lost; its name says the kind
 * that the first byte chooses; with its bit 0x40 the file is repeated, as windows are looked at
 * that seeds do not fill.  What is broken is not proven by its structure, and the ranges of an
 * assessment are in order and lie within the file.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTHENED = 0x40, WINDOW = 1 << 16, WINDOWS = 5, FINE = 0x60, LARGE = WINDOWS * WINDOW };

/* The file and then more of it, but for windows whose bit is set, which look random; with FINE 64
 * bytes of every 128 do. */
static void lengthen(uint8_t *to, struct span file, unsigned random)
{
	uint64_t x = 1;

	for (size_t i = 0; i < LARGE; i++) {
		x = x * 6364136223846793005 + 1442695040888963407;
		bool noise = random == FINE ? i % 128 < 64
					    : (random >> i / WINDOW & 1) != 0 && i >= file.n;
		to[i] = noise ? (uint8_t)(x >> 56) : file.p[i % file.n];
	}
	if (random >= 0x80) /* the head too */
		for (size_t i = 0; i < file.n && i < 4096; i++)
			to[i] = (uint8_t)(to[WINDOW + i] ^ (i * 151 + (i >> 3)));
}

static void check_proof(const struct proof *p)
{
	if (p->kind >= KIND_COUNT || p->level > PROOF_CHECKSUM ||
	    memchr(p->what, 0, sizeof p->what) == NULL)
		abort();
}

static void check_assessment(struct region *r, const char *name, bool renamed)
{
	struct assess_hint hint = { span_of(name), renamed };
	struct assessment *a = malloc(sizeof *a);
	uint64_t at = 0, lost = 0;

	if (a == NULL)
		return;
	assess_file(r, &hint, a);
	check_proof(&a->proof);
	if (a->damage >= DAMAGE_COUNT || damage_word(a->damage) == NULL ||
	    (a->pattern != NULL && assess_pattern_named(span_of(a->pattern)) != a->pattern) ||
	    memchr(a->why, 0, sizeof a->why) == NULL)
		abort();
	for (unsigned i = 0; i < a->n_ranges; i++) {
		if (a->range[i].at < at || a->range[i].at + a->range[i].n > r->size)
			abort();
		at = a->range[i].at + a->range[i].n;
		lost += a->range[i].n;
	}
	if (a->lost > lost)
		abort();
	free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a",     "a.docx", "a.pdf",    "a.jpg", "a.mp4",
					     "a.txt", "a.gz",   "a.sqlite", "a.pst", "a.tar" };
	uint8_t *large = NULL;
	struct snapshot_stores stores;
	struct region r;
	struct proof p;

	if (size == 0)
		return 0;
	struct span file = { data + 1, size - 1 };
	if ((data[0] & LENGTHENED) != 0 && file.n > 1 && (large = malloc(LARGE)) != NULL) {
		lengthen(large, span_cut(file, 1, file.n), file.p[0]);
		file = (struct span){ large, LARGE };
	}
	region_of_memory(&r, file);
	for (unsigned deep = 0; deep < 2; deep++) {
		proof_of(&r, (enum kind)(data[0] % KIND_COUNT), deep != 0, &p);
		check_proof(&p);
	}
	check_assessment(&r, names[data[0] % (sizeof names / sizeof *names)], data[0] >= 0x80);
	snapshot_vss(&r, &stores);
	if (stores.n > SNAPSHOT_STORES || stores.at > r.size || (!stores.kept && stores.n != 0))
		abort();
	free(large);
	return 0;
}
