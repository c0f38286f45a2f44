/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_SOURCES_CVD_H
#define PEL_CLI_SOURCES_CVD_H

/* ClamAV's containers among the sources: their members become sources of their own. */

#include "rules/clamav/cvd_sign.h"
#include "rules/ir.h"

/* By the end of the name: .cvd, .cld or .cud. */
static inline bool sources_cvd_is(struct span name)
{
	struct span end = name.n > 4 ? span_cut(name, name.n - 4, 4) : (struct span){ NULL, 0 };

	return span_is(end, ".cvd") || span_is(end, ".cld") || span_is(end, ".cud");
}

/* Of a kind that ClamAV loads only where a signature holds. */
static inline bool sources_cvd_is_signed(struct span name)
{
	return name.n > 4 && span_is(span_cut(name, name.n - 4, 4), ".cvd");
}

/* What there is to prove a container by. */
struct sources_cvd_proof {
	/* A file of signatures (cvd_sign.h) by its path; an empty span where there is none. */
	struct span (*find)(const void *ctx, struct span path, bool older);
	const void *ctx;
	bool older;
	const struct cvd_certs *certs; /* NULL, or empty: none are known */
};

/*
 * Opens a container and calls add() for each member, whose name ("daily.cvd/daily.hdb") and text
 * lie in the set's arena.  What its digest, its signature and its manifest say goes into the set's
 * diagnostics; a member that is not as the manifest says is left out.  `official`: a
 * signature holds, of the old kind or the new.  As with ClamAV, a container of which a signature of
 * the new kind is false is refused (DAMAGED), and so is a .cvd of which none holds.
 */
NODISCARD bool sources_cvd_read(struct ruleset *set, const char *path, struct span file,
				const struct sources_cvd_proof *proof,
				bool (*add)(void *ctx, struct span name, struct span text,
					    bool official, struct error *e),
				void *ctx, struct error *e);

#endif
