/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/seek.h"
#include "recover/kcipher2.h"
#include "recover/seeded.h"
#include "recover/yarrow.h"

size_t seek_result_size(enum seek_kind k)
{
	return k == SEEK_SEEDS ? 8 : k == SEEK_CLOCKS ? YARROW_BYTES : 16;
}

/* ---- seeds of a generator */

static bool seeds(const struct seek *s, uint64_t from, uint64_t to, uint64_t *next, struct buf *out)
{
	const struct seeded *kind = seeded_of(span_of(s->generator));
	size_t most = out->n + (size_t)SEEK_RESULTS * 8;

	if (kind == NULL)
		return false;
	for (; from < to && out->n < most; from++)
		if (kind->fits(&s->target, from))
			buf_put_le64(out, from);
	*next = from;
	return true;
}

/* ---- clocks of Akira */

static bool clocks(const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
		   struct buf *out)
{
	to = to - from > SEEK_PIECE ? from + SEEK_PIECE : to;
	for (; from < to; from++) {
		uint8_t made[YARROW_BYTES];
		if (!yarrow_of_number(s->first + from * s->step, made))
			return false;
		buf_put(out, made, sizeof made);
	}
	*next = from;
	return true;
}

/* The key of one clock with the IV of each that may follow. */
static void pairs_of(const struct seek *s, const struct kcipher2_tables *tables, uint64_t key,
		     size_t most, struct buf *out)
{
	const uint8_t *made = s->table.p + key * YARROW_BYTES;
	struct kcipher2 k;
	uint8_t head[16];

	for (uint64_t gap = 0; gap <= s->gap && out->n < most; gap++) {
		kcipher2_init(&k, tables, made, made + gap * YARROW_BYTES);
		memcpy(head, s->target.head, sizeof head);
		kcipher2_xor(&k, head, sizeof head);
		if (!seeded_begins(&s->target, head, sizeof head))
			continue;
		buf_put_le64(out, key);
		buf_put_le64(out, key + gap);
	}
}

static bool pairs(const struct seek *s, uint64_t from, uint64_t to, uint64_t *next, struct buf *out)
{
	uint64_t have = s->table.n / YARROW_BYTES;
	size_t most = out->n + (size_t)SEEK_RESULTS * 16;
	struct kcipher2_tables tables;

	if (s->gap >= have || to > have - s->gap)
		return false;
	kcipher2_tables_make(&tables);
	for (; from < to && out->n < most; from++)
		pairs_of(s, &tables, from, most, out);
	*next = from;
	return true;
}

bool seek_piece(const struct seek *s, uint64_t from, uint64_t to, uint64_t *next, struct buf *out)
{
	bool ok = from < to && (s->kind == SEEK_SEEDS    ? seeds(s, from, to, next, out)
				: s->kind == SEEK_CLOCKS ? clocks(s, from, to, next, out)
							 : pairs(s, from, to, next, out));

	return ok && buf_ok(out);
}

uint64_t seek_shown(const struct seek *s, uint64_t number)
{
	return s->kind == SEEK_SEEDS ? number : s->first + number * s->step;
}

/* ---- from process to process */

void seek_put(const struct seek *s, struct buf *to)
{
	const struct seeded_target *t = &s->target;

	buf_put_u8(to, (uint8_t)s->kind);
	buf_put(to, s->generator, sizeof s->generator);
	buf_put_u8(to, (uint8_t)t->n);
	buf_put(to, t->head, sizeof t->head);
	buf_put(to, t->before, sizeof t->before);
	buf_put_u8(to, (uint8_t)t->expected);
	buf_put_le64(to, (uint64_t)t->mtime);
	buf_put_le64(to, t->size);
	buf_put_le64(to, s->first);
	buf_put_le64(to, s->step);
	buf_put_le64(to, s->gap);
}

static void take_bytes(struct cursor *c, void *to, size_t n)
{
	struct span s = cursor_take(c, n);

	if (s.n == n)
		memcpy(to, s.p, n);
}

bool seek_take(struct cursor *c, struct seek *out)
{
	struct seeded_target *t = &out->target;
	unsigned kind = cursor_u8(c);

	*out = (struct seek){ .kind = SEEK_SEEDS };
	take_bytes(c, out->generator, sizeof out->generator);
	t->n = cursor_u8(c);
	take_bytes(c, t->head, sizeof t->head);
	take_bytes(c, t->before, sizeof t->before);
	unsigned expected = cursor_u8(c);
	t->mtime = (int64_t)cursor_le64(c);
	t->size = cursor_le64(c);
	out->first = cursor_le64(c);
	out->step = cursor_le64(c);
	out->gap = cursor_le64(c);
	if (!cursor_ok(c) || kind >= SEEK_KINDS || expected >= KIND_COUNT ||
	    t->n > sizeof t->head || out->generator[sizeof out->generator - 1] != '\0' ||
	    out->gap > SEEK_CLOCKS_MAX || (kind != SEEK_SEEDS && out->step == 0) ||
	    (kind != SEEK_CLOCKS && t->n < 16) ||
	    (kind == SEEK_SEEDS && seeded_of(span_of(out->generator)) == NULL))
		return false;
	out->kind = (enum seek_kind)kind;
	t->expected = (enum kind)expected;
	return true;
}
