/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/assess.h"

#include <stdlib.h>

/*
 * A file of which it is asked whether it is whole, and what of it is lost; its name says the kind
 * that the first byte chooses.  What is broken is not proven by its structure, and the ranges of an
 * assessment are in order and lie within the file.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	if (a->damage >= DAMAGE_COUNT || memchr(a->why, 0, sizeof a->why) == NULL)
		abort();
	for (unsigned i = 0; i < a->n_ranges; i++) {
		if (a->range[i].at < at || a->range[i].at + a->range[i].n > r->size)
			abort();
		at = a->range[i].at + a->range[i].n;
		lost += a->range[i].n;
	}
	if (lost != a->lost)
		abort();
	free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a",     "a.docx", "a.pdf",    "a.jpg", "a.mp4",
					     "a.txt", "a.gz",   "a.sqlite", "a.pst", "a.tar" };
	struct region r;
	struct proof p;

	if (size == 0)
		return 0;
	region_of_memory(&r, (struct span){ data + 1, size - 1 });
	for (unsigned deep = 0; deep < 2; deep++) {
		proof_of(&r, (enum kind)(data[0] % KIND_COUNT), deep != 0, &p);
		check_proof(&p);
	}
	check_assessment(&r, names[data[0] % (sizeof names / sizeof *names)], data[0] >= 0x80);
	return 0;
}
