/* SPDX-License-Identifier: Apache-2.0 */
#include "review/coverage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[COVERAGE_STATES] = {
	[COVERAGE_COMPLETE] = "complete",       [COVERAGE_PARTIAL] = "partial",
	[COVERAGE_UNAVAILABLE] = "unavailable", [COVERAGE_NOT_APPLICABLE] = "not-applicable",
	[COVERAGE_DENIED] = "denied",
};

const char *coverage_word(enum coverage_state s) { return words[s]; }

void coverage_decide(struct coverage *c, enum coverage_state s, const char *format, ...)
{
	va_list ap;

	c->state = s;
	c->decided = true;
	va_start(ap, format);
	(void)vsnprintf(c->reason, sizeof c->reason, format, ap);
	va_end(ap);
}

static void put(char *to, size_t size, const char *text)
{
	size_t n = strnlen(text, size - 1);

	memcpy(to, text, n);
	to[n] = '\0';
}

void coverage_gap(struct coverage *c, const char *where, const char *why, const char *what)
{
	if (c->n_gaps < COVERAGE_GAPS) {
		struct coverage_gap *g = &c->gap[c->n_gaps];
		put(g->where, sizeof g->where, where);
		put(g->why, sizeof g->why, why);
		put(g->what, sizeof g->what, what);
	}
	c->n_gaps++;
	if (c->decided)
		return;
	c->state = COVERAGE_PARTIAL;
	(void)snprintf(c->reason, sizeof c->reason, "%llu not examined",
		       (unsigned long long)c->n_gaps);
}
