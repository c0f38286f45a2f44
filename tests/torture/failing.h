#ifndef PEL_TESTS_FAILING_H
#define PEL_TESTS_FAILING_H

/*
 * Memory that fails when it is told to, and knows what was not given back.
 *
 * A program that is linked with failing.c and -Wl,--wrap=malloc,... asks here for all memory, that
 * of libraries with a static form too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From here on the allocation number `at` (from 0) fails, and with `for_ever` all that follow it.
 * UINT64_MAX: none does. */
void failing_begin(uint64_t at, bool for_ever);

/* Memory is as it always is again.  How many allocations there were since failing_begin(). */
uint64_t failing_end(void);

/* Pieces that were allocated between the two and are still there. */
size_t failing_leaks(void);

/* Gives them back: of a run that was broken off. */
void failing_sweep(void);

#endif
