/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_VERIFY_PAGE_H
#define PEL_CLI_VERIFY_PAGE_H

/* `pellucid verify` without a verdict: what this machine relies on, piece by piece, and whether it
 * is proven.  `dir` is the trust directory, or NULL.  The exit status: CLEAN where all is proven,
 * INCOMPLETE where something is not, FALSE where something is refuted. */
int verify_page(const char *dir);

/* `verify --program`: the installed files against a release of channel program that lies in
 * `release`, with its proof where the trust directory has a policy.  `prefix` may be NULL. */
int verify_program(const char *dir, const char *release, const char *prefix);

#endif
