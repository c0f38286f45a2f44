/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_COUNT_H
#define PEL_CLI_COUNT_H

/* Adds up the bytes that a scan of some paths will read, in a process of its own (it may wait for a
 * file system for ever) and in constant memory, so that a line of progress can say what remains. */

#include "cli/output.h"

struct count;

/* NULL where it cannot be had; then nothing is known.  The paths must outlive it. */
struct count *count_start(char *const *path, size_t n, bool one_file_system);
struct output_total *count_total(struct count *c);
void count_stop(struct count *c);

#endif
