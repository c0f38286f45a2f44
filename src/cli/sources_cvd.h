/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SOURCES_CVD_H
#define PEL_CLI_SOURCES_CVD_H

/* ClamAV's containers among the sources: their members become sources of their own. */

#include "rules/ir.h"

/* By the end of the name: .cvd, .cld or .cud. */
static inline bool sources_cvd_is(struct span name)
{
	struct span end = name.n > 4 ? span_cut(name, name.n - 4, 4) : (struct span){ NULL, 0 };

	return span_is(end, ".cvd") || span_is(end, ".cld") || span_is(end, ".cud");
}

/*
 * Opens a container and calls add() for each member, whose name ("daily.cvd/daily.hdb") and text
 * lie in the set's arena.  What its digest, its signature and its manifest say goes into the set's
 * diagnostics; a member that is not as the manifest says is left out.  `official`: ClamAV's
 * signature holds.  `signed_apart`: NAME.sign lies beside it.
 */
NODISCARD bool sources_cvd_read(struct ruleset *set, const char *path, struct span file,
				bool signed_apart,
				bool (*add)(void *ctx, struct span name, struct span text,
					    bool official, struct error *e),
				void *ctx, struct error *e);

#endif
