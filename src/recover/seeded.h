/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SEEDED_H
#define PEL_RECOVER_SEEDED_H

/* What families make of a seed: a key, and with it the first bytes of a file, or the file. */

#include "recover/attack.h"

/* One file, as a search sees it. */
struct seeded_target {
	uint8_t head[64]; /* the body's first bytes */
	size_t n;
	uint8_t before[32]; /* of the header, where the family has one */
	enum kind expected; /* by its name */
	int64_t mtime;
	uint64_t size; /* of the file */
};

struct seeded {
	const char *name;
	uint64_t header; /* bytes before the body */
	uint64_t near;   /* seeds between files of one run; 0: the engine's own guess */
	bool proves;     /* that it fits is proof enough: over 56 bits are compared */
	/* Can this seed have made the file?  Quick; called by several threads. */
	bool (*fits)(const struct seeded_target *t, uint64_t seed);
	/* Seeds that there can be. */
	void (*range)(const struct seeded_target *t, uint64_t *from, uint64_t *to);
	bool (*open)(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
		     struct error *e);
	bool (*step)(struct attack_open *o, uint64_t at, uint8_t *p, size_t n, struct error *e);
};

const struct seeded *seeded_of(struct span name); /* NULL: none */

/* Is the kind told by its first 16 bytes? */
bool seeded_searchable(enum kind k);

#endif
