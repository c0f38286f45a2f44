/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROBE_IMPL_H
#define PEL_SANDBOX_PROBE_IMPL_H

/*
 * Attempts on memory, code and clocks (probe_memory.c) for the table of probe_attempts.c.  Each
 * returns 0 where it could be done, else the errno of the refusal.
 */

/* What a system call returned, as an attempt's outcome: one that fails since its target is not
 * there could have been made. */
int probe_outcome(long r);

/* memory past the limits */
int probe_memory_growing(void);
int probe_memory_huge_pages(void);
int probe_memory_locked(void);
int probe_memory_addresses(void);
int probe_memory_merged(void);
int probe_memory_shared_segment(void);

/* code */
int probe_memory_run_written(void);
int probe_memory_write_code(void);
int probe_memory_remap(void);
int probe_memory_protect_key(void);

/* clocks that need no system call and no time-stamp counter */
int probe_memory_coarse_clock(void);
int probe_memory_clock_page(void);
int probe_memory_old_clock(void);

#endif
