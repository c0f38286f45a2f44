/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/worker.h"

/* pellucid-worker: started by a broker with a socket and a database, and of no use otherwise. */
int main(void) { return worker_run(); }
