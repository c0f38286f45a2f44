/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/generator.h"

enum { BIG = INT32_MAX, SEED = 161803398 };

void generator_dotnet_seed(struct generator_dotnet *g, int32_t seed)
{
	int32_t mj = SEED - (seed == INT32_MIN ? INT32_MAX : seed < 0 ? -seed : seed), mk = 1;

	g->table[0] = 0;
	g->table[55] = mj;
	for (unsigned i = 1; i < 55; i++) {
		unsigned k = 21 * i % 55;
		g->table[k] = mk;
		mk = mj - mk;
		if (mk < 0)
			mk += BIG;
		mj = g->table[k];
	}
	for (unsigned round = 1; round < 5; round++)
		for (unsigned i = 1; i < 56; i++) {
			unsigned k = 1 + (i + 30 < 55 ? i + 30 : i - 25);
			/* the difference may pass the ends of 32 bits, and wraps as .NET's does */
			int32_t v = (int32_t)((uint32_t)g->table[i] - (uint32_t)g->table[k]);
			g->table[i] = v < 0 ? (int32_t)((uint32_t)v + BIG) : v;
		}
	g->at = 0;
	g->behind = 21;
}

int32_t generator_dotnet(struct generator_dotnet *g)
{
	g->at = g->at + 1 >= 56 ? 1 : g->at + 1;
	g->behind = g->behind + 1 >= 56 ? 1 : g->behind + 1;
	int32_t v = (int32_t)((uint32_t)g->table[g->at] - (uint32_t)g->table[g->behind]);
	if (v == BIG)
		v--;
	if (v < 0)
		v = (int32_t)((uint32_t)v + BIG);
	g->table[g->at] = v;
	return v;
}

int32_t generator_dotnet_range(struct generator_dotnet *g, int32_t from, int32_t to)
{
	double sample = generator_dotnet(g) * (1.0 / BIG);

	return (int32_t)(sample * (double)(to - from)) + from;
}
