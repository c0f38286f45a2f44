/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_GENERATOR_H
#define PEL_RECOVER_GENERATOR_H

/* Generators that keys were made with and never should have been. */

#include <stdint.h>

/* rand() of the Microsoft C library: 15 bits. */
struct generator_msvc {
	uint32_t state;
};

static inline uint32_t generator_msvc(struct generator_msvc *g)
{
	g->state = g->state * 214013 + 2531011;
	return g->state >> 16 & 0x7fff;
}

/* rand() of musl: 31 bits.  The state after srand(s) is s - 1. */
struct generator_musl {
	uint64_t state;
};

static inline uint32_t generator_musl(struct generator_musl *g)
{
	g->state = g->state * 6364136223846793005u + 1;
	return (uint32_t)(g->state >> 33);
}

/* What n numbers make of a state at once: state * times + plus. */
struct generator_leap {
	uint64_t times, plus;
};

static inline struct generator_leap generator_musl_leap(unsigned n)
{
	struct generator_leap l = { 1, 0 };

	for (; n > 0; n--) {
		l.times *= 6364136223846793005u;
		l.plus = l.plus * 6364136223846793005u + 1;
	}
	return l;
}

static inline struct generator_musl generator_musl_after(struct generator_musl g,
							 const struct generator_leap *l)
{
	return (struct generator_musl){ g.state * l->times + l->plus };
}

/* System.Random of .NET: Knuth's subtractive generator with a table of 55. */
struct generator_dotnet {
	int32_t table[56];
	unsigned at, behind;
};

void generator_dotnet_seed(struct generator_dotnet *g, int32_t seed);
/* Next(): 0 to 2^31 - 2. */
int32_t generator_dotnet(struct generator_dotnet *g);
/* Next(from, to): `to` is not reached. */
int32_t generator_dotnet_range(struct generator_dotnet *g, int32_t from, int32_t to);

#endif
