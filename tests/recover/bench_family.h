#ifndef PEL_TESTS_RECOVER_BENCH_FAMILY_H
#define PEL_TESTS_RECOVER_BENCH_FAMILY_H

/*
 * One family on the bench: its engine, a file that layouts made, and what the engine makes of it.
 * All is done twice: here, and by a worker behind the walls, which must come to the same.
 */

#include "recover/attack_ask.h"
#include "tests/recover/layouts.h"

struct bench_family {
	struct family family;
	struct attack attack;
	struct attacker caged;
	bool is_caged; /* it has learnt */
	int64_t mtime[ATTACK_MAX_SAMPLES];
	struct buf made; /* by the worker */
	struct buf original, encrypted, result, key, kept[ATTACK_MAX_SAMPLES];
	struct buf before[ATTACK_MAX_PAIRS], after[ATTACK_MAX_PAIRS];
	struct region region[ATTACK_MAX_SAMPLES];
	struct error e;
};

extern struct bench_family bench;

/* Opens recovery/ID.family; what was there before is closed. */
void bench_open(const char *id);
void bench_close(void);

/* A file as the layout leaves it: of the family on the bench, or of another. */
void bench_make(const char *layout, const char *kind, size_t n, uint64_t seed);
/* What was made becomes a sample under that name, of that time; or a pair. */
void bench_sample(const char *name, int64_t mtime);
void bench_pair(void);
/* The key that the layout has for the seed. */
void bench_key(const char *layout, uint64_t seed);

/* Learns and holds it against the samples; fails the test where that fails. */
void bench_learn(void);
/* The engine's own learning alone, without samples. */
void bench_learn_alone(void);
/* Is what was made opened?  The original is in bench.result, what was said in bench.e. */
bool bench_opens(const char *name, struct attack_open *o);
/* Makes one and opens it to its original, byte for byte; else the test fails. */
void bench_round(const char *layout, const char *kind, size_t n, uint64_t seed, int64_t mtime);

#endif
