/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_SEEDED_H
#define PEL_RECOVER_SEEDED_H

/* What families make of a seed: a key, and with it the first bytes of a file, or the file. */

#include "recover/attack.h"
#include "recover/seek.h"

struct seeded {
	const char *name;
	uint64_t header; /* bytes before the body */
	uint64_t near;   /* seeds between files of one run; 0: the engine's own guess */
	bool proves;     /* that it fits is proof enough: over 56 bits are compared */
	/* Can this seed have made the file?  Quick, and by the facts alone. */
	bool (*fits)(const struct seeded_target *t, uint64_t seed);
	/* Seeds that there can be. */
	void (*range)(const struct seeded_target *t, uint64_t *from, uint64_t *to);
	bool (*open)(const struct seeded_target *t, uint64_t seed, struct attack_open *o,
		     struct error *e);
	bool (*step)(struct attack_open *o, uint64_t at, uint8_t *p, size_t n, struct error *e);
	/* Is there what each file of the family has?  Before any search; NULL: nothing to ask. */
	bool (*whole)(const struct seeded_target *t, struct error *e);
};

const struct seeded *seeded_of(struct span name); /* NULL: none */

/* Is the kind told by its first 16 bytes? */
bool seeded_searchable(enum kind k);

/* ---- for seeded_*.c */

/* What tells a search from others: the family, the file's bytes that it goes by. */
uint64_t seeded_mark(const struct attack *a, const struct seeded_target *t);

/* The first bytes are the beginning of the kind that the name promises. */
bool seeded_begins(const struct seeded_target *t, const uint8_t *plain, size_t n);

enum seeded_padding { PADDING_NONE, PADDING_WANTED, PADDING_PERHAPS };

/* AES over a file, in the state of the one that is open. */
struct seeded_aes {
	uint8_t key[32], chain[16];  /* the IV, and then the last block of what is encrypted */
	uint8_t key_size;            /* 16 or 32 */
	bool cfb128, cfb8;           /* neither: CBC */
	enum seeded_padding padding; /* of PKCS #7, in the last block */
};

/* n bytes, whole blocks but for CFB; `in` and `out` may be the same. */
NODISCARD bool seeded_decrypt(const struct seeded_aes *s, const uint8_t *in, uint8_t *out,
			      size_t n);

/* A step of struct seeded_aes.  ENCRYPTED: the padding does not agree. */
bool seeded_aes_step(struct attack_open *o, uint64_t at, uint8_t *p, size_t n, struct error *e);

extern const struct seeded seeded_dma, seeded_princess;  /* seeded_msvc.c */
extern const struct seeded seeded_solidbit, seeded_onyx; /* seeded_dotnet.c */

#endif
