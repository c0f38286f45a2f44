/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELLUCID_DB_H
#define PELLUCID_DB_H

/* Databases of rules: opened from a file, or compiled from YARA source. */

#include <pellucid/pellucid.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Maps a built database (.pel) that is replaced by rename and never rewritten.  Any bytes are safe.
 */
PEL_PUBLIC bool pel_db_open(const char *path, struct pel_db **out, struct pel_error *e);

/*
 * Opens the database that is in use in a trust directory (`policy`, `keys`, and what `pellucid
 * update` keeps in `rules`), if its release is proven there, offline: in the log, cosigned by the
 * policy's quorum, signed by enough release keys, and the one that was accepted.  Any other is
 * refused, and so is a directory without a policy.
 */
PEL_PUBLIC bool pel_db_open_proven(const char *trust, struct pel_db **out, struct pel_error *e);

/* What a summary has to say of where the rules come from: "release 12, proven (entry 40 of its
 * log)", or "not proven (no trust policy)".  The database's. */
PEL_PUBLIC const char *pel_db_proof(const struct pel_db *db);

/*
 * Compiles one YARA source of n bytes.  `name` stands in evidence as the rules' file.  Includes are
 * refused.  A rule with an error is left out; `told` (may be NULL) is called for every error and
 * warning with text as a compiler prints it.  Fails where the source holds errors alone.
 */
PEL_PUBLIC bool pel_db_compile(const char *name, const char *source, size_t n,
			       void (*told)(void *ctx, const char *message), void *ctx,
			       struct pel_db **out, struct pel_error *e);

PEL_PUBLIC void pel_db_free(struct pel_db *db);

/* Recomputes all digests within.  O(size). */
PEL_PUBLIC bool pel_db_verify(const struct pel_db *db, struct pel_error *e);

PEL_PUBLIC uint32_t pel_db_n_rules(const struct pel_db *db);

/* The database's name in evidence: SHA-256, 32 bytes, the database's. */
PEL_PUBLIC const uint8_t *pel_db_digest(const struct pel_db *db);

#ifdef __cplusplus
}
#endif

#endif
