/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/quorum.h"

#include <stdlib.h>

/*
 * Nobody is no quorum, everybody is one, and one witness more never takes it away.  A note that two
 * witnesses have cosigned, that of corpus/note, is held against the policy too: who makes the
 * quorum for it does so by the rule.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char cosigned[] =
	"pellucid.example/rules\n"
	"5\n"
	"Tju7H3tHjc/nH7YxYxUZo7yhLJrvyhYSv85ME6hiZNQ=\n"
	"\n"
	"\xe2\x80\x94 pellucid.example/rules "
	"/B7d5dM+gYAkTZai3Gza2Gi/"
	"HUyapzs7xo3OT+ybn79AXQjAxRCWhhidhaWqpnOB4kKcK5GUMxDWJrjvIVuc10rqXAw=\n"
	"\xe2\x80\x94 w1.example "
	"jOKmnwAAAABpVbkAAZdFy/"
	"i9iCTX+V7SIqxLZVnSmyxEC8Gug4hKs4wR0yGLAMJs9Z4sc5wgid4ZtJEa9e59u1mw085xEfAZL4qFDQ==\n"
	"\xe2\x80\x94 w2.example "
	"q9XYegAAAABpVbkBWcoh7Mfar2dZgeJUrr2m69NMg1CBBPp/"
	"1IksWarfMyIT8CesrwaW17XV5k2FYDoPjPcPzgiXNdBTPF3z47aoBg==\n";

static void check_note(const struct quorum *q)
{
	static struct quorum_seen seen;
	struct checkpoint head;
	struct error e;
	size_t log;

	if (!quorum_check(q, span_of(cosigned), &head, &log, &seen, &e)) {
		if (e.why == REASON_NONE)
			abort();
		return;
	}
	if (log >= q->n_logs || seen.n > q->n_witnesses || !quorum_met(q, seen.by) ||
	    quorum_fresh(q, &seen) > seen.newest || !span_is(head.origin, q->log[log].key.name))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct quorum q;
	bool by[QUORUM_MAX_WITNESSES] = { 0 };
	struct error e;

	if (!quorum_parse((struct span){ data, size }, &q, &e))
		return 0;
	check_note(&q);
	bool met = quorum_met(&q, by);
	if (met)
		abort();
	for (size_t i = 0; i < q.n_witnesses; i++) {
		by[i] = true;
		bool now = quorum_met(&q, by);
		if (met && !now)
			abort();
		met = now;
	}
	if (!met || quorum_overlap(&q) > q.n_witnesses)
		abort();
	return 0;
}
