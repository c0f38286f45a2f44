/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/proofs_wire.h"

void proofs_put_part(struct buf *b, struct span s)
{
	buf_put_le64(b, s.n);
	buf_put_span(b, s);
}

void proofs_put_number(struct buf *b, uint64_t v)
{
	buf_put_le64(b, 8);
	buf_put_le64(b, v);
}

void proofs_put_hash(struct buf *b, const struct merkle_hash *h) { buf_put(b, h->b, sizeof h->b); }

void proofs_put_state(struct buf *b, const struct accept_state *s)
{
	buf_put_le64(b, s->size);
	proofs_put_hash(b, &s->root);
	buf_put_le64(b, s->time);
	buf_put_le64(b, s->seq);
	proofs_put_hash(b, &s->leaf);
	buf_put_le64(b, s->expires);
}

struct span proofs_part(struct cursor *c) { return cursor_take(c, cursor_le64(c)); }

uint64_t proofs_number(struct cursor *c)
{
	if (cursor_le64(c) != 8)
		cursor_fail(c);
	return cursor_le64(c);
}

struct merkle_hash proofs_hash(struct cursor *c)
{
	struct merkle_hash h = { { 0 } };
	struct span s = cursor_take(c, sizeof h.b);

	if (s.n == sizeof h.b)
		memcpy(h.b, s.p, sizeof h.b);
	return h;
}

struct accept_state proofs_state(struct cursor *c)
{
	struct accept_state s = { .size = cursor_le64(c) };

	s.root = proofs_hash(c);
	s.time = cursor_le64(c);
	s.seq = cursor_le64(c);
	s.leaf = proofs_hash(c);
	s.expires = cursor_le64(c);
	return s;
}
