/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_RARITY_H
#define PEL_MATCH_RARITY_H

/* How rare a run of bytes is in ordinary files: a guess, used only to choose what to look for. */

#include <stddef.h>
#include <stdint.h>

/* About -4 log2 of the chance that the n bytes at p stand at a place of an ordinary file (quarter
 * bits), ASCII case ignored. */
unsigned rarity_of(const uint8_t *p, size_t n);

/* The same for each run of `run` bytes (1 to n) among the n at p: rarity[i] is that of the one at
 * p + i; there are n - run + 1.  O(n). */
void rarity_of_runs(const uint8_t *p, size_t n, size_t run, unsigned *rarity);

#endif
