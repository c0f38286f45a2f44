/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"

/*
 * What the engine says of programs and autostart scripts, and their digests.  Both need workers
 * that only the verb can start, so these rows gather nothing: the verb fills in facts and coverage
 * (cli/review_scan.c) where --scan and --hash ask for them.
 */

static void not_asked_scan(struct gather *g)
{
	coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "not asked for: --scan");
}

static void not_asked_hash(struct gather *g)
{
	coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "not asked for: --hash");
}

static void read_nothing(const struct bundle *b, struct fact_writer *w)
{
	(void)b;
	(void)w;
}

const struct collector collect_engine = {
	.name = "engine",
	.title = "What the engine says of programs",
	.looks = "files that may be executed, and what is started by itself",
	.stage = 1,
	.gather = not_asked_scan,
	.read = read_nothing,
};

const struct collector collect_digest = {
	.name = "digests",
	.title = "Digests of programs",
	.looks = "files that may be executed, and what is started by itself",
	.stage = 1,
	.gather = not_asked_hash,
	.read = read_nothing,
};
