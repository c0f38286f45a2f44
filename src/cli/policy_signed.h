/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_POLICY_SIGNED_H
#define PEL_CLI_POLICY_SIGNED_H

/*
 * Signatures of policies.  What is signed is the canonical JSON, by its digest: POLICY.sig is a
 * signed note (trust/verify/note.h) of the text
 *
 *   pellucid/policy/v1
 *   id NAME
 *   version N
 *   sha256 hex(SHA-256 of the canonical JSON)
 *
 * so blanks and comments of the source may change, and nothing that it says.
 */

#include "policy/policy.h"

struct accept_policy; /* trust/verify/accept.h */

#define POLICY_SIGNED_SUFFIX ".sig"

/* Appends the text that is signed. */
NODISCARD bool policy_signed_text(const struct policy *p, struct buf *out, struct error *e);

/* Reads the keys that policies are to be signed with: `threshold K` and lines `key VKEY`, as for
 * releases. */
NODISCARD bool policy_signed_keys(const char *path, struct accept_policy *out, struct error *e);

/*
 * Looks at POLICY.sig beside the policy's file and sets p->signature and p->signers.  False where
 * the signature is of another text than the policy's or damaged, and, where keys are given, where
 * fewer of them signed than are wanted.  `keys` may be NULL.
 */
NODISCARD bool policy_signed_check(struct policy *p, const struct accept_policy *keys,
				   struct error *e);

/*
 * The same for several; keys are read from a file, where one is given (else `keys` is NULL).  An
 * exit status: EXIT_CLEAN, EXIT_CANNOT where there are no such keys, EXIT_FALSE where a signature
 * does not hold; what is wrong was said on standard error.
 */
NODISCARD int policy_signed_check_all(struct policy *const *list, size_t n, const char *keys);

#endif
