/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_ask.h"
#include "recover/vmdk_ask.h"
#include "recover/yarrow.h"

#include <stdlib.h>

/*
 * What workers say that learn, decrypt, search, and describe disks, as who asked takes it.  Input:
 * u8 which, and then: events of an original, u8 kind, u16 n and n bytes each, and its answer; what
 * was learnt; a search, u64 from, u64 to, and the results of a piece; a description of a disk.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_SIZE = 1 << 20, MAX_CLOCKS = 4 };

struct taking {
	uint64_t left;
	bool open;
};

static bool begin(void *ctx, const struct attacker_opened *o, struct error *e)
{
	struct taking *t = ctx;

	if (t->open || o->size > FILE_SIZE || o->name.n > 255)
		abort();
	t->open = true;
	t->left = o->size;
	return o->name.n != 1 || error_set(e, REASON_IO, PLACE_NONE, "not wanted");
}

static bool take_data(void *ctx, struct span s, struct error *e)
{
	struct taking *t = ctx;

	(void)e;
	if (!t->open || s.n == 0 || s.n > t->left)
		abort();
	t->left -= s.n;
	return true;
}

static void original(struct cursor *c)
{
	struct taking t = { .left = 0 };
	const struct attacker_taker taker = { &t, begin, take_data };
	struct attack_receiver r = { .taker = &taker, .file_size = FILE_SIZE };
	struct attacker_made made;
	struct error e;
	struct buf reply;

	buf_init(&reply, 1 << 16);
	for (bool ok = true; ok && cursor_left(c) > 0;) {
		unsigned kind = cursor_u8(c);
		struct span event = cursor_take(c, cursor_le16(c));
		if (kind == ATTACK_EVENTS) {
			if (attack_take_made(&r, event, &made, &e) &&
			    (made.size != r.came || !t.open || made.lost > FILE_SIZE))
				abort();
			break;
		}
		ok = attack_receive(&r, kind, event, &reply);
		attack_received(&r);
	}
	buf_release(&reply);
}

static void learnt(struct span answer)
{
	char what[160];
	struct error e;
	unsigned bits;

	if (!attack_take_learnt(answer, &bits, what, sizeof what, &e))
		return;
	if (bits < PROOF_BITS_WANTED)
		abort();
	for (const char *p = what; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			abort();
}

/* A search that may be is written as it was read; a piece of it is tried. */
static void search(struct cursor *c)
{
	struct span results;
	struct seek s;
	struct buf again;
	size_t at = (size_t)cursor_place(c);
	struct cursor whole = *c;
	uint64_t from, to, next;

	if (!seek_take(c, &s))
		return;
	cursor_seek(&whole, 1);
	buf_init(&again, SEEK_WIRE);
	seek_put(&s, &again);
	if (at != 1 || !span_equal(buf_span(&again), cursor_take(&whole, SEEK_WIRE)))
		abort();
	buf_release(&again);
	from = cursor_le64(c);
	to = cursor_le64(c);
	if (team_take(&s, from, to, cursor_take(c, cursor_left(c)), &next, &results) &&
	    (next <= from || next > to || results.n % seek_result_size(s.kind) != 0))
		abort();
	if (s.kind != SEEK_CLOCKS || from >= to)
		return;
	to = to - from > MAX_CLOCKS ? from + MAX_CLOCKS : to;
	buf_init(&again, (size_t)MAX_CLOCKS * YARROW_BYTES);
	if (seek_piece(&s, from, to, &next, &again) && again.n != (next - from) * YARROW_BYTES)
		abort();
	buf_release(&again);
}

static void disk(struct span answer)
{
	struct described d;
	struct error e;

	if (!describe_take(answer, span_of("web-flat.vmdk"), &d, &e) || !d.part)
		return;
	if (strchr(d.name, '/') != NULL || d.text.n == 0 || d.text.n > DESCRIBE_TEXT)
		abort();
	if (describe_may_open(span_of("web-flat.vmdk"), answer) &&
	    memchr(answer.p, '/', answer.n) != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	unsigned which = cursor_u8(&c);
	struct span rest = span_cut((struct span){ data, size }, 1, size);

	if (which == 0)
		original(&c);
	else if (which == 1)
		learnt(rest);
	else if (which == 2)
		search(&c);
	else
		disk(rest);
	return 0;
}
