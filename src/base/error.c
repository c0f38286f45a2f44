/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *e, enum reason why, uint64_t at, const char *format, ...)
{
	va_list ap;

	e->why = why;
	e->at = at;
	va_start(ap, format);
	vsnprintf(e->text, sizeof e->text, format, ap);
	va_end(ap);
	return false;
}

bool error_wrap(struct error *e, const char *format, ...)
{
	char old[sizeof e->text];
	va_list ap;

	memcpy(old, e->text, sizeof old);
	va_start(ap, format);
	int n = vsnprintf(e->text, sizeof e->text, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->text - 1) {
		size_t room = sizeof e->text - (size_t)n - 1;
		size_t k = strnlen(old, room);
		memcpy(e->text + n, old, k);
		e->text[(size_t)n + k] = '\0';
	}
	return false;
}

const char *reason_word(enum reason why)
{
	static const char *const word[REASON_COUNT] = {
		[REASON_NONE] = "none",           [REASON_DAMAGED] = "damaged",
		[REASON_ENCRYPTED] = "encrypted", [REASON_UNSUPPORTED] = "unsupported",
		[REASON_LIMIT] = "limit",         [REASON_TIME] = "limit:time",
		[REASON_DENIED] = "unreadable",   [REASON_IO] = "unreadable",
		[REASON_MEMORY] = "memory",       [REASON_CHANGED] = "changed",
		[REASON_CRASH] = "worker-crash",  [REASON_INTERNAL] = "internal",
		[REASON_STOPPED] = "interrupted",
	};
	return why < REASON_COUNT ? word[why] : "internal";
}
