/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

bool number_read(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *out,
		 struct error *e)
{
	char *end = NULL;

	errno = 0;
	uint64_t n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < least || n > most)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "--%s takes a number from %" PRIu64 " to %" PRIu64 ", not `%.40s`",
				 name, least, most, text);
	*out = n;
	return true;
}

bool number_read_small(const char *name, const char *text, unsigned least, unsigned most,
		       unsigned *out, struct error *e)
{
	uint64_t n;

	if (!number_read(name, text, least, most, &n, e))
		return false;
	*out = (unsigned)n;
	return true;
}
