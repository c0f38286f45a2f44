/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ledger_place.h"

#include <stdio.h>
#include <stdlib.h>

bool ledger_place(char *to, size_t size)
{
	const char *own = getenv("PELLUCID_LEDGER"), *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	if (own != NULL && own[0] != '\0')
		n = snprintf(to, size, "%s", own);
	else if (state != NULL && state[0] == '/')
		n = snprintf(to, size, "%s/pellucid", state);
	else if (home != NULL && home[0] == '/')
		n = snprintf(to, size, "%s/.local/state/pellucid", home);
	return n > 0 && (size_t)n < size;
}
