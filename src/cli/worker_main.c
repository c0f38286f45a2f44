/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/libmagic.h"
#include "sandbox/worker.h"

/* pellucid-worker: started by a broker with a socket, a database and its set-up, and of no use
 * otherwise. */

/* Before the walls go up: behind them there is no library and no magic file to read. */
static const void *open_magic(void) { return libmagic_open(); }

#ifdef PELLUCID_SANITIZED
/* The sanitizers' own: a worker without rights cannot look for leaks, and a mapped file that
 * shrinks is to end it by SIGBUS as it does in release. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:handle_sigbus=0"; }
#endif

int main(void) { return worker_run(&(struct worker_host){ .open_magic = open_magic }); }
