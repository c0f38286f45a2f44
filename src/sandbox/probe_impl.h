/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_SANDBOX_PROBE_IMPL_H
#define PEL_SANDBOX_PROBE_IMPL_H

/*
 * Between probe.c, which puts the questions, probe_walls.c, which looks at walls that need more
 * than a question, and attempts on memory, code and clocks (probe_memory.c) for the table of
 * probe_attempts.c.  An attempt returns 0 where it could be done, else the errno of the refusal.
 */

#include "base/buf.h"
#include "sandbox/probe.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { PROBE_QUESTION = 12 /* bytes: u32 number of the attempt, u64 the broker's pid */ };

/* Numbers of questions that are none of the table's. */
#define PROBE_BUSY         UINT32_MAX       /* never to answer */
#define PROBE_SEND_TO_NAME (UINT32_MAX - 1) /* to send to the broker's name */

/* A question of this process. */
void probe_question(struct buf *out, uint32_t number);

/* An answer as what became of the attempt; INTERNAL where it cannot be one. */
NODISCARD bool probe_end_of(struct span answer, struct probe_result *out, struct error *e);

/* The name (in no file system) of a broker's socket; returns its size. */
socklen_t probe_name(struct sockaddr_un *out, pid_t broker);

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
