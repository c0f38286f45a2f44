/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_PROOFS_WIRE_H
#define PEL_TRUST_PROOFS_WIRE_H

/*
 * Questions and answers of proofs.h as bytes.  A question is u8 kind, u8 flag and its parts, each
 * u64 n and n bytes; numbers are parts of 8 bytes.  An answer is u8 enum reason; behind NONE what
 * was asked for, behind another one line of text that says why not.
 */

#include "trust/proofs.h"

enum proofs_kind {
	PROOFS_HEAD,        /* policy, note; flag: by the log alone */
	PROOFS_COSIGNATURE, /* vkey, note, answer */
	PROOFS_ENTRY,       /* entry; flag: may be unsigned */
	PROOFS_ENTRIES,     /* policy, keys, bundle, n */
	PROOFS_ACCEPT,      /* policy, keys, channel, state, now, bundle, entry, growth, missed
			       releases; flag: at the head */
	PROOFS_CHUNKS,      /* list, size, old */
	PROOFS_CHANGES,     /* entry, old, new */
	PROOFS_ITEMS,       /* artefact */
};

enum { PROOFS_STATE_SIZE = 4 * 8 + 2 * 32 /* bytes of a state */ };

void proofs_put_part(struct buf *b, struct span s);
void proofs_put_number(struct buf *b, uint64_t v);
void proofs_put_hash(struct buf *b, const struct merkle_hash *h);
void proofs_put_state(struct buf *b, const struct accept_state *s);

struct span proofs_part(struct cursor *c);
uint64_t proofs_number(struct cursor *c);
struct merkle_hash proofs_hash(struct cursor *c);
struct accept_state proofs_state(struct cursor *c);

#endif
