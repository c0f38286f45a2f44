/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/waiting.h"

#include <pthread.h>
#include <signal.h>

static void ends(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

bool waiting_prepare(struct error *e)
{
	sigset_t set;

	ends(&set);
	signal(SIGPIPE, SIG_IGN);
	return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "signals cannot be blocked");
}

void waiting_for_end(void)
{
	sigset_t set;
	int got;

	ends(&set);
	while (sigwait(&set, &got) != 0)
		continue;
}
